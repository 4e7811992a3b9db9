"""micrograph fit: what it reads, refuses and prints."""

import csv
import io
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from micrograph.cli import main
from micrograph.learn.data import ENCODING, DataError, read
from micrograph.learn.report import facts, report

ORINGS = str(Path(__file__).parent.parent / "docs" / "data" / "orings.csv")
SMALL = "t,y\n53,1\n66,0\n"


def test_the_orings():
    features, X, y = read(ORINGS, "incident")
    assert features == ["temperature"]
    assert (X.shape, X.dtype, X.sum()) == ((23, 1), np.float64, 1600)
    assert (y.shape, y.sum(), set(y.tolist())) == ((23,), 7, {0, 1})
    assert X[y == 1, 0].tolist() == [53, 57, 58, 63, 70, 70, 75]


TEXTS = (
    st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters=",;") | st.just(" "))
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def written(draw):
    """Names, numbers, labels, and the bytes of a file in which csv.writer wrote them."""
    names = draw(st.lists(TEXTS, min_size=2, max_size=5, unique=True))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC, csv.QUOTE_ALL]))
    if quoting != csv.QUOTE_MINIMAL:
        names = [f"{name}, a; b" for name in names]
    kinds = draw(
        st.lists(st.integers(-3, 3), min_size=2, max_size=2, unique=True)
        | st.lists(TEXTS.map("k{}".format), min_size=2, max_size=2, unique=True)
    )
    labels = kinds + draw(st.lists(st.sampled_from(kinds), max_size=4))
    column = st.lists(FLOATS, min_size=len(labels), max_size=len(labels))
    numbers = [draw(column) for _ in names[1:]]
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=draw(st.sampled_from(",;\t")),
        quoting=quoting,
        lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"])),
    )
    writer.writerow(names)
    writer.writerows(zip(labels, *numbers, strict=True))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig"]))
    return names, numbers, labels, text.getvalue().encode(encoding)


@given(written())
def test_what_csv_writer_wrote_reads_back(case):
    names, numbers, labels, content = case
    features, X, y = read(io.TextIOWrapper(io.BytesIO(content), **ENCODING), names[0])
    assert features == names[1:]
    assert X.T.tolist() == numbers  # the same doubles, to the last bit
    assert y.tolist() == labels


@given(st.text(st.sampled_from("ty01.5,;\t\"\n\r '-e\ufeffé"), max_size=60), st.booleans())
@example('""\n', False)
@example('"t\n",y\n1,0\n2,1', False)
@example("t,y\r1,0\r2,1", False)
def test_no_text_is_another_error(text, headed):
    text = "t,y\n" * headed + text
    try:
        features, X, y = read(io.StringIO(text), "y")
    except DataError:
        return
    assert X.shape == (len(y), len(features))
    assert np.isfinite(X).all()
    assert len(set(y.tolist())) == 2


@given(st.binary(max_size=40))
def test_no_bytes_are_another_error(noise):
    for start in (b"", b"t,y\n", b"t,y\n1,0\n2,"):
        file = io.TextIOWrapper(io.BytesIO(start + noise), **ENCODING)
        with suppress(DataError):
            read(file, "y")


@pytest.mark.parametrize(
    ("text", "X", "y"),
    [
        (SMALL, [[53], [66]], [1, 0]),
        ("\ufefft,y\n53,1\n66,0", [[53], [66]], [1, 0]),
        ("\n\nt,y\r\n\r\n53,1\r\n   \r\n66,0\r\n\r\n", [[53], [66]], [1, 0]),
        ("t;y\n5,3;1\n6.6;0\n", [[5.3], [6.6]], [1, 0]),
        ("t\ty\n5.3\t1\n6.6\t0\n", [[5.3], [6.6]], [1, 0]),
        ('"a; b; c",t,y\n1,5,1\n2,6,0\n', [[1, 5], [2, 6]], [1, 0]),
        ('a, "t", y\n 1, "5", "1"\n2 ,6 ,0\n', [[1, 5], [2, 6]], [1, 0]),
        ("t,y\n+1e3,1\n-.5,0\n", [[1000], [-0.5]], [1, 0]),
        ("t,y\n1,1.0\n2,0\n3,1\n", [[1], [2], [3]], [1, 0, 1]),
        ("t,y\n1,0.5\n2,1\n", [[1], [2]], [0.5, 1.0]),
        ("t,y\n1,yes\n2,no\n3, yes\n", [[1], [2], [3]], ["yes", "no", "yes"]),
        ("t,y\n1,0\n2,no\n", [[1], [2]], ["0", "no"]),
        ("y,t\n1,53\n0,66\n", [[53], [66]], [1, 0]),
        ('t,y\n53,"a\nb"\n66,c\n', [[53], [66]], ["a b", "c"]),
    ],
)  # fmt: skip
def test_formats(text, X, y):
    found = read(io.StringIO(text, newline=""), "y")
    assert (found.X.tolist(), found.y.tolist()) == (X, y)
    assert [type(label) for label in found.y.tolist()] == [type(label) for label in y]


def test_features_are_chosen_and_ordered():
    text = 'id,a,"b, c",y\nx1,1,2,0\nx2,3,4,1\n'
    for features in ('"b, c",a', ["b, c", "a"], (" b,  c", "a ")):
        found = read(io.StringIO(text), "y", features)
        assert (found.features, found.X.tolist()) == (["b, c", "a"], [[2, 1], [4, 3]])
    assert read(io.StringIO(text), "y", "a").X.tolist() == [[1], [3]]


LONG = "9" * 2000
BAD = {
    "nothing": (b"", "the file is empty; expected a row of column names"),
    "blank lines": (b"\n \n\n", "the file is empty"),
    "header only": (b"t,y\n", "there are no rows under the header"),
    "missing cell": (b"t,y\n1,0\n,1\n", "line 3: t is missing"),
    "missing label": (b"t,y\n1,0\n2,\n", "line 3: y is missing"),
    "blank cells": (b"t,y\n1,0\n,\n", "line 3: t is missing"),
    "text": (b"t,y\n1,0\ncold,1\n", "line 3: t is 'cold', expected a finite number"),
    "NaN": (b"t,y\nnan,0\n2,1\n", "line 2: t is 'nan', expected a finite number"),
    "infinity": (b"t,y\n-inf,0\n2,1\n", "line 2: t is '-inf', expected a finite number"),
    "overflow": (b"t,y\n1e999,0\n2,1\n", "line 2: t is '1e999', expected a finite number"),
    "underscore": (b"t,y\n1_0,0\n2,1\n", "line 2: t is '1_0', expected"),
    "other digits": ("t,y\n١,0\n2,1\n".encode(), "line 2: t is '١', expected"),
    "decimal comma": (b't,y\n"1,5",0\n2,1\n', "line 2: t is '1,5', expected"),
    "thousands": (b"t;y\n1.234,5;0\n2;1\n", "line 2: t is '1.234,5', expected"),
    "after blank lines": (b'\nt,y\n\n1,0\n\n"2\n3",1\n', "line 6: t is '2 3', expected"),
    "huge cell": (b"t,y\n1,0\n" + b"x" * 2000 + b",1\n", "line 3: t is longer than 1,000"),
    "huge quoted cell": (b't,y\n1,0\n"' + b"x\n" * 200_000 + b'",1\n', "line 3 is no CSV: field larger than"),
    "huge line": (b"t,y\n1,0\n" + b"x" * 2_000_000, "line 3 is longer than 1,000,000 characters"),
    "huge name": (b"t" * 2000 + b",y\n", "line 1: the name of column 1 is longer than 1,000"),
    "short row": (b"t,u,y\n1,2,0\n2,1\n", "line 3 has 2 cells, the header has 3 cells"),
    "long row": (b"t,y\n1,0,5\n", "line 2 has 3 cells, the header has 2 cells"),
    "one cell": (b"t,y\n1\n", "line 2 has 1 cell, the header has 2 cells"),
    "doubled name": (b"t, t,y\n1,2,0\n", "two columns are named t; rename one"),
    "no name": (b",t,y\n0,1,0\n", "line 1: the name of column 1 is missing"),
    "no target": (b"t,z\n1,0\n", "there is no column 'y'; the columns are t, z"),
    "many columns": (",".join(f"x{i}" for i in range(500)).encode(), "x7, … (500 in all)"),
    "no feature": (b"y\n1\n0\n", "there is no feature: expected a column of numbers besides y"),
    "one class": (b"t,y\n1,0\n2,0.0\n", "y has 1 value, 0; expected two classes"),
    "three classes": (b"t,y\n1,a\n2,b\n3,c\n", "y has 3 values, a, b, c; expected two classes"),
    "many classes": (b"t,y\n" + b"".join(b"1,%d\n" % i for i in range(999)), "y has 999 values, 0, 1, 2"),
    "open quote": (b't,y\n1,0\n"2,1\n3,1\n', "line 3 is no CSV: unexpected end of data; is a quote left open?"),
    "after a quote": (b't,y\n"1"2,0\n', "line 2 is no CSV: ',' expected after"),
    "escape": (b"t,y\n1,\x1b[31m\n2,b\n", r"line 2: y has a control character: '\x1b[31m'"),
    "null": (b"t,y\n1,\0\n", "line 2 has a null character; expected text, not a binary file"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "line 1: byte 0x89 is no UTF-8; save as CSV UTF-8"),
    "utf-16": ("t,y\n1,0\n".encode("utf-16"), "line 1 has a null character"),
    "latin-1": ("t,y\n1,oui\n2,été\n".encode("latin-1"), "line 3: byte 0xE9 is no UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "said"), BAD.values(), ids=BAD)
def test_bad_files_are_refused_in_one_sentence(content, said, tmp_path):
    (tmp_path / "bad.csv").write_bytes(content)
    with pytest.raises(DataError) as refused:
        read(tmp_path / "bad.csv", "y")
    assert said in str(refused.value)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("target", "features", "said"),
    [
        ("y", "z", "there is no column 'z'; the columns are t, y"),
        ("y", "t,y", "y is the target; it can't be a feature too"),
        ("y", "t,t", "t is chosen twice as a feature"),
        ("y", "t,", "there is no column ''"),
        ("y", "", "there is no feature"),
        ("y", [], "there is no feature"),
        ("y", '"t', "is a quote left open?"),
        ("", "t", "there is no column ''"),
        ("z" * 999, None, f"there is no column '{'z' * 39}…'; the columns are t, y"),
    ],
)
def test_bad_choices_are_refused_in_one_sentence(target, features, said):
    with pytest.raises(DataError) as refused:
        read(io.StringIO(SMALL), target, features)
    assert said in str(refused.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"can't read 'nowhere\.csv': No such file"):
        read("nowhere.csv", "y")
    with pytest.raises(OSError, match="can't read"):  # a directory: PermissionError on Windows
        read(tmp_path, "y")


def model(**known):
    """A fit as the estimator reports it."""
    return SimpleNamespace(**{
        "coef_": np.array([[-0.2321627]]), "intercept_": np.array([15.0429016]),
        "covariance_": np.array([[54.4, -0.8], [-0.8, 0.0117]]), "classes_": np.array([0, 1]),
        "log_likelihood_": -10.15759, "n_iter_": 2, "costs_": [0.6931472, 0.5, 0.4416345],
        "score": lambda X, y: 0.5, **known,
    })  # fmt: skip


def test_the_report():
    examples = read(io.StringIO("t,y\n53,1\n66,0\n"), "y")
    assert report(facts(model(), examples, "y")).splitlines() == [
        "P(y = 1) fitted to 2 examples, 1 of them y = 1",
        "",
        "iteration  cost",
        "0          0.6931472",
        "1          0.5",
        "2          0.4416345",
        "",
        "           coefficient  std. error  z",
        "intercept  15.0429016   7.37564     2.03954",
        "t          -0.2321627   0.108167    -2.14634",
        "",
        "accuracy        0.5 (1 of 2)",
        "log-likelihood  -10.15759",
        "iterations      2",
    ]


def test_what_is_not_finite_is_null_and_a_dash():
    examples = read(io.StringIO("t,y\n53,1\n66,0\n"), "y")
    for covariance in (np.full((2, 2), np.nan), -np.eye(2)):
        found = facts(model(covariance_=covariance), examples, "y")
        assert found["standard_errors"] == {"intercept": None, "t": None}
        assert json.loads(json.dumps(found, allow_nan=False)) == found
        assert "t          -0.2321627   –           –" in report(found).splitlines()
    zero = facts(model(covariance_=np.zeros((2, 2))), examples, "y")
    assert "t          -0.2321627   0           –" in report(zero).splitlines()


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (0, [0]), (9, range(10)), (10, [0, 1, 2, 3, 10]), (99, [0, 1, 2, 3, 10, 99]),
        (100_000, [0, 1, 2, 3, 10, 100, 1000, 10_000, 100_000]),
    ],
)  # fmt: skip
def test_costs_are_few_narrow_lines_with_the_first_and_the_last(n, shown):
    examples = read(io.StringIO(SMALL), "y")
    costs = [1 / (3 + i) for i in range(n + 1)]
    lines = report(facts(model(costs_=costs), examples, "y")).split("\n\n")[1].splitlines()
    assert [int(line.split()[0]) for line in lines[1:]] == list(shown)
    assert max(map(len, lines)) <= 40


@pytest.mark.parametrize("n", [7, np.int32(7), np.array([7])])
def test_iterations_may_be_an_array_as_scikit_learns_are(n):
    assert facts(model(n_iter_=n), read(io.StringIO(SMALL), "y"), "y")["n_iter"] == 7


def test_a_feature_named_as_the_intercept():
    examples = read(io.StringIO("intercept,y\n53,1\n66,0\n"), "y")
    with pytest.raises(ValueError, match="a feature is named intercept"):
        facts(model(), examples, "y")


def test_long_names_are_cut():
    name = "t" * 900
    examples = read(io.StringIO(f"{name},y\n53,{'k' * 900}\n66,0\n"), "y")
    text = report(facts(model(classes_=np.array(["0", "k" * 900])), examples, "y"))
    assert max(map(len, text.splitlines())) < 140


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: FILE, --target"),
        ([ORINGS], "required: --target"),
        ([ORINGS, "--target"], "expected one argument"),
        ([ORINGS, "--target", "incident", "--bogus"], "unrecognized arguments: --bogus"),
        ([ORINGS, "--target", "incident", "a=1"], "unrecognized arguments: a=1"),
        ([ORINGS, "--target", "incident", "--solver", "magic"], "invalid choice: 'magic'"),
        ([ORINGS, "--target", "incident", "--penalty", "l1"], "invalid choice: 'l1'"),
        ([ORINGS, "--target", "incident", "--C", "one"], "invalid float value: 'one'"),
        ([ORINGS, "--target", "incident", "--max-iter", "1.5"], "invalid int value: '1.5'"),
    ],
)
def test_bad_options(arguments, said, capsys):
    assert_refused(["fit", *arguments], said, capsys)


def assert_refused(arguments, said, capsys):
    """One line on stderr, code 2."""
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert shown.err.startswith("micrograph: ")
    assert shown.err.count("\n") == 1
    assert len(shown.err) < 400


def test_the_command_line_brings_numpy_only_to_fit():
    script = (
        "import sys; from micrograph.cli import main; main(['draw', 'a*2', 'a=1'])\n"
        "assert 'numpy' not in sys.modules\n"
        "sys.modules['numpy'] = None\n"
        "sys.exit(main(['fit', 'x.csv', '--target', 'y']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith(': pip install "micrograph[learn]"\n')
    assert done.stderr.count("pip") == 1


def fit(*arguments, stdin=b"", **environment):
    """The command line in a process of its own, as a person runs it."""
    return subprocess.run(
        [sys.executable, "-m", "micrograph", "fit", *arguments],
        input=stdin, capture_output=True, timeout=120,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip


def test_it_prints_the_published_fit_and_draws_an_example(tmp_path):
    """Dalal, Fowlkes & Hoadley (1989): logit p = 15.0429 - 0.2322 t."""
    done = fit(ORINGS, "--target", "incident", "-o", str(tmp_path / "graph.svg"))
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode()
    assert "P(incident = 1) fitted to 23 examples, 7 of them incident = 1" in text
    assert "0          0.693147\n" in text
    rows = {line.split()[0]: line.split()[1:] for line in text.split("\n\n")[2].splitlines()[1:]}
    assert rows["intercept"][:2] == ["15.0429", "7.37864"]
    assert rows["temperature"][:2] == ["-0.232163", "0.108237"]
    assert "accuracy        0.869565 (20 of 23)" in text
    assert "log-likelihood  -10.1576" in text
    assert os.listdir(tmp_path) == ["graph.svg"]
    picture = (tmp_path / "graph.svg").read_text(encoding="utf-8")
    assert picture.startswith("<?xml")
    assert "temperature" in picture


def test_json_from_standard_input():
    text = Path(ORINGS).read_text(encoding="utf-8").replace(",", ";").replace("temperature", "é")
    for stdin in (text.encode(), text.encode("utf-8-sig")):
        done = fit("-", "--target", "incident", "--json", stdin=stdin, PYTHONIOENCODING="ascii")
        assert (done.returncode, done.stderr) == (0, b"")
        found = json.loads(done.stdout)
        assert found["coefficients"].keys() == {"é"}
        assert found["coefficients"]["é"] == pytest.approx(-0.2321627, abs=5e-8)
        assert found["intercept"] == pytest.approx(15.0429016, abs=5e-8)
        assert found["standard_errors"]["intercept"] == pytest.approx(7.37863, abs=1e-4)
        assert found["standard_errors"]["é"] == pytest.approx(0.108236, abs=1e-5)
        assert (found["target"], found["classes"], found["counts"]) == ("incident", [0, 1], [16, 7])
        assert found["log_likelihood"] == pytest.approx(-10.157596, abs=1e-6)
        assert found["accuracy"] == 20 / 23
        assert len(found["costs"]) == found["n_iter"] + 1
        assert found["costs"][0] == pytest.approx(np.log(2))


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "descent"])
def test_solvers_agree(solver, capsys):
    assert main(["fit", ORINGS, "--target", "incident", "--json", "--penalty", "l2", "--C", "0.5",
                 "--solver", solver]) == 0  # fmt: skip
    found = json.loads(capsys.readouterr().out)
    assert (
        main(["fit", ORINGS, "--target", "incident", "--json", "--penalty", "l2", "--C", "0.5"])
        == 0
    )
    newton = json.loads(capsys.readouterr().out)
    # what is flat in the cost, near its minimum, is loose in the coefficients
    assert found["costs"][-1] == pytest.approx(newton["costs"][-1], rel=1e-6)
    assert found["coefficients"]["temperature"] == pytest.approx(
        newton["coefficients"]["temperature"], rel=1e-2
    )


def test_classes_may_be_words(tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_text("t,y\n1,no\n2,yes\n3,no\n4,yes\n5,no\n6,yes\n", encoding="utf-8")
    assert main(["fit", str(path), "--target", "y", "--features", "t"]) == 0
    assert "P(y = yes) fitted to 6 examples, 3 of them y = yes" in capsys.readouterr().out


def test_warnings_are_lines_and_no_failure(capsys):
    assert main(["fit", ORINGS, "--target", "incident", "--max-iter", "2"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("P(incident = 1)")
    assert shown.err.startswith("micrograph: warning: ")
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--C", "2"], "--C does nothing without --penalty l2"),
        (["--rate", "0.5"], "--rate does nothing without --solver descent"),
    ],
)
def test_options_that_do_nothing(option, said, capsys):
    assert main(["fit", ORINGS, "--target", "incident", *option]) == 0
    assert capsys.readouterr().err == f"micrograph: warning: {said}\n"


@pytest.mark.parametrize(("content", "said"), BAD.values(), ids=BAD)
def test_bad_files_are_one_line_and_code_2(content, said, tmp_path, capsys):
    (tmp_path / "bad.csv").write_bytes(content)
    assert_refused(["fit", str(tmp_path / "bad.csv"), "--target", "y"], said, capsys)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.csv", "--target", "y"], "can't read 'nowhere.csv': No such file"),
        ([".", "--target", "y"], "can't read '.': "),
        (["", "--target", "y"], "can't read '': No such file"),
        ([ORINGS, "--target", "insident"], "there is no column 'insident'"),
        ([ORINGS, "--target", "incident", "-o", "x.gif"], "should end in one of .svg, .png"),
        ([ORINGS, "--target", "incident", "-o", "nowhere/x.svg"], "No such file or directory"),
        ([ORINGS, "--target", "incident", "--max-iter", "-1"], "micrograph: "),
        ([ORINGS, "--target", "incident", "--penalty", "l2", "--C", "-1"], "micrograph: "),
        ([ORINGS, "--target", "incident", "--solver", "descent", "--rate", "nan"], "micrograph: "),
    ],
)
def test_bad_arguments_are_one_line_and_code_2(arguments, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_refused(["fit", *arguments], said, capsys)
    assert os.listdir() == []


def test_standard_input_may_be_closed_or_binary():
    done = subprocess.run(
        ["bash", "-c", '"$0" -m micrograph fit - --target y <&-', sys.executable],
        capture_output=True,
    )
    assert (done.returncode, b"standard input is closed" in done.stderr) == (2, True)
    done = fit("-", "--target", "y", stdin=b"t,y\n1,\xff\n")
    assert (done.returncode, b"line 2: byte 0xFF is no UTF-8" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "stdin", [io.StringIO(SMALL), io.TextIOWrapper(io.BytesIO(SMALL.encode()))]
)
def test_standard_input_may_be_replaced(stdin, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["fit", "-", "--target", "y", "--penalty", "l2"]) == 0
    assert "fitted to 2 examples" in capsys.readouterr().out

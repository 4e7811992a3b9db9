"""micrograph fit: what it prints, draws and refuses."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_cli import assert_refused
from test_data_table import BAD, ORINGS, SMALL

from micrograph.cli import main
from micrograph.cli.report import report

TWIN = os.path.join(os.path.dirname(ORINGS), ".", os.path.basename(ORINGS))  # another name

FACTS = {
    "target": "y", "classes": [0, 1], "counts": [3, 2], "notes": ["sex: f is the base"],
    "costs": [0.6931472, 0.5, 0.4416345],
}  # fmt: skip


def test_the_report_puts_coefficients_before_costs():
    assert report(FACTS, 'heading\n\nestimates\n\nfigures; penalty="l2"').splitlines() == [
        "P(y = 1) fitted to 5 examples, 2 of them y = 1",
        "",
        "estimates",
        "",
        "figures; --penalty l2",
        "",
        "sex: f is the base",
        "",
        "iteration  cost",
        "0          0.6931472",
        "1          0.5",
        "2          0.4416345",
    ]


def test_what_is_not_finite_is_null(tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_text("t,u,y\n1,5,0\n2,5,0\n3,5,1\n4,5,1\n", encoding="utf-8")
    assert main(["fit", str(path), "--target", "y", "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert found["standard_errors"]["u"] is None
    assert found["coefficients"].keys() == {"t", "u"}


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (0, [0]), (9, range(10)), (10, [0, 1, 2, 3, 10]), (99, [0, 1, 2, 3, 10, 99]),
        (100_000, [0, 1, 2, 3, 10, 100, 1000, 10_000, 100_000]),
    ],
)  # fmt: skip
def test_costs_are_few_narrow_lines_with_the_first_and_the_last(n, shown):
    costs = [1 / (3 + i) for i in range(n + 1)]
    lines = report({**FACTS, "costs": costs}, "").split("\n\n")[-1].splitlines()
    assert [int(line.split()[0].replace(",", "")) for line in lines[1:]] == list(shown)
    assert max(map(len, lines)) <= 40


def test_a_feature_named_as_the_intercept(tmp_path, capsys):
    (tmp_path / "x.csv").write_text("intercept,y\n53,1\n66,0\n", encoding="utf-8")
    said = "a feature is named intercept"
    assert_refused(["fit", str(tmp_path / "x.csv"), "--target", "y"], said, capsys)


def test_long_names_are_cut(tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_text(f"{'t' * 900},y\n1,a\n2,{'k' * 900}\n3,a\n4,{'k' * 900}\n", encoding="utf-8")
    assert main(["fit", str(path), "--target", "y"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert len(first) < 140


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: FILE"),
        ([ORINGS], "expected --target COLUMN, or a formula"),
        ([ORINGS, "--target"], "expected one argument"),
        ([ORINGS, "--target", "incident", "--bogus"], "unrecognized arguments: --bogus"),
        (
            [ORINGS, "--target", "incident", "a=1"],
            "unrecognized arguments: a=1",
        ),
        ([ORINGS, "--target", "incident", "--solver", "magic"], "invalid choice: 'magic'"),
        ([ORINGS, "--target", "incident", "--penalty", "l1"], "invalid choice: 'l1'"),
        ([ORINGS, "--target", "incident", "--C", "one"], "invalid float value: 'one'"),
        ([ORINGS, "--target", "incident", "--max-iter", "1.5"], "invalid int value: '1.5'"),
    ],
)
def test_bad_options(arguments, said, capsys):
    assert_refused(["fit", *arguments], said, capsys)


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
    assert done.stderr.endswith('checkout pip install -e ".[learn]"\n')
    assert done.stderr.count("numpy") == 1


def test_fit_does_not_wait_for_scikit_learn(tmp_path):
    script = (
        f"import sys; from micrograph.cli import main; main(['fit', {str(ORINGS)!r}, '--target', "
        "'incident', '-o', sys.argv[1]]); sys.exit(str({'sklearn', 'scipy.stats'} & {*sys.modules}))"
    )
    picture = str(tmp_path / "x.svg")
    done = subprocess.run([sys.executable, "-c", script, picture], capture_output=True, text=True)
    assert done.stderr == "set()\n"
    assert "P(incident = 1)" in done.stdout


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
    rows = {line.split()[0]: line.split()[1:] for line in text.split("\n\n")[1].splitlines()[1:]}
    assert rows["intercept"][:2] == ["15.0429", "7.37864"]
    assert rows["temperature"][:2] == ["-0.232163", "0.108237"]
    assert re.search(r"accuracy +0\.869565\n", text)
    assert re.search(r"log-likelihood +-10\.1576\n", text)
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
        (["--learning-rate", "0.5"], "--learning-rate does nothing without --solver descent"),
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
        (["https://example.org/x.csv", "--target", "y"], "is an address; download the file first"),
        ([ORINGS, "incident ~ __import__('os')"], "not a formula"),
        ([ORINGS, "incident ~ temperature", "--decimal", ";"], "invalid choice: ';'"),
        ([ORINGS, "incident ~ temperature", "--delimiter", "ab"], "expected one character"),
        *(
            ([ORINGS, "incident ~ temperature", "--encoding", name], f"{name}: no such encoding")
            for name in ["x", "rot13", "base64", "zlib"]
        ),
        *(
            (
                [*files, *words, f"--{side}", "incident"],
                f"incident is the target; it can't be the {side} too",
            )
            for files in ([ORINGS], [ORINGS, TWIN])
            for words in (["incident ~ temperature"], ["--target", "incident"])
            for side in ("weights", "offset", "trials")
        ),
        (
            [ORINGS, "incident ~ temperature", "--positive", "2"],
            "--positive 2: the levels of incident are 0, 1",
        ),
        (
            [ORINGS, "--target", "incident", "--max-iter", "-1"],
            "--max-iter -1: expected a whole number",
        ),
        (
            [ORINGS, "--target", "incident", "--penalty", "l2", "--C", "-1"],
            "--C -1.0: expected a number > 0",
        ),
        (
            [ORINGS, "--target", "incident", "--solver", "descent", "--rate", "nan"],
            "--learning-rate nan: expected a number > 0",
        ),
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


def run(capsys, *arguments):
    """What is printed on both streams, by a command that succeeds."""
    assert main(list(arguments)) == 0
    return capsys.readouterr()


@pytest.mark.parametrize("name", ["graph.gif", "nowhere/graph.svg"])
def test_a_picture_that_cannot_be_written_does_not_lose_the_fit(
    name, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert main(["fit", ORINGS, "--target", "incident", "-o", name]) == 2
    shown = capsys.readouterr()
    assert "temperature" in shown.out
    assert shown.err.startswith("micrograph: the picture was not written: ")
    assert os.listdir() == []


def test_a_model_that_cannot_be_saved_does_not_lose_the_fit(capsys, tmp_path):
    path = str(tmp_path / "nowhere" / "m.json")
    assert main(["fit", ORINGS, "--target", "incident", "--save", path]) == 2
    shown = capsys.readouterr()
    assert "temperature" in shown.out
    assert shown.err == f"micrograph: the model was not saved: {path}: No such file or directory\n"


def test_warnings_name_the_options_of_the_command_line(capsys, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("t,y\n1,0\n2,0\n3,1\n4,1\n", encoding="utf-8")
    shown = run(capsys, "fit", str(path), "--target", "y")
    assert "--penalty l2" in shown.err
    assert "penalty=" not in shown.err + shown.out
    shown = run(capsys, "fit", ORINGS, "--target", "incident", "--max-iter", "2")
    assert "--max-iter" in shown.err
    assert "max_iter" not in shown.err + shown.out


@pytest.mark.parametrize("rate", ["1e308", "1e200"])
def test_a_rate_that_is_far_too_large_is_one_warning(rate, capsys):
    words = ["incident ~ temperature", "--solver", "descent", "--learning-rate", rate]
    shown = run(capsys, "fit", ORINGS, *words)
    assert "; lower" in shown.err
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(
    ("files", "options"),
    [
        (1, []),
        (1, ["--penalty", "l2"]),
        (1, ["--solver", "lbfgs"]),
        (2, []),
        (2, ["--solver", "lbfgs"]),
    ],
)
def test_a_coefficient_that_overflows_is_refused(files, options, tmp_path, capsys):
    """Numbers below 1e-308 have coefficients above it."""
    if files > 1:
        pytest.importorskip("dask.array")
    names = [str(tmp_path / f"{i}.csv") for i in range(files)]
    for name in names:
        Path(name).write_text("a,y\n1e-310,0\n2e-310,1\n3e-310,0\n4e-310,1\n")
    said = "a varies so little that its coefficient overflows; rescale a"
    assert_refused(["fit", *names, "--target", "y", *options], said, capsys)


def test_json_has_the_warnings(capsys):
    shown = run(capsys, "fit", ORINGS, "--target", "incident", "--max-iter", "2", "--json")
    (said,) = json.loads(shown.out)["warnings"]
    assert shown.err == f"micrograph: warning: {said}\n"

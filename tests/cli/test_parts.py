"""Several files are fitted as the one file that they are parts of."""

import json
import sys
from itertools import pairwise

import numpy as np
import pytest

from micrograph.cli import main

pd = pytest.importorskip("pandas")
pytest.importorskip("dask.array")

M = 600
RANDOM = np.random.default_rng(23)
AGE, DOSE, N = (
    RANDOM.normal(50, 9, M).round(1),
    RANDOM.exponential(size=M),
    RANDOM.integers(2, 9, M),
)
SCORE = 0.05 * (AGE - 50) + np.log(DOSE + 0.01) + RANDOM.logistic(size=M)
WHOLE = pd.DataFrame(
    {
        "age": AGE,
        "dose": DOSE.round(4) + 0.01,
        "sex": RANDOM.choice(["f", "m"], M),
        "late": np.arange(M) > 450,  # of one level in most parts
        "site": RANDOM.integers(1, 5, M),
        "times": RANDOM.integers(0, 4, M),
        "base": RANDOM.normal(size=M).round(3),
        "n": N,
        "killed": (N * RANDOM.random(M)).astype(int),
        "cured": np.where(SCORE > 0, "yes", "no"),
        "grade": np.select([SCORE > 1, SCORE > 0], ["good", "fair"], "bad"),
    }
)
HOLES = WHOLE.copy()
HOLES.loc[[5, 300, 599], "age"] = np.nan
HOLES.loc[13, "sex"] = None


def written(folder, frame, kind="csv", cuts=(0, 200, 210, 500, M)):
    """The name of a file, and a pattern of the names of its parts."""
    for name, some in [
        ("whole", frame),
        *((f"part-{a:03}", frame[a:b]) for a, b in pairwise(cuts)),
    ]:
        path = folder / f"{name}.{kind}"
        some.to_csv(path, index=False) if kind == "csv" else some.to_parquet(path)
    return str(folder / f"whole.{kind}"), str(folder / f"part-*.{kind}")


def answer(capsys, *words):
    assert main(["fit", *words, "--json"]) == 0
    said = capsys.readouterr()
    assert not said.out.startswith("read")  # progress shows on stderr, if at all
    return json.loads(said.out)


def numbers(x, path=""):
    """The numbers in a fit by name, but for how it was found, and the rest of it."""
    if isinstance(x, dict):
        for key, one in x.items():
            if key not in ("costs", "n_iter", "notes"):
                yield from numbers(one, f"{path}.{key}")
    elif isinstance(x, list):
        for i, one in enumerate(x):
            yield from numbers(one, f"{path}[{i}]")
    else:
        yield path, x


def assert_same(ours, theirs):
    ours, theirs = dict(numbers(ours)), dict(numbers(theirs))
    assert ours.keys() == theirs.keys()
    for key, due in theirs.items():
        if isinstance(due, float):
            # p of a great z loses digits; the likelihood ratio is a difference of deviances
            near = 1e-9 if ".p" in key else 1e-12
            size = theirs[".null_deviance"] if "likelihood_ratio" in key else 0.1
            assert ours[key] == pytest.approx(due, rel=near, abs=1e-12 * size), key
        else:
            assert ours[key] == due, key


FITS = [
    ["--target", "cured", "--features", "age,dose"],
    ["--target", "cured", "--exclude", "grade,killed,n", "--weights", "times", "--offset", "base"],
    ["cured ~ age*sex + C(site) + log(dose) + late"],
    ["cured ~ C(n) + sex - 1", "--penalty", "l2", "--positive", "no"],
    ["cbind(killed, n - killed) ~ age + sex"],
    ["--target", "killed", "--trials", "n", "--features", "age", "--weights", "times"],
    ["cbind(killed, n - killed) ~ age", "--offset", "base"],
    ["--target", "grade", "--positive", "bad", "--features", "age,sex"],
    ["--target", "grade", "--features", "age,sex"],
    ["I(age > 50) ~ dose + base"],
]


@pytest.mark.parametrize("words", FITS, ids=" ".join)
def test_a_fit_to_parts_is_that_to_the_whole_file(words, tmp_path, capsys):
    whole, parts = written(tmp_path, WHOLE)
    assert_same(answer(capsys, parts, *words), answer(capsys, whole, *words))


def test_other_solvers_fit_parts(tmp_path, capsys):
    whole, parts = written(tmp_path, WHOLE)
    words = ["--target", "cured", "--features", "age,dose"]
    due = answer(capsys, whole, *words)["coefficients"]
    ours = answer(capsys, parts, *words, "--solver", "lbfgs")["coefficients"]
    assert ours == pytest.approx(due, rel=1e-6)  # its slopes end at 1e-8


def test_rows_with_missing_cells_are_left_out_of_each_part(tmp_path, capsys):
    whole, parts = written(tmp_path, HOLES)
    words = ["cured ~ age + sex", "--drop-missing"]
    ours = answer(capsys, parts, *words)
    assert_same(ours, answer(capsys, whole, *words))
    assert ours["notes"][:2] == [
        "4 files are fitted block by block", "4 of 600 rows left out, with missing cells"
    ]  # fmt: skip


def test_parquet_files_and_files_one_by_one_are_parts(tmp_path, capsys):
    pytest.importorskip("pyarrow")
    whole, parts = written(tmp_path, WHOLE, "parquet")
    due = answer(capsys, whole, "--target", "cured", "--features", "age,sex,late")
    assert_same(answer(capsys, parts, "--target", "cured", "--features", "age,sex,late"), due)
    files = sorted(map(str, tmp_path.glob("part-*")))
    assert_same(answer(capsys, *files, "cured ~ age + sex + late"), due)
    assert_same(answer(capsys, *files, "--target", "cured", "--features", "age,sex,late"), due)


def test_blocks_of_a_part_are_read_one_by_one(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("micrograph.cli.parts.ROWS", 37)
    whole, parts = written(tmp_path, WHOLE)
    words = ["cbind(killed, n - killed) ~ age + sex", "--weights", "times"]
    assert_same(answer(capsys, parts, *words), answer(capsys, whole, *words))


def test_a_model_of_parts_is_saved_drawn_and_predicts(tmp_path, capsys):
    whole, parts = written(tmp_path, WHOLE)
    found = []
    for i, name in enumerate((whole, parts)):
        model, picture = (str(tmp_path / f"{i}{end}") for end in (".json", ".dot"))
        assert main(["fit", name, "cured ~ age + sex", "--save", model, "-o", picture]) == 0
        capsys.readouterr()
        assert main(["predict", model, whole]) == 0
        found.append([line.partition(",") for line in capsys.readouterr().out.split()[1:]])
        assert "digraph" in (tmp_path / f"{i}.dot").read_text()
    for (p, _, kind), (due, _, same) in zip(*found, strict=True):
        assert kind == same
        if p[0].isdigit():
            assert float(p) == pytest.approx(float(due), rel=1e-12)


def cell(row, name, x):
    frame = WHOLE.astype({name: object})
    frame.loc[row, name] = x
    return frame


REFUSED = {
    "missing": (HOLES, ["cured ~ age"], "part-000.csv: line 7: age is missing; --drop-missing"),
    "text": (cell(205, "age", "old"), ["cured ~ age"], "part-200.csv: line 7: age is 'old', expected a finite"),
    "weight": (cell(500, "times", -1), ["cured ~ age", "--weights", "times"], "part-500.csv: line 2: times is -1, expected a weight ≥ 0"),
    "function": (cell(201, "dose", 0), ["cured ~ log(dose)"], "part-200.csv: line 3: log(dose) is -inf, as dose is 0"),
    "response": (cell(201, "base", -9), ["sqrt(base + 8) ~ age"], "part-200.csv: line 3: sqrt(base + 8) is nan, as base is -9"),
    "count": (cell(501, "killed", 0.5), ["cbind(killed, n - killed) ~ age"], "part-500.csv: line 3: killed is 0.5; expected a count"),
    "kinds": (cell(slice(200, 209), "age", "old"), ["cured ~ age"], "part-000.csv: age is numbers; in "),
    "levels": (cell(slice(0, M), "sex", [f"s{i}" for i in np.arange(M) % 10 + np.arange(M) // 200 * 10]), ["cured ~ sex"], "sex is text of 30 levels, s0, s1, "),
    "classes": (WHOLE, ["dose ~ age"], "dose has 589 values, "),
    "all missing": (WHOLE.assign(age=np.nan), ["cured ~ age", "--drop-missing"], "all 600 rows have missing cells"),
    "formula": (WHOLE, ["cured ~ heigth"], "part-000.csv: there is no column 'heigth'"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_in_a_part_is_said_with_its_name(name, tmp_path, capsys):
    frame, words, why = REFUSED[name]
    _, parts = written(tmp_path, frame)
    assert main(["fit", parts, *words]) == 2
    assert why in capsys.readouterr().err.replace(str(tmp_path) + "/", "")


def test_files_that_are_no_parts_of_one_are_refused(tmp_path, capsys, monkeypatch):
    whole, parts = written(tmp_path, WHOLE)
    WHOLE.rename(columns={"age": "Age"}).to_csv(tmp_path / "part-600.csv", index=False)
    for words, why in [
        ([parts, "cured ~ age"], "part-600.csv: the columns are Age, dose, "),
        ([str(tmp_path / "*.tsv"), "cured ~ age"], "no file is named like "),
        (["-", whole, "cured ~ age"], "standard input, -, can't be one of several files"),
        ([whole, "cured ~ age", "cured ~ sex"], "unrecognized arguments: cured ~ sex"),
        ([whole, "nonsense"], "expected a formula such as"),
    ]:
        assert main(["fit", *words]) == 2
        assert why in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "dask.array", None)
    assert main(["fit", parts, "cured ~ age"]) == 2
    assert 'pip install "dask[array]"' in capsys.readouterr().err

"""Numbers that are codes: each is a level or a class of its own, however many digits it has."""

import io
import json
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_cli import assert_refused

from micrograph.cli import main
from micrograph.cli.choice import Choice
from micrograph.cli.examples import read
from micrograph.cli.table import Table

LONG = ["100000000000000001", "100000000000000002", "200000000000000001"]
NUMBERS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "-", "+", "0"]),
    st.integers(0, 9) | st.integers(10**15, 10**25),
    st.sampled_from(["", ".", ".0", ".5", ".50", ".500000000000000000001"]),
    st.sampled_from(["", "e0", "e2", "E-3"]),
)


@given(st.lists(NUMBERS, min_size=2, max_size=6).filter(lambda xs: len({*map(Fraction, xs)}) > 1))
@example(LONG)
@example(["1", "1.0", "01", "2"])
@example(["0.1", "0.10", "0.1000000000000000000001"])
def test_numbers_are_one_level_if_they_are_equal(codes):
    """Python's fractions say which are."""
    rows = [f"{code},{i % 2}" for i in range(2) for code in codes]
    table = Table(io.StringIO("\n".join(["g,y", *rows])))
    found = read(table, Choice(formula="y ~ C(g)"))
    (levels,) = found.levels.values()
    assert sorted(map(Fraction, levels)) == sorted({*map(Fraction, codes)})


def text(rows, path):
    path.write_text("\n".join(["g,t,y", *rows]), encoding="utf-8")


def sheet(rows, path):
    """A sheet in which g is text, as a sheet's numbers are floats."""
    pytest.importorskip("openpyxl")
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame([[g, int(t), int(y)] for g, t, y in (row.split(",") for row in rows)])
    frame.to_excel(path, index=False, header=["g", "t", "y"])


def parquet(rows, path):
    pytest.importorskip("pyarrow")
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame([map(int, row.split(",")) for row in rows], columns=["g", "t", "y"])
    frame.to_parquet(path)


@pytest.mark.parametrize(
    ("ending", "write"), [("csv", text), ("xlsx", sheet), ("parquet", parquet)]
)
def test_long_codes_are_levels_and_classes(ending, write, tmp_path, capsys):
    rows = [f"{LONG[i % 3]},{i * i % 7},{i * i // 5 % 2}" for i in range(40)]
    path, saved = tmp_path / f"x.{ending}", str(tmp_path / "m.json")
    write(rows, path)
    assert main(["fit", str(path), "y ~ C(g) + t", "--save", saved, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["coefficients"]
    assert list(found) == [f"g[{LONG[1]}]", f"g[{LONG[2]}]", "t"]
    assert main(["predict", saved, str(path)]) == 0
    assert len({*capsys.readouterr().out.splitlines()[1:]}) == len({row[:-2] for row in rows})
    write([row.replace(LONG[0], LONG[0][:-1] + "0") for row in rows], path)
    assert_refused(["predict", saved, str(path)], "g is '100000000000000000', which", capsys)
    write(rows, path)
    for more, classes in ([], LONG), (["--positive", LONG[1]], [f"not {LONG[1]}", LONG[1]]):
        assert main(["fit", str(path), "g ~ t", *more, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["classes"], found["counts"][0]) == (classes, [14, 27][len(more) // 2])


@pytest.mark.parametrize("g", [[3, 10**17, 2], [3, 1e17, None], ["A", 10**17, "B"]])
def test_a_code_that_lost_its_digits_is_refused(g, tmp_path, capsys):
    pytest.importorskip("openpyxl")
    frame = pytest.importorskip("pandas").DataFrame({"g": g, "y": [0, 1, 1]})
    frame.to_excel(tmp_path / "x.xlsx", index=False)
    said = "row 3: g is 1e+17, of which the last digits are lost"
    assert_refused(["fit", str(tmp_path / "x.xlsx"), "y ~ C(g)"], said, capsys)


def test_levels_with_leading_zeros_are_found_again(tmp_path, capsys):
    """If some levels are words, numbers beside them stay as written, in ``predict`` too."""
    path, saved = tmp_path / "x.csv", str(tmp_path / "m.json")
    codes = ["01", "1", "A"]
    text([f"{codes[i % 3]},{i},{int(i * i % 7 < i % 3 + 1)}" for i in range(40)], path)
    assert main(["fit", str(path), "y ~ C(g)", "--save", saved]) == 0
    text(["01,1,0", "1,1,0"], path)
    capsys.readouterr()
    assert main(["predict", saved, str(path)]) == 0
    _, a, b = capsys.readouterr().out.splitlines()
    assert a != b

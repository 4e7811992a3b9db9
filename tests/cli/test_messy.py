"""Files as people have them: the intended model, or a sentence that says what to do."""

import json

import pytest
from test_cli import assert_refused

from micrograph.cli import main
from micrograph.cli.choice import Choice
from micrograph.cli.examples import read
from micrograph.cli.table import Options, Table

AGE = [23, 31, 35, 42, 44, 51, 58, 60, 63, 70, 28, 39]
SEX = ["f", "m", "m", "f", "m", "f", "f", "m", "f", "m", "f", "m"]
Y = [0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 0]


def table(delimiter=",", end="\n", before="", **columns):
    """A table of some columns, and of y."""
    columns = {**columns, **({} if "y" in columns else {"y": Y})}
    rows = [columns, *zip(*columns.values(), strict=True)]
    return before + end.join(delimiter.join(map(str, row)) for row in rows) + end


def some(mark):
    """The ages, the third of which is a mark."""
    return [*AGE[:2], mark, *AGE[3:]]


NAMES = [f'"Braund, ""Mr."" Owen {i}"' for i in range(12)]
IDS = [[f"{letter}{i:02}" for i in range(24)] for letter in "PQ"]
AGES = {"age": AGE * 2, "y": Y * 2}

# kind: the file, and the columns of the model
FITTED = {
    "names with quotes and commas": (table(name=NAMES, age=AGE, sex=SEX), ["--exclude", "name"], ["age", "sex[m]"]),
    "decimals of Europe": (table(";", t=[f"{a / 8}".replace(".", ",") for a in AGE]), [], ["t"]),
    "UTF-16 with tabs": (table("\t", "\r\n", age=AGE).encode("utf-16"), [], ["age"]),
    "a minus that is one": (table(t=[str(a - 45).replace("-", "−") for a in AGE]), [], ["t"]),
    "a space that breaks no line": (table(t=[f"{a}\u00a0" for a in AGE]), [], ["t"]),
    "narrow spaces of thousands": (table(t=[f"{a}\u202f000" for a in AGE]), ["--thousands", " "], ["t"]),
    "commas of thousands between commas": (table(t=[f'"{a},100"' for a in AGE]), ["--thousands", ","], ["t"]),
    "and as codes": (table(t=[f'"{a % 3},100"' for a in AGE]), ["--thousands", ","], ["t"]),
    "points of thousands between commas": (table(t=[f'"{a}.100,5"' for a in AGE]), ["--thousands", "."], ["t"]),
    "decimal commas between commas": (table(t=[f'"{a},5"' for a in AGE]), ["--decimal", ","], ["t"]),
    "spaces of thousands between spaces": (table(" ", t=[f'"{a} 100"' for a in AGE]), ["--thousands", " "], ["t"]),
    "trailing commas": (table(end=",\n", age=AGE), [], ["age"]),
    "names in words": (table(**{" Age in years ": AGE, "Sex?": SEX}), [], ["Age in years", "Sex?[m]"]),
    "a dash": (table(age=some("-")), ["--drop-missing"], ["age"]),
    "None": (table(age=some("None")), ["--drop-missing"], ["age"]),
    "none as a level": (table(smokes=["none" if s == "f" else "some" for s in SEX]), [], ["smokes[some]"]),
    "a target in words": (table(age=AGE, y=["benign ", "malignant"] * 6), [], ["age"]),
}  # fmt: skip

# kind: the file, and what is said
REFUSED = {
    "several columns of names": (table(id=IDS[0], code=IDS[1], **AGES), "id, code are no numbers, nor categories of at most 20 levels; leave them out: --exclude id,code"),
    "a long note": (table(note=["so " * 400] * 12), "line 2: note is longer than 1,000 characters; leave it out: --exclude note"),
    "an empty column": (table(age=AGE, more=[""] * 12), "more has no value in any row; leave out: --exclude more"),
    "one level": (table(age=AGE, land=["DE"] * 12), "land has one level, DE, in the rows taken; leave it out: --exclude land"),
    "yes and Yes": (table(age=AGE, y=["yes", "no", "Yes", "No"] * 3), "y has levels that differ in capitals alone, No, Yes, no, yes; write each in one way"),
    "n/a": (table(age=some("n/a")), "line 4: age is missing ('n/a'); --drop-missing leaves"),
    "percents": (table(t=[f"{a}%" for a in AGE]), "line 2: t is '23%', expected a number alone; remove % from the cells"),
    "dollars": (table(t=[f'"${a},000.00"' for a in AGE]), "line 2: t is '$23,000.00', expected a number alone; remove $ from the cells"),
    "euros": (table(";", t=[f"{a},00 €" for a in AGE]), "line 2: t is '23,00 €', expected a number alone; remove €"),
    "narrow spaces": (table(t=[f"{a}\u202f000" for a in AGE]), "if ' ' divides thousands, give it as --thousands"),
    "no header": (table(age=AGE, sex=SEX).split("\n", 1)[1], "line 1 holds numbers, expected names of columns"),
    "single quotes": (table(**{"'age'": AGE, "'y'": Y}).replace(",y", ",'z'", 1), "single quotes are part of a name: remove them"),
    "a footer": (table(age=AGE, sex=SEX) + "Source: census\n", "line 14 has 1 cell, the header has 3 cells"),
    "a sum below": (table(age=AGE) + "Total,6\n", "line 14: age is 'Total', expected a finite number"),
    "units below the names": (table(age=["years", *AGE[1:]]), "line 2: age is 'years', expected a finite number"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "options", "names"), FITTED.values(), ids=FITTED)
def test_the_intended_model(content, options, names, tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main(["fit", str(path), "--target", "y", *options, "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["coefficients"]) == names


def of_text(rows, path):
    path.write_text("\n".join(";".join(row) for row in rows), encoding="utf-8")


def of_sheet(rows, path):
    pytest.importorskip("openpyxl")
    frame = pytest.importorskip("pandas").DataFrame(rows)
    frame.to_excel(path, index=False, header=False)


def of_parquet(rows, path):
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas").DataFrame(rows[1:], columns=rows[0]).to_parquet(path)


@pytest.mark.parametrize(
    ("cells", "options", "values"),
    [
        (["1,100", "2,200.5"], ["--thousands", ","], [1100, 2200.5]),
        (["1.100", 2.5], ["--thousands", "."], [1100, 2.5]),
        (["1,5", 2.5], ["--decimal", ","], [1.5, 2.5]),
    ],
)
@pytest.mark.parametrize("name", ["x.csv", "x.xlsx"])
def test_signs_may_be_between_commas_and_in_sheets(cells, options, values, name, tmp_path):
    path = str(tmp_path / name)
    frame = pytest.importorskip("pandas").DataFrame({"t": cells, "y": [0, 1]})
    if name == "x.xlsx":
        pytest.importorskip("openpyxl")
        frame.to_excel(path, index=False)
    else:
        comma = options[0] == "--decimal" or options[1] == "."
        frame = frame.map(lambda x: str(x).replace(".", ",") if x == 2.5 and comma else x)
        frame.to_csv(path, index=False)
    signs = {name.strip("-"): sign for name, sign in [options]}
    found = read(Table(path, Options(**signs)), Choice(target="y"))
    assert found.X.T.tolist() == [values]


@pytest.mark.parametrize("mark", ["NA", "?", ".", "null", "#N/A", "n/a", "", "None"])
@pytest.mark.parametrize("pad", ["{}", "{} ", " {}\u00a0"])
@pytest.mark.parametrize(
    ("name", "write"), [("x.csv", of_text), ("x.xlsx", of_sheet), ("x.parquet", of_parquet)]
)
def test_a_missing_mark_is_one_in_any_column_and_with_spaces(
    mark, pad, name, write, tmp_path, capsys
):
    """Only None is a level of a category."""
    path, gone = tmp_path / name, pad.format(mark)
    kinds, labels = [*SEX[:5], gone, *SEX[6:]], [["no", "yes"][y] for y in Y]
    labels[7] = "" if mark == "None" else gone
    write([["age", "sex", "y"], *zip(map(str, some(gone)), kinds, labels, strict=True)], path)
    assert_refused(["fit", str(path), "--target", "y"], " is missing", capsys)
    words = ["--target", "y", "--drop-missing", "--penalty", "l2", "--json"]
    assert main(["fit", str(path), *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["classes"] == ["no", "yes"]
    assert sum(found["counts"]) == 9 + (mark == "None")
    assert list(found["coefficients"]) == ["age", *["sex[f]"] * (mark == "None"), "sex[m]"]


@pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=REFUSED)
def test_a_sentence_says_what_to_do(content, said, tmp_path, capsys):
    (tmp_path / "x.csv").write_text(content, encoding="utf-8")
    assert_refused(["fit", str(tmp_path / "x.csv"), "--target", "y"], said, capsys)


def test_what_may_be_meant_otherwise_is_noted(tmp_path, capsys):
    """Codes with leading zeros are read as numbers, and Male and male as two levels."""
    path = tmp_path / "x.csv"
    codes, kinds = ["0123", "0124", "0125"] * 4, ["male", "Male", "female"] * 4
    path.write_text(table(zip=codes, sex=kinds, age=AGE), encoding="utf-8")
    assert main(["fit", str(path), "--target", "y"]) == 0
    text = capsys.readouterr().out
    assert "zip has a leading zero, '0123', and is taken for a number; C(zip) takes it" in text
    assert "sex: Male, male differ in capitals alone, and are levels of their own" in text

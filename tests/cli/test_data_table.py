"""Tables read from text files: what is taken, and what is refused in one sentence."""

import csv
import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from micrograph.cli.choice import Choice
from micrograph.cli.examples import read as read_examples
from micrograph.cli.opening import DataError
from micrograph.cli.table import Options, Table

ORINGS = str(Path(__file__).parents[2] / "docs" / "data" / "orings.csv")
SMALL = "t,y\n53,1\n66,0\n"


def read(source, target, features=None, **options):
    """The examples in a file, with labels as they are in the file."""
    choice = Choice(target=target, features=features)
    found = read_examples(Table(source, Options(**options)), choice)
    return found.names, found.X, [found.classes[i] for i in found.y]


def test_the_orings():
    features, X, y = read(ORINGS, "incident")
    y = np.array(y)
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
    features, X, y = read(io.TextIOWrapper(io.BytesIO(content)), names[0])
    assert features == names[1:]
    assert X.T.tolist() == numbers  # the same doubles, to the last bit
    assert y == labels


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
    assert len(set(y)) >= 2


@given(st.binary(max_size=40))
def test_no_bytes_are_another_error(noise):
    for start in (b"", b"t,y\n", b"t,y\n1,0\n2,"):
        file = io.TextIOWrapper(io.BytesIO(start + noise))
        # a compressed file may be damaged, and the reader of Parquet may not be there
        with suppress(DataError, OSError, ImportError):
            read(file, "y")


@pytest.mark.parametrize(
    ("text", "X", "y"),
    [
        (SMALL, [[53], [66]], [1, 0]),
        ("\ufefft,y\n53,1\n66,0", [[53], [66]], [1, 0]),
        ("\n\nt,y\r\n\r\n53,1\r\n   \r\n66,0\r\n\r\n", [[53], [66]], [1, 0]),
        ("t;y\n5,3;1\n6,6;0\n", [[5.3], [6.6]], [1, 0]),
        ("t;y\n5.3;1\n6.6;0\n", [[5.3], [6.6]], [1, 0]),
        ("t|y\n5.3|1\n6.6|0", [[5.3], [6.6]], [1, 0]),
        ("t y\n5.3  1\n 6.6 0 \n", [[5.3], [6.6]], [1, 0]),
        ('"t" "y"\n"1" 5.3 1\n"2" 6.6 0\n', [[5.3], [6.6]], [1, 0]),
        ("t,y,\n1,0,\n2,1,\n", [[1], [2]], [0, 1]),
        ("t,y\n1,0,\n2,1,\n", [[1], [2]], [0, 1]),
        ("sep=;\nt;y\n1,5;0\n2;1\n", [[1.5], [2]], [0, 1]),
        (",t,y\n0,1,0\n1,2,1\n", [[1], [2]], [0, 1]),
        ("t,y\n1,TRUE\n2,FALSE\n", [[1], [2]], ["TRUE", "FALSE"]),
        ("t,y\nTRUE,0\nFALSE,1\n", [[1], [0]], [0, 1]),
        ("t,y\nb,0\na,1\nc,1", [[1, 0], [0, 0], [0, 1]], [0, 1, 1]),
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
    _, found, labels = read(io.StringIO(text, newline=""), "y")
    assert (found.tolist(), labels) == (X, y)
    assert [type(label) for label in labels] == [type(label) for label in y]


def test_features_are_chosen_and_ordered():
    text = 'id,a,"b, c",y\nx1,1,2,0\nx2,3,4,1\n'
    for features in ('"b, c",a', ["b, c", "a"], (" b,  c", "a ")):
        names, X, _ = read(io.StringIO(text), "y", features)
        assert (names, X.tolist()) == (["b, c", "a"], [[2, 1], [4, 3]])
    assert read(io.StringIO(text), "y", "a")[1].tolist() == [[1], [3]]


LONG = "9" * 2000
BAD = {
    "nothing": (b"", "the file is empty; expected a row of column names"),
    "blank lines": (b"\n \n\n", "the file is empty"),
    "header only": (b"t,y\n", "there are no rows under the header"),
    "missing cell": (b"t,y\n1,0\n,1\n", "line 3: t is missing"),
    "missing label": (b"t,y\n1,0\n2,\n", "line 3: y is missing"),
    "blank cells": (b"t,y\n1,0\n,\n", "line 3: y is missing"),
    "text": (b"t,y\n1,0\ncold,1\n", "line 3: t is 'cold', expected a finite number"),
    "NaN": (b"t,y\nnan,0\n2,1\n", "line 2: t is missing; --drop-missing leaves such rows out"),
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
    "huge name": (b"t" * 2000 + b",y\n", "line 1: the name of column 1 is too long"),
    "short row": (b"t,u,y\n1,2,0\n2,1\n", "line 3 has 2 cells, the header has 3 cells"),
    "long row": (b"t,y\n1,0\n1,0,5\n", "line 3 has 3 cells, the header has 2 cells"),
    "one cell": (b"t,y\n1\n", "line 2 has 1 cell, the header has 2 cells"),
    "doubled name": (b"t, t,y\n1,2,0\n", "two columns are named 't'; rename one"),
    "no header": (b"1,0\n2,1\n", "line 1 holds numbers, expected names of columns"),
    "comments": (b"# made by R\nt,y\n1,0\n2,1\n", "if line 1 is a comment, give --comment '#'"),
    "two decimal signs": (b"t;u;y\n1,100;3;0\n1.5;4;1\n", "line 3: t is '1.5', a decimal point where other cells have decimal commas"),
    "two in two columns": (b"t;u;y\n1,5;3.5;0\n2,5;4.5;1\n", "line 2: u is '3.5', a decimal point where"),
    "thousands or decimals": (b't,y\n"1,100",0\n1.5,1\n', "if , divides thousands, give --thousands ,"),
    "percent": (b"t,y\n5%,0\n6%,1\n", "line 2: t is '5%', expected a number alone; remove %"),
    "dates": (b"when,y\n2020-01-31,0\n2020-02-01,1\n", "line 2: when is a date, '2020-01-31'; expected numbers or levels"),
    "days": (b"when,y\n31/1/20,0\n1/2/20,1\n", "line 2: when is a date, '31/1/20'"),
    "months": (b"when,y\nJan 2020,0\nFeb 2020,1\n", "line 2: when is a date, 'Jan 2020'"),
    "spaces between thousands": (b"t,y\n1 000,0\n2 000,1\n", "if ' ' divides thousands, give it as --thousands"),
    "a title": (b"My data\n\nt,y\n1,0\n2,1\n", "there is no column 'y'; the columns are My data; remove what stands above them, line 1"),
    "question marks": (b"t,y\n1,0\n?,1\n", "line 3: t is missing ('?'); --drop-missing leaves"),
    "NA": (b"t,y\n1,NA\n2,1\n", "line 2: y is missing ('NA')"),
    "mostly numbers": (b"t,y\n1,0\n2,1\n3,0\nfew,1\n", "line 5: t is 'few', expected a finite number"),
    "many levels": (b"t,y\n" + b"".join(b"k%d.,%d\n" % (i, i % 2) for i in range(21)).replace(b".", b"x"), "t is text of 21 levels"),
    "no target": (b"t,z\n1,0\n", "there is no column 'y'; the columns are t, z"),
    "many columns": (",".join(f"x{i}" for i in range(500)).encode(), "x7, … (500 in all)"),
    "no feature": (b"y\n1\n0\n", "there is no feature: expected a column of numbers besides y"),
    "one class": (b"t,y\n1,0\n2,0.0\n", "y has 1 value, 0; expected two classes"),
    "three classes": (b"t,y\n1,a\n2,b\n3,c\n", "y has 3 values, a, b, c, in 3 rows; expected two classes"),
    "many classes": (b"t,y\n" + b"".join(b"1,%d\n" % i for i in range(999)), "y has 999 values, 0, 1, 2"),
    "open quote": (b't,y\n1,0\n"2,1\n3,1\n', "line 3 is no CSV: unexpected end of data; is a quote left open?"),
    "after a quote": (b't,y\n"1"2,0\n', "line 2 is no CSV: ',' expected after"),
    "escape": (b"t,y\n1,\x1b[31m\n2,b\n", r"line 2: y has a control character: '\x1b[31m'"),
    "null": (b"t,y\n1,\0\n", "line 2 has a null character; expected text, not a binary file"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "line 1: byte 0x89 is no UTF-8; save as CSV UTF-8"),
    "utf-16 without its mark": ("t,y\n1,0\n".encode("utf-16-le"), "null character; expected text, not a binary file; for UTF-16"),
    "latin-1": ("t,y\n1,oui\n2,été\n".encode("latin-1"), "line 3: byte 0xE9 is no UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "said"), BAD.values(), ids=BAD)
def test_bad_files_are_refused_in_one_sentence(content, said, tmp_path):
    (tmp_path / "bad.csv").write_bytes(content)
    with pytest.raises(DataError) as refused:
        read(tmp_path / "bad.csv", "y")
    assert said in str(refused.value)
    assert len(str(refused.value)) < 280


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

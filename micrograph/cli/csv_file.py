"""Examples read from a CSV file: named features, which are numbers, and a label for each row."""

from __future__ import annotations

import csv
import math
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from os import PathLike
from typing import Any, Final, NamedTuple, TextIO
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from ..namespaces.text import listed

ENCODING: Final[dict[str, Any]] = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}
"""How to open a file for ``read``. A byte that is not UTF-8 becomes a surrogate, so that ``read``
can name its line."""

LONGEST_LINE, LONGEST_TEXT = 1_000_000, 1_000
"""The most characters in a line, and in a name or label."""


class DataError(ValueError):
    """A file that can't be read as examples of two classes."""


class Examples(NamedTuple):
    """What ``read`` found.

    Attributes:
        features: The names of the n features.
        X: The features, shape (m, n).
        y: The labels, of two kinds, shape (m,).
    """

    features: list[str]
    X: NDArray[np.float64]
    y: NDArray[Any]


def read(
    source: str | PathLike[str] | TextIO,
    target: str,
    features: str | Sequence[str] | None = None,
) -> Examples:
    r"""The examples in a CSV file, one in each row under a row of column names.

    The delimiter is a comma, semicolon or tab, whichever the header has most of. With semicolons,
    numbers may have decimal commas. Blank lines are skipped. A cell that is missing is an error:
    nothing is guessed.

    Args:
        source: The name of a file in UTF-8, or an open file (see ``ENCODING``).
        target: The column of the labels. They become numbers if all of them can, else text.
        features: The columns of the features, in this order, as a list or as "a,b". By default
            all columns but the target.

    Raises:
        OSError: If the file can't be opened.
        DataError: If a row, named by its line, is not finite numbers and a label, or if the target
            does not have two classes.

    Cost:
        One pass, which holds the numbers and one line in memory.

    Example:
        >>> from io import StringIO
        >>> read(StringIO("temperature,incident\n53,1\n66,0\n"), "incident")
        Examples(features=['temperature'], X=array([[53.],
               [66.]]), y=array([1, 0]))
    """
    if isinstance(source, str | PathLike):
        try:
            with open(source, **ENCODING) as file:
                return read(file, target, features)
        except OSError as error:
            raise type(error)(f"can't read {str(source)!r}: {error.strerror or error}") from None
    lines = _lines(source)
    head = list(_up_to_the_header(lines))
    delimiter = max(",;\t", key=re.sub('"[^"]*"', "", "".join(head)).count)
    rows = _rows(chain(head, lines), delimiter)
    line, header = next(rows, (0, []))
    if not header:
        raise DataError("the file is empty; expected a row of column names, then rows of numbers")
    names = [_text(cell, line, f"the name of column {i}") for i, cell in enumerate(header, 1)]
    label, *picked = _columns(names, target, features)
    numbers, codes, kinds = array("d"), array("q"), dict[str, int]()
    for line, row in rows:
        if len(row) != len(names):
            raise DataError(f"line {line} has {_cells(row)}, the header has {_cells(names)}")
        for i in picked:
            x = _number(row[i], delimiter)
            if math.isnan(x):
                cell = _text(row[i], line, names[i])
                raise DataError(
                    f"line {line}: {names[i]} is {_short(cell)}, expected a finite number; "
                    "columns that are not chosen as features are not read"
                )
            numbers.append(x)
        kind = _text(row[label], line, names[label])
        codes.append(kinds.setdefault(kind, len(kinds)))
    labels = _labels(kinds, names[label], delimiter)  # raises if there are no rows
    X = np.frombuffer(numbers).reshape(len(codes), len(picked))
    y = labels[np.frombuffer(codes, np.int64)]
    return Examples([names[i] for i in picked], X, y)


def _lines(file: TextIO) -> Iterator[str]:
    """The lines of a file. Raises DataError for a line that is no text, or too long."""
    for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), ""), 1):
        if "\0" in line:
            raise DataError(f"line {number} has a null character; expected text, not a binary file")
        if len(line) > LONGEST_LINE:
            raise DataError(f"line {number} is longer than {LONGEST_LINE:,} characters")
        if not line.isascii() and (escaped := re.search("[\udc80-\udcff]", line)):
            byte = ord(escaped[0]) - 0xDC00
            raise DataError(f"line {number}: byte 0x{byte:X} is no UTF-8; save as CSV UTF-8")
        yield line.removeprefix("\ufeff") if number == 1 else line


def _up_to_the_header(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line
        if line.strip():
            return


def _rows(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its first line."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(f"line {line} is no CSV: {error}; is a quote left open?") from None
        if len(row) > 1 or any(map(str.strip, row)):
            yield line, row


def _columns(names: list[str], target: str, features: str | Sequence[str] | None) -> list[int]:
    """The positions of the target's column and of each feature's."""
    at = {name: i for i, name in enumerate(names)}
    if len(at) < len(names):
        twice = next(name for i, name in enumerate(names) if at[name] != i)
        raise DataError(f"two columns are named {twice}; rename one")
    if isinstance(features, str):
        _, features = next(_rows([_plain(features)], ","), (0, []))
    elif features is None:
        features = [name for name in names if name != _plain(target)]
    chosen = [_plain(name) for name in (target, *features)]
    for i, name in enumerate(chosen):
        if name not in at:
            raise DataError(f"there is no column {_short(name)}; the columns are {listed(names)}")
        if name in chosen[:i]:
            if name == chosen[0]:
                raise DataError(f"{name} is the target; it can't be a feature too")
            raise DataError(f"{name} is chosen twice as a feature")
    if len(chosen) == 1:
        raise DataError(f"there is no feature: expected a column of numbers besides {chosen[0]}")
    return [at[name] for name in chosen]


def _number(cell: str, delimiter: str) -> float:
    """The number in a cell, or NaN if there is no finite number."""
    text = cell.strip()
    if delimiter == ";":
        text = text.replace(",", ".")
    if not text.isascii() or "_" in text:  # Python would read 1_000 and non-ASCII digits
        return math.nan
    try:
        x = float(text)
    except ValueError:
        return math.nan
    return x if math.isfinite(x) else math.nan


def _labels(kinds: Iterable[str], target: str, delimiter: str) -> NDArray[Any]:
    """The label of each kind: a number if all of them are, an int if all of them are whole."""
    texts = list(kinds)
    numbers = [_number(text, delimiter) for text in texts]
    labels: list[Any] = texts if any(map(math.isnan, numbers)) else numbers
    if all(abs(x) < 2**53 and x.is_integer() for x in numbers):
        labels = list(map(int, numbers))
    classes = sorted(set(labels))
    if not classes:
        raise DataError("there are no rows under the header")
    if len(classes) != 2:
        values = "1 value" if len(classes) == 1 else f"{len(classes)} values"
        raise DataError(f"{target} has {values}, {listed(map(str, classes))}; expected two classes")
    return np.array(labels)


def _text(cell: str, line: int, what: str) -> str:
    """The text of a cell, white space as single spaces. Raises DataError if it is no such text."""
    text = _plain(cell)
    if not text:
        raise DataError(f"line {line}: {what} is missing")
    if len(text) > LONGEST_TEXT:
        raise DataError(f"line {line}: {what} is longer than {LONGEST_TEXT:,} characters")
    if any(category(c) == "Cc" for c in text):
        raise DataError(f"line {line}: {what} has a control character: {_short(text)}")
    return text


def _plain(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}…")


def _cells(row: Sequence[str]) -> str:
    return "1 cell" if len(row) == 1 else f"{len(row)} cells"

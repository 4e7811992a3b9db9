"""How a text file is laid out: its delimiter, its column names, and where its rows begin."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from .opening import DataError
from .text_file import TextFile, lines

DELIMITERS = "\t;|,"
"""The delimiters that are looked for, before spaces. If two fit equally, the first is taken."""

WORDS = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}
"""Words by which ``--delimiter`` may be given."""

LONGEST_NAME = 1_000  # characters
SAMPLE = 100  # the lines from which the delimiter is found
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"


class Header(NamedTuple):
    """The layout of a file.

    Attributes:
        names: The column names, stripped; "" for a column without a name.
        delimiter: The sign between two cells.
        line: The line of the names.
        skip: The number of lines up to the end of the names.
        sample: The first rows under the names.
    """

    names: list[str]
    delimiter: str
    line: int
    skip: int
    sample: list[list[str]]


def header(file: TextFile, delimiter: str | None = None, comment: str | None = None) -> Header:
    """The layout of a file: a row of column names, after blank lines or a line ``sep=;``.

    A file that R wrote may have a name less than cells: its first column holds the row names.

    Args:
        file: The file.
        delimiter: Its delimiter, or a word for it such as "tab". By default it is found.
        comment: The sign after which the rest of a line is a comment.

    Raises:
        DataError: If the file has no row of names.
    """
    delimiter = WORDS.get(delimiter or "", delimiter)
    if delimiter is not None and len(delimiter) != 1:
        raise DataError(f"--delimiter {delimiter!r}: expected one character, tab or space")
    if comment is not None and (len(comment) != 1 or comment == '"'):
        raise DataError(f"--comment {comment!r}: expected one character, as in --comment '#'")
    start = list(islice(lines(file, comment), SAMPLE))
    first = next((i for i, line in enumerate(start) if line.strip()), len(start))
    if first < len(start) and (said := re.fullmatch(r"sep=(.)\s*", start[first])):
        delimiter, start[: first + 1] = delimiter or said[1], ["\n"] * (first + 1)
    delimiter = delimiter or _delimiter(start)
    found = rows(start, delimiter)
    line, names = next(found, (0, []))
    if not any(map(str.strip, names)):
        raise DataError("the file is empty; expected a row of column names, then rows")
    skip = _height(start, delimiter, line)
    sample = []
    try:
        for _, row in found:
            sample.append(row)
    except DataError:
        pass  # the sample may end between two quotes; what is wrong in the file is told later
    names = [" ".join(name.split()) for name in names]
    for i, name in enumerate(names, 1):
        if len(name) > LONGEST_NAME or not name.isprintable():
            what = "has a control character" if len(name) <= LONGEST_NAME else "is too long"
            raise DataError(f"line {line}: the name of column {i} {what}: {name[:40]!r}")
    if min(len(sample), len(names)) > 1 and {len(row) for row in sample} == {len(names) + 1}:
        at_end = not any(row[-1].strip() for row in sample)  # a delimiter that ends each row
        names = [*names, ""] if at_end else ["", *names]
    return Header(names, delimiter, line, skip, sample)


def rows(text: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its first line.

    Raises:
        DataError: If a row is no CSV, such as one with a quote left open.
    """
    if delimiter == " ":  # several spaces are one delimiter
        text = (line.strip(" \t\r\n") + "\n" for line in text)
        text = (re.sub(r"\t+", " ", line) for line in text)
    reader = csv.reader(text, delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t")
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(f"line {line} is no CSV: {error}; is a quote left open?") from None
        if len(row) > 1 or any(cell.strip(" \t\r\n") for cell in row):  # as pandas sees it
            yield line, row


def _height(start: Sequence[str], delimiter: str, line: int) -> int:
    """The number of the last line of the row that begins on a line: a quoted name may be long."""
    reader = csv.reader(start[line - 1 :], delimiter=delimiter, skipinitialspace=delimiter != "\t")
    next(reader)
    return line - 1 + reader.line_num


def _delimiter(start: Sequence[str]) -> str:
    """The delimiter that divides the names and the rows into most cells, equally many each."""
    widths = {sign: _width(start, sign) for sign in DELIMITERS}
    best = max(widths, key=lambda sign: widths[sign])
    if widths[best] > 1:
        return best
    if _width(start, " ") > 1:
        return " "
    names = next((line for line in start if line.strip()), "")
    return max(",;\t|", key=re.sub('"[^"]*"', "", names).count)


def _width(start: Sequence[str], delimiter: str) -> int:
    """The number of names, if all rows have as many cells, or all have one more. Else 0."""
    widths: list[int] = []
    try:
        for _, row in rows(start, delimiter):
            widths.append(len(row))
    except DataError:
        if len(widths) < 2:  # a quote left open ends the sample, not what was found before
            return 0
    more = set(widths[1:])
    fits = len(more) <= 1 and more <= {widths[0], widths[0] + 1} if widths else False
    return widths[0] if fits else 0


def is_number(text: str, decimal: str = ".", thousands: str | None = None) -> bool:
    """Whether a cell is a number, written with these signs. ``float`` takes more: 1_000, nan."""
    if thousands:
        text = text.replace(thousands, "")
    if decimal != ".":
        text = text.replace(".", "x").replace(decimal, ".")
    return re.fullmatch(NUMBER, text, re.ASCII) is not None

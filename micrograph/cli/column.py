"""A column of a table as numbers or as levels, and what is refused, with its line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from operator import or_
from typing import Any, NamedTuple
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from .cell import expected, is_absent, is_plain, level, value
from .header import is_number
from .opening import DataError
from .table import Table, short

MOST_LEVELS = 20
"""The most levels of a column that is taken for a category unasked."""

LONGEST_TEXT = 1_000
"""The most characters in a name or level."""

MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2}([T ].*)?)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})( .*)?"
    rf"|(\d{{1,2}}[-. ]*)?{MONTH}[- ,]*(\d{{1,2}}(st|nd|rd|th)?[, ]+)?\d{{2,4}}"
    r"|\d{1,2}:\d{2}(:\d{2}.*)?",
    re.I,
)
NUMBERLIKE = re.compile(
    r"[-+\s.,'’_\d€$£%()−eE]*\d[-+\s.,'’_\d€$£%()−eE]*|[-+]?(inf|infinity)", re.I
)


class Unfit(DataError):
    """A column of texts that are no levels, such as names, dates or notes."""


class Levels(NamedTuple):
    """A column as a category.

    Attributes:
        codes: For each row the position of its level, or -1 if it is missing.
        levels: The levels in order: numbers by size, texts by alphabet.
    """

    codes: NDArray[np.int64]
    levels: list[str]


def guessed(table: Table, name: str, column: Any) -> NDArray[np.float64] | Levels:
    """The column as numbers; if its cells are texts, or TRUE and FALSE, as levels.

    Raises:
        DataError: If the cells are mostly numbers, dates, or of more than 20 levels.
    """
    if isinstance(column, np.ndarray):
        return numbers(table, name, column)
    plain = [is_plain(text, *_signs(table)) for text in column.categories]
    absent = list(map(is_absent, column.categories))
    if any(plain) and all(map(or_, plain, absent)):
        return numbers(table, name, column)
    dates = [DATE.fullmatch(text.strip()) is not None for text in column.categories]
    if dates and all(dates):
        row = int(np.argmax(column.codes >= 0))
        raise Unfit(
            f"{table.where(row)}: {name} is a date, {short(column.categories[column.codes[row]])}; "
            "expected numbers or levels: write it as a number, such as days since a start, or "
            f"leave it out: {without(name)}"
        )
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.categories))
    like = np.array([NUMBERLIKE.fullmatch(text.strip()) is not None for text in column.categories])
    if counts[like].sum() * 2 >= counts.sum():
        return numbers(table, name, column)  # raises
    found = levels(table, name, column)
    if len(found.levels) > MOST_LEVELS:
        raise Unfit(
            f"{name} is text of {len(found.levels):,} levels, such as {short(found.levels[0])}; "
            f"leave it out ({without(name)}), or take it for a category in a formula: C({name})"
        )
    return found


def numbers(table: Table, name: str, column: Any) -> NDArray[np.float64]:
    """The column as numbers, NaN where one is missing.

    Raises:
        DataError: If a cell is no finite number. The message names its line.
    """
    if not isinstance(column, np.ndarray):
        column = _values(table, name, column)
    infinite = np.isinf(column)
    if infinite.any():
        row = int(np.argmax(infinite))
        raise _refused(table, name, row, table.cell(row, name), "expected a finite number")
    return np.asarray(column)


def _values(table: Table, name: str, column: Any) -> NDArray[np.float64]:
    """The numbers that are written in a column of texts, NaN where one is missing."""
    signs = _signs(table)
    kinds = [is_plain(text, *signs) or is_absent(text) for text in column.categories]
    if not all(kinds):
        bad = np.array([not kind for kind in kinds])
        row = int(np.argmax((column.codes >= 0) & bad[column.codes]))
        text = _shown(table, row, name, column.categories[column.codes[row]])
        raise _refused(table, name, row, text, expected(text, *signs))
    values = np.array([value(text, *signs) for text in column.categories] + [np.nan])
    return np.asarray(values[column.codes])  # the code -1 takes the last


def levels(table: Table, name: str, column: Any, known: Collection[str] = ()) -> Levels:
    """The column as a category, whose levels are its values.

    If all values are numbers, equal ones are the same level, however they are written. Numbers of
    more digits than a float has stay apart.

    Args:
        table: The table, which says where a bad cell is.
        name: The name of the column.
        column: Its cells as texts.
        known: Levels that are meant as they are written.

    Raises:
        DataError: If a level is no text of at most 1,000 characters, or no finite number.
    """
    texts = [" ".join(text.split()) for text in column.categories]
    for i, text in enumerate(texts):
        if len(text) > LONGEST_TEXT or any(category(c) == "Cc" for c in text):
            what = "is longer than 1,000 characters"
            if len(text) <= LONGEST_TEXT:
                what = f"has a control character: {short(text)}"
            raise Unfit(
                f"{table.where(int(np.argmax(column.codes == i)))}: {name} {what}; leave it out: "
                f"{without(name)}"
            )
    used = np.zeros(len(texts), bool)
    used[column.codes[column.codes >= 0]] = True
    signs = _signs(table)
    if all(is_plain(text, *signs) for text, is_used in zip(texts, used, strict=True) if is_used):
        numbers(table, name, column)  # raises if one is not finite
        texts = [
            level(text, *signs) if is_used and text not in known else text
            for text, is_used in zip(texts, used, strict=True)
        ]
    kinds = sorted(
        {text for text, is_used in zip(texts, used, strict=True) if is_used}, key=in_order
    )
    at = {text: i for i, text in enumerate(kinds)}
    places = np.array([at.get(text, -1) for text in texts] + [-1])
    return Levels(places[column.codes], kinds)


def in_order(text: str) -> tuple[bool, float, str]:
    """The key by which levels are sorted: numbers first, by size, then texts."""
    return (False, float(text), text) if is_number(text) else (True, 0.0, text)


def _signs(table: Table) -> tuple[str, str | None]:
    return table.decimal, table.thousands


def _refused(table: Table, name: str, row: int, text: str, expected: str) -> DataError:
    if len(text) > LONGEST_TEXT:
        return DataError(f"{table.where(row)}: {name} is longer than {LONGEST_TEXT:,} characters")
    return DataError(
        f"{table.where(row)}: {name} is {short(text)}, {expected}; else leave the column out "
        f"({without(name)}), or take it for a category in a formula: C({name})"
    )


def _shown(table: Table, row: int, name: str, text: str) -> str:
    return " ".join(text.split()) or table.cell(row, name)


def without(*names: str) -> str:
    """The option that leaves columns out."""
    text = ",".join(f'"{name}"' if "," in name else name for name in names)
    return f"--exclude {text}" if re.fullmatch(r"[\w.,-]+", text) else f"--exclude {text!r}"


def twins(kinds: Sequence[str]) -> list[str]:
    """Levels that differ from another in capitals alone, such as Yes and yes."""
    often = Counter(kind.casefold() for kind in kinds)
    return [kind for kind in kinds if often[kind.casefold()] > 1]


def first_missing(columns: Mapping[str, Any]) -> tuple[int, str] | None:
    """The first row in which a column is missing, and that column's name. None if there is none."""
    found = [
        (int(np.argmax(gone)), name)
        for name, column in columns.items()
        if (gone := missing(column)).any()
    ]
    return min(found, key=lambda pair: pair[0], default=None)


def missing(column: Any) -> NDArray[np.bool_]:
    """Whether each value of a column, as numbers or as Levels, is missing."""
    return np.isnan(column) if isinstance(column, np.ndarray) else column.codes < 0


def taken(column: Any, rows: NDArray[Any]) -> Any:
    """Some rows of a column, as numbers or as Levels. ``rows`` are positions, or a mask."""
    if isinstance(column, np.ndarray):
        return column[rows]
    return Levels(column.codes[rows], column.levels)

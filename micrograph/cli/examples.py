"""The examples in a table: the matrix of a formula, labels, weights and an offset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..namespaces.text import listed
from .choice import Choice, chosen, columns, is_counted, refuse_missing
from .column import Levels, first_missing, missing, taken, twins, without
from .design import design
from .opening import DataError
from .response import counts, labels, row_weights, used
from .table import Table, short
from .terms import Formula


class Examples(NamedTuple):
    """What ``read`` found.

    Attributes:
        names: The names of the n columns of X.
        X: The matrix of the formula, shape (m, n).
        y: The labels, 0 or 1, or of more classes 0, 1, 2, …; shape (m,).
        weights: How often each row counts, shape (m,); None if each counts once.
        offset: What is added to z in each row, shape (m,), or None.
        target: The name of what is predicted.
        classes: What the labels stand for.
        formula: The formula, with . written out.
        levels: The levels of each category, by column. The first is the base.
        offset_column: The name of the offset's column, or None.
        groups: If the rows are groups of counts, for each how often it happened, how often it did
            not, and how often the group counts; else None.
        notes: What was done unasked, or in few words what was asked: rows left out, bases.
    """

    names: list[str]
    X: NDArray[np.float64]
    y: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    offset: NDArray[np.float64] | None
    target: str
    classes: list[Any]
    formula: Formula
    levels: dict[str, list[str]]
    notes: list[str]
    offset_column: str | None = None
    groups: tuple[Any, ...] | None = None


def read(table: Table, choice: Choice) -> Examples:
    r"""The examples in a table.

    Args:
        table: The table.
        choice: Which of its columns are taken, and as what.

    Raises:
        DataError: If the columns are not as chosen, or a cell is missing or of the wrong kind. The
            message names the line and the column.
        FormulaError: If the formula is none.

    Cost:
        One pass through the file. The memory is that of the matrix, and of the columns.

    Example:
        >>> from io import StringIO
        >>> table = Table(StringIO("age,sex,y\n1,f,no\n2,m,yes\n3,f,no\n"))
        >>> found = read(table, Choice(target="y"))
        >>> found.names, found.X.tolist(), found.y.tolist(), found.classes
        (['age', 'sex[m]'], [[1.0, 0.0], [2.0, 1.0], [3.0, 0.0]], [0, 1, 0], ['no', 'yes'])
    """
    formula, notes = chosen(table.names, choice)
    counted, beside = is_counted(formula, choice), choice.beside
    sides, kinds = columns(table, formula, choice, counted)
    rows, said = _complete(table, {**sides, **kinds}, choice.drop_missing)
    if rows is not None:
        sides = {name: taken(column, rows) for name, column in sides.items()}
        kinds = {name: taken(column, rows) for name, column in kinds.items()}
        kinds = {name: used(column) for name, column in kinds.items()}

    def where(row: int) -> str:
        return table.where(row if rows is None else int(np.flatnonzero(rows)[row]))

    weights: Any = None
    groups: tuple[Any, ...] | None = None
    if counted:
        y, weights, target = counts(formula.response, sides, choice, where)
        groups = (*np.split(weights, 2), None)
        classes: list[Any] = [0, 1]
    else:
        target = str(formula.response[0])
        y, classes = labels(formula.response[0], sides, choice.positive, where)
        if choice.offset and len(classes) > 2:
            raise DataError(f"--offset is for two classes; {target} has {len(classes)}")
    names, X = design(formula, kinds, where)
    offset = sides[beside["offset"]] if "offset" in beside else None
    if "weights" in beside:
        own = row_weights(sides, beside["weights"], where)
        weights = own if weights is None else weights * np.tile(own, 2)
        groups = groups and (*groups[:2], own)
    if counted:  # two rows for each: how often it happened, and how often it did not
        X = np.concatenate([X, X])
        offset = None if offset is None else np.concatenate([offset, offset])
    known = {name: column.levels for name, column in kinds.items() if isinstance(column, Levels)}
    notes += [f"{name}: {kinds_[0]} is the base" for name, kinds_ in known.items()]
    notes += [
        f"{name}: {listed(same)} differ in capitals alone, and are levels of their own"
        for name, kinds_ in known.items()
        if (same := twins(kinds_))
    ]
    notes += [
        f"{name} has a leading zero, {short(code)}, and is taken for a number; C({name}) takes it "
        "for a category"
        for name in formula.columns
        if name not in known and (code := table.code(name))
    ]
    return Examples(
        names, X, y, weights, offset, target, classes, formula, known, [*said, *notes],
        beside.get("offset"), groups,
    )  # fmt: skip


def _complete(
    table: Table, columns: Mapping[str, Any], drop: bool
) -> tuple[NDArray[np.bool_] | None, list[str]]:
    """Which rows have no missing cell, or None if all have none, and what is to be said of it."""
    if first_missing(columns) is None:
        return None, []
    empty = [name for name, column in columns.items() if missing(column).all()]
    if empty:
        have = "has" if len(empty) == 1 else "have"
        raise DataError(f"{listed(empty)} {have} no value in any row; leave out: {without(*empty)}")
    if not drop:
        refuse_missing(table, columns)
    rows = ~np.logical_or.reduce([missing(column) for column in columns.values()])
    gone, m = int(np.count_nonzero(~rows)), len(rows)
    if gone == m:
        raise DataError(f"all {m:,} rows have missing cells; leave columns out with --exclude")
    return rows, [f"{gone:,} of {m:,} rows left out, with missing cells"]

"""The examples in a table: the matrix of a formula, labels, weights and an offset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..namespaces.text import listed
from .choice import Choice, chosen
from .column import MOST_LEVELS, Levels, first_missing, levels, missing, numbers, taken
from .design import design, evaluated, of_kind
from .header import is_number
from .opening import DataError
from .table import Table, short
from .terms import Factor, Formula, quoted


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
    if not formula.columns:
        raise DataError("the model has no column; expected one, as in 'y ~ a'")
    responses = [name for factor in formula.response for name in factor.columns]
    extra = [name for name in (choice.trials, choice.weights, choice.offset) if name]
    extra = [" ".join(name.split()) for name in extra]
    columns = table.columns(list(dict.fromkeys([*responses, *formula.columns, *extra])))
    counted = len(formula.response) == 2 or choice.trials is not None
    whole = counted or bool(formula.response[0].expression)  # then its columns are numbers
    kinds = of_kind(table, formula, columns)
    sides: dict[str, Any] = {
        name: (numbers if whole or name in extra else levels)(table, name, columns[name])
        for name in dict.fromkeys([*responses, *extra])
    }
    del columns
    rows, said = _complete(table, {**sides, **kinds}, choice.drop_missing)
    if rows is not None:
        sides = {name: taken(column, rows) for name, column in sides.items()}
        kinds = {name: taken(column, rows) for name, column in kinds.items()}
        kinds = {name: _used(column) for name, column in kinds.items()}

    def where(row: int) -> str:
        return table.where(row if rows is None else int(np.flatnonzero(rows)[row]))

    weights: Any = None
    groups: tuple[Any, ...] | None = None
    if counted:
        y, weights, target = _counts(formula.response, sides, choice, where)
        groups = (*np.split(weights, 2), None)
        classes: list[Any] = [0, 1]
        if choice.positive is not None:
            raise DataError("--positive is for a target of two levels, not for counts")
    else:
        target = str(formula.response[0])
        y, classes = _labels(formula.response[0], sides, choice.positive)
        if choice.offset and len(classes) > 2:
            raise DataError(f"--offset is for two classes; {target} has {len(classes)}")
    names, X = design(formula, kinds, where)
    offset = sides[" ".join(choice.offset.split())] if choice.offset else None
    if choice.weights:
        own = sides[" ".join(choice.weights.split())]
        if (own < 0).any():
            row = int(np.argmax(own < 0))
            raise DataError(
                f"{where(row)}: {choice.weights} is {own[row]:g}, expected a weight ≥ 0"
            )
        groups = groups and (*groups[:2], own)
        weights = own if weights is None else weights * np.tile(own, 2)
        groups = groups and (*groups[:2], own)
    if counted:  # two rows for each: how often it happened, and how often it did not
        X = np.concatenate([X, X])
        offset = None if offset is None else np.concatenate([offset, offset])
    known = {name: column.levels for name, column in kinds.items() if isinstance(column, Levels)}
    notes += [f"{name}: {kinds_[0]} is the base" for name, kinds_ in known.items()]
    return Examples(
        names, X, y, weights, offset, target, classes, formula, known, [*said, *notes],
        " ".join(choice.offset.split()) if choice.offset else None, groups,
    )  # fmt: skip


def _complete(
    table: Table, columns: Mapping[str, Any], drop: bool
) -> tuple[NDArray[np.bool_] | None, list[str]]:
    """Which rows have no missing cell, or None if all have none, and what is to be said of it."""
    first = first_missing(dict(columns))
    if first is None:
        return None, []
    row, name = first
    if not drop:
        cell = table.cell(row, name)
        mark = f" ({short(cell)})" if cell and cell != "nan" else ""
        raise DataError(
            f"{table.where(row)}: {name} is missing{mark}; --drop-missing leaves such rows out"
        )
    rows = ~np.logical_or.reduce([missing(column) for column in columns.values()])
    gone, m = int(np.count_nonzero(~rows)), len(rows)
    if gone == m:
        raise DataError(f"all {m:,} rows have missing cells; leave columns out with --exclude")
    return rows, [f"{gone:,} of {m:,} rows left out, with missing cells"]


def _used(column: Any) -> Any:
    """A category without the levels that no row has any more."""
    if not isinstance(column, Levels):
        return column
    used, codes = np.unique(column.codes, return_inverse=True)
    return Levels(codes, [column.levels[i] for i in used])


def _labels(
    factor: Factor, sides: Mapping[str, Any], positive: str | None
) -> tuple[NDArray[np.int64], list[Any]]:
    """The labels 0, 1, … and what they stand for."""
    target = str(factor)
    if factor.expression:
        values = evaluated(factor.expression, [sides[name] for name in factor.columns])
        kinds, codes = np.unique(values, return_inverse=True)
        texts = [f"{x:g}" for x in kinds]
    else:
        codes, texts = _used(sides[factor.text])
        target = factor.text
    if positive is not None:
        fit = [i for i, text in enumerate(texts) if _same(text, positive)]
        if not fit:
            raise DataError(f"--positive {positive}: the levels of {target} are {listed(texts)}")
        if len(texts) > 2:
            rest = f"not {texts[fit[0]]}"
            return (codes == fit[0]).astype(int), [rest, texts[fit[0]]]
        order = [1 - fit[0], fit[0]]
        codes, texts = (codes == fit[0]).astype(int), [texts[i] for i in order]
    classes = _typed(texts)
    _check_classes(target, texts, classes, len(codes))
    if len(classes) > 2:  # sorted as the model sorts
        kinds, places = np.unique(np.array(classes), return_inverse=True)
        return places[codes], kinds.tolist()
    return np.asarray(codes, int), classes


def _check_classes(target: str, texts: list[str], classes: list[Any], rows: int) -> None:
    """Raise DataError if the levels of the target are no classes."""
    n = len(classes)
    if n == 2 or (2 < n <= MOST_LEVELS and 2 * n <= rows and isinstance(classes[0], int | str)):
        return
    if n == 1:
        raise DataError(f"{target} has 1 value, {texts[0]}; expected two classes")
    cure = "; --positive LEVEL takes one against all others" * (n <= MOST_LEVELS)
    if not isinstance(classes[0], str):
        cure = f"; compare a number: 'I({quoted(target)} >= {texts[n // 2]}) ~ …'{cure}"
    raise DataError(
        f"{target} has {n:,} values, {listed(texts)}, in {rows:,} rows; expected two classes, or "
        f"at most {MOST_LEVELS}, of two rows each on average{cure}"
    )


def _same(text: str, positive: str) -> bool:
    """Whether a level is the one that was asked for: 1 is 1.0, and TRUE is true."""
    positive = " ".join(positive.split())
    if is_number(text) and is_number(positive):
        return float(text) == float(positive)
    return text == positive or (text in ("TRUE", "FALSE") and text == positive.upper())


def _typed(texts: list[str]) -> list[Any]:
    """The classes as numbers if all of them are, whole ones as ints."""
    if not all(map(is_number, texts)):
        return list(texts)
    values = [float(text) for text in texts]
    return [int(x) for x in values] if all(x.is_integer() for x in values) else list(values)


def _counts(
    response: tuple[Factor, ...], sides: Mapping[str, Any], choice: Choice, where: Any
) -> tuple[NDArray[np.int64], NDArray[np.float64], str]:
    """Labels and weights of twice as many rows, from how often it happened and how often not."""

    def value(factor: Factor) -> NDArray[np.float64]:
        operands = [sides[name] for name in factor.columns]
        x = evaluated(factor.expression or "_0_", operands)
        return np.asarray(x, float)

    yes = value(response[0])
    if choice.trials is not None:
        no = sides[" ".join(choice.trials.split())] - yes
        names = str(response[0]), f"{choice.trials} − {response[0]}"
    else:
        no = value(response[1])
        names = str(response[0]), str(response[1])
    for name, x in zip(names, (yes, no), strict=True):
        bad = ~((x >= 0) & (x % 1 == 0))
        if bad.any():
            row = int(np.argmax(bad))
            raise DataError(f"{where(row)}: {name} is {x[row]:g}; expected a count, 0, 1, 2, …")
    y = np.repeat([1, 0], len(yes))
    return y, np.concatenate([yes, no]), names[0]

"""The matrix of a model: a column for each number, and one for each level but the first."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..learn.plain import named
from ..namespaces.text import listed
from .column import MOST_LEVELS, Levels, Unfit, guessed, levels, numbers, without
from .formula import folded
from .opening import DataError
from .table import Table, short
from .terms import Factor, Formula, Term


def in_texts(formula: Formula, counted: bool) -> set[str]:
    """The columns of a formula that are categories, or classes, even if they are numbers.

    Args:
        formula: The formula.
        counted: Whether its response counts how often it happened.
    """
    factors = [factor for term in formula.terms for factor in term if factor.category]
    if not counted:
        factors += [factor for factor in formula.response if not factor.expression]
    return {factor.text for factor in factors}


class Design(NamedTuple):
    """The matrix of a model, without the intercept.

    Attributes:
        names: What its n columns are called: ``age``, ``sex[male]``, ``age:sex[male]``. Each has a
            name of its own: the second ``t`` is ``t_2``.
        X: Shape (m, n).
    """

    names: list[str]
    X: NDArray[np.float64]


def of_kind(
    table: Table,
    formula: Formula,
    columns: Mapping[str, Any],
    known: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """The columns of a formula's terms, each as numbers or as Levels.

    Args:
        table: The table that the columns are from, which says where a bad cell is.
        formula: The formula.
        columns: What ``table.columns`` returned.
        known: The levels of a model that was fitted before, by column. By default a column of texts
            has levels, and so has one in C(…).

    Raises:
        DataError: If a column is not of its kind, or has a level that is not known.
    """
    factors = [factor for term in formula.terms for factor in term]
    within = {name for factor in factors if factor.expression for name in factor.columns}
    categories = {factor.text for factor in factors if factor.category}
    found: dict[str, Any] = {}
    unfit: dict[str, Unfit] = {}
    for name in formula.columns:
        if known is not None and name in known:
            found[name] = _recoded(table, name, columns[name], known[name])
        elif known is not None:
            found[name] = numbers(table, name, columns[name])
        elif name in categories and name in within:
            raise DataError(f"{name} is in C({name}) and in arithmetic; choose one of them")
        elif name in categories:
            found[name] = levels(table, name, columns[name])
        elif name in within:
            found[name] = numbers(table, name, columns[name])
        else:
            try:
                found[name] = guessed(table, name, columns[name])
            except Unfit as error:
                unfit[name] = error
    if len(unfit) > 1:
        names = list(unfit)
        raise DataError(
            f"{listed(names)} are no numbers, nor categories of at most {MOST_LEVELS} levels; "
            f"leave them out: {without(*names)}"
        )
    for alone in unfit.values():
        raise alone
    return found


def _recoded(table: Table, name: str, column: Any, known: Sequence[str]) -> Levels:
    at = {level: i for i, level in enumerate(known)}
    found = levels(table, name, column, at)
    for i, level in enumerate(found.levels):
        if level not in at:
            row = int(np.argmax(found.codes == i))
            raise DataError(
                f"{table.where(row)}: {name} is {short(level)}, which the model was not fitted "
                f"to; its levels are {listed(known)}"
            )
    places = np.array([at[level] for level in found.levels] + [-1])
    return Levels(places[found.codes], list(known))


def design(
    formula: Formula, columns: Mapping[str, Any], where: Any = lambda row: f"row {row + 1}"
) -> Design:
    """The matrix of a formula.

    A category of k levels has k - 1 columns, for the first level is the base. It has k in a term
    that without the category is not in the model: so does the first one if the intercept is left
    out.

    Args:
        formula: The formula.
        columns: Its columns, as ``of_kind`` gives them, none of them missing.
        where: The place of a row, in words.

    Raises:
        DataError: If a function is not finite in a row, or a category has one level.
    """
    m = _height(columns)
    parts = [part for term in formula.terms if term for part in _parts(term, formula, columns)]
    names = named([":".join(name for name, _, _ in part) for part in parts], len(parts))
    X = np.empty((m, len(parts)), order="F")  # column after column, as they come
    made: dict[str, NDArray[np.float64]] = {}
    for j, part in enumerate(parts):
        X[:, j] = 1.0
        for _, factor, kind in part:
            if factor.expression and factor.text not in made:
                made[factor.text] = computed(factor, columns, where)
            column: Any = made[factor.text] if factor.expression else columns[factor.text]
            X[:, j] *= column if kind is None else column.codes == kind
    return Design(names, X)


Part = tuple[str, Factor, int | None]
"""A name, its factor, and a level's number if the factor is a category."""


def _parts(term: Term, formula: Formula, columns: Mapping[str, Any]) -> list[list[Part]]:
    """The columns of the matrix that a term has, each as the product of these parts."""
    found: list[list[Part]] = [[]]
    for factor in term:
        column = None if factor.expression else columns[factor.text]
        choices: Sequence[Part] = [(factor.text, factor, None)]
        if isinstance(column, Levels):
            rest = tuple(other for other in term if other != factor)
            has_base = any(set(other) == set(rest) for other in formula.terms)
            if len(column.levels) < 2:
                only = listed(column.levels)
                raise DataError(
                    f"{factor.text} has one level, {only}, in the rows taken; leave it out: "
                    f"{without(factor.text)}"
                )
            choices = [
                (f"{factor.text}[{level}]", factor, i) for i, level in enumerate(column.levels)
            ][has_base:]
        found = [[*part, choice] for choice in choices for part in found]
    return found


def _height(columns: Mapping[str, Any]) -> int:
    first = next(iter(columns.values()))
    return len(first.codes if isinstance(first, Levels) else first)


def evaluated(expression: str, operands: Sequence[Any]) -> Any:
    """An expression in ``_0_``, ``_1_`` …, computed by the rows of the table.

    Raises:
        FormulaError: If it contains what a formula may not contain.
    """
    tree = ast.parse(expression, mode="eval").body
    return folded(tree, float, lambda place: operands[int(place.strip("_"))], lambda f, x: f(*x))


def computed(
    factor: Factor, columns: Mapping[str, Any], where: Callable[[int], str]
) -> NDArray[np.float64]:
    """A function of columns in each row.

    Args:
        factor: The function.
        columns: Its columns, as numbers.
        where: The place of a row, in words.

    Raises:
        DataError: If it is not finite in a row.
    """
    operands = [columns[name] for name in factor.columns]
    try:
        with np.errstate(all="ignore"):
            y = np.asarray(evaluated(factor.expression, operands), float)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise DataError(f"{factor.text}: {error}") from None
    if not np.all(np.isfinite(y)):
        row = int(np.argmin(np.isfinite(y)))
        at = ", ".join(
            f"{name} is {column[row]:g}"
            for name, column in zip(factor.columns, operands, strict=True)
        )
        raise DataError(f"{where(row)}: {factor.text} is {y[row]:g}, as {at}; expected finite")
    return y

"""Which columns of a table are taken, and as what: a formula, or a target and features."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..namespaces.text import listed
from . import terms
from .column import first_missing, levels, numbers
from .design import in_texts, of_kind
from .opening import DataError
from .table import Table, short
from .terms import Formula

USELESS = "--exclude did nothing, as the features are named one by one"


class Choice(NamedTuple):
    """What is to be read of a table, as the command line names it."""

    formula: str | None = None
    target: str | None = None
    features: str | Sequence[str] | None = None
    exclude: str | Sequence[str] | None = None
    positive: str | None = None
    trials: str | None = None
    weights: str | None = None
    offset: str | None = None
    drop_missing: bool = False

    @property
    def beside(self) -> dict[str, str]:
        """The columns beside the target and the features, by their roles, spelt as in tables."""
        roles = ("trials", "weights", "offset")
        return {role: " ".join(name.split()) for role in roles if (name := getattr(self, role))}


def chosen(names: Sequence[str], choice: Choice) -> tuple[Formula, list[str]]:
    """The formula of a choice, and notes on the columns without a name that are left out.

    Raises:
        DataError: If the choice contradicts itself, or the columns.
        FormulaError: If the formula is none.
    """
    out = _names(choice.exclude)
    for name in out:
        if name not in names:
            raise DataError(
                f"there is no column {short(name)} to exclude; the columns are {listed(names)}"
            )
    out += choice.beside.values()
    notes: list[str] = []
    asked = False

    def others(target: str | None) -> list[str]:
        nonlocal asked
        asked = True
        if "" in names:
            at = [i for i, name in enumerate(names, 1) if not name]
            notes.append(
                f"column {at[0]} has no name, and is left out"
                if len(at) == 1
                else f"columns {listed(map(str, at))} have no name, and are left out"
            )
        return [name for name in names if name and name != target and name not in out]

    if choice.formula is not None:
        if choice.target is not None or choice.features is not None:
            raise DataError("give a formula, or --target and --features, not both")
        formula = terms.read(choice.formula, others)
        if choice.trials is not None and len(formula.response) == 2:
            raise DataError("cbind has the counts of both; leave --trials out")
        return _checked(formula, choice), notes + [USELESS] * (bool(choice.exclude) and not asked)
    if choice.target is None:
        raise DataError("expected --target COLUMN, or a formula such as 'y ~ a + b'")
    target = " ".join(choice.target.split())
    features = others(target) if choice.features is None else _names(choice.features)
    for i, name in enumerate(features):
        if name == target and choice.features is not None:
            raise DataError(f"{name} is the target; it can't be a feature too")
        if name in features[:i] and choice.features is not None:
            raise DataError(f"{name} is chosen twice as a feature")
    if target not in names or not target:
        features = features or [target]  # the table says what its columns are
    if not features:
        raise DataError(f"there is no feature: expected a column of numbers besides {target}")
    useless = bool(choice.exclude) and not asked
    return _checked(terms.of_columns(target, features), choice), notes + [USELESS] * useless


def _checked(formula: Formula, choice: Choice) -> Formula:
    """The formula. Raises DataError if it has no column, or a column has two roles."""
    targets = {factor.text for factor in formula.response if not factor.expression}
    for role, name in choice.beside.items():
        if name in targets:
            raise DataError(f"{name} is the target; it can't be the {role} too")
    if not formula.columns:
        raise DataError("the model has no column; expected one, as in 'y ~ a'")
    return formula


def is_counted(formula: Formula, choice: Choice) -> bool:
    """Whether the response counts how often it happened. Then it has no level that is positive."""
    counted = len(formula.response) == 2 or choice.trials is not None
    if counted and choice.positive is not None:
        raise DataError("--positive is for a target of two levels, not for counts")
    return counted


def columns(
    table: Table, formula: Formula, choice: Choice, counted: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns beside the matrix, and those that make it, each as numbers or as Levels."""
    responses = [name for factor in formula.response for name in factor.columns]
    sides = list(dict.fromkeys([*responses, *choice.beside.values()]))
    texts = table.columns(
        list(dict.fromkeys([*sides, *formula.columns])), in_texts(formula, counted)
    )
    whole = counted or bool(formula.response[0].expression)  # then its columns are numbers
    kinds = of_kind(table, formula, texts)
    plain = sides if whole else choice.beside.values()
    return {
        name: (numbers if name in plain else levels)(table, name, texts[name]) for name in sides
    }, kinds


def refuse_missing(table: Table, columns: Mapping[str, Any]) -> None:
    """Raise DataError at the first row in which a column is missing."""
    if (found := first_missing(columns)) is not None:
        row, name = found
        cell = table.cell(row, name)
        mark = f" ({short(cell)})" if cell and cell != "nan" else ""
        raise DataError(
            f"{table.where(row)}: {name} is missing{mark}; --drop-missing leaves such rows out"
        )


def _names(given: str | Sequence[str] | None) -> list[str]:
    """The names in a list, or in text such as 'a,"b, c"'."""
    if isinstance(given, str):
        try:
            given = next(
                csv.reader([" ".join(given.split())], strict=True, skipinitialspace=True), []
            )
        except csv.Error as error:
            raise DataError(f"{short(str(given))}: {error}; is a quote left open?") from None
    return [" ".join(name.split()) for name in given or []]

"""Which columns of a table are taken, and as what: a formula, or a target and features."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import NamedTuple

from ..namespaces.text import listed
from . import terms
from .opening import DataError
from .table import short
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
    sides = {
        role: " ".join(name.split())
        for role in ("trials", "weights", "offset")
        if (name := getattr(choice, role))
    }
    out += sides.values()
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
        _check_sides(formula, sides)
        return formula, notes + [USELESS] * (bool(choice.exclude) and not asked)
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
    formula = terms.of_columns(target, features)
    _check_sides(formula, sides)
    return formula, notes + [USELESS] * useless


def _check_sides(formula: Formula, sides: dict[str, str]) -> None:
    """Raise DataError if a column is the target, and something beside the features too."""
    targets = {factor.text for factor in formula.response if not factor.expression}
    for role, name in sides.items():
        if name in targets:
            raise DataError(f"{name} is the target; it can't be the {role} too")


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

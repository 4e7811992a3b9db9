"""One of several files: its columns are read once and kept in a folder, from where blocks come."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np

from ..namespaces.text import listed
from .choice import Choice, columns, refuse_missing
from .column import Levels, missing, taken
from .design import Design, design
from .opening import DataError
from .response import classes_of, counts, row_weights
from .table import Options, Table
from .terms import Formula

RESPONSE, WEIGHTS, OFFSET, GROUPS = "", "weights", "offset", "groups"
"""What is kept beside the columns of the formula. No column has an empty name."""


class Part(NamedTuple):
    """What is known of a file after it was read.

    Attributes:
        file: Its name.
        rows: The number of its rows without missing cells.
        gone: The number of the others.
        levels: The levels of each category, by column, and those of the response under "".
        path: Its columns are in files whose names begin so.
    """

    file: str
    rows: int
    gone: int
    levels: dict[str, list[str]]
    path: str


class Plan(NamedTuple):
    """What is read of each file.

    Attributes:
        names: The names of all columns.
        formula: The formula.
        choice: What the command line names.
        options: How the files are written.
        counted: Whether the response counts how often it happened.
    """

    names: list[str]
    formula: Formula
    choice: Choice
    options: Options
    counted: bool


def kept(file: str, plan: Plan, path: str, first: str, table: Table | None = None) -> Part:
    """What a file holds, after its columns were written to files whose names begin with path.

    Args:
        file: The name of the file.
        plan: What is read.
        path: How the names of the written files begin.
        first: The name of the first file.
        table: That of the file, if it was opened before.
    """
    try:
        table = table or Table(file, plan.options)
        if sorted(table.names) != sorted(plan.names):
            raise DataError(
                f"the columns are {listed(table.names)}; {first} has {listed(plan.names)}"
            )
        return _written(file, table, plan, path)
    except DataError as error:
        raise DataError(f"{file}: {error}") from None


def _written(file: str, table: Table, plan: Plan, path: str) -> Part:
    formula, choice = plan.formula, plan.choice
    sides, kinds = columns(table, formula, choice, plan.counted)
    every = {**sides, **kinds}
    gone = np.logical_or.reduce([missing(column) for column in every.values()])
    if not choice.drop_missing:
        refuse_missing(table, every)
    rows = np.flatnonzero(~gone)
    sides = {name: taken(column, rows) for name, column in sides.items()}
    kinds = {name: taken(column, rows) for name, column in kinds.items()}

    def where(row: int) -> str:
        return table.where(int(rows[row]))

    if len(rows):  # raises here, where the line is known
        design(_expressions(formula), kinds, where)
    made: dict[str, Any] = {str(i): kinds[name] for i, name in enumerate(formula.columns)}
    if plan.counted:
        made[RESPONSE], made[WEIGHTS], _ = counts(formula.response, sides, choice, where)
        yes, no = np.split(made[WEIGHTS], 2)
        made[GROUPS] = np.stack([yes, no, np.ones(len(yes))])
    else:
        response = formula.response[0]
        made[RESPONSE] = (
            classes_of(response, sides, where) if response.expression else sides[response.text]
        )
    if name := choice.beside.get("weights"):
        own = row_weights(sides, name, where)
        made[WEIGHTS] = made.get(WEIGHTS, 1.0) * np.tile(own, 1 + plan.counted)
        if plan.counted:
            made[GROUPS][2] = own
    if name := choice.beside.get("offset"):
        made[OFFSET] = sides[name]
    texts: dict[str, list[str]] = {}
    for key, x in made.items():
        codes = x
        if isinstance(x, Levels):
            used, codes = np.unique(x.codes, return_inverse=True)
            texts[key and formula.columns[int(key)]] = [x.levels[i] for i in used]
        np.save(f"{path}-{key}.npy", codes)
    return Part(file, len(rows), int(gone.sum()), texts, path)


def _expressions(formula: Formula) -> Formula:
    """The formula with its functions alone."""
    factors = [f for term in formula.terms for f in term if f.expression]
    return Formula(formula.response, tuple((f,) for f in factors))


def matrix(part: Part, plan: Plan, known: dict[str, list[str]], at: slice) -> Design:
    """The matrix of some rows of a file."""
    kinds: dict[str, Any] = {}
    for i, name in enumerate(plan.formula.columns):
        x = _loaded(part, str(i), at)
        kinds[name] = x
        if name in known:
            at_level = {text: place for place, text in enumerate(known[name])}
            places = np.array([at_level[text] for text in part.levels[name]])
            kinds[name] = Levels(places[x], known[name])
    return design(plan.formula, kinds)


def block(
    part: Part, plan: Plan, known: dict[str, list[str]], codes: dict[str, int] | None, at: slice
) -> tuple[Any, Any, Any, Any]:
    """Some rows of a file: X, y, weights and offset; for counts, two rows for each."""
    X = matrix(part, plan, known, at).X
    if plan.counted:
        X = np.concatenate([X, X])
    y, w, o = (_sides(part, plan, key, at) for key in (RESPONSE, WEIGHTS, OFFSET))
    if codes is not None:
        y = np.array([codes[text] for text in part.levels[RESPONSE]])[y]
    return X, y, w, o


def _sides(part: Part, plan: Plan, key: str, at: slice) -> Any:
    """A column beside the matrix, or None; for counts, that of rows that come twice."""
    if not os.path.exists(f"{part.path}-{key}.npy"):
        return None
    if not plan.counted:
        return _loaded(part, key, at)
    if key == OFFSET:
        return np.tile(_loaded(part, key, at), 2)
    again = slice(at.start + part.rows, at.stop + part.rows)
    return np.concatenate([_loaded(part, key, at), _loaded(part, key, again)])


def _loaded(part: Part, key: str, at: slice) -> Any:
    return np.array(np.load(f"{part.path}-{key}.npy", mmap_mode="r")[at])

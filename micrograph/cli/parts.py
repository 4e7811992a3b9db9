"""The examples in several files, which may be larger than memory: read once, fitted by blocks.

Each file is read as a table of its own, so all that is said of one file holds for each of them. The
columns that are chosen are then kept in a temporary folder, and Dask takes the matrix of the
formula from there, some rows at a time.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from glob import glob, has_magic
from typing import Any

import numpy as np

from ..learn.descent import progress
from ..namespaces.text import listed
from .choice import Choice, chosen, is_counted
from .column import MOST_LEVELS, Levels, in_order
from .examples import Examples
from .opening import DataError
from .part import GROUPS, RESPONSE, Part, Plan, block, kept, matrix
from .response import labels
from .table import Options, Table, short
from .terms import Formula, column

ROWS = 200_000
"""The most rows of a block."""


def named(files: Sequence[str]) -> list[str]:
    """The files that names and patterns such as ``part-*.csv`` stand for, each once.

    Raises:
        DataError: If no file is named so.
    """
    found: list[str] = []
    for name in files:
        if not has_magic(name) or os.path.lexists(name):
            found.append(name)
            continue
        some = sorted(glob(name))
        if not some:
            raise DataError(f"no file is named like {short(name)}")
        found += some
    if "-" in found and len(found) > 1:
        raise DataError("standard input, -, can't be one of several files")
    return list(dict.fromkeys(found))


def read(files: Sequence[str], options: Options, choice: Choice, folder: str) -> Examples:
    """The examples in several files; X, y, weights and offset are arrays of Dask.

    Args:
        files: Their names.
        options: How they are written.
        choice: Which of their columns are taken, and as what.
        folder: Where columns are kept as long as the examples are needed.

    Raises:
        DataError: If a file can't be read as ``examples.read`` reads one, or if columns are of
            different kinds in different files. The message names the file.
        ImportError: If Dask is not installed.
    """
    try:
        import dask.array as da
        from dask import delayed
    except ImportError:
        raise ImportError(
            "several files are fitted block by block by Dask, which is not installed; "
            'pip install "dask[array]", or give one file'
        ) from None

    table: Table | None  # the first, which is opened once, as it may be a pipe
    table, plan, notes = _planned(files[0], options, choice)
    parts: list[Part] = []
    for i in progress(range(len(files)), "reading files"):
        parts.append(kept(files[i], plan, os.path.join(folder, str(i)), files[0], table))
        table = None
    gone, m = sum(part.gone for part in parts), sum(part.rows for part in parts)
    if not m:
        raise DataError(f"all {gone:,} rows have missing cells; leave columns out with --exclude")
    said = [f"{len(files):,} files are fitted block by block"]
    if gone:
        said.append(f"{gone:,} of {m + gone:,} rows left out, with missing cells")
    known = _joined([part for part in parts if part.rows], plan.formula)
    target, classes = str(plan.formula.response[0]), list[Any]([0, 1])
    codes: dict[str, int] | None = None
    if not plan.counted:
        texts = known.pop(RESPONSE)
        every = {target: Levels(np.arange(len(texts)), texts)}
        y, classes = labels(column(target), every, choice.positive, str, m)
        if choice.offset and len(classes) > 2:
            raise DataError(f"--offset is for two classes; {target} has {len(classes)}")
        codes = dict(zip(texts, y.tolist(), strict=True))
        response = plan.formula.response[0]
        target = target if response.expression else response.text
    first = next(part for part in parts if part.rows)
    names = matrix(first, plan, known, slice(0, 1)).names
    arrays = []
    for part in parts:
        for i in range(0, part.rows, ROWS):
            at = slice(i, min(i + ROWS, part.rows))
            task = delayed(block, pure=False)(part, plan, known, codes, at)
            size = (at.stop - at.start) * (1 + plan.counted)
            kinds_of = [((size, len(names)), float), ((size,), int), *[((size,), float)] * 2]
            arrays.append([da.from_delayed(task[j], *kind) for j, kind in enumerate(kinds_of)])
    X, labelled, w, o = (da.concatenate(some) for some in zip(*arrays, strict=True))
    groups = None
    if plan.counted:
        every_part = [np.load(f"{part.path}-{GROUPS}.npy") for part in parts]
        groups = tuple(np.concatenate(every_part, axis=1))
    notes += [f"{name}: {kinds[0]} is the base" for name, kinds in known.items()]
    return Examples(
        names, X, labelled,
        w if plan.counted or choice.weights else None,
        o if choice.offset else None,
        target, classes, plan.formula, known, [*said, *notes], choice.beside.get("offset"), groups,
    )  # fmt: skip


def _planned(file: str, options: Options, choice: Choice) -> tuple[Table, Plan, list[str]]:
    """The table of the first file, what is read, as its columns say, and notes."""
    try:
        table = Table(file, options)
        formula, notes = chosen(table.names, choice)
    except DataError as error:
        raise DataError(f"{file}: {error}") from None
    plan = Plan(table.names, formula, choice, options, is_counted(formula, choice))
    return table, plan, notes


def _joined(parts: Sequence[Part], formula: Formula) -> dict[str, list[str]]:
    """The levels of each category in all files."""
    known: dict[str, list[str]] = {}
    categories = {f.text for term in formula.terms for f in term if f.category}
    for name in dict.fromkeys(name for part in parts for name in part.levels):
        texts = next(part for part in parts if name in part.levels)
        for part in parts:
            if name not in part.levels:
                raise DataError(
                    f"{part.file}: {name} is numbers; in {texts.file} it is text, "
                    f"{listed(texts.levels[name])}; leave it out (--exclude), or take it for a "
                    f"category in a formula: C({name})"
                )
        found = sorted({text for part in parts for text in part.levels[name]}, key=in_order)
        if len(found) > MOST_LEVELS and name not in categories and name != RESPONSE:
            raise DataError(
                f"{name} is text of {len(found):,} levels, {listed(found)}; leave it out "
                f"(--exclude), or take it for a category in a formula: C({name})"
            )
        known[name] = found
    return known

"""``micrograph predict``: the probabilities that a saved model gives for the rows of a file."""

from __future__ import annotations

import warnings
from argparse import Namespace
from typing import Any, TextIO

import numpy as np

from ..primitives import sigmoid
from . import saved
from .column import first_missing, missing, numbers, taken
from .design import design, of_kind
from .fit import table_of
from .opening import DataError
from .table import short


def predict(source: str | TextIO, options: Namespace) -> str:
    """The text that ``micrograph predict`` prints: a CSV file with a line for each row.

    Its columns are the probability of the second class, and the likelier class. Of more than two
    classes there is the probability of each, and the likeliest class. With
    ``--drop-missing`` a row with missing cells has empty ones.

    Args:
        source: The name of a file, or the standard input.
        options: The options of the command line.

    Raises:
        ValueError, OSError: If the model or the file can't be read, or if a column or a level is
            not as the model knows it.
    """
    import pandas as pd
    from scipy.special import softmax

    model = saved.read(options.model)
    table = table_of(source, options)
    offset = [model.offset] if model.offset else []
    wanted = list(dict.fromkeys([*model.formula.columns, *offset]))
    columns = table.columns(wanted, model.levels)
    kinds = of_kind(table, model.formula, columns, model.levels)
    if model.offset:  # under a name that is no column's, as the column may be a term as well
        kinds = {**kinds, "": numbers(table, model.offset, columns[model.offset])}
    gone = np.logical_or.reduce([missing(column) for column in kinds.values()])
    first = first_missing(kinds)
    if first is not None:
        row, name = first
        if not options.drop_missing:
            raise DataError(
                f"{table.where(row)}: {name or model.offset} is missing; --drop-missing leaves "
                "such rows empty"
            )
        said = f"{np.count_nonzero(gone):,} of {len(gone):,} rows left empty, with missing cells"
        warnings.warn(said, stacklevel=2)
    rows = np.flatnonzero(~gone)
    kept = {name: taken(column, rows) for name, column in kinds.items()}
    names, X = design(model.formula, kept, lambda row: table.where(int(rows[row])))
    if names != model.names:
        raise DataError("the terms of the model do not go with its coefficients; fit it again")
    z = X @ model.coefficients.T + model.intercept
    z = z + kept[""][:, None] if model.offset else z
    of_all = np.column_stack([np.zeros(len(z)), z])  # the first class is the base
    shown = model.classes[1:] if len(model.classes) == 2 else model.classes
    found: Any = np.full((len(gone), len(shown)), np.nan)
    found[rows] = sigmoid(z) if len(shown) == 1 else softmax(of_all, axis=1)
    likelier = np.full(len(gone), "", dtype=object)
    likelier[rows] = np.array(model.classes, dtype=object)[of_all.argmax(axis=1)]
    titles = [f"P({model.target} = {kind})" for kind in shown]
    frame = pd.DataFrame(found, columns=titles)
    frame.insert(len(titles), model.target, likelier, allow_duplicates=True)
    text = frame.to_csv(options.output, index=False, lineterminator="\n")
    if options.output is None:
        return str(text).removesuffix("\n")
    said = short(titles[0]) if len(titles) == 1 else short(model.target)
    return f"{len(rows):,} predictions of {said} written to {options.output}"

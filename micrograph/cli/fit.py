"""``micrograph fit``: read a file, fit a logistic regression, draw it, and report on it."""

from __future__ import annotations

import json
import warnings
from argparse import Namespace
from collections.abc import Sequence
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import numpy as np

from ..learn.examples import kinds
from ..learn.grouped import of_groups
from ..learn.plain import PlainRegression, counted
from . import parts, saved
from .choice import Choice
from .examples import Examples, read
from .options import SETTINGS, in_options
from .report import INTERCEPT, facts, report
from .table import Options, Table
from .unfinished import Unfinished


def fit(source: str | Sequence[str] | TextIO, options: Namespace) -> str:
    """The text that ``micrograph fit`` prints.

    Args:
        source: The name of a file, names of several or a pattern of names, or the standard input.
        options: The options of the command line.

    Raises:
        ValueError, OSError: As ``read`` and ``LogisticRegression.fit`` do.
        Unfinished: If the picture or the model can't be written. It holds the text.

    Warns:
        UserWarning: If an option does nothing, if rows or columns were left out, or as
            ``LogisticRegression.fit`` does.
    """
    given = {name: x for name in SETTINGS if (x := getattr(options, name)) is not None}
    if "C" in given and "penalty" not in given:
        warnings.warn("--C does nothing without --penalty l2", stacklevel=2)
    if "learning_rate" in given and given.get("solver") != "descent":
        warnings.warn("--learning-rate does nothing without --solver descent", stacklevel=2)
    if isinstance(source, str | Sequence):
        files = parts.named([source] if isinstance(source, str) else source)
        if len(files) > 1:
            with TemporaryDirectory(prefix="micrograph-") as folder:
                examples = parts.read(files, _written(options), _choice(options), folder)
                return _printed(examples, given, options)
        source = files[0]
    return _printed(read(table_of(source, options), _choice(options)), given, options)


def _printed(examples: Examples, given: dict[str, Any], options: Namespace) -> str:
    """The text, after the picture and the model were written."""
    if INTERCEPT in examples.names:
        raise ValueError(f"a feature is named {INTERCEPT}, as the model's own; rename the column")
    X = [examples.X]
    examples = examples._replace(X=examples.X[:1].copy())  # of which a picture may be drawn
    model, said = fitted(X, examples, given)
    summary = model.summary()
    if examples.groups is not None:
        summary = of_groups(summary, *examples.groups)
    found = facts(model, summary, examples, said)
    printed = (
        json.dumps(found, indent=2, allow_nan=False)
        if options.json
        else report(found, summary.text)
    )
    for note in said:
        warnings.warn(note, stacklevel=2)
    _write(model, examples, found, options, printed)
    return printed


def table_of(source: str | TextIO, options: Namespace) -> Table:
    """The table that the options of the command line describe."""
    return Table(source, _written(options))


def _written(options: Namespace) -> Options:
    return Options(*(getattr(options, name) for name in Options._fields))


def _choice(options: Namespace) -> Choice:
    return Choice(*(getattr(options, name) for name in Choice._fields))


def fitted(
    X: list[Any], examples: Examples, given: dict[str, Any]
) -> tuple[PlainRegression, list[str]]:
    """A model fitted to examples, and its warnings in the words of the command line.

    Args:
        X: A list of the matrix alone. It is taken out, and freed as early as can be.
        examples: The examples. Their own matrix is not used.
        given: Arguments of ``LogisticRegression``.
    """
    if () not in examples.formula.terms:
        given = {**given, "fit_intercept": False}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            model = _learnt(X, examples, given)
        except ValueError as error:
            raise ValueError(in_options(str(error))) from None
    return model, list(dict.fromkeys(in_options(str(warning.message)) for warning in warned))


def _learnt(X: list[Any], examples: Examples, given: dict[str, Any]) -> PlainRegression:
    y, weights, offset, names = (
        labels(examples), examples.weights, examples.offset, examples.names
    )  # fmt: skip
    if not isinstance(X[0], np.ndarray):  # of several files
        from ..learn.regression import LogisticRegression

        return LogisticRegression(**given).fit(X.pop(), y, weights, offset, names)
    model = PlainRegression(**given)
    model.check_settings()
    if weights is not None:
        X[0], y, weights, offset = counted(X[0], y, weights, offset)
    model.learn(X, *kinds(y), weights, offset, names)
    return model


def labels(examples: Examples) -> Any:
    """The labels: what they stand for where that is sorted, as the model sorts them; else 0, 1."""
    if examples.classes == [0, 1]:
        return examples.y
    in_order = examples.classes == np.unique(np.array(examples.classes)).tolist()
    if not in_order:
        return examples.y
    kinds = np.array(examples.classes)
    if isinstance(examples.y, np.ndarray):
        return kinds[examples.y]
    return examples.y.map_blocks(kinds.take, dtype=kinds.dtype)  # of several files


def _write(
    model: PlainRegression,
    examples: Examples,
    found: dict[str, Any],
    options: Namespace,
    printed: str,
) -> None:
    """Write the picture and the model. What was fitted is not lost if one can't be written."""
    failed = []
    if options.save is not None:
        try:
            saved.write(options.save, model, examples, found)
        except OSError as error:
            failed.append(f"the model was not saved: {options.save}: {error.strerror or error}")
    if options.output is not None:
        try:
            x, y = np.asarray(examples.X[0]), np.asarray(labels(examples)[0])[()]
            model.draw(x, y, filename=options.output)
        except (ValueError, OSError, RuntimeError) as error:
            failed.append(f"the picture was not written: {error}")
    if failed:
        raise Unfinished(printed, "; ".join(failed))

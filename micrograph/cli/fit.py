"""``micrograph fit``: read a file, fit a logistic regression, draw it, and report on it."""

from __future__ import annotations

import json
import warnings
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

import numpy as np

from ..learn.regression import LogisticRegression
from ..namespaces.printed import Printed, on_stdout
from ..namespaces.text import aligned, show
from .csv_file import ENCODING, Examples, read

SETTINGS = ("penalty", "C", "solver", "learning_rate", "max_iter")
"""The options that are arguments of ``LogisticRegression``; its defaults hold for the rest."""

INTERCEPT = "intercept"
NAME = 40  # the most characters of a name in the text


def fit(source: str | TextIO, options: Namespace) -> str:
    """The text that ``micrograph fit`` prints.

    Args:
        source: The name of a CSV file, or the standard input.
        options: The options of the command line.

    Raises:
        ValueError, OSError: As ``read``, ``LogisticRegression.fit`` and ``draw`` do.

    Warns:
        UserWarning: If an option does nothing, or as ``LogisticRegression.fit`` does.
    """
    if not isinstance(source, str) and hasattr(source, "reconfigure"):
        source.reconfigure(**ENCODING)
    given = {name: x for name in SETTINGS if (x := getattr(options, name)) is not None}
    if "C" in given and "penalty" not in given:
        warnings.warn("--C does nothing without --penalty l2", stacklevel=2)
    if "learning_rate" in given and given.get("solver") != "descent":
        warnings.warn("--learning-rate does nothing without --solver descent", stacklevel=2)
    examples = read(source, options.target, options.features)
    model = LogisticRegression(**given)
    model.fit(examples.X, examples.y, feature_names=examples.features)
    found = facts(model, examples, options.target)
    if options.output is not None:
        model.draw(examples.X[0], examples.y[0], filename=options.output)
    return json.dumps(found, indent=2, allow_nan=False) if options.json else report(found)


def facts(model: LogisticRegression, examples: Examples, target: str) -> dict[str, Any]:
    """What a fitted model says about the examples that it was fitted to, as data for JSON.

    ``counts`` are the numbers of examples in each of the two ``classes``. A positive coefficient
    speaks for the second class. A number that is not finite is None, such as a standard error if
    the classes are separated.

    Raises:
        ValueError: If a feature is named "intercept".
    """
    names, X, y = examples
    if INTERCEPT in names:
        raise ValueError(f"a feature is named {INTERCEPT}, as the model's own; rename the column")
    with np.errstate(invalid="ignore"):  # the root of a negative variance is NaN
        errors = np.sqrt(np.diag(model.covariance_))
    classes = np.asarray(model.classes_).tolist()
    return {
        "target": target,
        "classes": classes,
        "counts": [int(np.count_nonzero(y == kind)) for kind in classes],
        "coefficients": dict(zip(names, map(_finite, model.coef_[0]), strict=True)),
        "intercept": _finite(model.intercept_[0]),
        "standard_errors": dict(zip([INTERCEPT, *names], map(_finite, errors), strict=True)),
        "accuracy": float(model.score(X, y)),
        "log_likelihood": _finite(model.log_likelihood_),
        "n_iter": int(np.max(model.n_iter_)),  # one number, or scikit-learn's array of one
        "costs": list(map(_finite, model.costs_)),
    }


def report(facts: dict[str, Any]) -> str:
    """The facts as text: what was fitted, how the cost fell, a table of coefficients."""
    return Printed("\n".join(_lines(**facts)))


def _lines(
    *,
    target: str,
    classes: list[Any],
    counts: list[int],
    coefficients: dict[str, float | None],
    intercept: float | None,
    standard_errors: dict[str, float | None],
    accuracy: float,
    log_likelihood: float | None,
    n_iter: int,
    costs: list[float | None],
) -> Iterator[str]:
    m, kind = sum(counts), f"{_short(target)} = {_short(str(classes[1]))}"
    yield f"P({kind}) fitted to {m:,} examples, {counts[1]:,} of them {kind}"
    yield ""
    steps = [("iteration", "cost")] + [(f"{i}", _digits(costs[i])) for i in _some(len(costs))]
    yield from _columns(steps)
    yield ""
    rows = [("", "coefficient", "std. error", "z")]
    for name, x in {INTERCEPT: intercept, **coefficients}.items():
        error = standard_errors[name]
        z = x / error if x is not None and error else None
        rows.append((_short(name), _digits(x), _digits(error), _digits(z)))
    yield from _columns(rows)
    yield ""
    yield from _columns(
        [
            ("accuracy", f"{show(accuracy)} ({round(accuracy * m):,} of {m:,})"),
            ("log-likelihood", _digits(log_likelihood)),
            ("iterations", f"{n_iter:,}"),
        ]
    )


def _some(n: int) -> Sequence[int]:
    """0 … n - 1 if they are ten at most, else the first four, the powers of ten, and the last."""
    if n <= 10:
        return range(n)
    powers = (10**k for k in range(1, len(str(n))))
    return sorted({0, 1, 2, 3, n - 1}.union(i for i in powers if i < n))


def _finite(x: Any) -> float | None:
    return float(x) if np.isfinite(x) else None


def _columns(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    return aligned([on_stdout(cell) for cell in row] for row in rows)


def _digits(x: float | None) -> str:
    return "–" if x is None else show(x)


def _short(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…"

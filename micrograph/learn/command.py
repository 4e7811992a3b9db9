"""What ``micrograph fit`` does: read a file, fit a logistic regression, draw it, report on it."""

from __future__ import annotations

import json
import warnings
from argparse import Namespace
from typing import TextIO

from .data import ENCODING, read
from .regression import LogisticRegression
from .report import facts, report

SETTINGS = ("penalty", "C", "solver", "rate", "max_iter")
"""Options that are the estimator's; those not given have its defaults."""


def fit(source: str | TextIO, options: Namespace) -> str:
    """The text that ``micrograph fit`` prints about the file or the standard input ``source``.

    Raises: as ``read``, ``LogisticRegression.fit`` and ``draw`` do; it may warn as fit does.
    """
    if not isinstance(source, str) and hasattr(source, "reconfigure"):
        source.reconfigure(**ENCODING)
    given = {name: x for name in SETTINGS if (x := getattr(options, name)) is not None}
    if "C" in given and "penalty" not in given:
        warnings.warn("--C does nothing without --penalty l2", stacklevel=2)
    if "rate" in given and given.get("solver") != "descent":
        warnings.warn("--rate does nothing without --solver descent", stacklevel=2)
    examples = read(source, options.target, options.features)
    model = LogisticRegression(**given)
    model.fit(examples.X, examples.y, feature_names=examples.features)
    found = facts(model, examples, options.target)
    if options.output is not None:
        model.draw(examples.X[0], examples.y[0], filename=options.output)
    return json.dumps(found, indent=2, allow_nan=False) if options.json else report(found)

"""The settings of the estimator as options of the command line."""

from __future__ import annotations

import re

SETTINGS = ("penalty", "C", "solver", "learning_rate", "max_iter")
"""The options that are arguments of ``LogisticRegression``; its defaults hold for the rest."""


def in_options(said: str) -> str:
    """A message of ``LogisticRegression`` in the words of the command line.

    Example:
        >>> in_options('raise max_iter, or penalty="l2"')
        'raise --max-iter, or --penalty l2'
    """
    names = "|".join(SETTINGS)
    said = re.sub(
        rf"(?<![\w-])({names})=[\"']?([^\s\"':;,]+)[\"']?",
        lambda m: f"--{m[1].replace('_', '-')} {m[2]}",
        said,
    )
    return re.sub(
        r"(?<![\w-])(learning_rate|max_iter)\b", lambda m: f"--{m[1].replace('_', '-')}", said
    )

"""The area under the ROC curve by one pass: how many rows of either class have each score.

The counts of distinct scores are all that the area needs. If there are too many of them, scores
are told apart by fewer leading bits, and how far that may move the area is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .triangle import Array

MOST = 2**18
"""The most scores that are told apart: 6 MB."""

NOISE = 10
"""Scores that differ in their last ten bits only are taken for equal, as rounding may do that."""


class Ranks(NamedTuple):
    """How many rows of either class have each score.

    Attributes:
        bits: So many of the last bits of a score were dropped.
        keys: Whole numbers in the order of the scores, shape (s,).
        counts: The sum of the weights of the rows of each class, shape (2, s).
    """

    bits: int
    keys: Any
    counts: Array


def ranks(z: Array, y: Array, weights: Array) -> Ranks:
    """Those of some rows with scores z, which are finite, and classes y, 0 or 1."""
    keys = (z + 0.0).view(np.int64)  # −0 becomes 0
    keys = np.where(keys < 0, np.iinfo(np.int64).min - keys, keys)
    return _counted(NOISE, (keys + (1 << NOISE - 1)) >> NOISE, np.array([(1 - y), y]) * weights)


def joined(parts: Sequence[Ranks]) -> Ranks:
    """Those of all the rows."""
    bits = max(part.bits for part in parts)
    keys = np.concatenate([part.keys >> bits - part.bits for part in parts])
    return _counted(bits, keys, np.concatenate([part.counts for part in parts], axis=1))


def _counted(bits: int, keys: Any, counts: Array) -> Ranks:
    found, at = np.unique(keys, return_inverse=True)
    while len(found) > MOST:
        bits, keys = bits + 1, keys >> 1
        found, at = np.unique(keys, return_inverse=True)
    return Ranks(bits, found, np.array([np.bincount(at, n, len(found)) for n in counts]))


def area(of: Ranks) -> tuple[float, float]:
    """The area under the ROC curve, and how far it may be off as scores were taken for equal.

    Example:
        >>> z, y = np.array([-1.0, 0.5, 0.5, 2.0]), np.array([0.0, 0.0, 1.0, 1.0])
        >>> area(ranks(z, y, np.ones(4)))
        (0.875, 0.0)
    """
    no, yes = of.counts
    pairs = float(no.sum() * yes.sum())
    below = np.cumsum(no) - no
    tied = float(no @ yes) / 2
    return (float(yes @ below) + tied) / pairs, tied / pairs if of.bits > NOISE else 0.0

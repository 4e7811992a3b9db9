"""The size of each feature and the kinds of labels, by one pass over the data.

Sums of squares lose digits, so each part has its own mean, and squares around it: Chan, Golub &
LeVeque, Algorithms for computing the sample variance, The American Statistician 37 (1983).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .design import Design, designed
from .examples import missing
from .triangle import Array, Flags


class Moments(NamedTuple):
    """What some rows say about the features and the labels.

    Attributes:
        m: The number of rows.
        low: The smallest number of each feature, shape (n,).
        high: The greatest.
        power: The features are measured in 2**power, so that no square overflows.
        mean: Of each feature, so measured.
        spread: Σ(x − mean)², likewise.
        kinds: The labels in sorted order; three at most, as more than two are refused.
        counts: How many rows have each of these labels.
    """

    m: int
    low: Array
    high: Array
    power: Any
    mean: Array
    spread: Array
    kinds: Any
    counts: Any


def moments(X: Array, y: Any) -> Moments:
    """Those of some rows in memory.

    Raises:
        ValueError: If a label is missing.
    """
    low, high = X.min(axis=0), X.max(axis=0)
    power = np.frexp(np.maximum(-low, high))[1]
    U = np.ldexp(X, -power)
    mean = U.mean(axis=0)
    if (y.dtype.kind == "f" and not np.all(np.isfinite(y))) or (
        y.dtype.kind == "O" and any(map(missing, y.tolist()))
    ):
        raise ValueError("y contains missing labels; drop those rows")
    try:
        kinds, counts = np.unique(y, return_counts=True)
    except TypeError:
        raise ValueError("y mixes kinds of labels that don't compare") from None
    spread = ((U - mean) ** 2).sum(axis=0)
    return Moments(len(X), low, high, power, mean, spread, kinds[:3], counts[:3])


def joined(parts: Sequence[Moments]) -> Moments:
    """Those of all the rows."""
    power = np.max([part.power for part in parts], axis=0)
    m = np.array([part.m for part in parts])
    means = np.array([np.ldexp(part.mean, part.power - power) for part in parts])
    spreads = [np.ldexp(part.spread, 2 * (part.power - power)) for part in parts]
    mean = (m / m.sum()) @ means
    kinds, at = np.unique(np.concatenate([part.kinds for part in parts]), return_inverse=True)
    counts = np.bincount(at, np.concatenate([part.counts for part in parts])).astype(int)
    return Moments(
        m=int(m.sum()),
        low=np.min([part.low for part in parts], axis=0),
        high=np.max([part.high for part in parts], axis=0),
        power=power,
        mean=mean,
        spread=np.sum(spreads, axis=0) + m @ (means - mean) ** 2,
        kinds=kinds[:3],
        counts=counts[:3],
    )


class Units(NamedTuple):
    """The units in which each feature varies around 0 by 1, as in ``standardised``.

    Attributes:
        kept: Whether a feature varies, shape (n,).
        unit: A power of two for each feature that is kept.
        mean: Of these features in that unit, or 0 without an intercept.
        scale: How much they vary, in that unit.
        intercept: Whether there is an intercept.
    """

    kept: Flags
    unit: Array
    mean: Array
    scale: Array
    intercept: bool

    def examples(self, X: Array) -> Array:
        """Some rows in these units, after a column of ones if there is an intercept."""
        A = np.ones((len(X), int(self.intercept) + len(self.unit)))
        A[:, int(self.intercept) :] = (X[:, self.kept] / self.unit - self.mean) / self.scale
        return A

    def design(self, A: Array) -> Design:
        """The design of examples A."""
        return designed(A, self.kept, self.unit, self.mean, self.scale, self.intercept)


def units(of: Moments, intercept: bool) -> Units:
    """The units that the moments of all rows call for."""
    kept = of.low < of.high if intercept else (of.low != 0) | (of.high != 0)
    square = of.spread / of.m
    mean = of.mean if intercept else np.zeros(len(kept))
    scale = np.sqrt(square if intercept else square + of.mean**2)
    return Units(kept, np.ldexp(1.0, of.power[kept]), mean[kept], scale[kept], intercept)

"""What one pass over the data says before the fit: sizes of features, kinds of labels, a sample.

Squares lose digits, so each part has its own mean, and the triangle of its rows around it: Chan,
Golub & LeVeque, Algorithms for computing the sample variance, The American Statistician 37 (1983),
where the sum of squares is the square of the triangle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .blocks import Rows
from .design import Design, designed
from .examples import missing
from .triangle import Array, Flags, triangle

CLASSES = 1000
"""The most kinds of labels."""

SAMPLED = 256
"""The most rows that are kept of a slice."""

CELLS = 2**17
"""The most numbers that are kept of a part: a megabyte."""


class Moments(NamedTuple):
    """What some rows say about the features and the labels.

    Attributes:
        rows: The number of rows.
        total: The sum of their weights.
        low: The smallest number of each feature, shape (n,).
        high: The greatest.
        power: The features are measured in 2**power, so that no square overflows.
        mean: Of each feature, so measured.
        R: The triangle of the rows around the mean, each times the root of its weight, likewise.
        kinds: The labels in sorted order; one more than CLASSES at most, as more are refused.
        counts: The sum of the weights of the rows that have each of these labels.
        sample: Some of the rows, about equally many of each part.
    """

    rows: int
    total: float
    low: Array
    high: Array
    power: Any
    mean: Array
    R: Array
    kinds: Any
    counts: Any
    sample: Rows


def moments(rows: Rows) -> Moments:
    """Those of some rows in memory.

    Raises:
        ValueError: If a label is missing.
    """
    X, y, weights, _ = rows
    if (y.dtype.kind == "f" and not np.all(np.isfinite(y))) or (
        y.dtype.kind == "O" and any(map(missing, y.tolist()))
    ):
        raise ValueError("y contains missing labels; drop those rows")
    low, high, total = X.min(axis=0), X.max(axis=0), weights.sum()
    power = np.frexp(np.maximum(-low, high))[1]
    U = np.ldexp(X, -power)
    mean = weights @ U / total
    R = triangle([(U - mean) * np.sqrt(weights)[:, None]])
    kinds, counts = _kinds(y, weights)
    some = _sample([rows], [len(X)], SAMPLED)
    return Moments(len(X), float(total), low, high, power, mean, R, kinds, counts, some)


def joined(parts: Sequence[Moments]) -> Moments:
    """Those of all the rows."""
    power = np.max([part.power for part in parts], axis=0)
    total = np.array([part.total for part in parts])
    means = np.array([np.ldexp(part.mean, part.power - power) for part in parts])
    mean = (total / total.sum()) @ means
    inner = [np.ldexp(part.R, part.power - power) for part in parts]
    kinds, counts = _kinds(*(np.concatenate(x) for x in zip(*((p.kinds, p.counts) for p in parts))))  # noqa: B905  # pairs
    rows = [part.rows for part in parts]
    return Moments(
        rows=sum(rows),
        total=float(total.sum()),
        low=np.min([part.low for part in parts], axis=0),
        high=np.max([part.high for part in parts], axis=0),
        power=power,
        mean=mean,
        R=triangle([*inner, np.sqrt(total)[:, None] * (means - mean)]),
        kinds=kinds,
        counts=counts,
        sample=_sample([part.sample for part in parts], rows, CELLS // (len(mean) + 1)),
    )


def _kinds(y: Any, counts: Array) -> tuple[Any, Any]:
    try:
        kinds, at = np.unique(y, return_inverse=True)
    except TypeError:
        raise ValueError("y mixes kinds of labels that don't compare") from None
    return kinds[: CLASSES + 1], np.bincount(at, counts)[: CLASSES + 1]


def _sample(parts: Sequence[Rows], of: Sequence[int], most: int) -> Rows:
    """At most so many of the rows of samples, such that each part has its share.

    Args:
        parts: Samples.
        of: How many rows each of them is a sample of.
        most: The most rows, and one of each part.
    """
    share = min(most / sum(of), *(len(part.y) / n for part, n in zip(parts, of, strict=True)))
    some = []
    for part, n in zip(parts, of, strict=True):
        want = max(1, int(share * n))
        some.append(part.taken(np.arange(want) * len(part.y) // want))
    columns: Any = zip(*some, strict=True)
    return Rows._make(None if x[0] is None else np.concatenate(x) for x in columns)


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
        U = A[:, int(self.intercept) :]
        np.divide(X if self.kept.all() else X[:, self.kept], self.unit, out=U)
        U -= self.mean
        U /= self.scale
        return A

    def triangle(self, of: Moments) -> Array:
        """The triangle of all rows in these units: no pass over them is needed."""
        R, root = of.R[:, self.kept] / self.scale, np.sqrt(of.total)
        if not self.intercept:
            return triangle([R, root * of.mean[None, self.kept] / self.scale])
        ones = root * np.eye(1, 1 + R.shape[1])
        return triangle([ones, np.column_stack([np.zeros(len(R)), R])])

    def alone(self) -> Units:
        """The units of the intercept alone, without features."""
        none = np.zeros(0)
        return Units(np.zeros(len(self.kept), bool), none, none, none, self.intercept)

    def design(self, A: Array) -> Design:
        """The design of examples A."""
        return designed(A, self.kept, self.unit, self.mean, self.scale, self.intercept)


def units(of: Moments, intercept: bool) -> Units:
    """The units that the moments of all rows call for."""
    kept = of.low < of.high if intercept else (of.low != 0) | (of.high != 0)
    square = (of.R**2).sum(axis=0) / of.total
    mean = of.mean if intercept else np.zeros(len(kept))
    scale = np.sqrt(square if intercept else square + of.mean**2)
    return Units(kept, np.ldexp(1.0, of.power[kept]), mean[kept], scale[kept], intercept)

"""The partials of a long vector against the truth, all of them by a few differences.

One difference an element costs the square of the length. Instead all elements move at once, each
by what makes its term, weight times partial, about as large as any other's: a partial that is off
by a part shows as much of it in the sum, and is not lost beside larger ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import mpmath

from ..row import Primitive
from . import truth

MANY = 32
"""Of more operands the partials are compared at once."""

TINY = 2.0**-1000
"""A partial that is less is taken for as much."""

GOLDEN, SILVER = 0.6180339887498949, 0.41421356237309515
"""Whose multiples, less what is whole, are spread evenly: weights that no two errors share."""


def agreement(row: Primitive, xs: Sequence[float], partials: Sequence[float | None]) -> float:
    """To how many bits every partial of a long vector is known to be right; 0 where none are.

    partials: None for those that don't matter
    Cost: some ten evaluations of the row at fifty digits or more.
    """
    if len(xs) <= MANY or not row.vectors or truth.is_opaque(row):
        return 0.0
    if not all(g is None or math.isfinite(g) for g in partials):
        return 0.0
    return min(_along(row, xs, partials, step) for step in (GOLDEN, SILVER))


def _along(
    row: Primitive, xs: Sequence[float], partials: Sequence[float | None], step: float
) -> float:
    """To how many bits the partials agree with a difference along all operands."""
    shares = [(1 + i * step % 1) * (-1) ** int(2 * i * step) for i in range(len(xs))]
    way = [
        0 if g is None else mpmath.mpf(share) / max(abs(g), TINY)
        for share, g in zip(shares, partials, strict=True)
    ]
    reach = min((abs(x / w) for x, w in zip(xs, way, strict=True) if x and w), default=1)
    way = [w * reach for w in way]  # none moves further than its own size
    exact = truth.slope_along(row, xs, way)
    terms = [w * g for w, g in zip(way, partials, strict=True) if g is not None]
    off = abs(exact.number - mpmath.fsum(terms)) / reach
    if not exact.known or not mpmath.isfinite(off):
        return 0.0
    return float(min(exact.bits, -mpmath.log(off, 2) if off else exact.bits))

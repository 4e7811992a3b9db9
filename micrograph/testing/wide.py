"""The partials of a long vector against the truth, all of them by a few differences.

One difference an element costs the square of the length. Instead all elements move at once, each
by what makes its term, weight times partial, about as large as any other's: a partial that is off
by a part shows as much of it in the sum, and is not lost beside larger ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath

from ..core import Primitive
from . import truth
from .truth import Settled

MANY = 32
"""Of more operands the partials are compared at once."""

TINY = 2.0**-1000
"""A partial that is less is taken for as much."""

GOLDEN, SILVER = 0.6180339887498949, 0.41421356237309515
"""Whose multiples, less what is whole, are spread evenly: weights that no two errors share."""


def slopes(row: Primitive, xs: Sequence[float]) -> list[Settled] | None:
    """The true partials of a long vector: its rule's at fifty digits, where differences agree.

    None where the vector is not long, or they don't agree to thirty: then one by one.
    Cost: some ten evaluations of the row at fifty digits or more.
    """
    if len(xs) <= MANY or not row.vectors or truth.is_opaque(row):
        return None
    try:
        partials = truth.by_rule(row, xs)
    except (ValueError, ArithmeticError):
        return None
    bits = agreement(row, xs, partials)
    return [Settled(d, bits) for d in partials] if bits > 100 else None


def agreement(row: Primitive, xs: Sequence[float], partials: Sequence[Any]) -> float:
    """To how many bits every partial of a vector is right, by two differences; 0 where none are."""
    if not all(map(mpmath.isfinite, partials)):
        return 0.0
    return min(_along(row, xs, partials, step) for step in (GOLDEN, SILVER))


def _along(row: Primitive, xs: Sequence[float], partials: Sequence[Any], step: float) -> float:
    """To how many bits the partials agree with a difference along all operands."""
    shares = [(1 + i * step % 1) * (-1) ** int(2 * i * step) for i in range(len(xs))]
    way = [mpmath.mpf(share) / max(abs(g), TINY) for share, g in zip(shares, partials, strict=True)]
    reach = min((abs(x / w) for x, w in zip(xs, way, strict=True) if x), default=1)
    way = [w * reach for w in way]  # none moves further than its own size
    exact = truth.slope_along(row, xs, way)
    off = abs(mpmath.fdot([*way, -1], [*partials, exact.number])) / reach  # fdot rounds but once
    if not exact.known or not mpmath.isfinite(off):
        return 0.0
    return float(min(exact.bits, -mpmath.log(off, 2) if off else exact.bits))

"""The partials of a long vector against the truth, all of them by a few differences.

One difference for each element would cost the square of the length. Instead all elements move at
once, each so far that its term, weight times partial, is about as large as any other. So if a
partial is off by some part of itself, its term is off by the same part, and there are no larger
terms beside which this would be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath

from ..core import Primitive
from . import truth
from .truth import Settled

MANY = 32
"""With more operands than this, the partials are compared all at once."""

TINY = 2.0**-1000
"""A partial that is smaller counts as this large."""

GOLDEN, SILVER = 0.6180339887498949, 0.41421356237309515
"""The fractional parts of i·φ, or of i·√2, are evenly spread: as weights, no two errors cancel."""


def slopes(row: Primitive, xs: Sequence[float]) -> list[Settled] | None:
    """The true partials of a long vector: its rule's at fifty digits, if differences agree.

    None if the vector is not long, or the differences don't agree to thirty digits. Then the
    partials are to be found one by one.

    Cost:
        Some ten evaluations of the row at fifty digits or more.
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
    """How many bits of every partial of a vector are right, by two differences; 0 if none are."""
    if not all(map(mpmath.isfinite, partials)):
        return 0.0
    return min(_along(row, xs, partials, step) for step in (GOLDEN, SILVER))


def _along(row: Primitive, xs: Sequence[float], partials: Sequence[Any], step: float) -> float:
    """To how many bits all partials agree with a difference along all operands at once."""
    shares = [(1 + i * step % 1) * (-1) ** int(2 * i * step) for i in range(len(xs))]
    way = [mpmath.mpf(share) / max(abs(g), TINY) for share, g in zip(shares, partials, strict=True)]
    reach = min((abs(x / w) for x, w in zip(xs, way, strict=True) if x), default=1)
    way = [w * reach for w in way]  # no operand moves further than its own size
    exact = truth.slope_along(row, xs, way)
    off = abs(mpmath.fdot([*way, -1], [*partials, exact.number])) / reach  # fdot rounds only once
    if not exact.known or not mpmath.isfinite(off):
        return 0.0
    return float(min(exact.bits, -mpmath.log(off, 2) if off else exact.bits))

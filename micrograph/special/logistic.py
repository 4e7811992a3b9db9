"""The logistic family: forms of its values and slopes that keep their digits in the tails.

The textbook form is in the table; here is what machine numbers compute, and what the textbook
form would have cost them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from itertools import count
from math import inf
from typing import Any

from .elementary import fold, total, within

SILU_ROOT, SILU_ROOT_REST = -1.2784645427610737, -1.0946994183093437e-16  # 1 + x + exp(x) = 0
EXP_OF_ROOT = 0.2784645427610738
BEND_ROOT, BEND_ROOT_REST = 2.3993572805154675, 1.8464872855353363e-16  # x·tanh(x/2) = 2


def sigmoid(xp: Any, x: Any) -> Any:
    """1 / (1 + exp(−x)) with no exponential that overflows, and what rounding 1 + e took."""
    e = xp.exp(-xp.abs(x))
    whole = 1 + e
    y = xp.where(x >= 0, 1.0, e) / whole
    left = xp.where(x < -1.5, e - e * y, y - y * (1 - whole + e))
    return xp.where(x >= 0, y, left)


def softplus(xp: Any, x: Any) -> Any:
    """log(1 + exp(x)) with no exponential that overflows."""
    return xp.where(x > 0, x, 0.0) + xp.log1p(xp.exp(-xp.abs(x)))


def silu_slope(xp: Any, x: Any) -> Any:
    """σ(x) + x·σ(x)·σ(−x); left of 0 by 1 + x + exp(x), which is written from its root."""
    x = within(xp, x, 800.0)
    e = xp.exp(-xp.abs(x))
    z = (xp.where(x < 0, x, 0.0) - SILU_ROOT) - SILU_ROOT_REST
    above = xp.where(x < 0, e * (z + EXP_OF_ROOT * xp.expm1(z)), 1 + e * (1 + x))
    return above / (1 + e * (2 + e))


def silu_bend(xp: Any, x: Any) -> Any:
    """σ(x)·σ(−x)·(2 − x·tanh(x/2)), the slope of silu's slope; the last factor from its root r.

    With t = tanh(x/2) that is (r − x)·t + (r − 2t)·tanh((r − x)/2), as r·tanh(r/2) = 2.
    """
    x = within(xp, x, 800.0)
    size = xp.where(x < 0, -x, x)  # it is even
    e, t = xp.exp(-size), xp.tanh(size / 2)
    z = (BEND_ROOT - size) + BEND_ROOT_REST
    from_root = z * t + (BEND_ROOT - 2 * t + BEND_ROOT_REST) * xp.tanh(z / 2)
    return xp.where(size < 1.6, 2 - size * t, from_root) * e / (1 + e * (2 + e))


def logaddexp(xp: Any, a: Any, b: Any) -> Any:
    """The larger one + log(1 + exp(−distance)); two equal infinities have no distance."""
    high = xp.where(a > b, a, b)
    distance, lost = difference(xp, high, xp.where(a > b, b, a))
    e = xp.exp(-distance)
    return high + xp.log1p(e - e * lost)


def difference(xp: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The difference a − b rounded, and what the rounding lost (Knuth's two-sum).

    0 for two equal infinities; two equal numbers are 0 apart as well, but with a slope.
    """
    d = xp.where((a == b) & (xp.abs(a) == inf), 0.0, a - b)
    back = d - a
    return d, xp.where((a != b) & (xp.abs(d) < inf), (a - (d - back)) - (b + back), 0.0)


def share(xp: Any, a: Any, b: Any) -> Any:
    """σ(a − b). Rounding a − b alone would cost 11 ULP at a distance of 16."""
    d, lost = difference(xp, a, b)
    return xp.sigmoid(d) * (1 + lost * xp.sigmoid(-d))


def largest(xp: Any, x: Sequence[Any]) -> Any:
    """The largest element; 0 where it is infinite, so that it can be subtracted."""
    top = fold(xp.maximum, x, 0.0)
    return xp.where(xp.abs(top) < inf, top, 0.0)


def logsumexp(xp: Any, x: Sequence[Any]) -> Any:
    """log Σ exp(x_i) with no exponential that overflows; the largest, 1, is left to log1p."""
    top = largest(xp, x)
    others = total([xp.where(e == top, 0.0, _exp(xp, e, top)) for e in x])
    return top + xp.log1p(others + (total([xp.where(e == top, 1.0, 0.0) for e in x]) - 1))


def _exp(xp: Any, a: Any, b: Any) -> Any:
    """exp(a − b), and what rounding a − b did to it."""
    d, lost = difference(xp, a, b)
    return xp.exp(d) * (1 + lost)


def softmax(xp: Any, x: Sequence[Any]) -> list[Any]:
    """exp(x_i) / Σ exp(x_j). As exp(x_i − y) it would carry the rounding of y, 11 ULP at 17.

    Elements that are equal have equal shares. So of infinite ones the largest share the whole.
    """
    top = xp.stop_gradient(fold(xp.maximum, x, 0.0))  # it cancels
    weights = [_exp(xp, e, top) for e in x]
    whole = total(weights)
    return [w / whole for w in weights]


PARTS = 8  # exp is known at each multiple of 2⁻⁸, and by its series from one to the next


def exps(x: Iterable[float], bits: int) -> Iterator[int]:
    """exp of each number as an integer of so many bits behind the point, off by one or two.

    Cost: about 1 µs a number at 128 bits, where a Decimal's takes 12 (2026-11-25).
    """
    inverses = [(1 << bits) // math.factorial(k) for k in range(_terms(bits) + 1)]
    for e in x:
        if e < -bits:  # exp(e) has no digit among these
            yield 0
            continue
        mantissa, power = math.frexp(e)
        shift = bits + power - 53
        fixed = int(mantissa * 2.0**53)
        fixed = fixed << shift if shift >= 0 else fixed >> -shift
        part = fixed >> (bits - PARTS)
        rest = fixed - (part << (bits - PARTS))
        y = 0
        for inverse in reversed(inverses):
            y = inverse + (y * rest >> bits)
        yield y * _exp_of_part(part, bits) >> bits


@lru_cache(maxsize=8)
def _terms(bits: int) -> int:
    """How many terms of exp's series, up to 2⁻⁸, are as large as 2^−bits."""
    return next(k for k in count(1) if PARTS * k + math.log2(math.factorial(k)) > bits)


@lru_cache(maxsize=1 << 14)
def _exp_of_part(part: int, bits: int) -> int:
    """exp(part·2⁻⁸) likewise."""
    with localcontext(Context(prec=bits // 3 + max(0, part >> PARTS))):
        return int((Decimal(part) / (1 << PARTS)).exp() * (1 << bits))

"""Accurate forms of the logistic function and its relatives: all digits in the tails too.

The table has the textbook formula of each function. Here are the forms that floats compute. A
figure in ULP (units in the last place) is what the plain formula would cost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from itertools import count
from math import inf

from ..annotation import Any
from .elementary import each, fold, summed, within

# Each root is the sum of two floats: the root rounded to a float, and the rest.
SILU_ROOT, SILU_ROOT_REST = -1.2784645427610737, -1.0946994183093437e-16  # 1 + x + exp(x) = 0
EXP_OF_ROOT = 0.2784645427610738  # exp of that root
BEND_ROOT, BEND_ROOT_REST = 2.3993572805154675, 1.8464872855353363e-16  # x·tanh(x/2) = 2


def sigmoid(xp: Any, x: Any) -> Any:
    """1 / (1 + exp(−x)), with no exponential that overflows.

    Left of 0 it is corrected for the rounding of 1 + e, where e = exp(−|x|).
    """
    e = xp.exp(-xp.abs(x))
    whole = 1 + e
    y = xp.where(x >= 0, 1.0, e) / whole
    left = xp.where(x < -1.5, e - e * y, y - y * (1 - whole + e))
    return xp.where(x >= 0, y, left)


def softplus(xp: Any, x: Any) -> Any:
    """log(1 + exp(x)), with no exponential that overflows."""
    return xp.where(x > 0, x, 0.0) + xp.log1p(xp.exp(-xp.abs(x)))


def silu_slope(xp: Any, x: Any) -> Any:
    """The derivative of silu: σ(x) + x·σ(x)·σ(−x).

    Left of 0 it has the factor 1 + x + exp(x), which cancels near its root r. With z = x − r that
    factor is z + exp(r)·(exp(z) − 1), which does not.
    """
    x = within(xp, x, 800.0)
    e = xp.exp(-xp.abs(x))
    z = (xp.where(x < 0, x, 0.0) - SILU_ROOT) - SILU_ROOT_REST
    above = xp.where(x < 0, e * (z + EXP_OF_ROOT * xp.expm1(z)), 1 + e * (1 + x))
    return above / (1 + e * (2 + e))


def silu_bend(xp: Any, x: Any) -> Any:
    """The second derivative of silu: σ(x)·σ(−x)·(2 − x·tanh(x/2)).

    The last factor cancels near its root r. There it is written with t = tanh(x/2) as
    (r − x)·t + (r − 2t)·tanh((r − x)/2), which is equal because r·tanh(r/2) = 2.
    """
    x = within(xp, x, 800.0)
    size = xp.where(x < 0, -x, x)  # the second derivative is even
    e, t = xp.exp(-size), xp.tanh(size / 2)
    z = (BEND_ROOT - size) + BEND_ROOT_REST
    from_root = z * t + (BEND_ROOT - 2 * t + BEND_ROOT_REST) * xp.tanh(z / 2)
    return xp.where(size < 1.6, 2 - size * t, from_root) * e / (1 + e * (2 + e))


def cross_entropy(xp: Any, a: Any, y: Any) -> Any:
    """−(y·log a + (1 − y)·log(1 − a)). log1p keeps the digits of a that 1 − a would lose."""
    y = _label(xp, y)
    return -(y * xp.log(a) + (1 - y) * xp.log1p(-a))


def log_odds_against(xp: Any, a: Any) -> Any:
    """log((1 − a)/a). From a = ¼ on it is 2·atanh(1 − 2a), since 1 − 2a is exact there."""
    small = a < 0.25
    return xp.where(small, xp.log1p(-a) - xp.log(a), 2 * xp.atanh(xp.where(small, 0.0, 1 - 2 * a)))


def log1mexp(xp: Any, x: Any) -> Any:
    """log(1 − exp(−x)) for x > 0. Both forms keep their digits where they serve (Mächler 2012)."""
    small = x < 0.6931471805599453
    near = xp.log(-xp.expm1(-xp.where(small, x, 1.0)))
    return xp.where(small, near, xp.log1p(-xp.exp(-xp.where(small, 1.0, x))))


def logistic_loss(xp: Any, z: Any, y: Any) -> Any:
    """The cross-entropy of σ(z): (1 − y)·z for z > 0, else −y·z, plus log(1 + exp(−|z|)).

    Neither term is negative, so nothing cancels. An infinite z times 0 counts as 0.
    """
    y = _label(xp, y)
    return xp.azmul(xp.where(z > 0, 1 - y, -y), z) + xp.log1p(xp.exp(-xp.abs(z)))


def _label(xp: Any, y: Any) -> Any:
    """y, but NaN if y is not from 0 to 1. Floats that raise errors raise one there."""
    return y * xp.sqrt(xp.where((y < 0) | (y > 1), -1.0, 1.0))


def logaddexp(xp: Any, a: Any, b: Any) -> Any:
    """log(eᵃ + eᵇ), as max(a, b) + log(1 + exp(−|a − b|)).

    It is corrected for the rounding of a − b. Two equal infinities count as 0 apart.
    """
    high = xp.where(a > b, a, b)
    distance, lost = difference(xp, high, xp.where(a > b, b, a))
    e = xp.exp(-distance)
    return high + xp.log1p(e - e * lost)


def difference(xp: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The pair (d, lost): d is a − b rounded, and lost is a − b − d (Knuth's two-sum).

    For two equal infinities d is the constant 0. For two equal finite numbers d is 0 too, but is
    computed as a − b, and so has the slopes 1 and −1.
    """
    d = xp.where((a == b) & (xp.abs(a) == inf), 0.0, a - b)
    back = d - a
    return d, xp.where((a != b) & (xp.abs(d) < inf), (a - (d - back)) - (b + back), 0.0)


def share(xp: Any, a: Any, b: Any) -> Any:
    """σ(a − b). Without correction the rounding of a − b would cost 11 ULP at |a − b| = 16."""
    d, lost = difference(xp, a, b)
    return xp.sigmoid(d) * (1 + lost * xp.sigmoid(-d))


def largest(xp: Any, x: Any) -> Any:
    """The largest element, to be subtracted from all; 0 if there is none."""
    return fold(xp.maximum, x, 0.0) if isinstance(x, list | tuple) else xp.max(x)


def logsumexp(xp: Any, x: Any) -> Any:
    """log Σ exp(x_i), with no exponential that overflows.

    The largest element is subtracted first, so its exponential is 1.
    """
    top = largest(xp, x)
    top = xp.where(xp.abs(top) < inf, top, 0.0)
    return top + _log_sum(xp, x, top)


def log_largest_share(xp: Any, x: Any) -> Any:
    """−log Σ exp(x_i − max(x))."""
    return -_log_sum(xp, x, largest(xp, x))


def _log_sum(xp: Any, x: Any, top: Any) -> Any:
    """log Σ exp(x_i − top). log1p adds the exponential of the largest element exactly."""
    others = summed(xp, each(lambda e: xp.where(e == top, 0.0, xp.exp_difference(e, top)), x))
    return xp.log1p(others + (_count(xp, x, top) - 1))


def _count(xp: Any, x: Any, top: Any) -> Any:
    """How many elements are equal to top."""
    return summed(xp, each(lambda e: xp.where(e == top, 1.0, 0.0), x))


def exp_difference(xp: Any, a: Any, b: Any) -> Any:
    """exp(a − b), corrected for the rounding of a − b."""
    d, lost = difference(xp, a, b)
    return xp.exp(d) * (1 + lost)


def softmax(xp: Any, x: Any) -> Any:
    """exp(x_i) / Σ exp(x_j), the partials of y = logsumexp(x).

    exp(x_i − y) is the same number, but the rounding of y would cost 11 ULP at 17. Equal elements
    have equal shares. So if the largest elements are infinite, they share the whole.
    """
    top = xp.stop_gradient(largest(xp, x))  # a constant: top cancels in the quotient
    weights = each(lambda e: xp.exp_difference(e, top), x)
    whole = summed(xp, weights)
    return each(lambda w: w / whole, weights)


def log_largest_share_partials(xp: Any, x: Any) -> Any:
    """The slope of max(x), which is 1/n for n largest elements, less softmax(x).

    For the largest elements it is the sum of the other shares, divided by n: 1/n less their own
    share has no digits where that share is almost 1/n. If n > 1, the slope of this form is that of
    their own share alone.
    """
    top = xp.stop_gradient(largest(xp, x))
    shares = softmax(xp, x)
    others = summed(xp, each(lambda e, share: xp.where(e == top, 0.0, share), x, shares))
    ties = _count(xp, x, top)

    def slope(e: Any, share: Any) -> Any:
        tied = xp.stop_gradient(others) / ties + (xp.stop_gradient(share) - share)
        return xp.where(e != top, -share, xp.where(ties == 1, others, tied))

    return each(slope, x, shares)


PARTS = 8  # exp is kept at multiples of 2⁻⁸; the series leads from there to x


def exps(x: Iterable[float], bits: int) -> Iterator[int]:
    """exp(x_i)·2^bits as an integer, for each number x_i. It is off by one or two.

    Args:
        x: Finite numbers.
        bits: How many bits the result has after the binary point.

    Cost:
        About 1 µs a number at 128 bits; ``Decimal.exp`` takes 12 µs (2026-11-25).

    Example:
        >>> [round(y / 2**128, 6) for y in exps([0.0, -1.0], 128)]
        [1.0, 0.367879]
    """
    inverses = [(1 << bits) // math.factorial(k) for k in range(_terms(bits) + 1)]
    for e in x:
        if e < -bits:  # exp(e)·2^bits is below 1
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
    """How many terms of the series of exp are at least 2^−bits, for arguments up to 2⁻⁸."""
    return next(k for k in count(1) if PARTS * k + math.log2(math.factorial(k)) > bits)


@lru_cache(maxsize=1 << 14)
def _exp_of_part(part: int, bits: int) -> int:
    """exp(part·2⁻⁸)·2^bits as an integer."""
    with localcontext(Context(prec=bits // 3 + max(0, part >> PARTS))):
        return int((Decimal(part) / (1 << PARTS)).exp() * (1 << bits))

"""Powers, choices, sums and polynomials: forms that keep their digits, and parts of others.

The textbook form is in the table; here is what machine numbers compute, and what the textbook
form would have cost them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import inf
from typing import Any


def power_rule(xp: Any, y: Any, a: Any, b: Any) -> Any:
    """∂(a**b)/∂a = b·a**(b−1); as b·y/a where b − 1 is rounded (89 ULP lost at 1e−200**0.1)."""
    unrounded = (b - 1 + 1 == b) & (b - 1 != b)
    if unrounded is True:  # of a plain number: a recorded slope of x**3 has two nodes, not seven
        return xp.azmul(b, xp.pow(a, b - 1)) if b else 0.0
    exact = (a == 0) | unrounded
    return xp.azmul(b, xp.where(exact, xp.pow(a, b - 1), y / xp.where(exact, 1.0, a)))


def won(xp: Any, a: Any, b: Any) -> Any:
    """1 where a > b, 0 where a < b, ½ at a tie; NaN where either is NaN."""
    return xp.where(a > b, 1.0, xp.where(a < b, 0.0, xp.where(a == b, 0.5, a + b)))


def clip_partials(xp: Any, x: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
    """Those of min(max(x, low), high), ties shared; where all three are equal, high alone acts."""
    floored = xp.maximum(x, low)
    kept = xp.where((x == low) & (low == high), 0.0, won(xp, high, floored))
    return kept * won(xp, x, low), kept * won(xp, low, x), won(xp, floored, high)


def one_less_square(xp: Any, x: Any) -> Any:
    """1 − x²: near ±1, where that cancels, as (1 − x)(1 + x); near 0 its slope would cancel."""
    return xp.where(xp.abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x))


def within(xp: Any, x: Any, reach: float) -> Any:
    """x, but no further from 0 than reach: where a function is flat, and an infinity gives NaN."""
    return xp.where(x > reach, reach, xp.where(x < -reach, -reach, x))


def atan2_partials(xp: Any, y: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """b/h² and −a/h² with h = hypot(a, b), whose square may overflow; 0 at (0, 0)."""
    h = xp.hypot([a, b])
    h = xp.where(h == 0, inf, h)
    a, b = (xp.where(xp.abs(x) < inf, x, 0.0) for x in (a, b))
    return b / h / h, -a / h / h


def dist_partials(
    xp: Any, y: Any, p: Sequence[Any], q: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """(p − q)/|p − q| and its opposite; 0 where p = q."""
    length = xp.where(y == 0, inf, y)
    slopes = [(a - b) / length for a, b in zip(p, q, strict=True)]
    return slopes, [-slope for slope in slopes]


def products_of_others(xp: Any, x: Sequence[Any]) -> list[Any]:
    """∏ x_j over j ≠ i, for each i: what stands before it times what stands behind it.

    If a product on the way might leave the range of floats, powers of two are kept apart.
    """
    apart = may_leave_range(xp, x)
    factors = [_split(xp, e, 0) if apart else (e, 0) for e in x]
    before, behind = [(1.0, 0)], [(1.0, 0)]
    for i in range(len(x) - 1):
        before.append(_times(xp, before[-1], factors[i], apart))
        behind.append(_times(xp, behind[-1], factors[-1 - i], apart))
    pairs = zip(before, reversed(behind), strict=True)
    products = [_times(xp, a, b, apart) for a, b in pairs][: len(x)]
    return [scaled(y, power) if apart else y for y, power in products]


def product(xp: Any, x: Sequence[Any]) -> Any:
    """∏ x_i; if a product on the way might leave the range of floats, with powers of two apart."""
    if not may_leave_range(xp, x):
        return fold(lambda a, b: a * b, x, 1.0)
    y, power = fold(lambda a, b: _times(xp, a, b, True), [_split(xp, e, 0) for e in x], (1.0, 0))
    return scaled(y, power)


def may_leave_range(xp: Any, x: Sequence[Any]) -> bool:
    """Whether some of these numbers may have a product that overflows or underflows."""
    reach = total([abs(xp.exponent(e)) for e in x])
    return bool((reach > 1000) if isinstance(reach, int | float) else (reach > 1000).any())


def _split(xp: Any, x: Any, power: Any) -> tuple[Any, Any]:
    """x·2^power as a number from ½ to 1 and a power."""
    e = xp.exponent(x)
    return scaled(x, -e), power + e


def _times(xp: Any, a: tuple[Any, Any], b: tuple[Any, Any], apart: bool) -> tuple[Any, Any]:
    y, power = a[0] * b[0], a[1] + b[1]
    return _split(xp, y, power) if apart else (y, power)


def scaled(x: Any, power: Any) -> Any:
    """x·2^power in two steps, as 2^power alone may leave the range. A power is cut at ±2,000."""
    first = _clipped(power)
    return x * 2.0**first * 2.0 ** _clipped(power - first)


def _clipped(power: Any) -> Any:
    clip = getattr(power, "clip", lambda low, high: max(low, min(power, high)))
    return clip(-1000, 1000)


def fold(operation: Callable[[Any, Any], Any], x: Sequence[Any], empty: Any) -> Any:
    """The elements joined by an operation, from left to right; ``empty`` where there are none."""
    joined, *rest = x or (empty,)
    for element in rest:
        joined = operation(joined, element)
    return joined


def total(x: Sequence[Any]) -> Any:
    """x[0] + x[1] + …, from left to right."""
    return fold(lambda a, b: a + b, x, 0.0)


def horner(coefficients: tuple[float, ...], z: Any) -> Any:
    """c₀ + c₁z + c₂z² + …"""
    return reduce(lambda rest, c: rest * z + c, reversed(coefficients), 0.0)


def order(n: float, called: str) -> int:
    """n as the order of a function. Raises: ValueError, OverflowError where n! is no float."""
    if n < 0 or n % 1:
        raise ValueError(f"{called}: expected n = 0, 1, 2 …, got {n:g}")
    if n > 170:
        raise OverflowError(f"{called}: {n:g}! is too large for a float")
    return int(n)

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


def atan2_partials(xp: Any, y: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """b/h² and −a/h² with h = hypot(a, b), whose square may overflow; 0 at (0, 0)."""
    h = xp.hypot([a, b])
    h = xp.where(h == 0, inf, h)
    return b / h / h, -a / h / h


def dist_partials(
    xp: Any, y: Any, p: Sequence[Any], q: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """(p − q)/|p − q| and its opposite; 0 where p = q."""
    length = xp.where(y == 0, inf, y)
    slopes = [(a - b) / length for a, b in zip(p, q, strict=True)]
    return slopes, [-slope for slope in slopes]


def products_of_others(x: Sequence[Any]) -> list[Any]:
    """∏ x_j over j ≠ i, for each i: what stands before it times what stands behind it."""
    before, behind = [1.0], [1.0]
    for i in range(len(x) - 1):
        before.append(before[-1] * x[i])
        behind.append(behind[-1] * x[-1 - i])
    return [a * b for a, b in zip(before, reversed(behind), strict=True)][: len(x)]


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

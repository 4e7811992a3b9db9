"""Accurate forms of powers, choices, sums and products, and pieces that other forms share.

The table has the textbook formula of each function. Here are the forms that floats compute. A
figure in ULP (units in the last place) is what the plain formula would cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import inf

from ..annotation import Any


def power_rule(xp: Any, y: Any, a: Any, b: Any) -> Any:
    """∂(a**b)/∂a = b·a**(b−1), where y = a**b.

    If b − 1 is not exact, the form is b·y/a: rounding b − 1 would cost 89 ULP at 1e−200**0.1.
    """
    unrounded = (b - 1 + 1 == b) & (b - 1 != b)
    if unrounded is True:  # b is a plain number: a recorded slope of x**3 has two nodes, not seven
        return xp.azmul(b, xp.pow(a, b - 1)) if b else 0.0
    exact = (a == 0) | unrounded
    return xp.azmul(b, xp.where(exact, xp.pow(a, b - 1), y / xp.where(exact, 1.0, a)))


def won(xp: Any, a: Any, b: Any) -> Any:
    """∂max(a, b)/∂a: 1 if a > b, 0 if a < b, ½ at a tie, and NaN if a or b is NaN."""
    return xp.where(a > b, 1.0, xp.where(a < b, 0.0, xp.where(a == b, 0.5, a + b)))


def clip_partials(xp: Any, x: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
    """The partials of min(max(x, low), high). At a tie of two operands each has half the slope.

    If all three are equal, moving x or low changes nothing: high alone has a slope, ½.
    """
    floored = xp.maximum(x, low)
    kept = xp.where((x == low) & (low == high), 0.0, won(xp, high, floored))
    return kept * won(xp, x, low), kept * won(xp, low, x), won(xp, floored, high)


def one_less_square(xp: Any, x: Any) -> Any:
    """1 − x². From |x| = 0.5 on it is (1 − x)(1 + x), since 1 − x·x cancels near ±1.

    Near 0 it stays 1 − x·x: the derivative of the product, (1 − x) − (1 + x), cancels there.
    """
    return xp.where(xp.abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x))


def within(xp: Any, x: Any, reach: float) -> Any:
    """x, limited to the interval from −reach to reach.

    It serves a function that is flat outside the interval, and whose form is NaN at an infinity.
    """
    return xp.where(x > reach, reach, xp.where(x < -reach, -reach, x))


def atan2_partials(xp: Any, y: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """b/h² and −a/h² with h = hypot(a, b); both are 0 at (0, 0).

    The form divides by h twice, since h² may overflow.
    """
    h = xp.hypot([a, b])
    h = xp.where(h == 0, inf, h)
    a, b = (xp.where(xp.abs(x) < inf, x, 0.0) for x in (a, b))
    return b / h / h, -a / h / h


def dist_partials(xp: Any, y: Any, p: Any, q: Any) -> tuple[Any, Any]:
    """The partials of y = |p − q|: (p − q)/y by p, and (q − p)/y by q. They are 0 if p = q."""
    length = xp.where(y == 0, inf, y)
    slopes = each(lambda a, b: (a - b) / length, p, q)
    return slopes, each(lambda slope: -slope, slopes)


def equal_shares(xp: Any, x: Any) -> Any:
    """The partials of mean(x): 1/n for each of n elements."""
    share = 1 / xp.convert(len(x) if isinstance(x, list | tuple) else x.shape[-1])
    return each(lambda e: share, x)


def won_by_all(xp: Any, y: Any, x: Any) -> Any:
    """The partials of y = max(x), or of min(x): the elements that are y have equal shares of 1.

    They are NaN if an element is NaN.
    """
    chosen = each(lambda e: xp.where(e == y, 1.0, xp.where(y == y, 0.0, y)), x)
    n = summed(xp, chosen)
    return each(lambda c: c / n, chosen)


def lead(xp: Any, x: Sequence[Any]) -> Any:
    """How far the largest element is above the next: 0 at a tie for the first place."""
    first, *others = x or (1.0,)
    second: Any = -inf
    for e in others:
        second = xp.maximum(second, xp.minimum(first, e))
        first = xp.maximum(first, e)
    return xp.where(first == second, 0.0, first - second)


def products_of_others(xp: Any, x: Any) -> Any:
    """∏ x_j over j ≠ i, for each i: the product of all before x_i times that of all after it.

    If a product on the way might overflow or underflow, the powers of two are kept apart.
    """
    if not isinstance(x, list | tuple):
        return xp.joined(products_of_others(xp, xp.elements(x)))
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
    """∏ x_i.

    If a product on the way might overflow or underflow, the powers of two are kept apart.
    """
    if not may_leave_range(xp, x):
        return fold(lambda a, b: a * b, x, 1.0)
    y, power = fold(lambda a, b: _times(xp, a, b, True), [_split(xp, e, 0) for e in x], (1.0, 0))
    return scaled(y, power)


def may_leave_range(xp: Any, x: Sequence[Any]) -> bool:
    """Whether the product of some of these numbers may overflow or underflow."""
    reach = total([abs(xp.exponent(e)) for e in x])
    return bool((reach > 1000) if isinstance(reach, int | float) else (reach > 1000).any())


def _split(xp: Any, x: Any, power: Any) -> tuple[Any, Any]:
    """x·2^power as the pair (m, e): it equals m·2^e, and m is from ½ to 1 in size."""
    e = xp.exponent(x)
    return scaled(x, -e), power + e


def _times(xp: Any, a: tuple[Any, Any], b: tuple[Any, Any], apart: bool) -> tuple[Any, Any]:
    """The product of two pairs (number, power of two), split anew if ``apart``."""
    y, power = a[0] * b[0], a[1] + b[1]
    return _split(xp, y, power) if apart else (y, power)


def scaled(x: Any, power: Any) -> Any:
    """x·2^power, with the power limited to ±2,000.

    It multiplies in two steps, since 2^power alone may leave the range of floats.

    Example:
        >>> scaled(0.75, 3)
        6.0
    """
    first = _clipped(power)
    return x * 2.0**first * 2.0 ** _clipped(power - first)


def _clipped(power: Any) -> Any:
    clip = getattr(power, "clip", lambda low, high: max(low, min(power, high)))
    return clip(-1000, 1000)


def fold(operation: Callable[[Any, Any], Any], x: Sequence[Any], *empty: Any) -> Any:
    """The elements of x joined by an operation, from left to right; ``empty`` if there are none.

    Raises ValueError if there are none and ``empty`` is not given.

    Example:
        >>> fold(lambda a, b: a - b, [7.0, 2.0, 1.0], 0.0)
        4.0
    """
    if not (x or empty):
        raise ValueError("expected one number at least, got none")
    joined, *rest = x or empty
    for element in rest:
        joined = operation(joined, element)
    return joined


def each(f: Callable[..., Any], *vectors: Any) -> Any:
    """f of each element of some vectors of one length.

    A vector is a list of numbers, or one number of a kind that holds a whole vector: then f is
    called once.

    Example:
        >>> each(lambda a, b: a * b, [2.0, 3.0], [5.0, 7.0])
        [10.0, 21.0]
    """
    if isinstance(vectors[0], list | tuple):
        return [f(*elements) for elements in zip(*vectors, strict=True)]
    return f(*vectors)


def summed(xp: Any, x: Any) -> Any:
    """The sum of a vector's elements, as ``each`` has vectors."""
    return total(x) if isinstance(x, list | tuple) else xp.sum(x)


def total(x: Sequence[Any]) -> Any:
    """x[0] + x[1] + …, added from left to right; 0.0 if x is empty."""
    return fold(lambda a, b: a + b, x, 0.0)


def horner(coefficients: tuple[float, ...], z: Any) -> Any:
    """c₀ + c₁z + c₂z² + …, by Horner's rule.

    Example:
        >>> horner((1.0, 2.0, 3.0), 10.0)
        321.0
    """
    return reduce(lambda rest, c: rest * z + c, reversed(coefficients))


def order(n: float, called: str) -> int:
    """n as an int: the order of a function such as polygamma.

    Args:
        n: A float.
        called: The name of the function, for messages.

    Raises:
        ValueError: If n is not 0, 1, 2 …
        OverflowError: If n! is too large for a float.
    """
    if n < 0 or n % 1:
        raise ValueError(f"{called}: expected n = 0, 1, 2 …, got {n:g}")
    if n > 170:
        raise OverflowError(f"{called}: {n:g}! is too large for a float")
    return int(n)

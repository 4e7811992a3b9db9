"""Strategies for numbers, and for operands from the domain that stands in a row of the table."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import product
from math import inf, nan, nextafter
from typing import Any, TypedDict, Unpack, overload

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ..core import Primitive, row_named
from ..domain import REAL, Interval
from ..namespaces.floats import number

SIMPLE = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, 10.0)
"""Most rows have their kinks at some of these."""

EXTREME = (-0.0, 1e-8, -1e-8, 30.0, -30.0, 700.0, -700.0, 2.0**53, 2.0**-1022, 5e-324, -5e-324)
"""At these, digits are lost or functions overflow."""

POWERS = [sign * 2.0**n for n in sorted(range(-1074, 1024), key=abs) for sign in (1.0, -1.0)]

NEAR = 10
"""The largest distance of ordinary numbers from 0, or, if 0 is outside, from the nearer end."""


class Options(TypedDict, total=False):
    """Which of the numbers between ``min_value`` and ``max_value`` are drawn.

    Attributes:
        exclude_min: Whether ``min_value`` itself is left out.
        exclude_max: Whether ``max_value`` itself is left out.
        allow_nan: Whether NaN is drawn, too.
        allow_infinity: Whether inf is drawn if there is no ``max_value``, and -inf if there is no
            ``min_value``.
        min_magnitude: The smallest magnitude of a number other than 0.
    """

    exclude_min: bool
    exclude_max: bool
    allow_nan: bool
    allow_infinity: bool
    min_magnitude: float


@overload
def numbers(
    min_value: float | None = None, max_value: float | None = None, **options: Unpack[Options]
) -> SearchStrategy[float]: ...
@overload
def numbers(
    min_value: Primitive, max_value: float | None = None, **options: Unpack[Options]
) -> SearchStrategy[Any]: ...
def numbers(
    min_value: float | Primitive | None = None,
    max_value: float | None = None,
    **options: Unpack[Options],
) -> SearchStrategy[Any]:
    """A strategy for floats between two ends, or from the domain of a row: ``numbers(log)``.

    Often drawn are 0 and other simple numbers, the floats next to these, powers of two, and the
    ends of the interval. The numbers shrink to small integers. They are finite, unless the options
    allow others.

    Args:
        min_value: The smallest number; or a row of the table. A row of one argument gives numbers
            in its domain. A row of several gives tuples, as ``row(*xs)`` takes them; ``arguments``
            gives the same and has a ``min_value`` as well.
        max_value: The largest number.
        **options: ``exclude_min``, ``exclude_max``, ``allow_nan`` and ``allow_infinity``, as for
            Hypothesis's ``floats()``, but all False by default; and ``min_magnitude``, the smallest
            magnitude of a number other than 0.

    Raises:
        ValueError: If no number is left to draw.
        TypeError: If ``min_value`` is neither a number nor a row, or ``max_value`` is no number.

    Example:
        >>> from hypothesis import given
        >>> from micrograph import acosh, atan2
        >>> @given(numbers(-10, 10), numbers(acosh), numbers(atan2))
        ... def test(x, y, pair):
        ...     assert -10 <= x <= 10 and y >= 1 and len(pair) == 2
        >>> test()
    """
    if isinstance(min_value, Primitive):
        found = arguments(min_value, None, max_value, **options)
        return found if min_value.arity > 1 else found.map(lambda xs: xs[0])
    return _within(REAL, min_value, max_value, options, "numbers")


def arguments(
    row: Primitive | str,
    min_value: float | None = None,
    max_value: float | None = None,
    *,
    length: int = 3,
    **options: Unpack[Options],
) -> SearchStrategy[tuple[Any, ...]]:
    """A strategy for tuples of arguments from a row's domain, as ``row(*xs)`` takes them.

    Two arguments are often equal. Static arguments, by which nobody differentiates, are whole
    numbers. Vectors are tuples of numbers.

    Args:
        row: A row of the table, or its name.
        min_value: The smallest number, for each number that is not static.
        max_value: The largest number, for each number that is not static.
        length: How many numbers each vector has.
        **options: As for ``numbers``, for each number that is not static.

    Raises:
        ValueError: If no number is left to draw.
        TypeError: If ``row`` is neither a row nor a name, or an end is no number.
        LookupError: If no row has the name.

    Example:
        >>> from hypothesis import given
        >>> @given(arguments("pow", -5, 5), arguments("dot", length=2))
        ... def test(power, vectors):
        ...     a, b = power
        ...     assert a >= 0 or b % 1 == 0
        ...     assert [len(x) for x in vectors] == [2, 2]
        >>> test()
    """
    row = row_of(row)
    columns = [
        whole(interval)
        if name in row.static
        else _within(interval, min_value, max_value, options, row.name)
        for name, interval in zip(row.arguments, row.domain.intervals, strict=True)
    ]
    if row.vectors:
        return st.tuples(*(st.tuples(*[x] * length) for x in columns))
    moving = [i for i, name in enumerate(row.arguments) if i and name not in row.static]
    tied = st.sampled_from([None, None, None, *moving])
    drawn = st.tuples(st.tuples(*columns), tied).map(lambda pair: _tied(row, *pair))
    return drawn.filter(bool)


def row_of(row: Primitive | str) -> Primitive:
    """The row itself, or the row of this name. Raises TypeError if it is neither row nor text."""
    if isinstance(row, Primitive):
        return row
    if isinstance(row, str):
        return row_named(row)
    raise TypeError(f"expected a row of the table (mg.exp), or its name, got {row!r}")


def ordinary(interval: Interval) -> SearchStrategy[float]:
    """Numbers in an interval as in examples: near 0, and whole, with two decimals, or any."""
    return _ordinary(*_ends(interval))


def _within(
    interval: Interval,
    min_value: float | None,
    max_value: float | None,
    options: Options,
    called: str,
) -> SearchStrategy[float]:
    low, high = _ends(interval)
    if min_value is not None:
        least = _bound(min_value, f"{called}: min_value")
        low = max(low, nextafter(least, inf) if options.get("exclude_min") else least)
    if max_value is not None:
        most = _bound(max_value, f"{called}: max_value")
        high = min(high, nextafter(most, -inf) if options.get("exclude_max") else most)
    magnitude = options.get("min_magnitude", 0.0)
    if not low <= high or (-magnitude < low and high < magnitude and not low <= 0 <= high):
        ends = f"min_value={min_value!r} and max_value={max_value!r}"
        domain = "" if interval == REAL else f" in the domain, {interval.describe('x')}"
        raise ValueError(f"{called}: there is no number between {ends}{domain}; widen them")
    unbounded = [
        *([inf] if options.get("allow_infinity") and max_value is None else []),
        *([-inf] if options.get("allow_infinity") and min_value is None else []),
        *([nan] if options.get("allow_nan") else []),
    ]
    found = _numbers(low, high, magnitude)
    return found | st.sampled_from(unbounded) if unbounded else found


def _bound(x: float, called: str) -> float:
    bound = number(x, f"a number as {called}")
    if bound != bound:
        raise ValueError(f"{called} should be a number, got {x!r}")
    return bound


def _ends(interval: Interval) -> tuple[float, float]:
    """The smallest and the largest finite float in an interval."""
    low, high, low_closed, high_closed = interval
    return (
        low if low_closed and low > -inf else nextafter(low, inf),
        high if high_closed and high < inf else nextafter(high, -inf),
    )


@lru_cache
def _numbers(low: float, high: float, magnitude: float) -> SearchStrategy[float]:
    simple = [*SIMPLE, low, high]
    beside = [nextafter(x, to) for x in simple for to in (inf, -inf)]
    listed = [
        st.sampled_from(some)
        for several in ([*simple, *beside, *EXTREME], POWERS)
        if (some := [x for x in several if low <= x <= high])
    ]
    found = st.one_of(_ordinary(low, high), *listed, st.floats(low, high))
    return found.filter(lambda x: x == 0 or abs(x) >= magnitude) if magnitude else found


@lru_cache
def _ordinary(low: float, high: float) -> SearchStrategy[float]:
    low, high = max(low, min(high, 0.0) - NEAR), min(high, max(low, 0.0) + NEAR)
    if max(-low, high) > 2.0**53 or high - low < 2.0**-40:
        return st.floats(low, high)
    return st.one_of(*(_multiples(low, high, parts) for parts in (1, 100, 2**40)))


def _multiples(low: float, high: float, parts: int) -> SearchStrategy[float]:
    """Numbers n / parts between low and high, for whole n; nothing if there are none."""
    first, last = math.ceil(low * parts), math.floor(high * parts)
    if first > last:
        return st.nothing()
    return st.integers(first, last).map(lambda n: min(max(n / parts, low), high))


def moved_into(interval: Interval, x: float) -> float:
    """A number in the interval, made from an ordinary x; x itself if x is in the interval."""
    low, high = interval.low, interval.high
    if x in interval or (low == -inf and high == inf):
        return x
    if high == inf:
        return low + abs(x)
    return high - abs(x) if low == -inf else low + (high - low) * (x + 11) / 22


@lru_cache
def whole(interval: Interval) -> SearchStrategy[float]:
    """Whole numbers for a static argument: a condition, a number of digits, an exponent …"""
    return st.integers(-3, 6).map(float).filter(lambda n: n in interval)


def _tied(row: Primitive, xs: Any, tied: int | None) -> tuple[float, ...]:
    """These arguments, brought into the row's domain; () if they can't be.

    If ``tied`` is the position of an argument, that argument is made equal to the first one.
    """
    if tied is not None and xs[0] in row.domain.intervals[tied]:
        xs = (*xs[:tied], xs[0], *xs[tied + 1 :])
    others = (
        [x, abs(x)] if name in row.static else [x, abs(x), float(round(x)), 0.5]
        for x, name in zip(xs, row.arguments, strict=True)
    )
    return next((ys for ys in product(*others) if ys in row.domain), ())

"""Strategies for numbers, and for arguments from the domain that stands in a row of the table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from math import inf, nan, nextafter
from typing import Any, TypedDict, Unpack

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ...core import Primitive, row_named
from ...domain import REAL, Interval, between
from ...namespaces.floats import number
from ..points import Range, ends, notable, ordinary, strata


class Options(TypedDict, total=False):
    """Which of the numbers between the ends are drawn: ``numbers`` explains each."""

    exclude_min: bool
    exclude_max: bool
    allow_nan: bool
    allow_infinity: bool
    min_magnitude: float


def numbers(
    min_value: float | Primitive | None = None,
    max_value: float | None = None,
    **options: Unpack[Options],
) -> SearchStrategy[Any]:
    """A strategy for floats between two ends, or from the domain of a row: ``numbers(log)``.

    Often drawn are 0 and other simple numbers, the floats next to these, powers of two, and the
    ends of the interval. The numbers shrink to small integers, or else to short fractions. They are
    finite, unless the options allow others.

    Args:
        min_value: The smallest number; or a row of the table. A row of one argument gives numbers
            in its domain. A row of several gives tuples, as ``row(*xs)`` takes them; ``arguments``
            gives the same and has a ``min_value`` as well.
        max_value: The largest number.
        **options: ``exclude_min`` and ``exclude_max`` leave out the end itself. ``allow_nan``
            adds NaN. ``allow_infinity`` adds inf if there is no ``max_value``, and -inf if there is
            no ``min_value``. All of these are False by default. ``min_magnitude`` is the smallest
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
    __tracebackhide__ = True
    if isinstance(min_value, Primitive):
        found = arguments(min_value, None, max_value, **options)
        return found if min_value.arity > 1 else found.map(lambda xs: xs[0])
    return _between(REAL, "numbers", min_value, max_value, options)[1]


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
    __tracebackhide__ = True
    row = row_of(row)
    columns = [
        (interval, whole(interval))
        if name in row.static
        else _between(interval, row.name, min_value, max_value, options)
        for name, interval in zip(row.arguments, row.domain.intervals, strict=True)
    ]
    limits, drawn = zip(*columns, strict=True)
    if row.vectors:
        return st.tuples(*(st.tuples(*[x] * length) for x in drawn))
    moving = [i for i, name in enumerate(row.arguments) if name not in row.static]
    numbers, ties = st.tuples(*drawn), st.sampled_from([None, None, None, *moving[1:]])

    @st.composite  # what a composite returns is shown as it is, not as the call that made it
    def within_domain(draw: st.DrawFn) -> tuple[float, ...]:
        """Arguments, at times with two equal ones; () if the domain has none like these."""
        xs: Any = draw(numbers)
        if (tied := draw(ties)) and xs[0] in limits[tied]:
            xs = (*xs[:tied], xs[0], *xs[tied + 1 :])
        if not all(map(math.isfinite, xs)):
            return tuple(xs)
        others = (
            [x, *(y for y in (abs(x), x // 1, 1.0) if y in interval)]
            for x, interval in zip(xs, limits, strict=True)
        )
        return next((ys for ys in product(*others) if ys in row.domain), ())

    return within_domain().filter(bool)


def row_of(row: Primitive | str) -> Primitive:
    """The row itself, or the row of this name. Raises TypeError if it is neither row nor text."""
    __tracebackhide__ = True
    if isinstance(row, str):
        try:
            return row_named(row)
        except LookupError as error:
            raise LookupError(*error.args) from None  # so that pytest shows the caller's line
    if not isinstance(row, Primitive):
        raise TypeError(f"expected a row of the table (mg.exp), or its name, got {row!r}")
    return row


@lru_cache
def whole(interval: Interval) -> SearchStrategy[float]:
    """Whole numbers for a static argument: a condition, a number of digits, an exponent …"""
    return st.sampled_from([float(n) for n in (0, 1, -1, 2, -2, 3, -3, 4, 5, 6) if n in interval])


def floats_from(ranges: Sequence[Range]) -> SearchStrategy[float]:
    """Floats from any of these ranges, each as often as the others.

    They shrink as far as the first range allows. Whatever the range, a float is drawn after it. So
    the shrinker can exchange the range for the first one, and keep the number.
    """
    return st.sampled_from(ranges).flatmap(lambda chosen: st.floats(*chosen))


def usual_ranges(low: float, high: float) -> list[Range]:
    """Numbers from low to high as in examples: near 0, and a third of them multiples of ¼."""
    low, high = ordinary(low, high)
    few = max(-low, high) < 2.0**53  # else there are no such fractions
    quarters = range(math.ceil(4 * low), math.floor(4 * high) + 1) if few else ()
    return [(low, high)] * max(1, 2 * len(quarters)) + [(n / 4, n / 4) for n in quarters]


@lru_cache
def usual(interval: Interval) -> SearchStrategy[float]:
    """Numbers from ``usual_ranges``."""
    return floats_from(usual_ranges(*ends(interval)))


def _between(
    interval: Interval,
    called: str,
    min_value: float | None,
    max_value: float | None,
    options: Options,
) -> tuple[Interval, SearchStrategy[float]]:
    """The part of an interval that is between these ends, and a strategy for numbers in it."""
    __tracebackhide__ = True
    low, high = ends(interval)
    if min_value is not None:
        least = _bound(min_value, f"{called}: min_value")
        low = max(low, nextafter(least, inf) if options.get("exclude_min") else least)
    if max_value is not None:
        most = _bound(max_value, f"{called}: max_value")
        high = min(high, nextafter(most, -inf) if options.get("exclude_max") else most)
    magnitude = options.get("min_magnitude", 0.0)
    if not low <= high or (-magnitude < low and high < magnitude and not low <= 0 <= high):
        limits = f"min_value={min_value!r} and max_value={max_value!r}"
        domain = "" if interval == REAL else f" in the domain, {interval.describe('x')}"
        raise ValueError(f"{called}: there is no number between {limits}{domain}; widen them")
    found = _numbers(low, high, magnitude)
    others = [nan] * options.get("allow_nan", False)
    if options.get("allow_infinity"):
        others += [inf] * (max_value is None) + [-inf] * (min_value is None)
    return between(low, high), found | st.sampled_from(others) if others else found


def _bound(x: float, called: str) -> float:
    __tracebackhide__ = True
    bound = number(x, f"a number as {called}")
    if bound != bound:
        raise ValueError(f"{called} should be a number, got {x!r}")
    return bound


@lru_cache
def _numbers(low: float, high: float, magnitude: float) -> SearchStrategy[float]:
    special = notable(low, high)
    alone = [(a, b) for a, b in special if a == b]
    some = usual_ranges(low, high) + 2 * strata(low, high) + special + 4 * alone
    some = [(a, b) for a, b in some if max(-a, b) >= magnitude or a == b == 0]
    everything = (low or -0.0, high)  # floats(0.0, 1.0) would lack -0.0
    found = floats_from([everything] * (len(some) // 6 + 1) + some)
    return found.filter(lambda x: x == 0 or abs(x) >= magnitude) if magnitude else found

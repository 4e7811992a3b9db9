"""Which numbers to try: the notable ones of an interval, and points of a row's domain."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice, pairwise
from math import inf, nextafter
from typing import Any

from ..core import Primitive
from ..domain import SIMPLE, Interval

Range = tuple[float, float]
"""The numbers from the first to the second. If both are equal, it is this number alone."""

SIMPLEST = sorted(SIMPLE, key=lambda x: (x % 1 != 0, abs(x) or 2.5, x < 0))
"""Whole numbers before fractions, small before large; but 0, the usual kink, comes after 2."""

WHOLE = [1.0, 2.0, 0.0, 3.0, -1.0, -2.0, 5.0]
"""For operands that are not differentiated by: exponents, digits, conditions."""

EXTREME = (-0.0, 1e-8, 30.0, -30.0, 700.0, -700.0, 2.0**53, 2.0**-1022, 5e-324, -5e-324)
"""At these, digits are lost or functions overflow."""

POWERS = [sign * 2.0**n for n in (-1060, *range(-60, 61, 12), 1000) for sign in (1, -1)]

DECADES = [c * 10.0**k for k in range(-6, 6) for c in (1, 2, 5)]
MAGNITUDES = [5e-324, 1e-300, 1e-100, 1e-16, *DECADES, 1e16, 1e100, 1.7e308]

NEAR, FAR = 1e-6, 1e6
"""Between these distances from 0 numbers are evenly spread over all magnitudes."""

VECTOR = 3
"""How many elements each vector has."""

GOLDEN = (math.sqrt(5) - 1) / 2  # the fractional parts of its multiples are spread evenly


def ends(interval: Interval) -> Range:
    """The smallest and the largest finite float in an interval."""
    low, high, low_closed, high_closed = interval
    return (
        low if low_closed and low > -inf else nextafter(low, inf),
        high if high_closed and high < inf else nextafter(high, -inf),
    )


def ordinary(low: float, high: float) -> Range:
    """The numbers from low to high within 10 of 0 or, if 0 is outside, of the nearer end."""
    return max(low, min(high, 0.0) - 10), min(high, max(low, 0.0) + 10)


@lru_cache
def strata(low: float, high: float) -> list[Range]:
    """Ranges that cover the numbers from low to high: three in each of the usual decades."""
    positive = list(pairwise(MAGNITUDES))
    return _within(low, high, [ordinary(low, high), *positive, *((-b, -a) for a, b in positive)])


@lru_cache
def notable(low: float, high: float) -> list[Range]:
    """Numbers from low to high at which functions go wrong, and ranges close to such numbers."""
    some = _simple(low, high)
    beside = [nextafter(x, to) for x in some for to in (inf, -inf)]
    close = [(x + a, x + b) for x in some for a, b in ((1e-8, 1e-4), (-1e-4, -1e-8))]
    alone = [*some, *EXTREME, *POWERS, *beside]
    return _within(low, high, [*zip(alone, alone, strict=True), *close])


def _simple(low: float, high: float) -> list[float]:
    """Simple numbers from low to high, and these ends unless they are just the largest floats."""
    return [x for x in dict.fromkeys([*SIMPLEST, low, high]) if low <= x <= high and abs(x) < 1e300]


def _within(low: float, high: float, ranges: list[Range]) -> list[Range]:
    cut = ((max(a, low), min(b, high)) for a, b in ranges)
    return [(a, b) for a, b in cut if a <= b]


def points(row: Primitive, n: int, seed: int = 0) -> list[tuple[float, ...]]:
    """At most n points at which the row is defined, the simplest first, the same in every run.

    Vectors are laid end to end.

    Raises:
        ValueError: If no point of the domain is found.
    """
    wild = random.Random(f"{row.name} {seed}")
    columns = [
        _shuffled(WHOLE, wild) if name in row.static else _numbers(*ends(interval), wild)
        for name, interval in zip(row.arguments, row.domain.intervals, strict=True)
        for _ in range(VECTOR if row.vectors else 1)
    ]
    found: dict[Any, None] = {}
    for drawn in islice(zip(*columns, strict=False), 12 * n):
        xs: Any = drawn
        if not row.static and wild.random() < 0.1:  # kinks are where two operands are equal
            xs = drawn[:1] * len(drawn)
        usual = all(x == 0 or 1e-300 <= abs(x) <= 1e300 for x in xs)  # else few digits are left
        if usual and (row.vectors or xs in row.domain):
            found[xs] = None
        if len(found) == n:
            break
    if not found:
        raise ValueError(f"{row.name}: no point was found in its domain, {row.domain}")
    return list(found)


def net(row: Primitive, n: int, seed: int = 0) -> list[tuple[float, ...]]:
    """Points at which a row of numbers is defined, over all usual magnitudes of each operand.

    An operand takes n numbers if it may have either sign. Their distances from 0, and from the ends
    of the domain, are multiples of one ratio: 1.1 if n is 600. Each operand takes its numbers in an
    order of its own. So a wider stretch of one operand is met, wherever the others are.
    """
    wild = random.Random(f"{row.name} {seed} net")
    distances = [NEAR * (FAR / NEAR) ** ((2 * k + 1) / n) for k in range(n // 2)]
    columns = [
        WHOLE if name in row.static else _around(*ends(interval), distances)
        for name, interval in zip(row.arguments, row.domain.intervals, strict=True)
    ]
    drawn: Iterator[Any] = zip(*[_shuffled(column, wild) for column in columns], strict=False)
    return [xs for xs in islice(drawn, max(map(len, columns))) if xs in row.domain]


def _around(low: float, high: float, distances: Sequence[float]) -> list[float]:
    """The numbers from low to high at these distances from 0, and from ends that are not huge."""
    fixed = [x for x in {low, 0.0, high} if low <= x <= high and abs(x) < 1e300]
    found = {x + side * d for x in fixed for d in distances for side in (1, -1)}
    return sorted(x for x in found if low <= x <= high)


def _numbers(low: float, high: float, wild: random.Random) -> Iterator[float]:
    """Simple numbers from low to high; then, in turns, numbers from all over and notable ones."""
    simple = _simple(low, high)
    both = zip(_spread(strata(low, high), wild), _spread(notable(low, high), wild), strict=True)
    return chain(simple, islice(_shuffled(simple, wild), 40), chain.from_iterable(both))


def _shuffled(things: Sequence[Any], wild: random.Random) -> Iterator[Any]:
    """These things in any order, again and again."""
    while things:
        yield from wild.sample(things, len(things))


def _spread(ranges: Sequence[Range], wild: random.Random) -> Iterator[float]:
    """A number from each of these ranges in any order, then another from each, without end."""
    starts = [(a, b, wild.random()) for a, b in ranges]
    for i, (a, b, start) in enumerate(_shuffled(starts, wild)):
        t = (start + i // len(starts) * GOLDEN) % 1
        x = a * (b / a) ** t if a * b > 0 else a + (b - a) * t
        yield min(max(x, a), b)


def weights(n: int) -> list[float]:
    """n numbers between 1 and 2, so unlike that terms weighted by them do not cancel by accident.

    The fractional parts of the multiples of the golden ratio are evenly spread.
    """
    return [1 + i * GOLDEN % 1 for i in range(n)]


def beside(xs: Sequence[float], side: int) -> list[float]:
    """A point a little beside this one: each number moved by another part of itself.

    So the two points do not lie on one ray from 0, on which a wrong slope may look right.
    """
    sizes = [w * max(abs(x) / 64, 1e-3) for x, w in zip(xs, weights(len(xs)), strict=True)]
    return [x + side * size for x, size in zip(xs, sizes, strict=True)]

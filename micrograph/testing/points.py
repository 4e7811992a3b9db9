"""Points of a row's domain: simple ones first, then its ends, kinks, tails and powers of two."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Any

from ..core import Primitive
from ..domain import Interval

SIMPLE = (1.0, -1.0, 2.0, 0.5, -2.0, -0.5, 3.0, 0.0, 10.0, -10.0, 0.25, 40.0, -40.0)
WHOLE = (1.0, 2.0, 0.0, 3.0, -1.0, -2.0, 5.0)
"""For operands that are not differentiated by: exponents, digits, conditions."""

VECTOR = 3
"""How many elements each vector has."""


def points(row: Primitive, n: int, seed: int = 0) -> list[tuple[float, ...]]:
    """At most n points at which the row is defined, the simplest first, the same in every run.

    Vectors are laid end to end.

    Raises:
        ValueError: If no point of the domain is found.
    """
    width = row.vectors * VECTOR or row.arity
    static = [not row.vectors and name in row.static for name in row.arguments] * width
    intervals = row.domain.intervals if not row.vectors else (Interval(),) * width
    choices = [WHOLE if s else SIMPLE for s in static[:width]]
    wild = random.Random(f"{row.name} {seed}")
    found: dict[Any, None] = {}
    xs: Any
    for xs in _candidates(choices, intervals, wild, n):
        if len(found) == n:
            break
        if all(map(math.isfinite, xs)) and (row.vectors or xs in row.domain):
            found[xs] = None
    if not found:
        raise ValueError(f"{row.name}: no point was found in its domain, {row.domain}")
    return list(found)


def _candidates(
    choices: Sequence[Sequence[float]],
    intervals: Sequence[Interval],
    wild: random.Random,
    n: int,
) -> Iterator[tuple[float, ...]]:
    width = len(choices)
    yield from islice(zip(*choices, strict=False), n)
    simple = list(islice(product(*(c[:5] for c in choices)), 5000))
    yield from wild.sample(simple, min(len(simple), n // 4))
    for _ in range(50 * n):
        equal = width > 1 and wild.random() < 0.1  # kinks are where two operands are equal
        x = _number(intervals[0], wild)
        yield tuple(
            wild.choice(choices[i])
            if choices[i] is WHOLE
            else x
            if equal
            else _number(interval, wild)
            for i, interval in enumerate(intervals)
        )


def _number(interval: Interval, wild: random.Random) -> float:
    """A number in an interval: most of ordinary size, others huge, tiny, or beside notable ones."""
    kind = wild.random()
    sign = wild.choice((-1.0, 1.0))
    if kind < 0.45:
        x = wild.uniform(-20, 20)
    elif kind < 0.6:
        x = sign * 10.0 ** wild.uniform(-12, 6)
    elif kind < 0.7:
        x = sign * 10.0 ** wild.uniform(-300, 300)
    elif kind < 0.8:
        x = sign * 2.0 ** wild.randrange(-60, 60)
    else:
        ends = [e for e in (interval.low, interval.high) if math.isfinite(e)]
        x = wild.choice([*SIMPLE, *ends * 4])
        x += sign * 10.0 ** wild.uniform(-16, 0) * (abs(x) or 1.0)
    if x in interval:
        return x
    low, high = max(interval.low, -1e300), min(interval.high, 1e300)
    if high - low > 1e6:  # a half-line: the other side of its end
        return low + abs(x) if math.isfinite(interval.low) else high - abs(x)
    return wild.uniform(low, high)

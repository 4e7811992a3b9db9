"""Where a row of the table is defined: intervals, and how arguments must agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from math import inf
from typing import Any, NamedTuple


class DomainError(ValueError):
    """A function was asked for a number outside its domain: log(-1), (-8)**0.5."""


class Interval(NamedTuple):
    """The numbers from ``low`` to ``high``; each end is included where closed."""

    low: float = -inf
    high: float = inf
    low_closed: bool = False
    high_closed: bool = False

    def __contains__(self, x: Any) -> bool:
        above: bool = x >= self.low if self.low_closed else x > self.low
        return above and bool(x <= self.high if self.high_closed else x < self.high)

    def describe(self, x: str) -> str:
        """This interval as a condition on the name ``x``: ``x > 0``."""
        if self == REAL:
            return f"a finite {x}"
        left = f"{self.low:g} {'≤' if self.low_closed else '<'} "
        right = f" {'≤' if self.high_closed else '<'} {self.high:g}"
        if self.high == inf:
            return f"{x} {'≥' if self.low_closed else '>'} {self.low:g}"
        return x + right if self.low == -inf else left + x + right


REAL = Interval()


def above(low: float) -> Interval:
    """The open interval of numbers greater than ``low``."""
    return Interval(low=low)


def at_least(low: float) -> Interval:
    """The interval of numbers from ``low`` on, ``low`` included."""
    return Interval(low=low, low_closed=True)


def between(low: float, high: float) -> Interval:
    """The interval from ``low`` to ``high``, both included."""
    return Interval(low, high, low_closed=True, high_closed=True)


SIMPLE = (0.5, 1.25, 2.0, -0.5, 0.75, 3.0, -2.0, 10.0, 0.1, 1.0, -10.0, 100.0, 0.0)
"""Numbers from which examples of a domain are chosen."""


class Domain(NamedTuple):
    """Where a row is defined: an interval per argument, and how they must agree.

    ``joint`` is a predicate on all arguments, ``condition`` the same in words, in
    which ``{0}``, ``{1}`` … stand for the arguments' names.
    """

    intervals: tuple[Interval, ...]
    joint: Callable[..., bool] | None = None
    condition: str = ""

    @classmethod
    def where(cls, joint: Callable[..., bool], condition: str) -> Domain:
        """All arguments for which ``joint`` holds."""
        return cls((REAL,) * joint.__code__.co_argcount, joint, condition)

    def examples(self) -> Iterator[tuple[float, ...]]:
        """Simple points inside, the simplest first."""
        n = len(self.intervals)
        for xs in product(SIMPLE, repeat=min(n, 3)):
            point: Any = tuple([xs[i % len(xs)] for i in range(n)])
            if point in self:
                yield point

    def __contains__(self, arguments: Any) -> bool:
        inside = all(x in interval for x, interval in zip(arguments, self.intervals, strict=True))
        return inside and (self.joint is None or self.joint(*arguments))

    @property
    def is_everything(self) -> bool:
        """Whether all real numbers are inside."""
        return self.joint is None and all(interval == REAL for interval in self.intervals)

    def describe(self, *names: str) -> str:
        """The condition that the arguments, so named, must meet."""
        if self.condition:
            return self.condition.format(*names)
        wanted = [i.describe(x) for x, i in zip(names, self.intervals, strict=True) if i != REAL]
        return " and ".join(wanted) or " and ".join(f"a finite {x}" for x in names)

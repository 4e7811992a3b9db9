"""Where a row of the table is defined: an interval for each argument, and joint conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from math import inf

from .annotation import Any, NamedTuple


class DomainError(ValueError):
    """A function was called outside its domain: log(-1), (-8)**0.5.

    Like the error of Python's ``math``, it is a ValueError.

    Example:
        >>> import micrograph as mg
        >>> mg.log(-1.0)
        Traceback (most recent call last):
        micrograph.DomainError: log(x) is undefined at x = -1.0: expected x > 0
    """

    __module__ = "micrograph"  # where one imports it from, as tracebacks show


class Interval(NamedTuple):
    """The numbers from ``low`` to ``high``. Each end is included if it is closed.

    ``Interval()`` holds all finite numbers.

    Attributes:
        low: The lower end (default: −∞).
        high: The upper end (default: ∞).
        low_closed: Whether ``low`` is included (default: no).
        high_closed: Whether ``high`` is included (default: no).

    Example:
        >>> half_open = Interval(0.0, 1.0, low_closed=True)
        >>> 0.0 in half_open, 1.0 in half_open
        (True, False)
    """

    low: float = -inf
    high: float = inf
    low_closed: bool = False
    high_closed: bool = False

    def __contains__(self, x: Any) -> bool:
        above: bool = x >= self.low if self.low_closed else x > self.low
        return above and bool(x <= self.high if self.high_closed else x < self.high)

    def numbers(self) -> list[float]:
        """The numbers of ``SIMPLE`` in the interval, or else its middle and its closed ends.

        Example:
            >>> above(1).numbers(), Interval(273, 373).numbers()
            ([1.25, 2.0, 3.0, 10.0, 100.0], [323.0])
        """
        found = [x for x in SIMPLE if x in self]
        if found:
            return found
        low, high = max(self.low, -1e300), min(self.high, 1e300)
        inner = [float(x) for x in (low + (high - low) / 2, 2 * low, high / 2, low, high)]
        return [x for x in inner if x in self and abs(x) < inf]

    def describe(self, x: str) -> str:
        """This interval as a condition on a number of that name: ``x > 0``.

        Args:
            x: The name.

        Example:
            >>> between(-1, 1).describe("x")
            '-1 ≤ x ≤ 1'
        """
        if self == REAL:
            return f"a finite {x}"
        left = f"{self.low:g} {'≤' if self.low_closed else '<'} "
        right = f" {'≤' if self.high_closed else '<'} {self.high:g}"
        if self.high == inf:
            return f"{x} {'≥' if self.low_closed else '>'} {self.low:g}"
        return x + right if self.low == -inf else left + x + right


REAL = Interval()
"""All finite numbers."""


def above(low: float) -> Interval:
    """The open interval of all numbers greater than ``low``.

    Args:
        low: The lower end. It is not included.

    Example:
        >>> 0.0 in above(0), 0.1 in above(0)
        (False, True)
    """
    return Interval(low=low)


def at_least(low: float) -> Interval:
    """The interval of all numbers from ``low`` on, including ``low``.

    Args:
        low: The lower end.

    Example:
        >>> -0.1 in at_least(0), 0.0 in at_least(0)
        (False, True)
    """
    return Interval(low=low, low_closed=True)


def between(low: float, high: float) -> Interval:
    """The closed interval from ``low`` to ``high``: both ends are included.

    Args:
        low: The lower end.
        high: The upper end.

    Example:
        >>> 1.0 in between(-1, 1), 1.1 in between(-1, 1)
        (True, False)
    """
    return Interval(low, high, low_closed=True, high_closed=True)


SIMPLE = (0.5, 1.25, 2.0, -0.5, 0.75, 3.0, -2.0, 10.0, 0.1, 1.0, -1.0, -10.0, 100.0, 0.0)
"""Numbers that ``Domain.examples`` tries, in this order."""


class Domain(NamedTuple):
    """Where a row is defined: an interval for each argument, and a condition on all together.

    Attributes:
        intervals: An interval for each argument.
        joint: A function of all arguments: whether the row is defined there. None if the intervals
            say everything.
        condition: The whole domain in words, for messages. ``{0}``, ``{1}`` … in it stand for the
            names of the arguments. If it is empty, the intervals are described.

    Example:
        >>> domain = Domain((above(0), between(-1, 1)))
        >>> (2.0, 0.5) in domain, (2.0, 3.0) in domain
        (True, False)
        >>> domain.describe("a", "b")
        'a > 0 and -1 ≤ b ≤ 1'
    """

    intervals: tuple[Interval, ...]
    joint: Callable[..., bool] | None = None
    condition: str = ""

    @classmethod
    def where(cls, joint: Callable[..., bool], condition: str) -> Domain:
        """The domain of all arguments for which ``joint`` is true.

        Args:
            joint: A function of all arguments, which returns whether the row is defined there.
            condition: The same in words, for messages. ``{0}``, ``{1}`` … in it stand for the names
                of the arguments.

        Example:
            >>> quotient = Domain.where(lambda a, b: b != 0, "{1} ≠ 0")
            >>> (1.0, 0.0) in quotient, quotient.describe("x", "y")
            (False, 'y ≠ 0')
        """
        return cls((REAL,) * joint.__code__.co_argcount, joint, condition)

    def examples(self) -> Iterator[tuple[float, ...]]:
        """Points of the domain that consist of simple numbers, those in ``SIMPLE``.

        If an interval holds none of them, its middle and its closed ends stand in. From the fourth
        argument on, the numbers of the first three arguments are repeated where they lie in the
        interval.

        Example:
            >>> next(Domain((at_least(2), above(0))).examples())
            (2.0, 0.5)
        """
        numbers = [interval.numbers() for interval in self.intervals]
        for places in product(*[range(len(xs)) for xs in numbers[:3]]):
            point: Any = tuple([xs[places[i % 3] % len(xs)] for i, xs in enumerate(numbers)])
            if point in self:
                yield point

    def __contains__(self, arguments: Any) -> bool:
        inside = all(x in interval for x, interval in zip(arguments, self.intervals, strict=True))
        return inside and (self.joint is None or self.joint(*arguments))

    @property
    def is_everything(self) -> bool:
        """Whether the row is defined at all real numbers."""
        return self.joint is None and all(interval == REAL for interval in self.intervals)

    def describe(self, *names: str) -> str:
        """The condition that arguments of these names must meet, in words.

        Args:
            names: A name for each argument.
        """
        if self.condition:
            return self.condition.format(*names)
        wanted = [i.describe(x) for x, i in zip(names, self.intervals, strict=True) if i != REAL]
        return " and ".join(wanted) or " and ".join(f"a finite {x}" for x in names)

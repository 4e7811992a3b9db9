"""A function from anywhere (NumPy, JAX, C), and its derivatives by differences of its values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property, partial

from ..transforms.containers import walk
from .call import FLOAT64, Call, epsilon, same
from .differences import Differences
from .judge import UNKNOWN, Truth
from .report import GradientError

LONG = 2.0**-20
"""A function of float64 with more noise, relatively, rounds to shorter floats inside."""


class BlackBox:
    """A call as a function from a list of floats to a list of floats.

    Args:
        call: The call.
        tolerance: What the user gave, if f is noisy: then two values at one point may differ, too.

    Attributes:
        values: The results at the point.
        paths: The path of each result in what f returns.
        epsilon: The relative precision of the floats that f computes with.
        noise: How far two values at one point may differ, relatively, as the user says.
        notes: What a reader of a report should know.

    Raises:
        GradientError: If f raises an ArithmeticError or a ValueError at the point, or returns NaN.
    """

    def __init__(self, call: Call, tolerance: float | None = None) -> None:
        self.call, self.noise = call, tolerance or 0.0
        try:
            result = call.plain(call.point)
        except (ArithmeticError, ValueError) as refused:
            why = f"f raised {type(refused).__name__}: {refused}; it was called at {call}"
            raise GradientError(f"outside the domain: {why}", "outside the domain") from None
        found = list(walk(result, "f returned"))
        self.paths = [path for path, _ in found]
        self.values = [float(y) for _, y in found]
        if any(map(math.isnan, self.values)):
            said = f"outside the domain: f returned NaN at {call}"
            raise GradientError(said, "outside the domain")
        self.epsilon = max(epsilon(call.chosen), epsilon(result))
        self.notes: tuple[str, ...] = ()
        if self.epsilon != FLOAT64:
            self.notes = (f"f computes with floats of relative precision {self.epsilon:.1e}",)
        self._larger = (
            f"give a larger tolerance than {tolerance:g}" if tolerance else "give tolerance="
        )
        self._steady()
        self._slopes: dict[tuple[int, int], float] = {}
        self._rounds = tolerance is not None

    def _steady(self) -> None:
        """Raise ValueError if f no longer returns the same at the point."""
        slack = max(self.epsilon**0.5, self.noise)
        self.call.steady(self.values, self.computed(self.call.point), slack, self._larger)

    @cached_property
    def _differences(self) -> Differences:
        """Made when a truth is estimated: to measure noise takes 43 calls of f and more."""
        return Differences(
            self.computed, self.call.point, epsilon=self.epsilon, rounds=self._rounds
        )

    @property
    def rough(self) -> list[float]:
        """How far off each value near the point may be."""
        return self._differences.noise

    @cached_property
    def wide(self) -> BlackBox | None:
        """The same call with float64, if f computes with floats as long as its inputs'; else None.

        So differences of a function of float32 tell more.
        """
        call = self.call
        if self.epsilon != FLOAT64:
            with suppress(Exception):  # f may take no other floats, and say so as it likes
                wide = BlackBox(Call(call.f, call.at(call.point, wide=True), call.places))
                pairs = zip(wide.values, wide.rough, strict=True)
                if wide.epsilon == FLOAT64 and all(d <= LONG * abs(y) for y, d in pairs):
                    return wide
        return None

    def _best(self, estimates: Callable[[BlackBox], list[list[Truth]]]) -> list[list[Truth]]:
        """What float64 tells.

        If f then has another value, terms cancel that left no digit in shorter floats, or f is
        another function. So an estimate may be off by as much as the two estimates differ.
        """
        if not self.wide:
            return estimates(self)
        found = estimates(self.wide)
        if all(map(partial(same, relative=16 * self.epsilon), self.wide.values, self.values)):
            return found
        pairs = zip(found, estimates(self), strict=True)
        return [[_between(a, b) for a, b in zip(*rows, strict=True)] for rows in pairs]

    def computed(self, xs: Sequence[float]) -> list[float]:
        """The results at other numbers."""
        return [float(y) for _, y in walk(self.call.plain(xs))]

    def first(self) -> list[list[Truth]]:
        """∂y_j/∂x_i for every j and i, estimated."""
        return self._best(BlackBox._first)

    def _first(self) -> list[list[Truth]]:
        columns = [self._differences.first(i) for i in range(len(self.call.point))]
        self._steady()  # f may count its calls
        return [[column[j] for column in columns] for j in range(len(self.values))]

    def slope_beside(self, j: int, i: int) -> float:
        """The size of ∂y_j/∂x_i a little beside the point, roughly."""
        if (j, i) not in self._slopes:
            self._slopes[j, i] = self._slope_beside(j, i)
        return self._slopes[j, i]

    def _slope_beside(self, j: int, i: int) -> float:
        x, found = self.call.point[i], 0.0
        for h in (0.01 * (abs(x) or 1.0), -0.01 * (abs(x) or 1.0)):
            moved = [*self.call.point[:i], x + h, *self.call.point[i + 1 :]]
            with suppress(Exception):  # there f may be undefined, and say so as it likes
                off = abs(self.computed(moved)[j] - self.values[j]) - 2 * self._differences.noise[j]
                found = max(found, off / abs(h)) if off < math.inf else found
        return found

    def second(self) -> list[list[Truth]]:
        """∂²y/∂x_i∂x_k for every i and k, estimated. f has one output."""
        return self._best(BlackBox._second)

    def _second(self) -> list[list[Truth]]:
        n = len(self.call.point)
        pairs = ((i, k) for k in range(n) for i in range(k + 1))
        half = {(i, k): self._differences.second(i, k)[0] for i, k in pairs}
        self._steady()
        return [[half[min(i, k), max(i, k)] for k in range(n)] for i in range(n)]


def _between(a: Truth, b: Truth) -> Truth:
    """The first of two estimates, as far off as they differ."""
    if a.sides or b.sides or not (a.known and b.known):
        return UNKNOWN
    return a._replace(error=max(a.error, abs(a.number - b.number)))

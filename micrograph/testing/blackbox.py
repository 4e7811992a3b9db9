"""A function from anywhere (NumPy, JAX, C), and its derivatives by differences of its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import mpmath

from ..transforms.tree import Tree
from .call import Call, is_single
from .differences import Derivative, complex_step, derivative
from .truth import Settled

FLOAT32, FLOAT64 = 2.0**-23, 2.0**-52
"""The relative distance of neighbouring floats, for the two types that f may compute with."""


class BlackBox:
    """A call as a function from a list of floats to a list of floats.

    The results are kept: a point that is asked for again is not computed again.
    """

    def __init__(self, call: Call) -> None:
        self.call, self.point = call, call.point
        result = call.plain(call.point)
        self.shape = tuple(getattr(result, "shape", ()))
        self.values = [float(y) for y in Tree(result, "f returned").leaves]
        self.epsilon = FLOAT32 if is_single(call.chosen) or is_single(result) else FLOAT64
        call.steady(self.values, self._computed(call.point), self.epsilon**0.5)
        self._seen = {tuple(call.point): self.values}

    def __call__(self, xs: Sequence[float]) -> list[float]:
        """The results at these numbers."""
        key = tuple(xs)
        if key not in self._seen:
            self._seen[key] = self._computed(xs)
        return self._seen[key]

    def _computed(self, xs: Sequence[float]) -> list[float]:
        return [float(y) for y in Tree(self.call.plain(xs)).leaves]

    def slope(self, j: int, i: int, side: int = 0) -> Settled:
        """∂y_j/∂x_i by adaptive differences, or by a complex step if the differences confirm it.

        A one-sided slope (side: −1 or 1) and the slope of a float32 come from differences alone.
        """
        found = derivative(lambda x: self(self._moved(i, x))[j], self.point[i], side, self.epsilon)
        if not side and self.epsilon == FLOAT64:
            slope = complex_step(
                lambda z: list(_flat(self.call.plain(self._moved(i, z))))[j], self.point[i]
            )
            if abs(slope - found.slope) <= 10 * found.error + 1e-7 * abs(slope):
                found = Derivative(slope, min(found.error, 64 * FLOAT64 * abs(slope)))
        return _settled(found)

    def second(self, j: int, i: int, k: int) -> Settled:
        """∂²y_j/∂x_i∂x_k by differences of differences."""

        def slope(x: float) -> float:
            xs = self._moved(i, x)
            inner = derivative(
                lambda z: self([*xs[:k], z, *xs[k + 1 :]])[j], xs[k], 0, self.epsilon
            )
            return inner.slope

        return _settled(derivative(slope, self.point[i], 0, self.epsilon**0.75))

    def _moved(self, i: int, x: Any) -> list[Any]:
        return [*self.point[:i], x, *self.point[i + 1 :]]


def _settled(found: Derivative) -> Settled:
    return Settled(mpmath.mpf(found.slope), found.bits, found.error)


def _flat(x: Any) -> Iterator[Any]:
    """The numbers in a container, complex ones included."""
    if isinstance(x, Mapping):
        x = list(x.values())
    elif hasattr(x, "ravel"):
        x = x.ravel().tolist()
    if isinstance(x, list | tuple):
        for element in x:
            yield from _flat(element)
    else:
        yield x

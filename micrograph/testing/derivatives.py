"""A function's true derivatives at a point: from its record, or else from differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from .blackbox import BlackBox
from .call import FLOAT64, Call, same
from .judge import CERTAIN, Truth
from .nearby import FORMATS
from .points import beside

RECORDED = 2.0**-30
"""The relative tolerance of a given derivative if the function can be recorded: nine digits."""

RECORDED_BEND = 2.0**-26
"""The same for a second derivative."""

SAME_DIGITS = 2.0**-40
"""So far apart, relatively, f may be with floats and with Values: it may add in another order. With
shorter floats it may be off by 16 units in their last place."""

FEWER = 0.3
"""The part of the digits of short floats that rounding must leave: two digits of float32."""


class Derivatives:
    """A function's true derivatives at a point: from its recorded graph, or else from differences.

    The graph is used if the function can be called with Values and then returns the same numbers,
    and python-flint is installed.
    """

    def __init__(self, call: Call, tolerance: float | None = None) -> None:
        self.call, self.box = call, BlackBox(call, tolerance)
        self.values, self.notes = self.box.values, self.box.notes
        self.record = None if tolerance is not None else self._recorded()
        self.outputs = call.outputs(len(self.values))
        precision = self.box.epsilon
        self.short = precision != FLOAT64
        whole = self.record and not self.short
        self.relative = tolerance or (RECORDED if whole else precision ** (1 / 2))
        self.bent = max(self.relative, RECORDED_BEND if whole else precision ** (1 / 3))
        self.least = 3 if whole else FEWER * -math.log10(precision)  # so many digits must be left
        self.certain = tolerance or (min(64 * self.relative, 0.25) if self.short else CERTAIN)
        self.tiny = FORMATS[precision][1] / precision  # what is off by less has underflowed
        self.given = tolerance is not None

    def tolerance(self, relative: float) -> str:
        """The tolerance in words, of which this is the relative part."""
        said = f"{relative:.1e} relative"
        if self.box.epsilon != FLOAT64:
            said += f", as f computes with {self.box.epsilon:.1e} relative precision"
        return said if self.record else f"{said}, and twice the error of the differences"

    def _recorded(self) -> Any:
        try:
            from .recorded import Recorded
        except ImportError:
            self.notes += ("python-flint is not installed: the truth is estimated",)
            return None
        call = self.call
        try:
            record = Recorded(call.flat, call.point, call.inputs, call.outputs, self.box.epsilon)
        except Exception:  # whatever f raises at Values, it is a black box then
            return None
        if record.frozen or not record.held:
            return None  # code that no record holds
        costs = [record.rounding.cost(0, j) for j in range(len(record.values))]
        if not self._same(record.values, self.values, costs):
            return None  # with Values f is another function
        moved = beside(call.point, 1)
        with suppress(Exception):  # there f may be undefined, and say so as it likes
            plain = self.box.computed(moved)
            if all(map(math.isfinite, plain)):
                return record if self._same(call.numbers_at(moved), plain, costs) else None
        return record

    def _same(self, a: Sequence[float], b: Sequence[float], costs: Sequence[float]) -> bool:
        """Whether two lists of results are the same but for rounding of terms of these sizes."""
        slack, tiny = max(SAME_DIGITS, 16 * self.box.epsilon), FORMATS[self.box.epsilon][1]
        return len(a) == len(b) == len(costs) and all(
            same(x, y, slack) or abs(x - y) <= slack * cost + 16 * tiny
            for x, y, cost in zip(a, b, costs, strict=True)
        )

    @cached_property
    def first(self) -> list[list[Truth]]:
        """∂y_j/∂x_i."""
        return self.record.gradients if self.record else self.box.first()

    @cached_property
    def second(self) -> list[list[Truth]]:
        """∂²y/∂x_i∂x_k of the one output."""
        n = len(self.call.inputs)
        if self.record and not self.record.opaque:
            return [[self.record.exact(0, (i, k)) for k in range(n)] for i in range(n)]
        return self.box.second()

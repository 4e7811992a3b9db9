"""A tape run on NumPy: each instruction on a block of points at a time, then the next.

A block is so small that what one instruction writes is still in the processor's cache when the next
one reads it. Numbers follow IEEE 754: outside a domain they are infinite or NaN, and nothing warns.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from ..core import Primitive
from .opaque import Slope, on_floats
from .tape import Tape

BLOCK = 16_384
"""So many points of a slot take 128 KiB.

Value and gradient of Black–Scholes took 491 ns a point with blocks of 1,024, 167 with 8,192, 149
with 16,384, and 145 with 32,768 (2026-11-26).
"""


class ByNumpy:
    """A tape, and how NumPy runs it.

    Args:
        tape: The tape.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        last: dict[int, int] = {}  # the last instruction that reads a slot
        for i, operands in enumerate(tape.operands):
            last.update(dict.fromkeys(operands, i))
        last.update(dict.fromkeys(tape.results, -1))
        free: list[list[int]] = [[] for _ in tape.rows]
        for slot, i in last.items():
            if i >= 0 and slot not in tape.constants:
                free[i].append(slot)
        at = list(map(on_floats, tape.rows))
        self._steps = list(zip(at, tape.outs, tape.operands, free, strict=True))

    def points(self, inputs: Sequence[Any], outputs: Sequence[Any], threads: int) -> None:
        """Compute the outputs at n points.

        Args:
            inputs: A float, or an array of n numbers, for each input.
            outputs: An array of n numbers for each result, to be filled in.
            threads: As of any program. NumPy runs on one thread.
        """
        n = len(outputs[0]) if outputs else 0
        for start in range(0, n, BLOCK):
            block = slice(start, start + BLOCK)
            found = self._block([x if type(x) is float else x[block] for x in inputs])
            for y, x in zip(outputs, found, strict=True):
                y[block] = x

    @cached_property
    def _operations(self) -> list[Callable[..., Any]]:
        return [_operation(row) for row in self.tape.rows]  # found if an array is met

    def _block(self, inputs: Sequence[Any]) -> list[Any]:
        from ..namespaces.array import NUMPY

        work: list[Any] = [None] * self.tape.slots
        work[: len(inputs)] = inputs
        for slot, number in self.tape.constants.items():
            work[slot] = number
        with NUMPY.quiet():
            for f, (at, out, slots, free) in zip(self._operations, self._steps, strict=True):
                operands = [work[k] for k in slots]
                plain = {*map(type, operands)} == {float}
                y = at(operands) if plain else f(*operands)
                for slot in free:
                    work[slot] = None  # so that its memory serves the next
                work[out] = y
        return [work[k] for k in self.tape.results]

    def point(self, *numbers: float) -> tuple[float, ...]:
        """The results at one point."""
        work = [0.0] * self.tape.slots
        work[: len(numbers)] = numbers
        for slot, number in self.tape.constants.items():
            work[slot] = number
        for at, out, operands, _ in self._steps:
            work[out] = at([work[k] for k in operands])
        return tuple([work[k] for k in self.tape.results])


def _operation(row: Primitive) -> Callable[..., Any]:
    """The row on operands of which one is an array.

    If NumPy has it as a ufunc or Python as an operator, that is called at once: NUMPY looks at the
    operands first, which takes longer than to compute a block.
    """
    import numpy as np

    from ..namespaces.array import NUMPY

    if isinstance(row, Slope):
        return np.vectorize(lambda *operands: row.at(operands), otypes=[float])
    atom = NUMPY.atoms.get(row.key)
    if isinstance(atom, np.ufunc):
        return atom
    if row.operator and not (atom or row.stable):
        found: Callable[..., Any] = getattr(operator, row.operator)
        return found
    return lambda *operands: NUMPY.value(row, operands)

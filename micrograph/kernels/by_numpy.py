"""A tape run on NumPy: each instruction on a block of points at a time, then the next.

A block is so small that what one instruction writes is still in the processor's cache when the next
one reads it. Numbers follow IEEE 754: outside a domain they are infinite or NaN, and nothing warns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..namespaces.floats import unraising
from .tape import Tape

BLOCK = 4096
"""So many points of a slot take 32 KiB."""


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
        self._steps = list(zip(tape.rows, tape.outs, tape.operands, free, strict=True))

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

    def _block(self, inputs: Sequence[Any]) -> list[Any]:
        from ..namespaces.array import NUMPY

        work: list[Any] = [None] * self.tape.slots
        work[: len(inputs)] = inputs
        for slot, number in self.tape.constants.items():
            work[slot] = number
        with NUMPY.quiet():
            for row, out, operands, free in self._steps:
                y = NUMPY.value(row, [work[k] for k in operands])
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
        for row, out, operands, _ in self._steps:
            work[out] = unraising(row, [work[k] for k in operands])
        return tuple([work[k] for k in self.tape.results])

"""A tape as the extension runs it: flat arrays of steps, and threads that each run some blocks."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

from .operations import SECOND
from .tape import Tape
from .threads import in_parts

BLOCK, FEW, ROOM = 256, 16, 4_000_000
"""A block has 256 points; half of that if it has at most 16 slots, fewer beyond 4 MB of numbers.

To begin a step takes as long as 20 points of it. With 256 points that no longer counts, even where
the numbers outgrow a processor's first caches. A block of few slots stays in the first cache, and
gains more from that (2026-11-27, AMD EPYC: 10 to 2,000 slots).
"""

POINTS = 40_000
"""A thread is given work of so many steps times points, at least."""


LARGE = 16_000_000
"""Results of more bytes than this, in all, are written past the caches, which could not hold them.

Black–Scholes with its Greeks is 9 % faster so at 10⁶ points, those who read the results after it
included. At 200,000 points, 10 MB, the reader would lose as much (2026-11-27, AMD EPYC).
"""


class Steps:
    """Steps under construction, as the extension has them.

    Attributes:
        steps: 8 numbers a step: operation, width, the slots of the result and of four operands, and
            where its part of the table begins.
        table: What steps refer to.
        widths: How many doubles each slot has for a point.
    """

    def __init__(self, extension: Any, widths: Sequence[int]) -> None:
        self.number: dict[str, int] = extension.OPERATIONS
        self.beyond: dict[str, int] = extension.BEYOND
        self.reduced: dict[str, int] = extension.REDUCED
        self.steps, self.table, self.widths = array("i"), array("q"), list(widths)

    def slot(self, width: int = 1) -> int:
        """A new slot."""
        self.widths.append(width)
        return len(self.widths) - 1

    def kernel(self, name: str, y: int, operands: Sequence[int], width: int = 1) -> None:
        """The step of a kernel, over so many numbers a point."""
        self.steps.extend((self.number[name], width, y, *operands, *(0,) * (4 - len(operands)), 0))

    def other(
        self, number: int, y: int, operands: Sequence[int], table: Sequence[int], width: int = 1
    ) -> None:
        """A step that is no kernel."""
        at = len(self.table)
        self.table.extend(table)
        self.steps.extend((number, width, y, *operands, *(0,) * (4 - len(operands)), at))

    def gathered(self, places: Sequence[tuple[int, int]]) -> int:
        """A new slot: the vector of these elements, of which each is a slot and a place in it."""
        y = self.slot(len(places))
        table = [x for slot, e in places for x in (slot, self.widths[slot], e)]
        self.other(self.beyond["pick"], y, (), table, len(places))
        return y


class Lowered:
    """A tape for the extension.

    Args:
        tape: The tape.
        extension: The extension.
        which: Which of the extension's sets of instructions to use.
    """

    def __init__(self, tape: Tape, extension: Any, which: int = 0) -> None:
        made = Steps(extension, [1] * tape.slots)
        for row, y, operands in zip(tape.rows, tape.outs, tape.operands, strict=True):
            if row is SECOND:
                made.steps[-2] = y
                continue
            if not row.vectors:
                made.kernel(row.name, y, operands)
                continue
            n = len(operands) // row.vectors
            parts = [operands[k * n : (k + 1) * n] for k in range(row.vectors)]
            vectors = [made.gathered([(x, 0) for x in part]) for part in parts]
            made.other(made.reduced[row.name], y, vectors, (n, n, n))
        self.tape, self.extension, self.which = tape, extension, which
        self.steps, self.table, self.widths = made.steps, made.table, made.widths
        slots = max(1, sum(self.widths))
        most = BLOCK // 2 if slots <= FEW else BLOCK
        self.block = max(32, min(most, ROOM // (8 * slots) // 8 * 8))

    @cached_property
    def runner(self) -> Any:
        """What runs the tape over blocks."""
        widths, constants = array("q", self.widths), self.tape.constants
        how = self.block, self.which
        return self.extension.Runner(self.steps, self.table, widths, constants, *how)

    @cached_property
    def point(self) -> Any:
        """What runs the tape for one point. It takes numbers, and returns a tuple of numbers."""
        *places, size = accumulate(self.widths, initial=0)
        numbers = array("d", bytes(8 * size))
        for slot, x in self.tape.constants.items():
            numbers[places[slot]] = x
        steps, table = array("i", self.steps), array("q", self.table)
        for i in range(0, len(steps), 8):
            for k in range(i + 2, i + 7):
                steps[k] = places[steps[k]]
            if steps[i] == self.extension.BEYOND["pick"]:
                at = steps[i + 7]
                for k in range(at, at + 3 * steps[i + 1], 3):
                    table[k] = places[table[k]] + table[k + 2]
        return self.extension.Point(steps, table, numbers, self.tape.inputs, len(self.tape.results))

    def points(self, inputs: Sequence[Any], outputs: Sequence[Any], threads: int) -> None:
        """Compute the outputs at some points.

        Args:
            inputs: For each input a number, or an array of n doubles side by side.
            outputs: For each output an array of n doubles side by side, which is filled.
            threads: The most threads that share the work.
        """
        arrays, results, numbers = {}, {}, {}
        for slot, x in enumerate(inputs):
            if isinstance(x, float):
                numbers[slot] = x
            else:
                arrays[slot] = x.ctypes.data, 1
        n = len(outputs[0]) if outputs else 0
        for slot, y in zip(self.tape.results, outputs, strict=True):
            results[slot] = y.ctypes.data, 1
        run, steps = self.runner.run, max(1, len(self.tape.rows))
        each = max(self.block, POINTS // steps, -(-n // threads))
        each = -(-each // self.block) * self.block
        large = 8 * n * len(outputs) > LARGE
        memory = inputs, outputs

        def work(first: int, last: int, memory: Any = memory) -> None:
            # An interrupt may come while work is handed out. So a thread holds the memory, too.
            run(arrays, numbers, first, last, results, large)

        in_parts(work, n, each, threads)

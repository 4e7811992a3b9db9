"""A graph of numbers as a tape: flat steps over slots, which are used again when they are free."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..core import TABLE, Primitive
from ..graph.node import Nodes
from .operations import BOTH, PAIRS, SECOND

Place = int | float
"""The number of a value on the tape, or a constant."""

ADD, MUL, DIV, IDENTITY, MAXIMUM, MINIMUM = (
    TABLE[name] for name in ("add", "mul", "div", "identity", "maximum", "minimum")
)


def together(nodes: Nodes) -> dict[int, tuple[Primitive, int, bool]]:
    """Which nodes one step computes together with a node that comes later.

    Returns:
        For each such node: the operation, the other node, and whether this node is the first of the
        operation's results.
    """
    named = {*BOTH, *(second for second, _ in BOTH.values())}
    places = {
        (op.name, nodes.args(i)): i for i, op in enumerate(nodes.ops) if op and op.name in named
    }
    found = {}
    for (name, args), i in places.items():
        if name in BOTH:
            second, both = BOTH[name]
            other = places.get((second, args))
            if other is not None:
                found[min(i, other)] = both, max(i, other), i < other
    return found


class Tape:
    """Steps that compute the outputs of a graph. Each reads and writes slots.

    The first slots are the inputs. Then there is a slot for each output, which no other step
    writes, and one for each constant.

    Args:
        nodes: The nodes of a graph of numbers: none of them is a vector.
        outputs: The places of the outputs.
        fused: The names of pairs of rows that one step may compute; see ``operations.PAIRS``.

    Attributes:
        inputs: How many inputs there are.
        rows: The row of each step: of the table, a slope, or a pair.
        operands: The slots of each step's operands.
        outs: The slot of each step's result.
        results: The slot of each output.
        constants: The constants, by slot.
        slots: How many slots there are.

    Cost:
        Linear in the size of the graph, some 3 µs a step.

    Example:
        >>> from micrograph import Graph, Value
        >>> graph = Graph.of(Value(2, "a") * 3 + 1)
        >>> tape = Tape(graph.nodes, graph.places)
        >>> tape.rows, tape.operands, tape.outs, tape.constants
        ([<primitive mul>, <primitive add>], [(0, 2), (4, 3)], [4, 1], {2: 3.0, 3: 1.0})
    """

    def __init__(
        self, nodes: Nodes, outputs: Sequence[int], fused: Collection[str] = frozenset()
    ) -> None:
        assert not nodes.wide, "a tape holds no vectors"
        self.rows: list[Primitive] = []
        self.operands: list[tuple[Any, ...]] = []  # of values, until they get their slots
        self.inputs = 0
        values = self._steps(nodes, outputs, fused)
        if fused:
            values = self._fused(values, fused)
        self._in_slots(values)

    def _steps(self, nodes: Nodes, outputs: Sequence[int], allowed: Collection[str]) -> list[int]:
        """Make the steps, of which each is a value; return the values that are the outputs."""
        where: list[Place] = []
        self.inputs = nodes.ops.count(None)
        given = iter(range(self.inputs))
        made, pairs = self._made, together(nodes) if allowed else {}
        done: dict[int, Place] = {}  # of two nodes that one step computes, the one that comes later
        for i, (op, args) in enumerate(nodes.steps()):
            if op is None:
                where.append(next(given))
                continue
            if i in done:
                where.append(done[i])
                continue
            operands = tuple([where[x] if type(x) is int else x for x in args])
            if i in pairs:
                both, other, is_first = pairs[i]
                y = made(both, *operands)
                second = made(SECOND, y, *operands)  # so that operands keep their slots till then
                where.append(y if is_first else second)
                done[other] = second if is_first else y
                continue
            where.append(self._joined(op, operands) if op.vectors else made(op, *operands))
        found: list[int] = []
        for i in outputs:
            x = where[i]
            kept = isinstance(x, int) and x >= self.inputs and x not in found
            found.append(x if isinstance(x, int) and kept else made(IDENTITY, x))
        return found

    def _made(self, row: Primitive, *operands: Place) -> int:
        self.rows.append(row)
        self.operands.append(operands)
        return self.inputs + len(self.rows) - 1

    def _joined(self, row: Primitive, operands: tuple[Place, ...]) -> Place:
        """A row of vectors, of so many numbers: of two at a time, from left to right, if it may."""
        made, n = self._made, len(operands) // row.vectors
        if row.name in ("max", "min"):
            y, *others = operands
            for x in others:
                y = made(MAXIMUM if row.name == "max" else MINIMUM, y, x)
            return y
        if row.name not in ("sum", "mean", "dot"):
            return made(row, *operands)
        terms: Sequence[Place] = operands
        if row.name == "dot":
            terms = [made(MUL, a, b) for a, b in zip(operands[:n], operands[n:], strict=True)]
        y, *others = terms or (0.0,)
        for x in others:
            y = made(ADD, y, x)
        return made(DIV, y, float(n)) if row.name == "mean" else y

    def _fused(self, outputs: list[int], allowed: Collection[str]) -> list[int]:
        """Join steps of cheap rows, of which one is needed by the other alone."""
        rows, operands, first = self.rows, self.operands, self.inputs
        uses = [0] * (first + len(rows))
        for args in operands:
            for x in args:
                if type(x) is int:
                    uses[x] += 1
        for x in outputs:
            uses[x] += 2
        gone = bytearray(len(rows))
        for i, row in enumerate(rows):
            if row.name not in PAIRS:
                continue
            for side, x in enumerate(operands[i]):
                if type(x) is not int or x < first or uses[x] != 1:
                    continue
                pair = PAIRS[row.name].get((rows[x - first].name, side))
                if pair and pair.name in allowed:
                    rows[i] = pair
                    operands[i] = (*operands[x - first], operands[i][1 - side])
                    gone[x - first] = 1
                    break
        if not any(gone):
            return outputs
        new, kept = list(range(first)), 0
        for dead in gone:
            new.append(first + kept)
            kept += not dead
        self.rows = [row for row, dead in zip(rows, gone, strict=True) if not dead]
        self.operands = [
            tuple([new[x] if type(x) is int else x for x in args])
            for args, dead in zip(operands, gone, strict=True)
            if not dead
        ]
        return [new[x] for x in outputs]

    def _in_slots(self, outputs: Sequence[int]) -> None:
        """Give each value and each constant a slot."""
        first, last = self.inputs, [0] * (self.inputs + len(self.rows))
        held: dict[str, float] = {}
        for i, args in enumerate(self.operands):
            for x in args:
                if type(x) is int:
                    last[x] = i
                else:
                    held[x.hex()] = x
        self.results = list(range(first, first + len(outputs)))
        start = first + len(outputs)
        constants = {key: start + k for k, key in enumerate(held)}
        self.constants = {constants[key]: x for key, x in held.items()}
        slots, free, self.outs = start + len(held), list[int](), list[int]()
        where = [*range(first), *([-1] * len(self.rows))]
        for slot, x in zip(self.results, outputs, strict=True):
            where[x] = slot
        for i, args in enumerate(self.operands):
            y = first + i
            if where[y] < 0:
                if free:
                    where[y] = free.pop()
                else:
                    where[y], slots = slots, slots + 1
                if last[y] < i:  # nothing needs it
                    free.append(where[y])
            self.outs.append(where[y])
            self.operands[i] = tuple(
                [where[x] if type(x) is int else constants[x.hex()] for x in args]
            )
            for x in dict.fromkeys(args):
                if type(x) is int and last[x] == i and where[x] >= start + len(held):
                    free.append(where[x])
        self.slots = slots

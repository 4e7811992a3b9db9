"""Graphs that grow by random steps, each tried at a point: what is undefined there is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..core import Primitive
from ..domain import Interval
from ..engine.sweep import topological
from ..engine.value import Value
from ..graph import Graph
from ..graph.export import python
from .operands import moved_into
from .soundness import interior, strain

LARGEST = 1e4
"""No node, no partial, and no growth of a rounding error is larger where a graph is made."""

SMALLEST = 1e-4
"""No node of a smooth graph is smaller there: a derivative may end at 0, as that of hypot."""

NEW_INPUT = -1
Operand = int | float
"""What a step takes. An int: a node that fits, so many before the latest; or NEW_INPUT. A float:
a constant."""


class Expression(Graph):
    """A Graph that shows itself as Python source: ``lambda x: mg.tanh(x)``.

    The numbers in its nodes are those at a point where all of them are defined.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return python(self)


class Growth:
    """Nodes to which steps are added.

    point:     numbers for the inputs, the most that there may be
    max_nodes: the most nodes
    smooth:    whether no node may be near 0
    tree:      whether nodes are used but once; inputs may be used again
    """

    def __init__(self, point: Sequence[float], max_nodes: int, smooth: bool, tree: bool) -> None:
        self.point, self.max_nodes, self.smooth, self.tree = point, max_nodes, smooth, tree
        self.inputs: dict[Value, None] = {}
        self.free: dict[Value, None] = {}  # the other nodes that a step may use
        self.errors: dict[Value, float] = {}  # of every node: what roundings add up to, in units

    def add(self, row: Primitive, operands: Sequence[Operand]) -> None:
        """One step more, if it is sound at the point."""
        new: dict[Value, None] = {}
        taken: list[Value | float] = []
        length = len(operands) // row.arity  # of a vector
        for i, operand in enumerate(operands):
            x = self._operand(operand, row.domain.intervals[i // length], taken, new)
            if x is None:
                return
            taken.append(x)
        numbers = [x.data if isinstance(x, Value) else x for x in taken]
        if len(self.errors) + len(new) >= self.max_nodes or not interior(row, numbers):
            return
        try:
            y = row(*row.arrange(taken))
        except (ArithmeticError, ValueError, NotImplementedError):  # too large, or not to be had
            return
        if not isinstance(y, Value) or (self.smooth and abs(y.data) < SMALLEST):
            return
        errors = [self.errors.get(x, abs(x.data)) for x in y.parents]
        size, error = strain(row, y.data, y.partials, errors)
        if not size <= LARGEST:
            return
        self.errors.update((x, abs(x.data)) for x in new)
        self.inputs.update(new)
        if self.tree:
            for x in y.parents:
                self.free.pop(x, None)
        self.errors[y], self.free[y] = error, None

    def _operand(
        self,
        operand: Operand,
        interval: Interval,
        taken: Sequence[Value | float],
        new: dict[Value, None],
    ) -> Value | float | None:
        """The node, new input or constant; None where no node fits, and there is no input left."""
        if isinstance(operand, float):
            return operand
        used = {x for x in taken if isinstance(x, Value)} if self.tree else set()
        nodes = [v for v in reversed(self.free) if v not in used]
        fits = [v for v in (*nodes, *reversed(new), *reversed(self.inputs)) if v.data in interval]
        place = len(self.inputs) + len(new)
        if place < len(self.point) and (operand == NEW_INPUT or not fits):
            fits = [Value(moved_into(interval, self.point[place]))]
            new[fits[0]] = None
        return fits[operand % len(fits)] if fits else None

    def graph(self, picks: Iterable[int] = (0,)) -> Expression:
        """The nodes so far; the latest is the output, or those that are so many before it.

        Where they are trees, it is the largest of them.
        """
        nodes = [*reversed(self.free), *reversed(self.inputs)] or [Value(1.0)]
        if self.tree:
            nodes.sort(key=lambda y: -len(topological(y)))
        outputs = dict.fromkeys(nodes[pick % len(nodes)] for pick in picks)
        used = {x for y in self.errors for x in y.parents}
        others = [y for y in self.free if y not in used and not self.tree]
        order = topological(*dict.fromkeys((*outputs, *others)))
        for i, x in enumerate(x for x in order if not x.op):
            x.named("xyz"[i] if i < 3 else f"x{i + 1}")
        found = Expression.of(*dict.fromkeys((*outputs, *others)))
        return Expression(found.nodes, found.outputs_of(range(len(order)))[: len(outputs)])

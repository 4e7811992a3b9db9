"""Graphs that grow by random steps. A step that is undefined at the graph's point is left out."""

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
"""At its point a graph has no larger node, partial, or growth of a rounding error."""

SMALLEST = 1e-4
"""At its point a smooth graph has no node nearer to 0: at 0 there may be no slope, as for hypot."""

NEW_INPUT = -1
Operand = int | float
"""An operand of a step. A float is a constant; NEW_INPUT stands for a new input. Another int k
stands for the node that comes k before the latest one, among those that fit."""


class Expression(Graph):
    """A Graph that shows itself as Python source: ``lambda x: mg.tanh(x)``.

    ``expressions`` and ``graphs`` draw such graphs. The nodes hold their numbers at a point where
    all of them are defined.

    Example:
        >>> from micrograph import Value, tanh
        >>> Expression.of(tanh(Value(0.5, "x")))
        lambda x: mg.tanh(x)
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return python(self)


class Growth:
    """Nodes to which steps are added.

    Args:
        point: Numbers for the inputs. There are at most as many inputs.
        max_nodes: The largest number of nodes.
        smooth: Whether nodes near 0 are left out.
        tree: Whether each node is used only once. Inputs may be used again.
    """

    def __init__(self, point: Sequence[float], max_nodes: int, smooth: bool, tree: bool) -> None:
        self.point, self.max_nodes, self.smooth, self.tree = point, max_nodes, smooth, tree
        self.inputs: dict[Value, None] = {}
        self.free: dict[Value, None] = {}  # the other nodes that a step may use
        self.errors: dict[Value, float] = {}  # of every node, in units of 2⁻⁵³: see strain

    def add(self, row: Primitive, operands: Sequence[Operand]) -> None:
        """Add a step if it is defined at the point and around it, with a strain up to LARGEST."""
        new: dict[Value, None] = {}
        taken: list[Value | float] = []
        length = len(operands) // row.arity  # of each vector
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
        except (ArithmeticError, ValueError, NotImplementedError):  # an overflow, or no such atom
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
        """The node, new input or constant; None if no node fits and no input is left."""
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
        """The nodes so far, as a graph.

        Each pick k makes an output of the node that comes k before the latest one. If the nodes
        make trees, they are counted from the largest tree instead.
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

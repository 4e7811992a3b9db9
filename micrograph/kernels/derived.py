"""The graphs that a compiled function runs: of a value with its gradient, of derivatives alone.

Each is built in one construction. So a step that several outputs need is there once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import prod
from typing import Any

from ..core import Primitive
from ..graph import Graph
from ..graph.node import Node
from ..graph.simplify import Simplifier, may_be_unstable, resumed
from ..graph.symbols import Construction, Operand, Symbol, built, pruned
from .header import slope_name
from .opaque import Slope as OpaqueSlope
from .opaque import is_opaque, is_ours
from .operations import slope

LARGE = 2_000
"""A graph of more nodes is simplified only if a step of it may be unstable."""

Rows = list[list[Any]]
"""The slope of each output in each of the chosen inputs, as symbols and constants."""


def with_gradient(graph: Graph, places: Sequence[int], kernels: Collection[str] = ()) -> Graph:
    """The graph of a value and its slopes.

    Args:
        graph: A graph of one output.
        places: Which inputs to differentiate by. There is a slope for each, in this order.
        kernels: The names of the kernels; see ``Slopes``.
    """
    return _built(graph, places, lambda outputs, rows: [*outputs, *rows[0]], kernels)


def with_jacobian(graph: Graph, places: Sequence[int], kernels: Collection[str] = ()) -> Graph:
    """The graph of the slopes of each output in these inputs, one output after the other."""
    return _built(graph, places, lambda _, rows: [d for row in rows for d in row], kernels)


def with_hessian(graph: Graph, places: Sequence[int], kernels: Collection[str] = ()) -> Graph:
    """The graph of the second derivatives of the one output: the Jacobian of the gradient."""
    return with_jacobian(with_jacobian(graph, places), places, kernels)


class Slopes(Simplifier):
    """The namespace of symbols in which gradients for tapes are built.

    The partials of a row of numbers are recorded once, as steps, and replayed at its operands.

    Args:
        simplify: Whether nodes are simplified as by ``Graph.simplified``.
        kernels: The names of the kernels. A slope that has a kernel is one node.
    """

    def __init__(self, simplify: bool, kernels: Collection[str]) -> None:
        super().__init__()
        self._simplify, self._kernels = simplify, kernels
        self._rules: dict[Primitive, Any] = {}

    def simpler(self, row: Primitive, args: tuple[Any, ...]) -> Any:
        """As the simplifier does, or, if a graph is not to be simplified, any construction."""
        if self._simplify:
            return super().simpler(row, args)
        return Construction.simpler(self, row, args)

    def partials(self, row: Primitive, y: Operand, operands: Sequence[Operand]) -> tuple[Any, ...]:
        """The row's partials as nodes. TypeError names the row if its rule takes numbers alone."""
        if row.vectors or row.static or is_opaque(row):
            return self._ruled(row, y, operands)
        if row not in self._rules:
            self._rules[row] = self._recorded(row)
        steps, found = self._rules[row]
        numbers = [x.place if type(x) is Symbol else float(x) for x in (y, *operands)]
        made = self.made
        for step, places in steps:
            args = tuple([numbers[x] if type(x) is int else x for x in places])
            numbers.append(made(step, args))
        symbols = self.symbols
        return tuple([
            x if type(x) is float else symbols[n] if type(n := numbers[x]) is int else n
            for x in found
        ])  # fmt: skip

    def _ruled(self, row: Primitive, y: Operand, operands: Sequence[Operand]) -> tuple[Any, ...]:
        """The partials by the row's own rule. If symbols can't go through it, they are opaque."""
        try:
            return super().partials(row, y, operands)
        except TypeError:
            if not is_opaque(row) or isinstance(row, OpaqueSlope):
                raise
        return tuple([self.value(OpaqueSlope(row, k), (y, *operands)) for k in range(row.arity)])

    def _recorded(self, row: Primitive) -> tuple[list[Any], list[Any]]:
        """The steps of a row's partials, of y and the operands; and where the partials are."""
        xp = Construction()
        y, *operands = (xp.input(Node("", None, (), 0.0)) for _ in range(row.arity + 1))
        found = [
            xp.node(slope(row, k), (y, *operands)) if slope_name(row, k) in self._kernels else d
            for k, d in enumerate(xp.partials(row, y, operands))
        ]
        places = [x.place if isinstance(x, Symbol) else float(x) for x in found]
        needed = {x for x in places if type(x) is int}
        for i in range(len(xp.ops) - 1, row.arity, -1):
            if i in needed:
                needed.update(x for x in xp.operands[i] if type(x) is int)
        steps, new = [], {i: i for i in range(row.arity + 1)}
        for i in range(row.arity + 1, len(xp.ops)):
            if i in needed:
                new[i] = len(new)
                args = [new[x] if type(x) is int else x for x in xp.operands[i]]
                steps.append((xp.ops[i], args))
        return steps, [new[x] if type(x) is int else x for x in places]


def _built(
    graph: Graph,
    places: Sequence[int],
    chosen: Callable[[Sequence[Any], Rows], list[Any]],
    kernels: Collection[str] = (),
) -> Graph:
    simplify = len(graph.nodes) <= LARGE or may_be_unstable(graph)
    xp = Slopes(simplify, kernels)
    if simplify:
        graph, work, recorded = resumed(graph, xp)
    else:
        work, recorded = built(graph, xp)
    rows = []
    for end in graph.places:
        _, slopes = Graph(graph.nodes, (end,), graph.recorded_nodes).swept(xp, work)
        rows.append([slopes[i] for i in places])
    outputs = chosen(graph.outputs_of(work), rows)
    return Graph(*pruned(xp, [xp.output(y) for y in outputs], recorded))


def with_hessian_of_vectors(
    graph: Graph, places: Sequence[int], kernels: Collection[str] = ()
) -> Graph:
    """As ``with_hessian``, if inputs are vectors: row by row, with an output for each input."""
    slopes = with_jacobian(graph, places)
    xp = Construction()
    work, recorded = built(slopes, xp)
    elements = []
    for i in slopes.places:
        size = prod(slopes.nodes.shape(i))
        wide = slopes.nodes.shape(i) != ()
        elements += [xp.pick([work[i]], (), [k], ()) for k in range(size)] if wide else [work[i]]
    each = Graph(*pruned(xp, [xp.output(y) for y in elements], recorded))
    return with_jacobian(each, places, kernels)


def simplified(graph: Graph) -> Graph:
    """The graph, simplified if that is not long work, or if a step of it may be unstable."""
    small = len(graph.nodes) <= LARGE or may_be_unstable(graph)
    return graph.simplified() if small else graph


def expanded(graph: Graph) -> Graph:
    """The graph with the formulas of users' rows in place of these rows.

    The table's own rows stay whole, for each has a kernel. Opaque rows have no formula.
    """
    if all(op is None or is_ours(op) or not op.definition for op in graph.nodes.ops):
        return graph
    xp = Construction(whole=is_ours)
    work, recorded = built(graph, xp)
    for i, name in graph.nodes.named.items():
        place = getattr(work[i], "place", None)
        if place is not None:
            xp.names.setdefault(place, name)
    outputs = [xp.output(y) for y in graph.outputs_of(work)]
    return Graph(*pruned(xp, outputs, recorded))

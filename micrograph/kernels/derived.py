"""The graphs that a compiled function runs: of a value with its gradient, of derivatives alone.

Each is built in one construction. So a step that several outputs need is there once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core import Primitive
from ..graph import Graph
from ..graph.simplify import Simplifier
from ..graph.symbols import Construction, Operand, built, pruned
from .opaque import Slope, is_opaque, is_ours

Rows = list[list[Any]]
"""The slope of each output in each of the chosen inputs, as symbols and constants."""


def with_gradient(graph: Graph, places: Sequence[int]) -> Graph:
    """The graph of a value and its slopes.

    Args:
        graph: A graph of one output.
        places: Which inputs to differentiate by. There is a slope for each, in this order.
    """
    return _built(graph, places, lambda outputs, rows: [*outputs, *rows[0]])


def with_jacobian(graph: Graph, places: Sequence[int]) -> Graph:
    """The graph of the slopes of each output in these inputs, one output after the other."""
    return _built(graph, places, lambda _, rows: [d for row in rows for d in row])


def with_hessian(graph: Graph, places: Sequence[int]) -> Graph:
    """The graph of the second derivatives of the one output: the Jacobian of the gradient."""
    return with_jacobian(with_jacobian(graph, places), places)


class _Derivatives(Simplifier):
    """Symbols, of which slopes of opaque rows that symbols can't go through are opaque, too."""

    def partials(self, row: Primitive, y: Operand, operands: Sequence[Operand]) -> tuple[Any, ...]:
        """As of any construction."""
        try:
            return super().partials(row, y, operands)
        except TypeError:
            if not is_opaque(row) or isinstance(row, Slope):
                raise
        return tuple([self.value(Slope(row, k), (y, *operands)) for k in range(row.arity)])


def _built(
    graph: Graph, places: Sequence[int], chosen: Callable[[Sequence[Any], Rows], list[Any]]
) -> Graph:
    xp = _Derivatives()
    work, recorded = built(graph, xp)
    rows = []
    for end in graph.places:
        _, slopes = Graph(graph.nodes, (end,), graph.recorded_nodes).swept(xp, work)
        rows.append([slopes[i] for i in places])
    outputs = chosen(graph.outputs_of(work), rows)
    return Graph(*pruned(xp, [xp.output(y) for y in outputs], recorded))


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

"""The derivatives of a graph as a graph, in one construction with the graph's own steps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..core import Primitive
from ..graph import Graph
from ..graph.node import Node
from ..graph.simplify import Simplifier, may_be_unstable, resumed
from ..graph.symbols import Construction, Operand, Symbol, pruned
from .header import slope_name
from .operations import slope

LARGE = 2_000
"""A graph of more nodes is simplified only if a step of it may be unstable."""


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
        if row.vectors or row.static:
            return super().partials(row, y, operands)
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

    def _recorded(self, row: Primitive) -> tuple[list[Any], list[Any]]:
        """The steps of a row's partials, of y and the operands; and where the partials are."""
        xp = Construction()
        y, *operands = (xp.input(Node("", None, (), 0.0)) for _ in range(row.arity + 1))
        found = [
            xp.node(slope(row, k), (y, *operands)) if slope_name(row, k) in self._kernels else d
            for k, d in enumerate(xp.partials(row, y, operands))
        ]
        places = [x.place if type(x) is Symbol else float(x) for x in found]
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


def with_gradient(graph: Graph, places: Sequence[int], kernels: Collection[str] = ()) -> Graph:
    """The graph whose outputs are the output and its slope in some inputs.

    Args:
        graph: A graph of one output.
        places: Which inputs, counted from 0.
        kernels: The names of the kernels; see ``Slopes``.
    """
    simplify = len(graph.nodes) <= LARGE or may_be_unstable(graph)
    xp = Slopes(simplify, kernels)
    graph, work, _ = resumed(graph, xp)
    y, slopes = graph.swept(xp, work)
    outputs = [xp.output(x) for x in (y, *(slopes[k] for k in places))]
    return Graph(*pruned(xp, outputs, 0), arguments=graph.arguments)

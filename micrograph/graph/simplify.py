"""The simplifier: a Graph with fewer nodes, right where the graph as written is not.

Each node is built anew, operands first. A node that there is already is found; one whose operands
are constants is a constant; one that fits a rule is what the rule puts in its place.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..core import TABLE, Primitive
from ..namespaces.floats import FLOAT
from .node import AUTOMATIC, Node, Nodes
from .pattern import Rule, index, match
from .rules import EXACT, STABLE
from .symbols import Arg, Construction, Operand, Symbol, built, kept, pruned

INDEX = index(EXACT + STABLE)


class Simplifier(Construction):
    """The namespace of symbols whose nodes are simplified by the rules as they are built.

    Attributes:
        applied: How often each rule was applied.
    """

    def __init__(self) -> None:
        super().__init__()
        self.applied: Counter[Rule] = Counter()

    def simpler(self, row: Primitive, args: tuple[Arg, ...]) -> Arg | None:
        """What stands in place of the row at these operands; None if they stay as they are.

        A rule for numbers holds for vectors, element by element. It is not applied where it would
        put a number, such as the 1 of x**0, in place of a vector.
        """
        among = INDEX.get(row)
        found = match(self, among, args) if among else None
        if found is not None:
            rule, bound = found
            y = rule.simpler(*map(self._unknown, bound))
            shapes = [self.shape(x) for x in args if type(x) is int]
            if (y.shape if type(y) is Symbol else ()) == next(filter(None, shapes), ()):
                self.applied[rule] += 1
                return y.place if type(y) is Symbol else float(y)
        return super().simpler(row, args)

    def constant(self, row: Primitive, args: tuple[Arg, ...]) -> Arg:
        """The row at constants: a number; or a node, if to compute it is an error to be raised."""
        if self.recording:
            try:
                return float(FLOAT.value(row, args))
            except (ValueError, ArithmeticError):
                return self.place(row, args)
        return super().constant(row, args)

    def _unknown(self, x: Any) -> Any:
        """What an unknown is: a symbol, a constant, or a list of these."""
        if type(x) is list:
            return [self._unknown(e) for e in x]
        return self.symbols[x] if type(x) is int else x


def may_be_unstable(graph: Any) -> bool:
    """Whether all rows of an expression that is unstable as written are among a graph's steps."""
    there = set(graph.nodes.ops)
    return any(rule.rows() <= there for rule in STABLE)


def simplified(graph: Any) -> tuple[Nodes, list[int], int]:
    """The nodes of the simplified graph, the places of its outputs, and how many are recorded."""
    xp = Simplifier()
    return pruned(xp, *_built(graph, xp))


def resumed(graph: Any, xp: Simplifier) -> tuple[Any, list[Operand], int]:
    """A graph simplified in xp, to be worked on: as which symbols, and how many are recorded."""
    outputs, recorded = _built(graph, xp)
    simpler = type(graph)(*pruned(xp, outputs, recorded))
    return simpler, [xp.symbols[i] for i in kept(xp, outputs)], recorded


def _built(graph: Any, xp: Simplifier) -> tuple[list[int], int]:
    """The graph's nodes built in a construction, with their names; its outputs' places there."""
    work, recorded = built(graph, xp)
    for i, name in graph.nodes.named.items():
        y = work[i]
        if type(y) is Symbol and y.place not in xp.names and not AUTOMATIC.fullmatch(name):
            xp.names[y.place] = name
    outputs = graph.outputs_of(range(len(graph.nodes)))
    return [_output(xp, graph.nodes.name(i), work[i]) for i in outputs], recorded


def _output(xp: Simplifier, name: str, y: Operand) -> int:
    """The place of a node of that name that is y: a node of its own, if y's has another name."""
    place = xp.output(y)
    there = xp.names.get(place, "")
    if AUTOMATIC.fullmatch(name) or there == name:
        return place
    if there:
        shape = xp.shape(place)
        return xp.added(Node(name, TABLE["identity"], (place,), None, shape)).place
    xp.names[place] = name
    return place

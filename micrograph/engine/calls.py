"""Calls of Python code whose results have one rule together, a pullback.

From the adjoints of all results the pullback makes the adjoints of the operands. A reverse sweep
over numbers runs the pullback of a call once, when it has the adjoints of all results.

The partials on the edges are found if something else asks for them: a picture, a forward sweep. The
pullback of a unit vector gives the partials of one result. Until then the call is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from weakref import ref

from ..annotation import Any, NamedTuple
from .build import compiled

Node = Any
Edges = Callable[[Node], Iterable[tuple[Node, Any]]]
"""From a node to its parents, each with the partial."""

Rule = Callable[[Sequence[float], Sequence[Any] | None], Sequence[Any]]
"""The pullback of a call: from the adjoints of its results it makes those of its operands.

If the operands are given, they are Values, and what it returns is recorded. If None is given, it
returns numbers.
"""


class Call:
    """One call of Python code.

    Args:
        rule: The pullback. It must hold no result, or none of them is freed.
        size: The number of results.
        together: Whether a recorded sweep runs the rule once, on adjoints that are Values. If not,
            it asks for the partials of each result.
    """

    __slots__ = ("__weakref__", "results", "rule", "size", "together")

    def __init__(self, rule: Rule, size: int, together: bool = False) -> None:
        self.rule, self.size, self.together = rule, size, together
        self.results: list[Any] = []  # weak references: a result holds its call

    def partials(self, i: int, operands: Sequence[Any] | None = None) -> Sequence[Any]:
        """The partials of the i-th result in all operands."""
        return self.rule([float(k == i) for k in range(self.size)], operands)

    def open(self, results: Sequence[Node]) -> None:
        """Note that these results have no partials yet."""
        self.results = list(map(ref, results))
        key = id(self)
        open_calls[key] = ref(self, lambda _: open_calls.pop(key, None))

    def close(self) -> None:
        """Find the partials of all results."""
        rows = [self.partials(i) for i in range(self.size)]
        for result, partials in zip(self.results, rows, strict=True):
            if (node := result()) is not None:
                node._slopes = of_nodes(node.operands, partials)
        open_calls.pop(id(self), None)


class _Calls:
    """A call for each result, found by the identity of the result as long as the result lives.

    A WeakKeyDictionary would compare results by ``==``, which is false of one that is NaN.
    """

    def __init__(self) -> None:
        self._held: dict[int, tuple[Any, tuple[Call, int]]] = {}

    def __setitem__(self, node: Node, call: tuple[Call, int]) -> None:
        key, held = id(node), self._held
        held[key] = ref(node, lambda _: held.pop(key, None)), call

    def get(self, node: Node) -> tuple[Call, int] | None:
        found = self._held.get(id(node))
        return found and found[1]

    def __len__(self) -> int:
        return len(self._held)


call_of = _Calls()
"""The call of each result, and which of its results it is."""

open_calls: dict[int, Any] = {}
"""The open calls, by their identity. It is empty for nearly every program."""


def of_nodes(operands: Sequence[Any], partials: Sequence[float]) -> tuple[float, ...]:
    """The partials in operands that are nodes."""
    pairs = zip(operands, partials, strict=True)
    return tuple([d for x, d in pairs if type(x) is not float])


def is_open(node: Node) -> bool:
    """Whether the partials of a node are still to be found."""
    found = call_of.get(node)
    return found is not None and id(found[0]) in open_calls


def is_together(node: Node) -> bool:
    """Whether a recorded sweep runs the rule of a node's call once."""
    found = call_of.get(node)
    return found is not None and found[0].together


def close(node: Node) -> None:
    """Find the partials of a node if they are still to be found."""
    found = call_of.get(node) if open_calls else None
    if found and id(found[0]) in open_calls:
        found[0].close()


def awaits(order: Callable[..., Iterable[Node]], *roots: Node) -> bool:
    """Whether a node that the roots were computed from is the result of an open call.

    Args:
        order: A function from the roots to all nodes.
        roots: The roots.
    """
    if not open_calls:
        return False
    if compiled:
        found: bool = compiled.awaits(roots)
        return found
    return any(map(is_open, order(*roots)))


def close_all(order: Callable[..., Iterable[Node]], *roots: Node) -> None:
    """Find all partials of the nodes that the roots were computed from. As for ``awaits``."""
    for node in order(*roots) if awaits(order, *roots) else ():
        close(node)


class _Term(NamedTuple):
    """In place of a partial: the whole term that an operand gets, whatever the adjoint."""

    number: Any


def joined(
    order: Sequence[Node],
    adjoints: dict[Node, Any],
    edges: Edges,
    times: Callable[[Any, Any], Any],
    recorded: bool = False,
) -> tuple[Edges, Callable[[Any, Any], Any]]:
    """The edges and the product for ``sweep.reverse``, where a rule serves all results of a call.

    That is so for open calls, and in a recorded sweep for those whose rule runs once.

    Of the results of a call, a sweep meets the first in the order last. Its edges have the terms
    that the pullback makes. The other results have an edge to the first, so that it is met.

    Args:
        order: Nodes, parents before children.
        adjoints: The dict that the sweep fills.
        edges: The edges of the other nodes.
        times: The product for the other nodes.
        recorded: Whether the sweep is recorded.
    """
    results: dict[Call, list[Node]] = {}
    serves = is_together if recorded else is_open
    for node in order if (call_of if recorded else open_calls) else ():
        if (found := call_of.get(node)) and serves(node):
            results.setdefault(found[0], []).append(node)
    if not results:
        return edges, times

    def edges_of(node: Node) -> Iterable[tuple[Node, Any]]:
        call, _ = call_of.get(node) or (None, 0)
        if call is None or call not in results:
            return edges(node)
        first = results[call][0]
        if node is not first:
            return [(first, _Term(0.0))]
        return _terms(call, results[call], adjoints, recorded)

    def product(adjoint: Any, partial: Any) -> Any:
        return partial.number if type(partial) is _Term else times(adjoint, partial)

    return edges_of, product


def _terms(
    call: Call, results: list[Node], adjoints: dict[Node, Any], recorded: bool
) -> list[tuple[Node, _Term]]:
    """The terms of all operands, for these adjoints of the results."""
    operands, seeds = results[0].operands, [0.0] * call.size
    for node in results:
        found = call_of.get(node)
        assert found  # as it is among the results
        seeds[found[1]] = adjoints.get(node, 0.0)
    # an adjoint of 0 stays 0, whatever the rule says
    known = any(type(g) is not float or g for g in seeds)
    terms = call.rule(seeds, operands if recorded else None) if known else [0.0] * len(operands)
    pairs = zip(operands, terms, strict=True)
    return [(x, _Term(g)) for x, g in pairs if type(x) is not float]

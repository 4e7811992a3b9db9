"""A graph with other nodes, before it is drawn: textbook nodes for rows, one sum for many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..core import TABLE, Namespace, Primitive
from ..engine.recording import VALUE
from ..engine.value import Value
from ..explanation.swept import Swept, swept
from ..graph.node import AUTOMATIC

ADD, SUM = TABLE["add"], TABLE["sum"]

FEWEST = 4
"""The fewest terms of a chain of + that is drawn as one sum, unless Python's ``sum`` began it."""


class _Textbook(Namespace):
    """Values on which a row records the nodes of its textbook definition, down to atoms."""

    def spell(self, row: Primitive) -> Callable[..., Any]:
        define = row.definition
        if define is None or row.step or row.choice or row.kink or row.operator:
            recorded: Callable[..., Any] = getattr(VALUE, row.key)
            return recorded
        return lambda *arguments: define(self, *arguments)

    def convert(self, x: Any) -> Any:
        return x


TEXTBOOK = _Textbook("textbook", {})


def expanded(graph: Swept) -> Swept:
    """The graph with textbook nodes: each row that has a definition is replaced by its nodes.

    Raises:
        ValueError: If the graph has vectors.
        DomainError, ArithmeticError: If a textbook node is undefined or too large where the row is
            not: log(1 − a) at a = 1, exp(x) at x = 1000.
    """
    if any(graph.shapes):
        raise ValueError("expand=True draws graphs of numbers; this graph has vectors")
    nodes: list[Any] = []
    scopes: dict[Value, tuple[str, ...]] = {}
    names: dict[Value, str] = {}
    for i, row in enumerate(graph.ops):
        operands = [nodes[k] if type(k) is int else k for k in graph.operands[i]]
        if row is None:
            y: Any = Value(graph.data[i])
        else:
            y = getattr(TEXTBOOK, row.key)(*row.arrange(operands))
            if not isinstance(y, Value):
                y = Value(y)  # a Graph may have a constant for an output
            elif any(y is x for x in operands):
                y = VALUE.identity(y)
        nodes.append(y)
        names[y] = graph.names[i]
        waiting = [y]
        while waiting:  # y, and the nodes that only its definition has
            node = waiting.pop()
            if node not in scopes:
                scopes[node] = graph.scopes[i]
                waiting += node.parents
    given = {y: name for y, name in names.items() if not AUTOMATIC.fullmatch(name)}
    found = swept([nodes[i] for i in graph.outputs], given)
    ordered = sorted(found.places, key=found.places.__getitem__)
    places = {x: found.places[nodes[i]] for x, i in graph.places.items()}
    kept = dict(zip(nodes, graph.stored, strict=True))
    return replace(
        found,
        stored=[kept.get(y) for y in ordered],
        scopes=[scopes[y] for y in ordered],
        reached=graph.reached,
        places=places,
    )


def summed(graph: Swept, apart: int = -1) -> Swept:
    """The graph with one sum in place of each long chain of +, as Python's ``sum`` records it.

    The nodes inside the chain have no name, and no other use.

    Args:
        graph: The graph.
        apart: A node that stays as it is, or −1.

    Cost:
        Linear in the size of the graph.
    """
    uses = Counter(k for i in range(len(graph)) for k in graph.parents(i))
    terms: dict[int, list[int | float]] = {}  # of each chain, by its last node
    inner: set[int] = set()
    for i, row in enumerate(graph.ops):
        if row is not ADD:
            continue
        first, *rest = graph.operands[i]
        chain = [first]
        if (
            type(first) is int
            and first in terms
            and first != apart
            and _may_vanish(graph, first, i, uses)
        ):
            chain = terms.pop(first)
            inner.add(first)
        chain += rest
        terms[i] = chain
    for i in list(terms):
        if len(terms[i]) < FEWEST and not (len(terms[i]) > 2 and _is_zero(terms[i][0])):
            _restore(graph, terms.pop(i), i, inner)
    if not terms:
        return graph
    return _without(graph, inner, terms)


def _is_zero(x: int | float) -> bool:
    """Whether the operand is the constant 0, which Python's ``sum`` begins with."""
    return type(x) is float and x == 0


def _may_vanish(graph: Swept, i: int, user: int, uses: Mapping[int, int]) -> bool:
    """Whether node i may vanish into the sum that its user is."""
    unnamed = AUTOMATIC.fullmatch(graph.names[i]) is not None
    return (
        unnamed
        and uses[i] == 1
        and i not in graph.outputs
        and graph.scopes[i] == graph.scopes[user]
        and graph.shapes[i] == graph.shapes[user] == ()
    )


def _restore(graph: Swept, chain: Sequence[int | float], i: int, inner: set[int]) -> None:
    """Keep the nodes of a chain that is too short, which ends at node i."""
    for _ in range(len(chain) - 2):
        first = graph.operands[i][0]
        assert type(first) is int
        inner.discard(first)
        i = first


def _without(graph: Swept, inner: set[int], sums: dict[int, list[int | float]]) -> Swept:
    """The graph without the inner nodes, and with a sum of these terms at other nodes."""
    kept = [i for i in range(len(graph)) if i not in inner]
    new = {i: n for n, i in enumerate(kept)}
    ops, operands, partials = list(graph.ops), list(graph.operands), list(graph.partials)
    for i, terms in sums.items():
        if _is_zero(terms[0]):
            terms = terms[1:]
        ops[i], operands[i] = SUM, tuple(terms)
        partials[i] = tuple([1.0 if type(k) is int else None for k in terms])

    def pick(column: Sequence[Any]) -> list[Any]:
        return [column[i] for i in kept]

    return Swept(
        names=pick(graph.names),
        ops=pick(ops),
        operands=[tuple([new[k] if type(k) is int else k for k in operands[i]]) for i in kept],
        data=pick(graph.data),
        partials=pick(partials),
        adjoints=pick(graph.adjoints) if graph.adjoints is not None else None,
        stored=pick(graph.stored),
        scopes=pick(graph.scopes),
        shapes=pick(graph.shapes),
        outputs=tuple(new[i] for i in graph.outputs),
        reached=graph.reached,
        places={x: new[i] for x, i in graph.places.items() if i in new},
    )

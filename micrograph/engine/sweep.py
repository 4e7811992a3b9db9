"""The chain rule over a graph: topological order, reverse sweep, forward sweep.

A graph is made of nodes. Each node has parents, the nodes it was computed from, and one local
partial derivative per parent. The chain rule multiplies by this number on the edge to the parent.
The adjoint of a node x, dJ/dx, is a sum over all nodes u computed from x:

    dJ/dx = Σ dJ/du · ∂u/∂x

The sum is complete only when every such u has added its term. That is why there is a topological
order: going through it backward, a node comes after all its users.

Nothing here recurses: a graph may be a million nodes deep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..annotation import Any

Node = Any  # anything hashable that has .parents


def topological(*roots: Node) -> list[Node]:
    """The roots and all nodes they were computed from, parents before children.

    The order is always the same: names, pictures and the last bits of gradients depend on it.

    Cost:
        Two passes over the edges.
    """
    uses = dict.fromkeys(roots, 0)  # how many edges lead to each node
    found = list(uses)
    for node in found:  # the list grows meanwhile
        for parent in node.parents:
            if parent not in uses:
                uses[parent] = 0
                found.append(parent)
            uses[parent] += 1
    order = []  # children before parents: a node is ready after its last user
    ready = [root for root in dict.fromkeys(roots) if not uses[root]]
    while ready:
        node = ready.pop()
        order.append(node)
        for parent in node.parents:
            uses[parent] -= 1
            if not uses[parent]:
                ready.append(parent)
    order.reverse()
    return order


def reverse(
    order: Sequence[Node],
    adjoints: dict[Node, Any],
    edges: Callable[[Node], Iterable[tuple[Node, Any]]],
    times: Callable[[Any, Any], Any],
) -> dict[Node, Any]:
    """The adjoint of every node that the seeds reach: dJ/dnode for the seed {J: 1}.

    Args:
        order: Nodes, parents before children.
        adjoints: The seeds. The dict is filled in place and returned.
        edges: A function from a node to the parents it has a slope in, each with ∂node/∂parent.
        times: The product. An adjoint of 0 should stay 0, whatever the partial.

    Cost:
        One product and one sum for each edge.
    """
    for node in reversed(order):
        adjoint = adjoints.get(node)
        if adjoint is not None:
            for parent, partial in edges(node):
                term = times(adjoint, partial)
                adjoints[parent] = adjoints[parent] + term if parent in adjoints else term
    return adjoints


def forward(
    order: Sequence[Node],
    tangents: dict[Node, Any],
    edges: Callable[[Node], Iterable[tuple[Node, Any]]],
    times: Callable[[Any, Any], Any],
) -> dict[Node, Any]:
    """The tangent of every node that the seeds reach: ∂node/∂x for the seed {x: 1}.

    Args:
        order: Nodes, parents before children.
        tangents: The seeds. The dict is filled in place and returned.
        edges: As for ``reverse``.
        times: The product. A tangent of 0 should stay 0, whatever the partial.

    Cost:
        One product and one sum for each edge.
    """
    for node in order:
        for parent, partial in edges(node):
            if parent in tangents:
                term = times(tangents[parent], partial)
                tangents[node] = tangents[node] + term if node in tangents else term
    return tangents

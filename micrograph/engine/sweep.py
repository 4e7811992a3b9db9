"""The chain rule over a graph: topological order, reverse sweep, forward sweep.

A graph is made of nodes. Each has its parents, the nodes it was computed from, and one
local partial derivative per parent: the number that the chain rule multiplies on that
edge. The adjoint of a node x, dJ/dx, is a sum over all nodes u computed from x:

    dJ/dx = Σ dJ/du · ∂u/∂x

It is complete only when every such u has added its term. That is why there is a
topological order: going through it backward, a node comes after all its users.

Nothing here recurses: a graph may be a million nodes deep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

Node = Any  # anything hashable with .parents


def topological(*roots: Node) -> list[Node]:
    """The roots and everything they were computed from, parents before children.

    One canonical order: names, pictures and the last bits of gradients depend on it.
    Cost: two passes over the edges.
    """
    others = dict.fromkeys(roots, -1)  # the edges that lead to each node from its users, less one
    found = list(others)
    for node in found:  # it grows
        for parent in node.parents:
            if parent in others:
                others[parent] += 1
            else:
                others[parent] = 0
                found.append(parent)
    order = []  # children before parents: a node is ready when its last user was taken
    ready = [root for root in dict.fromkeys(roots) if others[root] < 0]
    while ready:
        node = ready.pop()
        order.append(node)
        for parent in node.parents:
            left = others[parent]
            if left:
                others[parent] = left - 1
            else:
                ready.append(parent)
    order.reverse()
    return order


def reverse(
    order: Sequence[Node],
    adjoints: dict[Node, Any],
    edges: Callable[[Node], Iterable[tuple[Node, Any]]],
    azmul: Callable[[Any, Any], Any],
) -> dict[Node, Any]:
    """The adjoint of every node that the seeds reach: dJ/dnode for the seed {J: 1}.

    order:    nodes, parents before children
    adjoints: the seeds; filled in place and returned
    edges:    node -> the parents that it has a slope in, each with ∂node/∂parent
    azmul:    the product in which an adjoint of 0 stays 0, whatever the partial

    Cost: one product and one sum per edge.
    """
    for node in reversed(order):
        adjoint = adjoints.get(node)
        if adjoint is not None:
            for parent, partial in edges(node):
                term = azmul(adjoint, partial)
                adjoints[parent] = adjoints[parent] + term if parent in adjoints else term
    return adjoints


def forward(
    order: Sequence[Node],
    tangents: dict[Node, Any],
    edges: Callable[[Node], Iterable[tuple[Node, Any]]],
    azmul: Callable[[Any, Any], Any],
) -> dict[Node, Any]:
    """The tangent of every node that the seeds reach: ∂node/∂x for the seed {x: 1}.

    Arguments and cost as for ``reverse``; a tangent of 0 stays 0 likewise.
    """
    for node in order:
        for parent, partial in edges(node):
            if parent in tangents:
                term = azmul(tangents[parent], partial)
                tangents[node] = tangents[node] + term if node in tangents else term
    return tangents

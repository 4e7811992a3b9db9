"""The paths from a node to the output: how many there are, the largest, and the sum of the others.

There may be 2**60 paths in a graph of 180 nodes. So they are counted, and their products are
summed, by sweeps over the nodes. Only the few that are shown are ever followed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from heapq import heappop, heappush, nlargest
from itertools import count as counting
from itertools import pairwise
from math import fsum, inf, isfinite, isnan, log
from typing import Any

from ..namespaces.floats import FLOAT
from .swept import Swept

WEIGHTLESS, UNBOUNDED = -1e15, 1e11  # log|slope| of 0, and of an infinity or NaN
"""They outweigh the finite slopes of any path: log|slope| is from −745 to 710."""

azmul = FLOAT.azmul


@dataclass(frozen=True, slots=True)
class Path:
    """A path from the output down to the source: its nodes, and the slope on each edge."""

    nodes: list[int]
    slopes: list[float]

    @property
    def product(self) -> float:
        """The product, as the sweep multiplies: from the output on, and 0 stays 0."""
        return reduce(azmul, self.slopes, 1.0)


class Paths:
    """All paths from a node to the output of a graph.

    Parallel edges between two nodes are one edge, whose slope is the sum.

    Args:
        swept: The graph. It has one output.
        source: The node where the paths begin.

    Attributes:
        edges: For each node on a path, its operands on a path, each with the slope.
        count: How many paths there are.

    Cost:
        Three sweeps over the nodes between source and output.
    """

    def __init__(self, swept: Swept, source: int) -> None:
        self.swept, self.source, self.root = swept, source, swept.outputs[0]
        self.edges: dict[int, list[tuple[int, float]]] = {source: []}
        for i in range(source + 1, self.root + 1):
            found: dict[int, float] = {}
            for k, d, _ in swept.slopes(i):
                if k in self.edges:
                    found[k] = found[k] + d if k in found else d
            if found:
                self.edges[i] = list(found.items())
        self.count = self._counted()

    def _counted(self) -> int:
        if self.root not in self.edges:
            return 0
        uses = dict.fromkeys(self.edges, 0)
        for operands in self.edges.values():
            for k, _ in operands:
                uses[k] += 1
        counts = {self.source: 1}
        for i, operands in self.edges.items():  # operands come first
            if i != self.source:
                counts[i] = sum([counts[k] for k, _ in operands])
            for k, _ in operands:  # a count may have 100,000 digits: keep none that is done with
                uses[k] -= 1
                if not uses[k] and k != self.root:
                    del counts[k]
        return counts[self.root]

    def largest(self, limit: int) -> list[Path]:
        """The paths of largest |product|, up to ``limit`` of them, the largest first.

        A path that holds an infinite or NaN slope counts as large, and one that holds a 0 as small.

        It is a best-first search. A path is completed along the edges of largest bound. At each of
        its nodes it may be left by the next best edge: these are the candidates. The bound of a
        candidate is exact, so each step of the search gives a path.

        Cost:
            The length of a path, for each path. Products are compared by their logarithms, so
            products that differ by rounding alone may come in either order.
        """
        if not self.count:
            return []
        ranked, reach = self._ranked()
        found: list[list[int]] = []
        order = counting()
        candidates: list[Any] = [(-reach[self.root], next(order), [], [], self.root, 0)]
        while candidates and len(found) < limit:
            _, _, nodes, bounds, i, rank = heappop(candidates)
            path, ranks, bounds = [*nodes, i], [0] * len(nodes), list(bounds) or [0.0]
            begin = len(nodes)
            while i != self.source:
                k, _, weight = ranked[i][rank]
                ranks.append(rank)
                bounds.append(bounds[-1] + weight)
                path.append(k)
                i, rank = k, 0
            found.append(path)
            leaving = []
            for j in range(begin, len(path) - 1):
                others = ranked[path[j]]
                if ranks[j] + 1 < len(others):
                    k, _, weight = others[ranks[j] + 1]
                    leaving.append((bounds[j] + weight + reach[k], j, ranks[j] + 1))
            for bound, j, rank in nlargest(limit, leaving):
                entry = (-bound, next(order), path[:j], bounds[: j + 1], path[j], rank)
                heappush(candidates, entry)
        paths = [Path(nodes, self._slopes(nodes)) for nodes in found]
        return sorted(paths, key=lambda path: -_size(path.product))

    def _ranked(self) -> tuple[dict[int, list[tuple[int, float, float]]], dict[int, float]]:
        """The edges of each node, the one of largest bound first, and the bound of each node.

        The bound is the logarithm of the largest |product| of the paths from the source.
        """
        reach, ranked = {self.source: 0.0}, {}
        for i, operands in self.edges.items():
            if i != self.source:
                weighed = [(k, d, _weight(d)) for k, d in operands]
                weighed.sort(key=lambda edge: -(edge[2] + reach[edge[0]]))
                ranked[i] = weighed
                reach[i] = weighed[0][2] + reach[weighed[0][0]]
        return ranked, reach

    def _slopes(self, nodes: list[int]) -> list[float]:
        return [dict(self.edges[i])[k] for i, k in pairwise(nodes)]

    def rest(self, shown: Iterable[Path]) -> float:
        """The sum of the products of all paths but these.

        It is a sum over the edges by which a path leaves all of these: what leads up to the edge,
        times the slope, times ∂operand/∂source. So nothing is subtracted from the whole.
        """
        if not self.count:
            return 0.0
        tangents = {self.source: 1.0}
        for i, operands in self.edges.items():
            if i != self.source:
                tangents[i] = sum([azmul(tangents[k], d) for k, d in operands])
        # the paths as a tree: (a point, the node that comes next) -> the next point
        taken: dict[tuple[int, int], int] = {}
        points = [(self.root, 1.0)]
        for path in shown:
            at = 0
            for k, d in zip(path.nodes[1:], path.slopes, strict=True):
                if (at, k) not in taken:
                    taken[at, k] = len(points)
                    points.append((k, azmul(points[at][1], d)))
                at = taken[at, k]
        terms = [
            azmul(azmul(g, d), tangents[k])
            for at, (i, g) in enumerate(points)
            for k, d in self.edges[i]
            if (at, k) not in taken
        ]
        return fsum(terms) if all(map(isfinite, terms)) else sum(terms)


def _weight(d: float) -> float:
    """log|d|, made finite."""
    return log(abs(d)) if d and isfinite(d) else UNBOUNDED if d else WEIGHTLESS


def _size(x: float) -> float:
    return inf if isnan(x) else abs(x)

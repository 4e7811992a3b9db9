"""How far off rounding may put a derivative of a recorded function."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from functools import cache, cached_property
from operator import mul
from typing import TYPE_CHECKING, Any

from ..engine.reading import edges, topological
from ..engine.sweep import forward, reverse
from ..engine.value import Value
from ..namespaces.floats import FLOAT
from ..namespaces.text import linear, product
from ..transforms import jacobian, jvp
from ..transforms.tree import Tree
from .judge import Truth
from .nearby import distance
from .rule import RELATIVE, ULPS

if TYPE_CHECKING:
    from .recorded import Recorded

TINY = sys.float_info.min / RELATIVE
"""Slack added to each term of a sum of paths, since partials below the smallest float became 0."""

WAYS = 5
"""In so many ways, up or down by chance, inputs are moved to see what rounding may do."""


class Rounding:
    """What rounding may cost in the derivatives of a recorded function.

    Args:
        record: The function.
        epsilon: The relative precision of the floats that are rounded to.
    """

    def __init__(self, record: Recorded, epsilon: float) -> None:
        self.record, self.epsilon = record, epsilon
        self.terms, self._losses = cache(self._terms), cache(self._lost)
        self._roundings, self._tangents = cache(self._rounded), cache(self._tangent)
        self._graphs = {0: record.results}

    def _terms(self, j: int) -> list[float]:
        """Σ|paths| from y_j to each input: rounding may cost as much, times one rounding a node."""
        root = self.record.results[j]
        if not isinstance(root, Value):
            return [0.0] * len(self.record.leaves)

        def sizes(node: Value) -> Any:
            return [(x, d + TINY) for x, d in _steepness(node)]

        total = reverse(self.record.order, {root: 1.0}, sizes, lambda g, d: g * d + TINY)
        return [total.get(x, 0.0) for x in self.record.leaves]

    def cost(self, order: int, at: int) -> float:
        """Σ|adjoint·value| over the graph of a derivative, at this place in all of its order.

        Times one rounding, that is how far off a float may be.
        """
        if order not in self._graphs:
            leaves = [Value(leaf.data, leaf.name) for leaf in self.record.leaves]
            self._graphs[order] = differentiated(self.record.flat, order)(leaves)
        y = self._graphs[order][at]
        if not isinstance(y, Value):
            return abs(float(y))
        adjoints = reverse(topological(y), {y: 1.0}, edges, FLOAT.azmul)
        return float(sum(abs(g) * (abs(v.data) + TINY) for v, g in adjoints.items()))

    def reused(self, j: int, *by: int) -> float:
        """How far off ∂y_j, or ∂²y_j, by these inputs may be in formulas that reuse nodes' values.

        Textbooks write 1 − y² for the slope of y = tanh x. It is off by what y is rounded by.

        Cost:
            A few sweeps over the graph, for all first derivatives, or for each pair of inputs.
        """
        beside, above = self._losses(j)
        leaves = [self.record.leaves[i] for i in by]
        units = math.prod(distance(x.data) for x in leaves)
        least = min(above.get(x, 0.0) for x in leaves) / units
        if len(by) == 1:
            return max(beside.get(leaves[0], 0.0), least)
        a, b = map(self._tangents, by)
        terms = (
            w * a.get(x, 0.0) * b.get(x, 0.0) / distance(x.data) ** 2
            for node, w in self._roundings(j).items()
            for x in node.parents
        )
        return 2 * max(math.fsum(terms), least)  # the slope of 1 − y² is −2·y·(1 − y²)

    def _lost(self, j: int) -> tuple[dict[Value, float], dict[Value, float]]:
        """How far roundings of nodes above a node may move its adjoint, and the largest of them."""
        beside, above = dict[Value, float](), dict[Value, float]()
        for node in reversed(self.record.order):
            w, lost = self._roundings(j).get(node, 0.0), beside.get(node, 0.0)
            most = max(w, above.get(node, 0.0))
            for x, d in _steepness(node):
                beside[x] = beside.get(x, 0.0) + lost * d + w / distance(x.data)
                above[x] = max(most, above.get(x, 0.0))
        return beside, above

    def _rounded(self, j: int) -> dict[Value, float]:
        """How far rounding a node moves y_j, for each node that is neither linear nor a product."""
        root = self.record.results[j]
        seeds = {root: 1.0} if isinstance(root, Value) else {}
        adjoint = reverse(self.record.order, seeds, _steepness, mul)
        nodes = self.record.nodes
        bent = [x for x in nodes if x.op and not (linear(x.op) or product(x.op))]
        return {x: self.epsilon * adjoint.get(x, 0.0) * abs(x.data) for x in bent}

    def _tangent(self, i: int) -> dict[Value, float]:
        """Σ|paths| from each node to the input i."""
        return forward(self.record.order, {self.record.leaves[i]: 1.0}, _steepness, mul)

    @cached_property
    def _moved(self) -> list[list[float]]:
        """How far all ∂y_j/∂x_i move if each input moves by its own size, up or down."""
        point, chance = self.record.point, random.Random(0)
        ways = [[chance.choice((x, -x)) for x in point] for _ in range(WAYS)]
        gradient = differentiated(self.record.flat, 1)
        try:
            return [leaves_of(jvp(gradient, (point,), (way,))[1]) for way in ways]
        except TypeError:  # a rule that calls float(y)
            return []

    def steep(self, j: int, i: int) -> float:
        """How far ∂y_j/∂x_i moves if the inputs move by 16 ULP, up or down; 0 if that is unknown.

        Cost:
            WAYS forward sweeps over the reverse sweep, for all derivatives.
        """
        size = max(
            (abs(moved[j * len(self.record.point) + i]) for moved in self._moved), default=0.0
        )
        return ULPS * self.epsilon * size if size < math.inf else 0.0

    def zero(self, got: float, exact: Truth, j: int, i: int) -> float:
        """The size of ∂y_j/∂x_i beside which both numbers are 0 but for rounding; 0 if one is not.

        Rounding moves it as far as 16 ULP of the inputs do. So it is at the optimum of a fit, where
        residuals are 0 but for rounding.
        """
        if not math.isfinite(got):
            return 0.0
        reach = self.steep(j, i)
        near = max(abs(exact.number), exact.off(got)) <= reach
        return reach / (ULPS * self.epsilon) if near else 0.0


def _steepness(node: Value) -> list[tuple[Value, float]]:
    """The parents of a node, each with the absolute value of its partial."""
    return [(x, abs(d)) for x, d in edges(node)]


def differentiated(f: Callable[[Any], list[Any]], times: int) -> Callable[[Any], list[Any]]:
    """All derivatives of f of this order, laid end to end, as a function of its inputs."""
    return differentiated(lambda xs: leaves_of(jacobian(f)(xs)), times - 1) if times else f


def leaves_of(x: Any) -> list[Any]:
    """The numbers in containers."""
    return Tree(x).leaves

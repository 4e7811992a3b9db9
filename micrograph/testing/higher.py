"""Our derivatives of an order above the first, compared with the truth.

Such a derivative is a sum of terms that may cancel, as those of tanh'' do next to 0. Then floats
agree with the truth to few digits, though nothing is wrong. So a derivative that is off is
recorded, as a graph whose nodes are the steps of the sweeps. Evaluated at fifty digits, the graph
must give the truth. Floats may be off by the cost of rounding at each of its nodes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache, reduce
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import mpmath

from ..engine.reading import edges
from ..engine.sweep import reverse, topological
from ..engine.value import Value
from ..graph import Graph
from ..namespaces.floats import FLOAT
from ..namespaces.mpmath import MPMATH
from ..transforms import jacobian, jvp
from ..transforms.tree import Tree
from . import labels, truth
from .recorded import RIGHT, TINY, Recorded, alone, operands
from .report import Component, Inconclusive, component, wrong
from .rule import RELATIVE, TOLERANCE, close
from .truth import Settled

MOST = 32
"""How many derivatives of one order are compared at most, for each output."""

HIGHEST = 6
"""The highest order that is checked. Each order takes about four times as long as the one below."""

ALIKE = 2.0**-20
"""The relative tolerance at fifty digits. The truth there comes from nested differences."""

CONSTANTS = 2.0**-50
"""The relative rounding error of a graph's constants, which are floats; and a little more."""


def higher_order(record: Recorded, order: int, modes: Sequence[str]) -> Iterator[Component]:
    """Our derivatives of an order above the first, each compared. Raises as check_gradients."""
    n, m = len(record.point), len(record.results)
    below = _differentiated(record.flat, order - 1)
    found = []
    if "rev" in modes:
        found.append(_numbers(jacobian(below)(record.point)))
    if "fwd" in modes:
        units = [[float(i == k) for k in range(n)] for i in range(n)]
        columns = [_numbers(jvp(below, (record.point,), (unit,))[1]) for unit in units]
        found.append([x for row in zip(*columns, strict=True) for x in row])
    steps = cache(lambda: _steps(record, order))
    everything = list(combinations_with_replacement(range(n), order))
    for j in range(m):
        for by in everything[:: 1 + (len(everything) - 1) // MOST]:
            name = labels.derivative(record.outputs[j], [record.inputs[i] for i in by])
            exact, at = record.exact(j, by), _place(j, by, n)
            if record.opaque or (record.kinked and not all(close(d[at], exact) for d in found)):
                continue  # no truth is known for opaque rows, nor for second derivatives at a kink
            terms = 0.0
            for g in (derivatives[at] for derivatives in found):
                if not close(g, exact):
                    ours = _ours(steps()[at], record)
                    _examine(record, order, ours, g, exact, name)
                    terms = ours.terms
            yield component(name, found[0][at], exact, terms)


def _place(j: int, by: Sequence[int], n: int) -> int:
    """The index of the derivative of output j by these inputs, with all laid end to end."""
    return reduce(lambda place, i: place * n + i, by, j)


def _differentiated(f: Callable[[Any], list[Any]], times: int) -> Callable[[Any], list[Any]]:
    for _ in range(times):
        f = _jacobian_of(f)
    return f


def _jacobian_of(f: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    return lambda xs: _numbers(jacobian(f)(xs))


def _numbers(x: Any) -> list[Any]:
    return Tree(x).leaves


def _examine(record: Recorded, order: int, ours: Ours, g: float, exact: Settled, name: str) -> None:
    """Raise if a derivative is off by a row's own slope, by the sweeps, or by too much rounding."""
    if not (exact.known and abs(exact.number) < sys.float_info.max):
        raise Inconclusive(f"{name}: no truth could be found for it")
    if not ours.agrees(exact):
        for node in record.nodes:
            if node.op and node.op.dense:
                _examine_row(record, node, order)
        raise wrong("wrong sweep", name, g, exact, note=RIGHT, tolerance=TOLERANCE)
    if not math.isfinite(ours.terms):
        raise Inconclusive(f"{name} is {g!r}: infinite numbers were met on the way{record.loss()}")
    if not close(g, exact, absolute=RELATIVE * ours.terms):
        raise wrong("wrong sweep", name, g, exact, note=RIGHT, tolerance=TOLERANCE)
    record.enough(name, g, exact)


def _examine_row(record: Recorded, node: Value, order: int) -> None:
    """Raise GradientError if a node's own derivatives of this order are wrong."""
    assert node.op is not None
    y = record.called[node]
    row = alone(node.op, operands(node), record.operand_names(node), y)
    steps = _steps(row, order)
    for by in combinations_with_replacement(range(len(row.inputs)), order):
        exact, ours = row.exact(0, by), _ours(steps[_place(0, by, len(row.inputs))], row)
        if not ours.agrees(exact):
            name = labels.derivative(y, [row.inputs[i] for i in by])
            note = f"of {record.written(node)}: the partials of {node.op} have a wrong slope"
            got = float(ours.exact.number)
            error = wrong("wrong rule", name, got, exact, note=note, tolerance="2⁻²⁰ relative")
            error.node, error.row, error.graph = y, node.op, node
            raise error


class Ours(NamedTuple):
    """A derivative as the sweeps compute it.

    Attributes:
        exact: The derivative if all steps are done at fifty digits.
        terms: Σ|adjoint·value| over its nodes. Times one rounding, that is how far a float may be
            off.
    """

    exact: Settled
    terms: float

    def agrees(self, exact: Settled) -> bool:
        """Whether ``exact`` is the truth, but for the rounding of the graph's constants.

        If one of the two is unknown, finite terms are enough: a branch that is not taken may have
        a pole.
        """
        finite = math.isfinite(self.terms)
        if not (exact.known and self.exact.known):
            return finite
        rounding = CONSTANTS * self.terms if finite else 0.0
        return close(float(self.exact.number), exact, ALIKE, rounding)


def _steps(record: Recorded, order: int) -> list[Any]:
    """All derivatives of this order, laid end to end: Values whose graphs are the sweeps' steps."""
    leaves = [Value(x, called) for x, called in zip(record.point, record.inputs, strict=True)]
    return _differentiated(record.flat, order)(leaves)


def _ours(derivative: Any, record: Recorded) -> Ours:
    """The derivative at fifty digits, by the recorded steps that lead to it, and its terms."""
    if not isinstance(derivative, Value):
        return Ours(Settled(mpmath.mpf(derivative)), abs(derivative))
    graph = Graph.of(derivative)
    known = dict(zip(record.inputs, map(mpmath.mpf, record.point), strict=True))
    inputs = [known.get(node.name, node.data) for node in graph.inputs]
    exact = truth.settle(lambda: graph.outputs_of(graph.evaluate(MPMATH, inputs))[0])
    adjoints = reverse(topological(derivative), {derivative: 1.0}, edges, FLOAT.azmul)
    return Ours(exact, sum(abs(g) * (abs(v.data) + TINY) for v, g in adjoints.items()))

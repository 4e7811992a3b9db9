"""Where, in a batch, a number first stopped being finite."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

from ..graph import Graph
from ..namespaces.floats import FLOAT, unraising
from ..namespaces.text import show
from .opaque import is_opaque

NUMBERS = 1_000_000
"""So many numbers are searched at a time: 8 MB."""


class NonFinite(NamedTuple):
    """The first node that is infinite or NaN, or hands on such a slope. It prints as a sentence.

    Attributes:
        name: What the node is called. Nodes without a name are v1, v2, …
        formula: How it is computed, in the names of its operands; "" for an input.
        example: Which example of the batch: an index for each of its axes; () if all arguments are
            numbers.
        where: "value" or "gradient".
        number: The node's number; in a gradient, the slope that is not finite.
        operands: The numbers of its operands, by name.
    """

    name: str
    formula: str
    example: tuple[int, ...]
    where: str
    number: float
    operands: dict[str, float]

    def __str__(self) -> str:
        said = f"{self.name}{f' = {self.formula}' * bool(self.formula)}"
        if self.where == "gradient":
            said = f"the slope of {said}"
        at = ", ".join(f"{name} = {x!r}" for name, x in self.operands.items())
        place = self.example[0] if len(self.example) == 1 else self.example
        return (
            f"{said} is {show(self.number)}"
            + f" at {at}" * bool(at)
            + f", in example {place}" * bool(self.example)
        )


def found_in(graph: Graph, inputs: Sequence[Any]) -> NonFinite | None:
    """The first number that is not finite, among the values, or else among the slopes.

    Args:
        graph: A graph of numbers.
        inputs: A float, or an array, for each of its inputs.

    Raises:
        ValueError: If the arrays do not broadcast together.
    """
    if {*map(type, inputs)} <= {float}:
        return _at(graph, inputs, ())
    import numpy as np

    from .batches import broadcast, runs

    wide, shape = broadcast(inputs)
    if 0 in shape:
        return None
    if any(op and is_opaque(op) for op in graph.nodes.ops):
        each = (_at(graph, _point(wide, i), i) for i in np.ndindex(shape))
        bad = [found for found in each if found]
        return next((found for found in bad if found.where == "value"), next(iter(bad), None))
    for where in ("value", "gradient"):
        for place in runs(shape, max(1, NUMBERS // len(graph.nodes))):
            block = [
                x if type(x) is float else np.require(x[place], float, ["C", "A"]) for x in wide
            ]
            bad = _any(graph, block, where)
            if bad is not None and bad.any():
                whole = np.arange(np.prod(shape)).reshape(shape)[place]
                first = whole[np.broadcast_to(bad, whole.shape)][0]
                example = tuple(map(int, np.unravel_index(first, shape)))
                return _at(graph, _point(wide, example), example)
    return None


def _point(inputs: Sequence[Any], example: tuple[int, ...]) -> list[float]:
    return [x if type(x) is float else float(x[example]) for x in inputs]


def _any(graph: Graph, inputs: Sequence[Any], where: str) -> Any:
    """Which examples of a block have a number that is not finite; None if none has."""
    import numpy as np

    from ..namespaces.array import NUMPY

    with NUMPY.quiet():
        work: Any = graph.evaluate(NUMPY, inputs)
        taken = _taken(NUMPY, graph, work)
        if where == "gradient":
            if len(graph.places) != 1:
                return None
            work = graph.adjoints(NUMPY, work)
            taken = dict.fromkeys(work, True)
    found: Any = None
    for i, there in taken.items():
        bad = there & ~np.isfinite(np.asarray(work[i], dtype=float))
        if bad.any():
            found = bad if found is None else found | bad
    return found


def _taken(xp: Any, graph: Graph, work: Sequence[Any]) -> dict[int, Any]:
    """For each node that an output was computed from, in which examples it was.

    A branch of ``where`` that is not taken may be infinite or NaN, and does no harm.
    """
    found: dict[int, Any] = dict.fromkeys(graph.places, True)
    steps = list(graph.nodes.steps())
    for i in range(len(work) - 1, -1, -1):
        op, args = steps[i]
        if op is None or i not in found:
            continue
        slopes: Sequence[Any] = ()
        if op.choice:
            numbers = [work[k] if type(k) is int else k for k in args]
            slopes = xp.partials(op, work[i], numbers)
        for place, k in enumerate(args):
            if type(k) is int:
                chosen = not slopes or not op.slope_in(place) or slopes[place] != 0
                found[k] = found.get(k, False) | (found[i] & chosen)
    return found


def _at(graph: Graph, inputs: Sequence[float], example: tuple[int, ...]) -> NonFinite | None:
    """As ``found_in``, at one point."""
    waiting, work = iter(inputs), list[float]()
    steps = list(graph.nodes.steps())
    for op, args in steps:
        numbers = [work[k] if type(k) is int else k for k in args]
        work.append(unraising(op, numbers) if op else next(waiting))

    def told(i: int, where: str, number: float) -> NonFinite:
        node = graph.nodes[i]
        named = {graph.nodes.name(k): work[k] for k in node.args if type(k) is int}
        return NonFinite(node.name, graph.formula(node), example, where, number, named)

    taken = _taken(FLOAT, graph, work)
    for i, y in enumerate(work):
        if not isfinite(y) and taken.get(i):
            return told(i, "value", y)
    if len(graph.places) != 1:
        return None
    adjoints = graph.adjoints(FLOAT, work)
    for i in sorted(adjoints, reverse=True):
        op, args = steps[i]
        numbers = [work[k] if type(k) is int else k for k in args]
        slopes = FLOAT.partials(op, work[i], numbers) if op else ()
        terms = [
            FLOAT.azmul(adjoints[i], d)
            for place, (k, d) in enumerate(zip(args, slopes, strict=False))
            if type(k) is int and op and op.slope_in(place) and (d or not op.choice)
        ]
        for x in (adjoints[i], *terms):
            if not isfinite(x):
                return told(i, "gradient", x)
    return None

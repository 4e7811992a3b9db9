"""Where a graph may be tested: it is defined all around, of ordinary size, and away from kinks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import inf
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ...core import Primitive
from ...engine.value import Value
from ...graph import Graph
from ...namespaces.floats import FLOAT
from .number import floats_from, usual_ranges

LARGEST = 1e4
"""At its point a graph has no larger node, partial, or growth of a rounding error."""

TINY = 1e-30
"""Smaller numbers, other than 0, may soon underflow."""

HALVINGS = 30
"""How often a point that is not sound is tried again, half the way nearer to the recorded point."""


def has_kinks(row: Primitive) -> bool:
    """Whether the row's slope jumps anywhere: it is a step, a choice, or states its kinks."""
    return row.step or row.choice or row.kink is not None


def interior(row: Primitive, operands: Sequence[float]) -> bool:
    """Whether a row is defined at these operands, and if each is a little larger or smaller."""
    near: Any = _moved(row, operands, 1e-6)
    return row.vectors > 0 or all(xs in row.domain for three in near for xs in three)


def _moved(row: Primitive, operands: Sequence[float], h: float) -> Iterator[list[list[float]]]:
    """For each operand that is not static the operands with more, as much, and less of it."""
    for i, x in enumerate(operands):
        if row.vectors or row.arguments[i] not in row.static:
            step = h * max(1.0, abs(x))
            yield [[*operands[:i], x + d, *operands[i + 1 :]] for d in (step, 0.0, -step)]


def recorded(
    row: Primitive, operands: Sequence[Any], errors: Mapping[Value, float], margin: float = 0.0
) -> tuple[Any, float, float]:
    """A node of the row at Values and floats, the strain of this step, and its rounding error.

    The strain says how badly conditioned the step is. It is infinite or NaN if the row is not
    defined around the operands, or has a kink within ``margin``; if it has no slope there, if all
    digits are lost, or if numbers underflow; and if the value and all slopes of a row without kinks
    are 0: they may have underflowed, or the row may be at a corner, as hypot is at 0. Rounding
    errors are in units of 2⁻⁵³; ``errors`` has those of computed nodes.
    """
    numbers, y = [x.data if isinstance(x, Value) else x for x in operands], None
    clear = not margin or (_clear(row, numbers, margin) and _decided(row, operands, margin))
    if clear and interior(row, numbers):
        with suppress(ArithmeticError, ValueError, NotImplementedError):  # an overflow, or no atom
            y = row(*row.arrange(operands))
    if not isinstance(y, Value):
        return None, inf, inf
    sizes = [abs(y.data), *map(abs, y.partials)]
    before = [errors.get(x, abs(x.data)) for x in y.parents]
    error = sizes[0] + sum(d * e for d, e in zip(sizes[1:], before, strict=True))
    flat = not any(sizes) and not has_kinks(row)
    if flat or any(0 < size < TINY for size in sizes):
        return y, inf, error
    return y, sum(sizes) + (error / abs(y.data) if y.data else inf if error else 0.0), error


def _clear(row: Primitive, operands: Sequence[float], margin: float) -> bool:
    """Whether the row has no kink within ``margin`` of these operands.

    It has none if its ``kink`` keeps its sign, and does not jump, when an operand moves that far.
    """
    for near in _moved(row, operands, margin) if row.kink else ():
        try:
            kinks = (row.kink(FLOAT, *row.arrange(xs)) for xs in near)  # type: ignore[misc]  # rows without a kink are not moved
            up, here, down = kinks
        except (ArithmeticError, ValueError):
            return False
        if not (min(up, here, down) > 0 or max(up, here, down) < 0):
            return False
        if abs(up - 2 * here + down) > max(abs(up), abs(here), abs(down)) / 2:
            return False  # a remainder falls from b to 0 at its kink, and keeps its sign
    return True


def _decided(row: Primitive, operands: Sequence[Any], margin: float) -> bool:
    """Whether no condition of the row is a number near 0, at which it turns from true to false.

    The result of a step, such as a comparison, has its kinks elsewhere.
    """
    return not any(
        isinstance(x, Value) and not (x.op and x.op.step) and abs(x.data) <= margin
        for name, x in zip(row.arguments, operands, strict=False)
        if name in row.static and (row.choice or row.step)
    )


def strain_at(graph: Graph, point: Sequence[float], margin: float = 0.0) -> float:
    """The largest strain of a graph's nodes at a point; infinite if a node is not sound there."""
    inputs, errors, largest = iter(point), dict[Value, float](), 0.0
    work: list[Any] = []
    for node in graph.nodes:
        if node.op is None:
            work.append(Value(next(inputs)))
            continue
        operands = [work[i] if type(i) is int else i for i in node.args]
        y, strain, error = recorded(node.op, operands, errors, margin)
        if not strain < inf:
            return inf
        work.append(y)
        errors[y], largest = error, max(largest, strain)
    return largest


@st.composite
def points_for(draw: st.DrawFn, graph: Graph, *, margin: float = 0.0) -> tuple[float, ...]:  # noqa: D417  # draw is not the caller's
    """A strategy for points at which every node of a graph is defined and has a slope.

    A point is a tuple of a number for each input. At it, every number and slope is finite, and not
    much larger than at the point at which the graph was recorded.

    Args:
        graph: The graph.
        margin: How far to stay from kinks: a part of each operand, or of 1 if that is larger.

    Example:
        >>> from hypothesis import find
        >>> from micrograph import Graph, Value, log
        >>> formula = Graph.of(log(Value(3.0, "x")))
        >>> find(points_for(formula), lambda point: formula(*point) > 1)
        (3.0,)
    """
    start = [node.data for node in graph.inputs]
    at_start = strain_at(graph, start)
    largest = max(100 * LARGEST, at_start if at_start < inf else 0.0)
    points = st.tuples(*map(_coordinate, start))
    for _ in range(3):
        point = draw(points)
        for _ in range(HALVINGS):
            if strain_at(graph, point, margin) <= largest:
                return point
            point = tuple((x + x0) / 2 for x, x0 in zip(point, start, strict=True))
    reject()


def _coordinate(x0: float) -> SearchStrategy[float]:
    """Numbers for an input: ordinary ones, and as often some near its recorded number."""
    reach, some = max(1.0, abs(x0)), usual_ranges(-inf, inf)
    return floats_from(some + [(x0 - reach, x0 + reach)] * len(some))

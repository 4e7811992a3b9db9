"""Where a graph may be tested: it is defined all around, of ordinary size, and away from kinks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import Any

from ..core import Primitive
from ..graph import Graph
from ..namespaces.floats import FLOAT

TINY = 1e-30
"""Smaller numbers, other than 0, may soon underflow."""


def interior(row: Primitive, operands: Sequence[float]) -> bool:
    """Whether a row is defined at these operands, and if each is a little larger or smaller."""
    moved: Iterator[Any] = (
        [*operands[:i], x + h * max(1.0, abs(x)), *operands[i + 1 :]]
        for i, x in enumerate(operands)
        if not row.vectors and row.arguments[i] not in row.static
        for h in (0.0, -1e-6, 1e-6)
    )
    return all(xs in row.domain for xs in moved)


def strain(
    row: Primitive, y: float, partials: Sequence[float], errors: Iterable[float]
) -> tuple[float, float]:
    """How badly conditioned this step is, and its accumulated rounding error.

    A graph is kept only while the strain of its steps is small. The strain is infinite or NaN if
    there is no slope, if all digits are lost, or if numbers underflow. It is infinite, too, if the
    value and all slopes of a row without kinks are 0: they may have underflowed, or the row may be
    at a corner, as hypot is at 0.

    Args:
        row: The row.
        y: Its value.
        partials: Its partials.
        errors: The rounding errors of its operands, in units of 2⁻⁵³.

    Returns:
        The strain, and the rounding error of y in units of 2⁻⁵³.
    """
    sizes = [abs(y), *map(abs, partials)]
    error = sizes[0] + sum(d * e for d, e in zip(sizes[1:], errors, strict=True))
    flat = not any(sizes) and not has_kinks(row)
    if flat or any(0 < size < TINY for size in sizes):
        return inf, error
    return sum(sizes) + (error / abs(y) if y else inf if error else 0.0), error


def has_kinks(row: Primitive) -> bool:
    """Whether the row's slope jumps anywhere: it is a step, a choice, or states its kinks."""
    return row.step or row.choice or row.kink is not None


def strain_at(graph: Graph, point: Sequence[float], margin: float = 0.0) -> float:
    """The largest strain of a graph's nodes at a point; infinite if a node is not sound there.

    Args:
        graph: The graph.
        point: A number for each input.
        margin: A node that is nearer to a kink than this is not sound.

    Cost:
        One evaluation of all partials.
    """
    try:
        work = graph.evaluate(FLOAT, point)
    except (ArithmeticError, ValueError):
        return inf
    errors: list[float] = []
    largest = 0.0
    for node, y in zip(graph.nodes, work, strict=True):
        if node.op is None:
            errors.append(abs(y))
            continue
        operands = [work[i] if type(i) is int else i for i in node.args]
        if not interior(node.op, operands) or (margin and not clear(node.op, operands, margin)):
            return inf
        partials = FLOAT.partials(node.op, y, operands)
        slopes, before = zip(
            *((d, errors[i]) for d, i in zip(partials, node.args, strict=True) if type(i) is int),
            strict=True,
        )
        size, error = strain(node.op, y, slopes, before)
        if not size < inf:
            return inf
        errors.append(error)
        largest = max(largest, size)
    return largest


def clear(row: Primitive, operands: Sequence[float], margin: float) -> bool:
    """Whether the row has no kink within ``margin`` of these operands.

    It has none if its ``kink`` keeps its sign, and does not jump, when an operand moves that far.
    """
    if row.kink is None:
        return True
    here = row.kink(FLOAT, *row.arrange(operands))
    for i, x in enumerate(operands):
        h = margin * max(1.0, abs(x))
        moved = [
            [*operands[:i], x + h, *operands[i + 1 :]],
            [*operands[:i], x - h, *operands[i + 1 :]],
        ]
        try:
            up, down = (row.kink(FLOAT, *row.arrange(xs)) for xs in moved)
        except (ArithmeticError, ValueError):
            return False
        if not (min(up, here, down) > 0 or max(up, here, down) < 0):
            return False
        if abs(up - 2 * here + down) > max(abs(up), abs(here), abs(down)) / 2:
            return False  # a remainder falls from b to 0 at its kink, and keeps its sign
    return True

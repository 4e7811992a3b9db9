"""Nodes that are vectors, computed and swept in any namespace.

A row of numbers applied to a vector is applied to each element, and a single number among its
operands goes with every element. A row of vectors, such as dot, goes along the last axis. The
elements of a vector are in C order.

Some namespaces hold a vector as one number (``Namespace.holds_vectors``), as arrays and symbols do.
There a row is applied once. In the others a vector is a ``Vector`` of its numbers, and a row is
applied to each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from itertools import repeat
from math import prod
from operator import add
from typing import Any

from ..core import TABLE, Primitive
from ..namespaces.floats import FLOAT, unraising
from .node import PICK, Nodes

SUM = TABLE["sum"]

Shape = tuple[int, ...]
Apply = Callable[[Primitive, Sequence[Any]], Any]
"""A row at operands, laid end to end: the number."""


class Vector(list[Any]):
    """The numbers of a vector, in a namespace that has no vectors. Sums are those of elements."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        return Vector(map(add, self, other))


def shapes(nodes: Nodes, i: int) -> list[Shape]:
    """The shapes of the operands of node i. A constant has the shape ()."""
    return [nodes.shape(k) if type(k) is int else () for k in nodes.args(i)]


def value(xp: Any, nodes: Nodes, i: int, operands: Sequence[Any], apply: Apply) -> Any:
    """The number or vector at node i, of which an operand or the result is a vector.

    Args:
        xp: The namespace to compute in.
        nodes: The nodes of the graph.
        i: The node.
        operands: The numbers and vectors at its operands.
        apply: What applies a row to numbers, if the namespace has no vectors.
    """
    op, places = nodes.ops[i], nodes.wide[i].places if i in nodes.wide else ()
    assert op is not None
    return computed(xp, op, operands, shapes(nodes, i), nodes.shape(i), places, apply)


def computed(
    xp: Any,
    op: Primitive,
    operands: Sequence[Any],
    given: Sequence[Shape],
    shape: Shape,
    places: Sequence[int],
    apply: Apply,
) -> Any:
    """The number or vector of a node, as ``value``, from the node's parts.

    Args:
        xp: The namespace to compute in.
        op: The row, or ``PICK``.
        operands: The numbers and vectors at the operands.
        given: The shapes of the operands.
        shape: The shape of the result.
        places: The places of a ``PICK``.
        apply: What applies a row to numbers, if the namespace has no vectors.
    """
    if op is PICK:
        return pick(xp, operands, given, places, shape)
    if xp.holds_vectors:
        if op.vectors:
            return xp.along(op, _beside(xp, operands, given))
        return xp.value(op, _aligned(xp, operands, given, shape))
    if not op.vectors:
        return Vector([apply(op, xs) for xs in _columns(operands, prod(shape))])
    found = [apply(op, line) for line in _lines(operands, prod(shape))]
    return Vector(found) if shape else found[0]


def failing(
    nodes: Nodes, i: int, operands: Sequence[Any], apply: Apply
) -> tuple[list[str | float], list[float]]:
    """The operands of the first element of node i that can't be computed: names, and numbers."""
    op, size = nodes.ops[i], prod(nodes.shape(i))
    assert op is not None
    names: list[Any] = []
    for k, x in zip(nodes.args(i), operands, strict=True):
        called = nodes.name(k) if type(k) is int else k
        wide = type(x) is Vector
        names.append(Vector(f"{called}[{e}]" for e in range(len(x))) if wide else called)
    cut: Callable[..., Sequence[Any]] = _lines if op.vectors else _columns
    for called, xs in zip(cut(names, size), cut(operands, size), strict=True):
        try:
            apply(op, xs)
        except (ValueError, ArithmeticError):
            return list(called), list(xs)
    raise AssertionError("no element failed")


def _aligned(xp: Any, operands: Sequence[Any], given: Sequence[Shape], shape: Shape) -> list[Any]:
    """The operands of a node of this shape, each such that a whole namespace can broadcast it."""
    pairs = zip(operands, given, strict=True)
    return [x if s else xp.aligned(x, len(shape)) for x, s in pairs]


def _beside(xp: Any, vectors: Sequence[Any], given: Sequence[Shape]) -> list[Any]:
    """Vectors beside a matrix: in a batch, each gets the matrix's axes of lines, of length 1."""
    rank = max(map(len, given))
    found = []
    for x, shape in zip(vectors, given, strict=True):
        if len(shape) < rank and len(x.shape) > len(shape):
            places = range(prod(shape))
            x = xp.pick([x], [len(shape)], places, ((1,) * (rank - len(shape)) + shape))
        found.append(x)
    return found


def _columns(operands: Sequence[Any], size: int) -> list[tuple[Any, ...]]:
    """The operands of each element: a number goes with every element."""
    return list(zip(*(x if type(x) is Vector else repeat(x, size) for x in operands), strict=True))


def _lines(operands: Sequence[Vector], m: int) -> list[list[Any]]:
    """The operands of each of m applications of a row of vectors, laid end to end."""
    n = min(map(len, operands)) if m == 1 else max(map(len, operands)) // m
    cut = [[x[r * n : (r + 1) * n] if len(x) > n else x for x in operands] for r in range(m)]
    return [[e for x in line for e in x] for line in cut]


def pick(
    xp: Any, operands: Sequence[Any], given: Sequence[Shape], places: Any, shape: Shape
) -> Any:
    """The elements of the operands, laid end to end, at these places; 0.0 at the place −1."""
    if xp.holds_vectors:
        return xp.pick(operands, list(map(len, given)), places, shape)
    joined = [e for x in operands for e in (x if type(x) is Vector else (x,))]
    found = [joined[k] if k >= 0 else 0.0 for k in places]
    return Vector(found) if shape else found[0]


def filled(xp: Any, x: Any, shape: Shape) -> Any:
    """A number as a vector of this shape: each element is the number."""
    if not shape:
        return x
    if xp.holds_vectors:
        return xp.filled(xp.aligned(x, len(shape)), shape)
    return Vector([x] * prod(shape))


def edges(
    xp: Any, nodes: Nodes, i: int, work: Sequence[Any], times: Callable[[Any, Any], Any]
) -> Iterator[tuple[int, Callable[[Any], Any]]]:
    """The operands that node i may have a slope in, each with what it gets in a reverse sweep.

    Args:
        xp: The namespace to compute in.
        nodes: The nodes of the graph.
        i: The node, of which an operand or the result is a vector.
        work: The numbers and vectors at all nodes.
        times: The product of an adjoint and a partial.

    Yields:
        The place of the operand among the nodes, and a function from the adjoint of node i to the
        term that the operand's adjoint gets.
    """
    op, args, shape, given = nodes.ops[i], nodes.args(i), nodes.shape(i), shapes(nodes, i)
    assert op is not None
    if op is PICK:
        offset = 0
        for k, s in zip(args, given, strict=True):
            if type(k) is int:
                yield k, partial(_put, xp, nodes.wide[i].places, shape, offset, s)
            offset += prod(s)
        return
    operands = [work[k] if type(k) is int else k for k in args]
    wide = max(given, key=len) if op.vectors else shape  # of a term, before the operand's is made
    ds = _partials(xp, op, work[i], operands, given, shape)
    for p, (k, d) in enumerate(zip(args, ds, strict=True)):
        if type(k) is int and op.slope_in(p):
            yield k, partial(_term, xp, times, d, op.vectors > 0, wide, nodes.shape(k))


def _partials(
    xp: Any, op: Primitive, y: Any, operands: Sequence[Any], given: Sequence[Shape], shape: Shape
) -> Sequence[Any]:
    """∂y/∂operand for each operand: a vector, or one number for all elements."""
    if xp.holds_vectors and op.vectors:
        vectors: Sequence[Any] = xp.along_partials(op, y, _beside(xp, operands, given))
        return vectors
    if xp.holds_vectors:
        numbers: Sequence[Any] = xp.partials(op, y, _aligned(xp, operands, given, shape))
        return numbers
    ys = y if shape else [y]
    if not op.vectors:
        rows = [
            xp.partials(op, *pair) for pair in zip(ys, _columns(operands, len(ys)), strict=True)
        ]
        return [Vector(column) for column in zip(*rows, strict=True)]
    rows = [xp.partials(op, *pair) for pair in zip(ys, _lines(operands, len(ys)), strict=True)]
    n = len(rows[0]) // op.vectors
    return [Vector(d for row in rows for d in row[p * n : (p + 1) * n]) for p in range(op.vectors)]


def _term(
    xp: Any,
    times: Callable[[Any, Any], Any],
    d: Any,
    along: bool,
    wide: Shape,
    to: Shape,
    g: Any,
) -> Any:
    """The adjoint g of a node times its partials d, of the shape ``wide``, summed to the operand.

    Args:
        xp: The namespace to compute in.
        times: The product of an adjoint and a partial.
        d: The partials.
        along: Whether the node's row goes along the last axis, so that g lacks that axis.
        wide: The shape of the partials.
        to: The shape of the operand.
        g: The adjoint of the node.
    """
    if xp.holds_vectors:
        return _fitted(xp, times(xp.repeated(g, wide[-1]) if along else g, d), wide, to)
    n = wide[-1] if along else 1
    adjoints = [e for e in (g if type(g) is Vector else [g]) for _ in range(n)]
    return _fitted(xp, Vector(map(times, adjoints, d)), wide, to)


def _fitted(xp: Any, term: Any, shape: Shape, to: Shape) -> Any:
    """A term of the shape of a node, summed to the shape of an operand that was repeated."""
    if xp.holds_vectors:
        term = xp.filled(term, shape)
    if shape == to:
        return term
    n = prod(to)
    m = prod(shape) // n
    if not xp.holds_vectors:
        found = [reduce(add, term[e::n]) for e in range(n)]
        return Vector(found) if to else found[0]
    if to or len(shape) > 1:
        turned = [r * n + e for e in range(n) for r in range(m)]
        term = pick(xp, [term], [shape], turned, (*to, m))
    return xp.along(SUM, [term])


def _put(xp: Any, places: Any, shape: Shape, offset: int, to: Shape, g: Any) -> Any:
    """The adjoint of one operand of a pick: each element has the adjoints of where it went.

    Args:
        xp: The namespace to compute in.
        places: The places of the pick.
        shape: The shape of the pick.
        offset: Where the operand begins among all operands laid end to end.
        to: The shape of the operand.
        g: The adjoint of the pick.
    """
    went: list[list[int]] = [[] for _ in range(prod(to))]
    for i, k in enumerate(places):
        if 0 <= k - offset < len(went):
            went[k - offset].append(i)
    if not xp.holds_vectors:
        adjoints = g if shape else [g]
        found = [reduce(add, [adjoints[i] for i in at]) if at else 0.0 for at in went]
        return Vector(found) if to else found[0]
    sums, place, start = [], [-1] * len(went), 0
    for often in sorted({len(at) for at in went} - {0}):  # elements that went equally often
        alike = [e for e, at in enumerate(went) if len(at) == often]
        at = [i for e in alike for i in went[e]]
        some = pick(xp, [g], [shape], at, (len(alike), often) if often > 1 else (len(alike),))
        sums.append(xp.along(SUM, [some]) if often > 1 else some)
        for e in alike:
            place[e], start = start, start + 1
    if not sums:  # of this operand nothing was picked
        return filled(xp, 0.0, to)
    return pick(xp, sums, [(1,)] * len(sums), place, to)


def _compute(nodes: Nodes) -> None:
    """Fill in the numbers of nodes that are not known yet. They follow IEEE 754 at poles."""
    numbers, wide = nodes._data, nodes.wide
    for i in nodes.unknown:
        op, args = nodes.ops[i], nodes.args(i)
        assert op is not None
        if i not in nodes.vectorial:
            numbers[i] = unraising(op, [numbers[k] if type(k) is int else k for k in args])
            continue
        data = [
            (Vector(wide[k].data) if nodes.shape(k) else numbers[k]) if type(k) is int else k
            for k in args
        ]
        y = value(FLOAT, nodes, i, data, unraising)
        if i in wide:
            wide[i] = wide[i]._replace(data=tuple(y) if nodes.shape(i) else y)
        if not nodes.shape(i):
            numbers[i] = y
    nodes.unknown = []


Nodes.compute = staticmethod(_compute)

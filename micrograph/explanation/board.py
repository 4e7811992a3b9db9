"""``explain(J)``: the forward sweep and the backward sweep, line by line, as at the board."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import Any

from ..namespaces.text import LONG
from .explained import Line, Lines, equations, line, plain
from .notation import PLAIN, Notation
from .slopes import Slope, Written, rewritten
from .swept import Swept

Users = dict[int, list[int]]
"""The nodes that were computed from each node, along edges with a slope."""


def board(notation: Notation, swept: Swept, limit: int | None) -> Lines:
    """The lines of ``explain(J)``.

    Args:
        notation: What the lines are written in.
        swept: The graph.
        limit: The most nodes whose lines are written in each sweep. None writes all.
    """
    written = Written(notation, swept)
    root = swept.outputs[0]
    J = swept.names[root]
    yield "Forward sweep:"
    leaves = [i for i, row in enumerate(swept.ops) if row is None]
    known = [(notation.name(swept.names[i]), notation.shown(swept.data[i])) for i in leaves[:limit]]
    labels = written.labels.items()
    known += [(notation.name(name), notation.shown(x)) for name, x in labels]
    for at in range(0, len(known), LONG):
        yield equations(*known[at : at + LONG])
    if len(known) < len(leaves):
        yield _left_out(notation, len(leaves) - len(known), J)
    computed = [i for i, row in enumerate(swept.ops) if row is not None]
    for i in _cut(computed, limit):
        yield _left_out(notation, -i, J) if i < 0 else _forward(written, i)
    adjoint, of = (notation.inline(x) for x in (notation.adjoint("x"), notation.derivative(J, "x")))
    yield f"Backward sweep, where {adjoint} stands for {of}:"
    users = _users(swept)
    inner = [i for i in reversed(computed) if i != root]
    for i in _cut([*inner, *(i for i in leaves if i != root)], limit):
        if i < 0:
            yield _left_out(notation, -i, J)
        else:
            yield from _backward(written, users, i)


def lines_of_nodes(
    swept: Swept, forward: Iterable[int], backward: Iterable[int]
) -> tuple[dict[int, str], dict[int, str]]:
    """Lines of ``explain(J)`` by node, as plain text, for what shows one node at a time.

    Args:
        swept: The graph, of one output and without vectors.
        forward: Computed nodes, whose lines of the forward sweep are wanted.
        backward: Nodes, whose lines of the backward sweep are wanted. There may be several lines.
    """
    written, users = Written(PLAIN, swept), _users(swept)
    return (
        {i: plain(_forward(written, i)) for i in forward},
        {k: "\n".join(map(plain, _backward(written, users, k))) for k in backward},
    )


def _left_out(notation: Notation, n: int, J: str) -> str:
    what = notation.inline(notation.name(J))
    return (
        f"{notation.ellipsis} {n} nodes are left out; explain({what}, limit=None) writes all lines"
    )


def _cut(nodes: Sequence[int], limit: int | None) -> Sequence[int]:
    """The nodes. Of more than ``limit``, the first and last; between them −n for n left out."""
    if limit is None or len(nodes) <= limit:
        return nodes
    last = limit // 2
    first = limit - last
    return [*nodes[:first], -(len(nodes) - limit), *nodes[len(nodes) - last :]]


def _users(swept: Swept) -> Users:
    users: Users = {}
    for i in range(len(swept)):
        for k, _, _ in swept.slopes(i):
            above = users.setdefault(k, [])
            if not above or above[-1] != i:
                above.append(i)
    return users


def _forward(written: Written, i: int) -> Line:
    """``u = b·c = 3·2 = 6``."""
    name, value = written.symbol(i), written.notation.shown(written.swept.data[i])
    many = len(written.swept.operands[i]) > LONG * 2
    filled = [] if many else [written.filled(i)]
    return line(name, written.formula(i), *filled, value)


def _backward(written: Written, users: Users, k: int) -> Iterator[Line | str]:
    """The line of dk, after lines of the slopes that it needs."""
    notation, swept = written.notation, written.swept
    assert swept.adjoints is not None
    above = [i for i in reversed(users.get(k, ())) if i == swept.outputs[0] or i in users]
    terms, numbers, forgotten = [], [], False
    for i in above:
        slope = written.slopes(i)[k]
        g = swept.adjoints[i]
        forgotten |= not g and not isfinite(slope.number)
        yield from _slope(written, i, k, slope)
        symbol, number = _term(written, i, k, slope)
        terms.append(symbol)
        numbers.append(number)
    sides: list[Any] = [notation.total(terms)] if terms else []
    short = _rewritten(written, users, k, above)
    if short:
        sides += short
    elif terms:
        sides.append(notation.total(numbers))
    yield line(notation.adjoint(swept.names[k]), *sides, notation.shown(swept.adjoints[k]))
    if forgotten:
        yield "there 0 times an infinite or NaN slope is taken to be 0"


def _slope(written: Written, i: int, k: int, slope: Slope) -> Iterator[Line]:
    """A line for ∂i/∂k, if it is more than a symbol and is a factor of a product."""
    swept, notation = written.swept, written.notation
    if slope.single or (i == swept.outputs[0] and slope.symbol is not None):
        return
    of = notation.derivative(swept.names[i], swept.names[k], only=False)
    yield line(of, *slope.sides, notation.shown(slope.number))


def _term(written: Written, i: int, k: int, slope: Slope) -> tuple[Any, Any]:
    """What node i hands to its operand k: in symbols, and in numbers."""
    swept, notation = written.swept, written.notation
    number = notation.number(slope.number)
    symbol = slope.symbol
    if symbol is None:
        of = notation.derivative(swept.names[i], swept.names[k], only=False)
        symbol = notation.of(of)
    if i == swept.outputs[0]:  # its adjoint is 1
        return symbol, number if slope.filled is None else slope.filled
    assert swept.adjoints is not None
    g, adjoint = notation.adjoint(swept.names[i]), notation.number(swept.adjoints[i])
    if slope.single and slope.symbol is slope.filled and abs(slope.number) == 1:
        if slope.number == 1:
            return g, adjoint
        return notation.xp.neg(g), notation.number(-swept.adjoints[i])
    if slope.single:
        return notation.product([symbol, g]), notation.product([number, adjoint])
    return notation.product([g, symbol]), notation.product([adjoint, number])


def _rewritten(written: Written, users: Users, k: int, above: Sequence[int]) -> list[Any] | None:
    """The sides that a listed rewrite adds to the line of dk, if one applies.

    It applies if k has one user, and that user has one user too.
    """
    swept, notation = written.swept, written.notation
    if len(above) != 1 or len(users.get(above[0], ())) != 1:
        return None
    (inner,), (outer,) = above, users[above[0]]
    found = rewritten(written, outer, inner)
    if not found:
        return None
    assert swept.adjoints is not None
    if outer == swept.outputs[0]:
        return list(found)
    symbol, filled = found
    g, adjoint = notation.adjoint(swept.names[outer]), notation.number(swept.adjoints[outer])
    return [notation.product([g, symbol]), notation.product([adjoint, filled])]

"""``mg.explain``: how a derivative comes about, by the chain rule."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

from ..engine.value import Value
from ..graph import Graph
from ..graph.node import PICK
from ..namespaces.printed import printable
from ..namespaces.text import listed
from .board import board
from .chain import chain
from .explained import Explanation, explanation
from .paths import Paths
from .swept import Swept, swept

PATHS, NODES, MOST = 8, 60, 100_000
"""How many paths, and nodes of a sweep, are written by default; and how many paths at most."""


def explain(
    J: Value | Graph, a: Value | str | None = None, limit: int | EllipsisType | None = ...
) -> Explanation:
    """How dJ/da comes about: the chain rule written out, in symbols and with numbers.

    With ``a``, every path from a to J is a product of slopes, and dJ/da is the sum of these. Below
    stand the formulas of the nodes on the paths, and their slopes. If there are more paths than
    ``limit``, those whose products are the largest in size are written. The others are counted and
    summed.

    Without ``a``, both sweeps are written in order, as at the board. There dx stands for dJ/dx. The
    lines of a long sweep are left out in its middle.

    The explanation is a string. It has ``latex`` and ``markdown``, and shows itself in a notebook.

    Args:
        J: The output: a Value, or a Graph with one output. The sweep is one of its own: it neither
            needs ``backward`` nor changes any ``.grad``.
        a: A node of the graph, or its name. Nodes without a name are called v1, v2, …
        limit: The most paths that are written (as a rule 8), or without ``a`` the most nodes of
            each sweep (as a rule 60). None writes all.

    Raises:
        TypeError: If J is no Value and no Graph, or a is neither a Value nor a name.
        ValueError: If the graph has several outputs or vectors; if ``a`` is none of its nodes;
            if ``limit`` is below 1; or if it is None and there are over 100,000 paths.
        LookupError: If no node, or more than one, has that name.
        RuntimeError: If a leaf was assigned after its use.

    Cost:
        One reverse sweep, and a few more over the nodes between a and J.

    Example:
        >>> a, b, c = Value(5, "a"), Value(3, "b"), Value(2, "c")
        >>> u = (b * c).named("u")
        >>> v = (a + u).named("v")
        >>> J = (3 * v).named("J")
        >>> explain(J, b)
        dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6
        where
        J = 3·v, dJ/dv = 3
        v = a + u, dv/du = 1
        u = b·c, du/db = c = 2
    """
    if limit is not None and limit is not ... and (not isinstance(limit, int) or limit < 1):
        raise ValueError(f"explain: limit expects 1, 2 …, or None for no limit; got {limit!r}")
    graph = swept(J)
    _check(graph)
    if a is None:
        lines = NODES if limit is ... else limit
        return explanation(lambda notation: board(notation, graph, lines))
    paths = Paths(graph, _place(graph, a))
    if limit is None and paths.count > MOST:
        raise ValueError(f"explain: there are over {MOST} paths; give the limit that you can read")
    most = PATHS if limit is ... else paths.count if limit is None else limit
    shown = paths.largest(most)
    return explanation(lambda notation: chain(notation, graph, paths, shown))


def _check(graph: Swept) -> None:
    """Refuse what explanations have no words for: several outputs, and vectors."""
    if graph.adjoints is None and not any(graph.shapes):
        names = listed(printable(graph.names[i]) for i in graph.outputs)
        raise ValueError(f"explain expects one output, got {names}; choose one")
    for name, row, shape in zip(map(printable, graph.names), graph.ops, graph.shapes, strict=True):
        if shape or row is PICK:
            raise ValueError(
                f"explain writes numbers, and {name} is a vector or part of one; record the "
                "graph with Values: x = mg.values([…], 'x')"
            )


def _place(graph: Swept, a: Any) -> int:
    """The number of the node a."""
    if isinstance(a, str):
        found = [i for i, name in enumerate(graph.names) if name == a]
        if len(found) == 1:
            return found[0]
        known = listed(map(printable, dict.fromkeys(graph.names)))
        raise LookupError(f"{len(found) or 'no'} nodes are named {a!r}; there are {known}")
    J = printable(graph.names[graph.outputs[0]])
    if not isinstance(a, Value):
        raise TypeError(f"explain expects a node of {J}, or its name, got {a!r}")
    if a not in graph.places:
        why = f"{J} was not computed from it" if graph.places else "name a Graph's nodes"
        raise ValueError(f"explain: {a!r} is no node of the graph of {J}; {why}")
    return graph.places[a]

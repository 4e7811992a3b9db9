"""Reading a graph: its nodes in order, their names and slopes, and whether they are current."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING

from . import build, sweep

if TYPE_CHECKING:
    from .value import Value

topological = build.compiled.topological if build.compiled else sweep.topological
"""The nodes below some roots, parents first: ``sweep.topological``, at C speed if that is there."""


def names(order: Sequence[Value], given: Mapping[Value, str] | None = None) -> dict[Value, str]:
    """Each node's own name, else the one given, else v1, v2, … in topological order."""
    called = {node: node.name or (given or {}).get(node) for node in order}
    taken = set(called.values())
    free = (v for v in map("v{}".format, count(1)) if v not in taken)
    return {node: name or next(free) for node, name in called.items()}


def edges(node: Value) -> Iterable[tuple[Value, float]]:
    """The parents that a node has a slope in, each with the partial.

    None leads into a condition, into an arm not taken or out of a step: there even an infinite
    adjoint finds no slope.
    """
    row = node._op
    if row is not None and row.smooth:
        if len(node._parents) == 1:  # most are; a zip would take longer: 0.1 µs, 2026-11-24
            return ((node._parents[0], node._slopes[0]),)
        return zip(node._parents, node._slopes)  # noqa: B905  # those of constants are left over
    if row is None or row.step:
        return ()
    pairs = zip(node._parents, node.partials, strict=True)
    names = [n for n, x in zip(row.arguments, node.operands, strict=True) if type(x) is not float]
    return [
        (parent, d)
        for (parent, d), name in zip(pairs, names, strict=True)
        if name not in row.static and not (row.choice and d == 0)
    ]


def current(root: Value) -> list[Value]:
    """The nodes below ``root``, parents first, all recorded from their leaves' present data.

    Raises: RuntimeError where a leaf was assigned after its use.
    """
    order = topological(root)
    newest = max([node._time for node in order if node._op is None])
    for node in [node for node in order if node._time < newest]:
        if node._op is not None:
            for parent in node._parents:
                if parent._time > node._time and parent._op is None:
                    called = names(order)
                    raise RuntimeError(
                        f"{called[parent]}.data changed after {called[root]} was recorded; record "
                        f"again, or evaluate Graph.of({called[root]})({called[parent]}=…)"
                    )
    return order

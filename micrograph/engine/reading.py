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


live: set[Value] = set()
"""The inputs of all transforms under way, in any thread: what they differentiate by."""


def is_live(node: Value) -> bool:
    """Whether a transform under way may still ask for the node's derivative. Cost: one walk."""
    return node in live or not live.isdisjoint(topological(node))


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


def current(*roots: Value) -> list[Value]:
    """The nodes below the roots, parents first, all recorded from their leaves' present data.

    Raises: RuntimeError if a leaf was assigned after its use.
    """
    order = topological(*roots)
    newest = max([node._time for node in order if node._op is None], default=0)
    for node in [node for node in order if node._time < newest]:
        if node._op is not None:
            for parent in node._parents:
                if parent._time > node._time and parent._op is None:
                    called = names(order)
                    outdated = [root for root in roots if root._time < parent._time]
                    x, y = called[parent], called[outdated[0] if outdated else node]
                    raise RuntimeError(
                        f"{x}.data changed after {y} was recorded; record again"
                        + f", or evaluate Graph.of({y})({x}=…)" * bool(outdated)
                    )
    return order

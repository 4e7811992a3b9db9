"""Reading a graph: the nodes in order, their names and slopes, and whether they are current."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from ..annotation import TYPE_CHECKING, Any
from . import build, sweep

if TYPE_CHECKING:
    from .value import Value

topological = build.compiled.topological if build.compiled else sweep.topological
"""The roots and all nodes they were computed from, parents first: ``sweep.topological``.

It runs at C speed if the engine is compiled.
"""


def in_columns(roots: Sequence[Value], inputs: Sequence[Value]) -> tuple[Any, ...]:
    """The nodes that the roots were computed from, parents first, as flat arrays.

    Args:
        roots: The roots, which are among these nodes.
        inputs: Leaves that come first, in this order, also those that no root was computed from.

    Returns:
        For the nodes: their primitives; where the operands of each begin, and the last end; the
        operands, an index for a node and −1 − k for the k-th constant; the constants; the numbers;
        the names that were given, by node; the paths of their scopes, by node; and where the roots
        are.
    """
    order = list(dict.fromkeys([*inputs, *sweep.topological(*roots)]))
    index = {node: i for i, node in enumerate(order)}
    starts, operands, constants = array("q", [0]), array("q"), array("d")
    for node in order:
        for x in node.operands:
            if type(x) is float:
                operands.append(~len(constants))
                constants.append(x)
            else:
                operands.append(index[x])
        starts.append(len(operands))
    data = array("d", [node.data for node in order])
    named = {i: node.name for i, node in enumerate(order) if node.name}
    scopes = {i: node.scope for i, node in enumerate(order) if node.scope}
    places = [index[root] for root in roots]
    ops = [node.op for node in order]
    return ops, starts, operands, constants, data, named, scopes, places


columns = build.compiled.columns if build.compiled else in_columns
"""``in_columns``, at C speed if the engine is compiled: 0.14 µs a node (2026-11-26)."""


live: set[Value] = set()
"""The inputs of all transforms under way, in any thread: the nodes they differentiate by."""


def is_live(node: Value) -> bool:
    """Whether a transform under way may still ask for the node's derivative. Cost: one walk."""
    return node in live or not live.isdisjoint(topological(node))


traces: set[Any] = set()
"""The traces under way, in any thread. Each has the ``inputs`` that it traces, and ``decide``."""


def trace_of(node: Value) -> Any:
    """The trace under way that the node depends on, or None. Cost: one walk."""
    for trace in tuple(traces):
        if node in trace.inputs or not trace.inputs.isdisjoint(topological(node)):
            return trace
    return None


def read(node: Value, how: str, instead: str = "Use a row such as mg.floor") -> float:
    """The number of a node, to be read by Python code.

    Args:
        node: The node.
        how: What reads the number, for the message: ``int``.
        instead: What to do instead, for the message.

    Raises:
        TypeError: If a trace is under way that the node depends on: the number would be frozen.
    """
    trace = trace_of(node) if traces else None
    if trace is not None:
        trace.refuse(node, how, instead)
    return node.data


def names(order: Sequence[Value], given: Mapping[Value, str] | None = None) -> dict[Value, str]:
    """Each node's own name, else the name given for it, else v1, v2, … in topological order."""
    called = {node: node.name or (given or {}).get(node) for node in order}
    taken = set(called.values())
    free = (v for v in map("v{}".format, count(1)) if v not in taken)
    return {node: name or next(free) for node, name in called.items()}


def edges(node: Value, every_branch: bool = False) -> Iterable[tuple[Value, float]]:
    """The parents that a node has a slope in, each with the partial.

    Left out are edges without a slope: into a condition, into a branch not taken, out of a step
    function. So an infinite adjoint cannot leak through them.

    Args:
        node: The node.
        every_branch: Go into the branches of a choice that were not taken, too.
    """
    row = node._op
    if row is not None and row.dense:
        if len(node._parents) == 1:  # most nodes; a zip would take longer: 0.1 µs, 2026-11-24
            return ((node._parents[0], node._slopes[0]),)
        return zip(node._parents, node._slopes)  # noqa: B905  # slopes of constants are left over
    if row is None:
        return ()
    sloped = [row.slope_in(i) for i, x in enumerate(node.operands) if type(x) is not float]
    pairs = zip(node.parents, node.partials, sloped, strict=True)
    return [(x, d) for x, d, slope in pairs if slope and (every_branch or d or not row.choice)]


def sloped(node: Value, every_branch: bool = False) -> Iterable[Value]:
    """The parents that a node has a slope in, as ``edges`` has them.

    Partials are read only if the row is a choice.
    """
    row = node._op
    if row is None or row.choice:
        return [x for x, _ in edges(node, every_branch)]
    if row.dense:
        return node._parents
    places = [i for i, x in enumerate(node.operands) if type(x) is not float]
    return [x for x, i in zip(node.parents, places, strict=True) if row.slope_in(i)]


def current(*roots: Value) -> list[Value]:
    """The roots and all nodes they were computed from, parents first, if none is outdated.

    Raises:
        RuntimeError: If a leaf was assigned after its use.
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

"""The derivative of a Graph, computed in any namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..core import Namespace
from ..engine.recording import VALUE
from ..engine.sweep import reverse
from ..engine.value import Value
from .graph import Graph, Node


def derived(
    name: str, formula: Any, arguments: Sequence[str], point: Sequence[float]
) -> Callable[..., tuple[Any, ...]]:
    """The rule of a formula: ``(xp, y, *operands)`` → the partial derivative for each operand.

    The formula is recorded once, at ``point``. The rule evaluates the recorded graph at its
    operands and sweeps it in reverse. The graph holds both branches of every ``where``, and not
    only the branch that was taken at ``point``.
    """
    leaves = [Value(x, argument) for x, argument in zip(point, arguments, strict=True)]
    root = formula(VALUE, *leaves)
    if not isinstance(root, Value):
        return lambda xp, y, *operands: (0.0,) * len(operands)
    graph = Graph.of(root)
    inputs = {argument: i for i, argument in enumerate(arguments)}
    places = [inputs[node.name] for node in graph.inputs]

    def rule(xp: Namespace, y: Any, *operands: Any) -> tuple[Any, ...]:
        work = graph.evaluate(xp, [operands[i] for i in places])

        def edges(i: int) -> Iterator[tuple[int, tuple[Any, bool]]]:
            node = graph.nodes[i]
            if node.op:
                numbers = [work[k] if type(k) is int else k for k in node.args]
                for k, d in _slopes(xp, node, work[i], numbers):
                    yield k, (d, node.op.choice)

        def times(g: Any, slope: tuple[Any, bool]) -> Any:
            d, chosen = slope  # no slope in a branch not taken, even if the adjoint is infinite
            return xp.where(d == 0, 0.0, xp.azmul(g, d)) if chosen else xp.azmul(g, d)

        adjoints = reverse(range(len(work)), {len(work) - 1: 1.0}, edges, times)
        found = {
            node.name: adjoints.get(i, 0.0) for i, node in enumerate(graph.nodes) if not node.op
        }
        return tuple(found.get(argument, 0.0) for argument in arguments)

    rule.__name__ = f"partials_of_{name}"
    return rule


def _slopes(xp: Namespace, node: Node, y: Any, numbers: Sequence[Any]) -> list[tuple[int, Any]]:
    """The earlier nodes in which a node has a slope: their indices, each with the partial."""
    row = node.op
    assert row is not None
    partials = enumerate(zip(node.args, xp.partials(row, y, numbers), strict=True))
    return [(k, d) for i, (k, d) in partials if type(k) is int and row.slope_in(i)]

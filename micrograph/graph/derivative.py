"""A Graph differentiated in whatever namespace it is evaluated in."""

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
    """The rule that differentiates a formula: recorded once, swept in reverse at any operands.

    All of the formula is recorded, the arms of ``where`` that the point does not take too.
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
            if node.op and not node.op.step:
                numbers = [work[k] if type(k) is int else k for k in node.args]
                for k, d in _slopes(xp, node, work[i], numbers):
                    yield k, (d, node.op.choice)

        def times(g: Any, slope: tuple[Any, bool]) -> Any:
            d, chosen = slope  # not even an infinite adjoint finds a slope in another arm
            return xp.where(d == 0, 0.0, xp.azmul(g, d)) if chosen else xp.azmul(g, d)

        adjoints = reverse(range(len(work)), {len(work) - 1: 1.0}, edges, times)
        found = {
            node.name: adjoints.get(i, 0.0) for i, node in enumerate(graph.nodes) if not node.op
        }
        return tuple(found.get(argument, 0.0) for argument in arguments)

    rule.__name__ = f"partials_of_{name}"
    return rule


def _slopes(xp: Namespace, node: Node, y: Any, numbers: Sequence[Any]) -> list[tuple[int, Any]]:
    """The earlier nodes that a node has a slope in, each with the partial."""
    row = node.op
    assert row is not None
    names = row.arguments if not row.vectors else ("",) * len(numbers)
    partials = zip(node.args, names, xp.partials(row, y, numbers), strict=True)
    return [(k, d) for k, name, d in partials if type(k) is int and name not in row.static]

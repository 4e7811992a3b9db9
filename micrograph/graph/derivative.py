"""The derivative of a Graph, computed in any namespace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core import Namespace
from ..engine.recording import VALUE
from ..engine.value import Value
from .graph import Graph


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
        _, slopes = graph.value_and_gradient(xp, [operands[i] for i in places])
        found = dict(zip(places, slopes, strict=True))
        return tuple(found.get(i, 0.0) for i in range(len(arguments)))

    rule.__name__ = f"partials_of_{name}"
    return rule

"""What is computed for a structure of arguments: a program, and what is made of its results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..graph import Graph
from ..transforms.tree import Tree
from .derived import with_gradient, with_hessian, with_jacobian
from .program import Program
from .structure import structure
from .traced import Traced


class Entry:
    """A program, and how its results become what is returned.

    Args:
        graph: The graph.
        backend: As of ``compile``.
        rebuild: What makes the result's containers of the results.
    """

    def __init__(self, graph: Graph, backend: str, rebuild: Callable[[Sequence[Any]], Any]) -> None:
        self.program, self.rebuild = Program(graph, backend), rebuild
        self._structure = structure(rebuild([0.0] * len(graph.places)), ("out",), [])

    def arrays_in(self, out: Any) -> list[Any]:
        """The arrays in ``out``.

        Raises:
            TypeError: If it does not have the structure of the result, or holds anything else.
        """
        from .batches import output

        arrays: list[Any] = []
        found = structure(out, ("out",), arrays, output)
        if found != self._structure or float in map(type, arrays):
            count = len(self.program.tape.results)
            raise TypeError(
                f"compile: out has another structure than the result, which holds {count} "
                f"number{'s' * (count != 1)}; expected an array in place of each"
            )
        return arrays


Made = tuple[Graph, Callable[[Sequence[Any]], Any]]


def _value_and_grad(traced: Traced, places: list[int], inputs: Tree) -> Made:
    traced.single("value_and_grad")
    graph = with_gradient(traced.graph, places, traced.kernels)
    return graph, lambda found: (found[0], inputs.rebuild(found[1:]))


def _grad(traced: Traced, places: list[int], inputs: Tree) -> Made:
    traced.single("grad")
    return with_jacobian(traced.graph, places, traced.kernels), inputs.rebuild


def _jacobian(traced: Traced, places: list[int], inputs: Tree) -> Made:
    rebuild = partial(_outer, traced.outputs, inputs)
    return with_jacobian(traced.graph, places, traced.kernels), rebuild


def _hessian(traced: Traced, places: list[int], inputs: Tree) -> Made:
    traced.single("hessian")
    return with_hessian(traced.graph, places, traced.kernels), partial(_outer, inputs, inputs)


KINDS: dict[str, Callable[[Traced, list[int], Tree], Made]] = {
    "value_and_grad": _value_and_grad,
    "grad": _grad,
    "jacobian": _jacobian,
    "hessian": _hessian,
}
"""What is computed, with the graph of it, and how the results are put together."""


def _outer(outputs: Tree, inputs: Tree, found: Sequence[Any]) -> Any:
    """The outputs' container, with one like the inputs' in place of each number."""
    n = len(inputs.leaves)
    rows = [found[i * n : (i + 1) * n] for i in range(len(outputs.leaves))]
    return outputs.outer(inputs, rows)

"""A program: the tape of a graph, with what runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..graph import Graph
from ..namespaces.text import listed
from .build import extension
from .by_numpy import ByNumpy
from .lowered import Lowered
from .opaque import is_opaque
from .tape import Tape

BACKENDS = "auto", "numpy", "jax"


class Program:
    """A graph of numbers, ready to run at one point or at many.

    Args:
        graph: The graph.
        backend: What runs it, one of ``BACKENDS``.

    Attributes:
        tape: The graph as flat instructions.
        backend: What runs it, and why.
    """

    def __init__(self, graph: Graph, backend: str = "auto") -> None:
        kernels, why = kernels_for(graph, backend)
        self.tape = Tape(graph.nodes, graph.places, kernels.OPERATIONS if kernels else ())
        self.backend = why if kernels else f"NumPy: {why}"
        self._runs: Any
        if backend == "jax":
            from .by_jax import ByJax

            self._runs = ByJax(graph)
            self.backend = f"JAX: {self._runs.device}"
        elif kernels:
            self._runs = Lowered(self.tape, kernels)
        else:
            self._runs = ByNumpy(self.tape)

    def points(self, inputs: Sequence[Any], outputs: Sequence[Any], threads: int) -> None:
        """Compute the outputs at n points.

        Args:
            inputs: A float, or a contiguous array of n numbers of float64, for each input.
            outputs: A contiguous array of n numbers for each result, to be filled in. It shares no
                memory with an input.
            threads: On how many threads to run at most.
        """
        self._runs.points(inputs, outputs, threads)

    def point(self, *numbers: float) -> tuple[float, ...]:
        """The results at one point. Nothing is raised: numbers are infinite or NaN instead."""
        found: tuple[float, ...] = self._runs.point(*numbers)
        return found

    @property
    def door(self) -> Any:
        """What the extension computes one point by, to be called by a ``Door``; else None."""
        return self._runs.point if isinstance(self._runs, Lowered) else None


def kernels_for(graph: Graph, backend: str) -> tuple[Any, str]:
    """The extension whose kernels run a graph, or None; and the reason."""
    if backend != "auto":
        return None, f'backend="{backend}"'
    rows = (op for op in graph.nodes.ops if op and is_opaque(op))
    opaque = dict.fromkeys(repr(getattr(row, "of", row).name) for row in rows)
    if opaque:
        many = len(opaque) > 1
        verb = "are" if many else "is"
        return None, f"the row{'s' * many} {listed(list(opaque))} {verb} Python code"
    return extension()

"""A program: the tape of a graph, with what runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core import Primitive
from ..graph import Graph
from ..namespaces.text import listed
from .by_numpy import ByNumpy
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
        self.tape = Tape.of(graph)
        self._runs: Any = ByNumpy(self.tape)
        self.backend = f"NumPy: {_why(self.tape.rows, backend)}"
        if backend == "jax":
            from .by_jax import ByJax

            self._runs = ByJax(graph)
            self.backend = f"JAX: {self._runs.device}"

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


def _why(rows: Sequence[Primitive], backend: str) -> str:
    """Why NumPy runs a program of these rows."""
    if backend == "numpy":
        return 'backend="numpy"'
    opaque = dict.fromkeys(repr(getattr(row, "of", row).name) for row in rows if is_opaque(row))
    if opaque:
        many = len(opaque) > 1
        return f"the row{'s' * many} {listed(list(opaque))} {'are' if many else 'is'} Python code"
    return "the kernels were not built"

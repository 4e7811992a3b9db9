"""A graph run by ``jax.jit``."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ..graph import Graph


class ByJax:
    """A graph, compiled by JAX.

    Args:
        graph: The graph.

    Attributes:
        device: What JAX runs on: ``cpu``.

    Raises:
        ImportError: If JAX is missing.
        ValueError: If JAX computes with float32.
    """

    def __init__(self, graph: Graph) -> None:
        try:
            jax: Any = import_module("jax")
        except ImportError:
            raise ImportError(
                'compile: backend="jax" needs the package jax; pip install jax, or take another '
                "backend"
            ) from None
        if not jax.config.jax_enable_x64:
            raise ValueError(
                'compile: backend="jax" needs numbers of 64 bits, and JAX is set to 32; call '
                'jax.config.update("jax_enable_x64", True) first'
            )
        self.device = jax.default_backend()
        self._run = jax.jit(lambda *inputs: self._outputs(graph, inputs))

    @staticmethod
    def _outputs(graph: Graph, inputs: Sequence[Any]) -> tuple[Any, ...]:
        return graph.outputs_of(graph.evaluate(graph.namespace(inputs), inputs))

    def points(self, inputs: Sequence[Any], outputs: Sequence[Any], threads: int) -> None:
        """As of any program. JAX chooses the number of threads itself."""
        for y, found in zip(outputs, self._run(*inputs), strict=True):
            y[...] = found

    def point(self, *numbers: float) -> tuple[float, ...]:
        """The results at one point."""
        return tuple(map(float, self._run(*numbers)))

"""Guarded: the graph of a function that branches, as a graph for each path that was met.

A path is what Python code decided in one call: the answers to its questions, in order. The graph of
a path holds for all numbers that give the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, NamedTuple

from ..core import Namespace
from ..engine.value import Value
from ..graph import Graph
from ..graph.arguments import flat
from ..namespaces.floats import FLOAT, IEEE

MOST = 64
"""The largest number of paths that a Guarded keeps. It forgets the one not met for longest."""


class Path(NamedTuple):
    """One path through the function.

    Attributes:
        graph: What the function computes on this path.
        questions: The graph of what Python code asked, or None if it asked nothing.
        answers: The answers.
    """

    graph: Graph
    questions: Graph | None
    answers: tuple[bool, ...]


class Guarded:
    """A function traced with ``branches="guard"``: called like the function, at any numbers.

    Each call asks again what the function's Python code asked when it was traced. If all answers of
    a path are the same, the path's graph is used. If no path has these answers, the function is
    traced anew, at these numbers. Arrays in place of numbers are a batch: its points are grouped by
    their paths.

    Args:
        traced: A function from the numbers of all inputs to what ``Path`` holds.
        inputs: The numbers of the example.
        wrt: Of each path's graph, the gradient by these is computed, and of that by the next ones.
            Default: the graph itself.
        paths: Paths that were met, the last one first.

    Attributes:
        paths: The paths that are kept, the last one that was met first.

    Example:
        >>> import micrograph as mg
        >>> f = mg.trace(lambda x: x * x if x > 0 else -x, 3.0, branches="guard")
        >>> f(3.0), f(-2.0), len(f.paths)
        (9.0, 2.0, 2)
        >>> f.gradient()(-2.0)
        -1.0
    """

    def __init__(
        self,
        traced: Callable[[Sequence[Any]], tuple[Graph, Graph | None, tuple[bool, ...]]],
        inputs: Sequence[Any],
        wrt: Sequence[str | Sequence[str] | None] = (),
        paths: Sequence[Path] = (),
    ) -> None:
        self._traced, self._wrt, self._lock = traced, tuple(wrt), Lock()
        self._made: dict[int, tuple[Path, Graph]] = {}
        self.paths = tuple(paths) or (Path(*traced(inputs)),)

    def __repr__(self) -> str:
        n = len(self.paths)
        return f"Guarded({self.paths[0].graph!r}, {n} path{'s' * (n != 1)})"

    def __call__(self, /, *args: Any, **named: Any) -> Any:
        """What the function returns at these arguments, as ``Graph`` is called.

        Raises:
            Exception: Whatever the function, or a path's graph, raises there.

        Cost:
            What Python code asked is computed once for each path that does not fit, and then the
            path's graph. A new path costs a trace.
        """
        graph = self.paths[0].graph
        inputs = graph.bound(args, named)
        xp = graph.namespace(inputs)
        shape = batch_shape(graph, inputs) if xp.holds_vectors else ()
        if shape:
            return self._batch(xp, inputs, shape)
        return self._graph(self._path(xp, inputs)).at(xp, inputs)

    def value_and_gradient(self, xp: Namespace, inputs: Sequence[Any]) -> tuple[Any, list[Any]]:
        """As ``Graph.value_and_gradient``, on the path of these inputs."""
        return self._graph(self._path(xp, inputs)).value_and_gradient(xp, inputs)

    def gradient(self, wrt: str | Sequence[str] | None = None) -> Guarded:
        """The derivatives of the output, as ``Graph.gradient``, on each path."""
        return Guarded(self._traced, (), (*self._wrt, wrt), self.paths)

    def __reduce__(self) -> tuple[Any, ...]:
        return Guarded, (self._traced, (), self._wrt, self.paths)

    def _graph(self, path: Path) -> Graph:
        """What is computed on a path."""
        made = self._made.get(id(path))
        if made is None or made[0] is not path:
            graph = path.graph
            for wrt in self._wrt:
                graph = graph.gradient(wrt)
            made = path, graph
            with self._lock:
                self._keep(made)
        return made[1]

    def _keep(self, made: tuple[Path, Graph]) -> None:
        """Keep what is computed on a path, until the path itself is no longer kept."""
        kept = {id(x) for x in self.paths}
        others = {k: x for k, x in self._made.items() if k in kept}
        self._made = {**others, id(made[0]): made}

    def _path(self, xp: Namespace, inputs: Sequence[Any]) -> Path:
        """The path of these inputs, from now on the first of all."""
        found = next((path for path in self.paths if self._fits(path, xp, inputs)), None)
        if found is None:
            found = Path(*self._traced([numbers(x) for x in inputs]))
        if found is not self.paths[0]:
            with self._lock:
                self._to_front(found)
        return found

    def _to_front(self, first: Path) -> None:
        others = [path for path in self.paths if path is not first]
        self.paths = (first, *others[: MOST - 1])

    @staticmethod
    def _fits(path: Path, xp: Namespace, inputs: Sequence[Any]) -> bool:
        """Whether all questions of a path have its answers at these inputs."""
        if path.questions is None:
            return True
        if not xp.holds_vectors and xp is not FLOAT and has_values(inputs):
            inputs, xp = [numbers(x) for x in inputs], FLOAT
        try:  # floats that never raise: what is asked later may be undefined before
            work = path.questions.evaluate(IEEE if xp is FLOAT else xp, inputs)
        except (ArithmeticError, ValueError):
            return False
        found = path.questions.outputs_of(work)
        return all(bool(y) == answer for y, answer in zip(found, path.answers, strict=True))

    def _batch(self, xp: Namespace, inputs: Sequence[Any], shape: tuple[int, ...]) -> Any:
        """The outputs for each point of a batch, whose points are grouped by path."""
        import numpy as np

        nodes = self.paths[0].graph.inputs
        points = [
            np.broadcast_to(np.asarray(x, dtype=float), (*shape, *node.shape)).reshape(
                -1, *node.shape
            )
            for x, node in zip(inputs, nodes, strict=True)
        ]
        left = np.arange(len(points[0]))
        found: list[Any] = []
        while len(left):
            path = self._path(FLOAT, [x[left[0]].tolist() for x in points])
            here = [x[left] for x in points]
            same = np.ones(len(left), dtype=bool)
            if path.questions is not None:
                work = path.questions.outputs_of(path.questions.evaluate(xp, here))
                for y, answer in zip(work, path.answers, strict=True):
                    same &= np.broadcast_to(np.asarray(y) != 0, same.shape) == answer
            same[0] = True  # it is the path of this point
            graph = self._graph(path)
            ys = graph.outputs_of(graph.evaluate(xp, [x[same] for x in here]))
            for k, (y, node) in enumerate(zip(ys, graph.outputs, strict=True)):
                if len(found) == k:
                    found.append(np.empty((len(points[0]), *node.shape)))
                found[k][left[same]] = y
            left = left[~same]
        found = [y.reshape(*shape, *y.shape[1:]) for y in found]
        return found[0] if len(found) == 1 else tuple(found)


def batch_shape(graph: Graph, inputs: Sequence[Any]) -> tuple[int, ...]:
    """The shape of the batch that these arrays make: what they have beside the inputs' shapes."""
    import numpy as np

    shapes = [
        np.shape(x)[: np.ndim(x) - len(node.shape)]
        for x, node in zip(inputs, graph.inputs, strict=True)
    ]
    return np.broadcast_shapes(*shapes)


def has_values(inputs: Sequence[Any]) -> bool:
    """Whether a Value is among these inputs, or in a vector among them."""
    return any(isinstance(e, Value) for x in inputs for e in flat(x))


def numbers(x: Any) -> Any:
    """An input as plain floats."""
    found = [e.data if isinstance(e, Value) else float(e) for e in flat(x)]
    return found[0] if not hasattr(x, "__len__") or getattr(x, "shape", None) == () else found

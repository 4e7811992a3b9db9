"""The means of a graph's outputs over many examples, by the kernels or by NumPy."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from ..graph import Graph
from ..graph.arguments import leaves
from .cache import Cache
from .examples import KINDS, Given, spread
from .sums import Layout, Sums
from .threads import in_parts

PART = 1 << 20
"""So many bytes of examples are summed before their sum is set down, always in the same order."""

FEWEST = 1 << 18
"""So many bytes of examples are the work of a thread, at least."""

BLOCK = 1 << 16
"""So many numbers of examples NumPy is given at a time, if there are no kernels."""


class Means:
    """What computes the means of a graph's outputs over examples.

    Args:
        graph: The graph, for one example.
        structures: For each argument the inputs that it holds, as ``Graph.arguments`` has them.
        given: Arguments such as the graph is for.
        extension: The extension with the kernels, or None.
        why: Why it is this one.

    Attributes:
        backend: What runs, and why.
    """

    def __init__(
        self, graph: Graph, structures: dict[str, Any], given: Given, extension: Any, why: str
    ) -> None:
        self._graph, self._structures, self._extension = graph, structures, extension
        self._inputs = graph.nodes.inputs()
        self._shapes = [graph.nodes.shape(i) for i in graph.places]
        self._differ = {i for name in given.many for i in leaves(structures[name])}
        self.backend = why if extension else f"NumPy: {why}"
        self._made = Cache(8)

    def of(self, given: Given, threads: int) -> list[Any]:
        """The mean of each output: a number, or an array.

        Args:
            given: The arguments.
            threads: The most threads that share the work.
        """
        numbers = dict(self._numbers(given))
        extension = self._extension  # another thread may set it to None meanwhile
        if extension:
            try:
                return self._by_kernels(extension, numbers, given.size, threads)
            except NotImplementedError as error:
                self._extension, self.backend = None, f"NumPy: {error}"
        return self._by_numpy(numbers, given.size)

    def _numbers(self, given: Given) -> Iterator[tuple[int, Any]]:
        """The number of each input, with a float or an array: of examples, that of all of them."""
        for i, x in spread(self._structures, given):
            if i in self._differ:
                yield i, x
            else:
                number = np.asarray(x, dtype=float, order="C")
                yield i, number if number.shape else float(number)

    def _by_kernels(
        self, extension: Any, numbers: dict[int, Any], m: int, threads: int
    ) -> list[Any]:
        examples = {i: x for i, x in numbers.items() if i in self._differ}
        for i, x in examples.items():
            if x.ndim > 2 and not x.flags.c_contiguous:
                examples[i] = np.ascontiguousarray(x)
        layouts = {i: _layout(x) for i, x in examples.items()}
        key = tuple(layouts.items())
        sums, runner = self._made.get(key, lambda: self._lowered(extension, layouts))
        arrays, constants, held = {}, {}, {}  # held: copies that addresses are of
        for i, x in numbers.items():
            place = self._inputs[i]
            x = examples.get(i, x)
            if place in sums.arrays:
                step = prod(x.shape[1:]) if layouts.get(i, x) is None else 0
                if i not in self._differ:  # 8 numbers are read at a time
                    x = held[i] = np.concatenate([x.ravel(), np.zeros(8)])
                arrays[sums.arrays[place]] = x.ctypes.data, step
            for slot in sums.numbers.get(place, ()):
                constants[slot] = x
        widths = [sums.made.widths[slot] for slot in sums.sums]
        size = 8 * max(1, sum(prod(x.shape[1:]) for x in examples.values()))
        part = max(1, PART // (size * sums.block)) * sums.block
        found = np.zeros((-(-m // part), sum(widths)))
        starts = np.cumsum([0, *widths])
        kept = {
            slot: (found.ctypes.data + 8 * int(start), found.shape[1])
            for slot, start in zip(sums.sums, starts, strict=False)
        }
        each = max(1, FEWEST // (size * part), len(found) // (4 * threads)) * part
        memory = found, held, examples

        def work(first: int, last: int, memory: Any = memory) -> None:
            # An interrupt may end this call while other threads work. So they hold the memory, too.
            runner.run(arrays, constants, first, last, sums=kept, part=part)

        in_parts(work, m, each, threads)
        total = found.sum(axis=0) / m
        ends = zip(starts[:-1], starts[1:], self._shapes, strict=True)
        return [total[a:b].reshape(shape)[()] for a, b, shape in ends]

    def _lowered(self, extension: Any, layouts: dict[int, Layout | None]) -> tuple[Sums, Any]:
        graph = self._graph
        shared = [place for i, place in enumerate(self._inputs) if i not in self._differ]
        places = {self._inputs[i]: lies for i, lies in layouts.items()}
        sums = Sums(graph.nodes, graph.places, frozenset(shared), places, extension)
        made = sums.made
        widths = array("q", made.widths)
        runner = extension.Runner(
            made.steps, made.table, widths, sums.constants, sums.block, 0, sums.once
        )
        return sums, runner

    def _by_numpy(self, numbers: dict[int, Any], m: int) -> list[Any]:
        """As ``of``, by NumPy, block by block."""
        from ..namespaces.array import NUMPY

        graph = self._graph
        total: list[Any] = [0.0] * len(self._shapes)
        widest = max(prod(graph.nodes.shape(i)) for i in range(len(graph.nodes)))
        step = max(1, BLOCK // widest)
        for start in range(0, m, step):
            block = slice(start, min(start + step, m))
            n = block.stop - start
            inputs = [
                np.asarray(x[block], dtype=float) if i in self._differ else x
                for i, x in sorted(numbers.items())
            ]
            for k, y in enumerate(graph.outputs_of(graph.evaluate(NUMPY, inputs))):
                batched = np.ndim(y) > len(self._shapes[k])
                total[k] = total[k] + (np.sum(y, axis=0) if batched else n * np.asarray(y))
        pairs = zip(total, self._shapes, strict=True)
        return [np.asarray(y / m).reshape(shape)[()] for y, shape in pairs]


def _layout(x: Any) -> Layout | None:
    """How an array of examples lies in memory; None if as doubles side by side."""
    if x.dtype.char == "d" and x.flags.c_contiguous:
        return None
    by_element = x.strides[1] if x.ndim == 2 else x.itemsize
    return Layout(KINDS[x.dtype.char], x.strides[0], by_element)

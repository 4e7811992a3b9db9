"""A loss as a graph of numbers: each element of each vector is an input with a name of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np

from ..graph import Graph
from ..transforms.containers import is_array, parts, written
from ..transforms.run import while_sweeping
from ..transforms.tracing import Call
from ..transforms.tree import Tree
from .derived import expanded, simplified
from .examples import Given


def numbered(
    loss: Callable[..., Any], given: Given, static: Collection[str]
) -> tuple[Graph, list[Any]]:
    """The graph of the loss, and each input: a float, or an array with a number for each example.

    Args:
        loss: The loss of one example.
        given: Its arguments.
        static: The names of arguments that reach the loss as they are.
    """
    others = {name: x for name, x in given.arguments.items() if name not in static}
    tree = Tree(list(others.values()))
    named = {
        called: (x, many)
        for name, whole in others.items()
        for called, x, many in _each(name, whole, given.many.get(name))
    }

    def of_numbers(**numbers: Any) -> Any:
        found = dict(zip(others, tree.rebuild(list(numbers.values())), strict=True))
        every = [(name, found.get(name, x)) for name, x in given.arguments.items()]
        n = given.positional
        return loss(*(x for _, x in every[:n]), **dict(every[n:]))

    firsts = {called: x for called, (x, _) in named.items()}
    call = Call(of_numbers, (), firsts, (), False, "compile", vectors=False)
    graph: Graph = while_sweeping(lambda: call.traced(guards=False))[0]
    found = [float(x) if many is None else np.asarray(many) for x, many in named.values()]
    return simplified(expanded(graph)), found


def _each(name: str, x: Any, many: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each number of an argument: what it is called, the number, and those of all examples."""
    if is_array(x):
        array = np.asarray(x)
        for i in np.ndindex(array.shape):
            called = f"{name}[{', '.join(map(str, i))}]" if i else name
            yield called, array[i], None if many is None else many[(slice(None), *i)]
        return
    found = parts(x)
    if found is None:
        yield name, x, many
        return
    for key, part in found:
        of_part = None if many is None else many[:, key]
        yield from _each(f"{name}{written((key,))}", part, of_part)

"""A Graph as standalone C11: a function for its value, and one for its value and gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..namespaces.standalone import Program
from .c_function import CFunction
from .c_header import CLOSING, about, opening
from .c_names import is_name
from .node import AUTOMATIC, Node
from .symbols import Construction, Symbol, pruned


def to_c(graph: Any, name: str, gradient: bool | None) -> str:
    """A Graph as C. See ``Graph.to_c``."""
    count = len(graph.outputs)
    if not is_name(name):
        raise ValueError(
            f"to_c: expected a name that C can give a function, like 'f', got {name!r}"
        )
    if not count:
        raise ValueError("to_c: the graph has no output, so there is nothing to compute")
    one = count == 1 and not graph.outputs[0].shape
    if gradient and not one:
        got = count if count > 1 else "a vector"
        raise ValueError(f"to_c: expected a graph of one output for a gradient, got {got}")
    program = Program(f"{name}_")
    places = graph.outputs_of(range(len(graph.nodes)))
    functions = [CFunction(program, name, graph.nodes, places, False)]
    if gradient or (gradient is None and one):
        functions.append(CFunction(program, f"{name}_gradient", *_with_gradient(graph), True))
    declared = "\n".join(f"{function.declared};" for function in functions)
    texts = [text for function in functions for text in function.texts]
    parts = [about(graph, name, functions, program), opening(program), declared]
    return "\n\n".join([*parts, *program.functions, *texts, CLOSING]) + "\n"


def _with_gradient(graph: Any) -> tuple[Sequence[Node], Sequence[int]]:
    """The nodes, and the places of the value and of its slopes. Equal steps are one node."""
    xp = Construction()
    inputs = [xp.input(node) for node in graph.inputs]
    for node, x in zip(graph.nodes, graph.evaluate(xp, inputs), strict=True):
        if type(x) is Symbol and not AUTOMATIC.fullmatch(node.name):
            xp.names.setdefault(x.place, node.name)
    y, slopes = graph.value_and_gradient(xp, inputs)
    nodes, outputs, _ = pruned(xp, [xp.output(x) for x in (y, *slopes)], 0)
    return nodes, outputs

"""A Graph as Python source to paste: ``lambda x, y: mg.exp(mg.sin(x)) * y``."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count
from keyword import iskeyword
from typing import Any
from unicodedata import normalize

from ..core import TABLE
from ..namespaces.python import PYTHON
from .node import AUTOMATIC, PICK

DEEPEST = 10
"""The most operations nested in one expression. Python's parser gives up at 200 brackets."""


def python(graph: Any) -> str:
    """The graph as a ``lambda`` of its inputs, to paste after ``import micrograph as mg``.

    A step that is used twice is computed once and given a name. If the graph has several outputs,
    the lambda returns a tuple. On floats and Values the lambda computes what the graph computes,
    to the last bit.

    Cost:
        Linear in the size of the graph.

    Example:
        >>> from micrograph import Graph, Value, exp, sin
        >>> x, y = Value(1.0, "x"), Value(2.0, "y")
        >>> print(python(Graph.of(exp(sin(x)) * y)))
        lambda x, y: mg.exp(mg.sin(x)) * y
        >>> u = (x * y).named("u")
        >>> print(python(Graph.of(u / (1 + u))))
        lambda x, y: (u := x * y, u / (1.0 + u))[-1]
    """
    inputs, steps, result = _written(graph, named=False)
    written = ", ".join([*(f"{n} := {y}" if n else y for n, y in steps), result])
    return f"lambda {', '.join(inputs)}: " + (f"({written})[-1]" if steps else written)


def source(graph: Any) -> str:
    """The graph as a Python function with a line for each step that has a name or is used twice."""
    inputs, steps, result = _written(graph, named=True)
    called = [node.name for node in graph.outputs]
    fits = len(called) == 1 and called[0] not in inputs and _identifiers(called) == called
    name = called[0] if fits and not AUTOMATIC.fullmatch(called[0]) else "f"
    lines = [f"    {n} = {y}" if n else f"    {y}" for n, y in steps if n != name]
    last = dict(steps).get(name)  # the output itself needs no name of its own
    lines.append(f"    return {result if last is None or result != name else last}")
    head = ["import micrograph as mg"]
    if any("np." in line for line in lines):
        head.append("from micrograph import numpy as np")
    return "\n".join([*head, "", "", f"def {name}({', '.join(inputs)}):", *lines, ""])


def _written(graph: Any, named: bool) -> tuple[list[str], list[tuple[str, str]], str]:
    """The inputs, the steps that come first, each with its name or "", and the result.

    Args:
        graph: The graph.
        named: Whether every node that was given a name is a step.
    """
    uses = Counter(i for node in graph.nodes for i in node.args if type(i) is int)
    outputs = graph.outputs_of(range(len(graph.nodes)))
    uses.update(outputs)
    names = _identifiers(node.name for node in graph.nodes)
    shapes = [node.shape for node in graph.nodes]
    work: list[ast.expr] = []
    depths: list[int] = []
    steps: list[tuple[str, str]] = []
    for i, (node, name) in enumerate(zip(graph.nodes, names, strict=True)):
        if node.op is None:
            work.append(ast.Name(name))
            depths.append(0)
            continue
        operands = [work[i] if type(i) is int else i for i in node.args]
        if i in graph.nodes.vectorial:
            y = _of_vectors(
                node, operands, [shapes[k] if type(k) is int else () for k in node.args]
            )
        elif node.op.name == "identity" and type(node.args[0]) is float:
            y = ast.Constant(node.args[0])
        else:
            y = PYTHON.value(node.op, operands)
        depth = 1 + max((depths[i] for i in node.args if type(i) is int), default=0)
        given = named and not AUTOMATIC.fullmatch(node.name)
        if uses[i] == 0:
            steps.append(("", ast.unparse(y)))
        elif uses[i] > 1 or given or (depth > DEEPEST and i not in outputs):
            steps.append((name, ast.unparse(y)))
            y, depth = ast.Name(name), 0
        work.append(y)
        depths.append(depth)
    found = graph.outputs_of(work)
    result = found[0] if len(found) == 1 else ast.Tuple(list(found), ast.Load())
    inputs = [name for name, node in zip(names, graph.nodes, strict=True) if not node.op]
    return inputs, steps, ast.unparse(result)


def _of_vectors(node: Any, operands: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> ast.expr:
    """A step with vectors, which are NumPy's arrays in the source."""
    texts = [ast.unparse(PYTHON.convert(x)) for x in operands]
    row = node.op
    if row is PICK:
        written = _picked(texts, shapes, node.places, node.shape)
    elif not row.vectors:
        y: ast.expr = PYTHON.value(row, operands)
        return y
    elif not node.shape:
        written = f"mg.{row.name}({', '.join(texts)})"
    elif row.name == "dot" and len(shapes[1]) == 1:
        written = f"({texts[0]}) @ ({texts[1]})"
    elif row.vectors == 1:
        written = f"mg.{row.name}({texts[0]}, axis=-1)"
    else:
        lines = ", ".join(f"np.broadcast_to({x}, {max(shapes, key=len)})" for x in texts)
        written = f"np.array([mg.{row.name}(*line) for line in zip({lines})])"
    return ast.parse(written, mode="eval").body


def _picked(
    texts: Sequence[str],
    shapes: Sequence[tuple[int, ...]],
    places: Sequence[int],
    shape: tuple[int, ...],
) -> str:
    """A step that picks elements of its operands."""
    x = texts[0]
    if len(texts) == 1 and len(shapes[0]) == 1 and -1 not in places:
        if not shape:
            return f"({x})[{places[0]}]"
        if isinstance(places, range) and len(shape) == 1:
            return f"({x})[{places.start}:{places.stop}{f':{places.step}' * (places.step > 1)}]"
    joined = ", ".join(f"np.ravel({x})" for x in texts)
    if -1 in places:  # NumPy's −1 is the last element: there stands the 0
        joined += ", [0.0]"
    all_of = f"np.concatenate([{joined}])" if "," in joined else joined
    if not shape:
        return f"{all_of}[{places[0]}]"
    picked = f"{all_of}[{list(places)}]"
    return picked if len(shape) == 1 else f"{picked}.reshape({shape})"


def _identifiers(names: Iterable[str]) -> list[str]:
    """An identifier for each name: the name, if it is valid and still free; else v1, v2 …."""
    names = list(names)
    reserved = {"mg", "float", *TABLE}
    taken = {*reserved, *names}
    free = (v for v in map("v{}".format, count(1)) if v not in taken)
    found: dict[str, None] = {}
    for name in names:
        fits = name.isidentifier() and not iskeyword(name) and normalize("NFKC", name) == name
        if not fits or name in reserved or name in found:
            name = next(free)
        found[name] = None
    return list(found)

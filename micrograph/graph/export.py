"""A Graph as Python source to paste: ``lambda x, y: mg.exp(mg.sin(x)) * y``."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable
from itertools import count
from keyword import iskeyword
from unicodedata import normalize

from ..core import TABLE
from ..namespaces.python import PYTHON
from .graph import Graph

DEEPEST = 10
"""The most operations nested in one expression. Python's parser gives up at 200 brackets."""


def python(graph: Graph) -> str:
    """The graph as a ``lambda`` of its inputs, to paste after ``import micrograph as mg``.

    A step that is used twice is computed once and given a name. If the graph has several outputs,
    the lambda returns a tuple. On floats and Values the lambda computes what the graph computes,
    to the last bit.

    Cost:
        Linear in the size of the graph.

    Example:
        >>> from micrograph import Value, exp, sin
        >>> x, y = Value(1.0, "x"), Value(2.0, "y")
        >>> print(python(Graph.of(exp(sin(x)) * y)))
        lambda x, y: mg.exp(mg.sin(x)) * y
        >>> u = (x * y).named("u")
        >>> print(python(Graph.of(u / (1 + u))))
        lambda x, y: (u := x * y, u / (1.0 + u))[-1]
    """
    uses = Counter(i for node in graph.nodes for i in node.args if type(i) is int)
    outputs = graph.outputs_of(range(len(graph.nodes)))
    uses.update(outputs)
    names = _identifiers(node.name for node in graph.nodes)
    work: list[ast.expr] = []
    depths: list[int] = []
    steps: list[str] = []
    for i, (node, name) in enumerate(zip(graph.nodes, names, strict=True)):
        if node.op is None:
            work.append(ast.Name(name))
            depths.append(0)
            continue
        operands = [work[i] if type(i) is int else i for i in node.args]
        y = PYTHON.value(node.op, operands)
        depth = 1 + max(depths[i] for i in node.args if type(i) is int)
        if uses[i] == 0:
            steps.append(ast.unparse(y))
        elif uses[i] > 1 or (depth > DEEPEST and i not in outputs):
            steps.append(f"{name} := {ast.unparse(y)}")
            y, depth = ast.Name(name), 0
        work.append(y)
        depths.append(depth)
    found = graph.outputs_of(work)
    result = found[0] if len(found) == 1 else ast.Tuple(list(found), ast.Load())
    written = ", ".join([*steps, ast.unparse(result)])
    inputs = ", ".join(name for name, node in zip(names, graph.nodes, strict=True) if not node.op)
    return f"lambda {inputs}: " + (f"({written})[-1]" if steps else written)


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

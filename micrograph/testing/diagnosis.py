"""What a wrong derivative looks like: a wrong sign, a factor, two swapped, a path forgotten."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from operator import mul
from typing import Any

from ..engine.sweep import forward, reverse
from ..engine.value import Value
from ..namespaces.text import Text, formula

Matrix = Sequence[Sequence[float]]


def pattern(
    got: Matrix,
    true: Matrix,
    i: int,
    j: int,
    relative: float,
    inputs: Sequence[str],
    outputs: Sequence[str] = (),
) -> str:
    """What turns the true derivative of output j by input i into the wrong one; "" if unknown.

    Args:
        got: The derivatives to be explained, with a row for each output, a column for each input.
        true: The true derivatives, in the same shape.
        i: Which input.
        j: Which output.
        relative: The relative tolerance within which two numbers count as the same.
        inputs: The names of the inputs.
        outputs: The names of the outputs, if there are several.
    """

    def same(a: float, b: float) -> bool:
        return math.isclose(a, b, rel_tol=relative)

    g, t = got[j][i], true[j][i]
    m, n = len(true), len(true[0])
    if g != g:
        return "not a number"
    square = m == n > 1
    alike = square and all(same(true[r][c], true[c][r]) for r in range(m) for c in range(r))
    if (
        square
        and not alike
        and all(same(got[r][c], true[c][r]) for r in range(m) for c in range(n))
    ):
        return "transposed"
    for k in range(n):
        if k != i and same(g, true[j][k]) and same(got[j][k], t) and not same(t, true[j][k]):
            return f"swapped with {inputs[k]}"
    for k in range(m):
        if k != j and same(g, true[k][i]) and same(got[k][i], t) and not same(t, true[k][i]):
            return f"swapped with output {outputs[k]}"
    if g == 0:
        return "zero"
    if same(g, -t):
        return "sign"
    ratio = g / t if t else math.inf
    if not math.isfinite(ratio):
        return ""
    pairs = [p for rows in zip(got, true, strict=True) for p in zip(*rows, strict=True)]
    others = [a / b for a, b in pairs if b and not same(a, b)]
    simple = Fraction(ratio).limit_denominator(12)
    known = simple not in (0, 1) and same(ratio, float(simple))
    factor = f"factor {float(simple):g}" if known else ""
    if factor and 1 in (abs(simple.numerator), simple.denominator):
        return factor
    for k in range(n):
        if k != i and same(g, true[j][k]) and not same(t, true[j][k]):
            return f"{factor}, or the derivative by {inputs[k]}".removeprefix(", or ")
    shared = len(others) > 1 and all(same(other, ratio) for other in others)
    return factor or f"factor {ratio:.9g}" * (shared and f"{ratio:.9g}" != "1")


PATHS = {-1: "without", 1: "with twice", -2: "with the wrong sign of"}
"""The multiple of a path that makes ``got`` when added to the true sum, and words for it."""


def wrong_path(
    order: Sequence[Value],
    called: Mapping[Value, str],
    slopes: Mapping[Value, Sequence[tuple[Value, float]]],
    root: Any,
    leaf: Value,
    got: float,
    relative: float,
) -> str:
    """Which path of the true sum was left out, doubled or negated to make ``got``; "" if none was.

    Args:
        order: The nodes below the root, parents before children.
        called: Their names.
        slopes: For each node its parents, each with the true partial.
        root: The output.
        leaf: The input.
        got: The wrong derivative.
        relative: The relative tolerance within which two numbers count as the same.

    Cost:
        Two sweeps over the graph, and a number for each edge.
    """

    def edges(node: Value) -> Sequence[tuple[Value, float]]:
        return slopes.get(node, ())

    if not isinstance(root, Value):
        return ""
    adjoint = reverse(order, {root: 1.0}, edges, mul)
    tangent = forward(order, {leaf: 1.0}, edges, mul)
    true = adjoint.get(leaf, 0.0)
    for node in order:
        for x, d in edges(node):
            through = adjoint.get(node, 0.0) * d * tangent.get(x, 0.0)
            near = relative * max(abs(true), abs(through))
            for times, said in PATHS.items():
                off = abs(true + times * through - got)
                if off <= near < abs(through) and not math.isclose(through, true):
                    way = [*_way(x, leaf, slopes)[::-1], *_way(root, node, slopes)[::-1]]
                    path = " → ".join(_shown(step, called) for step in way)
                    return f"the true sum {said} the path {path}"
    return ""


def _shown(node: Value, called: Mapping[Value, str]) -> str:
    """A node of a path: its name, or its formula if the user gave it no name."""
    if node.op is None or node.name:
        return called[node]
    names = [Text(called[x] if isinstance(x, Value) else repr(x)) for x in node.operands]
    return f"{called[node]} = {formula(node.op, names)}"


def _way(
    start: Value, end: Value, slopes: Mapping[Value, Sequence[tuple[Value, float]]]
) -> list[Value]:
    """A shortest way from a node down to one of those that it was computed from."""
    came: dict[Value, Value] = {}
    waiting = [start]
    for node in waiting:
        for x, _ in slopes.get(node, ()):
            if x not in came and x is not start:
                came[x] = node
                waiting.append(x)
    way = [end]
    while way[-1] is not start:
        way.append(came[way[-1]])
    return way[::-1]

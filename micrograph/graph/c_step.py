"""One step of a graph as lines of C: a number, or a loop over the elements of a vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from ..namespaces.c import _text
from ..namespaces.standalone import Program
from .node import PICK, Node

SHORT = 16
"""A vector of so few picked elements is filled line by line."""


def assigned(
    program: Program, nodes: Sequence[Node], i: int, name: str, found: Mapping[int, str]
) -> list[str]:
    """The lines that compute node i, a number, as the variable ``name``.

    Args:
        program: The functions that may be called.
        nodes: The nodes.
        i: The place of the node.
        name: The variable.
        found: What the nodes before it are in C, by place.
    """
    node, lines = nodes[i], list[str]()
    if node.op is PICK:
        (y,) = _picked(nodes, node, found)
    else:
        y = _written(program, nodes, node, found, lines, 1)
    return [*lines, f"const double {name} = {y};"]


def looped(
    program: Program, nodes: Sequence[Node], i: int, name: str, found: Mapping[int, str]
) -> list[str]:
    """The lines that fill the array ``name`` with node i, a vector; see ``assigned``."""
    node, n, lines = nodes[i], prod(nodes[i].shape), list[str]()
    if node.op is PICK:
        return _gathered(program, nodes, node, name, found)
    y = _written(program, nodes, node, found, lines, n)
    head = f"for (int i = 0; i < {n}; i++) {{"
    return [head, *(f"    {line}" for line in [*lines, f"{name}[i] = {y};"]), "}"]


def _written(
    program: Program,
    nodes: Sequence[Node],
    node: Node,
    found: Mapping[int, str],
    lines: list[str],
    n: int,
) -> str:
    """The expression of the i-th of n elements of a node. Lines to come before it are added."""
    assert node.op
    shapes = [nodes[x].shape if type(x) is int else () for x in node.args]
    try:
        if not node.op.vectors or not any(shapes):
            operands = [
                found[x] + ("[i]" if shape else "") if type(x) is int else _text(x)
                for x, shape in zip(node.args, shapes, strict=True)
            ]
            return program.written(node.op, operands, lines)
        length = shapes[0][-1] if shapes[0] else 0
        arrays = []
        for x, shape in zip(node.args, shapes, strict=True):
            if not shape or shape[-1] != length or len(shapes) != node.op.vectors:
                raise NotImplementedError(
                    f"its operands have the shapes {', '.join(map(str, shapes))}; C is written for "
                    "whole vectors of one length"
                )
            rows = prod(shape) // length if length else 0
            arrays.append(found[int(x)] + (f" + i * {length}" if n > 1 and rows > 1 else ""))
        return program.reduced(node.op, arrays, length)
    except (TypeError, NotImplementedError) as error:
        raise type(error)(f"to_c: node {node.name}: {error}") from None


def _picked(nodes: Sequence[Node], node: Node, found: Mapping[int, str]) -> list[str]:
    """The elements that a node picks. −1 stands for 0."""
    wanted = {k: "0.0" if k < 0 else "" for k in node.places}
    start = 0
    for x in node.args:
        shape = nodes[x].shape if type(x) is int else ()
        for k in range(prod(shape)):
            if start + k in wanted:
                of = found[x] if type(x) is int else _text(x)
                wanted[start + k] = f"{of}[{k}]" if shape else of
        start += prod(shape)
    return [wanted[k] for k in node.places]


def _gathered(
    program: Program, nodes: Sequence[Node], node: Node, name: str, found: Mapping[int, str]
) -> list[str]:
    """The lines that fill an array with picked elements: by a loop, if they are of one vector."""
    places = list(node.places)
    n, (first, *others) = len(places), node.args
    step = places[1] - places[0] if n > 1 else 1
    head = f"for (int i = 0; i < {n}; i++)"
    if n > SHORT and not others and type(first) is int:
        wide = bool(nodes[first].shape)
        if not wide and min(places) >= 0:
            return [head, f"    {name}[i] = {found[first]};"]
        if wide and min(places) >= 0 and places == [places[0] + step * k for k in range(n)]:
            return [head, f"    {name}[i] = {found[first]}[{places[0]} + {step} * i];"]
        if wide:
            listed = ", ".join(map(str, places))
            table = program.array()
            y = f"{table}[i] < 0 ? 0.0 : {found[first]}[{table}[i]]"
            return [f"static const int {table}[] = {{{listed}}};", head, f"    {name}[i] = {y};"]
    elements = _picked(nodes, node, found)
    return [f"{name}[{k}] = {y};" for k, y in enumerate(elements)]

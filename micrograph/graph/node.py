"""A node of a Graph: one step as plain data."""

from __future__ import annotations

from typing import NamedTuple

from ..core import Primitive


class Node(NamedTuple):
    """One step of a Graph: an input, or a primitive applied to earlier nodes and constants.

    Attributes:
        name: The Value's name, as pictures show it; v1, v2, … if the Value had no name.
        op: The primitive. None for an input.
        args: The operands. An int is the index of an earlier node, a float is a constant.
        data: The number that was recorded.

    Example:
        >>> from micrograph import Graph, Value
        >>> node = Graph.of((Value(2, "a") * 3).named("J")).nodes[-1]
        >>> node.name, node.op, node.args, node.data
        ('J', <primitive mul>, (0, 3.0), 6.0)
    """

    name: str
    op: Primitive | None
    args: tuple[int | float, ...]
    data: float


Node.__module__ = "micrograph.graph"  # where a pickle looks for it

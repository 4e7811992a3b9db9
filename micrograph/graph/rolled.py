"""Vectors found again in what was recorded element by element.

NumPy code on an array of Values records a node for each element. Here nodes that do the same to the
elements of a vector become one node again: exp(x1), exp(x2), … become exp(x), and a dot product
gets two vectors in place of 2n numbers. What is not alike stays as it is, so the graph computes the
same numbers, operation for operation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from operator import is_
from typing import Any, NamedTuple

from ..core import TABLE
from ..engine.reading import columns, topological
from ..engine.value import Value
from .node import PICK, Node, Nodes
from .symbols import compact

FEWEST = 4
"""So many nodes that are alike become a vector; fewer do if they were recorded in a row."""


class Input(NamedTuple):
    """An input of a graph: its name, its shape, and the Values that stood for its elements."""

    name: str
    shape: tuple[int, ...]
    leaves: Sequence[Value]


class Whole(NamedTuple):
    """An output that is a vector or a matrix: its shape, and its elements, Values and floats."""

    shape: tuple[int, ...]
    elements: Sequence[Any]


def rolled(inputs: Sequence[Input], outputs: Sequence[Any]) -> tuple[Nodes | list[Node], list[int]]:
    """The nodes that compute the outputs from the inputs, with vectors, and where the outputs are.

    Args:
        inputs: The inputs. All of them become nodes, in this order, also those that nothing uses.
        outputs: Values, and a ``Whole`` for a vector of them. Plain floats are constants, and so
            are leaves that stand for no input.

    Cost:
        Some microseconds a recorded node. If no input is a vector, 0.2 µs.
    """
    leaves = [leaf for x in inputs for leaf in x.leaves]
    if not any(x.shape for x in inputs) and all(isinstance(y, Value) for y in outputs):
        *flat, scopes, places = columns(tuple(outputs), leaves)
        if flat[0].count(None) == len(leaves):  # there are no other leaves
            nodes = Nodes(*flat)
            nodes.scopes = scopes
            return nodes, places
    found = _Rolled(inputs)
    roots = [e for y in outputs for e in (y.elements if isinstance(y, Whole) else [y])]
    roots = list(dict.fromkeys(x for x in roots if isinstance(x, Value)))
    found.add([x for x in topological(*roots) if x not in found.where])
    return found.nodes, [found.output(y) for y in outputs]


class _Rolled:
    """A graph under construction, and where each Value is in it.

    Attributes:
        nodes: The nodes so far.
        where: For each Value its node, and its place among the node's elements; None for a number.
    """

    def __init__(self, inputs: Sequence[Input]) -> None:
        self.nodes: list[Node] = []
        self.where: dict[Value, tuple[int, int | None]] = {}
        self._known: dict[Any, int] = {}
        self._kinds = {leaf: i for i, (_, _, leaves) in enumerate(inputs) for leaf in leaves}
        for name, shape, leaves in inputs:
            data: Any = tuple(x.data for x in leaves) if shape else leaves[0].data
            for k, leaf in enumerate(leaves):
                self.where[leaf] = len(self.nodes), k if shape else None
            self.nodes.append(Node(name, None, (), data, shape))

    def add(self, order: Sequence[Value]) -> None:
        """Add these recorded nodes, of which operands come first."""
        self._constants = {node for node in order if node.op is None}
        order = [node for node in order if node.op]
        elements = {x for x, (_, place) in self.where.items() if place is not None}
        for group in _alike(order, self._kinds, elements, self._operands):
            columns = list(zip(*map(self._operands, group), strict=True))
            if self._are_a_vector(group, columns):
                self._add_vector(group, columns)
            else:
                for node in group:
                    self._add_single(node)

    def _are_a_vector(self, group: Sequence[Value], columns: Sequence[Sequence[Any]]) -> bool:
        """Whether nodes that are alike become one node.

        Args:
            group: The nodes.
            columns: For each operand, what it is at each of the nodes.
        """
        if all(type(x[0]) is float or all(e is x[0] for e in x) for x in columns):
            return False  # the same node, recorded several times
        return len(group) >= FEWEST or group[-1]._time - group[0]._time == len(group) - 1 > 0

    def _add_vector(self, group: Sequence[Value], columns: Sequence[Sequence[Any]]) -> None:
        op = group[0].op
        assert op is not None
        size = len(group)
        args: list[int | float]
        if op.vectors:
            n = len(columns) // op.vectors
            parts = [columns[p * n : (p + 1) * n] for p in range(op.vectors)]
            args = [self._lines(part, size, n) for part in parts]
        else:
            args = [self._operand(column) for column in columns]
        data = tuple(node.data for node in group)
        for k, node in enumerate(group):
            self.where[node] = len(self.nodes), k
        self.nodes.append(Node("", op, tuple(args), data, (size,)))

    def _operand(self, column: Sequence[Any]) -> int | float:
        """The operand of a vector at which these are its elements: one for all, or a vector."""
        first = column[0]
        if type(first) is float and all(type(x) is float for x in column):
            if len({x.hex() for x in column}) == 1:
                return first
        elif all(x is first for x in column):
            return self.single(first)
        return self.gathered(column, (len(column),))

    def _lines(self, part: Sequence[Sequence[Any]], m: int, n: int) -> int:
        """The operand of m applications of a row of vectors: a vector, or a matrix of m lines."""
        lines = list(zip(*part, strict=True))
        if all(a is b for line in lines for a, b in zip(line, lines[0], strict=True)):
            return self.gathered(lines[0], (n,))
        return self.gathered([x for line in lines for x in line], (m, n))

    def _add_single(self, node: Value) -> None:
        op, operands = node.op, self._operands(node)
        assert op is not None
        args: list[int | float]
        places = [self.where[x][1] for x in operands if type(x) is not float]
        if op.vectors and any(place is not None for place in places):
            n = len(operands) // op.vectors
            parts = [operands[p * n : (p + 1) * n] for p in range(op.vectors)]
            args = [self.gathered(part, (n,)) for part in parts]
        else:
            args = [x if type(x) is float else self.single(x) for x in operands]
        self.where[node] = len(self.nodes), None
        self.nodes.append(Node(node.name or "", op, tuple(args), node.data))

    def _operands(self, node: Value) -> list[Any]:
        """The operands of a node: Values, and floats for constants."""
        return list(map(self._plain, node.operands))

    def output(self, y: Any) -> int:
        """The node of an output: of a Value, a float, or a vector of these."""
        if isinstance(y, Whole):
            return self.gathered([self._plain(x) for x in y.elements], y.shape)
        y = self._plain(y)
        if isinstance(y, Value):
            return self.single(y)
        self.nodes.append(Node("", TABLE["identity"], (y,), y))
        return len(self.nodes) - 1

    def _plain(self, x: Any) -> Any:
        return x.data if isinstance(x, Value) and x in self._constants else x

    def single(self, x: Value) -> int:
        """The node that is this number."""
        node, place = self.where[x]
        return node if place is None else self._picked((node,), (place,), (), x.data)

    def gathered(self, elements: Sequence[Any], shape: tuple[int, ...]) -> int:
        """The node that is the vector of these numbers."""
        args: dict[Any, int] = {}  # each operand of the pick, and where it begins
        places, size = [], 0
        for x in elements:
            at: tuple[Any, int | None] = (x.hex(), None) if type(x) is float else self.where[x]
            node, place = at
            if node not in args:
                args[node] = size
                size += 1 if place is None else prod(self.nodes[node].shape)
            places.append(args[node] + (place or 0))
        given = tuple(float.fromhex(x) if isinstance(x, str) else x for x in args) or (0.0,)
        if len(given) == 1 and type(given[0]) is int and places == list(range(size)):
            only: int = given[0]
            if self.nodes[only].shape == shape:
                return only
        data = tuple(x if type(x) is float else x.data for x in elements)
        return self._picked(given, places, shape, data)

    def _picked(self, args: Any, places: Sequence[int], shape: tuple[int, ...], data: Any) -> int:
        key = args, compact(places), shape
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append(Node("", PICK, args, data, shape, compact(places)))
        return self._known[key]


def _alike(
    order: Sequence[Value],
    inputs: Mapping[Value, int],
    elements: set[Value],
    operands_of: Callable[[Value], list[Any]],
) -> list[list[Value]]:
    """The nodes, in groups that do the same to elements of vectors. Operands are in earlier groups.

    Nodes are alike if they are of the same row, and their operands are: equal constants, the same
    number, or elements of the same vector, or of groups that are alike. A node that was given a
    name is like no other.

    Args:
        order: The nodes, operands first.
        inputs: For each Value that stands for an input or an element of one, the input's number.
        elements: The Values that stand for elements.
        operands_of: The operands of a node: Values, and floats for constants.
    """
    groups = _Groups({x: ("input", i) for x, i in inputs.items()})
    derived = set(elements)
    if elements:
        order = sorted(order, key=lambda x: x._time)  # as recorded: elements in their order
    for node in order:
        operands = operands_of(node)
        values = [x for x in operands if type(x) is not float]
        alone = bool(node.name) or derived.isdisjoint(values)
        if not derived.isdisjoint(values):
            derived.add(node)
        groups.add(node, operands, alone)
    groups.close()
    return [group for group in groups.found if group]


class _Groups:
    """The groups of nodes that are alike, as the nodes are met in the order of their recording.

    Alike nodes that were recorded one after another are a group of their own: those of one
    operation on arrays. Other alike nodes, such as those of a loop, are one group.

    Args:
        kind: What each input is, for the keys of the nodes that use it.
    """

    def __init__(self, kind: dict[Any, Any]) -> None:
        self.found: list[list[Value]] = []
        self._kind = kind
        self._scattered: dict[Any, int] = {}  # what makes nodes alike -> the number of the group
        self._run: list[Value] = []  # the nodes of the last group, while it may go on
        self._first: list[Any] = []  # the operands of the first of them
        self._key: Any = None

    def add(self, node: Value, operands: list[Any], alone: bool) -> None:
        """Put the next node in a group. If it is to be alone, in one of its own."""
        if any(x is last for x in operands for last in self._run[-1:]):
            self.close()
        of = [x.hex() if type(x) is float else self._kind[x] for x in operands]
        key = None if alone else (node.op, _compressed(of))
        again = len(self._run) > 1 and all(map(is_, operands, self._first))
        if self._run and (
            key != self._key or again or alone or node._time != self._run[-1]._time + 1
        ):
            self.close()
        if not self._run:
            self.found.append([])
            self._key, self._first, self._run = key, operands, self.found[-1]
        self._kind[node] = "group", len(self.found) - 1
        self._run.append(node)
        if alone:
            self._run = []

    def close(self) -> None:
        """Let the last group be. If it has one node, the node joins others of a loop, if any."""
        if len(self._run) == 1:
            (node,), here = self._run, len(self.found) - 1
            place = self._scattered.setdefault(self._key, here)
            if place != here:
                self._kind[node] = "group", place
                self.found[place].append(node)
                self.found.pop()
        self._run = []


def _compressed(kinds: list[Any]) -> tuple[Any, ...]:
    """The kinds of a node's operands, short if a long vector has elements of one kind."""
    if len(kinds) < 8:
        return tuple(kinds)
    runs: list[list[Any]] = []
    for x in kinds:
        if runs and runs[-1][0] == x:
            runs[-1][1] += 1
        else:
            runs.append([x, 1])
    return tuple(tuple(run) for run in runs)

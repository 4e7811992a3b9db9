"""The nodes of a Graph: each as plain data, and all of them in flat arrays."""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import count, pairwise
from typing import Any, NamedTuple, overload

from ..core import Primitive


class Node(NamedTuple):
    """One step of a Graph: an input, or a primitive applied to earlier nodes and constants.

    Attributes:
        name: The Value's name, as pictures show it; v1, v2, … if the Value had no name.
        op: The primitive. None for an input.
        args: The operands. An int is the index of an earlier node, a float is a constant.
        data: The number that was recorded. Of a vector, its numbers as a flat tuple.
        shape: () for a number, (n,) for a vector of n numbers, (m, n) for a matrix.
        places: Which elements of its operands a node of the primitive ``PICK`` has.

    Example:
        >>> from micrograph import Graph, Value
        >>> node = Graph.of((Value(2, "a") * 3).named("J")).nodes[-1]
        >>> node.name, node.op, node.args, node.data
        ('J', <primitive mul>, (0, 3.0), 6.0)
    """

    name: str
    op: Primitive | None
    args: tuple[int | float, ...]
    data: Any
    shape: tuple[int, ...] = ()
    places: Sequence[int] = ()


Node.__module__ = "micrograph.graph"  # where a pickle looks for it

AUTOMATIC = re.compile(r"v\d+")
"""The names of nodes that were given none."""


class _Pick(Primitive):
    def __reduce__(self) -> str:  # type: ignore[override]  # a pickle holds where it is found
        return "PICK"


_Pick.__module__ = "micrograph.graph"
PICK = _Pick("pick", arguments=("x",), partials=lambda xp, y, x: (1.0,), public=False)
"""The primitive of nodes that gather elements of their operands, laid end to end.

A node's ``places`` say which elements; −1 stands for 0.0. A slice, a transpose, a row of a matrix,
a number repeated and numbers joined are all such nodes. PICK is no row of the table: the places are
part of the node.
"""


class Wide(NamedTuple):
    """What a node has that is a vector or picks elements: the last three fields of ``Node``."""

    shape: tuple[int, ...]
    places: Sequence[int]
    data: Any


class Nodes(Sequence[Node]):
    """Nodes in flat arrays: some 50 bytes a node, where a tuple for each would take 200.

    Args:
        ops: The primitive of each node. None for an input.
        starts: Where each node's operands begin among all operands, and where the last end.
        operands: All operands. One that is not negative is the index of a node; −1 − k is the k-th
            constant.
        constants: The constants.
        data: The recorded number of each node. NaN if it is not known yet.
        named: The names that were given, by node. The others are called v1, v2, … in their order.
        wide: What nodes have that are vectors, or pick elements, by node.
        unknown: The nodes whose number is not known yet. It is computed when one is asked for.
        scopes: The paths of the scopes that nodes were recorded in, by node. Only recorded nodes
            have them: they are not in a graph that was simplified, differentiated or read from
            JSON. They do not count if nodes are compared.
    """

    __module__ = "micrograph.graph"  # where a pickle looks for it

    def __init__(
        self,
        ops: list[Primitive | None],
        starts: array[int],
        operands: array[int],
        constants: array[float],
        data: array[float],
        named: dict[int, str],
        wide: dict[int, Wide] | None = None,
        unknown: Sequence[int] = (),
        scopes: dict[int, tuple[str, ...]] | None = None,
    ) -> None:
        self.ops, self.starts, self.operands, self.constants = ops, starts, operands, constants
        self.named, self.wide, self.unknown = named, wide or {}, list(unknown)
        self.scopes = scopes or {}
        self._data = data

    @classmethod
    def of(cls, nodes: Iterable[Node]) -> Nodes:
        """These nodes. A node whose name is "" gets a free one.

        A number may be None. Then it is computed if it is asked for.
        """
        ops: list[Primitive | None] = []
        starts, operands, constants = [0], list[int](), list[float]()
        numbers, unknown = list[float](), list[int]()
        named, wide = dict[int, str](), dict[int, Wide]()
        for i, (name, op, args, data, shape, picked) in enumerate(nodes):
            if name:
                named[i] = name
            ops.append(op)
            for x in args:
                if type(x) is int:
                    operands.append(x)
                else:
                    operands.append(~len(constants))
                    constants.append(x)
            starts.append(len(operands))
            if shape or op is PICK:
                wide[i] = Wide(shape, picked, data)
            if data is None:
                unknown.append(i)
                data = math.nan
            numbers.append(math.nan if shape else data)
        flat = array("q", starts), array("q", operands), array("d", constants), array("d", numbers)
        return cls(ops, *flat, named, wide, unknown)

    compute: Callable[[Nodes], None]  # ``vectors`` sets it: it computes the numbers not known yet

    @property
    def data(self) -> array[float]:
        """The recorded number of each node; NaN for a vector."""
        if self.unknown:
            Nodes.compute(self)
        return self._data

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (
            self.ops, self.starts, self.operands, self.constants, self.data, self.named, self.wide,
            (), self.scopes,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.ops)

    @overload
    def __getitem__(self, i: int) -> Node: ...
    @overload
    def __getitem__(self, i: slice) -> tuple[Node, ...]: ...
    def __getitem__(self, i: int | slice) -> Node | tuple[Node, ...]:
        if isinstance(i, slice):
            return tuple(self[k] for k in range(*i.indices(len(self))))
        i = range(len(self))[i]  # an IndexError, if there is none
        number = self._data[i]
        if self.unknown and number != number:  # unknown, or NaN
            number = self.data[i]
        shape, places, data = self.wide.get(i, ((), (), number))
        return Node(self.name(i), self.ops[i], self.args(i), data, shape, places)

    def __iter__(self) -> Iterator[Node]:
        numbers = self.data
        for i, (name, (op, args)) in enumerate(zip(self.names(), self.steps(), strict=True)):
            shape, places, data = self.wide[i] if i in self.wide else ((), (), numbers[i])
            yield Node(name, op, args, data, shape, places)

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __eq__(self, other: object) -> bool:
        """Whether these are the same nodes to the last bit. NaN is the same as NaN."""
        if not isinstance(other, Nodes):
            return NotImplemented
        return self._bits() == other._bits()

    def _bits(self) -> tuple[Any, ...]:
        numbers = self.constants.tobytes(), self.data.tobytes(), repr(self.wide)
        return self.ops, self.starts, self.operands, *numbers, self.names()

    def __hash__(self) -> int:
        return hash((len(self), self.operands.tobytes(), self.data.tobytes()))

    def args(self, i: int) -> tuple[int | float, ...]:
        """The operands of node i, as ``Node.args``."""
        constants = self.constants
        placed = self.operands[self.starts[i] : self.starts[i + 1]]
        return tuple([k if k >= 0 else constants[~k] for k in placed])

    def steps(self) -> Iterator[tuple[Primitive | None, tuple[int | float, ...]]]:
        """The primitive and the operands of each node, in order."""
        operands, constants = self.operands, self.constants
        for op, (start, end) in zip(self.ops, pairwise(self.starts), strict=True):
            yield op, tuple([k if k >= 0 else constants[~k] for k in operands[start:end]])

    def inputs(self) -> list[int]:
        """The places of the nodes without an operation."""
        return [i for i, op in enumerate(self.ops) if op is None]

    def shape(self, i: int) -> tuple[int, ...]:
        """The shape of node i."""
        return self.wide[i].shape if i in self.wide else ()

    @cached_property
    def vectorial(self) -> frozenset[int]:
        """The nodes of which the result or an operand is a vector; not the inputs."""
        if not self.wide:
            return frozenset()
        steps = enumerate(self.steps())
        return frozenset(
            i
            for i, (op, args) in steps
            if op and (i in self.wide or any(type(k) is int and self.shape(k) for k in args))
        )

    def name(self, i: int) -> str:
        """What node i is called."""
        if i in self.named:
            return self.named[i]
        if self._automatic:
            return self._called[i]
        return f"v{i - bisect_left(self._places, i) + 1}"  # so many before it have no name

    def names(self) -> list[str]:
        """What the nodes are called."""
        return self._called if self._automatic else [self.name(i) for i in range(len(self))]

    @cached_property
    def _places(self) -> list[int]:
        """The places of the nodes that were given a name."""
        return sorted(self.named)

    @cached_property
    def _automatic(self) -> bool:
        """Whether a node was given a name of those that nodes without a name have."""
        return any(AUTOMATIC.fullmatch(name) for name in self.named.values())

    @cached_property
    def _called(self) -> list[str]:
        taken = set(self.named.values())
        free = (v for v in map("v{}".format, count(1)) if v not in taken)
        return [self.named.get(i) or next(free) for i in range(len(self))]


def needed(args: Sequence[Sequence[int | float]], roots: Iterable[int]) -> bytearray:
    """For each node 1 if one of the roots is computed from it, or is it; else 0.

    Args:
        args: The operands of each node: an int is the place of an earlier node.
        roots: The places of some nodes.
    """
    live = bytearray(len(args))
    for i in roots:
        live[i] = 1
    for i in range(len(live) - 1, -1, -1):
        if live[i]:
            for x in args[i]:
                if type(x) is int:
                    live[x] = 1
    return live

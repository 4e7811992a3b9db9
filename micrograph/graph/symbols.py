"""Symbols: numbers that are nodes of a graph under construction. So a graph's gradient is a graph.

A row applied to symbols becomes a node. The same row applied to the same operands is the same node,
and a few identities that change no finite result are applied on the way: 1·x, −(−x), a + (−b), the
strong zero with a factor that is known to be finite.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..core import KINDS, TABLE, Namespace, Primitive, attach
from ..namespaces.floats import unraising
from . import vectors
from .node import PICK, Node, Nodes, Wide, needed

Operand = Any
"""A Symbol, or a float: a constant."""

Arg = int | float
"""The place of a node, or a constant: the same as Operand, in numbers that are quick to compare."""

MUL, SUB, NEG, WHERE = (TABLE[name] for name in ("mul", "sub", "neg", "where"))


class Symbol:
    """A node of a graph under construction: a number for rules to compute with.

    Args:
        of: The construction.
        place: The node's place among the nodes.
    """

    __slots__ = ("of", "place")

    def __init__(self, of: Construction, place: int) -> None:
        self.of, self.place = of, place

    def __repr__(self) -> str:
        return f"<symbol {self.node.name}>"

    def __bool__(self) -> bool:
        called = self.node.name or "a node"
        raise TypeError(f"{called} is a symbol, neither true nor false; use xp.where")

    @property
    def node(self) -> Node:
        """The node."""
        return self.of.node_at(self.place)

    @property
    def shape(self) -> tuple[int, ...]:
        """() for a number, (n,) for a vector of n numbers."""
        return self.of.shape(self.place)


class Construction(Namespace):
    """The namespace of symbols: each operation is a node that is added, or found.

    Args:
        whole: Whether a row becomes a node. If not, its definition is run. Default: all rows do.

    Attributes:
        ops: The primitive of each node so far, operands before the nodes that use them.
        operands: The operands of each node: places of nodes, and constants.
        symbols: The symbol of each node.
        names: The names of nodes, by place.
        wide: The shape and the places of nodes that are vectors, or pick elements.
        numbers: The numbers of nodes that are known: those of inputs and of constants.
        recording: Whether the nodes that are added may raise on floats. Derivatives never do.
    """

    def __init__(self, whole: Callable[[Primitive], bool] | None = None) -> None:
        super().__init__("graph", {}, rank=2)
        self.ops: list[Primitive | None] = []
        self.operands: list[tuple[Arg, ...]] = []
        self.symbols: list[Symbol] = []
        self.names: dict[int, str] = {}
        self.wide: dict[int, tuple[tuple[int, ...], Sequence[int]]] = {}
        self.numbers: dict[int, Any] = {}
        self.recording = True
        self._whole = whole
        self._known: dict[Any, int] = {}

    holds_vectors = True

    def input(self, node: Node) -> Symbol:
        """A new input: of this name and shape, with these recorded numbers."""
        return self.added(node)

    def output(self, x: Operand) -> int:
        """The place of a node that is this number. A constant becomes a node, to be an output."""
        if type(x) is not Symbol:
            x = self.added(Node("", TABLE["identity"], (float(x),), float(x)))
        place: int = x.place
        return place

    def added(self, node: Node) -> Symbol:
        """A new node. Its number may be None, if it is not known yet."""
        name, op, args, data, shape, places = node
        place = self._add(op, args)
        if name:
            self.names[place] = name
        if shape or places:
            self.wide[place] = shape, places
        if data is not None:
            self.numbers[place] = data
        return self.symbols[place]

    def _add(self, op: Primitive | None, args: tuple[Arg, ...]) -> int:
        place = len(self.ops)
        self.ops.append(op)
        self.operands.append(args)
        self.symbols.append(Symbol(self, place))
        return place

    def shape(self, place: int) -> tuple[int, ...]:
        """The shape of a node."""
        return self.wide[place][0] if place in self.wide else ()

    def node_at(self, place: int) -> Node:
        """A node. Its number is None if it is not known yet."""
        shape, places = self.wide.get(place, ((), ()))
        name, number = self.names.get(place, ""), self.numbers.get(place)
        return Node(name, self.ops[place], self.operands[place], number, shape, places)

    @property
    def nodes(self) -> list[Node]:
        """The nodes so far."""
        return [self.node_at(i) for i in range(len(self.ops))]

    def spell(self, row: Primitive) -> Callable[..., Operand]:
        """The operation that adds the row's node, or finds it. On floats alone it computes."""
        if row.definition and self._whole and not self._whole(row):
            return partial(row.definition, self)
        if not row.vectors:
            return lambda *arguments: self.value(row, arguments)

        def build(*arguments: Any) -> Operand:
            if any(type(x) is Symbol for x in arguments):
                y = self.along(row, arguments)
                return self.repeated(y, arguments[0].shape[-1]) if y.shape else y
            return self.value(row, row.flat(arguments))

        return build

    def value(self, row: Primitive, operands: Sequence[Any]) -> Operand:
        """The row at these operands, vectors laid end to end: a node, or what is simpler."""
        if self._whole and row.definition and not self._whole(row):
            return getattr(self, row.key)(*row.arrange(operands))
        y = self.made(row, tuple([x.place if type(x) is Symbol else float(x) for x in operands]))
        return self.symbols[y] if type(y) is int else y

    def made(self, row: Primitive, args: tuple[Arg, ...]) -> Arg:
        """The row at these operands: a constant, or the place of its node, new or found."""
        if int not in map(type, args):
            return self.constant(row, args)
        found = self.simpler(row, args)
        if found is not None:
            return found
        if row.vectors and self.wide:
            shapes = [self.shape(x) for x in args if type(x) is int]
            shape = max(shapes, key=len)
            if shape:
                return self._by_element(row, args, shape)
        return self.place(row, args)

    def _by_element(self, row: Primitive, args: tuple[Arg, ...], shape: tuple[int, ...]) -> int:
        """A row of vectors whose elements are nodes of this shape, and numbers: element by element.

        So is the hypot([a, b]) in the slope of atan2 if a is a vector. Each vector of the row lies
        along a new last axis, and the row goes along that.
        """
        lines = [self._beside(line, shape) for line in row.arrange(args)]
        return self.place(row, tuple(lines), shape)

    def _beside(self, line: Sequence[Arg], shape: tuple[int, ...]) -> int:
        """Nodes of this shape, and numbers, side by side along a new last axis."""
        size, places, start = math.prod(shape), list[Sequence[int]](), 0
        for x in line:
            wide = type(x) is int and self.shape(x) != ()
            places.append(range(start, start + size) if wide else [start] * size)
            start += size if wide else 1
        woven = [k for each in zip(*places, strict=True) for k in each]
        return self.place(PICK, tuple(line), (*shape, len(line)), compact(woven))

    def simpler(self, row: Primitive, args: tuple[Arg, ...]) -> Arg | None:
        """What stands in place of the row at these operands; None if they stay as they are."""
        simpler = SIMPLER.get(row)
        return simpler(self, *args) if simpler else None

    def constant(self, row: Primitive, args: tuple[Arg, ...]) -> Arg:
        """The row at constants."""
        return unraising(row, args)

    def partials(self, row: Primitive, y: Operand, operands: Sequence[Operand]) -> tuple[Any, ...]:
        """The row's partials as nodes. TypeError names the row if its rule takes numbers alone."""
        try:
            if not row.vectors:
                return row.partials(self, y, *operands)
            return row.partials_at(self, y, operands)
        except TypeError as error:
            raise TypeError(
                f"the partials of {row.name} are Python code that takes numbers alone: {error}"
            ) from None

    def place(
        self,
        row: Primitive,
        args: tuple[Arg, ...],
        shape: tuple[int, ...] | None = None,
        places: Sequence[int] = (),
    ) -> int:
        """The place of the row's node at these operands: of the one that there is, or a new one.

        Args:
            row: The row.
            args: Its operands.
            shape: The shape of the result. Default: that of the operands that are vectors.
            places: The places of a ``PICK``.
        """
        if shape is None:
            shape = ()
            if self.wide:
                shapes = (self.shape(x) for x in args if type(x) is int)
                shape = next(filter(None, shapes), ())
        key: Any = row.key, args  # of texts and numbers, which are no work for the collector
        if float in map(type, args):  # −0.0 is not 0.0, and place 2 is not the constant 2.0
            key = row.key, *[x.hex() if type(x) is float else x for x in args]
        if shape or places:
            key = key, shape, places
        place = self._known.get(key)
        if place is None:
            place = self._known[key] = self._add(row, args)
            if shape or places:
                self.wide[place] = shape, places
        return place

    def node(
        self,
        row: Primitive,
        operands: Sequence[Operand],
        shape: tuple[int, ...] | None = None,
        places: Sequence[int] = (),
    ) -> Symbol:
        """As ``place``, with symbols."""
        args = tuple([x.place if type(x) is Symbol else float(x) for x in operands])
        return self.symbols[self.place(row, args, shape, places)]

    # Vectors: each is one symbol

    def along(self, row: Primitive, operands: Sequence[Symbol]) -> Symbol:
        """A row of vectors along the last axis."""
        shape = max((x.shape for x in operands), key=len)
        return self.node(row, operands, shape[:-1])

    def along_partials(
        self, row: Primitive, y: Symbol, operands: Sequence[Symbol]
    ) -> tuple[Operand, ...]:
        """The partials of a row of vectors: a vector for each operand, or one number for all."""
        shape = max((x.shape for x in operands), key=len)
        if len(shape) > 1:
            y = self.repeated(y, shape[-1])
            operands = [self.filled(x, shape) for x in operands]
        found = row.partials(self, y, *operands)
        wide = (type(d) is Symbol and d.shape != () for d in found)
        return tuple(self.filled(d, shape) if w else d for d, w in zip(found, wide, strict=True))

    def pick(
        self,
        operands: Sequence[Operand],
        ranks: Sequence[int],
        places: Sequence[int],
        shape: tuple[int, ...],
    ) -> Operand:
        """The elements of the operands, laid end to end, at these places."""
        places = compact(places)
        (x, *others) = operands
        if not others and type(x) is Symbol and x.shape:
            if x.shape == shape and places == range(math.prod(shape)):
                return x
            if self.ops[x.place] is PICK:  # of what was picked
                inner = self.wide[x.place][1]
                through = [inner[k] if k >= 0 else -1 for k in places]
                of = [self.symbols[k] if type(k) is int else k for k in self.operands[x.place]]
                return self.pick(of, (), through, shape)
        return self.node(PICK, operands, shape, places)

    def aligned(self, x: Operand, rank: int) -> Operand:
        """The number x as an operand beside vectors: itself."""
        return x

    def repeated(self, x: Operand, n: int) -> Operand:
        """Each element of x n times, along a new last axis. A number goes with any shape."""
        if type(x) is not Symbol or not x.shape:
            return x
        places = [i for i in range(math.prod(x.shape)) for _ in range(n)]
        return self.pick([x], (), places, (*x.shape, n))

    def filled(self, x: Operand, shape: tuple[int, ...]) -> Operand:
        """x repeated to this shape, along new axes that come first."""
        here = x.shape if type(x) is Symbol else ()
        if here == shape:
            return x
        places = list(range(math.prod(here))) * (math.prod(shape) // math.prod(here))
        return self.pick([x], (), places, shape)

    def elements(self, x: Symbol) -> list[Operand]:
        """The elements along the last axis: of a vector numbers, of a matrix vectors."""
        *lines, n = x.shape
        places = range(0, math.prod(x.shape), n) if n else range(0)
        return [self.pick([x], (), [k + i for k in places], tuple(lines)) for i in range(n)]

    def joined(self, x: Sequence[Operand]) -> Operand:
        """The vector of these numbers, or the matrix of these columns."""
        shape = max((e.shape for e in x if type(e) is Symbol), key=len, default=())
        line = [e.place if type(e) is Symbol else float(e) for e in x]
        return self.symbols[self._beside(line, shape)]


def compact(places: Sequence[int]) -> Sequence[int]:
    """Places as a range if they go up evenly; if not, as a tuple."""
    if isinstance(places, range) or not places:
        return places if places else tuple(places)
    step = places[1] - places[0] if len(places) > 1 else 1
    found = range(places[0], places[0] + step * len(places), step) if step > 0 else range(0)
    return found if places[0] >= 0 and list(found) == list(places) else tuple(places)


# Identities: what a row's node is, if it is simpler; None if it is not


def _mul(xp: Construction, a: Arg, b: Arg) -> Arg | None:
    if type(a) is float:
        a, b = b, a
    if type(b) is not float or abs(b) != 1.0:
        return None
    return a if b == 1.0 else xp.made(NEG, (a,))


def _div(xp: Construction, a: Arg, b: Arg) -> Arg | None:
    return a if type(b) is float and b == 1.0 else None


def _neg(xp: Construction, x: int) -> Arg | None:
    return xp.operands[x][0] if xp.ops[x] is NEG else None


def _add(xp: Construction, a: Arg, b: Arg) -> Arg | None:
    if type(b) is int and xp.ops[b] is NEG:
        return xp.made(SUB, (a, xp.operands[b][0]))
    if type(a) is int and xp.ops[a] is NEG:
        return xp.made(SUB, (b, xp.operands[a][0]))
    return None


def _azmul(xp: Construction, adjoint: Arg, slope: Arg) -> Arg | None:
    """The strong zero is the product if a factor is a finite number other than 0, a constant."""
    for x in (adjoint, slope):
        if type(x) is float and x and math.isfinite(x):
            return xp.made(MUL, (adjoint, slope))
    if type(slope) is int and xp.ops[slope] is WHERE:
        condition, a, b = xp.operands[slope]
        if type(a) is type(b) is float and {a, b} == {0.0, 1.0}:
            chosen = (adjoint, 0.0) if a == 1.0 else (0.0, adjoint)
            return xp.made(WHERE, (condition, *chosen))
    return None


def _where(xp: Construction, condition: Arg, a: Arg, b: Arg) -> Arg | None:
    if type(condition) is float:
        return a if condition else b
    if type(a) is type(b) is float and a.hex() == b.hex():
        return a
    return None


SIMPLER: dict[Primitive, Callable[..., Arg | None]] = {
    MUL: _mul,
    TABLE["div"]: _div,
    NEG: _neg,
    TABLE["add"]: _add,
    TABLE["azmul"]: _azmul,
    WHERE: _where,
}


class _Symbols(Namespace):
    """The namespace by which a row finds the construction of the symbols that it is called with."""

    def apply(self, row: Primitive, arguments: Sequence[Any]) -> Operand:
        # a rule of the simplifier calls a row with a list of one whole vector
        arguments = [x[0] if _is_whole(x) else x for x in arguments]
        whole = any(type(x) is Symbol for x in arguments)
        operands = arguments if whole else row.flat(arguments)
        of = next(x.of for x in operands if type(x) is Symbol)
        return getattr(of, row.key)(*arguments)


def _is_whole(x: Any) -> bool:
    return isinstance(x, tuple) and len(x) == 1 and type(x[0]) is Symbol and x[0].shape != ()


KINDS[Symbol] = _Symbols("graph", {}, rank=2)


def _operator(row: Primitive) -> Callable[..., Operand]:
    """Python's operator for a row."""

    def operation(*operands: Any) -> Operand:
        a, b = operands[0], operands[-1]
        return (a if type(a) is Symbol else b).of.value(row, operands)

    return operation


for _row in TABLE.values():
    if _row.operator:
        attach(Symbol, _row, _operator(_row))


def built(graph: Any, xp: Construction) -> tuple[list[Operand], int]:
    """The graph's nodes in a construction, as symbols and constants; how many may raise on floats.

    Args:
        graph: The Graph.
        xp: The construction. Its ``recording`` is turned off after the nodes that may raise.
    """
    work: list[Operand] = []
    recorded, vectorial = graph.recorded_nodes, graph.nodes.vectorial
    for i, (op, args) in enumerate(graph.nodes.steps()):
        if i == recorded:
            recorded, xp.recording = len(xp.ops), False
        if op is None:
            work.append(xp.input(graph.nodes[i]))
            continue
        operands = [work[k] if type(k) is int else k for k in args]
        if i in vectorial:
            work.append(vectors.value(xp, graph.nodes, i, operands, xp.value))
        else:
            work.append(xp.value(op, operands))
    if xp.recording:
        recorded, xp.recording = len(xp.ops), False
    return work, recorded


def gradient(
    graph: Any, wrt: Sequence[str], xp: Construction, work: Sequence[Operand], recorded: int
) -> tuple[Nodes, list[int], int]:
    """The nodes of a gradient graph, the places of its outputs, and how many nodes are recorded.

    Args:
        graph: The Graph to differentiate.
        wrt: The names of the inputs to differentiate by: one output for each.
        xp: The construction in which the graph's nodes have been built.
        work: The symbol, or the constant, of each of the graph's nodes.
        recorded: How many nodes of the construction may raise on floats.
    """
    _, found = graph.swept(xp, work)
    slopes = dict(zip((node.name for node in graph.inputs), found, strict=True))
    return pruned(xp, [xp.output(slopes[name]) for name in wrt], recorded)


def kept(xp: Construction, outputs: Sequence[int]) -> list[int]:
    """The places of the nodes that the outputs need, and of all inputs."""
    live = needed(xp.operands, outputs)
    return [i for i, op in enumerate(xp.ops) if live[i] or op is None]


def pruned(xp: Construction, outputs: Sequence[int], recorded: int) -> tuple[Nodes, list[int], int]:
    """The nodes that the outputs need, with names, and all inputs; the outputs' new places."""
    places = kept(xp, outputs)
    new = [0] * len(xp.ops)
    starts, operands, constants = [0], list[int](), list[float]()
    for i, k in enumerate(places):
        new[k] = i
        for x in xp.operands[k]:
            if type(x) is int:
                operands.append(new[x])
            else:
                operands.append(~len(constants))
                constants.append(x)
        starts.append(len(operands))
    numbers, wide = xp.numbers, {}
    for i in [k for k in places if k in xp.wide] if xp.wide else ():
        shape, picked = xp.wide[i]
        wide[new[i]] = Wide(shape, picked, numbers.get(i))
    nodes = Nodes(
        [xp.ops[k] for k in places],
        array("q", starts),
        array("q", operands),
        array("d", constants),
        array("d", [math.nan if xp.shape(k) else numbers.get(k, math.nan) for k in places]),
        {new[k]: name for k, name in xp.names.items() if places[new[k]] == k},
        wide,
        [i for i, k in enumerate(places) if k not in numbers],
    )
    return nodes, [new[i] for i in outputs], bisect_left(places, recorded)

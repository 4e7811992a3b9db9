"""A graph with its numbers: those of the forward sweep, and those of the reverse sweep.

Pictures, tables and explanations read a graph in this form, whether Values recorded it or it is a
``Graph``. The nodes are numbered: operands come before the nodes that use them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from ..core import Primitive
from ..engine.reading import current
from ..engine.reading import edges as edges_of
from ..engine.reading import names as naming
from ..engine.sweep import reverse
from ..engine.value import Value
from ..graph import Graph
from ..graph.vectors import Vector
from ..namespaces.floats import FLOAT


@dataclass(frozen=True, slots=True)
class Swept:
    """A graph with its numbers, in columns: an entry for each node.

    Attributes:
        names: What the nodes are called. Nodes without a name are called v1, v2, …
        ops: The primitive of each node. None for a leaf.
        operands: The operands. An int is the number of a node, a float is a constant.
        data: The value. Of a vector, its numbers as a flat list.
        partials: ∂node/∂operand for each operand. None for a constant, and if the node or the
            operand is a vector.
        adjoints: dJ/dnode, where J is the output, from a sweep of its own that changes no
            ``.grad``. Of a vector, as a flat list. None if there are several outputs.
        stored: The ``.grad`` of a leaf that is a Value. None for all other nodes.
        scopes: The names of the scopes that each node was recorded in, the outermost first.
        shapes: () for a number, (n,) for a vector.
        outputs: The numbers of the outputs.
        reached: Whether ``backward`` has reached the output. True for a Graph.
        places: The number of each Value. Empty for a Graph.
    """

    names: Sequence[str]
    ops: Sequence[Primitive | None]
    operands: Sequence[tuple[int | float, ...]]
    data: Sequence[Any]
    partials: Sequence[tuple[float | None, ...]]
    adjoints: Sequence[Any] | None
    stored: Sequence[float | None]
    scopes: Sequence[tuple[str, ...]]
    shapes: Sequence[tuple[int, ...]]
    outputs: tuple[int, ...]
    reached: bool
    places: Mapping[Value, int]

    def __len__(self) -> int:
        return len(self.names)

    def parents(self, i: int) -> list[int]:
        """The operands of node i that are nodes, in order."""
        return [k for k in self.operands[i] if type(k) is int]

    def above(self, i: int) -> set[int]:
        """Node i and all nodes that were computed from it, along edges of any kind."""
        found = {i}
        for k in range(i + 1, len(self)):
            if not found.isdisjoint(self.parents(k)):
                found.add(k)
        return found

    def labels(self, i: int) -> dict[int, str]:
        """The constants of node i that pictures draw, such as the label y of a loss: by place."""
        row, operands = self.ops[i], self.operands[i]
        if row is None or not row.drawn:
            return {}
        places = {row.arguments.index(name): name for name in row.drawn}
        return {place: name for place, name in places.items() if type(operands[place]) is float}

    def slopes(self, i: int) -> Iterator[tuple[int, float, int]]:
        """The operands that node i has a slope in, as the sweep goes: (node, partial, place).

        Left out are a condition, a branch that was not taken, and the operand of a step function.
        """
        row = self.ops[i]
        if row is None:
            return
        for place, (k, d) in enumerate(zip(self.operands[i], self.partials[i], strict=True)):
            if d is not None and row.slope_in(place) and (d or not row.choice):
                assert isinstance(k, int)
                yield k, d, place


def swept(what: Any, names: Mapping[Any, str] | None = None) -> Swept:
    """A graph with its numbers.

    Args:
        what: A Value, a sequence or an array of Values, or a Graph. What is swept already stays as
            it is.
        names: Names for nodes of Values that have none.

    Raises:
        TypeError: If ``what`` is none of these.
        ValueError: If it is an empty sequence, or a Graph without an output.
        RuntimeError: If a leaf was assigned after its use.

    Cost:
        One reverse sweep. For a Graph, one forward sweep too.
    """
    if isinstance(what, Swept):
        return what
    if isinstance(what, Value):
        return _of_values([what], names)
    if isinstance(what, Graph):
        return _of_graph(what)
    try:
        outputs = list(getattr(what, "flat", what))  # an array of NumPy may have any shape
    except TypeError:
        outputs = [what]
    if not outputs:
        raise ValueError("expected a Value to show, got an empty sequence")
    for x in outputs:
        if not isinstance(x, Value):
            raise TypeError(
                f"expected a Value to show, got {x!r}; several Values, or a Graph, will do, too"
            )
    return _of_values(outputs, names)


def _of_values(outputs: Sequence[Value], names: Mapping[Value, str] | None) -> Swept:
    order = current(*outputs)
    called = naming(order, names)
    places = {node: i for i, node in enumerate(order)}
    adjoints = None
    if len(places.keys() & set(outputs)) == 1:
        found = reverse(order, {outputs[0]: 1.0}, edges_of, FLOAT.azmul)
        adjoints = [found.get(node, 0.0) for node in order]
    operands, partials = [], []
    for node in order:
        slopes = iter(node.partials)
        xs = node.operands
        operands.append(tuple([places[x] if isinstance(x, Value) else x for x in xs]))
        partials.append(tuple([next(slopes) if isinstance(x, Value) else None for x in xs]))
    return Swept(
        names=[called[node] for node in order],
        ops=[node.op for node in order],
        operands=operands,
        data=[node.data for node in order],
        partials=partials,
        adjoints=adjoints,
        stored=[None if node.op else node.grad for node in order],
        scopes=[node.scope for node in order],
        shapes=[()] * len(order),
        outputs=tuple(places[x] for x in outputs),
        reached=all(x._swept for x in outputs),
        places=places,
    )


def _of_graph(graph: Graph) -> Swept:
    nodes, outputs = graph.nodes, graph.outputs_of(range(len(graph.nodes)))
    if not outputs:
        raise ValueError("expected a Graph with an output to show, got one without")
    shapes = [nodes.shape(i) for i in range(len(nodes))]
    data: list[Any] = [Vector(node.data) if node.shape else node.data for node in nodes]
    operands = [args for _, args in nodes.steps()]
    partials: list[tuple[float | None, ...]] = []
    for i, (op, args) in enumerate(nodes.steps()):
        if op is None or i in nodes.vectorial:
            partials.append((None,) * len(args))
            continue
        numbers = [data[k] if type(k) is int else k for k in args]
        slopes = FLOAT.partials(op, data[i], numbers)
        partials.append(
            tuple([d if type(k) is int else None for k, d in zip(args, slopes, strict=True)])
        )
    adjoints = None
    if len(set(outputs)) == 1 and not shapes[outputs[0]]:
        found = graph.adjoints(FLOAT, data)
        zeros = [[0.0] * prod(shape) if shape else 0.0 for shape in shapes]
        adjoints = [found.get(i, zero) for i, zero in enumerate(zeros)]
    return Swept(
        names=nodes.names(),
        ops=nodes.ops,
        operands=operands,
        data=data,
        partials=partials,
        adjoints=adjoints,
        stored=[None] * len(nodes),
        scopes=[nodes.scopes.get(i, ()) for i in range(len(nodes))],
        shapes=shapes,
        outputs=tuple(outputs),
        reached=True,
        places={},
    )

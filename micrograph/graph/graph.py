"""Graph: what Values recorded, frozen and flat, to be evaluated at other numbers.

graph = Graph.of(J)
graph(a=5.0001)         # floats
graph(mpf(5), 3, 2)     # or any kind of number that has a namespace
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..core import Namespace, Primitive, namespace_of
from ..engine.reading import names, topological
from ..engine.value import Value
from ..namespaces.floats import FLOAT
from ..namespaces.text import explain, formula, listed


class Node(NamedTuple):
    """One step of a Graph: an input, or a primitive applied to earlier nodes and constants.

    name: as pictures show it: v1, v2, … where the Value had none
    op:   the primitive; None for an input
    args: the operands: an int is the index of an earlier node, a float a constant
    data: the number that was recorded
    """

    name: str
    op: Primitive | None
    args: tuple[int | float, ...]
    data: float


Node.__module__ = "micrograph.graph"  # where a pickle looks for it


class Graph:
    """A computation as plain data: nodes in topological order, some of them outputs.

    nodes: all steps, operands before what uses them

    >>> from micrograph import Value
    >>> a, b = Value(2, "a"), Value(3, "b")
    >>> graph = Graph.of((a * b + a).named("J"))
    >>> graph
    Graph(a, b → J: 4 nodes)
    >>> graph(a=10), graph(1, 1)
    (40.0, 2.0)
    """

    __module__ = "micrograph.graph"  # where a pickle looks for it
    __slots__ = ("_outputs", "nodes")

    nodes: tuple[Node, ...]
    _outputs: tuple[int, ...]

    def __init__(self, nodes: Sequence[Node], outputs: Sequence[int]) -> None:
        object.__setattr__(self, "nodes", tuple(nodes))
        object.__setattr__(self, "_outputs", tuple(outputs))

    def __setattr__(self, name: str, x: Any) -> None:
        raise AttributeError(f"a Graph is frozen; {name} can't be assigned")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.nodes, self._outputs)

    @classmethod
    def of(cls, *outputs: Value) -> Graph:
        """The graph that computed these Values. Raises TypeError for anything else."""
        for x in outputs:
            if not isinstance(x, Value):
                raise TypeError(f"Graph.of expects Values, got {x!r}")
        order = topological(*outputs)
        index = {node: i for i, node in enumerate(order)}
        nodes = [
            Node(
                name,
                node.op,
                tuple(index[x] if isinstance(x, Value) else x for x in node.operands),
                node.data,
            )
            for node, name in names(order).items()
        ]
        return cls(nodes, [index[x] for x in outputs])

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes without operation; ``graph(…)`` takes their numbers in this order."""
        return tuple(node for node in self.nodes if node.op is None)

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The nodes whose numbers ``graph(…)`` returns."""
        return tuple(self.nodes[i] for i in self._outputs)

    def __repr__(self) -> str:
        inputs, outputs = (", ".join(n.name for n in ns) for ns in (self.inputs, self.outputs))
        return f"Graph({inputs} → {outputs}: {len(self.nodes)} nodes)"

    def __call__(self, /, *args: Any, **named: Any) -> Any:
        """The output, or a tuple of them, at these inputs; of their kind of number.

        Inputs are given by position, or by name; one not named keeps the number that it had
        when the graph was made.

        Raises: TypeError for a wrong number of arguments, an unknown or doubled name; on
        floats DomainError, ZeroDivisionError, OverflowError, naming the node.
        """
        inputs = self._bind(args, named)
        work = self.evaluate(namespace_of(*inputs), inputs)
        found = self.outputs_of(work)
        return found[0] if len(found) == 1 else found

    def _bind(self, args: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        inputs = self.inputs
        called = [node.name for node in inputs]
        if len(args) > len(inputs) or (args and len(args) + len(named) < len(inputs)):
            raise TypeError(f"expected {len(inputs)} inputs ({listed(called)}), got {len(args)}")
        bound = [*args, *(node.data for node in inputs[len(args) :])]
        for name, x in named.items():
            if called.count(name) != 1:
                many = "several inputs are" if name in called else "no input is"
                raise TypeError(f"{many} named {name!r}; the inputs are {listed(called)}")
            if called.index(name) < len(args):
                raise TypeError(f"input {name!r} is given twice, by position and by name")
            bound[called.index(name)] = x
        return bound

    def evaluate(self, xp: Namespace, inputs: Sequence[Any]) -> list[Any]:
        """The number at every node, in the order of ``nodes``, computed in namespace ``xp``.

        inputs: one number for each input. Cost: one operation of xp per node.
        Raises: what xp raises; on floats, an error that names the node.
        """
        work: list[Any] = []
        given = iter(inputs)
        for node in self.nodes:
            if node.op is None:
                work.append(xp.convert(next(given)))
                continue
            operands = [work[i] if type(i) is int else i for i in node.args]
            try:
                work.append(getattr(xp, node.op.name)(*node.op.arrange(operands)))
            except (ValueError, ArithmeticError) as error:
                if xp is not FLOAT:
                    raise
                raise explain(node.op, self._called(node), operands, error) from None
        return work

    def outputs_of(self, work: Sequence[Any]) -> tuple[Any, ...]:
        """The outputs among the numbers of all nodes."""
        return tuple(work[i] for i in self._outputs)

    def _called(self, node: Node) -> list[str | float]:
        return [self.nodes[i].name if type(i) is int else i for i in node.args]

    def formula(self, node: Node) -> str:
        """How a node is computed, in the names of its operands: ``b·c``; "" for an input."""
        return formula(node.op, self._called(node)) if node.op else ""

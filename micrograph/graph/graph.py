"""Graph: a recorded computation as a flat, frozen list of steps, for use at other numbers.

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


class Graph:
    """A recorded computation as plain data. Calling the graph evaluates it at other inputs.

    A graph is frozen. It does not change if the leaves of its Values are assigned later.

    Attributes:
        nodes: All steps in topological order: operands come before the steps that use them.

    Example:
        >>> from micrograph import Graph, Value
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
        """The graph that computed these Values.

        Args:
            outputs: The Values whose numbers the graph will return when it is called.

        Raises:
            TypeError: If an output is no Value.

        Cost:
            Linear in the size of the graph.

        Example:
            >>> from micrograph import Graph, Value
            >>> a = Value(2, "a")
            >>> Graph.of((a * a).named("u"), (a + 1).named("v"))
            Graph(a → u, v: 3 nodes)
        """
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
        """The nodes without an operation. ``graph(…)`` takes their numbers in this order.

        Example:
            >>> from micrograph import Graph, Value
            >>> graph = Graph.of(Value(2, "a") * Value(3, "b"))
            >>> [node.name for node in graph.inputs]
            ['a', 'b']
        """
        return tuple(node for node in self.nodes if node.op is None)

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The nodes whose numbers ``graph(…)`` returns, in this order.

        Example:
            >>> from micrograph import Graph, Value
            >>> graph = Graph.of((Value(2, "a") * 3).named("J"))
            >>> [node.name for node in graph.outputs]
            ['J']
        """
        return tuple(self.nodes[i] for i in self._outputs)

    def __repr__(self) -> str:
        inputs, outputs = (", ".join(n.name for n in ns) for ns in (self.inputs, self.outputs))
        return f"Graph({inputs} → {outputs}: {len(self.nodes)} nodes)"

    def __call__(self, /, *args: Any, **named: Any) -> Any:
        """The output at these inputs, or a tuple if the graph has several outputs.

        If inputs are given by name alone, those left out keep the numbers that they had when the
        graph was made. If any input is given by position, all inputs must be given. On floats, the
        message of an error shows the operation that failed, with the names of its operands.

        Args:
            args: Numbers of any kind, in the order of ``inputs``.
            named: Numbers of any kind, by the names of the inputs.

        Returns:
            Numbers of the kind that the inputs have.

        Raises:
            TypeError: If the number of inputs is wrong, no input or several inputs have a name
                that is given, or an input is given twice.
            DomainError: If the inputs are floats and an operation is undefined at its operands.
            ZeroDivisionError: If the inputs are floats and an operation divides by 0.
            OverflowError: If the inputs are floats and a result is too large for a float.

        Cost:
            One operation per node.

        Example:
            >>> from micrograph import Graph, Value
            >>> graph = Graph.of(Value(2, "a") * Value(3, "b"))
            >>> graph(), graph(b=4), graph(5, 6)
            (6.0, 8.0, 30.0)
        """
        inputs = self._bind(args, named)
        xp = namespace_of(*inputs)
        found = tuple(map(xp.delivered, self.outputs_of(self.evaluate(xp, inputs))))
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
        """The number at every node, in the order of ``nodes``, computed in the namespace ``xp``.

        Args:
            xp: The namespace of the numbers to compute with.
            inputs: One number for each node of ``Graph.inputs``, in that order.

        Raises:
            Exception: Whatever ``xp`` raises. On floats, the message shows the operation that
                failed, with the names of its operands.

        Cost:
            One operation of ``xp`` per node.
        """
        work: list[Any] = []
        given = iter(inputs)
        for node in self.nodes:
            if node.op is None:
                work.append(xp.convert(next(given)))
                continue
            operands = [work[i] if type(i) is int else i for i in node.args]
            try:
                work.append(xp.value(node.op, operands))
            except (ValueError, ArithmeticError) as error:
                if xp is not FLOAT:
                    raise
                raise explain(node.op, self._called(node), operands, error) from None
        return work

    def outputs_of(self, work: Sequence[Any]) -> tuple[Any, ...]:
        """The numbers of the outputs, picked from the numbers of all nodes."""
        return tuple(work[i] for i in self._outputs)

    def _called(self, node: Node) -> list[str | float]:
        return [self.nodes[i].name if type(i) is int else i for i in node.args]

    def formula(self, node: Node) -> str:
        """How a node is computed, in the names of its operands: ``b·c``. "" for an input.

        Example:
            >>> from micrograph import Graph, Value
            >>> graph = Graph.of(Value(2, "a") * 3)
            >>> graph.formula(graph.nodes[-1])
            'a·3'
        """
        return formula(node.op, self._called(node)) if node.op else ""

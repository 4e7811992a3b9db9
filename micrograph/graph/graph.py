"""Graph: a recorded computation as a flat, frozen list of steps, for use at other numbers.

graph = Graph.of(J)
graph(a=5.0001)         # floats
graph(mpf(5), 3, 2)     # or any kind of number that has a namespace
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff
from functools import partial
from typing import Any

from ..core import Namespace, namespace_of
from ..engine.reading import columns
from ..engine.sweep import reverse
from ..engine.value import Value
from ..namespaces.floats import FLOAT, unraising
from ..namespaces.text import explain, formula, listed
from . import vectors
from .arguments import Arguments, by_argument, by_input, delivered, given, kinds, leaves
from .node import Node, Nodes


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
    # jax.jit refers to a function weakly
    __slots__ = ("__weakref__", "_arguments", "_outputs", "_recorded", "nodes")

    nodes: Nodes
    _outputs: tuple[int, ...]
    _recorded: int  # so many nodes come first; those after them are derivatives, and never raise

    _arguments: Arguments

    def __init__(
        self,
        nodes: Sequence[Node],
        outputs: Sequence[int],
        recorded: int | None = None,
        arguments: Arguments = (),
    ) -> None:
        flat = nodes if isinstance(nodes, Nodes) else Nodes.of(nodes)
        object.__setattr__(self, "nodes", flat)
        object.__setattr__(self, "_outputs", tuple(outputs))
        object.__setattr__(self, "_recorded", len(nodes) if recorded is None else recorded)
        object.__setattr__(self, "_arguments", arguments)

    def __setattr__(self, name: str, x: Any) -> None:
        raise AttributeError(f"a Graph is frozen; {name} can't be assigned")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.nodes, self._outputs, self._recorded, self._arguments)

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
        *flat, scopes, places = columns(outputs, [])
        nodes = Nodes(*flat)
        nodes.scopes = scopes
        return cls(nodes, places)

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes without an operation. ``graph(…)`` takes their numbers in this order.

        Example:
            >>> from micrograph import Graph, Value
            >>> graph = Graph.of(Value(2, "a") * Value(3, "b"))
            >>> [node.name for node in graph.inputs]
            ['a', 'b']
        """
        return tuple([self.nodes[i] for i in self.nodes.inputs()])

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

        A graph that ``mg.trace`` made is called with arguments like the function's as well. A
        vector is an array, or nested lists of numbers. On arrays everything follows IEEE 754, and
        no error is raised; on lists the numbers are floats, which raise errors. If an array has
        more dimensions than the input, the first ones are a batch.

        Args:
            args: Numbers of any kind and vectors of them, in the order of ``inputs``.
            named: The same, by the names of the inputs.

        Returns:
            Numbers of the kind that the inputs have. A vector is an array, or a list. A matrix is
            an array, or a list of its rows.

        Raises:
            TypeError: If the number of inputs is wrong, no input or several inputs have a name
                that is given, or an input is given twice, or a vector is no vector.
            ValueError: If a vector has another shape than the input.
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
        inputs = self.bound(args, named)
        return self.at(self.namespace(inputs), inputs)

    def at(self, xp: Namespace, inputs: Sequence[Any]) -> Any:
        """The output at these inputs, as ``evaluate`` takes them, or a tuple of outputs."""
        work = self.outputs_of(self.evaluate(xp, inputs))
        shapes = map(self.nodes.shape, self._outputs)
        found = tuple(delivered(xp, y, shape) for y, shape in zip(work, shapes, strict=True))
        return found[0] if len(found) == 1 else found

    def namespace(self, inputs: Sequence[Any]) -> Namespace:
        """The namespace that serves these inputs together."""
        if not self.nodes.wide:
            return namespace_of(*inputs)
        numbers: list[Any] = []
        for i, x in zip(self.nodes.inputs(), inputs, strict=True):
            numbers += kinds(x) if self.nodes.shape(i) else [x]
        return namespace_of(*numbers)

    def bound(self, args: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        """A number or a vector for each input, from the arguments of a call."""
        arguments = dict(self._arguments)
        whole = len(args) + len(named) == len(arguments) or not args
        if arguments and whole and named.keys() <= arguments.keys():
            return by_argument(self._arguments, [node.data for node in self.inputs], args, named)
        return by_input(self.inputs, args, named)

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
        waiting = iter(inputs)
        vectorial = self.nodes.vectorial
        apply = xp.value
        for i, (op, args) in enumerate(self.nodes.steps()):
            if op is None:
                work.append(given(xp, next(waiting), self.nodes.shape(i)))
                continue
            operands = [work[k] if type(k) is int else k for k in args]
            if xp is FLOAT and i >= self._recorded:
                apply = unraising
            try:
                work.append(
                    vectors.value(xp, self.nodes, i, operands, apply)
                    if i in vectorial
                    else apply(op, operands)
                )
            except (ValueError, ArithmeticError) as error:
                if xp is not FLOAT:
                    raise
                called = self._called(args)
                if i in vectorial:
                    called, operands = vectors.failing(self.nodes, i, operands, apply)
                raise explain(op, called, operands, error) from None
        return work

    def value_and_gradient(self, xp: Namespace, inputs: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The output, and its slope in each input, computed in the namespace ``xp``.

        The local partials are those of the rows at the inputs given: a ``where`` may take another
        branch there than when the graph was recorded. One reverse sweep multiplies them.

        Args:
            xp: The namespace of the numbers to compute with.
            inputs: One number for each node of ``Graph.inputs``, in that order.

        Returns:
            The output, and ∂output/∂input for each input, in the order of ``Graph.inputs``.

        Raises:
            ValueError: If the graph has several outputs.
            Exception: Whatever ``xp`` raises.

        Cost:
            One operation of ``xp`` per node, its partials, and a product and a sum per edge.

        Example:
            >>> from micrograph import Graph, Value
            >>> from micrograph.namespaces.floats import FLOAT
            >>> graph = Graph.of(Value(2, "a") * Value(3, "b") ** 2)
            >>> graph.value_and_gradient(FLOAT, [2.0, 3.0])
            (18.0, [9.0, 12.0])
        """
        return self.swept(xp, self.evaluate(xp, inputs))

    def swept(self, xp: Namespace, work: Sequence[Any]) -> tuple[Any, list[Any]]:
        """As ``value_and_gradient``, from the numbers at all nodes, as ``evaluate`` gives them."""
        adjoints = self.adjoints(xp, work)
        found = [
            adjoints[i] if i in adjoints else vectors.filled(xp, 0.0, self.nodes.shape(i))
            for i in self.nodes.inputs()
        ]
        return work[self._outputs[0]], found

    def adjoints(self, xp: Namespace, work: Sequence[Any]) -> dict[int, Any]:
        """The slope of the output in each node that the output depends on: one reverse sweep.

        Args:
            xp: The namespace of the numbers to compute with.
            work: The numbers at all nodes, as ``evaluate`` gives them.

        Raises:
            ValueError: If the graph has several outputs, or the output is a vector.
        """
        if len(self._outputs) != 1:
            raise ValueError(f"expected a graph of one output, got {len(self._outputs)}")
        shape = self.nodes.shape(self._outputs[0])
        if shape:
            raise ValueError(f"expected a number as output, got a vector of {shape}")
        ops, vectorial, azmul = self.nodes.ops, self.nodes.vectorial, xp.azmul

        def product(g: Any, d: Any, chosen: bool) -> Any:
            # no slope in a branch not taken, even if the adjoint is infinite
            return xp.where(d == 0, 0.0, azmul(g, d)) if chosen else azmul(g, d)

        def edges(i: int) -> Iterator[tuple[int, Any]]:
            op = ops[i]
            if op is None:
                return
            if i in vectorial:
                of_choice = partial(product, chosen=op.choice)
                yield from vectors.edges(xp, self.nodes, i, work, of_choice)
                return
            args = self.nodes.args(i)
            numbers = [work[k] if type(k) is int else k for k in args]
            for place, d in enumerate(xp.partials(op, work[i], numbers)):
                k = args[place]
                if type(k) is int and (op.dense or op.slope_in(place)):
                    yield k, (d, op.choice)

        def times(g: Any, slope: Any) -> Any:
            return product(g, *slope) if type(slope) is tuple else slope(g)

        (root,) = self._outputs
        return reverse(range(root + 1), {root: 1.0}, edges, times)

    def gradient(self, wrt: str | Sequence[str] | None = None, simplify: bool = True) -> Graph:
        """The graph of the derivatives of the output: the gradient as data, to compute with.

        It has the inputs of this graph, in their order, and an output for each derivative. Equal
        steps are one node. Like those of a sweep, the derivatives are infinite or NaN at a pole,
        and do not raise. The gradient of a gradient's output is the second derivative.

        Args:
            wrt: The names of the inputs to differentiate by. Default: all, in their order. The name
                of an argument of the function that was traced stands for all inputs in it.
            simplify: Whether the graph is simplified first, and its derivatives as they are built,
                as by ``simplified``. If not, all steps stay as they are written, but for those that
                change no bit: a product by 1, an equal step, a − (−b).

        Raises:
            ValueError: If the graph has several outputs, or no input, or several, have a name.
            TypeError: If ``wrt`` holds no names. If the partials of a row are Python code that
                symbols can't go through.

        Cost:
            One reverse sweep over symbols, linear in the size of the graph.

        Example:
            >>> from micrograph import Graph, Value
            >>> graph = Graph.of(Value(2, "a") * Value(3, "b") ** 2)
            >>> slopes = graph.gradient()
            >>> slopes
            Graph(a, b → v1, v3: 5 nodes)
            >>> slopes(a=2, b=3), slopes(1, 10)
            ((9.0, 12.0), (100.0, 20.0))
        """
        from .simplify import Simplifier, resumed
        from .symbols import Construction, built, gradient

        called = [node.name for node in self.inputs]
        if not (wrt is None or isinstance(wrt, Iterable)):
            raise TypeError(
                f"gradient: expected names of inputs, got {wrt!r}; the inputs are {listed(called)}"
            )
        wanted = called if wrt is None else [wrt] if isinstance(wrt, str) else list(wrt)
        held = {name: leaves(structure) for name, structure in self._arguments}
        wanted = [
            called[i] if name in held and name not in called else name
            for name in wanted
            for i in (held[name] if name in held and name not in called else (0,))
        ]
        for name in wanted:
            if called.count(name) != 1:
                many = "several inputs are" if name in called else "no input is"
                raise ValueError(f"{many} named {name!r}; the inputs are {listed(called)}")
        graph, xp = self, Simplifier() if simplify else Construction()
        if isinstance(xp, Simplifier):
            graph, work, recorded = resumed(self, xp)
        else:
            work, recorded = built(self, xp)
        found = gradient(graph, wanted, xp, work, recorded)
        return Graph(*found, arguments=self._arguments)

    def simplified(self) -> Graph:
        """The graph with equal steps merged, and with steps that are right where its own are not.

        It has the same inputs in the same order, and the same outputs with their names. Steps that
        no output needs are left out, and steps at constants are computed. Expressions such as
        log σ(z), log(1 + exp(x)), 1 − σ(z), log Σ exp(x) and sqrt(Σ x²) become their rows, which
        neither overflow nor lose digits. So the textbook's loss −log(1/(1 + exp(−z))) is right at
        z = ±1000. The page of rules is in the documentation. Each rule is as accurate as what it
        replaces, and keeps kinks, and infinities and NaN unless they have a finite limit.

        Cost:
            Linear in the size of the graph.

        Example:
            >>> from micrograph import Graph, Value, exp, log
            >>> z = Value(0.5, "z")
            >>> graph = Graph.of(-log(1 / (1 + exp(-z)))).simplified()
            >>> [graph.formula(node) for node in graph.nodes]
            ['', 'log σ(z)', '-v1']
            >>> graph(-1000.0), graph.gradient()(-1000.0)
            (1000.0, -1.0)
        """
        from .simplify import simplified

        return Graph(*simplified(self), arguments=self._arguments)

    def __eq__(self, other: object) -> bool:
        """Whether the other is a graph of the same nodes, to the last bit, and the same outputs."""
        if not isinstance(other, Graph):
            return NotImplemented
        mine, theirs = ((x.nodes, x._outputs, x._recorded) for x in (self, other))
        return mine == theirs

    def __hash__(self) -> int:
        return hash((self.nodes, self._outputs))

    def diff(self, other: Graph) -> str:
        """How another graph differs from this one, a line a node; "" if the steps are the same.

        Lines that only this graph has begin with −, those that only the other has with +. Recorded
        numbers are not compared.

        Example:
            >>> from micrograph import Graph, Value
            >>> a = Value(2, "a")
            >>> print(Graph.of((a * 3).named("J")).diff(Graph.of((a * 4).named("J"))))
             a
            -J = a·3
            +J = a·4
             → J
        """
        mine, theirs = (
            [f"{n.name} = {g.formula(n)}" if n.op else n.name for n in g.nodes]
            + [f"→ {', '.join(n.name for n in g.outputs)}"]
            for g in (self, other)
        )
        return "\n".join(list(unified_diff(mine, theirs, lineterm="", n=1))[3:])

    @property
    def source(self) -> str:
        """The graph as a Python function, to read or to paste.

        On floats and Values the function computes what the graph computes, to the last bit. But for
        derivatives at a pole: there the function raises.

        Example:
            >>> from micrograph import Graph, Value
            >>> b, c = Value(3, "b"), Value(2, "c")
            >>> u = (b * c).named("u")
            >>> print(Graph.of((3 * (5 + u)).named("J")).source)
            import micrograph as mg
            <BLANKLINE>
            <BLANKLINE>
            def J(b, c):
                u = b * c
                return 3.0 * (5.0 + u)
            <BLANKLINE>
        """
        from .export import source

        return source(self)

    def to_json(self) -> str:
        """The graph as JSON text: exact, to be read by ``from_json`` anywhere.

        Rows that ``mg.primitive`` made from a formula are stored as the steps of the formula. If
        partials were given for such a row, they are not stored, and a warning says so.

        Raises:
            ValueError: If a row is Python code, which a file can't hold.

        Cost:
            Linear in the size of the graph, some 60 bytes a node.

        Example:
            >>> from micrograph import Graph, Value
            >>> text = Graph.of(Value(2, "a") * 3).to_json()
            >>> Graph.from_json(text)(a=5)
            15.0
        """
        from .storage import to_json

        return to_json(self)

    def to_c(self, name: str = "f", *, gradient: bool | None = None) -> str:
        """The graph as standalone C11, and C++11: a text that needs nothing but C's own library.

        It holds the function ``name``, which returns the output. Its parameters are the inputs, in
        their order. If the graph has several outputs, the function fills in an array ``outputs``.
        A second function, ``name_gradient``, returns the output as well, and fills in an array
        ``gradient`` with the slope in each input. From 127 inputs on, they are one array
        ``inputs``. An input that is a vector is a pointer to its elements. A comment at the top
        says all this with the names of the graph.

        The functions compute what the graph computes on floats, to the last bit, if the C library
        is the one that Python runs on. The comment lists functions whose last bits may differ.
        Outside a domain results are infinite or NaN, as in IEEE 754. The functions have no state,
        and may run in any number of threads. If a graph needs more than 4,096 numbers at a time,
        they allocate memory. If there is none, all results are NaN.

        Args:
            name: The name of the function. Everything else that the text defines begins with it.
            gradient: Whether to add the second function. Default: if the graph has one output.

        Raises:
            ValueError: If the name is no identifier of C, if the graph has no output, or if it has
                several and a gradient is wanted.
            TypeError: If a row is Python code, which C can't hold. The message names row and node.
            NotImplementedError: If a gradient of a graph with vectors is wanted, or an operation
                takes vectors of shapes that do not fit.

        Cost:
            Linear in the size of the graph.

        Example:
            >>> from micrograph import Graph, Value
            >>> b, c = Value(3, "b"), Value(2, "c")
            >>> print(Graph.of((3 * (5 + b * c)).named("J")).to_c("J"))  # doctest: +ELLIPSIS
            /* J, by micrograph from a graph of 5 nodes...
            double J(double b, double c)
            {
                const double v1 = b * c;
                const double v2 = 5.0 + v1;
                return 3.0 * v2;
            }...
        """
        from .c_source import to_c

        return to_c(self, name, gradient)

    @classmethod
    def from_json(cls, text: str | bytes) -> Graph:
        """The graph that ``to_json`` wrote. Text from anywhere is safe to read: nothing is run.

        Args:
            text: The JSON text.

        Raises:
            ValueError: If the text is not a graph: not JSON, of another version, with a row that
                the table lacks, or an operand that is not an earlier node. The message says which.

        Cost:
            Linear in the length of the text.

        Example:
            >>> from micrograph import Graph
            >>> Graph.from_json("[1, 2]")
            Traceback (most recent call last):
            ValueError: not a graph: expected an object with "format": "micrograph graph"
        """
        from .storage import from_json

        return cls(*from_json(text))

    @property
    def arguments(self) -> Arguments:
        """The arguments of the function that was traced, each with the inputs that it holds."""
        return self._arguments

    @property
    def recorded_nodes(self) -> int:
        """How many nodes were recorded. Those after them are derivatives."""
        return self._recorded

    def recorded(self) -> Graph:
        """The nodes that were recorded, without those of derivatives, as a graph of no output."""
        return Graph(self.nodes[: self._recorded], ())

    @property
    def places(self) -> tuple[int, ...]:
        """Where the outputs are among the nodes. No number is computed, as it may be for a node."""
        return self._outputs

    def outputs_of(self, work: Sequence[Any]) -> tuple[Any, ...]:
        """The numbers of the outputs, picked from the numbers of all nodes."""
        return tuple(work[i] for i in self._outputs)

    def _called(self, args: Sequence[int | float]) -> list[str | float]:
        return [self.nodes.name(i) if type(i) is int else i for i in args]

    def formula(self, node: Node) -> str:
        """How a node is computed, in the names of its operands: ``b·c``. "" for an input.

        Example:
            >>> from micrograph import Graph, Value
            >>> graph = Graph.of(Value(2, "a") * 3)
            >>> graph.formula(graph.nodes[-1])
            'a·3'
        """
        return formula(node.op, self._called(node.args)) if node.op else ""

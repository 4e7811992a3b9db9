"""mg.trace: the graph of a function, recorded at an example, for use at any numbers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, overload

from ..core import Primitive
from ..engine.reading import current, names, topological, traces
from ..engine.value import Value, tick
from ..graph import Arguments, Graph
from ..graph.rolled import Input, Whole, rolled
from ..graph.simplify import may_be_unstable
from ..namespaces.floats import real
from ..namespaces.text import formula
from .containers import Field, array_in, has_fields, is_array, parts, remade, written
from .guarded import Guarded
from .run import _call, while_live

LARGE = 100_000
"""A graph of more operations is simplified only if a step of it may be unstable."""


@overload
def trace(
    f: Callable[..., Any],
    /,
    *args: Any,
    static_argnames: str | Sequence[str] = ...,
    branches: Literal["refuse"] = ...,
    simplify: bool = ...,
    **kwargs: Any,
) -> Graph: ...
@overload
def trace(
    f: Callable[..., Any],
    /,
    *args: Any,
    static_argnames: str | Sequence[str] = ...,
    branches: Literal["guard"],
    simplify: bool = ...,
    **kwargs: Any,
) -> Guarded: ...
def trace(
    f: Callable[..., Any],
    /,
    *args: Any,
    static_argnames: str | Sequence[str] = (),
    branches: str = "refuse",
    simplify: bool = True,
    **kwargs: Any,
) -> Graph | Guarded:
    """The graph of f, recorded once at an example, to be used at any numbers.

    Each number among the arguments becomes an input of the graph. So does each vector: an array, or
    a list of numbers. It is one input with a shape, and what f does to all its elements is one
    node. In a container, such as a dict of parameters, each number and each vector is an input. The
    graph is called with arguments like those of f.

    Args:
        f: The function, of numbers, arrays and nested lists, tuples, dicts or dataclasses. NumPy
            code is fine. It returns a number, an array, or a container of these.
        args: An example of its arguments. Shapes are kept, numbers matter only where f divides or
            takes a logarithm: the example should lie in the domain.
        static_argnames: The names of arguments that reach f as they are: flags, numbers of steps,
            texts. The graph is for these, and takes them no more.
        branches: What happens if Python code asks whether a traced number is true: in ``if``,
            ``while``, ``and``, ``max`` or ``x[x > 0]``. Then the graph would hold one branch alone.
            "refuse" raises an error that says so. "guard" records the question. The graph asks it
            again at each call, and f is traced anew if the answer is another.
        simplify: Whether the graph is simplified, as by ``Graph.simplified``: equal steps are one,
            and log(1 + exp(x)) and its like are the rows that neither overflow nor lose digits. A
            graph of more than 100,000 operations is simplified only if such a row may be among
            them. If False, all steps stay as f has them.
        kwargs: The example's arguments that are given by name.

    Returns:
        The ``Graph``. If ``branches="guard"``, a ``Guarded``, which holds a graph for each path.

    Raises:
        TypeError: If an argument holds what is no number and is not static; if f reads a traced
            number, as ``float(x)``, ``int(x)`` and ``if x > 0`` do; or if f uses a Value that is
            none of its arguments.

    Cost:
        One call of f on Values, some microseconds for each element of a vector, and some ten for
        each step if the graph is simplified.

    Example:
        >>> import micrograph as mg
        >>> graph = mg.trace(lambda w, x, b: mg.sigmoid(mg.dot(w, x) + b), [1, 2], [3, 4], 0.5)
        >>> graph
        Graph(w, x, b → v3: 6 nodes)
        >>> graph([0.0, 0.0], [3, 4], 0.0)
        0.5
        >>> mg.trace(lambda x: x if x > 0 else -x, 1.0)
        Traceback (most recent call last):
        TypeError: trace: Python asks whether x > 0 is true, and the graph would hold one branch \
alone. Use mg.where(x > 0, …, …), or trace(f, …, branches="guard")
    """
    if branches not in ("refuse", "guard"):
        raise ValueError(f'trace: expected branches="refuse" or "guard", got {branches!r}')
    call = Call(f, args, kwargs, static_argnames, simplify)
    if branches == "refuse":
        return call.traced(guards=False)[0]
    return Guarded(call.traced_at, call.numbers)


class Trace:
    """A call of a function that is being traced, as ``engine.reading.traces`` has it.

    Args:
        inputs: The Values that stand for the function's numbers.
        guards: Whether decisions are recorded, not refused.
        who: Who traces, as messages begin.

    Attributes:
        decided: What Python code asked, in order: the Value, and whether it was true.
    """

    def __init__(self, inputs: Sequence[Value], guards: bool, who: str = "trace") -> None:
        self.inputs, self.guards, self.who = frozenset(inputs), guards, who
        self.decided: list[tuple[Value, bool]] = []

    def decide(self, node: Value) -> bool:
        """Whether the node is true. TypeError if the answer is not recorded."""
        answer = bool(node.data)
        if not self.guards:
            called = _written(node)
            guarded = ', or trace(f, …, branches="guard")' * (self.who == "trace")
            raise TypeError(
                f"{self.who}: Python asks whether {called} is true, and the graph would hold one "
                f"branch alone. Use mg.where({called}, …, …){guarded}"
            )
        self.decided.append((node, answer))
        return answer

    def refuse(self, node: Value, how: str, instead: str) -> None:
        """Raise the TypeError for code that reads the number of a node."""
        raise TypeError(
            f"{self.who}: {how} reads the number of {_written(node)}, and the graph would hold it "
            f"for ever. {instead}, or make the argument static: static_argnames="
        )


def _written(node: Value) -> str:
    """A node as its formula, or as its name if it is an input."""
    called = names(topological(node))
    if node.op is None:
        return called[node]
    return formula(node.op, [called[x] if isinstance(x, Value) else x for x in node.operands])


class Call:
    """A function and how it is called: which arguments are static, and what the others look like.

    Args:
        f: The function.
        args: An example of its arguments.
        kwargs: Those that are given by name.
        static: The names of the arguments that are static.
        simplify: Whether graphs are simplified.
        who: Who traces, as messages begin.
        vectors: Whether a list of numbers is one input. If not, each of its numbers is one.

    Attributes:
        returned: What the function returned when it was traced last.
    """

    returned: Any = None

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        static: str | Sequence[str],
        simplify: bool,
        who: str = "trace",
        vectors: bool = True,
    ) -> None:
        if not callable(f):
            raise TypeError(f"{who}: expected a function, got {f!r}")
        self.f, self.simplify, self.who, self.vectors = f, simplify, who, vectors
        self.names = parameters(f, len(args))[: len(args)]
        for name in kwargs.keys() & set(self.names):
            raise TypeError(f"{who}: argument {name!r} is given twice, by position and by name")
        self.given = {**dict(zip(self.names, args, strict=True)), **kwargs}
        self.static = {static} if isinstance(static, str) else set(static)
        for name in self.static - self.given.keys():
            raise TypeError(
                f"{who}: static_argnames: no argument {name!r} is given; f was given "
                f"{', '.join(self.given)}"
            )
        self.numbers = [
            [x.data for x in leaves] if shape else leaves[0].data
            for _, shape, leaves in self._wrapped()[0]
        ]

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle holds: not what was returned, which holds all that was recorded."""
        return {**vars(self), "returned": None}

    def _wrapped(self) -> tuple[list[Input], Arguments, dict[str, Any]]:
        """The inputs, the structure of the arguments, and the arguments with Values for numbers."""
        inputs: list[Input] = []
        arguments: list[tuple[str, Any]] = []
        wrapped: dict[str, Any] = {}
        for name, x in self.given.items():
            wrapped[name] = x
            if name not in self.static:
                structure, wrapped[name] = _wrapped(x, (name,), inputs, self.vectors)
                arguments.append((name, structure))
        _named_apart(inputs)
        return inputs, tuple(arguments), wrapped

    def traced_at(self, numbers: Sequence[Any]) -> tuple[Graph, Graph | None, tuple[bool, ...]]:
        """``traced``, with decisions recorded, at these numbers of the inputs."""
        return self.traced(numbers, guards=True)

    def traced(
        self, numbers: Sequence[Any] | None = None, *, guards: bool
    ) -> tuple[Graph, Graph | None, tuple[bool, ...]]:
        """The graph of the function, and what Python code asked.

        Args:
            numbers: The number or the vector of each input. Default: the example's.
            guards: Whether decisions are recorded, not refused.

        Returns:
            The graph; if something was asked, the graph whose outputs are the questions in their
            order; and the answers.
        """
        birth = tick()
        inputs, arguments, wrapped = self._wrapped()
        for (_, shape, leaves), x in zip(inputs, numbers or (), strict=numbers is not None):
            for leaf, number in zip(leaves, x if shape else [x], strict=True):
                leaf.data = number
        leaves = [leaf for x in inputs for leaf in x.leaves]
        under_way = Trace(leaves, guards, self.who)
        positional = [wrapped.pop(name) for name in self.names]
        run = lambda: _called(self.f, positional, wrapped, self.who)
        y = while_live(leaves, lambda: while_live([under_way], run, traces))
        self.returned, outputs = y, _outputs(y, self.who)
        asked = [node for node, _ in under_way.decided]
        _refuse_captured((*outputs, *asked), under_way, birth)
        graph = Graph(*rolled(inputs, outputs), arguments=arguments)
        if self.simplify and (len(graph.nodes) <= LARGE or may_be_unstable(graph)):
            graph = graph.simplified()
        answers = tuple(answer for _, answer in under_way.decided)
        return graph, Graph(*rolled(inputs, asked)) if asked else None, answers


def _called(f: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], who: str) -> Any:
    try:
        return _call(f, args, dict(kwargs))
    except TypeError as error:
        if not re.search(AS_AN_INTEGER, str(error)):
            raise
        raise TypeError(_no_integer(who)) from error
    except IndexError as error:
        if "only integers, slices" in str(error):
            raise TypeError(_no_integer(who)) from error
        if "used as indices" not in str(error):
            raise
        raise TypeError(
            f"{who}: an array of traced numbers is an index, as in x[x > 0], and the graph would "
            "hold one choice alone. Use np.where(x > 0, x, 0.0)"
        ) from error


AS_AN_INTEGER = r"interpreted as an integer|ind[a-z]+ must be integers .*(Value|__index__)"
"""What errors say of a Value that is used as an integer."""


def _no_integer(who: str) -> str:
    return (
        f"{who}: a traced number is used as an integer, as in range(n) or x[n]; make it static: "
        f'{who}(f, …, static_argnames="n"). If it chooses among k numbers, such as a label does, '
        "write mg.dot(x, np.arange(k) == n)"
    )


def parameters(f: Callable[..., Any], n: int) -> list[str]:
    """The names of a function's positional parameters, as many as there are arguments."""
    try:
        found = list(f.arguments if isinstance(f, Primitive) else inspect.signature(f).parameters)
        kinds = [] if isinstance(f, Primitive) else list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        found, kinds = [], []
    for parameter in kinds:
        if parameter.kind is parameter.VAR_POSITIONAL:
            i = found.index(parameter.name)
            found[i:] = [f"{parameter.name}{k + 1}" for k in range(n - i)]
    return found + [f"x{i + 1}" for i in range(len(found), n)]


def _wrapped(x: Any, path: tuple[Any, ...], inputs: list[Input], vectors: bool) -> tuple[Any, Any]:
    """An argument with Values for its numbers. The inputs that these are, are added to ``inputs``.

    If ``vectors`` is false, each number of a list is an input.

    Returns:
        The structure of the argument: the number of an input, or a list or dict of structures; and
        the argument with Values.

    Raises:
        TypeError: If the argument holds what is no number.
    """
    name = f"{path[0]}{written(path[1:])}"
    number = x.data if isinstance(x, Value) else real(x)
    if number is not None:
        leaf = Value(number, name)
        inputs.append(Input(name, (), [leaf]))
        return len(inputs) - 1, leaf
    if is_array(x):
        array = array_in(x, f"trace: the argument {name} is")
        flat = [e.data if isinstance(e, Value) else float(e) for e in array.ravel().tolist()]
        return _vector(x, flat, array, name, inputs)
    found = parts(x)
    if found is None:
        raise TypeError(
            f"trace: the argument {name} is {x!r:.80} ({type(x).__name__}); expected numbers. If f "
            f"takes it as it is, name it: static_argnames={str(path[0])!r}"
        )
    if vectors and type(x) in (list, tuple) and x and all(real(e) is not None for e in x):
        return _vector(x, [float(e) for e in x], None, name, inputs)
    fields = has_fields(x)
    each = [
        (key, _wrapped(e, (*path, Field(key) if fields else key), inputs, vectors))
        for key, e in found
    ]
    structure: Any = {key: s for key, (s, _) in each}
    if isinstance(x, list | tuple):
        structure = [s for _, (s, _) in each]
    return structure, remade(x, [e for _, (_, e) in each])


def _vector(
    x: Any, numbers: Sequence[float], array: Any, name: str, inputs: list[Input]
) -> tuple[int, Any]:
    """A vector as an input, and as f gets it: an array for an array, a list for a list."""
    shape = (len(numbers),) if array is None else array.shape
    leaves = [Value(number, f"{name}[{i}]") for i, number in enumerate(numbers)]
    inputs.append(Input(name, shape, leaves))
    if array is None:
        return len(inputs) - 1, type(x)(leaves)
    from ..arrays.array import array_of
    from .containers import dressed

    return len(inputs) - 1, dressed(x, array_of(leaves, shape, array))


def _named_apart(inputs: list[Input]) -> None:
    """Call inputs by the last key of their path if that is a name that no other input has."""
    last = [x.name.rpartition("[")[2].strip("']") for x in inputs]
    for i, (x, short) in enumerate(zip(list(inputs), last, strict=True)):
        if "['" in x.name and short.isidentifier() and last.count(short) == 1:
            inputs[i] = x._replace(name=short)
            if not x.shape:
                x.leaves[0].name = short


def _outputs(y: Any, who: str) -> list[Any]:
    """The outputs in what f returned: a Value, or a ``Whole`` for a vector or a matrix."""
    if isinstance(y, Value):
        return [y]
    if is_array(y):
        array = y.to_numpy() if hasattr(y, "to_numpy") else y
        found = [e if isinstance(e, Value) else float(e) for e in array.ravel().tolist()]
        return [Whole(tuple(array.shape), found)] if array.shape else found
    number, found_parts = real(y), parts(y)
    if number is not None:
        return [number]
    if found_parts is None:
        raise TypeError(f"{who}: f returned {y!r:.80} ({type(y).__name__}); expected numbers")
    return [x for _, part in found_parts for x in _outputs(part, who)]


def _refuse_captured(outputs: Sequence[Any], under_way: Trace, birth: int) -> None:
    """Raise TypeError if an output was computed from a Value from before the call."""
    flat = [e for x in outputs for e in (x.elements if isinstance(x, Whole) else [x])]
    roots = tuple(dict.fromkeys(x for x in flat if isinstance(x, Value)))
    for node in current(*roots):
        if node.op is None and node not in under_way.inputs and node._born < birth:
            raise TypeError(
                f"{under_way.who}: f uses {_written(node)}, a Value that is none of its arguments. "
                "Pass it as one, or use its number: its .data"
            )

"""Value: a number that remembers how it was computed.

    a, b, c = Value(5, "a"), Value(3, "b"), Value(2, "c")
    u = (b * c).named("u")

``b * c`` computes 6 and records a node. The node holds the row of the table (mul), the parents
(b, c) and the local partials ∂u/∂b = c = 2 and ∂u/∂c = b = 3. They are computed at once, while the
numbers are at hand (see ``recording``). So ``u.backward()`` needs nothing but the chain rule (see
``sweep``).
"""

from __future__ import annotations

import sys
from math import ceil, floor
from operator import attrgetter
from threading import Lock, local

from .. import hint
from ..annotation import TYPE_CHECKING, Any, ClassVar, SupportsFloat, overload
from ..core import Primitive
from ..namespaces.floats import FLOAT, number, real
from ..namespaces.text import computed, listed
from . import build, calls, memory, sweep
from .reading import current, edges, is_live, live, names, read, topological, trace_of, traces
from .scope import here, scopes


class _Mode(local):
    """What this thread is doing."""

    sweeping = 0  # how many recorded sweeps are under way; at a pole they go on with ±∞ or NaN


mode = _Mode()
if TYPE_CHECKING:
    from .declared import Declared
else:
    Declared = object  # ``recording`` gives Values the operators and methods

_clock = 1  # plus one for each assignment of a leaf's data, and for each call of a transform
_ticking = Lock()


class Value(Declared):
    """A node of the graph: a number, how it was computed, and the gradient it received.

    ``Value(data)`` makes a leaf. Operators, and the functions of the table, make inner nodes.

    Args:
        data: One real number.
        name: What pictures and messages call the node, or None.

    Attributes:
        data: The number. A leaf's data may be assigned, which outdates all nodes recorded from the
            leaf. An inner node's data may not be assigned.
        grad: dJ/dnode after ``J.backward()``. On a leaf, the gradients of several sweeps add up
            until ``zero_grad``. An inner node holds the gradient of the last sweep.
        name: What pictures and messages call the node, or None.
        scope: The names of the scopes that it was made in, the outermost first. () if in none.
        op: The primitive that computed the node. None on a leaf.
        operands: What the node was computed from, in order: Values, and floats for constants.
        parents: The Values among the operands.
        partials: ∂node/∂parent, one for each parent.

    Raises:
        TypeError: If ``data`` is not one real number, or ``name`` is not a string.
        OverflowError: If ``data`` is too large for a float.

    Example:
        >>> x = Value(3, "x")
        >>> y = x * x + 2 * x
        >>> y.backward()
        >>> y.data, x.grad
        (15.0, 8.0)
    """

    __module__ = "micrograph"  # where a pickle looks for it, on either engine
    shape: ClassVar[tuple[()]] = ()  # as of a NumPy number: code for arrays asks a number, too
    ndim: ClassVar[int] = 0
    size: ClassVar[int] = 1
    __pandas_priority__: ClassVar[int] = 5000  # pandas' objects leave operators to a Value
    __slots__ = (
        "__weakref__",
        "_born",  # on a leaf: when it was made, on _clock
        "_grad",
        "_name",
        "_number",  # not _data, which numpy.ma takes for the contents of an array
        "_op",
        "_operands",  # in the form that ``linked`` takes
        "_parents",
        "_scope",  # unset outside of scopes
        "_slopes",
        "_swept",  # whether a sweep has reached the node since the last zero_grad
        "_time",  # when a leaf's data was last assigned, or an inner node recorded, on _clock
    )

    _born: int
    _grad: float
    _name: str | None
    _number: float
    _op: Primitive | None
    _operands: tuple[Value | float, ...] | float
    _parents: tuple[Value, ...]
    _scope: tuple[str, ...]
    _slopes: tuple[float, ...]
    _time: int
    _swept: bool

    def __init__(self, data: SupportsFloat, name: str | None = None) -> None:
        number = _plain(data)
        self._name = _plain_name(name)
        again = hasattr(self, "_time")  # nodes may have been computed from it
        if scopes or again:
            self._scope = here()
        self._number, self._grad, self._op, self._swept = number, 0.0, None, False
        self._operands = self._parents = self._slopes = ()
        self._born = self._time = tick() if again else _clock

    if TYPE_CHECKING:

        @property
        def op(self) -> Primitive | None: ...  # noqa: D102  # described below

        @property
        def parents(self) -> tuple[Value, ...]: ...  # noqa: D102  # described below
    else:
        op = property(attrgetter("_op"), doc="The primitive that computed it. None on a leaf.")
        parents = property(attrgetter("_parents"), doc="The Values among the operands.")

    @property
    def grad(self) -> float:
        """dJ/dnode after ``J.backward()``. On a leaf, it adds up until ``zero_grad``."""
        return self._grad

    @grad.setter
    def grad(self, grad: SupportsFloat) -> None:
        self._grad = number(grad, "a number as grad")

    @property
    def name(self) -> str | None:
        """What pictures and messages call the node, or None."""
        return self._name

    @name.setter
    def name(self, name: str | None) -> None:
        self._name = _plain_name(name)

    @property
    def scope(self) -> tuple[str, ...]:
        """The names of the scopes that it was made in, the outermost first. () if in none."""
        return getattr(self, "_scope", ())

    @property
    def data(self) -> float:
        """The number. Assigning to a leaf's data outdates all nodes recorded from the leaf."""
        return self._number

    @data.setter
    def data(self, data: SupportsFloat) -> None:
        if self._op is not None:
            raise AttributeError(
                f"{self.name or 'node'}.data was computed, {computed(self)}, and can't be "
                "assigned; assign to a leaf and record again"
            )
        self._number = _plain(data)
        self._time = tick()

    @property
    def operands(self) -> tuple[Value | float, ...]:
        """What the node was computed from, in order: Values, and floats for constants."""
        given = self._operands
        return (*self._parents, given) if isinstance(given, float) else given

    @property
    def partials(self) -> tuple[float, ...]:
        """∂node/∂parent, one for each parent."""
        calls.close(self)
        return self._slopes[: len(self._parents)]

    def named(self, name: str | None) -> Value:
        """This node, after giving it a name.

        Args:
            name: A string, or None to take the name away.

        Raises:
            TypeError: If ``name`` is neither a string nor None.

        Example:
            >>> (Value(3.0) * 2).named("y")
            Value(6.0, 'y')
        """
        self.name = name
        return self

    def backward(self, seed: float = 1.0) -> None:
        """Sweep the graph in reverse from this node, J: leaves add seed·dJ/dleaf to their grad.

        The grad of an inner node is set to seed·dJ/dnode. Infinities and NaN are kept, and no error
        is raised for them.

        Args:
            seed: The adjoint of J that the sweep begins with.

        Raises:
            TypeError: If ``seed`` is no plain number.
            RuntimeError: If a leaf's data was assigned after the leaf was used here.

        Cost:
            About one multiplication and one addition for each edge.

        Example:
            >>> x = Value(3.0)
            >>> (x * x).backward()
            >>> x.grad
            6.0
        """
        order, adjoints = current(self), {self: _plain(seed)}
        sweep.reverse(order, adjoints, *calls.joined(order, adjoints, edges, FLOAT.azmul))
        for node in order:
            adjoint = adjoints.get(node, 0.0)
            node._grad = adjoint if node._op else node._grad + adjoint
            node._swept = True

    def walk(self) -> list[Value]:
        """This node and all nodes that it was computed from, parents first.

        Cost:
            Two passes over the edges.

        Example:
            >>> y = (Value(3.0, "x") * 2).named("y")
            >>> [node.name for node in y.walk()]
            ['x', 'y']
        """
        return topological(self)

    def leaves(self) -> list[Value]:
        """The leaves that this node was computed from, in the order of ``walk()``.

        Cost:
            Two passes over the edges.

        Example:
            >>> y = Value(3.0, "x") * 2 + Value(5.0, "b")
            >>> [leaf.name for leaf in y.leaves()]
            ['x', 'b']
        """
        return [node for node in topological(self) if node.op is None]

    def node(self, name: str) -> Value:
        """The node of that name, among this node and all that it was computed from.

        Args:
            name: A node's name as pictures show it: its own, or v1, v2, … if it has none.

        Raises:
            LookupError: If no node, or more than one, has the name.

        Cost:
            Two passes over the edges.

        Example:
            >>> y = Value(3.0, "x") * 2
            >>> y.node("x"), y.node("v1")
            (Value(3.0, 'x'), Value(6.0))
        """
        called = names(topological(self))
        found = [node for node, given in called.items() if given == name]
        if len(found) == 1:
            return found[0]
        known = listed(dict.fromkeys(called.values()))
        raise LookupError(f"{len(found) or 'no'} nodes are named {name!r}; there are {known}")

    def _fill(self, operands: tuple[Any, ...], fields: memory.Fields) -> None:
        """Fill a bare node from the fields of a copy or a pickle. A time of 0 means now."""
        self._number, self._grad, self._name, self._op, self._slopes, self._swept, time = fields
        self._born, self._time = _clock, time or _clock
        self._operands = self._parents = operands
        if float in map(type, operands):
            self._parents = tuple([x for x in operands if type(x) is not float])

    def __repr__(self) -> str:
        name = f", {self.name!r}" if self.name else ""
        grad = f", grad={self.grad!r}" if self.grad else ""
        return f"Value({self._number!r}{name}{grad})"

    def __format__(self, spec: str) -> str:
        return format(self._number, spec) if spec else str(self)

    def __float__(self) -> float:
        if live and is_live(self):
            called = self.name or "v"
            raise TypeError(
                f"float({called}) would drop its derivative: math.exp? a float array? Use "
                f"micrograph.math, an object array, or {called}.data"
            )
        return self._number

    def __int__(self) -> int:  # rounding to a whole number has slope 0: no derivative is lost
        return int(read(self, "int"))

    def __bool__(self) -> bool:
        return bool(self._number) if not traces else _decided(self)

    __trunc__ = __int__

    def __floor__(self) -> int:
        return floor(read(self, "floor"))

    def __ceil__(self) -> int:
        return ceil(read(self, "ceil"))

    @overload
    def __round__(self, digits: None = None) -> int: ...

    @overload
    def __round__(self, digits: int) -> Value: ...

    def __round__(self, digits: int | None = None) -> int | Value:
        return round(read(self, "round")) if digits is None else self.round(digits)

    def __pos__(self) -> Value:
        return self

    conjugate = __pos__  # NumPy's var and std ask for it

    def __divmod__(self, other: Any) -> tuple[Value, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Value, Value]:
        return other // self, other % self

    def __init_subclass__(cls, **options: Any) -> None:
        super(Value, cls).__init_subclass__(**options)  # noqa: UP008  # Value may be the compiled
        if cls.__setattr__ is object.__setattr__:
            cls.__setattr__ = memory.set_attribute  # type: ignore[method-assign]  # as a method

    __hash__ = object.__hash__  # == records a comparison, so a node is hashed by its identity

    __deepcopy__, __copy__ = memory.deepcopy, memory.shallow_copy

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return memory.reduce(self)

    if memory.NEEDS_UNLINK:
        __del__ = memory.unlink


def _decided(node: Any) -> bool:
    """Whether Python code that asks a node for its truth goes on as if it were true."""
    trace = trace_of(node)
    return bool(node._number) if trace is None else trace.decide(node)


def tick() -> int:
    """The next time on the clock."""
    global _clock
    with _ticking:
        _clock += 1
        return _clock


def _plain_name(name: Any) -> str | None:
    if name is None or isinstance(name, str):
        return name
    raise TypeError(f"expected a string as a name, got {name!r}")


def _plain(data: Any) -> float:
    if isinstance(data, Value):
        raise TypeError(f"expected a number, got {data!r}; use it as it is, or its .data")
    y = real(data)
    if y is None:
        kind = type(data).__name__
        raise TypeError(f"expected a number, got {data!r} ({kind}){hint.of_number(data)}")
    return y


_new = object.__new__


def linked(
    row: Primitive, y: float, operands: Any, parents: tuple[Value, ...], slopes: tuple[float, ...]
) -> Value:
    """The node that a row computed from these operands. ``recording`` makes all inner nodes here.

    The arguments are such that ``x + 1`` needs one new tuple, (x,). With three new tuples, the
    garbage collector made 1.4 µs a node 1.8 (2026-11-24).

    Args:
        row: The row.
        y: The number that it computed.
        operands: A tuple. For ``x + 1``, one parent and then a constant, just the constant.
        parents: The Values among the operands.
        slopes: A partial for each parent. What comes after these is not used.
    """
    node: Value = _new(Value)
    node._number = y
    node._time = tick() if traces else _clock  # a trace asks in which order nodes were recorded
    node._swept = False
    node._grad = 0.0
    node._name = None
    node._op = row
    node._operands = operands
    node._parents = parents
    node._slopes = slopes
    if scopes:
        node._scope = here()
    return node


if build.compiled and not TYPE_CHECKING:  # the same class at C speed
    Plain = Value
    Value, linked, tick = build.compiled.Value, build.compiled.linked, build.compiled.tick
    build.compiled.adopt(sys.modules[__name__])
else:
    for _name, _refusal in vars(hint.Elsewhere).items():
        if not _name.startswith("__"):
            setattr(Value, _name, _refusal)
    Value.__init__ = hint.with_words(Value.__init__)  # type: ignore[method-assign]  # as before
    Value.__dir__ = lambda self: sorted({*object.__dir__(self)} - hint.ON_VALUE.keys())  # type: ignore[method-assign]  # as a method

"""A row of the table (Primitive), a kind of number (Namespace), and how numbers find their kind.

A row is an operation with its rule. The rule is written once, in ordinary arithmetic, and runs on
many kinds of number. It receives a namespace ``xp`` (the operations of one kind of number), the
result ``y`` and the arguments. It returns one partial derivative per argument::

    cos = Primitive("cos", partials=lambda xp, y, x: (-xp.sin(x),))
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from itertools import chain

from .annotation import TYPE_CHECKING, Any
from .domain import REAL, Domain, Interval

if TYPE_CHECKING:
    from .spelled import Spelled
else:
    Spelled = object  # spelled.pyi lists the rows, so type checkers find a misspelt xp.sine

TABLE: dict[str, Primitive] = {}
"""Every row by its name. ``primitives`` fills it, and ``mg.primitive`` adds rows."""

UNLISTED: dict[str, Primitive] = {}
"""Rows that are in no table, by name: one for all of a name, as they are printed alike.

They can be printed, and no other namespace has them."""

ADDED: dict[str, Primitive] = {}
"""The rows that users added, by their keys. A row that was replaced is still among them."""

KINDS: dict[type, Namespace] = {}
"""The namespace of each type of number. A Namespace enters itself for the types it is given."""

OR, AND, COMPARE, SUM, PRODUCT, SIGN, POWER = range(1, 8)  # precedences: how strongly a sign binds

BACKENDS = {
    **dict.fromkeys(
        ("numpy", "jax", "jaxlib", "torch", "cupy", "dask", "array_api_strict"), "namespaces.array"
    ),
    "mpmath": "namespaces.mpmath",
    "flint": "namespaces.ball",
    "pandas": "arrays.frames",
}
"""Packages whose namespace is imported when their first number is met, and where it is."""


class _Doc:
    """The ``__doc__`` of Primitive: the class has a docstring, and each row describes itself."""

    def __init__(self, of_class: str | None) -> None:
        self._of_class = of_class

    def __get__(self, row: Any, cls: type) -> str | None:
        return self._of_class if row is None else row._described()


class Primitive:
    """One row of the table: an operation with its local partial derivatives.

    A row is called like a function, on any kind of number that has a namespace. A rule takes the
    namespace as its argument ``xp``, so one rule serves all kinds of number.

    Args:
        name: The row's name. A namespace has the operation as ``xp.<name>``, users as
            ``mg.<name>``.
        partials: ``(xp, y, *arguments) -> (∂y/∂argument, …)``, in ordinary arithmetic.
        arguments: The names of the arguments (default: those in ``partials``).
        definition: ``(xp, *arguments) -> y``, the textbook formula of a composite row. A row with
            neither a definition nor an operator is an atom: each namespace must spell it out.
        stable: The same function in a numerically stable form, if the textbook form loses digits or
            overflows on machine numbers (default: the definition).
        operator: Python's operator for the row, as the ``operator`` module names it.
        infix: The sign between two operands, or before a single one.
        precedence: How strongly that sign binds. Printed formulas get their brackets by it.
        symbol: How the function is printed (default: its name).
        latex: The operation in LaTeX, with {0}, {1} … for the operands (default: made of its sign
            or name).
        domain: An interval for every argument, or a ``Domain``.
        static: The names of the arguments by which the row is not differentiated: a condition, a
            number of decimals.
        step: Whether the function is constant between jumps, so that its slope is 0.
        choice: Whether the result is one of the operands (where, max, relu). A partial of 0 marks
            an operand that was not chosen.
        kink: ``(xp, *arguments) -> number``. It is 0 exactly where the slope or the function jumps.
        vectors: How many vectors of equal length the row takes, or 0 if it takes numbers. The rule
            of a row of vectors takes and returns whole vectors.
        spread: Whether a row of one vector may also be called with its elements: ``hypot(3, 4)``.
        written_out: Whether a formula shows the definition in place of the name, if the vectors
            are short: ``a + b`` for a sum.
        lazy: Whether a branch may be a function, which is called if the branch is taken.
        constant: The row that serves instead if the second operand is a constant.
        drawn: The arguments that pictures draw even if they are constants, such as the label y of a
            loss.
        aliases: Other names of the method on Value (NumPy's and SciPy's spellings).
        public: Whether users see the row, as ``mg.<name>`` and as a method of Value. The other rows
            serve the engine.

    Example:
        >>> from micrograph.core import Primitive
        >>> from micrograph.namespaces import FLOAT
        >>> square = Primitive("square", partials=lambda xp, y, x: (2 * x,))
        >>> square.arguments, square.partials_at(FLOAT, 9.0, [3.0])
        (('x',), (6.0,))
    """

    __doc__ = _Doc(__doc__)
    _described: Callable[[Primitive], str]  # namespaces/text.py sets it, to its ``described``

    def __init__(
        self,
        name: str,
        *,
        partials: Callable[..., tuple[Any, ...]],
        arguments: tuple[str, ...] = (),
        definition: Callable[..., Any] | None = None,
        stable: Callable[..., Any] | None = None,
        operator: str = "",
        infix: str = "",
        precedence: int = 0,
        symbol: str = "",
        latex: str = "",
        domain: Interval | Domain = REAL,
        static: tuple[str, ...] = (),
        step: bool = False,
        choice: bool = False,
        kink: Callable[..., Any] | None = None,
        vectors: int = 0,
        spread: bool = False,
        written_out: bool = False,
        lazy: bool = False,
        constant: Primitive | None = None,
        drawn: tuple[str, ...] = (),
        aliases: tuple[str, ...] = (),
        public: bool = True,
    ) -> None:
        code = partials.__code__
        self.arguments = arguments or code.co_varnames[2 : code.co_argcount]  # after xp and y
        self.arity, self.defaults = len(self.arguments), partials.__defaults__ or ()
        self.name, self.partials = name, partials
        self.key = name  # what namespaces know the row by; a user's row has one of its own
        self.definition, self.stable = definition, stable or definition
        self.operator, self.infix, self.precedence = operator, infix, precedence
        self.symbol, self.latex, self.public = symbol or name, latex, public
        self.domain = Domain((domain,) * self.arity) if isinstance(domain, Interval) else domain
        self.static, self.step, self.choice = static, step, choice
        self.dense = not (static or step or choice)  # it has a slope in every argument
        self.kink, self.vectors, self.spread = kink, vectors, spread
        self.constant, self.aliases, self.lazy, self.drawn = constant, aliases, lazy, drawn
        self.written_out = written_out

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if self.key in ADDED and TABLE.get(self.name) is not self:
            from pickle import PicklingError  # it takes 1.5 ms to import, as pickle does

            raise PicklingError(
                f"{self.name}: another row was registered by this name since. A pickle holds the "
                "name alone, and would be read with the other row; record again"
            )
        return row_named, (self.name,)  # a pickle holds the name: rows are code

    def __deepcopy__(self, memo: Any) -> Primitive:
        return self  # also a row whose name is another's by now

    def __copy__(self) -> Primitive:
        return self

    @property
    def entry(self) -> str:
        """The name, or the key if another row has the name by now: no other row's entry."""
        return self.name if TABLE.get(self.name) is self else self.key

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def __signature__(self) -> Any:
        """The signature with the names of the arguments, for editors and ``inspect.signature``."""
        from inspect import Parameter, Signature

        required = self.arity - len(self.defaults)
        defaults = [Parameter.empty] * required + list(self.defaults)
        pairs = zip(self.arguments, defaults, strict=True)
        kind = Parameter.POSITIONAL_OR_KEYWORD
        return Signature([Parameter(name, kind, default=x) for name, x in pairs])

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The operation at floats, Values, arrays …. The result is of that kind.

        A row of one vector takes ``axis=`` and ``keepdims=`` as NumPy's sum does.

        Raises:
            TypeError: If the number of arguments is wrong, or one is no number.
            ValueError: If the vectors that it is given differ in length.
            DomainError, ZeroDivisionError, OverflowError: If the arguments lie outside the domain,
                or the result is too large, and the kind of number raises errors. Floats and Values
                do, arrays do not.
        """
        if len(arguments) == self.arity == 1 and not (self.vectors or named):  # the common case
            xp = KINDS.get(type(arguments[0]))
            if xp:
                return xp.apply(self, arguments)
        if named and self.vectors == len(arguments) == 1 and named.keys() <= {"axis", "keepdims"}:
            arrays: Any = import_module(f"{__package__}.namespaces.array").NUMPY
            if hasattr(arguments[0], "dtype") and namespace_of(*arguments).takes_whole:
                arrays = namespace_of(*arguments)
            return arrays.reduced(self, *arguments, **named)
        if self.spread and not (len(arguments) == 1 and hasattr(arguments[0], "__iter__")):
            arguments = (arguments,)
        arguments = self._bound(arguments, named)
        if any(map(_is_thunk, arguments)):
            arguments = self._taken(arguments)
        if self.vectors:
            if any(hasattr(x, "dtype") for x in arguments):
                xp = namespace_of(*(x for x in arguments if hasattr(x, "dtype")))
                if xp.takes_whole:
                    return xp.apply(self, arguments)
            arguments = tuple(self._vector(x) for x in arguments)
            if len({len(x) for x in arguments}) > 1:
                lengths = " and ".join(str(len(x)) for x in arguments)
                raise ValueError(f"{self.name} expects vectors of one length, got {lengths}")
        return namespace_of(*self.flat(arguments)).apply(self, arguments)

    def _bound(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments in order, also those that were given by name or left at their default."""
        for name in self.arguments[len(arguments) :] if named else ():
            if name not in named:
                break
            arguments += (named.pop(name),)
        missing = self.arity - len(arguments)
        if named or not 0 <= missing <= len(self.defaults):
            least = self.arity - len(self.defaults)
            expected = f"{f'{least} or ' * (least < self.arity)}{self.arity} argument"
            expected += "s" * (self.arity != 1)
            called = [f"[{x}1, {x}2, …]" if self.vectors else x for x in self.arguments]
            for i, x in enumerate(self.defaults, least):
                called[i] += f"={x:g}"
            got = f"{len(arguments)} and {', '.join(named)}" if named else len(arguments)
            raise TypeError(
                f"{self.name} expects {expected}, {self.name}({', '.join(called)}); got {got}"
            )
        return arguments + self.defaults[-missing:] if missing else arguments

    def _taken(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of ``where``, if a branch was given as a function.

        The function is called if its branch is taken. If not, NaN stands for its result.
        """
        if not self.lazy:
            raise TypeError(f"{self.name} expects numbers, got a function; only where calls one")
        condition, a, b = arguments
        try:
            first = bool(condition)
        except TypeError as error:  # a trace refuses
            why = str(error).partition(" Use mg.where")[0]
            raise TypeError(
                f"{why} where calls the function of one branch alone; give it values: "
                "where(condition, f(x), g(x))"
            ) from None
        branches = (a, NOT_TAKEN) if first else (NOT_TAKEN, b)
        given = [branch if _is_thunk(x) else x for x, branch in zip((a, b), branches, strict=True)]
        taken: list[Any] = [x() if _is_thunk(x) else x for x in given]
        return (condition, *taken)

    def _vector(self, x: Any) -> tuple[Any, ...]:
        if not hasattr(x, "__iter__") or isinstance(x, str | bytes):
            raise TypeError(f"{self.name} expects a sequence of numbers, got {x!r}")
        return tuple(getattr(x, "flat", x))

    def slope_in(self, i: int) -> bool:
        """Whether the row may have a slope in its i-th operand.

        At some numbers it may have none. A choice such as max has none in an operand that was not
        chosen: that partial is 0.
        """
        return not self.step and (self.vectors > 0 or self.arguments[i] not in self.static)

    def flat(self, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """The numbers in these arguments, as one tuple. Vectors are laid end to end."""
        return tuple(chain.from_iterable(arguments)) if self.vectors else tuple(arguments)

    def arrange(self, operands: Sequence[Any]) -> Sequence[Any]:
        """The arguments made of these numbers: the inverse of ``flat``."""
        if not self.vectors:
            return operands
        n = len(operands) // self.vectors
        return [operands[i * n : (i + 1) * n] for i in range(self.vectors)]

    def partials_at(self, xp: Namespace, y: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        """∂y/∂operand for each operand, computed in the namespace ``xp``.

        If an operation of xp raises an error, it is passed on.
        """
        return self.flat(self.partials(xp, y, *self.arrange(operands)))


NOT_TAKEN = float("nan")
"""It stands for a branch of ``where`` that was given as a function and not called."""


def _is_thunk(x: Any) -> bool:
    return callable(x) and not hasattr(x, "__float__")


def row_named(name: str) -> Primitive:
    """The row of that name.

    Raises:
        LookupError: If the table has no row of that name.
    """
    try:
        return TABLE[name]
    except KeyError:
        raise LookupError(f"no primitive is named {name!r}; register it first") from None


row_named.__module__, row_named.__qualname__ = "micrograph", "_row_named"  # pickles name it so


class Namespace(Spelled):
    """The operations of one kind of number, each under the name of its row: ``FLOAT.exp(1.0)``.

    An operation that is not among the atoms is found when it is first asked for: it comes from the
    row's formula, or is Python's operator.

    Args:
        name: What messages call this kind of number.
        atoms: The operations that are spelled out for this kind of number, by the names of their
            rows.
        types: The types of these numbers. Rows that are called with such a number use this
            namespace.
        rank: If several kinds of number meet in one operation, the namespace of highest rank
            serves.
        pi: π, to the digits of these numbers.
        exact: Whether composite rows are computed by their textbook definition, and not by their
            stable form.

    Example:
        Fractions have Python's operators, so one atom is enough for many rows:

        >>> from fractions import Fraction
        >>> atoms = {"where": lambda condition, a, b: a if condition else b}
        >>> FRACTION = Namespace("fraction", atoms, exact=True)
        >>> FRACTION.maximum(Fraction(1, 3), Fraction(1, 2))
        Fraction(1, 2)
        >>> FRACTION.partials(TABLE["square"], None, [Fraction(1, 3)])
        (Fraction(2, 3),)
        >>> FRACTION.exp(Fraction(1, 3))
        Traceback (most recent call last):
        NotImplementedError: fraction numbers have no exp
    """

    holds_vectors: bool = False
    """Whether a vector is one number of this kind, as arrays are: a row applies to each element.

    Then the namespace has the methods from ``aligned`` to ``repeated``, by which a Graph computes
    nodes that are vectors. A batch may stand in place of a number: its dimensions come first.
    """

    def __init__(
        self,
        name: str,
        atoms: dict[str, Callable[..., Any]],
        *,
        types: tuple[type, ...] = (),
        rank: int = 0,
        pi: Any = math.pi,
        exact: bool = False,
    ) -> None:
        self.name, self.atoms, self.rank, self.pi, self.exact = name, atoms, rank, pi, exact
        KINDS.update(dict.fromkeys(types, self))

    takes_whole = False
    """Whether a vector that a user gives as an array stays an array.

    NumPy's arrays do not: their numbers are added from left to right, as floats are.
    """

    def __repr__(self) -> str:
        return f"<namespace {self.name}>"

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Any]:
            row = TABLE.get(name) or ADDED.get(name) or UNLISTED.get(name)
            if row is None:
                raise AttributeError(f"the table has no row named {name!r}")
            operation = self.spell(row) if name == row.key else getattr(self, row.key)
            setattr(self, name, operation)  # so that next time Python finds it without this search
            if name == row.key or TABLE.get(name) is row:
                return operation
            vars(self).pop(name, None)  # another thread replaced the row meanwhile
            return getattr(self, name)

    def spell(self, row: Primitive) -> Callable[..., Any]:
        """The operation of this row on this kind of number.

        Raises:
            NotImplementedError: If the row is an atom, and this namespace lacks it.
        """
        if row.key in self.atoms:
            return self.atoms[row.key]
        rule = row.definition if self.exact else row.stable
        if rule is not None:
            return partial(rule, self)
        if row.operator:
            return getattr(operator, row.operator)  # type: ignore[no-any-return]  # found by name
        if row.name in UNLISTED:
            raise TypeError(f"a graph can't hold {row.symbol}, which is Python code; call it anew")
        raise NotImplementedError(f"{self.name} numbers have no {row.name}")

    def forget(self, name: str) -> None:
        """Remove the operation of this name or key, for another row may take the name."""
        self.atoms.pop(name, None)
        vars(self).pop(name, None)

    def convert(self, x: Any) -> Any:
        """The input x as a number of this kind."""
        return x

    def delivered(self, x: Any) -> Any:
        """A result as users get it, if it is another type than rules compute with."""
        return x

    def aligned(self, x: Any, rank: int) -> Any:
        """The number x with so many axes of length 1 at its end, beside vectors of that rank."""
        raise NotImplementedError(f"{self.name} numbers hold no vectors")

    def along(self, row: Primitive, vectors: Sequence[Any]) -> Any:
        """A row of vectors along the last axis of each, which the result lacks."""
        raise NotImplementedError(f"{self.name} numbers hold no vectors")

    def along_partials(self, row: Primitive, y: Any, vectors: Sequence[Any]) -> Sequence[Any]:
        """∂y/∂vector for each vector, where y is ``along(row, vectors)``."""
        raise NotImplementedError(f"{self.name} numbers hold no vectors")

    def elements(self, x: Any) -> list[Any]:
        """The elements of a vector, each as a number."""
        raise NotImplementedError(f"{self.name} numbers hold no vectors")

    def filled(self, x: Any, shape: tuple[int, ...]) -> Any:
        """The number x, aligned to this shape, as a vector of the shape."""
        raise NotImplementedError(f"{self.name} numbers hold no vectors")

    def joined(self, x: Sequence[Any]) -> Any:
        """The vector of these elements."""
        raise NotImplementedError(f"{self.name} numbers hold no vectors")

    def pick(
        self,
        operands: Sequence[Any],
        ranks: Sequence[int],
        places: Sequence[int],
        shape: tuple[int, ...],
    ) -> Any:
        """The vector of this shape of the operands' elements at these places.

        Args:
            operands: Numbers and vectors, whose elements are counted end to end.
            ranks: The rank of each operand: 0 for a number.
            places: Which elements. −1 stands for 0.0.
            shape: The shape of the result.
        """
        raise NotImplementedError(f"{self.name} numbers hold no vectors")

    def repeated(self, x: Any, n: int) -> Any:
        """Each element of x n times along a new last axis, or such that it broadcasts so."""
        raise NotImplementedError(f"{self.name} numbers hold no vectors")

    def exponent(self, x: Any) -> Any:
        """The whole number e with 2^(e−1) ≤ |x| < 2^e; 0 if x is 0, infinite or NaN.

        If numbers of this kind never overflow, it is 0 for every x.
        """
        return 0

    def apply(self, row: Primitive, arguments: Sequence[Any]) -> Any:
        """The row's value at arguments as a user gives them, vectors as vectors.

        A namespace may convert them to its kind of number.
        """
        return getattr(self, row.key)(*arguments)

    def value(self, row: Primitive, operands: Sequence[Any]) -> Any:
        """The row's value at these operands: numbers of this kind, vectors laid end to end."""
        return getattr(self, row.key)(*row.arrange(operands))

    def partials(self, row: Primitive, y: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        """∂y/∂operand for each operand, where y is the row's value. At a pole: infinite or NaN."""
        return row.partials_at(self, y, operands)


def atoms_in(module: Any) -> dict[str, Callable[..., Any]]:
    """The functions of a module that are atoms, by name: sin, exp, where …

    An atom is a row with neither a formula nor an operator.

    Args:
        module: The module, such as ``numpy``. Its functions have the names of the rows.

    Example:
        >>> sorted(atoms_in(math))[:3]
        ['acos', 'acosh', 'asin']
    """
    rows = (row for row in TABLE.values() if not (row.stable or row.operator))
    return {row.name: getattr(module, row.name) for row in rows if hasattr(module, row.name)}


def attach(
    cls: type,
    row: Primitive,
    operation: Callable[..., Any],
    method: Callable[..., Any] | None = None,
) -> None:
    """Give a class of numbers the operation of a row: as Python's operator and as a method.

    An operator that the class itself defines is kept, and so is a method that it has.

    Args:
        cls: The class.
        row: The row. One without an operator gives a method alone; one that takes vectors, or is
            not public, gives no method.
        operation: The operation on these numbers, a function of the row's arguments.
        method: The method, if the row takes several arguments (default: ``operation``).

    Example:
        >>> class Unknown:
        ...     def __repr__(self):
        ...         return "?"
        >>> attach(Unknown, TABLE["add"], lambda a, b: Unknown())
        >>> Unknown() + 1, 1 + Unknown(), Unknown().add(1)
        (?, ?, ?)
    """
    method = method if method and row.arity > 1 else operation
    if row.operator:
        name = row.operator.rstrip("_")
        if f"__{name}__" not in vars(cls):
            setattr(cls, f"__{name}__", operation)
            if hasattr(int, f"__r{name}__"):
                setattr(cls, f"__r{name}__", lambda b, a: operation(a, b))
    if row.public and not row.vectors:
        for name in (row.name, *row.aliases):
            if not hasattr(cls, name):
                setattr(cls, name, method)


def namespace_of(*numbers: Any) -> Namespace:
    """The namespace that serves these numbers together: of their namespaces, that of highest rank.

    Raises:
        TypeError: If one of them is no number.

    Example:
        >>> from micrograph import Value
        >>> namespace_of(1, 2.0), namespace_of(1, Value(2.0))
        (<namespace float>, <namespace Value>)
    """
    found = KINDS[float]
    for t in dict.fromkeys(map(type, numbers)):  # of a thousand numbers, one or two
        xp = KINDS.get(t) or _kind(t, next(x for x in numbers if type(x) is t))
        if xp.rank > found.rank:
            found = xp
    return found


def _kind(t: type, example: Any) -> Namespace:
    for base in t.__mro__:
        if base not in KINDS:
            _enter(BACKENDS.get(base.__module__.partition(".")[0]), example)
        if base in KINDS:
            return KINDS[base]
    if hasattr(t, "__array_namespace__"):  # arrays of a package that is not among BACKENDS
        _enter(BACKENDS["numpy"], example)
        if t in KINDS:
            return KINDS[t]
    if hasattr(t, "__float__"):
        return KINDS[float]
    raise TypeError(f"expected a number, got {example!r}")


def _enter(module: str | None, example: Any) -> None:
    """Import the module that enters a type in KINDS. It may want to see a number of that type."""
    if module:
        serve = getattr(import_module(f"{__package__}.{module}"), "serve", None)
        if serve:
            serve(example)

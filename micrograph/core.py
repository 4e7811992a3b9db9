"""A row of the table (Primitive), a kind of number (Namespace), and which kind serves where.

A rule is written once, as ordinary arithmetic, and run on many kinds of number.
It receives a namespace ``xp`` (the operations of one kind of number), the result
``y`` and the arguments, and returns one partial derivative per argument::

    cos = Primitive("cos", partials=lambda xp, y, x: (-xp.sin(x),))
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from .domain import REAL, Domain, Interval

TABLE: dict[str, Primitive] = {}
"""Every row by its name; filled by ``primitives``."""

KINDS: dict[type, Namespace] = {}
"""The namespace of each type of number; filled by whoever defines that type."""

OR, AND, COMPARE, SUM, PRODUCT, SIGN, POWER = range(1, 8)  # how strongly signs bind

BACKENDS = ("numpy", "mpmath")
"""Packages whose numbers get their namespace from ``namespaces``, when first met."""


class Primitive:
    """One row of the table: an operation with its local partial derivatives.

    name:        what a namespace calls it, and ``mg.<name>``
    partials:    ``(xp, y, *arguments) -> (∂y/∂argument, …)``, in ordinary arithmetic
    arguments:   their names (default: as in partials)
    definition:  ``(xp, *arguments) -> y``, the textbook formula of a composite row;
                 an atom has none: each namespace spells it
    formula:     the same where the textbook form loses digits or overflows on
                 machine numbers (default: the definition)
    operator:    Python's operator for it, as the ``operator`` module names it
    infix:       the sign between two operands, or before a single one
    binds:       how strongly that sign binds, for brackets
    symbol:      how the function is printed (default: its name)
    latex:       the same in LaTeX, its operands as {0}, {1} … (default: its sign or name)
    domain:      an interval for every argument, or a Domain
    static:      the arguments that are not differentiated: a condition, a number of digits
    step:        whether it is constant between its kinks: its slope is 0
    choice:      whether it takes one of its operands: a slope of 0 is of one that it did not take
    kink:        ``(xp, *arguments) -> number``, zero exactly where the slope jumps
    vectors:     how many vectors of equal length it takes; 0 for a function of
                 numbers. The rule of such a row takes and returns whole vectors.
    constant:    the row that serves when the second operand is a constant
    aliases:     other names of the method on Value (NumPy's spellings)

    Calling a row applies it to any kind of number that has a namespace.
    """

    def __init__(
        self,
        name: str,
        *,
        partials: Callable[..., tuple[Any, ...]],
        arguments: tuple[str, ...] = (),
        definition: Callable[..., Any] | None = None,
        formula: Callable[..., Any] | None = None,
        operator: str = "",
        infix: str = "",
        binds: int = 0,
        symbol: str = "",
        latex: str = "",
        domain: Interval | Domain = REAL,
        static: tuple[str, ...] = (),
        step: bool = False,
        choice: bool = False,
        kink: Callable[..., Any] | None = None,
        vectors: int = 0,
        constant: Primitive | None = None,
        aliases: tuple[str, ...] = (),
    ) -> None:
        code = partials.__code__
        self.arguments = arguments or code.co_varnames[2 : code.co_argcount]  # after xp and y
        self.arity, self.defaults = len(self.arguments), partials.__defaults__ or ()
        self.name, self.partials = name, partials
        self.definition, self.formula = definition, formula or definition
        self.operator, self.infix, self.binds, self.symbol = operator, infix, binds, symbol or name
        self.domain = Domain((domain,) * self.arity) if isinstance(domain, Interval) else domain
        self.static, self.step, self.choice = static, step, choice
        self.dense = not (static or step or choice)  # it has a slope in every argument
        self.kink, self.vectors, self.constant, self.aliases = kink, vectors, constant, aliases
        self.latex = latex
        self.__doc__ = f"{name}({', '.join(self.arguments)}), on any kind of number."

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return row_named, (self.name,)  # a pickle holds the name: rows are code

    def __call__(self, *arguments: Any) -> Any:
        """This operation applied to floats, Values, arrays … : a result of that kind.

        Raises: TypeError for a wrong number of arguments, or what is no number;
        what the kind of number raises outside the domain.
        """
        if len(arguments) == self.arity == 1 and not self.vectors:  # the common case
            xp = KINDS.get(type(arguments[0]))
            if xp:
                return xp.apply(self, arguments)
        missing = self.arity - len(arguments)
        if 0 < missing <= len(self.defaults):
            arguments += self.defaults[-missing:]
        elif missing:
            expected = f"{self.arity} argument{'s' * (self.arity != 1)}"
            called = ", ".join(f"[{x}1, {x}2, …]" if self.vectors else x for x in self.arguments)
            raise TypeError(
                f"{self.name} expects {expected}, {self.name}({called}); got {len(arguments)}"
            )
        if any(map(_is_thunk, arguments)):
            arguments = self._taken(arguments)
        if self.vectors:
            arguments = tuple(self._vector(x) for x in arguments)
            if len({len(x) for x in arguments}) > 1:
                lengths = " and ".join(str(len(x)) for x in arguments)
                raise ValueError(f"{self.name} expects vectors of one length, got {lengths}")
        return namespace_of(*self.flat(arguments)).apply(self, arguments)

    def _taken(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of ``where`` with the arm called that is taken; the other is NaN."""
        if self.name != "where":
            raise TypeError(f"{self.name} expects numbers, got a function; only where calls one")
        condition, a, b = arguments
        arms = (a, NOT_TAKEN) if condition else (NOT_TAKEN, b)
        given = [arm if _is_thunk(x) else x for x, arm in zip((a, b), arms, strict=True)]
        taken: list[Any] = [x() if _is_thunk(x) else x for x in given]
        return (condition, *taken)

    def _vector(self, x: Any) -> tuple[Any, ...]:
        if not hasattr(x, "__iter__") or isinstance(x, str | bytes):
            raise TypeError(f"{self.name} expects a sequence of numbers, got {x!r}")
        return tuple(getattr(x, "flat", x))

    def slope_in(self, i: int) -> bool:
        """Whether the row may have a slope in its i-th operand.

        A choice has none in an operand that it did not take: its partial is 0 there.
        """
        return not self.step and (self.vectors > 0 or self.arguments[i] not in self.static)

    def flat(self, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """The numbers in these arguments, vectors laid end to end."""
        return tuple(x for v in arguments for x in v) if self.vectors else tuple(arguments)

    def arrange(self, operands: Sequence[Any]) -> Sequence[Any]:
        """The arguments that these numbers make: the inverse of ``flat``."""
        if not self.vectors:
            return operands
        n = len(operands) // self.vectors
        return [operands[i * n : (i + 1) * n] for i in range(self.vectors)]

    def partials_at(self, xp: Namespace, y: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        """∂y/∂operand for each operand, in the namespace ``xp``. May raise as xp does."""
        return self.flat(self.partials(xp, y, *self.arrange(operands)))


NOT_TAKEN = float("nan")
"""What stands for an arm of ``where`` that was given as a function and not called."""


def _is_thunk(x: Any) -> bool:
    return callable(x) and not hasattr(x, "__float__")


def row_named(name: str) -> Primitive:
    """The row of that name. Raises LookupError where the table has none."""
    try:
        return TABLE[name]
    except KeyError:
        raise LookupError(f"no primitive is named {name!r}; register it first") from None


row_named.__module__, row_named.__qualname__ = "micrograph", "_row_named"  # for pickles


class Namespace:
    """A row's name → that operation on one kind of number: ``FLOAT.exp(1.0)``.

    name:   what messages call it
    atoms:  the operations that this kind of number spells by itself; the others come
            from Python's operators and from the rows' formulas
    rank:   where kinds meet in one operation, the highest serves
    pi:     π, to the digits of these numbers
    exact:  whether composite rows are evaluated by their textbook definition
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

    def __repr__(self) -> str:
        return f"<namespace {self.name}>"

    def __getattr__(self, name: str) -> Callable[..., Any]:
        row = TABLE.get(name)
        if row is None:
            raise AttributeError(f"the table has no row named {name!r}")
        operation = self.spell(row)
        setattr(self, name, operation)  # found without this search next time
        return operation

    def spell(self, row: Primitive) -> Callable[..., Any]:
        """The operation of this row. Raises NotImplementedError where none can be had."""
        if row.name in self.atoms:
            return self.atoms[row.name]
        rule = row.definition if self.exact else row.formula
        if rule is not None:
            return partial(rule, self)
        if row.operator:
            return getattr(operator, row.operator)  # type: ignore[no-any-return]  # by name
        raise NotImplementedError(f"{self.name} numbers have no {row.name}")

    def convert(self, x: Any) -> Any:
        """An input as a number of this kind."""
        return x

    def exponent(self, x: Any) -> Any:
        """A whole number e, such that |x| is from 2^(e−1) to 2^e; 0 if no number overflows."""
        return 0

    def apply(self, row: Primitive, arguments: Sequence[Any]) -> Any:
        """The row at these arguments, which are, or become, numbers of this kind."""
        return getattr(self, row.name)(*arguments)

    def value(self, row: Primitive, operands: Sequence[Any]) -> Any:
        """The row at these operands, numbers of this kind; those of vectors laid end to end."""
        return getattr(self, row.name)(*row.arrange(operands))

    def partials(self, row: Primitive, y: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        """∂y/∂operand for each operand; infinite or NaN where there is none."""
        return row.partials_at(self, y, operands)


def atoms_in(module: Any) -> dict[str, Callable[..., Any]]:
    """The functions of a module that spell a row which nothing else can: sin, exp, where …"""
    rows = (row for row in TABLE.values() if not (row.formula or row.operator))
    return {row.name: getattr(module, row.name) for row in rows if hasattr(module, row.name)}


def attach(
    cls: type,
    row: Primitive,
    operation: Callable[..., Any],
    method: Callable[..., Any] | None = None,
) -> None:
    """Give the numbers of class ``cls`` a row as Python's operator for it, and as a method."""
    method = method if method and row.arity > 1 else operation
    if row.operator:
        name = row.operator.rstrip("_")
        if f"__{name}__" not in vars(cls):
            setattr(cls, f"__{name}__", operation)
            if hasattr(int, f"__r{name}__"):
                setattr(cls, f"__r{name}__", lambda b, a: operation(a, b))
    if not row.vectors:
        for name in (row.name, *row.aliases):
            if not hasattr(cls, name):
                setattr(cls, name, method)


def namespace_of(*numbers: Any) -> Namespace:
    """The namespace that serves these numbers together: the most general of theirs.

    Raises: TypeError for what is no number.
    """
    found = KINDS[float]
    for x in numbers:
        xp = KINDS.get(type(x)) or _kind(type(x), x)
        if xp.rank > found.rank:
            found = xp
    return found


def _kind(t: type, example: Any) -> Namespace:
    for base in t.__mro__:
        package = base.__module__.partition(".")[0]
        if package in BACKENDS:
            import_module(f"{__package__}.namespaces.{package}")  # registers its types in KINDS
        if base in KINDS:
            return KINDS[base]
    if hasattr(t, "__float__"):
        return KINDS[float]
    raise TypeError(f"expected a number, got {example!r}")

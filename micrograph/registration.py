"""Users add rows to the table: ``mg.primitive(name, formula=…)``."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from keyword import iskeyword
from typing import Any

from .core import TABLE, Namespace, Primitive
from .domain import REAL, Domain, Interval
from .engine.recording import VALUE, method_of
from .engine.value import Value, mode
from .graph.derivative import derived
from .graph.node import Node
from .graph.symbols import Construction
from .namespaces.floats import FLOAT, IEEE, real
from .namespaces.text import TEXT, Text
from .naming import added, drop, enter, replaceable, seen


def primitive(
    name: str,
    *,
    formula: Callable[..., Any] | None = None,
    value: Callable[..., float] | None = None,
    partials: Callable[..., tuple[Any, ...]] | None = None,
    domain: Interval | Domain = REAL,
    symbol: str | None = None,
    replace: bool = False,
) -> Primitive:
    """Add a row to the table and return it: a function of any kind of number.

    All rules are tried at registration, at a point of the domain. Whatever a rule returns later is
    checked, too. A formula and a value should return a real number, and ``partials`` a tuple with a
    real number for each argument. The row raises a TypeError if they do not.

    An opaque value, and its ``partials``, run as if no transform were under way. So they may use
    ``grad`` inside.

    A row that you added can be replaced: by ``replace=True``, or without it if both are registered
    in ``__main__``, as by a notebook's cell that runs twice. What was made with the old row keeps
    it: the old row itself, Values, graphs, and what a compiled function has traced. So do rows
    whose rules call it, until they are registered again.

    Args:
        name: An identifier that no row has. ``Value`` gets a method of that name.
        formula: ``(xp, *arguments) -> y``, in ordinary arithmetic and the functions of ``xp``. It
            runs on every kind of number.
        value: ``(*floats) -> float``, any Python code, in place of a formula. Such a row is opaque.
            It runs on floats, on Values and, element by element, on NumPy arrays.
        partials: ``(xp, y, *arguments) -> (∂y/∂argument, …)``. If there is a formula, it may be
            left out. The partials are then derived from the formula.
        domain: An interval for every argument, such as ``above(0)``, or a ``Domain``.
        symbol: How the function is printed (default: its name).
        replace: Whether the row may take the place of a row of this name that was added before. If
            the new row is refused, the old one stays.

    Raises:
        ValueError: If the name is taken or no identifier, if formula and value are both given or
            both missing, if a value has no ``partials``, or if no number is found in the domain.
        TypeError: If a rule can't be run as described, or if the domain is none.

    Example:
        >>> cube = primitive("cube_of", formula=lambda xp, x: x * x * x)
        >>> x = Value(2.0)
        >>> cube(x).backward()
        >>> x.grad
        12.0
    """
    if not (isinstance(name, str) and name.isidentifier() and not iskeyword(name)):
        raise ValueError(f"primitive: expected an identifier as a name, got {name!r}")
    home = str(sys._getframe(1).f_globals.get("__name__"))
    old = replaceable(name, home, replace)
    if (formula is None) == (value is None):
        raise ValueError(f"primitive {name}: give either a formula or a value")
    if value is not None and partials is None:
        raise ValueError(f"primitive {name}: an opaque value needs partials=")
    if formula is not None:
        arguments = _arguments(f"primitive {name}: formula", formula, "xp")
    else:
        arguments = _arguments(f"primitive {name}: value", value)
    if partials is not None and len(
        _arguments(f"primitive {name}: partials", partials, "xp", "y")
    ) != len(arguments):
        raise TypeError(
            f"primitive {name}: partials should take xp, y and the {len(arguments)} arguments of "
            f"the row, {', '.join(arguments)}"
        )
    row = Primitive(
        name,
        partials=partials or _not_yet,
        arguments=arguments,
        domain=_domain(name, domain, arguments),
        symbol=symbol or name,
    )
    if formula is not None:
        row.definition = row.stable = _formula(row, formula)
    point = _point(row)
    try:
        added(row, home)
        _try(row, value, partials, point)
        recorded = getattr(VALUE, row.key) if row.arity == 1 else method_of(row)
        recorded.__doc__ = row.__doc__
        enter(row, old, recorded, replace)
    except BaseException:  # an interrupt, too, leaves no half of a row
        if TABLE.get(name) is not row:
            drop(row)
        raise
    return row


def _try(
    row: Primitive,
    value: Callable[..., float] | None,
    partials: Callable[..., tuple[Any, ...]] | None,
    point: tuple[float, ...],
) -> None:
    """Give the row its rules, and run each at a point."""
    texts = list(map(Text, row.arguments))
    what = "the formula fails" if row.definition else "the value fails"
    try:
        if value is not None:
            FLOAT.atoms[row.key] = IEEE.atoms[row.key] = _value(row.name, value)
        if row.definition:
            row.definition(TEXT, *texts)
        y = getattr(FLOAT, row.key)(*point)
        if row.definition:
            xp = Construction()
            given = zip(row.arguments, point, strict=True)
            row.definition(xp, *[xp.input(Node(x, None, (), value)) for x, value in given])
            found = derived(row.name, row.definition, row.arguments, point)
        what = "the partials fail" if partials else what
        row.partials = _partials(
            row, partials or found, opaque=value is not None, given=partials is not None
        )
        row.partials(FLOAT, y, *point)
        if row.definition:
            row.partials(TEXT, Text("y"), *texts)
    except MemoryError:
        raise
    except Exception as error:
        kind = "" if isinstance(error, TypeError | ValueError) else f"{type(error).__name__}: "
        said = str(error)
        if row.definition and isinstance(error, TypeError) and re.search(FOREIGN, said):
            said += "; a formula takes its functions from xp, such as xp.exp"
        at = ", ".join(f"{x} = {n:g}" for x, n in zip(row.arguments, point, strict=True))
        raise TypeError(f"primitive {row.name}: {what} at {at}: {kind}{said}") from error


FOREIGN = r"\b(Text|Symbol|xp)\b|callable \w+ method|must be real number"
"""What other libraries' functions say of the numbers that a formula is tried on."""


def _arguments(what: str, rule: Any, *first: str) -> tuple[str, ...]:
    """The names of a rule's operands: of its arguments after ``first``."""
    taken = f"{', '.join(first)} and the operands" if first else "the operands"
    expected = f"{what} should be a function of {taken}"
    if not callable(rule):
        raise TypeError(f"{expected}, got {rule!r}")
    try:
        known = inspect.signature(rule).parameters
    except (ValueError, TypeError):
        raise TypeError(f"{expected}, whose names can be read; write lambda x: f(x)") from None
    for x in known.values():
        if x.kind not in (x.POSITIONAL_ONLY, x.POSITIONAL_OR_KEYWORD) or x.default is not x.empty:
            raise TypeError(
                f"{expected} alone, got the parameter {x}; write lambda x: f(x) around it"
            )
    if len(known) <= len(first) and "y" not in first:
        raise TypeError(f"{expected}, got only ({', '.join(known)})")
    return tuple(known)[len(first) :]


def _domain(name: str, domain: Any, arguments: Sequence[str]) -> Any:
    """The domain, if it is one for these operands."""
    if not isinstance(domain, Interval | Domain):
        raise TypeError(
            f"primitive {name}: expected an Interval, such as above(0), or a Domain, got {domain!r}"
        )
    if isinstance(domain, Interval):
        intervals: Any = (domain,)
    else:
        intervals = domain.intervals
        if not isinstance(intervals, tuple | list) or isinstance(intervals, Interval):
            raise TypeError(
                f"primitive {name}: a Domain takes a tuple of intervals, got {intervals!r}; write "
                "Domain((above(0), above(0)))"
            )
        if len(intervals) != len(arguments):
            raise TypeError(
                f"primitive {name}: the domain has {len(intervals)} intervals for the "
                f"{len(arguments)} operands {', '.join(arguments)}"
            )
    for interval in intervals:
        ends = interval[:2] if isinstance(interval, Interval) else (None,)
        if any(real(x) is None for x in ends):
            raise TypeError(f"primitive {name}: {interval!r} is no interval of two numbers")
    return domain


def _not_yet(*_: Any) -> tuple[Any, ...]:
    raise AssertionError("the partials of this row are being derived")


# A user's rule may be any code. What it returns is checked here, so that no other code has to.


def _formula(row: Primitive, rule: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(rule)
    def formula(xp: Namespace, *operands: Any) -> Any:
        y = rule(seen(xp, row), *operands)
        return _number(xp, y, f"{row.name}: the formula", operands)

    return formula


def _value(name: str, rule: Callable[..., Any]) -> Callable[..., float]:
    @wraps(rule)
    def value(*operands: float) -> float:
        y: float = _number(FLOAT, _by_itself(rule, *operands), f"{name}: value", operands)
        return y

    return value


def _partials(
    row: Primitive, rule: Callable[..., Any], opaque: bool, given: bool
) -> Callable[..., tuple[Any, ...]]:
    @wraps(rule)
    def partials(xp: Namespace, y: Any, *operands: Any) -> tuple[Any, ...]:
        alone = opaque and xp in (FLOAT, IEEE)
        names = seen(xp, row) if given else xp  # a derived rule holds the rows themselves
        found = _by_itself(rule, names, y, *operands) if alone else rule(names, y, *operands)
        if not isinstance(found, tuple) or len(found) != row.arity:
            raise TypeError(
                f"{row.name}: partials should return a tuple of {row.arity}, a partial for each of "
                f"{', '.join(row.arguments)}; {_at(operands)} they returned {found!r}"
            )
        return tuple([_number(xp, d, f"{row.name}: partials", operands) for d in found])

    vars(partials)["given"] = given
    return partials


def _number(xp: Namespace, y: Any, what: str, operands: Sequence[Any]) -> Any:
    """y, if ``xp`` can compute with it. For FLOAT, y as a float.

    Raises:
        TypeError: If y is no real number of xp's kind, and no array of them.
        OverflowError: If y is too large for a float, and ``xp`` computes with floats.
    """
    found: Any = y
    if xp is FLOAT or xp is IEEE:
        try:
            found = None if isinstance(y, Value) else real(y)
        except OverflowError:
            raise OverflowError(f"{what}, {_at(operands)}: too large for a float") from None
    elif isinstance(y, str | bytes | complex | list | tuple | dict | set) or (
        getattr(getattr(y, "dtype", None), "kind", "f") not in "biufO"
    ):
        found = None
    several = isinstance(y, list | tuple) or getattr(y, "shape", ()) != ()
    if found is None and several and not what.endswith("partials"):
        raise TypeError(
            f"{what} returned {len(y)} numbers; a row has one number as its value, so return one, "
            "or write mg.custom_vjp(f), which serves several results"
        )
    if found is None:
        raise TypeError(
            f"{what} should return real numbers; {_at(operands)} it returned {y!r} "
            f"({type(y).__name__})"
        )
    return found if xp is FLOAT else y


def _at(operands: Sequence[Any]) -> str:
    return f"at {', '.join(map(str, operands))}"


def _by_itself(rule: Callable[..., Any], *arguments: Any) -> Any:
    """What the rule returns as if no transform were under way."""
    before = mode.sweeping
    try:
        mode.sweeping = 0
        return rule(*arguments)
    finally:
        mode.sweeping = before


def _point(row: Primitive) -> tuple[float, ...]:
    """A point of the domain. Raises ValueError if none is found."""
    for point in row.domain.examples():
        return point
    raise ValueError(
        f"primitive {row.name}: found no number in the domain {row.domain.describe(*row.arguments)}"
    )

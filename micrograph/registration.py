"""Users add rows to the table: ``mg.primitive(name, formula=…)``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from .core import KINDS, TABLE, Namespace, Primitive, attach
from .domain import REAL, Domain, Interval
from .engine.recording import VALUE
from .engine.value import Value, mode
from .graph.derivative import derived
from .graph.symbols import Construction
from .namespaces.floats import FLOAT, IEEE, real
from .namespaces.text import TEXT, Text


def primitive(
    name: str,
    *,
    formula: Callable[..., Any] | None = None,
    value: Callable[..., float] | None = None,
    partials: Callable[..., tuple[Any, ...]] | None = None,
    domain: Interval | Domain = REAL,
    symbol: str | None = None,
) -> Primitive:
    """Add a row to the table and return it: a function of any kind of number.

    All rules are tried at registration, at a point of the domain. Whatever a rule returns later is
    checked, too. A formula and a value should return a real number, and ``partials`` a tuple with a
    real number for each argument. The row raises a TypeError if they do not.

    An opaque value, and its ``partials``, run as if no transform were under way. So they may use
    ``grad`` inside.

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

    Raises:
        ValueError: If the name is taken or no identifier, if formula and value are both given or
            both missing, if a value has no ``partials``, or if no number is found in the domain.
        TypeError: If a rule can't be run as described.

    Example:
        >>> cube = primitive("cube_of", formula=lambda xp, x: x * x * x)
        >>> x = Value(2.0)
        >>> cube(x).backward()
        >>> x.grad
        12.0
    """
    if not (isinstance(name, str) and name.isidentifier()):
        raise ValueError(f"primitive: expected an identifier as a name, got {name!r}")
    if name in TABLE or any(hasattr(x, name) for x in (Value, FLOAT, Construction)):
        raise ValueError(f"primitive: the name {name!r} is taken; choose another")
    if (formula is None) == (value is None):
        raise ValueError(f"primitive {name}: give either a formula or a value")
    if value is not None and partials is None:
        raise ValueError(f"primitive {name}: an opaque value needs partials=")
    arguments = _arguments(formula, skip=1) if formula else _arguments(value, skip=0)
    if partials is not None and len(_arguments(partials, skip=2)) != len(arguments):
        raise TypeError(
            f"primitive {name}: partials should take xp, y and the {len(arguments)} arguments of "
            f"the row, {', '.join(arguments)}"
        )
    row = Primitive(
        name,
        partials=partials or _not_yet,
        arguments=arguments,
        definition=formula and _formula(name, formula),
        domain=domain,
        symbol=symbol or name,
    )
    point = _point(row)
    try:
        TABLE[name] = row  # a rule may use its own row, as polygamma's does
        if value is not None:
            FLOAT.atoms[name] = IEEE.atoms[name] = _value(name, value)
        if formula is not None:
            formula(TEXT, *map(Text, arguments))
        rule = partials or derived(name, formula, arguments, point)
        row.partials = _partials(row, rule, opaque=value is not None)
        row.partials(FLOAT, getattr(FLOAT, name)(*point), *point)
        if formula is not None:
            row.partials(TEXT, Text("y"), *map(Text, arguments))
        attach(Value, row, getattr(VALUE, name), lambda *xs: row(*xs))
        attach(Text, row, getattr(TEXT, name))
    except BaseException as error:  # an interrupt, too, leaves no half of a row
        _forget(name)
        if isinstance(error, MemoryError) or not isinstance(error, Exception):
            raise
        raise TypeError(f"primitive {name}: the rules fail at {point}: {error}") from error
    return row


def _arguments(rule: Callable[..., Any] | None, skip: int) -> tuple[str, ...]:
    assert rule is not None
    return tuple(inspect.signature(rule).parameters)[skip:]


def _not_yet(*_: Any) -> tuple[Any, ...]:
    raise AssertionError("the partials of this row are being derived")


# A user's rule may be any code. What it returns is checked here, so that no other code has to.


def _formula(name: str, rule: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(rule)
    def formula(xp: Namespace, *operands: Any) -> Any:
        return _number(xp, rule(xp, *operands), f"{name}: the formula", operands)

    return formula


def _value(name: str, rule: Callable[..., Any]) -> Callable[..., float]:
    @wraps(rule)
    def value(*operands: float) -> float:
        y: float = _number(FLOAT, _by_itself(rule, *operands), f"{name}: value", operands)
        return y

    return value


def _partials(
    row: Primitive, rule: Callable[..., Any], opaque: bool
) -> Callable[..., tuple[Any, ...]]:
    @wraps(rule)
    def partials(xp: Namespace, y: Any, *operands: Any) -> tuple[Any, ...]:
        alone = opaque and xp in (FLOAT, IEEE)
        found = _by_itself(rule, xp, y, *operands) if alone else rule(xp, y, *operands)
        if not isinstance(found, tuple) or len(found) != row.arity:
            raise TypeError(
                f"{row.name}: partials should return a tuple of {row.arity}, a partial for each of "
                f"{', '.join(row.arguments)}; {_at(operands)} they returned {found!r}"
            )
        return tuple([_number(xp, d, f"{row.name}: partials", operands) for d in found])

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


def _forget(name: str) -> None:
    """Remove the row of this name from the table, the namespaces and the classes."""
    TABLE.pop(name, None)
    for xp in set(KINDS.values()):
        xp.forget(name)
    for cls in (Value, Text):
        if name in vars(cls):
            delattr(cls, name)


def _point(row: Primitive) -> tuple[float, ...]:
    """A point of the domain. Raises ValueError if none is found."""
    for point in row.domain.examples():
        return point
    raise ValueError(f"primitive {row.name}: found no number in the domain {row.domain}")

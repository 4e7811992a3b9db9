"""Rows that users add to the table: ``mg.primitive(name, formula=…)``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import product
from typing import Any

from .core import TABLE, Primitive, attach
from .domain import REAL, Domain, Interval
from .engine.recording import VALUE
from .engine.value import Value
from .graph.derivative import derived
from .namespaces.floats import FLOAT, IEEE
from .namespaces.text import TEXT, Text

TRIED = (0.5, 1.25, 2.0, -0.5, 0.75, 3.0, -2.0, 10.0, 0.1, 1.0, -10.0, 100.0)
"""Numbers from which a point of a new row's domain is chosen."""


def primitive(
    name: str,
    *,
    formula: Callable[..., Any] | None = None,
    value: Callable[..., float] | None = None,
    partials: Callable[..., tuple[Any, ...]] | None = None,
    domain: Interval | Domain = REAL,
    symbol: str | None = None,
) -> Primitive:
    """Add a row to the table, and return it: a function of any kind of number.

    name:     an identifier that no row has; ``Value`` gets a method of that name
    formula:  ``(xp, *arguments) -> y`` in ordinary arithmetic and the functions of ``xp``; runs on
              every kind of number
    value:    instead of a formula, ``(*floats) -> float``: any Python code. Such a row is opaque:
              it runs on floats, Values and, element by element, NumPy arrays
    partials: ``(xp, y, *arguments) -> (∂y/∂argument, …)``. With a formula it may be left out:
              the partials are then derived from the formula
    domain:   an interval for every argument (``above(0)``), or a ``Domain``
    symbol:   how it is printed

    Everything is tried out at registration, at a point of the domain.
    Raises: ValueError for a name that is taken or no identifier, or where formula and value are
    both given or both missing; TypeError for rules that can't be run as described.

    >>> cube = primitive("cube_of", formula=lambda xp, x: x * x * x)
    >>> x = Value(2.0)
    >>> cube(x).backward()
    >>> x.grad
    12.0
    """
    if not (isinstance(name, str) and name.isidentifier()):
        raise ValueError(f"primitive: expected an identifier as a name, got {name!r}")
    if name in TABLE or hasattr(Value, name) or hasattr(FLOAT, name):
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
        definition=formula,
        domain=domain,
        symbol=symbol or name,
    )
    point = _point(row)
    TABLE[name] = row  # a rule may use its own row, as polygamma's does
    if value is not None:
        FLOAT.atoms[name] = IEEE.atoms[name] = value
    try:
        if formula is not None:
            formula(TEXT, *map(Text, arguments))
        row.partials = partials or derived(name, formula, arguments, point)
        slopes = row.partials(FLOAT, float(getattr(FLOAT, name)(*point)), *point)
        if formula is not None:
            row.partials(TEXT, Text("y"), *map(Text, arguments))
        if not isinstance(slopes, tuple) or len(slopes) != len(arguments):
            raise TypeError(f"expected a tuple of {len(arguments)} partials, got {slopes!r}")
    except Exception as error:
        _forget(name)
        raise TypeError(f"primitive {name}: the rules fail at {point}: {error}") from error
    attach(Value, row, getattr(VALUE, name), lambda *xs: row(*xs))
    attach(Text, row, getattr(TEXT, name))
    return row


def _arguments(rule: Callable[..., Any] | None, skip: int) -> tuple[str, ...]:
    assert rule is not None
    return tuple(inspect.signature(rule).parameters)[skip:]


def _not_yet(*_: Any) -> tuple[Any, ...]:
    raise AssertionError("the partials of this row are being derived")


def _forget(name: str) -> None:
    del TABLE[name]
    for xp in (FLOAT, IEEE, TEXT, VALUE):
        xp.atoms.pop(name, None)
        vars(xp).pop(name, None)


def _point(row: Primitive) -> tuple[float, ...]:
    """Some point of the domain. Raises ValueError where none is found."""
    for xs in product(TRIED, repeat=min(row.arity, 3)):
        point: Any = tuple(xs[i % len(xs)] for i in range(row.arity))
        if point in row.domain:
            return point  # type: ignore[no-any-return]  # floats
    raise ValueError(f"primitive {row.name}: found no number in the domain {row.domain}")

"""Rows that users add to the table: ``mg.primitive(name, formula=…)``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

from .core import TABLE, Namespace, Primitive, attach
from .domain import REAL, Domain, Interval
from .engine.recording import VALUE
from .engine.sweep import reverse
from .engine.value import Value
from .graph import Graph, Node
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
        row.partials = partials or _derived(name, formula, arguments, point)
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


def _derived(
    name: str, formula: Any, arguments: Sequence[str], point: Sequence[float]
) -> Callable[..., tuple[Any, ...]]:
    """The rule that differentiates a formula: recorded once, swept in reverse at any operands.

    All of the formula is recorded, the arms of ``where`` that the point does not take too.
    """
    leaves = [Value(x, argument) for x, argument in zip(point, arguments, strict=True)]
    root = formula(VALUE, *leaves)
    if not isinstance(root, Value):
        return lambda xp, y, *operands: (0.0,) * len(operands)
    graph = Graph.of(root)
    inputs = {argument: i for i, argument in enumerate(arguments)}
    places = [inputs[node.name] for node in graph.inputs]

    def rule(xp: Namespace, y: Any, *operands: Any) -> tuple[Any, ...]:
        work = graph.evaluate(xp, [operands[i] for i in places])

        def edges(i: int) -> Iterator[tuple[int, tuple[Any, bool]]]:
            node = graph.nodes[i]
            if node.op and not node.op.step:
                numbers = [work[k] if type(k) is int else k for k in node.args]
                for k, d in _slopes(xp, node, work[i], numbers):
                    yield k, (d, node.op.choice)

        def times(g: Any, slope: tuple[Any, bool]) -> Any:
            d, chosen = slope  # not even an infinite adjoint finds a slope in another arm
            return xp.where(d == 0, 0.0, xp.azmul(g, d)) if chosen else xp.azmul(g, d)

        adjoints = reverse(range(len(work)), {len(work) - 1: 1.0}, edges, times)
        found = {
            node.name: adjoints.get(i, 0.0) for i, node in enumerate(graph.nodes) if not node.op
        }
        return tuple(found.get(argument, 0.0) for argument in arguments)

    rule.__name__ = f"partials_of_{name}"
    return rule


def _slopes(xp: Namespace, node: Node, y: Any, numbers: Sequence[Any]) -> list[tuple[int, Any]]:
    """The earlier nodes that a node has a slope in, each with the partial."""
    row = node.op
    assert row is not None
    names = row.arguments if not row.vectors else ("",) * len(numbers)
    partials = zip(node.args, names, xp.partials(row, y, numbers), strict=True)
    return [(k, d) for k, name, d in partials if type(k) is int and name not in row.static]

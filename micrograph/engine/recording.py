"""Recording: ``b * c`` on Values computes the product and its partials, and links a node.

Each row gets a function that does so. There are three kinds of function: for rows of one operand,
of two, and of more. A single kind for all takes twice the time (2026-11-22: 1.2 µs a node against
0.6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper

from ..annotation import Any
from ..core import TABLE, Namespace, Primitive, attach, namespace_of
from ..namespaces.floats import FLOAT, IEEE, Ieee, number, real
from ..namespaces.text import explain, label, show
from .build import compiled
from .value import Value, linked, mode


def _unary(row: Primitive) -> Callable[..., Any]:
    compute, rule = getattr(FLOAT, row.key), row.partials

    def record(x: Any) -> Any:
        if not isinstance(x, Value):
            return namespace_of(x).apply(row, (x,))
        a = x._number
        try:
            y = compute(a)
            d = rule(FLOAT, y, a)
        except (ValueError, ArithmeticError):
            y, d = _with_care(row, (x,), (a,))
        parents = (x,)
        return linked(row, y, parents, parents, d)

    record.__qualname__ = f"Value.{row.name}"  # what Python says of x.log(2)
    return record


def _binary(row: Primitive) -> Callable[..., Any]:
    compute, rule = getattr(FLOAT, row.key), row.partials
    record_constant = _binary(row.constant) if row.constant else None
    fixed = [name in row.static and not row.operator for name in row.arguments]  # n, decimals
    any_fixed = any(fixed)

    def record(a: Any, b: Any) -> Any:
        left, right = isinstance(a, Value), isinstance(b, Value)
        if record_constant and not right:
            return record_constant(a, b)
        p = a._number if left else a if type(a) is float else real(a)
        q = b._number if right else b if type(b) is float else real(b)
        if p is None or q is None:
            return _with_labels(row, b if left else a, (a, b))
        if any_fixed and ((left and fixed[0]) or (right and fixed[1])):
            raise TypeError(f"{row.name}: {row.static[0]} should be a plain number, not a Value")
        try:
            y = compute(p, q)
            d = rule(FLOAT, y, p, q)
        except (ValueError, ArithmeticError):
            y, d = _with_care(row, (a if left else p, b if right else q), (p, q))
        if left:
            if right:
                parents = (a, b)
                return linked(row, y, parents, parents, d)
            return linked(row, y, q, (a,), d)
        if right:
            return linked(row, y, (p, b), (b,), d[1:])
        return namespace_of(a, b).convert(y)

    return record


def _with_labels(row: Primitive, other: Any, operands: tuple[Any, Any]) -> Any:
    """What an operator returns for a Value and a Series or DataFrame; else NotImplemented."""
    if not hasattr(other, "__pandas_priority__"):
        return NotImplemented
    return namespace_of(other).apply(row, operands)


def _nary(row: Primitive) -> Callable[..., Any]:
    def record(*arguments: Any) -> Any:
        operands = tuple(x if isinstance(x, Value) else number(x) for x in row.flat(arguments))
        numbers = [x._number if isinstance(x, Value) else x for x in operands]
        y, d = _with_care(row, operands, numbers)
        parents = tuple(x for x in operands if isinstance(x, Value))
        edges = tuple(d for d, x in zip(d, operands, strict=True) if isinstance(x, Value))
        if parents:
            return linked(row, y, operands, parents, edges)
        return namespace_of(*row.flat(arguments)).convert(y)

    return record


def _with_care(
    row: Primitive, operands: Sequence[Any], numbers: Sequence[float]
) -> tuple[float, tuple[float, ...]]:
    """The row's value and partials, if plain floats may raise.

    If the value raises, an error is raised that names the operands. But while a sweep is recorded,
    the value becomes an infinity or NaN. A partial that raises always becomes an infinity or NaN.
    """
    try:
        y = float(FLOAT.value(row, numbers))
    except (ValueError, ArithmeticError) as error:
        if mode.sweeping:
            y = float(IEEE.value(row, [Ieee(x) for x in numbers]))
            return y, FLOAT.partials(row, y, numbers)
        called = row.arguments if not row.vectors else ("x",) * len(operands)
        taken = {x.name for x in operands if isinstance(x, Value)}
        called = tuple(show(x) if n in taken else n for n, x in zip(called, numbers, strict=True))
        labels = [label(x, name) for x, name in zip(operands, called, strict=True)]
        raised = explain(row, labels, numbers, error)
        raise type(raised)(f"{raised}{_stable_form(row, operands[0])}") from None
    return y, FLOAT.partials(row, y, numbers)


def _stable_form(row: Primitive, x: Any) -> str:
    """What to write in place of log(a) or log(1 − a), if a = σ(z) was rounded to 0 or 1."""
    sub, sigmoid = TABLE["sub"], TABLE["sigmoid"]
    of_one_less = isinstance(x, Value) and x.op is sub and x.operands[0] == 1.0
    a = x.operands[1] if of_one_less else x
    if row is not TABLE["log"] or not isinstance(a, Value) or a.op is not sigmoid:
        return ""
    instead = "log_sigmoid(-z)" if of_one_less else "log_sigmoid(z)"
    return f"; σ(z) was rounded to {show(a.data)}: {instead} is this logarithm at any z"


class _Recording(Namespace):
    def exponent(self, x: Any) -> int:
        return FLOAT.exponent(x._number if isinstance(x, Value) else x)

    def partials(self, row: Primitive, y: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        quiet = [x if isinstance(x, Value) else Ieee(x) for x in operands]
        return row.partials_at(self, y, quiet)

    def spell(self, row: Primitive) -> Callable[..., Any]:
        kind = _nary if row.vectors or row.arity > 2 else _unary if row.arity == 1 else _binary
        return compiled.recorder(row, kind(row), FLOAT) if compiled else kind(row)

    def apply(self, row: Primitive, arguments: Sequence[Any]) -> Any:
        y = super().apply(row, arguments)
        if y is NotImplemented:  # this is for Python's operators; in a call it is an error
            for x in row.flat(arguments):
                number(x)
        return y


def _described(method: Any, row: Primitive) -> Any:
    """A method of Value, after telling editors and ``help`` what it is."""
    method.__name__, method.__qualname__ = row.name, f"Value.{row.name}"
    method.__doc__ = f"``mg.{row.name}`` of this Value: see ``help(mg.{row.name})``."
    return method


def method_of(row: Primitive) -> Any:
    """A row of several operands as a method of Value, with the row's signature."""

    def method(*xs: Any, **named: Any) -> Any:
        return row(*xs, **named)

    update_wrapper(method, row, assigned=(), updated=())  # inspect takes the signature from the row
    return _described(method, row)


def _of_elements(row: Primitive) -> Any:
    def method(self: Value, *others: Any) -> Any:
        return row((self, *others))

    return _described(method, row)


def _taped(row: Primitive, operands: Sequence[float | None]) -> Any:
    """``tapes.taped``, imported at its first use: the import takes 1.5 ms (2026-11-26)."""
    from .tapes import taped

    return taped(row, operands)


if compiled:
    compiled.learn(TABLE, FLOAT, Ieee)
    compiled.add_methods(TABLE)
    compiled.answer_calls(Primitive)
VALUE = _Recording("Value", {}, types=(Value,), rank=2)
if compiled:
    compiled.record_rules(_taped, VALUE)
for _row in TABLE.values():
    if _row.spread:  # the row takes one vector, and the method its elements
        setattr(Value, _row.name, _of_elements(_row))
for _row in TABLE.values():
    _recorder = getattr(VALUE, _row.name)
    if _row.arity == 1 and not compiled:  # the recorder is the method
        _described(_recorder, _row)
    attach(Value, _row, _recorder, method_of(_row))

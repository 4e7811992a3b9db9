"""Formulas that a person types, read into Values: ``u = b*c; J = 3*u``.

Python's ``ast`` parses them. This module lists the syntax that they may contain, and their
functions are rows of the table. Nothing is ever run as code.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ..core import TABLE, Primitive
from ..engine.value import Value
from ..hint import CONSTANTS, IN_FORMULA, of_syntax
from ..namespaces.python import OPERATORS
from ..namespaces.text import explain, show

LONGEST = 100_000
"""The most characters in a formula."""

Number = Value | float

INSTEAD: dict[type[ast.AST], str] = {
    ast.BoolOp: "and, or: write & and |, with brackets around comparisons",
    ast.Not: "not: write ~(…)",
    **dict.fromkeys((ast.IfExp, ast.If), "if: write where(condition, a, b)"),
    ast.Lambda: "lambda: write the expression alone",
    ast.BitXor: "^: write ** for a power",
    ast.Attribute: "attributes",
    **dict.fromkeys((ast.Set, ast.Dict), "{…}: write ( and ) for brackets"),
    ast.Subscript: "indexing",
    ast.Call: "a call of anything but name(…), whose arguments have no names",
    ast.JoinedStr: "text",
}


class FormulaError(ValueError):
    """A formula, or a value given to it, that can't be read."""


def read(formula: str, values: Mapping[str, Number]) -> Value:
    """The last result of the formula, recorded from leaves that have the given values.

    Args:
        formula: Assignments, separated by ``;`` or on lines of their own. The last may be an
            expression without a name.
        values: A number, or a leaf, for each name that the formula uses but does not assign.

    Raises:
        FormulaError: If the text is not a formula, or does not go with the values.
        DomainError: If a function is undefined at its arguments.
        ZeroDivisionError: If the formula divides by zero.
        OverflowError: If a result is too large for a float.

    Example:
        >>> read("u = b*c; J = 3*(a + u)", {"a": 5, "b": 3, "c": 2})
        Value(33.0, 'J')
    """
    statements = _parse(formula)
    known: dict[str, Number] = {}
    for name, x in values.items():
        leaf = x if isinstance(x, Value) else Value(x, name)
        if not math.isfinite(leaf.data):
            raise FormulaError(f"{name}={show(leaf.data)}: expected a finite number")
        known[name] = leaf
    unused = set(known)
    result: Number | None = None
    for target, expression in statements:
        match expression:
            case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()]) if (
                target is None and name not in known
            ):
                raise FormulaError(f"{name} has no value; for an assignment write {name} = …")
            case ast.Tuple():
                raise FormulaError("expected a number, got several; write 1.5 for a decimal comma")
        result = _evaluate(expression, known, unused)
        if target is None:
            continue
        if target in known:
            given = "has a value already" if target in values else "is assigned twice"
            raise FormulaError(f"{target} {given}; give each result a name of its own")
        if isinstance(result, float):
            result = Value(result)
        known[target] = result if result.name else result.named(target)
    if unused:
        raise FormulaError(f"{', '.join(sorted(unused))}: given a value, but not in the formula")
    assert result is not None  # a formula has a statement
    return result if isinstance(result, Value) else Value(result)


def _parse(formula: str) -> list[tuple[str | None, ast.expr]]:
    """The statements of the formula: pairs of a name, or None, and an expression."""
    if len(formula) > LONGEST:
        raise FormulaError(f"a formula may have {LONGEST:,} characters; this one has more")
    try:
        with warnings.catch_warnings(action="ignore"):  # Python's warnings about odd syntax
            statements = ast.parse(formula.strip()).body
    except (RecursionError, MemoryError):
        raise FormulaError(
            "the formula is nested too deeply; compute its parts first: u = …; J = …"
        ) from None
    except (SyntaxError, ValueError) as error:
        said = getattr(error, "msg", None) or str(error)
        reason = re.split(r"(?: here)?\. (?:Maybe|Perhaps) ", said)[0]  # Python's hints mislead
        line = (getattr(error, "text", None) or "").strip()
        shown = f": {line}" if line else ""
        raise FormulaError(f"not a formula: {reason}{shown}{of_syntax(formula)}") from None
    if not statements:
        raise FormulaError("the formula is empty; expected one such as 'u = b*c; J = 3*u'")
    pairs: list[tuple[str | None, ast.expr]] = []
    for i, statement in enumerate(statements):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pairs.append((name, value))
            case ast.Expr(value=value) if i == len(statements) - 1:
                pairs.append((None, value))
            case ast.Expr():
                raise FormulaError("only the last part may go without a name; write u = …")
            case ast.If():
                raise FormulaError(f"a formula can't contain {INSTEAD[ast.If]}")
            case _:
                raise FormulaError(f"expected name = expression, got {_shown(statement)}")
    return pairs


def _evaluate(expression: ast.expr, known: Mapping[str, Number], unused: set[str]) -> Number:
    """The value of an expression."""

    def named(name: str) -> Number:
        if name not in known:
            raise FormulaError(_unknown(name, known))
        unused.discard(name)
        return known[name]

    result = folded(expression, _constant, named, _call)
    if isinstance(result, list):
        raise FormulaError("expected a number, got a list; sum and dot take lists")
    return result  # type: ignore[no-any-return]  # Number, as every row returns


def folded(
    expression: ast.expr,
    constant: Callable[[Any], Any],
    named: Callable[[str], Any],
    call: Callable[[Primitive, list[Any]], Any],
) -> Any:
    """An expression, from its parts. A stack replaces recursion, as it may nest deeply.

    Args:
        expression: The expression.
        constant: What a number becomes.
        named: What a name becomes.
        call: What a row of these operands becomes. A list stays one.

    Raises:
        FormulaError: If it contains what a formula may not contain.
    """
    results: list[Any] = []
    for part in parts_first(expression):
        match part:
            case ast.Constant(value=number):
                results.append(constant(number))
            case ast.Name(id=name):
                results.append(named(name))
            case ast.UnaryOp(op=ast.UAdd()):
                pass
            case ast.UnaryOp(op=op) | ast.BinOp(op=op) | ast.Compare(ops=[op]):
                row = TABLE[OPERATORS[type(op)]]
                results.append(call(row, _take(results, row.arity)))
            case ast.Call(func=ast.Name(id=name), args=args):
                results.append(call(TABLE[name], _take(results, len(args))))
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                results.append(_take(results, len(elements)))
    (result,) = results
    return result


def parts_first(expression: ast.expr) -> Iterator[ast.expr]:
    """The parts of an expression, operands first. Raises FormulaError if one is not allowed."""
    found: list[ast.expr] = []
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        found.append(part)
        match part:
            case ast.Name():
                pass
            case ast.Constant(value=number) if type(number) in (int, float):
                pass
            case ast.UnaryOp(op=op, operand=x) if type(op) in OPERATORS or isinstance(op, ast.UAdd):
                waiting.append(x)
            case ast.BinOp(left=a, op=op, right=b) if type(op) in OPERATORS:
                waiting += a, b
            case ast.Compare(left=a, ops=[op], comparators=[b]) if type(op) in OPERATORS:
                waiting += a, b
            case ast.Compare(ops=[_, _, *_]):
                raise FormulaError("chained comparisons: write (a < b) & (b < c)")
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                if name not in TABLE:
                    raise FormulaError(f"{name} is not a function here{meant(name)}")
                waiting += args
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                waiting += elements
            case ast.Call(func=ast.Attribute(attr=name)):
                raise FormulaError(f"a function has its name alone: write {name}(…)")
            case ast.BinOp(left=ast.Name(id=name), op=ast.BitXor()) if name in TABLE:
                raise FormulaError(
                    f"{name} is a function: write {name}(x), and {name}(x)**2 for its power"
                )
            case ast.BinOp(left=ast.Name(id="e"), op=ast.BitXor()):
                raise FormulaError("write exp(x) for a power of e")
            case ast.Call(func=ast.Constant() | ast.BinOp() | ast.UnaryOp()):
                raise FormulaError("a number is no function; write * for a product: 3*(a + b)")
            case _:
                inner = getattr(part, "op", part)  # the operator, if the part is an operation
                hint = INSTEAD.get(type(part)) or INSTEAD.get(type(inner)) or _shown(part)
                raise FormulaError(f"a formula can't contain {hint}")
    return reversed(found)


def _take(results: list[Any], n: int) -> list[Any]:
    """The last n results, removed."""
    taken = results[len(results) - n :]
    del results[len(results) - n :]
    return taken


def _call(row: Primitive, arguments: list[Any]) -> Number:
    try:
        return row(*arguments)  # type: ignore[no-any-return]  # Number
    except TypeError as error:
        raise FormulaError(str(error)) from None
    except (ValueError, ArithmeticError) as error:
        if all(isinstance(x, float) for x in arguments):  # constants are named by their numbers
            cause = error.__context__ or error
            raise explain(row, arguments, arguments, cause) from None  # type: ignore[arg-type]  # typed as BaseException
        raise


def _constant(number: Any) -> float:
    try:
        x = float(number)
    except OverflowError:
        x = math.inf
    if math.isinf(x):
        raise FormulaError("a number in the formula is too large for a float")
    return x


def _unknown(name: str, known: Mapping[str, Number]) -> str:
    if name in TABLE:
        return f"{name} is a function; write {name}({', '.join(TABLE[name].arguments)})"
    if name in CONSTANTS:
        return f"{name} has no value: give it one, {name}={CONSTANTS[name]}"
    if "·" in name:
        return f"{name} has no value; write * for a product: {name.replace('·', '*')}"
    product = len(name) > 1 and {*name} <= known.keys()
    meant = f"; or write {'*'.join(name)}" if product else _close(name, known)
    return f"{name} has no value: give it one, {name}=…{meant}"


def meant(name: str, sign: str = "*") -> str:
    """What may be meant by a function that there is not; ``sign`` is that of a product."""
    known = IN_FORMULA.get(name) or (name.lower() if name.lower() in TABLE else None)
    close = f"; write {known}(…)" if known else _close(name, TABLE)
    return close or f"; a product is written {name}{sign}(…)"


def _close(name: str, names: Mapping[str, Any]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _shown(part: ast.AST) -> str:
    """A part of a formula in a few words, however large it is."""
    if isinstance(part, ast.Constant):
        return f"{part.value!r:.30}"
    return type(part).__name__.lower()

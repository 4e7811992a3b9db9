"""PYTHON: expressions as syntax trees of Python's own ``ast``, a kind of number like TEXT.

``ast.unparse`` turns a tree into source text and sets the brackets.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator
from typing import Any

from .. import primitives
from ..core import TABLE, UNLISTED, Namespace, Primitive

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.USub: "neg",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.BitAnd: "logical_and",
    ast.BitOr: "logical_or",
    ast.Invert: "logical_not",
}
"""The name of the row that each of Python's operators stands for."""


def _operators() -> Iterator[tuple[str, Any]]:
    """The names of the rows that Python's own operator computes on floats, each with the operator.

    Python's comparison of floats gives a bool, though, and not 1.0 or 0.0.
    """
    for operator, name in OPERATORS.items():
        row = TABLE[name]
        if not row.definition:
            yield name, operator
            if row.constant:
                yield row.constant.name, operator


SIGNS = dict(_operators())


class _Python(Namespace):
    def spell(self, row: Primitive) -> Callable[..., ast.expr]:
        def written(*arguments: Any) -> ast.expr:
            operands = [self.convert(x) for x in row.flat(arguments)]
            if row.name not in SIGNS:
                return ast.Call(_called(row), self._laid_out(row, operands), [])
            sign = SIGNS[row.name]()
            if row.arity == 1:
                return ast.UnaryOp(sign, operands[0])
            return ast.BinOp(operands[0], sign, operands[1])

        return written

    @staticmethod
    def _laid_out(row: Primitive, operands: list[ast.expr]) -> list[ast.expr]:
        if not row.vectors:
            return operands
        return [ast.List(list(vector), ast.Load()) for vector in row.arrange(operands)]

    def convert(self, x: Any) -> ast.expr:
        if isinstance(x, ast.expr):
            return x
        if not math.isfinite(x):
            return ast.Call(ast.Name("float"), [ast.Constant(str(x))], [])
        if math.copysign(1.0, x) < 0:  # -x is an operation: unparse sets the brackets
            return ast.UnaryOp(ast.USub(), ast.Constant(-x))
        return ast.Constant(x)


def _called(row: Primitive) -> ast.expr:
    """How a row is called: ``mg.exp``. A row that a user added is called by its bare name.

    A row that was replaced since has no name of its own, so it must not be called by that one.
    """
    if row.name in UNLISTED:
        raise TypeError(f"{row.symbol} is Python code, which a graph's source can't hold")
    if getattr(primitives, row.name, None) is not row:
        return ast.Name(row.name if TABLE.get(row.name) is row else f"{row.name}_replaced")
    if row.public:
        return ast.Attribute(ast.Name("mg"), row.name)
    return ast.Subscript(ast.parse("mg.core.TABLE", mode="eval").body, ast.Constant(row.name))


PYTHON = _Python("Python", {}, rank=1)

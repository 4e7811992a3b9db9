"""LATEX: the rows as mathematics, set by LaTeX; their derivatives, too, as these are rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ..core import COMPARE, POWER, SUM, TABLE, Namespace, Primitive, attach
from .text import LONG, show, weighted_sum

SIGNS = {
    "·": r"\cdot",
    "%": r"\bmod",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "&": r"\land",
    "|": r"\lor",
    "~": r"\lnot",
}
"""Signs that LaTeX spells differently, or that mean something else there: % begins a comment."""


def template(row: Primitive) -> str:
    """A row in LaTeX, with {0}, {1} … for its operands.

    If the row has a ``latex`` of its own, that is returned. Otherwise the row's sign is written
    with its operands. A row without a sign is written as a function, by its name.
    """
    if row.latex:
        return row.latex
    if row.infix:
        sign = SIGNS.get(row.infix.strip(), row.infix.strip())
        return f"{sign} {{0}}" if row.arity == 1 else f"{{0}} {sign} {{1}}"
    name = row.name.replace("_", r"\_")
    operands = ", ".join(f"{{{i}}}" for i in range(row.arity))
    return rf"\operatorname{{{{{name}}}}}({operands})"


class Latex:
    """A number that is a formula in LaTeX, and how strongly the formula's outermost sign binds."""

    __slots__ = ("precedence", "text")

    def __init__(self, text: str, precedence: int = POWER + 1) -> None:
        self.text, self.precedence = text, precedence

    def __str__(self) -> str:
        return self.text

    def inside(self, precedence: int) -> str:
        """The text as an operand of a sign that binds this strongly: in brackets if needed."""
        return self.text if self.precedence >= precedence else rf"\left({self.text}\right)"


class _Latex(Namespace):
    def spell(self, row: Primitive) -> Callable[..., Latex]:
        def written(*arguments: Any) -> Latex:
            operands = [self.convert(x) for x in row.flat(arguments)]
            if row.name == "where":
                condition, a, b = operands
                cases = rf"{a} & \text{{if }} {condition} \\ {b} & \text{{otherwise}}"
                return Latex(rf"\begin{{cases}} {cases} \end{{cases}}")
            if row.name == "dot" and 0 < len(operands) <= LONG:
                return weighted_sum(self, *arguments)  # type: ignore[no-any-return]  # Latex
            if row.vectors:
                listed = ", ".join(map(str, operands))
                return Latex(rf"\operatorname{{{row.name}}}({listed}, \ldots)")
            if row.definition and not (row.public or row.infix):  # as in ``text``
                return self.convert(row.definition(self, *operands))
            precedence = row.precedence if row.infix else POWER
            if row.latex and "frac" in row.latex:
                precedence = POWER
            return Latex(template(row).format(*_bracketed(row, operands)), precedence)

        return written

    def convert(self, x: Any) -> Latex:
        if isinstance(x, Latex):
            return x
        text = r"\infty" if abs(x) == float("inf") else show(abs(x))
        return Latex(f"-{text}", SUM) if x < 0 else Latex(text)


def _bracketed(row: Primitive, operands: Sequence[Latex]) -> list[str]:
    """The operands, in brackets where the row's template sets none."""
    if row.infix and not row.latex:
        if row.arity == 1:
            return [operands[0].inside(row.precedence)]
        left, right = operands
        chains = row.precedence != COMPARE  # a - b - c is (a - b) - c
        return [left.inside(row.precedence + (not chains)), right.inside(row.precedence + 1)]
    if row.infix == "^":
        return [operands[0].inside(POWER + 1), str(operands[1])]
    bare = re.findall(r"(?:^|(?<=[a-z0-9] ))\{(\d)\}", template(row))  # as in \\sin {0}, {0}^2
    return [x.inside(POWER + (str(i) in bare)) if str(i) in bare else str(x)
            for i, x in enumerate(operands)]  # fmt: skip


LATEX = _Latex("LaTeX", {}, types=(Latex,), rank=1, pi=Latex(r"\pi"))
for _row in TABLE.values():
    attach(Latex, _row, getattr(LATEX, _row.name))

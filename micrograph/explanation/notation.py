"""What a line of an explanation is made of, in plain text and in LaTeX.

A line is written once, by code that is given a ``Notation``: ``PLAIN`` writes it as text, ``SET``
as LaTeX. Symbols and numbers are numbers of the namespace TEXT or LATEX, so a rule that is called
with them writes its own formula.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from math import inf, isnan
from typing import Any

from ..core import POWER, PRODUCT, SUM, Namespace, Primitive
from ..namespaces import latex
from ..namespaces.latex import LATEX, Latex
from ..namespaces.text import LONG, TEXT, Text, show

EXPANDED = ("sum", "mean", "dot", "prod")
"""The rows of vectors that are written with signs, if rows do not say so themselves."""


def _symbol(name: str) -> str:
    """A name in LaTeX: w_{1} for w1, and upright letters for a word."""
    word, index = re.fullmatch(r"(.*?)(\d*)", name, re.DOTALL).groups()  # type: ignore[union-attr]  # it always matches
    escaped = re.sub(r"([#$%&_{}])", r"\\\1", word).replace("~", r"\sim ")
    escaped = escaped.replace("^", r"\hat{ }")
    base = escaped if len(word) == 1 else rf"\mathrm{{{escaped}}}"
    return f"{base}_{{{index}}}" if index else base


symbol: Callable[[str], str] = getattr(latex, "symbol", _symbol)
"""A node's name in LaTeX. The namespace's own function serves if it has one."""


class Notation:
    """How symbols, numbers and derivatives are written in one kind of writing.

    Args:
        xp: The namespace whose numbers are formulas.
        kind: The type of those numbers.
    """

    def __init__(self, xp: Namespace, kind: Any) -> None:
        self.xp, self.kind = xp, kind
        self.latex = kind is Latex
        self.dots = self.of(r"\cdots") if self.latex else self.of("…")
        neutral = {"__mul__": lambda one, x: x, "__rmul__": lambda one, x: x, "__slots__": ()}
        self.one = type("One", (kind,), neutral)("1")  # a factor that is not written

    def of(self, written: str) -> Any:
        """What is written so, as a number of the namespace."""
        return self.kind(written)

    def name(self, name: str) -> str:
        """A node's name as it is written in a formula."""
        if self.latex:
            return symbol(name)
        return f"({name})" if re.search(r"[\s+*/·=]", name) else name

    def node(self, name: str) -> Any:
        """A node's name as a number of the namespace."""
        return self.of(self.name(name))

    def number(self, x: float) -> Any:
        """A float as a number of the namespace. −0 is written 0."""
        x = x + 0.0
        if not self.latex:
            return self.xp.convert(x)
        if isnan(x):
            return self.of(r"\mathrm{NaN}")
        digits, _, power = show(abs(x)).partition("e")
        text = r"\infty" if abs(x) == inf else digits
        precedence = SUM if x < 0 else POWER + 1
        if power:
            ten = f"10^{{{int(power)}}}"
            text = ten if digits == "1" else rf"{digits} \cdot {ten}"
            precedence = SUM if x < 0 else POWER if digits == "1" else PRODUCT
        return self.kind(f"-{text}" if x < 0 else text, precedence)

    def shown(self, x: float) -> str:
        """A float as it is written."""
        return str(self.number(x))

    def derivative(self, y: str, x: str, only: bool = True) -> str:
        """dy/dx, or ∂y/∂x if y depends on x in other ways too."""
        d = "d" if only else r"\partial " if self.latex else "∂"
        above, below = d + self.name(y), d + self.name(x)
        return rf"\frac{{{above}}}{{{below}}}" if self.latex else f"{above}/{below}"

    def adjoint(self, x: str) -> Any:
        """``dx``, the notes' name of dJ/dx."""
        return self.of(f"d{self.name(x)}")

    def product(self, factors: Iterable[Any], spaced: bool = False) -> Any:
        """The product of these numbers. A factor that begins with a minus stands in brackets."""
        written: list[str] = []
        for x in factors:
            text = str(x.inside(PRODUCT))
            if not written and x.precedence == SUM and str(x).startswith("-") and _alone(str(x)):
                text = str(x)  # -3·dv, not (-3)·dv
            elif written and (text.startswith("-") or (" / " in text and x.precedence == PRODUCT)):
                text = str(self.kind(text, 0).inside(SUM))
            written.append(text)
        sign = r" \cdot " if self.latex else " · " if spaced else "·"
        return self.kind(sign.join(written), PRODUCT)

    def total(self, terms: Iterable[Any]) -> Any:
        """The sum of these numbers. Before a term that begins with a minus there is no plus."""
        first, *rest = map(str, terms)
        if not rest:
            return self.kind(first, SUM)
        for term in rest:
            first += f" - {term[1:].lstrip()}" if term.startswith("-") else f" + {term}"
        return self.kind(first, SUM)

    def formula(self, row: Primitive, operands: Sequence[Any]) -> Any:
        """The row at these operands, which are numbers of the namespace or floats.

        A row's inner formula is not spelled out: ``logsumexp(x, y)``.
        """
        operands = [self.number(x) if isinstance(x, float) else x for x in operands]
        if not row.vectors:
            return self.xp.value(row, operands)
        many = len(operands) > LONG * row.vectors
        if (
            not getattr(row, "written_out", row.name in EXPANDED)
            or not operands
            or (many and row.name == "mean")
        ):
            return self.called(row, operands)
        vectors = [list(vector) for vector in row.arrange(operands)]
        if row.name == "dot":
            vectors = [[self.one if str(x) == "1" else x for x in v] for v in vectors]
        if many:
            dots = [self.dots, self.one]  # the sum of products has the dots once
            pairs = zip(vectors, dots, strict=False)
            vectors = [[*vector[:2], gap, vector[-1]] for vector, gap in pairs]
        assert row.definition is not None
        return self.xp.convert(row.definition(self.xp, *vectors))

    def called(self, row: Primitive, operands: Sequence[Any]) -> Any:
        """The row as a function of these operands. Of many, the first two and the last."""
        if len(operands) > LONG:
            operands = [*operands[:2], self.dots, operands[-1]]
        name = rf"\operatorname{{{row.name}}}".replace("_", r"\_") if self.latex else row.symbol
        return self.of(f"{name}({', '.join(map(str, operands))})")

    def inline(self, written: Any) -> str:
        """A formula within prose."""
        return f"${written}$" if self.latex else str(written)


def _alone(text: str) -> bool:
    """Whether a text that begins with a minus is one number or symbol."""
    return not re.search(r" [+-] ", text)


PLAIN, SET = Notation(TEXT, Text), Notation(LATEX, Latex)

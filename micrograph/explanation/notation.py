"""What a line of an explanation is made of, in plain text and in LaTeX.

A line is written once, by code that is given a ``Notation``: ``PLAIN`` writes it as text, ``SET``
as LaTeX. Symbols and numbers are numbers of the namespace TEXT or LATEX, so a rule that is called
with them writes its own formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ..core import PRODUCT, SUM, Namespace, Primitive
from ..namespaces.latex import LATEX, Latex, symbol
from ..namespaces.printed import printable
from ..namespaces.text import TEXT, Text


class Notation:
    """How symbols, numbers and derivatives are written in one kind of writing.

    Args:
        xp: The namespace whose numbers are formulas.
        kind: The type of those numbers.
    """

    def __init__(self, xp: Namespace, kind: Any) -> None:
        self.xp, self.kind = xp, kind
        self.latex = kind is Latex
        self.dots = self.of(r"\cdots" if self.latex else "…")
        self.ellipsis = self.inline(r"\ldots" if self.latex else "…")

    def of(self, written: str) -> Any:
        """What is written so, as a number of the namespace."""
        return self.kind(written)

    def name(self, name: str) -> str:
        """A node's name as it is written in a formula."""
        if self.latex:
            return symbol(name)
        name = printable(name)
        return f"({name})" if re.search(r"[\s+*/·=]", name) else name

    def node(self, name: str) -> Any:
        """A node's name as a number of the namespace."""
        return self.of(self.name(name))

    def number(self, x: float) -> Any:
        """A float as a number of the namespace. −0 is written 0."""
        return self.xp.convert(x + 0.0)

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
        """The row at these operands, which are numbers of the namespace or floats."""
        return self.xp.value(row, [x + 0.0 if isinstance(x, float) else x for x in operands])

    def inline(self, written: Any) -> str:
        """A formula within prose."""
        return f"${written}$" if self.latex else str(written)


def _alone(text: str) -> bool:
    """Whether a text that begins with a minus is one number or symbol."""
    return not re.search(r" [+-] ", text)


PLAIN, SET = Notation(TEXT, Text), Notation(LATEX, Latex)

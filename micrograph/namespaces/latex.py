"""LATEX: the rows as mathematics, set by LaTeX; their derivatives, too, as these are rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..core import COMPARE, POWER, PRODUCT, SIGN, SUM, TABLE, Primitive, attach
from .latex_names import WORDS
from .latex_names import symbol as symbol
from .text import Formulas, between_brackets, show

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
    with its operands. A row without a sign is written as a function, by its symbol.
    """
    if row.latex:
        return row.latex
    if row.infix:
        sign = SIGNS.get(row.infix.strip(), row.infix.strip())
        return f"{sign} {{0}}" if row.arity == 1 else f"{{0}} {sign} {{1}}"
    operands = ", ".join(f"{{{i}}}" for i in range(row.arity))
    return f"{_called(row).replace('{', '{{').replace('}', '}}')}({operands})"


def _called(row: Primitive) -> str:
    if not (row.symbol.isascii() and row.symbol.isidentifier()):
        return symbol(row.symbol)
    name = row.symbol.replace("_", r"\_")
    return rf"\operatorname{{{name}}}"


class Latex:
    """A number that is a formula in LaTeX.

    Args:
        text: The formula.
        precedence: How strongly its outermost sign binds.
        ends_open: Whether it ends in an operand without brackets, as log x does. What follows in a
            product would be read as part of that operand.
    """

    __slots__ = ("ends_open", "precedence", "text")

    def __init__(self, text: str, precedence: int = POWER + 1, ends_open: bool = False) -> None:
        self.text, self.precedence, self.ends_open = text, precedence, ends_open

    def __str__(self) -> str:
        return self.text

    def inside(self, precedence: int, *, closed: bool = False, unsigned: bool = False) -> Latex:
        """The formula as an operand of a sign that binds this strongly: in brackets if needed.

        Args:
            precedence: How strongly the sign binds.
            closed: Whether a formula that ends open needs brackets, too.
            unsigned: Whether a formula that begins with a minus needs brackets, too.
        """
        signed = unsigned and self.text.startswith("-")
        if self.precedence >= precedence and not signed and not (closed and self.ends_open):
            return self
        return Latex(rf"\left({self.text}\right)")


LDOTS = r"\ldots"


class _Latex(Formulas):
    kind, dots = Latex, LDOTS

    def spell(self, row: Primitive) -> Callable[..., Latex]:
        template = _Template(row)

        def written(*arguments: Any) -> Latex:
            operands = [self.convert(x) for x in row.flat(arguments)]
            if row.name == "where":
                condition, a, b = operands
                cases = rf"{a} & \text{{if }} {condition} \\ {b} & \text{{otherwise}}"
                return Latex(rf"\begin{{cases}} {cases} \end{{cases}}", 0)
            if (found := self.spelled_out(row, operands, arguments)) is not None:
                return found  # type: ignore[no-any-return]  # Latex
            if row.vectors:
                return Latex(f"{_called(row)}({between_brackets(row, operands, LDOTS)})")
            return template.filled(operands)

        return written

    def convert(self, x: Any) -> Latex:
        if isinstance(x, Latex):
            return x
        if x != x:
            return Latex(r"\mathrm{NaN}")
        number = _decimal(show(abs(x)))
        return Latex(f"-{number}", SUM) if x < 0 else number  # (-2)·v, not -2·v


def _decimal(shown: str) -> Latex:
    """A number from 0 up: 2.5e-09 as a product with a power of ten."""
    if shown == "inf":
        return Latex(r"\infty")
    digits, e, exponent = shown.partition("e")
    if not e:
        return Latex(digits)
    power = f"10^{{{int(exponent)}}}"
    # a factor needs no brackets in a product: it binds as strongly as a sign does
    return Latex(power, POWER) if digits == "1" else Latex(rf"{digits} \cdot {power}", SIGN)


MARKS = "①②③④⑤⑥⑦⑧⑨"
"""They stand for the operands in a template while it is taken apart."""

_GROUPS = r"\{[^{}]*\}|\([^()]*\)|\[[^][]*\]|\\lfloor.*\\rfloor|\\lceil.*\\rceil|\\left.*\\right."
_FUNCTION = r"\\(?!cdot|bmod|land|lor|lnot|lfloor|lceil|left)[a-z]+(_\S+)? "
_CLOSED = {"", r"\operatorname", r"\mathrm", r"\sqrt", *(rf"\{x}" for x in (*WORDS, "varphi"))}


class _Place(NamedTuple):
    """Where an operand stands in a template, and when it needs brackets there."""

    binds: int = 0  # as inside() takes it
    closed: bool = False
    unsigned: bool = False
    of_function: bool = False  # a function without brackets precedes it: log x


class _Template:
    """A row's template, and where it needs brackets: both are read off its text."""

    def __init__(self, row: Primitive) -> None:
        marked = template(row).format(*MARKS[: row.arity])
        bare = marked
        while (fewer := re.sub(_GROUPS, "", bare)) != bare:
            bare = fewer
        by_sign = row.infix and not row.latex
        self.precedence = row.precedence if by_sign else _outermost(bare)
        # as log σ(x) and a mod b do
        self.ends_open = bool(re.search(rf"{_FUNCTION}\\[A-Za-z]+$|\\bmod", bare))
        self.parts = re.split(f"([{MARKS}])", marked)
        halves = [("".join(self.parts[:i]), "".join(self.parts[i + 1 :]))
                  for i in range(1, len(self.parts), 2)]  # fmt: skip
        self.places = [_by_sign(row, *half) if by_sign else _place(*half) for half in halves]

    def filled(self, operands: Sequence[Latex]) -> Latex:
        """The template with these operands, in brackets where needed."""
        parts, ends_open = list(self.parts), self.ends_open
        for i, place in enumerate(self.places):
            x = operands[MARKS.index(parts[2 * i + 1])]
            placed = x.inside(place.binds, closed=place.closed, unsigned=place.unsigned)
            parts[2 * i + 1] = placed.text
            if not parts[2 * i + 2] and i == len(self.places) - 1:  # it ends the formula
                ends_open |= placed.ends_open or (place.of_function and placed is x)
        return Latex("".join(parts), self.precedence, ends_open)


def _by_sign(row: Primitive, before: str, after: str) -> _Place:
    """The place before or after the sign of a row."""
    binds, remainder = row.precedence, r"\bmod" in before + after
    if after:  # a - b - c is (a - b) - c, but comparisons do not chain; -a mod b may be -(a mod b)
        return _Place(binds + (binds == COMPARE), closed=binds == PRODUCT, unsigned=remainder)
    return _Place(POWER if remainder else binds + (row.arity == 2), unsigned=True)


def _place(before: str, after: str) -> _Place:
    """The place between these parts of a template."""
    if re.match(r"\}?\^", after):
        return _Place(POWER + 1)
    if before.endswith(r"\cdot "):
        return _Place(PRODUCT + 1, unsigned=True)
    if before.endswith(("+ ", "- ")):
        return _Place(SUM + before.endswith("- "), unsigned=True)
    if re.search(f"{_FUNCTION}$", before):
        return _Place(POWER + 1, of_function=True)
    if re.match(" [+-] ", after):
        return _Place(SUM)
    if re.match(r" \\(?!rfloor|rceil|right)", after):
        return _Place(PRODUCT, closed=True)
    return _Place()


def _outermost(bare: str) -> int:
    """How strongly the outermost sign of a template binds, of which all brackets were cut."""
    if re.search(" [+-] |^-", bare):
        return SUM
    if re.search(rf"\\cdot|[{MARKS}] \\", bare):
        return PRODUCT
    return POWER + 1 if bare in _CLOSED else POWER


LATEX = _Latex("LaTeX", {}, types=(Latex,), rank=1, pi=Latex(r"\pi"))
for _row in TABLE.values():
    attach(Latex, _row, getattr(LATEX, _row.name))

"""An explanation: lines of formulas and prose, as plain text, LaTeX and Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ..namespaces.printed import Printed
from .notation import PLAIN, SET, Notation


@dataclass(frozen=True, slots=True)
class Line:
    """A line of formulas: equations, each a tuple of sides, and what stands before them."""

    equations: tuple[tuple[str, ...], ...]
    label: str = ""


def line(*sides: Any, label: str = "") -> Line:
    """A line of one equation."""
    return Line((_distinct(sides),), label)


def equations(*each: Iterable[Any]) -> Line:
    """A line of several equations."""
    return Line(tuple([_distinct(sides) for sides in each]))


def _distinct(sides: Iterable[Any]) -> tuple[str, ...]:
    """The sides as text. Of equal neighbours only one is kept: not x = 2 = 2."""
    return tuple([text for text, _ in groupby(map(str, sides))])


Lines = Iterable[Line | str]
"""What an explanation consists of. A string is prose."""


class Explanation(Printed):
    """An explanation of a graph: a string that shows itself as LaTeX in a notebook.

    Attributes:
        latex: The lines as a complete ``aligned`` environment, without ``$$``.
        markdown: The formulas in ``$$…$$``, and prose as prose.
    """

    latex: str
    markdown: str

    def __new__(cls, text: str, latex: str, markdown: str) -> Explanation:
        """An explanation in its three forms."""
        self = super().__new__(cls, text)
        self.latex, self.markdown = latex, markdown
        return self

    def __getnewargs__(self) -> tuple[str, ...]:  # type: ignore[override]  # str's has one
        return str.__str__(self), self.latex, self.markdown

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex}\n$$"

    def _repr_markdown_(self) -> str:
        return self.markdown


def explanation(write: Callable[[Notation], Lines]) -> Explanation:
    """The explanation whose lines a function writes, in text and in LaTeX."""
    text, in_latex = "\n".join(map(plain, write(PLAIN))), list(write(SET))
    return Explanation(text, aligned(in_latex), "\n\n".join(_blocks(in_latex)))


def plain(x: Line | str) -> str:
    """A line as plain text."""
    if isinstance(x, str):
        return x
    return f"{x.label} " * bool(x.label) + ", ".join(" = ".join(sides) for sides in x.equations)


def aligned(lines: Lines) -> str:
    """The lines as LaTeX's ``aligned`` environment."""
    rows = " \\\\\n".join(map(_set, lines))
    return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"


def _set(x: Line | str) -> str:
    if isinstance(x, str):
        return rf"& \text{{{x}}}"
    (first, *sides), *others = x.equations
    start = rf"\text{{{x.label} }} & {first}" if x.label else first
    equal = " = " if x.label else " &= "
    parts = [start + (equal + " = ".join(sides) if sides else "")]
    return r", \quad ".join([*parts, *map(" = ".join, others)])


def _blocks(lines: Lines) -> Iterator[str]:
    for prose, group in groupby(lines, lambda x: isinstance(x, str)):
        if prose:
            yield from map(str, group)
        else:
            yield f"$$\n{aligned(group)}\n$$"

"""The rows of the table in LaTeX."""

from __future__ import annotations

from ..core import Primitive

LATEX = {
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
        sign = LATEX.get(row.infix.strip(), row.infix.strip())
        return f"{sign} {{0}}" if row.arity == 1 else f"{{0}} {sign} {{1}}"
    name = row.name.replace("_", r"\_")
    operands = ", ".join(f"{{{i}}}" for i in range(row.arity))
    return rf"\operatorname{{{{{name}}}}}({operands})"

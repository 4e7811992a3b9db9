"""The rows as LaTeX writes them."""

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
"""The signs between operands that LaTeX spells otherwise, or reads as something else."""


def template(row: Primitive) -> str:
    """How LaTeX writes a row, its operands as {0}, {1} …: as it says, or by its sign or name."""
    if row.latex:
        return row.latex
    if row.infix:
        sign = LATEX.get(row.infix.strip(), row.infix.strip())
        return f"{sign} {{0}}" if row.arity == 1 else f"{{0}} {sign} {{1}}"
    name = row.name.replace("_", r"\_")
    operands = ", ".join(f"{{{i}}}" for i in range(row.arity))
    return rf"\operatorname{{{{{name}}}}}({operands})"

"""``mg.latex``: the formulas of a graph, as LaTeX that shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..engine.value import Value
from ..graph import Graph
from ..namespaces.printed import Printed
from ..namespaces.text import few
from .explained import Line, aligned, line
from .notation import SET
from .slopes import Written
from .swept import Swept, swept


class Formulas(Printed):
    """LaTeX that shows itself in a notebook."""

    __slots__ = ()

    def _repr_latex_(self) -> str:
        return f"$$\n{str.__str__(self)}\n$$"


def latex(J: Value | Graph | Sequence[Value]) -> Formulas:
    r"""The formulas of a graph in LaTeX, a line for each node, with their values.

    Args:
        J: A Value, several Values, or a Graph.

    Returns:
        An ``aligned`` environment, as a string. It goes between ``$$`` and ``$$``, and shows itself
        so in a notebook. Of a vector, at most the first two elements and the last are written.

    Raises:
        TypeError: If J is none of these.
        RuntimeError: If a leaf was assigned after its use.

    Cost:
        One reverse sweep.

    Example:
        >>> b, c = Value(3, "b"), Value(2, "c")
        >>> print(latex((b * c).named("u")))
        \begin{aligned}
        b &= 3 \\
        c &= 2 \\
        u &= b \cdot c = 6
        \end{aligned}
    """
    return Formulas(aligned(_lines(swept(J))))


def _lines(graph: Swept) -> Iterator[Line]:
    written = Written(SET, graph)
    for name, x in written.labels.items():
        yield line(SET.name(name), SET.shown(x))
    for i, row in enumerate(graph.ops):
        formula = [] if row is None else [written.formula(i)]
        yield line(written.symbol(i), *formula, _value(graph.data[i]))


def _value(x: Any) -> str:
    if isinstance(x, float):
        return SET.shown(x)
    numbers = few([SET.shown(e) for e in x], r"\ldots")
    return rf"\left({', '.join(numbers)}\right)"

"""The graph as a table for a terminal: ``print(table(J))``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..engine.value import Value
from ..namespaces.text import LONG, aligned, columns_of
from .scene import scene


class Table(str):
    """A text that a terminal or notebook shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def table(
    root: Value,
    *,
    names: Mapping[str, Any] | None = None,
    hide: Collection[str] = (),
    depth: int | None = None,
    width: int | None = None,
) -> Table:
    """The graph that computed ``root`` as text, a line per node, operands first.

    The columns are what ``draw`` shows: name, formula, value, gradient dJ/dnode once J, the
    root, has been swept, and the local partial derivatives.

    names, hide, depth: as for ``draw``
    width: the most characters on a line; what is longer ends in "…"

    Raises: as ``draw``. Cost: one sweep.

    >>> a, b = Value(2, "a"), Value(3, "b")
    >>> J = (a * b).named("J")
    >>> J.backward()
    >>> table(J)
    name  formula  value  gradient   partials
    a              2      dJ/da = 3
    b              3      dJ/db = 2
    J     a·b      6      dJ/dJ = 1  ∂J/∂a = 3, ∂J/∂b = 2
    """
    if width is not None and width < 1:
        raise ValueError(f"width expects a number of characters, 1 or more, got {width}")
    steps = scene(root, names=names, hide=hide, depth=depth)
    called = steps[-1].name
    rows = [("name", "formula", "value", "gradient", "partials")]
    for step in steps:
        grad = f"d{called}/d{step.name} = {step.grad}" if step.grad else ""
        edges = [edge.partial for edge in step.edges if edge.partial]
        if len(edges) > LONG:
            edges = [*edges[:2], "…", edges[-1]]
        partials = ", ".join(edges)
        if step.kind != "cut":
            rows.append((step.name, step.formula, step.value, grad, partials))
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    return Table("\n".join(_cut(line, width) for line in aligned(zip(*columns, strict=True))))


def _cut(line: str, width: int | None) -> str:
    """The line, or as much of it as fits, ending in "…"."""
    if width is None or columns_of(line) <= width:
        return line
    taken = 0
    for i, c in enumerate(line):
        taken += columns_of(c)
        if taken >= width:
            return line[:i] + "…"
    return line

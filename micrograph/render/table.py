"""The graph as a table for a terminal: ``print(table(J))``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..engine.value import Value
from ..namespaces.text import LONG, aligned, columns_of
from .scene import scene


class Table(str):
    """A string that is its own repr, so that a terminal or notebook shows its lines as they are."""

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
    """A table of the graph that computed ``root``: one line per node, operands first.

    The columns are what ``draw`` shows: the name, the formula, the value, the gradient and the
    local partial derivatives. The gradient is dJ/dnode, where J is the root. Until
    ``backward()`` has reached J, "–" stands in its place.

    Args:
        root: The Value whose graph is shown.
        names: A mapping such as ``vars()``. A node without a name is called after the first
            variable that holds the node. Variables that begin with "_" do not count.
        hide: Some of "formula", "value", "grad", "partial".
        depth: How many edges to go from the root. Nodes further away are left out.
        width: The most columns that a line may take on a terminal. A longer line is cut and
            ends in "…".

    Raises:
        TypeError: If ``root`` is no Value, or ``names`` no mapping.
        ValueError: If ``hide`` has another word, ``depth`` is below 0 or ``width`` below 1.
        RuntimeError: If a leaf was assigned after its use.

    Cost:
        One reverse sweep.

    Example:
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
    steps, called, _ = scene(root, names=names, hide=hide, depth=depth)
    rows = [("name", "formula", "value", "gradient", "partials")]
    for step in steps:
        grad = f"d{called}/d{step.short} = {step.grad}" if step.grad else ""
        edges = [edge.partial for edge in step.edges if edge.partial]
        if len(edges) > LONG:
            edges = [*edges[:2], "…", edges[-1]]
        partials = ", ".join(edges)
        if step.kind != "cut":
            rows.append((step.name, step.formula, step.value, grad, partials))
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    return Table("\n".join(_cut(line, width) for line in aligned(zip(*columns, strict=True))))


def _cut(line: str, width: int | None) -> str:
    """The line. If it is wider than ``width``, the start of it that fits, ending in "…"."""
    if width is None or columns_of(line) <= width:
        return line
    taken = 0
    for i, c in enumerate(line):
        taken += columns_of(c)
        if taken >= width:
            return line[:i] + "…"
    return line

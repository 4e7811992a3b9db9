"""The graph as a table for a terminal: ``print(table(J))``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from ..engine.value import Value
from ..namespaces.printed import Printed, on_stdout
from ..namespaces.text import aligned, columns_of, few
from .scene import scene

NARROW = 8
"""The formulas of a table that does not fit are cut to this many columns, at the narrowest."""


class Row(NamedTuple):
    """A node's cells. The gradient is the number alone."""

    name: str
    formula: str
    value: str
    gradient: str
    partials: tuple[str, ...]


class Table(Printed):
    """The text of a table, which is laid out anew for a terminal that lacks some of its signs."""

    __slots__ = ("root", "rows", "width")
    rows: Sequence[Row]
    root: str
    width: int | None

    def __str__(self) -> str:
        if on_stdout(self) == self:
            return str.__str__(self)
        return _laid_out(self.rows, self.root, self.width, on_stdout)


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

    A table that is too wide becomes narrower in these steps, until it fits:

    1. The partials of a node are written one below the other.
    2. The partials are left out. The last line says at which width they are shown.
    3. Formulas are cut and end in "…". At least 8 columns of them remain.
    4. The gradient is the number alone, under the heading dJ/d….
    5. Lines are cut and end in "…".

    What ``sys.stdout`` can't encode is printed in ASCII: ∂ as d, σ as sigma.

    Args:
        root: The Value whose graph is shown.
        names: A mapping such as ``vars()``. A node without a name is called after the first
            variable that holds the node. Variables that begin with "_" do not count.
        hide: Some of "formula", "value", "grad", "partial".
        depth: How many edges to go from the root. Nodes further away are left out.
        width: The most columns that a line may take (default: those of the terminal, if
            ``sys.stdout`` is one; else any number).

    Raises:
        TypeError: If ``root`` is no Value, or an option is of another kind.
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
        >>> table(J, width=44)
        name  formula  value  gradient   partials
        a              2      dJ/da = 3
        b              3      dJ/db = 2
        J     a·b      6      dJ/dJ = 1  ∂J/∂a = 3
                                         ∂J/∂b = 2
    """
    if width is None and sys.stdout and sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
    if width is not None and (not isinstance(width, int) or width < 1):
        raise ValueError(f"width expects a number of characters, 1 or more, got {width!r}")
    steps, called, *_ = scene(root, names=names, hide=hide, depth=depth)
    rows = [Row(step.name, step.formula, step.value, step.grad, _partials(step.edges))
            for step in steps if step.kind != "cut"]  # fmt: skip
    made = Table(_laid_out(rows, called, width, str))
    made.rows, made.root, made.width = rows, called, width
    return made


def _partials(edges: Sequence[Any]) -> tuple[str, ...]:
    return tuple(few([edge.partial for edge in edges if edge.partial]))


def _laid_out(
    rows: Sequence[Row], root: str, width: int | None, spell: Callable[[str], str]
) -> str:
    """The first of the table's forms that fits. If none does, the last one, with its lines cut.

    Args:
        rows: The cells.
        root: The name of the root.
        width: The most columns that a line may take.
        spell: What becomes of each text before it is laid out.
    """
    rows = [Row(spell(row.name), spell(row.formula), spell(row.value), spell(row.gradient),
                tuple(map(spell, row.partials))) for row in rows]  # fmt: skip
    dots = spell("…")
    wrapped = ""  # the width at which the partials are shown
    for lines, has_partials in _forms(rows, spell(root), width or 0, dots):
        if width is None or _width(lines) <= width:
            break
        wrapped = f"{_width(lines)}" if has_partials else wrapped
    if wrapped and not has_partials and width is not None:
        said = f"partials left out: width={wrapped} shows them"
        lines.append(said if len(said) <= width else f"partials: width={wrapped}")
    return "\n".join(lines if width is None else [_cut(line, width, dots) for line in lines])


def _forms(
    rows: Sequence[Row], root: str, width: int, dots: str
) -> Iterator[tuple[list[str], bool]]:
    """The lines in their forms, from the widest to the narrowest, and whether partials show."""
    head = Row("name", "formula", "value", "gradient", ("partials",))
    named = [row._replace(gradient=row.gradient and f"d{root}/d{row.name} = {row.gradient}")
             for row in rows]  # fmt: skip
    whole = [head, *named]
    partials = any(row.partials for row in rows)
    yield _lines([row._replace(partials=(", ".join(row.partials),)) for row in whole]), partials
    yield _lines(whole), partials
    heading = f"d{root}/d{dots}" if columns_of(root) <= NARROW else head.gradient
    for table in (whole, [head._replace(gradient=heading), *rows]):
        alone = [row._replace(partials=()) for row in table]
        lines = _lines(alone)
        yield lines, False
        longest = max(columns_of(row.formula) for row in alone)
        room = max(longest - _width(lines) + width, NARROW)
        yield _lines([row._replace(formula=_cut(row.formula, room, dots)) for row in alone]), False


def _lines(rows: Sequence[Row]) -> list[str]:
    """The rows as lines, the partials one below the other. An empty column is left out."""
    cells: list[Sequence[str]] = []
    for row in rows:
        first, *rest = row.partials or ("",)
        cells += [(*row[:4], first), *(("", "", "", "", partial) for partial in rest)]
    columns = [column for column in zip(*cells, strict=True) if any(column[1:])]
    return list(aligned(zip(*columns, strict=True)))


def _width(lines: Sequence[str]) -> int:
    return max(map(columns_of, lines))


def _cut(line: str, width: int, dots: str) -> str:
    """The line. If it is wider than ``width``, the start of it that fits, ending in ``dots``."""
    if columns_of(line) <= width:
        return line
    ends = accumulate(map(columns_of, line), initial=columns_of(dots))
    fit = sum(end <= width for end in ends) - 1
    return line[: max(fit, 0)] + dots[:width]

"""Rows that are a user's Python code: they are called for one point after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .. import primitives
from ..core import Primitive
from ..graph.node import PICK
from ..namespaces.floats import FLOAT, unraising


def is_ours(row: Primitive) -> bool:
    """Whether the row is one of the table's own, or a graph's ``pick``: none that a user added."""
    return row is PICK or vars(primitives).get(row.name) is row


def is_opaque(row: Primitive) -> bool:
    """Whether the row is a user's Python code, which only floats run through."""
    return not (is_ours(row) or row.definition)


class Slope(Primitive):
    """The slope of an opaque row in one operand, as a row of (y, *operands). It is opaque, too.

    Args:
        of: The row.
        k: Which operand.
    """

    def __init__(self, of: Primitive, k: int) -> None:
        super().__init__(
            f"∂{of.name}/∂{of.arguments[k]}",
            arguments=("y", *of.arguments),
            partials=self._none,
            public=False,
        )
        self.of, self.k = of, k

    def _none(self, xp: Any, y: Any, *operands: Any) -> tuple[Any, ...]:
        raise TypeError(f"the slopes of {self.of.name} have no slopes themselves")

    def at(self, operands: Sequence[float]) -> float:
        """The slope at these floats: y, and the row's operands."""
        return float(FLOAT.partials(self.of, operands[0], operands[1:])[self.k])


def on_floats(row: Primitive) -> Callable[[Sequence[float]], float]:
    """The row as a function of one list of floats. At a pole the result is infinite or NaN."""
    return row.at if isinstance(row, Slope) else partial(unraising, row)

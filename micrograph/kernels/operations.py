"""What a step of a tape may compute beyond the rows of the table: a slope, or two rows at once."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..core import TABLE, Primitive
from .header import PAIRED, TOGETHER, both_name, pair_name, partial_of, slope_name


def _no_slopes(xp: Any, y: Any, *operands: Any) -> tuple[Any, ...]:
    raise AssertionError("a step of a tape is not differentiated again")


def _step(name: str, arguments: tuple[str, ...], definition: Any = None) -> Primitive:
    return Primitive(
        name, arguments=arguments, partials=_no_slopes, definition=definition, public=False
    )


@cache
def slope(row: Primitive, k: int) -> Primitive:
    """∂row/∂operand k as a row of its own, of the row's value and its operands."""
    return _step(slope_name(row, k), ("y", *row.arguments), partial_of(row, k))


def _pair(inner: Primitive, outer: Primitive, side: int) -> Primitive:
    def definition(xp: Any, a: Any, b: Any, c: Any) -> Any:
        y = xp.value(inner, (a, b))
        return xp.value(outer, (c, y) if side else (y, c))

    return _step(pair_name(inner.name, outer.name, side), ("a", "b", "c"), definition)


PAIRS = {
    outer: {
        (inner, side): _pair(TABLE[inner], TABLE[outer], side)
        for inner in PAIRED
        for side in (0, 1)
    }
    for outer in PAIRED
}
"""Pairs of rows, by the outer row's name, the inner row's, and which operand the inner row is."""


BOTH = {
    first: (second, _step(both_name(first, second), TABLE[first].arguments, rule))
    for first, second, rule in TOGETHER
}
"""The row that may be computed together with a row, and the operation that computes both."""

SECOND = _step("second", ("first",))
"""The second result of the step before. No work is done for it."""

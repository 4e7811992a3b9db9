"""Recorded sweeps through ``where`` and its kin, good at inputs that take other arms.

A sweep over numbers passes by the arms that were not taken. Where the sweep is recorded, other
inputs may take them: it goes through them all, and each edge into an arm chooses once more, so that
an adjoint is 0 in an arm not taken. What multiplies it there may be infinite, and a sweep over this
sweep would find 0·∞: it is 0 there as well, by a ``where`` of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..core import TABLE, Primitive
from ..engine.recording import VALUE
from ..engine.value import Value
from ..namespaces.text import linear, product

WHERE, AND, OR, NOT = (TABLE[x] for x in ("where", "logical_and", "logical_or", "logical_not"))

Edges = Iterable[tuple[Value, Any]]


class Arm(NamedTuple):
    """The edge of a choice into an arm, which is taken where the recorded partial is not 0."""

    partial: Value
    unknown: bool  # whether another arm was a function that never ran

    def times(self, g: Any) -> Any:
        """g·partial, recorded: 0 in an arm not taken, even if g is infinite; NaN if unknown."""
        other = VALUE.azmul(g, math.nan) if self.unknown else 0.0
        if not _is_plain(self.partial):
            return VALUE.where(self.partial, VALUE.azmul(g, self.partial), other)
        condition, *arms = self.partial.operands
        return VALUE.where(condition, *(g if arm else other for arm in arms))


def _is_plain(d: Value) -> bool:
    """Whether it is where(condition, 1, 0), or where(condition, 0, 1)."""
    return d.op is WHERE and [x for x in d.operands[1:] if type(x) is float] in ([1, 0], [0, 1])


def into_arms(choice: Value, recorded: Edges) -> list[tuple[Value, Any]]:
    """The edges of a choice with these recorded partials, each into its arm."""
    unknown = any(type(x) is float and x != x for x in choice.operands)
    return [(x, Arm(d, unknown) if isinstance(d, Value) else d) for x, d in recorded]


def recorded_product(g: Any, d: Any) -> Any:
    """g·d with a strong zero, recorded; a constant finite partial needs none."""
    if isinstance(d, Arm):
        return d.times(g)
    if isinstance(d, Value) or not math.isfinite(d):
        return VALUE.azmul(g, d)
    return g if d == 1.0 else g * d


def tame(inputs: Iterable[Value], order: Iterable[Value]) -> set[Value]:
    """The nodes that are finite, and in every derivative, whatever the inputs."""
    found = set(inputs)
    for node in order:
        if node.op and _is_tame(node.op) and all(x in found or not x.op for x in node.parents):
            found.add(node)
    return found


def _is_tame(row: Primitive) -> bool:
    """Whether a row, with its every derivative, is finite if its operands are."""
    return row.choice or (row.domain.is_everything and (linear(row) or product(row)))


class Guard:
    """The edges of a recorded reverse sweep, with partials that are 0 in an arm not taken.

    edges: node -> its parents, each with the recorded partial or the Arm
    roots: where the sweep begins
    tame:  partials that can stay as they are
    """

    def __init__(
        self, edges: Callable[[Value], Edges], roots: Iterable[Value], tame: set[Value]
    ) -> None:
        self._edges, self._tame = edges, tame
        self._when: dict[Value, Any] = dict.fromkeys(roots, True)
        """Under which condition a node has a say in a root; True: always."""
        self._known: dict[tuple[Any, ...], Value] = {}

    def edges(self, node: Value) -> list[tuple[Value, Any]]:
        """Those of a node, all of whose users came before."""
        here, found = self._when[node], []
        for x, d in self._edges(node):
            there = here
            if isinstance(d, Arm):
                there = self._both(here, self._taken(d.partial))
            elif here is not True and isinstance(d, Value) and d.op and d not in self._tame:
                d = VALUE.where(here, d, 0.0)
            self._when[x] = self._either(self._when.get(x, there), there)
            found.append((x, d))
        return found

    def _taken(self, d: Value) -> Any:
        """The condition under which the arm with this partial is taken."""
        if not _is_plain(d):
            return d
        condition, first, _ = d.operands
        return condition if first else self._once(NOT, condition)

    def _both(self, a: Any, b: Any) -> Any:
        return b if a is True or a is b else self._once(AND, a, b)

    def _either(self, a: Any, b: Any) -> Any:
        return a if a is True or a is b else True if b is True else self._once(OR, a, b)

    def _once(self, row: Primitive, *operands: Any) -> Value:
        """A condition, recorded when first asked for."""
        key = row, *map(id, operands)
        if key not in self._known:
            self._known[key] = row(*operands)
        return self._known[key]

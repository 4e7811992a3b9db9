"""Recorded sweeps that stay right if ``where`` or another choice takes another branch.

The derivative of where(x > 0, sqrt(x), 0), recorded at x = 1, must be 0 and not NaN if it is
evaluated at x = −1. A sweep over numbers leaves out the branches that were not taken. A recorded
sweep goes through all of them. It guards each edge into a branch by ``where(condition, …, 0)``, and
the factors below that edge, too, since their own derivatives may be infinite there.
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


class Branch(NamedTuple):
    """The edge of a choice into a branch, which is taken if the recorded partial is not 0.

    Attributes:
        partial: The recorded partial.
        unknown: Whether another branch was a function that never ran.
    """

    partial: Value
    unknown: bool

    def times(self, g: Any) -> Any:
        """g·partial, recorded. If the branch is not taken, it is 0, even if g is infinite.

        If another branch is unknown, it is NaN in place of that 0, unless g is 0.
        """
        other = VALUE.azmul(g, math.nan) if self.unknown else 0.0
        if not _is_plain(self.partial):
            return VALUE.where(self.partial, VALUE.azmul(g, self.partial), other)
        condition, *branches = self.partial.operands
        return VALUE.where(condition, *(g if branch else other for branch in branches))


def _is_plain(d: Value) -> bool:
    """Whether the partial is where(condition, 1, 0) or where(condition, 0, 1)."""
    return d.op is WHERE and [x for x in d.operands[1:] if type(x) is float] in ([1, 0], [0, 1])


def into_branches(choice: Value, recorded: Edges) -> list[tuple[Value, Any]]:
    """The edges of a choice, with a ``Branch`` in place of each recorded partial."""
    unknown = any(type(x) is float and x != x for x in choice.operands)
    return [(x, Branch(d, unknown) if isinstance(d, Value) else d) for x, d in recorded]


def recorded_product(g: Any, d: Any) -> Any:
    """g·d, recorded: 0 if g is 0, whatever d is. If d is finite, an ordinary product does that."""
    if isinstance(d, Branch):
        return d.times(g)
    if isinstance(d, Value) or not math.isfinite(d):
        return VALUE.azmul(g, d)
    return g if d == 1.0 else g * d


def tame(inputs: Iterable[Value], order: Iterable[Value]) -> set[Value]:
    """The nodes that are finite at any finite inputs, and all of whose derivatives are."""
    found = set(inputs)
    for node in order:
        if node.op and _is_tame(node.op) and all(x in found or not x.op for x in node.parents):
            found.add(node)
    return found


def _is_tame(row: Primitive) -> bool:
    """Whether a row and all its derivatives are finite if its operands are."""
    return row.choice or (row.domain.is_everything and (linear(row) or product(row)))


class Guard:
    """The edges of a recorded reverse sweep, with partials that are 0 in a branch not taken.

    Args:
        edges: A function from a node to its parents, each with its recorded partial or ``Branch``.
        roots: The nodes at which the sweep begins.
        tame: The nodes that need no guard if they are partials.
    """

    def __init__(
        self, edges: Callable[[Value], Edges], roots: Iterable[Value], tame: set[Value]
    ) -> None:
        self._edges, self._tame = edges, tame
        self._when: dict[Value, Any] = dict.fromkeys(roots, True)
        """The condition under which a root depends on a node; True if the root always does."""
        self._known: dict[tuple[Any, ...], Value] = {}

    def edges(self, node: Value) -> list[tuple[Value, Any]]:
        """The edges of a node. Ask for those of every node computed from it first."""
        here, found = self._when[node], []
        for x, d in self._edges(node):
            there = here
            if isinstance(d, Branch):
                there = self._both(here, self._taken(d.partial))
            elif here is not True and isinstance(d, Value) and d.op and d not in self._tame:
                d = VALUE.where(here, d, 0.0)
            self._when[x] = self._either(self._when.get(x, there), there)
            found.append((x, d))
        return found

    def _taken(self, d: Value) -> Any:
        """The condition under which the branch with this partial is taken."""
        if not _is_plain(d):
            return d
        condition, first, _ = d.operands
        return condition if first else self._once(NOT, condition)

    def _both(self, a: Any, b: Any) -> Any:
        return b if a is True or a is b else self._once(AND, a, b)

    def _either(self, a: Any, b: Any) -> Any:
        return a if a is True or a is b else True if b is True else self._once(OR, a, b)

    def _once(self, row: Primitive, *operands: Any) -> Value:
        """The condition that the row makes of these operands, recorded at most once."""
        key = row, *map(id, operands)
        if key not in self._known:
            self._known[key] = row(*operands)
        return self._known[key]

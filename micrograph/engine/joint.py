"""Results that Python code computes together, as nodes whose derivatives have a rule of their own.

A solution of equations and a user's vector function have several results. Each result is a node of
its own, with its partials in numbers. If a sweep is recorded, the rule of the call is asked for the
partials as Values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from ..core import UNLISTED, Primitive
from .reading import read
from .value import Value, linked

Rule = Callable[[Sequence[Any]], Sequence[Any]]
"""The partials of one result, recorded: a function of its operands."""

RULES: WeakKeyDictionary[Value, Rule] = WeakKeyDictionary()
"""The rule of each node. A rule must hold no node that it is the rule of, or neither is freed."""


class Joint(Primitive):
    """The row of the results of Python code. It is in no table: a graph can't hold the code.

    Args:
        name: What pictures and messages call the code.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name}()",  # a name that no row of the table has
            symbol=name,
            partials=self._recorded,
            arguments=("x",),
            vectors=1,
            public=False,
        )
        UNLISTED[self.name] = self

    def _recorded(self, xp: Any, y: Any, x: Sequence[Any]) -> tuple[Sequence[Any]]:
        rule = RULES.get(y) if isinstance(y, Value) else None
        if rule is None:
            raise TypeError(
                f"{self.symbol}: only the node that the call returned has second derivatives; a "
                "graph or a copy of the node holds its numbers alone"
            )
        return (rule(x),)

    def __reduce__(self) -> Any:
        raise TypeError(
            f"a result of {self.symbol} can't be pickled: its derivative is Python code; pickle "
            "its .data"
        )


def recorded(
    row: Joint,
    numbers: Sequence[float],
    operands: Sequence[Any],
    jacobian: Sequence[Sequence[float]],
    rules: Sequence[Rule],
) -> list[Value]:
    """A node for each result.

    Args:
        row: The row of the nodes.
        numbers: The results.
        operands: Values and floats that all results depend on.
        jacobian: For each result its partials in the operands.
        rules: For each result its rule.
    """
    operands, found = tuple(operands), []
    parents = tuple(x for x in operands if isinstance(x, Value))
    for y, slopes, rule in zip(numbers, jacobian, rules, strict=True):
        pairs = zip(operands, slopes, strict=True)
        partials = tuple([d for x, d in pairs if isinstance(x, Value)])
        node = linked(row, y, operands, parents, partials)
        RULES[node] = rule
        found.append(node)
    return found


def number_of(x: Any, who: str) -> Any:
    """The number of a Value, or x itself.

    Raises:
        TypeError: If a trace is under way that the Value depends on.
    """
    return read(x, f"{who}, which is computed by Python code,") if isinstance(x, Value) else x

"""Results that Python code computes together, as nodes whose derivatives have a rule of their own.

A solution of equations and a user's vector function have several results. Each result is a node of
its own. ``calls`` knows which results belong together, and the rule that they have.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any

from ..core import UNLISTED, Primitive
from .calls import Call, Rule, call_of, of_nodes
from .reading import read
from .value import Value, linked


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
        self.dense = False  # so that no sweep reads partials that are still to be found
        UNLISTED[self.name] = self

    def _recorded(self, xp: Any, y: Any, x: Sequence[Any]) -> tuple[Sequence[Any]]:
        found = call_of.get(y) if isinstance(y, Value) else None
        if found is None:
            raise TypeError(
                f"{self.symbol}: only the node that the call returned has second derivatives; a "
                "graph or a copy of the node holds its numbers alone"
            )
        call, i = found
        return (call.partials(i, x),)

    def __reduce__(self) -> Any:
        raise TypeError(
            f"a result of {self.symbol} can't be pickled: its derivative is Python code; pickle "
            "its .data"
        )


def recorded(
    row: Joint,
    numbers: Sequence[float],
    operands: Sequence[Any],
    rule: Rule,
    jacobian: Sequence[Sequence[float]] | None = None,
    together: bool = False,
) -> list[Value]:
    """A node for each result.

    Args:
        row: The row of the nodes.
        numbers: The results.
        operands: Values and floats that all results depend on.
        rule: The rule of the call.
        jacobian: For each result its partials in the operands. If None, they are found when they
            are asked for; of a single result they are found at once.
        together: Whether a recorded sweep runs the rule once, on adjoints that are Values.
    """
    operands, call = tuple(operands), Call(rule, len(numbers), together)
    if jacobian is None and len(numbers) == 1:
        jacobian = [call.partials(0)]
    whole = float not in map(type, operands)  # 1 µs for 80 operands, where the next line takes 4
    parents = operands if whole else tuple(x for x in operands if isinstance(x, Value))
    found = []
    for i, y in enumerate(numbers):
        if not jacobian:
            partials: tuple[float, ...] = (nan,) * len(parents)
        elif whole:
            partials = tuple(jacobian[i])
        else:
            partials = of_nodes(operands, jacobian[i])
        node = linked(row, y, operands, parents, partials)
        call_of[node] = call, i
        found.append(node)
    if not jacobian:
        call.open(found)
    return found


def number_of(x: Any, who: str) -> Any:
    """The number of a Value, or x itself.

    Raises:
        TypeError: If a trace is under way that the Value depends on.
    """
    if not isinstance(x, Value):
        return x
    how = f"{who}, which is computed by Python code,"
    return read(x, how, "Differentiate without a graph, as by mg.grad(f)")

"""A function recorded on Values at a point: its nodes, and the truth of the whole.

The truth is composed of the nodes' textbook definitions at fifty digits, and differenced. The
partials that the sweeps multiply are not used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import mpmath

from ..core import Primitive
from ..engine.reading import names
from ..engine.sweep import topological
from ..engine.value import Value
from ..namespaces.text import Text, formula
from ..transforms.run import while_live
from . import truth
from .report import Finding, GradientError, Inconclusive, agreed, guilty, operand_names
from .rule import RELATIVE, TOLERANCE, Kinks, examine, is_static
from .structure import may_differ_from_0
from .truth import Settled
from .wide import slopes

FEW = 32
"""Up to this many inputs are differenced one by one; with more, the true slopes are swept."""


TINY = sys.float_info.min / RELATIVE
"""Slack added to each term of a sum of paths, since partials below the smallest float became 0."""


ENOUGH = 3
"""How many digits rounding must leave. From fewer nothing can be told."""

RIGHT = "every node's own partials are right"


class Recorded:
    """A function of floats, recorded at a point.

    Args:
        flat: The function, from a list of numbers to a list of numbers.
        point: The numbers at which it is recorded.
        inputs: Their names.
        outputs: The names of n results, as a function of n.
    """

    def __init__(
        self,
        flat: Callable[[Sequence[Any]], list[Any]],
        point: Sequence[float],
        inputs: Sequence[str],
        outputs: Callable[[int], Sequence[str]],
    ) -> None:
        self.flat, self.point, self.inputs = flat, list(point), list(inputs)
        self.leaves = [Value(x, name) for x, name in zip(point, inputs, strict=True)]
        self.results = while_live(self.leaves, lambda: flat(self.leaves))  # float(v) is refused
        self.values = [y.data if isinstance(y, Value) else float(y) for y in self.results]
        self.outputs = list(outputs(len(self.results)))
        self.order = topological(*(y for y in self.results if isinstance(y, Value)))
        self.called = names(self.order)
        self.nodes = [node for node in self.order if node.op]
        self.kinked = [x for x in self.nodes if x.op and truth.at_kink(x.op, operands(x))]
        self.opaque = any(x.op and truth.is_opaque(x.op) for x in self.nodes)
        self._swept: dict[int, list[tuple[Settled, Any]]] = {}
        self.whole = len(self.point) <= FEW and not self.opaque

    # The nodes

    def examine(self, kinks: Kinks) -> None:
        """Compare every node's own partials with the truth. Raises GradientError, Inconclusive.

        A rule may be right at one point alone, so each row is tried a little beside it, too.
        """
        tried = set()
        for node in self.nodes:
            row, xs = node.op, operands(node)
            assert row is not None
            finding = examine(row, xs, node.data, partials(node), kinks)
            if finding is None and row not in tried:
                tried.add(row)
                finding = beside(row, xs)
            if finding:
                raise guilty(finding, self.called[node], self.operand_names(node), TOLERANCE)

    def operand_names(self, node: Value) -> list[str]:
        """The names of a node's operands. The name of a constant is its number."""
        return [self.called[x] if isinstance(x, Value) else repr(x) for x in node.operands]

    def written(self, node: Value) -> str:
        """A node with its formula: ``u = b·c``."""
        assert node.op is not None
        return (
            f"{self.called[node]} = {formula(node.op, [Text(n) for n in self.operand_names(node)])}"
        )

    def kink(self, error: GradientError) -> GradientError:
        """The error, with the first node at a kink as the guilty one."""
        node = self.kinked[0]
        error.node, error.row, error.graph = self.called[node], node.op, node
        return error

    # The whole

    def at(self, xs: Sequence[Any]) -> dict[Value, Any]:
        """The number at every node by its textbook definition, at mpmath's present precision."""
        numbers: dict[Any, Any] = dict(zip(self.leaves, xs, strict=True))
        for node in self.order:
            if node.op:
                numbers[node] = truth.defined(node.op, [numbers.get(x, x) for x in node.operands])
            elif node not in numbers:
                numbers[node] = mpmath.mpf(node.data)
        return numbers

    def output(self, j: int, xs: Sequence[Any]) -> Any:
        """The j-th result by the textbook definitions, at mpmath's present precision."""
        y = self.results[j]
        return self.at(xs)[y] if isinstance(y, Value) else mpmath.mpf(y)

    def exact(self, j: int, by: Sequence[int], side: int = 0) -> Settled:
        """The derivative of y_j by the inputs ``by``: ∂y_j/∂x_i by (i,), ∂²y_j/∂x_i∂x_k by (i, k).

        Args:
            j: Which output.
            by: Which inputs.
            side: −1 or 1 for the one-sided slope.

        Cost:
            Some ten evaluations of the graph, and twice as many for every further order. None if
            the derivative is 0 by the graph's structure.
        """
        if not may_differ_from_0(self.order, self.leaves, self.results[j], by):
            return Settled(mpmath.mpf(0))
        width = truth.spread(self.point)

        def partial(xs: list[Any], i: int, *rest: int) -> Callable[[Any], Any]:
            def along(x: Any) -> Any:
                moved = [*xs[:i], x, *xs[i + 1 :]]
                if not rest:
                    return self.output(j, moved)
                return truth.difference(partial(moved, *rest), moved[rest[0]], spread=width)

            return along

        xs = [mpmath.mpf(x) for x in self.point]
        return truth.steepness(partial(xs, *by), xs[by[0]], side, width)

    @cached_property
    def slopes(self) -> dict[Value, list[tuple[Value, Settled]]]:
        """For each node its parents, each with the true partial at the recorded operands."""
        return {node: _slopes(node) for node in self.nodes}

    @property
    def good(self) -> int:
        """How many digits the truth is good for."""
        if self.whole:
            return 50
        return min((d.digits for edges in self.slopes.values() for _, d in edges), default=50)

    def swept(self, j: int) -> list[tuple[Settled, Any]]:
        """∂y_j/∂x_i for every input, from the nodes' true partials, each with its Σ|paths|."""
        if j not in self._swept:
            self._swept[j] = self._sweep(self.results[j])
        return self._swept[j]

    def _sweep(self, root: Any) -> list[tuple[Settled, Any]]:
        adjoint: dict[Value, Any] = {}
        total: dict[Value, Any] = {}
        bits: dict[Value, float] = dict.fromkeys(self.order, truth.BITS)
        if isinstance(root, Value):
            adjoint[root] = total[root] = mpmath.mpf(1)
        for node in reversed(self.nodes):
            for x, d in self.slopes[node] if total.get(node) else ():
                if d.number:
                    adjoint[x] = adjoint.get(x, 0) + adjoint[node] * d.number
                    total[x] = total.get(x, 0) + total[node] * (abs(d.number) + TINY) + TINY
                    bits[x] = min(bits[x], bits[node], d.bits)
        zero = mpmath.mpf(0)
        return [
            (Settled(adjoint.get(x, zero), bits.get(x, truth.BITS)), total.get(x, zero))
            for x in self.leaves
        ]

    def enough(self, name: str, g: float, exact: Settled) -> None:
        """Raise Inconclusive if rounding left too few digits of a derivative to tell."""
        digits = agreed(g, exact.number)
        if digits < ENOUGH and exact.number and abs(g - exact.number) > sys.float_info.min:
            raise Inconclusive(
                f"{name}: {RIGHT}, but rounding left {digits:.0f} digits: {g!r}, where the truth "
                f"is {float(exact.number):.6g}{self.loss()}"
            )

    def loss(self) -> str:
        """The end of a message: the node at which rounding cost most digits; "" if it cost few."""
        numbers: dict[Any, Any] = {x: mpmath.mpf(x.data) for x in self.order if not x.op}
        for node in self.nodes:
            assert node.op is not None
            numbers[node] = truth.value(node.op, [numbers.get(x, x) for x in node.operands]).number
        errors = {
            x: float(abs(y - x.data) / abs(y)) if y and mpmath.isfinite(y) else 0.0
            for x, y in numbers.items()
        }
        growth = {
            x: errors[x] / max([2.0**-53, *(errors[p] for p in x.parents)]) for x in self.nodes
        }
        node = max(growth, key=growth.__getitem__, default=None)
        if node is None or growth[node] < 100:
            return ""
        return f"; digits are lost at {self.written(node)}"


def alone(
    row: Primitive, xs: Sequence[float], names: Sequence[str] = (), called: str = "y"
) -> Recorded:
    """The graph of this row alone, a function of the operands that it is differentiated by.

    Args:
        row: The row.
        xs: All of its operands.
        names: The names of all of its operands. Default: those in the table.
        called: The name of its result.
    """
    names = names or operand_names(row, len(xs))
    places = [i for i in range(len(xs)) if not is_static(row, i)]

    def flat(moved: Sequence[Any]) -> list[Any]:
        operands = list(xs)
        for i, x in zip(places, moved, strict=True):
            operands[i] = x
        return [row(*row.arrange(operands))]

    return Recorded(flat, [xs[i] for i in places], [names[i] for i in places], lambda _: [called])


def _slopes(node: Value) -> list[tuple[Value, Settled]]:
    """A node's parents with its true partials."""
    row, xs = node.op, operands(node)
    assert row is not None
    true = slopes(row, xs)
    return [
        (x, true[i] if true else truth.slope(row, xs, i))
        for i, x in enumerate(node.operands)
        if isinstance(x, Value) and not is_static(row, i)
    ]


def operands(node: Value) -> tuple[float, ...]:
    """The numbers that a node was computed from."""
    return tuple(x.data if isinstance(x, Value) else x for x in node.operands)


def partials(node: Value) -> list[float | None]:
    """A node's partial by each operand; None for a constant."""
    found = iter(node.partials)
    return [next(found) if isinstance(x, Value) else None for x in node.operands]


def beside(row: Primitive, xs: Sequence[float]) -> Finding | None:
    """What is wrong with the row a little beside these operands; None if nothing, or undefined."""
    for step in (0.125, -0.125):
        moved: Any = tuple(
            x if is_static(row, i) else x + step * (i + 1) * (1 + abs(x)) for i, x in enumerate(xs)
        )
        try:
            if row.vectors or moved in row.domain:
                finding = examine(row, moved)
                note = "right at the operands given, but not at these beside them"
                return finding._replace(note=note) if finding else None
        except (ValueError, ArithmeticError, Inconclusive):
            continue
    return None

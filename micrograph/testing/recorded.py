"""A function recorded on Values at a point: each node's own partials, and the derivatives of all.

The truth comes from the textbook definitions of the nodes, run on balls (``steps``).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from operator import mul
from time import monotonic
from typing import Any

from ..core import Primitive
from ..engine.joint import Joint
from ..engine.reading import edges, names, topological
from ..engine.sweep import reverse
from ..engine.value import Value
from ..namespaces.floats import FLOAT
from ..namespaces.text import Text, formula, linear
from ..transforms.run import while_live
from .call import FLOAT64, floats
from .differences import Differences
from .judge import UNKNOWN, Kinks, Truth
from .points import beside, weights
from .report import GradientError, Inconclusive, operand_names, wrong
from .rounding import Rounding
from .rule import examine
from .steps import Steps
from .steps import partials as true_partials
from .truth import ZERO, is_opaque, same, sided

SECONDS = 20.0
"""A check of a recorded function takes no further precision after this time."""

ALIKE = 2.0**-20
"""Numbers on two sides of a point are the same if they differ by less, relatively."""

BESIDE = 2.0**-44
"""How far beside the point f is looked at for other branches: beyond the reach of rounding."""

WAYS = 8
"""Branches are looked for along so many lines through the point. For a mixed second derivative all
that are met must agree."""

RIGHT = "every node's own partials are right"


class Recorded:
    """A function of floats, recorded at a point.

    Args:
        flat: The function, from a list of numbers to a list of numbers.
        point: The numbers at which it is recorded.
        inputs: Their names.
        outputs: The names of n results, as a function of n.
        epsilon: The relative precision of the floats that the given derivatives are made of.
    """

    def __init__(
        self,
        flat: Callable[[Sequence[Any]], list[Any]],
        point: Sequence[float],
        inputs: Sequence[str],
        outputs: Callable[[int], Sequence[str]],
        epsilon: float = FLOAT64,
    ) -> None:
        self.flat, self.point, self.inputs = flat, list(point), list(inputs)
        self.leaves = [Value(x, name) for x, name in zip(point, inputs, strict=True)]
        self.results = while_live(self.leaves, lambda: flat(self.leaves))  # float(v) is refused
        self.values = floats(self.results)
        self.outputs = list(outputs(len(self.results)))
        self.order = topological(*(y for y in self.results if isinstance(y, Value)))
        self.called = names(self.order)
        self.nodes = [node for node in self.order if node.op]
        self.opaque = sorted({x.op.name for x in self.nodes if x.op and is_opaque(x.op)})
        self.held = not any(isinstance(x.op, Joint) for x in self.nodes)
        """Whether the record can be evaluated at other numbers: no node is of code alone."""
        self.rounding = Rounding(self, epsilon)
        self._sweeps = cache(self._swept)
        self._sides = cache(self._two_sides)
        self.steps = Steps(self.leaves, self.results, monotonic() + SECONDS)

    # The nodes

    def examine(self, kinks: Kinks) -> None:
        """Compare every node's own partials with the truth. Raises GradientError, Inconclusive.

        A rule may be right at one point alone, so each row is tried a little beside it, too.
        """
        tried = set()
        for node in self.nodes:
            row, xs = node.op, operands(node)
            assert row is not None
            said: dict[str, Any] = {"called": self.called[node], "names": self.operand_names(node)}
            examine(row, xs, node.data, partials(node), kinks, **said)
            if row not in tried:
                tried.add(row)
                _examine_beside(row, xs, said)

    def operand_names(self, node: Value) -> list[str]:
        """The names of a node's operands. The name of a constant is its number."""
        return [self.called[x] if isinstance(x, Value) else repr(x) for x in node.operands]

    def written(self, node: Value) -> str:
        """A node with its formula: ``u = b·c``."""
        assert node.op is not None
        shown = [Text(name) for name in self.operand_names(node)]
        return f"{self.called[node]} = {formula(node.op, shown)}"

    @cached_property
    def kinked(self) -> list[Value]:
        """The nodes whose operands are floats at which their row states a kink."""
        found = []
        for node in self.nodes:
            row = node.op
            if row and row.kink and row.kink(FLOAT, *row.arrange(operands(node))) == 0:
                found.append(node)
        return found

    # The whole

    @cached_property
    def gradients(self) -> list[list[Truth]]:
        """The true ∂y_j/∂x_i. Where f takes another branch beside the point, both slopes."""
        found = self.steps.gradients()
        for i in range(len(self.point)) if self.branched else ():
            for j, row in enumerate(found):
                slope = self._across(j, i, 1)
                slope = slope if slope.known else self._differences.first(i)[j]
                row[i] = slope._replace(tied=True)
        return found

    def _across(self, j: int, i: int, order: int) -> Truth:
        """The derivative of y_j by x_i, of any order, by the steps that f takes on each side."""
        below, above = self._sides(i)

        def along(s: Any) -> Any:
            way = s[0] + s[1] + s[2]  # 0 for the point itself
            steps = self.steps if way == 0 else above if way > 0 else below
            return steps.along({i: 1}, s)[j]  # type: ignore[union-attr]  # neither is None

        both = below and above
        return sided(along, order, self.steps.until, ALIKE)[1] if both else UNKNOWN

    @cached_property
    def branched(self) -> bool:
        """Whether f takes other steps right beside the point. A Python ``if`` leaves no node."""
        parts = weights(len(self.point))
        mixed = [w if i % 2 else -w for i, w in enumerate(parts)]
        more = [self._beside(mixed), self._beside([-w for w in mixed])] if len(mixed) > 1 else []
        sides = [*self._all_around, *more]
        return not self.frozen and any(s and s.taken != self.steps.taken for s in sides)

    @cached_property
    def frozen(self) -> bool:
        """Whether constants of the record move with the inputs: f reads numbers out of Values."""
        three = [self.steps, *self._all_around]
        if None in three or len({repr(s.shape) for s in three if s}) > 1:
            return False
        return len({repr(s.taken) for s in three if s}) == 3

    @cached_property
    def _all_around(self) -> list[Steps | None]:
        """The steps that f takes if all inputs are a little less, or more.

        Each moves by another part of itself, so that equal inputs do not stay equal.
        """
        parts = weights(len(self.point))
        return [self._beside([side * w for w in parts]) for side in (-1, 1)]

    def _two_sides(self, i: int) -> list[Steps | None]:
        """The steps that f takes if one input is a little less, or more."""
        n = len(self.point)
        return [self._beside([side * (i == k) for k in range(n)]) for side in (-1, 1)]

    def _beside(self, way: Sequence[float]) -> Steps | None:
        """The steps that f takes a little beside the point, along this way.

        None if f is undefined there, or the time is over.
        """
        pairs = zip(self.point, way, strict=True)
        moved = [x + w * BESIDE * (abs(x) or 1.0) for x, w in pairs]
        leaves = [Value(x) for x in moved]
        if monotonic() > self.steps.until:
            return None
        try:
            results = while_live(leaves, lambda: self.flat(leaves))
            return Steps(leaves, results, self.steps.until, self.point)
        except Exception:  # beside the point f may be undefined, and say so as it likes
            return None

    @cached_property
    def _differences(self) -> Differences:
        return Differences(self._computed, self.point)

    def _computed(self, xs: Sequence[float]) -> list[float]:
        leaves = [Value(x) for x in xs]
        return floats(while_live(leaves, lambda: self.flat(leaves)))

    @cached_property
    def _hessians(self) -> list[dict[tuple[int, int], Truth]]:
        return self.steps.hessians()

    def exact(self, j: int, by: Sequence[int]) -> Truth:
        """The true derivative of y_j by these inputs: ∂²y_j/∂x_i∂x_k by (i, k)."""
        if self.branched:
            across = self._second_across(j, *by) if len(by) == 2 else UNKNOWN
            return across._replace(tied=True)
        if self.opaque:
            return self._differences.second(by[0], by[1])[j]
        if len(by) == 2:
            found = self._hessians
            return found[j].get((min(by), max(by)), ZERO) if found else UNKNOWN
        return self.steps.mixed(j, by)

    def _second_across(self, j: int, i: int, k: int) -> Truth:
        """∂²y_j/∂x_i∂x_k where f takes other branches: by their steps, or else by differences.

        If i = k, both second derivatives if the two sides of the point differ.
        """
        found = self._across(j, i, 2) if i == k else self._shared(j, i, k)
        return found if found.known else self._differences.second(i, k)[j]

    def _shared(self, j: int, i: int, k: int) -> Truth:
        """∂²y_j/∂x_i∂x_k if it is the same in all branches, and f and its slopes are, too."""
        told = [
            [values[j], first[j][i], first[j][k], second[j].get((min(i, k), max(i, k)), ZERO)]
            for values, first, second in self._branches
        ]
        pairs = (pair for branch in told for pair in zip(branch, told[0], strict=True))
        alike = told and all(x.known and same(x, y, ALIKE) for x, y in pairs)
        return told[0][-1] if alike else UNKNOWN

    @cached_property
    def _branches(self) -> list[Any]:
        """The values, gradients and Hessians at the point of all branches around; [] if unknown."""
        chance, found = random.Random(0), []
        for _ in range(WAYS):
            way = [chance.gauss(0, 1) for _ in self.point]
            found += [self._beside(way), self._beside([-d for d in way])]
        told = []
        for steps in {repr(steps and steps.taken): steps for steps in found}.values():
            told.append((steps.values(), steps.gradients(), steps.hessians()) if steps else ())
            if not told[-1] or not all(told[-1]) or monotonic() > self.steps.until:
                return []
        return told

    def kink(self, name: str, got: float, exact: Truth, note: str) -> GradientError:
        """The error for a derivative at a kink, with the nodes that are at theirs."""
        error = wrong("kink", name, got, exact, note=note)
        if self.kinked:
            node = self.kinked[0]
            error.node, error.row, error.graph = self.called[node], node.op, node
            written = ", ".join(map(self.written, self.kinked))
            error.args = (f"{error}\n  kinks      {written}",)
        return error

    @cached_property
    def slopes(self) -> dict[Value, list[tuple[Value, float]]]:
        """For each node its parents, each with the true partial at the recorded operands."""
        found = {}
        for node in self.nodes:
            assert node.op is not None
            true = true_partials(node.op, operands(node))
            pairs = zip(node.operands, true, strict=True)
            found[node] = [(x, t.number) for x, t in pairs if isinstance(x, Value) and t.number]
        return found

    def swept(self, j: int, i: int) -> tuple[float, float]:
        """∂y_j/∂x_i swept over the true partials at the record's floats, and over its own partials.

        The own partials have been examined. They differ from the true ones where a row is so steep
        that floats can't tell.
        """
        true, own = self._sweeps(j)
        leaf = self.leaves[i]
        return true.get(leaf, 0.0), own.get(leaf, 0.0)

    def _swept(self, j: int) -> tuple[dict[Value, float], dict[Value, float]]:
        root = self.results[j]
        if not isinstance(root, Value):
            return {}, {}
        true = reverse(self.order, {root: 1.0}, lambda x: self.slopes.get(x, ()), mul)
        return true, reverse(self.order, {root: 1.0}, edges, FLOAT.azmul)

    def loss(self) -> str:
        """The end of a message: the node whose operands cancel most; "" if none cancel."""
        most, found = 1e3, ""
        for node in self.nodes:
            size = max(map(abs, operands(node)), default=0.0)
            if node.op and linear(node.op) and size > most * abs(node.data):
                most, found = size / (abs(node.data) or 1e-300), self.written(node)
        return f"; digits are lost at {found}" if found else ""


def operands(node: Value) -> list[float]:
    """The numbers of a node's operands."""
    return [x.data if isinstance(x, Value) else x for x in node.operands]


def partials(node: Value) -> list[float | None]:
    """A node's own partials for its operands; None for a constant."""
    own = iter(node.partials)
    return [next(own) if isinstance(x, Value) else None for x in node.operands]


def alone(row: Primitive, xs: Sequence[float], names: Sequence[str] = (), y: str = "y") -> Recorded:
    """The row recorded by itself at these operands. Static ones stay plain numbers."""
    moving = [i for i in range(len(xs)) if row.slope_in(i)]
    called = list(names) or operand_names(row, len(xs))

    def flat(inputs: Sequence[Any]) -> list[Any]:
        given = list(xs)
        for i, x in zip(moving, inputs, strict=True):
            given[i] = x
        return [row(*row.arrange(given))]

    return Recorded(flat, [xs[i] for i in moving], [called[i] for i in moving], lambda n: [y])


def _examine_beside(row: Primitive, xs: Sequence[float], said: dict[str, Any]) -> None:
    """Compare the row a little beside these operands. Raises GradientError."""
    for side in (1, -1):
        pairs = enumerate(zip(xs, beside(xs, side), strict=True))
        moved: Any = tuple(y if row.slope_in(i) else x for i, (x, y) in pairs)
        try:
            if row.vectors or moved in row.domain:
                note = "right at the operands given, but not at these"
                examine(row, moved, note=note, **said)
                return
        except (ValueError, ArithmeticError, Inconclusive):
            continue  # there the row overflows, or nothing can be told

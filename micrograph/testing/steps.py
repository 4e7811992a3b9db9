"""A recorded function as a list of steps that balls run: its certified derivatives.

The gradient is one reverse sweep over the steps' local partials, and the Hessian n sweeps over
their local second partials, all of them balls. If a step is at a kink, or has an infinite slope,
the derivatives by the inputs below it are found along their own directions instead, from both
sides. A row of vectors is replaced by the steps of its definition, so its cost grows with its
length and not with the square.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations
from time import monotonic
from typing import Any, NamedTuple

from ..core import TABLE, Primitive
from ..engine.recording import VALUE
from ..engine.sweep import topological
from ..engine.value import Value
from ..namespaces.ball import BALL
from ..namespaces.series import NAN, Ball, Undecided, arb, arb_series, at_precision, ball, ctx, met
from . import truth
from .judge import UNKNOWN, Truth
from .truth import ALIKE, Arb, Local, climb, sided

APART = 2.0**-20
"""Local partials at the floats of the record, and at the true numbers, that are further apart than
this part of themselves lie on two sides of a kink: rounding has crossed it."""

Slot = int
Operand = int | float
"""A slot, the number of an earlier step or input; or a float, a constant."""


WAYS = ((1, 0), (0, 1), (1, 1), (1, -1), (1, 2), (1, -2), (2, 1), (2, -1))
"""Along which sums of two inputs a function is looked at. If it has kinks where both are equal or
opposite, the last four ways lie beside these."""


class Step(NamedTuple):
    """One operation.

    Attributes:
        row: The row.
        operands: Its operands.
        moving: The positions of the operands that are slots.
        floats: The floats that the operands were when recorded, if the row has kinks or is opaque.
        zero: Whether it is a difference of equal numbers. No precision would tell these apart.
    """

    row: Primitive
    operands: tuple[Operand, ...]
    moving: list[int]
    floats: Any
    zero: bool = False


class Steps:
    """The steps that lead from inputs to results.

    Args:
        leaves: The inputs. Other leaves are constants.
        results: Values, or floats if a result does not depend on the inputs.
        until: The time (``time.monotonic``) after which no higher precision is tried.
        point: Other numbers for the inputs at which the steps are run.
    """

    def __init__(
        self,
        leaves: Sequence[Value],
        results: Sequence[Any],
        until: float = math.inf,
        point: Sequence[float] = (),
    ) -> None:
        self.n, self.until, self.certified = len(leaves), until, True
        self.steps: list[Step] = []
        self.point = list(point) or [leaf.data for leaf in leaves]
        self._slots: dict[Any, Slot] = {}  # by row and operands: none is computed twice
        self._keys: dict[Any, Any] = {}  # of slots, and of rows with the keys of their operands
        slots = self._record(results, {leaf: i for i, leaf in enumerate(leaves)}, True)
        self.roots = [slots[y] if isinstance(y, Value) else float(y) for y in results]
        self._kept: dict[Any, tuple[list[Any], bool, bool]] = {}
        self._still: dict[tuple[int, int], dict[Slot, Ball]] = {}
        self._curvature = cache(self._second_along)
        self.special: set[Slot] = set()  # steps at a kink or with an infinite slope
        self.crossed: set[Slot] = set()  # steps that rounding put on the other side of a kink

    def _record(
        self, results: Sequence[Any], slots: dict[Value, Operand], given: bool
    ) -> dict[Value, Operand]:
        for node in topological(*(y for y in results if isinstance(y, Value))):
            if node in slots:
                continue
            row = node.op
            if row is None:
                slots[node] = node.data
                continue
            xs: list[Operand] = [
                slots[x] if isinstance(x, Value) else float(x) for x in node.operands
            ]
            if row.vectors and row.definition:
                slots[node] = self._expanded(row, xs)
                continue
            opaque = truth.is_opaque(row)
            self.certified &= not opaque
            floats = None
            if given and (row.kink or not row.dense or opaque):
                floats = [x.data if isinstance(x, Value) else x for x in node.operands]
            equal = len(xs) == 2 and row.name in EQUAL and self._key(xs[0]) == self._key(xs[1])
            slots[node] = EQUAL[row.name](self, row, *xs) if equal else self._add(row, xs, floats)
        return slots

    def _expanded(self, row: Primitive, operands: Sequence[Operand]) -> Operand:
        """The slot of a row of vectors, as steps of its definition. It is recorded anywhere."""
        n = len(operands)
        leaves = [Value(0.5 + 0.25 * i / n) for i in range(n)]
        y = row.definition(VALUE, *row.arrange(leaves))  # type: ignore[misc]  # it has one
        slots = self._record([y], dict(zip(leaves, operands, strict=True)), False)
        return slots[y] if isinstance(y, Value) else float(y)

    def _add(
        self, row: Primitive, xs: Sequence[Operand], floats: Any = None, zero: bool = False
    ) -> Slot:
        called = (row, zero, *(x if type(x) is int else repr(x) for x in xs))
        if called not in self._slots:
            moving = [i for i, x in enumerate(xs) if type(x) is int]
            self.steps.append(Step(row, tuple(xs), moving, floats, zero))
            self._slots[called] = slot = self.n + len(self.steps) - 1
            self._keys[slot] = self._keys.setdefault((row, *map(self._key, xs)), ("slot", slot))
        return self._slots[called]

    def _key(self, x: Operand) -> Any:
        """The same for equal numbers: the number, or the first slot that was computed alike."""
        if type(x) is not int:
            return "number", x
        return ("number", self.point[x]) if x < self.n else self._keys[x]

    # Rows of two equal numbers

    def _difference(self, row: Primitive, a: Operand, b: Operand) -> Operand:
        """The slot of a − b, whose value is 0; the float 0 if both are one slot."""
        return 0.0 if _is_same(a, b) else self._add(SUB, (a, b), zero=True)

    def _extreme(self, row: Primitive, a: Operand, b: Operand) -> Operand:
        """The larger or smaller of two, chosen by the sign of their difference."""
        d = self._difference(row, *((b, a) if row.name == "maximum" else (a, b)))
        taken = self._add(TABLE["gt"], (d, 0.0), [0.0, 0.0])
        slot = self._add(TABLE["where"], (taken, b, a))
        self._keys[slot] = self._key(a)
        return slot

    def _compared(self, row: Primitive, a: Operand, b: Operand) -> Operand:
        """A comparison of two as one of their difference with 0."""
        d = self._difference(row, a, b)
        return self._add(row, (d, 0.0), [0.0, 0.0])

    # Balls

    def _forward(self, order: int) -> tuple[list[Arb], list[Local]]:
        """The ball of every slot, and the local derivatives of every step."""
        self.special, self.crossed = set(), set()
        numbers = [arb(x) for x in self.point]
        found = []
        flat: set[Operand] = set()  # slots whose derivatives are 0, but for kinks of their own
        for step in self.steps:
            step = step._replace(moving=[i for i in step.moving if step.operands[i] not in flat])
            xs = [numbers[x] if type(x) is int else arb(x) for x in step.operands]
            one = self._local(step, xs, order)
            slot = len(numbers)
            if one.tied or not all(d.is_finite() for d in one.first.values()):
                self.special.add(slot)
            elif step.floats and not truth.is_opaque(step.row) and self._crossed(step, xs, one):
                self.crossed.add(slot)
            constant = step.row.choice and all(map(arb.is_zero, one.first.values()))
            if constant or step.row.step or not step.moving:
                flat.add(slot)
            numbers.append(arb(0) if step.zero else one.value)
            found.append(one)
        return numbers, found

    def _local(self, step: Step, xs: Sequence[Arb], order: int) -> Local:
        if not truth.is_opaque(step.row):
            return truth.local(step.row, xs, step.moving, order)
        true = truth.numbers(step.row, step.floats, step.moving)
        first = {i: _ball_of(true[i]) for i in step.moving}
        second = {(i, k): NAN for i in first for k in first} if order > 1 else {}
        return Local(arb(true[None].number), first, second)

    def _crossed(self, step: Step, xs: Sequence[Arb], exact: Local) -> bool:
        """Whether rounding has put the record on another side of a kink, or of a jump.

        Then a slope, or the value, moves by more than its own derivatives say, and by much.
        """
        given = self._local(step, list(map(arb, step.floats)), 1)
        if given.tied:
            return True
        moves = {i: abs(xs[i] - step.floats[i]) for i in step.moving}
        steep = {i: abs(d) + abs(given.first[i]) for i, d in exact.first.items()}
        if _apart(exact.value, given.value, _reach(steep, moves)):
            return True
        apart = [i for i, d in exact.first.items() if _apart(d, given.first[i])]
        if not apart:
            return False
        bent = at_precision(ctx.prec, 3, lambda: truth.local(step.row, xs, step.moving, 2)).second
        slopes = ((i, {k: bent.get((i, k), arb(0)) for k in moves}) for i in apart)
        return any(_apart(exact.first[i], given.first[i], _reach(d, moves)) for i, d in slopes)

    def _reverse(self, found: Sequence[Local], root: Operand) -> dict[Operand, Arb]:
        adjoint: dict[Operand, Arb] = {root: arb(1)} if type(root) is int else {}
        for k in reversed(range(len(found))):
            g = adjoint.get(self.n + k)
            if g is not None:
                operands = self.steps[k].operands
                for i, d in found[k].first.items():
                    _add(adjoint, operands[i], g * d)
        return adjoint

    # Derivatives

    def values(self) -> list[Truth]:
        """Every y_j; none if nothing could be decided."""
        return climb(lambda: [s[0] for s in self.along({}, arb_series([0]))], 1, self.until).numbers

    def gradients(self) -> list[list[Truth]]:
        """∂y_j/∂x_i for every output j and input i.

        Cost:
            One evaluation of the local partials, and a reverse sweep for each output; and two
            evaluations of the steps for each input that leads to a kink.
        """

        def swept() -> Iterator[Arb]:
            _, found = self._forward(1)
            below = self._leading_to(self.special | self.crossed)
            for root in self.roots:
                adjoint = self._reverse(found, root)
                yield from (arb(0) if i in below else adjoint.get(i, arb(0)) for i in range(self.n))

        numbers = climb(swept, 2, self.until, self.certified).numbers
        numbers = numbers or [UNKNOWN] * self.n * len(self.roots)
        kinked, crossed = map(self._leading_to, (self.special, self.crossed))
        found = [numbers[j * self.n : (j + 1) * self.n] for j in range(len(self.roots))]
        for j, row in enumerate(found):
            for i in kinked - crossed:
                row[i] = self.slope(j, i)
            for i in crossed:
                row[i] = UNKNOWN
        return found

    @property
    def taken(self) -> list[Any]:
        """Which operations lead to the results, with their constants."""
        found: list[Any] = [(step.row, list(map(repr, step.operands))) for step in self.steps]
        return [*found, list(map(repr, self.roots))]

    @property
    def shape(self) -> list[Any]:
        """The same without the constants."""
        return [(s.row, [x if type(x) is int else None for x in s.operands]) for s in self.steps]

    def _leading_to(self, slots: set[Slot]) -> set[Slot]:
        """The inputs from which any of these steps can be reached."""
        wanted = set(slots)
        for k in reversed(range(len(self.steps))):
            if self.n + k in wanted:
                wanted.update(x for x in self.steps[k].operands if type(x) is int)
        return {i for i in wanted if i < self.n}

    def hessians(self) -> list[dict[tuple[int, int], Truth]]:
        """∂²y_j/∂x_i∂x_k for every output j, by (i, k) with i ≤ k. What is left out is 0.

        Cost:
            One evaluation of the local first and second partials; for each output and input, a
            forward and a reverse sweep over the steps that the input leads to.
        """
        places: list[list[tuple[int, int]]] = []
        kinked: set[Slot] = set()

        def swept() -> Iterator[Arb]:
            places.clear()
            kinked.clear()
            _, found = self._forward(2)
            kinked.update(self._leading_to(self.special | self.crossed))
            for root in self.roots:
                adjoint = self._reverse(found, root)
                places.append([])
                for i in range(self.n):
                    row = self._second(found, adjoint, i)
                    for k in range(i, self.n):
                        at_kink = bool(kinked & {i, k})
                        if at_kink or k in row:
                            places[-1].append((i, k))
                            yield arb(0) if at_kink else row[k]

        settled = climb(swept, 3, self.until).numbers
        if not settled and any(places):
            return []
        numbers = iter(settled)
        found = [{pair: next(numbers, UNKNOWN) for pair in pairs} for pairs in places]
        crossed = self._leading_to(self.crossed)
        for j, second in enumerate(found):
            for i, k in second:
                if kinked & {i, k}:
                    told = UNKNOWN if crossed & {i, k} else self._bend(j, i, k)
                    second[i, k] = told._replace(tied=True)
        return found

    def _second(
        self, found: Sequence[Local], adjoint: dict[Operand, Arb], i: int
    ) -> dict[Operand, Arb]:
        """The i-th row of a Hessian: the tangent of the adjoints, forward over reverse."""
        tangent: dict[Operand, Arb] = {i: arb(1)}
        touched = []
        for k, step in enumerate(self.steps):
            t = None
            for place, d in found[k].first.items():
                x = step.operands[place]
                if x in tangent:
                    t = tangent[x] * d if t is None else t + tangent[x] * d
            if t is not None:
                tangent[self.n + k] = t
                touched.append(k)
        bent: dict[Operand, Arb] = {}
        least = touched[0] if touched else 0
        for k in reversed(range(len(self.steps))):
            operands, slot = self.steps[k].operands, self.n + k
            if slot in bent:
                for place, d in found[k].first.items():
                    _add(bent, operands[place], bent[slot] * d)
            if k >= least and slot in adjoint and slot in tangent:
                for (a, b), d in found[k].second.items():
                    if operands[b] in tangent:
                        _add(bent, operands[a], adjoint[slot] * d * tangent[operands[b]])
        return bent

    def slope(self, j: int, i: int) -> Truth:
        """∂y_j/∂x_i by a series in x_i alone; both slopes at a kink."""
        return sided(lambda s: self.along({i: 1}, s)[j], 1, self.until)[1]

    def _bend(self, j: int, i: int, k: int) -> Truth:
        """∂²y_j/∂x_i∂x_k at a kink on the way, if no slope jumps there; both if it has a kink.

        A mixed one is found along the sum and the difference of the inputs. If it exists, second
        derivatives along other ways are those of a quadratic form.
        """
        if monotonic() > self.until:
            return UNKNOWN
        if i == k:
            return self._curvature(j, ((i, 1),))
        found = []
        for u, v in WAYS:
            found.append(self._curvature(j, tuple((x, d) for x, d in ((i, u), (k, v)) if d)))
            if found[-1].sides or not math.isfinite(found[-1].number):
                return UNKNOWN
        numbers = [Fraction(t.number) + Fraction(t.rest) for t in found]
        a, b, up, down = numbers[:4]
        mixed, error = (up - down) / 4, math.fsum(t.error for t in found)
        slack = ALIKE * (abs(a) + abs(b) + abs(mixed)) + 8 * error
        for (u, v), number in zip(WAYS, numbers, strict=True):
            if abs(a * u * u + 2 * mixed * u * v + b * v * v - number) > slack:
                return UNKNOWN
        return Truth(float(mixed), float(mixed - Fraction(float(mixed))), error)

    def _second_along(self, j: int, way: tuple[tuple[int, int], ...]) -> Truth:
        """The second derivative along a way; UNKNOWN if f or its slope jumps."""
        found = sided(lambda s: self.along(dict(way), s)[j], 2, self.until)[1]
        return UNKNOWN if found.jump else found

    def along(self, way: Mapping[int, int], s: Any) -> list[Any]:
        """The results as series, if the inputs are x + s·way. s may be a small number, too."""
        if (ctx.prec, ctx.cap) not in self._still:
            here = {i: ball(x) for i, x in enumerate(self.point)}
            self._still[ctx.prec, ctx.cap] = self._run({}, here, True)
        still = self._still[ctx.prec, ctx.cap]
        moved = {i: Ball(self.point[i] + d * s) for i, d in way.items() if d}
        numbers = self._run(still, moved, s[0].is_zero())
        numbers = {**still, **numbers}
        return [(numbers[y] if type(y) is int else ball(y)).series for y in self.roots]

    def _run(
        self, still: Mapping[Slot, Ball], moved: dict[Slot, Ball], here: bool
    ) -> dict[Slot, Ball]:
        """The numbers of all steps that depend on one that moved. The others keep theirs.

        ``here`` says that series begin at the point: there a difference of equal numbers is 0.
        """
        for slot, step in enumerate(self.steps, self.n):
            if still and not any(x in moved for x in step.operands if type(x) is int):
                continue
            if truth.is_opaque(step.row):
                raise Undecided
            xs = [
                (moved[x] if x in moved else still[x]) if type(x) is int else ball(x)
                for x in step.operands
            ]
            y = ball(BALL.value(step.row, xs))
            if step.zero and here:
                s = y.series
                y = Ball(arb_series([arb(0), *(s[k] for k in range(1, s.prec))], s.prec))
            moved[slot] = ball(y.series[0]) if step.row.name == "stop_gradient" else y
        return moved

    def mixed(self, j: int, by: Sequence[int]) -> Truth:
        """∂ᵏy_j by the inputs ``by``, of any order k, from derivatives along sums of directions.

        The polarization identity: k!·∂ᵏy/∂x_1…∂x_k = Σ ± Dᵏ along the sum of each subset. The
        series along a direction are kept, since many derivatives share them.
        """
        order = len(by)

        def along(way: Counter[int]) -> Arb:
            key = tuple(sorted(way.items())), ctx.prec, ctx.cap
            if key not in self._kept:
                before = met.tie, met.zero
                met.tie = met.zero = False
                self._kept[key] = self.along(way, arb_series([0, 1])), met.tie, met.zero
                met.tie, met.zero = before
            series, tied, zero = self._kept[key]
            met.tie |= tied
            met.zero |= zero
            return series[j][order] if order < series[j].prec else NAN

        def terms() -> list[Arb]:
            total = arb(0)
            for size in range(1, order + 1):
                for chosen in combinations(by, size):
                    total += (-1) ** (order - size) * along(Counter(chosen))
            return [total]

        found = climb(terms, order + 1, self.until)
        if found.tied or not found.numbers:
            return UNKNOWN._replace(tied=found.tied)
        return found.numbers[0]


SUB = TABLE["sub"]

EQUAL: dict[str, Callable[[Steps, Primitive, Operand, Operand], Operand]] = {
    "sub": Steps._difference,
    **dict.fromkeys(("maximum", "minimum"), Steps._extreme),
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), Steps._compared),
}
"""How a row of two equal numbers is recorded."""


def exact(row: Primitive, xs: Sequence[float]) -> dict[int | None, Truth]:
    """∂row/∂x_i for every operand, and the value, under None. For an opaque row, estimated."""
    found: dict[int | None, Truth] = dict.fromkeys(range(len(xs)), truth.ZERO)
    if not row.vectors:
        moving = [i for i in range(len(xs)) if row.slope_in(i)]
        return found | truth.numbers(row, xs, moving)
    leaves = [Value(x) for x in xs]
    slopes = Steps(leaves, [row(*row.arrange(leaves))]).gradients()[0]
    found[None] = truth.value(row, xs)
    return found | dict(enumerate(slopes))


def partials(row: Primitive, xs: Sequence[float]) -> list[Truth]:
    """∂row/∂x_i for every operand. For an opaque row, estimated by differences."""
    found = exact(row, xs)
    return [found[i] for i in range(len(xs))]


def _is_same(a: Operand, b: Operand) -> bool:
    return type(a) is type(b) and a == b


def _add(sums: dict[Operand, Arb], slot: Operand, term: Arb) -> None:
    if type(slot) is int:
        sums[slot] = sums[slot] + term if slot in sums else term


def _ball_of(t: Truth) -> Arb:
    """An estimate as a ball; at a kink one that holds both slopes."""
    if t.sides:
        return arb(sum(t.sides) / 2, abs(t.sides[0] - t.sides[1]) / 2 + t.error)
    return arb(t.number, t.error)


def _reach(slopes: Mapping[int, Arb], moves: Mapping[int, Arb]) -> Arb:
    """How far such moves may take a number with these slopes, twice over."""
    return 2 * sum((abs(d) * moves[i] for i, d in slopes.items()), arb(0))


def _apart(a: Arb, b: Arb, slack: Any = 0) -> bool:
    """Whether two balls are certainly further apart than rounding of floats makes them."""
    size = max(abs(a).upper(), abs(b).upper())
    return bool(abs(a - b).lower() > size * APART + slack)

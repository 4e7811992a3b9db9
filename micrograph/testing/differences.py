"""Derivatives of a black-box function by differences of its values, with bounds of their errors.

Quotients of differences are taken at steps that span many powers of ten. Three neighbouring steps
give two extrapolations to a step of 0 (Richardson 1911, Phil. Trans. A 210:307). How far the two
differ tells how far off they may be. A shorter step is nearer to the truth, but for noise. So an
extrapolation that quotients at shorter steps contradict is off by as much as they say.
"""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from .judge import Truth
from .nearby import CLOSE, FEW, MANY, STAIR, Nearby

Node = tuple[float, float, float]
"""A step h, and what belongs to x − h and to x + h."""


OFTEN = 2.0**32
"""A slope that would take f through its range so often on the way to 0 is not believed."""

FINE = 2.0**-13
"""If a second derivative may be off by more, relatively, steps that lie closer are taken.

Not so if it can't be told from 0: most are 0, and then it suffices that others are larger."""

DIGITS = 12
"""Numbers that are no decimals are as long as this one time in a thousand."""


def _estimate(
    number: float,
    error: float,
    sides: tuple[float, float] | None = None,
    jump: bool = False,
) -> Truth:
    """A derivative found by differences: ±inf, off by inf, if the quotients grow without end."""
    return Truth(number, 0.0, error, sides, jump, certified=False)


def _is_infinite(t: Truth) -> bool:
    """Whether the quotients grow without end, on one side at least."""
    return any(map(math.isinf, t.sides or (t.number,)))


UNKNOWN = _estimate(math.nan, math.inf)


class _Quotient(NamedTuple):
    """A quotient of differences at one step, and how far off noise may take it."""

    step: float
    value: float
    noise: float


class Differences:
    """Derivatives of a function from a list of floats to a list of floats.

    Where f raises an Exception, or returns NaN, an infinity or a complex number, the point is
    outside f's domain. Steps that lead there are left out.

    Args:
        f: The function.
        point: The numbers at which the function is differentiated.
        epsilon: The relative rounding of f's inputs and outputs: 2**-52, 2**-23 or 2**-10.
        rounds: Whether the caller knows that f is noisy: steps of f are rounding then, and no
            staircase.

    Attributes:
        values: f at the point.
        noise: How far off each value near the point may be: at least a rounding.

    Raises:
        Exception: What f raises at the point.

    Cost:
        43 calls of f, up to 367 if f is not smooth or has more noise than rounding.
    """

    def __init__(
        self,
        f: Callable[[list[float]], Iterable[Any]],
        point: Sequence[float],
        *,
        epsilon: float = 2.0**-52,
        rounds: bool = False,
    ) -> None:
        self._rounds = rounds
        self._nearby = Nearby(f, point, epsilon)
        self.values, self.noise = self._nearby.values, self._nearby.noise

    def first(self, i: int) -> list[Truth]:
        """∂y_j/∂x_i for every output j.

        Cost:
            14 calls of f if long and short steps agree, else some 40 to 80.
        """
        return self._found(lambda steps: self._column(i, steps, self._slope), i)

    def second(self, i: int, k: int) -> list[Truth]:
        """∂²y_j/∂x_i∂x_k for every output j.

        Cost:
            If i = k, the calls of ``first``, which are shared; else 28, or some 80 to 200. If noise
            leaves few digits, up to 600.
        """
        if i == k:
            return self._found(lambda steps: self._column(i, steps, self._bend), i, i)
        return self._found(lambda steps: self._mixed(i, k, steps), i, k)

    def _found(self, estimates: Callable[[int], list[Truth]], *inputs: int) -> list[Truth]:
        """The estimates from a few steps, or from many if the few don't agree.

        Noise costs a second derivative the more digits the shorter the step. Then it takes steps
        that lie closer together, so that three of them are long enough.
        """
        size = math.prod(abs(self._nearby.point[i]) or 1.0 for i in inputs)
        found, more = estimates(FEW), None
        for j, (t, noise, y) in enumerate(zip(found, self.noise, self.values, strict=True)):
            enough = max(2.0**-16 * abs(t.number), 2.0**12 * noise / max(size, 1.0))
            # More noise would hide what the shorter steps say.
            quiet = 2.0**33 * noise <= max(size * abs(t.number), abs(y))
            if not (t.number and quiet and t.error <= enough < math.inf):
                more = more or estimates(MANY)
                found[j] = more[j]
        if len(inputs) > 1 and any(
            FINE * abs(x.number) < x.error < 16 * abs(x.number) for x in found
        ):
            closer = zip(found, estimates(CLOSE), strict=True)
            found = [b if b.error < a.error < math.inf else a for a, b in closer]
        return [t._replace(error=0.0) if math.isinf(t.number) else t for t in found]

    def _column(
        self, i: int, steps: int, estimate: Callable[[int, list[Node]], Truth]
    ) -> list[Truth]:
        """What ``estimate`` makes of each output's values on both sides of the point."""
        pairs = self._nearby.steps(steps, i)
        nodes = [(h, *(self._nearby.at((i, x)) for x in ends)) for h, ends in pairs]
        found = []
        for j, noise in enumerate(self.noise):
            values = [(h, low[j], high[j]) for h, low, high in nodes]
            size = max((abs(v) for _, *ends in values for v in ends if v == v), default=0.0)
            # Noise of the function's own size is no noise: the function is too wild to be told.
            # The same holds for a function that leaps from one float to the next.
            leaps = self._nearby.jitter[j] > max(2.0**-6, 2.0 ** (6 - self._nearby.bits)) * size
            told = not size or (16 * noise < size and not leaps)
            one = estimate(j, values) if told else UNKNOWN
            stairs = one.number == 0 or noise > STAIR * abs(self.values[j])
            if self._nearby.pieces[j] or (told and stairs):
                one = self._stair_or_slope(i, j, values, size, one, estimate)
            moved = [v for _, *ends in values for v in ends if v == v and v != self.values[j]]
            far = (
                max((h for h, *_ in values), default=0.0)
                >= max(1.0, abs(self._nearby.point[i])) / 128
            )
            if far and not moved and told and math.isfinite(self.values[j]):
                one = _estimate(0.0, 2 * noise / max(h for h, *_ in values))  # nothing moves
            if _is_infinite(one) and self._nearby.point[i]:  # at 0, all steps are short
                one = self._endless(i, j, one, estimate)
            if noise > self._nearby.rounding(j) and not self._rounds:
                seen = [v for _, *ends in values for v in ends if math.isfinite(v)]
                one = one._replace(decimal=_are_decimals(seen))
            # Nobody can tell a function that oscillates so often from one that does not.
            often = OFTEN * size < abs(one.number * self._nearby.point[i]) < math.inf
            found.append(UNKNOWN if often else one)
        return found

    def _stair_or_slope(
        self,
        i: int,
        j: int,
        nodes: list[Node],
        size: float,
        one: Truth,
        estimate: Callable[[int, list[Node]], Truth],
    ) -> Truth:
        """Which estimate holds: that of the piece at the point, or that across the pieces.

        If nothing moves on the piece, it may be the step of a staircase, or f may round its result.
        A user who says that f is noisy means the latter. Else low steps leave both open.
        """
        y, noise = self.values[j], self.noise[j]
        near = self._with(self._nearby.rounding(j), estimate, j, nodes)
        moves = [
            {abs(v - y) for v in side if math.isfinite(v - y) and v != y}
            for side in list(zip(*nodes, strict=True))[1:]
        ]
        if near.number == 0 and all(moves):
            step, seen = (
                max(min(map(min, moves)), self._nearby.rounding(j)),
                not self._nearby.pieces[j],
            )
            if 16 * noise < step or not one.error < abs(one.number):
                noise, seen = step, False
                one = UNKNOWN if 16 * step >= size else self._with(step, estimate, j, nodes)
            known = one.error < math.inf
            apart = not (known and abs(one.number) <= near.error + one.error)
            unit = max(abs(self._nearby.point[i]), 1.0)
            rounded = 4 * 2.0**-self._nearby.bits * size  # of values on the way, if they cancel
            low = min(noise, step) <= max(STAIR * max(abs(y), abs(one.number) * unit), rounded)
            if low or (self._rounds and known):
                return one if self._rounds or seen or not apart else UNKNOWN
            if self._nearby.bits < 40:
                return UNKNOWN  # where terms cancel, short floats take steps as high
        elif not self._nearby.pieces[j]:
            return one
        if near.error < one.error or abs(near.number - one.number) > near.error + one.error:
            return near if near.error < one.error else UNKNOWN
        return one

    def _endless(
        self, i: int, j: int, one: Truth, estimate: Callable[[int, list[Node]], Truth]
    ) -> Truth:
        """An infinite estimate if the quotients grow down to steps of one float, else UNKNOWN.

        Some floats before the end of a domain they grow, too, but not at steps that are so short.
        """
        at, steps = self._nearby.at, self._nearby.closest(i)
        nodes = [(h, at((i, low))[j], at((i, high))[j]) for h, (low, high) in steps]
        close = estimate(j, nodes)
        same = close.sides == one.sides if one.sides else close.number == one.number
        return one if same else UNKNOWN

    def _with(
        self,
        noise: float,
        estimate: Callable[[int, list[Node]], Truth],
        j: int,
        nodes: list[Node],
    ) -> Truth:
        """The estimate if f's values have this noise."""
        self.noise[j], kept = noise, self.noise[j]
        found, self.noise[j] = estimate(j, nodes), kept
        return found

    def _slope(self, j: int, nodes: list[Node]) -> Truth:
        middle = [
            _Quotient(h, (high - low) / (2 * h), self._nearby.off(j, low, high) / h)
            for h, low, high in nodes
        ]
        return self._joined(j, nodes, middle, self._slope_beside)

    def _slope_beside(self, j: int, ends: list[tuple[float, float]]) -> Truth | None:
        """The slope through the point, or of the piece beside the point if f jumps there."""
        if len(ends) < 4:
            return None
        y, off = self.values[j], self._nearby.off
        through = [_Quotient(abs(h), (v - y) / h, 2 * off(j, v) / abs(h)) for h, v in ends]
        number, error = _limit(through, 1)
        if not error <= abs(number) < math.inf:
            pairs = [(a, b, a[0] - b[0]) for a, b in itertools.pairwise(ends)]
            beside = [
                _Quotient(abs(b), (v - w) / gap, 2 * off(j, v, w) / abs(gap))
                for (_, v), (b, w), gap in pairs
            ]
            piece, doubt = _limit(beside, 1)
            (_, v), (h, w), _ = pairs[-1]
            if abs(w - piece * h - y) > 4 * (off(j, w) + doubt * abs(h) + abs(v - w)):
                return _estimate(piece, doubt, jump=True)
        return _estimate(number, error)

    def _bend(self, j: int, nodes: list[Node]) -> Truth:
        y, off = self.values[j], self._nearby.off
        middle = [
            _Quotient(h, ((high - y) + (low - y)) / h / h, 4 * off(j, low, high) / h / h)
            for h, low, high in nodes
        ]
        return self._joined(j, nodes, middle, self._bend_beside)

    def _bend_beside(self, j: int, ends: list[tuple[float, float]]) -> Truth | None:
        y, quotients = self.values[j], []
        for (a, v), (b, w) in itertools.pairwise(ends):
            bend = 2 * ((v - y) / a - (w - y) / b) / (a - b)  # a divided difference
            noise = 8 * self._nearby.off(j, v, w) / abs(b) / abs(a - b)
            quotients.append(_Quotient(abs(b), bend, noise))
        return _estimate(*_limit(quotients, 1)) if len(quotients) > 2 else None

    def _joined(
        self,
        j: int,
        nodes: list[Node],
        middle: list[_Quotient],
        beside: Callable[[int, list[tuple[float, float]]], Truth | None],
    ) -> Truth:
        """One estimate from quotients across the point and from each side that is in the domain."""
        ends = _sides(nodes)
        left, right = (beside(j, side) for side in ends)
        if left is None or right is None:
            return left or right or UNKNOWN
        sides, doubt = (left.number, right.number), left.error + right.error
        jump, infinite = left.jump or right.jump, _is_infinite(left) or _is_infinite(right)
        if infinite and any(map(math.isnan, sides)):
            return UNKNOWN
        gap = abs(sides[0] - sides[1])
        if infinite or doubt < math.inf:
            differ = sides[0] != sides[1] if infinite else gap > 4 * doubt
            if differ or jump or infinite:
                return _estimate(sum(sides) / 2, doubt / 2, sides if differ else None, jump)
        number, error = _limit(middle, 2)
        for side, values in zip((left, right), ends, strict=True):
            # Where f hardly moves, as in the tail of tanh, noise hides what shorter steps say.
            moves = any(abs(v - self.values[j]) > 16 * self.noise[j] for _, v in values)
            if moves and side.error < error and abs(side.number - number) <= error:
                number, error = side.number, side.error
        # There may be a kink too near to be told from the point.
        return _estimate(number, max(error, gap / 2) if gap > doubt / 2 else error, jump=jump)

    def _mixed(self, i: int, k: int, steps: int) -> list[Truth]:
        """From rectangles round the point, and from those in each corner beside it.

        If the corners differ, the slope has a kink. At an edge of the domain they are all there is.
        """
        x, z = self._nearby.point[i], self._nearby.point[k]
        round_it = self._nearby.steps(steps, i, k)
        corners = [
            [(h, (x, p[s]), (z, q[t])) for h, p, q in round_it]
            for s, t in itertools.product((0, 1), (0, 1))
        ]
        found = []
        for j in range(len(self.values)):
            around = _estimate(*_limit(self._rectangles(i, k, j, round_it), 2))
            beside = [_estimate(*_limit(self._rectangles(i, k, j, way), 1)) for way in corners]
            known = sorted((t for t in beside if t.error < math.inf), key=lambda t: t.number)
            one = next((t for t in (around, *beside) if t.error < math.inf), around)
            if known:
                low, high = known[0], known[-1]
                gap, doubt = high.number - low.number, low.error + high.error
                if gap > 4 * doubt:
                    sides = low.number, high.number
                    one = _estimate(sum(sides) / 2, doubt / 2, sides)
                elif gap > doubt / 2:
                    one = one._replace(error=max(one.error, gap / 2))
            # No rectangle a float wide stands out from noise, to tell infinite from large.
            found.append(UNKNOWN if _is_infinite(one) and (x or z) else one)
        return found

    def _rectangles(self, i: int, k: int, j: int, steps: list[Any]) -> list[_Quotient]:
        quotients = []
        for h, p, q in steps:
            a, b, c, d = ys = [self._nearby.at((i, x), (k, z))[j] for x in p for z in q]
            area = (p[1] - p[0]) * (q[1] - q[0])
            noise = 4 * self._nearby.off(j, *ys) / abs(area)
            quotients.append(_Quotient(h, ((d - c) - (b - a)) / area, noise))
        return quotients


def _sides(nodes: list[Node]) -> list[list[tuple[float, float]]]:
    """Steps and values on the left and on the right, up to the first that is outside the domain."""
    sides = [(-h, low) for h, low, _ in nodes], [(h, high) for h, _, high in nodes]
    inside = (itertools.takewhile(lambda end: math.isfinite(end[1]), side[::-1]) for side in sides)
    return [list(side)[::-1] for side in inside]


def _are_decimals(values: Sequence[float]) -> bool:
    """Whether all are decimal numbers of a few digits, and not because float32 holds them all."""
    few = all(v == float(f"{v:.{DIGITS}g}") for v in values)
    return few and any(struct.unpack("f", struct.pack("f", v))[0] != v for v in values)


def _limit(quotients: list[_Quotient], power: int) -> tuple[float, float]:
    """The limit of quotients at a step of 0, and how far off that may be.

    Args:
        quotients: The quotients, longest step first.
        power: The power of the step with which the quotients approach their limit.
    """
    kept = [quotient for quotient in quotients if math.isfinite(quotient.value)]
    number, error = math.nan, math.inf
    for n, (a, b, c) in enumerate(zip(kept, kept[1:], kept[2:], strict=False)):
        before, after = b.value - a.value, c.value - b.value
        contradicted = 0.0
        long, short = (min(u.step / v.step, 1e9) ** power for u, v in ((a, b), (b, c)))
        found = c.value + after / (short - 1)
        beyond = abs(found - c.value)
        doubt = abs(found - b.value - before / (long - 1)) + beyond / 64
        doubt += (short * c.noise + b.noise) / (short - 1)
        # Noise is a bound. What drifts by half of it may be no noise.
        if 2 * abs(after) > b.noise + c.noise and 4 * abs(before) < short * abs(after):
            if abs(after) >= abs(before):
                continue  # the quotients don't approach a limit
            doubt += 2 * after * after / (abs(before) - abs(after))  # they do, but slowly
        for d in kept[n + 3 :]:  # they should approach the limit as the step shrinks
            gap, left = abs(d.value - found), 2 * beyond * min(d.step / c.step, 0.5) ** power
            if gap > d.noise + left:
                contradicted = max(contradicted, 2 * gap + d.noise)
        doubt += contradicted
        if doubt < error:
            number, error = found, doubt
    if not error < abs(number) / 4 and (end := _grow(kept)):
        return end, math.inf
    return number, error


def _grow(quotients: list[_Quotient]) -> float:
    """±inf if the quotients that stand out from noise grow without end, else 0."""
    pairs = itertools.pairwise(quotients)
    values = [b.value for a, b in pairs if 4 * b.noise < max(abs(a.value), abs(b.value))][-6:]
    growth = [b - a for a, b in itertools.pairwise(values)]
    steady = all(b / a > 0.99 for a, b in itertools.pairwise(growth) if a)
    endless = len(growth) == 5 and steady and all(step * values[-1] > 0 for step in growth)
    return math.copysign(math.inf, values[-1]) if endless else 0.0

"""A black-box function's values near a point, and their noise.

Noise is measured on points close together. Differences of high order vanish there if a function is
smooth. Those of its noise don't (Moré & Wild 2011, SIAM J. Sci. Comput. 33:1292).
"""

from __future__ import annotations

import itertools
import math
import struct
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

FORMATS = {2.0**-10: ("e", 2.0**-24), 2.0**-23: ("f", 2.0**-149), 2.0**-52: ("d", 2.0**-1074)}
"""By their relative rounding: how ``struct`` spells types of floats, and the smallest float."""

OFF = 0.81
"""Steps are this times a power of two, lest all of them be periods of one function."""

PIECE = 2.0**-21
"""Noise that is not seen on points so close, relatively, is no rounding."""

STAIR = 2.0**-10
"""Lower steps, relative to f, may be f's rounding. Those that are higher make a staircase."""

LEFT, RIGHT = range(-9, 0), range(1, 10)
"""How many short steps away from the point values are taken, to measure noise."""


LEVEL = 32
"""Functions that level off, such as tanh, do so within this distance from 0."""

FEW, MANY, CLOSE = range(3)
"""Which steps are taken: a few, many, or those that lie closer together."""


class Nearby:
    """A function's values near a point: NaN outside its domain.

    Args:
        f: The function, from a list of floats to some numbers.
        point: The point.
        epsilon: The relative rounding of f's inputs and outputs: 2**-52, 2**-23 or 2**-10.

    Attributes:
        values: f at the point.
        noise: How far off each value near the point may be: at least a rounding.
        pieces: Whether each value has no noise on points that are close, but farther apart than
            any rounding: if it is noisy farther away, it may have kinks or jumps there.
        jitter: How far each value moves from one float to the next, on the calmer side.

    Cost:
        43 calls of f if f is smooth and noise is rounding alone, else up to 367.
    """

    def __init__(
        self,
        f: Callable[[list[float]], Iterable[Any]],
        point: Sequence[float],
        epsilon: float,
    ) -> None:
        self._f, self.point, self.bits = f, [float(x) for x in point], round(-math.log2(epsilon))
        self._format, tiny = FORMATS[epsilon]
        self._relative = 2 * epsilon
        self.values = [_real(y) for y in f(list(self.point))]
        self._seen: dict[tuple[tuple[int, float], ...], list[float]] = {(): self.values}
        self._tiny = 2 * tiny
        self.noise = list(map(self.rounding, range(len(self.values))))
        self._part = [self._relative] * len(self.values)  # of a value, that is rounding
        self.jitter, self.pieces = self._jitter(), [False] * len(self.values)
        self._measure()

    def at(self, *moves: tuple[int, float]) -> list[float]:
        """The values where some inputs are moved, kept for who asks again."""
        moves = tuple((i, x) for i, x in moves if x != self.point[i])
        if moves not in self._seen:
            xs = list(self.point)
            for i, x in moves:
                xs[i] = x
            self._seen[moves] = self._values(xs)
        return self._seen[moves]

    def rounding(self, j: int) -> float:
        """The least noise: a rounding of the value."""
        return max(self._relative * abs(self.values[j]), self._tiny)

    def off(self, j: int, *values: float) -> float:
        """How far off values of an output may be."""
        return max(self.noise[j], *(self._part[j] * abs(v) for v in values))

    def steps(self, which: int, *inputs: int) -> list[tuple[Any, ...]]:
        """Steps along inputs, longest first, and for each input the two numbers they lead to."""
        kept: list[tuple[Any, ...]] = []
        for steps in zip(*(self._steps(i, which) for i in inputs), strict=False):
            h = math.prod(step[0] for step in steps) ** (1 / len(steps))
            if 0 < h < math.inf and not (kept and h > 0.7 * kept[-1][0]):  # no news nearby
                kept.append((h, *(step[1:] for step in steps)))
        return kept

    def _steps(self, i: int, which: int) -> list[tuple[float, float, float]]:
        """Steps along an input, such that f takes both numbers they lead to without rounding."""
        bits, x = self.bits, self.point[i]
        ratio, size = 3 if bits > 40 else 2 if bits > 16 else 1, abs(x) or 1.0
        start = 2 - 2 * ratio
        ratio = 1 if which == CLOSE else ratio
        steps = [size * 2.0**-e for e in (2, 5, 8, 11, 14, 23, 29)]
        if which or bits < 40:
            end = bits - 1 if x else 2 * bits  # near 0 there are floats of all sizes
            steps = [size * 2.0**-e for e in range(start, end, ratio)]
            # If x is small, its size need not be the function's scale.
            steps += [max(size, 1.0) * 2.0**-e for e in range(start, bits - 1, ratio)]
        pairs = []
        for step in sorted(steps, reverse=True):
            outer = self._rounded(x + math.copysign(OFF * step, x))
            h = abs(outer - x)
            inner = self._rounded(x - math.copysign(h, x))
            pairs.append((h, min(inner, outer), max(inner, outer)))
        return pairs

    def closest(self, i: int) -> list[tuple[float, tuple[float, float]]]:
        """Steps of 128, 64, … and 1 floats along an input, as ``steps`` returns them."""
        x = self.point[i]
        one = math.ulp(x) * 2.0 ** (52 - self.bits)
        steps = [one * 2.0**k for k in range(7, -1, -1)]
        return [(h, (self._rounded(x - h), self._rounded(x + h))) for h in steps]

    def _rounded(self, x: float) -> float:
        """The float nearest to x, of the type that f takes."""
        try:
            return float(struct.unpack(self._format, struct.pack(self._format, x))[0])
        except OverflowError:
            return math.inf

    def _values(self, xs: list[float]) -> list[float]:
        """f's values there: NaN outside the domain."""
        outside = [math.nan] * len(self.values)
        if not all(map(math.isfinite, xs)):
            return outside
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # NumPy warns outside a domain
                ys = [_real(y) for y in self._f(xs)]
        except Exception:  # whatever f raises there
            return outside
        return ys if len(ys) == len(outside) else outside

    def _jitter(self) -> list[float]:
        """How far each value moves, in the second largest of three steps to the next floats."""
        found = [math.inf] * len(self.values)
        for side in (-1, 1):
            steps = [1 + 2 * side * k * 2.0**-self.bits for k in (1, 2, 3)]
            rows = [self._values([self._rounded(x * t) for x in self.point]) for t in steps]
            for j, y in enumerate(self.values):
                moves = [abs(b - a) for a, b in itertools.pairwise([y, *(row[j] for row in rows)])]
                if all(map(math.isfinite, moves)):
                    found[j] = min(found[j], sorted(moves)[1])
        return [x if x < math.inf else 0.0 for x in found]

    def _measure(self) -> None:
        """Raise the noise to what is seen on points that are ever closer together."""
        spacings = [2.0**-e for e in range(-(-self.bits // 6), self.bits - 3, 2)]
        levels: list[list[_Level]] = [[] for _ in self.values]  # of the closest points first
        for spacing in spacings:
            # Where values are far larger than at the point, they may hide its noise.
            told = [
                sum(x.calm and x.size < 64 * abs(y) for x in found[:2]) == 2
                for found, y in zip(levels, self.values, strict=True)
            ]
            wanted = [j for j, done in enumerate(told) if not done]
            for j, level in self._seen_on(wanted, spacing, 0.0):
                levels[j].insert(0, level)
        for j, found in enumerate(levels):
            calm = list(itertools.takewhile(lambda level: level.calm, found))
            far = bool(calm) and calm[-1].spacing >= PIECE
            self.pieces[j] = far and len(calm) < len(found) and self.bits > 40
        for j, found in enumerate(levels):
            self.noise[j] = max(self.noise[j], _told(found)) if found else 4 * self.noise[j]
            if not self.values[j]:
                self._part[j] = max(self._part[j], _part(found))
        # Where values hardly move, x may be small. Then its size is not the function's scale.
        # If the values are 0, rounding may have made them so, as in log(tanh(30)).
        stuck = [j for j, found in enumerate(levels) if found and found[0].calm and found[0].stuck]
        for j, level in self._seen_on(stuck, spacings[0], 1.0):
            least = 0.0 if self.values[j] else 2.0**-self.bits
            self.noise[j] = max(self.noise[j], level.noise, least)

    def _seen_on(
        self, outputs: list[int], spacing: float, unit: float
    ) -> Iterator[tuple[int, _Level]]:
        """What outputs show if all inputs move, by unequal steps that are no powers of two."""
        rows: dict[int, list[float]] = {}
        if outputs:
            sizes = [OFF * spacing * max(abs(x) or 1.0, unit) for x in self.point]
            moves = [
                (x, (1 + n % 3) * (self._rounded(x + size) - x))
                for n, (x, size) in enumerate(zip(self.point, sizes, strict=True))
            ]
            for t in (*LEFT, *RIGHT):
                rows[t] = self._values([self._rounded(x + t * step) for x, step in moves])
        for j in outputs:
            sides = [[rows[t][j] for t in side] for side in (LEFT, RIGHT)]
            sides = [ys for ys in sides if all(map(math.isfinite, ys))]
            if sides:
                # A kink or a jump beside the point is on one side alone: take the quieter side.
                noise = min(4 * _scatter(ys) for ys in sides)
                ys = [y for side in sides for y in side]
                calm = noise <= 32 * 2.0**-self.bits * max(map(abs, ys))
                yield j, _Level(spacing, noise, calm, len(set(ys)) < 5, max(map(abs, ys)))


def distance(x: float) -> float:
    """The distance in which a function of x changes: 1, or more if x is far from 0."""
    return max(1.0, abs(x) / LEVEL)


def _real(y: Any) -> float:
    """The float that y is: NaN if y is complex."""
    return math.nan if getattr(y, "imag", 0.0) else float(getattr(y, "real", y))


class _Level(NamedTuple):
    """What an output shows on points that are one distance apart."""

    spacing: float
    noise: float
    calm: bool  # it is no more than rounding
    stuck: bool  # the values hardly move
    size: float  # of the largest value


def _scatter(ys: list[float]) -> float:
    """The standard deviation of the noise that values at equal distances have."""
    found = []
    for order in range(1, 7):
        ys = [b - a for a, b in itertools.pairwise(ys)]
        found.append(math.hypot(*ys) / math.sqrt(len(ys) * math.comb(2 * order, order)))
    return min(found[3:])


def _told(levels: list[_Level]) -> float:
    """The noise, from levels of points that are ever farther apart.

    Noise is much the same on all levels, until points are so close that f takes steps there. What
    falls from level to level is no noise: the function is not smooth on points so far apart.
    """
    calm = list(itertools.takewhile(lambda level: level.calm, levels))
    noises = [level.noise for level in levels[len(calm) :]]
    if len(noises) < 2 or noises[1] > 64 * noises[0]:
        noises = [] if calm else noises[:1]  # what is not calm there is not smooth
    noise = max(noises[:1], default=0.0)
    if all(third < 5 * noises[1] for third in noises[2:3]):
        noise = max(noises[:2], default=0.0)  # the closest points may see few of the steps
    steady = itertools.takewhile(lambda level: level <= 5 * noise, noises)
    # A far level may be calm beside values that are much larger there, as those of exp are.
    here = (level.noise * min(1.0, levels[0].size / (level.size or 1.0)) for level in calm)
    return max([0.0, *here, *steady])


def _part(levels: list[_Level]) -> float:
    """The noise as a part of the values, if it is much the same part on three of six levels.

    So it is next to a root of a function that computes with shorter floats.
    """
    parts = [level.noise / level.size for level in levels[:6] if level.size]
    most = max(parts, default=0.0)
    return most if most < STAIR and sum(64 * part > most for part in parts) > 2 else 0.0

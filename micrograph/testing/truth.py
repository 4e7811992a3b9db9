"""The truth: what a row is worth, and how steep it is, to fifty digits.

Values come from the row's textbook definition on mpmath's numbers, slopes from differences of
those values: never from the row's own partials. Each number is computed at rising precision until
two in a row agree, as a textbook definition may lose any number of digits (log(1 + exp(−800))
needs 350).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from threading import RLock
from typing import Any, NamedTuple

import mpmath

from ..core import Primitive
from ..namespaces.floats import FLOAT
from ..namespaces.mpmath import MPMATH
from .differences import derivative

BITS = 168
"""Fifty digits."""

PRECISIONS = (200, 400, 800, 1600, 3200, 6400)
"""In bits; a number is taken when two of these agree to BITS."""

ZERO = 1600
"""At this precision a 0 is believed: nothing that a float could hold is lost to a sum with 1."""

_alone = RLock()  # mpmath has one precision for all threads

Number = Any  # mpmath.mpf, which is not typed


class Settled(NamedTuple):
    """A number, how many of its bits are good (0: nothing is known), and how far it may be off.

    The error is that of differences; what mpmath computes is off by nothing that matters.
    """

    number: Number
    bits: float = BITS
    error: float = 0.0

    @property
    def known(self) -> bool:
        """Whether three digits or more are good."""
        return self.bits > 10

    @property
    def digits(self) -> int:
        """How many decimal digits are good."""
        return int(self.bits * 0.30103)


UNKNOWN = Settled(mpmath.nan, 0)


def settle(compute: Callable[[], Number]) -> Settled:
    """What ``compute`` returns at a precision from which on it stays the same.

    0 is believed last: at too low a precision a small number is 0 too.
    """
    with _alone:
        last = UNKNOWN
        for bits in PRECISIONS:
            with mpmath.workprec(bits):
                y = _quiet(compute)
            found = Settled(y, _agreement(y, last.number))
            if (found.bits >= BITS and y) or (y != y and bits > PRECISIONS[0]):
                return found if y == y else UNKNOWN
            last = found
            if bits >= ZERO and abs(y) < mpmath.ldexp(1, -1080):  # of a float nothing is left
                return Settled(mpmath.mpf(0))
        return last if last.bits > BITS / 3 else UNKNOWN  # a few digits may agree by accident


def _quiet(compute: Callable[[], Number]) -> Number:
    try:
        y = compute()
    except (ValueError, ArithmeticError, mpmath.libmp.NoConvergence, NotImplementedError):
        return mpmath.nan
    return mpmath.nan if isinstance(y, mpmath.mpc) else mpmath.mpf(y)


def _agreement(a: Number, b: Number) -> float:
    """In how many leading bits two numbers agree."""
    if a == b:
        return BITS
    if not (mpmath.isfinite(a) and mpmath.isfinite(b)) or not a:
        return 0
    return float(max(0, min(BITS, -mpmath.log(abs((a - b) / a), 2))))


def is_opaque(row: Primitive) -> bool:
    """Whether the row has nothing that mpmath could evaluate: its value is Python code."""
    return not (row.definition or row.operator or row.name in MPMATH.atoms)


def value(row: Primitive, xs: Sequence[Any]) -> Settled:
    """The row's value at these operands, by its textbook definition."""
    if is_opaque(row):
        return Settled(_quiet(lambda: _of_floats(row, xs)), 50)
    return settle(lambda: defined(row, xs))


def defined(row: Primitive, xs: Sequence[Any]) -> Number:
    """The row's definition at the present precision. Raises what mpmath raises."""
    return MPMATH.value(row, [mpmath.mpf(x) for x in xs])


def _of_floats(row: Primitive, xs: Sequence[Any]) -> Number:
    return mpmath.mpf(FLOAT.value(row, [float(x) for x in xs]))


def slope(row: Primitive, xs: Sequence[Any], i: int, side: int = 0) -> Settled:
    """∂row/∂x_i by differences of the definition: central, or from one side (−1 or 1).

    ±inf where the slopes of ever shorter steps grow without end; unknown where the row is not
    defined around x_i, or on that side. Of opaque rows, by adaptive differences of floats.
    """
    if is_opaque(row):
        found = derivative(
            lambda x: float(_of_floats(row, [*xs[:i], x, *xs[i + 1 :]])), float(xs[i])
        )
        return Settled(mpmath.mpf(found.slope), found.bits, found.error)

    def along(x: Number) -> Number:
        return defined(row, [*xs[:i], x, *xs[i + 1 :]])

    x, width = mpmath.mpf(xs[i]), spread(xs)
    if row.step:  # whose jumps may lie as close as 1e-600: a longer step would see their average
        with _alone, mpmath.workprec(PRECISIONS[-1]):
            d = _quiet(lambda: difference(along, x, side, width))
        return Settled(d * mpmath.inf if d else d) if d == d else UNKNOWN
    return steepness(along, x, side, width)


def by_rule(row: Primitive, xs: Sequence[Any]) -> list[Number]:
    """The row's own partials at a hundred digits: no truth yet. Raises what mpmath raises."""
    with _alone, mpmath.workprec(2 * BITS):
        exact = [mpmath.mpf(x) for x in xs]
        return list(map(mpmath.mpf, row.partials_at(MPMATH, defined(row, exact), exact)))


def slope_along(row: Primitive, xs: Sequence[Any], way: Sequence[Any]) -> Settled:
    """The row's slope where all operands move at once, x + t·way: Σ way_i ∂row/∂x_i."""
    start = [mpmath.mpf(x) for x in xs]

    def along(t: Number) -> Number:
        return defined(row, [x + t * w for x, w in zip(start, way, strict=True)])

    return steepness(along, mpmath.mpf(0), spread=spread([*start, *way]))


def steepness(f: Callable[[Number], Number], x: Number, side: int = 0, spread: int = 0) -> Settled:
    """f'(x) by differences; as ``slope``. spread: bits that f's operands differ in size by."""
    steps: list[Number] = []

    def recorded() -> Number:
        steps.append(difference(f, x, side, spread))
        return steps[-1]

    found = settle(recorded)
    if side and found.bits < BITS / 4 and len(steps) > 1 and _diverges(steps):
        return Settled(mpmath.sign(steps[-1]) * mpmath.inf)
    return found


def difference(f: Callable[[Number], Number], x: Number, side: int = 0, spread: int = 0) -> Number:
    """A difference quotient of f at the present precision, with a step of half its bits."""
    half = mpmath.mp.prec // 2
    magnitude = int(mpmath.mag(x)) if x and mpmath.isfinite(x) else 0
    h = mpmath.ldexp(1, min(0, magnitude) - half)
    with mpmath.workprec(3 * half + abs(magnitude) + spread + 30):
        if side:
            return (f(x + side * h) - f(x)) / (side * h)
        return (f(x + h) - f(x - h)) / (2 * h)


def jumps(row: Primitive, xs: Sequence[Any], i: int) -> bool:
    """Whether the row's value jumps, beside these operands, along the i-th of them."""

    def far(side: int, bits: int) -> Number:
        moved = mpmath.mpf(xs[i]) + side * mpmath.ldexp(1, -bits)
        return abs(defined(row, [*xs[:i], moved, *xs[i + 1 :]]) - defined(row, xs))

    with _alone, mpmath.workprec(800):
        apart = [(_quiet(partial(far, s, 100)), _quiet(partial(far, s, 200))) for s in (-1, 1)]
    return any(near >= far / 2 > 0 for far, near in apart)


def _diverges(steps: Sequence[Number]) -> bool:
    return all(abs(b) > 2**20 * abs(a) > 0 for a, b in pairwise(steps))


def spread(xs: Sequence[Any]) -> int:
    """By how many bits these numbers differ in size."""
    sizes = [int(mpmath.mag(x)) for x in map(mpmath.mpf, xs) if x and mpmath.isfinite(x)]
    return min(max(sizes) - min(sizes), 4000) if sizes else 0


def at_kink(row: Primitive, xs: Sequence[Any]) -> bool:
    """Whether the row says that its slope jumps at these operands."""
    if row.kink is None:
        return False
    found = settle(lambda: row.kink(MPMATH, *row.arrange([mpmath.mpf(x) for x in xs])))  # type: ignore[misc]  # not None
    return bool(found.number == 0)

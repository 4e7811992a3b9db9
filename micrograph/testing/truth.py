"""The truth: the value and the slopes of a row, to fifty digits.

Values come from the row's textbook definition on mpmath's numbers. Slopes come from differences of
such values, never from the row's own partials. A textbook definition may lose any number of digits
(log(1 + exp(−800)) needs 350). So each number is computed at rising precision until two in a row
agree.
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
"""Fifty digits, in bits."""

PRECISIONS = (200, 400, 800, 1600, 3200, 6400)
"""In bits. A number is taken when its values at two precisions in a row agree to BITS."""

ZERO = 1600
"""From this precision on a 0 is believed: 1 plus the smallest float still differs from 1."""

_alone = RLock()  # mpmath has one precision for all threads

Number = Any  # mpmath.mpf, which is not typed


class Settled(NamedTuple):
    """A number of the truth, and how far it is known.

    Attributes:
        number: The number.
        bits: How many of its bits are good; 0 if nothing is known.
        error: How far off it may be if it comes from differences of floats. If it comes from
            mpmath, it is off by nothing that matters: 0.
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

    A 0 is believed only from ZERO bits on: at too low a precision a small number is 0, too.
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
            if bits >= ZERO and abs(y) < mpmath.ldexp(1, -1080):  # far below the smallest float
                return Settled(mpmath.mpf(0))
        return last if last.bits > BITS / 3 else UNKNOWN  # a few digits may agree by accident


def _quiet(compute: Callable[[], Number]) -> Number:
    try:
        y = compute()
    except (ValueError, ArithmeticError, mpmath.libmp.NoConvergence, NotImplementedError):
        return mpmath.nan
    return mpmath.nan if isinstance(y, mpmath.mpc) else mpmath.mpf(y)


def _agreement(a: Number, b: Number) -> float:
    """How many leading bits of two numbers agree."""
    if a == b:
        return BITS
    if not (mpmath.isfinite(a) and mpmath.isfinite(b)) or not a:
        return 0
    return float(max(0, min(BITS, -mpmath.log(abs((a - b) / a), 2))))


def is_opaque(row: Primitive) -> bool:
    """Whether mpmath can't evaluate the row, because its value is Python code."""
    return not (row.definition or row.operator or row.name in MPMATH.atoms)


def value(row: Primitive, xs: Sequence[Any]) -> Settled:
    """The row's value at these operands, by its textbook definition."""
    if is_opaque(row):
        return Settled(_quiet(lambda: _of_floats(row, xs)), 50)
    return settle(lambda: defined(row, xs))


def defined(row: Primitive, xs: Sequence[Any]) -> Number:
    """The row's definition at mpmath's present precision. Raises what mpmath raises."""
    return MPMATH.value(row, [mpmath.mpf(x) for x in xs])


def _of_floats(row: Primitive, xs: Sequence[Any]) -> Number:
    return mpmath.mpf(FLOAT.value(row, [float(x) for x in xs]))


def slope(row: Primitive, xs: Sequence[Any], i: int, side: int = 0) -> Settled:
    """∂row/∂x_i by differences of the definition: central, or from one side (−1 or 1).

    It is ±inf if the slopes of ever shorter steps grow without end. It is unknown if the row is not
    defined around x_i, or on that side. For an opaque row, adaptive differences of floats are used.
    """
    if is_opaque(row):
        found = derivative(
            lambda x: float(_of_floats(row, [*xs[:i], x, *xs[i + 1 :]])), float(xs[i])
        )
        return Settled(mpmath.mpf(found.slope), found.bits, found.error)

    def along(x: Number) -> Number:
        return defined(row, [*xs[:i], x, *xs[i + 1 :]])

    x, width = mpmath.mpf(xs[i]), spread(xs)
    if row.step:  # its jumps may be as near as 1e-600: a longer h would average over them
        with _alone, mpmath.workprec(PRECISIONS[-1]):
            d = _quiet(lambda: difference(along, x, side, width))
        return Settled(d * mpmath.inf if d else d) if d == d else UNKNOWN
    return steepness(along, x, side, width)


def by_rule(row: Primitive, xs: Sequence[Any]) -> list[Number]:
    """The row's own partials at a hundred digits, unconfirmed. Raises what mpmath raises."""
    with _alone, mpmath.workprec(2 * BITS):
        exact = [mpmath.mpf(x) for x in xs]
        return list(map(mpmath.mpf, row.partials_at(MPMATH, defined(row, exact), exact)))


def slope_along(row: Primitive, xs: Sequence[Any], way: Sequence[Any]) -> Settled:
    """The row's slope in t if all operands move at once, as x + t·way: Σ way_i ∂row/∂x_i."""
    start = [mpmath.mpf(x) for x in xs]

    def along(t: Number) -> Number:
        return defined(row, [x + t * w for x, w in zip(start, way, strict=True)])

    return steepness(along, mpmath.mpf(0), spread=spread([*start, *way]))


def steepness(f: Callable[[Number], Number], x: Number, side: int = 0, spread: int = 0) -> Settled:
    """f'(x) by differences: central or from one side, perhaps ±inf or unknown, as for ``slope``.

    Args:
        f: A function of a number of mpmath.
        x: The number at which f is differentiated.
        side: 0 for central differences, −1 or 1 for differences from one side.
        spread: By how many bits the operands of f differ in size.
    """
    steps: list[Number] = []

    def recorded() -> Number:
        steps.append(difference(f, x, side, spread))
        return steps[-1]

    found = settle(recorded)
    if side and found.bits < BITS / 4 and len(steps) > 1 and _diverges(steps):
        return Settled(mpmath.sign(steps[-1]) * mpmath.inf)
    return found


def difference(f: Callable[[Number], Number], x: Number, side: int = 0, spread: int = 0) -> Number:
    """A difference quotient of f at mpmath's present precision. Its step has half as many bits."""
    half = mpmath.mp.prec // 2
    magnitude = int(mpmath.mag(x)) if x and mpmath.isfinite(x) else 0
    h = mpmath.ldexp(1, min(0, magnitude) - half)
    with mpmath.workprec(3 * half + abs(magnitude) + spread + 30):
        if side:
            return (f(x + side * h) - f(x)) / (side * h)
        return (f(x + h) - f(x - h)) / (2 * h)


def jumps(row: Primitive, xs: Sequence[Any], i: int) -> bool:
    """Whether the row's value jumps right beside these operands if the i-th of them moves."""

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
    """Whether the row states that its slope jumps at these operands: its ``kink`` is 0 there."""
    if row.kink is None:
        return False
    found = settle(lambda: row.kink(MPMATH, *row.arrange([mpmath.mpf(x) for x in xs])))  # type: ignore[misc]  # not None
    return bool(found.number == 0)

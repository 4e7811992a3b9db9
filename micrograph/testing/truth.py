"""The certified truth: values and derivatives of rows as enclosures, by the namespace BALL.

A row's textbook definition is run on power series of balls, at rising precision, until the
enclosures are narrow. None of our own partials is used. At a tie, such as abs at 0, or at the end
of a domain, the series for t > 0 and for t < 0 give the two one-sided slopes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import combinations
from time import monotonic
from typing import Any, NamedTuple

from ..core import Primitive
from ..namespaces.ball import BALL
from ..namespaces.floats import FLOAT
from ..namespaces.series import (
    LOCK,
    NAN,
    Ball,
    Outside,
    Undecided,
    arb,
    arb_series,
    at_precision,
    ball,
    met,
)
from .differences import Differences
from .judge import UNKNOWN, Truth

BITS = 170
"""The precision that is tried first. Each further try doubles the bits, up to MOST."""

MOST = 22_000
ENOUGH = 100
"""How many bits of a number must be certain: 30 digits."""

SMALL = arb(2) ** -1140
"""A number that is certainly smaller needs no digits: it is 0 as a float."""

SECONDS = 1.0
"""After this time no further precision is tried for one number, or for one sweep."""

MORE = 4
"""So many more terms of a series are computed if those there are do not tell."""

ALIKE = 2.0**-60
"""One-sided slopes that differ by less, relatively, are the same slope."""

GROWTH = 1.5
"""Quotients that grow by more from step to step grow without end. Those of x·log x double."""

Arb = Any
"""A ball, of python-flint's type ``arb``: mypy does not know the package."""


class Found(NamedTuple):
    """What a climb found.

    Attributes:
        numbers: The numbers.
        tied: Whether a tie was met on the way.
        outside: Whether the first number, the value of a function, does not exist.
    """

    numbers: list[Truth]
    tied: bool
    outside: bool = False


def climb(
    compute: Callable[[], Iterable[Arb]],
    terms: int,
    until: float = math.inf,
    certified: bool = True,
) -> Found:
    """The numbers that ``compute`` returns, at a precision at which they are certain.

    Args:
        compute: A function that computes balls at Arb's present precision.
        terms: How many terms its series have.
        until: The time (``time.monotonic``) after which nothing further is tried.
        certified: Whether the balls enclose the truth. If they come from estimates, they are taken
            as wide as they are.

    Returns:
        The numbers; those that no precision settled are unknown. No number at all if nothing could
        be decided.

    Cost:
        One call of ``compute`` if its first precision is enough. At most SECONDS, and one call.
    """
    until = min(until, monotonic() + SECONDS)
    with (
        LOCK
    ):  # its loop is a function: CPython 3.13 loses an interrupt's way out of a loop in here
        return _climbed(compute, terms, until, certified)


def _climbed(
    compute: Callable[[], Iterable[Arb]], terms: int, until: float, certified: bool
) -> Found:
    bits, more, best = BITS, 0, Found([], False)
    while bits <= MOST:
        met.tie = met.zero = met.outside = False
        try:
            found = at_precision(
                bits, terms + more, lambda: [settled(c, certified) for c in compute()]
            )
        except Outside:
            return Found([], met.tie, True)
        except Undecided:
            bits *= 2
        else:
            undefined = any(x.number != x.number for x in found)
            if (met.zero or undefined) and not more:
                more = MORE
                continue
            first = next(iter(found), UNKNOWN)
            best = Found(found, met.tie, met.outside and first.number != first.number)
            if all(x.known for x in found) or (bits >= 8 * BITS and undefined):
                break
            bits *= 2
        if monotonic() > until:
            break
    return best


def settled(c: Arb, certified: bool = True) -> Truth:
    """A ball as a number with an error; unknown if it is too wide."""
    if not c.is_finite():
        return UNKNOWN if c.is_nan() or c.rad() != 0 else Truth(float(c))
    if c.is_zero():
        return ZERO
    number = float(c.mid())
    if not certified:
        return Truth(number, 0.0, float(c.rad()), certified=False)
    if c.rel_accuracy_bits() < ENOUGH and not c.abs_upper() < SMALL:
        return Truth(number, 0.0, math.inf)
    if math.isinf(number):
        return Truth(number)  # too large for a float
    off = c - number
    rest = float(off.mid())
    # What the second float leaves, and a rounding of the radius, are part of the error.
    return Truth(number, rest, float(off.rad()) * (1 + 2.0**-50) + abs(rest) * 2.0**-53 + 5e-324)


ZERO = Truth(0.0)


# One row


class Local(NamedTuple):
    """A row at some operands: its value and derivatives by the operands that move, as balls.

    Attributes:
        value: The value.
        first: ∂y/∂x_i by the position i.
        second: ∂²y/∂x_i∂x_k by (i, k); what is left out is 0.
        tied: Whether a tie was met: then the derivatives are those of the side t > 0.
    """

    value: Arb
    first: dict[int, Arb]
    second: dict[tuple[int, int], Arb]
    tied: bool = False


def local(row: Primitive, operands: Sequence[Arb], moving: Sequence[int], order: int) -> Local:
    """The row's value and derivatives, at Arb's present precision and with order + 1 terms.

    Args:
        row: A row that is not opaque.
        operands: Its operands, vectors laid end to end.
        moving: The positions of the operands to differentiate by.
        order: 1 or 2.

    Raises:
        Undecided: If a comparison can't be decided at this precision.

    Cost:
        One evaluation of the row for each operand, and, at order 2, each pair.
    """
    before, met.tie = met.tie, False

    def along(way: Sequence[int]) -> Any:
        xs = [Ball(arb_series([x, 1] if i in way else [x])) for i, x in enumerate(operands)]
        return ball(BALL.value(row, xs)).series

    constant = None if moving else along(())[0]
    first, second = {}, {}
    for i in moving:
        s = along((i,))
        constant, first[i] = s[0], _term(s, 1) if row.slope_in(i) else arb(0)
        if order > 1:
            second[i, i] = 2 * _term(s, 2) if row.slope_in(i) else arb(0)
    for i, k in combinations(filter(row.slope_in, moving), 2) if order > 1 else ():
        mixed = _term(along((i, k)), 2) - (second[i, i] + second[k, k]) / 2
        second[i, k] = second[k, i] = mixed
    tied = met.tie
    met.tie |= before
    if tied:  # the value at the point itself
        constant = along(())[0]
    return Local(constant, first, {ik: d for ik, d in second.items() if not d.is_zero()}, tied)


def _term(s: Any, k: int) -> Arb:
    return s[k] if k < s.prec else NAN


def sided(
    along: Callable[[Any], Any],
    order: int = 1,
    until: float = math.inf,
    alike: float = 0.0,
) -> tuple[Truth, Truth]:
    """f and its derivative along a way, where ways to both sides are tried if there is a tie.

    Args:
        along: A function of a series s without constant term: f(x + s·way), a series.
        order: The order k of the derivative dᵏf/dtᵏ.
        until: As for ``climb``.
        alike: If it is not 0, f is another function on each side. Numbers of both sides are the
            same if they differ by less, relatively.

    Returns:
        The value and the derivative. If the two sides have different slopes, both are in ``sides``.
        If f is defined on one side alone, it is the slope of that side. If a derivative of a lower
        order differs, there is none.

    Cost:
        One evaluation of f; some more if there is a tie.
    """

    def side(up: int) -> Found:
        def terms() -> list[Arb]:
            s = along(arb_series([0, up]))
            orders = range(1, order + 1)
            return [s[0], *(_term(s, k) * math.factorial(k) * up**k for k in orders)]

        return climb(terms, order + 1, until)

    right = side(1)
    if not (alike or right.tied) and right.numbers and right.numbers[order].known:
        return right.numbers[0], right.numbers[order]
    here = (climb(lambda: [along(arb_series([0]))[0]], order + 1, until).numbers or [UNKNOWN])[0]
    inside = [(found, up) for found, up in ((side(-1), -1), (right, 1)) if not found.outside]
    known = [_one_sided(along, here, found, up, order, until) for found, up in inside]
    slopes = [slope for _, slope in known]
    if not known or not all(x.known for x in slopes):
        return here, UNKNOWN
    lower = zip(*(found.numbers[1:order] for found, _ in inside), strict=True)
    if len(known) == 2 and not all(same(a, b, alike) for a, b in lower):
        return here, UNKNOWN
    if len(known) == 1:
        return here, slopes[0]  # at an end of the domain
    (before, below), (after, above) = known
    jump = any(not same(x, before, alike) for x in (after, here))
    if same(below, above, alike):
        return here, below._replace(jump=jump, tied=True)
    sides, certified = (below.number, above.number), below.certified and above.certified
    return here, Truth(math.nan, 0.0, below.error + above.error, sides, jump, True, certified)


def same(a: Truth, b: Truth, alike: float = 0.0) -> bool:
    """Whether two one-sided numbers are the same number."""
    if math.isinf(a.number) or math.isinf(b.number):
        return a.number == b.number
    off = abs((a.number - b.number) + (a.rest - b.rest))
    return off <= max(alike, ALIKE) * max(abs(a.number), abs(b.number)) + 1e-300


def _one_sided(
    along: Callable[[Any], Any], here: Truth, found: Found, up: int, order: int, until: float
) -> tuple[Truth, Truth]:
    """The value and the slope that a side has, also where the series lacks them.

    x·√x at 0 is u³ for x = u². For x·log x, quotients of differences tell.
    """
    value = found.numbers[0] if found.numbers else UNKNOWN
    slope = found.numbers[order] if value.known else UNKNOWN
    if slope.known or order > 1:
        return value, slope

    def terms() -> list[Arb]:
        s = along(arb_series([0, 0, up]))
        return [_term(s, 1), _term(s, 2) * up]

    squared = climb(terms, 3, until).numbers if value.known else []
    if squared and squared[0].known:
        steep = squared[0].number
        slope = Truth(math.copysign(math.inf, up * steep)) if steep else squared[1]
    if slope.known:
        return value, slope
    start = [0, up] if value.known else [0]
    value = value if value.known else here
    return value, _by_quotients(along, start, up, until) if value.known else UNKNOWN


def _by_quotients(along: Callable[[Any], Any], start: list[int], up: int, until: float) -> Truth:
    """The limit of quotients of differences at steps of 2⁻¹²⁸, 2⁻²⁵⁶ and 2⁻⁵¹², estimated.

    Balls of many bits have no noise there. ±inf if the quotients grow without end, as log t does.
    """

    def quotients() -> list[Arb]:
        steps = [up * arb(2) ** -(2**k) for k in (7, 8, 9)]
        y = along(arb_series(start))[0]
        return [(along(arb_series([t]))[0] - y) / t for t in steps]

    found = climb(quotients, 2, until).numbers
    if not found or not all(math.isfinite(q.number) and q.known for q in found):
        return UNKNOWN
    a, b, c = (q.number for q in found)
    if abs(a) * GROWTH < abs(b) < abs(c) / GROWTH and b * c > 0 and abs(c) < abs(b) * 2.0**250:
        return Truth(math.copysign(math.inf, c), certified=False)
    if 4 * abs(c - b) > abs(b - a):
        return UNKNOWN
    return Truth(c, 0.0, 2 * abs(c - b) + 2 * math.ulp(c), certified=False)


def is_opaque(row: Primitive) -> bool:
    """Whether no ball can be put into the row, because its value is Python code for floats."""
    return not (row.definition or row.operator or row.name in BALL.atoms)


def value(row: Primitive, xs: Sequence[float]) -> Truth:
    """The row's value at these floats."""
    return numbers(row, xs, ())[None]


def numbers(row: Primitive, xs: Sequence[float], moving: Sequence[int]) -> dict[int | None, Truth]:
    """∂row/∂x_i at these floats for the operands at these positions; and the value, under None.

    The value of an opaque row is its own, and its slopes are found by differences.

    Cost:
        8 to 100 µs for each operand; for an opaque row some 50 of its values.
    """
    if is_opaque(row):
        black_box = Differences(lambda xs: [float(FLOAT.value(row, xs))], list(map(float, xs)))
        y = Truth(black_box.values[0], certified=False)
        return {None: y, **{i: black_box.first(i)[0] for i in moving}}
    balls = [arb(x) for x in xs]
    if not moving:
        found = climb(lambda: [_along(row, balls, -1, 0)[0]], 1).numbers
        return {None: found[0] if found else UNKNOWN}
    pairs = {i: sided(partial(_along, row, balls, i)) for i in moving}
    return {None: pairs[moving[0]][0], **{i: slope for i, (_, slope) in pairs.items()}}


def _along(row: Primitive, numbers: Sequence[Arb], i: int, s: Any) -> Any:
    """The row as a series if its i-th operand moves by the series s."""
    xs = [Ball(x + s if k == i else arb_series([x])) for k, x in enumerate(numbers)]
    return ball(BALL.value(row, xs)).series

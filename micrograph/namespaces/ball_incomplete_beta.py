"""The incomplete beta function on power series of balls, and its derivatives in a and b.

If a and b move, FLINT's hypergeometric series serves, whose parameters are series themselves, with
a bound on its rest. In x the series is that of the density. So all derivatives are certified, in a,
b and x.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from functools import lru_cache
from typing import Any

from ..special import beta_series, incomplete_beta
from .series import (
    NAN,
    Ball,
    Undecided,
    acb_series,
    arb,
    arb_poly,
    arb_series,
    at_precision,
    ctx,
    outside,
    series_of,
    sign,
    whole,
)

LONGEST = 16_384  # terms
MORE = 32  # bits more by which the rest of a sum should be small, since slopes lose some
HUGE = 1e300  # beyond it an estimate on floats would overflow
MOST = 1_300  # bits: a float that is smaller than 2^-MOST is 0


def betainc(a: Any, b: Any, x: Any) -> Ball:
    """Iₓ(a, b)."""
    return betainc_slope(0, a, b, x)


def betainc_slope(k: Any, a: Any, b: Any, x: Any) -> Ball:
    """The derivative of Iₓ(a, b) in a and b that k says."""
    m, n = incomplete_beta.pair(whole(k))
    return Ball(_slope(m, n, series_of(a), series_of(b), series_of(x)))


def _slope(m: int, n: int, a: Any, b: Any, x: Any) -> Any:
    """The same, as a series in t. But for t = 0 it is the integral of its derivative in t."""
    if not _is_inside(a[0], b[0], x[0]):
        return arb_series([NAN] * ctx.cap)
    if x[0].is_zero() or x[0] == 1:
        exact, still = [x[0] if m + n == 0 else arb(0)], x.length() <= 1
        if sign(x if x[0].is_zero() else 1 - x) < 0:
            return outside().series
        return arb_series(exact if still else exact + [NAN] * (ctx.cap - 1))
    turning = a.length() > 1 or b.length() > 1
    if not m + n and turning:
        return _integral(a, b, x)
    here = at_precision(ctx.prec, m + n + 1, lambda: _at(m, n, a[0], b[0], arb_series([x[0]])))
    if ctx.cap == 1 or not (turning or x.length() > 1):
        return arb_series([here])

    def rise() -> Any:
        found = [
            side(m + i, n + j, a, b, x) * operand.derivative()
            for side, i, j, operand in ((_slope, 1, 0, a), (_slope, 0, 1, b), (_density, 0, 0, x))
            if operand.length() > 1
        ]
        return sum(found, arb_series([0]))

    return here + at_precision(ctx.prec, ctx.cap - 1, rise).integral()


def _at(m: int, n: int, a: Any, b: Any, x: Any) -> Any:
    """The derivative at numbers, from series in which a and b move together.

    If a moves by t and b by r·t, then the term of order m + n is a polynomial in r. Its n-th
    coefficient is the derivative, but for m!·n!.
    """

    def moved(i: int, j: int) -> Any:
        return _integral(arb_series([a, i]), arb_series([b, j]), x)[m + n]

    if not n:
        return moved(1, 0) * math.factorial(m)
    if not m:
        return moved(0, 1) * math.factorial(n)
    rates = range(m + n + 1)
    found = arb_poly.interpolate(list(map(arb, rates)), [moved(1, r) for r in rates])
    return found[n] * math.factorial(m) * math.factorial(n)


def betainc_density(k: Any, a: Any, b: Any, x: Any) -> Ball:
    """The derivative in a and b, that k says, of the density xᵃ⁻¹·(1 − x)ᵇ⁻¹/B(a, b)."""
    m, n = incomplete_beta.pair(whole(k))
    return Ball(_density(m, n, series_of(a), series_of(b), series_of(x)))


def _density(m: int, n: int, a: Any, b: Any, x: Any) -> Any:
    if not _is_inside(a[0], b[0], x[0]) or x[0].is_zero() or x[0] == 1:
        return arb_series([NAN] * ctx.cap)
    powers = incomplete_beta.bell(m, n, _cumulants(m, n, a, b, x))
    y = incomplete_beta.shifted(m, n, a, b, 1, 1, powers)
    return y * _factor(a, b, x) / (x * (1 - x))


def _is_inside(a: Any, b: Any, x: Any) -> bool:
    """Whether the operands are in the domain. Raises Undecided if a ball is partly inside."""
    for c in (a, b, x, 1 - x):
        if c.contains(0) and not c.is_zero():
            raise Undecided
    return bool(a > 0 and b > 0 and x >= 0 and x <= 1)


def _factor(a: Any, b: Any, p: Any) -> Any:
    """pᵃ·(1 − p)ᵇ·Γ(a + b)/(Γ(a + 1)·Γ(b + 1))."""
    power = (a * p.log() + b * (1 - p).log()).exp()
    return power * (a + b).gamma() * (a + 1).rgamma() * (b + 1).rgamma()


def _cumulants(m: int, n: int, a: Any, b: Any, p: Any) -> Any:
    return beta_series.cumulants(m, n, a, b, p, lambda s: s.log(), _polygamma)


def _polygamma(n: int, s: Any) -> Any:
    """The n-th derivative of digamma at a series right of 0, from the series of log Γ."""
    cap, x = ctx.cap, s[0]
    logs = at_precision(ctx.prec, cap + n + 1, lambda: arb_series([x, 1]).lgamma())
    slopes = [logs[k + n + 1] * math.perm(k + n + 1, n + 1) for k in range(cap)]
    if s.length() < 2:
        return arb_series(slopes[:1])
    return arb_series(slopes)(arb_series([0, *s.coeffs()[1:]]))


def _length(a: Any, b: Any, p: Any, bits: float | None = None) -> float:
    """After how many terms those of the series for p are below 2^-bits; ∞ if after too many."""
    return _estimated(float(a[0]), float(b[0]), float(p[0]), ctx.prec if bits is None else bits)


@lru_cache(32)  # the value and all slopes at a point ask for the same
def _estimated(a: float, b: float, p: float, bits: float) -> float:
    """The same for floats.

    The logarithm of a term is one of gamma functions, and Σ log(s + k) is about the integral over
    k.
    """
    order, total = (min(max(x, 1 / HUGE), HUGE) for x in (a + 1, a + b))
    each, last = math.log(max(p, math.ulp(0.0))), -bits * math.log(2)

    def is_small(k: int) -> bool:
        numerator = total * math.log1p(k / total) + k * math.log(total + k)
        denominator = order * math.log1p(k / order) + k * math.log(order + k)
        falls = (total + k) * p < order + k  # from here on
        return falls and numerator - denominator + k * each < last

    k = bisect_left(range(2 * LONGEST), True, key=is_small)
    return k if k < 2 * LONGEST else math.inf


def _integral(a: Any, b: Any, x: Any) -> Any:
    """Iₓ(a, b) as a series, for 0 < x < 1: the integral up to x, or 1 less the one from x on."""
    lower, upper = (a, b, x), (b, a, 1 - x)
    smaller, other = (lower, upper) if x[0] * (a[0] + b[0]) <= a[0] else (upper, lower)
    # the larger share loses digits
    side = smaller if _length(*smaller) <= 16 * _length(*other) else other
    return _share(*side) if side is lower else 1 - _share(*side)


def _share(a: Any, b: Any, p: Any) -> Any:
    """The integral up to p. A value, its slopes and its derivative in x ask for the same."""
    operands = [tuple(series.coeffs()) for series in (a, b, p)]
    exact = all(c.is_exact() for coefficients in operands for c in coefficients)
    compute = _computed if exact else _computed.__wrapped__  # no other ball has a hash
    return compute(ctx.prec, ctx.cap, *operands)


@lru_cache(64)
def _computed(prec: int, cap: int, *operands: tuple[Any, ...]) -> Any:
    """The integral up to p, from the coefficients of a, b and p, at Arb's present precision.

    The sum is Σ (a + b)ₖ/(a + 1)ₖ·pᵏ, which is ₂F₁(a + b, 1; a + 1; p). FLINT adds as many terms
    as it is told, and to each coefficient a bound on the rest. So any number of terms is certified,
    and the number only says how narrow the balls are. If the factor is tiny, few are enough.

    Raises:
        Undecided: If the sum would take too long.
    """
    a, b, p = (arb_series(list(coefficients)) for coefficients in operands)
    factor = _factor(a, b, p)
    largest = max((c.abs_upper() for c in factor.coeffs()), default=arb(0))
    needed = MOST + float(largest.log()) / math.log(2) if largest > 0 else 0
    bits = int(min(ctx.prec, max(needed, -MOST)))
    terms = _length(a, b, p, bits + MORE)
    if terms > (LONGEST if bits > 0 else 2 * LONGEST):
        raise Undecided
    above, below = [acb_series(a + b), acb_series([1])], [acb_series(a + 1)]
    y = acb_series.hypgeom(above, below, acb_series(p), int(terms) + ctx.cap)
    return b * factor * arb_series([c.real for c in y.coeffs()], ctx.cap)

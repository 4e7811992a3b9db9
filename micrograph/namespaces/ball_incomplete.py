"""The incomplete gamma functions on power series of balls.

In x the series is that of the density. In a the sum for P(a, x) is taken, whose terms are series
themselves, with a bound on its rest. If that sum is too long, it is Cauchy's integral: Γ(a, x) is
computed at points on a small circle around a, and a bound on a larger circle says how far their
mean may be off. So all derivatives are certified, in a and in x.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from .series import (
    NAN,
    Ball,
    Undecided,
    acb,
    arb,
    arb_series,
    at_precision,
    ctx,
    outside,
    series_of,
    sign,
    whole,
)

LONGEST = 20_000
"""The most terms of a sum."""

MOST = 1_300
"""The most bits by which 1 − P may be smaller than P. A float that is smaller is 0."""

HUGE = 1e300
"""Beyond it an estimate on floats would overflow."""


def gammainc(a: Any, x: Any) -> Ball:
    """P(a, x)."""
    return _expanded(0, a, x, lambda k, s: _regularised(k, s, series_of(x)[0], False))


def gammaincc(a: Any, x: Any) -> Ball:
    """Q(a, x) = 1 − P(a, x)."""
    return _expanded(0, a, x, lambda k, s: _regularised(k, s, series_of(x)[0], True), -1)


def gammainc_slope(order: Any, a: Any, x: Any) -> Ball:
    """∂ⁿP(a, x)/∂aⁿ. For n > 0 it may be taken from −Q: the smaller one keeps its digits."""
    n, end = whole(order), series_of(x)[0]
    upper = bool(n and end > series_of(a)[0])
    side = -1 if upper else 1
    return _expanded(n, a, x, lambda k, s: _regularised(k, s, end, upper, side))


def gammainc_density(order: Any, a: Any, x: Any) -> Ball:
    """∂ⁿ/∂aⁿ of the density xᵃ⁻¹·exp(−x)/Γ(a)."""
    return _expanded(whole(order), a, x, None)


def _expanded(
    n: int, a: Any, x: Any, first: Callable[[int, Any], Any] | None, side: int = 1
) -> Ball:
    """The n-th derivative in a of a function, at two series: Σ of powers of x − x₀.

    Args:
        n: Which derivative.
        a: The order, a series.
        x: The end of the integral, a series.
        first: (k, s) → the function at x₀ as a series of k terms at s; None is the density itself.
        side: 1 if the slope in x is the density, −1 if it is minus the density.
    """
    order, end = series_of(a), series_of(x)
    s, z = order[0], end[0]
    _decided(s, z)
    if not s > 0 or z < 0 or (first is None and not z > 0):
        return Ball(arb_series([NAN] * ctx.cap))
    moving, turning = end.length() > 1, order.length() > 1
    if not z > 0:
        if sign(end) < 0:
            return outside()
        exact = 0 if n or side > 0 else 1
        return Ball(arb_series([arb(exact)] + [NAN] * (ctx.cap - 1) if moving else [arb(exact)]))
    terms = ctx.cap
    cap = n + (terms if turning else 1)  # of the series in a
    parts = [] if first is None else [first(cap, s)]
    if first is None or moving:
        parts += at_precision(ctx.prec, cap, lambda: _density(s, z, terms, side, bool(parts)))
    step = arb_series([0, *end.coeffs()[1:]], terms)
    y, power = arb_series([0], terms), arb_series([1], terms)
    for part in parts[:terms]:
        slope = [part[k + n] * math.perm(k + n, n) for k in range(cap - n)]
        inner = arb_series([0, *order.coeffs()[1:]], terms)
        y += power * (arb_series(slope, terms)(inner) if turning else slope[0])
        if not moving:
            break
        power *= step
    return Ball(y)


def _decided(s: Any, z: Any) -> None:
    """Raises Undecided if a ball may hold numbers outside the domain and inside."""
    for c in (s, z):
        if c.contains(0) and not c.is_zero():
            raise Undecided


def _density(s: Any, z: Any, terms: int, side: int, summed: bool) -> list[Any]:
    """The coefficients of the density's powers of x − z, each a series in a − s.

    Args:
        s: The order.
        z: Where.
        terms: How many.
        side: 1, or −1 for minus the density.
        summed: Whether the coefficients of the integral are asked for: from the power 1 on.
    """
    a = arb_series([s, 1])
    scale = side * ((a - 1) * z.log() - z).exp() * a.rgamma()
    powers = [arb_series([1])]
    for j in range(1, terms):
        powers.append(powers[-1] * (a - j) / (j * z))
    found = []
    for j in range(terms):
        c = sum(
            (powers[i] * arb((-1) ** (j - i)) / math.factorial(j - i) for i in range(j + 1)),
            arb_series([0]),
        )
        found.append(scale * c / (j + 1 if summed else 1))
    return found


def _regularised(cap: int, s: Any, z: Any, upper: bool, side: int = 1) -> Any:
    """P(a, z) or Q(a, z), times ``side``, as a series of so many terms at a = s."""
    far = z > 2 * s + ctx.prec  # there Arb's asymptotic series for Q is the shorter one
    bits = ctx.prec + 30 + (_lost(s, z) if z > s and not far else 0)
    bits += 3 * int(float((s + z + 2).log()))
    length = LONGEST if far else _length(s, z, bits + cap)
    if length == LONGEST:
        return _by_circle(cap, s, z, upper, side)

    def summed() -> Any:
        a = arb_series([s, 1])
        y = (a * z.log() - z).exp() * (a + 1).rgamma() * _sum(a, z, length)
        return side * (1 - y if upper else y)

    return at_precision(bits, cap, summed)


def _lost(s: Any, z: Any) -> int:
    """How many bits 1 − P loses. More than MOST are not counted: what is left is 0 to a float."""
    rest = at_precision(40, 1, lambda: z.gamma_upper(s, 1)).abs_lower()
    return MOST if not rest > arb(2) ** -MOST else 1 + int(-math.log2(float(rest)))


def _length(s: Any, z: Any, bits: float) -> int:
    """After how many terms those of the sum for P are below 2^-bits; LONGEST if after more.

    The logarithm of the denominator, Σ log(s + k), is about the integral over k.
    """
    order = min(max(float(s), 1.0), HUGE)
    end, rise = min(float(z), HUGE), 1 + float(z.log())

    def is_small(k: int) -> bool:
        size = k * (rise - math.log(order + k)) - order * math.log1p(k / order)
        return end < order + k and size < -bits * math.log(2)

    return bisect_left(range(LONGEST), True, key=is_small)


def _sum(a: Any, z: Any, n: int) -> Any:
    """Σ zᵏ/((a + 1)·…·(a + k)), which is ₁F₁(1; a + 1; z), for a series a = s + t.

    The terms up to the n-th are added by Horner's rule. On the disc |a − s| ≤ ½ the others are at
    most those for s − ½, and these at most a geometric series. So by Cauchy's inequality the j-th
    coefficient of the rest is at most the sum of that series, times 2ʲ.

    Raises:
        Undecided: If the terms do not fall from the n-th on.
    """
    s, cap = a[0], ctx.cap
    order = a if cap > 1 else s
    total = arb(1)
    for k in range(n, 0, -1):
        total = total * z / (order + k) + 1
    least = s - 0.5
    ratio = z / (least + n + 2)
    if not ratio < 1:
        raise Undecided
    rest = z ** (n + 1) / (least + 1).rising(n + 1) / (1 - ratio)
    return total + arb_series([arb(0, (rest * 2**j).abs_upper()) for j in range(cap)], cap)


def _by_circle(cap: int, s: Any, z: Any, upper: bool, side: int) -> Any:
    """The same, from the integral on a circle around s.

    Raises:
        Undecided: If a and z are large and nearly equal: Arb would take seconds.
    """
    if 0.9 * s < z < 1.1 * s:
        raise Undecided
    if not upper and z > s:  # Arb's own lower one is wide there
        return at_precision(ctx.prec, cap, lambda: side * (1 - _by_circle(cap, s, z, True, 1)))
    if cap == 1:
        y = z.gamma_upper(s, 1) if upper else _integral(acb(s), z, False).real * s.rgamma()
        return arb_series([side * y])
    n = 2 * cap + 6
    fine = math.ceil(ctx.prec / (n - cap))  # so many bits smaller is the inner circle
    coefficients = at_precision(
        ctx.prec + fine * cap + 40, cap, lambda: _cauchy(cap, n, fine, s, z, upper)
    )
    return at_precision(
        ctx.prec, cap, lambda: side * arb_series(coefficients) * arb_series([s, 1]).rgamma()
    )


def _cauchy(cap: int, n: int, fine: int, s: Any, z: Any, upper: bool) -> list[Any]:
    """The first coefficients in a − s of the integral of tᵃ⁻¹·exp(−t) up to z, or from z on.

    On a circle of radius R its size is at most its sum at s − R and s + R, since so is |tᵃ|.
    """
    far = arb((s / 2).mid()) if s < 2 else arb(1)
    size = sum((_integral(acb(s + side * far), z, upper).real for side in (-1, 1)), arb(0))
    near = far / arb(2) ** fine
    turns = [acb(arb(2 * j) / n).exp_pi_i() for j in range(n)]
    at = [_integral(acb(s) + near * w, z, upper) for w in turns]
    lost = size / (arb(2) ** (fine * n) - 1)
    found = []
    for k in range(cap):
        mean = sum((y * turns[-j * k % n] for j, y in enumerate(at)), acb(0)).real / n
        off = lost.abs_upper() / far**k
        found.append(mean / near**k + arb(0, off.abs_upper()))
    return found


def _integral(s: Any, z: Any, upper: bool) -> Any:
    """∫ tˢ⁻¹·exp(−t) dt from 0 to z, or from z on; s may be complex.

    Raises:
        Undecided: If Arb encloses it with no finite ball, or the series would take too long.
    """
    # not Arb's own gamma_lower: from some hundreds on it is wide, or NaN
    y = acb(z).gamma_upper(s) if upper else (s * acb(z).log() - z).exp() / s * _series(s, z)
    if not y.is_finite():
        raise Undecided
    return y


def _series(s: Any, z: Any) -> Any:
    """Σ zᵏ/((s + 1)·…·(s + k)), which is ₁F₁(1; s + 1; z).

    Arb's own sum is tried first. For large s and z it needs more bits, and then takes longer than
    the sum term by term, whose rest is less than that of a geometric series.
    """
    bits, large = ctx.prec, max(abs(s.real), z)
    for more in (0, int(1.5 * float(large.mid()))) if large < 300 else ():
        y = at_precision(bits + more, ctx.cap, lambda: acb(z).hypgeom_1f1(1, s + 1))
        if y.real.rel_accuracy_bits() > bits - 20:
            return y
    term, total, k = acb(1), acb(1), 0
    least = arb(2) ** -ctx.prec
    while True:
        k += 1
        if k > LONGEST:
            raise Undecided
        term *= z / (s + k)
        total += term
        ratio = z / (s.real + k + 1)
        if ratio < 1:
            rest = (abs(term) * ratio / (1 - ratio)).abs_upper()
            if rest < least:
                return total + acb(arb(0, rest), arb(0, rest))

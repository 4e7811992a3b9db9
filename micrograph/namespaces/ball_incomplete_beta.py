"""The incomplete beta function on power series of balls, and its derivatives in a and b.

All come from the series of ``special/beta_series.py``, whose terms are series themselves. What its
rest adds to a coefficient is bounded by Cauchy's inequality: on small discs around all operands the
terms are at most those of a geometric series. So all derivatives are certified, in a, b and x.
"""

from __future__ import annotations

import math
from typing import Any

from ..special import beta_series, incomplete_beta
from .series import NAN, Ball, Undecided, arb, arb_series, at_precision, ctx, series_of, whole

DISC = 0.25  # by how much a and b may vary at most, where the rest is bounded
LONGEST = 16_384  # terms
HUGE = 1e300  # beyond it an estimate on floats would overflow
MOST = 1_300  # bits: a float that is smaller than 2^-MOST is 0


def betainc(a: Any, b: Any, x: Any) -> Ball:
    """Iₓ(a, b)."""
    return betainc_slope(0, a, b, x)


def betainc_slope(k: Any, a: Any, b: Any, x: Any) -> Ball:
    """The derivative of Iₓ(a, b) in a and b that k says."""
    m, n = incomplete_beta.orders(whole(k))
    s, t, end = series_of(a), series_of(b), series_of(x)
    if not _is_inside(s[0], t[0], end[0]):
        return Ball(arb_series([NAN] * ctx.cap))
    if end[0].is_zero() or end[0] == 1:
        exact = [end[0] if m + n == 0 else arb(0)]
        return Ball(arb_series(exact + [NAN] * (ctx.cap - 1) * (end.length() > 1)))
    lower, upper = (m, n, s, t, end), (n, m, t, s, 1 - end)
    smaller, other = (lower, upper) if end[0] * (s[0] + t[0]) <= s[0] else (upper, lower)
    # the larger share loses digits
    side = smaller if _length(*smaller[2:]) <= 4 * _length(*other[2:]) else other
    y = _share(*side)
    if side is lower:
        return Ball(y)
    return Ball(-y if m + n else 1 - y)


def betainc_density(k: Any, a: Any, b: Any, x: Any) -> Ball:
    """The derivative in a and b, that k says, of the density xᵃ⁻¹·(1 − x)ᵇ⁻¹/B(a, b)."""
    m, n = incomplete_beta.orders(whole(k))
    s, t, end = series_of(a), series_of(b), series_of(x)
    if not _is_inside(s[0], t[0], end[0]) or end[0].is_zero() or end[0] == 1:
        return Ball(arb_series([NAN] * ctx.cap))
    powers = incomplete_beta.bell(m, n, _cumulants(m, n, s, t, end))
    y = incomplete_beta.shifted(m, n, s, t, 1, 1, powers)
    return Ball(y * _factor(s, t, end) / (end * (1 - end)))


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
    """How many terms the series for p takes, up to a power of 2; ∞ if it would be too long.

    The logarithm of a term is one of gamma functions, and Σ log(s + k) is about the integral over
    k.
    """
    order, total = (min(max(float(x), 1 / HUGE), HUGE) for x in (a[0] + 1, a[0] + b[0]))
    each = float(p[0].log())
    last, k = -(ctx.prec if bits is None else bits) * math.log(2), 16
    while k <= LONGEST:
        numerator = total * math.log1p(k / total) + k * math.log(total + k)
        denominator = order * math.log1p(k / order) + k * math.log(order + k)
        if numerator - denominator + k * each < last:
            return k
        k *= 2
    return math.inf


def _share(m: int, n: int, a: Any, b: Any, p: Any) -> Any:
    """The derivative of the integral up to p."""
    factor = _factor(a, b, p)
    y = beta_series.derivative(m, n, _sums(m, n, a, b, p, factor), a, b, _cumulants(m, n, a, b, p))
    return y * factor


def _sums(m: int, n: int, a: Any, b: Any, p: Any, factor: Any) -> Any:
    """Σ (a + b)ₖ/(a + 1)ₖ·pᵏ, a bivariate polynomial of series.

    Args:
        m: The highest power of the change of a.
        n: The highest power of the change of b.
        a: The power of t.
        b: The power of 1 − t.
        p: The end of the integral.
        factor: What the sums will be multiplied by. If it is tiny, a rough sum is enough.

    Raises:
        Undecided: If the sum would take too long.
    """
    size = max((_size(s) for s in (a, b)), default=arb(0))
    inner = min(p[0].abs_lower(), (1 - p[0]).abs_lower()) / 4
    radius = arb(min(1.0, DISC / (float(size) + 1), float(inner) / (float(_size(p)) + 1e-300)))
    radius *= 0.99  # for what the floats were rounded by
    # the discs: t varies by the radius, ε and δ by DISC
    most, least = (a[0] + b[0] + 4 * DISC).upper(), (a[0] - 2 * DISC).lower()
    furthest = (p[0] + radius * _size(p)).abs_upper()
    scale = radius ** -(ctx.cap - 1) * arb(DISC) ** -(m + n)
    largest = max((c.abs_upper() for c in factor.coeffs()), default=arb(0))
    needed = MOST + float(largest.log()) / math.log(2) if largest > 0 else 0
    bits = int(min(ctx.prec, max(needed, -MOST)))
    enough = arb(2) ** -bits
    if bits > 0 and _length(a, b, p, bits) == math.inf:
        raise Undecided
    sums = [[arb_series([0]) for _ in range(n + 1)] for _ in range(m + 1)]
    bound = arb(1)
    for k, term in enumerate(beta_series.term_by_term(m, n, a, b, p, arb_series([1]))):
        if k > 2 * LONGEST:
            raise Undecided
        ratio = (most + k) * furthest / (least + 1 + k)  # of the next bound to this one
        tail = ratio if ratio > furthest else furthest  # the ratios go from it towards furthest
        if tail < 1 and bound / (1 - tail) * scale < enough:
            break
        for i in range(m + 1):
            for j in range(n + 1):
                sums[i][j] += term[i][j]
        bound = (bound * ratio).abs_upper()
    rest = (bound / (1 - tail)).abs_upper()
    for i in range(m + 1):
        for j in range(n + 1):
            off = [rest / radius**d / arb(DISC) ** (i + j) for d in range(ctx.cap)]
            sums[i][j] += arb_series([arb(0, y.abs_upper()) for y in off])
    return sums


def _size(s: Any) -> Any:
    """The sum of the absolute coefficients from the first power on."""
    return sum((c.abs_upper() for c in s.coeffs()[1:]), arb(0)).abs_upper()

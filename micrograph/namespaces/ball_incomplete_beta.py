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
LONGEST = 30_000  # terms


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
    if end[0].mid() <= 0.5:
        return Ball(_lower(m, n, s, t, end))
    y = _lower(n, m, t, s, 1 - end)
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


def _lower(m: int, n: int, a: Any, b: Any, p: Any) -> Any:
    """The derivative of the integral up to p, where p is about ½ at most."""
    sums = _sums(m, n, a, b, p)
    y = beta_series.derivative(m, n, sums, a, b, _cumulants(m, n, a, b, p))
    return y * _factor(a, b, p)


def _sums(m: int, n: int, a: Any, b: Any, p: Any) -> Any:
    """Σ (a + b)ₖ/(a + 1)ₖ·pᵏ, a bivariate polynomial of series."""
    size = max((_size(s) for s in (a, b)), default=arb(0))
    inner = p[0].abs_lower() / 4
    radius = arb(min(1.0, DISC / (float(size) + 1), float(inner) / (float(_size(p)) + 1e-300)))
    radius *= 0.99  # for what the floats were rounded by
    # the discs: t varies by the radius, ε and δ by DISC
    most, least = (a[0] + b[0] + 4 * DISC).upper(), (a[0] - 2 * DISC).lower()
    furthest = (p[0] + inner).abs_upper()
    scale = radius ** -(ctx.cap - 1) * arb(DISC) ** -(m + n)
    sums = [[arb_series([0]) for _ in range(n + 1)] for _ in range(m + 1)]
    bound = arb(1)
    for k, term in enumerate(beta_series.term_by_term(m, n, a, b, p, arb_series([1]))):
        if k > LONGEST:
            raise Undecided
        ratio = (most + k) * furthest / (least + 1 + k)  # of the next bound to this one
        tail = ratio if ratio > furthest else furthest  # the ratios go from it towards furthest
        if tail < 0.9 and bound / (1 - tail) * scale < arb(2) ** -ctx.prec:
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

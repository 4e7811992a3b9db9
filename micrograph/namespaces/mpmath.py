"""MPMATH: the rows on mpmath's numbers, at whatever precision mpmath is set to.

Composite rows are computed by their textbook definition. The results are the truth with which
machine numbers are compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import add
from typing import Any

import mpmath

from ..core import Namespace, Primitive, atoms_in
from ..special import beta_series, incomplete_beta
from ..special.incomplete import weight
from ..special.lambert import END
from ..special.normal import moment_upwards


class _Mpmath(Namespace):
    def convert(self, x: Any) -> Any:
        return mpmath.mpf(x)

    def spell(self, row: Primitive) -> Callable[..., Any]:
        operation = super().spell(row)

        def real_operation(*operands: Any) -> Any:
            y = operation(*operands)
            return mpmath.nan if isinstance(y, mpmath.mpc) else y

        return real_operation


def _round(x: Any, digits: Any) -> Any:
    scale = mpmath.mpf(10) ** int(digits)
    return mpmath.nint(x * scale) / scale


def _trunc(x: Any) -> Any:
    return mpmath.floor(x) if x > 0 else mpmath.ceil(x)


def _copysign(x: Any, s: Any) -> Any:
    return abs(x) if s >= 0 else -abs(x)


def _truncnorm_moment(n: Any, x: Any) -> Any:
    """E[Xⁿ | X > 0], where X is normal with mean x and standard deviation 1.

    It is ∫ sⁿ exp(xs − s²/2) ds over s > 0, divided by that integral for n = 0. Each integral is a
    parabolic cylinder function (Abramowitz & Stegun 19.5.3). Except far left, mpmath takes seconds
    for these functions. So there a recurrence with digits to spare is used: it takes 0.2 ms.
    """
    if x < -1e6:
        above, below = mpmath.pcfd(-n - 1, -x), mpmath.pcfd(-1, -x)
        return mpmath.factorial(n) * above / below
    with mpmath.workprec(mpmath.mp.prec + 45 * (int(n) + 1)):  # a step may multiply errors by x²
        y = moment_upwards(int(n), x, x + mpmath.npdf(x) / mpmath.ncdf(x))
    return mpmath.mpf(y)


def _norm_ppf(p: Any) -> Any:
    """The inverse of Φ. In the tails it is found by Newton's method for log Φ.

    log Φ is concave. So from any start, the second step and all later ones go the same way.
    """
    q = min(p, 1 - p)
    if not q > 0:
        return mpmath.nan if q != 0 else mpmath.sign(p - 0.5) * mpmath.inf
    if q > 0.25:
        return mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1)
    with mpmath.extraprec(20):
        y = _left_ppf(q)
    return +y if p < 0.5 else -y


def _left_ppf(q: Any) -> Any:
    """The inverse of Φ for q ≤ ¼, at the present precision."""
    y, step = -mpmath.sqrt(-2 * mpmath.log(q)), mpmath.mpf(1)
    while abs(step) > abs(y) * mpmath.mpf(2) ** (-mpmath.mp.prec / 2):  # it doubles the digits
        below = mpmath.ncdf(y)
        step = mpmath.log(q / below) * below / mpmath.npdf(y)
        y += step
    return y


def _lambertw(x: Any, k: Any) -> Any:
    if k not in (0, -1):
        return mpmath.nan
    return mpmath.mpf(-1) if x == END else mpmath.lambertw(x, int(k))


def _gammainc(a: Any, x: Any, upper: bool = False) -> Any:
    """P(a, x) or Q(a, x)."""
    if not (a > 0 and x >= 0):
        return mpmath.nan
    ends = (x, mpmath.inf) if upper else (0, x)
    return mpmath.gammainc(a, *ends, regularized=True)


def _gammainc_slope(n: Any, a: Any, x: Any) -> Any:
    """∂ⁿP(a, x)/∂aⁿ, from the series of P that DLMF 8.7.1 has, term by term.

    Its terms are as large as exp(x), and the result may be as small as exp(−x), so it takes digits
    to spare, and a time that grows with x.
    """
    if not n or not (a > 0 and x > 0):
        return _gammainc(a, x) if a > 0 and not n else 0 * x if a > 0 and x == 0 else mpmath.nan
    with mpmath.workprec(mpmath.mp.prec + 40 + 5 * int(x) + 10 * int(n)):
        y = _gammainc_sum(int(n), a, x, mpmath.log(x))
    return +y


def _gammainc_sum(n: int, a: Any, x: Any, log: Any) -> Any:
    """The sum of that series, at the present precision."""
    sums, power, j = [mpmath.mpf(0)] * (n + 1), mpmath.mpf(1), 0
    while j <= x or abs(power) > mpmath.ldexp(1, -mpmath.mp.prec):
        term = power / (a + j)
        for k in range(n + 1):
            sums[k] += term
            term *= -(k + 1) / (a + j)
        j += 1
        power *= -x / j
    ours = [
        sum(math.comb(k, i) * log ** (k - i) * sums[i] for i in range(k + 1)) for k in range(n + 1)
    ]
    return x**a * sum(math.comb(n, k) * _rgamma(n - k, a) * ours[k] for k in range(n + 1))


def _gammainc_density(n: Any, a: Any, x: Any) -> Any:
    """∂ⁿ/∂aⁿ of xᵃ⁻¹·exp(−x)/Γ(a), by Leibniz's rule."""
    if not (a > 0 and x > 0):
        return mpmath.nan
    n, log = int(n), mpmath.log(x)
    with mpmath.workprec(mpmath.mp.prec + 40 + 10 * n):
        y = sum(math.comb(n, k) * _rgamma(n - k, a) * log**k for k in range(n + 1))
        y *= x ** (a - 1) * mpmath.exp(-x)
    return +y


def _rgamma(n: int, a: Any) -> Any:
    """The n-th derivative of 1/Γ(a) = a/Γ(a + 1)."""
    logs = [-mpmath.polygamma(k, a + 1) for k in range(n)]
    return weight(n, a, 1, logs) * mpmath.rgamma(a + 1)


def _betainc(a: Any, b: Any, x: Any) -> Any:
    """Iₓ(a, b)."""
    if not (a > 0 and b > 0 and 0 <= x <= 1):
        return mpmath.nan
    with mpmath.extraprec(40):
        y = mpmath.betainc(a, b, 0, x, regularized=True)
    return +y


def _betainc_slope(k: Any, a: Any, b: Any, x: Any) -> Any:
    """The derivative of Iₓ(a, b) that k says, from the series DLMF 8.17.8, term by term."""
    if not k or not (a > 0 and b > 0 and 0 < x < 1):
        inside = a > 0 and b > 0 and x in (0, 1)
        return _betainc(a, b, x) if not k else 0 * x if inside else mpmath.nan
    m, n = incomplete_beta.orders(float(k))
    if x > 0.5:
        with mpmath.extraprec(60):
            y = -_betainc_slope(k + m - n, b, a, 1 - x)
        return +y
    lost = abs(mpmath.log(_beta_factor(a, b, x), 2))  # the result may be as small as the density
    with mpmath.workprec(mpmath.mp.prec + 60 + int(lost)):
        sums = _betainc_sums(m, n, a, b, x)
        c = beta_series.cumulants(m, n, a, b, x, mpmath.log, mpmath.polygamma)
        y = beta_series.derivative(m, n, sums, a, b, c) * _beta_factor(a, b, x)
    return +y


def _betainc_sums(m: int, n: int, a: Any, b: Any, x: Any) -> list[list[Any]]:
    """The sums of that series, at the present precision."""
    sums = [[mpmath.mpf(0)] * (n + 1) for _ in range(m + 1)]
    for j, term in enumerate(beta_series.term_by_term(m, n, a, b, x, mpmath.mpf(1))):
        sums = [list(map(add, *rows)) for rows in zip(sums, term, strict=True)]
        least = mpmath.ldexp(sums[0][0], -mpmath.mp.prec)
        if (a + b + j) * x < 0.8 * (a + j) and max(max(map(abs, row)) for row in term) < least:
            break
    return sums


def _beta_factor(a: Any, b: Any, x: Any) -> Any:
    """xᵃ·(1 − x)ᵇ·Γ(a + b)/(Γ(a + 1)·Γ(b + 1))."""
    return x**a * (1 - x) ** b * mpmath.gammaprod([a + b], [a + 1, b + 1])


def _betainc_density(k: Any, a: Any, b: Any, x: Any) -> Any:
    """The derivative in a and b, that k says, of xᵃ⁻¹·(1 − x)ᵇ⁻¹/B(a, b)."""
    if not (a > 0 and b > 0 and 0 < x < 1):
        return mpmath.nan
    m, n = incomplete_beta.orders(float(k))
    with mpmath.extraprec(100):
        c = beta_series.cumulants(m, n, a, b, x, mpmath.log, mpmath.polygamma)
        y = incomplete_beta.shifted(m, n, a, b, 1, 1, incomplete_beta.bell(m, n, c))
        y *= _beta_factor(a, b, x) / x / (1 - x)
    return +y


OF_MPMATH: tuple[Any, ...] = (
    _round, _trunc, _copysign, _truncnorm_moment, _norm_ppf, _lambertw, _gammainc, _gammainc_slope,
    _gammainc_density, _betainc, _betainc_slope, _betainc_density,
)  # fmt: skip
"""Functions that are named after their rows, with an underscore before."""

MPMATH = _Mpmath(
    "mpmath",
    {
        **atoms_in(mpmath),
        **{f.__name__.removeprefix("_"): f for f in OF_MPMATH},
        "floordiv": lambda a, b: mpmath.floor(a / b),
        "cbrt": lambda x: _copysign(mpmath.cbrt(abs(x)), x),
        "fmod": lambda a, b: a - b * _trunc(a / b),
        "remainder": lambda a, b: a - b * mpmath.nint(a / b),
        "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
        "polygamma": lambda n, x: mpmath.polygamma(int(n), x),
        "sinc": mpmath.sincpi,
        "erfinv": mpmath.erfinv,
        "j0": lambda x: mpmath.besselj(0, x),
        "j1": lambda x: mpmath.besselj(1, x),
        "i0e": lambda x: mpmath.exp(-abs(x)) * mpmath.besseli(0, x),
        "i1e": lambda x: mpmath.exp(-abs(x)) * mpmath.besseli(1, x),
        "j1_slope": lambda x: mpmath.besselj(1, x, 1),  # at 0, too
        "i1e_slope": lambda x: (
            mpmath.exp(-abs(x))
            * ((mpmath.besseli(0, x) + mpmath.besseli(2, x)) / 2 - abs(mpmath.besseli(1, x)))
        ),
        "gammaincc": lambda a, x: _gammainc(a, x, True),
        "where": lambda condition, a, b: a if condition else b,
    },
    types=(mpmath.mpf,),
    rank=1,
    pi=mpmath.pi,
    exact=True,
)

"""MPMATH: the rows on mpmath's numbers, at whatever precision mpmath is set to.

Composite rows are computed by their textbook definition. The results are the truth with which
machine numbers are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath

from ..core import Namespace, Primitive, atoms_in
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
    y, step = -mpmath.sqrt(-2 * mpmath.log(q)), mpmath.mpf(1)
    with mpmath.extraprec(20):
        while abs(step) > abs(y) * mpmath.mpf(2) ** (-mpmath.mp.prec / 2):  # it doubles the digits
            below = mpmath.ncdf(y)
            step = mpmath.log(q / below) * below / mpmath.npdf(y)
            y += step
    return +y if p < 0.5 else -y


def _lambertw(x: Any, k: Any) -> Any:
    if k not in (0, -1):
        return mpmath.nan
    return mpmath.mpf(-1) if x == END else mpmath.lambertw(x, int(k))


MPMATH = _Mpmath(
    "mpmath",
    {
        **atoms_in(mpmath),
        "floordiv": lambda a, b: mpmath.floor(a / b),
        "round": _round,
        "trunc": _trunc,
        "cbrt": lambda x: _copysign(mpmath.cbrt(abs(x)), x),
        "copysign": _copysign,
        "fmod": lambda a, b: a - b * _trunc(a / b),
        "remainder": lambda a, b: a - b * mpmath.nint(a / b),
        "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
        "polygamma": lambda n, x: mpmath.polygamma(int(n), x),
        "truncnorm_moment": _truncnorm_moment,
        "sinc": mpmath.sincpi,
        "norm_ppf": _norm_ppf,
        "erfinv": mpmath.erfinv,
        "lambertw": _lambertw,
        "j0": lambda x: mpmath.besselj(0, x),
        "j1": lambda x: mpmath.besselj(1, x),
        "i0e": lambda x: mpmath.exp(-abs(x)) * mpmath.besseli(0, x),
        "i1e": lambda x: mpmath.exp(-abs(x)) * mpmath.besseli(1, x),
        "where": lambda condition, a, b: a if condition else b,
    },
    types=(mpmath.mpf,),
    rank=1,
    pi=mpmath.pi,
    exact=True,
)

"""MPMATH: the rows on mpmath's numbers, at whatever precision mpmath is set to.

Composite rows are computed by their textbook definition. The results are the truth with which
machine numbers are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath

from ..core import Namespace, Primitive, atoms_in
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
        "where": lambda condition, a, b: a if condition else b,
    },
    types=(mpmath.mpf,),
    rank=1,
    pi=mpmath.pi,
    exact=True,
)

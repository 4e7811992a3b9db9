"""MPMATH: the rows on mpmath's numbers, at whatever precision mpmath is set to.

Composite rows are evaluated by their textbook definition: this is the truth that machine
numbers are compared with.
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
    """∫ sⁿ exp(xs − s²/2) ds over s > 0, by that for n = 0 (Abramowitz & Stegun 19.5.3).

    Elsewhere than far left that function takes seconds, and the recurrence with digits to spare
    0.2 ms.
    """
    if x < -1e6:
        above, below = mpmath.pcfd(-n - 1, -x), mpmath.pcfd(-1, -x)
        return mpmath.factorial(n) * above / below
    with mpmath.workprec(mpmath.mp.prec + 45 * (int(n) + 1)):  # each step may cost x² of them
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

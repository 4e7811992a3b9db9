"""MPMATH: the rows on mpmath's numbers, at whatever precision mpmath is set to.

Composite rows are evaluated by their textbook definition: this is the truth that machine
numbers are compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath

from ..namespaces import Namespace, atoms_in
from ..row import KINDS, Primitive


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
        "where": lambda condition, a, b: a if condition else b,
    },
    rank=1,
    pi=mpmath.pi,
    exact=True,
)
KINDS[mpmath.mpf] = MPMATH

"""MPMATH: the rows on mpmath's numbers, at whatever precision mpmath is set to.

Composite rows are evaluated by their textbook definition: this is the truth that machine
numbers are compared with.
"""

from __future__ import annotations

from typing import Any

import mpmath

from ..namespaces import Namespace, atoms_in
from ..row import KINDS


class _Mpmath(Namespace):
    def convert(self, x: Any) -> Any:
        return mpmath.mpf(x)


def _round(x: Any, digits: Any) -> Any:
    scale = mpmath.mpf(10) ** int(digits)
    return mpmath.nint(x * scale) / scale


MPMATH = _Mpmath(
    "mpmath",
    {
        **atoms_in(mpmath),
        "floordiv": lambda a, b: mpmath.floor(a / b),
        "round": _round,
        "where": lambda condition, a, b: a if condition else b,
    },
    rank=1,
    exact=True,
)
KINDS[mpmath.mpf] = MPMATH

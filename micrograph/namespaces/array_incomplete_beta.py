"""The incomplete beta function on arrays: ``special/incomplete_beta.py`` for a whole array at once.

The value is a library's own. The derivatives are those of ``special/incomplete_beta.py`` on floats,
without its decimal numbers: log B comes from the row betaln, and ψ from the library.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from ..special import beta, incomplete, incomplete_beta
from ..special.elementary import horner
from ..special.gamma import ODD
from .array_incomplete import beyond, to_nodes


def atoms(lib: Any, special: Any) -> dict[str, Callable[..., Any]]:
    """The atoms for the arrays of a library.

    Args:
        lib: Its module, with the functions of the Array API standard.
        special: Its module of special functions, which have SciPy's names.
    """
    return {
        "betainc": partial(_value, lib, special.betainc),
        "betainc_slope": partial(_slope, lib, special),
        "betainc_density": partial(_density, lib, special),
    }


def _value(lib: Any, f: Callable[..., Any], a: Any, b: Any, x: Any) -> Any:
    """The library's own, NaN outside the domain."""
    one = lib.ones_like(a + b + x)
    usual = _usual(a, b, x)
    y = f(*_safe(lib, usual, a, b, x))
    end = lib.where((x == 1) | ((x > 0) & (b == math.inf)), one, 0 * one)
    return lib.where(_inside(a, b, x), lib.where(usual, y, end), math.nan * one)


def _inside(a: Any, b: Any, x: Any) -> Any:
    return (a > 0) & (b > 0) & (x >= 0) & (x <= 1) & ((a < math.inf) | (b < math.inf))


def _usual(a: Any, b: Any, x: Any) -> Any:
    return (a > 0) & (b > 0) & (x > 0) & (x < 1) & (a < math.inf) & (b < math.inf)


def _safe(lib: Any, usual: Any, a: Any, b: Any, x: Any) -> tuple[Any, Any, Any]:
    """The numbers where they are usual, else such that nothing is NaN."""
    one = lib.ones_like(a + b + x)
    return lib.where(usual, a, one), lib.where(usual, b, one), lib.where(usual, x, 0.5 * one)


def _orders(row: str, k: Any) -> tuple[int, int]:
    """How often k says to differentiate.

    Raises:
        ValueError: If that is more often than three times.
    """
    try:
        return incomplete_beta.orders(float(k))
    except ValueError as error:
        raise ValueError(f"{row}: {error}") from None


def _slope(lib: Any, special: Any, k: Any, a: Any, b: Any, x: Any) -> Any:
    m, n = _orders("betainc_slope", k)
    if not m + n:
        return _value(lib, special.betainc, a, b, x)
    usual = _usual(a, b, x)
    s, t, end = _safe(lib, usual, a, b, x)
    low = end <= 0.5
    y = _lower(lib, special, m, n, *_safe(lib, low, s, t, end))
    z = _lower(lib, special, n, m, *_safe(lib, ~low, t, s, 1 - end))
    y = lib.where(usual, lib.where(low, y, -z), 0.0 * y)
    return lib.where(_inside(a, b, x), y, math.nan * lib.ones_like(y))


def _density(lib: Any, special: Any, k: Any, a: Any, b: Any, x: Any) -> Any:
    """The derivative in a and b that k says of the density."""
    m, n = _orders("betainc_density", k)
    usual = _usual(a, b, x)
    s, t, z = _safe(lib, usual, a, b, x)
    powers = incomplete_beta.bell(m, n, _cumulants(special, m, n, s, t, lib.log(z), lib.log1p(-z)))
    y = powers[m][n] * _factor(lib, special, s - 1, s, t - 1, t, z)
    one = lib.ones_like(y)
    here, other = lib.where(x == 0, a, b), lib.where(x == 0, b, a)
    at_end = lib.where(here == 1, other * one, math.inf * one)
    at_end = lib.where(here > 1, 0 * one, at_end if not k else math.nan * one)
    at_end = lib.where((a < math.inf) & (b < math.inf), at_end, 0 * one)
    y = lib.where(usual, y, at_end)
    return lib.where(_inside(a, b, x), y, math.nan * one)


def _factor(lib: Any, special: Any, p: Any, a: Any, q: Any, b: Any, x: Any) -> Any:
    """xᵖ·(1 − x)^q/B(a, b)."""
    return lib.exp(p * lib.log(x) + q * lib.log1p(-x) - beta.betaln(_Library(lib, special), a, b))


class _Library:
    """What the form of betaln calls, on arrays of one library."""

    def __init__(self, lib: Any, special: Any) -> None:
        self.lgamma, self.where = special.gammaln, lib.where
        self.log, self.log1p = lib.log, lib.log1p
        self.minimum, self.maximum = lib.minimum, lib.maximum


def _cumulants(
    special: Any, m: int, n: int, a: Any, b: Any, log_p: Any, log_q: Any, one: float = 0.0
) -> list[list[Any]]:
    """The derivatives in a and b of a·log p + b·log q − log B(a, b); of log B(a, b)·a, if one."""

    def cumulant(i: int, j: int) -> Any:
        psi = partial(special.polygamma, i + j - 1) if i + j > 1 else special.digamma
        y = psi(a + b)
        y = y if j else y - psi(a + one)
        y = y if i else y - psi(b)
        return y + (log_p if i else log_q) if i + j == 1 else y

    return [[cumulant(i, j) if i + j else 0.0 for j in range(n + 1)] for i in range(m + 1)]


def _lower(lib: Any, special: Any, m: int, n: int, a: Any, b: Any, p: Any) -> Any:
    """The derivative of the integral from 0 to p ≤ ½."""
    near = incomplete_beta.is_near(a, b, p)
    return lib.where(
        near,
        _near(lib, special, m, n, *_safe(lib, near, a, b, p)),
        _far(lib, special, m, n, *_safe(lib, ~near, a, b, p)),
    )


def _near(lib: Any, special: Any, m: int, n: int, a: Any, b: Any, p: Any) -> Any:
    powers = incomplete_beta.bell(m, n, _cumulants(special, m, n, a, b, lib.log(p), 0.0, 1.0))
    y: Any = 0.0
    for i in range(m + 1):
        for j in range(n + 1):
            part = incomplete_beta.series(i, j, a, b, p) + (1.0 if i + j == 0 else 0.0)
            y = y + math.comb(m, i) * math.comb(n, j) * powers[m - i][n - j] * part
    return y * _factor(lib, special, a, a, 0.0, b, p) / a


def _far(lib: Any, special: Any, m: int, n: int, a: Any, b: Any, p: Any) -> Any:
    above, deep = p * (a + b) - a, incomplete.DEPTH
    up = lib.where(above > 0, 1.0 + 0 * a, -1.0 + 0 * a)
    slope, both = up * above, a + b
    end = 2 * deep / (slope + lib.sqrt(slope * slope + 2 * deep * p * (1 - p) * both))
    for _ in range(12):
        more = lib.expm1(up * end)
        rise = slope + up * both * p * (1 - p) * (more / (1 + p * more))
        end = end - (slope * end + both * _bend(lib, p, up * end) - deep) / rise
    c = _cumulants(special, m, n, a, b, lib.log(p), lib.log1p(-p))
    c = [[y if isinstance(y, float) else to_nodes(y) for y in row] for row in c]
    v = to_nodes(end) * lib.asarray(incomplete_beta.PLACES, dtype=p.dtype)
    w, end_p = to_nodes(up) * v, to_nodes(p)
    down = lib.log1p(end_p * lib.expm1(w))
    y = incomplete_beta.bell(m, n, incomplete_beta.raised(c, w - down, -down))[m][n]
    y = y * lib.asarray(incomplete_beta.WEIGHTS, dtype=p.dtype)
    y = y * lib.exp(-to_nodes(slope) * v - to_nodes(both) * _bend(lib, end_p, w))
    return -up * _factor(lib, special, a, a, b, b, p) * end * lib.sum(y, axis=-1)


def _bend(lib: Any, p: Any, w: Any) -> Any:
    """log(1 + p·(exp(w) − 1)) − p·w."""
    small = lib.abs(w) < 0.7
    inner = lib.where(small, w, 0.0 * w)
    z = p * lib.expm1(inner)
    s = z / (2 + z)
    excess = s - 2 * s * s / (2 + z) * horner(ODD, s * s)
    return lib.where(
        small, p * beyond(lib, inner) - z * excess, lib.log1p(p * lib.expm1(w)) - p * w
    )

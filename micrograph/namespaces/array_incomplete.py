"""The incomplete gamma functions on arrays: ``special/incomplete.py`` for a whole array at once.

P and Q are a library's own. Their derivatives are those of ``special/incomplete.py`` on floats,
without its decimal numbers: an error of log Γ grows where the logarithm of the density is large.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from ..special import incomplete
from ..special.elementary import horner


def atoms(lib: Any, special: Any) -> dict[str, Callable[..., Any]]:
    """The atoms for the arrays of a library.

    Args:
        lib: Its module, with the functions of the Array API standard.
        special: Its module of special functions, which have SciPy's names.
    """
    return {
        "gammainc": partial(share, lib, special.gammainc, 0.0),
        "gammaincc": partial(share, lib, special.gammaincc, 1.0),
        "gammainc_density": partial(_density, lib, special),
        "gammainc_slope": partial(_slope, lib, special),
    }


def share(lib: Any, f: Callable[..., Any], limit: float, a: Any, x: Any) -> Any:
    """The library's P or Q, and NaN outside the domain. Where a is infinite, it is the limit."""
    inside = _inside(a, x)
    one = lib.ones_like(a + x)
    y = f(*_safe(lib, inside & (a < math.inf), a, x))
    return lib.where(inside, lib.where(a < math.inf, y, limit * one), math.nan * one)


def _inside(a: Any, x: Any) -> Any:
    return (a > 0) & (x >= 0) & ((a < math.inf) | (x < math.inf))


def _density(lib: Any, special: Any, n: Any, a: Any, x: Any) -> Any:
    """∂ⁿ/∂aⁿ of xᵃ⁻¹·exp(−x)/Γ(a)."""
    n = _order("gammainc_density", n)
    usual = (a > 0) & (x > 0) & (a < math.inf) & (x < math.inf)
    s, z = _safe(lib, usual, a, x)
    more = 1 if n > 1 else 0
    y = _factor(lib, special, s, z, -1, more) * incomplete.weight(
        n, s, more, _cumulants(lib, special, n, s, z, more)
    )
    pole = (-1.0) ** n * math.inf
    one = lib.ones_like(y)
    at_0 = lib.where(a == 1, one if not n else pole * one, pole * one)
    at_0 = lib.where(a > 1, 0 * one, at_0)
    y = lib.where(usual, y, lib.where((x == 0) & (a < math.inf), at_0, 0 * one))
    return lib.where(_inside(a, x), y, math.nan * lib.ones_like(a + x))


def _slope(lib: Any, special: Any, n: Any, a: Any, x: Any) -> Any:
    """∂ⁿP(a, x)/∂aⁿ."""
    n = _order("gammainc_slope", n)
    if not n:
        return share(lib, special.gammainc, 0.0, a, x)
    usual = (a > 0) & (x > 0) & (a < math.inf) & (x < math.inf)
    near = usual & ((x <= 0.5) | ((x <= 1) & (x < a)))
    y = lib.where(
        near,
        _near(lib, special, n, *_safe(lib, near, a, x)),
        _far(lib, special, n, *_safe(lib, usual & ~near, a, x)),
    )
    return lib.where(_inside(a, x), lib.where(usual, y, 0.0 * y), math.nan * lib.ones_like(a + x))


def _near(lib: Any, special: Any, n: int, a: Any, x: Any) -> Any:
    powers = incomplete.bell(n, _cumulants(lib, special, n, a, x, 1))
    y = powers[n]
    for k in range(n + 1):
        y = y + math.comb(n, k) * powers[n - k] * _series(k, a, x)
    return y * _factor(lib, special, a, x, 0, 1) * lib.exp(x)


def _series(k: int, a: Any, x: Any) -> Any:
    """The k-th derivative in a of Σ (−x)ʲ/j!·a/(a + j), over j ≥ 1."""
    power, y = 1.0 + 0 * x, 0.0 * x
    for j in range(1, 24):
        power = power * (-x / j)
        slope = -j * math.factorial(k) * (-1 / (a + j)) ** k if k else a
        y = y + power * slope / (a + j)
    return y


def _far(lib: Any, special: Any, n: int, a: Any, x: Any) -> Any:
    up = lib.where(lib.log(x) > special.digamma(a), 1.0 + 0 * a, -1.0 + 0 * a)
    slope = up * (x - a)
    deep = incomplete.DEPTH
    end = 2 * deep / (slope + lib.sqrt(slope * slope + 2 * deep * x))
    for _ in range(12):
        rise = slope + up * x * lib.expm1(up * end)
        end = end - (slope * end + x * beyond(lib, up * end) - deep) / rise
    more = 1 if n > 1 else 0
    first, *others = _cumulants(lib, special, n, a, x, more)
    nodes = lib.asarray(incomplete.PLACES, dtype=x.dtype)
    weights = lib.asarray(incomplete.WEIGHTS, dtype=x.dtype)
    v, side = to_nodes(end) * nodes, to_nodes(up)
    c = [to_nodes(first) + side * v, *map(to_nodes, others)]
    y = weights * incomplete.weight(n, to_nodes(a), more, c)
    y = y * lib.exp(-to_nodes(slope) * v - to_nodes(x) * beyond(lib, side * v))
    return -up * _factor(lib, special, a, x, 0, more) * end * lib.sum(y, axis=-1)


def to_nodes(x: Any) -> Any:
    """x with one more axis, along which the nodes are."""
    return x[..., None]


def beyond(lib: Any, t: Any) -> Any:
    """exp(t) − 1 − t."""
    small = lib.abs(t) < 0.7
    inside = lib.where(small, t, 0.0 * t)
    return lib.where(small, t * t * horner(incomplete.EXPONENTIAL, inside), lib.expm1(t) - t)


def _cumulants(lib: Any, special: Any, n: int, a: Any, x: Any, more: int) -> list[Any]:
    """The first n derivatives in a of log(xᵃ/Γ(a + more))."""
    others = [-special.polygamma(k, a + more) for k in range(1, n)]
    return [lib.log(x) - special.digamma(a + more), *others] if n else []


def _factor(lib: Any, special: Any, a: Any, x: Any, less: int, more: int) -> Any:
    """xᵃ⁺ˡᵉˢˢ·exp(−x)/Γ(a + more)."""
    return lib.exp((a + less) * lib.log(x) - x - special.gammaln(a + more))


def _safe(lib: Any, usual: Any, a: Any, x: Any) -> tuple[Any, Any]:
    """The numbers where they are usual, else such that nothing is NaN."""
    one = lib.ones_like(a + x)
    return lib.where(usual, a, one), lib.where(usual, x, 2 * one)


def _order(row: str, n: Any) -> int:
    """n as an int.

    Raises:
        ValueError: If it is above the fifth.
    """
    if int(n) > incomplete.HIGHEST:
        raise ValueError(f"{row}: derivatives by the order end at the fifth, got n = {n:g}")
    return int(n)

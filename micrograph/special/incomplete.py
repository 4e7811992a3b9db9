"""The incomplete gamma functions P(a, x) and Q = 1 − P, and their derivatives in a, on floats.

P is the integral of the density tᵃ⁻¹·exp(−t)/Γ(a) from 0 to x. All that is here is a factor that is
taken from decimal numbers, since its logarithm may cancel, times a sum or an integral whose terms
do not cancel much:

- For small x the power series of exp(−t) is integrated term by term, DLMF 8.7.1.
- Else t = x·exp(∓v) turns the integral from 0 to x, or from x on, into one of exp(−φ(v)) over
  v > 0. φ is convex, so the integrand has one shape at all a and x: Gauss's rule with fixed nodes
  on two panels computes it. Of the two integrals the smaller one is taken.

The n-th derivative in a of the density is the density times a polynomial in log t, and so is the
integrand of the n-th derivative of P.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from itertools import pairwise

from ..annotation import Any
from . import gamma
from .elementary import horner, order

GAUSS = (  # nodes > 0 and weights of Gauss–Legendre's rule of 24 points, computed with mpmath
    (0.9951872199970213, 0.0123412297999872), (0.9747285559713095, 0.028531388628933663),
    (0.9382745520027328, 0.04427743881741981), (0.8864155270044011, 0.05929858491543678),
    (0.820001985973903, 0.0733464814110803), (0.7401241915785544, 0.08619016153195327),
    (0.6480936519369755, 0.09761865210411388), (0.5454214713888396, 0.10744427011596563),
    (0.4337935076260451, 0.1155056680537256), (0.3150426796961634, 0.12167047292780339),
    (0.1911188674736163, 0.1258374563468283), (0.06405689286260563, 0.12793819534675216),
)  # fmt: skip


def nodes(*ends: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Nodes and weights of the rule on panels that lie between these ends.

    Args:
        ends: The ends of the panels, as shares of the whole.
    """
    found = [
        (low + (high - low) / 2 * (1 + side * t), (high - low) / 2 * w)
        for low, high in pairwise(ends)
        for t, w in GAUSS
        for side in (-1, 1)
    ]
    places, weights = zip(*found, strict=True)
    return places, weights


PLACES, WEIGHTS = nodes(0.0, 0.2, 1.0)
HIGHEST = 5.0  # the highest derivative in a
KEPT = 32  # results: a value and its partials share a factor, and each sweep asks for the same
DEPTH = 45.0  # the integrals end where the integrand is exp(−45)
EXPONENTIAL = tuple(1 / math.factorial(k) for k in range(2, 20))  # (exp(t) − 1 − t)/t²


def gammainc(a: float, x: float) -> float:
    """P(a, x), the regularised lower incomplete gamma function. NaN outside its domain.

    Example:
        >>> round(gammainc(1.0, 2.0), 6)  # 1 − exp(−2)
        0.864665
    """
    return _shares(a, x)[0]


def gammaincc(a: float, x: float) -> float:
    """Q(a, x) = 1 − P(a, x), the regularised upper incomplete gamma function.

    Example:
        >>> round(gammaincc(1.0, 2.0), 6)  # exp(−2)
        0.135335
    """
    return _shares(a, x)[1]


@lru_cache(KEPT)
def _shares(a: float, x: float) -> tuple[float, float]:
    """P(a, x) and Q(a, x). The smaller one is computed, if that is more accurate."""
    if not (a > 0 and x >= 0) or a == x == math.inf:
        return math.nan, math.nan
    if x == 0 or a == math.inf:
        return 0.0, 1.0
    if x == math.inf:
        return 1.0, 0.0
    if _is_near(a, x):
        power, rest = _power(a, x), _series(0, a, x)
        lower = power + power * rest
        if lower < 0.5:
            return lower, 1 - lower
        return lower, -math.expm1(_log_power(a, x)) - power * rest
    if x < a:
        lower = min(_factor(a, x) * _integral(a, x, -1, lambda v: 1.0), 1.0)
        return lower, 1 - lower
    upper = min(_factor(a, x) * _integral(a, x, 1, lambda v: 1.0), 1.0)
    return 1 - upper, upper


def _derivative(n: float) -> int:
    """n as an int. Above the fifth derivative the terms of both signs leave too few digits."""
    if n > HIGHEST:
        raise ValueError(f"derivatives by the order end at the fifth, got n = {n:g}")
    return order(n, "the derivative by the order")


def _is_near(a: float, x: float) -> bool:
    """Whether the power series serves. Its terms cancel less than one digit there."""
    return x <= 0.5 or (x <= 1 and x < a)


@lru_cache(KEPT)
def gammainc_slope(n: float, a: float, x: float) -> float:
    """∂ⁿP(a, x)/∂aⁿ.

    Example:
        >>> gammainc_slope(0, 1.0, 2.0) == gammainc(1.0, 2.0)
        True
    """
    n = _derivative(n)
    if not n:
        return gammainc(a, x)
    if not (a > 0 and x >= 0) or a == x == math.inf:
        return math.nan
    if x == 0 or math.inf in (a, x):
        return 0.0
    a = max(a, 1e-290)  # below, it is the limit at 0 to all digits, and ψ would overflow
    if _is_near(a, x):  # by Leibniz's rule
        powers = bell(n, _cumulants(n, a, x, 1))
        terms = (math.comb(n, k) * powers[n - k] * _series(k, a, x) for k in range(n + 1))
        power = _power(a, x)
        return power * (powers[n] + math.fsum(terms)) if power else 0.0
    more = _shift(n, a)
    c = _cumulants(n, a, x, more)
    up = 1 if _cumulants(1, a, x, 0)[0] > 0 else -1
    factor = _factor(a, x, 0, more)
    if not factor:
        return 0.0
    share = _integral(a, x, up, lambda v: weight(n, a, more, [c[0] + up * v, *c[1:]]))
    return -up * factor * share


@lru_cache(KEPT)
def gammainc_density(n: float, a: float, x: float) -> float:
    """∂ⁿ/∂aⁿ of the density xᵃ⁻¹·exp(−x)/Γ(a), which is ∂P(a, x)/∂x.

    Example:
        >>> round(gammainc_density(0, 1.0, 2.0), 6)  # exp(−2)
        0.135335
    """
    n = _derivative(n)
    if not (a > 0 and x >= 0) or a == x == math.inf:
        return math.nan
    if math.inf in (a, x):
        return 0.0
    if x == 0:
        return (
            (-math.inf) ** n if a == 1 and n else float(a == 1) if a >= 1 else (-1) ** n * math.inf
        )
    more = _shift(n, a)
    density = _factor(a, x, -1, more)
    return density * weight(n, a, more, _cumulants(n, a, x, more)) if density else 0.0


def _shift(n: int, a: float) -> int:
    """1 if 1/Γ(a) is to be differentiated as a/Γ(a + 1), else 0.

    Next to a = 0 the derivatives of 1/Γ(a) are finite, and those of log Γ(a) are not.
    """
    return 1 if n > 1 and a < 1 else 0


def weight(n: int, a: Any, more: int, c: Sequence[Any]) -> Any:
    """The n-th derivative of f, divided by f; of a·f if ``more`` is 1, divided by f.

    Args:
        n: Which derivative.
        a: By which number f is differentiated.
        more: Whether f has the factor a.
        c: The derivatives of log f.
    """
    found = bell(n, c)
    return a * found[n] + (n * found[n - 1] if n else 0.0) if more else found[n]


def bell(n: int, c: Sequence[Any]) -> list[Any]:
    """The complete Bell polynomials B₀ … B_n at c₁, c₂ …: f⁽ᵏ⁾/f, if c are (log f)′, (log f)″ …"""
    found: list[Any] = [1.0]
    for m in range(n):
        found.append(sum(math.comb(m, k) * c[k] * found[m - k] for k in range(m + 1)))
    return found


def _cumulants(n: int, a: float, x: float, more: int) -> list[float]:
    """The first n derivatives in a of log(xᵃ/Γ(a + more))."""
    if not n:
        return []
    with localcontext(_enough(a, x)) as digits:
        first = float(gamma.ln(Decimal(x)) - gamma.in_decimals(0, Decimal(a) + more, digits))
    return [first, *(-gamma.polygamma(float(k), a + more) for k in range(1, n))]


def _enough(a: float, x: float) -> Context:
    """Decimal numbers with so many digits that a·log x and log Γ(a) may cancel."""
    return Context(prec=40 + max(0, *(math.frexp(t)[1] // 3 for t in (a, x))))


@lru_cache(KEPT)
def _factor(a: float, x: float, less: int = 0, more: int = 0) -> float:
    """xᵃ⁺ˡᵉˢˢ·exp(−x)/Γ(a + more)."""
    with localcontext(_enough(a, x)) as digits:
        order = Decimal(a)
        power = (order + less) * gamma.ln(Decimal(x)) - Decimal(x)
        return exponential(power - gamma.in_decimals(-1, order + more, digits))


def _power(a: float, x: float) -> float:
    """xᵃ/Γ(a + 1)."""
    with localcontext(_enough(a, x)) as digits:
        order = Decimal(a)
        return exponential(order * gamma.ln(Decimal(x)) - gamma.in_decimals(-1, order + 1, digits))


def _log_power(a: float, x: float) -> float:
    """log(xᵃ/Γ(a + 1)) to all digits of a, however small that is."""
    if a > 0.5:
        return a * math.log(x) - gamma.lgamma(a + 1)
    y: float = a * (math.log(x) + gamma.EULER - a * horner(gamma.SERIES, a) - gamma.excess(a))
    return y


def exponential(e: Decimal) -> float:
    """exp(e), to the last digits even if e is large."""
    high = float(e)
    if high < -746:
        return 0.0
    if high > 709.78:
        return math.inf
    y = math.exp(high)
    return y + y * float(e - Decimal(high))


def _series(k: int, a: float, x: float) -> float:
    """The k-th derivative in a of Σ (−x)ʲ/j!·a/(a + j), over j ≥ 1."""
    power, terms = 1.0, []
    for j in range(1, 24):
        power *= -x / j
        slope = -j * math.factorial(k) * (-1 / (a + j)) ** k if k else a
        terms.append(power * slope / (a + j))
    return math.fsum(terms)


def _integral(a: float, x: float, up: int, weight: Callable[[float], float]) -> float:
    """∫ weight(v)·exp(−φ(v)) dv over v > 0, where φ(v) = slope·v + x·(exp(±v) − 1 ∓ v).

    Args:
        a: The order.
        x: The end of the integral.
        up: 1 for the integral from x to ∞, −1 for that from 0 to x.
        weight: The factor of the integrand.
    """
    end, found = _nodes(a, x, up)
    return end * math.fsum(w * weight(v) * y for w, v, y in found)


@lru_cache(KEPT)
def _nodes(a: float, x: float, up: int) -> tuple[float, list[tuple[float, float, float]]]:
    """Where the integral ends, and for each node its weight, v and exp(−φ(v))."""
    slope = up * (x - a)
    end = 2 * DEPTH / (slope + math.hypot(slope, math.sqrt(2 * DEPTH) * math.sqrt(x)))
    for _ in range(12):  # Newton's method, for a convex function
        rise = slope + up * x * math.expm1(up * end)
        end -= (slope * end + x * beyond(up * end) - DEPTH) / rise
    places = ((w, end * t) for t, w in zip(PLACES, WEIGHTS, strict=True))
    return end, [(w, v, math.exp(-slope * v - x * beyond(up * v))) for w, v in places]


def beyond(t: float) -> float:
    """exp(t) − 1 − t."""
    if abs(t) < 0.7:
        y: float = t * t * horner(EXPONENTIAL, t)
        return y
    return math.expm1(t) - t


def density_partials(xp: Any, y: Any, n: Any, a: Any, x: Any) -> tuple[Any, Any, Any]:
    """The partials of ``gammainc_density``. The slope of log density in x is (a − 1)/x − 1."""
    fewer = xp.gammainc_density(xp.maximum(n - 1, 0.0), a, x)
    slope = y * ((a - 1 - x) / x) + n * fewer / x
    return 0.0, xp.gammainc_density(n + 1, a, x), slope


ROWS: dict[str, Callable[..., float]] = {
    f.__name__: f for f in (gammainc, gammaincc, gammainc_slope, gammainc_density)
}
"""The rows that are computed here, by name."""

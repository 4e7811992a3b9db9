"""The incomplete beta function Iₓ(a, b), and its derivatives in a and b, on floats.

Iₓ is the integral of the density tᵃ⁻¹·(1 − t)ᵇ⁻¹/B(a, b) from 0 to x. For x > ½ the mirrored one is
computed, 1 − I₁₋ₓ(b, a), so that below p ≤ ½ is the end of the integral. As for the incomplete
gamma functions in ``incomplete.py``, a factor from decimal numbers is multiplied by a sum or an
integral whose terms do not cancel much:

- For small b·p the power series of (1 − t)ᵇ⁻¹ is integrated term by term, DLMF 8.17.7.
- Else t/(1 − t) = p/(1 − p)·exp(∓v) turns the integral from 0 to p, or from p on, into one of
  exp(−φ(v)) over v > 0. φ is convex, and Gauss's rule on three panels serves. The side is taken
  that does not hold the mean a/(a + b).

One number k says which derivative is meant. They are counted by their order: 0 is the value, 1
and 2 are ∂/∂a and ∂/∂b, 3, 4 and 5 are ∂²/∂a², ∂²/∂a∂b and ∂²/∂b², and so on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, localcontext
from functools import lru_cache

from ..annotation import Any
from . import gamma
from .elementary import order
from .incomplete import DEPTH, beyond, exponential, nodes

HIGHEST = 3  # the highest derivative: in a, in b, or in both together
LAST = 9.0  # the number k of ∂³/∂b³
PLACES, WEIGHTS = nodes(0.0, 0.1, 0.4, 1.0)
KEPT = 32  # results: a value and its partials share a factor, and each sweep asks for the same
TERMS = 60  # of the power series, which is at least as good as one of powers of ½

Cumulants = Sequence[Sequence[Any]]


def betainc(a: float, b: float, x: float) -> float:
    """Iₓ(a, b), the regularised incomplete beta function. NaN outside its domain.

    Example:
        >>> round(betainc(2.0, 1.0, 0.5), 6)  # x²
        0.25
    """
    if not _is_inside(a, b, x):
        return math.nan
    a, b = _within(a, b)
    if x in (0, 1) or math.inf in (a, b):
        return float(x == 1 or (x > 0 and b == math.inf))
    return _shares(a, b, x)[0] if x <= 0.5 else _shares(b, a, 1 - x)[1]


def _is_inside(a: float, b: float, x: float) -> bool:
    return a > 0 and b > 0 and 0 <= x <= 1 and not a == b == math.inf


def _within(a: float, b: float) -> tuple[float, float]:
    """a and b, or a quarter of both if their sum is no float: the step is as steep at any x."""
    if a + b == math.inf and math.inf not in (a, b):
        return a / 4, b / 4
    return a, b


@lru_cache(KEPT)
def _shares(a: float, b: float, p: float) -> tuple[float, float]:
    """The integral from 0 to p, and that from p to 1. The smaller one is computed, where it may."""
    if is_near(a, b, p):
        power, rest = _factor(a, b, p, 0, 1, 0), series(0, 0, a, b, p)
        lower = power + power * rest
        if lower < 0.5:
            return lower, 1 - lower
        return lower, -math.expm1(_log_power(a, b, p)) - power * rest
    up = 1 if p * (a + b) > a else -1
    share = _factor(a, b, p, 1, 0, 0) * _integral(a, b, p, up, lambda low, high: 1.0)
    share = min(share, 1.0)
    return (1 - share, share) if up > 0 else (share, 1 - share)


def is_near(a: Any, b: Any, p: Any) -> Any:
    """Whether the power series serves. Its terms cancel less than one digit there."""
    return (b * p <= 0.5) | ((b * p <= 1) & (p * (a + b) <= a))


def orders(k: float) -> tuple[int, int]:
    """How often k says to differentiate, in a and in b.

    Raises:
        ValueError: If that is more often than three times.

    Example:
        >>> orders(4.0)
        (1, 1)
    """
    k = order(k, "the derivative by a and b")
    if k > LAST:
        raise ValueError(f"derivatives by a and b end at the third (k = 9), got k = {k:g}")
    return pair(k)


def pair(k: int) -> tuple[int, int]:
    """The k-th of the pairs (0, 0), (1, 0), (0, 1), (2, 0), (1, 1) …, as Cantor counts them."""
    both = (math.isqrt(8 * k + 1) - 1) // 2
    n = k - both * (both + 1) // 2
    return both - n, n


def betainc_slope(k: float, a: float, b: float, x: float) -> float:
    """The derivative of Iₓ(a, b) in a and b that k says, such as 1 for ∂/∂a and 2 for ∂/∂b.

    Example:
        >>> betainc_slope(0, 2.0, 1.0, 0.5) == betainc(2.0, 1.0, 0.5)
        True
    """
    m, n = orders(k)
    if not m + n:
        return betainc(a, b, x)
    if not _is_inside(a, b, x):
        return math.nan
    a, b = _within(a, b)
    if x in (0, 1) or math.inf in (a, b):
        return 0.0
    a, b = max(a, 1e-290), max(b, 1e-290)  # below, they are the limits to all digits
    return _slope(m, n, a, b, x) if x <= 0.5 else -_slope(n, m, b, a, 1 - x)


@lru_cache(KEPT)
def _slope(m: int, n: int, a: float, b: float, p: float) -> float:
    if is_near(a, b, p):  # by Leibniz's rule
        more = _shift(n, b, a)
        powers = bell(m, n, _cumulants(m, n, a, b, p, 0, 1, more))
        terms = (
            math.comb(m, i) * math.comb(n, j) * shifted(m - i, n - j, a, b, 0, more, powers)
            * (series(i, j, a, b, p) + (not i + j))
            for i in range(m + 1) for j in range(n + 1)
        )  # fmt: skip
        power = _factor(a, b, p, 0, 1, more)
        return power * math.fsum(terms) if power else 0.0
    up = 1 if p * (a + b) > a else -1
    more = _shift(m, a, b)
    factor = _factor(a, b, p, 1, more, 0)
    if not factor:
        return 0.0
    c = _cumulants(m, n, a, b, p, 1, more, 0)

    def weight(low: float, high: float) -> float:
        return float(shifted(m, n, a, b, more, 0, bell(m, n, raised(c, low, high))))

    return -up * factor * _integral(a, b, p, up, weight)


def _shift(n: int, a: float, b: float) -> int:
    """1 if Γ(a + b)/Γ(a) is to be differentiated as a·Γ(a + b)/Γ(a + 1), else 0.

    Next to a = 0 its derivatives are finite, and those of its logarithm are not.
    """
    return 1 if n > 1 and a < 1 and a < b else 0


@lru_cache(KEPT)
def betainc_density(k: float, a: float, b: float, x: float) -> float:
    """The derivative in a and b, that k says, of the density xᵃ⁻¹·(1 − x)ᵇ⁻¹/B(a, b).

    Example:
        >>> round(betainc_density(0, 2.0, 1.0, 0.25), 6)  # 2x
        0.5
    """
    m, n = orders(k)
    if not _is_inside(a, b, x):
        return math.nan
    a, b = _within(a, b)
    if math.inf in (a, b):
        return 0.0
    if x in (0, 1):
        here, other = (b, a) if x else (a, b)
        if here > 1:
            return 0.0
        if m + n:
            return math.nan
        return other if here == 1 else math.inf
    if x > 0.5:
        m, n, a, b, x = n, m, b, a, 1 - x
    more = _shift(m, a, b), _shift(n, b, a)
    density = _factor(a, b, x, 1, *more) / x / (1 - x)
    if not density or not m + n:
        return density * (a if more[0] else 1.0) * (b if more[1] else 1.0)
    powers = bell(m, n, _cumulants(m, n, a, b, x, 1, *more))
    return density * float(shifted(m, n, a, b, *more, powers))


def bell(m: int, n: int, c: Cumulants) -> list[list[Any]]:
    """f⁽ⁱʲ⁾/f for all i ≤ m and j ≤ n, if c holds the derivatives of log f in both variables."""
    found: list[list[Any]] = [[1.0] * (n + 1) for _ in range(m + 1)]
    for i in range(m + 1):
        for j in range(n + 1):
            down, right = (i - 1, j) if i else (0, j - 1)
            if i + j:
                found[i][j] = sum(
                    math.comb(down, s) * math.comb(right, t)
                    * c[s + (i > 0)][t + (not i)] * found[down - s][right - t]
                    for s in range(down + 1) for t in range(right + 1)
                )  # fmt: skip
    return found


def raised(c: Cumulants, low: Any, high: Any) -> Cumulants:
    """The derivatives of log f, of which the first ones in a and in b are raised."""
    found = [list(row) for row in c]
    if len(found) > 1:
        found[1][0] = found[1][0] + low
    if len(found[0]) > 1:
        found[0][1] = found[0][1] + high
    return found


def shifted(m: int, n: int, a: Any, b: Any, in_a: int, in_b: int, powers: Cumulants) -> Any:
    """The derivative of f, of a·f, b·f or a·b·f, divided by f.

    A factor that is 0 at a = 0 or b = 0 has no logarithm there, so it is kept apart.

    Args:
        m: How often by a.
        n: How often by b.
        a: The first variable.
        b: The second one.
        in_a: 1 if a is a factor, else 0.
        in_b: 1 if b is a factor, else 0.
        powers: The derivatives of f, divided by f.
    """

    def by_b(i: int) -> Any:
        y = powers[i][n]
        return b * y + (n * powers[i][n - 1] if n else 0.0) if in_b else y

    return a * by_b(m) + (m * by_b(m - 1) if m else 0.0) if in_a else by_b(m)


def _cumulants(
    m: int, n: int, a: float, b: float, p: float, both: int, in_a: int, in_b: int
) -> Cumulants:
    """The derivatives in a and b of the logarithm of ``_factor``."""
    digits = _enough(a, b, p)

    def cumulant(i: int, j: int) -> float:
        k = i + j - 1
        with localcontext(digits):
            y = gamma.in_decimals(k, Decimal(a) + Decimal(b), digits)
            if not j:
                y -= gamma.in_decimals(k, Decimal(a) + in_a, digits)
            if not i:
                y -= gamma.in_decimals(k, Decimal(b) + in_b, digits)
            if i + j == 1 and (i or both):
                y += gamma.ln(Decimal(p)) if i else gamma.ln(1 - Decimal(p))
        return float(y)

    return [[cumulant(i, j) if i + j else 0.0 for j in range(n + 1)] for i in range(m + 1)]


def _enough(a: float, b: float, p: float) -> Context:
    """Decimal numbers with so many digits that a·log p and log Γ(a) may cancel."""
    least = min(a, b, p)
    return Context(prec=45 + max(0, *(math.frexp(t)[1] // 3 for t in (a, b, 1 / least))))


@lru_cache(KEPT)
def _factor(a: float, b: float, p: float, both: int, in_a: int, in_b: int) -> float:
    """pᵃ·(1 − p)ᵇ·Γ(a + b)/(Γ(a + in_a)·Γ(b + in_b)), without (1 − p)ᵇ if ``both`` is 0."""
    with localcontext(_enough(a, b, p)) as digits:
        return exponential(
            _log_factor(Decimal(a), Decimal(b), Decimal(p), both, in_a, in_b, digits)
        )


def _log_factor(
    a: Decimal, b: Decimal, p: Decimal, both: int, in_a: int, in_b: int, digits: Context
) -> Decimal:
    y = a * gamma.ln(p) + (b * gamma.ln(1 - p) if both else 0)
    y += gamma.in_decimals(-1, a + b, digits)
    return y - gamma.in_decimals(-1, a + in_a, digits) - gamma.in_decimals(-1, b + in_b, digits)


def _log_power(a: float, b: float, p: float) -> float:
    """log(pᵃ·Γ(a + b)/(Γ(a + 1)·Γ(b))) to all digits of a, however small that is."""
    with localcontext(_enough(a, b, p)) as digits:
        s, t, end = Decimal(a), Decimal(b), Decimal(p)
        if a > 1e-9:
            return float(_log_factor(s, t, end, 0, 1, 0, digits))
        first, second = (
            gamma.in_decimals(k, t + 1, digits) - gamma.in_decimals(k, Decimal(1), digits)
            for k in (0, 1)
        )
        return float(s * (gamma.ln(end) + first + s * second / 2)) - math.log1p(a / b)


def series(i: int, j: int, a: Any, b: Any, p: Any) -> Any:
    """The derivative in a and b of Σ (1 − b)ₖ/k!·pᵏ·a/(a + k), over k ≥ 1."""
    powers: list[Any] = [1.0] + [0.0] * j  # the derivatives in b of (1 − b)ₖ/k!·pᵏ
    terms = []
    for k in range(1, TERMS):
        for d in range(j, -1, -1):
            inner = d * powers[d - 1] if d else 0.0
            powers[d] = (powers[d] * (k - b) - inner) * p / k
        slope = -k * math.factorial(i) * (-1 / (a + k)) ** i if i else a
        terms.append(powers[j] * slope / (a + k))
    return math.fsum(terms) if isinstance(a, float) else sum(terms)


def _integral(
    a: float, b: float, p: float, up: int, weight: Callable[[float, float], float]
) -> float:
    """∫ weight·exp(−φ(v)) dv over v > 0, where φ(v) = slope·v + (a + b)·bend(±v).

    Args:
        a: The power of t.
        b: The power of 1 − t.
        p: The end of the integral, at most ½.
        up: 1 for the integral from p to 1, −1 for that from 0 to p.
        weight: The factor of the integrand: of log(t/p) and of log((1 − t)/(1 − p)).
    """
    end, found = _nodes(a, b, p, up)
    return end * math.fsum(y * weight(low, high) for y, low, high in found)


@lru_cache(KEPT)
def _nodes(a: float, b: float, p: float, up: int) -> tuple[float, list[tuple[float, float, float]]]:
    """Where the integral ends, and for each node exp(−φ) and what its weight is of."""
    with localcontext(_enough(a, b, p)):
        slope = up * float(Decimal(p) * (Decimal(a) + Decimal(b)) - Decimal(a))
    both, root = a + b, math.sqrt(2 * DEPTH * p * (1 - p)) * math.sqrt(a + b)
    end = 2 * DEPTH / (slope + math.hypot(slope, root))
    for _ in range(12):  # Newton's method, for a convex function
        more = math.expm1(up * end)
        rise = slope + up * both * p * (1 - p) * (more / (1 + p * more))
        end -= (slope * end + both * bend(p, up * end) - DEPTH) / rise
    found = []
    for share, w in zip(PLACES, WEIGHTS, strict=True):
        v = end * share
        down = math.log1p(p * math.expm1(up * v))
        y = math.exp(-slope * v - both * bend(p, up * v))
        found.append((w * y, up * v - down, -down))
    return end, found


def bend(p: float, w: float) -> float:
    """log(1 + p·(exp(w) − 1)) − p·w, for 0 < p ≤ ½. It is the square of w, but for a factor."""
    z = p * math.expm1(w)
    if abs(w) < 0.7:
        return p * beyond(w) - z * gamma.excess(z)
    return math.log1p(z) - p * w


def both_orders(xp: Any, k: Any) -> Any:
    """How often k says to differentiate, in a and b together; the next k + 1 of them is ∂/∂a."""
    return xp.where(k > 0, 1.0, 0.0) + xp.where(k > 2, 1.0, 0.0) + xp.where(k > 5, 1.0, 0.0)


def slope_partials(xp: Any, y: Any, k: Any, a: Any, b: Any, x: Any) -> tuple[Any, ...]:
    """The partials of ``betainc_slope``."""
    next_ = k + both_orders(xp, k) + 1
    in_a, in_b = (xp.betainc_slope(i, a, b, x) for i in (next_, next_ + 1))
    return 0.0, in_a, in_b, xp.betainc_density(k, a, b, x)


def density_partials(xp: Any, y: Any, k: Any, a: Any, b: Any, x: Any) -> tuple[Any, ...]:
    """The partials of ``betainc_density``. That of log density in x has two poles and one root."""
    both = both_orders(xp, k)
    n = k - both * (both + 1) / 2
    m = both - n
    slope = y * (((a - 1) * (1 - x) - (b - 1) * x) / (x * (1 - x)))
    less_a = xp.betainc_density(xp.where(m > 0, k - both, 0.0), a, b, x)
    less_b = xp.betainc_density(xp.where(n > 0, k - both - 1, 0.0), a, b, x)
    slope = slope + m * less_a / x - n * less_b / (1 - x)
    next_ = k + both + 1
    in_a, in_b = (xp.betainc_density(i, a, b, x) for i in (next_, next_ + 1))
    return 0.0, in_a, in_b, slope


ROWS: dict[str, Callable[..., float]] = {
    f.__name__: f for f in (betainc, betainc_slope, betainc_density)
}
"""The rows that are computed here, by name."""

"""log B(a, b), where B is the beta function, and its slopes, in ordinary arithmetic.

The definition, log Γ(a) + log Γ(b) − log Γ(a + b), cancels if a or b is large. So does its slope
ψ(a) − ψ(a + b) if b is much smaller than a. Here the differences are taken term by term: of the
recurrences, and of the asymptotic series of log Γ and ψ. Formula numbers such as 6.3.18 are those
of Abramowitz & Stegun, *Handbook of Mathematical Functions*.
"""

from __future__ import annotations

from math import inf, log, pi

from ..annotation import Any
from .elementary import fold, horner, total
from .gamma import BERNOULLI

FAR = 10.0  # where the asymptotic series are good
STEPS = range(10)  # of the recurrence, which lead there
HALF_LOG_TAU = log(2 * pi) / 2
REMAINDER = tuple(  # of log Γ(x)·x in powers of 1/x²: 6.1.41
    above / (below * 2 * k * (2 * k - 1)) for k, (above, below) in enumerate(BERNOULLI, 1)
)


def betaln(xp: Any, a: Any, b: Any) -> Any:
    """log B(a, b).

    log Γ of the larger operand and of a + b are taken by Stirling's formula 6.1.41, after the
    recurrence 6.1.15 if the operand is below 8; of the smaller one, if it is at least 8. Next to
    a = b = 1, where log B is 0, the definition is exact.
    """
    small, large = xp.minimum(a, b), xp.maximum(a, b)
    close, by_one = large < 8.0, (small > 0.5) & (large < 1.5)
    factors = [1 + small / (large + k) for k in range(8)]
    shift = xp.where(close, xp.log(fold(lambda p, q: p * q, factors, 1.0)), 0.0)
    large = xp.where(close, large + 8.0, large)
    ratio = small / large
    rest = _remainder(large) - _remainder(large + small)
    few = xp.where(small < 8.0, small, 8.0)
    away = few - (large + few - 0.5) * xp.log1p(few / large) - few * xp.log(large)
    both = xp.where(small < 8.0, 8.0, small)
    y = HALF_LOG_TAU - 0.5 * xp.log(large) + _remainder(both) + rest
    y = y - (both - 0.5) * xp.log1p(large / both) - large * xp.log1p(ratio)
    y = xp.where(small < 8.0, xp.lgamma(few) + (away + rest) + shift, y)
    p, q = (xp.where(by_one, x, 1.0) for x in (a, b))
    y = xp.where(by_one, xp.lgamma(p) + xp.lgamma(q) - xp.lgamma(p + q), y)
    return xp.where(large == inf, -large, y)


def _remainder(x: Any) -> Any:
    """What Stirling's formula leaves of log Γ(x) for x ≥ 8."""
    inverse = 1 / x
    return inverse * horner(REMAINDER, inverse * inverse)


def betaln_slope(xp: Any, a: Any, b: Any) -> Any:
    """ψ(a) − ψ(a + b). All terms are negative: the recurrence 6.3.6 leads to the series 6.3.18."""
    # outside the domain it is NaN, and floats that raise errors raise one
    b = b * xp.sqrt(xp.where((a < 0) | (b < 0), -1.0, 1.0))
    near = total([b / (a + b + k) / (a + k) for k in STEPS])  # b/a alone may overflow
    s, t = a + FAR, a + b + FAR
    return -(near + xp.log1p(b / s) + b / s / t / 2 + _series(s, t, b, 0))


def trigamma_difference(xp: Any, a: Any, b: Any) -> Any:
    """ψ′(a) − ψ′(a + b) for b < a, term by term as ``betaln_slope``: 6.4.6 and 6.4.12."""
    s, t = a + FAR, a + b + FAR
    pairs = [(a + k, a + b + k) for k in STEPS]
    near = total([b / p / q * (1 / p + 1 / q) for p, q in pairs])
    return near + b / s / t + b / s / t * (1 / s + 1 / t) / 2 + _series(s, t, b, 1)


def _series(s: Any, t: Any, b: Any, n: int) -> Any:
    """Σ c_k·(s^(−2k−n) − t^(−2k−n)), where c_k are the coefficients of the n-th derivative of ψ.

    With r = s/t, the difference s⁻ᵐ − t⁻ᵐ is s⁻ᵐ·(1 − r)·(1 + r + … + rᵐ⁻¹), and 1 − r = b/t.
    """
    inverse, r = 1 / s, s / t
    power, y, geometric = inverse**n if n else 1.0, 0.0, 1.0 if n else 0.0
    for k, (above, below) in enumerate(BERNOULLI, 1):
        power = power * inverse * inverse
        geometric = 1 + r * (1 + r * geometric)
        y = y + above / (below * (1 if n else 2 * k)) * power * geometric
    return b / t * y


def betaln_bend(xp: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The partials of ψ(a) − ψ(a + b): ψ′(a) − ψ′(a + b) and −ψ′(a + b)."""
    sum_ = xp.polygamma(1.0, a + b)
    if xp.exact:  # the series has the digits of a float
        return xp.polygamma(1.0, a) - sum_, -sum_
    inside = xp.where(b < a, b, a)
    near = trigamma_difference(xp, a, inside)
    return xp.where(b < a, near, xp.polygamma(1.0, a) - sum_), -sum_

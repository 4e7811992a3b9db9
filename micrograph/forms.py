"""Forms of functions and slopes that keep their digits, for the rows that need more than a line.

The textbook form is in the table; here is what machine numbers compute, and what the textbook
form would have cost them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

RSQRT2 = 0.7071067811865476  # 1/√2 as a float; its upper and lower half, and what the float lacks
RSQRT2_HIGH, RSQRT2_LOW = 0.7071067839860916, -2.7995440410322203e-09
RSQRT2_REST = -4.833646656726457e-17


def power_rule(xp: Any, y: Any, a: Any, b: Any) -> Any:
    """∂(a**b)/∂a = b·a**(b−1); as b·y/a where b − 1 is rounded (89 ULP lost at 1e−200**0.1)."""
    exact = (a == 0) | ((b - 1 + 1 == b) & (b - 1 != b))
    return xp.azmul(b, xp.where(exact, xp.pow(a, b - 1), y / xp.where(exact, 1.0, a)))


def won(xp: Any, a: Any, b: Any) -> Any:
    """1 where a > b, 0 where a < b, ½ at a tie; NaN where either is NaN."""
    return xp.where(a > b, 1.0, xp.where(a < b, 0.0, xp.where(a == b, 0.5, a + b)))


def atan2_partials(xp: Any, y: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """b/h² and −a/h² with h = hypot(a, b), whose square may overflow; 0 at (0, 0)."""
    h = xp.hypot([a, b])
    h = xp.where(h == 0, inf, h)
    return b / h / h, -a / h / h


def sigmoid(xp: Any, x: Any) -> Any:
    """1 / (1 + exp(−x)) with no exponential that overflows."""
    e = xp.exp(-xp.abs(x))
    y = 1 / (1 + e)
    return xp.where(x >= 0, y, e - e * (e * y))  # e·y alone would double the roundings


def softplus(xp: Any, x: Any) -> Any:
    """log(1 + exp(x)) with no exponential that overflows."""
    return xp.where(x > 0, x, 0.0) + xp.log1p(xp.exp(-xp.abs(x)))


def logaddexp(xp: Any, a: Any, b: Any) -> Any:
    """The larger one + log(1 + exp(−distance)); two equal infinities have no distance."""
    high = xp.where(a > b, a, b)
    distance, lost = difference(xp, high, xp.where(a > b, b, a))
    e = xp.exp(-distance)
    return high + xp.log1p(e - e * lost)


def difference(xp: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The difference a − b rounded, and what the rounding lost (Knuth's two-sum).

    0 for two equal infinities; two equal numbers are 0 apart as well, but with a slope.
    """
    d = xp.where((a == b) & (xp.abs(a) == inf), 0.0, a - b)
    back = d - a
    return d, xp.where((a != b) & (xp.abs(d) < inf), (a - (d - back)) - (b + back), 0.0)


def share(xp: Any, a: Any, b: Any) -> Any:
    """σ(a − b). Rounding a − b alone would cost 11 ULP at a distance of 16."""
    d, lost = difference(xp, a, b)
    return xp.sigmoid(d) * (1 + lost * xp.sigmoid(-d))


def bell(xp: Any, x: Any, half: float) -> Any:
    """exp(−half·x²). Rounding x² would cost 466 ULP at 23; that of 16 bits of x is exact."""
    x = xp.where(xp.abs(x) < 64, x, 64.0)
    near = xp.floor(x * 65536) / 65536
    y = xp.exp(-half * near * near)
    return y + y * xp.expm1(-half * (x - near) * (x + near))


def norm_cdf(xp: Any, x: Any) -> Any:
    """erfc(−x/√2) / 2, and what rounding x/√2 did to it: 450 ULP at −30 (Dekker's product)."""
    x = xp.where(xp.abs(x) < 64, x, xp.where(x > 0, 64.0, -64.0))
    z = x * RSQRT2
    high = x * 134217729.0 - (x * 134217729.0 - x)  # the upper half of x's digits
    low = x - high
    lost = (high * RSQRT2_HIGH - z + high * RSQRT2_LOW + low * RSQRT2_HIGH) + low * RSQRT2_LOW
    lost = lost + x * RSQRT2_REST
    return 0.5 * xp.erfc(-z) + lost / xp.sqrt(xp.pi) * bell(xp, z, 1.0)


def mills(xp: Any, x: Any) -> Any:
    """1 − 1/x² + 3/x⁴ − …: Φ(x)·(−x)/φ(x) far to the left (Abramowitz & Stegun 26.2.12)."""
    t = 1 / (x * x)
    return 1 - t * (1 - 3 * t * (1 - 5 * t * (1 - 7 * t * (1 - 9 * t * (1 - 11 * t)))))


def log_norm_cdf(xp: Any, x: Any) -> Any:
    """log Φ(x): from its asymptotic series below −30, from 1 − Φ(−x) above 0."""
    far = xp.where(x < -30, x, -30.0)
    tail = -0.5 * far * far - xp.log(-far * xp.sqrt(2 * xp.pi)) + xp.log(mills(xp, far))
    left = xp.where((x < -30) | (x > 0), 0.0, x)
    right = xp.where(x > 0, x, 0.0)
    body = xp.where(x > 0, xp.log1p(-xp.norm_cdf(-right)), xp.log(xp.norm_cdf(left)))
    return xp.where(x < -30, tail, body)


def inverse_mills(xp: Any, x: Any) -> Any:
    """φ(x)/Φ(x), both of which underflow from −38 down."""
    far = xp.where(x < -30, x, -30.0)
    near = xp.where(x < -30, 0.0, x)
    return xp.where(x < -30, -far / mills(xp, far), xp.norm_pdf(near) / xp.norm_cdf(near))


def inverse_mills_slope(xp: Any, x: Any, y: Any) -> Any:
    """−y·(x + y), where y = φ(x)/Φ(x) comes near −x far to the left."""
    far = xp.where(x < -30, x, -30.0)
    m = mills(xp, far)
    return -y * xp.where(x < -30, far * (m - 1) / m, x + y)


def fold(operation: Callable[[Any, Any], Any], x: Sequence[Any], empty: Any) -> Any:
    """The elements joined by an operation, from left to right; ``empty`` where there are none."""
    joined, *rest = x or (empty,)
    for element in rest:
        joined = operation(joined, element)
    return joined


def total(x: Sequence[Any]) -> Any:
    """x[0] + x[1] + …, from left to right."""
    return fold(lambda a, b: a + b, x, 0.0)


def products_of_others(x: Sequence[Any]) -> list[Any]:
    """∏ x_j over j ≠ i, for each i: what stands before it times what stands behind it."""
    before, behind = [1.0], [1.0]
    for i in range(len(x) - 1):
        before.append(before[-1] * x[i])
        behind.append(behind[-1] * x[-1 - i])
    return [a * b for a, b in zip(before, reversed(behind), strict=True)][: len(x)]


def dist_partials(
    xp: Any, y: Any, p: Sequence[Any], q: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """(p − q)/|p − q| and its opposite; 0 where p = q."""
    length = xp.where(y == 0, inf, y)
    slopes = [(a - b) / length for a, b in zip(p, q, strict=True)]
    return slopes, [-slope for slope in slopes]


def largest(xp: Any, x: Sequence[Any]) -> Any:
    """The largest element; 0 where it is infinite, so that it can be subtracted."""
    top = fold(xp.maximum, x, 0.0)
    return xp.where(xp.abs(top) < inf, top, 0.0)


def logsumexp(xp: Any, x: Sequence[Any]) -> Any:
    """log Σ exp(x_i) with no exponential that overflows."""
    top = largest(xp, x)
    return top + xp.log(total([xp.exp(e - top) for e in x]))


def softmax(xp: Any, x: Sequence[Any]) -> list[Any]:
    """exp(x_i) / Σ exp(x_j). As exp(x_i − y) it would carry the rounding of y, 11 ULP at 17."""
    top = xp.stop_gradient(largest(xp, x))  # it cancels
    weights = []
    for e in x:
        d, lost = difference(xp, e, top)
        weights.append(xp.exp(d) * (1 + lost))
    whole = total(weights)
    return [w / whole for w in weights]


def clip_partials(xp: Any, x: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
    """Those of min(max(x, low), high), ties shared; where all three are equal, high alone acts."""
    floored = xp.maximum(x, low)
    kept = xp.where((x == low) & (low == high), 0.0, won(xp, high, floored))
    return kept * won(xp, x, low), kept * won(xp, low, x), won(xp, floored, high)

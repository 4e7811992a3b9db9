"""Accurate forms of the normal distribution and its relatives: all digits in tails and near roots.

φ(x) = exp(−x²/2)/√(2π) is the density of the standard normal distribution, and Φ(x) is its
cumulative distribution function. Where a polynomial or rational fit is used, its coefficients were
computed with mpmath at 50 digits, from the definition of the function in its row.
"""

from __future__ import annotations

import math

from ..annotation import Any
from .elementary import horner, order, within

SQRT2, RSQRT2 = 1.4142135623730951, 0.7071067811865476  # √2 and 1/√2 rounded to floats
RSQRT2_HIGH, RSQRT2_LOW = 0.7071067839860916, -2.7995440410322203e-09  # its two halves: the sum
RSQRT2_REST = -4.833646656726457e-17  # 1/√2 − RSQRT2
RSQRT_TAU, RSQRT_TAU_REST = 0.3989422804014327, -6.247337834861335e-17  # 1/√(2π): first·(1 + rest)
RSQRT_PI = 0.5641895835477563  # 1/√π
EXPM1 = (1.0, 1 / 2, 1 / 6, 1 / 24, 1 / 120)  # (exp(t) − 1)/t in powers of t
GELU_ROOT, GELU_ROOT_REST = -0.7517915246935645, 1.4956759177009883e-17  # their sum: gelu′ is 0
GELU_SLOPE = (  # (Φ(x) + x·φ(x)) / (x − root) in powers of x + 9/8: Chebyshev fit, −2 to −0.25
    0.289561241266349, 0.35895307418949624, 0.08860620008715504, -0.07081183276822298,
    -0.03858528331822325, 0.005165337477078408, 0.007040542314130516, 0.0003538904788235066,
    -0.0008084692780941605, -0.0001344117400938365, 6.493101051179188e-05, 1.8376286100938992e-05,
    -3.6874273210839502e-06, -1.7038977026673273e-06, 1.289005707727597e-07, 1.218397651267667e-07,
    2.791721636519772e-10, -7.014485535903597e-09, -4.313793357168268e-10, 2.9311295751273437e-10,
    3.1913537707498864e-11,
)  # fmt: skip
EXCESS = (  # (3 + t)·(φ(t)/Φ(−t) − t) in powers of (t − 3)/(t + 3): Chebyshev series, t ≥ 0
    1.698591929582619, -0.8415387946870331, 0.01716314677430392, 0.1856995799179089,
    -0.025434750641186558, -0.05463860594415015, 0.007699762307081433, 0.018431224993635923,
    -0.0009428857685584472, -0.006371543717931367, -0.0006340025567634571, 0.0020435258589729167,
    0.0006121258086558812, -0.0005421538747459417, -0.0003228792987039249, 9.18643406318147e-05,
    0.0001222487177596868, 5.401814491745514e-06, -3.2861742406260196e-05, -1.0492641404439598e-05,
    5.079044878677709e-06, 3.68910899488168e-06, 1.3604183860663276e-07, -4.730692296656016e-07,
    -2.321080969741737e-07, -1.1270446901272156e-07, 1.3937665129237676e-08, 5.697135195810748e-08,
    1.3970820652882498e-08, -7.571322470577774e-09, -2.8656093749333795e-09,
)  # fmt: skip


def _cut(xp: Any, x: Any) -> Any:
    """x, cut off after 16 binary places, so that its square is exact; 0 beyond ±64."""
    return xp.trunc(xp.where(xp.abs(x) <= 64, x, 0.0) * 65536) / 65536


def bell(xp: Any, x: Any) -> Any:
    """exp(−x²).

    Rounding x² would cost 466 ULP at x = 23. So x is cut off, which leaves a factor close to 1.
    """
    near = _cut(xp, x)
    y = xp.exp(-near * near)
    return y + y * xp.expm1(-(x - near) * (x + near))


def norm_pdf(xp: Any, x: Any) -> Any:
    """φ(x) = exp(−x²/2)/√(2π), with x cut off as in ``bell``.

    The factor that is left is exp(t) with |t| < 0.001, of which some terms of the series suffice.
    They would not suffice for slopes of that factor, but the slope of φ is a rule of its own.
    """
    x = within(xp, x, 64.0)  # there φ is 0
    near = _cut(xp, x)
    t = -0.5 * (x - near) * (x + near)
    y = RSQRT_TAU * xp.exp(-0.5 * near * near)
    return y + y * (t * horner(EXPM1, t) + RSQRT_TAU_REST)


def norm_cdf(xp: Any, x: Any, density: Any = None) -> Any:
    """Φ(x) = erfc(−x/√2) / 2, corrected for the rounding of x/√2.

    That rounding would cost 450 ULP at x = −30. Dekker's product finds it. The correction takes the
    slope φ(x), to a few digits.

    Args:
        xp: The namespace.
        x: The number.
        density: φ(x), if it is known.
    """
    x = xp.where(x > 64, 64.0, xp.where(x < -64, -64.0, x))
    z = x * RSQRT2
    high = x * 134217729.0 - (x * 134217729.0 - x)  # the upper half of x's digits
    low = x - high
    lost = (high * RSQRT2_HIGH - z + high * RSQRT2_LOW + low * RSQRT2_HIGH) + low * RSQRT2_LOW
    lost = lost + x * RSQRT2_REST
    slope = RSQRT_PI * xp.exp(-z * z) if density is None else SQRT2 * density
    return 0.5 * xp.erfc(-z) + lost * slope


def excess(xp: Any, x: Any) -> Any:
    """x + φ(x)/Φ(x). Left of 0 it is a rational fit.

    There the two terms cancel, and from x = −1e8 down they would lose all digits.
    """
    t = xp.where(x < 0, xp.minimum(-x, 1e300), 0.0)
    left = horner(EXCESS, (t - 3) / (t + 3)) / (t + 3)
    right = xp.where(x < 0, 0.0, x)
    return xp.where(x < 0, left, right + xp.norm_pdf(right) / xp.norm_cdf(right))


def truncnorm_moment(n: float, x: float) -> float:
    """E[Xⁿ | X > 0], the n-th moment of a normal variable X with mean x and standard deviation 1.

    With M_k for the k-th moment, M₀ = 1 and M₁ = x + φ(x)/Φ(x). Integration by parts gives
    M_{k+1} = k·M_{k−1} + x·M_k. Left of 0 the two terms cancel, so left of −0.5 the recurrence is
    solved for quotients and runs downward: M_k/M_{k−1} = k / (M_{k+1}/M_k − x). It starts at a k
    so high that an error of the first quotient dies out before it matters. At n = 8 that is good
    to 6 ULP, and the upward recurrence would lose all digits.

    Raises:
        ValueError: If n is not 0, 1, 2 …
        OverflowError: If n is above 170.

    Cost:
        0.1 µs a step. There are n steps, and 30 to 1,200 more left of −0.5.

    Example:
        >>> round(truncnorm_moment(1, 0.0), 6)  # √(2/π)
        0.797885
    """
    n = order(n, "truncnorm_moment")
    if x < -0.5:
        y = 1.0
        k = n + 30 + int((17 / x) ** 2)
        ratio = (2 * k + 1) / (math.sqrt(x * x + 4 * k + 2) - x)  # about M_{k+1}/M_k
        while k:
            ratio = k / (ratio - x)
            if k <= n:
                y *= ratio
            k -= 1
        return y
    first = (
        horner(EXCESS, (-x - 3) / (3 - x)) / (3 - x)
        if x < 0
        else x + 2 * RSQRT_TAU * math.exp(-x * x / 2) / math.erfc(-x * RSQRT2)
    )
    upwards: float = moment_upwards(n, x, first)
    return upwards


def moment_upwards(n: int, x: Any, first: Any) -> Any:
    """The moment M_n from ``first``, which is M₁, by M_{k+1} = k·M_{k−1} + x·M_k."""
    before, y = 0.0, 1.0
    for k in range(n):
        before, y = y, k * before + x * y if k else first
    return y


def moment_partials(xp: Any, y: Any, n: Any, x: Any) -> tuple[Any, Any]:
    """The partials of y = M_n by n and x: 0 and M_{n+1} − M₁·M_n.

    Right of 0 that difference cancels. There it is n·M_{n−1} − M_n·φ(x)/Φ(x).
    """
    left = xp.truncnorm_moment(n + 1, x) - xp.truncnorm_moment(1.0, x) * y
    right = n * xp.truncnorm_moment(xp.maximum(n - 1, 0.0), x) - xp.inverse_mills(x) * y
    return 0.0, xp.where((x < 0) | (n == 0), left, right)


def inverse_mills(xp: Any, x: Any) -> Any:
    """φ(x)/Φ(x). From x = −38 down both underflow, so left of 0 it is ``excess(x) − x``."""
    right = xp.where(x < 0, 0.0, x)
    return xp.where(x < 0, excess(xp, x) - x, xp.norm_pdf(right) / xp.norm_cdf(right))


def log_norm_cdf(xp: Any, x: Any) -> Any:
    """log Φ(x). Below −1 it is log φ(x) − log(φ(x)/Φ(x)); right of 0 it is log(1 − Φ(−x))."""
    left = xp.where(x < -1, x, -1.0)
    tail = -0.5 * left * left - xp.log(xp.inverse_mills(left) / RSQRT_TAU)
    below = xp.norm_cdf(-xp.abs(xp.where(x < -1, 0.0, x)))
    return xp.where(
        x < -1, tail, xp.where(x > 0, xp.log1p(-below), xp.log(xp.where(x > 0, 1.0, below)))
    )


def gelu_slope(xp: Any, x: Any) -> Any:
    """The derivative of gelu: Φ(x) + x·φ(x). Near its root it is x − root times a polynomial."""
    x = within(xp, x, 64.0)
    near = (x > -1.9) & (x < -0.3)
    inside = xp.where(near, x, -1.0)
    z = (inside - GELU_ROOT) - GELU_ROOT_REST
    plain = xp.norm_cdf(x) + x * xp.norm_pdf(x)
    return xp.where(near, z * horner(GELU_SLOPE, inside + 1.125), plain)


def gelu_bend(xp: Any, x: Any) -> Any:
    """The second derivative of gelu: (2 − x²)·φ(x).

    Next to ±√2 the difference 2 − x² cancels. So x² is computed in parts there, which keeps its
    digits: x = high + low, and high² is exact.
    """
    x = within(xp, x, 64.0)
    p, near = xp.norm_pdf(x), xp.abs(x) < 8
    high = xp.trunc(xp.where(near, x, 0.0) * 33554432) / 33554432
    low = x - high
    inside = 2 - high * high - 2 * high * low - low * low
    return xp.where(near, inside * p, 2 * p - x * (x * p))

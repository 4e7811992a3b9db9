"""The gamma family on floats, where the standard library lacks a function or loses its digits.

log Γ and its derivatives, counted as n = −1, 0, 1 …, obey one recurrence, one reflection and one
asymptotic series. In floats these serve right of 0; left of 0 and at the root of ψ, where the
terms cancel, the same lines run on decimal numbers of 40 digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Context, Decimal, localcontext
from typing import Any

from .elementary import horner, order

SERIES = (  # (−1)^k (ζ(k) − 1)/k for k = 2, 3 … 28, by mpmath
    0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986,
    0.0028905103307415234, -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939,
    9.945751278180853e-05, -4.492623673813314e-05, 2.050721277567069e-05, -9.439488275268397e-06,
    4.374866789907488e-06, -2.039215753801366e-06, 9.55141213040742e-07, -4.492469198764566e-07,
    2.1207184805554665e-07, -1.0043224823968099e-07, 4.7698101693639804e-08,
    -2.2711094608943164e-08, 1.0838659214896955e-08, -5.183475041970047e-09, 2.4836745438024785e-09,
    -1.1921401405860912e-09, 5.731367241678862e-10, -2.7595228851242334e-10, 1.330476437424449e-10,
)  # fmt: skip
ODD = tuple(1 / k for k in range(3, 37, 2))
SLOPES = tuple(k * c for k, c in enumerate(SERIES, 2))
EULER, ONE_LESS_EULER = 0.5772156649015329, 0.42278433509846713  # γ and 1 − γ
ROOT = 1.4616321449683622  # of ψ
BERNOULLI = ((1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510),
             (43867, 798), (-174611, 330))  # fmt: skip  # B₂, B₄ … as fractions
HALF = Decimal("0.5")
HALF_LOG_TAU = Decimal("0.918938533204672741780329736405617639861397473637783412817")
FORTY_DIGITS = Context(prec=40)


def lgamma(x: float) -> float:
    """log |Γ(x)|; between 0 and 11.5 from the series of log Γ(2 + z), Abramowitz & Stegun 6.1.33.

    Near the roots, 1 and 2 and those left of 0, the standard library's loses all digits.
    Raises: ValueError at the poles, OverflowError, as ``math.lgamma``.
    """
    if x < 0 < x % 1:
        return _left(-1, x)
    if not 0 < x < 11.5:
        return math.lgamma(x)
    n = round(x)
    z = x - n
    rest: float = z * horner(SERIES, z)
    if n == 1:
        return z * (rest + _excess(z) - EULER)
    y = z * (rest + ONE_LESS_EULER)
    if n == 0:
        return y - math.log1p(x) - math.log(x)
    return y + math.log(math.prod(x - k for k in range(1, n - 1)))


def digamma(x: float) -> float:
    """ψ(x) = d log Γ(x)/dx. Infinite or NaN at the poles."""
    return polygamma(0, x)


def polygamma(n: float, x: float) -> float:
    """The n-th derivative of digamma; infinite or NaN at the poles.

    Raises: ValueError where n is no whole number ≥ 0, OverflowError beyond n = 170.
    """
    n = order(n, "polygamma")
    sign = 1 if n % 2 else -1  # of the derivative right of 0
    if not (x > 0 or x < 0 < x % 1):  # a pole: infinite where both its sides agree
        return math.inf if n % 2 and math.isfinite(x) else math.nan
    if x == math.inf:
        return 0.0 if n else x
    try:
        if x < 0:
            return _left(n, x)
        if n == 0 and x < 3.5:
            return _digamma_near_two(x)
        if n > 2:
            return float(_in_decimals(n, x))
        return sign * math.fsum(_terms(n, x, 10 + 2 * n, math.log))
    except OverflowError:  # beside a pole
        return sign * math.inf


def _excess(z: float) -> float:
    """1 − log(1 + z)/z, where log(1 + z) = 2 artanh(s)."""
    s = z / (2 + z)
    y: float = s - 2 * s * s / (2 + z) * horner(ODD, s * s)
    return y


def _digamma_near_two(x: float) -> float:
    """ψ(x) below 3.5 from the derivative of that series, but near its root."""
    if abs(x - ROOT) < 0.25:
        return float(_in_decimals(0, x))
    n = round(x)
    z = x - n
    y: float = z * horner(SLOPES, z) + ONE_LESS_EULER
    if n == 3:
        return y + 1 / (x - 1)
    if n < 2:
        y -= 1 / (1 + z)
    return y if n else y - 1 / x


def _left(n: int, x: float) -> float:
    """The n-th derivative left of 0: that at 1 − x reflected, and a part of period 1 (6.4.7)."""
    with localcontext(FORTY_DIGITS):
        nearest = Decimal(abs(x - round(x)))  # exact, as 1 − x with its rounding would not be
        places = nearest, 1 - nearest, 1 - Decimal(x)
        a, b, mirrored = (_in_decimals(n, place) for place in places)
        if n % 2:
            return float(a + b - mirrored)
        return float((a - b if x > round(x) else b - a) + mirrored)


def _in_decimals(n: int, x: float | Decimal) -> Decimal:
    """The n-th derivative right of 0."""
    with localcontext(FORTY_DIGITS):
        y = sum(_terms(n, Decimal(x), 60 + 10 * n, Decimal.ln), Decimal(0))
        return y if n % 2 else -y


def _terms(n: int, x: Any, far: int, log: Callable[[Any], Any]) -> Iterator[Any]:
    """(−1)ⁿ⁺¹ times the n-th derivative right of 0, as terms to be summed; log Γ in decimals only.

    Abramowitz & Stegun 6.1.41, 6.3.18, 6.4.11 at ``far`` or beyond; 6.4.6 leads there.
    """
    near = [x + k for k in range(math.ceil(far - x))]
    z = x + len(near)
    if n < 0:
        yield (z - HALF) * log(z) - z + HALF_LOG_TAU - log(math.prod(near, start=Decimal(1)))
    else:
        f = math.factorial(n)
        yield from (f * t ** -(n + 1) for t in near)
        yield f * z ** -(n + 1) / 2
        yield math.factorial(n - 1) * z**-n if n else -log(z)
    for k, (above, below) in enumerate(BERNOULLI, 1):
        j = 2 * k + n
        yield above * math.factorial(j - 1) * z**-j / (below * math.factorial(2 * k))

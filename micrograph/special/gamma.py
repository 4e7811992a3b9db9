"""log Γ and its derivatives on floats: the standard library lacks some, and loses digits of others.

ψ = digamma is the derivative of log Γ. Below, n counts the derivatives of ψ: n = −1 is log Γ,
n = 0 is ψ itself, n = 1 is ψ′. All of them obey one recurrence, one reflection formula and one
asymptotic series, so one function, ``_terms``, serves them all. Right of 0 it runs on floats. Left
of 0 and near the root of ψ, where the terms cancel, and for n > 2, it runs on decimal numbers of
40 digits. Right of 0, log Γ below 11.5 and ψ below 3.5 come from a series around 2 instead.

Formula numbers such as 6.4.7 are those of Abramowitz & Stegun, *Handbook of Mathematical
Functions*.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Context, Decimal, getcontext, localcontext
from functools import lru_cache

from ..annotation import Any
from .elementary import horner, order

SERIES = (  # (−1)^k (ζ(k) − 1)/k for k = 2, 3 … 28, computed with mpmath
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
ROOT = 1.4616321449683622  # where ψ is 0
BERNOULLI = ((1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510),
             (43867, 798), (-174611, 330))  # fmt: skip  # B₂, B₄ … as fractions
HALF = Decimal("0.5")
HALF_LOG_TAU = Decimal("0.918938533204672741780329736405617639861397473637783412817")
FORTY_DIGITS = Context(prec=40)


def lgamma(x: float) -> float:
    """log |Γ(x)|. Between 0 and 11.5 it is taken from the series of log Γ(2 + z), 6.1.33.

    Its roots are 1, 2 and some left of 0. Near them ``math.lgamma`` loses all digits.

    Raises:
        ValueError: If x is a pole, as ``math.lgamma`` does.
        OverflowError: If the result is too large for a float, as ``math.lgamma`` does.

    Example:
        >>> lgamma(2.0), round(lgamma(5.0), 6)  # log 1 and log 24
        (0.0, 3.178054)
    """
    if x < 0 < x % 1:
        return _left(-1, x)
    if not 0 < x < 11.5:
        return math.lgamma(x)
    n = round(x)
    z = x - n
    rest: float = z * horner(SERIES, z)
    if n == 1:
        return z * (rest + excess(z) - EULER)
    y = z * (rest + ONE_LESS_EULER)
    if n == 0:
        return y - math.log1p(x) - math.log(x)
    return y + math.log(math.prod(x - k for k in range(1, n - 1)))


def digamma(x: float) -> float:
    """ψ(x) = d log Γ(x)/dx; NaN at the poles 0, −1, −2 …

    Example:
        >>> round(digamma(1.0), 6)
        -0.577216
    """
    return polygamma(0, x)


def polygamma(n: float, x: float) -> float:
    """The n-th derivative of digamma at x. At the poles it is ∞ if n is odd, and NaN if n is even.

    Raises:
        ValueError: If n is not 0, 1, 2 …
        OverflowError: If n is above 170.

    Example:
        >>> round(polygamma(1, 1.0), 6)  # π²/6
        1.644934
    """
    n = order(n, "polygamma")
    sign = 1 if n % 2 else -1  # the sign of _terms, see there
    if not (x > 0 or x < 0 < x % 1):  # a pole: infinite if both sides have the same limit
        return math.inf if n % 2 and math.isfinite(x) else math.nan
    if x == math.inf:
        return 0.0 if n else x
    try:
        if x < 0:
            return _left(n, x)
        if n == 0 and x < 3.5:
            return _digamma_near_two(x)
        if n > 2:
            return float(in_decimals(n, x))
        return sign * math.fsum(_terms(n, x, 10 + 2 * n, math.log))
    except OverflowError:  # beside a pole
        return sign * math.inf


def excess(z: float) -> float:
    """1 − log(1 + z)/z, from log(1 + z) = 2 artanh(s) with s = z/(2 + z)."""
    s = z / (2 + z)
    y: float = s - 2 * s * s / (2 + z) * horner(ODD, s * s)
    return y


def _digamma_near_two(x: float) -> float:
    """ψ(x) for 0 < x < 3.5.

    It differentiates the series of log Γ(2 + z). Near the root of ψ it uses decimal numbers.
    """
    if abs(x - ROOT) < 0.25:
        return float(in_decimals(0, x))
    n = round(x)
    z = x - n
    y: float = z * horner(SLOPES, z) + ONE_LESS_EULER
    if n == 3:
        return y + 1 / (x - 1)
    if n < 2:
        y -= 1 / (1 + z)
    return y if n else y - 1 / x


def _left(n: int, x: float) -> float:
    """The n-th derivative left of 0, by the reflection formula 6.4.7.

    The formula has two parts: the n-th derivative at 1 − x, and a function of period 1. The second
    part is found between 0 and 1, where the formula relates two derivatives right of 0.
    """
    with localcontext(FORTY_DIGITS):
        nearest = Decimal(abs(x - round(x)))  # exact: 1 − x on floats is rounded
        places = nearest, 1 - nearest, 1 - Decimal(x)
        a, b, mirrored = (in_decimals(n, place) for place in places)
        if n % 2:
            return float(a + b - mirrored)
        return float((a - b if x > round(x) else b - a) + mirrored)


def in_decimals(n: int, x: float | Decimal, context: Context = FORTY_DIGITS) -> Decimal:
    """The n-th derivative right of 0, summed in decimal numbers, of 40 digits if nothing is said.

    Some 30 decimals are right. More digits serve where log Γ is a large number.
    """
    return _in_decimals(n, Decimal(x), context.prec)


@lru_cache(32)  # partials by several operands ask for the same numbers
def _in_decimals(n: int, x: Decimal, digits: int) -> Decimal:
    with localcontext(Context(prec=digits)):
        y = sum(_terms(n, x, 60 + 10 * n, ln), Decimal(0))
        return y if n % 2 else -y


def ln(x: Decimal) -> Decimal:
    """log x in the present context, to 39 decimals at least."""
    return _ln(x, getcontext().prec)


@lru_cache(32)
def _ln(x: Decimal, digits: int) -> Decimal:
    """The same, in the present context of so many digits.

    One step of Halley's method from a float, which is off by d, leaves d³/12. With up to 60 digits
    that takes half the time of ``Decimal.ln``.
    """
    if digits > 60:
        return x.ln()
    near = Decimal(math.log(x))
    y = near.exp()
    return near + 2 * (x - y) / (x + y)


def _terms(n: int, x: Any, far: int, log: Callable[[Any], Any]) -> Iterator[Any]:
    """Terms, whose sum is (−1)ⁿ⁺¹ times the n-th derivative at x > 0.

    The recurrence 6.4.6 goes from x up to an argument that is at least ``far``. There the
    asymptotic series is good: 6.1.41 for log Γ, 6.3.18 for ψ, 6.4.11 for its derivatives.

    Args:
        n: Which derivative of ψ; −1 for log Γ, which needs decimal numbers.
        x: A float or a Decimal.
        far: Where the asymptotic series is good.
        log: The logarithm for numbers of the kind of x.
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
    if isinstance(z, Decimal):  # Decimal's powers take longer than all the rest
        yield horner(_series(n, getcontext().prec), 1 / (z * z)) * z ** -(n + 2)
        return
    for k, (above, below) in enumerate(BERNOULLI, 1):
        j = 2 * k + n
        yield above * math.factorial(j - 1) * z**-j / (below * math.factorial(2 * k))


@lru_cache(32)
def _series(n: int, digits: int) -> Any:
    """The coefficients of the asymptotic series, in the present context of so many digits."""
    return tuple(
        Decimal(above * math.factorial(2 * k + n - 1)) / (below * math.factorial(2 * k))
        for k, (above, below) in enumerate(BERNOULLI, 1)
    )

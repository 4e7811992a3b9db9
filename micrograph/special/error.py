"""The error function in ordinary arithmetic, for kinds of number whose library lacks it.

JavaScript's ``Math`` does. Near 0 the forms are the series of erf. Further out they are the tail of
the normal distribution, by the fit in ``special/normal.py``. Measured on floats at 30,000 points,
against mpmath: erf is off by at most 1.7 ULP, and erfc by at most 3.4.
"""

from __future__ import annotations

from math import factorial, pi, sqrt
from typing import Any

from .elementary import horner, within
from .normal import EXCESS, RSQRT_TAU, bell

NEAR = 0.5  # the fit takes over from here on: 1 − erfc does not cancel there
SERIES = tuple(  # of erf(x)/x in powers of x²: 7.1.5 in Abramowitz & Stegun
    2 / sqrt(pi) * (-1) ** k / (factorial(k) * (2 * k + 1)) for k in range(13)
)


def erf(xp: Any, x: Any) -> Any:
    """The error function. It is odd, so the sign of 0 is kept."""
    tail = _tail(xp, xp.abs(x))
    far = xp.where(x < 0, tail - 1, 1 - tail)
    return xp.where(xp.abs(x) < NEAR, _near(xp, x), far)


def erfc(xp: Any, x: Any) -> Any:
    """1 − erf(x), with all digits in the tail."""
    tail = _tail(xp, xp.abs(x))
    far = xp.where(x < 0, 2 - tail, tail)
    return xp.where(xp.abs(x) < NEAR, 1 - _near(xp, x), far)


def _near(xp: Any, x: Any) -> Any:
    x = within(xp, x, 1.0)
    return x * horner(SERIES, x * x)


def _tail(xp: Any, x: Any) -> Any:
    """erfc(x) right of 0, which is 2·Φ(−t) = 2·φ(t) / (t + excess) with t = √2·x."""
    x = within(xp, x, 40.0)  # erfc(28) is 0 on floats
    t = x * sqrt(2.0)
    excess = horner(EXCESS, (t - 3) / (t + 3)) / (t + 3)
    return bell(xp, x) * (2 * RSQRT_TAU) / (t + excess)

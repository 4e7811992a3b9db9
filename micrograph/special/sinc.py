"""Accurate forms of sinc(x) = sin(πx)/(πx): right near whole numbers however large, and at 0."""

from __future__ import annotations

from ..annotation import Any


def _turned(xp: Any, x: Any, cosine: bool) -> Any:
    """sin(πx), or cos(πx), for x ≥ 0. Everything is exact up to the argument of the sine.

    Rounding π·x would cost all digits next to a large whole number.
    """
    x = xp.minimum(x, 1e300)
    x = x - 2 * xp.floor(xp.where(x <= 1e300, x / 2, 0.0))  # of NaN, floats have no floor
    back = x > 1
    x = xp.where(back, x - 1, x)
    sign = xp.where(back, -1.0, 1.0)
    if not cosine:
        return sign * xp.sin(xp.pi * xp.where(x > 0.5, 1 - x, x))
    near = x < 0.25
    by_sine = xp.sin(xp.pi * (0.5 - xp.where(near, 0.5, x)))
    return sign * xp.where(near, xp.cos(xp.pi * xp.where(near, x, 0.0)), by_sine)


def sinc(xp: Any, x: Any) -> Any:
    """sin(πx)/(πx); 1 at 0, and 0 at ±∞."""
    size = xp.abs(x)
    tiny = size < 1e-9  # there it is 1, and π·x may have lost its digits
    size = xp.where(tiny, 0.5, size)
    return xp.where(tiny, 1.0, _turned(xp, size, cosine=False) / (xp.pi * size))


def sinc_slope(xp: Any, y: Any, x: Any) -> Any:
    """(cos(πx) − y)/x, the partial of y = sinc(x).

    Next to 0 the two terms cancel. From |x| = ½ down it is the series −π²x/3·(1 − …), which has 15
    terms: what is left out is below 1e-28 of it, and so it serves numbers of 25 digits, too.
    """
    small = xp.abs(x) < 0.5
    near = xp.where(small, x, 0.0)
    z = xp.pi * near * (xp.pi * near)
    series = 1.0
    for k in range(14, 0, -1):  # the quotient of two terms of Σ (−z)ᵏ⁺¹·(2k + 2)/(2k + 3)!
        series = 1 - z * series / (2 * k * (2 * k + 3))
    size = xp.where(small, 1.0, xp.abs(x))
    far = (_turned(xp, size, cosine=True) - y) / size
    return xp.where(small, -xp.pi * xp.pi * near / 3 * series, xp.where(x < 0, -far, far))

"""The gamma family, where the standard library lacks a function or loses its digits.

The derivatives of log Γ come from SciPy, on floats and arrays alike.
"""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

SERIES = (  # (−1)^k (ζ(k) − 1)/k for k = 2, 3 … 28, by mpmath
    0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986,
    0.0028905103307415234, -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939,
    9.945751278180853e-05, -4.492623673813314e-05, 2.050721277567069e-05, -9.439488275268397e-06,
    4.374866789907488e-06, -2.039215753801366e-06, 9.55141213040742e-07, -4.492469198764566e-07,
    2.1207184805554665e-07, -1.0043224823968099e-07, 4.7698101693639804e-08,
    -2.2711094608943164e-08, 1.0838659214896955e-08, -5.183475041970047e-09, 2.4836745438024785e-09,
    -1.1921401405860912e-09, 5.731367241678862e-10, -2.7595228851242334e-10, 1.330476437424449e-10,
)  # fmt: skip
ONE_LESS_EULER = 0.42278433509846713  # 1 − γ


def lgamma(x: float) -> float:
    """log |Γ(x)|; below 3.5 from the series of log Γ(2 + z), Abramowitz & Stegun 6.1.33.

    Near the roots 1 and 2 the standard library's loses all digits.
    Raises: ValueError at the poles, OverflowError, as ``math.lgamma``.
    """
    if not 0 < x < 3.5:
        return math.lgamma(x)
    n = round(x)
    z = x - n
    y = z * (z * reduce(lambda rest, c: rest * z + c, reversed(SERIES), 0.0) + ONE_LESS_EULER)
    if n == 3:
        return y + math.log(x - 1)
    if n < 2:
        y -= math.log1p(z)
    return y if n else y - math.log(x)


def digamma(x: Any) -> Any:
    """ψ(x) = d log Γ(x)/dx; left of 0 by ψ(1 − x) − π cot πx, with x's distance from the pole.

    There SciPy's loses all digits near the poles, but has the root at −0.504.
    Raises: NotImplementedError without SciPy. Infinite or NaN at the poles.
    """
    np, special = _scipy()
    with np.errstate(all="ignore"):
        distance = x - np.rint(x)
        left = (x < 0) & (distance != 0) & (abs(x + 0.504) > 0.1)
        cot = 1 / np.tan(np.pi * np.where(left, distance, 0.25))
        mirrored = special.digamma(np.where(left, 1 - x, 1.0)) - np.pi * cot
        return np.where(left, mirrored, special.digamma(x))[()]


def polygamma(n: float, x: Any) -> Any:
    """The n-th derivative of digamma.

    Raises: ValueError where n is no whole number ≥ 0, NotImplementedError without SciPy.
    """
    if n < 0 or n % 1:
        raise ValueError(f"polygamma: expected n = 0, 1, 2 …, got {n:g}")
    np, special = _scipy()
    with np.errstate(all="ignore"):
        return special.polygamma(int(n), x) if n else digamma(x)


def _scipy() -> Any:
    try:
        import numpy as np
        from scipy import special
    except ImportError:
        raise NotImplementedError("digamma and polygamma need SciPy: pip install scipy") from None
    return np, special

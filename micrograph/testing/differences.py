"""Derivatives of a black box by differences of its values, each with an estimate of its error.

Ridders' method takes central differences at shrinking steps and extrapolates them to a step of 0.
The estimated error is how far the last extrapolations differ (Ridders 1982, Adv. Eng. Software
4:75; Numerical Recipes, 5.7). If a function takes complex numbers, a complex step loses no digits
to subtraction (Squire & Trapp 1998, SIAM Review 40:110).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import NamedTuple

SHRINK = 1.6
ROUNDS = 14
"""How many steps there are, each SHRINK times shorter than the one before."""

STARTS = (0.25, 0.01, 0.0004)
"""First steps, as parts of |x|. A function may be too wild for the first, too flat for the last."""

NEAR_ZERO = (0.2, 0.01)
"""First steps that are tried as well if 0 < |x| < 0.01."""


class Derivative(NamedTuple):
    """A slope, and an estimate of its error. They are NaN and infinity if nothing could be told."""

    slope: float
    error: float

    @property
    def bits(self) -> float:
        """How many of the slope's bits are good."""
        if not (math.isfinite(self.error) and self.slope):
            return 0.0
        return max(0.0, min(52.0, -math.log2(max(self.error / abs(self.slope), 2.0**-52))))


UNKNOWN = Derivative(math.nan, math.inf)


def derivative(
    f: Callable[[float], float], x: float, side: int = 0, epsilon: float = 2.0**-52
) -> Derivative:
    """f'(x) by Ridders' method.

    A step is left out if f raises a ValueError or an ArithmeticError there, or is not finite.

    Args:
        f: A function of one float.
        x: The float at which f is differentiated.
        side: 0 for central differences, −1 or 1 for differences from one side.
        epsilon: The relative error of f's values.

    Cost:
        Up to 140 calls of f.
    """
    steps = [start * (abs(x) or 1.0) for start in STARTS]
    if 0 < abs(x) < NEAR_ZERO[-1]:
        steps += NEAR_ZERO
    best, *others = sorted(
        (_extrapolated(f, x, step, side, epsilon) for step in steps), key=lambda d: d.error
    )
    doubts = []
    for other in others:
        doubt = abs(other.slope - best.slope)
        if doubt <= 10 * (other.error + best.error) and other.error <= 2**-10 * abs(other.slope):
            return best  # two first steps lead to one slope: no accident
        if other.error < math.inf:
            doubts.append(doubt)
    return Derivative(best.slope, max([best.error, *doubts]))


def _extrapolated(
    f: Callable[[float], float], x: float, h: float, side: int, epsilon: float
) -> Derivative:
    ratio = SHRINK if side else SHRINK * SHRINK  # the error has all powers of h, or the even ones
    best = UNKNOWN
    row: list[float] = []
    for _ in range(ROUNDS):
        below, above = (x, x + side * h) if side else (x - h, x + h)
        low, high = _value(f, below), _value(f, above)
        h /= SHRINK
        if not (math.isfinite(low) and math.isfinite(high) and above != below):
            continue
        size = max(abs(low), abs(high))
        noise = max(epsilon * size, math.ulp(size)) / abs(above - below)
        new, factor = [(high - low) / (above - below)], 1.0
        for older in row:
            factor *= ratio
            new.append((factor * new[-1] - older) / (factor - 1))
        for i in range(1, len(new)):
            error = max(abs(new[i] - new[i - 1]), abs(new[i] - row[i - 1])) + 2 * noise
            if error < best.error:
                best = Derivative(new[i], error)
        row = new
    return best


def _value(f: Callable[[float], float], x: float) -> float:
    try:
        return float(f(x))
    except (ValueError, ArithmeticError):
        return math.nan


def complex_step(f: Callable[[complex], complex], x: float) -> float:
    """f'(x) = Im f(x + ih)/h, with an h too small to matter; NaN if f takes no complex number."""
    h = 1e-30 * (abs(x) or 1.0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy warns where it drops the imaginary part
            y = complex(f(complex(x, h)))
    except Exception:  # whatever a black box raises at a complex number
        return math.nan
    return y.imag / h

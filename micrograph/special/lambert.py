"""Accurate forms of Lambert's W: the two real solutions W of W·exp(W) = x (DLMF 4.13).

The branch k = 0 has W ≥ −1, the branch k = −1 has W ≤ −1. They meet at x = −1/e, where both slopes
are infinite. The float nearest to −1/e lies 1.2e-17 below it, and is taken for it.
"""

from __future__ import annotations

from math import e, factorial, inf, log

from ..annotation import Any
from .elementary import horner

END, END_REST = -0.36787944117144233, 1.2428753672788363e-17  # their sum is −1/e
SERIES = (1.0, -1 / 3, 11 / 72, -43 / 540, 769 / 17280)  # (1 + W)/p, p² = 2(1 + e·x): DLMF 4.13.6
CURVE = tuple(
    (n - 1) / factorial(n) for n in range(2, 23)
)  # (1 + (v − 1)·exp(v))/v² in powers of v


def defined(x: float, k: float) -> bool:
    """Whether the branch k of W is real at x."""
    return (k == 0 and x >= END) or (k == -1 and END <= x < 0)


def lambertw(xp: Any, x: Any, k: Any) -> Any:
    """The branch k of W."""
    near, v, w = _both(xp, x, k)
    return xp.where(near, v - 1, w)


def lambertw_above(xp: Any, x: Any, k: Any) -> Any:
    """1 + W, with all digits next to x = −1/e, where W is −1."""
    near, v, w = _both(xp, x, k)
    return xp.where(near, v, 1 + w)


def _both(xp: Any, x: Any, k: Any) -> tuple[Any, Any, Any]:
    """Whether x is near −1/e; then 1 + W is the second number, and else W is the third."""
    lower = k == -1
    real = xp.sqrt(xp.where(lower | (k == 0), 1.0, -1.0))  # no other branch is
    near = x < xp.where(lower, -0.25, -0.22)
    return near, real * _above(xp, xp.where(near, x, -0.34), lower), real * _far(xp, x, lower, near)


def _above(xp: Any, x: Any, lower: Any) -> Any:
    """v = 1 + W, by two steps of Halley's method for 1 + (v − 1)·exp(v) = 1 + e·x."""
    end = x == END
    # (x − END) − END_REST, times e: that difference itself XLA would take for x − (END + END_REST)
    d = e * (xp.where(end, -0.34, x) - END) - e * END_REST
    p = xp.sqrt(2 * d) * xp.where(lower, -1.0, 1.0)
    v = p * horner(SERIES, p)
    for _ in range(2):
        step = (v * v * horner(CURVE, v) - d) / (v * xp.exp(v))
        v = v - step / (1 - step * (1 + v) / (2 * v))
    return xp.where(end, xp.where(lower, -0.0, 0.0), v)


def _far(xp: Any, x: Any, lower: Any, near: Any) -> Any:
    """W, by two steps of fourth order (Fritsch, Shafer and Crowley 1973, CACM algorithm 443)."""
    end = (x == 0) | (x == inf)
    safe = xp.where(near, -0.1, x)
    safe = xp.where(lower, safe, xp.where(end, 1.0, safe))
    # from above: Winitzki's approximation; from below: −1 − u − log(−W) with log(−x) = −1 − u
    a = xp.log1p(xp.where(lower, 1.0, safe))
    u = -1 - xp.log(xp.where(lower, -safe, 0.1))
    under = -1 - u - xp.log(1 + u + xp.sqrt(2 * u))
    w = xp.where(lower, under, a * (1 - xp.log1p(a) / (2 + a)))
    tiny = lower & (x > -1e-290)  # there x/W may be 0 on floats
    scale, log_scale = xp.where(tiny, 2.0**70, 1.0), xp.where(tiny, 70 * log(2.0), 0.0)
    for _ in range(2):
        z, v = xp.log(scale * safe / w) - log_scale - w, 1 + w
        q = 2 * v * (v + z / 1.5)
        w = w * (1 + z / v * (q - z) / (q - 2 * z))
    return xp.where(lower, xp.where(x == 0, -inf, w), xp.where(end, x, w))


def lambertw_slope(xp: Any, w: Any, v: Any, x: Any) -> Any:
    """∂W/∂x = W/(x·(1 + W)), where w = W and v = 1 + W; near x = 0 it is exp(−W)/(1 + W).

    That form would have 350 ULP at W = 700, from the rounding of W.
    """
    small, endless = xp.abs(w) < 0.5, xp.abs(v) == inf
    ratio = xp.where(endless, 1.0, w) / xp.where(endless, 1.0, v)
    far = ratio / xp.where(small, 1.0, x)
    return xp.where(small, xp.exp(-xp.where(small, w, 0.0)) / v, far)

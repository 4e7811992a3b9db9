"""Accurate forms of the inverses of Φ and erf, in both tails and next to their roots.

``CENTRE`` and ``TAIL`` are Chebyshev series, rewritten in powers. They were computed with mpmath at
50 digits: there erfinv is its own, and the tail was solved by Newton's method.
"""

from __future__ import annotations

from math import inf

from ..annotation import Any
from .elementary import horner
from .normal import EXCESS, RSQRT2, SQRT2

SQRT_TAU = 2.5066282746310002  # √(2π)
CENTRE = (  # erfinv(x)/x in powers of x² − 9/32, for |x| ≤ ¾: to 1e-17
    0.9640216376238271, 0.332329994057682, 0.24893511100365384, 0.23252305015383715,
    0.24128321682528003, 0.26625172705993877, 0.30588531014107107, 0.3615528563344184,
    0.4364734893321661, 0.5355805287461665, 0.6657678698121416, 0.8363782934979126,
    1.0598456898286868, 1.353026328245484, 1.7412907517601133, 2.250800908293912,
    2.8618327554842447, 3.7096772304528813, 5.640383175493403, 7.5839867033838155,
    3.383605451889536, 3.552879637326823, 36.48924625227927, 50.40038541951674,
)  # fmt: skip
MIDDLE = 0.11842349308793033
TAIL = (  # w − s in powers of (w − 6)/(w + 6) − MIDDLE, where Φ(−s) = exp(−w²/2): to 1e-7
    0.3929611092981053, -0.5445375510235095, 0.24582447921487946, -0.1861025732212752,
    0.11129634898575673, -0.0892344909389131, 0.05907102769260862, -0.054153151096597824,
    0.0212620191982776, -0.01107362644233337, 0.04078787261084368, -0.05333944478763435,
)  # fmt: skip


def _centre(x: Any) -> Any:
    """erfinv(x) for |x| ≤ ¾."""
    return x * horner(CENTRE, x * x - 0.28125)


def _tail(xp: Any, q: Any) -> Any:
    """The s with Φ(−s) = q, for q up to ⅛.

    One step of Chebyshev's method leads from the fit to the zero of s²/2 + log(√(2π)·r·q), where
    r = φ(s)/Φ(−s). It is of third order, so an error of 1e-6 becomes one below 1e-18. First s is
    cut off after 20 binary places, so that s² is exact.
    """
    log_q = xp.log(q)
    w = xp.sqrt(-2 * log_q)
    s = w - horner(TAIL, (w - 6) / (w + 6) - MIDDLE)
    s = xp.trunc(xp.where(s < 64, s, 0.0) * 1048576) / 1048576  # not of NaN
    r = s + horner(EXCESS, (s - 3) / (s + 3)) / (s + 3)
    step = (0.5 * s * s + (log_q + xp.log(SQRT_TAU * r))) / r
    return xp.where(q == 0, inf, s - step * (1 + 0.5 * step * (r - s)))


def norm_ppf(xp: Any, p: Any) -> Any:
    """The number below which a standard normal variable lies with probability p."""
    x = 2 * p - 1
    centre = xp.abs(x) <= 0.75
    s = _tail(xp, xp.where(centre, 0.1, xp.where(p < 0.5, p, 1 - p)))
    return xp.where(centre, SQRT2 * _centre(xp.where(centre, x, 0.0)), xp.where(p < 0.5, -s, s))


def norm_ppf_slope(xp: Any, y: Any, p: Any) -> Any:
    """1/φ(y), the partial of y = norm_ppf(p).

    In the tails φ(y) would have 700 ULP, from the rounding of y. There it is q·(φ(y)/Φ(−|y|)) with
    q = Φ(−|y|), which is p or 1 − p.
    """
    middle = xp.abs(y) < 1
    ratio = xp.inverse_mills(-xp.where(middle, 1.0, xp.minimum(xp.abs(y), 40.0)))
    outer = 1 / ratio / xp.where(p < 0.5, p, 1 - p)
    return xp.where(middle, 1 / xp.norm_pdf(xp.where(middle, y, 0.0)), outer)


def erfinv(xp: Any, x: Any) -> Any:
    """The y with erf(y) = x."""
    size = xp.abs(x)
    centre = size <= 0.75
    s = RSQRT2 * _tail(xp, xp.where(centre, 0.1, 0.5 * (1 - size)))
    return xp.where(centre, _centre(xp.where(centre, x, 0.0)), xp.where(x < 0, -s, s))


def erfinv_slope(xp: Any, y: Any, x: Any) -> Any:
    """½·√π·exp(y²), the partial of y = erfinv(x). Its tails are those of ``norm_ppf_slope``."""
    middle = xp.abs(y) < 0.7
    far = xp.where(middle, 1.0, xp.minimum(xp.abs(y), 30.0))
    outer = 1 / xp.inverse_mills(-xp.sqrt(2.0) * far) / (xp.sqrt(2.0) * (1 - xp.abs(x)))
    near = xp.where(middle, y, 0.0)
    return xp.where(middle, xp.sqrt(xp.pi) / 2 * xp.exp(near * near), outer)

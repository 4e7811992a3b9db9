"""The Bessel functions J₀ and J₁ in ordinary arithmetic, and the slope of J₁.

Up to x = 1 they are their power series, DLMF 10.2.2. Up to x = 10 they are Taylor series around
their first roots r, divided by x − r, so they keep all digits next to these roots. Beyond, they are
√(2/(πx))·(P·cos χ − Q/x·sin χ) with χ = x − π/4 for J₀ and x − 3π/4 for J₁, DLMF 10.18. There the
error is a few units in the last place of √(2/(πx)), the amplitude of the waves, so digits are lost
next to the roots. DLMF is the Digital Library of Mathematical Functions, https://dlmf.nist.gov.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial

from ..annotation import Any, NamedTuple
from .elementary import horner, within

NEAR, FAR = 1.0, 10.0  # where the power series ends, and where the waves begin
RSQRT_PI = 0.5641895835477563  # 1/√π
ORDERS = range(16)  # more than values need: derivatives of the series are good, too
J0 = tuple((-1) ** k / factorial(k) ** 2 for k in ORDERS)  # in powers of x²/4
J1 = tuple((-1) ** k / (2 * factorial(k) * factorial(k + 1)) for k in ORDERS)  # J₁(x)/x
J1_SLOPE = tuple((2 * k + 1) * c for k, c in enumerate(J1))
J1_BEND = tuple((k + 1) * c / 2 for k, c in enumerate(J1_SLOPE[1:]))  # J₁″(x)/x

# P and Q in powers of 200/x² − 1: Chebyshev fits for x > 10, from the Hankel function with mpmath
P0 = (
    0.9996511732323204, -0.0003461558827703288, 2.6090196125516195e-06, -5.909876900827076e-08,
    2.572636547951568e-09, -1.7500573486195152e-10, 1.6519682500560937e-11, -2.005112147220331e-12,
    2.945363531530133e-13, -5.089492795582799e-14, 1.2264915034555528e-14, -2.88534994462517e-15,
)  # fmt: skip
Q0 = (
    -0.1246392645460992, 0.00035544973096001076, -5.107287142551632e-06, 1.6810470471940368e-07,
    -9.453676825196363e-09, 7.781037604301404e-10, -8.525739700971083e-11, 1.1676476297819027e-11,
    -1.9144486892505483e-12, 3.635775600473413e-13, -7.499600409659718e-14, 1.739412325147899e-14,
    -6.6418060241064064e-15, 2.008033274925636e-15,
)  # fmt: skip
P1 = (
    1.0005824132191066, 0.0005789658794668646, -3.3737976811717247e-06, 7.038270694915417e-08,
    -2.9429977407867734e-09, 1.9551294991192534e-10, -1.8170815926690278e-11,
    2.1814796401259546e-12, -3.178994695413955e-13, 5.459339342644882e-14, -1.3069611745305817e-14,
    3.0617051315373947e-15,
)  # fmt: skip
Q1 = (
    0.3744940103045204, -0.0004995038975157029, 6.2787084998604425e-06, -1.9545619912886336e-07,
    1.0663677795684874e-08, -8.61235411165251e-10, 9.315689403804515e-11, -1.2644898836954577e-11,
    2.0577249838477176e-12, -3.8003212869636543e-13, 7.984484077911446e-14, -2.532246753003335e-14,
    7.008544631042188e-15,
)  # fmt: skip


class Root(NamedTuple):
    """A function next to one of its roots.

    Attributes:
        at: The root, rounded to a float.
        rest: The root minus ``at``.
        series: The function divided by x − root, in powers of x − root.
        until: Where the next root takes over.
    """

    at: float
    rest: float
    series: tuple[float, ...]
    until: float


def _taylor(n: int, r: float, value: float, slope: float) -> Iterator[float]:
    """The Taylor coefficients of J_n around r, from its value and slope there.

    They follow from Bessel's equation x²y″ + xy′ + (x² − n²)y = 0, DLMF 10.2.1.
    """
    c = [0.0, 0.0, value, slope]  # the first two stand for coefficients of negative powers
    yield from c[2:]
    for k in range(24):
        known = r * (k + 1) * (2 * k + 1) * c[-1] + (k * k + r * r - n * n) * c[-2]
        c.append(-(known + 2 * r * c[-3] + c[-4]) / (r * r * (k + 1) * (k + 2)))
        yield c[-1]


def _root(n: int, at: float, rest: float, slope: float, until: float) -> Root:
    return Root(at, rest, tuple(_taylor(n, at, 0.0, slope))[1:], until)


def _extreme(at: float, rest: float, value: float, until: float) -> Root:
    series = [k * c for k, c in enumerate(_taylor(1, at, value, 0.0))]
    return Root(at, rest, tuple(series[2:]), until)


# Roots, and slopes or values there, computed with mpmath
J0_ROOTS = (
    _root(0, 2.404825557695773, -1.176691651530894e-16, -0.5191474972894667, 3.9),
    _root(0, 5.520078110286311, 8.088597146146722e-17, 0.34026480655836816, 7.1),
    _root(0, 8.653727912911013, -2.92812607320779e-16, -0.27145229992838193, FAR),
)
J1_ROOTS = (
    _root(1, 3.8317059702075125, -1.5269184090088067e-16, -0.402759395702553, 5.4),
    _root(1, 7.015586669815619, -9.414165653410389e-17, 0.30011575252613254, 8.6),
    _root(1, 10.173468135062722, 4.482162274768888e-16, -0.2497048770578432, 11.5),
)
J1_SLOPE_ROOTS = (
    _extreme(1.8411837813406593, 4.7898393919093694e-18, 0.5818652242815964, 3.6),
    _extreme(5.3314427735250325, 1.5109105349471405e-16, -0.3461262018537915, 6.9),
    _extreme(8.536316366346286, -1.5433871213307537e-16, 0.27329994163319987, FAR),
)


def _by_roots(xp: Any, roots: tuple[Root, ...], s: Any, far: Any) -> Any:
    """The function with these roots at s > 0; ``far`` is its value beyond them."""
    y = far
    for root in reversed(roots):
        z = (xp.where(s < root.until, s, root.at) - root.at) - root.rest
        y = xp.where(s < root.until, z * horner(root.series, z), y)
    return y


def _wave0(xp: Any, s: Any) -> Any:
    """J₀(s) for s ≥ 10. The angle s − π/4 would be rounded, and sin s and cos s are not."""
    p, q, sin, cos, size = _waves(xp, s, P0, Q0)
    return size * (cos * (p + q) + sin * (p - q))


def _wave1(xp: Any, s: Any) -> Any:
    p, q, sin, cos, size = _waves(xp, s, P1, Q1)
    return size * (sin * (p + q) - cos * (p - q))


def _waves(xp: Any, s: Any, p: tuple[float, ...], q: tuple[float, ...]) -> tuple[Any, ...]:
    s = xp.where(s < FAR, FAR, s)
    angle = xp.where(s > 1e308, 1e308, s)  # at ∞, where there is no angle, the amplitude is 0
    z = 2 * (FAR / s) * (FAR / s) - 1
    sin, cos = xp.sin(angle), xp.cos(angle)
    return horner(p, z), horner(q, z) / s, sin, cos, RSQRT_PI / xp.sqrt(s)


def j0(xp: Any, x: Any) -> Any:
    """J₀(x)."""
    s = xp.abs(x)
    near = within(xp, x, NEAR)
    y = _by_roots(xp, J0_ROOTS, s, _wave0(xp, s))
    return xp.where(s < NEAR, horner(J0, 0.25 * near * near), y)


def j1(xp: Any, x: Any) -> Any:
    """J₁(x). It is odd, and the sign of 0 is kept."""
    s = xp.abs(x)
    near = within(xp, x, 2.0)
    y = _by_roots(xp, J1_ROOTS, s, _wave1(xp, s))
    y = xp.where(x < 0, -y, y)
    return xp.where(s < 2.0, near * horner(J1, 0.25 * near * near), y)


def j1_slope(xp: Any, x: Any) -> Any:
    """J₁′(x) = J₀(x) − J₁(x)/x. Its limit at 0 is ½."""
    s = xp.abs(x)
    far = xp.where(s < FAR, FAR, s)
    y = _by_roots(xp, J1_SLOPE_ROOTS, s, _wave0(xp, far) - _wave1(xp, far) / far)
    near = within(xp, x, NEAR)
    return xp.where(s < NEAR, horner(J1_SLOPE, 0.25 * near * near), y)


def j1_bend(xp: Any, x: Any) -> Any:
    """J₁″(x), by Bessel's equation; near 0, where its terms cancel, by the power series."""
    small = x == 0 if xp.exact else xp.abs(x) < NEAR  # the series has the digits of a float
    near, far = xp.where(small, x, 0.0), xp.where(small, 1.0, x)
    y = (1 / far / far - 1) * xp.j1(far) - xp.j1_slope(far) / far
    return xp.where(small, near * horner(J1_BEND, 0.25 * near * near), y)

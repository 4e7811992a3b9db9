"""Accurate forms of activation functions of neural networks: elu and mish.

Where terms of mish's derivatives cancel next to a root r, they are written with z = x − r. For a
polynomial whose coefficients are a + b·x, in powers of E = exp(r) and e = exp(x), its value at the
root is subtracted term by term: (a + b·x)·eⁿ − (a + b·r)·Eⁿ is (a + b·r)·Eⁿ·expm1(n·z) + b·z·eⁿ.
"""

from __future__ import annotations

from ..annotation import Any
from .elementary import within

# Each root is the sum of two floats: the root rounded to a float, and the rest.
MISH_ROOT, MISH_ROOT_REST = -1.1924312145154952, -4.8484829848031044e-17  # of the slope
EXP_OF_ROOT = 0.3034825352815289
BEND_LEFT, BEND_LEFT_REST = -2.256376396360793, -1.0703174875019247e-16  # of the second derivative
BEND_RIGHT, BEND_RIGHT_REST = 1.4905711794854284, 7.126036715834263e-17
BEND = ((4, 2), (8, 2), (6, -3), (2, -2))  # the second derivative's a and b, by powers of e


def elu(xp: Any, x: Any, alpha: Any) -> Any:
    """x if x > 0, else alpha·(exp(x) − 1)."""
    return xp.where(x > 0, x, alpha * xp.expm1(xp.where(x > 0, 0.0, x)))


def elu_partials(xp: Any, x: Any, alpha: Any) -> tuple[Any, Any]:
    """The partials of elu. At x = 0 the slope is that of the left side, alpha.

    Far out exp(x) is multiplied as two halves: alone it underflows, beside a large alpha it counts.
    """
    left = xp.where(x > 0, 0.0, x)
    half = xp.exp(left / 2)
    slope = xp.where(left < -700, alpha * half * half, alpha * xp.exp(left))
    return xp.where(x > 0, 1.0, slope), xp.expm1(left)


def softsign(xp: Any, x: Any) -> Any:
    """x/(1 + |x|); at infinity ±1."""
    x = within(xp, x, 1e300)
    return x / (1 + xp.abs(x))


def softsign_slope(xp: Any, x: Any) -> Any:
    """(1 + |x|)⁻², as a square: the slope of 1/(1 + |x|)² would underflow from 1e81 on."""
    y = 1 / (1 + xp.abs(x))
    return y * y


def mish(xp: Any, x: Any) -> Any:
    """x·tanh(log(1 + eˣ)). The last factor is (e² + 2e)/(e² + 2e + 2) with e = exp(x)."""
    q = xp.exp(-xp.abs(x))
    left = q * (q + 2)
    right = 1 + 2 * q
    y = xp.where(x < 0, left, right) / xp.where(x < 0, left + 2, right + 2 * q * q)
    return xp.where(x < -800, -0.0, x * y)


def mish_slope(xp: Any, x: Any) -> Any:
    """The derivative of mish: e·(e³ + 4e² + (4x + 6)·e + 4x + 4)/(e² + 2e + 2)², e = exp(x).

    Left of 0 the polynomial is written from its root.
    """
    x = within(xp, x, 800.0)
    q = xp.exp(-xp.abs(x))
    z = (xp.where(x < 0, x, 0.0) - MISH_ROOT) - MISH_ROOT_REST
    E = EXP_OF_ROOT
    left = E**3 * xp.expm1(3 * z) + 4 * E**2 * xp.expm1(2 * z)
    left = left + (6 + 4 * MISH_ROOT) * E * xp.expm1(z) + 4 * z * (1 + q)
    right = 1 + q * (4 + q * ((4 * x + 6) + 4 * q * (x + 1)))
    whole = xp.where(x < 0, 2 + q * (2 + q), 1 + 2 * q * (1 + q))
    return xp.where(x < 0, q * left, right) / whole / whole


def mish_bend(xp: Any, x: Any) -> Any:
    """The second derivative of mish: 4e·(c₀ + c₁e + c₂e² + c₃e³)/(e² + 2e + 2)³, e = exp(x).

    There c₀ = 4 + 2x, c₁ = 8 + 2x, c₂ = 6 − 3x and c₃ = 2 − 2x. The polynomial has a root on each
    side of 0. It is written from that root, except from −0.7 to 0.7, where no term is negative.
    """
    x = within(xp, x, 800.0)
    q = xp.exp(-xp.where(x < 0, -x, x))  # not |x|, whose slope is 0 at 0
    left, right = x < -0.7, x > 0.7
    c0, c1, c2, c3 = (a + b * x for a, b in BEND)
    outer, inner = xp.where(x < 0, c0, c3), xp.where(x < 0, c1, c2)
    y = outer + q * (inner + q * (xp.where(x < 0, c2, c1) + q * xp.where(x < 0, c3, c0)))
    from_left = _from_root(xp, xp.where(left, x, -1.0), q, 1, BEND_LEFT, BEND_LEFT_REST)
    from_right = _from_root(xp, xp.where(right, x, 1.0), q, -1, BEND_RIGHT, BEND_RIGHT_REST)
    y = xp.where(left, from_left, xp.where(right, from_right, y))
    whole = xp.where(x < 0, 2 + q * (2 + q), 1 + 2 * q * (1 + q))
    return 4 * q * xp.where(x < 0, y, q * y) / (whole * whole * whole)


def _from_root(xp: Any, x: Any, q: Any, sign: int, high: float, low: float) -> Any:
    """Σ (a + b·x)·qⁿ with q = exp(sign·x), written from its root ``high + low``.

    The pairs (a, b) are those of BEND; if the sign is −1, from the last to the first.
    """
    z = (x - high) - low
    root = x - z
    at_root = xp.exp(sign * root)
    y, power, power_at_root = 0.0, 1.0, 1.0
    for n, (a, b) in enumerate(BEND[::sign]):
        y = y + b * z * power
        if n:
            y = y + (a + b * root) * power_at_root * xp.expm1(sign * n * z)
        power, power_at_root = power * q, power_at_root * at_root
    return y

"""BALL: the rows on power series of balls: certified numbers.

A row's textbook definition, run on a ``Ball``, proves its value and its derivatives. Here are the
atoms that definitions are made of. Most are Arb's own; others are Taylor series around the number
that Arb encloses.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from ..core import TABLE, Namespace, Primitive, attach
from ..special import incomplete, incomplete_beta
from ..special.lambert import END
from . import ball_incomplete, ball_incomplete_beta
from .ball_steep import finite, guarded
from .series import (
    INFINITE,
    NAN,
    Ball,
    Undecided,
    arb,
    arb_series,
    at_precision,
    ball,
    ctx,
    met,
    outside,
    series_of,
    sign,
    undefined,
    whole,
)

# Arithmetic


def _operation(f: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Ball]:
    return lambda a, b: Ball(f(series_of(a), series_of(b)))


def _div(a: Any, b: Any) -> Ball:
    numerator, denominator = series_of(a), series_of(b)
    try:
        return Ball(numerator / denominator)
    except (ValueError, ZeroDivisionError):
        return _not_defined(denominator)


def _not_defined(s: Any) -> Ball:
    """NaN for a quotient by 0. Raises Undecided if it may be a quotient by another number."""
    if not s[0].is_zero() and s[0].is_finite():
        raise Undecided
    return undefined()


def _abs(x: Any) -> Ball:
    s = series_of(x)
    return Ball(s if sign(s) >= 0 else -s)


# Powers and roots. At 0 a power has no Taylor series: its derivatives are 0 or infinite there.


def _sqrt(x: Any) -> Ball:
    s = series_of(x)
    if s[0].contains(0) and not s[0].is_zero():
        raise Undecided
    return _power_at_0(s, arb_series([0.5]), 0.5) if s[0].is_zero() else Ball(s.sqrt())


def _cbrt(x: Any) -> Ball:
    s = series_of(x)
    third = arb_series([arb(1) / 3])
    up = -1 if (sign(s) if s[0].is_zero() else s[0]) < 0 else 1
    if s[0].is_zero():
        return Ball(up * _power_at_0(up * s, third, 1 / 3).series)
    return Ball(up * (up * s) ** third)


def _power_at_0(base: Any, exponent: Any, e: float) -> Ball:
    """The power of a series without a constant term, tᵏ·(c + …); ``e`` is its exponent > 0."""
    up = sign(base)
    if up <= 0:
        return outside() if up else ball(0)
    k = next(k for k in range(base.prec) if not base[k].is_zero())
    if e * k > ctx.cap:
        return ball(0)
    if (e * k).is_integer():
        return Ball(_shifted(_shifted(base, -k) ** exponent, int(e * k)))
    return _steep(e * k)


def _shifted(s: Any, k: int) -> Any:
    """The series times tᵏ."""
    cs = [s[i] for i in range(s.prec)]
    cs = [arb(0)] * k + cs if k >= 0 else cs[-k:]
    return arb_series(cs, min(len(cs), ctx.cap))


def _steep(e: float, y: Any = 0, up: int = 1) -> Ball:
    """y ± tᵉ, where e is no integer: from some derivative on, infinite."""
    met.tie = True
    cs = [arb(y)] + [arb(0)] * (math.ceil(e) - 1) + [INFINITE * up] + [NAN] * ctx.cap
    return Ball(arb_series(cs[: ctx.cap]))


def _constpow(a: Any, n: Any) -> Ball:
    return _power(series_of(a), series_of(n), True)


def _pow(a: Any, b: Any) -> Ball:
    base, exponent = series_of(a), series_of(b)
    fixed = exponent.length() <= 1
    met.zero |= fixed and not base[0] > 0  # with more terms it may move
    return _power(base, exponent, fixed)


def _power(base: Any, exponent: Any, fixed: bool) -> Ball:
    n = exponent[0].unique_fmpz() if exponent[0].is_exact() else None
    if fixed and n is not None and abs(int(n)) < 10**6:
        if n > 0 and base.length() == 1 and base[0].contains(0):  # Arb's own power is NaN then
            return ball(arb(0, 2 * abs(base[0]).upper() ** int(n)))
        try:
            return Ball(base ** int(n)) if n else ball(1)
        except (ValueError, ZeroDivisionError):
            return _not_defined(base)
    if base[0].is_zero():
        if not exponent[0] > 0:
            return undefined() if fixed or sign(base) >= 0 else outside()
        if fixed:
            return _power_at_0(base, exponent, float(exponent[0].mid()))
        up = sign(base)
        return outside() if up < 0 else Ball(arb_series([arb(0)] + [NAN] * (ctx.cap - 1) * up))
    if base[0] > 0:
        return Ball(base**exponent if fixed else (exponent * base.log()).exp())
    if not base[0] < 0:
        raise Undecided
    if n is None:
        return outside()
    y = (exponent * (-base).log()).exp() if fixed else arb_series([(-base[0]) ** exponent[0]])
    y = -y if int(n) % 2 else y
    return Ball(y if fixed else arb_series([y[0]] + [NAN] * (ctx.cap - 1)))


# Functions: Arb's own, or Taylor series with the constant term that Arb has for one number


def _own(name: str) -> Callable[[Any], Ball]:
    f = getattr(arb_series, name)
    return lambda x: Ball(f(series_of(x)))


def _rest(s: Any, constant: Any = 0) -> Any:
    """The series with another constant term. s − s[0] would have a ball around 0."""
    return arb_series([constant, *s.coeffs()[1:]], s.prec)


def _rounded(name: str, series: Callable[[Any], Any]) -> Callable[[Any], Ball]:
    """A function by its series, with the constant term that Arb has for one number."""

    def function(x: Any) -> Ball:
        s = series_of(x)
        return Ball(_rest(series(s), getattr(s[0], name)()))

    return function


def _taylor(x: Any, coefficients: Callable[[Any, int], Sequence[Any]]) -> Ball:
    """f(x), where f has these Taylor coefficients at a ball."""
    s = series_of(x)
    at = arb_series(coefficients(s[0], ctx.cap), ctx.cap)
    return Ball(at(_rest(s)) if s.length() > 1 else arb_series([at[0]]))


def _log(x: Any) -> Ball:
    s = series_of(x)
    if s[0].contains(0) and not s[0].is_zero():
        raise Undecided
    if s[0] < 0 or (s[0].is_zero() and sign(s) < 0):
        return outside()
    return Ball(s.log())


def _hyperbolic(odd: int) -> Callable[[Any], Ball]:
    """sinh if odd is 1, cosh if it is 0."""

    def coefficients(c: Any, n: int) -> list[Any]:
        pair = c.cosh(), c.sinh()
        return [pair[(k + odd) % 2] / math.factorial(k) for k in range(n)]

    return lambda x: _taylor(x, coefficients)


def _tanh(x: Any) -> Ball:
    s = series_of(x)
    up = -1 if s[0] < 0 else 1
    e = (-2 * up * s).exp()
    return Ball(_rest(up * _div(1 - e, 1 + e).series, s[0].tanh()))


def _asinh(x: Any) -> Ball:
    s = series_of(x)
    up = -1 if s[0] < 0 else 1
    return Ball(_rest(up * (up * s + (1 + s * s).sqrt()).log(), s[0].asinh()))


def _acosh(x: Any) -> Ball:
    s = series_of(x)
    if (s[0] - 1).is_zero():
        return _at_end(s, 1, arb(0), 1, lambda r: _asinh(r).series)
    return Ball(_rest((s + (s * s - 1).sqrt()).log(), s[0].acosh()))


def _asin(x: Any) -> Ball:
    s = series_of(x)
    if (abs(s[0]) - 1).is_zero():
        end = 1 if s[0] > 0 else -1
        return _at_end(s, -end, arb.pi() / 2 * end, -end, arb_series.asin)
    return Ball(s.asin())


def _acos(x: Any) -> Ball:
    s = series_of(x)
    if (s[0] - 1).is_zero():
        return _at_end(s, -1, arb(0), 1, arb_series.asin)
    return Ball(arb.pi() / 2 - _asin(x).series)


def _at_end(s: Any, inward: int, y: Any, up: int, arc: Callable[[Any], Any]) -> Ball:
    """y + 2·arc(±√(t/2)), where t is the distance from the end of a domain, and arc(r) = r + …"""
    root = up * _sqrt(inward * (s - s[0]) / 2).series
    known = finite(root)
    if not known:
        return undefined()
    if known < root.prec:
        return _steep(known - 0.5, y, up)
    return Ball(y + 2 * arc(root) if root.length() else arb_series([y], root.prec))


def _atan2(a: Any, b: Any) -> Ball:
    above, right = series_of(a), series_of(b)
    if right[0].is_zero() and above[0].is_zero():
        return _angle_at_0(above, right)
    if abs(right[0]) > abs(above[0]):
        angle = (above / right).atan()
        if right[0] > 0:
            return Ball(angle)
        return Ball(angle + arb.pi() * (1 if sign(above) >= 0 else -1))
    if above[0].contains(0):
        raise Undecided
    return Ball(arb.pi() / 2 * (1 if above[0] > 0 else -1) - (right / above).atan())


def _angle_at_0(above: Any, right: Any) -> Ball:
    """The angle of two series without constant terms: that of both divided by a power of t."""
    up, east = sign(above), sign(right)
    if not up or not east:
        return ball(arb.pi() * (up * 0.5 if not east else east < 0))
    k = next(k for k in count(1) if not (above[k].is_zero() and right[k].is_zero()))
    return _atan2(_shifted(above, -k), _shifted(right, -k))


# The gamma function and its relatives


def _lgamma(x: Any) -> Ball:
    s = series_of(x)
    if s[0] > 0:
        return Ball(s.lgamma())
    if s[0].contains_integer() and not s[0].is_exact():
        raise Undecided
    sine = s.sin_pi()  # by reflection: |Γ(x)| = π / (|sin πx|·Γ(1 − x))
    return Ball(-((sine if sine[0] > 0 else -sine) / arb.pi()).log() - (1 - s).lgamma())


def _gamma(x: Any) -> Ball:
    s = series_of(x)
    if not s[0].is_exact() and s[0].contains_integer() and not s[0] > 0:
        raise Undecided
    return Ball(s.gamma())


def _psi(c: Any, n: int) -> list[Any]:
    """The first n Taylor coefficients of ψ = (log Γ)' at a ball. Left of 0, by reflection."""
    if not c > 0 and c.contains_integer():
        if c.is_exact():
            return [NAN] * n
        raise Undecided

    def coefficients() -> list[Any]:
        if c > 0:
            return _of(arb_series([c, 1]).lgamma().derivative())
        left = _of(arb_series([1 - c, 1]).lgamma().derivative())
        cot = _of(arb_series([c, 1]).cot_pi())
        return [
            (-1) ** k * a - arb.pi() * b for k, (a, b) in enumerate(zip(left, cot, strict=True))
        ]

    def _of(s: Any) -> list[Any]:
        return [s[k] for k in range(n)]

    found: list[Any] = at_precision(ctx.prec, n + 1, coefficients)
    return found


def _polygamma(order: Any, x: Any) -> Ball:
    n = whole(order)

    def coefficients(c: Any, cap: int) -> list[Any]:
        psi = _psi(c, cap + n)
        return [psi[k + n] * math.perm(k + n, n) for k in range(cap)]

    return _taylor(x, coefficients)


# The normal distribution and its relatives


def _tricomi(z: Any, a: Any) -> Any:
    """U(a, ½, z), Tricomi's function, by U' = −a·U(a + 1, b + 1) (DLMF 13.3.22)."""

    def coefficients(c: Any, n: int) -> list[Any]:
        return [
            (-1) ** k * a.rising(k) * c.hypgeom_u(a + k, arb(0.5) + k) / math.factorial(k)
            for k in range(n)
        ]

    return _taylor(z, coefficients).series


def _erfc(x: Any) -> Ball:
    s = series_of(x)
    if s[0] > 64:  # Arb's own enclosure is wide there (DLMF 13.6.8)
        return Ball((-s * s).exp() * _tricomi(s * s, arb(0.5)) / arb.pi().sqrt())
    return Ball(s.erfc())


def _truncnorm_moment(order: Any, x: Any) -> Ball:
    """Left of −½ a quotient of Tricomi functions, else M_{k+1} = k·M_{k−1} + x·M_k."""
    n, s = whole(order), series_of(x)
    if s[0] < -0.5:
        z = s * s / 2
        scale = math.factorial(n) / arb(2) ** (arb(n) / 2)
        return Ball(scale * _tricomi(z, arb(n + 1) / 2) / _tricomi(z, arb(0.5)))
    before, y = arb_series([0]), arb_series([1])
    density = (-s * s / 2).exp() / ((arb.pi() / 2).sqrt() * (-s / arb(2).sqrt()).erfc())
    for k in range(n):
        before, y = y, k * before + s * y + (density if k == 0 else 0)
    return Ball(y)


# Functions with a removable gap, and inverses


def _sinc(x: Any) -> Ball:
    """sin(πx)/(πx). At 0 its series is that of the sine, divided by πx term by term."""

    def coefficients(c: Any, n: int) -> list[Any]:
        if c.is_zero():
            pi = arb.pi()
            return [
                (-1) ** (k // 2) * pi**k / math.factorial(k + 1) * (1 - k % 2) for k in range(n)
            ]
        if c.contains(0):
            raise Undecided
        at = arb_series([c, 1])
        y = at.sin_pi() / (arb.pi() * at)
        return [y[k] for k in range(n)]

    return _taylor(x, coefficients)


def _inverse(function: Callable[[Any], Any], y: Callable[[Any], Any]) -> Callable[[Any], Ball]:
    """The inverse of a function of a series, from the inverse ``y`` of one ball, by reversion."""

    def coefficients(c: Any, n: int) -> list[Any]:
        at = y(c)
        if not at.is_finite() and not c.is_exact():
            raise Undecided
        if n < 2 or not at.is_finite():
            return [at] + [NAN] * (n - 1)
        back = _rest(function(arb_series([at, 1]))).reversion()
        return [at, *(back[k] for k in range(1, n))]

    return lambda x: _taylor(x, coefficients)


_erfinv = _inverse(arb_series.erf, arb.erfinv)
_erfcinv = _inverse(arb_series.erfc, arb.erfcinv)


def _norm_ppf(x: Any) -> Ball:
    s = series_of(x)
    if abs(s[0] - 0.5) < 0.25:
        return Ball(_erfinv(2 * s - 1).series * arb(2).sqrt())
    return Ball(-_erfcinv(2 * s).series * arb(2).sqrt())


def _lambertw(x: Any, k: Any = 0) -> Ball:
    s, branch = series_of(x), whole(k)
    if branch not in (0, -1):
        return undefined()
    if (s[0] - END).is_zero():  # the float that is taken for −1/e
        return _at_end(s, 1, arb(-1), 1 if branch == 0 else -1, _from_end)
    y = s.lambertw(branch)
    if not y[0].is_finite() and not s[0].is_exact():
        raise Undecided
    return Ball(y)


def _from_end(root: Any) -> Any:
    """½·v for W = v − 1, where 1 + (v − 1)·exp(v) = p²/2 and p = 2√e·root."""

    def reverted() -> Any:
        v = arb_series([0, 1])
        return _sqrt(2 + 2 * (v - 1) * v.exp()).series.reversion()

    # The root of a series that begins with v² has two terms less.
    return at_precision(ctx.prec, ctx.cap + 2, reverted)(2 * arb(0.5).exp() * root) / 2


# Bessel functions


def _bessel(order: int, derivative: int = 0) -> Callable[[Any], Ball]:
    """A derivative of J₀ or J₁: J_n^(k) = 2⁻ᵏ·Σ (−1)ʲ·C(k, j)·J_{n−k+2j}, DLMF 10.6.7."""

    def coefficients(c: Any, n: int) -> list[Any]:
        found = [abs(m) for m in range(order - n - 1, order + n + 2)]
        waves = {m: c.bessel_j(arb(m)) for m in set(found)}
        waves |= {-m: (-1) ** m * y for m, y in waves.items()}
        return [
            sum((-1) ** j * math.comb(k, j) * waves[order - k + 2 * j] for j in range(k + 1))
            / (2**k * math.factorial(k - derivative))
            for k in range(derivative, n + derivative)
        ]

    return lambda x: _taylor(x, coefficients)


def _bessel_scaled(order: int, derivative: int = 0) -> Callable[[Any], Ball]:
    """A derivative of exp(−|x|)·I_n(x) for n = 0 or 1, by DLMF 10.29.5 right of 0."""

    def coefficients(c: Any, n: int) -> list[Any]:
        grown = [c.bessel_i(arb(m), scaled=True) for m in range(order + n + 2)]
        modified = [
            sum(math.comb(k, j) * grown[abs(order - k + 2 * j)] for j in range(k + 1))
            / (2**k * math.factorial(k))
            for k in range(n + derivative)
        ]
        decay = [arb((-1) ** k) / math.factorial(k) for k in range(n + derivative)]
        whole = [
            sum(modified[j] * decay[k - j] for j in range(k + 1)) for k in range(n + derivative)
        ]
        return [whole[k] * math.perm(k, derivative) for k in range(derivative, n + derivative)]

    def scaled(x: Any) -> Ball:
        y = _taylor(_abs(x), coefficients)
        odd = (order + derivative) % 2
        return Ball(y.series * sign(series_of(x))) if odd else y

    return scaled


# Rounding and remainders


def _nearby(q: Any) -> Any:
    """A whole number close to the middle of a ball. Raises Undecided if the ball is wide."""
    n = (q.mid() + 0.5).floor().unique_fmpz() if q.is_finite() and q.rad() < 0.25 else None
    if n is None:
        raise Undecided
    return n


def _floordiv(a: Any, b: Any) -> Ball:
    """⌊a/b⌋, decided by the sign of what is left."""
    dividend, divisor = series_of(a), series_of(b)
    if divisor[0].is_zero():
        return undefined()
    n = _nearby(dividend[0] / divisor[0])
    below = sign(dividend - n * divisor) * sign(divisor) < 0
    return ball(n - 1 if below else n)


def _nint(x: Any) -> Ball:
    """The nearest whole number; the even one of two."""
    s = series_of(x)
    n = _nearby(s[0])
    for half, side in ((0.5, 1), (-0.5, -1)):
        beyond = sign(s - n - half) * side
        if beyond > 0 or (beyond == 0 and n % 2):
            return ball(n + side)
    return ball(n)


def _mod(a: Any, b: Any) -> Ball:
    return Ball(series_of(a) - series_of(b) * _floordiv(a, b).series)


def _trunc(x: Any) -> Ball:
    s = series_of(x)
    return _floordiv(s, 1) if sign(s) >= 0 else Ball(-_floordiv(-s, 1).series)


def _round(x: Any, decimals: Any = 0) -> Ball:
    scale = arb(10) ** whole(decimals)
    return Ball(_nint(series_of(x) * scale).series / scale)


def _fmod(a: Any, b: Any) -> Ball:
    quotient = _trunc_div(series_of(a), series_of(b))
    return Ball(series_of(a) - series_of(b) * quotient)


def _trunc_div(a: Any, b: Any) -> Any:
    n = _floordiv(a, b).series
    negative = sign(a) * sign(b) < 0
    return n + 1 if negative and sign(a - n * b) != 0 else n


def _remainder(a: Any, b: Any) -> Ball:
    """a − n·b for the whole number n nearest to a/b, or the even one of two."""
    dividend, divisor = series_of(a), series_of(b)
    n = _floordiv(a, b).series
    beyond = sign(2 * (dividend - n * divisor) - divisor) * sign(divisor)
    odd = bool(n[0].is_finite()) and whole(Ball(n)) % 2
    return Ball(dividend - (n + 1 if beyond > 0 or (beyond == 0 and odd) else n) * divisor)


def _copysign(x: Any, s: Any) -> Ball:
    size = _abs(x)
    return size if sign(series_of(s)) >= 0 else Ball(-size.series)


class _Ball(Namespace):
    """The namespace. Users give and get arbs, or series of arbs; in between are Balls."""

    @property
    def pi(self) -> Any:
        return ball(arb.pi())

    @pi.setter
    def pi(self, _: Any) -> None:
        """π depends on the precision: no number is kept."""

    def convert(self, x: Any) -> Ball:
        return ball(x)

    def delivered(self, x: Any) -> Any:
        if type(x) is not Ball:
            return x
        return x.series[0] if x.series.length() <= 1 else x.series

    def apply(self, row: Primitive, arguments: Sequence[Any]) -> Any:
        balls = [tuple(map(ball, x)) if row.vectors else ball(x) for x in arguments]
        y = getattr(self, row.key)(*balls)
        return y if any(type(x) is Ball for x in row.flat(arguments)) else self.delivered(y)


OF_BALLS: tuple[Any, ...] = (
    _div, _floordiv, _mod, _abs, _pow, _constpow, _sqrt, _cbrt, _log, _tanh, _asinh, _acosh,
    _asin, _acos, _atan2, _erfc, _truncnorm_moment, _sinc, _norm_ppf, _lambertw, _gamma, _lgamma,
    _polygamma, _trunc, _round, _fmod, _remainder, _copysign,
)  # fmt: skip
"""Functions that are named after their rows, with an underscore before."""

ATOMS: dict[str, Callable[..., Any]] = {
    **{f.__name__.removeprefix("_"): f for f in OF_BALLS},
    "add": _operation(operator.add),
    "sub": _operation(operator.sub),
    "mul": _operation(operator.mul),
    "neg": lambda x: Ball(-series_of(x)),
    "where": lambda condition, a, b: a if condition else b,
    **{name: _own(name) for name in ("exp", "sin", "cos", "tan", "atan", "erf")},
    "expm1": _rounded("expm1", lambda s: s.exp()),
    "log1p": _rounded("log1p", lambda s: (1 + s).log()),
    "atanh": _rounded("atanh", lambda s: _div(1 + s, 1 - s).series.log() / 2),
    "log10": lambda x: Ball(_log(x).series / arb(10).log()),
    "sinh": _hyperbolic(1),
    "cosh": _hyperbolic(0),
    "degrees": lambda x: Ball(series_of(x) * 180 / arb.pi()),
    "radians": lambda x: Ball(series_of(x) * arb.pi() / 180),
    "erfinv": _erfinv,
    "digamma": lambda x: _taylor(x, _psi),
    "j0": _bessel(0),
    "j1": _bessel(1),
    "j1_slope": _bessel(1, 1),
    "i0e": _bessel_scaled(0),
    "i1e": _bessel_scaled(1),
    "i0e_slope": _bessel_scaled(0, 1),
    "i1e_slope": _bessel_scaled(1, 1),
    **{name: getattr(ball_incomplete, name) for name in incomplete.ROWS},
    **{name: getattr(ball_incomplete_beta, name) for name in incomplete_beta.ROWS},
    "floor": lambda x: _floordiv(x, 1),
    "ceil": lambda x: Ball(-_floordiv(-series_of(x), 1).series),
}

UNGUARDED = {
    "where", "add", "sub", "mul", "neg", "abs", "copysign", "floor", "ceil", "trunc", "round",
}  # fmt: skip
"""Atoms that leave infinite derivatives as they are, or whose result does not move with them."""

BALL = _Ball(
    "ball",
    {name: f if name in UNGUARDED else guarded(f) for name, f in ATOMS.items()},
    types=(Ball, arb, arb_series),
    rank=1,
    exact=True,
)

for _row in TABLE.values():
    if _row.operator:
        attach(Ball, _row, getattr(BALL, _row.name))

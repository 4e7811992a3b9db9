"""Ball: a power series whose coefficients are balls, FLINT's Arb.

A ball is a midpoint with a radius: it encloses the true number, whatever is rounded. A Ball is a
series in t, cut off after ``flint.ctx.cap`` terms. If x + t stands for x, then the coefficients of
f(x + t) enclose f(x), f'(x), f''(x)/2 … (Johansson 2017, Arb, IEEE Trans. Comput. 66).

The series stands for t → 0 from above. So if two numbers are equal at t = 0, a comparison of them
is decided by the first coefficients that differ. This is noted as a tie, since the side t < 0 may
differ. If balls overlap, nobody knows which number is larger, and ``Undecided`` is raised. With
more bits (``flint.ctx.prec``) they may no longer overlap.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from .text import to_install

try:
    # ball.py takes them from here, so that a missing package is told in this sentence alone
    from flint import acb as acb
    from flint import acb_series as acb_series
    from flint import arb as arb
    from flint import arb_poly as arb_poly
    from flint import arb_series as arb_series
    from flint import ctx as ctx
except ImportError as error:
    raise ImportError(
        f"{error}: {to_install('check')} (python-flint, which has no wheels for musl). "
        "Without it, check_gradients estimates the truth of a derivative that is given"
    ) from None

LOCK = threading.RLock()
"""Arb's precision is one for all threads: hold the lock while it is set."""

met = SimpleNamespace(tie=False, zero=False, outside=False)
"""What was met since it was last cleared. Read and clear it while holding the lock.

tie: A comparison of numbers that are equal at t = 0, or a function at the end of its domain.
zero: A comparison with a number that is 0 in all terms of its series. More terms may tell.
outside: A function that is undefined for all small t > 0, as a root of −t. A number that is NaN for
    another reason may exist: t·log t has a limit at 0, though log t has none.
"""

INFINITE, NAN = arb.pos_inf(), arb.nan()


class Undecided(ArithmeticError):
    """Balls overlap, so nobody knows which number is larger. At a higher precision they may not.

    Example:
        >>> from flint import arb
        >>> import micrograph as mg
        >>> mg.maximum(arb(1, 0.5), arb(1.2))
        Traceback (most recent call last):
        micrograph.namespaces.series.Undecided: balls overlap: raise flint.ctx.prec
    """

    def __init__(self) -> None:
        super().__init__("balls overlap: raise flint.ctx.prec")


class Outside(Undecided):
    """A number is compared that does not exist for any small t > 0."""


def at_precision(bits: int, terms: int, compute: Callable[[], Any]) -> Any:
    """What ``compute`` returns with numbers of so many bits, and series of so many terms."""
    with LOCK:
        before = ctx.prec, ctx.cap
        try:
            ctx.prec, ctx.cap = bits, terms
            return compute()
        finally:
            ctx.prec, ctx.cap = before


class Ball:
    """A number of the namespace BALL: a power series whose coefficients are balls.

    Args:
        series: The series, an ``arb_series`` of python-flint.
    """

    __slots__ = ("series",)

    def __init__(self, series: Any) -> None:
        self.series = series

    def __repr__(self) -> str:
        return f"Ball({self.series})"

    def __bool__(self) -> bool:
        return sign(self.series) != 0

    def __lt__(self, other: Any) -> bool:
        return sign(self.series - series_of(other)) < 0

    def __le__(self, other: Any) -> bool:
        return sign(self.series - series_of(other)) <= 0

    def __gt__(self, other: Any) -> bool:
        return sign(self.series - series_of(other)) > 0

    def __ge__(self, other: Any) -> bool:
        return sign(self.series - series_of(other)) >= 0

    def __eq__(self, other: Any) -> bool:
        return sign(self.series - series_of(other)) == 0

    def __ne__(self, other: Any) -> bool:
        return sign(self.series - series_of(other)) != 0

    __hash__ = None  # type: ignore[assignment]  # equal is what t > 0 makes equal

    def __float__(self) -> float:
        return float(self.series[0].mid())


def undefined() -> Ball:
    """A number that does not exist; nor do its derivatives."""
    return Ball(arb_series([NAN] * ctx.cap))


def outside() -> Ball:
    """A number that does not exist for any small t > 0."""
    met.outside = True
    return undefined()


def series_of(x: Any) -> Any:
    """The series of a Ball; a float, an integer or an arb as a constant series."""
    kind = type(x)
    if kind is Ball:
        return x.series
    return x if kind is arb_series else arb_series([arb(x)])


def ball(x: Any) -> Ball:
    """A float, an integer, an arb or a series as a Ball. A float is taken as the exact number."""
    return x if type(x) is Ball else Ball(series_of(x))


def sign(s: Any) -> int:
    """The sign of a series for small t > 0; 0 if all its terms are 0. Raises Undecided."""
    for k in range(s.prec):
        c = s[k]
        if c > 0 or c < 0:
            met.tie |= k > 0
            return 1 if c > 0 else -1
        if c.is_nan() and met.outside:
            raise Outside
        if not c.is_zero():
            raise Undecided
    met.zero = True
    return 0


def whole(x: Any) -> int:
    """A Ball, or a float, that is a whole number, such as a number of decimals."""
    n = series_of(x)[0].unique_fmpz()
    if n is None:
        raise Undecided
    return int(n)

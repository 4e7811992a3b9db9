"""Functions of power series whose derivatives are infinite from some order on, as that of √t."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .series import INFINITE, NAN, Ball, arb_series, ball, ctx, met, series_of, undefined


def guarded(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function, also of series whose derivatives are infinite from some order on.

    No more terms are known of the result than of each operand.
    """

    def function(*operands: Any) -> Any:
        cap = n = ctx.cap
        for x in operands:
            if type(x) is Ball:
                prec = x.series.prec
                if not x.series[prec - 1].is_finite():
                    return _of_steep(f, list(map(series_of, operands)))
                n = prec if prec < n else n
        y = f(*operands)
        return y if n == cap else Ball(arb_series(ball(y).series.coeffs(), n))

    return function


def _of_steep(f: Callable[..., Any], series: Sequence[Any]) -> Ball:
    """A function of series, of which one at least has an infinite n-th derivative.

    Such a series, that of √t, has terms between those that are counted: cosh(√t) is 1 + t/2 + …,
    though the slope of cosh at 0 is 0. So the n-th derivative of the function is infinite if it
    moves with that of the one such operand. Else it is unknown, as all further ones are. At a
    singular point of the function itself the value alone is known.
    """
    n = min(map(finite, series))
    if any(s[0].is_nan() for s in series):
        return undefined()
    if not n:
        return ball(f(*map(Ball, series)))  # the number itself is infinite, or unknown
    steep = [s for s in series if not s[n].is_finite()]

    def moved(by: int) -> Any:
        """The result, where ``by`` stands for +∞, and −by for −∞."""
        cut = []
        for s in series:
            last = s[n] if s[n].is_finite() else by * (-1 if s[n] < 0 else 1)
            cut.append(Ball(arb_series([*(s[k] for k in range(n)), last], n + 1)))
        return ball(f(*cut)).series

    before, met.tie = met.tie, False
    y = moved(1)
    known, infinite = min(n, y.prec), NAN
    if met.tie:  # of two operands that move nobody knows which moves more
        known = 1 if sum(s.length() > 1 for s in series) == 1 else 0
    elif len(steep) == 1 and not steep[0][n].is_nan() and y.prec > n:
        rise = moved(2)[n] - y[n]
        infinite = INFINITE if rise > 0 else -INFINITE if rise < 0 else NAN
    met.tie |= before
    terms = [*(y[k] for k in range(known)), infinite, *[NAN] * ctx.cap]
    return Ball(arb_series(terms[: ctx.cap]))


def finite(s: Any) -> int:
    """How many of the first terms of a series are finite."""
    return next((k for k in range(s.prec) if not s[k].is_finite()), s.prec)

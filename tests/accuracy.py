"""The accuracy that each row of the table promises, and why some rows miss the goal."""

from __future__ import annotations

from math import inf
from typing import NamedTuple


class Promise(NamedTuple):
    """How far a row may be off, in units in the last place (ULP).

    Attributes:
        value: The largest error of its value; inf if there is no bound, since terms cancel.
        partial: The largest error of its first partials, likewise.
        reason: Why the row may be off by more than the goal; "" if it may not.
    """

    value: float = 2.0
    partial: float = 4.0
    reason: str = ""


GOAL = Promise()
"""The promise of every row that is not in PROMISES."""

_FINE = Promise(value=1.5)
_PARTS = "a factor times a sum of 48 terms, or less 1 where that loses no more"
_CANCELS = "terms of both signs cancel: {}, of the largest term, whatever the order of summation"
_SLOPE = "σ(z) − y has a root that moves with y: 4 ULP, of (1 − y)·σ(z) or of y·σ(−z)"
_WAVES = "beyond their first roots: 4 ULP of the amplitude √(2/(πx)), see test_bessel.py"
_BETALN = "B(a, b) is 1 on a curve: 4 ULP of 1 or of the value, see test_beta.py"

PROMISES = {
    **dict.fromkeys(("sigmoid", "log_sigmoid", "softplus", "logaddexp"), _FINE),
    "cross_entropy_slope": Promise(2.5, 4.0, "a quotient of (a − y) and a·(1 − a)"),
    "cbrt": Promise(3.0, 5.0, "the C library's; the slope is y/3x"),
    "tanh": Promise(2.5, 4.0, "the C library's"),
    "erfc": Promise(3.5, 4.0, "the C library's"),
    "norm_cdf": Promise(3.5, 4.0, "the C library's erfc, and a rounding"),
    "log_norm_cdf": Promise(3.0, 4.0, "the logarithm of Φ"),
    "inverse_mills": Promise(3.0, 5.0, "a quotient of φ and Φ"),
    "gelu": Promise(3.5, 4.0, "x·Φ"),
    "gamma": Promise(7.0, 7.5, "the C library's, as the standard module has it; the slope is Γ·ψ"),
    "lgamma": Promise(3.5, 4.0, "between its roots 1 and 2"),
    **dict.fromkeys(
        ("digamma", "polygamma"), Promise(2.5, 4.0, "a logarithm less a sum of reciprocals")
    ),
    "gammainc": Promise(4.0, 6.0, _PARTS),
    "gammaincc": Promise(6.0, 6.0, _PARTS),
    **dict.fromkeys(
        ("gammainc_slope", "gammainc_density"),
        Promise(inf, inf, "derivatives in a have roots, next to which terms cancel, from n = 2 on"),
    ),
    "betainc": Promise(6.0, 6.0, "a factor times a sum of 72 terms, or 1 less that"),
    **dict.fromkeys(
        ("betainc_slope", "betainc_density"),
        Promise(inf, inf, "derivatives in a and b have roots, next to which terms cancel"),
    ),
    "silu_slope": Promise(4.0, 4.0, "several factors, each rounded"),
    "gelu_slope": Promise(4.0, 4.0, "several factors, each rounded"),
    "truncnorm_moment": Promise(6.5, 8.0, "as many steps as n; the slope is a difference"),
    "mish": Promise(3.5, 5.5, "several factors, each rounded"),
    "mish_slope": Promise(5.0, 8.0, "several factors, each rounded"),
    **dict.fromkeys(
        ("norm_ppf", "erfinv"), Promise(3.5, 5.0, "the fit, and a product by √2 or ½√2")
    ),
    "lambertw": Promise(3.5, 5.0, "a step of Newton's method, whose rounding is divided by 1 + W"),
    "lambertw_above": Promise(5.5, 5.5, "1 + W, and W is off by as much"),
    "sinc": Promise(
        2.5, inf, "a quotient; its slope has a root between any two of its own: 4 ULP, of 1/x"
    ),
    "logistic_loss": Promise(2.0, inf, _SLOPE),
    "logistic_loss_slope": Promise(inf, 4.0, _SLOPE),
    "betaln": Promise(inf, 4.0, _BETALN),
    "betaln_slope": Promise(4.0, 4.5, "a sum of twelve terms"),
    "j0": Promise(inf, inf, _WAVES),
    "j1": Promise(inf, inf, _WAVES),
    "j1_slope": Promise(inf, inf, _WAVES),
    "i0e": Promise(3.0, 4.0, "a polynomial of degree 37, an exponential or a root"),
    "i1e": Promise(3.0, 4.0, "a polynomial of degree 37, an exponential or a root"),
    "i0e_slope": Promise(4.0, 16.0, "a fit; its own slope is a difference"),
    "i1e_slope": Promise(
        4.0, inf, "a fit; its own slope is a difference, which has a root at 2.78"
    ),
    "sum": Promise(inf, 4.0, _CANCELS.format("1 ULP")),
    "mean": Promise(inf, 4.0, _CANCELS.format("2 ULP")),
    "dot": Promise(inf, 4.0, _CANCELS.format("2 ULP")),
}
"""The promises that differ from the goal. Each was measured at 15,000 points or more."""


def promise(name: str) -> Promise:
    """The promise of the row of that name."""
    return PROMISES.get(name, GOAL)

"""The accuracy that the rows of the table promise, and, where one misses the goal, why."""

from __future__ import annotations

from typing import NamedTuple


class Promise(NamedTuple):
    """By how many units in the last place (ULP) a row may be off, and why by more than the goal.

    value, partial: the largest error of its value, and of its first partials
    """

    value: float = 2.0
    partial: float = 4.0
    reason: str = ""


GOAL = Promise()

_FINE = Promise(value=1.5)
_CANCELS = "terms of both signs cancel: {}, of the largest term, whatever the order of summation"
_SLOPE = "a row for the sake of another's slope; its own is the slope's slope, {}"

PROMISES = {
    **dict.fromkeys(("sigmoid", "log_sigmoid", "softplus"), _FINE),
    "logaddexp": Promise(2.5, 4.0, "next to its root, of a term twice as large; 1.3 elsewhere"),
    "cbrt": Promise(3.0, 5.0, "the C library's cbrt is off by 2.1 itself"),
    "erfc": Promise(2.5, 4.0, "the C library's"),
    "gamma": Promise(6.0, 8.0, "the C library's Γ is off by 4.5; its slope is Γ·ψ"),
    "silu_slope": Promise(4.0, 1e6, _SLOPE.format("which has roots too")),
    "gelu_slope": Promise(4.0, 1e6, _SLOPE.format("with roots at ±√2, which no float is")),
    "mills_excess": Promise(4.0, 1e16, _SLOPE.format("1 − y·φ/Φ, has no digits from −10⁵ down")),
    "sum": Promise(1e16, 4.0, _CANCELS.format("1 ULP")),
    "mean": Promise(1e16, 4.0, _CANCELS.format("2 ULP")),
    "dot": Promise(1e16, 4.0, _CANCELS.format("2 ULP")),
    "logsumexp": Promise(1e16, 4.0, "next to its root; 2 elsewhere"),
}
"""The promises of the rows that do not just meet the goal."""


def promise(name: str) -> Promise:
    """What the row of that name promises."""
    return PROMISES.get(name, GOAL)

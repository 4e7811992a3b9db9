"""How textbooks write slopes: of rows whose accurate form reads badly, and of two rows in a chain.

A row's partials are written to keep their digits. A reader knows them in another form: the slope of
a = σ(z) is a·(1 − a), not a·σ(−z). The two forms are equal as mathematics, which the tests check
with fifty digits. Numbers in an explanation are never computed by the forms here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import mul
from typing import Any

from .. import primitives
from ..core import Primitive
from ..namespaces.text import LONG

Slopes = Sequence[Any]
"""∂y/∂argument for each argument. None stands for a partial that the row's own rule writes."""


def _power(a: Any, b: Any) -> Any:
    """∂(a**b)/∂a. The power of a square's slope is not written."""
    return 2 * a if isinstance(b, float) and b == 2 else b * a ** (b - 1)


def _others(xp: Any, y: Any, x: Any) -> Slopes:
    """∂(x₁·x₂·…)/∂x_i: the product of the others."""
    if not 1 < len(x) <= LONG:
        return ([None] * len(x),)
    return ([reduce(mul, [*x[:i], *x[i + 1 :]]) for i in range(len(x))],)


# A table reads best as a table:
# fmt: off

_SLOPES: dict[str, Callable[..., Slopes]] = {
    "div": lambda xp, y, a, b: (1 / b, -a / b**2),
    "constpow": lambda xp, y, x, n: (_power(x, n), None),
    "pow": lambda xp, y, a, b: (_power(a, b), y * xp.log(a)),
    "reciprocal": lambda xp, y, x: (-1 / x**2,),
    "sqrt": lambda xp, y, x: (1 / (2 * y),),
    "cbrt": lambda xp, y, x: (1 / (3 * y**2),),
    "tan": lambda xp, y, x: (1 + y**2,),
    "asin": lambda xp, y, x: (1 / xp.sqrt(1 - x**2),),
    "acos": lambda xp, y, x: (-1 / xp.sqrt(1 - x**2),),
    "atan": lambda xp, y, x: (1 / (1 + x**2),),
    "atan2": lambda xp, y, a, b: (b / (a**2 + b**2), -a / (a**2 + b**2)),
    "tanh": lambda xp, y, x: (1 - y**2,),
    "asinh": lambda xp, y, x: (1 / xp.sqrt(1 + x**2),),
    "acosh": lambda xp, y, x: (1 / xp.sqrt(x**2 - 1),),
    "atanh": lambda xp, y, x: (1 / (1 - x**2),),
    "fmod": lambda xp, y, a, b: (1.0, -xp.trunc(a / b)),
    "sigmoid": lambda xp, y, x: (y * (1 - y),),
    "logaddexp": lambda xp, y, a, b: (xp.sigmoid(a - b), xp.sigmoid(b - a)),
    "silu": lambda xp, y, x: (y + xp.sigmoid(x) * (1 - y),),
    "xlogy": lambda xp, y, x, z: (xp.log(z), x / z),
    "cross_entropy": lambda xp, y, a, label: (-label / a + (1 - label) / (1 - a), None),
    "logistic_loss": lambda xp, y, z, label: (xp.sigmoid(z) - label, -z),
    "erf": lambda xp, y, x: (2 / xp.sqrt(xp.pi) * xp.exp(-(x**2)),),
    "erfc": lambda xp, y, x: (-2 / xp.sqrt(xp.pi) * xp.exp(-(x**2)),),
    "norm_pdf": lambda xp, y, x: (-x * y,),
    "log_norm_cdf": lambda xp, y, x: (xp.norm_pdf(x) / xp.norm_cdf(x),),
    "silu_slope": lambda xp, y, x: (
        xp.sigmoid(x) * xp.sigmoid(-x) * (2 - x * xp.tanh(x / 2)),),
    "truncnorm_moment": lambda xp, y, n, x: (
        None, xp.truncnorm_moment(n + 1, x) - xp.truncnorm_moment(1.0, x) * y),
    "sinc": lambda xp, y, x: ((xp.cos(xp.pi * x) - y) / x,),
    "log1mexp": lambda xp, y, x: (1 / (xp.exp(x) - 1),),
    "softsign": lambda xp, y, x: (1 / (1 + xp.abs(x)) ** 2,),
    "norm_ppf": lambda xp, y, p: (1 / xp.norm_pdf(y),),
    "erfinv": lambda xp, y, x: (xp.sqrt(xp.pi) / 2 * xp.exp(y**2),),
    "lambertw": lambda xp, y, x, k: (xp.exp(-y) / (1 + y), None),
    "inverse_mills": lambda xp, y, x: (-y * (x + y),),
    "gelu": lambda xp, y, x: (xp.norm_cdf(x) + x * xp.norm_pdf(x),),
    "gelu_slope": lambda xp, y, x: ((2 - x**2) * xp.norm_pdf(x),),
    "prod": _others,
    "hypot": lambda xp, y, x: ([e / y for e in x],),
    "dist": lambda xp, y, p, q: (
        [(a - b) / y for a, b in zip(p, q, strict=True)],
        [(b - a) / y for a, b in zip(p, q, strict=True)]),
    "logsumexp": lambda xp, y, x: ([xp.exp(e - y) for e in x],),
}

# (outer, inner): y = outer(u, …) and u = inner(x). The rule gives ∂y/∂u·∂u/∂x.
_REWRITES: dict[tuple[str, str], Callable[..., Any]] = {
    ("cross_entropy", "sigmoid"): lambda xp, y, u, x, label: u - label,
    ("log", "sigmoid"): lambda xp, y, u, x: 1 - u,
    ("log", "exp"): lambda xp, y, u, x: 1.0,
    ("exp", "log"): lambda xp, y, u, x: 1.0,
    ("square", "sqrt"): lambda xp, y, u, x: 1.0,
    ("log", "sqrt"): lambda xp, y, u, x: 1 / (2 * x),
}
# fmt: on

_own = vars(primitives)  # the library's rows: a user's row may take a name, but not its entry here

SLOPES: dict[Primitive, Callable[..., Slopes]] = {
    _own[name]: rule for name, rule in _SLOPES.items() if name in _own
}
"""``(xp, y, *arguments) -> slopes`` as textbooks write them, of rows that keep digits otherwise."""

REWRITES: dict[tuple[Primitive, Primitive], Callable[..., Any]] = {
    (_own[a], _own[b]): rule for (a, b), rule in _REWRITES.items() if a in _own and b in _own
}
"""``(xp, y, u, x, *others) -> slope``: the product of two slopes, simplified.

The rows are y = outer(u, *others) and u = inner(x). The list is complete: an explanation takes no
other algebra step.
"""

"""The rules of the simplifier: on the left what is written, on the right what stands in its place.

The rules of ``EXACT`` change no bit of a value. Those of ``STABLE`` are right where the expression
as written loses digits, overflows, or is undefined. Elsewhere they are as accurate. + and · are
matched in either order. The operands of an expression are simplified before the expression is. So
a rule is written with the simpler forms of its parts: 1 − σ(z) inside a logarithm is σ(−z).

What is no rule, and why. x + 0 is not x for x = −0.0, and x·0 is not 0 for an infinity or NaN.
log σ(−z) is not log σ(z) − z, which cancels left of 0. exp(log x) and (√x)² are not x, since they
are undefined left of 0. max(x, 0) is not relu(x), since their slopes at 0 differ. With a = σ(z),
(1 − y)·a − y·(1 − a) is not a − y, which is 0 for y = 1 from z = 37 on.
"""

from __future__ import annotations

# fmt: off
from ..primitives import (
    abs,  # noqa: A004  # rules are written with the rows, as a user's formula is
    azmul,
    constpow,
    cosh,
    cross_entropy,
    cross_entropy_slope,
    dot,
    erf,
    erfc,
    exp,
    expm1,
    gelu,
    hypot,
    identity,
    inverse_mills,
    log,
    log1p,
    log_norm_cdf,
    log_sigmoid,
    logaddexp,
    logical_not,
    logistic_loss,
    logsumexp,
    norm_cdf,
    norm_pdf,
    reciprocal,
    sigmoid,
    silu,
    sinh,
    softplus,
    sqrt,
    square,
    sum,  # noqa: A004
    tanh,
    where,
    xlogy,
)
from .pattern import Rule

# A table reads best as a table. The identities of ``symbols.SIMPLER`` come after these rules.

EXACT = [
    Rule(lambda x: identity(x),         lambda x: x),
    Rule(lambda x: x - 0,               lambda x: x),
    Rule(lambda x: x + -0.0,            lambda x: x),
    Rule(lambda a, b: a - (-b),         lambda a, b: a + b),
    Rule(lambda a, b: (-a) * b,         lambda a, b: -(a * b)),
    Rule(lambda a, b: (-a) / b,         lambda a, b: -(a / b)),
    Rule(lambda a, b: a / (-b),         lambda a, b: -(a / b)),
    Rule(lambda x: constpow(x, 0),      lambda x: 1.0),
    Rule(lambda x: constpow(x, 1),      lambda x: x),
    Rule(lambda x: x * x,               lambda x: square(x)),
    Rule(lambda x: square(-x),          lambda x: square(x)),
    Rule(lambda x: square(abs(x)),      lambda x: square(x)),
    Rule(lambda x: abs(-x),             lambda x: abs(x)),
    Rule(lambda x: abs(abs(x)),         lambda x: abs(x)),
    Rule(lambda c, x: where(c, x, x),   lambda c, x: x),
    Rule(lambda c, a, b: where(logical_not(c), a, b),     lambda c, a, b: where(c, b, a)),
    Rule(lambda c, a, b: where(where(c, 1, 0), a, b),     lambda c, a, b: where(c, a, b)),
    Rule(lambda c, a, b, d: where(c, where(c, a, b), d),  lambda c, a, b, d: where(c, a, d)),
    Rule(lambda c, a, b, d: where(c, a, where(c, b, d)),  lambda c, a, b, d: where(c, a, d)),
]

STABLE = [
    # the logistic function
    Rule(lambda x: 1 / (1 + exp(x)),            lambda x: sigmoid(-x),         "e^x overflows"),
    Rule(lambda x: reciprocal(1 + exp(x)),      lambda x: sigmoid(-x),         "e^x overflows"),
    Rule(lambda x: exp(x) / (1 + exp(x)),       lambda x: sigmoid(x),          "becomes ∞/∞"),
    Rule(lambda z: 1 - sigmoid(z),              lambda z: sigmoid(-z),         "rounds to 0"),
    Rule(lambda z: sigmoid(z) - 1,              lambda z: -sigmoid(-z),        "rounds to 0"),
    Rule(lambda z: sigmoid(z) + -1,             lambda z: -sigmoid(-z),        "rounds to 0"),
    Rule(lambda x: x * sigmoid(x),              lambda x: silu(x),             "−∞·0 at −∞"),

    # the slope of the logistic loss in a = σ(z), times a(1 − a): with p = 1 − y and q = y, a − y
    Rule(lambda z, p, q: (p / sigmoid(-z) - q / sigmoid(z)) * (sigmoid(z) * sigmoid(-z)),
         lambda z, p, q: p * sigmoid(z) - q * sigmoid(-z),                     "becomes 0/0"),
    Rule(lambda z, p, q: (p / sigmoid(-z) - q / sigmoid(z)) * sigmoid(z) * sigmoid(-z),
         lambda z, p, q: p * sigmoid(z) - q * sigmoid(-z),                     "becomes 0/0"),
    Rule(lambda z, p, q: (p / sigmoid(z) - q / sigmoid(-z)) * (sigmoid(z) * sigmoid(-z)),
         lambda z, p, q: p * sigmoid(-z) - q * sigmoid(z),                     "becomes 0/0"),
    Rule(lambda z, p, q: (p / sigmoid(z) - q / sigmoid(-z)) * sigmoid(z) * sigmoid(-z),
         lambda z, p, q: p * sigmoid(-z) - q * sigmoid(z),                     "becomes 0/0"),

    # the loss as one row, and its recorded slope
    Rule(lambda z, y: cross_entropy(sigmoid(z), y),  lambda z, y: logistic_loss(z, y),  "log 0"),
    Rule(lambda z, y: azmul(cross_entropy_slope(sigmoid(z), y), sigmoid(z) * sigmoid(-z)),
         lambda z, y: (1 - y) * sigmoid(z) - y * sigmoid(-z),                  "becomes 0/0"),

    # logarithms
    Rule(lambda z: log(sigmoid(z)),             lambda z: log_sigmoid(z),      "log 0"),
    Rule(lambda z: log1p(-sigmoid(z)),          lambda z: log_sigmoid(-z),     "log 0"),
    Rule(lambda x: log(exp(x)),                 lambda x: x,                   "log 0, log ∞"),
    Rule(lambda x: log1p(exp(x)),               lambda x: softplus(x),         "log ∞"),
    Rule(lambda x: log(1 + exp(x)),             lambda x: softplus(x),         "log 1, log ∞"),
    Rule(lambda a, b: log(exp(a) + exp(b)),     lambda a, b: logaddexp(a, b),  "log 0, log ∞"),
    Rule(lambda v: log(sum([exp(x) for x in v])),  lambda v: logsumexp(v),     "log 0, log ∞"),
    Rule(lambda x: log(1 + x),                  lambda x: log1p(x),            "log 1"),
    Rule(lambda x: log(1 - x),                  lambda x: log1p(-x),           "log 1"),
    Rule(lambda x: x * log(x),                  lambda x: xlogy(x, x),         "0·∞ at 0"),

    # exponentials
    Rule(lambda x: exp(x) - 1,                  lambda x: expm1(x),            "rounds to 0"),
    Rule(lambda x: exp(x) + -1,                 lambda x: expm1(x),            "rounds to 0"),
    Rule(lambda x: 1 - exp(x),                  lambda x: -expm1(x),           "rounds to 0"),
    Rule(lambda x: (exp(x) - exp(-x)) / 2,      lambda x: sinh(x),             "rounds to 0"),
    Rule(lambda x: (exp(x) - exp(-x)) * 0.5,    lambda x: sinh(x),             "rounds to 0"),
    Rule(lambda x: (exp(x) + exp(-x)) / 2,      lambda x: cosh(x),             "e^x overflows"),
    Rule(lambda x: (exp(x) + exp(-x)) * 0.5,    lambda x: cosh(x),             "e^x overflows"),
    Rule(lambda x: (exp(x) - exp(-x)) / (exp(x) + exp(-x)),
         lambda x: tanh(x),                                                    "0/0, ∞/∞"),

    # the normal distribution
    Rule(lambda x: 1 - erf(x),                  lambda x: erfc(x),             "rounds to 0"),
    Rule(lambda x: 1 + erf(x),                  lambda x: erfc(-x),            "rounds to 0"),
    Rule(lambda x: 1 - erfc(x),                 lambda x: erf(x),              "rounds to 0"),
    Rule(lambda x: 1 - norm_cdf(x),             lambda x: norm_cdf(-x),        "rounds to 0"),
    Rule(lambda x: log(norm_cdf(x)),            lambda x: log_norm_cdf(x),     "log 0"),
    Rule(lambda x: norm_pdf(x) / norm_cdf(x),   lambda x: inverse_mills(x),    "becomes 0/0"),
    Rule(lambda x: x * norm_cdf(x),             lambda x: gelu(x),             "−∞·0 at −∞"),

    # squares and their roots
    Rule(lambda x: constpow(x, 2),              lambda x: square(x),           "is less exact"),
    Rule(lambda x: sqrt(square(x)),             lambda x: abs(x),              "x² overflows"),
    Rule(lambda v: sqrt(sum([square(x) for x in v])),  lambda v: hypot(v),     "x² overflows"),
    Rule(lambda v: square(hypot(v)),            lambda v: dot(v, v),           "kinked slope"),

    # signs of slopes: only the sign of a slope that is 0 may change
    Rule(lambda g, d: azmul(-g, d),             lambda g, d: -azmul(g, d),     "a 0 with a sign"),
    Rule(lambda g, d: azmul(g, -d),             lambda g, d: -azmul(g, d),     "a 0 with a sign"),
]

# fmt: on

"""The table: every operation with its partial derivatives, each written once.

A rule is ordinary arithmetic on any kind of number. ``xp`` has the functions of that kind of
number, and ``y`` is the result. At a pole a partial may be infinite. At the kink of abs or relu it
is 0, and at a tie of max or min it is ½. If a form is not the textbook's, a comment says what the
textbook's would lose.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from .annotation import Any
from .core import AND, COMPARE, OR, POWER, PRODUCT, SIGN, SUM, TABLE, Primitive
from .domain import REAL, Domain, Interval, above, at_least, between
from .special import (
    activation,
    bessel,
    bessel_scaled,
    beta,
    elementary,
    incomplete,
    incomplete_beta,
    inverse,
    lambert,
    logistic,
    normal,
)
from .special import sinc as wave

# A table reads best as a table:
# fmt: off

# Arithmetic

add = Primitive("add", operator="add", infix=" + ", precedence=SUM,
                partials=lambda xp, y, a, b: (1.0, 1.0))

sub = Primitive("sub", operator="sub", infix=" - ", precedence=SUM,
                partials=lambda xp, y, a, b: (1.0, -1.0))

mul = Primitive("mul", operator="mul", infix="·", precedence=PRODUCT,
                partials=lambda xp, y, a, b: (b, a))

div = Primitive("div", operator="truediv", infix=" / ", precedence=PRODUCT,
                latex=r"\frac{{{0}}}{{{1}}}",
                partials=lambda xp, y, a, b: (1 / b, -y / b),
                domain=Domain.where(lambda a, b: b != 0, "{1} ≠ 0"))

floordiv = Primitive("floordiv", step=True, operator="floordiv", infix=" // ", precedence=PRODUCT,
                     latex=r"\lfloor \frac{{{0}}}{{{1}}} \rfloor",
                     partials=lambda xp, y, a, b: (0.0, 0.0),
                     domain=div.domain, kink=lambda xp, a, b: xp.mod(a, b))

mod = Primitive("mod", operator="mod", infix=" % ", precedence=PRODUCT,
                partials=lambda xp, y, a, b: (1.0, -xp.floordiv(a, b)),
                domain=div.domain, kink=lambda xp, a, b: xp.mod(a, b))

neg = Primitive("neg", operator="neg", infix="-", precedence=SIGN,
                partials=lambda xp, y, x: (-1.0,))

abs = Primitive("abs", aliases=("fabs", "absolute"), latex=r"\left|{0}\right|", operator="abs",
                partials=lambda xp, y, x: (xp.sign(x),), kink=lambda xp, x: x)

sign = Primitive("sign", step=True,
                 partials=lambda xp, y, x: (0.0,), kink=lambda xp, x: x,
                 # x·x is 0 if x is ±0, and NaN if x is NaN
                 definition=lambda xp, x: xp.where(x > 0, 1.0, xp.where(x < 0, -1.0, x * x)))

# round jumps half way between two neighbouring numbers of that many decimals
round = Primitive("round", step=True, static=("decimals",),
                  partials=lambda xp, y, x, decimals=0.0: (0.0, 0.0), aliases=("rint",),
                  kink=lambda xp, x, decimals: xp.mod(10.0**decimals * x + 0.5, 1.0))

# Powers. x**n with a constant n is a row of its own, so that its rule needs no log(x).

_real_power = Domain.where(
    lambda a, b: a > 0 or (a == 0 and b >= 0) or (a < 0 and b % 1 == 0),
    "{0} ≥ 0 or {1} an integer")

constpow = Primitive("constpow", public=False, latex="{{{0}}}^{{{1}}}",
                     infix="^", precedence=POWER, domain=_real_power, static=("n",),
                     partials=lambda xp, y, x, n: (elementary.power_rule(xp, y, x, n), 0.0),
                     definition=lambda xp, x, n: xp.pow(x, n))

pow = Primitive("pow", latex="{{{0}}}^{{{1}}}",
                operator="pow", infix="^", precedence=POWER, domain=_real_power,
                constant=constpow,
                # 0**b is 0 for all b > 0, so its slope in b is 0, not 0·log(0)
                partials=lambda xp, y, a, b: (
                    elementary.power_rule(xp, y, a, b),
                    xp.where(a < 0, y * xp.log(a),
                             xp.where(a == 0, 0.0, xp.azmul(y, xp.log(xp.where(a == 0, 1.0, a)))))))

# Comparisons and logic: the result is 1 or 0, and every slope is 0

def _comparison(name: str, infix: str, holds: Callable[[Any, Any], Any]) -> Primitive:
    return Primitive(name, operator=name, infix=infix, precedence=COMPARE, step=True,
                     partials=lambda xp, y, a, b: (0.0, 0.0),
                     definition=lambda xp, a, b: xp.where(holds(a, b), 1.0, 0.0),
                     kink=lambda xp, a, b: a - b)

lt = _comparison("lt", " < ", lambda a, b: a < b)
le = _comparison("le", " ≤ ", lambda a, b: a <= b)
gt = _comparison("gt", " > ", lambda a, b: a > b)
ge = _comparison("ge", " ≥ ", lambda a, b: a >= b)
eq = _comparison("eq", " = ", lambda a, b: a == b)
ne = _comparison("ne", " ≠ ", lambda a, b: a != b)

logical_and = Primitive("logical_and", operator="and_", infix=" & ", precedence=AND,
                        step=True, static=("a", "b"),
                        partials=lambda xp, y, a, b: (0.0, 0.0),
                        definition=lambda xp, a, b: xp.where(a, xp.where(b, 1.0, 0.0), 0.0))

logical_or = Primitive("logical_or", operator="or_", infix=" | ", precedence=OR,
                       step=True, static=("a", "b"),
                       partials=lambda xp, y, a, b: (0.0, 0.0),
                       definition=lambda xp, a, b: xp.where(a, 1.0, xp.where(b, 1.0, 0.0)))

logical_not = Primitive("logical_not", operator="invert", infix="~", precedence=SIGN,
                        step=True, static=("a",), partials=lambda xp, y, a: (0.0,),
                        definition=lambda xp, a: xp.where(a, 0.0, 1.0))

# Choices

where = Primitive("where", choice=True, static=("condition",), lazy=True,
                  partials=lambda xp, y, condition, a, b: (
                      0.0, xp.where(condition, 1.0, 0.0), xp.where(condition, 0.0, 1.0)))

maximum = Primitive("maximum", symbol="max", choice=True,
                    partials=lambda xp, y, a, b: (
                        elementary.won(xp, a, b), elementary.won(xp, b, a)),
                    definition=lambda xp, a, b: (
                        xp.where(a > b, a, xp.where(a <= b, b, a + b))),  # a + b is NaN then
                    kink=lambda xp, a, b: a - b)

minimum = Primitive("minimum", symbol="min", choice=True,
                    partials=lambda xp, y, a, b: (
                        elementary.won(xp, b, a), elementary.won(xp, a, b)),
                    definition=lambda xp, a, b: (
                        xp.where(a < b, a, xp.where(a >= b, b, a + b))),  # a + b is NaN then
                    kink=lambda xp, a, b: a - b)

clip = Primitive("clip", choice=True,
                 partials=lambda xp, y, x, low, high: elementary.clip_partials(xp, x, low, high),
                 definition=lambda xp, x, low, high: xp.minimum(xp.maximum(x, low), high),
                 kink=lambda xp, x, low, high: (x - low) * (x - high) * (low - high))

relu = Primitive("relu", choice=True,
                 partials=lambda xp, y, x: (xp.where(x > 0, 1.0, 0.0),),
                 definition=lambda xp, x: xp.where(x <= 0, 0.0, x),
                 kink=lambda xp, x: x)

# Rounding and remainders. A step has slope 0 between its jumps.

floor = Primitive("floor", step=True, latex=r"\lfloor {0} \rfloor",
                  partials=lambda xp, y, x: (0.0,), kink=lambda xp, x: x - xp.round(x, 0.0))

ceil = Primitive("ceil", step=True, latex=r"\lceil {0} \rceil",
                 partials=lambda xp, y, x: (0.0,), kink=lambda xp, x: x - xp.round(x, 0.0))

trunc = Primitive("trunc", step=True,
                  partials=lambda xp, y, x: (0.0,), kink=lambda xp, x: x - xp.round(x, 0.0))

copysign = Primitive("copysign",
                     partials=lambda xp, y, x, s: (xp.sign(x) * xp.copysign(1.0, s), 0.0),
                     kink=lambda xp, x, s: x * s)

fmod = Primitive("fmod", domain=div.domain,
                 partials=lambda xp, y, a, b: (1.0, -xp.round((a - y) / b, 0.0)),
                 kink=lambda xp, a, b: xp.mod(a, b))

remainder = Primitive("remainder", domain=div.domain,
                      partials=lambda xp, y, a, b: (1.0, -xp.round((a - y) / b, 0.0)),
                      kink=lambda xp, a, b: xp.mod(a / b + 0.5, 1.0))

# Exponentials and logarithms

exp = Primitive("exp", partials=lambda xp, y, x: (y,), latex="e^{{{0}}}")

exp2 = Primitive("exp2", partials=lambda xp, y, x: (y * xp.log(2.0),), latex="2^{{{0}}}",
                 definition=lambda xp, x: xp.pow(2.0, x))

expm1 = Primitive("expm1",  # not y + 1: from about x = −37 down y rounds to −1
                  partials=lambda xp, y, x: (xp.exp(x),), latex="e^{{{0}}} - 1")

log = Primitive("log", partials=lambda xp, y, x: (1 / x,), domain=above(0), latex=r"\log {0}")

log2 = Primitive("log2", partials=lambda xp, y, x: (1 / (x * xp.log(2.0)),), domain=above(0),
                 latex=r"\log_2 {0}", definition=lambda xp, x: xp.log(x) / xp.log(2.0))

log10 = Primitive("log10", partials=lambda xp, y, x: (1 / (x * xp.log(10.0)),), domain=above(0),
                  latex=r"\log_{{10}} {0}")

log1p = Primitive("log1p", partials=lambda xp, y, x: (1 / (1 + x),), domain=above(-1),
                  latex=r"\log(1 + {0})")

# Powers and roots

square = Primitive("square", partials=lambda xp, y, x: (2 * x,), latex="{0}^2",
                   definition=lambda xp, x: x * x)

reciprocal = Primitive("reciprocal", latex=r"\frac{{1}}{{{0}}}",
                       partials=lambda xp, y, x: (-y * y,),
                       definition=lambda xp, x: 1 / x,
                       domain=Domain.where(lambda x: x != 0, "{0} ≠ 0"))

sqrt = Primitive("sqrt", domain=at_least(0), latex=r"\sqrt{{{0}}}",
                 partials=lambda xp, y, x: (0.5 / (y + 0.0),))  # the slope at −0.0 is +∞, too

cbrt = Primitive("cbrt", latex=r"\sqrt[3]{{{0}}}",  # 1/(3y²) would double the error of y
                 partials=lambda xp, y, x: (
                     xp.where(x == 0, inf, y / (3 * xp.where(x == 0, 1.0, x))),))

# Trigonometry

sin = Primitive("sin", partials=lambda xp, y, x: (xp.cos(x),), latex=r"\sin {0}")

cos = Primitive("cos", partials=lambda xp, y, x: (-xp.sin(x),), latex=r"\cos {0}")

tan = Primitive("tan", partials=lambda xp, y, x: (1 + y * y,), latex=r"\tan {0}")

asin = Primitive("asin", aliases=("arcsin",), latex=r"\arcsin {0}", domain=between(-1, 1),
                 partials=lambda xp, y, x: (1 / xp.sqrt(elementary.one_less_square(xp, x)),))

acos = Primitive("acos", aliases=("arccos",), latex=r"\arccos {0}", domain=between(-1, 1),
                 partials=lambda xp, y, x: (-1 / xp.sqrt(elementary.one_less_square(xp, x)),))

atan = Primitive("atan", aliases=("arctan",), latex=r"\arctan {0}",
                 partials=lambda xp, y, x: (1 / (1 + x * x),))

atan2 = Primitive("atan2", aliases=("arctan2",), partials=elementary.atan2_partials,
                  kink=lambda xp, a, b: xp.where(b > 0, 1.0, a))  # jumps across the negative b-axis

degrees = Primitive("degrees", aliases=("rad2deg",), partials=lambda xp, y, x: (180 / xp.pi,))

radians = Primitive("radians", aliases=("deg2rad",), partials=lambda xp, y, x: (xp.pi / 180,))

sinc = Primitive("sinc",  # NumPy's and JAX's: of πx
                 partials=lambda xp, y, x: (wave.sinc_slope(xp, y, x),),
                 definition=lambda xp, x: xp.where(
                     x == 0, 1.0, xp.sin(xp.pi * x) / (xp.pi * xp.where(x == 0, 1.0, x))),
                 stable=wave.sinc)

# Hyperbolic functions

sinh = Primitive("sinh", partials=lambda xp, y, x: (xp.cosh(x),), latex=r"\sinh {0}")

cosh = Primitive("cosh", partials=lambda xp, y, x: (xp.sinh(x),), latex=r"\cosh {0}")

tanh = Primitive("tanh",
                 # 1 − y² has no digits from x = 19 on. cosh(x)**-2 has, but its own slope, with
                 # cosh(x)**-3, loses them from x = 237 on.
                 partials=lambda xp, y, x: (4 * xp.sigmoid(2 * x) * xp.sigmoid(-2 * x),),
                 latex=r"\tanh {0}")

asinh = Primitive("asinh", aliases=("arcsinh",),
                  partials=lambda xp, y, x: (1 / xp.hypot([1.0, x]),))

acosh = Primitive("acosh", aliases=("arccosh",), domain=at_least(1),
                  partials=lambda xp, y, x: (1 / (xp.sqrt(x - 1) * xp.sqrt(x + 1)),))

atanh = Primitive("atanh", aliases=("arctanh",), domain=Interval(-1.0, 1.0),
                  partials=lambda xp, y, x: (1 / elementary.one_less_square(xp, x),))

# The logistic family

sigmoid = Primitive("sigmoid", symbol="σ", latex=r"\sigma({0})",
                    # not y·(1 − y): from x = 37 on y rounds to 1, and 1 − y is 0
                    partials=lambda xp, y, x: (y * xp.sigmoid(-x),),
                    definition=lambda xp, x: 1 / (1 + xp.exp(-x)),
                    stable=logistic.sigmoid)

softplus = Primitive("softplus", partials=lambda xp, y, x: (xp.sigmoid(x),),
                     definition=lambda xp, x: xp.log(1 + xp.exp(x)),
                     stable=logistic.softplus)

log_sigmoid = Primitive("log_sigmoid", symbol="log σ", latex=r"\log \sigma({0})",
                        partials=lambda xp, y, x: (xp.sigmoid(-x),),
                        definition=lambda xp, x: -xp.log(1 + xp.exp(-x)),
                        stable=lambda xp, x: -xp.softplus(-x))

logaddexp = Primitive("logaddexp",
                      partials=lambda xp, y, a, b: (
                          logistic.share(xp, a, b), logistic.share(xp, b, a)),
                      definition=lambda xp, a, b: xp.log(xp.exp(a) + xp.exp(b)),
                      stable=logistic.logaddexp)

silu = Primitive("silu", partials=lambda xp, y, x: (xp.silu_slope(x),),
                 definition=lambda xp, x: x * xp.sigmoid(x),
                 # at x = −∞ the product would be −∞·0, which is NaN
                 stable=lambda xp, x: xp.where(x < -800, -0.0, x * xp.sigmoid(x)))

silu_slope = Primitive("silu_slope", public=False,
                       # a row of its own, since its terms cancel near its root −1.28
                       partials=lambda xp, y, x: (logistic.silu_bend(xp, x),),
                       definition=lambda xp, x: xp.sigmoid(x) * (1 + x * xp.sigmoid(-x)),
                       stable=logistic.silu_slope)

xlogy = Primitive("xlogy", latex=r"{0} \log {1}",
                  partials=lambda xp, y, x, z: (xp.log(z), xp.azmul(x, 1 / z)),
                  definition=lambda xp, x, z: (
                      xp.where(x == 0, 0.0, x * xp.log(xp.where(x == 0, 1.0, z)))),
                  domain=Domain.where(lambda x, z: z > 0 or x == 0, "{1} > 0 or {0} = 0"))

# Activation functions of neural networks, and logarithms of probabilities

logit = Primitive("logit",  # not 1/(p·(1 − p)): where its slope is too large for a float, it is NaN
                  partials=lambda xp, y, p: (1 / p + 1 / (1 - p),),
                  domain=Interval(0.0, 1.0),
                  definition=lambda xp, p: xp.log(p / (1 - p)),
                  stable=lambda xp, p: -logistic.log_odds_against(xp, p))

log1mexp = Primitive("log1mexp",  # JAX's convention: the exponent is −x; Mächler's is the same
                     partials=lambda xp, y, x: (-xp.exp(-x) / xp.expm1(-x),), domain=above(0),
                     definition=lambda xp, x: xp.log(1 - xp.exp(-x)),
                     stable=logistic.log1mexp)

# at the kink the slope is that of the left side, as it is for relu
elu = Primitive("elu", partials=lambda xp, y, x, alpha=1.0: activation.elu_partials(xp, x, alpha),
                definition=lambda xp, x, alpha: xp.where(x > 0, x, alpha * (xp.exp(x) - 1)),
                stable=activation.elu, kink=lambda xp, x, alpha: xp.where(alpha == 1, 1.0, x))

leaky_relu = Primitive("leaky_relu",
                       partials=lambda xp, y, x, negative_slope=0.01: (
                           xp.where(x > 0, 1.0, negative_slope), xp.where(x > 0, 0.0, x)),
                       definition=lambda xp, x, negative_slope: (
                           xp.where(x > 0, x, negative_slope * x)),
                       kink=lambda xp, x, negative_slope: (
                           xp.where(negative_slope == 1, 1.0, x)))

softsign = Primitive("softsign",
                     partials=lambda xp, y, x: (activation.softsign_slope(xp, x),),
                     definition=lambda xp, x: x / (1 + xp.abs(x)),
                     stable=activation.softsign)

mish = Primitive("mish", partials=lambda xp, y, x: (xp.mish_slope(x),),
                 definition=lambda xp, x: x * xp.tanh(xp.softplus(x)),
                 stable=activation.mish)

mish_slope = Primitive("mish_slope", public=False,
                       # a row of its own, since its terms cancel near its root −1.19
                       partials=lambda xp, y, x: (activation.mish_bend(xp, x),),
                       definition=lambda xp, x: (
                           xp.tanh(xp.softplus(x))
                           + x * xp.sigmoid(x) * (1 - xp.square(xp.tanh(xp.softplus(x))))),
                       stable=activation.mish_slope)

# The loss of one example: how far a prediction a = σ(z) is from the label y, which is 0 or 1

_loss_domain = Domain(
    (Interval(0.0, 1.0), between(0, 1)),
    condition="a prediction strictly between 0 and 1 and a label from 0 to 1; "
              "for a = σ(z), logistic_loss(z, y) is this loss at any z")

cross_entropy = Primitive("cross_entropy", latex=r"\mathcal{{L}}({0}, {1})",
                          domain=_loss_domain, drawn=("y",),
                          partials=lambda xp, loss, a, y: (
                              xp.cross_entropy_slope(a, y), xp.cross_entropy_label_slope(a)),
                          definition=lambda xp, a, y: -(y * xp.log(a) + (1 - y) * xp.log(1 - a)),
                          stable=logistic.cross_entropy)

cross_entropy_slope = Primitive("cross_entropy_slope", public=False, domain=_loss_domain,
                                # a row of its own: the stable form is exact next to its root a = y,
                                # but its derivative would have no digits at a = 1e-16
                                partials=lambda xp, slope, a, y: (
                                    y / a / a + (1 - y) / (1 - a) / (1 - a), -1 / (a * (1 - a))),
                                definition=lambda xp, a, y: -y / a + (1 - y) / (1 - a),
                                stable=lambda xp, a, y: (a - y) / (a * (1 - a)))

cross_entropy_label_slope = Primitive("cross_entropy_label_slope", public=False,
                                      domain=Interval(0.0, 1.0),
                                      partials=lambda xp, slope, a: (-1 / (a * (1 - a)),),
                                      definition=lambda xp, a: xp.log((1 - a) / a),
                                      stable=logistic.log_odds_against)

logistic_loss = Primitive("logistic_loss", latex=r"\mathcal{{L}}({0}, {1})",
                          domain=Domain((REAL, between(0, 1)),
                                        condition="a label from 0 to 1"),
                          drawn=("y",),
                          partials=lambda xp, loss, z, y: (xp.logistic_loss_slope(z, y), -z),
                          definition=lambda xp, z, y: (
                              -(y * xp.log_sigmoid(z) + (1 - y) * xp.log_sigmoid(-z))),
                          stable=logistic.logistic_loss)

logistic_loss_slope = Primitive("logistic_loss_slope", public=False,
                                domain=Domain((REAL, between(0, 1))),
                                partials=lambda xp, slope, z, y: (
                                    xp.sigmoid(z) * xp.sigmoid(-z), -1.0),
                                definition=lambda xp, z, y: xp.sigmoid(z) - y,
                                # σ(z) − 1 is 0 from z = 37 on
                                stable=lambda xp, z, y: (
                                    (1 - y) * xp.sigmoid(z) - y * xp.sigmoid(-z)))

# The normal distribution and its relatives

erf = Primitive("erf", partials=lambda xp, y, x: (2 / xp.sqrt(xp.pi) * normal.bell(xp, x),))

erfc = Primitive("erfc", partials=lambda xp, y, x: (-2 / xp.sqrt(xp.pi) * normal.bell(xp, x),))

norm_pdf = Primitive("norm_pdf", symbol="φ", latex=r"\varphi({0})",
                     partials=lambda xp, y, x: (-xp.azmul(y, x),),  # at ±∞ it is 0, not 0·∞
                     definition=lambda xp, x: xp.exp(-x * x / 2) / xp.sqrt(2 * xp.pi),
                     stable=normal.norm_pdf)

norm_cdf = Primitive("norm_cdf", symbol="Φ", aliases=("ndtr",), latex=r"\Phi({0})",
                     partials=lambda xp, y, x: (xp.norm_pdf(x),),
                     definition=lambda xp, x: xp.erfc(-x / xp.sqrt(2.0)) / 2,
                     stable=normal.norm_cdf)

log_norm_cdf = Primitive("log_norm_cdf", symbol="log Φ", latex=r"\log \Phi({0})",
                         aliases=("log_ndtr",),
                         partials=lambda xp, y, x: (xp.inverse_mills(x),),
                         definition=lambda xp, x: xp.log(xp.norm_cdf(x)),
                         stable=normal.log_norm_cdf)

inverse_mills = Primitive("inverse_mills",  # φ(x)/Φ(x), Heckman's convention
                          partials=lambda xp, y, x: (-y * xp.truncnorm_moment(1.0, x),),
                          definition=lambda xp, x: xp.norm_pdf(x) / xp.norm_cdf(x),
                          stable=normal.inverse_mills)

truncnorm_moment = Primitive("truncnorm_moment",
                             # E[Xⁿ | X > 0], where X is normal with mean x and deviation 1
                             static=("n",), partials=normal.moment_partials,
                             domain=Domain((at_least(0), REAL), lambda n, x: n % 1 == 0,
                                           "{0} among 0, 1, 2 …"))

gelu = Primitive("gelu", partials=lambda xp, y, x: (xp.gelu_slope(x),),
                 definition=lambda xp, x: x * xp.norm_cdf(x),
                 # at x = −∞ the product would be −∞·0, which is NaN
                 stable=lambda xp, x: xp.where(x < -64, -0.0, x * xp.norm_cdf(x)))

gelu_slope = Primitive("gelu_slope", public=False,
                       # a row of its own, since its terms cancel near its root −0.75
                       partials=lambda xp, y, x: (normal.gelu_bend(xp, x),),
                       definition=lambda xp, x: xp.norm_cdf(x) + x * xp.norm_pdf(x),
                       stable=normal.gelu_slope)

# Inverses. They have no formula: mpmath and Arb have their own.

norm_ppf = Primitive("norm_ppf", aliases=("ndtri",),
                     domain=Interval(0.0, 1.0),
                     partials=lambda xp, y, p: (inverse.norm_ppf_slope(xp, y, p),),
                     stable=inverse.norm_ppf)

erfinv = Primitive("erfinv", domain=Interval(-1.0, 1.0),
                   partials=lambda xp, y, x: (inverse.erfinv_slope(xp, y, x),),
                   stable=inverse.erfinv)

_lambert_domain = Domain((at_least(lambert.END), between(-1, 0)), lambert.defined,
                         "{0} ≥ -1/e with k = 0, or -1/e ≤ {0} < 0 with k = -1")

lambertw = Primitive("lambertw", static=("k",), domain=_lambert_domain,
                     # not W/(x·(1 + y)): 1 + y has no digits next to x = −1/e
                     partials=lambda xp, y, x, k=0.0: (
                         lambert.lambertw_slope(xp, y, xp.lambertw_above(x, k), x), 0.0),
                     stable=lambert.lambertw)

lambertw_above = Primitive("lambertw_above", public=False, static=("k",), domain=_lambert_domain,
                           partials=lambda xp, y, x, k=0.0: (
                               lambert.lambertw_slope(xp, y - 1, y, x), 0.0),
                           definition=lambda xp, x, k: 1 + xp.lambertw(x, k),
                           stable=lambert.lambertw_above)

# The gamma function and its relatives

_no_pole = Domain.where(lambda x: x > 0 or x % 1 != 0, "{0} > 0 or not an integer")

gamma = Primitive("gamma", symbol="Γ", latex=r"\Gamma({0})", domain=_no_pole,
                  partials=lambda xp, y, x: (y * xp.digamma(x),))

lgamma = Primitive("lgamma", symbol="log Γ", latex=r"\log \Gamma({0})", domain=_no_pole,
                   partials=lambda xp, y, x: (xp.digamma(x),))

digamma = Primitive("digamma", symbol="ψ", latex=r"\psi({0})", domain=_no_pole,
                    partials=lambda xp, y, x: (xp.polygamma(1.0, x),))

polygamma = Primitive("polygamma", static=("n",),
                      domain=Domain(
                          (at_least(0), REAL),
                          lambda n, x: n % 1 == 0 and (x > 0 or x % 1 != 0),
                          "{0} among 0, 1, 2 … and {1} > 0 or not an integer"),
                      partials=lambda xp, y, n, x: (0.0, xp.polygamma(n + 1, x)))

# The beta function

betaln = Primitive("betaln", domain=above(0),
                   partials=lambda xp, y, a, b: (xp.betaln_slope(a, b), xp.betaln_slope(b, a)),
                   definition=lambda xp, a, b: xp.lgamma(a) + xp.lgamma(b) - xp.lgamma(a + b),
                   stable=beta.betaln)

betaln_slope = Primitive("betaln_slope", public=False, domain=above(0),
                         # a row of its own, since its terms cancel if b is much smaller than a
                         partials=lambda xp, y, a, b: beta.betaln_bend(xp, a, b),
                         definition=lambda xp, a, b: xp.digamma(a) - xp.digamma(a + b),
                         stable=beta.betaln_slope)

# Bessel functions. j0 and j1 oscillate; i0e is exp(−|x|)·I₀(x), and i1e is exp(−|x|)·I₁(x).

j0 = Primitive("j0", partials=lambda xp, y, x: (-xp.j1(x),), stable=bessel.j0)

j1 = Primitive("j1", partials=lambda xp, y, x: (xp.j1_slope(x),), stable=bessel.j1)

j1_slope = Primitive("j1_slope", public=False,
                     # a row of its own, since its terms cancel near its roots
                     partials=lambda xp, y, x: (bessel.j1_bend(xp, x),),
                     stable=bessel.j1_slope)

i0e = Primitive("i0e", partials=lambda xp, y, x: (xp.i0e_slope(x),),
                stable=bessel_scaled.i0e, kink=lambda xp, x: x)

i1e = Primitive("i1e", partials=lambda xp, y, x: (xp.i1e_slope(x),), stable=bessel_scaled.i1e)

i0e_slope = Primitive("i0e_slope", public=False,
                      # a row of its own, since its terms cancel far out
                      partials=lambda xp, y, x: (bessel_scaled.i0e_bend(xp, x),),
                      definition=lambda xp, x: xp.i1e(x) - xp.sign(x) * xp.i0e(x),
                      stable=bessel_scaled.i0e_slope, kink=lambda xp, x: x)

i1e_slope = Primitive("i1e_slope", public=False,
                      # a row of its own, since its terms cancel far out and near its roots
                      partials=lambda xp, y, x: (bessel_scaled.i1e_bend(xp, x),),
                      stable=bessel_scaled.i1e_slope, kink=lambda xp, x: x)

# The incomplete gamma functions. The n-th derivatives in a are rows of their own.

_positive = Domain((above(0), at_least(0)))
_nth = Domain((at_least(0), above(0), at_least(0)), lambda n, a, x: n in (0, 1, 2, 3, 4),
              "{0} among 0, 1, 2, 3, 4, {1} > 0 and {2} ≥ 0")

gammainc = Primitive("gammainc", domain=_positive,
                     partials=lambda xp, y, a, x: (
                         xp.gammainc_slope(1.0, a, x), xp.gammainc_density(0.0, a, x)))

gammaincc = Primitive("gammaincc", domain=_positive,
                      partials=lambda xp, y, a, x: (
                          -xp.gammainc_slope(1.0, a, x), -xp.gammainc_density(0.0, a, x)))

gammainc_slope = Primitive("gammainc_slope", public=False, static=("n",), domain=_nth,
                           partials=lambda xp, y, n, a, x: (
                               0.0, xp.gammainc_slope(n + 1, a, x), xp.gammainc_density(n, a, x)))

gammainc_density = Primitive("gammainc_density", public=False, static=("n",),
                             domain=Domain((at_least(0), above(0), above(0)),
                                           lambda n, a, x: n in (0, 1, 2, 3, 4),
                                           "{0} among 0, 1, 2, 3, 4, {1} > 0 and {2} > 0"),
                             partials=incomplete.density_partials)

# The incomplete beta function. The number k says which derivative in a and b: special/ has them.

_low_orders = "{0} among 0, 1, 2, 3, 4, 5, {1} > 0, {2} > 0 and "

betainc = Primitive("betainc", domain=Domain((above(0), above(0), between(0, 1))),
                    partials=lambda xp, y, a, b, x: (
                        xp.betainc_slope(1.0, a, b, x), xp.betainc_slope(2.0, a, b, x),
                        xp.betainc_density(0.0, a, b, x)))

betainc_slope = Primitive("betainc_slope", public=False, static=("k",),
                          domain=Domain((at_least(0), above(0), above(0), between(0, 1)),
                                        lambda k, a, b, x: k in (0, 1, 2, 3, 4, 5),
                                        f"{_low_orders}0 ≤ {{3}} ≤ 1"),
                          partials=incomplete_beta.slope_partials)

betainc_density = Primitive("betainc_density", public=False, static=("k",),
                            domain=Domain((at_least(0), above(0), above(0), Interval(0.0, 1.0)),
                                          lambda k, a, b, x: k in (0, 1, 2, 3, 4, 5),
                                          f"{_low_orders}0 < {{3}} < 1"),
                            partials=incomplete_beta.density_partials)

# Vectors: a rule takes whole vectors, and returns a vector of partials for each. A vector is a list
# of numbers, or one number of a kind that holds a whole vector: ``elementary.each`` serves both.

sum = Primitive("sum", vectors=1, written_out=True,
                partials=lambda xp, y, x: (elementary.each(lambda e: 1.0, x),),
                definition=lambda xp, x: elementary.total(x))

mean = Primitive("mean", vectors=1, written_out=True,
                 partials=lambda xp, y, x: (elementary.equal_shares(xp, x),),
                 definition=lambda xp, x: elementary.total(x) / len(x))

prod = Primitive("prod", vectors=1, written_out=True,
                 partials=lambda xp, y, x: (elementary.products_of_others(xp, x),),
                 definition=lambda xp, x: elementary.fold(lambda a, b: a * b, x, 1.0),
                 stable=elementary.product)

dot = Primitive("dot", vectors=2, written_out=True,
                partials=lambda xp, y, a, b: (b, a),
                definition=lambda xp, a, b: (
                    elementary.total([p * q for p, q in zip(a, b, strict=True)])))

hypot = Primitive("hypot", vectors=1, spread=True,  # at 0 its slopes are 0
                  partials=lambda xp, y, x: (
                      elementary.each(lambda e: e / xp.where(y == 0, inf, y), x),),
                  definition=lambda xp, x: xp.sqrt(elementary.total([e * e for e in x])))

dist = Primitive("dist", vectors=2,
                 partials=lambda xp, y, p, q: elementary.dist_partials(xp, y, p, q),
                 definition=lambda xp, p, q: xp.hypot([a - b for a, b in zip(p, q, strict=True)]))

logsumexp = Primitive("logsumexp", vectors=1,
                      partials=lambda xp, y, x: (logistic.softmax(xp, x),),
                      definition=lambda xp, x: xp.log(elementary.total([xp.exp(e) for e in x])),
                      stable=logistic.logsumexp)

# at a tie for the first place, the largest elements have equal shares of the slope
max = Primitive("max", vectors=1, spread=True, choice=True,
                partials=lambda xp, y, x: (elementary.won_by_all(xp, y, x),),
                definition=lambda xp, x: elementary.fold(xp.maximum, x),
                kink=lambda xp, x: elementary.lead(xp, x))

min = Primitive("min", vectors=1, spread=True, choice=True,
                partials=lambda xp, y, x: (elementary.won_by_all(xp, y, x),),
                definition=lambda xp, x: elementary.fold(xp.minimum, x),
                kink=lambda xp, x: elementary.lead(xp, [-e for e in x]))

# Rows that serve softmax and log_softmax: the rounding of x − max(x) would cost them digits

exp_difference = Primitive("exp_difference", public=False, latex="e^{{{0} - {1}}}",
                           partials=lambda xp, y, a, b: (y, -y),
                           definition=lambda xp, a, b: xp.exp(a - b),
                           stable=logistic.exp_difference)

log_largest_share = Primitive("log_largest_share", public=False, vectors=1,
                              partials=lambda xp, y, x: (
                                  logistic.log_largest_share_partials(xp, x),),
                              definition=lambda xp, x: xp.max(x) - xp.logsumexp(x),
                              stable=logistic.log_largest_share,
                              kink=lambda xp, x: elementary.lead(xp, x))

# Rows that serve the sweeps

# the strong zero: an adjoint of 0 times any partial is 0, even if the partial is infinite or NaN
azmul = Primitive("azmul", public=False, infix="·", precedence=PRODUCT,
                  partials=lambda xp, y, adjoint, partial: (partial, adjoint),
                  definition=lambda xp, g, d: xp.where(g == 0, 0.0, g * d))

identity = Primitive("identity", public=False,
                     partials=lambda xp, y, x: (1.0,), definition=lambda xp, x: x)

stop_gradient = Primitive("stop_gradient", step=True, static=("x",),
                          partials=lambda xp, y, x: (0.0,), definition=lambda xp, x: x)

# fmt: on

TABLE.update({row.name: row for row in list(vars().values()) if isinstance(row, Primitive)})

ndtr, log_ndtr, ndtri = norm_cdf, log_norm_cdf, norm_ppf  # SciPy's names
__all__ = [name for name, row in vars().items() if isinstance(row, Primitive) and row.public]
"""The names of the rows that users see."""

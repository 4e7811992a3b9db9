"""The table: every operation with its partial derivatives, each written once.

A rule is ordinary arithmetic on any kind of number: ``xp`` has the functions of that
kind, ``y`` is the result. A partial may be infinite at a pole; at a kink it is 0.
Where a form is not the textbook's, the comment says what the textbook's would lose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .domain import Domain, above, at_least
from .row import TABLE, Primitive

OR, AND, COMPARE, SUM, PRODUCT, SIGN, POWER = range(1, 8)  # how strongly signs bind

# A table reads best as a table:
# fmt: off

# Arithmetic

add = Primitive("add", operator="add", infix=" + ", binds=SUM,
                partials=lambda xp, y, a, b: (1.0, 1.0))

sub = Primitive("sub", operator="sub", infix=" - ", binds=SUM,
                partials=lambda xp, y, a, b: (1.0, -1.0))

mul = Primitive("mul", operator="mul", infix="·", binds=PRODUCT,
                partials=lambda xp, y, a, b: (b, a))

div = Primitive("div", operator="truediv", infix=" / ", binds=PRODUCT,
                partials=lambda xp, y, a, b: (1 / b, -y / b),
                domain=Domain.where(lambda a, b: b != 0, "{1} ≠ 0"))

floordiv = Primitive("floordiv", operator="floordiv", infix=" // ", binds=PRODUCT,
                     partials=lambda xp, y, a, b: (0.0, 0.0),
                     domain=div.domain, kink=lambda xp, a, b: xp.mod(a, b))

mod = Primitive("mod", operator="mod", infix=" % ", binds=PRODUCT,
                partials=lambda xp, y, a, b: (1.0, -xp.floordiv(a, b)),
                domain=div.domain, kink=lambda xp, a, b: xp.mod(a, b))

neg = Primitive("neg", operator="neg", infix="-", binds=SIGN,
                partials=lambda xp, y, x: (-1.0,))

abs = Primitive("abs", operator="abs",
                partials=lambda xp, y, x: (xp.sign(x),), kink=lambda xp, x: x)

sign = Primitive("sign",
                 partials=lambda xp, y, x: (0.0,), kink=lambda xp, x: x,
                 # x·x is 0 at ±0 and NaN at NaN
                 definition=lambda xp, x: xp.where(x > 0, 1.0, xp.where(x < 0, -1.0, x * x)))

# jumps where x is half way between two numbers of so many digits
round = Primitive("round", static=("digits",),
                  partials=lambda xp, y, x, digits: (0.0, 0.0),
                  kink=lambda xp, x, digits: xp.mod(10.0**digits * x + 0.5, 1.0))

# Powers. x**n with a constant n is a row of its own, so that it never asks for log(x).


def _power_rule(xp: Any, y: Any, a: Any, b: Any) -> Any:
    """∂(a**b)/∂a = b·a**(b−1); as b·y/a where b − 1 is rounded (89 ULP lost at 1e−200**0.1)."""
    exact = (a == 0) | ((b - 1 + 1 == b) & (b - 1 != b))
    return xp.azmul(b, xp.where(exact, xp.pow(a, b - 1), y / xp.where(exact, 1.0, a)))


_real_power = Domain.where(
    lambda a, b: a > 0 or (a == 0 and b >= 0) or (a < 0 and b % 1 == 0),
    "{0} ≥ 0 or {1} an integer")

constpow = Primitive("constpow", infix="^", binds=POWER, domain=_real_power, static=("n",),
                     partials=lambda xp, y, x, n: (_power_rule(xp, y, x, n), 0.0),
                     definition=lambda xp, x, n: xp.pow(x, n))

pow = Primitive("pow", operator="pow", infix="^", binds=POWER, domain=_real_power,
                constant=constpow,
                # 0**b is 0 around every b > 0, so its slope in b is 0, not 0·log(0)
                partials=lambda xp, y, a, b: (
                    _power_rule(xp, y, a, b),
                    xp.azmul(xp.where(a == 0, 0.0, y), xp.log(a))))

# Comparisons and logic: 1 or 0, of slope 0



def _comparison(name: str, infix: str, holds: Callable[[Any, Any], Any]) -> Primitive:
    return Primitive(name, operator=name, infix=infix, binds=COMPARE,
                     partials=lambda xp, y, a, b: (0.0, 0.0),
                     definition=lambda xp, a, b: xp.where(holds(a, b), 1.0, 0.0),
                     kink=lambda xp, a, b: a - b)


lt = _comparison("lt", " < ", lambda a, b: a < b)
le = _comparison("le", " ≤ ", lambda a, b: a <= b)
gt = _comparison("gt", " > ", lambda a, b: a > b)
ge = _comparison("ge", " ≥ ", lambda a, b: a >= b)
eq = _comparison("eq", " = ", lambda a, b: a == b)
ne = _comparison("ne", " ≠ ", lambda a, b: a != b)

logical_and = Primitive("logical_and", operator="and_", infix=" & ", binds=AND,
                        static=("a", "b"),
                        partials=lambda xp, y, a, b: (0.0, 0.0),
                        definition=lambda xp, a, b: xp.where(a, xp.where(b, 1.0, 0.0), 0.0))

logical_or = Primitive("logical_or", operator="or_", infix=" | ", binds=OR,
                       static=("a", "b"),
                       partials=lambda xp, y, a, b: (0.0, 0.0),
                       definition=lambda xp, a, b: xp.where(a, 1.0, xp.where(b, 1.0, 0.0)))

logical_not = Primitive("logical_not", operator="invert", infix="~", binds=SIGN, static=("a",),
                        partials=lambda xp, y, a: (0.0,),
                        definition=lambda xp, a: xp.where(a, 0.0, 1.0))

# Choices

where = Primitive("where", static=("condition",),
                  partials=lambda xp, y, condition, a, b: (
                      0.0, xp.where(condition, 1.0, 0.0), xp.where(condition, 0.0, 1.0)))


def _won(xp: Any, a: Any, b: Any) -> Any:
    """1 where a > b, 0 where a < b, ½ at a tie; NaN where either is NaN."""
    return xp.where(a > b, 1.0, xp.where(a < b, 0.0, xp.where(a == b, 0.5, a + b)))


maximum = Primitive("maximum", symbol="max",
                    partials=lambda xp, y, a, b: (_won(xp, a, b), _won(xp, b, a)),
                    definition=lambda xp, a, b: (
                        xp.where(a > b, a, xp.where(a <= b, b, a + b))),  # a + b: NaN
                    kink=lambda xp, a, b: a - b)

minimum = Primitive("minimum", symbol="min",
                    partials=lambda xp, y, a, b: (_won(xp, b, a), _won(xp, a, b)),
                    definition=lambda xp, a, b: (
                        xp.where(a < b, a, xp.where(a >= b, b, a + b))),  # a + b: NaN
                    kink=lambda xp, a, b: a - b)

relu = Primitive("relu",
                 partials=lambda xp, y, x: (xp.where(x > 0, 1.0, 0.0),),
                 definition=lambda xp, x: xp.where(x <= 0, 0.0, x),
                 kink=lambda xp, x: x)

# Functions

exp = Primitive("exp", partials=lambda xp, y, x: (y,))

log = Primitive("log", partials=lambda xp, y, x: (1 / x,), domain=above(0))

sqrt = Primitive("sqrt", partials=lambda xp, y, x: (0.5 / y,), domain=at_least(0))

sin = Primitive("sin", partials=lambda xp, y, x: (xp.cos(x),))

cos = Primitive("cos", partials=lambda xp, y, x: (-xp.sin(x),))

sinh = Primitive("sinh", partials=lambda xp, y, x: (xp.cosh(x),))

cosh = Primitive("cosh", partials=lambda xp, y, x: (xp.sinh(x),))

tanh = Primitive("tanh",  # 1 − y² dies where y rounds to 1, from x = 19 on
                 partials=lambda xp, y, x: (xp.cosh(x) ** -2,))


def _sigmoid(xp: Any, x: Any) -> Any:
    """1 / (1 + exp(−x)) with no exponential that overflows."""
    e = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1.0, e) / (1 + e)


sigmoid = Primitive("sigmoid", symbol="σ",  # y·(1 − y) dies where y rounds to 1, from x = 37 on
                    partials=lambda xp, y, x: (y * xp.sigmoid(-x),),
                    definition=lambda xp, x: 1 / (1 + xp.exp(-x)),
                    formula=_sigmoid)

# Vectors: the rule is that of one element


def _sum(xp: Any, x: Any) -> Any:
    """x[0] + x[1] + …, from left to right."""
    total, *rest = x or (0.0,)
    for element in rest:
        total = total + element
    return total


sum = Primitive("sum", vectors=1,
                partials=lambda xp, y, x: (1.0,),
                definition=_sum)

dot = Primitive("dot", vectors=2,
                partials=lambda xp, y, a, b: (b, a),
                definition=lambda xp, a, b: _sum(xp, [p * q for p, q in zip(a, b, strict=True)]))

# The strong zero: an adjoint of 0 stays 0 through an infinite or NaN partial.

azmul = Primitive("azmul", infix="·", binds=PRODUCT,
                  partials=lambda xp, y, adjoint, partial: (partial, adjoint),
                  definition=lambda xp, g, d: xp.where(g == 0, 0.0, g * d))

# fmt: on

TABLE.update({row.name: row for row in list(vars().values()) if isinstance(row, Primitive)})

"""Rows that users add."""

import inspect
import math

import mpmath
import numpy as np
import pytest
import scipy.special

import micrograph as mg
from micrograph import Value, grad, hessian, primitive
from micrograph.core import TABLE
from micrograph.domain import Domain, Interval, above, between
from micrograph.namespaces.array import NUMPY
from micrograph.namespaces.floats import FLOAT
from micrograph.testing import check_primitive


def test_from_a_formula_alone():
    tan2 = primitive("tan2", formula=lambda xp, x: xp.sin(2 * x) / xp.cos(2 * x), symbol="tan₂")
    x = Value(0.3, "x")
    y = tan2(x)
    y.backward()
    assert y.op is tan2
    assert y.data == pytest.approx(math.tan(0.6), rel=1e-15)
    assert x.grad == pytest.approx(2 / math.cos(0.6) ** 2, rel=1e-14)
    assert x.tan2().data == y.data
    assert grad(grad(tan2))(0.3) == pytest.approx(8 * math.tan(0.6) / math.cos(0.6) ** 2, rel=1e-13)
    assert tan2(np.array([0.3, 0.1]))[0] == pytest.approx(y.data)
    assert tan2(mpmath.mpf(0.3)) == pytest.approx(y.data)
    assert "tan₂(x)" in mg.table(y)


def test_of_two_arguments_with_a_domain():
    length = primitive("length", formula=lambda xp, a, b: xp.sqrt(a * a + b * b), domain=above(0))
    assert grad(length, argnums=(0, 1))(3.0, 4.0) == pytest.approx((0.6, 0.8))
    expected = np.array([[0.128, -0.096], [-0.096, 0.072]])
    assert np.array(hessian(lambda v: length(*v))([3.0, 4.0])) == pytest.approx(expected)


def test_with_partials_of_its_own():
    row = primitive("cube", formula=lambda xp, x: x**3, partials=lambda xp, y, x: (3 * x * x,))
    assert grad(grad(row))(2.0) == 12.0


def test_opaque():
    row = primitive("opaque", value=lambda x: math.exp(x) if x > 0 else 1.0,
                    partials=lambda xp, y, x: (xp.where(x > 0, xp.exp(x), 0.0),))  # fmt: skip
    assert row(Value(1.0)).data == math.e
    assert grad(row)(1.0) == math.e
    assert row(np.array([0.0, 1.0])).tolist() == [1.0, math.e]
    with pytest.raises(NotImplementedError, match="mpmath numbers have no opaque"):
        row(mpmath.mpf(1))


def test_a_rule_may_use_its_own_row():
    bessel = primitive("bessel", value=lambda n, x: float(scipy.special.jv(n, x)),
                       partials=lambda xp, y, n, x: (
                           0.0, (xp.bessel(n - 1, x) - xp.bessel(n + 1, x)) / 2))  # fmt: skip
    for order in range(4):
        exact = float(mpmath.diff(lambda x: mpmath.besselj(2, x), 1.3, order))
        f = lambda x: bessel(2.0, x)
        for _ in range(order):
            f = grad(f)
        assert f(1.3) == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"name": "exp", "formula": lambda xp, x: x}, ValueError, "the name 'exp' is taken"),
        ({"name": "grad", "formula": lambda xp, x: x}, ValueError, "the name 'grad' is taken"),
        ({"name": "__len__", "formula": lambda xp, x: x}, ValueError, "is Python's own"),
        ({"name": "a b", "formula": lambda xp, x: x}, ValueError, "expected an identifier"),
        ({}, ValueError, "either a formula or a value"),
        ({"formula": lambda xp, x: x, "value": abs}, ValueError, "either a formula or a value"),
        ({"value": lambda x: x}, ValueError, "an opaque value needs partials"),
        ({"formula": lambda xp, x: xp.sinn(x)}, TypeError, "no row named 'sinn'"),
        ({"formula": lambda xp, x: x if x > 0 else -x}, TypeError, r"xp\.where"),
        ({"formula": lambda xp, x: math.exp(x)}, TypeError, "the formula fails at x = 0.5: .*; a formula takes its functions from xp"),
        ({"formula": lambda xp, x: x, "partials": lambda xp, y: (1,)}, TypeError, "should take xp, y and"),
        ({"formula": lambda xp, x: x, "partials": lambda xp, y, x: 1.0}, TypeError, "a tuple of 1, a partial for each of x; at 0.5 they returned 1.0"),
        ({"formula": lambda xp, x: x, "partials": lambda xp, y, x: (xp.sinn(x),)}, TypeError, "sinn"),
        ({"formula": lambda xp, x: xp.log(x - 1e9)}, TypeError, "the formula fails at x = 0.5"),
        ({"name": "lambda", "formula": lambda xp, x: x}, ValueError, "expected an identifier"),
        ({"formula": lambda x: x}, TypeError, "formula should be a function of xp and the operands, got only"),
        ({"formula": lambda xp, x, k=2: x}, TypeError, "got the parameter k=2"),
        ({"formula": lambda xp, *x: x}, TypeError, r"got the parameter \*x"),
        ({"formula": "x"}, TypeError, "should be a function of xp and the operands, got 'x'"),
        ({"formula": lambda xp, x: np.exp(x)}, TypeError, "a formula takes its functions from xp"),
        ({"formula": lambda xp, x: {}[x]}, TypeError, "the formula fails at x = 0.5: KeyError"),
        ({"value": math.log, "partials": lambda xp, y, x: (1 / x,)}, TypeError, "write lambda x: f"),
        ({"formula": lambda xp, x: x, "domain": (0, 1)}, TypeError, "expected an Interval, .* got"),
        ({"formula": lambda xp, x: x, "domain": Domain(above(0))}, TypeError, "takes a tuple of intervals"),
        ({"formula": lambda xp, x: x, "domain": Domain((above(0),) * 2)}, TypeError, "2 intervals for the 1"),
        ({"formula": lambda xp, x: x, "domain": Interval("a", 2)}, TypeError, "no interval of two numbers"),
        ({"formula": lambda xp, x: x, "domain": Interval(3, 2)}, ValueError, "no number in the domain 3 < x < 2"),
    ],
)  # fmt: skip
def test_everything_is_checked(arguments, error, text):
    before = dict(TABLE)
    with pytest.raises(error, match=text):
        primitive(**{"name": "fresh", **arguments})
    assert before == TABLE
    assert not hasattr(Value, "fresh")
    assert not hasattr(FLOAT, "fresh")


@pytest.mark.parametrize(
    "interval",
    [Interval(273, 373), Interval(0.6, 0.7), between(5, 5), above(1e305), Interval(high=-150)],
    ids=str,
)
def test_any_interval_is_a_domain(interval):
    row = mg.primitive("anywhere", formula=lambda xp, x: 2 * x, domain=interval)
    x = next(row.domain.examples())[0]
    assert x in interval
    assert mg.grad(row)(x) == 2.0


def test_a_rule_that_fails_within_its_domain_is_said_to():
    row = mg.primitive("log_odds_of", formula=lambda xp, p: xp.log(p) - xp.log1p(-p))
    with pytest.raises(
        mg.DomainError, match=r"log_odds_of\(p\) is undefined at p = -1.0: its rule"
    ):
        row(-1.0)


def test_the_method_of_a_users_row_takes_operands_by_name():
    product_of = mg.primitive("product_of", formula=lambda xp, x, t: x * t)
    assert Value(3.0).product_of(t=2.0).data == product_of(3.0, 2.0)


def test_a_derived_rule_holds_in_the_arm_that_no_number_took_when_it_was_made():
    """where(x > 0, x, x²) is tried at 0.5; its slope at −1 is −2."""
    leaky = mg.primitive("leaky_square", formula=lambda xp, x: xp.where(x > 0, x, x * x))
    bounded = mg.primitive(
        "bounded", formula=lambda xp, x: xp.maximum(xp.minimum(x, 1.0), -1.0) * x
    )
    safe = mg.primitive("safe_root", formula=lambda xp, x: xp.where(x > 0, xp.sqrt(x), 0.0))
    assert [mg.grad(leaky)(x) for x in (-1.0, 3.0)] == [-2.0, 1.0]
    assert mg.grad(mg.grad(leaky))(-1.0) == 2.0
    assert [mg.grad(bounded)(x) for x in (-3.0, 0.25, 2.0)] == [-1.0, 0.5, 1.0]
    assert mg.grad(safe)(0.0) == 0.0
    assert mg.grad(mg.grad(safe))(0.0) == 0.0
    steep = mg.primitive("steep", formula=lambda xp, x: xp.sqrt(xp.where(x > -1, x, x * x)))
    assert mg.grad(steep)(0.0) == math.inf  # and 0·∞ in the other arm is 0
    for row in (leaky, bounded):
        check_primitive(row, n=40)
    assert NUMPY.partials(leaky, None, [np.array([-1.0, 3.0])])[0].tolist() == [-2.0, 1.0]


@pytest.mark.parametrize(
    "row",
    [
        {"formula": lambda xp, x: [x, 2 * x]},
        {"value": lambda x: (x, 2 * x), "partials": lambda xp, y, x: (1.0,)},
        {"value": lambda x: np.array([x, 2 * x]), "partials": lambda xp, y, x: (1.0,)},
    ],
)
def test_a_rule_with_several_results_is_shown_the_way(row):
    said = r"returned 2 numbers; a row has one number as its value.*mg\.custom_vjp\(f\)"
    with pytest.raises(TypeError, match=said):
        mg.primitive("several", **row)


def test_the_method_of_a_row_describes_itself():
    row = mg.primitive("of_two", formula=lambda xp, a, b: a * xp.exp(b))
    assert Value.of_two.__doc__ == row.__doc__
    assert [*inspect.signature(Value(2.0).of_two).parameters] == ["b"]
    one = mg.primitive("of_one", formula=lambda xp, x: x * x)
    assert Value.of_one.__doc__ == one.__doc__

"""The incomplete beta function against Arb's balls and mpmath's differences."""

import math
import random

import mpmath
import pytest

import micrograph as mg
from micrograph import Value
from micrograph.core import TABLE
from micrograph.namespaces.floats import FLOAT


def places():
    """Both powers from 1e-2 to 300; ends near the mean, in the tails, and anywhere."""
    wild = random.Random(24)
    for i in range(80):
        a, b = (10 ** wild.uniform(-2, 2.5) for _ in "ab")
        mean = a / (a + b)
        deviation = math.sqrt(mean * (1 - mean) / (a + b + 1))
        low = 10 ** wild.uniform(-5, 0)
        x = (wild.random(), mean + wild.gauss(0, 2) * deviation, low, 1 - low)[i % 4]
        if 0 < x < 1:
            yield a, b, x


def test_values_and_first_slopes_are_within_six_units_of_certified_numbers():
    """Some 70 points at 600 bits, of which the smaller tail cancels some. At most 3 was measured."""
    pytest.importorskip("flint")
    from micrograph.namespaces.ball import BALL, Ball
    from micrograph.namespaces.series import arb, arb_series, at_precision

    def certified(a, b, x):
        moved = [[Ball(arb_series([z, float(i == k)])) for i, z in enumerate((a, b, x))]
                 for k in range(3)]  # fmt: skip
        found = [BALL.betainc(*operands).series for operands in moved]
        return [found[0][0], *(y[1] for y in found)]

    for a, b, x in places():
        y = FLOAT.atoms["betainc"](a, b, x)
        exact = at_precision(600, 2, lambda at=(a, b, x): certified(*at))
        slopes = FLOAT.partials(TABLE["betainc"], y, [a, b, x])
        for found, true in zip((y, *slopes), exact, strict=True):
            if abs(true) > 1e-100:  # below, the balls of the other tail keep too few bits
                assert true.rel_accuracy_bits() > 70
                off = at_precision(600, 2, lambda f=found, t=true: float(abs(arb(f) - t).mid()))
                assert off <= 6 * math.ulp(found), (a, b, x)


def test_derivatives_by_a_and_b_are_right_to_the_third_and_then_refused():
    """Against mpmath's differences of its own function; some digits cancel: 1e-11 of 1."""
    orders = [(1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3)]
    for k, (m, n) in enumerate(orders, 1):
        for a, b, x in ((2.5, 0.75, 0.3), (0.5, 3.0, 0.8), (8.0, 4.0, 0.45)):
            with mpmath.workdps(30):
                exact = mpmath.diff(
                    lambda s, t, x=x: mpmath.betainc(s, t, 0, x, regularized=True),
                    (mpmath.mpf(a), mpmath.mpf(b)), (m, n))  # fmt: skip
            found = FLOAT.atoms["betainc_slope"](float(k), a, b, x)
            assert found == pytest.approx(float(exact), rel=1e-11)
    with pytest.raises(mg.DomainError, match="betainc_slope"):
        TABLE["betainc_slope"](10.0, Value(1.5), Value(2.5), Value(0.5))


def test_the_ends_of_the_domain_and_beyond():
    assert [mg.betainc(2.0, 3.0, x) for x in (0.0, 1.0)] == [0.0, 1.0]
    assert mg.grad(mg.betainc, argnums=(0, 1, 2))(1.0, 3.0, 0.0) == (0.0, 0.0, 3.0)
    assert mg.betainc(1e-300, 1e-300, 0.5) == 0.5
    assert mg.betainc(1e15, 1e15, 0.5) == pytest.approx(0.5, rel=1e-15)
    for a, b, x in ((0.0, 1.0, 0.5), (1.0, -1.0, 0.5), (1.0, 1.0, 1.5)):
        with pytest.raises(mg.DomainError, match="expected"):
            mg.betainc(a, b, x)


def test_the_hessian_on_values_is_right():
    """Its rows have four operands, which the compiled engine leaves to Python."""
    point = 2.0, 3.0, 0.25
    found = mg.hessian(lambda v: mg.betainc(*v))(list(point))
    for i in range(3):
        for j in range(3):
            with mpmath.workdps(30):
                exact = mpmath.diff(
                    lambda a, b, x: mpmath.betainc(a, b, 0, x, regularized=True),
                    tuple(map(mpmath.mpf, point)),
                    tuple((k == i) + (k == j) for k in range(3)),
                )
            assert found[i][j] == pytest.approx(float(exact), rel=1e-11)

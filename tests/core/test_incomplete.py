"""The incomplete gamma functions against Arb's balls and mpmath's series, at all sizes of a."""

import math
import random

import mpmath
import pytest
from rows import ulps

import micrograph as mg
from micrograph import Value
from micrograph.core import TABLE
from micrograph.namespaces.floats import FLOAT


def places():
    """Orders from 1e-3 to 1000, and ends that are near, far, and some deviations away."""
    wild = random.Random(24)
    for i in range(120):
        a = 10 ** wild.uniform(-3, 3)
        near = a * (1 + wild.uniform(-0.3, 0.3))
        deviations = abs(a + wild.gauss(0, 3) * math.sqrt(a)) or 1.0
        yield a, (a * 10 ** wild.uniform(-2, 1), deviations, 10 ** wild.uniform(-5, 2), near)[i % 4]


@pytest.mark.parametrize("name", ["gammainc", "gammaincc"])
def test_values_and_first_slopes_are_within_six_units_of_certified_numbers(name):
    """120 points at 200 bits. At most 3 ULP was measured at 800 others."""
    pytest.importorskip("flint")
    from micrograph.namespaces.ball import BALL, Ball
    from micrograph.namespaces.series import arb, arb_series, at_precision

    side = {"gammainc": 1, "gammaincc": -1}

    def certified(a, x):
        """The value and both slopes. The slope in a is from P or from −Q, which has more digits."""
        in_x = getattr(BALL, name)(a, Ball(arb_series([x, 1]))).series
        in_a = [side[f] * getattr(BALL, f)(Ball(arb_series([a, 1])), x).series[1] for f in side]
        best = max(in_a, key=lambda y: y.rel_accuracy_bits())
        return in_x[0], side[name] * best, in_x[1]

    for a, x in places():
        y = FLOAT.atoms[name](a, x)
        exact = at_precision(200, 2, lambda a=a, x=x: certified(a, x))
        slopes = FLOAT.partials(TABLE[name], y, [a, x])
        for found, true in zip((y, *slopes), exact, strict=True):
            assert true.rel_accuracy_bits() > 70
            if abs(true) > 1e-290:  # below, floats have fewer digits
                off = at_precision(200, 2, lambda f=found, t=true: float(abs(arb(f) - t).mid()))
                assert off <= 6 * math.ulp(found), (a, x)


@pytest.mark.parametrize("a", [1e6, 1e9, 1e12])
def test_large_orders_keep_their_digits(a):
    """Against the series that DLMF 8.7.3 has, whose terms are all positive, at 60 digits."""
    for deviations in (-35.0, -3.0, -0.1):
        x = a + deviations * math.sqrt(a)
        with mpmath.workdps(60):
            order, term, total, k = mpmath.mpf(a), mpmath.mpf(1), mpmath.mpf(1), 0
            if a > 1e7:  # too many terms: the integral of special/incomplete.py, by mpmath's rule
                slope = order - mpmath.mpf(x)
                ends = [t / mpmath.sqrt(a) for t in (0, 0.1, 0.5, 1, 2, 4, 8, 16)]
                total = order * mpmath.quad(
                    lambda v, slope=slope, x=x: mpmath.exp(
                        -slope * v - x * (mpmath.expm1(-v) + v)), ends)  # fmt: skip
            while a < 1e7 and term > total * mpmath.mpf(10) ** -25:
                k += 1
                term *= x / (order + k)
                total += term
            y = total * mpmath.exp(order * mpmath.log(x) - x - mpmath.loggamma(order + 1))
        assert ulps(mg.gammainc(a, x), y) <= 6


def test_the_ends_of_the_domain_and_beyond():
    both = FLOAT.atoms["gammainc"], FLOAT.atoms["gammaincc"]
    assert [f(2.5, 0.0) for f in both] == [0.0, 1.0]
    assert mg.gammainc(1e300, 1e300) == mg.gammaincc(1e300, 1e300) == 0.5
    assert mg.gammainc(1e-300, 3.0) == 1
    assert mg.gammaincc(1e-300, 3.0) == pytest.approx(
        1.3048381094197036e-302, rel=1e-15
    )  # 1e-300·E₁
    assert mg.gammaincc(1e308, 1.0) == mg.gammainc(5e-324, 1e300) == 1
    assert mg.grad(mg.gammainc, argnums=(0, 1))(1.0, 0.0) == (0.0, 1.0)
    for a, x in ((0.0, 1.0), (-1.0, 1.0), (1.0, -1.0)):
        with pytest.raises(mg.DomainError, match="expected"):
            mg.gammaincc(a, x)


def test_derivatives_by_the_order_are_right_to_the_fifth_and_then_refused():
    """Against mpmath's differences. The terms of the fifth cancel some digits: 1e-11 of 1."""
    for n in range(1, 6):
        for a, x in ((1.5, 2.5), (0.25, 0.125), (6.0, 3.0)):
            with mpmath.workdps(30):
                exact = mpmath.diff(
                    lambda s, x=x: mpmath.gammainc(s, 0, x, regularized=True), mpmath.mpf(a), n
                )
            assert FLOAT.atoms["gammainc_slope"](float(n), a, x) == pytest.approx(
                float(exact), rel=1e-11, abs=1e-13
            )
    with pytest.raises(mg.DomainError, match="gammainc_slope"):
        TABLE["gammainc_slope"](6.0, Value(1.5), Value(2.5))

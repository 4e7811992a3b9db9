"""log B(a, b) and its slopes against mpmath, where the definition cancels."""

import math

import mpmath
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from rows import ulps

import micrograph as mg
from micrograph.core import TABLE
from micrograph.namespaces.floats import FLOAT, IEEE, Ieee

sizes = st.builds(lambda e: 10.0**e, st.floats(-30, 30) | st.floats(-3, 3))


def digits(a, b):
    """Enough decimals for log Γ of a and b, whose difference is as small as the smaller one."""
    return 60 + 2 * int(abs(math.log10(a)) + abs(math.log10(b)))


@given(sizes, sizes)
@example(0.4473951890924032, 5.53659829757051)
@example(1e100, 1e-100)
def test_the_logarithm_keeps_its_digits(a, b):
    """4 ULP of the value or, as B(a, b) is 1 on a curve, of 1."""
    with mpmath.workdps(digits(a, b)):
        p, q = mpmath.mpf(a), mpmath.mpf(b)
        exact = mpmath.loggamma(p) + mpmath.loggamma(q) - mpmath.loggamma(p + q)
        off = abs(mpmath.mpf(mg.betaln(a, b)) - exact)
    assert off <= 4 * math.ulp(max(1.0, abs(float(exact))))
    assert mg.betaln(a, b) == mg.betaln(b, a)


@given(sizes, sizes)
@example(1e10, 3.0)
@example(1e100, 1e-100)
@example(1e-3, 1e100)
def test_the_slopes_keep_their_digits(a, b):
    """If b is much smaller than a, ψ(a) − ψ(a + b) cancels, and so does its slope by a.

    4 ULP: terms of one sign are added, by less than 1 ULP each for those that matter.
    """
    slope = TABLE["betaln_slope"]
    y = FLOAT.partials(TABLE["betaln"], mg.betaln(a, b), [a, b])[0]
    by_a, by_b = FLOAT.partials(slope, y, [a, b])
    with mpmath.workdps(digits(a, b)):
        p, q = mpmath.mpf(a), mpmath.mpf(b)
        assert ulps(y, mpmath.digamma(p) - mpmath.digamma(p + q)) <= 4
        tail = mpmath.polygamma(1, p + q)
        exact = mpmath.polygamma(1, p) - tail
        assume(min(abs(exact), tail) > 1e-290)
        assert ulps(by_a, exact) <= 4.5
        assert ulps(by_b, -tail) <= 4


@pytest.mark.parametrize(("a", "b"), [(2.5, 0.3), (1e6, 2.0), (3.0, 1e6), (1e8, 1e-3)])
def test_third_derivatives(a, b):
    """1e-12: the third derivative by a is a sum of 30 terms of both signs."""
    f = mg.grad(mg.grad(mg.grad(mg.betaln)))
    with mpmath.workdps(80):
        exact = mpmath.polygamma(2, mpmath.mpf(a)) - mpmath.polygamma(2, mpmath.mpf(a) + b)
    assert f(a, b) == pytest.approx(float(exact), rel=1e-12)


def test_ends():
    """B(1, 1) is 1, and B(∞, b) is 0."""
    assert mg.betaln(1, 1) == 0
    assert IEEE.betaln(Ieee(math.inf), Ieee(2.0)) == -math.inf
    assert math.isnan(IEEE.betaln(Ieee(math.nan), Ieee(2.0)))
    with pytest.raises(mg.DomainError, match="expected a > 0"):
        mg.betaln(0.0, 2.0)

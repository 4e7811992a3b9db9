"""J₀, J₁, exp(−|x|)·I₀ and exp(−|x|)·I₁ against mpmath: next to roots, far out, near 0, to any order."""

import math
import sys

import mpmath
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rows import ulps

import micrograph as mg
from micrograph.core import TABLE
from micrograph.namespaces.floats import FLOAT, IEEE, Ieee
from micrograph.namespaces.mpmath import MPMATH

WAVES = ("j0", "j1", "j1_slope")
ROOTS = (
    2.404825557695773, 5.520078110286311, 8.653727912911013, 3.8317059702075125, 7.015586669815619,
    10.173468135062722, 1.8411837813406593, 5.3314427735250325, 8.536316366346286,
)  # fmt: skip
"""The first three positive roots of J₀, J₁ and J₁′, rounded."""

beside_roots = st.builds(
    lambda root, side, digits: root * (1 + side * 10.0**-digits),
    st.sampled_from(ROOTS),
    st.sampled_from([-1, 0, 1]),
    st.integers(1, 17),
)


def truth(name, x, digits=60):
    with mpmath.workdps(digits):
        return MPMATH.value(TABLE[name], [mpmath.mpf(x)])


@pytest.mark.parametrize("name", WAVES)
@given(st.floats(-10, 10) | beside_roots)
def test_waves_keep_all_digits_beside_their_first_roots(name, x):
    """4 ULP: a Taylor series around the root, times x − root, whose rounding errors add up."""
    exact = truth(name, x)
    if abs(exact) > sys.float_info.min:
        assert ulps(getattr(FLOAT, name)(x), exact) <= 4


@pytest.mark.parametrize("name", WAVES)
@given(st.floats(10, 1e3) | st.floats(10, 1e30))
@example(1e22)
@example(710.7848223238187)
def test_waves_are_good_to_their_amplitude(name, x):
    """4 ULP of √(2/(πx)): a sine and a cosine, each times a polynomial, are added."""
    digits = 60 + 2 * int(math.log10(x))
    exact = truth(name, x, digits)
    with mpmath.workdps(digits):
        off = abs(mpmath.mpf(getattr(FLOAT, name)(x)) - exact)
    assert off <= 4 * math.ulp(math.sqrt(2 / math.pi) / math.sqrt(x))


@pytest.mark.parametrize("x", [0.0, 1e-9, 0.99, 1.5, 12.0])
def test_higher_derivatives_of_waves(x):
    """Near 0 the terms of J₁″ = (1/x² − 1)·J₁ − J₁′/x cancel.

    By 1e-13 of the largest derivative, 1: from x = 1 on, each order divides a cancelling
    difference by x.
    """
    for f, n in ((mg.j0, 0), (mg.j1, 1)):
        g = f
        for order in (1, 2, 3, 4):
            g = mg.grad(g)
            with mpmath.workdps(40):
                exact = sum(
                    (-1) ** k * math.comb(order, k) * mpmath.besselj(n - order + 2 * k, x)
                    for k in range(order + 1)
                ) / 2**order  # fmt: skip  # DLMF 10.6.7
            assert g(x) == pytest.approx(float(exact), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("x", [1e-9, 0.7, 3.5, 1e8, 1e30])
def test_higher_derivatives_of_scaled_functions(x):
    """Far out each derivative of i1e − i0e cancels: by 1e40 the textbook's slope is 0.

    1e-11: the derivative of a polynomial of degree 40 multiplies the rounding of its terms.
    """
    for f, n in ((mg.i0e, 0), (mg.i1e, 1)):
        for side in (1.0, -1.0):
            g = f
            for order in (1, 2, 3):
                g = mg.grad(g)
                with mpmath.workdps(60 + 4 * max(0, int(math.log10(x)))):
                    terms = [
                        (-1) ** (order - j) * math.comb(order, j)
                        * math.comb(j, k) * mpmath.besseli(abs(n - j + 2 * k), x) / mpmath.mpf(2) ** j
                        for j in range(order + 1) for k in range(j + 1)
                    ]  # fmt: skip  # DLMF 10.29.5 and the product rule
                    exact = float(mpmath.exp(-mpmath.mpf(x)) * mpmath.fsum(terms))
                exact *= side ** (n + order)
                assert g(side * x) == pytest.approx(exact, rel=1e-11)


def test_slopes_at_0():
    """i0e has a kink there, where the slope is 0. J₁ and i1e are x/2 there."""
    assert mg.grad(mg.j0)(0.0) == mg.grad(mg.i0e)(0.0) == 0
    assert mg.grad(mg.j1)(0.0) == mg.grad(mg.i1e)(0.0) == 0.5
    assert mg.grad(mg.grad(mg.j1))(0.0) == mg.grad(mg.grad(mg.i1e))(0.0) == 0
    assert mg.j0(0) == mg.i0e(0) == 1


@pytest.mark.parametrize("name", [*WAVES, "i0e", "i1e", "i0e_slope", "i1e_slope"])
def test_values_at_the_ends(name):
    """0 at ±∞, NaN at NaN, and the sign of 0 kept where the function is odd."""
    f = getattr(IEEE, name)
    assert f(Ieee(math.inf)) == f(Ieee(-math.inf)) == 0
    assert math.isnan(f(Ieee(math.nan)))
    if name in ("j1", "i1e"):
        assert f(Ieee(2.0**-1030)) == 2.0**-1031
        assert math.copysign(1, f(Ieee(-0.0))) == -1

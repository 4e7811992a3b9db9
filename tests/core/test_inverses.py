"""The inverse functions and sinc: where forms change, at ends and beside roots, against mpmath."""

import math
import random

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import ulps

import micrograph as mg
from micrograph.core import TABLE
from micrograph.namespaces.floats import FLOAT
from micrograph.namespaces.mpmath import MPMATH

SIDES = (-1e-3, -1e-12, 0.0, 1e-12, 1e-3)
TAILS = (5e-324, 1e-310, 2.3e-308, 1e-300, 1e-100, 1e-30, 1e-16, 1e-7, 0.01)


def worst(row, points):
    """The largest errors of the row's value and of its slope by the first operand, in ULP."""
    value = slope = 0.0
    for xs in points:
        with mpmath.workdps(350):
            exact = list(map(mpmath.mpf, xs))
            truth = MPMATH.value(row, exact)
            steep = row.partials_at(MPMATH, truth, exact)[0]
        y = FLOAT.value(row, xs)
        value = max(value, ulps(y, truth))
        if 1e-290 < abs(steep) < 1e308:
            slope = max(slope, ulps(FLOAT.partials(row, y, xs)[0], steep))
    return value, slope


def test_norm_ppf_and_erfinv_keep_their_digits_in_the_tails_and_where_their_forms_change():
    ps = [
        *TAILS,
        *(1 - p for p in TAILS if p > 1e-16),
        *(p + h for p in (0.125, 0.875) for h in SIDES),
    ]
    assert max(worst(mg.norm_ppf, [[p] for p in [*ps, 0.158, 0.842]])) <= 4
    xs = [*TAILS, *(x + h for x in (0.75, 0.68) for h in SIDES), 1 - 1e-6, 1 - 1e-12, 1 - 2**-53]
    assert max(worst(mg.erfinv, [[x] for x in xs])) <= 4
    assert [mg.erfinv(-x) for x in xs] == [-mg.erfinv(x) for x in xs]


def test_norm_ppf_is_the_inverse_of_norm_cdf():
    """Φ multiplies a relative error of x by up to x², which is 900 here."""
    for x in np.linspace(-30, 5, 71).tolist():
        assert mg.norm_ppf(mg.norm_cdf(x)) == pytest.approx(
            x, rel=1e-14, abs=1e-9 * (x > 0) + 1e-15
        )


@pytest.mark.parametrize("name", ["lambertw", "lambertw_above"])
def test_lambertw_keeps_its_digits_on_both_branches(name):
    """Beside −1/e, where the slopes are infinite; where forms change; at 0, and far out."""
    row, end = TABLE[name], -1 / math.e
    beside = [end + h for h in (1e-16, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 0.1)]
    upper = [
        *beside,
        *(-0.22 + h for h in SIDES),
        *(s * x for x in TAILS for s in (1, -1)),
        1.0,
        1e100,
        1e308,
    ]
    lower = [*beside, *(-0.25 + h for h in SIDES), *(-x for x in TAILS), -0.1]
    assert max(worst(row, [[x, 0.0] for x in upper if x != -0.22])) <= 4
    assert max(worst(row, [[x, -1.0] for x in lower])) <= 4
    for x in (0.5, -0.2, 10.0):  # W·exp(W) = x, and its derivatives by Taylor's formula
        slopes = [mg.lambertw]
        for _ in range(3):
            slopes.append(mg.grad(slopes[-1]))
        exact = mpmath.taylor(mpmath.lambertw, x, 3)
        found = [f(x) / math.factorial(i) for i, f in enumerate(slopes)]
        assert found == pytest.approx([float(c) for c in exact], rel=1e-12)


@pytest.mark.parametrize(
    ("x", "k", "said"),
    [(-0.5, 0, "x = -0.5"), (0.5, -1, "x = 0.5"), (0.0, -1, "x = 0.0"), (0.5, 1, "k = 1.0")],
)
def test_outside_a_branch_of_lambertw_the_error_names_both(x, k, said):
    with pytest.raises(mg.DomainError, match="-1/e ≤ x < 0 with k = -1") as found:
        mg.lambertw(x, k)
    assert said in str(found.value)
    assert np.isnan(mg.lambertw(np.array([x, x]), k)[0]) or x == 0.0  # there it is −∞


def test_sinc_is_0_at_whole_numbers_and_keeps_its_digits_beside_them():
    """Rounding π·x would cost all digits beside a large whole number."""
    assert [mg.sinc(x) for x in (1.0, -7.0, 1e15, 1e300)] == [0.0] * 4
    near = [n * (1 + s * 2.0**-52) for n in (1, 2, 1000, 12345677, 2**40 + 1) for s in (1, -2)]
    assert worst(mg.sinc, [[x] for x in [*near, 1e-9, 1e-300, 0.49999, 0.5, 1e9 + 0.25]])[0] <= 2


def test_the_slope_of_sinc_is_good_to_4_ulp_of_its_larger_term():
    """Its two terms, cos(πx)/x and sinc(x)/x, cancel beside the roots, and far left of them."""
    wild = random.Random(0)
    for x in [wild.uniform(-9, 9) for _ in range(300)] + [1e-300, 1e-9, 0.3, 0.5, 1e5 + 0.5]:
        with mpmath.workdps(340):
            exact = (
                mpmath.diff(mpmath.sincpi, mpmath.mpf(x))
                if abs(x) > 1e-5
                else -(mpmath.pi**2) / 3 * x
            )
        y = mg.sinc(x)
        larger = max(abs(exact), abs(y / x) if abs(x) > 0.5 else 0.0)
        assert abs(FLOAT.partials(mg.sinc, y, [x])[0] - exact) <= 4 * math.ulp(float(larger))


def test_derivatives_of_sinc_at_0_are_those_of_its_series():
    f, found = mg.sinc, []
    for _ in range(6):
        found.append(f(0.0))
        f = mg.grad(f)
    pi = math.pi
    assert found == pytest.approx([1, 0, -(pi**2) / 3, 0, pi**4 / 5, 0], rel=1e-15)


def test_conventions_are_those_of_jax():
    """But at 0, where JAX's leaky_relu has the slope of the right side."""
    jax = pytest.importorskip("jax")
    nn, special = jax.nn, jax.scipy.special
    jax.config.update("jax_enable_x64", True)
    ours_and_theirs = {
        mg.sinc: jax.numpy.sinc, mg.logit: special.logit, mg.norm_ppf: special.ndtri,
        mg.erfinv: special.erfinv, mg.elu: nn.elu, mg.leaky_relu: nn.leaky_relu,
        mg.softsign: nn.soft_sign, mg.mish: nn.mish, mg.log1mexp: getattr(nn, "log1mexp", mg.log1mexp),
    }  # fmt: skip
    for ours, theirs in ours_and_theirs.items():
        for x in (0.2, 0.7) if 2.0 not in (ours.domain.intervals[0]) else (-1.5, -0.3, 0.7, 3.0):
            if (x, 1.0)[: ours.arity] in ours.domain:
                # 1e-12: JAX's ndtri has some thousand ULP
                assert ours(x) == pytest.approx(float(theirs(x)), rel=1e-12)


@given(st.floats(-323, -155))
def test_a_second_derivative_of_logit_that_is_too_large_is_infinite(exponent):
    """d²/dp² = 1/(1 − p)² − 1/p², and 1/p² is above 1e308."""
    assert mg.grad(mg.grad(mg.logit))(10.0**exponent) == -math.inf

"""The rows cross_entropy and logistic_loss: values, first and second derivatives, and domains."""

import math
from itertools import product

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rows import ulps

import micrograph as mg
from micrograph import DomainError, Graph, Value
from micrograph.core import TABLE
from micrograph.namespaces.floats import FLOAT, IEEE, Ieee

DIGITS = 1000
"""mpmath's digits: e^z of z = -746 beside 1 takes 340, and 1e-323 beside 1 as many."""

labels = st.sampled_from([0.0, 1.0, 0.3, 5e-324, 1 - 2**-53]) | st.floats(0, 1)
probabilities = st.sampled_from([5e-324, 1e-300, 0.25, 0.5, 1 - 2**-53]) | st.floats(
    0, 1, exclude_min=True, exclude_max=True
)
inputs = st.floats(-1e308, 1e308) | st.floats(-800, 800) | st.floats(-40, 40) | st.floats(-1, 1)


def near(found, exact, allowed):
    """Whether a float is so many ULP from the truth, if the truth has all digits of a float."""
    if abs(exact) > 1.7e308:
        return found == math.copysign(math.inf, exact)
    if abs(exact) < 1e-300:
        return abs(found - exact) <= allowed * 1e-316
    return ulps(found, exact) <= allowed


def truth_of_logistic(z):
    """σ(z) and σ(−z) at many digits. Far out, what is left of 0 or 1 is below every float."""
    e = mpmath.exp(-abs(mpmath.mpf(z)) if abs(z) < 1e4 else mpmath.mpf(-1e4))
    pair = 1 / (1 + e), e / (1 + e)
    return pair if z >= 0 else pair[::-1]


@given(probabilities, labels)
@example(0.3 + 2**-54, 0.3)  # next to the root a = y of the slope in a,
@example(0.501, 0.0)  # and to the root a = ½ of the slope in y
@example(0.2499999, 0.0)
def test_cross_entropy_keeps_its_digits(a, y):
    """Down to the smallest a and up to the largest: value, slopes, second derivatives."""
    L = FLOAT.cross_entropy(a, y)
    by_a, by_y = FLOAT.partials(mg.cross_entropy, L, (a, y))
    (bend, *_), _ = (FLOAT.partials(TABLE[f"cross_entropy_{x}slope"], 0.0, xs)
                     for x, xs in (("", (a, y)), ("label_", (a,))))  # fmt: skip
    with mpmath.workdps(DIGITS):
        p, t = mpmath.mpf(a), mpmath.mpf(y)
        assert near(L, -(t * mpmath.log(p) + (1 - t) * mpmath.log1p(-p)), 2)
        assert near(by_a, (p - t) / (p * (1 - p)), 4)
        assert near(by_y, mpmath.log((1 - p) / p), 4)
        assert near(bend, t / p**2 + (1 - t) / (1 - p) ** 2, 4)


@given(inputs, labels)
@example(40.0, 1.0)
@example(-745.0, 0.0)
@example(1e308, 0.3)
def test_logistic_loss_keeps_its_digits(z, y):
    """From one end of the floats to the other: value, slopes, second derivative."""
    L = FLOAT.logistic_loss(z, y)
    by_z, by_y = FLOAT.partials(mg.logistic_loss, L, (z, y))
    bend = FLOAT.partials(TABLE["logistic_loss_slope"], by_z, (z, y))[0]
    with mpmath.workdps(DIGITS):
        p, q = truth_of_logistic(z)
        t = mpmath.mpf(y)
        # −log σ(z) is log(1 + e⁻ᶻ), which is −z and nothing a float could hold at −1e4
        minus_log = [-mpmath.log(s) if abs(z) < 1e4 else max(w, 0) for s, w in ((p, -z), (q, z))]
        assert near(L, t * minus_log[0] + (1 - t) * minus_log[1], 2)
        # next to its root σ(z) = y the slope is a difference of these two terms
        terms = max((1 - t) * p, t * q)
        assert abs(by_z - (p - t)) <= 4 * math.ulp(float(terms))
        assert by_y == -z
        assert near(bend, p * q, 4)


@given(inputs)
def test_dz_is_a_less_y_to_the_last_digit(z):
    """At both labels, where σ(z) − 1 as written would be 0 from z = 37 on."""
    slope = mg.grad(mg.logistic_loss)
    assert slope(z, 0.0) == mg.sigmoid(z)
    assert slope(z, 1.0) == -mg.sigmoid(-z)


def test_a_slope_of_40_less_1_is_not_0():
    assert mg.grad(mg.logistic_loss)(40.0, 1) == -4.248354255291589e-18  # mpmath: σ(40) − 1


@given(st.floats(-30, 30), labels)
def test_dz_through_a_has_the_digits_that_a_has_left(z, y):
    """da·∂a/∂z is a − y, but for the 2⁻⁵³ by which a was rounded: much, beside 1 − a."""
    leaf = Value(z, "z")
    a = mg.sigmoid(leaf)
    mg.cross_entropy(a, y).backward()
    with mpmath.workdps(50):
        p, q = truth_of_logistic(z)
        terms = y * q + (1 - mpmath.mpf(y)) * p
        left = 1e-15 + 2e-16 / min(p, q)
        assert abs(leaf.grad - (p - y)) <= left * terms + 5e-324


@given(st.floats(-700, 700), labels)
def test_second_derivatives_survive_grad_of_grad(z, y):
    """σ(z)·σ(−z), recorded by either engine; and the derivatives by z and y, which is −1."""
    with mpmath.workdps(DIGITS):
        p, q = truth_of_logistic(z)
        assert near(mg.grad(mg.grad(mg.logistic_loss))(z, y), p * q, 4)
    assert mg.grad(mg.grad(mg.logistic_loss), argnums=1)(z, y) == -1
    assert mg.grad(mg.grad(mg.logistic_loss, argnums=1), argnums=0)(z, y) == -1


@given(st.floats(1e-150, 1 - 2**-53), labels)
def test_the_hessian_of_cross_entropy_is_right_both_ways_round(a, y):
    """By a and y it is −1/(a(1 − a)), whichever comes first; by y twice it is 0."""
    H = mg.hessian(mg.cross_entropy, argnums=(0, 1))(a, y)
    with mpmath.workdps(400):
        p, t = mpmath.mpf(a), mpmath.mpf(y)
        assert near(float(H[0][0]), t / p**2 + (1 - t) / (1 - p) ** 2, 4)
        assert near(float(H[0][1]), -1 / (p * (1 - p)), 4)
        assert near(float(H[1][0]), -1 / (p * (1 - p)), 4)
    assert H[1][1] == 0


@pytest.mark.parametrize(
    ("z", "y", "loss", "slope"),
    [
        (math.inf, 1.0, 0.0, 0.0),
        (math.inf, 0.0, math.inf, 1.0),
        (math.inf, 0.25, math.inf, 0.75),
        (-math.inf, 0.0, 0.0, 0.0),
        (-math.inf, 1.0, math.inf, -1.0),
        (math.nan, 0.0, math.nan, math.nan),
    ],
)
def test_infinities_are_limits(z, y, loss, slope):
    found = FLOAT.logistic_loss(z, y)
    assert found == pytest.approx(loss, nan_ok=True)
    assert FLOAT.partials(mg.logistic_loss, found, (z, y))[0] == pytest.approx(slope, nan_ok=True)


BEYOND = [0.0, 1.0, -0.5, 1.5, math.inf]
FROM_A = (
    r"expected a prediction strictly .* from 0 to 1; .*logistic_loss\(z, y\) is this loss at any z"
)
FROM_Z = r"expected a label from 0 to 1$"


@pytest.mark.parametrize("a", BEYOND)
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_a_saturated_prediction_names_the_loss_from_z(a, y):
    """On floats, on Values of either engine, in a Graph."""
    graph = Graph.of(mg.cross_entropy(Value(0.5, "a"), Value(y, "y")))
    for call in (mg.cross_entropy, lambda a, y: mg.cross_entropy(Value(a, "a"), y), graph):
        with pytest.raises(DomainError, match=f"is undefined at a = {a}.*: {FROM_A}"):
            call(a, y)
    with np.errstate(all="ignore"):
        assert not np.isfinite(mg.cross_entropy(np.array([a]), y))


@pytest.mark.parametrize("y", [-5e-324, 1 + 2**-52, 2.0, -math.inf])
def test_what_is_no_label_is_refused(y):
    for row, said in ((mg.cross_entropy, FROM_A), (mg.logistic_loss, FROM_Z)):
        x = row.arguments[0]
        graph = Graph.of(row(Value(0.5, x), Value(1.0, "y")))
        for call in (row, lambda x, y, row=row: row(x, Value(y, "y")), graph):
            with pytest.raises(DomainError, match=rf"{row.name}\(.*is undefined at .*{said}"):
                call(0.5, y)
        with np.errstate(all="ignore"):
            assert np.isnan(row(np.array([0.5]), y))
        assert math.isnan(IEEE.value(row, [Ieee(0.5), Ieee(y)]))


def test_nan_is_no_error():
    for row, (x, y) in product(
        (mg.cross_entropy, mg.logistic_loss), ((math.nan, 1), (0.5, math.nan))
    ):
        assert math.isnan(row(x, y))
        assert math.isnan(row(Value(x), y).data)


def test_a_help_text_tells_the_result_from_the_label():
    assert "∂L/∂a = -y / a + (1 - y) / (1 - a)" in mg.cross_entropy.__doc__  # as in lecture notes
    assert "∂L/∂z = σ(z) - y" in mg.logistic_loss.__doc__


def test_pictures_are_told_to_draw_the_label():
    assert {row.name: row.drawn for row in TABLE.values() if row.drawn} == {
        "cross_entropy": ("y",),
        "logistic_loss": ("y",),
    }

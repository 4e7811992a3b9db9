"""Functions that compute with float32 or float16, and derivatives that are computed so, too."""

import contextlib
import math
import warnings

import numpy as np
import pytest
from caught import failure

from micrograph.testing import GradientError, Inconclusive, check_gradients

chance = np.random.default_rng(18)
A, B = chance.normal(size=(5, 3)), chance.normal(size=5)


def like(x, *arrays):
    """These numbers as floats of x's own type."""
    return [np.asarray(a, getattr(x, "dtype", float)) for a in arrays]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def network(x):
    a, b = like(x, A, B)
    return np.sum(b * np.tanh(a @ x))


def network_slope(x):
    a, b = like(x, A, B)
    return a.T @ (b * (1 - np.tanh(a @ x) ** 2))


def network_bend(x):
    a, b = like(x, A, B)
    t = np.tanh(a @ x)
    return (a.T * (-2 * b * t * (1 - t * t))) @ a


def loss(x):
    """Logistic regression: its textbook gradient is a sum that cancels."""
    a, y = like(x, A, B > 0)
    z = a @ x
    return np.sum(np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0) - y * z)


def loss_slope(x):
    a, y = like(x, A, B > 0)
    return a.T @ (sigmoid(a @ x) - y)


def loss_bend(x):
    (a,) = like(x, A)
    p = sigmoid(a @ x)
    return (a.T * (p * (1 - p))) @ a


def bell(x):
    return np.exp(-np.sum(x * x) / 2)


TEXTBOOK = {
    "network": (network, network_slope, network_bend),
    "loss": (loss, loss_slope, loss_bend),
    "bell": (bell, lambda x: -x * bell(x), lambda x: (np.outer(x, x) - np.eye(3)) * bell(x)),
    "length": (
        lambda x: np.sqrt(np.sum(x * x)),
        lambda x: x / np.sqrt(np.sum(x * x)),
        lambda x: (np.eye(3) - np.outer(x, x) / np.sum(x * x)) / np.sqrt(np.sum(x * x)),
    ),
}
"""A function, its gradient and its Hessian, as books write them."""

WAYS = {
    "a graph": lambda f: f,
    "a black box of any floats": lambda f: lambda x: f(np.frombuffer(x.tobytes(), x.dtype)),
}
"""What is known of the function."""


def points(dtype, n, spread=(-2, 1)):
    chance = np.random.default_rng(6)
    for _ in range(n):
        yield (chance.normal(size=3) * 10 ** chance.uniform(*spread)).astype(dtype)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("name", TEXTBOOK)
def test_right_derivatives_of_short_floats_are_not_called_wrong(name, dtype, way):
    """Rounding costs them digits, as in 1 − t² where t is nearly 1."""
    (f, gradient, hessian), vague = TEXTBOOK[name], 0
    for x in points(dtype, 12):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # float16 overflows and underflows
            for given in ({"gradient": gradient}, {"hessian": hessian}):
                try:
                    report = check_gradients(WAYS[way](f), x, **given)
                    assert report.certified == (way == "a graph")
                except Inconclusive:
                    vague += 1
    assert vague <= (2 if dtype == "float32" else 6)  # of 24; where no digit is left


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TEXTBOOK)
def test_a_fault_of_1_percent_of_float32_is_found(name, way):
    f, *derivatives = TEXTBOOK[name]
    for x in (np.array([0.5, -0.75, 1.25], "float32"), *points("float32", 4, (-1, 0))):
        for kind, derivative in zip(("gradient", "hessian"), derivatives, strict=True):
            found = np.array(derivative(x), float)
            largest = np.unravel_index(np.argmax(abs(found)), found.shape)
            found[largest] *= 1.01
            error = failure(WAYS[way](f), x, **{kind: found})
            assert error.kind == "wrong gradient"
            assert "as f computes with 1.2e-07 relative precision" in str(error)


@pytest.mark.parametrize("name", TEXTBOOK)
def test_a_factor_2_is_found_in_float16(name):
    f, *derivatives = TEXTBOOK[name]
    for x in (np.array([0.5, -0.75, 1.25], "float16"), *points("float16", 4, (-1, 0))):
        for kind, derivative in zip(("gradient", "hessian"), derivatives, strict=True):
            found = np.array(derivative(x), float)
            found[np.unravel_index(np.argmax(abs(found)), found.shape)] *= 2
            assert failure(f, x, **{kind: found})


@pytest.mark.parametrize("way", WAYS)
def test_what_moving_the_inputs_by_some_units_changes_is_no_fault(way):
    """Of sin(1e5·x) float32 holds three digits at 0.3, of its slope two."""
    f = WAYS[way](lambda x: np.sin(1e5 * x).astype(x.dtype).sum())
    x = np.array([0.3], "float32")
    slope = np.float32(1e5) * np.cos(np.float32(1e5) * x)
    assert abs(slope[0] / (1e5 * math.cos(1e5 * float(x[0]))) - 1) > 1e-3  # by float64
    with contextlib.suppress(Inconclusive):
        check_gradients(f, x, gradient=slope)
    assert failure(f, x, gradient=1.3 * slope)


def test_a_slope_that_is_small_far_from_0_is_compared():
    f = WAYS["a black box of any floats"](lambda x: np.sum(x**1.5))
    x = np.array([3e4, 5e4], "float32")
    check_gradients(f, x, gradient=lambda x: np.float32(1.5) * np.sqrt(x))
    assert failure(f, x, gradient=lambda x: np.float32(1.515) * np.sqrt(x))


def test_a_function_that_rounds_to_float32_inside_is_told():
    f = lambda x: np.float64(np.sum(np.frombuffer(x.tobytes(), x.dtype).astype("float32") ** 2))
    x = np.array([0.5, 2.0], "float32")
    assert check_gradients(f, x, gradient=lambda x: 2 * x).truth < 8
    assert failure(f, x, gradient=lambda x: 2.1 * x)


DOUBTED = {
    "another function of float64": (lambda x: x**2 if x.dtype == "float32" else x**3, 0.5, 1.0),
    "no digit left": (lambda x: np.sqrt(x * x + 1e6) - 1e3, 0.8, 8e-4),
    "terms of 1e17": (lambda x: 3e8 * np.sqrt(x * x + 9e16) - 9e16, 3e4, 3e4),
}
"""By name: a function, a point, and the slope there."""


@pytest.mark.parametrize("name", DOUBTED)
def test_if_float64_gives_another_value_nothing_is_told(name):
    f, x, slope = DOUBTED[name]
    opened = WAYS["a black box of any floats"](lambda x: f(x).sum())
    for factor in (1.0, 0.0, 2.0):
        with pytest.raises(Inconclusive):
            check_gradients(opened, np.array([x], "float32"), gradient=[factor * slope])


@pytest.mark.parametrize("name", ["no digit left", "a logarithm"])
def test_a_step_where_terms_cancel_is_not_taken_for_a_flat_piece(name):
    """These compute with float32 whatever they are given."""
    logarithm = (lambda x: np.float32(1e4) * np.log(1 + x / np.float32(1e4)), 0.5, 1.0)
    f, x, slope = {**DOUBTED, "a logarithm": logarithm}[name]
    stuck = lambda x: f(np.frombuffer(x.tobytes(), x.dtype).astype("float32")).sum()
    for factor in (1.0, 0.0):
        with pytest.raises(Inconclusive):
            check_gradients(stuck, np.array([x], "float32"), gradient=[factor * slope])


def test_a_function_that_rounds_to_float16_inside_is_not_asked_with_float64():
    """Beside its steps float64 would tell nothing."""
    f = lambda x: np.exp(np.frombuffer(x.tobytes(), x.dtype).astype("float16")).sum(dtype=float)
    assert failure(f, np.array([0.37, 1.11], "float32"), gradient=[0.0, 0.0]).pattern == "zero"


@pytest.mark.parametrize("wrong", [0.0, 2.0, -1.0])
def test_a_fault_that_hides_in_the_rounding_of_a_black_box_does_not_pass(wrong):
    f = WAYS["a black box of any floats"](lambda x: 1e4 + 1e-3 * np.sum(x * x))
    x = np.array([1.0, 2.0, 3.0], "float32")
    check_gradients(f, x, gradient=lambda x: np.float32(2e-3) * x)
    for given in ({"gradient": wrong * 2e-3 * x}, {"hessian": wrong * 2e-3 * np.eye(3)}):
        with pytest.raises((GradientError, Inconclusive)):
            check_gradients(f, x, **given)


LOST = {
    "a share": (sigmoid, 40.0, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "one tail": (np.tanh, 7.04, lambda x: 1 - np.tanh(x.astype("float32")) ** 2),
    "a tail": (np.tanh, 15.28, lambda x: 1 - np.tanh(x) ** 2),
    "a sum with 1000": (lambda x: np.sin(x + 1000), 0.552, lambda x: np.cos(x + 1000)),
    "interest": (
        lambda x: (1 + x / 365) ** 36500,
        0.03,
        lambda x: 100 * (1 + x / 365) ** 36499,
    ),
    "a difference": (
        lambda x: (np.exp(x) - 1) / x,
        1e-4,
        lambda x: np.exp(x) / x - (np.exp(x) - 1) / (x * x),
    ),
}
"""By name: a function, a point, and a formula of its slope that loses digits to float32 there."""


@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize("factor", [1.01, 2.0, -1.0])
def test_a_fault_of_a_formula_is_found_where_rounding_would_hide_it(factor, scalar):
    """The formula is called with float64, too."""
    f, times = lambda x: np.sqrt(x * x + 1e6) - 1e3, np.float32(factor)
    x = np.float32(0.8) if scalar else np.array([0.8], "float32")
    opened = f if scalar else lambda x: f(x).sum()
    gradient = lambda x: times * x / np.sqrt(x * x + np.float32(1e6))
    bend = lambda x: (times * np.float32(1e6) / np.sqrt(x * x + np.float32(1e6)) ** 3).reshape(1, 1)
    assert failure(opened, x, gradient=gradient)
    assert failure(opened, x, hessian=bend)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", LOST)
def test_a_slope_that_rounding_moves_is_not_called_wrong(name, way):
    f, x, slope = LOST[name]
    opened = WAYS[way](lambda x: f(x).sum())
    x = np.array([x], "float32")
    with contextlib.suppress(Inconclusive):
        check_gradients(opened, x, gradient=slope)
    if way == "a graph":  # its nodes tell what rounding costs
        with contextlib.suppress(Inconclusive):
            check_gradients(opened, x, gradient=slope(x))


@pytest.mark.parametrize("way", WAYS)
def test_a_formula_that_loses_most_digits_is_not_called_wrong(way):
    """At 1e-7 it is off by a hundredth in float64, and by a million in float32."""
    f = WAYS[way](lambda x: (np.expm1(x) / x).sum())
    with pytest.raises(Inconclusive, match="rounding leaves too few digits"):
        check_gradients(f, np.array([1e-7], "float32"), gradient=LOST["a difference"][2])


def test_a_fault_of_1_percent_that_rounding_may_explain_does_not_pass():
    x = np.array([1000, 2000, 500], "float32")
    f, _, hessian = TEXTBOOK["length"]
    found = hessian(x).astype("float32")
    found[2, 2] *= np.float32(1.01)
    with pytest.raises((GradientError, Inconclusive)):
        check_gradients(f, x, hessian=found)


@pytest.mark.parametrize("factor", [2, -1, 0])
def test_a_wrong_formula_is_found_where_the_last_places_of_inputs_matter(factor):
    """Moving numbers near 1000 by a unit of float16 moves their variance by its own size."""
    x = np.array([1000, 1001, 999], "float16")
    f = lambda x: np.sum((x - np.sum(x) / 3) ** 2)
    assert failure(f, x, gradient=lambda x: factor * (2 * (x - np.sum(x) / 3)))


def test_at_a_kink_of_a_function_that_float64_makes_another_nothing_is_told():
    f = lambda x: (abs(x) if x.dtype == "float32" else 2 * abs(x) + 1e-3).sum()
    opened = WAYS["a black box of any floats"](f)
    with pytest.raises(Inconclusive):
        check_gradients(opened, np.zeros(1, "float32"), gradient=[0.5])


def test_what_float16_underflows_to_is_no_fault():
    x = np.array([0.0232, 0.008, -0.0028], "float16")  # the product is below the smallest float
    with np.errstate(under="ignore"):
        assert check_gradients(np.prod, x, gradient=lambda x: np.prod(x) / x).certified
    with pytest.raises((GradientError, Inconclusive)):
        check_gradients(np.prod, x, gradient=lambda x: [1, 1, 1])


def test_a_black_box_that_computes_with_float32_whatever_it_gets_is_told_so():
    def f(x):
        return np.tanh(np.frombuffer(x.tobytes(), x.dtype).astype("float32")).sum()

    x = np.array([0.3, -1.0, 0.7], "float32")
    report = check_gradients(f, x, gradient=lambda x: 1 - np.tanh(x) ** 2)
    assert not report.certified
    assert report.truth < 8
    assert failure(f, x, gradient=lambda x: 1.01 * (1 - np.tanh(x) ** 2))

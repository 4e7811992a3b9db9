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


def by_type(x):
    """Another function of float64."""
    y = np.frombuffer(x.tobytes(), x.dtype)
    return np.sum(y**2 if y.dtype == "float32" else y**3)


def rounded_inside(x):
    """It returns float64, but its values are float32."""
    return np.float64(np.sum(np.frombuffer(x.tobytes(), x.dtype).astype("float32") ** 2))


@pytest.mark.parametrize("f", [by_type, rounded_inside])
def test_a_function_that_float64_tells_nothing_of_is_told_by_float32(f):
    x = np.array([0.5, 2.0], "float32")
    report = check_gradients(f, x, gradient=lambda x: 2 * x)
    assert report.truth < 8
    assert failure(f, x, gradient=lambda x: 2.1 * x)
    assert failure(f, x, gradient=lambda x: 3 * x**2)


def test_a_function_that_rounds_to_float16_inside_is_not_asked_with_float64():
    """Beside its steps float64 would tell nothing."""
    f = lambda x: np.exp(np.frombuffer(x.tobytes(), x.dtype).astype("float16")).sum(dtype=float)
    assert failure(f, np.array([0.37, 1.11], "float32"), gradient=[0.0, 0.0]).pattern == "zero"


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

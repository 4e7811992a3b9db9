"""A descent that can't arrive says why, and so do arguments and labels that are wrong."""

import math

import numpy as np
import pytest

from micrograph import Value
from micrograph.learn import (
    ConvergenceWarning,
    LogisticRegression,
    accumulate,
    cost,
    example,
    gradient_descent,
)


def square(w):
    return (w - 3) ** 2


def test_a_descent_that_oscillates_stops_and_blames_the_rate():
    """With rate 1 each step leads to the other side of the minimum, equally high."""
    with pytest.warns(ConvergenceWarning, match="oscillates after .* learning_rate .* too large"):
        found = gradient_descent(square, 0.0, learning_rate=1.0, max_iter=10_000, tol=1e-9)
    assert found.steps < 1000
    assert not found.converged


def test_a_descent_that_turns_back_wants_a_smaller_rate():
    with pytest.warns(ConvergenceWarning, match="a smaller learning_rate than 0.999"):
        gradient_descent(square, 0.0, learning_rate=0.999, max_iter=500, tol=1e-9)


def test_a_slow_descent_is_no_oscillation():
    """In a valley the cost soon falls by less than it is rounded by, but the slope does not turn."""
    found = gradient_descent(
        lambda w: 1 + 1e-5 * w[0] ** 2 + w[1] ** 2, [1e-3, 1.0], learning_rate=0.9, max_iter=3000
    )
    assert found.steps == 3000


def test_the_solver_descent_stops_if_it_oscillates():
    """Twenty copies of a column have a second derivative of 20/4, beyond 2 / rate."""
    x = np.random.default_rng(0).normal(size=(200, 1))
    X = x + np.random.default_rng(1).normal(size=(200, 20)) * 0.01
    y = np.random.default_rng(2).random(200) < 1 / (1 + np.exp(-x[:, 0]))
    with pytest.warns(ConvergenceWarning, match="oscillates after .* learning_rate 1 is too large"):
        model = LogisticRegression(solver="descent").fit(X, y)
    assert model.n_iter_[0] < 1000
    assert not model.summary().to_dict()["converged"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"learning_rate": "0.1"}, "learning_rate should be a number, got '0.1'"),
        ({"learning_rate": 0.1, "max_iter": None}, "max_iter should be a number, got None"),
        ({"learning_rate": 0.1, "max_iter": -1}, "whole number max_iter ≥ 0, got -1"),
        ({"learning_rate": 0.1, "max_iter": 1.5}, "whole number max_iter ≥ 0, got 1.5"),
        ({"learning_rate": 0.1, "tol": -1.0}, "expected a tol ≥ 0, got -1.0"),
        ({"learning_rate": 0.1, "tol": math.nan}, "expected a tol ≥ 0, got nan"),
    ],
)
def test_the_wrong_argument_is_named(arguments, said):
    with pytest.raises((TypeError, ValueError), match=rf"^gradient_descent: .*{said}"):
        gradient_descent(square, 0.0, **arguments)


def test_a_cost_that_is_no_function_is_refused():
    with pytest.raises(TypeError, match=r"the cost should be a function, got 3\.0"):
        gradient_descent(3.0, 0.0, learning_rate=0.1)


@pytest.mark.parametrize("label", [2, -1, 0.5, math.nan, np.int64(3), Value(2.0)])
def test_labels_other_than_0_and_1_are_refused(label):
    w, b = [Value(0.5)], Value(0.0)
    for who, call in {
        "example": lambda: example([1.0], label, w, b),
        "cost": lambda: cost([[1.0], [2.0]], [1, label], w, b),
        "accumulate": lambda: accumulate([[1.0], [2.0]], [1, label], [0.5], 0.0),
    }.items():
        with pytest.raises(ValueError, match=rf"^{who}: the label is .*; expected 0 or 1"):
            call()


UNFIT = {
    "no examples": ([], [], [0.5], "one example at least, got none"),
    "labels": ([[1.0], [2.0]], [1], [0.5], "a label for each example, got 2 and 1"),
    "weights": ([[1.0, 2.0]], [1], [0.5], "a weight for each feature, got 2 and 1"),
    "a row": ([1.0, 2.0], [1, 0], [0.5], "a list of features for each example, got 1.0"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_examples_that_do_not_go_together_are_refused(name):
    X, y, w, said = UNFIT[name]
    for who, call in {"cost": cost, "accumulate": accumulate}.items():
        with pytest.raises((ValueError, TypeError), match=f"^{who} expects {said}"):
            call(X, y, w, 0.0)


def test_a_cost_of_plain_numbers_is_a_float():
    found = cost([[0.5, -1.0], [1.5, 0.5]], [1, 0], [1.0, 0.5], 0.25)
    assert found == accumulate([[0.5, -1.0], [1.5, 0.5]], [1, 0], [1.0, 0.5], 0.25)[0]


@pytest.mark.parametrize("label", [0, 1, 1.0, True, np.int64(0), np.float64(1), Value(1.0)])
def test_labels_of_0_and_1_are_taken_whatever_their_type(label):
    assert example([1.0], label, [Value(0.5)], Value(0.0)).data > 0

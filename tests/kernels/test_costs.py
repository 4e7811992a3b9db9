"""A compiled cost is the eager one: its value, gradient and second derivatives, of any examples."""

import math
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import planted

import micrograph as mg
from micrograph.kernels.build import extension

D, H, K = 5, 3, 2
RANDOM = np.random.default_rng(22)
W = RANDOM.normal(size=D) / 2
LINE = {"w": W, "b": 0.25}
NETWORK = {"W": RANDOM.normal(size=(H, D)), "c": RANDOM.normal(size=H), "v": RANDOM.normal(size=H)}
MATRIX = {"w": W, "u": RANDOM.normal(size=K)}
SIZES = [1, 7, 8, 9, 63, 64, 65, 1001]


def line(p, x):
    return mg.dot(p["w"], x) + p["b"]


LOSSES = {  # parameters, and the loss of an example, of which x has D numbers
    "squared": (LINE, lambda p, x, y: (line(p, x) - y) ** 2),
    "Poisson": (LINE, lambda p, x, y: mg.exp(line(p, x)) - y * line(p, x)),
    "Huber": (LINE, lambda p, x, y: mg.where(
        mg.abs(line(p, x) - y) <= 1, (line(p, x) - y) ** 2 / 2, mg.abs(line(p, x) - y) - 0.5)),
    "hinge": (LINE, lambda p, x, y: mg.maximum(0.0, 1 - (2 * y - 1) * line(p, x))),
    "logistic": (LINE, lambda p, x, y: mg.logistic_loss(line(p, x), y)),
    "the textbook's": (LINE, lambda p, x, y: mg.log(1 + mg.exp(line(p, x))) - y * line(p, x)),
    "a network": (NETWORK, lambda p, x, y: (mg.dot(p["v"], np.tanh(p["W"] @ x + p["c"])) - y) ** 2),
    "ridge": (LINE, lambda p, x, y: (line(p, x) - y) ** 2 + 0.1 * mg.dot(p["w"], p["w"])),
    "of parameters alone": (LINE, lambda p, x, y: mg.dot(p["w"], p["w"]) * p["b"]),
    "no parameter": (LINE, lambda p, x, y: mg.exp(-y * y) * x[1] + 0 * p["b"]),
    "max": (LINE, lambda p, x, y: mg.max(p["w"] * x) * y + p["b"]),
    "logsumexp": (LINE, lambda p, x, y: mg.logsumexp(p["w"] * x + y) * p["b"]),
    "logsumexp of a network": (NETWORK, lambda p, x, y: mg.logsumexp(p["W"] @ x) - y * p["c"][0]),
    "hypot": (LINE, lambda p, x, y: mg.hypot(p["w"] - x) * p["b"] + y),
    "dist": (LINE, lambda p, x, y: mg.dist(p["w"], x) + p["b"] * y),
    "prod of lines": (NETWORK, lambda p, x, y: mg.sum(np.prod(p["W"] + x, axis=1)) * p["v"][0] * p["c"][0]),
    "angles": (LINE, lambda p, x, y: np.sum(np.arctan2(p["w"], x)) + p["b"] * y),
    "prod": (LINE, lambda p, x, y: mg.prod(p["w"] + x) * p["b"] - y),
    "np.sum": (LINE, lambda p, x, y: np.sum((p["w"] - x) ** 2) + y * p["b"]),
    "np.mean": (LINE, lambda p, x, y: np.mean(np.sin(p["w"] * x)) + y * p["b"]),
    "slices": (LINE, lambda p, x, y: mg.dot(p["w"][1:], x[:-1]) + x[0] * p["w"][1] - y * p["b"]),
    "reversed": (LINE, lambda p, x, y: mg.dot(p["w"][::-1], x) * y + p["b"]),
    "elements": (LINE, lambda p, x, y: p["w"][0] * x[1] + mg.sin(p["w"][4] * x[0]) * y + p["b"] * x[2]),
    "an outer product": (MATRIX, lambda p, x, y: np.sum(p["u"][:, None] * (p["w"] * x)[None, :] * y)),
}  # fmt: skip
CLOSE = {"rtol": 1e-11, "atol": 1e-11}
"""Up to 1,001 terms of size 1 to 100 in another order, each with some tens of roundings of 5 ULP."""

every_loss = pytest.mark.parametrize("name", LOSSES)


def examples(m, seed=1):
    """m examples of D numbers, and m counts that may serve as classes."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(m, D)), rng.integers(0, 2, size=m)


def numbers(tree):
    """The numbers in dicts of numbers and arrays."""
    if isinstance(tree, dict):
        return np.concatenate([numbers(x) for x in tree.values()])
    return np.ravel(np.asarray(tree, float))


def same(found, truth, **close):
    np.testing.assert_allclose(numbers(found), numbers(truth), **(close or CLOSE))


@every_loss
@pytest.mark.parametrize("backend", ["auto", "numpy"])
@pytest.mark.parametrize("m", [1, 9, 65])
def test_value_and_gradient_are_those_of_the_eager_cost(name, backend, m):
    p, loss = LOSSES[name]
    X, y = examples(m)
    cost = mg.mean_over(loss, "x", "y")
    fast = mg.compile(cost, backend=backend)
    value, slopes = fast.value_and_grad(p, X, y)
    truth, exact = mg.value_and_grad(cost)(p, X, y)
    same([value, fast(p, X, y)], [truth, truth])
    same(slopes, exact)
    assert slopes.keys() == p.keys()
    assert all(np.shape(slopes[key]) == np.shape(p[key]) for key in p)


@every_loss
def test_second_derivatives_are_those_of_the_eager_cost(name):
    p, loss = LOSSES[name]
    X, y = examples(9)
    cost = mg.mean_over(loss, "x", "y")
    found, truth = mg.compile(cost).hessian(p, X, y), mg.hessian(cost)(p, X, y)
    same(found, truth, rtol=1e-9, atol=1e-9)  # sums of several terms like those of a gradient


@every_loss
@pytest.mark.parametrize("m", SIZES)
def test_bits_depend_on_no_thread_and_no_run(name, m):
    p, loss = LOSSES[name]
    X, y = examples(m)
    fast = mg.compile(mg.mean_over(loss, "x", "y"))
    value, slopes = fast.value_and_grad(p, X, y)
    for threads in (1, 2, 7, 7):
        again, others = fast.value_and_grad(p, X, y, threads=threads)
        assert again == value
        assert np.array_equal(numbers(others), numbers(slopes))


PROGRAM = """
import numpy as np
import micrograph as mg

def network(W, c, v, x, y):
    return (mg.dot(v, np.tanh(W @ x + c)) - y) ** 2

rng = np.random.default_rng(1)
fast = mg.compile(mg.mean_over(network, "x", "y"), argnums=(0, 1, 2))
for m in (8, 16, 67):
    X, y = rng.normal(size=(m, 5)), 1e6 * rng.normal(size=m)
    W, c, v = rng.normal(size=(3, 5)), rng.normal(size=3), rng.normal(size=3)
    value, slopes = fast.value_and_grad(W, c, v, X, y)
    print(value.hex(), *(d.hex() for slope in slopes for d in slope.ravel().tolist()))
"""


def test_terms_of_one_example_cancel_before_examples_are_added():
    """softplus(z) − z of z = 7e307 is 0, and adds nothing to the losses of the others."""
    p, loss = LOSSES["the textbook's"]
    X, y = examples(9, seed=2)
    fast = mg.compile(mg.mean_over(loss, "x", "y"))
    without = fast(p, X[1:], y[1:]) * 8 / 9
    for z in (-1e3, -1e10, -1e308):
        X[0, 0], y[0] = z, 1
        assert fast(p, X, y) == pytest.approx(without, rel=1e-13)


def test_bits_depend_on_no_memory_that_is_not_set():
    """Kernels read 8 doubles at a time, also beyond a vector's end. glibc fills what it allocates."""
    found = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "MALLOC_PERTURB_": fill},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for fill in ("0", "1", "128")  # the last: 1.4e306, whose products overflow
    }
    assert len(found) == 1
    assert found != {""}


def test_bits_of_many_parts_depend_on_no_thread():
    """So many examples that each thread has some parts."""
    X, y = examples(150_001)
    fast = mg.compile(mg.mean_over(LOSSES["logistic"][1], "x", "y"))
    value, slopes = fast.value_and_grad(LINE, X, y, threads=1)
    z = X @ W + 0.25
    by_hand = np.mean(np.logaddexp(0, z) - y * z), X.T @ (1 / (1 + np.exp(-z)) - y) / len(y)
    same([value, slopes["w"]][0], by_hand[0])
    same(slopes["w"], by_hand[1])
    for threads in (2, 7):
        again, others = fast.value_and_grad(LINE, X, y, threads=threads)
        assert again == value
        assert np.array_equal(numbers(others), numbers(slopes))


LAYOUTS = {
    "row-major": lambda X: X,
    "column-major": np.asfortranarray,
    "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "every other column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "rows reversed": lambda X: X[::-1].copy()[::-1],
    "columns reversed": lambda X: X[:, ::-1].copy()[:, ::-1],
    "one row again and again": lambda X: np.broadcast_to(X[0], X.shape),
    "one column again and again": lambda X: np.broadcast_to(X[:, :1], X.shape),
    "big endian": lambda X: X.astype(">f8"),
    "unaligned": lambda X: np.frombuffer(b"\0" + X.tobytes(), "u1")[1:].view(float).reshape(X.shape),
    "read-only": lambda X: np.frombuffer(X.tobytes()).reshape(X.shape),
    "a record's field": lambda X: np.rec.fromarrays([X, X])["f0"],
    "longdouble": lambda X: X.astype(np.longdouble),
    "lists": lambda X: X.tolist(),
    "a DataFrame": pd.DataFrame,
    "float32": lambda X: X.astype(np.float32),
    "float32, columns": lambda X: np.asfortranarray(X.astype(np.float32)),
    "float16": lambda X: X.astype(np.float16),
    "bool": lambda X: X > 0,
    **{kind: (lambda X, kind=kind: (9 * X).astype(kind)) for kind in "bhilq"},
    **{kind: (lambda X, kind=kind: np.abs(9 * X).astype(kind)) for kind in "BHILQ"},
}  # fmt: skip


@pytest.mark.parametrize("backend", ["auto", "numpy"])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_examples_of_any_layout_and_kind_have_their_numbers(layout, backend):
    X, y = examples(65)
    given = layout(X)
    plain = np.ascontiguousarray(np.asarray(given).astype(float))
    fast = mg.compile(mg.mean_over(LOSSES["squared"][1], "x", "y"), backend=backend)
    value, slopes = fast.value_and_grad(LINE, given, y)
    e = plain @ W + 0.25 - y
    same(value, np.mean(e**2), rtol=1e-13)
    same(slopes["w"], 2 * plain.T @ e / 65, rtol=1e-12, atol=1e-13 * np.abs(plain).max() ** 2)


@pytest.mark.parametrize("kind", "?bBhHiIlLqQefd")
def test_labels_of_any_kind_have_their_numbers(kind):
    X, y = examples(65)
    fast = mg.compile(mg.mean_over(LOSSES["logistic"][1], "x", "y"))
    truth = fast.value_and_grad(LINE, X, y)
    for labels in (y.astype(kind), np.repeat(y, 3).astype(kind)[::3], y[::-1].astype(kind)[::-1]):
        value, slopes = fast.value_and_grad(LINE, X, labels)
        assert value == truth[0]
        assert np.array_equal(numbers(slopes), numbers(truth[1]))


@pytest.mark.parametrize("m", SIZES)
@pytest.mark.parametrize("d", [1, 2, 7, 8, 9, 17, 64])
def test_any_number_of_examples_and_of_features(m, d):
    """Whole numbers: so every order of the additions gives the same bits."""
    rng = np.random.default_rng(m * d)
    X, y, w = rng.integers(-4, 5, (m, d)), rng.integers(-4, 5, m), rng.integers(-4, 5, d)
    e = X @ w - y
    fast = mg.compile(mg.mean_over(lambda w, x, y: (mg.dot(w, x) - y) ** 2, "x", "y"))
    for array in (X, X.astype(float), np.asfortranarray(X.astype(float)), X.astype(np.float32)):
        value, slope = fast.value_and_grad(w.astype(float), array, y)
        assert value == float(np.sum(e**2)) / m
        np.testing.assert_array_equal(slope, (2.0 * (X.T @ e)) / m)


def test_examples_may_be_matrices():
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(33, K, D)), rng.normal(size=33)
    cost = mg.mean_over(lambda p, x, y: (mg.dot(p["u"], x @ p["w"]) - y) ** 2, "x", "y")
    e = np.einsum("mkd,k,d->m", X, MATRIX["u"], W) - y
    for array in (X, np.asfortranarray(X), X[:, ::-1].copy()[:, ::-1], X.astype(np.float32)):
        exact = e if array.dtype == float else np.einsum(
            "mkd,k,d->m", array.astype(float), MATRIX["u"], W) - y  # fmt: skip
        value, slopes = mg.compile(cost).value_and_grad(MATRIX, array, y)
        same(value, np.mean(exact**2))
        same(slopes["u"], 2 * np.einsum("m,mkd,d->k", exact, array.astype(float), W) / 33)
        same(slopes["w"], 2 * np.einsum("m,mkd,k->d", exact, array.astype(float), MATRIX["u"]) / 33)


WILD = [math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324, -0.0]


@every_loss
@given(data=st.data())
def test_infinities_and_nan_are_numpys_and_reach_the_mean(name, data):
    p, loss = LOSSES[name]
    X, y = examples(9, seed=2)
    at = data.draw(st.integers(0, 8)), data.draw(st.integers(0, D - 1))
    X[at] = data.draw(st.sampled_from(WILD))
    cost = mg.mean_over(loss, "x", "y")
    fast, slow = mg.compile(cost), mg.compile(cost, backend="numpy")
    single = []
    for i in range(9):
        found, truth = (f.value_and_grad(p, X[i : i + 1], y[i : i + 1]) for f in (fast, slow))
        near(found[0], truth[0])
        near(found[1], truth[1])
        single.append([found[0], *numbers(found[1])])
    value, slopes = fast.value_and_grad(p, X, y)
    with np.errstate(all="ignore"):
        near([value, *numbers(slopes)], sum(np.array(single)) / 9)


def near(found, truth):
    """Whether numbers agree: infinities and NaN are the same, and the rest is near the largest."""
    xs, ys = numbers(found), numbers(truth)
    largest = max([1.0, *np.abs(ys[np.isfinite(ys)])])
    np.testing.assert_allclose(xs, ys, rtol=1e-11, atol=1e-11 * largest)


def test_a_label_chooses_a_number_by_a_comparison():
    def loss(W, x, y):
        z = W @ x
        return mg.logsumexp(z) - mg.dot(z, np.arange(H) == y)

    X, y = examples(9)
    fast = mg.compile(mg.mean_over(loss, "x", "y"))
    z = X @ NETWORK["W"].T
    truth = np.log(np.exp(z).sum(axis=1)) - z[np.arange(9), y]
    same(fast(NETWORK["W"], X, y), truth.mean(), rtol=1e-14)
    with pytest.raises(TypeError, match=r"write mg\.dot\(x, np\.arange\(k\) == n\)"):
        mg.compile(mg.mean_over(lambda w, x: w[x], "x"))(W, y)


def test_no_example_is_refused():
    fast = mg.compile(mg.mean_over(LOSSES["squared"][1], "x", "y"))
    with pytest.raises(ValueError, match="hold no example"):
        fast(LINE, np.empty((0, D)), [])


def test_a_row_of_python_code_runs_by_numpy_and_says_so():
    X, y = examples(65)
    rules = {"value": lambda z: z * z, "partials": lambda xp, y, z: (2 * z,)}
    with planted(**rules) as squared:
        fast = mg.compile(mg.mean_over(lambda p, x, y: squared(line(p, x) - y), "x", "y"))
        value, slopes = fast.value_and_grad(LINE, X, y)
        e = X @ W + 0.25 - y
        same(value, np.mean(e**2))
        same(slopes["w"], 2 * X.T @ e / 65)
        assert "Python code" in fast.backend


@pytest.mark.skipif(extension()[0] is None, reason=extension()[1])
@every_loss
def test_the_kernels_run_each_of_these_losses(name):
    p, loss = LOSSES[name]
    fast = mg.compile(mg.mean_over(loss, "x", "y"))
    fast.value_and_grad(p, *examples(9))
    assert fast.backend.startswith("kernels"), fast.backend

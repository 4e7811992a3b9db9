"""Arrays of Values: NumPy computes with them, and a small network is made of them."""

import math

import numpy as np
import pytest

import micrograph as mg
from micrograph import Value


def test_arrays_of_values():
    w = np.array([Value(1.0, "w1"), Value(2.0, "w2")])
    total = (w * np.array([3.0, 4.0])).sum() + w @ w + np.exp(w).sum() + np.array(2.0) * w[0]
    assert total.data == pytest.approx(11 + 5 + math.exp(1) + math.exp(2) + 2)
    total.backward()
    assert w[0].grad == pytest.approx(3 + 2 + math.exp(1) + 2)
    assert isinstance(w[0] * np.array([1.0, 2.0]), np.ndarray)
    assert np.tanh(w)[0].op is mg.tanh
    mg.zero_grad(w)
    assert w[0].grad == 0


def test_numpy_finds_its_functions_on_arrays_of_values():
    x = np.array([1.26, 2.5, 4.0])
    w = mg.values(x)
    for f in (np.var, np.std, np.mean, np.rint, np.round, lambda x: np.round(x, 1),
              lambda x: np.hypot(x, 3 - x)):  # fmt: skip
        found = [v.data for v in np.ravel(f(w))]
        assert found == pytest.approx(np.ravel(f(x)), rel=1e-15)
    assert Value(3.0).hypot(4.0).data == 5.0
    assert Value(2.6).round().data == 3.0
    assert mg.vjp(lambda x: np.where(x > 0, x, -x), 2.0)[1](1.0) == (1.0,)  # of shape ()


def test_vector_rows_are_one_node():
    x, y = Value(2.0, "x"), Value(3.0, "y")
    total = mg.sum([x, y, 1, x])
    assert total.data == 8.0
    assert (total.parents, total.partials) == ((x, y, x), (1.0, 1.0, 1.0))
    product = mg.dot([x, 2.0], [y, y])
    assert product.data == 12.0
    assert (product.parents, product.partials) == ((x, y, y), (3.0, 2.0, 2.0))


def test_an_array_of_named_leaves():
    w = mg.values([0.5, -1], "w")
    assert [(v.data, v.name) for v in w] == [(0.5, "w1"), (-1.0, "w2")]
    X = mg.values(np.ones((2, 3)), "X")
    assert (X.shape, X[1, 2].name) == ((2, 3), "X2_3")
    assert (np.ones((2, 2)) @ w).shape == (2,)
    assert mg.values(3.0).item().name is None


def moons(n, rng):
    """Two interleaving half circles, n points each, labelled −1 and 1."""
    t = rng.uniform(0, np.pi, n)
    upper = np.c_[np.cos(t), np.sin(t)]
    lower = np.c_[1 - np.cos(t), 0.5 - np.sin(t)]
    return np.r_[upper, lower] + rng.normal(0, 0.1, (2 * n, 2)), np.r_[-np.ones(n), np.ones(n)]


def test_a_small_network_learns_two_moons():
    """micrograd's demo: a multi-layer perceptron of Values, with a margin loss."""
    rng = np.random.default_rng(1)
    X, y = moons(20, rng)
    layers = [(mg.values(rng.uniform(-1, 1, (i, o)), "w"), mg.values(np.zeros(o), "b"))
              for i, o in ((2, 8), (8, 8), (8, 1))]  # fmt: skip
    parameters = [p for w, b in layers for p in (*w.flat, *b)]

    def score(x):
        for k, (w, b) in enumerate(layers):
            x = [mg.dot(x, column) + bias for column, bias in zip(w.T, b, strict=True)]
            x = x if k == 2 else [v.relu() for v in x]
        return x[0]

    for step in range(40):
        mg.zero_grad(parameters)
        scores = [score(x) for x in X]
        losses = [(1 - target * s).relu() for target, s in zip(y, scores, strict=True)]
        cost = mg.mean(losses) + 1e-4 * mg.sum([p * p for p in parameters])
        cost.backward()
        for p in parameters:
            p.data -= (1 - 0.02 * step) * p.grad
    right = sum((s.data > 0) == (target > 0) for s, target in zip(scores, y, strict=True))
    assert right >= 38

"""mg.trace with branches="guard": a graph for each path, and questions that are asked again."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Value

A = np.array([0.25, -1.5, 2.0, -0.125, 0.75, -3.0])


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12 * a:
        x = (x + a / x) / 2
    return x


def payoff(s, k):
    if s > k:
        return mg.log(s / k) if s < 2 * k else (s - k) ** 2
    return k * 0.0 if s < 0 else (k - s) ** 1.5


@given(st.floats(-5, 5), st.floats(0.5, 2))
def test_guarded_branches_are_those_of_the_numbers(s, k):
    graph = mg.trace(payoff, 1.0, 2.0, branches="guard")
    assert graph(s, k) == payoff(Value(s), Value(k)).data
    assert graph(2.5, 1.0) == payoff(Value(2.5), Value(1.0)).data
    slopes = graph.gradient()
    assert slopes(s, k) == pytest.approx(mg.grad(payoff, (0, 1))(s, k), rel=1e-14)
    assert slopes(2.5, 1.0) == pytest.approx((3.0, -3.0), rel=1e-14)
    assert len(graph.paths) <= 3


def test_a_loop_that_ends_by_a_number_is_traced_for_each_length():
    root = mg.trace(newton, 2.0, branches="guard")
    for a in (2.0, 9.0, 1e6, 0.01, 2.0):
        assert root(a) == pytest.approx(math.sqrt(a), rel=1e-12)
        assert root.gradient()(a) == pytest.approx(0.5 / math.sqrt(a), rel=1e-6)
    assert root(Value(9.0)).data == 3.0
    assert 3 <= len(root.paths) <= 5
    assert repr(root).startswith("Guarded(Graph(a →")


def test_paths_that_were_not_met_for_long_are_forgotten():
    count = mg.trace(lambda x: sum(x for i in range(200) if x > i), 0.5, branches="guard")
    for x in range(100):
        assert count(x + 0.5) == (x + 1) * (x + 0.5)
    assert len(count.paths) == 64


def test_questions_that_are_undefined_on_other_paths_are_not_asked_there():
    f = lambda x: (1.0 if mg.log(x) > 0 else 0.5) * x if x > 0 else -x
    graph = mg.trace(f, 2.0, branches="guard")
    assert [graph(x) for x in (3.0, -1.0, 0.5, 0.0)] == [3.0, 1.0, 0.25, 0.0]


def test_masks_are_guarded_too():
    graph = mg.trace(lambda x: np.sum(x[x > 0] ** 2), A, branches="guard")
    for x in (A, -A, np.abs(A)):
        assert graph(x.tolist()) == pytest.approx(np.sum(x[x > 0] ** 2), rel=1e-14)


def test_a_guarded_function_and_its_gradients_pickle():
    graph = mg.trace(payoff, 3.0, 2.0, branches="guard")
    second = graph.gradient("s").gradient("s")
    for f in (graph, graph.gradient(), second):
        found = pickle.loads(pickle.dumps(f))
        for s in (-1.0, 1.0, 3.0, 5.0):  # of which two take paths that were not met
            assert found(s, 2.0) == f(s, 2.0)
    assert second(5.0, 2.0) == 2.0

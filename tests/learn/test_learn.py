"""Logistic regression: the nodes of the notes, descent, and fits that others published."""

import copy
import csv
import math
import pickle
import warnings
from functools import partial
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression as Sklearn
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import micrograph as mg
from micrograph import DomainError, Value
from micrograph.learn import (
    ConvergenceWarning,
    LogisticRegression,
    SeparationWarning,
    accumulate,
    cost,
    cross_entropy,
    example,
    gradient_descent,
    logistic_loss,
    squared_loss,
)
from micrograph.namespaces.text import computed

ORINGS = [
    (53, 1), (57, 1), (58, 1), (63, 1), (66, 0), (67, 0), (67, 0), (67, 0), (68, 0), (69, 0),
    (70, 0), (70, 1), (70, 1), (70, 0), (72, 0), (73, 0), (75, 0), (75, 1), (76, 0), (76, 0),
    (78, 0), (79, 0), (81, 0),
]  # fmt: skip
"""°F and incident, 23 flights: Dalal, Fowlkes & Hoadley, JASA 84 (1989), p. 945."""
TEMPERATURE = np.array([[t] for t, _ in ORINGS], float)
INCIDENT = np.array([y for _, y in ORINGS])

numbers = st.floats(-5, 5)
labels = st.integers(0, 1)


# From the nodes


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4), labels, numbers)
def test_grads_are_what_the_notes_call_da_dz_dw_db(pairs, y, b):
    x = [x for x, _ in pairs]
    w = [Value(v, f"w{i + 1}") for i, (_, v) in enumerate(pairs)]
    b = Value(b, "b")
    z = math.fsum(x_i * v.data for x_i, v in zip(x, w, strict=True)) + b.data
    assume(abs(z) < 30)  # beyond, a is rounded to 1: see saturation
    L = example(x, y, w, b)
    L.backward()
    a = mpmath.mpf(1) / (1 + mpmath.exp(-L.node("z").data))
    # 1 − a has lost what a was rounded by: why training takes the loss from z
    rounded = {"rel": 1e-15 + 2e-16 / float(min(a, 1 - a))}
    assert L.node("a").grad == pytest.approx(float(-y / a + (1 - y) / (1 - a)), **rounded)
    assert L.node("z").grad == pytest.approx(float(a - y), **rounded)
    from_z = mg.grad(lambda z: logistic_loss(z, y))(L.node("z").data)
    assert from_z == pytest.approx(float(a - y), rel=1e-15)
    dz = L.node("z").grad
    assert [v.grad for v in w] == [x_i * dz for x_i in x]
    assert b.grad == dz


def test_the_graph_of_an_example_is_the_figure_of_the_notes():
    """Five leaves, then z, a and L: what is given as a plain number is a leaf, too."""
    w1 = Value(0.5, "w1")
    L = example([1.0, -2], 1, [w1, 0.25], 0.125)
    L.backward()
    inner = [node for node in L.walk() if node.op]
    assert {node.name: node.data for node in L.leaves()} == {
        "w1": 0.5, "w2": 0.25, "b": 0.125, "x1": 1.0, "x2": -2.0
    }  # fmt: skip
    assert [(node.name, node.op) for node in inner] == [
        ("z", mg.dot), ("a", mg.sigmoid), ("L", mg.cross_entropy)
    ]  # fmt: skip
    assert len(L.walk()) == 8
    assert L.node("w1") is w1
    assert L.operands == (L.node("a"), 1.0)
    assert str(computed(L.node("z"))) == "w1·x1 + w2·x2 + b"


def test_leaves_of_one_feature_have_no_number_and_values_keep_their_names():
    assert {v.name for v in example([3.0], 0, [0.5], 1.0).leaves()} == {"x", "w", "b"}
    t, b = Value(31.0, "temperature"), Value(1.0)
    L = example([t], 0, [0.5], b)
    assert {v.name for v in L.leaves()} == {"temperature", "w", None}
    with pytest.raises(ValueError, match="example expects a weight for each feature, got 2 and 1"):
        example([1.0, 2.0], 1, [0.5], 0.0)


@given(st.lists(st.tuples(st.floats(-1e150, 1e150), st.floats(-1e150, 1e150)), min_size=1), numbers)
def test_a_bias_within_the_dot_product_changes_no_bit(pairs, b):
    """dot adds from left to right, and b·1 is b."""
    x, w = [x for x, _ in pairs], [w for _, w in pairs]
    assert mg.dot([*w, b], [*x, 1.0]) == mg.dot(w, x) + b
    leaves = [Value(v) for v in (*w, b)]
    z = mg.dot(leaves, [*x, 1.0])
    z.backward(0.1)
    assert z.data == mg.dot(w, x) + b
    assert [v.grad for v in leaves] == [*(0.1 * v for v in x), 0.1]


examples = st.lists(st.tuples(numbers, numbers, labels), min_size=1, max_size=6)


@given(examples, st.tuples(numbers, numbers, numbers))
def test_the_accumulators_and_the_whole_cost_agree(rows, parameters):
    X, y = [row[:2] for row in rows], [row[2] for row in rows]
    w, b = [Value(v) for v in parameters[:2]], Value(parameters[2])
    J = cost(X, y, w, b)
    J.backward()
    by_hand = accumulate(X, y, parameters[:2], parameters[2])
    # sums of terms up to 5: a few units in the last place of the largest
    near = {"rel": 1e-14, "abs": 1e-14}
    assert J.data == pytest.approx(by_hand[0], **near)
    assert [v.grad for v in w] == pytest.approx(by_hand[1], **near)
    assert b.grad == pytest.approx(by_hand[2], **near)


@given(st.floats(-700, 700), labels)
def test_the_loss_from_z_keeps_its_digits(z, y):
    with mpmath.workdps(700):
        exact = mpmath.log1p(mpmath.exp(-z if y else z))
    assert logistic_loss(z, y) == pytest.approx(float(exact), rel=1e-15)


def test_saturation_names_the_loss_that_does_not():
    for z, y in [(40.0, 0), (800.0, 1), (-800.0, 0)]:
        with pytest.raises(DomainError, match=r"undefined.* = .*logistic_loss\(z, y\)"):
            example([1.0], y, [Value(z, "w")], Value(0.0, "b"))
        assert math.isfinite(cost([[1.0]], [y], [Value(z)], Value(0.0)).data)


def test_the_squared_loss_is_not_convex_in_z():
    curvature = mg.grad(mg.grad(lambda z: squared_loss(mg.sigmoid(z), 1)))
    assert curvature(1.0) > 0 > curvature(-2.0)
    convex = mg.grad(mg.grad(lambda z: cross_entropy(mg.sigmoid(z), 1)))
    assert min(convex(1.0), convex(-2.0)) > 0


# Descent


def test_descent_takes_the_steps_of_the_notes():
    w, b = Value(0.0, "w"), Value(0.0, "b")
    X, y = (TEMPERATURE - 69.6) / 7, INCIDENT
    for _ in range(20):
        mg.zero_grad([w, b])
        cost(X, y, [w], b).backward()
        w.data -= 0.5 * w.grad
        b.data -= 0.5 * b.grad
    found = gradient_descent(lambda p: cost(X, y, p["w"], p["b"]), {"w": [0.0], "b": 0.0},
                             learning_rate=0.5, max_iter=20)  # fmt: skip
    assert found.x == {"w": [w.data], "b": b.data}
    assert (found.steps, found.converged) == (20, False)
    assert found.costs[0] == pytest.approx(math.log(2))
    assert sorted(found.costs, reverse=True) == found.costs


def test_descent_ends_where_the_slope_does_or_the_cost():
    found = gradient_descent(lambda w: (w - 3) ** 2, 0, learning_rate=0.5, tol=1e-12)
    assert (found.x, found.steps, found.converged) == (3.0, 1, True)
    with pytest.warns(ConvergenceWarning, match="no cost after .*the learning_rate 3 is too large"):
        found = gradient_descent(lambda w: w * w * w * w, 3.0, learning_rate=3.0)
    assert math.isfinite(found.x)
    assert math.isfinite(found.costs[-1])
    with pytest.warns(ConvergenceWarning, match="the learning_rate 10 is too large"):
        gradient_descent(lambda w: (w - 3) ** 2, 30.0, learning_rate=10.0)
    with pytest.warns(ConvergenceWarning, match="not converged after 5 steps"):
        gradient_descent(lambda w: (w - 3) ** 2, 30.0, learning_rate=0.01, max_iter=5, tol=1e-9)
    with pytest.raises(TypeError, match="no learning_rate is given"):
        gradient_descent(lambda w: w * w, 1.0)
    with pytest.raises(TypeError, match="no argument 'speed'"):
        gradient_descent(lambda w: w * w, 1.0, speed=1)
    for rate in (0, -1, math.nan, math.inf):
        with pytest.raises(ValueError, match="expected a learning_rate > 0"):
            gradient_descent(lambda w: w, 0.0, learning_rate=rate)


def one_loss(p, x, y):
    return logistic_loss(mg.dot(p["w"], x) + p["b"], y)


def test_descent_on_a_compiled_cost_takes_the_same_steps():
    many, start = mg.mean_over(one_loss, "x", "y"), {"w": [0.0], "b": 0.0}
    X, y = (TEMPERATURE - 69.6) / 7, INCIDENT
    costs = [partial(f, x=X, y=y) for f in (many, mg.compile(many))]
    slow, fast = [gradient_descent(f, start, learning_rate=0.5, max_iter=20) for f in costs]
    # 20 steps of 23 roundings, in another order, of numbers below 2
    assert fast.costs == pytest.approx(slow.costs, abs=1e-13)
    assert fast.x["w"] == pytest.approx(slow.x["w"], abs=1e-13)
    assert (type(fast.x["w"]), type(fast.x["b"])) == (list, float)
    pair = partial(mg.compile(lambda a, w: a * (w - 3) ** 2), 0.5)  # the descent is in w, not in a
    assert gradient_descent(pair, 0.0, learning_rate=1.0, tol=1e-9).x == 3.0


def test_a_batch_of_costs_is_no_cost():
    with pytest.raises(
        TypeError, match=r"^gradient_descent: the cost is array\(.*start from a list"
    ):
        gradient_descent(mg.compile(lambda w: w * w), np.ones(2), learning_rate=0.1)


# LogisticRegression


@pytest.mark.parametrize("solver", ["auto", "newton", "lbfgs", "descent"])
def test_the_flights_before_challenger(solver):
    """Dalal, Fowlkes & Hoadley 1989: 15.0429 − 0.2322 per °F; 0.9996 at 31 °F."""
    model = LogisticRegression(solver=solver).fit(TEMPERATURE, INCIDENT)
    assert model.intercept_[0] == pytest.approx(15.0429, abs=5e-5)
    assert model.coef_[0, 0] == pytest.approx(-0.2322, abs=5e-5)
    assert model.predict_proba([[31.0]])[0, 1] == pytest.approx(0.9996, abs=5e-5)
    errors = np.sqrt(np.diag(model.covariance_))
    assert errors == pytest.approx([7.3786, 0.1082], abs=5e-5)  # R's glm
    assert model.log_likelihood_ == pytest.approx(-20.315 / 2, abs=5e-4)  # its deviance
    assert model.costs_[0] == pytest.approx(math.log(2))
    assert model.costs_[-1] == pytest.approx(-model.log_likelihood_ / 23)


def solves_the_likelihood_equations(model, X, y):
    """By mpmath: Newton's next step from here is nothing, to eight digits."""
    A = mpmath.matrix([[1, *map(mpmath.mpf, row)] for row in X.tolist()])
    theta = mpmath.matrix([model.intercept_[0], *model.coef_[0].tolist()])
    p = (A * theta).apply(lambda z: 1 / (1 + mpmath.exp(-z)))
    slope = A.T * (p - mpmath.matrix(np.asarray(y, float).tolist()))
    weights = mpmath.diag([q * (1 - q) for q in p])
    step = mpmath.lu_solve(A.T * weights * A, slope)
    errors = np.sqrt(np.diag(model.covariance_)).tolist()
    return all(abs(s) < 1e-8 * (abs(t) + e) for s, t, e in zip(step, theta, errors, strict=True))


@settings(max_examples=10)  # 15 digits of a 30-row fit are slow
@given(st.integers(0, 10**6), st.integers(1, 4), st.sampled_from([1e-100, 1e-6, 1.0, 1e6, 1e100]))
def test_a_fit_solves_the_likelihood_equations(seed, n, unit):
    random = np.random.default_rng(seed)
    X = random.normal(1, 1, (30, n)) * unit
    y = random.random(30) < 0.5
    assume(len(set(y)) == 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("ignore", SeparationWarning)
        model = LogisticRegression().fit(X, y)
    assume(np.abs(model.decision_function(X)).max() < 8)  # not separated
    with mpmath.workdps(300):  # the units squared span 200
        assert solves_the_likelihood_equations(model, X, y)


CANCER = load_breast_cancer()


@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
def test_a_penalised_fit_is_scikit_learns(solver):
    X, y = CANCER.data[:, :6], CANCER.target
    ours = LogisticRegression(penalty="l2", C=0.3, solver=solver).fit(X, y)
    theirs = Sklearn(C=0.3, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(X, y)
    assert ours.coef_ == pytest.approx(theirs.coef_, rel=1e-5)
    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-6)


def test_ten_thousand_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10_000, 20)) * 10.0 ** rng.integers(-5, 6, 20) + 100
    y = rng.random(10_000) < mg.sigmoid((X - X.mean(0)) @ (rng.normal(size=20) / X.std(0)))
    newton, other = (LogisticRegression(solver=s).fit(X, y) for s in ("newton", "lbfgs"))
    assert newton.coef_ == pytest.approx(other.coef_, rel=1e-6)
    assert newton.n_iter_[0] < 15


def test_near_collinear_columns():
    """Whose Hessian, the square of the problem, has no digits left."""
    random = np.random.default_rng(0)
    x, e = random.normal(size=200), random.normal(size=200)
    y = random.random(200) < 1 / (1 + np.exp(-x))
    for apart in (1e-3, 1e-6):
        X = np.column_stack([x, x + apart * e])
        with mpmath.workdps(60):
            assert solves_the_likelihood_equations(LogisticRegression().fit(X, y), X, y)


@pytest.mark.parametrize("far", [1e2, 1e6, 1e9, 1e12])
def test_a_far_outlier_is_no_separation(far):
    """It is predicted with certainty; the rest is fitted as if it were not there."""
    x, y = [*range(10), far], [0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1]
    model = LogisticRegression().fit(np.reshape(x, (-1, 1)), y)
    alone = LogisticRegression().fit(np.reshape(x[:10], (-1, 1)), y[:10])
    # standardised, the ten differ by 1/far, of 16 digits, and the unit by a rounding of far
    assert model.coef_ == pytest.approx(alone.coef_, rel=1e-8 + 2e-13 * far)


def test_separation_is_found_however_loose_the_fit():
    X = np.arange(10.0)[:, None]
    loose = [{"tol": 1e-2}, {"solver": "lbfgs", "tol": 1e-4}, {"solver": "descent", "max_iter": 50}]
    for how in loose:
        with pytest.warns(SeparationWarning):
            model = LogisticRegression(**how).fit(X, X[:, 0] > 4)
        assert np.isnan(model.covariance_).all()


@pytest.mark.parametrize(
    ("x", "y", "how"),
    [([1, 2, 3, 4], [0, 0, 1, 1], "perfectly"), ([1, 2, 2, 4], [0, 0, 1, 1], "quasi")],
)
def test_separation_is_found_and_its_cure_named(x, y, how):
    X = np.reshape(x, (-1, 1))
    with pytest.warns(SeparationWarning, match=rf"{how}.*penalty=.l2"):
        LogisticRegression().fit(X, y)
    assert math.isfinite(LogisticRegression(penalty="l2").fit(X, y).coef_[0, 0])


def test_constant_and_collinear_columns():
    X = np.column_stack([TEMPERATURE, np.full(23, 7.0)])
    with pytest.warns(UserWarning, match="x2 is constant, 7: its coefficient is 0"):
        model = LogisticRegression().fit(X, INCIDENT)
    assert model.coef_[0] == pytest.approx([-0.2322, 0.0], abs=5e-5)
    assert np.isnan(model.covariance_).tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 1]]
    with pytest.warns(UserWarning, match="collinear"):
        model = LogisticRegression().fit(np.column_stack([TEMPERATURE, 3 * TEMPERATURE]), INCIDENT)
    assert model.predict_proba([[31.0, 93.0]])[0, 1] == pytest.approx(0.9996, abs=5e-5)
    assert np.isnan(model.covariance_).tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 1]]
    assert model.coef_[0] == pytest.approx([-0.2322, 0.0], abs=5e-5)
    again = LogisticRegression.from_json(model.to_json())
    assert np.isnan(again.covariance_).tolist() == np.isnan(model.covariance_).tolist()
    assert "NaN" not in model.to_json()


def test_too_few_iterations_warn():
    with pytest.warns(ConvergenceWarning, match=r"not converged after 3 iterations.*max_iter"):
        LogisticRegression(solver="descent", max_iter=3).fit(TEMPERATURE, INCIDENT)


@pytest.mark.parametrize("kinds", [("ok", "failed"), (False, True), (-1, 1), ("", " ")])
def test_labels_of_any_two_kinds(kinds):
    y = [kinds[i] for i in INCIDENT]
    model = LogisticRegression().fit(TEMPERATURE, y)
    assert model.classes_.tolist() == sorted(kinds)
    assert set(model.predict(TEMPERATURE).tolist()) == set(kinds)
    assert model.score(TEMPERATURE, y) == pytest.approx(20 / 23)
    again = LogisticRegression.from_json(model.to_json())
    assert again.predict(TEMPERATURE).tolist() == model.predict(TEMPERATURE).tolist()


@pytest.mark.parametrize(
    ("X", "y", "text"),
    [
        ([1.0, 2.0], [0, 1], "Expected 2D array, got 1D array"),
        ([], [], "Expected 2D array, got 1D array"),
        ([[1], [2, 3]], [0, 1], "inhomogeneous"),
        (None, [0, 1], "Expected 2D array, got scalar"),
        (np.zeros((0, 2)), [], "0 sample"),
        ([[1], [2]], [0, 0], "at least two kinds of labels, got 1 class: 0"),
        (np.eye(9), np.linspace(0, 1, 9), "Unknown label type: continuous"),
        (np.ma.array([[1.0], [2.0]], mask=[[0], [1]]), [0, 1], r"X\[1, 0\] is NaN;"),
        ([[1], [2]], np.ma.array([0, 1], mask=[0, 1]), "masked labels"),
        ([[1], [2]], None, "y should be a 1d array of labels, got None"),
        ([[1], [None]], [0, 1], r"X\[1, 0\] is NaN;"),
        ([[1], [math.nan]], [0, 1], r"X\[1, 0\] is NaN;"),
        ([[1], [-math.inf]], [0, 1], r"X\[1, 0\] is -inf"),
        ([["1"], ["cold"]], [0, 1], "not compatible with arrays of bytes/strings"),
        ([[1j], [2]], [0, 1], "Complex data not supported"),
        ([[10**400], [2]], [0, 1], "X should contain numbers"),
        ([[1], [2], [3]], [0, 1], "3 examples, y has 2 labels"),
        ([[1], [2]], [None, 1], "missing labels"),
        ([[1], [2]], [math.nan, 1.0], "missing labels"),
    ],
)
def test_bad_data_gets_one_sentence(X, y, text):
    with pytest.raises(ValueError, match=text):
        LogisticRegression().fit(X, y)


@pytest.mark.parametrize(
    "setting",
    [
        {"penalty": "l1"},
        {"C": 0},
        {"C": -1.0},
        {"solver": "sgd"},
        {"learning_rate": 0},
        {"max_iter": 0},
        {"C": "1"},
        {"tol": None},
        {"max_iter": 1.5},
    ],
)
def test_bad_settings_get_one_sentence(setting):
    (name,) = setting
    with pytest.raises(ValueError, match=f"{name}=.*expected"):
        LogisticRegression(**setting).fit(TEMPERATURE, INCIDENT)


def test_before_fit_and_with_other_features():
    with pytest.raises(ValueError, match="not fitted"):
        LogisticRegression().predict(TEMPERATURE)
    with pytest.raises(ValueError, match=r"X has 2 features.* expecting 1 features"):
        LogisticRegression().fit(TEMPERATURE, INCIDENT).predict([[1.0, 2.0]])
    for text in ("[]", "{}", "nonsense", '{"settings": {"a": 1}, "fitted": {}}',
                 '{"settings": {}, "fitted": {"fit": 1}}'):  # fmt: skip
        with pytest.raises(ValueError, match="not a model that to_json wrote"):
            LogisticRegression.from_json(text)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        LogisticRegression().fit(TEMPERATURE, INCIDENT).score([[1.0]], [0, 1])
    with pytest.raises(ValueError, match="Invalid parameter 'alpha'"):
        LogisticRegression().set_params(alpha=1)


def test_it_serves_where_scikit_learns_do():
    model = LogisticRegression(penalty="l2", C=2.0)
    assert clone(model).get_params() == model.get_params()
    assert repr(model) == "LogisticRegression(C=2.0, penalty='l2')"
    X, y = CANCER.data[:, :4], CANCER.target
    assert cross_val_score(make_pipeline(StandardScaler(), model), X, y, cv=3).min() > 0.85


@pytest.mark.filterwarnings("ignore")  # of the data that it makes up
@pytest.mark.parametrize("settings", [{}, {"penalty": "l2"}])
def test_scikit_learns_own_checks_pass(settings):
    check_estimator(LogisticRegression(**settings), on_skip=None)


def test_columns_in_another_order_are_refused():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"t": TEMPERATURE[:, 0], "u": TEMPERATURE[:, 0] ** 2})
    model = LogisticRegression().fit(X, INCIDENT)
    assert model.predict(X).shape == (23,)
    assert model.names_ == ["t", "u"]
    with pytest.raises(ValueError, match="must be in the same order"):
        model.predict(X[["u", "t"]])


def test_copies_give_the_same_predictions():
    model = LogisticRegression().fit(TEMPERATURE, INCIDENT, feature_names=["temperature"])
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model),
                 LogisticRegression.from_json(model.to_json())):  # fmt: skip
        assert twin.predict_proba(TEMPERATURE).tolist() == model.predict_proba(TEMPERATURE).tolist()
        assert twin.names_ == ["temperature"]
        assert twin.summary().to_dict() == model.summary().to_dict()


def test_the_nodes_of_one_example(tmp_path):
    model = LogisticRegression().fit(TEMPERATURE, INCIDENT, feature_names=["temperature"])
    a = model.loss_of([31.0])
    assert a.data == pytest.approx(0.9996, abs=5e-5)
    L = model.loss_of([53.0], 1)
    assert L.node("z").grad == pytest.approx(L.node("a").data - 1, abs=4e-16)
    assert {"temperature", "w_temperature", "b", "z", "a", "L"} == {v.name for v in L.walk()}
    assert len(L.walk()) == 6
    assert model.graph([31.0])() == pytest.approx(a.data)
    model.draw([53.0], 1, tmp_path / "graph.svg")
    assert "w_temperature" in (tmp_path / "graph.svg").read_text(encoding="utf-8")
    certain = model.loss_of([-100.0], 0)  # where a is rounded to 1
    assert certain.data == pytest.approx(15.0429 + 23.216, abs=1e-3)
    assert model.loss_of([-100.0]).data == 1.0
    clash = LogisticRegression().fit(TEMPERATURE, INCIDENT, feature_names=["a"])
    assert clash.graph([31.0])(x_a=31.0) == pytest.approx(a.data)
    with pytest.raises(ValueError, match="label 'no': expected one of"):
        model.draw([53.0], "no")
    with pytest.raises(
        ValueError, match=r"expected the features of one example, got shape \(1, 1\)"
    ):
        model.draw(np.array([[53.0]]))


def test_the_file_holds_the_published_flights():
    with (Path(__file__).parents[2] / "docs/data/orings.csv").open(encoding="utf-8") as file:
        rows = [(int(t), int(y)) for t, y in list(csv.reader(file))[1:]]
    assert rows == ORINGS


def test_old_names_go_on_working_for_a_release():
    with pytest.warns(DeprecationWarning, match="rate is called learning_rate now"):
        old = gradient_descent(lambda w: (w - 3) ** 2, 0.0, rate=0.25, max_iter=3)
    with pytest.warns(DeprecationWarning, match="steps is called max_iter now"):
        assert gradient_descent(lambda w: (w - 3) ** 2, 0.0, learning_rate=0.25, steps=3) == old
    with pytest.warns(DeprecationWarning, match="rate is called learning_rate now"):
        assert LogisticRegression(rate=0.5).get_params()["learning_rate"] == 0.5
    with pytest.raises(TypeError, match="no argument 'alpha'"):
        LogisticRegression(alpha=0.5)

"""What collinear or separated data determine is estimated; what they do not is named."""

import warnings

import numpy as np
import pytest

from micrograph.learn import LogisticRegression, SeparationWarning

random = np.random.default_rng(5)
X = random.normal(size=(80, 3))
Y = (X.sum(axis=1) + random.logistic(size=80) > 0).astype(int)


def quietly(X, y, **how):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        return LogisticRegression().fit(X, y, **how), [str(one.message) for one in said]


@pytest.mark.parametrize(
    ("copy", "said"),
    [
        (3 * X[:, 0], "d is collinear, a combination of a: its"),
        (X[:, 0] - X[:, 2] + 7, "d is collinear, a combination of a, c: its"),
    ],
)
def test_a_combination_is_left_out_and_the_rest_is_as_without_it(copy, said):
    model, messages = quietly(np.column_stack([X, copy]), Y, feature_names=list("abcd"))
    assert len(messages) == 1
    assert messages[0] == f"{said} coefficient is 0"
    alone = LogisticRegression().fit(X, Y)
    assert model.coef_[0] == pytest.approx([*alone.coef_[0], 0.0], rel=1e-12)
    assert model.standard_errors_[0, :4] == pytest.approx(alone.standard_errors_[0], rel=1e-10)
    assert np.isnan(model.standard_errors_[0, 4])
    facts = model.summary().to_dict()
    assert facts["standard_errors"]["d"] is None
    assert facts["aic"] == pytest.approx(alone.summary().to_dict()["aic"])  # four parameters
    assert facts["warnings"] == messages


def test_many_combinations_are_one_warning():
    model, (said,) = quietly(np.column_stack([X, X + 1, 2 * X]), Y)
    assert said.startswith("x4, x5, x6, x7, x8, x9 are collinear")
    assert model.coef_[0, 3:].tolist() == [0.0] * 6


def test_all_indicators_of_the_levels_beside_an_intercept():
    level = np.arange(80) % 3
    every = np.eye(3)[level]
    model, (said,) = quietly(every, Y, feature_names=["l0", "l1", "l2"])
    assert said == "l2 is collinear, a combination of l0, l1: its coefficient is 0"
    shares = [Y[level == i].mean() for i in range(3)]
    assert model.predict_proba(np.eye(3))[:, 1] == pytest.approx(shares, rel=1e-9)
    free = LogisticRegression(fit_intercept=False).fit(every, Y)  # determines all three
    assert free.predict_proba(np.eye(3))[:, 1] == pytest.approx(shares, rel=1e-9)
    assert np.isfinite(free.standard_errors_[0, 1:]).all()
    assert "intercept" not in free.summary().to_dict()["coefficients"]


def test_columns_are_named_where_they_are_nearly_collinear():
    near = X[:, 1] + 1e-10 * random.normal(size=80)
    _, (said,) = quietly(np.column_stack([X, near]), Y, feature_names=list("abcd"))
    assert said.startswith("b, d are nearly collinear, with condition ")
    _, none = quietly(np.column_stack([X, X[:, 1] + 1e-8 * random.normal(size=80)]), Y)
    assert none == []


def test_of_quasi_separated_data_the_finite_coefficients_are_estimated():
    """A level all of whose labels are 1 tells nothing of the others, as if it were not there."""
    level = (np.arange(80) % 5 == 0).astype(float)
    y = np.where(level == 1, 1, Y)
    model, (said,) = quietly(np.column_stack([X, level]), y, feature_names=list("abcd"))
    assert said.startswith("the classes are quasi-completely separated by d: the likeliest")
    rest = LogisticRegression().fit(X[level == 0], y[level == 0])
    # the examples of that level, predicted with certainty, count for some 1e-10
    assert model.coef_[0, :3] == pytest.approx(rest.coef_[0], rel=1e-7)
    assert model.standard_errors_[0, :4] == pytest.approx(rest.standard_errors_[0], rel=1e-7)
    assert np.isnan(model.standard_errors_[0, 4])
    assert model.log_likelihood_ == pytest.approx(rest.log_likelihood_, rel=1e-7)
    facts = model.summary().to_dict()
    assert not facts["converged"]
    assert facts["likelihood_ratio"]["df"] == 4  # as R counts: also those that are infinite


def test_the_intercept_is_at_fault_where_the_base_level_is_separated():
    level = np.arange(80) % 4
    y = np.where(level == 0, 0, Y)
    model, (said,) = quietly(np.eye(4)[level][:, 1:], y)
    assert "separated by the intercept, x1, x2, x3:" in said
    assert np.isnan(model.standard_errors_).all()
    # the differences between the other levels are finite
    shares = [y[level == i].mean() for i in range(1, 4)]
    expected = np.log(np.divide(shares, np.subtract(1, shares)))
    assert np.diff(model.coef_[0]) == pytest.approx(np.diff(expected), rel=1e-6)


def test_a_class_that_is_separated_from_two_others():
    """Their difference is finite, and that of the class is not."""
    kinds = np.where(np.arange(80) % 4 == 0, "far", np.where(Y == 1, "one", "other"))
    data = np.column_stack([X[:, 0], np.where(kinds == "far", 100.0, 0.0) + X[:, 1]])
    model, (said,) = quietly(data, kinds)
    assert "separated" in said
    assert np.all(model.predict(data[kinds == "far"]) == "far")
    near = kinds != "far"
    two = LogisticRegression().fit(data[near], kinds[near])
    assert np.diff(model.coef_[1:], axis=0)[0] == pytest.approx(two.coef_[0], rel=1e-5)


def test_three_classes_that_are_perfectly_separated():
    x = np.arange(9.0)[:, None]
    with pytest.warns(SeparationWarning, match="perfectly separated"):
        model = LogisticRegression().fit(x, np.repeat(["a", "b", "c"], 3))
    assert model.score(x, np.repeat(["a", "b", "c"], 3)) == 1.0
    assert np.isnan(model.standard_errors_).all()


def test_only_constant_columns_leave_the_share_of_the_labels():
    model, said = quietly(np.ones((4, 2)), [0, 1, 1, 1])
    assert len(said) == 2
    assert model.predict_proba([[1, 1]])[0, 1] == pytest.approx(0.75)
    none = LogisticRegression(fit_intercept=False)
    with pytest.warns(UserWarning, match="x1 is constant, 0"):
        none.fit(np.zeros((4, 1)), [0, 1, 1, 1])
    assert none.predict_proba([[0]])[0].tolist() == [0.5, 0.5]


@pytest.mark.parametrize("seed", range(20))
def test_a_column_shifted_by_1e_12_leaves_the_errors_of_the_other_as_they_are(seed):
    random = np.random.default_rng(seed)
    a = random.normal(size=60) * 10.0 ** random.integers(-2, 3)
    y = (a / np.abs(a).max() + random.logistic(size=60) / 3 > 0).astype(int)
    with pytest.warns(UserWarning, match="x2 is collinear, a combination of x1"):
        both = LogisticRegression().fit(np.column_stack([a, a + 1e-12]), y)
    alone = LogisticRegression().fit(a[:, None], y)
    np.testing.assert_allclose(both.standard_errors_[:, :2], alone.standard_errors_, rtol=1e-9)
    np.testing.assert_allclose(both.coef_, [[alone.coef_[0, 0], 0.0]], rtol=1e-9)

"""Coefficients and errors are those of statsmodels, of scikit-learn, and of mpmath."""

import subprocess
import sys

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LogisticRegression as Sklearn

from micrograph.learn import LogisticRegression
from micrograph.learn.design import standardised
from micrograph.learn.one_thread import one_thread
from micrograph.learn.triangle import BLOCK, lengths, rows, triangle
from micrograph.namespaces.text import to_install

SEEDS = range(50)


def made_up(seed, kinds=2):
    """Features in units that differ, labels that follow them, weights and offsets."""
    random = np.random.default_rng(seed)
    m, n = int(random.integers(60, 400)), int(random.integers(1, 6))
    standard = random.normal(size=(m, n))
    X = standard * 10 ** random.uniform(-3, 3, n) + random.normal(size=n)
    z = standard.sum(axis=1) + random.logistic(size=m)
    y = np.digitize(z, np.linspace(-1, 1, kinds + 1)[1:-1])
    weights = random.integers(1, 5, m).astype(float)
    return X, y, weights, random.normal(size=m)


def column(facts, key):
    return np.array(list(facts[key].values()))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_weighted_fit_with_an_offset_is_statsmodels(seed):
    sm = pytest.importorskip("statsmodels.api")
    X, y, weights, offset = made_up(seed)
    ours = LogisticRegression().fit(X, y, weights, offset).summary().to_dict()
    theirs = sm.GLM(
        y, sm.add_constant(X), family=sm.families.Binomial(), freq_weights=weights, offset=offset
    ).fit(tol=1e-14)
    # they solve the normal equations: of 16 digits, twice those of the condition, some 1e4, are lost
    near = {"rel": 1e-7}
    assert column(ours, "coefficients") == pytest.approx(theirs.params, **near)
    assert column(ours, "standard_errors") == pytest.approx(theirs.bse, **near)
    assert column(ours, "p") == pytest.approx(theirs.pvalues, rel=1e-5)  # a tail: z² times as near
    assert column(ours, "intervals") == pytest.approx(theirs.conf_int(), rel=1e-6, abs=1e-9)
    assert ours["log_likelihood"] == pytest.approx(theirs.llf, rel=1e-12)
    assert ours["null_deviance"] == pytest.approx(theirs.null_deviance, rel=1e-12)
    assert ours["deviance"] == pytest.approx(theirs.deviance, rel=1e-12)
    assert ours["aic"] == pytest.approx(theirs.aic, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS[:20])
def test_the_tests_of_a_fit_are_statsmodels(seed):
    sm = pytest.importorskip("statsmodels.api")
    X, y, *_ = made_up(seed)
    ours = LogisticRegression().fit(X, y).summary().to_dict()
    theirs = sm.Logit(y, sm.add_constant(X)).fit(disp=False, method="newton", maxiter=100)
    assert ours["bic"] == pytest.approx(theirs.bic, rel=1e-12)
    # their null model is fitted by an optimiser that ends some 1e-9 off
    assert ours["mcfadden_r2"] == pytest.approx(theirs.prsquared, rel=1e-6)
    assert ours["likelihood_ratio"]["statistic"] == pytest.approx(theirs.llr, rel=1e-6)
    assert ours["likelihood_ratio"]["df"] == theirs.df_model
    assert ours["likelihood_ratio"]["p"] == pytest.approx(theirs.llr_pvalue, rel=1e-4)


@pytest.mark.parametrize("seed", SEEDS[:20])
@pytest.mark.parametrize("kinds", [3, 5])
def test_of_more_classes_the_differences_from_the_first_are_statsmodels(seed, kinds):
    sm = pytest.importorskip("statsmodels.api")
    X, y, *_ = made_up(seed, kinds)
    X = (X - X.mean(axis=0)) / X.std(axis=0)  # their Newton's method wants it
    model = LogisticRegression().fit(X, y)
    theirs = sm.MNLogit(y, sm.add_constant(X)).fit(disp=False, method="newton", maxiter=100)
    own = np.column_stack([model.intercept_, model.coef_])
    # both stop when the slopes are near 1e-10, and divide by curvatures of some 0.01
    assert own[1:] - own[0] == pytest.approx(theirs.params.T, rel=1e-6, abs=1e-8)
    assert model.standard_errors_ == pytest.approx(theirs.bse.T, rel=1e-6)
    assert model.log_likelihood_ == pytest.approx(theirs.llf, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kinds", [2, 4])
def test_a_penalised_fit_is_scikit_learns(seed, kinds):
    X, y, weights, _ = made_up(seed, kinds)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    ours = LogisticRegression("l2", C=0.3, class_weight="balanced", fit_intercept=seed % 2 == 0)
    theirs = Sklearn(C=0.3, tol=1e-12, max_iter=1000, solver="newton-cg",
                     fit_intercept=seed % 2 == 0)  # fmt: skip
    balanced = weights * (weights.sum() / kinds / np.bincount(y, weights))[y]
    ours.fit(X, y, sample_weight=weights)
    theirs.fit(X, y, sample_weight=balanced)
    # their solver ends some 1e-7 from the minimum
    assert ours.coef_ == pytest.approx(theirs.coef_, abs=1e-5)
    assert ours.intercept_ == pytest.approx(theirs.intercept_, abs=1e-5)
    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-5)
    assert ours.predict(X).tolist() == ours.classes_[ours.predict_proba(X).argmax(1)].tolist()


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "descent"])
@pytest.mark.parametrize("kinds", [2, 3])
def test_a_weight_of_three_is_three_rows(solver, kinds):
    X, y, weights, offset = made_up(1, kinds)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    offset = offset if kinds == 2 else None
    model = LogisticRegression(solver=solver, tol=1e-8)
    weights[:5] = 0  # as if they were not there
    some = model.fit(X, y, weights, offset)
    found = some.coef_, some.standard_errors_, some.summary().to_dict()
    times = np.repeat(np.arange(len(y)), weights.astype(int))
    model.fit(X[times], y[times], offset=None if offset is None else offset[times])
    assert found[0] == pytest.approx(model.coef_, abs=1e-6)  # the slopes are below 1e-8
    assert found[1] == pytest.approx(model.standard_errors_, rel=1e-6)
    again = model.summary().to_dict()
    assert (found[2]["auc"] is None) == (kinds == 3)
    for key in ("examples", "counts", "bic", "accuracy", "auc", "log_loss", "null_deviance"):
        assert found[2][key] == again[key] or found[2][key] == pytest.approx(again[key], rel=1e-6)


def test_no_penalty_is_an_infinite_c():
    X, y, *_ = made_up(2)
    plain, infinite = LogisticRegression(), LogisticRegression("l2", C=np.inf)
    assert infinite.fit(X, y).coef_.tolist() == plain.fit(X, y).coef_.tolist()
    assert infinite.summary().to_dict()["penalty"] is None
    assert LogisticRegression.from_json(infinite.to_json()).C == np.inf


def exact_errors(X, y):
    """By mpmath, at fifty digits: the inverse of AᵀWA at the maximum of the likelihood."""
    with mpmath.workdps(50):
        A = mpmath.matrix([[1, *map(mpmath.mpf, row)] for row in np.asarray(X, float).tolist()])
        theta = mpmath.matrix(A.cols, 1)
        for _ in range(60):
            p = (A * theta).apply(lambda z: 1 / (1 + mpmath.exp(-z)))
            H = A.T * mpmath.diag([q * (1 - q) for q in p]) * A
            theta += mpmath.lu_solve(H, A.T * (mpmath.matrix(y) - p))
        inverse = H**-1
        return [float(mpmath.sqrt(inverse[i, i])) for i in range(A.cols)]


def test_a_far_outlier_leaves_the_errors_their_digits():
    """3.38785; a Hessian, which squares the condition, gave 3.928."""
    X = np.reshape([1, 2, 3, 4, 5, 6, 999999999], (-1, 1))
    y = [0, 0, 1, 0, 1, 1, 1]
    model = LogisticRegression().fit(X, y)
    assert model.standard_errors_[0, 0] == pytest.approx(3.38785, abs=5e-6)
    # the six alone, of which the outlier tells nothing, at a condition of 1e9
    assert model.standard_errors_[0] == pytest.approx(exact_errors(X[:6], y[:6]), rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_nearly_equal_columns_leave_the_intercepts_error_its_digits(seed):
    random = np.random.default_rng(seed)
    a = random.normal(size=60)
    X = np.column_stack([a, a + 1e-12 * random.normal(size=60)])
    y = (random.random(60) < 0.5).astype(int).tolist()
    with pytest.warns(UserWarning, match=r"x1, x2 are nearly collinear, with condition .*e\+12"):
        model = LogisticRegression().fit(X, y)
    exact = exact_errors(X, y)
    # the condition is 1e12, of 16 digits; an inverse that squares it has none
    assert model.standard_errors_[0] == pytest.approx(exact, rel=2e-3)


@pytest.mark.parametrize("unit", [1e-200, 1e-100, 1.0, 1e100, 1e200])
def test_errors_are_finite_in_any_unit(unit):
    x = np.arange(10.0)[:, None]
    y = [0, 0, 1, 0, 1, 0, 1, 0, 1, 1]
    model, alone = (LogisticRegression().fit(X, y) for X in (x * unit, x))
    scaled = alone.standard_errors_ / [1, unit]
    assert model.standard_errors_ == pytest.approx(
        scaled, rel=1e-12
    )  # the same numbers, but for a unit


def test_a_column_far_from_0_is_not_constant():
    """x + 1e15 is exact for whole x: the slope and its error are those of x."""
    x = np.arange(10.0)[:, None]
    y = [0, 0, 1, 0, 1, 0, 1, 0, 1, 1]
    far, near = (LogisticRegression().fit(X, y) for X in (x + 1e15, x))
    assert far.coef_ == pytest.approx(near.coef_, rel=1e-12)
    assert far.standard_errors_[0, 1] == pytest.approx(near.standard_errors_[0, 1], rel=1e-9)


@given(st.integers(1, 3 * BLOCK), st.integers(1, 4), st.integers(0, 10**6))
@example(1, 4, 0)  # fewer rows than columns
@settings(max_examples=20)
def test_the_triangle_of_the_blocks_is_that_of_all_rows(m, k, seed):
    A = np.random.default_rng(seed).normal(size=(m, k))
    R = triangle(rows(A))
    assert R.shape == (k, k)
    assert np.triu(R).tolist() == R.tolist()
    assert R.T @ R == pytest.approx(A.T @ A, rel=1e-11, abs=1e-11 * m)  # sums of m roundings


def test_lengths_neither_overflow_nor_vanish():
    P = np.array([[3e200, 4e200], [3e-200, 4e-200], [0.0, 0.0]])
    assert lengths(P) == pytest.approx([5e200, 5e-200, 0.0], rel=1e-15)


@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_the_way_back_leads_to_the_units_of_the_data(seed, intercept, weighted):
    random = np.random.default_rng(seed)
    X = random.normal(size=(30, 3)) * 10 ** random.uniform(-9, 9, 3)
    design = standardised(X, random.random(30) if weighted else None, intercept)
    theta = random.normal(size=design.A.shape[1])
    own = design.back @ theta
    # a few roundings of terms as large as the mean in units of the deviation
    assert X @ own[1:] + own[0] == pytest.approx(design.A @ theta, rel=1e-9, abs=1e-9)


# The data as people have them


def test_sparse_data_give_the_same_fit():
    X, y, *_ = made_up(3)
    dense, thin = (LogisticRegression().fit(data, y) for data in (X, sparse.csr_array(X)))
    assert thin.coef_.tolist() == dense.coef_.tolist()
    assert thin.predict_proba(sparse.coo_array(X)).tolist() == dense.predict_proba(X).tolist()


@pytest.mark.parametrize("kind", ["object", "Float64"])
def test_pandas_na_is_found_and_its_place_named(kind):
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"t": pandas.array([1.0, None, 2.0], dtype="Float64").astype(kind)})
    with pytest.raises(ValueError, match=r"X\[1, 0\] is NaN"):
        LogisticRegression().fit(X, [0, 1, 0])
    with pytest.raises(ValueError, match="missing labels"):
        LogisticRegression().fit([[1], [2], [3]], [0, 1, pandas.NA])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sample_weight": [1, -1, 1]}, r"finite numbers ≥ 0; sample_weight\[1\] is -1"),
        ({"sample_weight": [1, np.nan, 1]}, r"sample_weight\[1\] is nan"),
        ({"sample_weight": [0, 0, 0]}, "sample_weight is zero for all"),
        ({"sample_weight": [1, 1]}, r"sample_weight should have the shape \(3,\), got \(2,\)"),
        ({"offset": [1, np.inf, 1]}, r"offset should be finite numbers; offset\[1\] is inf"),
        ({"offset": "abc"}, "offset should be 3 numbers, got 'abc'"),
        ({"feature_names": ["a", "b"]}, "2 feature names for 1 features"),
    ],
)
def test_wrong_weights_and_offsets_are_named(given, said):
    with pytest.raises(ValueError, match=said):
        LogisticRegression().fit([[1], [2], [3]], [0, 1, 0], **given)


def test_an_offset_is_for_two_classes():
    with pytest.raises(ValueError, match="an offset is for two classes, got 3"):
        LogisticRegression().fit([[1], [2], [3]], [0, 1, 2], offset=1.0)


def test_log_probabilities_do_not_vanish():
    model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
    exact = model.decision_function([[1e4]])[0]
    assert model.predict_log_proba([[1e4]]).tolist() == [[-exact, 0.0]]


def test_only_the_estimator_imports_scikit_learn():
    script = (
        "import sys, micrograph.learn as l; l.gradient_descent(lambda w: w * w, 1.0, learning_rate=0.1);"
        "l.cost([[1.0]], [1], [0.5], 0.5) if 0 else l.example([1.0], 1, [0.5], 0.5);"
        "first = 'sklearn' in sys.modules; l.LogisticRegression; print(first, 'sklearn' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]


def test_without_scikit_learn_one_sentence_says_what_to_install():
    script = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from micrograph.learn import cost\n"
        "from micrograph.learn import LogisticRegression"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    said = f"ImportError: LogisticRegression needs scikit-learn: {to_install('learn')}"
    assert done.stderr.splitlines()[-1] == said


def test_the_blas_has_one_thread_until_the_last_fit_ends_whichever_began_first():
    threadpoolctl = pytest.importorskip("threadpoolctl")

    def threads():
        pools = threadpoolctl.threadpool_info()
        return [pool["num_threads"] for pool in pools if pool["user_api"] == "blas"]

    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = threads()
        first, second = one_thread(), one_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert threads() == [1] * len(before)
        second.__exit__(None, None, None)
        assert threads() == before


def test_what_no_weight_counts_has_no_class_and_no_feature():
    X = [[0, 1], [1, 1], [2, 1], [3, 1], [4, 0]]
    with pytest.warns(UserWarning, match="x2 is constant, 1"):
        model = LogisticRegression().fit(X, [0, 1, 0, 1, 2], sample_weight=[1, 1, 1, 1, 0])
    assert model.classes_.tolist() == [0, 1]
    assert model.coef_[0] == pytest.approx([0.9082, 0.0], abs=5e-5)


def examples_of_some_kind(kind, m, random):
    """Features, labels, and arguments of fit, such that a sample of the rows tells less than all."""
    X = random.normal(size=(m, 3))
    y = (X @ [1.0, -2.0, 0.5] + random.logistic(size=m) > 0).astype(int)
    if kind == "in turns":  # every second row is of the other class
        X, y = X[order := np.argsort(y, kind="stable")], y[order]
        half = min(y.sum(), m - y.sum())
        turns = np.column_stack([np.arange(half), m - 1 - np.arange(half)]).ravel()
        return X[turns], y[turns], {}
    if kind == "sorted":
        order = np.argsort(y, kind="stable")
        return X[order], y[order], {}
    if kind == "rare":  # a class of which a sample has none
        y = np.zeros(m, int)
        y[:: m // 7] = 1
    if kind == "rare column":  # that is constant in nearly every sample
        X[:, 2] = np.arange(m) % (m // 9) == 0
    if kind == "three classes":
        y = y + (X[:, 1] + random.logistic(size=m) > 1)
    weights = random.uniform(0.5, 2.0, size=m) if kind == "weights" else None
    offset = random.normal(size=m) if kind == "offset" else None
    return X, y, {"sample_weight": weights, "offset": offset}


@pytest.mark.parametrize("penalty", [None, "l2"])
@pytest.mark.parametrize(
    "kind",
    ["plain", "in turns", "sorted", "rare", "rare column", "three classes", "weights", "offset"],
)
def test_where_newtons_method_starts_does_not_matter(kind, penalty, monkeypatch):
    X, y, given = examples_of_some_kind(kind, 3000, np.random.default_rng(1))
    monkeypatch.setattr("micrograph.learn.estimate.SAMPLE", 300)
    found = []
    for many in (0, 10**9):
        monkeypatch.setattr("micrograph.learn.estimate.MANY", many)
        found.append(LogisticRegression(penalty=penalty).fit(X, y, **given))
    near, far = found
    size = np.max(far.standard_errors_)
    # the last step of Newton's method leaves the square of 1e-9, which is less than rounding
    np.testing.assert_allclose(near.coef_, far.coef_, atol=1e-11 * size, rtol=1e-11)
    np.testing.assert_allclose(near.standard_errors_, far.standard_errors_, rtol=1e-9)
    if kind == "plain":
        assert near.n_iter_ < far.n_iter_

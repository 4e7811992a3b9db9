"""A fit to data of Dask is the fit to the same data in memory, block by block."""

import os
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from micrograph.learn import LogisticRegression, SeparationWarning, ranks
from micrograph.learn.blocks import Rows
from micrograph.learn.moments import joined, moments

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")

M = 5003  # a prime: no size of chunks divides it, and blocks have several slices of 2,000 rows
NEAR = {"rel": 1e-12, "abs": 0}  # rounding in the last digits, in units that suit each feature


def made_up(m=M, n=4):
    random = np.random.default_rng(23)
    standard = random.normal(size=(m, n))
    X = standard * 10.0 ** np.arange(-2, 2 * n - 2, 2) + random.normal(size=n)
    return X, np.where(standard.sum(axis=1) + random.logistic(size=m) > 0, "yes", "no")


X, Y = made_up()


def in_chunks(X, y, rows=1000, columns=-1):
    return da.from_array(X, chunks=(rows, columns)), da.from_array(y, chunks=rows)


def fitted(model, X, y):
    """The model fitted, and the warnings that were given."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model = clone(model).fit(X, y)
    assert all(warning.filename == __file__ for warning in said if "separated" in str(warning))
    return model, [str(warning.message) for warning in said]


def assert_same(ours, theirs, near=NEAR):
    """All that a fit says is the same."""
    for name in ("coef_", "intercept_", "standard_errors_", "covariance_", "log_likelihood_"):
        found, due = np.asarray(getattr(ours, name)), np.asarray(getattr(theirs, name))
        assert found == pytest.approx(due, nan_ok=True, **near), name
    assert ours.classes_.tolist() == theirs.classes_.tolist()
    a, b = ours.summary().to_dict(), theirs.summary().to_dict()
    assert a.keys() == b.keys()
    for name in ("converged", "warnings"):
        assert a[name] == b[name]
    for name in (
        "counts",
        "confusion",
        "accuracy",
        "auc",
        "examples",
        "null_log_likelihood",
        "bic",
    ):
        found, due = np.asarray(a[name], float), np.asarray(b[name], float)
        assert found == pytest.approx(due, rel=1e-12, nan_ok=True), name


@pytest.mark.parametrize(
    ("scheduler", "rows", "columns"),
    [("threads", M, -1), ("threads", 1000, -1), ("synchronous", 700, 3), ("synchronous", 123, 1)],
    ids=str,
)
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"fit_intercept": False},
        {"penalty": "l2", "C": 0.01},
        {"penalty": "l2", "fit_intercept": False},
    ],
    ids=str,
)
def test_blocks_give_the_fit_of_data_in_memory(scheduler, rows, columns, how):
    model = LogisticRegression(**how)
    with dask.config.set(scheduler=scheduler):
        ours, _ = fitted(model, *in_chunks(X, Y, rows, columns))
    assert_same(ours, model.fit(X, Y))


SLOW = "descent", "ten"  # thousands of passes
RANDOM = np.random.default_rng(24)
COUNTS, SHIFT = RANDOM.integers(0, 4, size=M), RANDOM.normal(size=M)  # some weights are 0
KINDS = np.array(["base", "mild", "severe"])[np.digitize(X[:, 1] + 2 * SHIFT, [-1, 1.5])]
MORE = {
    "weights": (Y, {}, {"sample_weight": COUNTS}),
    "a weight": (Y, {}, {"sample_weight": 2.5}),
    "offset": (Y, {}, {"offset": SHIFT}),
    "both": (Y, {"penalty": "l2"}, {"sample_weight": COUNTS, "offset": SHIFT}),
    "offset alone": (Y, {"fit_intercept": False}, {"offset": SHIFT}),
    "balanced": (Y, {"class_weight": "balanced"}, {"sample_weight": COUNTS}),
    "by class": (Y, {"class_weight": {"yes": 3.5}}, {"offset": SHIFT}),
    "three": (KINDS, {}, {}),
    "three, shrunk": (KINDS, {"penalty": "l2", "C": 0.01}, {"sample_weight": COUNTS}),
    "three by class": (KINDS, {"class_weight": "balanced", "fit_intercept": False}, {}),
    "ten": (np.floor(SHIFT * 2).clip(-4, 5), {}, {}),
}


@pytest.mark.parametrize("lazily", [False, True], ids=["in memory", "of dask"])
@pytest.mark.parametrize("name", MORE)
def test_blocks_take_weights_offsets_and_classes_as_data_in_memory_do(name, lazily):
    y, how, more = MORE[name]
    lazy = {
        key: da.from_array(x, chunks=777) if lazily and np.ndim(x) else x for key, x in more.items()
    }
    with dask.config.set(scheduler="synchronous"):
        ours = LogisticRegression(**how).fit(*in_chunks(X, y), **lazy)
    assert_same(ours, LogisticRegression(**how).fit(X, y, **more))


def test_three_classes_of_which_one_is_separated_name_its_columns():
    mark = (np.arange(M) % 10 == 0) & (KINDS == "severe")
    hard = beside(X, mark)
    ours, said = fitted(LogisticRegression(), *in_chunks(hard, KINDS))
    theirs, due = fitted(LogisticRegression(), hard, KINDS)
    assert said == due
    assert "separated by x5" in said[0]
    # the iterations end when the cost no longer falls in its 14th digit, the root of which is 1e-7
    assert ours.coef_[:, :4] == pytest.approx(theirs.coef_[:, :4], rel=1e-7)
    assert ours.standard_errors_ == pytest.approx(theirs.standard_errors_, rel=1e-7, nan_ok=True)


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans(), st.integers(1, 3)), min_size=2))
def test_the_area_under_the_curve_is_that_of_all_pairs(rows):
    z, y, w = (np.array(x, float) for x in zip(*rows, strict=True))
    if len(set(y)) < 2:
        return
    pairs = [
        (Fraction(int(w[i] * w[j])), Fraction(int(np.sign(z[i] - z[j])) + 1, 2))
        for i in np.flatnonzero(y == 1)
        for j in np.flatnonzero(y == 0)
    ]
    due = sum(n * wins for n, wins in pairs) / sum(n for n, _ in pairs)
    parts = [ranks.ranks(z[i::3], y[i::3], w[i::3]) for i in range(3)]
    found, within = ranks.area(ranks.joined(parts))
    assert found == pytest.approx(float(due), rel=1e-15)
    assert within == 0


def test_the_area_of_too_many_scores_is_within_its_bound(monkeypatch):
    z, w = X @ [100, 1, 0.01, 0.0001], 1.0 + COUNTS
    exact, none = ranks.area(ranks.ranks(z, (Y == "yes") * 1.0, w))
    monkeypatch.setattr(ranks, "MOST", 300)
    # of 9 rows, of 200 and of the rest: so each drops another number of bits
    cuts = [slice(0, 9), slice(9, 209), slice(209, M)]
    parts = [ranks.ranks(z[at], (Y[at] == "yes") * 1.0, w[at]) for at in cuts]
    assert len({part.bits for part in parts}) > 1
    found, within = ranks.area(ranks.joined(parts))
    assert none == 0
    assert abs(found - exact) <= within < 0.01
    model = LogisticRegression().fit(*in_chunks(X, Y))
    facts = model.summary().to_dict()
    assert f"{facts['auc']:.6g} ± {facts['auc_within']:.1g}" in str(model.summary())


def test_schedulers_give_the_same_bits():
    bits = set()
    for scheduler in ("synchronous", "threads", "threads", "processes"):
        with dask.config.set(scheduler=scheduler, num_workers=2):
            bits.add(LogisticRegression().fit(*in_chunks(X, Y)).covariance_.tobytes())
    assert len(bits) == 1


@pytest.mark.parametrize(
    "y", [Y, Y.tolist(), da.from_array(Y, chunks=777), da.from_array(Y[:, None], chunks=(999, 1))],
    ids=["array", "list", "other chunks", "column"],
)  # fmt: skip
def test_labels_come_as_they_are(y):
    assert_same(LogisticRegression().fit(in_chunks(X, Y)[0], y), LogisticRegression().fit(X, Y))


def test_empty_chunks_add_nothing():
    lazy, y = da.from_array(X, chunks=((0, 3000, 0, M - 3000), -1)), da.from_array(Y)
    assert_same(LogisticRegression().fit(lazy, y), LogisticRegression().fit(X, Y))


def test_chunks_of_unknown_sizes_are_measured():
    lazy, y = in_chunks(X, Y)
    some, kept = lazy[:, 1] > 0, X[:, 1] > 0
    unknown = lazy[some]
    ours = LogisticRegression().fit(unknown, y[some])
    assert_same(ours, LogisticRegression().fit(X[kept], Y[kept]))
    assert np.isnan(unknown.shape[0])  # the caller's array is as it was


def beside(X, *columns):
    return np.column_stack([X, *columns])


TROUBLES = {
    "constant": beside(X, np.full(M, 3.0)),
    "collinear": beside(X, X[:, 0] + X[:, 1]),
    "far": beside(X, 1e15 + np.arange(M) % 7),
    "tiny": X * 1e-200,
    "huge": X * 1e200,
}


@pytest.mark.parametrize("name", TROUBLES)
def test_columns_that_are_hard_are_treated_as_in_memory(name):
    hard = TROUBLES[name]
    ours, said = fitted(LogisticRegression(), *in_chunks(hard, Y))
    theirs, due = fitted(LogisticRegression(), hard, Y)
    assert said == due
    # far: the mean is known to 1/8, so z = wᵀx + b is a difference of numbers of 1e15 digits lost
    kept = slice(0, 4) if name == "far" else slice(None)
    assert ours.coef_[0, kept] == pytest.approx(theirs.coef_[0, kept], **NEAR)
    assert ours.standard_errors_ == pytest.approx(theirs.standard_errors_, nan_ok=True, rel=1e-12)


def test_nearly_collinear_columns_are_warned_of():
    random = np.random.default_rng(0)
    hard = beside(X, X[:, 0] + 1e-11 * random.normal(size=M))
    ours, said = fitted(LogisticRegression(), *in_chunks(hard, Y))
    theirs, due = fitted(LogisticRegression(), hard, Y)
    assert len(said) == len(due) == 1
    assert "nearly collinear" in said[0]
    # of 16 digits the condition of 1e9 takes 9
    assert ours.coef_ == pytest.approx(theirs.coef_, rel=1e-5)
    assert ours.standard_errors_ == pytest.approx(theirs.standard_errors_, rel=1e-5)


def test_perfect_separation_is_warned_of():
    with pytest.warns(SeparationWarning, match="perfectly separated"):
        model = LogisticRegression().fit(*in_chunks(X, X[:, 1] > 0))
    assert np.isnan(model.standard_errors_).all()
    assert not model.summary().to_dict()["converged"]


def test_quasi_complete_separation_names_its_columns():
    mark = (np.arange(M) % 10 == 0) & (Y == "yes")  # marked rows are all of one class
    hard = beside(X, mark)
    ours, said = fitted(LogisticRegression(), *in_chunks(hard, Y))
    theirs, due = fitted(LogisticRegression(), hard, Y)
    assert said == due
    assert "separated by x5" in said[0]
    # the coefficient of x5 is as far as the iterations came: the others feel exp(-30) of it
    assert ours.coef_[0, :4] == pytest.approx(theirs.coef_[0, :4], rel=1e-9)
    assert ours.standard_errors_ == pytest.approx(theirs.standard_errors_, rel=1e-9, nan_ok=True)


def test_data_that_do_not_converge_are_warned_of():
    _, said = fitted(LogisticRegression(max_iter=2), *in_chunks(X, Y))
    assert len(said) == 1
    assert "not converged after 2 iterations of newton" in said[0]


def test_a_block_is_read_once_a_pass():
    read = []

    def noted(block):
        read.append(len(block))
        return block

    whole = da.from_array(beside(X, Y == "yes"), chunks=(1000, -1))
    whole = whole.map_blocks(noted, meta=np.empty((0, 0)))
    with dask.config.set(scheduler="synchronous"):
        model = LogisticRegression().fit(whole[:, :-1], whole[:, -1])
    assert max(read) == 1000
    # one for the units and a sample, one for the start, one for each iteration
    assert sum(read) == (model.n_iter_[0] + 2) * M <= 7 * M


lazy, y = in_chunks(X, Y)
hole = X.copy()
hole[4321, 2] = np.nan
REFUSED = {
    "length": (lazy, y[:-1], {}, "X has 5003 examples, y has 5002 labels"),
    "one kind": (lazy, np.zeros(M), {}, r"two kinds of labels, got 1 class: 0.0"),
    "kinds": (lazy, np.arange(M), {}, "at most 1,000 kinds of labels, got more"),
    "mixed": (lazy, np.array([*[1] * 3000, *["a"] * (M - 3000)], object), {}, "mixes kinds of labels"),
    "parts": (lazy, np.arange(M) % 2 + 0.5, {}, "Unknown label type: continuous"),
    "missing label": (lazy, np.where(np.arange(M) == 9, np.nan, 1.0), {}, "missing labels"),
    "no labels": (lazy, None, {}, "got None"),
    "NaN": (da.from_array(hole, chunks=(1000, -1)), y, {}, r"X\[4321, 2\] is NaN"),
    "text": (da.from_array(np.full((M, 1), "a")), y, {}, "X should contain numbers"),
    "masked": (da.ma.masked_greater(lazy, 3), y, {}, r"X\[\d+, \d\] is NaN"),
    "one dimension": (lazy[:, 0], y, {}, "a table of rows and columns, got 1 dimension"),
    "no columns": (lazy[:, :0], y, {}, "X has no columns"),
    "no rows": (lazy[:0], y[:0], {}, "X has no rows"),
    "weights": (lazy, y, {"sample_weight": lazy[:, 0] - 1e9}, r"≥ 0; sample_weight\[\d+\] is -1e\+09"),
    "weight": (lazy, y, {"sample_weight": np.r_[np.ones(M - 1), -1]}, r"sample_weight\[5002\] is -1"),
    "no weights": (lazy, y, {"sample_weight": da.zeros(M)}, "sample_weight is zero for all examples"),
    "some weights": (lazy, y, {"sample_weight": da.ones(M - 1)}, r"should have the shape \(5003,\), got \(5002,\)"),
    "offset": (lazy, y, {"offset": lazy[:, 0] * np.inf}, r"offset should be finite numbers; offset\[\d+\] is -?inf"),
    "offset of three": (lazy, np.arange(M) % 3, {"offset": np.ones(M)}, "an offset is for two classes, got 3"),
    "delayed": (dask.delayed(X), y, {}, "X should be an array or a data frame of Dask, got a Delayed"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_fitted_is_refused_in_a_sentence(name):
    X, y, how, why = REFUSED[name]
    with pytest.raises(ValueError, match=why):
        LogisticRegression().fit(X, y, **how)


def test_weights_of_classes_are_above_0():
    with pytest.raises(ValueError, match="expected weights > 0"):
        LogisticRegression(class_weight={"no": 0}).fit(lazy, y)


@pytest.mark.parametrize(
    ("solver", "name"), [(s, x) for s in ("lbfgs", "descent") for x in MORE if (s, x) != SLOW]
)
def test_each_solver_finds_the_minimum_of_blocks(name, solver):
    labels, settings, more = MORE[name]
    due = LogisticRegression(**settings).fit(X, labels, **more)
    settings = {**settings, "solver": solver, "tol": 1e-8 if solver == "lbfgs" else 1e-7}
    model = LogisticRegression(**settings).fit(*in_chunks(X, labels, 2500), **more)
    near = 1e-6  # what error tol and Newton's last step leave, in standard errors
    assert model.summary().to_dict()["converged"]
    found = [np.column_stack([m.intercept_, m.coef_]) for m in (model, due)]
    own, theirs = (x if len(x) == 1 else x[1:] - x[0] for x in found)
    assert np.nanmax(np.abs(own - theirs) / due.standard_errors_) < near
    assert model.standard_errors_ == pytest.approx(due.standard_errors_, rel=near, nan_ok=True)
    assert model.log_likelihood_ == pytest.approx(due.log_likelihood_, rel=near)


@pytest.mark.parametrize("solver", ["lbfgs", "descent"])
def test_each_solver_names_what_separates_blocks(solver):
    apart = np.column_stack([X, np.where(Y == "yes", 1.0, -1.0) * (X[:, 0] > np.median(X[:, 0]))])
    ours, said = fitted(LogisticRegression(solver=solver, max_iter=50), *in_chunks(apart, Y))
    _, due = fitted(LogisticRegression(), apart, Y)
    assert said == due
    assert "quasi-completely separated by x5" in said[0]
    assert np.isnan(ours.standard_errors_[0, 5])


@pytest.mark.parametrize("how", [{"solver": "lbfgs"}, {"solver": "lbfgs", "tol": 1e-4},
                                 {"solver": "descent", "tol": 1e-3}, {"max_iter": 5}], ids=str)  # fmt: skip
@pytest.mark.parametrize("perfectly", [False, True])
def test_a_separation_is_seen_however_early_a_solver_ends(how, perfectly):
    x = np.tile([[0.0, 0], [1, 0], [0, 1], [1, 1]], (50, 1))
    labels = np.where(x[:, 1] == 1, 1, 0 if perfectly else np.arange(200) // 4 % 2)
    ours, said = fitted(LogisticRegression(**how), *in_chunks(x, labels, 50))
    theirs, due = fitted(LogisticRegression(), x, labels)
    assert said == due
    assert "separated" in said[0]
    assert np.array_equal(np.isnan(ours.standard_errors_), np.isnan(theirs.standard_errors_))


@pytest.mark.parametrize("how", [{"solver": "lbfgs", "tol": 1e-2}, {"solver": "descent", "tol": 1e-3},
                                 {"solver": "descent", "max_iter": 4}, {}], ids=str)  # fmt: skip
def test_what_a_fit_says_is_true_of_its_coefficients(how):
    ours, _ = fitted(LogisticRegression(**how), *in_chunks(X, Y))
    p = ours.predict_log_proba(X)[np.arange(M), (Y == "yes").astype(int)]
    assert ours.log_likelihood_ == pytest.approx(p.sum(), rel=1e-11)


@pytest.mark.parametrize(
    ("how", "why"),
    [({"solver": "lbfgs", "max_iter": 1, "tol": 1e-13}, "not converged after 1 iterations of lbfgs"),
     ({"solver": "descent", "max_iter": 3}, "not converged after 3 iterations of descent"),
     ({"solver": "descent", "learning_rate": 1e3}, "learning_rate 1000 is too large")],
)  # fmt: skip
def test_a_solver_that_does_not_end_on_blocks_warns(how, why):
    _, said = fitted(LogisticRegression(**how), *in_chunks(X, Y))
    assert len(said) == 1
    assert why in said[0]


def test_sizes_that_cannot_be_computed_are_refused():
    def broken(block):
        raise OSError("no such disk")

    unknown = lazy.map_blocks(broken, meta=np.empty((0, 0)))[lazy[:, 1] > 0]
    with pytest.raises(ValueError, match="computing them failed: no such disk"):
        LogisticRegression().fit(unknown, y)


def test_a_data_frame_of_dask_brings_its_names():
    pd, dd = pytest.importorskip("pandas"), pytest.importorskip("dask.dataframe")
    frame = pd.DataFrame(X, columns=[*"abcd"]).assign(sick=Y)
    parts = dd.from_pandas(frame, npartitions=7)
    ours = LogisticRegression().fit(parts[[*"abcd"]], parts["sick"])
    theirs = LogisticRegression().fit(frame[[*"abcd"]], frame["sick"])
    assert_same(ours, theirs)
    assert ours.feature_names_in_.tolist() == ours.names_ == [*"abcd"]
    assert ours.predict(frame[[*"abcd"]]).tolist() == theirs.predict(frame[[*"abcd"]]).tolist()
    assert not hasattr(ours.fit(lazy, y), "feature_names_in_")
    whole = frame[[*"abcd"]].assign(sick=(Y == "yes")).convert_dtypes()  # of pandas' own types
    parts = dd.from_pandas(whole, npartitions=7)
    assert_same(
        LogisticRegression().fit(parts[[*"abcd"]], parts["sick"]),
        LogisticRegression().fit(X, Y == "yes"),
    )
    parts = parts.assign(sick="ill")
    with pytest.raises(ValueError, match="the columns sick of X hold no numbers"):
        LogisticRegression().fit(parts, parts["sick"])


SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=6)


@given(SIZES, st.data())
def test_moments_of_parts_are_those_of_the_whole(sizes, data):
    number = st.floats(-1e6, 1e6).map(lambda x: x + 1e9)
    numbers = data.draw(st.lists(number, min_size=sum(sizes), max_size=sum(sizes)))
    ones = np.ones(len(numbers))
    parts = np.split(np.array(numbers)[:, None], np.cumsum(sizes)[:-1])
    found = joined([moments(Rows(part, ones[: len(part)], ones[: len(part)])) for part in parts])
    exact = [*map(Fraction, numbers)]
    mean = sum(exact) / len(exact)
    spread = sum((x - mean) ** 2 for x in exact)
    one = Fraction(2) ** int(found.power[0])
    assert found.rows == found.total == len(exact)
    assert found.low[0] == min(numbers)
    assert found.high[0] == max(numbers)
    # a mean of 30 numbers has a rounding error of at most 30 ε of the greatest
    error = 30 * 2.0**-52 * float(max(exact))
    assert abs(float(Fraction(found.mean[0]) * one - mean)) <= error
    # squares around a mean with that error, of 30 numbers
    size = float(spread)
    slack = 30 * error**2 + 2 * error * (30 * size) ** 0.5 + 1e-14 * size
    assert abs(float(Fraction(found.R[0, 0]) ** 2 * one**2 - spread)) <= slack


def dies_once(block, folder, after):
    """The block; but the process that first finds ``after`` blocks read before dies."""
    (folder / f"{os.getpid()}-{len(os.listdir(folder))}").touch()
    if len(os.listdir(folder)) > after:
        try:
            (folder.parent / "died").touch(exist_ok=False)
        except FileExistsError:
            return block
        os._exit(1)
    return block


@pytest.mark.parametrize("processes", [False, True], ids=["threads", "processes"])
def test_a_cluster_gives_the_fit_of_data_in_memory(processes, tmp_path):
    """Of the processes one dies in the third pass, and the fit goes on."""
    distributed = pytest.importorskip("distributed")
    folder = tmp_path / "read"
    folder.mkdir()
    lazy, y = in_chunks(X, Y)
    if processes:
        lazy = lazy.map_blocks(dies_once, folder, 14, meta=np.empty((0, 0)))
    with (
        dask.config.set({"distributed.worker.daemon": False}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=processes, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
    ):
        ours = LogisticRegression().fit(lazy, y)
    assert_same(ours, LogisticRegression().fit(X, Y))
    assert (tmp_path / "died").exists() == processes

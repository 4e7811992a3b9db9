"""pandas' code on Series and DataFrames of Values, as it is."""

import numpy as np
import pandas as pd
import pytest

import micrograph as mg
from micrograph import Value

FRAME = pd.DataFrame(
    {"a": [1.0, 2.0, 3.5, 4.0], "b": [0.5, 1.5, 2.5, 1.2]}, index=["w", "x", "y", "z"]
)


def a_new_column(d):
    d = d.copy()
    d["c"] = d["a"] * 2 / d["b"]
    return d["c"].sum() + d.shape[1]


def row_by_row(d):
    return sum(r["a"] * r["b"] for _, r in d.iterrows()) + sum(r.a / r.b for r in d.itertuples())


PIPELINES = {
    "a column": lambda d: d["a"] * d.b + 1 - d["a"] ** 2 / 3,
    "numbers before": lambda d: 1 - d + 2 / d + 2**d,
    "standardised": lambda d: (d - d.mean()) / d.std(),
    "means": lambda d: d["a"].mean() * d.mean(axis=1) + d.to_numpy().mean(),
    "sums": lambda d: d.sum(axis="columns") * d.sum().sum(),
    "spreads": lambda d: d["a"].std(ddof=0) + d["a"].var() + d.var(axis=1) + np.std(d["b"]),
    "extremes": lambda d: d["a"].max() * d.min() * d["a"].median(),
    "shift": lambda d: (d["a"].shift(1) * d.shift(-1)["b"]).dropna(),
    "log returns": lambda d: np.log(d / d.shift(1)).dropna(),
    "returns": lambda d: d["a"].pct_change().fillna(0.0) + d["b"].diff(),
    "compounded": lambda d: (1 + d).prod() - 1,
    "cumulated": lambda d: d["a"].cumsum() + d["b"].cumprod(),
    "drawdown": lambda d: (d["b"] / d["b"].cummax() - 1).min(),
    "rolling": lambda d: d["a"].rolling(2).mean() * d["b"].rolling(3, min_periods=1).sum(),
    "rolling, of a frame": lambda d: d.rolling(3).std(),
    "expanding": lambda d: d["a"].expanding().mean(),
    "NumPy's functions": lambda d: np.exp(d) + np.maximum(d["a"], 1.7).mean() + np.sum(d["b"]),
    "NumPy's functions of two": lambda d: np.maximum(d["a"], d["b"]) + np.hypot(d["a"], 2.0),
    "interp, where": lambda d: np.interp(d["a"], [0, 5], [0, 2]) * np.where(d["a"] > 2.2, d.b, 1),
    "rows of micrograph": lambda d: mg.sigmoid(d["a"]) * mg.maximum(d["b"], d["a"]),
    "vectors of micrograph": lambda d: mg.logsumexp(d["a"]) + mg.dot(d["a"], d["b"]),
    "a mask": lambda d: d.loc[(d["a"] > 1.7) & (d["b"] < 2), "b"].mean() * d[d["a"] > 3]["a"],
    "where, mask, clip": lambda d: d["a"].where(d["a"] > 2.2, 0.0) + d["b"].clip(0.7, 1.4).abs(),
    "to_numpy": lambda d: np.log(d.to_numpy()) @ np.log(d[["a", "b"]].values.T),
    "products": lambda d: d.T @ d + d["a"].dot(d["b"]),
    "places": lambda d: d.loc["x", "a"] * d.iloc[1:3]["b"] + d.at["w", "b"] * d.head(2).sum().sum(),
    "assign": lambda d: d.assign(c=lambda e: e.a / e.b)["c"],
    "a new column": a_new_column,
    "row by row": row_by_row,
    "apply": lambda d: d.apply(lambda r: r["a"] * r["b"], axis=1) + d["a"].map(lambda x: x**2),
    "sorted": lambda d: d.sort_values("b")["a"] * [1.0, 2.0, 3.0, 4.0],
    "joined": lambda d: pd.concat([d["a"], d["b"] * 2], axis=1).to_numpy(),
    "shares": lambda d: d.div(d.sum(axis=1), axis=0).sub(d["a"], axis=0),
    "sums of groups": lambda d: d.groupby([0, 0, 1, 1])["a"].sum(),
    "astype": lambda d: d.astype(float)["a"] * 2,
    "reindex": lambda d: d.reindex(["w", "q"])["a"].fillna(2.0),
}


def flat(y):
    """The numbers, 0 where one is missing."""
    return np.nan_to_num(np.ravel(np.asarray(y, dtype=float)))


@pytest.mark.parametrize("name", PIPELINES)
def test_pandas_code_runs_as_it_is(name):
    f, direction, h = PIPELINES[name], FRAME * 0 + np.arange(8.0).reshape(4, 2), 1e-6
    value, slope = mg.jvp(f, (FRAME,), (direction,))
    expected = f(FRAME)
    assert np.shape(value) == np.shape(expected)
    assert type(value) in (type(expected), float)
    assert flat(value) == pytest.approx(flat(expected), rel=1e-13, abs=1e-13)
    # central differences: their error is some h² and 1e-16/h
    differences = (flat(f(FRAME + h * direction)) - flat(f(FRAME - h * direction))) / (2 * h)
    assert flat(slope) == pytest.approx(differences, rel=1e-6, abs=1e-6)


GROUPS = [0, 0, 1, 1]
GAPS = {
    "log returns in groups": lambda p: np.log(p / p.shift(1)).groupby(GROUPS).sum().pow(2),
    "compounded": lambda p: (1 + p.pct_change()).cumprod(),
    "cumulated": lambda p: p.cumsum() + p.cummin() + p.cummax() * p.cumprod(),
    "the largest": lambda p: p * p.rank() + p[p.idxmax()] + p.iloc[p.argmin()],
    "in order": lambda p: p.sort_values().dropna() * [1.0, 2.0, 3.0] + p.iloc[p.argsort()].iloc[0],
    "extremes of groups": lambda p: p.groupby(GROUPS).max() + p.groupby(GROUPS).min(),
    "ends of groups": lambda p: p.groupby(GROUPS).first() * p.groupby(GROUPS).last(),
    "sums of groups": lambda p: p.groupby(GROUPS).sum() * p.groupby(GROUPS).prod(),
    "counts": lambda p: p * p.groupby(GROUPS).transform("count") * p.count() * (1 + p.hasnans),
    "counts of a frame": lambda p: p.to_frame("a").count() * p.sum(),
    "quantile": lambda p: p.quantile([0.2, 0.5]) + p.median(),
    "combined": lambda p: p.combine_first(p * 0 + 7.0) + p.combine_first(pd.Series(np.ones(4))),
    "added": lambda p: p.add(pd.Series(np.ones(4)), fill_value=0.5),
    "filled": lambda p: p.fillna(3.0) * p.ffill() * p.groupby(GROUPS).ffill() * p.bfill(),
    "dropped": lambda p: p.dropna().prod() + p[p.notna()] * p[p.first_valid_index()],
    "two columns": lambda p: pd.DataFrame({"a": p, "b": p.shift()}).dropna().sum(),
    "along columns": lambda p: pd.DataFrame({"a": p, "b": p * p}).cumsum().sum(axis=1),
    "frames": lambda p: p.to_frame("a").assign(b=p.shift()).ffill().dropna().prod(),
}


@pytest.mark.parametrize("name", GAPS)
def test_a_value_that_is_nan_is_missing(name):
    f = GAPS[name]
    for x in (pd.Series([1.0, np.nan, 1.5, 4.0]), pd.Series([1.0, 2.0, 1.5, 4.0])):
        x = x if name != "in order" else x.mask(x == 2.0)
        value, slope = mg.jvp(f, (x,), (x * 0 + [1.0, 2.0, 0.5, -1.0],))
        assert flat(value) == pytest.approx(flat(f(x)), rel=1e-13)
        h = np.array([1.0, 2.0, 0.5, -1.0]) * 1e-6
        differences = (flat(f(x + h)) - flat(f(x - h))) / 2e-6
        assert flat(slope) == pytest.approx(differences, rel=1e-6, abs=1e-6)


def test_a_frame_of_numbers_beside_values_is_one_of_values():
    def cost(t):
        guess = t[0] + t[1] * FRAME["a"]
        apart = FRAME["b"] - guess
        above = FRAME["a"] > t[0] * 5  # a mask
        return (apart**2).mean() + (FRAME / t[1]).std().sum() + apart[above].abs().sum()

    x, h = np.array([0.5, 0.7]), 1e-6
    value, slope = mg.value_and_grad(cost)(x)
    assert value == pytest.approx(cost(x), rel=1e-14)
    differences = [(cost(x + h * e) - cost(x - h * e)) / (2 * h) for e in np.eye(2)]
    assert slope == pytest.approx(differences, rel=1e-6)


def test_labels_come_back():
    slope = mg.grad(lambda d: (d["a"] * d["b"]).sum())(FRAME)
    assert type(slope) is pd.DataFrame
    assert slope["a"].equals(FRAME["b"].rename("a"))
    slope = mg.grad(lambda s: (s["w"] * s).sum())(FRAME["a"])
    assert type(slope) is pd.Series
    assert (slope.name, slope["w"]) == ("a", 11.5)
    p = Value(2.0)
    slope = mg.grad(lambda s: (s * s).sum() * p)(FRAME["a"])  # which is differentiated on
    slope.mean().backward()
    assert p.grad == pytest.approx((2 * FRAME["a"]).mean())
    assert mg.sigmoid(FRAME)["a"].dtype == float


@pytest.mark.parametrize(
    ("f", "error", "text"),
    [
        (lambda d: d["a"].corr(d["b"]), TypeError, r"pandas' corr takes floats.*x.to_numpy\(\)"),
        (lambda d: d.describe(), TypeError, r"pandas' describe takes floats"),
        (lambda d: d["a"].ewm(alpha=0.5), TypeError, r"pandas' ewm takes floats"),
        (lambda d: d.skew(), TypeError, r"pandas' skew takes floats"),
        (lambda d: d.groupby([0, 0, 1, 1])["a"].mean(), TypeError, r"pandas' mean takes floats"),
        (lambda d: (FRAME @ d["a"].to_numpy()[:2]).mean(), TypeError, r"pandas' mean takes floats"),
        (lambda d: d["a"].rolling("2D"), TypeError, "expected a window of so many rows"),
        (lambda d: d["a"].mean(numeric_only=True), TypeError, "numeric_only are not served"),
        (lambda d: d["a"].fillna(0.0, inplace=True), TypeError, "inplace is not served"),
        (lambda d: mg.maximum(d["a"], FRAME["b"][:2]), ValueError, "first write a, b = a.align"),
    ],
)
def test_what_pandas_computes_on_floats_alone_is_refused(f, error, text):
    with pytest.raises(error, match=text):
        mg.jvp(f, (FRAME,), (FRAME,))

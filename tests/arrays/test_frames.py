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
    "means of groups": lambda p: p.groupby(GROUPS).mean() * p.groupby(GROUPS).median(),
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


KEYED = pd.DataFrame(
    {
        "g": [0.0, 1.0, 0.0, 1.0],
        "x": [1.0, 2.5, 3.0, 5.0],
        "y": [2.0, 2.0, 1.2, 7.0],
        "b": [True, False, True, True],
    }
)
PRICES = pd.DataFrame({"g": [0.0, 1.0], "z": [10.0, 20.0]})
KEYS = {
    "groupby": lambda d: d.groupby("g")["x"].sum() ** 2 + d["x"].groupby(d["g"]).prod(),
    "groupby of a frame": lambda d: d.groupby(["g", "b"]).sum() * d.groupby("b").max().sum(),
    "transform": lambda d: d["x"] / d.groupby("g")["x"].transform("sum"),
    "apply": lambda d: d.groupby(pd.Grouper(key="g"))["x"].apply(lambda s: (s * s).mean()),
    "a group after another": lambda d: sum(k + s["x"].prod() for k, s in d.groupby("g")),
    "means": lambda d: d.groupby("g")["x"].mean() * d["x"].groupby(d["g"]).median(),
    "means of numbers": lambda d: (
        d.assign(t=list("abcd")).groupby("g").mean(numeric_only=True)["x"]
    ),
    "spreads": lambda d: (
        d.groupby("g").x.std() * d.groupby("g")["x"].var(0) * d.groupby("g").x.std(ddof=0)
    ),
    "deviations": lambda d: d["x"] - d.groupby("g")["x"].transform("mean"),
    "aggregated": lambda d: d.groupby("g").agg(m=("x", "mean"), s=("x", "std")).prod(axis=1),
    "aggregated by several": lambda d: (
        d.groupby("g")[["x"]].agg(["mean", "var", np.mean]).prod(axis=1)
    ),
    "aggregated by column": lambda d: (
        d.groupby("g").agg({"x": "mean", "y": ["sum", "max"]}).prod(axis=1)
    ),
    "running sums": lambda d: d.groupby("g")["x"].cumsum() * d.groupby("g").cumprod()["x"],
    "running extremes": lambda d: d.groupby("g")["x"].cummax() - d.groupby("g")["x"].cummin(),
    "table of means": lambda d: d.pivot_table("x", "g") ** 2,
    "resampled": lambda d: (
        d.set_index(pd.date_range("2026", periods=4))[["x"]].resample("2D").mean()
    ),
    "size": lambda d: d.groupby("g").size() * d["x"][:2],
    "pivot_table": lambda d: d.pivot_table("x", "g", "y", aggfunc="sum").fillna(0.0) ** 2,
    "pivot": lambda d: d.pivot(index="x", columns="g", values="y").fillna(0.0),
    "isin": lambda d: d["x"][d["y"].isin([2.0, 7])] * d[["y"]].isin([2.0]).sum().sum(),
    "unique": lambda d: d["y"].unique() ** 2 * d["g"].nunique() * d.nunique().sum(),
    "duplicated": lambda d: d["x"][~d["g"].duplicated()] * d["x"][~d.duplicated(["g"])],
    "drop_duplicates": lambda d: d.drop_duplicates("g", keep="last")["x"],
    "drop_duplicates of a column": lambda d: d["y"].drop_duplicates(ignore_index=True),
    "value_counts": lambda d: d["g"].value_counts() * d[["g"]].value_counts().max() * d.x.sum(),
    "factorize": lambda d: pd.factorize(d["g"])[0] * d["x"] * d["y"].factorize()[0],
    "mode": lambda d: d["y"].mode() * d[["y"]].mode().iloc[0, 0],
    "sort_values": lambda d: d.sort_values(["g", "x"], ascending=[True, False])["x"].to_numpy(),
    "sort_values of a column": lambda d: d["x"].sort_values(ascending=False, ignore_index=True),
    "largest": lambda d: d["x"].nlargest(2).to_numpy() * d.nsmallest(2, "x")["y"].to_numpy(),
    "places": lambda d: d["x"][d["x"].idxmax()] * d.idxmin()["x"] + d["x"].iloc[d["x"].argmax()],
    "ranks": lambda d: d["x"].rank() * d["y"] * d[["x"]].rank()["x"],
    "map": lambda d: d["g"].map({0.0: 10.0, 1.0: 20.0}) * d["x"] + d["x"].map(lambda x: x * x),
    "merge": lambda d: d.merge(PRICES)[["x", "z"]].prod(axis=1),
    "merge of sums": lambda d: d.merge(d.groupby("g")["x"].sum().rename("t"), on="g")["t"] ** 2,
    "set_index": lambda d: d.set_index("g").loc[1.0, "x"].reset_index(drop=True),
    "labels": lambda d: d.set_index("y")["x"][7.0] * d["x"].is_unique,
    "categories": lambda d: d["x"].groupby(d["g"].astype("category"), observed=False).sum(),
    "melt": lambda d: d.drop(columns="b").melt("g").groupby("g")["value"].sum(),
    "a mask": lambda d: d["x"][d["b"]] * d[~d.b]["y"].sum() * d.loc[d["b"] & (d.x > 2), "x"].sum(),
    "a mask as numbers": lambda d: d["b"] * d["x"] + d.mean(axis=1) + np.where(d["b"], d.y, 0),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_are_taken_by_their_numbers(name):
    f, direction, h = KEYS[name], np.array([1.0, -0.5, 2.0, 0.3]), 1e-6
    at = lambda t: KEYED.assign(x=KEYED["x"] + t * direction)
    value, slope = mg.jvp(f, (KEYED,), (at(1.0) - at(0.0).astype(float),))
    assert flat(value) == pytest.approx(flat(f(KEYED)), rel=1e-13)
    differences = (flat(f(at(h))) - flat(f(at(-h)))) / (2 * h)
    assert flat(slope) == pytest.approx(differences, rel=1e-6, abs=1e-6)


def test_keys_that_are_traced_are_refused():
    for name in ("groupby", "isin", "unique", "sort_values", "merge", "a mask"):
        with pytest.raises(TypeError, match=r"trace: a function of .* reads the number of d"):
            mg.trace(KEYS[name], KEYED)


def test_a_column_of_bool_has_the_slope_0():
    slope = mg.grad(lambda d: (d["x"][d["b"]] * 2).sum() + d["b"].sum())(KEYED)
    assert slope["b"].tolist() == [0.0] * 4
    assert slope["x"].tolist() == [2.0, 0.0, 2.0, 2.0]
    assert mg.grad(lambda b: np.where(b, 2.0, b).sum())(KEYED["b"]).tolist() == [0.0] * 4
    twice = mg.grad(lambda d: mg.grad(lambda e: (e["x"][e["b"]] ** 3).sum())(d)["x"].sum())(KEYED)
    assert twice["x"].tolist() == [6.0, 0.0, 18.0, 30.0]


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
        (lambda d: d.groupby([0, 0, 1, 1])["a"].sem(), TypeError, r"pandas' sem takes floats"),
        (lambda d: d.groupby([0, 0, 1, 1])["a"].rolling(2), TypeError, r"rolling of groups takes"),
        (lambda d: (FRAME @ d["a"].to_numpy()[:2]).mean(), TypeError, r"pandas' mean takes floats"),
        (lambda d: d["a"].rolling(2).corr(d["b"]), AttributeError, "corr is not served; there are"),
        (lambda d: d["a"].rolling("2D"), TypeError, "expected a window of so many rows"),
        (lambda d: d["a"].mean(numeric_only=True), TypeError, "numeric_only are not served"),
        (lambda d: d["a"].fillna(0.0, inplace=True), TypeError, "inplace is not served"),
        (lambda d: mg.maximum(d["a"], FRAME["b"][:2]), ValueError, "first write a, b = a.align"),
    ],
)
def test_what_pandas_computes_on_floats_alone_is_refused(f, error, text):
    with pytest.raises(error, match=text):
        mg.jvp(f, (FRAME,), (FRAME,))

"""Measures of fit for groups of counts, as statsmodels and R report them."""

import json

import numpy as np
import pytest

from micrograph.cli import main

api = pytest.importorskip("statsmodels.api")

OURS = ("deviance", "df_residual", "null_deviance", "df_null", "log_likelihood",
        "null_log_likelihood", "aic", "bic", "mcfadden_r2")  # fmt: skip


def theirs(yes, no, X, weights=None):
    """The same figures by statsmodels, which takes no group without trials."""
    some = yes + no > 0
    counts, X = np.column_stack([yes, no])[some], np.column_stack([np.ones(len(yes)), X])[some]
    w = None if weights is None else weights[some]
    found = api.GLM(counts, X, family=api.families.Binomial(), freq_weights=w).fit(tol=1e-12)
    residual = found.df_resid
    return dict(
        zip(
            OURS,
            (found.deviance, residual, found.null_deviance, residual + X.shape[1] - 1, found.llf, found.llnull,
             found.aic, found.bic_llf, found.pseudo_rsquared("mcf")),
            strict=True,
        )
    )  # fmt: skip


def ours(path, columns, capsys, *arguments):
    names, cells = list(columns), zip(*columns.values(), strict=True)
    path.write_text(
        "\n".join([",".join(names), *(",".join(map(repr, map(float, row))) for row in cells)]),
        encoding="utf-8",
    )
    assert main(["fit", str(path), *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("seed", range(6))
def test_figures_are_statsmodels(seed, tmp_path, capsys):
    """Of groups of 0 to 30, or to a million; some all or none; with and without weights."""
    draw = np.random.default_rng(seed)
    m, most = int(draw.integers(8, 40)), (30, 1, 10**6)[seed % 3]
    a, b = draw.normal(size=(2, m))
    n = draw.integers(seed % 2, most + 1, m)
    yes = draw.binomial(n, 1 / (1 + np.exp(-a)))
    weights = draw.integers(1, 4, m) if seed % 2 else None
    data = {"a": a, "b": b, "yes": yes, "no": n - yes, "n": n}
    data |= {} if weights is None else {"w": weights}
    more = [] if weights is None else ["--weights", "w"]
    found = ours(tmp_path / "x.csv", data, capsys, "cbind(yes, no) ~ a + b", *more)
    again = ours(tmp_path / "x.csv", data, capsys, "yes ~ a + b", "--trials", "n", *more)
    # sums of likelihoods of up to 1e7, in another order, of a maximum found to 1e-10
    expected = theirs(yes, n - yes, np.column_stack([a, b]), weights)
    for facts in (found, again):
        assert {key: facts[key] for key in OURS} == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_groups_of_one_have_the_figures_of_single_rows(tmp_path, capsys):
    draw = np.random.default_rng(2)
    data = {"t": draw.normal(size=30), "y": draw.integers(0, 2, 30), "one": np.ones(30)}
    single = ours(tmp_path / "x.csv", data, capsys, "y ~ t")
    groups = ours(tmp_path / "x.csv", data, capsys, "y ~ t", "--trials", "one")
    assert {key: groups[key] for key in OURS} == pytest.approx({key: single[key] for key in OURS})
    assert (single["df_residual"], single["df_null"]) == (28, 29)


def test_the_beetles_as_published_and_the_table_says_of_what(tmp_path, capsys):
    """Bliss (1935), as Dobson (2002), section 7.3, has it: D = 11.23 on 6 degrees of freedom."""
    path = tmp_path / "x.csv"
    rows = [(1.6907, 59, 6), (1.7242, 60, 13), (1.7552, 62, 18), (1.7842, 56, 28),
            (1.8113, 63, 52), (1.8369, 59, 53), (1.8610, 62, 61), (1.8839, 60, 60)]  # fmt: skip
    lines = [",".join(map(str, row)) for row in rows]
    path.write_text("\n".join(["dose,n,killed", *lines]), encoding="utf-8")
    assert main(["fit", str(path), "cbind(killed, n - killed) ~ dose"]) == 0
    text = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert {"residual deviance 11.2322 on 6 df", "null deviance 284.202 on 7 df"} <= {*lines}
    assert {"log-likelihood -18.7151", "AIC 41.4303"} <= {*lines}
    assert "Counts of 8 groups: the deviances compare with a probability of its own" in text

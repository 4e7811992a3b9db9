"""micrograph fit and predict of more than two classes."""

import csv
import io
import json

import numpy as np
import pytest
from test_cli import assert_refused

from micrograph.cli import main

draw = np.random.default_rng(3)
T, SEX, KIND = draw.normal(size=90), draw.integers(0, 2, 90), draw.integers(0, 3, 90)
WORDS, NUMBERS = ["setosa", "virginica", "a\u00e9"], ["10", "9", "11"]


def written(path, kinds):
    rows = zip(T.tolist(), SEX.tolist(), KIND.tolist(), strict=True)
    lines = [f"{t!r},{'fm'[sex]},{kinds[kind]}" for t, sex, kind in rows]
    path.write_text("\n".join(["t,sex,kind", *lines]), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("kinds", [WORDS, NUMBERS], ids=["words", "numbers"])
def test_classes_have_coefficients_of_their_own_and_predictions(kinds, tmp_path, capsys):
    """Beside scikit-learn's softmax."""
    linear = pytest.importorskip("sklearn.linear_model")
    path, saved = written(tmp_path / "x.csv", kinds), str(tmp_path / "m.json")
    assert main(["fit", path, "--target", "kind", "--save", saved, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    X = np.column_stack([T, SEX])
    y = np.array([int(kinds[i]) if kinds is NUMBERS else kinds[i] for i in KIND])
    theirs = linear.LogisticRegression(C=float("inf"), tol=1e-10, max_iter=10_000).fit(X, y)
    assert found["classes"] == theirs.classes_.tolist()
    assert found["counts"] == [int(np.sum(y == kind)) for kind in theirs.classes_]
    base, *others = theirs.classes_.tolist()
    own = np.column_stack([theirs.intercept_, theirs.coef_])
    expected = {
        f"{kind}: {name}": x
        for kind, row in zip(others, own[1:] - own[0], strict=True)
        for name, x in zip(["intercept", "t", "sex[m]"], row, strict=True)
    }
    # lbfgs of scikit-learn ends where the cost is flat
    assert found["coefficients"] == pytest.approx(expected, rel=1e-3, abs=1e-5)
    assert main(["predict", saved, path]) == 0
    head, *rows = csv.reader(io.StringIO(capsys.readouterr().out))
    assert head == [*(f"P(kind = {kind})" for kind in [base, *others]), "kind"]
    p = np.array([row[:-1] for row in rows], float)
    assert p == pytest.approx(theirs.predict_proba(X), rel=1e-3, abs=1e-5)
    assert [row[-1] for row in rows] == theirs.predict(X).astype(str).tolist()


def test_the_table_has_a_block_for_each_class(tmp_path, capsys):
    path = written(tmp_path / "x.csv", WORDS)
    assert main(["fit", path, "--target", "kind", "-o", str(tmp_path / "x.dot")]) == 0
    head, table, *_ = capsys.readouterr().out.split("\n\n")
    counts = np.bincount(KIND)[[2, 0, 1]]
    assert head == "log-odds of kind against kind = a\u00e9, fitted to 90 examples: " + ", ".join(
        f"{n} of {kind}" for n, kind in zip(counts, sorted(WORDS), strict=True)
    )
    assert [line.split("  ")[0] for line in table.splitlines()[1:]] == [
        "setosa: intercept", "setosa: t", "setosa: sex[m]"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "options", "said"),
    [
        ("t", [], "expected two classes, or at most 20, of two rows each on average; compare a "
                  "number: 'I(t >= 1"),
        ("half", [], "half has 3 values, 0.5, 1, 1.5, in 9 rows"),
        ("name", [], "name has 9 values, a, b, c"),
        ("kind", ["--offset", "t"], "--offset is for two classes; kind has 3"),
    ],
)  # fmt: skip
def test_what_is_no_class_is_refused(target, options, said, tmp_path, capsys):
    path = tmp_path / "x.csv"
    rows = [f"{i * i},{i % 3 / 2 + 0.5},{'abcdefghi'[i]},{'xyz'[i % 3]}\n" for i in range(9)]
    path.write_text("t,half,name,kind\n" + "".join(rows), encoding="utf-8")
    assert_refused(["fit", str(path), "--target", target, *options], said, capsys)

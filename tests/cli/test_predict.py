"""micrograph predict: the probabilities of a saved model, and what is refused."""

import csv
import io
import json

import numpy as np
import pytest
from test_cli import assert_refused

from micrograph.cli import main

draw = np.random.default_rng(5)
M = 80
ROWS = [
    {"age": round(draw.uniform(1, 60), 1), "class": int(draw.integers(1, 4)), "sex": draw.choice(["f", "m"]),
     "fare": round(draw.uniform(1, 90), 2), "y": draw.choice(["no", "yes"]), "o": round(draw.normal(), 3)}
    for _ in range(M)
]  # fmt: skip


def written(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


@pytest.fixture
def model(tmp_path, capsys):
    """A saved model, and the probabilities of its own rows by NumPy."""
    path = written(tmp_path / "x.csv", ROWS)
    saved = str(tmp_path / "model.json")
    formula = "y ~ age + C(class) + age:sex + log(fare)"
    assert main(["fit", path, formula, "--offset", "o", "--save", saved, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    c = found["coefficients"]
    z = [
        found["intercept"] + c["age"] * r["age"] + c.get(f"class[{r['class']}]", 0)
        + c["age:sex[m]"] * r["age"] * (r["sex"] == "m") + c["log(fare)"] * np.log(r["fare"]) + r["o"]
        for r in ROWS
    ]  # fmt: skip
    return saved, 1 / (1 + np.exp(-np.array(z)))


def predicted(capsys, *arguments):
    assert main(["predict", *arguments]) == 0
    return list(csv.reader(io.StringIO(capsys.readouterr().out)))


def test_terms_levels_and_offset_are_those_of_the_fit(model, tmp_path, capsys):
    saved, p = model
    head, *rows = predicted(capsys, saved, str(tmp_path / "x.csv"))
    assert head == ["P(y = yes)", "y"]
    # the same sums in another order
    assert [float(row[0]) for row in rows] == pytest.approx(p.tolist(), rel=1e-12)
    assert [row[1] for row in rows] == ["yes" if x > 0.5 else "no" for x in p]


def test_a_model_without_intercept(tmp_path, capsys):
    path, saved = written(tmp_path / "x.csv", ROWS), str(tmp_path / "model.json")
    assert main(["fit", path, "y ~ age + sex - 1", "--save", saved, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    c = found["coefficients"]
    assert (found["intercept"], list(c)) == (0, ["age", "sex[f]", "sex[m]"])
    z = [c["age"] * r["age"] + c[f"sex[{r['sex']}]"] for r in ROWS]
    _, *rows = predicted(capsys, saved, path)
    assert [float(p) for p, _ in rows] == pytest.approx(1 / (1 + np.exp(-np.array(z))), rel=1e-12)


@pytest.mark.parametrize("formula", ["y ~ sex + C(sex)", "y ~ .", "y ~ . + age:fare", "kind ~ ."])
def test_columns_named_as_terms_are_saved_and_found(formula, tmp_path, capsys):
    """What predict prints is what the coefficients of the fit give."""
    rows = [
        {
            **{name: row[name] for name in ("age", "sex", "fare", "y")},
            "sex[m]": row["o"],
            "age:fare": i % 7,
            "sex[m]_2": i % 5,
            "kind": "abc"[i * i % 3],
        }
        for i, row in enumerate(ROWS)
    ]
    path, saved = written(tmp_path / "x.csv", rows), str(tmp_path / "m.json")
    assert main(["fit", path, formula, "--penalty", "l2", "--save", saved, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    _, *lines = predicted(capsys, saved, path)
    kinds = [line[-1] for line in lines]
    assert main(["fit", path, formula, "--penalty", "l2"]) == 0
    right = np.mean([row[found["target"]] == kind for row, kind in zip(rows, kinds, strict=True)])
    assert right == pytest.approx(found["accuracy"], abs=1e-12)


def test_few_rows_without_the_target_and_in_another_order(model, tmp_path, capsys):
    """One row has one level of each category: the levels are the model's."""
    saved, p = model
    for i in (0, 7):
        row = {name: ROWS[i][name] for name in ("sex", "fare", "o", "class", "age")}
        _, (own, _) = predicted(capsys, saved, written(tmp_path / "new.csv", [row]))
        assert float(own) == pytest.approx(p[i], rel=1e-12)


def test_rows_with_missing_cells_stay_empty_lines(model, tmp_path, capsys):
    saved, p = model
    path = written(tmp_path / "new.csv", [ROWS[0], {**ROWS[1], "age": ""}, ROWS[2]])
    assert_refused(["predict", saved, path], "line 3: age is missing", capsys)
    _, a, b, c = predicted(capsys, saved, path, "--drop-missing")
    assert b == ["", ""]
    assert [float(a[0]), float(c[0])] == pytest.approx(p[[0, 2]].tolist(), rel=1e-12)


def test_predictions_are_written_to_a_file(model, tmp_path, capsys):
    saved, _ = model
    out = tmp_path / "p.csv"
    assert main(["predict", saved, str(tmp_path / "x.csv"), "--output", str(out)]) == 0
    assert "80 predictions" in capsys.readouterr().out
    assert len(out.read_text(encoding="utf-8").splitlines()) == 81


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"class": 4},
            "line 2: class is '4', which the model was not fitted to; its levels are 1, 2, 3",
        ),
        ({"sex": "x"}, "line 2: sex is 'x', which the model was not fitted to"),
        ({"fare": -1}, "line 2: log(fare) is nan, as fare is -1"),
        ({"age": "old"}, "line 2: age is 'old', expected a finite number"),
    ],
)
def test_rows_that_the_model_does_not_know_are_refused(change, said, model, tmp_path, capsys):
    path = written(tmp_path / "new.csv", [{**ROWS[0], **change}])
    assert_refused(["predict", model[0], path], said, capsys)


def test_a_column_that_is_not_there_is_named(model, tmp_path, capsys):
    path = written(tmp_path / "new.csv", [{"age": 1}])
    assert_refused(["predict", model[0], path], "there is no column 'class'", capsys)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (None, "holds no model"),
        ({"kind": "other"}, "holds no model"),
        ({"version": 9}, "is of version 9, expected 1"),
        ({"terms": [[{"expression": "__import__('os').getcwd()", "columns": ["age"], "text": "x"}]]}, "is damaged"),
        ({"terms": [[{"expression": "exit()", "columns": ["age"], "text": "x"}]]}, "is damaged"),
        ({"terms": 1}, "is damaged"),
        ({"intercept": "NaN"}, "is damaged"),
        ({"coefficients": {"age": 1}}, "do not go with its coefficients"),
        ({"classes": [1]}, "is damaged"),
        ({"levels": {}}, "expected a finite number"),
    ],
)  # fmt: skip
def test_files_that_hold_no_model_are_refused_in_one_sentence(
    change, said, model, tmp_path, capsys
):
    saved = model[0]
    with open(saved, encoding="utf-8") as file:
        text = json.dumps({**json.load(file), **change}) if change else "{"
    with open(saved, "w", encoding="utf-8") as file:
        file.write(text)
    assert_refused(["predict", saved, str(tmp_path / "x.csv")], said, capsys)

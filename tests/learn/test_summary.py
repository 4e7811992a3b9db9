"""The summary says what was published, in a terminal, in a notebook and as data."""

import json
import re
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, roc_auc_score
from test_learn import INCIDENT, TEMPERATURE

from micrograph.learn import LogisticRegression
from micrograph.learn.prediction import area
from micrograph.learn.single import told_apart

MODEL = LogisticRegression().fit(TEMPERATURE, INCIDENT, feature_names=["temperature"])


def test_the_flights_as_rs_glm_reports_them():
    """Coefficients as Dalal, Fowlkes & Hoadley (1989); the rest as R's summary(glm(...))."""
    facts = MODEL.summary().to_dict()
    assert facts["coefficients"] == pytest.approx(
        {"intercept": 15.0429, "temperature": -0.2322}, abs=5e-5
    )
    assert facts["standard_errors"] == pytest.approx(
        {"intercept": 7.3786, "temperature": 0.1082}, abs=5e-5
    )
    assert facts["z"] == pytest.approx({"intercept": 2.039, "temperature": -2.145}, abs=5e-4)
    assert facts["p"] == pytest.approx({"intercept": 0.0415, "temperature": 0.0320}, abs=5e-5)
    assert (facts["null_deviance"], facts["deviance"]) == pytest.approx((28.267, 20.315), abs=5e-4)
    assert facts["aic"] == pytest.approx(24.315, abs=5e-4)


def test_measures_of_prediction_are_scikit_learns():
    facts, p = MODEL.summary().to_dict(), MODEL.predict_proba(TEMPERATURE)[:, 1]
    assert facts["auc"] == pytest.approx(roc_auc_score(INCIDENT, p))
    assert facts["log_loss"] == pytest.approx(log_loss(INCIDENT, p))
    assert facts["accuracy"] == pytest.approx(accuracy_score(INCIDENT, MODEL.predict(TEMPERATURE)))
    assert facts["confusion"] == confusion_matrix(INCIDENT, MODEL.predict(TEMPERATURE)).tolist()


def test_the_text_is_aligned_and_begins_with_the_coefficients():
    lines = MODEL.summary().text.splitlines()
    assert lines[0] == "Logistic regression: P(1), fitted to 23 examples: 16 of 0, 7 of 1"
    head, first, second = lines[2:5]
    assert len(head) == len(first) == len(second)  # the last column ends where its title does
    assert re.split(r"\s\s+", first.strip())[:4] == ["intercept", "15.0429", "7.37864", "2.03871"]
    assert max(map(len, lines)) <= 100


class Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.open = [], []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.found.append(data)


def test_the_html_holds_the_same_table_and_escapes_names():
    model = LogisticRegression().fit(TEMPERATURE, INCIDENT, feature_names=["<b>&"])
    cells = Cells()
    cells.feed(model.summary()._repr_html_())
    assert cells.open == []
    assert {"<b>&", "-0.232163", "odds ratio", "AIC"} <= set(cells.found)


def test_the_frame_holds_the_numbers():
    pytest.importorskip("pandas")
    frame = MODEL.summary().frame
    assert frame.index.tolist() == ["intercept", "temperature"]
    assert frame.loc["temperature", "coefficient"] == MODEL.coef_[0, 0]
    assert frame["std. error"].tolist() == MODEL.standard_errors_[0].tolist()
    low, high = frame.loc["temperature", ["2.5 %", "97.5 %"]]
    assert (low + high) / 2 == pytest.approx(MODEL.coef_[0, 0])


@pytest.mark.parametrize("y", [INCIDENT, np.arange(23) % 3, TEMPERATURE[:, 0] > 69.5])
def test_the_facts_are_plain_json_and_stay_so_when_saved(y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the labels that are separated
        model = LogisticRegression().fit(TEMPERATURE, y)
    facts = model.summary().to_dict()
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert LogisticRegression.from_json(model.to_json()).summary().to_dict() == facts


def test_a_penalised_summary_says_so():
    model = LogisticRegression("l2", C=0.5).fit(TEMPERATURE, INCIDENT)
    for text in (model.summary().text, model.summary()._repr_html_()):
        assert "penalty l2, C = 0.5. Errors, z, p and intervals are those of the penalised" in text
    assert model.summary().to_dict()["penalty"] == "l2"
    assert "penalty" not in MODEL.summary().text


def test_warnings_are_part_of_the_summary():
    with pytest.warns(UserWarning, match="not converged"):
        model = LogisticRegression(max_iter=2).fit(TEMPERATURE, INCIDENT)
    assert "Warning: not converged after 2 iterations" in model.summary().text
    assert not model.summary().to_dict()["converged"]


def test_of_three_classes_the_table_has_a_row_for_each_but_the_first():
    kinds = np.array(["a", "b", "c"])[np.arange(23) % 3]
    model = LogisticRegression().fit(TEMPERATURE, kinds, feature_names=["t"])
    facts = model.summary().to_dict()
    assert list(facts["coefficients"]) == ["b: intercept", "b: t", "c: intercept", "c: t"]
    assert facts["coefficients"]["c: t"] == pytest.approx(model.coef_[2, 0] - model.coef_[0, 0])
    assert facts["likelihood_ratio"]["df"] == 2
    assert facts["auc"] is None
    assert "log-odds against a" in model.summary().text


def test_before_fit_there_is_no_summary():
    with pytest.raises(ValueError, match="not fitted"):
        LogisticRegression().summary()


def test_names_that_collide_are_told_apart():
    X = np.random.default_rng(0).normal(size=(60, 4))
    y = np.arange(60) % 2
    names = ["z", "x_z", "b", "w_x_z"]
    model = LogisticRegression().fit(X, y, feature_names=names)
    L = model.loss_of(X[0], 0)
    found = [node.name for node in L.walk()]
    assert len(set(found)) == len(found)
    assert L.node("x_z").data == X[0, 1]  # a feature keeps its own name if it can
    graph = model.graph(X[0])
    assert graph() == pytest.approx(model.predict_proba(X[:1])[0, 1])
    assert told_apart(["z", "x_z"], {"z"}, "x_") == ["x_x_z", "x_z"]


def test_names_given_twice_are_told_apart():
    X = np.random.default_rng(0).normal(size=(60, 4))
    model = LogisticRegression().fit(
        X, np.arange(60) % 2, feature_names=["t", "t", "t_2", "intercept"]
    )
    assert model.names_ == ["t", "t_3", "t_2", "intercept"]
    assert next(iter(model.summary().to_dict()["coefficients"])) == "the model's intercept"


def test_an_example_of_three_classes_is_a_graph():
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = np.arange(60) % 3
    model = LogisticRegression().fit(X, y)
    L = model.loss_of(X[0], 1)
    p = model.predict_proba(X[:1])[0]
    assert L.data == pytest.approx(-np.log(p[1]))
    assert [L.node(f"z{i}").grad for i in (1, 2, 3)] == pytest.approx(p - [0, 1, 0])
    assert model.loss_of(X[0]).data == pytest.approx(p.max())


@pytest.mark.parametrize("weighted", [False, True])
def test_the_area_under_the_curve_is_scikit_learns_with_ties(weighted):
    draw = np.random.default_rng(4)
    for _ in range(20):
        y = np.r_[0.0, 1.0, draw.integers(0, 2, 40)]
        z, weights = draw.integers(-3, 4, 42) / 2, draw.random(42) if weighted else None
        # sums of 42 numbers in another order
        assert area(y, z, weights) == pytest.approx(
            roc_auc_score(y, z, sample_weight=weights), abs=1e-13
        )


def test_the_null_likelihood_is_that_of_an_intercept_alone():
    """Known in closed form; here beside a fit to a column that says nothing."""
    y, weights = np.arange(30) % 4 // 2 + np.arange(30) // 20, np.arange(30) % 3 + 0.5
    for fit_intercept in (True, False):
        model = LogisticRegression(fit_intercept=fit_intercept)
        model.fit(np.arange(30.0)[:, None] % 7, y, sample_weight=weights)
        null = LogisticRegression(fit_intercept=fit_intercept)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the constant column
            null.fit(np.zeros((30, 1)), y, sample_weight=weights)
        assert model.summary().to_dict()["null_log_likelihood"] == pytest.approx(
            null.log_likelihood_, rel=1e-12
        )

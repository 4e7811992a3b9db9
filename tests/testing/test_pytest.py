"""A project of somebody's own, whose tests check gradients: what pytest shows there."""

import subprocess
import sys

import pytest

TESTS = """
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import micrograph as mg
from micrograph.testing import GradientError, check_gradients, check_primitive

swish = mg.primitive(
    "swish", formula=lambda xp, x: x * xp.sigmoid(x),
    partials=lambda xp, y, x: (xp.sigmoid(x) + y * (1 - xp.sigmoid(-x)),),
)
double = mg.primitive("double", formula=lambda xp, x: 2 * x)


def energy(x):
    return np.sum(x[1:] * x[:-1]) + np.sum(x**4)


def energy_gradient(x):
    g = 4 * x**3
    g[:-1] += x[1:]
    g[1:] -= x[:-1]
    return g


@pytest.mark.parametrize("row", [swish, double], ids=lambda row: row.name)
def test_rows(row):
    check_primitive(row)


def test_energy():
    check_gradients(energy, np.array([1.0, 2.0, 3.0]), gradient=energy_gradient)


@settings(derandomize=True, database=None)
@given(st.floats(-5, 5))
def test_swish(x):
    check_gradients(lambda x: mg.exp(swish(x).named("s")), x)


@settings(derandomize=True, database=None)
@given(st.floats(-5, 5))
def test_ours(x):
    check_gradients(lambda x: mg.tanh(x) * mg.silu(x), x, order=2)


@settings(derandomize=True, database=None)
@given(st.floats(1, 5))
def test_what_cannot_be_told(x):
    check_gradients(lambda x: (1 - mg.cos(x * 1e-9)) / (x * 1e-9) ** 2, x)
"""


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    project = tmp_path_factory.mktemp("project")
    (project / "test_theirs.py").write_text(TESTS, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, encoding="utf-8")
    return ran.stdout


def test_right_ones_pass_and_wrong_ones_fail(output):
    failed = {line.split("::")[1].split()[0] for line in output.splitlines() if "FAILED" in line}
    assert failed == {"test_rows[swish]", "test_energy", "test_swish", "test_what_cannot_be_told"}


def test_a_failure_says_what_is_wrong(output):
    assert "GradientError: wrong rule: ∂y/∂x of y = swish(x) at x = 1.0" in output
    assert "GradientError: wrong rule: ∂s/∂x of s = swish(x) at x = " in output
    assert "∂energy/∂x[1], gradient: the true sum with the wrong sign of the path x[1] → " in output
    assert "the node alone:" in output


def test_a_failure_shows_the_caller_and_nothing_of_ours(output):
    assert "check_primitive(row)" in output
    assert "_first_order" not in output
    assert "record.examine" not in output


def test_too_much_that_cannot_be_told_trips_hypothesis(output):
    assert "Unsatisfiable" in output or "FailedHealthCheck" in output

"""Every row within the ULP that docs/accuracy.md promises, over its domain."""

import os

import pytest
from accuracy import GOAL, PROMISES, promise
from rows import QUICK

from micrograph.core import TABLE
from micrograph.testing import check_primitive

POINTS = 15_000 if os.environ.get("HYPOTHESIS_PROFILE") == "search" else 400


@pytest.mark.parametrize("row", QUICK, ids=lambda row: row.name)
def test_a_row_keeps_its_promise(row):
    found, allowed = check_primitive(row, n=POINTS, order=1), promise(row.name)
    assert found.value.ulps <= allowed.value, found
    assert found.first.ulps <= allowed.partial, found


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_a_row_passes_with_its_second_partials(row):
    assert check_primitive(row, n=80).points >= 10


def test_who_misses_the_goal_says_why():
    for name, allowed in PROMISES.items():
        misses = allowed.value > GOAL.value or allowed.partial > GOAL.partial
        assert bool(allowed.reason) == misses, name

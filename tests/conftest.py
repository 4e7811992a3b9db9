"""Hypothesis profiles: quick for daily work, thorough in CI (``HYPOTHESIS_PROFILE=thorough``).

Under ``CI`` the examples are the same on every run: a red run tells of the change, not of luck.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

from micrograph import registration
from micrograph.row import TABLE

common = {
    "deadline": None,
    "derandomize": bool(os.environ.get("CI")),
    "suppress_health_check": [HealthCheck.too_slow],  # a loaded machine is no fault of a test
}
settings.register_profile("quick", max_examples=40, **common)
settings.register_profile("thorough", max_examples=75, **common)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(autouse=True)
def no_row_stays():
    """What a test, or an example in the docs, adds to the table is gone after it."""
    before = set(TABLE)
    yield
    for name in set(TABLE) - before:
        registration._forget(name)

"""Hypothesis profiles: quick for daily work, thorough in CI (``HYPOTHESIS_PROFILE=thorough``).

Under ``CI`` the examples are the same on every run: a red run tells of the change, not of luck.
"""

import os

from hypothesis import HealthCheck, settings

always_the_same = bool(os.environ.get("CI"))
settings.register_profile("quick", max_examples=40, deadline=None, derandomize=always_the_same)
settings.register_profile(
    "thorough",
    max_examples=100,
    deadline=None,
    derandomize=always_the_same,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

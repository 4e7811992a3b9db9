"""Hypothesis's profiles: ``seeded`` by default, ``search`` to look further.

``seeded``: the same examples on every run and on every machine. Nothing is read from an earlier
run or from CI's variables, so a red run tells of the change and not of luck.
``search``: other examples on every run, and more of them. What it finds is kept in
``.hypothesis/`` and is tried first the next time (``HYPOTHESIS_PROFILE=search pytest``).
"""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from micrograph import naming
from micrograph.core import KINDS, TABLE

ROOT = Path(__file__).parent.parent

common = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],  # a loaded machine is no fault of a test
    "print_blob": True,
}
settings.register_profile("seeded", max_examples=40, derandomize=True, database=None, **common)
settings.register_profile(
    "search",
    max_examples=60,
    derandomize=False,
    database=DirectoryBasedExampleDatabase(ROOT / ".hypothesis" / "examples"),
    **common,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "seeded"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """What a test, or an example in the package or the docs, adds to the table is gone after it.

    So is the namespace of a class that the test's file has. What the package enters when a library
    is first met stays. A fixture of this file would not be used by the examples in the package's
    docstrings.
    """
    before = set(TABLE)
    done = yield
    for name in set(TABLE) - before:
        naming.forget(name)
    if isinstance(item, pytest.Function):
        for number in [t for t in KINDS if t.__module__ == item.module.__name__]:
            del KINDS[number]
    return done


@pytest.fixture(scope="module")
def browser():
    """A Chromium without a window, that playwright drives."""
    playwright = pytest.importorskip("playwright.sync_api")
    found = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    chromium = next(filter(None, found), None)
    if not chromium:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def x64():
    """JAX with numbers of 64 bits, for as long as the test runs."""
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield jax
    jax.config.update("jax_enable_x64", before)

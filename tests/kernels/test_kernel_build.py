"""The kernels are used if they were built from the sources as they are now."""

from pathlib import Path

import pytest
from kernel_calls import EXTENSION, SETS
from kernel_marks import needs_kernels

import micrograph as mg
from micrograph.kernels import build

FOLDER = Path(build.__file__).parent


def test_the_kernels_are_known_by_all_their_sources():
    here = {f"kernels/{path.name}" for path in FOLDER.glob("*.[chp]*") if path.suffix in SUFFIXES}
    assert {*here, "kernels/header.py"} <= set(build.SOURCES)
    assert all((FOLDER.parent / name).exists() for name in build.SOURCES)


SUFFIXES = {".c", ".h", ".pyx"}


@needs_kernels
def test_kernels_built_from_other_sources_are_not_used(monkeypatch):
    monkeypatch.setattr(build, "fingerprint", lambda: "another")
    with pytest.warns(
        UserWarning, match="runs on NumPy: the kernels were built from other sources"
    ):
        found, why = build.extension.__wrapped__()
    assert found is None
    assert "pip install -e ." in why


def test_the_environment_and_a_python_without_a_lock_do_without_them(monkeypatch):
    monkeypatch.setenv("MICROGRAPH_PURE", "1")
    assert build.extension.__wrapped__() == (None, "MICROGRAPH_PURE is set")
    monkeypatch.setenv("MICROGRAPH_PURE", "0")
    monkeypatch.setattr(build.sys, "_is_gil_enabled", lambda: False, raising=False)
    found, why = build.extension.__wrapped__()
    assert found is None
    assert "lock" in why


@needs_kernels
def test_what_runs_is_said():
    assert SETS == EXTENSION.SETS
    assert SETS[-1] == "baseline"
    fast = mg.compile(lambda x: x * x)
    fast(2.0)
    assert fast.backend == f"kernels for {SETS[0]}"

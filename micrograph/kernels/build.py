"""Whether the extension with the kernels can be used: if it was built from these sources."""

from __future__ import annotations

import os
import sys
import warnings
from functools import cache
from importlib import import_module
from typing import Any

from ..engine import build

SOURCES = (
    "special/elementary.py", "special/error.py", "special/logistic.py", "special/normal.py",
    "special/activation.py", "special/gamma.py", "special/inverse.py", "special/lambert.py",
    "special/sinc.py", "core.py", "primitives.py", "namespaces/c.py", "namespaces/standalone.py",
    "namespaces/c_library.py", "namespaces/c_gamma.py", "namespaces/c_pair.py", "kernels/header.py",
    "kernels/blocks.c", "kernels/blocks.h", "kernels/mvec.c", "kernels/mvec.h", "kernels/point.c",
    "kernels/sets.h", "kernels/_kernels.pyx",
)  # fmt: skip
"""The files that the kernels are made from."""


def fingerprint() -> str:
    """A hash of the sources as they are now."""
    return build.fingerprint(SOURCES)


@cache
def extension() -> tuple[Any, str]:
    """The extension with the kernels, or None; and the reason. It is looked at once."""
    if os.environ.get("MICROGRAPH_PURE", "0") not in ("", "0"):
        return None, "MICROGRAPH_PURE is set"
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return None, "this Python runs without a global lock, which the kernels count on"
    try:
        found = import_module(f"{__package__}._kernels")
    except ModuleNotFoundError:
        return None, "no kernels were built: pip install says why, with -v"
    except ImportError as error:
        return None, f"the kernels can't be loaded: {error}"
    if fingerprint() != found.FINGERPRINT:
        reason = "the kernels were built from other sources; rebuild them: pip install -e ."
        warnings.warn(f"micrograph.compile runs on NumPy: {reason}", stacklevel=2)
        return None, reason
    return found, f"kernels for {found.SETS[0]}"

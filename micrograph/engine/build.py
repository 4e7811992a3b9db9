"""Which engine runs: the compiled one if it was built from these sources, else plain Python.

Both engines are the same ``Value``: ``value.py`` in Python, ``_value.pyx`` at C speed, by the
convention of PEP 399. The other files pair off in the same way: ``_recording.pxi`` is the
counterpart of ``recording.py``.
"""

from __future__ import annotations

import os
import sys
import warnings
from binascii import crc32
from collections.abc import Sequence
from importlib import import_module

from ..annotation import Any

SOURCES = (
    "special/elementary.py", "special/logistic.py", "special/normal.py", "special/gamma.py",
    "special/activation.py", "special/inverse.py", "special/lambert.py", "special/sinc.py",
    "core.py", "primitives.py",
    "namespaces/text.py", "namespaces/floats.py", "namespaces/c.py",
    "engine/_value.pyx", "engine/_memory.pxi", "engine/_scope.pxi", "engine/_core.pxi",
    "engine/_recording.pxi", "engine/_sweep.pxi", "engine/_flat.pxi", "engine/_tapes.pxi",
    "engine/_gradient.pxi",
)  # fmt: skip
"""The files that the compiled engine is made from."""


def fingerprint(sources: Sequence[str] = SOURCES) -> str:
    """A hash of the sources as they are now. An extension holds the hash it was built with."""
    package = os.path.dirname(os.path.dirname(__file__))
    found = 0  # not by hashlib and pathlib: they would add 5 ms to an import of 22 ms
    for name in sources:
        with open(os.path.join(package, name), "rb") as source:
            found = crc32(source.read(), found)
    return f"{found:08x}"


def _choose() -> tuple[Any, str]:
    """The extension, or None; and the reason."""
    if os.environ.get("MICROGRAPH_PURE", "0") not in ("", "0"):
        return None, "MICROGRAPH_PURE is set"
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return None, "this Python runs without a global lock, which the extension counts on"
    try:
        _value = import_module(f"{__package__}._value")
    except ModuleNotFoundError:
        return None, (
            "no extension was built in the folder that Python imports micrograph from; "
            "pip install -e . builds it there, and says why it can't, with -v"
        )
    except ImportError as error:
        return None, f"the extension can't be loaded: {error}"
    if fingerprint() != _value.FINGERPRINT:
        reason = "the extension was built from other sources; rebuild it: pip install -e ."
        warnings.warn(f"micrograph runs in plain Python: {reason}", stacklevel=2)
        return None, reason
    return _value, f"built by {_value.BUILT_BY}"


compiled, _reason = _choose()


def build_info() -> dict[str, str]:
    """Which engine runs, and why.

    ``MICROGRAPH_PURE=1`` in the environment forces plain Python.

    Returns:
        A dict with two strings. "engine" is "compiled" or "plain Python". "reason" says how the
        extension was built, or why it does not run.

    Example:
        >>> build_info()["engine"] in ("compiled", "plain Python")
        True
    """
    return {"engine": "compiled" if compiled else "plain Python", "reason": _reason}

"""Gradient checks to import, and Hypothesis strategies for numbers, formulas and graphs.

Where to read what. A check goes down this list:

- ``check``: the door, ``check_gradients``. ``primitive``: ``check_primitive``.
  ``coverage``: ``check_namespace``.
- ``call``: the user's function as one of flat lists. ``names``, ``layouts``: what goes in and out.
- ``given``: derivatives that a user gives. ``comparison``: one of them, number by number.
- ``computed``: our derivatives, of any order. ``rule``: one row.
- ``judge``: right or wrong? Every check ends there. ``diagnosis``: what a wrong number looks like.
- ``report``: what is said of it.

The truth that the judge is given is certified or estimated:

- ``derivatives``: which of the two it is for a function.
- ``truth``: a row on balls. ``steps``: a graph on balls. ``recorded``: a function as a graph;
  ``rounding``: what floats may lose in it.
- ``differences``, ``nearby``: a function known by its values alone. ``blackbox``: such a call.

``points`` and ``strategies`` draw what is checked.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..namespaces.text import to_install

try:
    import hypothesis  # noqa: F401  # to say which package is missing
except ImportError as error:
    raise ImportError(f"{error}: {to_install('check')}") from None

from .check import check_gradients
from .report import GradientError, Inconclusive, Report
from .strategies import Expression, arguments, expressions, graphs, numbers, points_for

if TYPE_CHECKING:
    from .coverage import Coverage, check_namespace
    from .primitive import Accuracy, check_primitive

__all__ = [
    "Accuracy",
    "Coverage",
    "Expression",
    "GradientError",
    "Inconclusive",
    "Report",
    "arguments",
    "check_gradients",
    "check_namespace",
    "check_primitive",
    "expressions",
    "graphs",
    "numbers",
    "points_for",
]

_CERTIFIED = {
    "primitive": ("Accuracy", "check_primitive"),
    "coverage": ("Coverage", "check_namespace"),
}
"""What needs python-flint: the names in each module."""


def _is_public(name: str) -> None:
    globals()[name].__module__ = __name__  # a traceback names what one imports


for _name in __all__:
    if _name in globals():
        _is_public(_name)


def _later(name: str) -> Any:
    """What needs python-flint, imported when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    for module, names in _CERTIFIED.items():
        found = import_module(f".{module}", __name__)
        for each in names:
            globals()[each] = getattr(found, each)
            _is_public(each)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted(__all__)


if not TYPE_CHECKING:  # a type checker is to find what is misspelt
    __getattr__ = _later

"""Gradient checks to import, and Hypothesis strategies for numbers, formulas and graphs.

Where to read what. A check goes down this list:

- ``check``: the door, ``check_gradients``. ``primitive``: ``check_primitive``, ``check_namespace``.
- ``call``: the user's function as one of flat lists. ``names``, ``layouts``: what goes in and out.
- ``given``: derivatives that a user gives. ``computed``: ours, of any order. ``rule``: one row.
- ``judge``: right or wrong? Every check ends there. ``diagnosis``: what a wrong number looks like.
- ``report``: what is said of it.

The truth that the judge is given is certified or estimated:

- ``truth``: a row on balls. ``steps``: a graph on balls. ``recorded``: a function as a graph.
- ``differences``, ``nearby``: a function known by its values alone. ``blackbox``: such a call.

``points`` and ``strategies`` draw what is checked.
"""

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
    from .primitive import Accuracy, Coverage, check_namespace, check_primitive

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

_CERTIFIED = ("Accuracy", "Coverage", "check_namespace", "check_primitive")


def _is_public(name: str) -> None:
    globals()[name].__module__ = __name__  # a traceback names what one imports


for _name in __all__:
    if _name not in _CERTIFIED:
        _is_public(_name)


def __getattr__(name: str) -> Any:
    """What needs python-flint, imported when it is first used."""
    if name not in _CERTIFIED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    from . import primitive

    for each in _CERTIFIED:
        globals()[each] = getattr(primitive, each)
        _is_public(each)
    return globals()[name]

"""Gradient checks to import, and Hypothesis strategies for numbers, formulas and graphs."""

from typing import TYPE_CHECKING, Any

try:
    import hypothesis  # noqa: F401  # to say which package is missing
except ImportError as error:
    raise ImportError(f'{error}: pip install "micrograph[check]"') from None

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

"""Gradient checks to import, and Hypothesis strategies for numbers, formulas and graphs."""

try:
    import hypothesis  # noqa: F401  # to say which package is missing
    import mpmath  # noqa: F401  # the same; and its import is in no test's deadline
except ImportError as error:
    raise ImportError(f'{error}: pip install "micrograph[check]"') from None

from .check import check_gradients
from .growth import Expression
from .operands import arguments, numbers
from .primitive import Accuracy, Coverage, check_namespace, check_primitive
from .report import GradientError, Inconclusive, Report
from .strategies import expressions, graphs, points_for

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

for _name in __all__:  # a traceback names the module that one imports: micrograph.testing
    globals()[_name].__module__ = __name__

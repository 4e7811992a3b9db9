"""Gradient checks to import: ``check_gradients``, ``check_primitive``, ``check_namespace``."""

try:
    import hypothesis  # noqa: F401  # to say what is missing
    import mpmath  # noqa: F401
except ImportError as error:
    raise ImportError(f'{error}: pip install "micrograph[check]"') from None

from .check import check_gradients
from .primitive import Accuracy, Coverage, check_namespace, check_primitive
from .report import GradientError, Inconclusive, Report

__all__ = [
    "Accuracy",
    "Coverage",
    "GradientError",
    "Inconclusive",
    "Report",
    "check_gradients",
    "check_namespace",
    "check_primitive",
]

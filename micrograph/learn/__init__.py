"""Learning from examples: losses, gradient descent, logistic regression.

It needs NumPy and SciPy, and shows progress bars if tqdm is installed. ``LogisticRegression`` needs
scikit-learn, which is imported when it is first used. The extra ``learn`` brings all four:
``pip install "micrograph[learn]"``. Pictures need Matplotlib, from the extra ``plot``.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..namespaces.text import to_install

if not (find_spec("numpy") and find_spec("scipy")):
    raise ImportError(f"micrograph.learn needs NumPy and SciPy: {to_install('learn')}")

from .descent import ConvergenceWarning, Descent, gradient_descent
from .logistic import accumulate, cost, example
from .losses import cross_entropy, logistic_loss, squared_loss
from .plot import animate_descent, plot_bowl, plot_cost, plot_fit, plot_losses
from .separated import SeparationWarning

if TYPE_CHECKING:
    from .regression import LogisticRegression as LogisticRegression
    from .summary import Summary as Summary

__all__ = [
    "ConvergenceWarning",
    "Descent",
    "LogisticRegression",
    "SeparationWarning",
    "Summary",
    "accumulate",
    "animate_descent",
    "cost",
    "cross_entropy",
    "example",
    "gradient_descent",
    "logistic_loss",
    "plot_bowl",
    "plot_cost",
    "plot_fit",
    "plot_losses",
    "squared_loss",
]

for _public in (ConvergenceWarning, Descent, SeparationWarning):
    _public.__module__ = __name__  # the place that a traceback names, and where one imports it from


def _later(name: str) -> Any:
    if name == "Summary":
        from .summary import Summary

        return Summary
    if name != "LogisticRegression":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not find_spec("sklearn"):
        raise ImportError(
            f"LogisticRegression needs scikit-learn: {to_install('learn')}", name="sklearn"
        )
    from .regression import LogisticRegression

    LogisticRegression.__module__ = __name__
    globals()[name] = LogisticRegression
    return LogisticRegression


def __dir__() -> list[str]:
    return sorted(__all__)


if not TYPE_CHECKING:  # a type checker is to find what is misspelt
    __getattr__ = _later

"""Learning from examples: losses, gradient descent, logistic regression.

It needs NumPy and SciPy, and shows progress bars if tqdm is installed. The extra ``learn`` brings
all three: ``pip install "micrograph[learn]"``. Pictures need Matplotlib, from the extra ``plot``.
"""

from __future__ import annotations

from importlib.util import find_spec

if not (find_spec("numpy") and find_spec("scipy")):
    raise ImportError('micrograph.learn needs NumPy and SciPy: pip install "micrograph[learn]"')

from .descent import ConvergenceWarning, Descent, gradient_descent
from .logistic import accumulate, cost, example
from .losses import cross_entropy, logistic_loss, squared_loss
from .plot import animate_descent, plot_bowl, plot_cost, plot_fit, plot_losses
from .regression import LogisticRegression, SeparationWarning

__all__ = [
    "ConvergenceWarning",
    "Descent",
    "LogisticRegression",
    "SeparationWarning",
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

for _public in (ConvergenceWarning, Descent, LogisticRegression, SeparationWarning):
    _public.__module__ = __name__  # the place that a traceback names, and where one imports it from

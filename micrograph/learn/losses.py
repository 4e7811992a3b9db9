"""The loss of one example: how far a prediction is from the label, 0 or 1.

Each loss is computed by rows of the table, so it takes floats, Values or arrays. A cost is the
average of a loss over the examples.
"""

from __future__ import annotations

from typing import Any

from ..domain import DomainError
from ..primitives import log, log_sigmoid


def squared_loss(a: Any, y: Any) -> Any:
    """The squared loss ½(a − y)².

    If a = σ(z), this loss is not convex in z, so descent may end in the wrong place.

    Args:
        a: The prediction.
        y: The label.

    Example:
        >>> squared_loss(0.75, 1)
        0.03125
    """
    return (a - y) ** 2 / 2


def cross_entropy(a: Any, y: Any) -> Any:
    """The cross-entropy −(y·log a + (1 − y)·log(1 − a)) of a prediction 0 < a < 1.

    If a = σ(z), this loss is convex in z, and its derivative in z is a − y.

    It is meant for reading; to train, use ``logistic_loss``. The closer a is to 1, the fewer digits
    1 − a keeps: half of them at z = 20, and none if a was rounded to 1.

    Args:
        a: The prediction, 0 < a < 1.
        y: The label, 0 or 1.

    Raises:
        DomainError: If a is 0 or 1.

    Example:
        >>> from micrograph import Value
        >>> a = Value(0.75, "a")
        >>> cross_entropy(a, 1).backward()
        >>> a.grad  # −y/a + (1 − y)/(1 − a)
        -1.3333333333333333
    """
    try:
        return -(y * log(a) + (1 - y) * log(1 - a))
    except DomainError as error:
        raise DomainError(f"{error}; the loss from z is logistic_loss(z, y)") from None


def logistic_loss(z: Any, y: Any) -> Any:
    """The cross-entropy of a = σ(z), computed from z: exact to the last digits at any z.

    log a is log σ(z), and log(1 − a) is log σ(−z). The row ``log_sigmoid`` computes both.

    Args:
        z: The input of σ.
        y: The label, 0 or 1.

    Example:
        >>> logistic_loss(800.0, 0)
        800.0
    """
    return -(y * log_sigmoid(z) + (1 - y) * log_sigmoid(-z))

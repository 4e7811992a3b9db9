"""The loss of one example: how far a prediction is from the label, 0 or 1.

They are made of rows of the table, so they take floats, Values and arrays alike. A cost is the
average of a loss over the examples.
"""

from __future__ import annotations

from typing import Any

from ..domain import DomainError
from ..primitives import log, log_sigmoid


def squared_loss(a: Any, y: Any) -> Any:
    """½(a − y)². Of a = σ(z) it is not convex in z: descent may end in the wrong place.

    >>> squared_loss(0.75, 1)
    0.03125
    """
    return (a - y) ** 2 / 2


def cross_entropy(a: Any, y: Any) -> Any:
    """−(y·log a + (1 − y)·log(1 − a)), the loss of a prediction 0 < a < 1.

    Of a = σ(z) it is convex in z, with the slope a − y. It is for reading: of 1 − a fewer digits
    are left the nearer a is to 1 (half of them at z = 20), and none where a was rounded to it.
    Training takes ``logistic_loss``.

    Raises: DomainError where a is 0 or 1.

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
    """The cross-entropy of a = σ(z), taken from z: exact to the last digits at any z.

    log a is log σ(z) and log(1 − a) is log σ(−z), rows of their own.

    >>> logistic_loss(800.0, 0)
    800.0
    """
    return -(y * log_sigmoid(z) + (1 - y) * log_sigmoid(-z))

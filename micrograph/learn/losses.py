"""The loss of one example: how far a prediction is from the label, 0 or 1.

Each loss takes floats, Values or arrays. Two are rows of the table. ``cross_entropy(a, y)`` is the
loss of a prediction 0 < a < 1. ``logistic_loss(z, y)`` is the same loss of a = σ(z), computed from
z. To train, use the second: a may round to 0 or 1. A cost is the average of a loss over the
examples.
"""

from __future__ import annotations

from typing import Any

from ..primitives import cross_entropy, logistic_loss

__all__ = ["cross_entropy", "logistic_loss", "squared_loss"]


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

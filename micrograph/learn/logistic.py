"""Logistic regression from the nodes, as it is written on the board.

    z = wᵀx + b        a = σ(z)        L = −(y·log a + (1 − y)·log(1 − a))

After ``L.backward()`` the grads of the nodes named a, z, w1, …, b are what the notes call da, dz,
dw1, …, db; and dz = a − y.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..primitives import dot, mean, sigmoid
from .losses import cross_entropy, logistic_loss


def output(x: Sequence[Any], w: Sequence[Any], b: Any) -> Any:
    """The prediction a for one example, in whose graph z is.

    x: the features
    w: the weights
    b: the bias; it or a weight is a Value
    """
    z = (dot(w, x) + b).named("z")
    return sigmoid(z).named("a")


def example(x: Sequence[Any], y: Any, w: Sequence[Any], b: Any) -> Any:
    """The loss L of one example, in whose graph z and a are.

    x: the features
    y: the label, 0 or 1
    w: the weights
    b: the bias; it or a weight is a Value

    >>> from micrograph import Value
    >>> w, b = [Value(0.5, "w1"), Value(-0.25, "w2")], Value(0.0, "b")
    >>> L = example([1.0, 2.0], 1, w, b)
    >>> L.backward()
    >>> L.node("z").grad, b.grad, [v.grad for v in w]
    (-0.5, -0.5, [-0.5, -1.0])
    """
    return cross_entropy(output(x, w, b), y).named("L")


def cost(X: Sequence[Sequence[Any]], y: Sequence[Any], w: Sequence[Any], b: Any) -> Any:
    """The cost J(w, b): the average loss over the examples, each taken from its z.

    X: (m, n), the features of each example
    y: (m,), the labels, 0 or 1
    w: (n,), the weights
    b: the bias; it or a weight is a Value
    """
    losses = [logistic_loss(dot(w, x) + b, label) for x, label in zip(X, y, strict=True)]
    return mean(losses).named("J")


def accumulate(
    X: Sequence[Sequence[float]], y: Sequence[float], w: Sequence[float], b: float
) -> tuple[float, list[float], float]:
    """J, dw and db on plain floats, example by example: the algorithm that is in the notes.

    The derivatives are typed by hand here, to be compared with those of the engine. Only the loss
    is taken from z, so that it does not saturate.

    >>> accumulate([[1.0], [3.0]], [0, 1], [0.0], 0.0)
    (0.6931471805599453, [-0.5], 0.0)
    """
    m = len(X)
    J, dw, db = 0.0, [0.0 for _ in w], 0.0  # accumulators
    for x, label in zip(X, y, strict=True):
        z = dot(w, x) + b
        a = sigmoid(z)
        J += float(logistic_loss(z, label))
        dz = float(a - label)
        dw = [d + float(x_i) * dz for d, x_i in zip(dw, x, strict=True)]
        db += dz
    return J / m, [d / m for d in dw], db / m

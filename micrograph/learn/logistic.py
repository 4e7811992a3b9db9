"""Logistic regression built from nodes, as it is written on the board.

    z = wᵀx + b        a = σ(z)        L = −(y·log a + (1 − y)·log(1 − a))

Each of the three is one node. After ``L.backward()``, the grad of the node named z is dL/dz, which
lecture notes write as dz. In the same way the nodes a, w1, …, b hold da, dw1, …, db. By the chain
rule, dz = a − y.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..engine.value import Value
from ..namespaces.floats import real
from ..primitives import dot, mean, sigmoid
from .losses import cross_entropy, logistic_loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = Sequence[Any] | NDArray[Any]
    Vectors = Sequence[Vector] | NDArray[Any]


def output(x: Vector, w: Vector, b: Any) -> Any:
    """The prediction a = σ(wᵀx + b) for one example. Its graph has two nodes, named z and a.

    Args:
        x: The n features.
        w: The n weights.
        b: The bias. At least one of w, b must be a Value.
    """
    z = dot([*w, b], [*x, 1.0]).named("z")
    return sigmoid(z).named("a")


def example(x: Vector, y: Any, w: Vector, b: Any) -> Any:
    """The loss L of one example. Its graph has three nodes, named z, a and L, and 2n + 1 leaves.

    A plain number becomes a leaf: x1, x2, …, w1, w2, … or b. A single feature is called x, and its
    weight w. Values stay as they are. The label stays a number.

    Args:
        x: The n features.
        y: The label, 0 or 1.
        w: The n weights.
        b: The bias.

    Raises:
        DomainError: If a is rounded to 0 or 1.
        ValueError: If there are not as many weights as features, or if the label is not 0 or 1.

    Example:
        >>> from micrograph import Value
        >>> w, b = [Value(0.5, "w1"), Value(-0.25, "w2")], Value(0.0, "b")
        >>> L = example([1.0, 2.0], 1, w, b)
        >>> L.backward()
        >>> L.node("z").grad, b.grad, [v.grad for v in w]
        (-0.5, -0.5, [-0.5, -1.0])
        >>> [v.name for v in L.leaves()]
        ['w1', 'w2', 'b', 'x1', 'x2']
    """
    if len(x) != len(w):
        raise ValueError(f"example expects a weight for each feature, got {len(x)} and {len(w)}")
    _check_labels("example", [y])
    leaves, weights = _leaves(x, "x"), _leaves(w, "w")
    return cross_entropy(output(leaves, weights, *_leaves([b], "b")), y).named("L")


def _check(who: str, X: Vectors, y: Vector, w: Vector) -> None:
    """Raise an error if the examples, their labels and the weights do not go together."""
    if len(X) != len(y):
        raise ValueError(f"{who} expects a label for each example, got {len(X)} and {len(y)}")
    if len(X) == 0:
        raise ValueError(f"{who} expects one example at least, got none")
    for x in X:
        if not hasattr(x, "__len__"):
            raise TypeError(f"{who} expects a list of features for each example, got {x!r}")
        if len(x) != len(w):
            raise ValueError(f"{who} expects a weight for each feature, got {len(x)} and {len(w)}")
    _check_labels(who, y)


def _check_labels(who: str, labels: Vector) -> None:
    """Raise if a label is a number other than 0 and 1: its loss would have no minimum."""
    for label in labels:
        number = label.data if isinstance(label, Value) else real(label)
        if number is not None and number not in (0, 1):
            raise ValueError(f"{who}: the label is {label!r}; expected 0 or 1")


def _leaves(numbers: Vector, name: str) -> list[Any]:
    """The numbers, with a named leaf in place of each plain one."""
    many = len(numbers) > 1
    return [
        x if isinstance(x, Value) or real(x) is None else Value(x, f"{name}{i}" if many else name)
        for i, x in enumerate(numbers, 1)
    ]


def cost(X: Vectors, y: Vector, w: Vector, b: Any) -> Any:
    """The cost J(w, b): the average loss of the examples.

    Each loss is computed from z by ``logistic_loss``, so no prediction is too close to 0 or 1.

    Args:
        X: The features of each example, shape (m, n).
        y: The labels, 0 or 1, shape (m,).
        w: The weights, shape (n,).
        b: The bias.

    Returns:
        A node named J, or a float if no argument holds a Value.

    Raises:
        ValueError: If there are no examples, not as many labels as examples, or not as many
            weights as features. Also if a label is not 0 or 1.
        TypeError: If an example is no list of features.

    Example:
        >>> from micrograph import Value
        >>> w, b = [Value(0.0, "w")], Value(0.0, "b")
        >>> J = cost([[1.0], [3.0]], [0, 1], w, b)
        >>> J.backward()
        >>> J.data, w[0].grad, b.grad
        (0.6931471805599453, -0.5, 0.0)
    """
    _check("cost", X, y, w)
    theta = [*w, b]
    losses = [logistic_loss(dot(theta, [*x, 1.0]), label) for x, label in zip(X, y, strict=True)]
    J = mean(losses)
    return J.named("J") if isinstance(J, Value) else J


def accumulate(X: Vectors, y: Vector, w: Vector, b: float) -> tuple[float, list[float], float]:
    """J, dJ/dw and dJ/db on plain floats, summed example by example as lecture notes do.

    The derivatives are written by hand here, to be compared with those of the engine. Only the loss
    is computed from z, by ``logistic_loss``, so that it does not saturate.

    Args:
        X: The features of each example, shape (m, n).
        y: The labels, 0 or 1, shape (m,).
        w: The weights, shape (n,).
        b: The bias.

    Raises:
        ValueError, TypeError: As ``cost`` does.

    Example:
        >>> accumulate([[1.0], [3.0]], [0, 1], [0.0], 0.0)
        (0.6931471805599453, [-0.5], 0.0)
    """
    _check("accumulate", X, y, w)
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

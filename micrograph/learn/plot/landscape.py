"""The cost of one weight and one bias as a landscape: its heights, its lowest point, ways down."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...namespaces.floats import real
from ...primitives import mean, sigmoid
from ..descent import gradient_descent
from ..examples import features, labels
from ..likelihood import Problem
from ..losses import cross_entropy, logistic_loss
from ..minimum import minimise
from ..separation import separation
from ..triangle import Array

AT_ONCE = 2_000_000
"""The most losses that are computed at once, so that those of many examples fit in memory."""


class Path(NamedTuple):
    """A way that gradient descent took.

    Attributes:
        points: The weight and the bias at the start and after each step, shape (steps + 1, 2).
        costs: The cost at each of them.
    """

    points: Array
    costs: list[float]


def loss_at(loss: Callable[..., Any], z: Any, y: Any) -> Any:
    """The loss of the prediction σ(z). That of ``cross_entropy`` is computed from z."""
    return logistic_loss(z, y) if loss is cross_entropy else loss(sigmoid(z), y)


class Landscape:
    """The cost J(w, b), the average loss of m examples with one feature.

    Args:
        X: The feature, shape (m,) or (m, 1).
        y: The labels, of two kinds, shape (m,).
        loss: A function of the prediction a = σ(z) and the label.
        standardise: Whether z = w·(x − mean)/deviation + b. If not, z = w·x + b.

    Raises:
        ValueError, TypeError: If the data are not as described, or the feature is constant.
    """

    def __init__(self, X: Any, y: Any, loss: Callable[..., Any], standardise: bool) -> None:
        columns = getattr(X, "columns", None)
        one_row = np.ndim(X) == 1 and not hasattr(X, "toarray")
        self.given = features(np.reshape(X, (-1, 1)) if one_row and np.size(X) else X)
        if self.given.shape[1] != 1:
            raise ValueError(
                f"X has {self.given.shape[1]} features; a picture of J(w, b) has room for one "
                "weight: choose one feature, X[:, [0]]"
            )
        x = self.given[:, 0]
        self.classes, self.y = labels(y, len(x))
        if len(self.classes) > 2:
            raise ValueError(f"y should have two kinds of labels, got {len(self.classes)} classes")
        self.name = str(columns[0]) if columns is not None else str(getattr(X, "name", None) or "x")
        self.mean, self.scale = float(x.mean()), float(x.std())
        if not self.scale > 1e-14 * abs(self.mean):
            raise ValueError(f"{self.name} is constant, {x[0]:g}: no weight can be learnt from it")
        if not standardise:
            self.mean, self.scale = 0.0, 1.0
        self.x = (x - self.mean) / self.scale
        self.loss = loss
        self.of = f"of {self.name}, standardised" if standardise else f"of {self.name}"

    def cost(self, w: Any, b: Any) -> Any:
        """J(w, b) for two numbers or Values."""
        return mean(loss_at(self.loss, w * self.x + b, self.y))

    def heights(self, w: Array, b: Array) -> Array:
        """J at each pair of a weight and a bias, in the shape of w and b."""
        size = max(1, AT_ONCE // len(self.x))
        pairs = np.column_stack([w.ravel(), b.ravel()])
        parts = [
            mean(loss_at(self.loss, part[:, :1] * self.x + part[:, 1:], self.y), axis=-1)
            for part in (pairs[i : i + size] for i in range(0, len(pairs), size))
        ]
        return np.concatenate(parts).reshape(w.shape)

    def descend(self, start: Any, learning_rate: float, max_iter: int) -> Path:
        """The way that ``gradient_descent`` takes from a start (w, b)."""
        seen: list[list[float]] = []

        def cost(theta: list[Any]) -> Any:
            seen.append([t.data for t in theta])
            return self.cost(*theta)

        w, b = start
        found = gradient_descent(cost, [w, b], learning_rate=learning_rate, max_iter=max_iter)
        # a last step to where there is no cost was tried, and not taken
        return Path(np.array(seen[: len(found.costs)]), found.costs)

    def lowest(self) -> tuple[float, float] | None:
        """Where the cost is lowest, or None if that is not known, or infinitely far away."""
        if self.loss is not cross_entropy:
            return None
        A = np.column_stack([np.ones(len(self.x)), self.x])
        problem = Problem(A, self.y)
        found = minimise(problem, "newton", steps=100, rate=1.0, tol=1e-10)
        if not found.converged or separation(problem, found.theta):
            return None
        b, w = map(float, found.theta)
        return w, b

    def starts(self, given: Any) -> list[tuple[float, float]]:
        """The starts as pairs of floats. By default there are two, on both sides of the minimum.

        Raises:
            ValueError: If they are not pairs of finite numbers.
        """
        if given is None:
            w, b = self.lowest() or (0.0, 0.0)
            return [(w - 4, b + 3), (w + 4, b + 2)]
        try:
            pairs = [(real(w), real(b)) for w, b in given]
        except (TypeError, ValueError):
            pairs = []
        if not pairs or not all(x is not None and math.isfinite(x) for p in pairs for x in p):
            raise ValueError(f"starts should be pairs (w, b) of numbers, got {given!r:.80}")
        return [(float(w), float(b)) for w, b in pairs]  # type: ignore[arg-type]  # none is None

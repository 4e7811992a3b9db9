"""The cost of logistic regression over many examples, as a function of the parameters.

The loss of one example is written once. Compiled as a cost it gives the average loss and its
gradient, for which each example is read once. As a function of z it gives the derivatives that
Newton's method needs. The rest of the chain rule is linear, as z = Aθ + offset.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from ..kernels.cost import CompiledCost
from ..kernels.mean_over import mean_over
from ..primitives import dot
from .losses import logistic_loss
from .outcome import Outcome
from .triangle import BLOCK, Array, solved, triangle

HEARD = 1e-16
"""An example whose second derivative is at most this has no influence on the fit."""


@cache
def average_loss() -> CompiledCost:
    """The average of the losses, of θ, A and y; and its gradient by θ."""

    def loss(theta: Any, x: Any, y: Any) -> Any:
        return logistic_loss(dot(theta, x), y)

    return CompiledCost(mean_over(loss, "x", "y"))


def penalty(ridge: Array, c: int) -> Array:
    """B, of which θᵀBᵀBθ/2 is the penalty Σ ridge·θ²/2, as ``Problem`` describes it."""
    across = np.eye(c) - (1 / (c + 1) if c > 1 else 0.0)
    root = np.kron(np.linalg.cholesky(across).T, np.diag(np.sqrt(ridge)))
    return np.asarray(root[np.any(root != 0, axis=1)])


class Problem:
    """The average loss of the examples plus a penalty. θ has k parameters for each z of a class.

    Args:
        A: The examples, shape (m, k).
        y: The class of each, 0 to c, shape (m,).
        c: The number of classes but the base.
        weights: Of the examples, shape (m,), or None. A weight of 3 counts as three examples.
        offset: What is added to z, shape (m,), or None.
        ridge: The strength of the penalty Σ ridge·θ²/2 on each parameter, shape (k,). Of three
            classes or more, the penalty is on what a class has beyond the average class.
    """

    def __init__(
        self,
        A: Array,
        y: Array,
        c: int = 1,
        *,
        weights: Array | None = None,
        offset: Array | None = None,
        ridge: Array | None = None,
    ) -> None:
        m, k = A.shape
        self.A, self.y, self.c, self.offset = A, y, c, offset
        self.plain = c == 1 and weights is None and offset is None
        self.weights = np.broadcast_to(1.0, m) if weights is None else weights  # one number
        self.total = float(self.weights.sum())
        self.ridge = np.zeros(k) if ridge is None else ridge
        self.root = penalty(self.ridge, c)
        self.size = c * k
        self._kept: tuple[bytes | None, Any] = None, None
        self._step: tuple[bytes | None, Any] = None, None

    def z(self, theta: Array) -> Array:
        """Shape (m, c), without the offset."""
        return np.asarray(self.A @ theta.reshape(self.c, self.A.shape[1]).T)

    def outcome(self, theta: Array) -> Outcome:
        """The losses at θ. What was computed last is kept, as solvers ask twice."""
        key = theta.tobytes()
        if self._kept[0] != key:
            self._kept = None, None  # its memory is free for the next one
            z = self.z(theta)
            z = z if self.offset is None else z + self.offset[:, None]
            self._kept = key, Outcome(z, self.y)
        found: Outcome = self._kept[1]
        return found

    def log_likelihood(self, theta: Array) -> float:
        """The log-likelihood of the examples, without the penalty."""
        return -float(self.weights @ self.outcome(theta).loss)

    def cost(self, theta: Array) -> float:
        """The average loss plus the penalty."""
        bent = self.root @ theta
        return -self.log_likelihood(theta) / self.total + float(bent @ bent) / 2

    def gradient(self, theta: Array) -> Array:
        """The gradient of the cost, shape (c·k,)."""
        slope = self.outcome(theta).slope.T * (self.weights / self.total)
        return np.asarray((slope @ self.A).ravel() + self.root.T @ (self.root @ theta))

    def both(self, theta: Array) -> tuple[float, Array]:
        """The cost and its gradient, for which each example is read once if that can be."""
        if not self.plain:
            return self.cost(theta), self.gradient(theta)
        J, slopes = average_loss().value_and_grad(theta, self.A, self.y)
        bent = self.root @ theta
        return float(J + bent @ bent / 2), np.asarray(slopes) + self.root.T @ bent

    def newton(self, theta: Array) -> tuple[Array, Array]:
        """R, of which RᵀR is the Hessian of the sum of the losses, and Newton's step −H⁻¹g."""
        key = theta.tobytes()
        if self._step[0] != key:  # asked for twice at the minimum
            self._step = key, solved(triangle(self._rows(theta)))
        found: tuple[Array, Array] = self._step[1]
        return found

    def _rows(self, theta: Array) -> Iterator[Array]:
        now = self.outcome(theta)
        step = max(1, BLOCK // self.c)
        for i in range(0, len(self.A), step):
            yield now.newton(self.A, self.weights, slice(i, i + step))
        if len(self.root):
            root = self.root * np.sqrt(self.total)
            yield np.column_stack([root, -root @ theta])

    def heard(self, theta: Array) -> Any:
        """Which examples influence the fit: True or False, shape (m,)."""
        return self.outcome(theta).doubt > HEARD

    def unsettled(self, theta: Array, step: Array) -> float:
        """The most that a step changes z, among the examples that influence the fit."""
        moved = np.abs(self.z(step)).max(axis=1, initial=0.0)
        return float(np.max(moved, initial=0.0, where=self.heard(theta)))

"""The loss of an example as a function of its z: its slope, and a root of its second derivative.

Of K classes the first is the base, with z = 0; the others have a z each, c = K - 1 in all. For two
classes the loss is the row ``logistic_loss``, for more it comes from the row ``logsumexp``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..kernels.compiled import Compiled
from ..primitives import logsumexp
from ..transforms import grad, value_and_grad
from .losses import logistic_loss
from .triangle import Array

FLAT = 1e-30
"""In Newton's system, a second derivative below this is raised to it."""


@cache
def _two() -> Compiled:
    """The loss l of z and y, with l′ and l″, its first and second derivative in z."""
    first = grad(logistic_loss)
    second = grad(first)
    return Compiled(lambda z, y: (logistic_loss(z, y), first(z, y), second(z, y)))


@cache
def _many(c: int) -> Compiled:
    """log Σ exp(z) over c classes and the base, and its slopes, the probabilities of the c."""

    def normaliser(*z: Any) -> Any:
        return logsumexp([0.0, *z])

    both = value_and_grad(normaliser, argnums=tuple(range(c)))

    def flat(*z: Any) -> Any:
        value, slopes = both(*z)
        return value, *slopes

    return Compiled(flat)


class Outcome:
    """Losses and their derivatives at given z.

    Args:
        z: Shape (m, c).
        y: The class of each example, 0 to c, shape (m,).

    Attributes:
        loss: The loss of each example, shape (m,).
        slope: ∂loss/∂z, shape (m, c).
        pivots: The diagonal D of the second derivative L·D·Lᵀ of each example, shape (m, c).
        doubt: How far each prediction is from certainty: the size of the second derivative.
    """

    def __init__(self, z: Array, y: Array) -> None:
        if z.shape[1] == 1:
            self.loss, slope, bend = _two()(z[:, 0], y)
            self.slope, self.pivots, self.doubt = slope[:, None], bend[:, None], bend
            return
        m, c = z.shape
        top, *slopes = _many(c)(*np.ascontiguousarray(z.T))
        p = np.column_stack(slopes)
        first = np.exp(-top)  # the base's probability
        at, known = np.arange(m), y > 0
        own = (y - 1).astype(int)[known]
        self.loss = top.copy()
        self.loss[known] -= z[at[known], own]
        self.slope = p.copy()
        self.slope[at[known], own] -= 1
        # D and L of diag(p) − ppᵀ, from tails of p, which are sums without cancellation
        tails = np.cumsum(np.column_stack([first, p[:, :0:-1]]), axis=1)[:, ::-1]
        before = np.column_stack([tails[:, 0] + p[:, 0], tails[:, :-1]])
        self.tails, self.p = np.maximum(tails, np.finfo(float).tiny), p
        self.pivots = p * tails / np.maximum(before, np.finfo(float).tiny)
        self.doubt = (self.pivots).max(axis=1)

    def newton(self, A: Array, weights: Array, part: slice) -> Array:
        """Rows W = [√H·A, w], of which Newton's step is the least-squares solution.

        Args:
            A: The examples, shape (m, k).
            weights: Of the examples, shape (m,).
            part: The examples to take.

        Returns:
            Shape (c·rows, c·k + 1).
        """
        A, weights = A[part], np.sqrt(weights[part])
        root = np.sqrt(np.maximum(self.pivots[part], FLAT))
        u = -self.slope[part].T
        c, (m, k) = len(u), A.shape
        if c == 1:
            W = np.empty((m, k + 1), order="F")  # as LAPACK's QR wants it
            np.multiply(A, (weights * root[:, 0])[:, None], out=W[:, :k])
            np.divide(weights * u[0], root[:, 0], out=W[:, k])
            return W
        W = np.zeros((c, m, c * k + 1))
        for j in range(c):  # Lᵀ by rows, and forward substitution in L
            outer = A * (weights * root[:, j])[:, None]
            W[j, :, j * k : (j + 1) * k] = outer
            W[j, :, -1] = weights * u[j] / root[:, j]
            for i in range(j + 1, c):
                share = self.p[part, i] / self.tails[part, j]
                W[j, :, i * k : (i + 1) * k] = -share[:, None] * outer
                u[i] = u[i] + share * u[j]
        return W.reshape(c * m, -1)

"""The design matrix: the features in units in which a solver works well, and the way back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .triangle import BLOCK, NOISE, Array, Flags, divided


class Design(NamedTuple):
    """The examples in standard units.

    Attributes:
        A: Shape (m, k): a column of ones if there is an intercept, then the features that vary.
        back: Shape (n + 1, k): own = back @ θ are the intercept and weights in the data's units.
        kept: Whether a feature varies, shape (n,).
        noise: The share of each column of A that may be rounding, shape (k,).
        scale: The size of each column of A in the data's units, shape (k,).
    """

    A: Array
    back: Array
    kept: Flags
    noise: Array
    scale: Array

    def without(self, columns: Flags) -> Design:
        """The design without some columns of A: True or False for each, shape (k,)."""
        if not columns.any():
            return self
        kept = self.kept.copy()
        kept[kept] = ~columns[len(columns) - kept.sum() :]
        stay = ~columns
        return Design(self.A[:, stay], self.back[:, stay], kept, self.noise[stay], self.scale[stay])

    def orthogonal(self, R: Array) -> Design:
        """The design whose columns are orthogonal, given the R of its columns.

        Where columns are nearly collinear, z = Aθ would be a difference of large numbers.
        """
        R = np.linalg.qr(R, mode="r") / np.sqrt(len(self.A))
        return self._replace(A=divided(self.A, R), back=divided(self.back, R))


def standardised(X: Array, weights: Array | None, intercept: bool) -> Design:
    """The design of features X, shape (m, n), of which each varies around 0 by 1.

    Without an intercept the features are scaled but not centred. A feature is constant only if all
    its numbers are equal, or without an intercept if all are 0. Each is first divided by a power of
    two, which changes no digit, so that no square overflows.
    """
    m = len(X)
    low, high = X.min(axis=0), X.max(axis=0)
    kept = low < high if intercept else (low != 0) | (high != 0)
    unit = np.ldexp(1.0, np.frexp(np.maximum(-low, high)[kept])[1] - 1)
    first = int(intercept)
    A = np.empty((m, first + len(unit)))
    A[:, :first] = 1.0
    share = np.broadcast_to(1 / m, m) if weights is None else weights / weights.sum()
    blocks = [slice(i, i + BLOCK) for i in range(0, m, BLOCK)]  # each fits in the cache
    every = bool(kept.all())
    mean = np.zeros(len(unit))
    for at in blocks:
        np.divide(X[at] if every else X[at][:, kept], unit, out=A[at, first:])
        if intercept:
            mean += share[at] @ A[at, first:]
    ends = np.array([low, high])[:, kept] / unit - mean
    peak = np.abs(ends).max(axis=0)
    squares = np.zeros(len(unit))
    for at in blocks:
        A[at, first:] -= mean
        squares += share[at] @ (A[at, first:] / peak) ** 2
    scale = np.sqrt(squares) * peak
    for at in blocks:
        A[at, first:] /= scale
    return designed(A, kept, unit, mean, scale, intercept)


def designed(
    A: Array, kept: Flags, unit: Array, mean: Array, scale: Array, intercept: bool
) -> Design:
    """The design of which A are the examples, and ``(x/unit − mean)/scale`` the features kept."""
    first = int(intercept)
    back = np.zeros((len(kept) + 1, first + len(unit)))
    back[0, :first], back[0, first:] = 1.0, -mean / scale
    with np.errstate(over="ignore"):
        back[1:, first:][np.flatnonzero(kept), np.arange(len(unit))] = 1 / scale / unit
    noise = np.minimum(1e-9, NOISE * np.sqrt(back.shape[1]) * (1 + np.abs(mean) / scale))
    ones = np.ones(first)
    return Design(
        A, back, kept, np.concatenate([NOISE * ones, noise]), np.concatenate([ones, scale * unit])
    )

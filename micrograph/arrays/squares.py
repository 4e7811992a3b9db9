"""Least squares of Values: np.linalg.lstsq, np.linalg.pinv and np.polyfit.

The x of the smallest |a·x − b|² solves the normal equations aᵀ·a·x = aᵀ·b. They square the
condition of a. So they are written for q = a·t, where t is a matrix of constants, the inverse of
the R of a's numbers. By it the columns of q are orthonormal. Whatever t is, x = t·(qᵀ·q)⁻¹·qᵀ·b,
and derivatives of any order follow. If a has more columns than rows, x is the smallest solution:
with q = t·a, it is qᵀ·(q·qᵀ)⁻¹·t·b.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import primitives as rows
from ..engine.joint import Joint, recorded
from ..engine.value import Value
from .array import array_of, numbers, ours, plain
from .linalg import solve, stacked
from .ufuncs import matmul

SINGULAR_VALUES = Joint("singular_values")


def lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any, int, Any]:
    """``np.linalg.lstsq``. The singular values are numbers, with NaN as their slopes.

    Raises:
        numpy.linalg.LinAlgError: If the rank is smaller than a's rows and columns are many: then x
            has no derivative.
    """
    a, b = ours(np.asarray(plain(a))), ours(np.asarray(plain(b)))
    A = numbers(a, "lstsq, which finds the rank of a matrix by its numbers,").astype(float)
    _, _, rank, s = np.linalg.lstsq(A, np.zeros(b.shape), rcond)  # which refuses some shapes
    m, n = A.shape
    if rank < min(m, n):
        raise np.linalg.LinAlgError(
            f"lstsq: a matrix of shape {A.shape} has the rank {rank}, so its solution has no "
            "derivative; leave out columns that others determine"
        )
    x = _solved(a, b, A)
    apart = matmul(a, x) - b
    residuals = np.sum(apart * apart, axis=0, keepdims=b.ndim == 1) if m > n else np.empty(0)
    return x, ours(residuals), int(rank), _without_slopes(s, a)


def _solved(a: Any, b: Any, A: Any) -> Any:
    """The least squares solution of a·x = b, where a has the numbers A."""
    if len(A) >= A.shape[1]:
        t = np.linalg.inv(np.linalg.qr(A).R)
        q = matmul(a, t)
        return matmul(t, solve(matmul(q.T, q), matmul(q.T, b)))
    t = np.linalg.inv(np.linalg.qr(A.T).R.T)
    q = matmul(t, a)
    return matmul(q.T, solve(matmul(q, q.T), matmul(t, b)))


def _without_slopes(s: Any, a: Any) -> Any:
    """The singular values. There is no rule for them, and a slope of NaN says so."""
    given = [x for x in np.ravel(plain(a)) if isinstance(x, Value)]
    if not given:
        return s
    total = rows.sum(given)
    return array_of([_without_slope(y, total) for y in s.tolist()], s.shape)


def _without_slope(y: float, x: Any) -> Value:
    """A node with this number, whose slope in x is NaN, as is that of its slope."""
    rule = lambda seeds, _: [_without_slope(math.nan, x)]
    return recorded(SINGULAR_VALUES, [y], [x], rule, [[math.nan]])[0]


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """``np.linalg.pinv`` of a matrix of full rank, or of a stack of them."""
    a = np.asarray(plain(a))
    least = rtol if rcond is None else rcond
    if a.ndim < 3:
        return lstsq(a, np.eye(len(a)), least)[0]
    return stacked(lambda x: pinv(x, least), a.shape[:-3:-1], a)


def polyfit(
    x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:
    """``np.polyfit``: the coefficients alone."""
    if full or cov:
        raise TypeError("polyfit of Values: the options full and cov are not served")
    powers, y = np.vander(ours(plain(x)), deg + 1), ours(np.asarray(plain(y)))
    if w is not None:
        powers, y = (powers.T * w).T, (y.T * w).T
    return lstsq(powers, y, rcond)[0]

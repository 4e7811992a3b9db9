"""Linear algebra of small matrices of Values, recorded step by step.

Elimination chooses its pivots by the numbers, as LAPACK does (Golub & Van Loan, Matrix
Computations, 4th edition, algorithm 3.4.1). Each step is recorded, so derivatives of any order
follow. A matrix of n rows takes some n³/3 nodes: this is for matrices of a few dozen rows.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from .. import primitives as rows
from .array import numbers, plain
from .ufuncs import largest


class Slogdet(NamedTuple):
    """The sign of a determinant, and the logarithm of its size."""

    sign: Any
    logabsdet: Any


def _square(a: Any, who: str) -> Any:
    a = np.asarray(plain(a))
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        stacks = "; stacks of matrices are not served" * (a.ndim > 2)
        raise np.linalg.LinAlgError(f"{who}: expected a square matrix, got shape {a.shape}{stacks}")
    return a.astype(object)


def _eliminated(a: Any, b: Any, who: str) -> tuple[Any, Any, float]:
    """An upper triangle and the right sides that go with it, and the sign of the row exchanges."""
    a, b, sign = a.copy(), b.copy(), 1.0
    for k in range(len(a)):
        pivot = k + int(np.argmax(np.abs(numbers(a[k:, k]).astype(float))))
        if numbers(a[pivot, k]) == 0:
            return a, b, 0.0
        if pivot != k:
            a[[k, pivot]], b[[k, pivot]], sign = a[[pivot, k]], b[[pivot, k]], -sign
        for i in range(k + 1, len(a)):
            factor = a[i, k] / a[k, k]
            a[i, k:] = a[i, k:] - factor * a[k, k:]
            b[i] = b[i] - factor * b[k]
    return a, b, sign


def solve(a: Any, b: Any) -> Any:
    """``np.linalg.solve``: x of a·x = b, where b is a vector or a matrix."""
    a, b = _square(a, "solve"), np.asarray(plain(b)).astype(object)
    upper, right, sign = _eliminated(a, b, "solve")
    if sign == 0:
        raise np.linalg.LinAlgError("Singular matrix")
    for k in reversed(range(len(upper))):
        known = sum((upper[k, j] * right[j] for j in range(k + 1, len(upper))), 0.0)
        right[k] = (right[k] - known) / upper[k, k]
    return right


def inv(a: Any) -> Any:
    """``np.linalg.inv``."""
    return solve(a, np.eye(len(np.asarray(plain(a)))))


def det(a: Any) -> Any:
    """``np.linalg.det``: of a singular matrix, by cofactors, so that its slope is right."""
    a = _square(a, "det")
    upper, _, sign = _eliminated(a, np.zeros((len(a), 0), dtype=object), "det")
    if sign == 0:
        return _by_cofactors(a)
    return rows.prod([sign, *np.diagonal(upper)])


def _by_cofactors(a: Any) -> Any:
    if len(a) == 0:
        return 1.0
    if len(a) > 8:
        raise np.linalg.LinAlgError("det: the derivative at a singular matrix of over 8 rows")
    found = 0.0
    for j in range(len(a)):
        minor = np.delete(a[1:], j, axis=1)
        found = found + (-1.0) ** j * a[0, j] * _by_cofactors(minor)
    return found


def slogdet(a: Any) -> Any:
    """``np.linalg.slogdet``: the sign, and log |det|."""
    a = _square(a, "slogdet")
    upper, _, sign = _eliminated(a, np.zeros((len(a), 0), dtype=object), "slogdet")
    if sign == 0:
        raise np.linalg.LinAlgError("slogdet: a singular matrix has no slope here; det has one")
    pivots = list(np.diagonal(upper))
    sign *= float(np.prod(np.sign(numbers(np.array(pivots, dtype=object)).astype(float))))
    return Slogdet(sign, rows.sum([rows.log(rows.abs(x)) for x in pivots]))


def cholesky(a: Any, *, upper: bool = False) -> Any:
    """``np.linalg.cholesky``: L of a = L·Lᵀ, from the lower triangle (or the upper)."""
    a = _square(a, "cholesky")
    a = a.T if upper else a
    L = np.zeros(a.shape, dtype=object) + 0.0
    for i in range(len(a)):
        for j in range(i + 1):
            rest = a[i, j] - rows.sum([L[i, k] * L[j, k] for k in range(j)])
            if i == j and not numbers(rest) > 0:
                raise np.linalg.LinAlgError("Matrix is not positive definite")
            L[i, j] = rows.sqrt(rest) if i == j else rest / L[j, j]
    return L.T if upper else L


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """``np.linalg.norm``: of vectors any order, of matrices Frobenius', 1 and ∞."""
    x = np.asarray(plain(x))
    if axis is None and (ord is None or x.ndim == 1):
        found = _of_vector(list(x.flat), ord)
        return found if not keepdims else np.full([1] * x.ndim, found, dtype=object)
    if axis is None or type(axis) is tuple:
        return _of_matrix(x, ord, axis, keepdims)
    lines = np.moveaxis(x, axis, -1)
    found = np.empty(lines.shape[:-1], dtype=object)
    for place in np.ndindex(found.shape):
        found[place] = _of_vector(list(lines[place]), ord)
    return np.expand_dims(found, axis) if keepdims else found if found.ndim else found[()]


def _of_vector(x: list[Any], order: Any) -> Any:
    sizes = [rows.abs(e) for e in x]
    if order is None or order == 2:
        return rows.hypot(x)
    if order == np.inf:
        return largest(sizes)
    if order == -np.inf:
        return largest(sizes, -1.0)
    if order == 0:
        return float(sum(numbers(e) != 0 for e in x))
    if order == 1:
        return rows.sum(sizes)
    return rows.sum([e**order for e in sizes]) ** (1 / order)


def _of_matrix(x: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    axes = (0, 1) if axis is None else normalize_axis_tuple(axis, x.ndim)
    x = x.T if axes == (1, 0) else x
    if x.ndim != 2 or sorted(axes) != [0, 1]:
        raise TypeError("norm of Values: expected a vector, a matrix, or one axis")
    if order in (None, "fro"):
        found = rows.hypot(list(x.flat))
    elif order in (1, -1, np.inf, -np.inf):
        lines = x.T if order in (1, -1) else x
        sums = [rows.sum([rows.abs(e) for e in line]) for line in lines]
        found = largest(sums, 1.0 if order > 0 else -1.0)
    else:
        raise TypeError(f"norm of a matrix of Values: expected fro, ±1 or ±inf, got {order!r}")
    return np.full((1, 1), found, dtype=object) if keepdims else found

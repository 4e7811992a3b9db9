"""Linear algebra of matrices of Values, and of stacks of them.

A matrix is factored by elimination, and each element of its factors is one ``dot``: a matrix of n
rows takes some n² nodes with n³ edges in all. Derivatives of any order follow from these nodes.

Larger matrices are for ``lapack``, but for ``cholesky``. Each of its n² results depends on up to n²
numbers, so a rule for it would have n⁴ partials. By elimination it takes a third of n³ edges, which
is less than a product of two such matrices takes.

Why no row of its own: a row has one result and takes vectors of any length. A solution has n
results, and a determinant is of n² numbers. A rule for the determinant would have to compute n²
cofactors at each recording, and its own rule n² determinants; the factors are there anyway.

The order of the pivots is chosen by the numbers. It is the only choice that a graph keeps: at other
numbers it is right, but where a pivot is 0 there it raises an error, as a division by 0 does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from .. import primitives as rows
from ..engine.reading import trace_of, traces
from ..engine.value import Value
from . import lapack
from .array import numbers, ours, plain
from .ufuncs import matmul

HOW = "elimination, which puts the rows of a matrix in an order by their numbers,"


class Slogdet(NamedTuple):
    """The sign of a determinant, and the logarithm of its size."""

    sign: Any
    logabsdet: Any


class _Factors:
    """A matrix with its rows and columns reordered, as the product of L and U.

    Attributes:
        rows, columns: The order.
        sign: −1 if it takes an odd number of exchanges, else 1.
        minus_L: For each row what is left of the diagonal, negated: so a step is one dot.
        U: For each column what is above and on the diagonal.
        rest: What is left to factor: a block of no rows, unless all its numbers are rounding.
    """

    def __init__(self, a: Any, whole: bool) -> None:
        self.rows, self.columns, self.sign, rank = _order(numbers(a, HOW).astype(float), whole)
        a, n = a[np.ix_(self.rows, self.columns)], len(a)
        self.minus_L: list[list[Any]] = [[] for _ in range(n)]
        self.U: list[list[Any]] = [[] for _ in range(n)]
        for k in range(rank):
            for j in range(k, n):
                self.U[j].append(_plus_dot(a[k, j], self.minus_L[k], self.U[j]))
            *above, pivot = self.U[k]
            minus = -pivot
            for i in range(k + 1, n):
                self.minus_L[i].append(_plus_dot(a[i, k], self.minus_L[i], above) / minus)
        self.rest = np.empty((n - rank, n - rank), dtype=object)
        for i, j in np.ndindex(self.rest.shape):
            left, above = self.minus_L[rank + i], self.U[rank + j]
            self.rest[i, j] = _plus_dot(a[rank + i, rank + j], left, above)
        self.pivots = [self.U[k][k] for k in range(rank)]


def _order(a: Any, whole: bool) -> tuple[list[int], list[int], float, int]:
    """The order of rows and columns by complete pivoting, its sign, and how far it goes.

    (Golub & Van Loan, Matrix Computations, 4th edition, section 3.4.8.) The numbers are scaled
    first: the order is for the matrix with rows and columns of equal size.

    Args:
        a: The numbers of a square matrix.
        whole: Whether to stop at a block of zeros only. If not, a block that may be nothing but
            rounding errors is left, too.
    """
    n, sign = len(a), 1.0
    order = list(range(n)), list(range(n))
    rest = a.tolist()  # up to some 20 rows Python's lists take less time than arrays
    for _ in range(2):  # rows, and then columns
        sizes = [max(map(abs, row)) or 1.0 for row in rest]
        scaled = [[x / size for x in row] for row, size in zip(rest, sizes, strict=True)]
        rest = [list(column) for column in zip(*scaled, strict=True)]
    summed = [[abs(x) for x in row] for row in rest]  # the terms of which each element is the sum
    rounding = 0.0 if whole else n * sys.float_info.epsilon
    for k in range(n):
        top, at = 0.0, (k, k)
        for i in range(k, n):
            for j in range(k, n):
                size = abs(rest[i][j])
                if not size <= top and not size <= rounding * summed[i][j]:  # NaN is a pivot, too
                    top, at = size, (i, j)
        if top == 0:
            return *order, sign, k
        for places, i in zip(order, at, strict=True):
            if i != k:
                sign, places[k], places[i] = -sign, places[i], places[k]
        for matrix in (rest, summed):
            matrix[k], matrix[at[0]] = matrix[at[0]], matrix[k]
            for row in matrix:
                row[k], row[at[1]] = row[at[1]], row[k]
        for i in range(k + 1, n):
            factor = rest[i][k] / rest[k][k]
            for j in range(k + 1, n) if factor else ():
                taken = factor * rest[k][j]
                rest[i][j] -= taken
                summed[i][j] += abs(taken)
    return *order, sign, n


def _plus_dot(a: Any, x: list[Any], y: list[Any]) -> Any:
    """a + x·y, in one node."""
    return rows.dot([1.0, *x], [a, *y]) if x else a


def _square(a: Any, who: str) -> Any:
    a = np.asarray(plain(a))
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(
            f"{who}: expected a square matrix, or a stack of them, got shape {a.shape}"
        )
    return a.astype(object)


def stacked(operate: Callable[..., Any], shape: tuple[int, ...], *stacks: Any) -> Any:
    """What ``operate`` returns, of this shape, for each matrix in the stacks."""
    stack = np.broadcast_shapes(*(x.shape[:-2] for x in stacks))
    stacks = tuple(np.broadcast_to(x, (*stack, *x.shape[-2:])) for x in stacks)
    found = np.empty((*stack, *shape), dtype=object)
    for which in np.ndindex(stack):
        found[which] = operate(*(x[which] for x in stacks))
    return found if found.ndim else found[()]


def solve(a: Any, b: Any) -> Any:
    """``np.linalg.solve``: x of a·x = b. A vector b is of one dimension; all else are matrices."""
    a, b = _square(a, "solve"), np.asarray(plain(b)).astype(object)
    right = b[:, None] if b.ndim == 1 else b
    if right.ndim < 2 or right.shape[-2] != a.shape[-1]:
        raise ValueError(f"solve: shapes {a.shape} and {b.shape} do not go together")
    if a.ndim == 2:  # one matrix, factored once
        columns = np.moveaxis(right, -2, 0)
        found = _solved(a, columns.reshape(len(a), -1 if len(a) else 0)).reshape(columns.shape)
        found = np.moveaxis(found, 0, -2)
    else:
        found = stacked(_solved, right.shape[-2:], a, right)
    return found[..., 0] if b.ndim == 1 else found


def _solved(a: Any, b: Any) -> Any:
    if lapack.is_for_lapack(a):
        return lapack.solved(a, b)
    by = _Factors(a, whole=True)
    if len(by.rest):
        raise np.linalg.LinAlgError("Singular matrix")
    found = np.empty(b.shape, dtype=object)
    for column in range(b.shape[1]):
        y: list[Any] = []
        for i, left in zip(by.rows, by.minus_L, strict=True):
            y.append(_plus_dot(b[i, column], left, y))
        minus_x: list[Any] = []
        for k in reversed(range(len(a))):
            beside = [by.U[j][k] for j in reversed(range(k + 1, len(a)))]
            x = _plus_dot(y[k], beside, minus_x) / by.pivots[k]
            minus_x.append(-x)
            found[by.columns[k], column] = x
    return found


def inv(a: Any) -> Any:
    """``np.linalg.inv``."""
    a = _square(a, "inv")
    return stacked(lambda m: _solved(m, np.eye(len(m)).astype(object)), a.shape[-2:], a)


def matrix_power(a: Any, n: int) -> Any:
    """``np.linalg.matrix_power``, by squaring."""
    a = _square(a, "matrix_power")
    a, n = (plain(inv(a)), -n) if n < 0 else (a, n)
    found = np.broadcast_to(np.eye(a.shape[-1]), a.shape) if n == 0 else None
    while n:
        if n % 2:
            found = a if found is None else matmul(found, a)
        n //= 2
        a = matmul(a, a) if n else a
    return found


def det(a: Any) -> Any:
    """``np.linalg.det``. Its derivatives are right at a singular matrix, too."""
    a = _square(a, "det")
    return stacked(_det, (), a)


def _det(a: Any) -> Any:
    found = lapack.determinant(a) if lapack.is_for_lapack(a) else None
    return rows.prod(_det_factors(a)) if found is None else found


def _det_factors(a: Any) -> list[Any]:
    """What a determinant is the product of."""
    by = _Factors(a, whole=False)
    return [by.sign, *by.pivots, *([_by_products(by.rest)] if len(by.rest) else [])]


def _by_products(a: Any) -> Any:
    """A determinant without division: of a block whose numbers are all 0, or rounding errors.

    (R. S. Bird, A simple division-free algorithm for computing determinants, Information Processing
    Letters 111, 2011.)
    """
    found = a
    for _ in range(len(a) - 1):
        upper = np.triu(found, 1)
        for i in range(len(a)):
            upper[i, i] = -rows.sum(list(np.diagonal(found)[i + 1 :]))
        found = plain(matmul(upper, a))
    return found[0, 0] * (-1.0) ** (len(a) - 1)


def slogdet(a: Any) -> Any:
    """``np.linalg.slogdet``: the sign, which is a step, and log |det|."""
    a = _square(a, "slogdet")
    found = stacked(_slogdet, (2,), a)
    return Slogdet(found[..., 0][()], found[..., 1][()])


def _slogdet(a: Any) -> list[Any]:
    if lapack.is_for_lapack(a) and (found := lapack.signed_log(a)):
        return found
    factors = _det_factors(a)
    if 0 in map(numbers, factors):
        raise np.linalg.LinAlgError("slogdet: a singular matrix has no slope here; det has one")
    logs = [rows.log(rows.abs(x)) for x in factors]
    return [rows.prod([rows.sign(x) for x in factors]), rows.sum(logs)]


def cholesky(a: Any, *, upper: bool = False) -> Any:
    """``np.linalg.cholesky``: L of a = L·Lᵀ, from the lower triangle (or the upper)."""
    a = _square(a, "cholesky")
    found = stacked(_cholesky, a.shape[-2:], np.swapaxes(a, -1, -2) if upper else a)
    return np.swapaxes(found, -1, -2) if upper else found


def _cholesky(a: Any) -> Any:
    found = np.zeros(a.shape, dtype=object) + 0.0
    minus: list[list[Any]] = [[] for _ in a]
    for i in range(len(a)):
        for j in range(i + 1):
            rest = _plus_dot(a[i, j], minus[i][:j], found[j, :j].tolist())
            if i == j and not _may_be_positive(rest):
                raise np.linalg.LinAlgError("Matrix is not positive definite")
            found[i, j] = rows.sqrt(rest) if i == j else rest / found[j, j]
            minus[i].append(-found[i, j])
    return found


def _may_be_positive(x: Any) -> bool:
    """Whether x is positive. In a trace it may be: the graph's own square root has a domain."""
    traced = bool(traces) and isinstance(x, Value) and trace_of(x) is not None
    return traced or bool(numbers(x) > 0)


def trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None
) -> Any:
    """``np.trace``: of each matrix one sum."""
    return np.sum(ours(np.diagonal(plain(a), offset, axis1, axis2)), axis=-1, dtype=dtype)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """``np.linalg.norm``: of vectors any order, of matrices Frobenius', 1 and ∞."""
    x = np.asarray(plain(x))
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    if len(axes) == 1 or (axis is None and ord is None):
        return _normed(_of_vector, x, ord, axes, keepdims)
    if len(axes) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    return _normed(_of_matrix, x, ord, axes, keepdims)


def vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """``np.linalg.vector_norm``: over these axes as one vector."""
    x = np.asarray(plain(x))
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    return _normed(_of_vector, x, ord, axes, keepdims)


def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """``np.linalg.matrix_norm``: of each matrix in a stack."""
    return norm(x, ord, (-2, -1), keepdims)


def _normed(of: Callable[..., Any], x: Any, order: Any, axes: Sequence[int], keepdims: bool) -> Any:
    last = np.moveaxis(x, axes, range(-len(axes), 0))
    found = np.empty(last.shape[: x.ndim - len(axes)], dtype=object)
    for place in np.ndindex(found.shape):
        found[place] = of(last[place], order)
    return np.expand_dims(found, tuple(axes)) if keepdims else found if found.ndim else found[()]


def _of_vector(x: Any, order: Any) -> Any:
    x = np.ravel(plain(x)).tolist()
    sizes = [rows.abs(e) for e in x]
    if order is None or order == 2:
        return rows.hypot(x)
    if order == np.inf:
        return rows.max(sizes)
    if order == -np.inf:
        return rows.min(sizes)
    if order == 0:
        return float(sum(numbers(e) != 0 for e in x))
    if order == 1:
        return rows.sum(sizes)
    return rows.sum([e**order for e in sizes]) ** (1 / order)


def _of_matrix(x: Any, order: Any) -> Any:
    if order in (None, "fro"):
        return rows.hypot(list(x.flat))
    if order not in (1, -1, np.inf, -np.inf):
        raise TypeError(f"norm of a matrix of Values: expected fro, ±1 or ±inf, got {order!r}")
    lines = x.T if order in (1, -1) else x
    sums = [rows.sum([rows.abs(e) for e in line]) for line in lines]
    return rows.max(sums) if order > 0 else rows.min(sums)

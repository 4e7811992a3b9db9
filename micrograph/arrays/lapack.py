"""Large matrices of Values: numbers by LAPACK, and derivatives by rules of their own.

Let x solve a·x = b. A change of a and b changes x by

    dx = a⁻¹·dr, where dr = db − da·x

(M. Giles, An extended collection of matrix derivative results for forward and reverse mode
automatic differentiation, 2008, section 2.3). So in the record each x hangs on the residuals r, and
each r on a row of a and on b. A column of x takes 2n nodes with 2n² edges, and its partials are
known at once. A determinant is one node, with the partials det·a⁻ᵀ.

Second derivatives run these rules on Values, which solve a·x = b and aᵀ·w = g in the same way.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from .. import primitives as rows
from ..engine.joint import Joint, recorded
from ..engine.reading import traces
from ..engine.value import Value
from .array import numbers

LARGE = 16
"""Up to so many rows elimination is used, whose nodes a graph can hold.

A gradient through ``solve`` takes as long by either way at 4 rows, and by LAPACK half as long at
16; through ``inv`` as long at 8 rows, and 0.9 times as long at 16 (2026-11-27).
"""

SOLVE, RESIDUAL = Joint("solve"), Joint("solve_residual")
DET, SLOGDET = Joint("det"), Joint("slogdet")


def is_for_lapack(a: Any) -> bool:
    """Whether a matrix of Values is large, and may be read: a trace holds none of its numbers."""
    return len(a) > LARGE and not traces


def solved(a: Any, b: Any) -> Any:
    """x of a·x = b.

    Args:
        a: A square matrix of Values and floats, dtype object.
        b: A matrix likewise.

    Raises:
        numpy.linalg.LinAlgError: If a is singular.

    Cost:
        A solution and an inverse by LAPACK. 2n nodes for each column, with 2n² edges.
    """
    found = np.empty(b.shape, dtype=object)
    with np.errstate(all="ignore"):  # of infinite numbers
        inverse = np.linalg.inv(_floats(a)).tolist()
        x = np.linalg.solve(_floats(a), _floats(b))
    if not _has_values(a):  # as accurate: Druinsky & Toledo, How accurate is inv(A)*b?, 2012
        for i, column in np.ndindex(b.shape) if _has_values(b) else ():
            found[i, column] = rows.dot(inverse[i], b[:, column].tolist())
        return found if _has_values(b) else x.astype(object)
    a, b = _operands(a), _operands(b)
    again = cache(lambda: solved(a, b))
    pulled = lambda seeds, _: solved(a.T, np.array(seeds, dtype=object)[:, None])[:, 0].tolist()
    lines = [(tuple(line.tolist()), _has_values(line)) for line in a]
    for column, minus_x in enumerate((-x).T.tolist()):
        rule, residuals = _slopes_in_a(again, column), list[Any]()
        for (line, sloped), y in zip(lines, b[:, column].tolist(), strict=True):
            if isinstance(y, Value):
                residuals += recorded(RESIDUAL, [0.0], (*line, y), rule, [[*minus_x, 1.0]])
            else:
                residuals += recorded(RESIDUAL, [0.0], line, rule, [minus_x]) if sloped else [0.0]
        found[:, column] = recorded(SOLVE, x[:, column].tolist(), residuals, pulled, inverse, True)
    return found


def _slopes_in_a(again: Callable[[], Any], column: int) -> Callable[..., list[Any]]:
    """The rule of a residual: its slopes in a row of a, and in the element of b."""

    def rule(seeds: Sequence[float], operands: Sequence[Any] | None) -> list[Any]:
        assert operands is not None  # in numbers, the partials are known
        slopes = [seeds[0] * -x for x in again()[:, column]]
        return [*slopes, seeds[0]] if len(operands) > len(slopes) else slopes

    return rule


def determinant(a: Any) -> Any:
    """The determinant of a matrix.

    None if elimination should find it, which divides by no number that is all rounding: the matrix
    is nearly singular, or the determinant is beyond the range of floats.
    """
    with np.errstate(all="ignore"):
        y = float(np.linalg.det(_floats(a)))
    if not sys.float_info.min <= abs(y) < math.inf or (inverse := _inverse(a)) is None:
        return None
    a = _operands(a)

    def rule(seeds: Sequence[float], _: Any) -> list[Any]:
        return _flat(seeds[0] * determinant(a) * _inverted(a.T))

    return recorded(DET, [y], _flat(a), rule, [_flat(y * inverse.T)])[0]


def signed_log(a: Any) -> list[Any] | None:
    """The sign of the determinant of a matrix, and log |det|. None as for ``determinant``."""
    if (inverse := _inverse(a)) is None:
        return None
    a, (sign, log) = _operands(a), map(float, np.linalg.slogdet(_floats(a)))

    def rule(seeds: Sequence[float], _: Any) -> list[Any]:
        return _flat(seeds[1] * _inverted(a.T))

    slopes = [[0.0] * a.size, _flat(inverse.T)]
    return recorded(SLOGDET, [sign, log], _flat(a), rule, slopes)


def _inverse(a: Any) -> Any:
    """The inverse in numbers. None if none of its digits would be right, or a holds no Value."""
    numbers_of_a = _floats(a)
    if not _has_values(a):
        return None
    try:
        with np.errstate(all="ignore"):
            found = np.linalg.inv(numbers_of_a)
    except np.linalg.LinAlgError:
        return None
    condition = np.linalg.norm(numbers_of_a, 1) * np.linalg.norm(found, 1)
    return found if condition * len(a) * np.finfo(float).eps < 1 else None


def _inverted(a: Any) -> Any:
    return solved(a, np.eye(len(a)).astype(object))


def _flat(a: Any) -> list[Any]:
    return np.ravel(a).tolist()  # type: ignore[no-any-return]  # Values and floats


def _floats(a: Any) -> Any:
    return numbers(a).astype(float)


def _operands(a: Any) -> Any:
    """The matrix, with floats in place of other numbers."""
    elements = [x if isinstance(x, Value) else float(x) for x in a.flat]
    return np.array(elements, dtype=object).reshape(a.shape)


def _has_values(a: Any) -> bool:
    return any(isinstance(x, Value) for x in a.flat)

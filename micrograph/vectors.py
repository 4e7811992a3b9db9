"""Functions of a vector that are made of rows: softmax, log_softmax, cumsum and norm.

The first three return vectors. An engine whose nodes are numbers has no row with such a result.
Each of these functions is a few steps over the whole vector, whose number grows with its length and
not with its square. So derivatives of any order follow, on every kind of number.

A vector is a list of numbers, or an array. An array has an axis along which the function goes.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from . import primitives as rows
from .core import namespace_of
from .special.elementary import each, total

if TYPE_CHECKING:
    from .engine.value import Value


@overload
def softmax(x: Sequence[Value], axis: int = ...) -> list[Value]: ...
@overload
def softmax(x: Sequence[float], axis: int = ...) -> list[float]: ...
@overload
def softmax(x: Any, axis: int = ...) -> Any: ...
def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x_i) / Σ exp(x_j) for each element: positive numbers whose sum is 1.

    Args:
        x: A list of numbers, or an array of any kind.
        axis: The axis of the array along which the sum is 1.

    Returns:
        A list for a list, and an array for an array.

    Raises:
        TypeError: If x is no vector of numbers.
        ValueError: If x is empty.

    Cost:
        Two nodes for each element, and two for the vector.

    The largest element m is subtracted first: exp(x_i − m) / Σ exp(x_j − m). The slope in m is
    kept. It cancels in the result. But without it, the slope y·(1 − y) of the largest share y would
    be rounded to 0 near y = 1. The exponentials are corrected for the rounding of x_i − m, so each
    result is off by 4 units in the last place at most.

    Example:
        >>> softmax([0.0, 0.0])
        [0.5, 0.5]
        >>> from micrograph import log
        >>> [round(y, 6) for y in softmax([log(2.0), 0.0])]
        [0.666667, 0.333333]
    """
    x = _line(x, axis, "softmax")
    weights = _each_with(rows.exp_difference, x, _along(rows.max, x, axis))
    return _each_with(operator.truediv, weights, _along(rows.sum, weights, axis))


@overload
def log_softmax(x: Sequence[Value], axis: int = ...) -> list[Value]: ...
@overload
def log_softmax(x: Sequence[float], axis: int = ...) -> list[float]: ...
@overload
def log_softmax(x: Any, axis: int = ...) -> Any: ...
def log_softmax(x: Any, axis: int = -1) -> Any:
    """x_i − log Σ exp(x_j) for each element: the logarithm of ``softmax``, at any numbers.

    Args:
        x: A list of numbers, or an array of any kind.
        axis: The axis of the array along which the exponentials are added.

    Returns:
        A list for a list, and an array for an array.

    Raises:
        TypeError: If x is no vector of numbers.
        ValueError: If x is empty.

    Cost:
        Two nodes for each element, and two for the vector.

    It is x_i − m, and the logarithm of the largest share, where m is the largest element. Each
    result is off by 4 units in the last place at most.

    Example:
        >>> log_softmax([0.0, 1000.0])
        [-1000.0, 0.0]
        >>> log_softmax([40.0, 0.0])[0]  # not 0: log(1 + exp(−40)) is kept
        -4.248354255291589e-18
    """
    x = _line(x, axis, "log_softmax")
    # The logarithm is the first operand of the sum, so a sweep comes to max before it. The slope
    # that it gives to the largest element may be tiny. Beside the terms 1 and −1 it would be lost.
    log_share = _along(rows.log_largest_share, x, axis)
    below = _each_with(operator.sub, x, _along(rows.max, x, axis))
    return _each_with(lambda d, log_share: log_share + d, below, log_share)


@overload
def cumsum(x: Sequence[Value], axis: None = ...) -> list[Value]: ...
@overload
def cumsum(x: Sequence[float], axis: None = ...) -> list[float]: ...
@overload
def cumsum(x: Any, axis: int | None = ...) -> Any: ...
def cumsum(x: Any, axis: int | None = None) -> Any:
    """x_0, x_0 + x_1, x_0 + x_1 + x_2 …, as ``np.cumsum``.

    Args:
        x: A list of numbers, or an array of any kind.
        axis: The axis of the array along which it adds. If it is None, all elements are in a line.

    Returns:
        A list for a list, and an array for an array.

    Raises:
        TypeError: If x is no vector of numbers.

    Cost:
        One node for each element but the first.

    Example:
        >>> cumsum([1.0, 2.0, 4.0])
        [1.0, 3.0, 7.0]
    """
    if not _is_array(x):
        found: list[Any] = []
        for e in _vector(x, axis, "cumsum"):
            found.append(found[-1] + e if found else e)
        return found
    xp = namespace_of(x)
    array = xp.convert(x)
    lib: Any = getattr(xp, "lib")  # noqa: B009  # a namespace of arrays has one
    line = lib.reshape(array, (-1,)) if axis is None else array
    return xp.delivered(lib.cumulative_sum(line, axis=0 if axis is None else axis))


@overload
def norm(x: Sequence[Value], ord: float = ...) -> Value: ...
@overload
def norm(x: Sequence[float], ord: float = ...) -> float: ...
@overload
def norm(x: Any, ord: float = ..., axis: int | None = ...) -> Any: ...
def norm(x: Any, ord: float = 2, axis: int | None = None) -> Any:  # noqa: A002  # as NumPy's
    """The length of a vector: the p-th root of Σ abs(x)**p, where p is ``ord``.

    Args:
        x: A list of numbers, or an array of any kind.
        ord: The number p, above 0. At ``inf`` the norm is the largest abs(x).
        axis: The axis of the array along which vectors lie. If it is None, all elements are one
            vector, those of a matrix too: ``np.linalg.norm`` has the norms of matrices.

    Raises:
        TypeError: If x is no vector of numbers, or if p is no number.
        ValueError: If p is not above 0.

    Cost:
        One node if p is 2. Otherwise one for each element or more.

    At 0 the slopes are 0.

    Example:
        >>> from math import inf
        >>> norm([3.0, -4.0]), norm([3.0, -4.0], ord=1), norm([3.0, -4.0], ord=inf)
        (5.0, 7.0, 4.0)
    """
    if isinstance(ord, str) or not hasattr(ord, "__float__"):
        raise TypeError(
            f"norm: expected a number above 0 as ord, got {ord!r}; np.linalg.norm has the norms of "
            "matrices"
        )
    if not ord > 0:
        raise ValueError(f"norm: expected ord above 0, got {ord!r}")
    x = x if _is_array(x) else _vector(x, axis, "norm")
    if ord == 2:
        return _along(rows.hypot, x, axis, keep=False)
    sizes = each(rows.abs, x)
    if ord == 1 or 0 in getattr(x, "shape", (len(x),)):
        return _along(rows.sum, sizes, axis, keep=False)
    if ord == math.inf:
        return _along(rows.max, sizes, axis, keep=False)
    # the sizes are divided by the largest, so that no power overflows
    top = rows.stop_gradient(_along(rows.max, sizes, axis))
    top = rows.where((top > 0) & (top < math.inf), top, 1.0)
    powers = _each_with(lambda e, whole: (e / whole) ** ord, sizes, top)
    total = _along(rows.sum, powers, axis)
    at_0 = total == 0  # the slope of a root is infinite there
    found = rows.where(at_0, 0.0, top * rows.where(at_0, 1.0, total) ** (1 / ord))
    return found if not _is_array(found) else _along(rows.sum, found, axis, keep=False)


TEXTBOOK: dict[Callable[..., Any], Callable[[Any, Sequence[Any]], Any]] = {
    softmax: lambda xp, x: [xp.exp(e) / total([xp.exp(z) for z in x]) for e in x],
    log_softmax: lambda xp, x: [e - xp.log(total([xp.exp(z) for z in x])) for e in x],
    cumsum: lambda xp, x: [total(x[: i + 1]) for i in range(len(x))],
    norm: lambda xp, x: xp.sqrt(total([e * e for e in x])),
}
"""The textbook definition of each function here, at a list of numbers. Checks compare with it."""


def _is_array(x: Any) -> bool:
    return hasattr(x, "dtype") and hasattr(x, "ndim") and x.ndim > 0


def _vector(x: Any, axis: int | None, who: str) -> list[Any]:
    """The numbers of a list. An axis other than the only one is refused."""
    if not isinstance(x, Sequence) or isinstance(x, str | bytes):
        raise TypeError(f"{who}: expected a list of numbers or an array, got {x!r}")
    for e in x:
        if _is_array(e) or (isinstance(e, Sequence) and not isinstance(e, str | bytes)):
            raise TypeError(f"{who}: expected a list of numbers, got a list of lists; use an array")
        namespace_of(e)  # refuses what is no number
    if axis not in (None, 0, -1):
        raise ValueError(f"{who}: a list has one axis, got axis={axis}")
    return list(x)


def _line(x: Any, axis: int, who: str) -> Any:
    """The list or the array, if it has one number at least along the axis."""
    if not _is_array(x):
        x = _vector(x, axis, who)
    elif not isinstance(axis, SupportsIndex) or not -x.ndim <= operator.index(axis) < x.ndim:
        raise ValueError(
            f"{who}: an array of shape {tuple(x.shape)} has no axis {axis!r}; expected a whole "
            f"number from {-x.ndim} to {x.ndim - 1}"
        )
    if not (x.shape[axis] if _is_array(x) else len(x)):
        raise ValueError(f"{who}: expected one number at least, got none")
    return x


def _along(row: Any, x: Any, axis: int | None, keep: bool = True) -> Any:
    """A row of one vector: of a list a number, of an array what it is along the axis."""
    return row(x, axis=axis, keepdims=keep) if _is_array(x) else row(x)


def _each_with(f: Any, x: Any, number: Any) -> Any:
    """f of each element and one number, or of an array and what broadcasts with it."""
    return f(x, number) if _is_array(x) else [f(e, number) for e in x]

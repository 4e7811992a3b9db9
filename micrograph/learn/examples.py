"""Examples as arrays: features that are numbers, labels of two kinds. What is not, is refused."""

from __future__ import annotations

from typing import Any

import numpy as np


def features(X: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """X as (m, n) finite floats. Raises ValueError that says where it is not."""
    try:
        array = np.asarray(X)
    except ValueError:
        raise ValueError("the rows of X are not all of one length") from None
    if array.shape == (0,):
        raise ValueError("X is empty; expected examples × features")
    if array.ndim != 2:
        raise ValueError(
            "X should have two dimensions, examples × features, got "
            + (f"shape {array.shape}" if array.ndim else f"{type(X).__name__}")
            + ("; for one feature: np.reshape(X, (-1, 1))" * (array.ndim == 1))
        )
    if not array.size:
        raise ValueError(f"X is empty, of shape {array.shape}; expected examples × features")
    try:
        if array.dtype.kind not in "biufO":
            raise ValueError
        numbers = array.astype(float)
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"X should contain numbers, got {_no_number(array)!r:.80}") from None
    if not np.all(np.isfinite(numbers)):
        i, j = np.argwhere(~np.isfinite(numbers))[0]
        raise ValueError(f"X[{i}, {j}] is {numbers[i, j]}; drop such rows, or fill them in")
    return np.asarray(numbers)


def _no_number(array: Any) -> Any:
    """The first element that is no number, even in writing; else the first."""
    for x in array.ravel().tolist():
        try:
            float(x)
        except (ValueError, TypeError, OverflowError):
            return x
    return array.ravel().tolist()[0]


def column(y: Any, m: int) -> Any:
    """y as an array of m labels, also where it is a column or row of them. Raises ValueError."""
    array = np.asarray(y)
    if array.ndim == 2 and 1 in array.shape:
        array = array.ravel()
    if array.shape != (m,):
        raise ValueError(f"X has {m} examples, y has the shape {array.shape}; expected ({m},)")
    return array


def labels(y: Any, m: int) -> tuple[Any, np.ndarray[Any, np.dtype[np.float64]]]:
    """The two classes, and which of them each of the m labels is: 0 or 1.

    Raises: ValueError where there are not m, some are missing, or not of two kinds.
    """
    array = column(y, m)
    if any(x is None or x != x for x in array.tolist()):
        raise ValueError("y contains missing labels; drop those rows")
    try:
        classes, which = np.unique(array, return_inverse=True)
    except TypeError:
        raise ValueError("y mixes kinds of labels that don't compare; expected two") from None
    if len(classes) != 2:
        some = ", ".join(map(repr, classes.tolist()[:5])) + ", …" * (len(classes) > 5)
        raise ValueError(f"y should have two kinds of labels, got {len(classes)}: {some}")
    return classes, which.astype(float)

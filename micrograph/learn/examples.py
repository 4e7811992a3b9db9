"""Examples, checked and made into arrays: finite numbers as features, labels of two kinds."""

from __future__ import annotations

from typing import Any

import numpy as np


def features(X: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """X as an array of finite floats, shape (m, n): m examples of n features.

    The errors contain the phrases that scikit-learn's ``check_estimator`` looks for.

    Raises:
        ValueError: If X is not a table of finite numbers; the message says where.
        TypeError: If X is sparse, or if an element has a type that ``float`` does not take.
    """
    if hasattr(X, "toarray"):
        raise TypeError("X is sparse, which is not supported; pass X.toarray()")
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
            + ("; for one feature: np.reshape(X, (-1, 1)). Reshape your data" * (array.ndim == 1))
        )
    if not array.size:
        none = "feature(s)" if len(array) else "sample(s)"
        said = f"0 {none} (shape={array.shape}) while a minimum of 1 is required."
        raise ValueError(f"X is empty: {said}")
    if array.dtype.kind == "c":
        raise ValueError(f"X should contain numbers, got {array.dtype}: Complex data not supported")
    try:
        if array.dtype.kind not in "biufO":
            raise ValueError
        numbers = array.astype(float)
    except (ValueError, TypeError, OverflowError):
        raise _refusal(array) from None
    if not np.all(np.isfinite(numbers)):
        i, j = np.argwhere(~np.isfinite(numbers))[0]
        x = "NaN" if np.isnan(numbers[i, j]) else numbers[i, j]
        raise ValueError(f"X[{i}, {j}] is {x}; drop such rows, or fill them in")
    return np.asarray(numbers)


def _refusal(array: Any) -> Exception:
    """The error for the first element that ``float`` refuses; if none, for the first element."""
    elements = array.ravel().tolist()
    for x in elements:
        try:
            float(0 if x is None else x)
        except TypeError as error:
            return TypeError(f"X should contain numbers, got {x!r:.80}: {error}")
        except (ValueError, OverflowError):
            return ValueError(f"X should contain numbers, got {x!r:.80}")
    return ValueError(f"X should contain numbers, got {elements[0]!r:.80}")


def column(y: Any, m: int) -> Any:
    """y as an array of m labels. It may be given as a column, (m, 1), or as a row, (1, m).

    Raises:
        ValueError: If y is None or does not have m labels.
    """
    if y is None:
        raise ValueError("y should be a 1d array of labels, got None")
    array = np.asarray(y)
    if array.ndim == 2 and 1 in array.shape:
        array = array.ravel()
    if array.shape != (m,):
        raise ValueError(f"X has {m} examples, y has the shape {array.shape}; expected ({m},)")
    return array


def labels(y: Any, m: int) -> tuple[Any, np.ndarray[Any, np.dtype[np.float64]]]:
    """The two classes in sorted order, and the class of each of the m labels: 0.0 or 1.0.

    Raises:
        ValueError: If there are not m labels, if some are missing, or if they are not of two kinds.
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
        kind = "class" if len(classes) == 1 else "classes"
        if classes.dtype.kind == "f" and np.any(classes % 1):
            kind = "continuous numbers"
        said = f"y should have two kinds of labels, got {len(classes)} {kind}: {some}"
        many = ". Only binary classification is supported." * (len(classes) > 2)
        raise ValueError(said + many)
    return classes, which.astype(float)

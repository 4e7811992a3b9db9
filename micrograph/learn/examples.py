"""Examples, checked and made into arrays: finite numbers as features, and labels.

scikit-learn's own checks do the work. What they lack is here: masks, and where a number is missing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


def features(X: Any, estimator: Any = None, *, fitting: bool = False) -> Array:
    """X as an array of finite floats, shape (m, n): m examples of n features. A sparse X is copied.

    Args:
        X: Numbers of shape (m, n): an array, a data frame, lists, or a sparse matrix.
        estimator: If given, it learns the number and names of the features if it is ``fitting``,
            or else they are compared with what it was fitted to.
        fitting: As just said.

    Raises:
        ValueError: If X is not a table of finite numbers; the message says where.
        TypeError: If an element has a type that ``float`` does not take.
    """
    from sklearn.utils.validation import check_array, validate_data

    X = unmasked(X)
    how: dict[str, Any] = {"accept_sparse": "csr", "ensure_all_finite": False}
    try:
        if estimator is None:
            array = check_array(X, **how, input_name="X")
        else:
            array = validate_data(estimator, X, reset=fitting, **how)
        array = array.toarray() if hasattr(array, "toarray") else array
        numbers = np.asarray(array, dtype=np.float64)
    except OverflowError as error:
        raise ValueError(f"X should contain numbers: {error}") from None
    return numbers if np.isfinite(numbers.sum()) else finite(numbers)


def finite(X: Array, first: int = 0) -> Array:
    """X itself, whose first row has this number. Raises ValueError if an element is not finite."""
    if not np.all(np.isfinite(X)):
        i, j = np.argwhere(~np.isfinite(X))[0]
        x = "NaN" if np.isnan(X[i, j]) else X[i, j]
        raise ValueError(f"X[{first + i}, {j}] is {x}; drop such rows, or fill them in")
    return X


def unmasked(X: Any) -> Any:
    """X with NaN in place of what is masked, or of pandas' NA in columns of objects."""
    if isinstance(X, np.ma.MaskedArray):
        return np.ma.filled(X.astype(float), np.nan) if np.ma.is_masked(X) else X.data
    if (
        hasattr(X, "columns")
        and hasattr(X, "isna")
        and any(str(kind) == "object" for kind in X.dtypes)
    ):
        return X.where(X.notna(), np.nan)
    return X


def column(y: Any, m: int) -> Any:
    """y as an array of m labels.

    Raises:
        ValueError: If y is None, has masked labels, or does not have m labels.

    Warns:
        DataConversionWarning: If y is a column of shape (m, 1).
    """
    from sklearn.utils.validation import column_or_1d

    if y is None:
        raise ValueError("y should be a 1d array of labels, got None")
    if np.ma.is_masked(y):
        raise ValueError("y contains masked labels; drop those rows")
    array = column_or_1d(y, warn=True)
    if len(array) != m:
        raise ValueError(f"X has {m} examples, y has {len(array)} labels")
    return array


def labels(y: Any, m: int) -> tuple[Any, Array]:
    """The classes in sorted order, and the class of each of the m labels: 0.0, 1.0, …

    Raises:
        ValueError: If there are not m labels, if some are missing, if all are of one kind, or if
            they are numbers that are not whole.
    """
    from sklearn.utils.multiclass import check_classification_targets

    array = column(y, m)
    if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
        raise ValueError("y contains missing labels, NaN or inf; drop those rows")
    if array.dtype.kind == "O" and any(map(missing, array.tolist())):
        raise ValueError("y contains missing labels; drop those rows")
    classes, which = kinds(array)
    few = len(classes) <= 20  # then it need not look at each label
    check_classification_targets(np.repeat(classes, 2) if few else array)  # refuses 0.5
    return classes, which


def kinds(y: Any) -> tuple[Any, Array]:
    """The kinds of labels in sorted order, and the kind of each: 0.0, 1.0, …

    Raises:
        ValueError: If all are of one kind, or if they are of types that don't compare.
    """
    try:
        classes = np.unique(y)
        which = np.searchsorted(classes, y)
    except TypeError:
        raise ValueError("y mixes kinds of labels that don't compare") from None
    if len(classes) < 2:
        raise ValueError(
            f"y should have at least two kinds of labels, got 1 class: {classes.tolist()[0]!r}"
        )
    return classes, which.astype(float)


def missing(x: Any) -> bool:
    """Whether x is None, NaN or pandas' NA."""
    try:
        return x is None or bool(x != x)
    except TypeError:  # pandas' NA is neither equal nor unequal
        return True


def vector(x: Any, m: int, name: str, *, least: float = -np.inf) -> Array | None:
    """x as m finite floats, none below ``least``; None stays None, and a number stands for all.

    Raises:
        ValueError: If x is not that; the message says where.
    """
    if x is None:
        return None
    try:
        found = np.asarray(unmasked(x), dtype=float)
    except (ValueError, TypeError):
        raise ValueError(f"{name} should be {m} numbers, got {x!r:.80}") from None
    if found.ndim == 0:
        found = np.full(m, found)
    if found.shape != (m,):
        raise ValueError(f"{name} should have the shape ({m},), got {found.shape}")
    wrong = ~(np.isfinite(found) & (found >= least))
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        expected = "finite numbers" + (f" ≥ {least:g}" if np.isfinite(least) else "")
        raise ValueError(f"{name} should be {expected}; {name}[{i}] is {found[i]:g}")
    return found

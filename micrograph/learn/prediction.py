"""Predictions of a fitted model, and how good they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..primitives import log_sigmoid, sigmoid
from .examples import vector
from .triangle import Array


class Prediction:
    """The part of ``LogisticRegression`` that predicts."""

    coef_: Any
    intercept_: Any
    classes_: Any

    def decision_function(self, X: Any, offset: Any = None) -> Any:
        """z = wᵀx + b for each row, shape (m,): positive if the second class is likelier.

        Of K > 2 classes, the z of each, shape (m, K).

        Args:
            X: The features, shape (m, n), in the order that ``fit`` had.
            offset: What is added to z of each example, shape (m,), or None.

        Raises:
            ValueError: If the model is not fitted, if X does not have n finite numbers a row, or if
                the columns of a data frame are not those of ``fit``.
            TypeError: If X has elements of a type that ``float`` does not take.

        Example:
            >>> from micrograph.learn import LogisticRegression
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> model.decision_function([[0.0], [3.0]]).round(4).tolist()
            [-1.3623, 1.3623]
        """
        X = self._features(X)  # type: ignore[attr-defined]  # the model's
        more = vector(offset, len(X), "offset")
        if len(self.classes_) > 2:
            if more is not None:
                raise ValueError(f"an offset is for two classes, got {len(self.classes_)}")
            return np.asarray(X @ self.coef_.T + self.intercept_)
        z = X @ self.coef_[0] + self.intercept_[0]
        return np.asarray(z if more is None else z + more)

    def predict_proba(self, X: Any, offset: Any = None) -> Any:
        """The probabilities of the classes for each row, shape (m, K).

        Args:
            X: The features, shape (m, n).
            offset: As in ``decision_function``.

        Raises:
            ValueError, TypeError: As ``decision_function`` does.

        Example:
            >>> from micrograph.learn import LogisticRegression
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> model.predict_proba([[0.0], [3.0]]).round(4).tolist()
            [[0.7961, 0.2039], [0.2039, 0.7961]]
        """
        return _of_classes(self.decision_function(X, offset), sigmoid, "softmax")

    def predict_log_proba(self, X: Any, offset: Any = None) -> Any:
        """The logarithms of the probabilities, shape (m, K), which do not vanish in the tails.

        Args:
            X: The features, shape (m, n).
            offset: As in ``decision_function``.

        Raises:
            ValueError, TypeError: As ``decision_function`` does.

        Example:
            >>> from micrograph.learn import LogisticRegression
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> model.predict_log_proba([[1000.0]]).round(1).tolist()
            [[-906.8, -0.0]]
        """
        return _of_classes(self.decision_function(X, offset), log_sigmoid, "log_softmax")

    def predict(self, X: Any, offset: Any = None) -> Any:
        """The likeliest class of each row, shape (m,).

        Args:
            X: The features, shape (m, n).
            offset: As in ``decision_function``.

        Raises:
            ValueError, TypeError: As ``decision_function`` does.

        Example:
            >>> from micrograph.learn import LogisticRegression
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> model.predict([[0.0], [3.0]]).tolist()
            [0, 1]
        """
        z = self.decision_function(X, offset)
        return self.classes_[(z > 0).astype(int) if z.ndim == 1 else z.argmax(axis=1)]


def _of_classes(z: Any, of_two: Any, of_more: str) -> Any:
    """A column for each class: of two classes by a row, of more by a function of SciPy's."""
    if z.ndim == 1:
        return np.column_stack([of_two(-z), of_two(z)])
    from scipy import special

    return getattr(special, of_more)(z, axis=1)


def area(which: Array, z: Array, weights: Array | None) -> float:
    """The area under the ROC curve: how often z is greater in class 1 than in class 0.

    A tie counts as a half. scikit-learn's ``roc_auc_score`` is the same, and builds the curve: for
    a million examples it took 0.7 s, and half as much memory again as the whole fit.
    """
    first = which == 0
    low, high = z[first], z[~first]
    w = np.ones(len(high)) if weights is None else weights[~first]
    order = np.argsort(low)
    own = np.ones(len(low)) if weights is None else weights[first][order]
    below = np.concatenate([[0.0], np.cumsum(own)])  # the weight of the lowest 0, 1, 2, …
    low = low[order]
    if weights is None:
        high.sort()  # neighbours are looked for in the same place
    wins = sum(w @ below[np.searchsorted(low, high, side)] for side in ("left", "right"))
    return float(wins / 2 / (w.sum() * below[-1]))


def predicted(z: Array, which: Array, weights: Array | None) -> dict[str, Any]:
    """How well the examples are predicted: accuracy, area under the ROC curve, confusion matrix."""
    c = z.shape[1]
    sharp = z[:, 0] > 0 if c == 1 else np.column_stack([np.zeros(len(z)), z]).argmax(axis=1)
    cell = (which * (c + 1) + sharp).astype(int)
    table = np.bincount(cell, weights, minlength=(c + 1) ** 2).reshape(c + 1, c + 1)
    auc = area(which, z[:, 0], weights) if c == 1 and np.all(np.isfinite(z)) else None
    return {
        "counts": table.sum(axis=1).tolist(),
        "confusion": table.tolist(),
        "accuracy": float(np.trace(table) / table.sum()),
        "auc": auc,
    }

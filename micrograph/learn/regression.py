"""LogisticRegression, an estimator of scikit-learn, fitted with derivatives from the nodes."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from .dask import is_dask, row_blocks
from .examples import column, features, labels, vector
from .one_thread import one_thread
from .outgrown import estimate_blocks
from .plain import PlainRegression, counted, named
from .triangle import Array


class LogisticRegression(PlainRegression, ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """Logistic regression: of two classes, P(second class | x) = σ(wᵀx + b).

    Of more classes, P(class i | x) is proportional to exp(wᵢᵀx + bᵢ). ``fit`` sets the attributes
    below, in the units of the data.

    Args:
        penalty: None, or "l2", which adds Σw²/(2C) to the sum of the losses, as scikit-learn does.
        C: The inverse strength of the penalty. An infinite C is no penalty.
        fit_intercept: Whether there is a bias b.
        class_weight: None, a dict of weights by class, or "balanced": then each class has the same
            weight in all.
        solver: "newton", "lbfgs" (SciPy's), "descent" (plain gradient descent), or "auto": Newton's
            method for up to 200 parameters, L-BFGS for more.
        learning_rate: That of "descent", on standardised features.
        max_iter: The most iterations. None means 100 of Newton's method, 10,000 of L-BFGS or
            100,000 of descent.
        tol: The fit ends when no partial derivative of the average cost, on standardised features,
            is greater in size than this.
        old: ``rate``, as learning_rate was called. It warns.

    Attributes:
        coef_: The weights w, shape (1, n). Of K > 2 classes (K, n), and they add up to 0.
        intercept_: The bias b, shape (1,) or (K,).
        classes_: The labels in sorted order, shape (K,).
        n_iter_: The number of iterations, shape (1,).
        costs_: The average loss plus the penalty, at the start and after each iteration.
        log_likelihood_: The log-likelihood of the examples, without the penalty.
        standard_errors_: Of the intercept, which comes first, and the weights, shape (1, n + 1).
            Of K > 2 classes, those of the differences from the first class, shape (K - 1, n + 1).
            They are NaN for parameters that the data do not determine.
        covariance_: The covariance of the same parameters, class by class. It is the inverse of the
            Hessian of the sum of the losses, plus the penalty if there is one.
        n_features_in_: The number n of features.
        feature_names_in_: The columns of the data frame that was fitted, if it was one.
        names_: The names of the features: as given, those of the columns, or x1, x2, …

    Example:
        >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["no", "yes", "no", "yes"]
        >>> model = LogisticRegression().fit(X, y)
        >>> model.predict([[5.0]]).tolist(), model.coef_.round(4).tolist()
        (['yes'], [[0.9082]])
    """

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        offset: Any = None,
        feature_names: Sequence[str] | None = None,
    ) -> Self:
        """Fit the model to m examples, and return the model.

        Args:
            X: The features, numbers of shape (m, n), or a data frame. A sparse matrix is copied
                into a dense one. An array or a data frame of Dask is read block by block, by
                Newton's method in some six passes, by other solvers once an iteration or more.
            y: The labels, of two or more kinds, shape (m,).
            sample_weight: How often each example counts, shape (m,), or None: once.
            offset: What is added to z = wᵀx + b of each example, shape (m,), or None.
            feature_names: The n names of the features. By default they are the columns of a data
                frame, else x1, x2, …

        Raises:
            ValueError: If the data or the settings are not as described.
            TypeError: If X has elements of a type that ``float`` does not take.

        Warns:
            SeparationWarning: If a plane separates the classes, and there is no penalty. It names
                the features whose coefficients are infinite; the others are estimated.
            ConvergenceWarning: If the iterations ended before ``tol`` was reached.
            UserWarning: If a column is constant, or a combination of others: its coefficient is 0,
                and the others are estimated. Also if columns are nearly collinear.

        Cost:
            Newton's method does one QR factorisation of m × n numbers an iteration.

        Example:
            >>> model = LogisticRegression(penalty="l2")
            >>> model.fit([[0.0], [1.0]], ["no", "yes"], feature_names=["t"])
            LogisticRegression(penalty='l2')
            >>> model.coef_.round(4).tolist(), model.intercept_.round(4).tolist()
            ([[0.4446]], [-0.2223])
        """
        self.check_settings()
        columns = getattr(X, "columns", None) if feature_names is None else feature_names
        if is_dask(X):
            return self._fit_blocks(X, y, columns, sample_weight, offset)
        X = features(X, self, fitting=True)
        m = len(X)
        weights = vector(sample_weight, m, "sample_weight", least=0.0)
        offset = vector(offset, m, "offset")
        if weights is not None:
            X, y, weights, offset = counted(X, column(y, m), weights, offset)
        classes, which = labels(y, len(X))
        given = [X]
        del X  # so that X is freed once it is standardised, if the caller does not hold it either
        self.learn(given, classes, which, weights, offset, columns)
        return self

    def _fit_blocks(self, X: Any, y: Any, columns: Any, weights: Any, offset: Any) -> Self:
        """Fit the model to data of Dask, which are read block by block."""
        blocks, n = row_blocks(X, y, weights, offset), X.shape[1]
        names, settings = named(columns, n), self._settings(0)
        with one_thread():
            found, self.classes_, facts = estimate_blocks(blocks, names, settings, self._shares)
        self.names_, self.n_features_in_ = names, n
        self.__dict__.pop("feature_names_in_", None)  # of an earlier fit
        if all(isinstance(name, str) for name in getattr(X, "columns", [0])):
            self.feature_names_in_ = np.array([*X.columns], object)
        self._keep(found, facts)
        return self

    def _check_fitted(self) -> None:
        check_is_fitted(self)

    def _features(self, X: Any) -> Array:
        check_is_fitted(self)
        return features(X, self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


_whole = signature(LogisticRegression.__init__)
_shown = [x for x in _whole.parameters.values() if x.name != "old"]
# scikit-learn takes every parameter that it sees for a setting; old names are none
LogisticRegression.__init__.__signature__ = _whole.replace(parameters=_shown)  # type: ignore[attr-defined]  # a function's

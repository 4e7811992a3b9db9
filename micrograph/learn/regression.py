"""LogisticRegression, an estimator of scikit-learn, fitted with derivatives from the nodes."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from ..namespaces.floats import real
from .dask import is_dask, row_blocks
from .descent import renamed
from .estimate import Estimate, Settings, estimate
from .examples import features, labels, vector
from .inference import inference
from .minimum import STEPS
from .one_thread import one_thread
from .outgrown import estimate_blocks
from .prediction import Prediction, predicted
from .saved import Saved
from .single import OneExample, told_apart
from .summary import Summary
from .triangle import Array

FEW = 200
"""The most parameters for which Newton's method is the default; its cost grows as their square."""


class LogisticRegression(Prediction, OneExample, Saved, ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
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

    def __init__(
        self,
        penalty: str | None = None,
        *,
        C: float = 1.0,
        fit_intercept: bool = True,
        class_weight: Any = None,
        solver: str = "auto",
        learning_rate: float = 1.0,
        max_iter: int | None = None,
        tol: float = 1e-10,
        **old: Any,
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.solver = solver
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.tol = tol
        if old:
            self.set_params(**renamed("LogisticRegression", old, {"rate": "learning_rate"}))

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
                into a dense one. An array or a data frame of Dask is read block by block, in some
                six passes.
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
        self._check_settings()
        columns = getattr(X, "columns", None) if feature_names is None else feature_names
        if is_dask(X):
            return self._fit_blocks(X, y, columns, sample_weight, offset)
        X = features(X, self, fitting=True)
        m, n = X.shape
        weights = vector(sample_weight, m, "sample_weight", least=0.0)
        offset = vector(offset, m, "offset")
        if weights is not None:
            X, y, weights, offset = _counted(X, y, weights, offset)
        classes, which = labels(y, len(X))
        if len(classes) > 2 and offset is not None:
            raise ValueError(f"an offset is for two classes, got {len(classes)}")
        weights = self._weighted(classes, which, weights)
        self.classes_, self.names_ = classes, _names(columns, n)
        settings = self._settings((len(classes) - 1) * (n + 1))
        c = len(classes) - 1
        given = [X]
        del X  # so that X is freed once it is standardised, if the caller does not hold it either
        with one_thread():
            found = estimate(given.pop(), which, c, self.names_, settings, weights, offset)
        self._keep(found, predicted(found.z, which, weights))
        return self

    def _fit_blocks(self, X: Any, y: Any, columns: Any, weights: Any, offset: Any) -> Self:
        """Fit the model to data of Dask, which are read block by block."""
        if self.solver not in ("auto", "newton"):
            raise ValueError(
                f'solver={self.solver!r}: data of Dask are fitted by "newton"; choose it, or "auto"'
            )
        blocks, n = row_blocks(X, y, weights, offset), X.shape[1]
        names, settings = _names(columns, n), self._settings(0)
        with one_thread():
            found, self.classes_, facts = estimate_blocks(blocks, names, settings, self._shares)
        self.names_, self.n_features_in_ = names, n
        self.__dict__.pop("feature_names_in_", None)  # of an earlier fit
        if all(isinstance(name, str) for name in getattr(X, "columns", [0])):
            self.feature_names_in_ = np.array([*X.columns], object)
        self._keep(found, facts)
        return self

    def _check_settings(self) -> None:
        if self.penalty not in (None, "l2"):
            raise ValueError(f'penalty={self.penalty!r}: expected None or "l2"')
        if self.solver not in ("auto", *STEPS):
            raise ValueError(f"solver={self.solver!r}: expected auto, {', '.join(STEPS)}")
        for name in ("C", "learning_rate", "tol"):
            x = real(getattr(self, name)) or 0
            if not (0 < x < np.inf or (name == "C" and x == np.inf)):
                raise ValueError(f"{name}={getattr(self, name)!r}: expected a number > 0")
        n = self.max_iter
        if n is not None and not (isinstance(n, int | np.integer) and n >= 1):
            raise ValueError(f"max_iter={n!r}: expected a whole number ≥ 1")
        if not (
            self.class_weight is None
            or self.class_weight == "balanced"
            or isinstance(self.class_weight, dict)
        ):
            raise ValueError(
                f'class_weight={self.class_weight!r}: expected None, "balanced" or a dict of '
                "weights by class"
            )

    def _settings(self, parameters: int) -> Settings:
        solver = self.solver
        if solver == "auto":
            solver = "newton" if parameters <= FEW + 1 else "lbfgs"
        return Settings(
            C=float(self.C) if self.penalty else np.inf,
            intercept=bool(self.fit_intercept),
            solver=solver,
            rate=self.learning_rate,
            steps=self.max_iter or STEPS[solver],
            tol=self.tol,
        )

    def _weighted(self, classes: Any, which: Array, weights: Array | None) -> Array | None:
        """The weights of the examples with those of their classes."""
        codes = which.astype(int)
        of = self._shares(classes, np.bincount(codes, weights))
        return weights if of is None else of[codes] * (1.0 if weights is None else weights)

    def _shares(self, classes: Any, counts: Any) -> Array | None:
        """The weight of each class, of which there are so many examples; None if all have 1."""
        if self.class_weight is None:
            return None
        if self.class_weight == "balanced":
            of = counts.sum() / (len(classes) * counts)
        else:
            from sklearn.utils.class_weight import compute_class_weight

            of = compute_class_weight(self.class_weight, classes=classes, y=classes)
        if not np.all(np.isfinite(of) & (of > 0)):
            raise ValueError(f"class_weight={self.class_weight!r}: expected weights > 0")
        return np.asarray(of)

    def _keep(self, found: Estimate, facts: dict[str, Any]) -> None:
        """Set what ``fit`` promises; the facts are what ``predicted`` returns."""
        own, K = found.own, len(self.classes_)
        if K > 2:  # add the base, and centre
            own = np.concatenate([np.zeros((1, own.shape[1])), own])
            own = own - own.mean(axis=0)
        self.intercept_, self.coef_ = own[:, 0].copy(), own[:, 1:].copy()
        minimum = found.found
        self.costs_, self.n_iter_ = minimum.costs, np.array([len(minimum.costs) - 1])
        self.log_likelihood_ = found.log_likelihood
        self.standard_errors_, self.covariance_ = found.errors, found.covariance
        self.facts_ = {"null": found.null, "rank": found.rank, "warnings": found.said,
                       "converged": minimum.converged and not found.separated,
                       **facts}  # fmt: skip

    def summary(self) -> Summary:
        """The table of coefficients with errors, tests, intervals and odds ratios, and the fit.

        Of more than two classes, the coefficients are the differences from the first class. The
        accuracy, the area under the ROC curve and the confusion matrix are those of the examples
        that the model was fitted to.

        Raises:
            ValueError: If the model is not fitted.

        Example:
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> print(model.summary())
            Logistic regression: P(1), fitted to 4 examples: 2 of 0, 2 of 1
            <BLANKLINE>
                       coefficient  std. error          z      p     2.5 %   97.5 %  odds ratio
            intercept     -1.36226     1.96703  -0.692545  0.489  -5.21758  2.49307    0.256082
            x1            0.908172     1.06028   0.856541  0.392  -1.16993  2.98627     2.47979
            ...
        """
        check_is_fitted(self)
        facts, c = self.facts_, len(self.classes_) - 1
        names = [told_apart(["intercept"], self.names_, "the model's ")[0], *self.names_]
        own = np.column_stack([self.intercept_, self.coef_])
        if c > 1:
            own = own[1:] - own[0]
            names = [f"{kind}: {name}" for kind in self.classes_[1:].tolist() for name in names]
        own, errors = own.ravel(), self.standard_errors_.ravel()
        if not self.fit_intercept:
            used = np.arange(len(own)) % (self.n_features_in_ + 1) > 0
            own, errors = own[used], errors[used]
            names = [name for name, use in zip(names, used, strict=True) if use]
        m = sum(facts["counts"])
        rank = facts["rank"]
        found = inference(names, own, errors, self.log_likelihood_, facts["null"], rank,
                          rank - c * bool(self.fit_intercept), m)  # fmt: skip
        penalised = bool(self.penalty) and not np.isinf(self.C)
        found["df_residual"] = c * m - rank
        found["df_null"] = c * (m - bool(self.fit_intercept))
        head = {"classes": self.classes_.tolist(), "counts": facts["counts"], "examples": m}
        how = {"penalty": "l2" if penalised else None, "C": float(self.C) if penalised else None,
               "n_iter": int(self.n_iter_[0]), "converged": facts["converged"],
               "warnings": list(facts["warnings"])}  # fmt: skip
        shown = {key: facts[key] for key in ("accuracy", "auc", "confusion")}
        if facts.get("auc_within"):
            shown["auc_within"] = facts["auc_within"]
        return Summary(head | found | shown | how)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


_whole = signature(LogisticRegression.__init__)
_shown = [x for x in _whole.parameters.values() if x.name != "old"]
# scikit-learn takes every parameter that it sees for a setting; old names are none
LogisticRegression.__init__.__signature__ = _whole.replace(parameters=_shown)  # type: ignore[attr-defined]  # a function's


def _counted(X: Array, y: Any, weights: Array, offset: Array | None) -> tuple[Any, ...]:
    """The examples of weight > 0. The others are as if they were not there."""
    some = weights > 0
    if not some.any():
        raise ValueError("sample_weight is zero for all examples")
    if some.all():
        return X, y, weights, offset
    from .examples import column

    y = column(y, len(X))
    return X[some], y[some], weights[some], None if offset is None else offset[some]


def _names(columns: Any, n: int) -> list[str]:
    """The names of n features, each its own: of two called t, the second becomes t_2."""
    if columns is None:
        return [f"x{j + 1}" for j in range(n)]
    names = list(map(str, columns))
    if len(names) != n:
        raise ValueError(f"{len(names)} feature names for {n} features")
    found: list[str] = []
    for name in names:
        i, first = 1, name
        while name in found or (i > 1 and name in names):
            i += 1
            name = f"{first}_{i}"
        found.append(name)
    return found

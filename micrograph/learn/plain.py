"""A logistic regression of numbers in memory. The estimator of scikit-learn is built on it.

scikit-learn takes a second to import. The command line does without.
"""

from __future__ import annotations

from typing import Any, Never

import numpy as np

from ..namespaces.floats import real
from .descent import renamed
from .estimate import Estimate, Settings, estimate
from .inference import inference
from .minimum import STEPS
from .one_thread import one_thread
from .prediction import Prediction, predicted
from .saved import Saved
from .single import OneExample, told_apart
from .summary import Summary
from .triangle import Array

FEW = 200
"""The most parameters for which Newton's method is the default; its cost grows as their square."""


class PlainRegression(Prediction, OneExample, Saved):
    """The part of ``LogisticRegression`` that learns from arrays of numbers, and sums up.

    Its settings and attributes are described there.
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
        **old: Never,
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
            for name, x in renamed("LogisticRegression", old, {"rate": "learning_rate"}).items():
                setattr(self, name, x)

    def learn(
        self,
        X: list[Array],
        classes: Any,
        which: Array,
        weights: Array | None,
        offset: Array | None,
        names: Any,
    ) -> None:
        """Fit the model to m examples of n features.

        Args:
            X: A list of the features alone, of shape (m, n). They are taken out of it, and are
                freed once they are standardised if nothing else holds them.
            classes: The labels in sorted order.
            which: The class of each example: 0.0, 1.0, …
            weights: How often each example counts, each above 0, or None.
            offset: What is added to z of each example, or None.
            names: Of the features, or None.
        """
        n, c = X[0].shape[1], len(classes) - 1
        if c > 1 and offset is not None:
            raise ValueError(f"an offset is for two classes, got {c + 1}")
        weights = self._weighted(classes, which, weights)
        self.classes_, self.names_ = classes, named(names, n)
        settings = self._settings(c * (n + 1))
        with one_thread():
            found = estimate(X.pop(), which, c, self.names_, settings, weights, offset)
        self._keep(found, predicted(found.z, which, weights))

    def _check_fitted(self) -> None:
        """Raise an error if the model is not fitted."""

    def _features(self, X: Any) -> Array:
        """X as an array of shape (m, n), if the model is fitted to n features."""
        return np.asarray(X, dtype=float)

    def check_settings(self) -> None:
        """Raise ValueError if a setting is not as described."""
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
            >>> from micrograph.learn import LogisticRegression
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> print(model.summary())  # doctest: +ELLIPSIS
            Logistic regression: P(1), fitted to 4 examples: 2 of 0, 2 of 1
            <BLANKLINE>
                       coefficient  std. error          z      p     2.5 %   97.5 %  odds ratio
            intercept     -1.36228     1.97488  -0.689801   0.49  -5.23298  2.50842    0.256077
            x1            0.908184     1.08519   0.836888  0.403  -1.21875  3.03512     2.47982
            ...
        """
        self._check_fitted()
        facts, c = self.facts_, len(self.classes_) - 1
        names = [told_apart(["intercept"], self.names_, "the model's ")[0], *self.names_]
        own = np.column_stack([self.intercept_, self.coef_])
        if c > 1:
            own = own[1:] - own[0]
            names = [f"{kind}: {name}" for kind in self.classes_[1:].tolist() for name in names]
        own, errors = own.ravel(), self.standard_errors_.ravel()
        if not self.fit_intercept:
            used = np.arange(len(own)) % (len(self.names_) + 1) > 0
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


def named(columns: Any, n: int) -> list[str]:
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


def counted(X: Array, y: Any, weights: Array, offset: Array | None) -> tuple[Any, ...]:
    """The examples of weight > 0. The others are as if they were not there."""
    some = weights > 0
    if not some.any():
        raise ValueError("sample_weight is zero for all examples")
    if some.all():
        return X, y, weights, offset
    return X[some], y[some], weights[some], None if offset is None else offset[some]

"""LogisticRegression with scikit-learn's conventions, fitted with derivatives from the nodes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

import numpy as np

from ..engine.value import Value
from ..graph import Graph
from ..namespaces.floats import real
from ..namespaces.text import listed
from ..primitives import sigmoid
from .descent import ConvergenceWarning, renamed
from .examples import column, features, labels
from .likelihood import Problem, minimise, separation
from .logistic import output
from .losses import cross_entropy, logistic_loss
from .plot.fit import plot_cost, plot_fit

FEW = 200
"""The most features for which Newton's method is the default; its Hessian grows as their square."""

STEPS = {"newton": 100, "lbfgs": 10_000, "descent": 100_000}
"""The solvers, each with the most iterations that it does by default."""

OURS = {"z", "a", "b", "L"}
"""The names of the model's own nodes. A feature called z is drawn as x_z, to tell them apart."""


class SeparationWarning(UserWarning):
    """A plane separates the classes, so the likelihood grows for ever as the coefficients grow.

    No finite coefficients are the likeliest.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(action="error"):
        ...     LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        Traceback (most recent call last):
        micrograph.learn.SeparationWarning: the classes are perfectly separated: the \
likeliest coefficients are infinite; use penalty="l2"
    """


class LogisticRegression:
    """Logistic regression of two classes: P(second class | x) = σ(wᵀx + b).

    ``fit`` sets the attributes below, in the units of the data.

    Args:
        penalty: None, or "l2", which adds Σw²/(2C) to the sum of the losses, as scikit-learn does.
        C: The inverse strength of the penalty.
        solver: "newton", "lbfgs" (SciPy's), "descent" (plain gradient descent), or "auto": Newton's
            method for up to 200 features, L-BFGS for more.
        learning_rate: That of "descent", on standardised features.
        max_iter: The most iterations. None means 100 of Newton's method, 10,000 of L-BFGS or
            100,000 of descent.
        tol: The fit ends when no partial derivative of the average cost, on standardised features,
            is greater in size than this.
        old: ``rate``, as learning_rate was called. It warns.

    Attributes:
        coef_: The weights w, shape (1, n).
        intercept_: The bias b, shape (1,).
        classes_: The two labels in sorted order, shape (2,).
        n_iter_: The number of iterations, shape (1,).
        costs_: The average loss plus the penalty, at the start and after each iteration.
        log_likelihood_: The log-likelihood of the examples, without the penalty.
        covariance_: The covariance of the intercept, which comes first, and the weights, shape
            (n + 1, n + 1). It is the inverse of the Hessian of the sum of the losses, plus the
            penalty if there is one. It is NaN for parameters that the data do not determine.
        n_features_in_: The number n of features.
        feature_names_in_: The names of the features, shape (n,).

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
        solver: str = "auto",
        learning_rate: float = 1.0,
        max_iter: int | None = None,
        tol: float = 1e-10,
        **old: Any,
    ) -> None:
        self.penalty, self.C, self.solver = penalty, C, solver
        self.learning_rate, self.max_iter, self.tol = learning_rate, max_iter, tol
        if old:
            self.set_params(**renamed("LogisticRegression", old, {"rate": "learning_rate"}))

    def fit(self, X: Any, y: Any, feature_names: Sequence[str] | None = None) -> LogisticRegression:
        """Fit the model to m examples, and return the model.

        Args:
            X: The features, numbers of shape (m, n), or a data frame.
            y: The labels, of two kinds, shape (m,).
            feature_names: The n names of the features. By default they are the columns of a data
                frame, else x1, x2, …

        Raises:
            ValueError: If the data or the settings are not as described.
            TypeError: If X is sparse, or has elements of a type that ``float`` does not take.

        Warns:
            SeparationWarning: If a plane separates the classes, and there is no penalty.
            ConvergenceWarning: If the iterations ended before ``tol`` was reached.
            UserWarning: If a column is constant, or columns are collinear.

        Example:
            >>> model = LogisticRegression(penalty="l2")
            >>> model.fit([[0.0], [1.0]], ["no", "yes"], feature_names=["t"])
            LogisticRegression(penalty='l2')
            >>> model.coef_.round(4).tolist(), model.intercept_.round(4).tolist()
            ([[0.4446]], [-0.2223])
        """
        self._check_settings()
        given = getattr(X, "columns", None) if feature_names is None else feature_names
        X = features(X)
        m, n = X.shape
        classes, y = labels(y, m)
        names = _numbered(n) if given is None else list(map(str, given))
        if len(names) != n:
            raise ValueError(f"{len(names)} feature names for {n} features")

        peak = np.abs(X).max(axis=0) + (np.abs(X).max(axis=0) == 0)  # so that no square overflows
        mean, scale = (X / peak).mean(axis=0) * peak, (X / peak).std(axis=0) * peak
        kept = scale > 1e-14 * np.abs(mean)
        for j in np.flatnonzero(~kept):
            _warn(UserWarning, f"{names[j]} is constant, {X[0, j]:g}: its coefficient is 0")
        mean, scale = mean[kept], scale[kept]
        ridge = 1 / (self.C * m * scale**2) if self.penalty else np.zeros(len(scale))
        # scaled so that every direction of the cost has a second derivative of at most ¼, as one
        # loss has
        balance = np.sqrt(1 + 4 * ridge)
        scale, ridge = scale * balance, ridge / balance**2
        A = np.column_stack([np.ones(m), (X[:, kept] - mean) / scale])
        collinear = not self.penalty and np.linalg.matrix_rank(A) < A.shape[1]
        if collinear:
            _warn(UserWarning, "features are collinear: the coefficients are one choice of many")

        problem = Problem(A, y, np.array([0.0, *ridge]))
        solver = self.solver
        if solver == "auto":
            solver = "newton" if n <= FEW else "lbfgs"
        steps = self.max_iter or STEPS[solver]
        with np.errstate(over="ignore", invalid="ignore"):  # if the rate is too large
            found = minimise(problem, solver, steps=steps, rate=self.learning_rate, tol=self.tol)
        how = "" if self.penalty else separation(problem, found)
        if how:
            _warn(
                SeparationWarning,
                f"the classes are {how} separated: the likeliest coefficients are infinite; use "
                'penalty="l2"',
            )
        elif not found.converged:
            cure = (
                "lower learning_rate, " * (solver == "descent") + 'raise max_iter, or penalty="l2"'
            )
            _warn(
                ConvergenceWarning,
                f"not converged after {len(found.costs) - 1} iterations of {solver}: the steepest "
                f"slope is still {found.steepest:.2g}; {cure}",
            )

        to_own = np.zeros((n + 1, A.shape[1]))  # takes θ to the units of the data
        to_own[0] = [1, *(-mean / scale)]
        to_own[1:][kept, 1:] = np.diag(1 / scale)
        own = to_own @ found.theta
        self.classes_, self.n_features_in_ = classes, n
        self.feature_names_in_ = np.array(names, dtype=object)
        self.intercept_, self.coef_ = own[:1], own[1:][None, :]
        self.costs_, self.n_iter_ = found.costs, np.array([len(found.costs) - 1])
        self.log_likelihood_ = -float(np.sum(problem.losses(found.theta)[0]))
        with np.errstate(over="ignore", invalid="ignore"):
            self.covariance_ = to_own @ problem.covariance(found.theta) @ to_own.T
        none = bool(collinear or how)  # then coefficients are one choice of many, or infinite
        unknown = np.array([none, *(~kept | none)])
        self.covariance_[unknown, :] = self.covariance_[:, unknown] = np.nan
        return self

    def _check_settings(self) -> None:
        if self.penalty not in (None, "l2"):
            raise ValueError(f'penalty={self.penalty!r}: expected None or "l2"')
        if self.solver not in ("auto", *STEPS):
            raise ValueError(f"solver={self.solver!r}: expected auto, {', '.join(STEPS)}")
        for name in ("C", "learning_rate", "tol"):
            if not 0 < (real(getattr(self, name)) or 0) < np.inf:
                raise ValueError(f"{name}={getattr(self, name)!r}: expected a number > 0")
        n = self.max_iter
        if n is not None and not (isinstance(n, int | np.integer) and n >= 1):
            raise ValueError(f"max_iter={n!r}: expected a whole number ≥ 1")

    def decision_function(self, X: Any) -> Any:
        """z = wᵀx + b for each row, shape (m,): positive if the second class is likelier.

        Args:
            X: The features, shape (m, n), in the order that ``fit`` had.

        Raises:
            ValueError: If the model is not fitted, if X does not have n finite numbers a row, or if
                the columns of a data frame are not those of ``fit``.
            TypeError: If X is sparse, or has elements of a type that ``float`` does not take.

        Example:
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> model.decision_function([[0.0], [3.0]]).round(4).tolist()
            [-1.3623, 1.3623]
        """
        if not hasattr(self, "coef_"):
            raise _unfitted()
        columns = getattr(X, "columns", None)
        names = self.feature_names_in_.tolist()
        if columns is not None and list(map(str, columns)) != names != _numbered(len(names)):
            raise ValueError(f"fitted on {listed(names)}; got {listed(map(str, columns))}")
        X = features(X)
        if X.shape[1] != self.n_features_in_:
            n = self.n_features_in_
            said = (
                f"{X.shape[1]} features, but LogisticRegression is expecting {n} features as input"
            )
            raise ValueError(f"X has {said}")
        return np.asarray(X @ self.coef_[0] + self.intercept_[0])

    def predict_proba(self, X: Any) -> Any:
        """The probabilities of the two classes for each row, shape (m, 2).

        Args:
            X: The features, shape (m, n).

        Raises:
            ValueError, TypeError: As ``decision_function`` does.

        Example:
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> model.predict_proba([[0.0], [3.0]]).round(4).tolist()
            [[0.7961, 0.2039], [0.2039, 0.7961]]
        """
        z = self.decision_function(X)
        return np.column_stack([sigmoid(-z), sigmoid(z)])

    def predict(self, X: Any) -> Any:
        """The likelier class of each row, shape (m,).

        Args:
            X: The features, shape (m, n).

        Raises:
            ValueError, TypeError: As ``decision_function`` does.

        Example:
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> model.predict([[0.0], [3.0]]).tolist()
            [0, 1]
        """
        positive = self.decision_function(X) > 0
        return self.classes_[positive.astype(int)]

    def score(self, X: Any, y: Any) -> float:
        """The share of rows whose class is predicted correctly.

        Args:
            X: The features, shape (m, n).
            y: The labels, shape (m,).

        Raises:
            ValueError: If there are not m labels, or as ``decision_function`` does.
            TypeError: As ``decision_function`` does.

        Example:
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> model.score([[0], [1], [2], [3]], [0, 1, 0, 1])
            0.5
        """
        found = self.predict(X)
        return float(np.mean(found == column(y, len(found))))

    def loss_of(self, x: Any, y: Any = None) -> Value:
        """The loss L of one example or, if y is None, a = P(second class), after its reverse sweep.

        The nodes of its graph are named z, a and L. The leaves are b, the features and their
        weights: ``w_t`` is the weight of a feature t. If a is rounded to 0 or 1, L is computed from
        z, and there is no node a.

        Args:
            x: The n features of the example.
            y: Its label, or None.

        Raises:
            ValueError: If y is not one of the two labels, or as ``decision_function`` does.
            TypeError: As ``decision_function`` does.

        Example:
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> L = model.loss_of([2.0], 1)
            >>> round(L.data, 4), round(L.node("z").grad, 4), round(L.node("w_x1").grad, 4)
            (0.4917, -0.3884, -0.7768)
        """
        shape = getattr(x, "shape", (0,))
        if len(shape) != 1:
            raise ValueError(f"expected the features of one example, got shape {shape}; give X[0]")
        self.decision_function([x])  # raises if x is no example
        names = [f"x_{name}" if name in OURS else name for name in self.feature_names_in_]
        leaves = [Value(v, name) for v, name in zip(x, names, strict=True)]
        w = [Value(v, f"w_{name}") for v, name in zip(self.coef_[0], names, strict=True)]
        a = output(leaves, w, Value(self.intercept_[0], "b"))
        root: Value = a
        if y is not None:
            if y not in self.classes_.tolist():
                raise ValueError(f"label {y!r}: expected one of {self.classes_.tolist()}")
            label = float(y == self.classes_[1])
            if 0 < a.data < 1:
                root = cross_entropy(a, label).named("L")
            else:  # a is rounded to 0 or 1: the loss comes from z
                root = logistic_loss(a.parents[0], label).named("L")
        root.backward()
        return root

    def graph(self, x: Any, y: Any = None) -> Graph:
        """The graph of one example: from its features and the parameters to a or, with y, to L.

        Args:
            x: The n features of the example.
            y: Its label, or None.

        Raises:
            ValueError, TypeError: As ``loss_of`` does.

        Example:
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> model.graph([2.0])
            Graph(w_x1, b, x1 → a: 5 nodes)
        """
        return Graph.of(self.loss_of(x, y))

    def draw(self, x: Any, y: Any = None, filename: Any = None, **how: Any) -> Any:
        """The picture of one example's nodes.

        Args:
            x: The n features of the example.
            y: Its label, or None.
            filename: The file to write, or None, as in ``micrograph.draw``.
            **how: Other arguments of ``micrograph.draw``; max_nodes is 10,000 by default.

        Raises:
            ValueError, TypeError: As ``loss_of`` and ``micrograph.draw`` do.

        Example:
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> picture = model.draw([2.0])
            >>> "w_x1" in picture.source
            True
        """
        from ..render.dot import draw

        return draw(self.loss_of(x, y), filename, **{"max_nodes": 10_000, **how})

    def plot(self, X: Any = None, y: Any = None, *, ax: Any = None) -> Any:
        """A picture of the fit: with data, as ``plot_fit``; without, the cost by iteration.

        Args:
            X: The features, shape (m, 1) or (m, 2), or None.
            y: The labels, shape (m,), or None.
            ax: The axes of Matplotlib to draw on, or None.

        Returns:
            The axes. In a notebook they show themselves if they are new.

        Raises:
            ValueError, TypeError, ImportError: As ``plot_fit`` and ``plot_cost`` do.

        Example:
            >>> X, y = [[0], [1], [2], [3]], [0, 1, 0, 1]
            >>> model = LogisticRegression().fit(X, y)
            >>> model.plot().get_ylabel(), model.plot(X, y).get_ylabel()
            ('cost J', 'probability of 1')
        """
        if X is None and y is None:
            return plot_cost(self, ax=ax)
        return plot_fit(self, X, y, ax=ax)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name, as scikit-learn asks for them.

        Args:
            deep: Without effect, as no setting is a model itself.

        Example:
            >>> LogisticRegression(C=2.0).get_params()["C"]
            2.0
        """
        return {name: getattr(self, name) for name in _SETTINGS}

    def set_params(self, **settings: Any) -> LogisticRegression:
        """Change settings, and return the model.

        Args:
            **settings: New values by name.

        Raises:
            ValueError: If there is no setting of that name.

        Example:
            >>> LogisticRegression().set_params(penalty="l2", C=2.0)
            LogisticRegression(penalty='l2', C=2.0)
        """
        for name in settings:
            if name not in _SETTINGS:
                raise ValueError(f"no setting {name!r}; there are {', '.join(_SETTINGS)}")
        vars(self).update(settings)
        return self

    def __repr__(self) -> str:
        default = LogisticRegression().get_params()
        changed = (f"{k}={x!r}" for k, x in self.get_params().items() if x != default[k])
        return f"LogisticRegression({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(multi_class=False),
            input_tags=InputTags(),
        )

    def to_json(self) -> str:
        """The settings and the fit as JSON text, which ``from_json`` reads.

        Example:
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> LogisticRegression.from_json(model.to_json()).predict([[3.0]]).tolist()
            [1]
        """
        fitted = {name: x for name, x in vars(self).items() if name.endswith("_")}
        plain = {k: x.tolist() if isinstance(x, np.ndarray) else x for k, x in fitted.items()}
        text = json.dumps({"settings": self.get_params(), "fitted": plain}, default=float)
        # NaN and infinities become null: JSON does not have them
        return json.dumps(json.loads(text, parse_constant=lambda _: None), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> LogisticRegression:
        """The model whose JSON text ``to_json`` wrote.

        Args:
            text: The JSON text.

        Raises:
            ValueError: If ``to_json`` did not write the text.

        Example:
            >>> LogisticRegression.from_json(LogisticRegression(C=2.0).to_json())
            LogisticRegression(C=2.0)
        """
        try:
            data = json.loads(text)
            model = cls(**data["settings"])
            for name, x in data["fitted"].items():
                setattr(model, name, _FITTED[name](x))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not a model that to_json wrote: {error!r}") from None
        return model


_whole = signature(LogisticRegression.__init__)
_shown = [x for x in _whole.parameters.values() if x.name != "old"]
# scikit-learn takes every parameter that it sees for a setting; old names are none
LogisticRegression.__init__.__signature__ = _whole.replace(parameters=_shown)  # type: ignore[attr-defined]  # a function's

_SETTINGS = ("penalty", "C", "solver", "learning_rate", "max_iter", "tol")
_FITTED: dict[str, Callable[[Any], Any]] = {
    "classes_": np.array,
    "n_features_in_": int,
    "feature_names_in_": lambda x: np.array(x, dtype=object),
    "intercept_": lambda x: np.array(x, dtype=float),
    "coef_": lambda x: np.array(x, dtype=float),
    "costs_": list,
    "n_iter_": np.array,
    "log_likelihood_": float,
    "covariance_": lambda x: np.array(x, dtype=float),
}
"""The attributes that ``fit`` sets, each with the function that makes it from JSON's data."""


def _unfitted() -> ValueError:
    """The error of a model that is not fitted: scikit-learn's own, if that is installed."""
    said = "this LogisticRegression is not fitted yet: call fit(X, y) first"
    try:
        from sklearn.exceptions import NotFittedError
    except ImportError:
        return ValueError(said)
    return NotFittedError(said)  # type: ignore[no-any-return]  # scikit-learn is not typed


def _numbered(n: int) -> list[str]:
    return [f"x{j + 1}" for j in range(n)]


def _warn(kind: type[Warning], message: str) -> None:
    warnings.warn(message, kind, stacklevel=3)  # the line that calls fit

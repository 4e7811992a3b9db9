"""LogisticRegression, with scikit-learn's conventions, fitted with derivatives from the nodes.

The loss of one example is recorded once, with its first and second derivative in z, and evaluated
on whole arrays. What remains of the chain rule, z = Aθ, is linear: the gradient of the cost is
Aᵀl′/m and its Hessian Aᵀdiag(l″)A/m, where A holds a column of ones and the features,
standardised.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ..graph import Graph
from ..primitives import sigmoid
from ..transforms import grad
from ..value import Value
from .descent import ConvergenceWarning, progress
from .logistic import example
from .losses import logistic_loss

FEW = 200
"""Up to so many features Newton's method is the default; its Hessian has their square."""

STEPS = {"newton": 100, "lbfgs": 10_000, "descent": 100_000}
"""The solvers, each with the iterations that it gets by default."""

Array = np.ndarray[Any, np.dtype[np.float64]]


class SeparationWarning(UserWarning):
    """A plane separates the classes: the likelihood grows for ever as the coefficients do."""


@cache
def _loss() -> Graph:
    """l(z, y) with ∂l/∂z and ∂²l/∂z², as a graph that takes arrays."""
    z, y = Value(0.5, "z"), Value(1.0, "y")

    def loss(z: Value) -> Any:
        return logistic_loss(z, y)

    return Graph.of(loss(z), grad(loss)(z), grad(grad(loss))(z))


class LogisticRegression:
    """Logistic regression of two classes: P(second class | x) = σ(wᵀx + b).

    penalty:  None, or "l2": the cost of all examples together plus |w|²/(2C), as scikit-learn's
    C:        the inverse strength of the penalty
    solver:   "newton", "lbfgs" (SciPy's), "descent" (plain gradient descent), or "auto": Newton's
              method for up to 200 features, L-BFGS for more
    rate:     the learning rate of "descent", on standardised features
    max_iter: at most so many iterations (default: 100, 10,000, 100,000)
    tol:      fitted when no slope of the average cost, on standardised features, is steeper

    Fitted, it has, in the units of the data: ``coef_`` (1, n), ``intercept_`` (1,), ``classes_``
    (2,), ``n_iter_`` (1,), ``costs_`` (the average loss at the start and after each iteration),
    ``log_likelihood_``, ``covariance_`` (n + 1, n + 1; the intercept first; the inverse of the
    Hessian), ``n_features_in_`` and ``feature_names_in_``.

    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["no", "yes", "no", "yes"])
    >>> model.predict([[5.0]]).tolist(), model.coef_.round(4).tolist()
    (['yes'], [[0.9082]])
    """

    def __init__(
        self,
        penalty: str | None = None,
        *,
        C: float = 1.0,
        solver: str = "auto",
        rate: float = 1.0,
        max_iter: int | None = None,
        tol: float = 1e-10,
    ) -> None:
        self.penalty, self.C, self.solver = penalty, C, solver
        self.rate, self.max_iter, self.tol = rate, max_iter, tol

    def fit(self, X: Any, y: Any, feature_names: Sequence[str] | None = None) -> LogisticRegression:
        """Fit to m examples, and return self.

        X: (m, n) numbers; y: m labels of two kinds; feature_names: n names for the pictures
        (default: the columns of a data frame, else x1, x2, …).

        Raises: ValueError, in one sentence, where the data or the settings are not as described.
        Warns: SeparationWarning, ConvergenceWarning; UserWarning for constant or collinear columns.
        """
        self._check_settings()
        given = getattr(X, "columns", None) if feature_names is None else feature_names
        X = _features(X)
        names = [f"x{j + 1}" for j in range(X.shape[1])] if given is None else list(map(str, given))
        if len(names) != X.shape[1]:
            raise ValueError(f"{len(names)} feature names for {X.shape[1]} features")
        self.classes_, labels = _labels(y, len(X))
        self.n_features_in_ = X.shape[1]
        self.feature_names_in_ = np.array(names, dtype=object)

        peak = np.abs(X).max(axis=0) + (np.abs(X).max(axis=0) == 0)  # its square may overflow
        mean, scale = (X / peak).mean(axis=0) * peak, (X / peak).std(axis=0) * peak
        kept = scale > 1e-14 * np.abs(mean)
        for j in np.flatnonzero(~kept):
            _warn(UserWarning, f"{names[j]} is constant, {X[0, j]:g}: its coefficient is 0", 3)
        A = np.column_stack([np.ones(len(X)), (X[:, kept] - mean[kept]) / scale[kept]])
        if len(A) > 1 and np.linalg.matrix_rank(A) < min(A.shape):
            _warn(UserWarning, "features are collinear: the coefficients are one choice of many", 3)

        to_own = np.zeros((X.shape[1] + 1, A.shape[1]))  # parameters in the units of the data
        to_own[0, 0] = 1
        to_own[0, 1:] = -mean[kept] / scale[kept]
        to_own[1:][kept, 1:] = np.diag(1 / scale[kept])
        ridge = np.zeros(A.shape[1])
        if self.penalty == "l2":
            ridge[1:] = 1 / (self.C * len(A) * scale[kept] ** 2)
        problem = _Problem(A, labels, ridge)
        theta = self._minimise(problem)
        if self.penalty is None:
            _warn_if_separated(A, labels, A @ theta)

        own = to_own @ theta
        self.intercept_, self.coef_ = own[:1], own[1:][None, :]
        self.log_likelihood_ = -float(np.sum(problem.losses(theta)[0]))
        inverse = np.linalg.pinv(problem.hessian(theta) * len(A), hermitian=True)
        self.covariance_ = to_own @ inverse @ to_own.T
        dropped = np.flatnonzero(~kept) + 1
        self.covariance_[dropped, :] = self.covariance_[:, dropped] = np.nan
        return self

    def _check_settings(self) -> None:
        if self.penalty not in (None, "l2"):
            raise ValueError(f'penalty={self.penalty!r}: expected None or "l2"')
        if self.solver not in ("auto", *STEPS):
            raise ValueError(f"solver={self.solver!r}: expected auto, {', '.join(STEPS)}")
        for name in ("C", "rate", "tol"):
            if not 0 < getattr(self, name) < np.inf:
                raise ValueError(f"{name}={getattr(self, name)!r}: expected a number > 0")
        if self.max_iter is not None and self.max_iter < 1:
            raise ValueError(f"max_iter={self.max_iter!r}: expected a number ≥ 1")

    def _minimise(self, problem: _Problem) -> Array:
        """The parameters of least cost; sets ``costs_`` and ``n_iter_``."""
        solver = self.solver
        if solver == "auto":
            solver = "newton" if problem.A.shape[1] <= FEW + 1 else "lbfgs"
        steps = self.max_iter or STEPS[solver]
        theta = np.zeros(problem.A.shape[1])
        self.costs_ = [problem.cost(theta)]
        if solver == "lbfgs":
            theta = self._lbfgs(problem, theta, steps)
        else:
            for _ in progress(range(steps), "fitting"):
                slope = problem.gradient(theta)
                if np.max(np.abs(slope)) <= self.tol:
                    break
                if solver == "newton":
                    theta = _newton_step(problem, theta, slope)
                else:
                    theta = theta - self.rate * slope
                self.costs_.append(problem.cost(theta))
        self.n_iter_ = np.array([len(self.costs_) - 1])
        steepest = float(np.max(np.abs(problem.gradient(theta))))
        if steepest > max(self.tol, 1e-8 if solver == "lbfgs" else 0):  # as far as its steps go
            _warn(
                ConvergenceWarning,
                f"not converged after {self.n_iter_[0]} iterations: the steepest slope is still "
                f'{steepest:.2g}; raise max_iter, or use solver="newton"',
            )
        return theta

    def _lbfgs(self, problem: _Problem, theta: Array, steps: int) -> Array:
        from scipy.optimize import minimize

        found = minimize(
            lambda t: (problem.cost(t), problem.gradient(t)),
            theta,
            jac=True,
            method="L-BFGS-B",
            callback=lambda t: self.costs_.append(problem.cost(t)),
            options={"maxiter": steps, "maxfun": 10 * steps, "gtol": self.tol, "ftol": 0.0},
        )
        return np.asarray(found.x)

    def decision_function(self, X: Any) -> Array:
        """z = wᵀx + b for each row: (m,), positive where the second class is likelier."""
        if not hasattr(self, "coef_"):
            raise ValueError("this LogisticRegression is not fitted yet: call fit(X, y) first")
        X = _features(X)
        if X.shape[1] != self.n_features_in_:
            raise ValueError(f"fitted on {self.n_features_in_} features, got {X.shape[1]}")
        return np.asarray(X @ self.coef_[0] + self.intercept_[0])

    def predict_proba(self, X: Any) -> Array:
        """The probabilities of the two classes, (m, 2)."""
        z = self.decision_function(X)
        return np.column_stack([sigmoid(-z), sigmoid(z)])

    def predict(self, X: Any) -> Any:
        """The likelier class of each row, (m,)."""
        positive = self.decision_function(X) > 0
        return self.classes_[positive.astype(int)]

    def score(self, X: Any, y: Any) -> float:
        """The share of rows whose class is predicted."""
        return float(np.mean(self.predict(X) == np.asarray(y)))

    def loss_of(self, x: Any, y: Any = None) -> Value:
        """The nodes of one example, swept: its loss L, or a = P(second class) where y is None.

        x: n features; y: its label. The nodes are named w_…, b, z, a and L.
        """
        self.decision_function([x])  # raises for what is no example
        leaves = [Value(v, name) for v, name in zip(x, self.feature_names_in_, strict=True)]
        w = [
            Value(v, f"w_{name}")
            for v, name in zip(self.coef_[0], self.feature_names_in_, strict=True)
        ]
        L = example(leaves, self._label(y), w, Value(self.intercept_[0], "b"))
        root: Value = L if y is not None else L.node("a")
        root.backward()
        return root

    def _label(self, y: Any) -> float:
        if y is None:
            return 0.5
        if y not in self.classes_.tolist():
            raise ValueError(f"label {y!r}: expected one of {self.classes_.tolist()}")
        return float(y == self.classes_[1])

    def graph(self, x: Any, y: Any = None) -> Graph:
        """The graph of one example: from its features and the parameters to a, or to its loss."""
        return Graph.of(self.loss_of(x, y))

    def draw(self, x: Any, y: Any = None, filename: Any = None, **how: Any) -> Any:
        """The picture of one example's nodes; ``filename`` and the rest as ``draw`` takes them."""
        from ..render.dot import draw

        return draw(self.loss_of(x, y), filename, **how)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name, as scikit-learn asks for them."""
        return {name: getattr(self, name) for name in _SETTINGS}

    def set_params(self, **settings: Any) -> LogisticRegression:
        """Change settings, and return self. Raises ValueError for a name that is none."""
        for name, x in settings.items():
            if name not in _SETTINGS:
                raise ValueError(f"no setting {name!r}; there are {', '.join(_SETTINGS)}")
            setattr(self, name, x)
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
        """Settings and fit as JSON text, for ``from_json``."""
        fitted = {name: x for name, x in vars(self).items() if name.endswith("_")}
        plain = {k: x.tolist() if isinstance(x, np.ndarray) else x for k, x in fitted.items()}
        return json.dumps({"settings": self.get_params(), "fitted": plain})

    @classmethod
    def from_json(cls, text: str) -> LogisticRegression:
        """The model that ``to_json`` wrote. Raises ValueError for any other text."""
        try:
            data = json.loads(text)
            model = cls(**data["settings"])
            fitted = dict(data["fitted"])
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"not a model that to_json wrote: {error}") from None
        for name, x in fitted.items():
            kind = object if name == "feature_names_in_" else None
            setattr(model, name, np.array(x, kind) if name in _ARRAYS else x)
        return model


_SETTINGS = ("penalty", "C", "solver", "rate", "max_iter", "tol")
_ARRAYS = ("classes_", "feature_names_in_", "coef_", "intercept_", "covariance_", "n_iter_")


class _Problem:
    """The average loss over the examples, as a function of the parameters θ, with its derivatives.

    A: (m, k), a row of ones and standardised features per example; y: 0 or 1; ridge: what
    multiplies θ²/2.
    """

    def __init__(self, A: Array, y: Array, ridge: Array) -> None:
        self.A, self.y, self.ridge = A, y, ridge
        self._at: tuple[bytes, tuple[Array, Array, Array]] = b"", (A, A, A)

    def losses(self, theta: Array) -> tuple[Array, Array, Array]:
        """Each example's loss and its first and second derivative in z; (m,) each."""
        if self._at[0] != theta.tobytes():
            self._at = theta.tobytes(), _loss()(z=self.A @ theta, y=self.y)
        return self._at[1]

    def cost(self, theta: Array) -> float:
        return float(np.mean(self.losses(theta)[0]) + self.ridge @ theta**2 / 2)

    def gradient(self, theta: Array) -> Array:
        return self.A.T @ self.losses(theta)[1] / len(self.A) + self.ridge * theta

    def hessian(self, theta: Array) -> Array:
        weighted = self.A * self.losses(theta)[2][:, None]
        return np.asarray(self.A.T @ weighted / len(self.A) + np.diag(self.ridge))


def _newton_step(problem: _Problem, theta: Array, slope: Array) -> Array:
    """One step of Newton's method, halved until the cost comes down."""
    step = np.linalg.lstsq(problem.hessian(theta), slope, rcond=1e-13)[0]
    before = problem.cost(theta)
    for _ in range(30):
        after = theta - step
        if problem.cost(after) <= before + 1e-15 * abs(before):
            return np.asarray(after)
        step = step / 2
    return theta


def _warn_if_separated(A: Array, y: Array, z: Array) -> None:
    """Warn where a plane has each class on its own side: no finite coefficients are likeliest.

    Albert & Anderson, On the existence of maximum likelihood estimates in logistic regression
    models, Biometrika 71 (1984). A direction d with ±Ad ≥ 0 everywhere, > 0 somewhere, is sought
    by linear programming, where the fit looks like it.
    """
    if np.max(np.abs(z)) < 8:
        return
    from scipy.optimize import linprog

    sides = A * np.where(y == 1, 1.0, -1.0)[:, None]
    found = linprog(
        -sides.sum(axis=0),
        A_ub=np.vstack([-sides, sides]),
        b_ub=np.concatenate([np.zeros(len(A)), np.ones(len(A))]),
        bounds=(None, None),
    )
    if found.status == 0 and -found.fun > 1e-6:
        every = np.all(sides @ found.x > 1e-9)
        _warn(
            SeparationWarning,
            f"the classes are {'perfectly' if every else 'quasi-completely'} separated: the "
            'likeliest coefficients are infinite; use penalty="l2"',
        )


def _warn(kind: type[Warning], message: str, level: int = 4) -> None:
    warnings.warn(message, kind, stacklevel=level)  # where fit was called


def _features(X: Any) -> Array:
    """X as (m, n) finite floats. Raises ValueError that says where it is not."""
    array = np.asarray(X)
    if array.ndim != 2:
        raise ValueError(
            f"X should have two dimensions, examples × features, got shape {array.shape}"
            + ("; for one feature: np.reshape(X, (-1, 1))" * (array.ndim == 1))
        )
    if not array.size:
        raise ValueError(f"X is empty, of shape {array.shape}; expected examples × features")
    try:
        if array.dtype.kind not in "biufO":
            raise ValueError
        numbers = array.astype(float)
    except (ValueError, TypeError):
        raise ValueError(f"X should contain numbers, got {_first_text(array)!r}") from None
    if not np.all(np.isfinite(numbers)):
        i, j = np.argwhere(~np.isfinite(numbers))[0]
        raise ValueError(f"X[{i}, {j}] is {numbers[i, j]}; drop such rows, or fill them in")
    return np.asarray(numbers)


def _first_text(array: Any) -> Any:
    """The first element that is no number, even in writing; else the first."""
    for x in array.ravel().tolist():
        try:
            float(x)
        except (ValueError, TypeError):
            return x
    return array.ravel()[0]


def _labels(y: Any, m: int) -> tuple[Any, Array]:
    """The two classes, and which of them each label is: 0 or 1."""
    labels = np.asarray(y)
    if labels.ndim == 2 and 1 in labels.shape:
        labels = labels.ravel()
    if labels.shape != (m,):
        raise ValueError(f"X has {m} examples, y has the shape {labels.shape}; expected ({m},)")
    if any(x is None or x != x for x in labels.tolist()):
        raise ValueError("y contains missing labels; drop those rows")
    try:
        classes, which = np.unique(labels, return_inverse=True)
    except TypeError:
        raise ValueError("y mixes kinds of labels that don't compare; expected two") from None
    if len(classes) != 2:
        some = ", ".join(map(repr, classes.tolist()[:5])) + ", …" * (len(classes) > 5)
        raise ValueError(f"y should have two kinds of labels, got {len(classes)}: {some}")
    return classes, which.astype(float)

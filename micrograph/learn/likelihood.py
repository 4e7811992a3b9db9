"""The cost of logistic regression over many examples at once, and its minimum.

The loss of one example is recorded once, with its first and second derivative in z, and evaluated
on whole arrays. What remains of the chain rule, z = Aθ, is linear: the gradient of the cost is
g = Aᵀl′/m and its Hessian H = Aᵀdiag(l″)A/m.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..engine.value import Value
from ..graph import Graph
from ..transforms import grad
from .descent import progress
from .losses import logistic_loss

HEARD, FLAT = 1e-16, 1e-30
"""An example has a say in the fit where its loss bends more in z than the first; Newton's step
takes none for flatter than the second."""

Array = np.ndarray[Any, np.dtype[np.float64]]


@cache
def _loss() -> Graph:
    """l(z, y) with ∂l/∂z and ∂²l/∂z², as a graph that takes arrays."""
    z, y = Value(0.5, "z"), Value(1.0, "y")

    def loss(z: Value) -> Any:
        return logistic_loss(z, y)

    return Graph.of(loss(z), grad(loss)(z), grad(grad(loss))(z))


class Problem:
    """The average loss over the examples and a penalty, as a function of the parameters θ.

    A:     (m, k), a one and the features of each example
    y:     (m,), 0 or 1
    ridge: (k,), the penalty is Σ ridge·θ²/2
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
        """The average loss, and the penalty."""
        return float(np.mean(self.losses(theta)[0]) + self.ridge @ theta**2 / 2)

    def gradient(self, theta: Array) -> Array:
        """The cost's, (k,)."""
        return self.A.T @ self.losses(theta)[1] / len(self.A) + self.ridge * theta

    def step(self, theta: Array) -> Array:
        """Newton's, −H⁻¹g, as a least-squares problem: H itself would square its condition."""
        _, slope, bend = self.losses(theta)
        bend = np.maximum(bend, FLAT)
        penalty = np.sqrt(len(self.A) * self.ridge)
        wanted = np.concatenate([-slope / np.sqrt(bend), (-penalty * theta)[self.ridge > 0]])
        return np.asarray(np.linalg.lstsq(self._root(bend), wanted, rcond=None)[0])

    def covariance(self, theta: Array) -> Array:
        """The inverse of m·H: (k, k)."""
        inverse = np.linalg.pinv(self._root(np.maximum(self.losses(theta)[2], FLAT)))
        return np.asarray(inverse @ inverse.T)

    def _root(self, bend: Array) -> Array:
        """A matrix whose square is m·H."""
        penalty = np.diag(np.sqrt(len(self.A) * self.ridge))[self.ridge > 0]
        weighted = self.A * np.sqrt(bend)[:, None]
        return np.concatenate([weighted, penalty]) if len(penalty) else weighted

    def unsettled(self, theta: Array, step: Array) -> float:
        """By how much a step moves z, at most, among the examples that have a say in it."""
        heard = self.losses(theta)[2] > HEARD
        return float(np.max(np.abs(self.A[heard] @ step), initial=0.0))


class Minimum(NamedTuple):
    """Where a solver ended: θ, the cost at the start and after each iteration, what is left."""

    theta: Array
    costs: list[float]
    steepest: float
    converged: bool


def minimise(problem: Problem, solver: str, *, steps: int, rate: float, tol: float) -> Minimum:
    """The least cost, by "newton", "lbfgs" or "descent", from θ = 0.

    It ends where no slope is steeper than tol (Newton's method where its steps have shrunk to
    nothing as well), after so many steps, or where the cost overflows.
    """
    theta = np.zeros(problem.A.shape[1])
    costs = [problem.cost(theta)]
    settled = False
    if solver == "newton":
        theta, settled = _newton(problem, theta, costs, steps, tol)
    elif solver == "lbfgs":
        theta = _lbfgs(problem, theta, costs, steps, tol)
        tol = max(tol, 1e-8)  # as far as its steps go
    else:
        for _ in progress(range(steps), "fitting"):
            slope = problem.gradient(theta)
            if np.max(np.abs(slope)) <= tol or not np.isfinite(costs[-1]):
                break
            theta = theta - rate * slope
            costs.append(problem.cost(theta))
    steepest = float(np.max(np.abs(problem.gradient(theta))))
    return Minimum(theta, costs, steepest, settled or (solver != "newton" and steepest <= tol))


def _newton(
    problem: Problem, theta: Array, costs: list[float], steps: int, tol: float
) -> tuple[Array, bool]:
    """Newton's method, a step halved until the cost comes down; and whether it settled."""
    before = np.inf
    for _ in progress(range(steps), "fitting"):
        step = problem.step(theta)
        now = problem.unsettled(theta, step)
        if now <= 1e-9 and np.max(np.abs(problem.gradient(theta))) <= tol:
            return theta, True
        for _ in range(60):
            if problem.cost(theta + step) <= costs[-1] * (1 + 1e-14):
                theta = theta + step
                break
            step = step / 2
        costs.append(problem.cost(theta))
        if before / 2 < now < 1e-3:  # what is left is rounding
            return theta, True
        before = now
    return theta, False


def _lbfgs(problem: Problem, theta: Array, costs: list[float], steps: int, tol: float) -> Array:
    from scipy.optimize import minimize

    taken = iter(progress(range(steps), "fitting"))

    def step_taken(t: Array) -> None:
        costs.append(problem.cost(t))
        next(taken, None)

    found = minimize(
        lambda t: (problem.cost(t), problem.gradient(t)),
        theta,
        jac=True,
        method="L-BFGS-B",
        callback=step_taken,
        options={"maxiter": steps, "maxfun": 10 * steps, "gtol": tol, "ftol": 0.0},
    )
    return np.asarray(found.x)


def separation(problem: Problem, found: Minimum) -> str:
    """How a plane separates the classes, "perfectly" or "quasi-completely"; "" where none does.

    Then no finite parameters are likeliest: Albert & Anderson, On the existence of maximum
    likelihood estimates in logistic regression models, Biometrika 71 (1984). A direction d with
    ±Ad ≥ 0 everywhere and > 0 somewhere is sought by linear programming; not at all where Newton's
    method has settled, and the examples that have a say in it span all directions.
    """
    from scipy.optimize import linprog

    A, theta = problem.A, found.theta
    heard = problem.losses(theta)[2] > HEARD
    settled = problem.unsettled(theta, problem.step(theta)) < 1e-3
    if settled and (heard.all() or _rank(A[heard]) == _rank(A)):
        return ""
    sides = A * np.where(problem.y == 1, 1.0, -1.0)[:, None]
    d = linprog(-sides.mean(axis=0), A_ub=-sides, b_ub=np.zeros(len(sides)), bounds=(-1, 1))
    if d.status != 0 or -d.fun < 1e-9:
        return ""
    z = sides @ theta
    return "perfectly" if z.min() > 1e-9 * z.max() else "quasi-completely"


def _rank(A: Array) -> int:
    return int(np.linalg.matrix_rank(A)) if len(A) else 0

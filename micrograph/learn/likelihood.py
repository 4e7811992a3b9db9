"""The cost of logistic regression over many examples at once, and its minimum.

The loss of one example is recorded once, with its first and second derivative in z, and evaluated
on whole arrays. What remains of the chain rule, z = Aθ, is linear: the gradient of the cost is
Aᵀl′/m and its Hessian Aᵀdiag(l″)A/m.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..graph import Graph
from ..transforms import grad
from ..value import Value
from .descent import progress
from .losses import logistic_loss

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

    def hessian(self, theta: Array) -> Array:
        """The cost's, (k, k)."""
        weighted = self.A * self.losses(theta)[2][:, None]
        return np.asarray(self.A.T @ weighted / len(self.A) + np.diag(self.ridge))


class Minimum(NamedTuple):
    """Where a solver ended: θ, the cost at the start and after each iteration, the slope left."""

    theta: Array
    costs: list[float]
    steepest: float


def minimise(problem: Problem, solver: str, *, steps: int, rate: float, tol: float) -> Minimum:
    """The least cost, by "newton", "lbfgs" or "descent", from θ = 0.

    It ends where no slope is steeper than tol, after so many steps, or where the cost overflows.
    """
    theta = np.zeros(problem.A.shape[1])
    costs = [problem.cost(theta)]
    if solver == "lbfgs":
        theta = _lbfgs(problem, theta, costs, steps, tol)
    else:
        for _ in progress(range(steps), "fitting"):
            slope = problem.gradient(theta)
            if np.max(np.abs(slope)) <= tol or not np.isfinite(costs[-1]):
                break
            newton = solver == "newton"
            theta = _newton_step(problem, theta, slope) if newton else theta - rate * slope
            costs.append(problem.cost(theta))
    return Minimum(theta, costs, float(np.max(np.abs(problem.gradient(theta)))))


def _newton_step(problem: Problem, theta: Array, slope: Array) -> Array:
    """One step of Newton's method, halved until the cost comes down."""
    step = np.linalg.lstsq(problem.hessian(theta), slope, rcond=1e-13)[0]
    before = problem.cost(theta)
    for _ in range(30):
        after = theta - step
        if problem.cost(after) <= before + 1e-15 * abs(before):
            return np.asarray(after)
        step = step / 2
    return theta


def _lbfgs(problem: Problem, theta: Array, costs: list[float], steps: int, tol: float) -> Array:
    from scipy.optimize import minimize

    found = minimize(
        lambda t: (problem.cost(t), problem.gradient(t)),
        theta,
        jac=True,
        method="L-BFGS-B",
        callback=lambda t: costs.append(problem.cost(t)),
        options={"maxiter": steps, "maxfun": 10 * steps, "gtol": tol, "ftol": 0.0},
    )
    return np.asarray(found.x)


def separation(problem: Problem, found: Minimum, tol: float) -> str:
    """How a plane separates the classes, "perfectly" or "quasi-completely"; "" where none does.

    Then no finite parameters are likeliest: Albert & Anderson, On the existence of maximum
    likelihood estimates in logistic regression models, Biometrika 71 (1984). A direction d with
    ±Ad ≥ 0 everywhere and > 0 somewhere is sought by linear programming; not at all where the
    likelihood has a proper maximum, curved in every direction.
    """
    from scipy.optimize import linprog

    U, s, _ = np.linalg.svd(problem.A, full_matrices=False)
    U = U[:, s > 1e-12 * s[0]]
    curvatures = np.linalg.eigvalsh(U.T @ (U * problem.losses(found.theta)[2][:, None]))
    if found.steepest <= 100 * tol and curvatures[0] > 1e-5:  # at most 1/4, for θ = 0
        return ""
    sides = problem.A * np.where(problem.y == 1, 1.0, -1.0)[:, None]
    d = linprog(-sides.mean(axis=0), A_ub=-sides, b_ub=np.zeros(len(sides)), bounds=(-1, 1))
    if d.status != 0 or -d.fun < 1e-9:
        return ""
    return "perfectly" if np.all(sides @ found.theta > 0) else "quasi-completely"

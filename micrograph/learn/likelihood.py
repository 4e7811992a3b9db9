"""The cost of logistic regression over many examples, and its minimum.

The loss of one example is written once. Compiled as a cost it gives the average loss and its
gradient, for which each example is read once. Compiled as a function of numbers it gives the loss
l(z, y), l′ and l″ of each example. The rest of the chain rule is linear, as z = Aθ. So, without a
penalty, the Hessian of the cost is H = Aᵀdiag(l″)A/m.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..kernels.compiled import Compiled
from ..kernels.cost import CompiledCost
from ..kernels.mean_over import mean_over
from ..primitives import dot
from ..transforms import grad
from .descent import progress
from .losses import logistic_loss

HEARD, FLAT = 1e-16, 1e-30
"""An example whose second derivative l″ is at most HEARD has no influence on the fit. In Newton's
system, an l″ below FLAT is raised to FLAT."""

Array = np.ndarray[Any, np.dtype[np.float64]]


@cache
def _cost() -> CompiledCost:
    """The average of the losses, of θ, A and y; and its gradient by θ."""

    def loss(theta: Any, x: Any, y: Any) -> Any:
        return logistic_loss(dot(theta, x), y)

    return CompiledCost(mean_over(loss, "x", "y"))


@cache
def _losses() -> Compiled:
    """The loss l of z and y, with l′ and l″, its first and second derivative in z."""
    first = grad(logistic_loss)
    second = grad(first)
    return Compiled(lambda z, y: (logistic_loss(z, y), first(z, y), second(z, y)))


class Problem:
    """The cost as a function of the parameters θ: the average loss of the examples plus a penalty.

    Args:
        A: The examples, shape (m, k): in each row a 1, then the features.
        y: The labels, 0 or 1, shape (m,).
        ridge: The strength of the penalty Σ ridge·θ²/2 on each parameter, shape (k,).
    """

    def __init__(self, A: Array, y: Array, ridge: Array) -> None:
        self.A, self.y, self.ridge = A, y, ridge
        self._kept: dict[Any, tuple[bytes, Any]] = {}

    def _at(self, theta: Array, find: Callable[[Array], Any]) -> Any:
        """What ``find`` returns at θ. A solver asks for the same several times, so it is kept."""
        if self._kept.get(find, (b"",))[0] != theta.tobytes():
            self._kept[find] = theta.tobytes(), find(theta)
        return self._kept[find][1]

    def losses(self, theta: Array) -> tuple[Array, Array, Array]:
        """The loss l of each example, l′ and l″, shape (m,) each."""
        found: tuple[Array, Array, Array] = self._at(theta, self._losses)
        return found

    def cost(self, theta: Array) -> float:
        """The average loss plus the penalty."""
        return float(self._at(theta, self._both)[0])

    def gradient(self, theta: Array) -> Array:
        """The gradient of the cost, shape (k,)."""
        return np.asarray(self._at(theta, self._both)[1])

    def _losses(self, theta: Array) -> tuple[Array, Array, Array]:
        found: tuple[Array, Array, Array] = _losses()(self.A @ theta, self.y)
        return found

    def _both(self, theta: Array) -> tuple[float, Array]:
        cost, slopes = _cost().value_and_grad(theta, self.A, self.y)
        return cost + self.ridge @ theta**2 / 2, slopes + self.ridge * theta

    def step(self, theta: Array) -> Array:
        """Newton's step −H⁻¹g, shape (k,), as the solution of a least-squares problem.

        To solve with H itself would square the condition number.
        """
        _, slope, bend = self.losses(theta)
        bend = np.maximum(bend, FLAT)
        penalty = np.sqrt(len(self.A) * self.ridge)
        wanted = np.concatenate([-slope / np.sqrt(bend), (-penalty * theta)[self.ridge > 0]])
        return np.asarray(np.linalg.lstsq(self._root(bend), wanted, rcond=None)[0])

    def covariance(self, theta: Array) -> Array:
        """The inverse of m·H, shape (k, k); the pseudo-inverse if H is singular."""
        inverse = np.linalg.pinv(self._root(np.maximum(self.losses(theta)[2], FLAT)))
        return np.asarray(inverse @ inverse.T)

    def _root(self, bend: Array) -> Array:
        """A matrix R such that RᵀR = m·H."""
        penalty = np.diag(np.sqrt(len(self.A) * self.ridge))[self.ridge > 0]
        weighted = self.A * np.sqrt(bend)[:, None]
        return np.concatenate([weighted, penalty]) if len(penalty) else weighted

    def unsettled(self, theta: Array, step: Array) -> float:
        """The most that a step changes z, among the examples that influence the fit (see HEARD)."""
        heard = self.losses(theta)[2] > HEARD
        return float(np.max(np.abs(self.A[heard] @ step), initial=0.0))


class Minimum(NamedTuple):
    """Where a solver ended.

    Attributes:
        theta: The parameters θ, shape (k,).
        costs: The cost at the start and after each iteration.
        steepest: The greatest size of a partial derivative of the cost at theta.
        converged: True if the solver reached a minimum, not just its last iteration.
    """

    theta: Array
    costs: list[float]
    steepest: float
    converged: bool


def minimise(problem: Problem, solver: str, *, steps: int, rate: float, tol: float) -> Minimum:
    """The minimum of the cost, sought by "newton", "lbfgs" or "descent" from θ = 0.

    A solver stops when no partial derivative of the cost is greater in size than ``tol``. Newton's
    method also waits until its steps are almost 0. It stops earlier if its steps are small and no
    longer shrink. Each solver stops after ``steps`` iterations, and descent if the cost overflows.
    """
    theta = np.zeros(problem.A.shape[1])
    costs = [problem.cost(theta)]
    settled = False
    if solver == "newton":
        theta, settled = _newton(problem, theta, costs, steps, tol)
    elif solver == "lbfgs":
        theta = _lbfgs(problem, theta, costs, steps, tol)
        tol = max(tol, 1e-8)  # L-BFGS cannot make the slopes much smaller
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
    """The θ that Newton's method reaches, and whether its steps settled there.

    A step that would raise the cost is halved until it does not.
    """
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
        if before / 2 < now < 1e-3:  # small steps no longer shrink: only rounding is left
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
    """How a plane separates the classes: "perfectly", "quasi-completely", or "" if none does.

    If one does, no finite parameters are likeliest: Albert & Anderson, On the existence of maximum
    likelihood estimates in logistic regression models, Biometrika 71 (1984). Linear programming
    looks for the plane's direction d: ±Ad ≥ 0 for all examples and > 0 for some, with + for the
    label 1 and − for 0. The search is skipped if a Newton step from θ hardly changes z, and the
    examples that influence the fit span all directions.
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

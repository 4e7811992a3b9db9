"""The minimum of a cost: Newton's method, L-BFGS of SciPy, or plain gradient descent."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from .descent import progress
from .likelihood import Problem
from .triangle import Array
from .turns import Turns

STEPS = {"newton": 100, "lbfgs": 10_000, "descent": 100_000}
"""The solvers, each with the most iterations that it does by default."""


CERTAIN = 1e-6
"""If no example has a loss as large as this, a plane separates the classes: there is no minimum."""


class Minimum(NamedTuple):
    """Where a solver ended.

    Attributes:
        theta: The parameters θ.
        costs: The cost at the start and after each iteration.
        steepest: The greatest size of a partial derivative of the cost at theta.
        converged: True if the solver reached a minimum, not just its last iteration.
        oscillates: True if descent stepped over the minimum to and fro.
    """

    theta: Array
    costs: list[float]
    steepest: float
    converged: bool
    oscillates: bool = False


class Cost(Protocol):
    """A cost as a function of θ, which has ``size`` parameters."""

    @property
    def size(self) -> int:
        """The number of parameters."""

    def cost(self, theta: Array) -> float:
        """The cost."""

    def gradient(self, theta: Array) -> Array:
        """Its gradient."""

    def both(self, theta: Array) -> tuple[float, Array]:
        """The two."""


def minimise(
    problem: Cost,
    solver: str,
    *,
    steps: int,
    rate: float,
    tol: float,
    start: Array | None = None,
) -> Minimum:
    """The minimum of the cost, sought by "newton", "lbfgs" or "descent" from θ = start, or 0.

    A solver stops when no partial derivative of the cost is greater in size than ``tol``. Newton's
    method also waits until its steps are almost 0. It stops earlier if its steps are small and no
    longer shrink. Each solver stops after ``steps`` iterations, and descent if the cost overflows
    or oscillates.
    """
    theta = np.zeros(problem.size) if start is None else start
    costs = [problem.cost(theta)]
    if not theta.size:
        return Minimum(theta, costs, 0.0, True)
    settled = turns = False
    if solver == "newton":
        assert isinstance(problem, Problem)  # which gives its second derivatives
        theta, settled = _newton(problem, theta, costs, steps, tol)
    elif solver == "lbfgs":
        theta = _lbfgs(problem, theta, costs, steps, tol)
        tol = max(tol, 1e-8)  # L-BFGS cannot make the slopes much smaller
    else:
        theta, turns = _descent(problem, theta, costs, steps, rate, tol)
    steepest = float(np.max(np.abs(problem.gradient(theta)), initial=0.0))
    converged = settled or (solver != "newton" and steepest <= tol)
    return Minimum(theta, costs, steepest, converged, turns)


TELLING = 20
"""A sample tells where to start if it has so many rows for each parameter."""


def sampled(sample: Problem) -> Array:
    """Where to start for many examples: at the minimum for a sample of them, or at 0.

    Newton's method squares the error at each step, so a start near the minimum saves half of them.
    """
    nothing = np.zeros(sample.size)
    if len(sample.y) < TELLING * sample.size or not sample.size:
        return nothing
    with np.errstate(over="ignore", invalid="ignore"):
        found = minimise(sample, "newton", steps=20, rate=1.0, tol=1e-6)
    return found.theta if found.converged and np.all(np.isfinite(found.theta)) else nothing


STILL = 5
"""After so many steps that do not lower the cost, Newton's method ends."""


def still(costs: list[float]) -> bool:
    """Whether the last steps did not lower the cost: if classes are separated, they never end."""
    return len(costs) > STILL and costs[-STILL] - costs[-1] <= 1e-14 * abs(costs[-1])


def _newton(
    problem: Problem, theta: Array, costs: list[float], steps: int, tol: float
) -> tuple[Array, bool]:
    """The θ that Newton's method reaches, and whether its steps settled there.

    A step that would raise the cost is halved until it does not.
    """
    before = np.inf
    for _ in progress(range(steps), "fitting"):
        _, step = problem.newton(theta)
        now = problem.unsettled(theta, step)
        if not len(problem.root) and problem.outcome(theta).loss.max() < CERTAIN:
            return theta, False  # perfectly separated: further steps would lead ever farther
        if now <= 1e-9 and np.max(np.abs(problem.gradient(theta)), initial=0.0) <= tol:
            return theta + step, True  # the step is known, and squares what error is left
        for _ in range(60):
            cost = problem.cost(theta + step)
            if cost <= costs[-1] * (1 + 1e-14):
                theta = theta + step
                break
            step = step / 2
        else:
            cost = problem.cost(theta)
        costs.append(cost)
        if before / 2 < now < 1e-3:  # small steps no longer shrink: only rounding is left
            return theta, True
        if still(costs):
            return theta, False  # quasi-separated: more steps would lose what is known
        before = now
    return theta, False


def _lbfgs(problem: Cost, theta: Array, costs: list[float], steps: int, tol: float) -> Array:
    from scipy.optimize import minimize

    taken = iter(progress(range(steps), "fitting"))

    def step_taken(intermediate_result: object) -> None:
        costs.append(float(intermediate_result.fun))  # type: ignore[attr-defined]  # SciPy's
        next(taken, None)

    found = minimize(
        problem.both,
        theta,
        jac=True,
        method="L-BFGS-B",
        callback=step_taken,
        options={"maxiter": steps, "maxfun": 10 * steps, "gtol": tol, "ftol": 0.0},
    )
    return np.asarray(found.x)


def _descent(
    problem: Cost, theta: Array, costs: list[float], steps: int, rate: float, tol: float
) -> tuple[Array, bool]:
    """The θ that gradient descent reaches, and whether it ended as the cost oscillates."""
    cost, slope = problem.both(theta)
    turns = Turns(cost, slope)
    for _ in progress(range(steps), "fitting"):
        if np.max(np.abs(slope), initial=0.0) <= tol or not np.isfinite(costs[-1]):
            break
        theta = theta - rate * slope
        cost, slope = problem.both(theta)
        costs.append(cost)
        if turns.oscillates(cost, slope):
            return theta, True
    return theta, False

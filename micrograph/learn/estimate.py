"""The estimates of a logistic regression in the units of the data, and how sure they are.

The maximum of the likelihood is sought in standard units. Columns that the data cannot tell apart
are left out before, and parameters that grow for ever are found afterwards.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from ..namespaces.text import listed
from .descent import ConvergenceWarning
from .design import Design, standardised
from .likelihood import Problem
from .minimum import Cost, Minimum, minimise, sampled
from .separated import SeparationWarning
from .separation import Separation, separation
from .triangle import Array, Flags, aliased, divided, lengths, partners, rows, triangle, weakest

ILL = 1e9
"""From this condition number on, near-collinear columns are warned of: errors keep 7 digits."""


MANY, SAMPLE = 200_000, 20_000
"""From so many examples on, Newton's method starts at the minimum for a sample of this size. For a
million examples of six parameters it took 3 iterations instead of 6 (2026-11-27)."""

INTERCEPT = "the intercept"


class Settings(NamedTuple):
    """How to fit: the strength C of the penalty (inf: none), and the solver's own settings."""

    C: float
    intercept: bool
    solver: str
    rate: float
    steps: int
    tol: float


class Said(list[str]):
    """The warnings that a fit gave."""

    def warn(self, message: str, kind: type[Warning] = UserWarning) -> None:
        """Give a warning at the line that calls ``fit``."""
        self.append(message)
        warnings.warn(message, kind, stacklevel=5)


class Estimate(NamedTuple):
    """A fit in the units of the data.

    Attributes:
        own: The intercept and weights of each class but the base, shape (c, n + 1).
        errors: Their standard errors; NaN where the data do not determine them.
        covariance: Shape (c·(n + 1), c·(n + 1)).
        z: What the fit says of each example, with the offset, shape (m, c).
        rank: The number of parameters that were fitted.
        log_likelihood: That of the examples, without the penalty.
        null: That of the best intercept alone, with the offset.
        separated: Whether a plane separates the classes.
        found: Where the solver ended.
        said: The warnings that were given.
    """

    own: Array
    errors: Array
    covariance: Array
    z: Array
    rank: int
    log_likelihood: float
    null: float
    separated: bool
    found: Minimum
    said: list[str]


def estimate(
    X: Array,
    y: Array,
    c: int,
    names: list[str],
    settings: Settings,
    weights: Array | None,
    offset: Array | None,
) -> Estimate:
    """The fit to features X, shape (m, n), and classes y, 0 to c, shape (m,).

    Raises:
        ValueError: If a coefficient is larger than a float can be.

    Warns:
        UserWarning: If columns are constant, collinear or nearly so.
        SeparationWarning, ConvergenceWarning: As ``LogisticRegression.fit`` says.
    """
    said = Said()
    penalised = not np.isinf(settings.C)
    design = standardised(X, weights, settings.intercept)
    _check_size(design.back.T, names)
    for j in np.flatnonzero(~design.kept):
        said.warn(f"{names[j]} is constant, {X[0, j]:g}: its coefficient is 0")
    del X
    if not penalised:
        design = independent(design, weights, names, settings.intercept, said.warn)
    design, ridge = balanced(design, settings, len(y) if weights is None else weights.sum())
    problem = Problem(design.A, y, c, weights=weights, offset=offset, ridge=ridge)
    found = sought(problem, settings, _start(problem, ridge, settings))
    theta = found.theta
    apart = None if penalised or not theta.size else separation(problem, theta)
    with np.errstate(over="ignore", invalid="ignore"):
        R = problem.newton(theta)[0] if theta.size else np.zeros((0, 0))
    own, errors, covariance, complaint = concluded(R, c, design, found, apart, names, settings)
    if complaint:
        said.warn(*complaint)
    with np.errstate(over="ignore", invalid="ignore"):  # if the rate is too large
        z, log_likelihood = problem.z(theta), problem.log_likelihood(theta)
    return Estimate(
        own=own,
        errors=errors,
        covariance=covariance,
        z=z if offset is None else z + offset[:, None],
        rank=len(theta),
        log_likelihood=log_likelihood,
        null=_null(problem, settings.intercept),
        separated=apart is not None,
        found=found,
        said=list(said),
    )


def sought(problem: Cost, settings: Settings, start: Array | None) -> Minimum:
    """The minimum that the solver of these settings finds from ``start``; None stands for 0."""
    steps, rate, tol = settings.steps, settings.rate, settings.tol
    with np.errstate(over="ignore", invalid="ignore"):  # if the rate is too large
        return minimise(problem, settings.solver, steps=steps, rate=rate, tol=tol, start=start)


def _start(problem: Problem, ridge: Array, settings: Settings) -> Array | None:
    """Where the solver starts. None stands for 0."""
    m = len(problem.A)
    if settings.solver != "newton" or m < MANY:
        return None
    # multiples of the golden section, modulo 1: they lie evenly, and fall in with no period of rows
    at = np.unique((m * (np.arange(SAMPLE) * ((np.sqrt(5) - 1) / 2) % 1)).astype(int))
    weights, offset = (None if x is None else x[at] for x in (problem.weights, problem.offset))
    rows = problem.A[at], problem.y[at], problem.c
    return sampled(Problem(*rows, weights=weights, offset=offset, ridge=ridge))


def concluded(
    R: Array,
    c: int,
    design: Design,
    found: Minimum,
    apart: Separation | None,
    names: list[str],
    settings: Settings,
) -> tuple[Array, Array, Array, tuple[str, type[Warning]] | None]:
    """What follows at the minimum: estimates, errors, covariance, and a warning to give or None.

    Args:
        R: The triangle of the Hessian of the sum of the losses there.
        c: The number of classes but the base.
        design: Of the examples.
        found: The minimum.
        apart: How a plane separates the classes, or None.
        names: Of the features.
        settings: Of the fit.

    Raises:
        ValueError: If a coefficient is larger than a float can be.
    """
    theta = found.theta
    complaint: tuple[str, type[Warning]] | None = None
    known = np.eye(len(theta), dtype=np.float64) if apart is None else apart.known
    back = np.asarray(np.kron(np.eye(c), design.back), np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        own = (back @ theta).reshape(c, -1)
    if np.all(np.isfinite(theta)):
        _check_size(own, names)
    with np.errstate(over="ignore", invalid="ignore"):
        P = _root(R, back, known)
        errors, covariance = lengths(P), P @ P.T
    unknown = np.repeat(np.concatenate([[not settings.intercept], ~design.kept])[None], c, 0)
    if apart is not None:
        lost = lengths(back @ apart.unknown) > 1e-7 * lengths(back)
        fault = np.any((lost.reshape(c, -1) & ~unknown), axis=0)
        unknown = unknown | lost.reshape(c, -1)
        complaint = _separated(apart.perfectly, fault, names), SeparationWarning
    elif not found.converged:
        complaint = _unconverged(found, settings), ConvergenceWarning
    unknown = unknown.ravel()
    errors[unknown] = covariance[unknown, :] = covariance[:, unknown] = np.nan
    return own, errors.reshape(c, -1), covariance, complaint


def _check_size(own: Array, names: list[str]) -> None:
    """Raise ValueError if a feature has a number in ``own``, shape (…, n + 1), that overflowed."""
    bad = [name for name, x in zip(names, own[:, 1:].T, strict=True) if not np.isfinite(x).all()]
    if bad:
        one = len(bad) == 1
        raise ValueError(
            f"{listed(bad)} {'varies' if one else 'vary'} so little that "
            f"{'its coefficient overflows' if one else 'their coefficients overflow'}; rescale "
            f"{bad[0] if one else 'them'}"
        )


def independent(
    design: Design, weights: Array | None, names: list[str], intercept: bool, warn: Any
) -> Design:
    """The design without columns that are combinations of others, after a warning for each."""
    R = triangle(rows(design.A, weights))
    gone = aliased(R, design.noise)
    varying = np.array([*[INTERCEPT] * intercept, *np.array(names)[design.kept]], object)
    if gone.sum() == 1:
        j = int(np.argmax(gone))
        others = [x for x in varying[partners(R, j, np.arange(len(gone)) < j)] if x != INTERCEPT]
        of = f", a combination of {listed(others)}" if others else ""
        warn(f"{varying[j]} is collinear{of}: its coefficient is 0")
    elif gone.any():
        warn(
            f"{listed(varying[gone])} are collinear, combinations of the features before them: "
            "their coefficients are 0"
        )
    condition, weak = weakest(R[:, ~gone])
    if condition >= ILL:
        close = [x for x in varying[~gone][weak] if x != INTERCEPT]
        warn(
            f"{listed(close)} are nearly collinear, with condition {condition:.1e}: their "
            "coefficients are uncertain, and lose digits"
        )
    design = design.without(gone)
    return design if condition < ILL else design.orthogonal(R[:, ~gone])


def balanced(design: Design, settings: Settings, total: float) -> tuple[Design, Array]:
    """The design, and the penalty on each parameter.

    It is scaled so that every direction of the cost has a second derivative of at most ¼, as one
    loss has.
    """
    first = int(settings.intercept)
    steep = 2 / (np.sqrt(settings.C) * np.sqrt(total) * design.scale)
    steep[:first] = 0.0
    balance = np.hypot(1.0, steep)
    if not np.isinf(settings.C):
        design.A[:] /= balance
        design = design._replace(back=design.back / balance)
    return design, (steep / balance / 2) ** 2


def _root(R: Array, back: Array, known: Array) -> Array:
    """P with the covariance PPᵀ: back·R⁻¹, in the directions that the data determine."""
    if not R.size:
        return back
    if known.shape[0] != known.shape[1]:
        R, back = triangle([R @ known]), back @ known
    if not np.all(np.diag(R)):
        return np.asarray(back @ np.linalg.pinv(R))
    return divided(back, R)


def _null(problem: Problem, intercept: bool) -> float:
    """The log-likelihood of the best intercept, with the offset, and no other parameter."""
    if problem.offset is None:  # then each class has its share as its probability
        n = np.bincount(problem.y.astype(int), problem.weights)
        return float(n @ np.log(n / n.sum() if intercept else np.full(len(n), 1 / len(n))))
    A = np.ones((len(problem.A), int(intercept)))
    alone = Problem(A, problem.y, problem.c, weights=problem.weights, offset=problem.offset)
    return alone.log_likelihood(minimise(alone, "newton", steps=100, rate=1.0, tol=1e-12).theta)


def _separated(perfectly: bool, fault: Flags, names: list[str]) -> str:
    cure = 'use penalty="l2"'
    if perfectly:
        said = "the classes are perfectly separated: the likeliest coefficients are infinite"
    else:
        which = [name for name, at in zip([INTERCEPT, *names], fault, strict=True) if at]
        said = (
            f"the classes are quasi-completely separated by {listed(which)}: the likeliest "
            "coefficients there are infinite"
        )
    return f"{said}; {cure}"


def _unconverged(found: Minimum, settings: Settings) -> str:
    steps = len(found.costs) - 1
    if found.oscillates:
        return (
            f"the cost oscillates after {steps} iterations of descent: learning_rate "
            f"{settings.rate:g} is too large; lower it"
        )
    cure = "lower learning_rate, " * (settings.solver == "descent") + "raise max_iter, or "
    return (
        f"not converged after {steps} iterations of {settings.solver}: the steepest slope is still "
        f'{found.steepest:.2g}; {cure}penalty="l2"'
    )

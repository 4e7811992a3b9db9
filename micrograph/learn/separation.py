"""Whether a plane separates the classes, and which parameters the data then leave undetermined.

If one does, no finite parameters are likeliest: Albert & Anderson, On the existence of maximum
likelihood estimates in logistic regression models, Biometrika 71 (1984). A direction d of θ in
which no example's loss grows, and some example's falls for ever, is a direction of recession. The
examples whose loss stays as it is determine the rest: Geyer, Likelihood inference in exponential
families and directions of recession, Electronic Journal of Statistics 3 (2009).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .likelihood import Problem
from .triangle import Array, Flags, free, rows, triangle


class Separation(NamedTuple):
    """How the classes are separated.

    Attributes:
        perfectly: Whether all examples are on their own side.
        known: Orthonormal directions of θ that the data determine, as columns.
        unknown: Those that they do not.
    """

    perfectly: bool
    known: Array
    unknown: Array


def separation(problem: Problem, theta: Array) -> Separation | None:
    """How a plane separates the classes, or None if no plane does.

    Linear programming looks for d such that sides @ d ≥ 0 for all and > 0 for some. The search is
    skipped if a Newton step from θ hardly changes z, and the examples that influence the fit span
    all directions.
    """
    heard = problem.heard(theta)
    _, step = problem.newton(theta)
    if problem.unsettled(theta, step) < 1e-3 and (heard.all() or _spans(problem.A[heard])):
        return None
    sides = _sides(problem)
    left = np.ones(len(sides), bool)  # those that no direction found so far moves
    while left.any():
        moved = _direction(sides, left)
        if not np.any(moved & left):
            break
        left &= ~moved
    if left.all():
        return None
    known, unknown = free(triangle(rows(sides[left])))
    return Separation(not left.any(), known, unknown)


def _spans(A: Array) -> bool:
    return bool(len(A)) and free(triangle(rows(A)))[1].shape[1] == 0


def _sides(problem: Problem) -> Array:
    """For each example and each other class, the row of which z(own) − z(other) = row @ θ."""
    codes = np.eye(problem.c + 1)[:, 1:]  # the base has z = 0
    parts = []
    for own in range(problem.c + 1):
        A = problem.A[problem.y == own]
        parts += [np.kron(codes[own] - codes[j], A) for j in range(problem.c + 1) if j != own]
    return np.concatenate(parts)


def _direction(sides: Array, left: Flags) -> Flags:
    """Which sides a direction moves that moves none the wrong way, and those left as far as it can.

    Returns:
        True or False for each side.
    """
    from scipy.optimize import linprog

    aim = -sides[left].mean(axis=0)
    found = linprog(aim, A_ub=-sides, b_ub=np.zeros(len(sides)), bounds=(-1, 1))
    if found.status != 0 or -found.fun < 1e-9:
        return np.zeros(len(sides), bool)
    return np.asarray(sides @ found.x > 1e-8)

"""Newton's method by passes over blocks of rows: each gives all that the next step needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .blocks import Block, fold
from .descent import progress
from .likelihood import HEARD
from .minimum import CERTAIN, Minimum
from .moments import Units
from .outcome import Outcome
from .triangle import Array, solved, triangle

SMALL = 1e-7
"""After a step that moved no z by more, the next one would change the last digits only."""


class Seen(NamedTuple):
    """What some rows say about θ.

    Attributes:
        loss: The sum of their losses.
        slope: The gradient of that sum, shape (k,).
        R: The triangle of Newton's system, shape (k + 1, k + 1).
        moved: The most that the last step changed a z, among the rows that influence the fit.
        worst: The greatest loss.
        deaf: How many rows have no influence on the fit.
        table: How many rows of each class are predicted to be of each, shape (2, 2).
    """

    loss: float
    slope: Array
    R: Array
    moved: float
    worst: float
    deaf: int
    table: Any


def seen(
    units: Units, turn: Array, second: Any, theta: Array, step: Array, X: Array, y: Any
) -> Seen:
    """What some rows say about θ.

    Args:
        units: Of the features.
        turn: The examples are ``units.examples(X) @ turn``.
        second: The label of the second class.
        theta: The parameters θ.
        step: The last step, that led to them.
        X: The features of the rows.
        y: Their labels.
    """
    A, own = units.examples(X) @ turn, (y == second).astype(float)
    z = A @ theta
    now = Outcome(z[:, None], own)
    heard = now.doubt > HEARD
    table = np.bincount((2 * own + (z > 0)).astype(int), minlength=4).reshape(2, 2)
    return Seen(
        loss=float(now.loss.sum()),
        slope=now.slope[:, 0] @ A,
        R=triangle([now.newton(A, np.ones(len(A)), slice(None))]),
        moved=float(np.max(np.abs(A @ step), initial=0.0, where=heard)),
        worst=float(now.loss.max()),
        deaf=int(np.sum(~heard)),
        table=table,
    )


def joined(parts: Sequence[Seen]) -> Seen:
    """What all the rows say."""
    loss, slope, R, moved, worst, deaf, table = zip(*parts, strict=True)
    return Seen(sum(loss), np.sum(slope, axis=0), triangle(R), max(moved), max(worst), sum(deaf),
                np.sum(table, axis=0))  # fmt: skip


def spanned(units: Units, turn: Array, theta: Array, X: Array, y: Any) -> Array:
    """The triangle of the rows that influence the fit."""
    A = units.examples(X) @ turn
    return triangle([A[Outcome((A @ theta)[:, None], np.zeros(len(y))).doubt > HEARD]])


class Passes:
    """The cost over blocks of rows, and Newton's method on it.

    Args:
        blocks: Of rows.
        units: Of the features.
        m: The number of rows.
        second: The label of the second class.

    Attributes:
        turn: The examples are ``units.examples(X) @ turn``. At first they are in standard units.
        root: The penalty is θᵀBᵀBθ/2 of the average cost, B = root.
        taken: The number of passes that were taken.
    """

    def __init__(self, blocks: Sequence[Block], units: Units, m: int, second: Any) -> None:
        self.blocks, self.units, self.m, self.second = blocks, units, m, second
        k = int(units.intercept) + len(units.unit)
        self.turn, self.root, self.taken = np.eye(k), np.zeros((0, k)), 0

    def _fold(self, of: Callable[..., Any], join: Callable[..., Any]) -> Any:
        self.taken += 1
        return fold(self.blocks, of, join)

    def look(self, theta: Array, step: Array) -> Seen:
        """One pass: what all rows say about θ."""
        of = partial(seen, self.units, self.turn, self.second, theta, step)
        found: Seen = self._fold(of, joined)
        return found

    def heard(self, theta: Array) -> Array:
        """One pass: the triangle of the rows that influence the fit."""
        found: Array = self._fold(partial(spanned, self.units, self.turn, theta), triangle)
        return found

    def cost(self, now: Seen, theta: Array) -> float:
        """The average loss plus the penalty."""
        bent = self.root @ theta
        return float(now.loss / self.m + bent @ bent / 2)

    def newton(self, now: Seen, theta: Array) -> tuple[Array, Array]:
        """R of the Hessian of the sum of the losses, and Newton's step from θ."""
        root = self.root * np.sqrt(self.m)
        return solved(triangle([now.R, np.column_stack([root, -root @ theta])]))

    def minimum(self, now: Seen, steps: int, tol: float) -> tuple[Minimum, Seen]:
        """The minimum that Newton's method reaches from θ = 0, and what the rows say there.

        A step that would raise the cost is halved until it does not. The method ends as that of
        data in memory does, except that it learns how far a step moves in the pass after it.

        Args:
            now: What the rows say about θ = 0.
            steps: The most steps to take.
            tol: How great a partial derivative of the cost may be at the end.
        """
        theta = np.zeros(self.turn.shape[1])
        costs, settled, before = [self.cost(now, theta)], not theta.size, np.inf
        for _ in progress(range(steps), "passes over the data"):
            if settled or (not len(self.root) and now.worst < CERTAIN):
                break  # at the minimum, or perfectly separated
            _, step = self.newton(now, theta)
            for _ in range(30):
                after = self.look(theta + step, step)
                cost = self.cost(after, theta + step)
                # what a small step changes is lost in the rounding of the cost
                if cost <= costs[-1] * (1 + 1e-14) or after.moved <= SMALL:
                    break
                step = step / 2
            theta, now = theta + step, after
            costs.append(cost)
            steep = self._steepest(now, theta)
            settled = (now.moved <= SMALL and steep <= tol) or before / 2 < now.moved < 1e-3
            before = now.moved
        return Minimum(theta, costs, self._steepest(now, theta), settled), now

    def _steepest(self, now: Seen, theta: Array) -> float:
        slope = now.slope / self.m + self.root.T @ (self.root @ theta)
        return float(np.max(np.abs(slope), initial=0.0))

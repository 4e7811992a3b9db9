"""Newton's method by passes over blocks of rows: each gives all that the next step needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from . import ranks
from .blocks import Block, Rows, fold
from .descent import progress
from .likelihood import HEARD, average_loss
from .minimum import CERTAIN, Minimum, still
from .moments import Units
from .outcome import FLAT, Outcome
from .ranks import Ranks
from .triangle import BLOCK, Array, solved, triangle

SMALL = 1e-7
"""After a step that moved no z by more, the next one would change the last digits only."""

NEAR = 3e-3
"""After a step that moved no z by more, the next pass is likely the last."""

MOVING = 0.1
"""Where the cost is still, a row that a step moves by more has no minimum: it moves by 1 a step."""


class View(NamedTuple):
    """How rows are looked at.

    Attributes:
        units: Of the features.
        turn: The examples are ``units.examples(X) @ turn``, or if it is None, without the turn.
        classes: The labels in sorted order.
        shares: The weight of each class.
    """

    units: Units
    turn: Array | None
    classes: Any
    shares: Array

    def of(self, rows: Rows) -> tuple[Array, Array, Array]:
        """The examples, the class of each, 0.0, 1.0, …, and the weights."""
        codes = np.searchsorted(self.classes, rows.y)
        A = self.units.examples(rows.X)
        A = A if self.turn is None else A @ self.turn
        return A, codes.astype(float), rows.weights * self.shares[codes]

    def z(self, A: Array, theta: Array, rows: Rows) -> Array:
        """Shape (m, c), with the offset."""
        z = np.asarray(A @ theta.reshape(len(self.classes) - 1, A.shape[1]).T)
        return z if rows.offset is None else z + rows.offset[:, None]


class Seen(NamedTuple):
    """What some rows say about θ.

    Attributes:
        loss: The sum of their losses.
        slope: The gradient of that sum, shape (c·k,).
        R: The triangle of Newton's system, shape (c·k + 1, c·k + 1).
        moved: The most that the last step changed a z, among the rows that influence the fit.
        worst: The greatest loss.
        deaf: In how many respects rows have no influence on the fit.
        table: How many rows of each class are predicted to be of each.
        ranks: How many rows of each class have each z, or None.
    """

    loss: float
    slope: Array
    R: Array
    moved: float
    worst: float
    deaf: int
    table: Any
    ranks: Ranks | None


def seen(view: View, theta: Array, step: Array, ranked: bool, rows: Rows) -> Seen:
    """What some rows say about θ.

    Args:
        view: How to look at them.
        theta: The parameters θ.
        step: The last step, that led to them.
        ranked: Whether to rank the rows.
        rows: The rows.
    """
    A, y, weights = view.of(rows)
    z = view.z(A, theta, rows)
    now = Outcome(z, y)
    K = len(view.classes)
    told = (z[:, 0] > 0) if K == 2 else np.column_stack([np.zeros(len(z)), z]).argmax(axis=1)
    system, moved = [], 0.0
    size = max(1, BLOCK // (K - 1))
    for i in range(0, len(A), size):
        W, root, heard = _system(now, A, weights, slice(i, i + size))
        system.append(W)
        change = np.abs(W[:, :-1] @ step) / root
        moved = max(moved, float(np.max(change, initial=0.0, where=heard)))
    return Seen(
        loss=float(weights @ now.loss),
        slope=((now.slope * weights[:, None]).T @ A).ravel(),
        R=triangle(system),
        moved=moved,
        worst=float(now.loss.max()),
        deaf=int(np.sum(now.pivots <= HEARD)),
        table=np.bincount((K * y + told).astype(int), weights, K * K).reshape(K, K),
        ranks=ranks.ranks(z[:, 0], y, weights) if ranked and np.all(np.isfinite(z)) else None,
    )


def _system(now: Outcome, A: Array, weights: Array, part: slice) -> tuple[Array, Array, Any]:
    """Newton's system of some rows, what each of its rows was scaled by, and which count."""
    pivots = now.pivots[part]
    root = np.sqrt(np.maximum(pivots, FLAT) * weights[part, None]).T.ravel()
    return now.newton(A, weights, part), root, pivots.T.ravel() > HEARD


def sloped(view: View, theta: Array, rows: Rows) -> tuple[float, Array]:
    """The sum of the losses of some rows, and its gradient, shape (c·k,)."""
    A, y, weights = view.of(rows)
    if len(view.classes) == 2 and rows.offset is None and np.all(weights == 1):
        J, slopes = average_loss().value_and_grad(theta, A, y)  # each row is read once
        return float(J) * len(A), np.asarray(slopes) * len(A)
    now = Outcome(view.z(A, theta, rows), y)
    return float(weights @ now.loss), ((now.slope * weights[:, None]).T @ A).ravel()


def summed(parts: Sequence[tuple[float, Array]]) -> tuple[float, Array]:
    """What ``sloped`` says of all the rows."""
    loss, slope = zip(*parts, strict=True)
    return sum(loss), np.sum(slope, axis=0)


def joined(parts: Sequence[Seen]) -> Seen:
    """What all the rows say."""
    loss, slope, R, moved, worst, deaf, table, some = zip(*parts, strict=True)
    ranked = None if None in some else ranks.joined(some)
    return Seen(sum(loss), np.sum(slope, axis=0), triangle(R), max(moved), max(worst), sum(deaf),
                np.sum(table, axis=0), ranked)  # fmt: skip


def spanned(view: View, theta: Array, step: Array, rows: Rows) -> Array:
    """The triangle of the directions of θ in which rows influence the fit.

    Those that a step still moves do not: they lead ever farther.
    """
    A, y, weights = view.of(rows)
    W, root, heard = _system(Outcome(view.z(A, theta, rows), y), A, weights, slice(None))
    ways = W[:, :-1] / root[:, None]
    return triangle([ways[heard & (np.abs(ways @ step) <= MOVING)]])


class Passes:
    """The cost over blocks of rows, and Newton's method on it.

    Args:
        blocks: Of rows.
        view: How to look at them.
        total: The sum of the weights.
        root: The penalty is θᵀBᵀBθ/2 of the average cost, B = root.
    """

    def __init__(self, blocks: Sequence[Block], view: View, total: float, root: Array) -> None:
        self.blocks, self.view, self.total, self.root = blocks, view, total, root
        self._last: tuple[bytes | None, Any] = None, None

    @property
    def size(self) -> int:
        """The number of parameters."""
        return int(self.root.shape[1])

    def both(self, theta: Array) -> tuple[float, Array]:
        """One pass: the cost and its gradient. What was computed last is kept."""
        key = theta.tobytes()
        if self._last[0] != key:
            loss, slope = fold(self.blocks, partial(sloped, self.view, theta), summed)
            bent = self.root @ theta
            J = float(loss / self.total + bent @ bent / 2)
            self._last = key, (J, slope / self.total + self.root.T @ bent)
        found: tuple[float, Array] = self._last[1]
        return found

    def cost(self, theta: Array) -> float:
        """One pass: the average loss plus the penalty."""
        return self.both(theta)[0]

    def gradient(self, theta: Array) -> Array:
        """One pass: the gradient of the cost, shape (c·k,)."""
        return self.both(theta)[1]

    def look(self, theta: Array, step: Array, ranked: bool = False) -> Seen:
        """One pass: what all rows say about θ."""
        ranked = ranked and len(self.view.classes) == 2
        of: Callable[[Rows], Seen] = partial(seen, self.view, theta, step, ranked)
        return fold(self.blocks, of, joined)

    def heard(self, theta: Array, step: Array) -> Array:
        """One pass: the triangle of the directions in which rows influence the fit."""
        return fold(self.blocks, partial(spanned, self.view, theta, step), triangle)

    def _cost(self, now: Seen, theta: Array) -> float:
        bent = self.root @ theta
        return float(now.loss / self.total + bent @ bent / 2)

    def newton(self, now: Seen, theta: Array) -> tuple[Array, Array]:
        """R of the Hessian of the sum of the losses, and Newton's step from θ."""
        root = self.root * np.sqrt(self.total)
        return solved(triangle([now.R, np.column_stack([root, -root @ theta])]))

    def minimum(self, theta: Array, steps: int, tol: float) -> tuple[Minimum, Seen]:
        """The minimum that Newton's method reaches, and what the rows say there.

        A step that would raise the cost is halved until it does not. The method ends as that of
        data in memory does, except that it learns how far a step moves in the pass after it.

        Args:
            theta: Where to start.
            steps: The most steps to take.
            tol: How great a partial derivative of the cost may be at the end.
        """
        now = self.look(theta, np.zeros(len(theta)))
        costs, settled, before = [self._cost(now, theta)], not theta.size, np.inf
        for _ in progress(range(steps), "passes over the data"):
            if settled or (not len(self.root) and now.worst < CERTAIN):
                break  # at the minimum, or perfectly separated
            _, step = self.newton(now, theta)
            for _ in range(30):
                after = self.look(theta + step, step, ranked=before <= NEAR)
                cost = self._cost(after, theta + step)
                # what a small step changes is lost in the rounding of the cost
                if cost <= costs[-1] * (1 + 1e-14) or after.moved <= SMALL:
                    break
                step = step / 2
            theta, now = theta + step, after
            costs.append(cost)
            steep = self._steepest(now, theta)
            settled = (now.moved <= SMALL and steep <= tol) or before / 2 < now.moved < 1e-3
            before = now.moved
            if not settled and still(costs):
                break
        return Minimum(theta, costs, self._steepest(now, theta), settled), now

    def _steepest(self, now: Seen, theta: Array) -> float:
        slope = now.slope / self.total + self.root.T @ (self.root @ theta)
        return float(np.max(np.abs(slope), initial=0.0))

"""Gradient descent: w := w − α·dJ/dw, until the slope is gone."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..domain import DomainError
from ..namespaces.floats import number
from ..transforms import value_and_grad
from ..transforms.tree import Tree


class ConvergenceWarning(UserWarning):
    """The steps ran out, or the cost did, before the slope was gone."""


class Descent(NamedTuple):
    """What a descent found.

    x:         the parameters, in the shape of the start
    costs:     the cost at the start and after each step
    converged: whether the steepest slope came down to ``tol``
    """

    x: Any
    costs: list[float]
    converged: bool

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.costs) - 1


def gradient_descent(
    cost: Callable[[Any], Any], x: Any, *, rate: float, steps: int = 1000, tol: float = 0.0
) -> Descent:
    """The parameters after descending from x along −dJ/dx, by ``rate`` times the slope a step.

    cost:  a function of the parameters that returns one number, the cost J
    x:     the start: a number, an array, or lists, tuples and dicts of them
    rate:  the learning rate α > 0
    steps: at most so many
    tol:   enough when no slope is steeper

    Cost: one recording and one reverse sweep a step. Long ones show a progress bar.
    Warns: ConvergenceWarning where a step leads to no finite cost, which ends it before that step,
    or where the steps ran out before ``tol`` > 0 was reached.
    Raises: ValueError for a rate that is not positive.

    >>> found = gradient_descent(lambda w: (w - 3) ** 2, 0.0, rate=0.1, steps=100)
    >>> round(found.x, 6), found.steps
    (3.0, 100)
    """
    if not 0 < number(rate, "a rate") < math.inf:
        raise ValueError(f"gradient_descent: expected a rate > 0, got {rate!r}")
    if not (number(tol, "a tol") >= 0 and number(steps, "steps") >= 0):
        raise ValueError(f"gradient_descent: expected tol and steps ≥ 0, got {tol!r}, {steps!r}")
    both = value_and_grad(cost)
    tree = Tree(x)
    J, slope = both(x)
    costs = [J]
    slopes = Tree(slope).leaves
    why = ""
    for _ in progress(range(steps), "descending"):
        if max(map(abs, slopes), default=0.0) <= tol:
            break
        after = tree.rebuild([w - rate * d for w, d in zip(Tree(x).leaves, slopes, strict=True)])
        try:
            J, slope = both(after)
        except (DomainError, ArithmeticError) as error:
            J = math.nan
            why = f": {error}"
        if not math.isfinite(J):
            _warn(
                f"no cost after {len(costs)} steps{why}; the rate {rate:g} is too large, or the "
                "features want to be standardised"
            )
            break
        x = after
        costs.append(J)
        slopes = Tree(slope).leaves
    converged = max(map(abs, slopes), default=0.0) <= tol
    if tol and len(costs) > steps and not converged:
        _warn(f"not converged after {steps} steps; take more, or a larger rate than {rate:g}")
    return Descent(x, costs, converged)


def _warn(message: str) -> None:
    warnings.warn(message, ConvergenceWarning, stacklevel=3)  # where gradient_descent was called


def progress(steps: Iterable[int], what: str) -> Iterable[int]:
    """The same steps; on a terminal a bar shows them where they take more than a second."""
    try:
        from tqdm import tqdm
    except ImportError:
        return steps
    return tqdm(steps, what, delay=1, disable=None, leave=False)  # type: ignore[no-any-return]  # tqdm is not typed

"""Gradient descent: repeat w := w − α·dJ/dw until the gradient is almost 0."""

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
    """A descent, or a fit, ended before the gradient of the cost was as small as asked for.

    Either all its steps were taken, or the cost was no longer a finite number.

    Example:
        >>> with warnings.catch_warnings(action="error"):
        ...     gradient_descent(lambda w: w**2, 1.0, rate=0.1, steps=5, tol=1e-6)
        Traceback (most recent call last):
        micrograph.learn.descent.ConvergenceWarning: not converged after 5 steps; take more, or \
a larger rate than 0.1
    """


class Descent(NamedTuple):
    """The result of ``gradient_descent``.

    Attributes:
        x: The parameters at the end, in the shape of the start.
        costs: The cost at the start and after each step.
        converged: True if no partial derivative of the cost is greater in size than ``tol``.

    Example:
        >>> found = gradient_descent(lambda w: (w - 3) ** 2, 0.0, rate=0.5)
        >>> found.x, found.costs, found.converged, found.steps
        (3.0, [9.0, 0.0], True, 1)
    """

    x: Any
    costs: list[float]
    converged: bool

    @property
    def steps(self) -> int:
        """The number of steps that were taken."""
        return len(self.costs) - 1


def gradient_descent(
    cost: Callable[[Any], Any], x: Any, *, rate: float, steps: int = 1000, tol: float = 0.0
) -> Descent:
    """The parameters that gradient descent reaches from x, with the costs on the way.

    Each step is x := x − α·dJ/dx.

    Args:
        cost: A function of the parameters that returns one number, the cost J.
        x: The start: a number, an array, or lists, tuples and dicts of them.
        rate: The learning rate α > 0.
        steps: The most steps to take.
        tol: The descent stops when no partial derivative of J is greater in size than this.

    Returns:
        A ``Descent``: the parameters, the costs, and whether ``tol`` was reached.

    Raises:
        ValueError: If the rate is not positive and finite, or if tol or steps are negative.

    Warns:
        ConvergenceWarning: If a step would lead to a cost that is not finite. The descent then
            ends before that step. Also if all steps are taken and a ``tol`` > 0 is not reached.

    Cost:
        One recording and one reverse sweep a step. On a terminal, a descent of more than a second
        shows a progress bar.

    Example:
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
    warnings.warn(message, ConvergenceWarning, stacklevel=3)  # the line that calls gradient_descent


def progress(steps: Iterable[int], what: str) -> Iterable[int]:
    """The same steps. On a terminal, a progress bar appears if they take more than a second."""
    try:
        from tqdm import tqdm
    except ImportError:
        return steps
    return tqdm(steps, what, delay=1, disable=None, leave=False)  # type: ignore[no-any-return]  # tqdm is not typed

"""Gradient descent: repeat w := w − α·dJ/dw until the gradient is almost 0."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple, Never

from ..domain import DomainError
from ..namespaces.floats import real
from ..transforms import value_and_grad
from ..transforms.containers import is_array
from ..transforms.tree import Tree
from .turns import Turns


class ConvergenceWarning(UserWarning):
    """A descent, or a fit, ended before the gradient of the cost was as small as asked for.

    All its steps were taken, the cost was no longer a finite number, or the cost oscillated.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(action="error"):
        ...     gradient_descent(lambda w: w**2, 1.0, learning_rate=0.1, max_iter=5, tol=1e-6)
        Traceback (most recent call last):
        micrograph.learn.ConvergenceWarning: not converged after 5 steps; take more, or \
a larger learning_rate than 0.1
    """


class Descent(NamedTuple):
    """The result of ``gradient_descent``.

    Attributes:
        x: The parameters at the end, in the shape of the start.
        costs: The cost at the start and after each step.
        converged: True if no partial derivative of the cost is greater in size than ``tol``.

    Example:
        >>> found = gradient_descent(lambda w: (w - 3) ** 2, 0.0, learning_rate=0.5)
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
    cost: Callable[[Any], Any],
    x: Any,
    *,
    learning_rate: float | None = None,
    max_iter: int = 1000,
    tol: float = 0.0,
    **old: Never,
) -> Descent:
    """The parameters that gradient descent reaches from x, with the costs on the way.

    Each step is x := x − α·dJ/dx.

    Args:
        cost: A function of the parameters that returns one number, the cost J. If it was compiled
            by ``mg.compile``, or is a ``functools.partial`` of such a function, what was compiled
            computes dJ/dx, too.
        x: The start: a number, an array, or lists, tuples and dicts of them.
        learning_rate: The learning rate α > 0. It has no default.
        max_iter: The most steps to take.
        tol: The descent stops when no partial derivative of J is greater in size than this.
        old: ``rate`` and ``steps``, as learning_rate and max_iter were called. They warn.

    Returns:
        A ``Descent``: the parameters, the costs, and whether ``tol`` was reached.

    Raises:
        ValueError: If the learning rate is not positive and finite, if tol is negative, or if
            max_iter is no whole number ≥ 0.
        TypeError: If no learning rate is given, if an argument is of another type than described,
            or if the cost is no number.

    Warns:
        ConvergenceWarning: If a step would lead to a cost that is not finite. The descent then
            ends before that step. Also if the descent oscillates, where it ends, and if all steps
            are taken and a ``tol`` > 0 is not reached.

    Cost:
        One recording and one reverse sweep a step; of a compiled cost, one run. On a terminal, a
        descent of more than a second shows a progress bar.

    Example:
        >>> found = gradient_descent(lambda w: (w - 3) ** 2, 0.0, learning_rate=0.1, max_iter=100)
        >>> round(found.x, 6), found.steps
        (3.0, 100)
        >>> import micrograph as mg
        >>> from functools import partial
        >>> loss = lambda w, x, y: (mg.dot(w, x) - y) ** 2
        >>> cost = partial(mg.compile(mg.mean_over(loss, "x", "y")), x=[[1.0], [1.0]], y=[2.0, 4.0])
        >>> gradient_descent(cost, [0.0], learning_rate=0.5, max_iter=1).x
        [3.0]
    """
    now = {"rate": "learning_rate", "steps": "max_iter"}
    given: dict[str, Any] = {"learning_rate": learning_rate, "max_iter": max_iter}
    given |= renamed("gradient_descent", old, now)
    rate, steps = _checked(cost, given["learning_rate"], given["max_iter"], tol)
    both = _with_gradient(cost)
    tree = Tree(x)
    J, slope = both(x)
    if is_array(J):
        raise TypeError(
            f"gradient_descent: the cost is {J!r:.80} ({type(J).__name__}); expected one number. "
            "To a compiled function, an array is a batch of numbers: start from a list, x.tolist()"
        )
    costs = [J]
    slopes = Tree(slope).leaves
    turns = Turns(J, slopes)
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
                f"no cost after {len(costs)} steps{why}; the learning_rate {rate:g} is too large, "
                "or the features should be standardised"
            )
            break
        x = after
        costs.append(J)
        slopes = Tree(slope).leaves
        if turns.oscillates(J, slopes):
            _warn(
                f"the cost oscillates after {len(costs) - 1} steps; the learning_rate {rate:g} is "
                "too large, or the features should be standardised"
            )
            break
    converged = max(map(abs, slopes), default=0.0) <= tol
    if tol and len(costs) > steps and not converged and not turns.seen:
        other = "smaller" if turns.back else "larger"
        _warn(
            f"not converged after {steps} steps; take more, or a {other} learning_rate than "
            f"{rate:g}"
        )
    return Descent(x, costs, converged)


def _checked(cost: Any, rate: Any, steps: Any, tol: Any) -> tuple[float, int]:
    """The learning rate and the most steps, or an error that says which argument is wrong."""
    who = "gradient_descent"
    if not callable(cost):
        raise TypeError(f"{who}: the cost should be a function, got {cost!r:.80}")
    if rate is None:
        raise TypeError(f"{who}: no learning_rate is given; 0.1 is a usual one")
    for name, x in {"learning_rate": rate, "tol": tol, "max_iter": steps}.items():
        if real(x) is None:
            raise TypeError(f"{who}: {name} should be a number, got {x!r:.80} ({type(x).__name__})")
    if not 0 < float(rate) < math.inf:
        raise ValueError(f"{who}: expected a learning_rate > 0, got {rate!r}")
    if not float(tol) >= 0:
        raise ValueError(f"{who}: expected a tol ≥ 0, got {tol!r}")
    if not (float(steps) >= 0 and float(steps).is_integer()):
        raise ValueError(f"{who}: expected a whole number max_iter ≥ 0, got {steps!r}")
    return float(rate), int(steps)


def _with_gradient(cost: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function that returns the cost and its gradient."""
    first: tuple[Any, ...] = ()
    others: dict[str, Any] = {}
    of: Any = cost
    if isinstance(cost, partial):
        of, first, others = cost.func, cost.args, cost.keywords
    if not hasattr(of, "value_and_grad"):
        return value_and_grad(cost)
    # What is compiled takes no Values, so mg.value_and_grad can't differentiate it.
    return partial(of.value_and_grad, *first, argnums=len(first), **others)


def renamed(who: str, old: dict[str, Any], now: dict[str, str]) -> dict[str, Any]:
    """Arguments given by an old name, by the name they have now, after a warning.

    Raises:
        TypeError: If a name is no old name.
    """
    for name in old:
        if name not in now:
            raise TypeError(f"{who} has no argument {name!r}")
        said = f"{who}: {name} is called {now[name]} now; {name} will go with the next release"
        warnings.warn(said, DeprecationWarning, stacklevel=3)
    return {now[name]: x for name, x in old.items()}


def _warn(message: str) -> None:
    warnings.warn(message, ConvergenceWarning, stacklevel=3)  # the line that calls gradient_descent


def progress(steps: Iterable[int], what: str) -> Iterable[int]:
    """The same steps. On a terminal, a progress bar appears if they take more than a second."""
    try:
        from tqdm import tqdm
    except ImportError:
        return steps
    return tqdm(steps, what, delay=1, disable=None, leave=False)  # type: ignore[no-any-return]  # tqdm is not typed

"""Derivatives that a user gives for a function, compared with the truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..transforms.containers import walk
from .call import Call, same
from .comparison import Comparison
from .derivatives import Derivatives
from .judge import Kinks, judge
from .report import Component, GradientError, Inconclusive, Report, report

VALUE = "gradient's value"
"""What to call the value in the pair (value, gradient)."""


def given(call: Call, derivatives: dict[str, Any], kinks: Kinks, tolerance: float | None) -> Report:
    """The report on derivatives that a user gives.

    Args:
        call: The function and its arguments.
        derivatives: The given derivatives by their names: "gradient", "jacobian", "hessian"; and
            the VALUE that comes with a gradient.
        kinks: As for ``check_gradients``.
        tolerance: As for ``check_gradients``.

    Raises:
        GradientError: As ``check_gradients``, which also tells when Inconclusive, TypeError and
            ValueError are raised.
    """
    true = Derivatives(call, tolerance)
    components: list[Component] = []
    for name, derivative in derivatives.items():
        found = _returned(call, name, derivative)
        components += _compared(true, name, derivative, found, kinks)
        if callable(derivative):
            _beside(call, name, derivative, kinks, tolerance, found)
    truths = true.second if derivatives.keys() == {"hessian"} else true.first
    return report(components, truths, true.notes)


def _compared(
    true: Derivatives, name: str, derivative: Any, found: Any, kinks: Kinks
) -> list[Component]:
    """Each number of a derivative, compared; none for a value. Raises as ``check_gradients``."""
    if name != VALUE:
        return Comparison(true, name, derivative, found).components(kinks)
    slack, got = max(true.box.epsilon**0.75, true.box.noise), _flat(found)
    if len(got) != len(true.outputs):
        raise TypeError(f"has_value: expected {len(true.outputs)} values, got {len(got)}")
    for output, g, y in zip(true.outputs, got, true.values, strict=True):
        if not same(g, y, slack):
            lines = f"  expected   {y!r}, which f returns\n  got        {g!r}"
            said = f"wrong gradient: {output}, the value beside the gradient is not f's\n{lines}"
            raise GradientError(said, component=output, got=g, expected=y)
    return []


def _returned(call: Call, name: str, derivative: Any) -> Any:
    """What the derivative returns, called with copies of the arguments."""
    if not callable(derivative):
        return derivative
    args = call.at(call.point)
    found = derivative(*args)
    if changed := call.changed(args):
        raise GradientError(
            f"wrong gradient: {name} changed its argument {changed}; let it work on a copy",
            pattern="changes its argument",
        )
    return found


def _beside(
    call: Call,
    name: str,
    derivative: Callable[..., Any],
    kinks: Kinks,
    tolerance: float | None,
    found: Any,
) -> None:
    """Compare a derivative a little beside the point: it may be right at one point alone."""
    before = repr(_flat(found))  # in which NaN is the same as NaN
    true, again, refused = _near(call, tolerance), None, None
    try:
        again = _returned(true.call if true else call, name, derivative)
    except GradientError:
        raise
    except Exception as error:  # whatever the user's code raises
        refused = error
    if repr(_flat(found)) != before:
        raise GradientError(
            f"wrong gradient: what {name} returned was changed by the next call; let it return a "
            "copy",
            pattern="changes what it returned",
        )
    if not true:
        return
    try:
        if refused:
            _refused(true, name, refused)
            return
        _compared(true, name, derivative, again, kinks)
    except Inconclusive:
        return
    except (GradientError, TypeError) as error:
        said = f"{error}\nit is right at the point given, but not beside it, at {true.call}"
        error.args = (said,)
        raise


def _near(call: Call, tolerance: float | None) -> Derivatives | None:
    """The true derivatives a little beside the point; None if f is undefined on both sides."""
    for side in (1, -1):
        with suppress(Exception):  # there f may be undefined, and say so as it likes
            true = Derivatives(call.beside(side), tolerance)
            if all(map(math.isfinite, true.values)):
                return true
    return None


def _refused(true: Derivatives, name: str, error: Exception) -> None:
    """Raise GradientError if a derivative raised an error where all its numbers are known."""
    truths = true.second if name == "hessian" else true.first
    verdicts = [judge(math.nan, t, true.relative) for row in truths for t in row]
    if all(verdict.says == "wrong" for verdict in verdicts):  # there is a number, but it is not NaN
        said = f"wrong gradient: {name} raised {type(error).__name__}: {error}"
        raise GradientError(said, pattern=f"raises {type(error).__name__}")


def _flat(found: Any) -> list[float]:
    return [float(x) for _, x in walk(found)]

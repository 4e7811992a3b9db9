"""``check_gradients`` compares derivatives, ours or anybody's, with the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

from hypothesis import currently_in_test_context, reject

from ..domain import DomainError
from ..transforms import hessian, jacobian
from .call import Call
from .given import VALUE, given
from .judge import Kinks
from .report import GradientError, Inconclusive, Report

MODES = ("rev", "fwd")

HIGHEST = 6
"""The highest order that is checked. Each order takes about four times as long as the one below."""


def check_gradients(
    f: Callable[..., Any],
    *args: Any,
    gradient: Any = None,
    jacobian: Any = None,
    hessian: Any = None,
    has_value: bool = False,
    argnums: int | Sequence[int] | None = None,
    order: int = 1,
    modes: Sequence[str] = MODES,
    kinks: Kinks = "between",
    tolerance: float | None = None,
) -> Report:
    """A report of how many digits the derivatives of f at these arguments share with the truth.

    The derivatives that are checked are those given as ``gradient``, ``jacobian`` or ``hessian``.
    If none is given, ours are checked: the partials of every node, and the derivatives of f as a
    whole.

    The truth for a function that can be called with Values is certified. The textbook definition of
    every primitive is run on balls, numbers that enclose the true result, at rising precision. A
    partial must agree to ten digits (2⁻³³), or to the change that moving its operands by 16 units
    in their last place makes. A derivative of the whole must agree to ten digits. If rounding in
    the sweep costs more, a first derivative must agree to 2⁻³³ of the sum of the absolute values of
    its paths, times the number of nodes, and one of higher order to 2⁻³³ of the sum of its terms.
    At least three digits must be left. At a kink, a slope that no power series has, as that of
    x·log x at 0, is estimated from quotients of balls.

    A given gradient or Jacobian of such a function must agree to nine digits (2⁻³⁰), a Hessian to
    2⁻²⁶. Both may be off by what rounding costs: in the sums of the sweep, by moving the inputs by
    16 units in their last place, and by rounding the nodes, since textbooks write 1 − y² for the
    slope of y = tanh x. At least three digits must be left. If a first derivative is no larger than
    what moving the inputs changes, it counts as 0: so it is at the optimum of a fit.

    For any other function the truth is estimated by adaptive differences; with float64 if f then
    computes with float64. A derivative must agree to half the digits of f's floats (2⁻²⁶, for
    float32 2⁻¹¹·⁵) and a Hessian to a third, plus twice the estimated error. If f computes with
    float32 or float16, so must the derivatives of a function that can be called with Values. Two
    digits of float32 must be left. A wrong number tells a wrong formula if float64 is no nearer to
    the truth, and else that digits were lost.

    A derivative may be right at one point alone. So each primitive, and each given derivative that
    is a function, is compared a little beside the point, too.

    Args:
        f: A function of numbers, arrays and nested containers of them.
        *args: The arguments of f at which the derivatives are compared. An input is one number
            in the arguments that f is differentiated by, an output one number in its result.
        gradient: The gradient to check: a function of the same arguments, or what it returns. It
            has one number for each input, in containers as the arguments are, or in one list or
            array if these are no dicts. If it is by some of the arguments alone, say which:
            ``argnums=0``.
        jacobian: The Jacobian to check, given in the same way: laid out as ours and JAX's are, or
            as a matrix with a row for each output and a column for each input.
        hessian: The Hessian to check, given in the same way: laid out as ours and JAX's are, or as
            n rows of n numbers for n inputs. f must have one output.
        has_value: True if ``gradient`` returns the pair (value, gradient), as ``value_and_grad``
            does; or, if no gradient is given, if f itself returns this pair.
        argnums: The positions of the arguments to differentiate by. Default: all that are made of
            numbers.
        order: The highest order of our derivatives that is checked, from 1 to 6. For given
            derivatives there is none: give ``hessian``.
        modes: Which of our sweeps are checked: reverse ("rev"), forward ("fwd"), or both.
        kinks: What passes at a kink: any number between the one-sided slopes ("between"), or only
            a slope that exists ("exact"). Beside a jump, slopes are those of the pieces.
        tolerance: How far off a given derivative may be, relatively, if f is noisy: a simulation,
            or an iteration that ends early. The truth is then estimated by differences, which only
            need to be good to this tolerance.

    Returns:
        Each derivative with the truth and the number of digits that agree. It prints as a table.

    Raises:
        GradientError: If a derivative is wrong. The message names the guilty node or component and
            the kind of failure. It is an AssertionError.
        Inconclusive: If the check could not tell right from wrong. Inside Hypothesis's ``@given``
            the example is rejected instead.
        TypeError: If no argument is made of numbers, argnums are no positions in args, or a given
            derivative has another shape.
        ValueError: If order, modes, kinks or tolerance are none of the above, or if f, called
            again, does not return the same numbers.
        ImportError: If our derivatives are to be checked and python-flint is not installed.

    Cost:
        About 0.1 ms a node; for a second derivative, and n inputs, n sweeps over the graph. A
        derivative that no precision settles is Inconclusive after a second, all after some twenty.
        For a black box of n inputs, at the point and once more beside it: 43 + 14·n calls of f for
        a gradient, and 14·n² for a Hessian. Its Hessian at n = 20 takes 11,000 calls and 0.2 s, at
        n = 40 45,000 calls and 1 s. It takes some five times as many if f is not smooth, or noisy,
        or if most entries are 0.

    Example:
        >>> from micrograph import math
        >>> print(check_gradients(lambda x, y: x * math.exp(-y), 2.0, 0.5))
        derivative  value                truth                digits agreed
        ∂y/∂x       0.6065306597126334   0.6065306597126334   16.0
        ∂y/∂y       -1.2130613194252668  -1.2130613194252668  16.0
        truth certified to 30 digits
    """
    __tracebackhide__ = True  # pytest then shows the caller's line
    modes = (modes,) if isinstance(modes, str) else modes
    if not modes or not set(modes) <= set(MODES):
        raise ValueError(f'modes: expected "rev", "fwd" or both, got {modes!r}')
    if kinks not in ("between", "exact"):
        raise ValueError(f'kinks: expected "between" or "exact", got {kinks!r}')
    if not hasattr(order, "__index__") or isinstance(order, bool) or order < 1:
        raise ValueError(f"order: expected 1, 2, 3 …, got {order!r}")
    if order > HIGHEST:
        raise ValueError(f"order: up to {HIGHEST} are checked, got {order}; each takes longer")
    value = None
    if has_value and gradient is None:
        if jacobian is not None or hessian is not None:
            raise ValueError("has_value: give gradient=, which returns the pair (value, gradient)")
        f, gradient = _halves(f, "f")
    elif has_value:
        value, gradient = _halves(gradient, "gradient")
    if tolerance is not None and not (0 < tolerance < 1):
        raise ValueError(f"tolerance: expected a number between 0 and 1, got {tolerance!r}")
    given_ = {VALUE: value, "gradient": gradient, "jacobian": jacobian, "hessian": hessian}
    derivatives = {name: d for name, d in given_.items() if d is not None}
    if derivatives and order > 1:
        raise ValueError("order: a given derivative is checked as it is; give hessian= for order 2")
    if tolerance is not None and not derivatives:
        raise ValueError("tolerance: our own derivatives have none; give gradient= or jacobian=")
    call = Call(f, args, argnums)
    try:
        if derivatives:
            return given(call, derivatives, kinks, tolerance)
        return _ours(call, order, modes, kinks)
    except GradientError as error:
        raise error.with_traceback(None) from None  # the caller need not see how it was found
    except Inconclusive as error:
        if currently_in_test_context():
            reject()
        raise error.with_traceback(None) from None


def _halves(found: Any, what: str) -> tuple[Any, Any]:
    """The value and the gradient that come, or that a function returns, as a pair."""
    if callable(found):
        halves = (lambda *args, k=k: _halves(found(*args), what)[k] for k in range(2))
        value, gradient = (update_wrapper(half, found) for half in halves)  # for its names
        return value, gradient
    try:
        value, gradient = found
    except (TypeError, ValueError):
        raise TypeError(
            f"{what}: expected the pair (value, gradient), got {found!r:.80}; leave out has_value?"
        ) from None
    return value, gradient


def _ours(call: Call, order: int, modes: Sequence[str], kinks: Kinks) -> Report:
    from .computed import examined  # here, so that checks of other functions need no python-flint
    from .recorded import Recorded

    try:
        record = Recorded(call.flat, call.point, call.inputs, call.outputs)
    except (DomainError, ZeroDivisionError, OverflowError) as refused:
        said = f"outside the domain: {refused}; f was called at {call}"
        raise GradientError(said, "outside the domain") from None
    if not record.held:  # a solution, or a derivative that the user wrote
        return _estimated(call, order, len(record.values), kinks)
    call.steady(record.values, call.numbers_at(call.point), 0.0)
    return examined(record, order, modes, kinks)


def _estimated(call: Call, order: int, outputs: int, kinks: Kinks) -> Report:
    """Our derivatives of a function that is in part Python code, beside differences of it."""
    if order > 2:
        raise ValueError("order: up to 2 are checked if f calls mg.root or the like")
    which = call.places if len(call.places) > 1 else call.places[0]
    ours = {"jacobian": jacobian(call.f, which)}
    if order == 2 and outputs == 1:
        ours["hessian"] = hessian(call.f, which)
    return given(call, ours, kinks, None)

"""``check_gradients`` compares derivatives, ours or anybody's, with the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import currently_in_test_context, reject

from ..domain import DomainError
from . import labels
from .call import Call
from .given import given
from .higher import HIGHEST
from .ours import examined
from .report import GradientError, Inconclusive, Report
from .rule import Kinks

MODES = ("rev", "fwd")


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
) -> Report:
    """A report of how many digits the derivatives of f at these arguments share with the truth.

    The derivatives that are checked are those given as ``gradient``, ``jacobian`` or ``hessian``.
    If none is given, ours are checked: the partials of every node, and the derivatives of f as a
    whole.

    The truth for a node is the textbook definition of its primitive, evaluated at fifty digits and
    differenced. With more than 32 operands the differences go along all of them at once. A partial
    must agree to ten digits (2⁻³³), or to the change that moving its operands by 16 units in their
    last place makes. A first derivative of the whole must agree to ten digits. If rounding in the
    sweep costs more, it must agree to 2⁻³³ of the sum of the absolute values of its paths, times
    the number of nodes. A derivative of higher order must be the truth to 2⁻²⁰ if its steps are
    done at fifty digits. In floats it must agree to ten digits of the sum of the absolute values of
    its terms.

    A given gradient or Jacobian must agree to nine digits (2⁻³⁰) if f can be called with Values.
    If it can't, the truth comes from adaptive differences or a complex step. Then the derivative
    must agree to half the digits of f's floats (2⁻²⁶, for float32 2⁻¹¹·⁵), plus four times the
    estimated error of the truth. A given Hessian must agree to 2⁻²⁶, or, if f can't be called with
    Values, to a quarter of the digits of f's floats.

    A derivative may be right at one point alone. So each primitive, and each given gradient or
    Jacobian that is a function, is compared a little beside the point, too.

    Args:
        f: A function of numbers, arrays and nested containers of them.
        *args: The arguments of f at which the derivatives are compared. An input is one number
            in the arguments that f is differentiated by, an output one number in its result.
        gradient: The gradient to check: a function of the same arguments, or the numbers that it
            returns, one for each input. As SciPy has it, a gradient by the first argument alone
            will do, too.
        jacobian: The Jacobian to check, given in the same way: for each output a row of one number
            for each input.
        hessian: The Hessian to check, given in the same way: n rows of n numbers for n inputs. f
            must have one output.
        has_value: True if ``gradient`` returns the pair (value, gradient), as ``value_and_grad``
            does; or, if no gradient is given, if f itself returns this pair.
        argnums: The positions of the arguments to differentiate by. Default: all that are made of
            numbers.
        order: The highest order of our derivatives that is checked, from 1 to 6.
        modes: Which of our sweeps are checked: reverse ("rev"), forward ("fwd"), or both.
        kinks: What passes at a kink: any number between the one-sided slopes ("between"), or only
            a slope that exists ("exact").

    Returns:
        Each derivative with the truth and the number of digits that agree. It prints as a table.

    Raises:
        GradientError: If a derivative is wrong. The message names the guilty node or component and
            the kind of failure. It is an AssertionError.
        Inconclusive: If the check could not tell right from wrong. Inside Hypothesis's ``@given``
            the example is rejected instead.
        TypeError: If no argument is made of numbers, argnums are no positions in args, or a given
            derivative has too many or too few numbers.
        ValueError: If order, modes or kinks are none of the above, or if f, called again, does not
            return the same numbers.

    Cost:
        Some milliseconds on a small graph: about 0.5 ms a node, and 0.1 ms a node and input.

    Example:
        >>> from micrograph import math
        >>> print(check_gradients(lambda x, y: x * math.exp(-y), 2.0, 0.5))
        derivative  value                truth                digits agreed
        ∂y/∂x       0.6065306597126334   0.6065306597126334   16.0
        ∂y/∂y       -1.2130613194252668  -1.2130613194252668  16.0
    """
    __tracebackhide__ = True  # pytest then shows the caller's line
    if not modes or not set(modes) <= set(MODES):
        raise ValueError(f'modes: expected "rev", "fwd" or both, got {modes!r}')
    if kinks not in ("between", "exact"):
        raise ValueError(f'kinks: expected "between" or "exact", got {kinks!r}')
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"order: expected 1, 2, 3 …, got {order!r}")
    if order > HIGHEST:
        raise ValueError(f"order: up to {HIGHEST} are checked, got {order}; each takes longer")
    if has_value and gradient is None:
        f, gradient, has_value = _halves(f)
    given_ = {"gradient": gradient, "jacobian": jacobian, "hessian": hessian}
    derivatives = {name: d for name, d in given_.items() if d is not None}
    call = Call(f, args, argnums)
    try:
        if derivatives:
            return given(call, derivatives, has_value, kinks)
        return _ours(call, order, modes, kinks)
    except GradientError as error:
        raise error.with_traceback(None) from None  # the caller need not see how it was found
    except Inconclusive as error:
        if currently_in_test_context():
            reject()
        raise error.with_traceback(None) from None


def _halves(f: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any], bool]:
    """f, gradient and has_value for an f that returns pairs: two functions, and False."""

    def value(*args: Any) -> Any:
        return f(*args)[0]

    value.__name__ = labels.output(f)
    return value, lambda *args: f(*args)[1], False


def _ours(call: Call, order: int, modes: Sequence[str], kinks: Kinks) -> Report:
    try:
        record = call.record()
    except (DomainError, ZeroDivisionError, OverflowError) as refused:
        error = GradientError(f"outside the domain: {refused}; f was called at {call}")
        error.kind = "outside the domain"
        raise error from None
    call.steady(record.values, call.record().values, 0.0)
    return examined(record, order, modes, kinks)

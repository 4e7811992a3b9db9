"""``check_gradients``: proves derivatives right, ours or anybody's, or says what is wrong."""

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
    """The derivatives of f at these arguments beside the truth: a report of the digits that agree.

    f:         a function of numbers, arrays and nested containers of them
    args:      where
    gradient, jacobian, hessian: the derivatives to be checked, from anywhere: functions of the same
               arguments, or what they return. A gradient is by all arguments that are
               differentiated by, or by the first, as SciPy has it. Without any, ours are checked
    has_value: ``gradient`` returns the pair (value, gradient), as ``value_and_grad`` does; where
               there is none, f itself does
    argnums:   which arguments to differentiate by (default: all that are made of numbers)
    order:     up to which order our derivatives are checked; 6 at most
    modes:     whether by reverse sweeps ("rev"), forward ones ("fwd"), or both
    kinks:     at a kink, whether any number between the one-sided slopes will do ("between"), or
               only a slope that exists ("exact")

    Ours are checked node by node, each partial against the textbook definition of its primitive at
    fifty digits (of more than 32 operands by differences along all), and as a whole. A partial
    must agree to ten digits (2⁻³³), or to what moving its operands by 16 units in their last place
    changes; of the whole as much, of the largest path. A derivative above the first must be the
    truth to 2⁻²⁰ where its steps are done at fifty digits, and in floats to ten digits of the
    terms that they add up.
    A given derivative must agree to nine digits (2⁻³⁰) where f can be recorded on Values. Else the
    truth is that of adaptive differences, or of a complex step, and it must agree to half the
    digits of f's floats (2⁻²⁶, of float32 2⁻¹¹·⁵) and four times the estimated error.
    All is compared a little beside the point too: a rule may be right at one point alone.

    Cost: some milliseconds on a small graph, about 0.5 ms a node and 0.1 ms a node and input.
    Raises: GradientError, an AssertionError, where a derivative is wrong: it names the guilty node
    or component and the kind of failure. Inconclusive where nothing could be told; inside
    Hypothesis's ``@given`` the example is rejected instead. TypeError and ValueError for arguments
    that make no sense, and for a function that does not return the same again.

    >>> from micrograph import math
    >>> print(check_gradients(lambda x, y: x * math.exp(-y), 2.0, 0.5))
    derivative  value                truth                digits agreed
    ∂y/∂x       0.6065306597126334   0.6065306597126334   16.0
    ∂y/∂y       -1.2130613194252668  -1.2130613194252668  16.0
    """
    __tracebackhide__ = True  # pytest shows the line that called
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
        raise error.with_traceback(None) from None  # pytest need not show how it was found
    except Inconclusive as error:
        if currently_in_test_context():
            reject()
        raise error.with_traceback(None) from None


def _halves(f: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any], bool]:
    """A function that returns (value, gradient), as the two functions."""

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

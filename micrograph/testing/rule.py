"""One row at some operands, examined: its value and partials against the truth.

The tolerance is ten digits, a relative 2⁻³³. If the row is so steep there that floats can't tell, a
number may be off by the change that moving each operand by 16 units in its last place makes. At a
kink any number between the one-sided slopes passes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, Literal

import mpmath

from ..core import Primitive
from ..namespaces.floats import FLOAT
from ..namespaces.mpmath import MPMATH
from . import truth
from .report import Finding, Inconclusive, operand_names
from .truth import Settled
from .wide import slopes

Kinks = Literal["between", "exact"]
Partials = Sequence[float | None]

RELATIVE = 2.0**-33
ULPS = 16
TOLERANCE = f"{RELATIVE:.1e} relative, or what {ULPS} ULP of the operands change"


def close(got: float, exact: Settled, relative: float = RELATIVE, absolute: Any = 0) -> bool:
    """Whether a float agrees with the truth, as far as the truth is known."""
    y = exact.number
    if got == y or (math.isinf(got) and got * y > 0 and abs(y) > sys.float_info.max):
        return True
    if not (math.isfinite(got) and mpmath.isfinite(y)):
        return False
    allowed = (relative + 4 * mpmath.ldexp(1, -int(exact.bits))) * abs(y) if exact.known else 0
    return bool(abs(got - y) <= allowed + absolute + sys.float_info.min)


def differ(left: Settled, right: Settled) -> bool:
    """Whether two one-sided slopes are both known and differ."""
    return bool(left.known and right.known and not close(float(left.number), right, 2.0**-20))


def between(got: float, left: Any, right: Any, relative: float = RELATIVE) -> bool:
    """Whether a slope lies between the one-sided ones."""
    low, high = sorted((left, right))
    slack = relative * max((abs(x) for x in (low, high) if mpmath.isfinite(x)), default=0)
    return bool(low - slack <= got <= high + slack)


def examine(
    row: Primitive,
    xs: Sequence[float],
    y: float | None = None,
    partials: Partials | None = None,
    kinks: Kinks = "between",
) -> Finding | None:
    """What is wrong with the row at these operands; None if nothing is.

    Args:
        row: The row.
        xs: The operands.
        y: The value that was computed there. Default: what floats give.
        partials: The partials that were computed there. Default: what floats give. A partial of
            None is skipped.
        kinks: As for ``check_gradients``.

    Raises:
        Inconclusive: If nothing could be told.

    Cost:
        Some 0.3 ms a partial.
    """
    xs = tuple(xs)
    point: Any = xs
    if not all(map(math.isfinite, xs)):
        return None  # no truth is known there
    if y is None:
        y = float(FLOAT.value(row, xs))
    if not row.vectors and point not in row.domain:
        note = f"expected {row.domain.describe(*row.arguments)}, yet it is computed"
        return Finding("outside the domain", row, xs, None, y, truth.UNKNOWN, note=note)
    if partials is None:
        partials = FLOAT.partials(row, y, xs)
    return _value(row, xs, y) or _partials(row, xs, partials, kinks)


def _value(row: Primitive, xs: tuple[float, ...], y: float) -> Finding | None:
    exact = truth.value(row, xs)
    if close(y, exact) or truth.is_opaque(row) or not math.isfinite(y):
        return None
    if close(y, exact, absolute=change(xs, exact, lambda xs: truth.value(row, xs))):
        return None
    if not exact.known:
        raise Inconclusive(f"{row.name} at {xs}: its definition could not be evaluated")
    kind, note = "wrong rule", ""
    if row.stable and _right(lambda xs: row.stable(MPMATH, *row.arrange(xs)), xs, y, exact):  # type: ignore[misc]  # not None
        kind, note = "cancellation", "its formula is right, but floats lose its digits here"
    return Finding(kind, row, xs, None, y, exact, note=note)


def _partials(
    row: Primitive, xs: tuple[float, ...], partials: Partials, kinks: Kinks
) -> Finding | None:
    kinked = truth.at_kink(row, xs)
    true = None if kinked else slopes(row, xs)
    if true and all(g is None or close(g, d) for g, d in zip(partials, true, strict=True)):
        return None
    for i, got in enumerate(partials):
        if got is not None and not is_static(row, i):
            finding = _partial(row, xs, i, got, kinked, kinks)
            if finding:
                return finding
    return None


def is_static(row: Primitive, i: int) -> bool:
    """Whether nobody differentiates by the row's i-th operand."""
    return not row.vectors and row.arguments[i] in row.static


def _partial(
    row: Primitive, xs: tuple[float, ...], i: int, got: float, kinked: bool, kinks: Kinks
) -> Finding | None:
    exact = truth.slope(row, xs, i)
    if close(got, exact) and not kinked:
        return None
    left, right = (truth.slope(row, xs, i, side) for side in (-1, 1))
    if differ(left, right):
        lies = between(got, left.number, right.number)
        if lies and kinks == "between":
            return None
        note = f"its slope jumps here, and ours {'lies' if lies else 'does not lie'} between"
        return Finding("kink", row, xs, i, got, exact, (left.number, right.number), note)
    if not exact.known:
        exact = left if left.known else right
    if close(got, exact):
        return None
    if not exact.known or (truth.is_opaque(row) and exact.bits < 20):
        if math.isfinite(got):
            by = operand_names(row, len(xs))[i]
            raise Inconclusive(f"{row.name} at {xs}: the slope by {by} could not be found")
        return None
    if mpmath.isinf(exact.number) and truth.jumps(row, xs, i):
        return None
    if close(got, exact, absolute=change(xs, exact, lambda xs: truth.slope(row, xs, i))):
        return None

    def rule(xs: Sequence[Any]) -> Any:
        return row.partials_at(MPMATH, truth.value(row, xs).number, xs)[i]

    if _right(rule, xs, got, exact):
        note = "the rule is right, but floats lose its digits here"
        return Finding("cancellation", row, xs, i, got, exact, note=note)
    return Finding("wrong rule", row, xs, i, got, exact, note=_likeness(row, xs, i, got, exact))


def _likeness(row: Primitive, xs: tuple[float, ...], i: int, got: float, exact: Settled) -> str:
    """What a wrong partial looks like: a sign, a factor, the partial by another operand; or ""."""
    for j, name in enumerate(operand_names(row, len(xs))):
        if j != i and not is_static(row, j) and close(got, truth.slope(row, xs, j)):
            return f"it is the partial by {name}"
    for factor in (-1.0, 2.0, 0.5, -2.0, -0.5, 3.0, 4.0):
        if got and close(got / factor, exact):
            return "its sign is wrong" if factor == -1 else f"it is {factor:g} times the truth"
    return ""


def change(xs: Sequence[float], exact: Settled, at: Callable[[Sequence[float]], Settled]) -> Any:
    """How much a number changes if its operands move by ULPS units in their last place."""
    total = mpmath.mpf(0)
    for j, x in enumerate(xs):
        moved = at([*xs[:j], x + ULPS * math.ulp(x) if x else x, *xs[j + 1 :]])
        if moved.known and mpmath.isfinite(moved.number - exact.number):
            total += abs(moved.number - exact.number)
    return total


def _right(
    rule: Callable[[Sequence[Any]], Any], xs: Sequence[float], got: float, exact: Settled
) -> bool:
    """Whether a rule is right on numbers of fifty digits, so that the digits are lost on floats."""
    found = truth.settle(lambda: rule([mpmath.mpf(x) for x in xs]))
    if found.known:
        return close(float(found.number), exact)
    return close(got, exact, 1e-3)  # Python code runs on floats alone: is it off by little?

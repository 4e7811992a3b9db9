"""One row at some operands, examined: its value and partials against the truth.

The tolerance is ten digits, a relative 2⁻³³. If the row is so steep there that floats can't tell, a
number may be off by the change that moving each operand by 16 units in its last place makes. At a
kink any number between the one-sided slopes passes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ..core import Primitive
from ..namespaces.ball import BALL
from ..namespaces.floats import FLOAT
from ..namespaces.series import Undecided, arb, at_precision, ball
from . import truth
from .diagnosis import pattern
from .judge import Kinks, Truth, judge
from .report import GradientError, Inconclusive, guilty, operand_names
from .steps import partials as true_partials

RELATIVE = 2.0**-33
ULPS = 16
TOLERANCE = f"{RELATIVE:.1e} relative, or what {ULPS} ULP of the operands change"

EXACT = 128
"""So many bits hold a float moved by a part of a unit."""

FEW = 8
"""With more operands, all move at once to see how much a number changes."""

ORDINARY = 1e-290, 1e300
"""Errors in ULP are counted between these: smaller floats lose digits, larger ones overflow."""


class Pair(NamedTuple):
    """A number that a row gave, beside the truth. It is the row's value, or its i-th partial."""

    i: int | None
    got: float
    exact: Truth

    @property
    def ulps(self) -> float:
        """The error in ULP; 0 if the truth is not certified, or is tiny or huge."""
        size, (low, high) = abs(self.exact.number), ORDINARY
        if self.exact.sides or not (self.exact.certified and low < size < high):
            return 0.0
        return self.exact.off(self.got) / math.ulp(size)


def examine(
    row: Primitive,
    xs: Sequence[float],
    y: float | None = None,
    partials: Sequence[float | None] | None = None,
    kinks: Kinks = "between",
    **said: Any,
) -> list[Pair]:
    """The row's value and partials at these operands, each beside the truth, if they are right.

    Args:
        row: The row.
        xs: The operands. If one is infinite or NaN, nothing is compared.
        y: The value that was computed there. Default: what floats give.
        partials: The partials that were computed there. Default: what floats give. A partial of
            None is skipped.
        kinks: As for ``check_gradients``.
        **said: What the error should say: ``called``, ``names`` and ``note`` of ``guilty``.

    Raises:
        GradientError: If the value or a partial is wrong.
        Inconclusive: If nothing could be told.

    Cost:
        Some 20 to 100 µs a partial.
    """
    xs = tuple(xs)
    inside: Any = xs
    if not all(map(math.isfinite, xs)):
        return []
    y = float(FLOAT.value(row, xs)) if y is None else y
    if not row.vectors and inside not in row.domain:
        note = f"expected {row.domain.describe(*row.arguments)}, yet it is computed"
        raise guilty("outside the domain", row, xs, None, y, **{"note": note, **said})
    exact = truth.value(row, xs)
    _value(row, xs, y, exact, said)
    given = FLOAT.partials(row, y, xs) if partials is None else partials
    true = true_partials(row, xs)
    found = [Pair(None, y, exact)]
    for i, got in enumerate(given):
        if got is not None and row.slope_in(i):
            _partial(row, xs, y, i, got, true, kinks, said)
            found.append(Pair(i, got, true[i]))
    return found


def _value(
    row: Primitive, xs: tuple[float, ...], y: float, exact: Truth, said: dict[str, Any]
) -> None:
    if truth.is_opaque(row) or not math.isfinite(y):
        return
    verdict = judge(y, exact, RELATIVE)
    if verdict.says == "unknown":
        raise Inconclusive(f"{row.name} at {xs}: its definition could not be evaluated")
    if verdict.says != "wrong":
        return
    if _where_steep(row, y, xs, exact, lambda xs: truth.value(row, xs)) == "wrong":
        loses = row.stable and _right(lambda xs: row.stable(BALL, *row.arrange(xs)), xs, exact)  # type: ignore[misc]  # not None
        note = "its formula is right, but floats lose its digits here" if loses else ""
        kind: Any = "cancellation" if loses else "wrong rule"
        raise _error(kind, row, xs, None, y, exact, note, said)


def _partial(
    row: Primitive,
    xs: tuple[float, ...],
    y: float,
    i: int,
    got: float,
    true: Sequence[Truth],
    kinks: Kinks,
    said: dict[str, Any],
) -> None:
    exact = true[i]
    scale = abs(y / xs[i]) if xs[i] else abs(y)  # a slope that is tiny beside it counts as 0
    verdict = judge(got, exact, RELATIVE, kinks=kinks, scale=scale)
    if verdict.says == "right":
        return
    if verdict.says == "kink":
        raise _error("kink", row, xs, i, got, exact, verdict.note, said)
    if verdict.says == "unknown":
        zero = got == 0 == exact.number and exact.error < 1e-12  # f has underflowed all around
        if math.isfinite(got) and not zero:
            by = operand_names(row, len(xs))[i]
            raise Inconclusive(f"{row.name} at {xs}: the slope by {by} could not be found")
        return
    if _where_steep(row, got, xs, exact, lambda xs: true_partials(row, xs)[i]) == "right":
        return

    def rule(xs: Sequence[Any]) -> Any:
        return row.partials_at(BALL, BALL.value(row, xs), xs)[i]

    if not truth.is_opaque(row) and _right(rule, xs, exact):
        note = "the rule is right, but floats lose its digits here"
        if math.isinf(y):
            note = "the rule is right, but floats overflow in it: write another form, or a domain"
        raise _error("cancellation", row, xs, i, got, exact, note, said)
    names = said.get("names") or operand_names(row, len(xs))
    sloped = [k for k in range(len(xs)) if row.slope_in(k)]
    line = [[got if k == i else math.nan for k in sloped]]
    numbers = [[true[k].number for k in sloped]]
    note = pattern(line, numbers, sloped.index(i), 0, RELATIVE, [names[k] for k in sloped])
    raise _error("wrong rule", row, xs, i, got, exact, note, said)


def _error(
    kind: Any,
    row: Primitive,
    xs: Sequence[float],
    i: int | None,
    got: float,
    exact: Truth,
    note: str,
    said: dict[str, Any],
) -> GradientError:
    notes = "; ".join(filter(None, [note, said.get("note", "")]))
    return guilty(kind, row, xs, i, got, exact, tolerance=TOLERANCE, **{**said, "note": notes})


def _where_steep(
    row: Primitive,
    got: float,
    xs: Sequence[float],
    exact: Truth,
    at: Callable[[Sequence[float]], Truth],
) -> str:
    """The verdict if a number may be off by what it changes as its operands move by ULPS units.

    A few moves are tried first. An oscillating row may be back at the same number after each of
    them. So if they do not suffice, all moves are tried, and then parts of a unit.
    """
    few, every = (-ULPS, -7, 7, ULPS), [m for m in range(-ULPS, ULPS + 1) if m]
    parts = [] if row.vectors else [m / ULPS for m in every]
    for units in (few, every, parts):
        verdict = judge(got, exact, RELATIVE, _change(xs, exact, at, units))
        if verdict.says == "right":
            break
    return verdict.says


def _change(
    xs: Sequence[float],
    exact: Truth,
    at: Callable[[Sequence[float]], Truth],
    units: Sequence[float],
) -> float:
    """How much a number may change if its operands move by so many units in their last place."""
    total = 0.0
    for moves in _moves(len(xs), units):
        found = [
            at([_moved(x, m) if x else x for x, m in zip(xs, move, strict=True)]) for move in moves
        ]
        off = [abs((y.number - exact.number) + (y.rest - exact.rest)) for y in found if y.known]
        total += 2 * max((x for x in off if x < math.inf), default=0.0)
    return total


def _moved(x: float, units: float) -> Any:
    """x moved by so many units in its last place: a float, or a ball if no float is there."""
    step = units * math.ulp(x)
    return x + step if units % 1 == 0 else at_precision(EXACT, 1, lambda: arb(x) + step)


def _moves(n: int, units: Sequence[float]) -> Iterator[list[list[float]]]:
    """By how many units n operands move: each alone, up and down; all at once if they are many."""
    for i in range(n) if n <= FEW else ():
        yield [[m if k == i else 0 for k in range(n)] for m in units]
    if n > FEW:
        yield [[m if k % step else -m for k in range(n)] for m in (-ULPS, ULPS) for step in (1, 2)]


def _right(rule: Callable[[Sequence[Any]], Any], xs: Sequence[float], exact: Truth) -> bool:
    """Whether a rule is right on balls, so that the digits are lost on floats."""
    try:
        found = truth.climb(lambda: [ball(rule([ball(x) for x in xs])).series[0]], 1).numbers
    except (Undecided, TypeError, NotImplementedError):
        return False  # Python code runs on floats alone
    return bool(found) and judge(found[0].number, exact, RELATIVE).says == "right"


def at_kink(row: Primitive, xs: tuple[float, ...]) -> bool:
    """Whether the row has a kink at this point."""
    return row.kink is not None and row.kink(FLOAT, *row.arrange(xs)) == 0

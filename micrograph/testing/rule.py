"""One row at some operands, examined: its value and partials against the truth.

The tolerance is ten digits, a relative 2⁻³³. If the row is so steep there that floats can't tell, a
number may be off by the change that moving each operand by 16 units in its last place makes. At a
kink any number between the one-sided slopes passes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..core import Primitive
from ..namespaces.ball import BALL
from ..namespaces.floats import FLOAT
from ..namespaces.series import Undecided, arb, at_precision, ball
from . import steps, truth
from .diagnosis import pattern
from .judge import UNKNOWN, Kinks, Truth, judge
from .report import Inconclusive, Kind, guilty, operand_names

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
    true = steps.exact(row, xs)
    at = _At(row, xs, y, kinks, said)
    if not truth.is_opaque(row) and math.isfinite(y):
        _compared(at, None, y, true)
    found = [Pair(None, y, true[None])]
    for i, got in enumerate(FLOAT.partials(row, y, xs) if partials is None else partials):
        if got is not None and row.slope_in(i):
            _compared(at, i, got, true)
            found.append(Pair(i, got, true[i]))
    return found


class _At(NamedTuple):
    """Where a number was found: the row, its operands and value; and what is said of it."""

    row: Primitive
    xs: tuple[float, ...]
    y: float
    kinks: Kinks
    said: dict[str, Any]

    def error(self, kind: Kind, i: int | None, got: float, exact: Truth, note: str) -> Exception:
        notes = "; ".join(filter(None, [note, self.said.get("note", "")]))
        said = {**self.said, "note": notes}
        return guilty(kind, self.row, self.xs, i, got, exact, tolerance=TOLERANCE, **said)


def _compared(at: _At, i: int | None, got: float, true: dict[int | None, Truth]) -> None:
    """Raise GradientError if the value (i is None) or the i-th partial is wrong."""
    row, xs, y, kinks, said = at
    exact = true[i]
    if not (exact.certified or truth.is_opaque(row)):
        exact = UNKNOWN  # where a row is singular, its limit alone could be estimated
    names = said.get("names") or operand_names(row, len(xs))
    # A slope that is tiny beside this counts as 0.
    scale = 0.0 if i is None else abs(y / xs[i]) if xs[i] else abs(y)
    verdict = judge(got, exact, RELATIVE, kinks=kinks, scale=scale)
    if verdict.says == "kink":
        raise at.error("kink", i, got, exact, verdict.note)
    if verdict.says == "unknown":
        zero = got == 0 == exact.number and exact.error < 1e-12  # f has underflowed all around
        if math.isfinite(got) and not zero:
            what = "its value" if i is None else f"the slope by {names[i]}"
            raise Inconclusive(f"{row.name} at {xs}: {what} could not be found")
    if verdict.says != "wrong" or _where_steep(row, got, xs, i, exact) == "right":
        return
    if not truth.is_opaque(row) and _right(row, xs, i, exact):
        note = f"{'its formula' if i is None else 'the rule'} is right, but floats "
        overflow = "overflow in it: write another form, or a domain"
        note += "lose its digits here" if math.isfinite(y) else overflow
        raise at.error("cancellation", i, got, exact, note)
    note = ""
    if i is not None:
        sloped = [k for k in range(len(xs)) if row.slope_in(k)]
        line = [[got if k == i else math.nan for k in sloped]]
        trues = [[true[k].number for k in sloped]]
        place, called = sloped.index(i), [names[k] for k in sloped]
        note = pattern(line, trues, place, 0, RELATIVE, called)
    raise at.error("wrong rule", i, got, exact, note)


def _exact(row: Primitive, xs: Sequence[float], i: int | None) -> Truth:
    return truth.value(row, xs) if i is None else steps.exact(row, xs)[i]


def _where_steep(
    row: Primitive, got: float, xs: Sequence[float], i: int | None, exact: Truth
) -> str:
    """The verdict if a number may be off by what it changes as its operands move by ULPS units.

    A few moves are tried first. An oscillating row may be back at the same number after each of
    them. So if they do not suffice, all moves are tried, and then parts of a unit.
    """
    few, every = (-ULPS, -7, 7, ULPS), [m for m in range(-ULPS, ULPS + 1) if m]
    parts = [] if row.vectors else [m / ULPS for m in every]
    for units in (few, every, parts):
        verdict = judge(got, exact, RELATIVE, _change(row, xs, i, exact, units))
        if verdict.says == "right":
            break
    return verdict.says


def _change(
    row: Primitive, xs: Sequence[float], i: int | None, exact: Truth, units: Sequence[float]
) -> float:
    """How much a number may change if its operands move by so many units in their last place."""
    total = 0.0
    for moves in _moves(len(xs), units):
        near = ([_moved(x, m) if x else x for x, m in zip(xs, move, strict=True)] for move in moves)
        found = [_exact(row, xs, i) for xs in near]
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


def _right(row: Primitive, xs: Sequence[float], i: int | None, exact: Truth) -> bool:
    """Whether the formula, or the rule, is right on balls: then floats lose its digits."""

    def on_balls() -> list[Any]:
        numbers = [ball(x) for x in xs]
        if i is None:
            y = row.stable(BALL, *row.arrange(numbers))  # type: ignore[misc]  # None is no function: caught below
            return [ball(y).series[0]]
        return [ball(row.partials_at(BALL, BALL.value(row, numbers), numbers)[i]).series[0]]

    try:
        found = truth.climb(on_balls, 1).numbers
    except (Undecided, TypeError, NotImplementedError):
        return False  # Python code runs on floats alone, or there is no such formula
    return bool(found) and judge(found[0].number, exact, RELATIVE).says == "right"


def at_kink(row: Primitive, xs: tuple[float, ...]) -> bool:
    """Whether the row has a kink at this point."""
    return row.kink is not None and row.kink(FLOAT, *row.arrange(xs)) == 0

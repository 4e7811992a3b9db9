"""``check_primitive`` checks a row over its domain."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from types import FunctionType
from typing import Any, NamedTuple

from ..core import UNLISTED, Primitive
from ..engine.reading import topological
from ..engine.recording import VALUE
from ..engine.value import Value
from ..namespaces.floats import FLOAT
from ..namespaces.text import show
from ..special import incomplete, incomplete_beta
from ..transforms import grad, jacobian
from ..vectors import TEXTBOOK, norm
from . import truth
from .computed import first_order, higher_order
from .judge import Kinks, digits
from .points import VECTOR, net, points
from .recorded import Recorded, alone
from .report import GradientError, Inconclusive, guilty
from .rule import Pair, at_kink, examine

DEEP, FEWER = 24, 6
"""At so many points derivatives by sweeps are compared, too, and those of higher order; and at so
many of SLOW rows. The numbers of a vector share the points."""

SLOW = {*incomplete.ROWS, *incomplete_beta.ROWS}
"""Rows that take a millisecond at each point. 55 % of the points are tried."""

SLOWEST = "betainc_slope"
"""This row takes five. A fifth of the points is tried."""

ROUGH = 2.0**-16
"""If two values tell a slope that differs by more, relatively, its point is tried."""


class Worst(NamedTuple):
    """The largest error, in units in the last place (ULP), and the operands at which it was met.

    If nothing was measured, ``ulps`` is NaN, which is not less than any bound.
    """

    ulps: float = 0.0
    at: tuple[float, ...] = ()


class Accuracy(NamedTuple):
    """The largest errors of a row that passed. ``check_primitive`` returns them, and they print.

    An error is a pair: ``ulps``, in units in the last place (ULP), and ``at``, the operands at
    which it was met. If no certified truth was there to compare with, ``ulps`` is NaN. This is so
    for a row made from Python code for its value; ``digits`` tells of its partials. A row of steps
    or of choices has slopes that are exact, and an error of 0.

    Attributes:
        row: The row.
        points: At how many points it was tried.
        value: The largest error of its value.
        first: The largest error of a first partial.
        second: The largest error of a second partial.
        digits: To how many digits, at least, first partials agree with those that differences of
            the value give. NaN if the truth is certified.

    Example:
        >>> import micrograph as mg
        >>> print(check_primitive(mg.neg, n=20))
        neg: 50 points; value 0 ULP; first partials 0 ULP; second partials 0 ULP
    """

    row: Primitive
    points: int
    value: Worst
    first: Worst
    second: Worst
    digits: float = math.nan

    def __str__(self) -> str:
        named = zip(("value", "first partials", "second partials"), self[2:5], strict=True)
        parts = [
            f"{name} {worst.ulps:.2g} ULP"
            + (f" at {', '.join(map(show, worst.at))}" if worst.at else "")
            if worst.ulps >= 0
            else f"{name} not compared"
            for name, worst in named
        ]
        if self.digits >= 0:
            parts[1] = f"first partials agree to {int(self.digits)} digits (estimated)"
        return f"{self.row.name}: {self.points} points; {'; '.join(parts)}"


def check_primitive(
    row: Primitive | Callable[..., Any],
    *,
    n: int = 400,
    order: int = 2,
    kinks: Kinks = "between",
    seed: int = 0,
) -> Accuracy:
    """How accurate a row is over its domain, be it ours or one made by ``mg.primitive``.

    A function whose result is a vector, such as ``mg.softmax``, is checked as rows are: each number
    of its result is taken for a row of its own.

    The row is tried at points of its domain: simple ones first, then its ends, kinks, tails and
    powers of two, and then a net over all magnitudes from 1e-6 to 1e6, so close that no stretch is
    missed that ends at 1.1 times its beginning. At each, its value and first partials are compared
    with its textbook definition, run on balls: the truth is certified. Then, at some of the points,
    derivatives by reverse and forward sweeps are compared up to the given order. The tolerance is
    that of ``check_gradients``. If the row was made from Python code for its value, there is
    nothing to compare the value with. Its partials are compared with adaptive differences of the
    value, and no higher order is. The errors in ULP are NaN then, so a test such as
    ``found.first.ulps < 4`` fails. A test that ``check_primitive`` does not raise is enough;
    ``found.digits`` tells how well partials agree.

    Args:
        row: A row of the table, or one of ``mg.softmax``, ``mg.log_softmax``, ``mg.cumsum`` and
            ``mg.norm``.
        n: How many points are tried before the net, which has up to 1.5 times as many. Each number
            of a vector is tried at half of n. The incomplete gamma and beta functions, which take a
            millisecond at each point, are tried at 55 % of n, and ``betainc_slope``, which
            takes five, at a fifth. For all of these, and for rows of vectors, there is no net. Of
            Python code those points of the net are tried at which two values contradict a partial.
        order: The highest order of the derivatives by sweeps.
        kinks: As for ``check_gradients``.
        seed: Another seed gives other points.

    Returns:
        The largest errors of its value, its first and its second partials. What was not measured
        is NaN. If the result is a vector, they are those of the number that is furthest off.

    Raises:
        GradientError: If the row is wrong at a point. It shows the first, simplest such point. One
            at which floats lose digits is shown if the rule is right at all others.
        Inconclusive: If nothing could be told at more than a quarter of the points.
        ValueError: If no point of the domain is found.
        TypeError: If it is no row, and none of these functions.

    Cost:
        0.1 s for most rows, at most 0.5 s. A row made from Python code is called some 50 to 150
        times for each point and operand: 20,000 to 38,000 times in all, 0.2 to 0.7 s. None of its
        second derivatives is checked.

    Example:
        >>> import micrograph as mg
        >>> check_primitive(mg.sin, n=20).value.ulps < 1
        True
    """
    __tracebackhide__ = True
    rows = [row] if isinstance(row, Primitive) else []
    if not rows and isinstance(row, FunctionType) and row in TEXTBOOK:
        rows = _components(row)
    if not rows:
        raise TypeError(
            "check_primitive: expected a row, such as mg.sin, or a function of a vector, such as "
            f"mg.softmax; got {row!r:.80}. check_gradients checks any function at a point"
        )
    if kinks not in ("between", "exact") or order < 1 or n < 1:
        raise ValueError(
            f"expected n and order from 1 on, kinks between or exact; got {n}, {order}, {kinks!r}"
        )
    try:
        n = n if len(rows) == 1 else max(1, n // 2)
        return max(
            (_accuracy(one, n, order, kinks, seed, DEEP // len(rows)) for one in rows),
            key=lambda found: found.value.ulps,
        )
    except (GradientError, Inconclusive) as error:
        raise error.with_traceback(None) from None  # the caller need not see how it was found


@lru_cache
def _components(f: Callable[[Any], Any]) -> list[Primitive]:
    """Each number of the result of a function in vectors.py, as a row with f's slopes."""
    if f is norm:
        return [_component("norm", f, TEXTBOOK[f], lambda y: y)]
    named = {f"{f.__name__}[{k}]": itemgetter(k) for k in range(VECTOR)}
    return [_component(name, f, TEXTBOOK[f], pick) for name, pick in named.items()]


def _component(
    name: str, f: Callable[..., Any], textbook: Callable[..., Any], pick: Callable[[Any], Any]
) -> Primitive:
    row = Primitive(
        name,
        partials=lambda xp, y, x: (grad(lambda x: pick(f(x)))(list(x)),),
        definition=lambda xp, x: pick(textbook(xp, x)),
        stable=lambda xp, x: pick(f(list(x))),
        arguments=("x",),
        vectors=1,
    )
    UNLISTED[name] = row  # so that namespaces find the row by its name
    return row


def _accuracy(row: Primitive, n: int, order: int, kinks: Kinks, seed: int, deep: int) -> Accuracy:
    if row.name in SLOW:
        n = max(1, n // 5 if row.name == SLOWEST else 11 * n // 20)
    tried = [*points(row, n, seed), *_at_constants(row)]
    beyond: list[tuple[float, ...]] = []
    if truth.is_opaque(row):  # differences tell little of huge and tiny numbers
        tried = list(filter(_is_usual, tried)) or tried
        spread = filter(_is_usual, net(row, 3 * n // 2, seed))
        beyond += islice((xs for xs in spread if _is_doubted(row, xs)), n // 8)
    elif not (row.name in SLOW or row.vectors):
        beyond += net(row, 3 * n // 2, seed)
    exact = (False, not any(map(row.slope_in, range(len(tried[0])))), row.step or row.choice)
    told, worst = [], [Worst(0.0 if found else math.nan) for found in exact]
    agreed: list[float] = []
    right: list[tuple[float, ...]] = []

    def keep(place: int, pair: Pair, xs: tuple[float, ...]) -> None:
        t = pair.exact
        if t.known and t.certified and not worst[place].ulps >= pair.ulps:
            worst[place] = Worst(pair.ulps, xs if pair.ulps else ())
        elif place and not t.certified and not t.sides and t.digits >= 3:  # it tells something
            agreed.append(digits(t.off(pair.got), abs(t.number)))

    lost: GradientError | None = None
    for xs in [*tried, *beyond]:
        with suppress(Inconclusive, OverflowError):  # too large for a float: no fault of the row
            try:
                for pair in examine(row, xs, _value(row, xs), kinks=kinks):
                    if pair.i is None or not at_kink(row, xs):
                        keep(int(pair.i is not None), pair, xs)
                right.append(xs)
            except GradientError as error:
                if error.kind != "cancellation":
                    raise
                lost = lost or error  # a rule that is wrong elsewhere is worse
            told.append(xs)
    vague = len({*tried} - {*told})
    if 4 * vague > len(tried) and not lost:
        raise Inconclusive(f"{row.name}: at {vague} of {len(tried)} points nothing could be told")
    bends = not (row.step or row.choice or truth.is_opaque(row))
    smooth = (xs for xs in right if bends and not at_kink(row, xs))
    for xs in islice(smooth, FEWER if row.name in SLOW else deep):
        with suppress(Inconclusive, OverflowError):
            record = alone(row, xs)
            _swept(record, order)
            for pair in _second(record) if order > 1 else ():
                keep(2, pair, xs)
    if lost:
        raise lost
    value, first, second = worst
    return Accuracy(
        row, len(tried) + len(beyond), value, first, second, min(agreed, default=math.nan)
    )


def _at_constants(row: Primitive) -> list[tuple[float, ...]]:
    """Points at the constants of the row's formula, where it may have kinks, and beside them."""
    if row.vectors or row.definition is None:
        return []
    base = next(row.domain.examples(), None)
    if base is None:
        return []
    leaves = [Value(x) for x in base]
    with suppress(ArithmeticError, ValueError, TypeError):
        nodes = [x for x in topological(row.definition(VALUE, *leaves)) if x.op]
        constants = {float(x) for node in nodes for x in node.operands if not isinstance(x, Value)}
        moved = [c + d for c in sorted(constants)[:20] for d in (0.0, 1e-3, -1e-3)]
        found: list[Any] = [(*base[:i], c, *base[i + 1 :]) for i in range(row.arity) for c in moved]
        return [xs for xs in found if xs in row.domain]
    return []


def _is_usual(xs: tuple[float, ...]) -> bool:
    return all(x == 0 or 1e-6 <= abs(x) <= 1e4 for x in xs)


def _is_doubted(row: Primitive, xs: tuple[float, ...]) -> bool:
    """Whether a partial of Python code differs from a difference of two values of the row.

    This is some hundred times cheaper than the truth, so it chooses points for that.
    """
    with suppress(Exception):  # whatever the user's code raises
        y = _value(row, xs)
        for i, d in enumerate(FLOAT.partials(row, y, xs)):
            h = abs(xs[i]) * 2.0**-13
            if row.slope_in(i) and h:
                low, high = (_value(row, (*xs[:i], xs[i] + t, *xs[i + 1 :])) for t in (-h, h))
                rough = (high - low) / (2 * h)
                if abs(d - rough) > ROUGH * (abs(d) + abs(rough)) + 2.0**-48 * abs(y) / h:
                    return True
    return False


def _value(row: Primitive, xs: tuple[float, ...]) -> float:
    """The row's value. GradientError if it raises within its domain; OverflowError is passed on."""
    try:
        return float(FLOAT.apply(row, row.arrange(xs)))
    except OverflowError:
        raise
    except (ValueError, ArithmeticError) as error:
        note = f"it raises within its domain: {error}"
        raise guilty("outside the domain", row, xs, None, math.nan, note=note) from None


def _swept(record: Recorded, order: int) -> None:
    """Check derivatives by reverse and forward sweeps. Raises GradientError, Inconclusive."""
    first_order(record, ("rev", "fwd"), "between")
    for k in range(2, order + 1):
        for _ in higher_order(record, k, ("rev", "fwd"), "between"):
            pass


def _second(record: Recorded) -> Iterator[Pair]:
    hessian = jacobian(lambda xs: jacobian(record.flat)(xs)[0])(record.point)
    for i, line in enumerate(hessian):
        yield from (Pair(i, d, record.exact(0, (i, k))) for k, d in enumerate(line))

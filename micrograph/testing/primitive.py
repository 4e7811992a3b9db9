"""``check_primitive`` checks a row over its domain, ``check_namespace`` all rows on a namespace."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from ..core import TABLE, Namespace, Primitive
from ..engine.reading import topological
from ..engine.recording import VALUE
from ..engine.value import Value
from ..namespaces.floats import FLOAT
from ..namespaces.text import TEXT, Text, aligned, show
from ..transforms import jacobian
from . import truth
from .computed import first_order, higher_order
from .judge import Kinks
from .points import points
from .recorded import alone
from .report import GradientError, Inconclusive, guilty, operand_names
from .rule import Pair, examine
from .steps import partials as true_partials

DEEP = 24
"""At so many points derivatives by sweeps are compared, too, and those of higher order."""


class Worst(NamedTuple):
    """The largest error, in units in the last place (ULP), and the operands at which it was met."""

    ulps: float = 0.0
    at: tuple[float, ...] = ()


class Accuracy(NamedTuple):
    """The largest errors of a row that passed. ``check_primitive`` returns them, and they print.

    An error is a pair: ``ulps``, in units in the last place (ULP), and ``at``, the operands at
    which it was met.

    Attributes:
        row: The row.
        points: At how many points it was tried.
        value: The largest error of its value.
        first: The largest error of a first partial.
        second: The largest error of a second partial.

    Example:
        >>> import micrograph as mg
        >>> print(check_primitive(mg.neg, n=20))
        neg: 20 points; value 0 ULP; first partials 0 ULP; second partials 0 ULP
    """

    row: Primitive
    points: int
    value: Worst
    first: Worst
    second: Worst

    def __str__(self) -> str:
        parts = [
            f"{name} {worst.ulps:.2g} ULP"
            + (f" at {', '.join(map(show, worst.at))}" if worst.at else "")
            for name, worst in (
                ("value", self.value),
                ("first partials", self.first),
                ("second partials", self.second),
            )
        ]
        return f"{self.row.name}: {self.points} points; {'; '.join(parts)}"


def check_primitive(
    row: Primitive, *, n: int = 400, order: int = 2, kinks: Kinks = "between", seed: int = 0
) -> Accuracy:
    """How accurate a row is over its domain, be it ours or one made by ``mg.primitive``.

    The row is tried at points of its domain: simple ones first, then its ends, kinks, tails and
    powers of two. At each, its value and first partials are compared with its textbook definition,
    run on balls: the truth is certified. Then, at some of the points, derivatives by reverse and
    forward sweeps are compared up to the given order. The tolerance is that of ``check_gradients``.
    If the row was made from Python code for its value, its partials are compared with adaptive
    differences of that value, and no higher order is.

    Args:
        row: A row of the table.
        n: How many points are tried.
        order: The highest order of the derivatives by sweeps.
        kinks: As for ``check_gradients``.
        seed: Another seed gives other points.

    Returns:
        The largest errors of its value, its first and its second partials.

    Raises:
        GradientError: If the row is wrong at a point. It shows the first, simplest such point.
        Inconclusive: If nothing could be told at more than a quarter of the points.
        ValueError: If no point of the domain is found.

    Cost:
        Less than 0.5 s for 400 points.

    Example:
        >>> import micrograph as mg
        >>> check_primitive(mg.sin, n=20).value.ulps < 1
        True
    """
    __tracebackhide__ = True
    if not isinstance(row, Primitive):
        raise TypeError(f"check_primitive: expected a row, such as mg.sin, got {row!r:.80}")
    if kinks not in ("between", "exact") or order < 1 or n < 1:
        raise ValueError(
            f"expected n and order from 1 on, kinks between or exact; got {n}, {order}, {kinks!r}"
        )
    try:
        return _accuracy(row, n, order, kinks, seed)
    except (GradientError, Inconclusive) as error:
        raise error.with_traceback(None) from None  # the caller need not see how it was found


def _accuracy(row: Primitive, n: int, order: int, kinks: Kinks, seed: int) -> Accuracy:
    tried = [*points(row, n, seed), *_at_constants(row)]
    if truth.is_opaque(row):  # differences tell little of huge and tiny numbers
        tried = [xs for xs in tried if all(x == 0 or 1e-6 <= abs(x) <= 1e4 for x in xs)] or tried
    told, worst = [], [Worst(), Worst(), Worst()]

    def keep(place: int, pair: Pair, xs: tuple[float, ...]) -> None:
        if pair.ulps > worst[place].ulps:
            worst[place] = Worst(pair.ulps, xs)

    for xs in tried:
        with suppress(Inconclusive, OverflowError):  # too large for a float: no fault of the row
            for pair in examine(row, xs, _value(row, xs), kinks=kinks):
                if pair.i is None or not _at_kink(row, xs):
                    keep(int(pair.i is not None), pair, xs)
            told.append(xs)
    if 4 * len(told) < 3 * len(tried):
        vague = len(tried) - len(told)
        raise Inconclusive(f"{row.name}: at {vague} of {len(tried)} points nothing could be told")
    bends = not (row.step or row.choice or truth.is_opaque(row))
    smooth = (xs for xs in told if bends and not _at_kink(row, xs))
    for xs, _ in zip(smooth, range(DEEP), strict=False):
        with suppress(Inconclusive, OverflowError):
            _swept(row, xs, order)
            for pair in _second(row, xs) if order > 1 else ():
                keep(2, pair, xs)
    return Accuracy(row, len(tried), *worst)


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


def _value(row: Primitive, xs: tuple[float, ...]) -> float:
    """The row's value. GradientError if it raises within its domain; OverflowError is passed on."""
    try:
        return float(FLOAT.apply(row, row.arrange(xs)))
    except OverflowError:
        raise
    except (ValueError, ArithmeticError) as error:
        note = f"it raises within its domain: {error}"
        raise guilty("outside the domain", row, xs, None, math.nan, note=note) from None


def _at_kink(row: Primitive, xs: tuple[float, ...]) -> bool:
    return row.kink is not None and row.kink(FLOAT, *row.arrange(xs)) == 0


def _swept(row: Primitive, xs: tuple[float, ...], order: int) -> None:
    """Check derivatives by reverse and forward sweeps. Raises GradientError, Inconclusive."""
    record = alone(row, xs)
    first_order(record, ("rev", "fwd"), "between")
    for k in range(2, order + 1):
        for _ in higher_order(record, k, ("rev", "fwd")):
            pass


def measured(xp: Namespace, row: Primitive, xs: tuple[float, ...]) -> Iterator[Pair]:
    """The row's value and first partials at a point, computed in a namespace."""
    numbers = [xp.convert(x) if row.slope_in(i) or row.step else x for i, x in enumerate(xs)]
    y = xp.value(row, numbers)
    yield Pair(None, float(y), truth.value(row, xs))
    if not _at_kink(row, xs) and any(map(row.slope_in, range(len(xs)))):
        found = zip(xp.partials(row, y, numbers), true_partials(row, xs), strict=True)
        yield from (Pair(i, float(d), t) for i, (d, t) in enumerate(found) if row.slope_in(i))


def _second(row: Primitive, xs: tuple[float, ...]) -> Iterator[Pair]:
    record = alone(row, xs)
    hessian = jacobian(lambda xs: jacobian(record.flat)(xs)[0])(record.point)
    for i, line in enumerate(hessian):
        yield from (Pair(i, d, record.exact(0, (i, k))) for k, d in enumerate(line))


class Coverage(NamedTuple):
    """What a namespace can do. ``check_namespace`` returns it, and it prints as a table.

    Attributes:
        namespace: The namespace.
        missing: For each row, the atoms to be written before the row and its partials run; () if
            none.
        worst: For each row that runs, the largest error of its value and partials, in ULP.
        wrong: For each row whose error is beyond the tolerance, what is wrong.

    Example:
        >>> from micrograph.namespaces.floats import FLOAT
        >>> print(Coverage(FLOAT, {"exp": (), "sin": ("cos", "sin")}, {"exp": 0.5}, {}))
        float: 1 of 2 rows run
        row  missing atoms  worst    wrong
        exp                 0.5 ULP
        sin  cos, sin
    """

    namespace: Namespace
    missing: dict[str, tuple[str, ...]]
    worst: dict[str, float]
    wrong: dict[str, str]

    def __str__(self) -> str:
        lines = [("row", "missing atoms", "worst", "wrong")]
        for name, atoms in self.missing.items():
            ulps = f"{self.worst[name]:.2g} ULP" if name in self.worst else ""
            lines.append((name, ", ".join(atoms), ulps, self.wrong.get(name, "")))
        lacking = sum(map(bool, self.missing.values()))
        told = (
            f"{self.namespace.name}: {len(self.missing) - lacking} of {len(self.missing)} rows run"
        )
        return "\n".join([told, *aligned(lines)])


def check_namespace(xp: Namespace, *, n: int = 20, relative: float = 1e-11) -> Coverage:
    """Which rows of the table a namespace can run, and how accurately.

    Every row and its partials are run on numbers of that kind, at points of the row's domain, and
    compared with the certified truth. The result is printed: for whoever writes a backend, a list
    of what is still to do.

    Args:
        xp: The namespace.
        n: At how many points each row is tried.
        relative: How far off, relatively, a value or a partial may be.

    Returns:
        For each row the atoms that it lacks, its largest error, and what is wrong with it.

    Raises:
        GradientError: If a row's numbers are wrong. It is raised after printing.

    Cost:
        Some seconds for a kind of number as fast as floats.

    Example:
        >>> from micrograph.namespaces.floats import FLOAT
        >>> found = check_namespace(FLOAT, n=1)  # doctest: +ELLIPSIS
        float: ... rows run
        row ...
        >>> found.missing["sin"], "sin" in found.wrong
        ((), False)
    """
    missing: dict[str, tuple[str, ...]] = {}
    worst: dict[str, float] = {}
    wrong: dict[str, str] = {}
    for name, row in TABLE.items():
        missing[name] = tuple(sorted(_lacking(xp, row)))
        if missing[name]:
            continue
        tried = [(xs, _tried(xp, row, xs)) for xs in points(row, n)]
        if all(pairs is None for _, pairs in tried):
            missing[name] = (name,)  # its formula needs an operator of Python's; as an atom it runs
            continue
        worst[name] = 0.0
        for xs, pairs in tried:
            for pair in pairs or ():
                worst[name] = max(worst[name], pair.ulps)
                if pair.ulps and pair.exact.off(pair.got) > relative * abs(pair.exact.number):
                    wrong.setdefault(name, _described(row, xs, pair))
    found = Coverage(xp, missing, worst, wrong)
    print(found)
    if wrong:
        raise GradientError(
            f"{xp.name}: wrong at {'; '.join(f'{name}{said}' for name, said in wrong.items())}"
        )
    return found


class _Asking:
    """The text namespace, which also notes the rows that it is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        if name in TABLE:
            self.asked.add(name)
        return getattr(TEXT, name)


def _lacking(xp: Namespace, row: Primitive) -> set[str]:
    """The atoms that the row, its formula and its partials need, but the namespace lacks."""
    lacking: set[str] = set()
    seen = {row.name}
    waiting = [row.name, *_asked(row.partials, "y", row)]
    while waiting:
        needed = TABLE[waiting.pop()]
        try:
            xp.spell(needed)
        except NotImplementedError:  # how a namespace says that it has no such atom
            lacking.add(needed.name)
            continue
        rule = needed.definition if xp.exact else needed.stable
        if needed.name not in xp.atoms and rule:
            asked = _asked(rule, "", needed)
            waiting += asked - seen
            seen |= asked
    return lacking


def _asked(rule: Callable[..., Any], y: str, row: Primitive) -> set[str]:
    """The rows that a rule asks its namespace for."""
    asking = _Asking()
    names = [Text(name) for name in operand_names(row, 3 * row.vectors or row.arity)]
    with suppress(TypeError):  # a rule in Python may ask whether a number is true
        rule(asking, *([Text(y)] if y else []), *row.arrange(names))
    return asking.asked


def _described(row: Primitive, xs: tuple[float, ...], pair: Pair) -> str:
    """A wrong number of a row, in words."""
    what = "" if pair.i is None else f"'s partial by {operand_names(row, len(xs))[pair.i]}"
    at = ", ".join(map(show, xs))
    return f"{what} at {at}: {pair.got!r} where the truth is {pair.exact.number!r}"


def _tried(xp: Namespace, row: Primitive, xs: tuple[float, ...]) -> list[Pair] | None:
    """The row's numbers at a point; [] if it overflows or is text, None if it lacks an operator."""
    try:
        return list(measured(xp, row, xs))
    except (ValueError, ArithmeticError):
        return []
    except TypeError:
        return None if hasattr(xp.convert(1.0), "__float__") else []

"""``check_primitive`` checks a row over its domain, ``check_namespace`` all rows on a namespace."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from ..core import TABLE, Namespace, Primitive
from ..namespaces.floats import FLOAT
from ..namespaces.text import TEXT, Text, aligned, show
from ..transforms import jacobian
from . import truth
from .higher import higher_order
from .ours import first_order
from .points import points
from .recorded import alone
from .report import Finding, GradientError, Inconclusive, guilty, operand_names
from .rule import TOLERANCE, Kinks, examine, is_static

ORDINARY = 1e-290, 1e300
"""Errors in ULP are counted between these: smaller floats lose digits, larger ones overflow."""


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
    row: Primitive, *, n: int = 200, order: int = 2, kinks: Kinks = "between", seed: int = 0
) -> Accuracy:
    """How accurate a row is over its domain, be it ours or one made by ``mg.primitive``.

    The row is tried at points of its domain: simple ones first, then its ends, kinks, tails and
    powers of two. At each, its value and partials are compared with its textbook definition at
    fifty digits. At the first few, derivatives by reverse and forward sweeps are compared as well.
    The tolerance is that of ``check_gradients``. If the row was made from Python code for its
    value, its partials are compared with adaptive differences of that value.

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
        Some 0.5 s for 200 points.

    Example:
        >>> import micrograph as mg
        >>> check_primitive(mg.sin, n=20).value.ulps < 1
        True
    """
    __tracebackhide__ = True
    tried = points(row, n, seed)
    worst = [Worst(), Worst(), Worst()]
    vague = deep = 0
    for xs in tried:
        try:
            finding = _refused(row, xs) or examine(row, xs, kinks=kinks)
            if finding is None and deep < 5 and row.dense and not truth.at_kink(row, xs):
                deep += 1
                _swept(row, xs, order)
        except Inconclusive:
            vague += 1
            continue
        except OverflowError:
            continue  # too large for a float: no fault of the row
        if finding:
            raise guilty(finding, tolerance=TOLERANCE)
        for i, (ulps, at) in enumerate(errors(row, xs, second=deep < 5 and order > 1)):
            if ulps > worst[i].ulps:
                worst[i] = Worst(ulps, at)
    if 4 * vague > len(tried):
        raise Inconclusive(f"{row.name}: at {vague} of {len(tried)} points nothing could be told")
    return Accuracy(row, len(tried), *worst)


def _refused(row: Primitive, xs: tuple[float, ...]) -> Finding | None:
    """What is wrong if the row raises within its domain. An OverflowError is passed on."""
    try:
        FLOAT.apply(row, row.arrange(xs))
    except OverflowError:
        raise
    except (ValueError, ArithmeticError) as error:
        note = f"it raises within its domain: {error}"
        return Finding("outside the domain", row, xs, None, math.nan, truth.UNKNOWN, note=note)
    return None


def _swept(row: Primitive, xs: tuple[float, ...], order: int) -> None:
    """Check derivatives by reverse and forward sweeps. Raises GradientError, Inconclusive."""
    record = alone(row, xs)
    first_order(record, ("rev", "fwd"), "between")
    for k in range(2, order + 1):
        for _ in higher_order(record, k, ("rev", "fwd")):
            pass


def errors(
    row: Primitive, xs: tuple[float, ...], second: bool = False
) -> Iterator[tuple[float, tuple[float, ...]]]:
    """The errors in ULP of the value, the worst first and second partial; with the operands."""
    y = float(FLOAT.value(row, xs))
    if truth.is_opaque(row):
        return
    yield _ulps(y, truth.value(row, xs)), xs
    if truth.at_kink(row, xs):
        return
    places = [i for i in range(len(xs)) if not is_static(row, i)]
    partials = FLOAT.partials(row, y, xs)
    yield max((_ulps(partials[i], truth.slope(row, xs, i)) for i in places), default=0.0), xs
    if second and row.dense:
        record = alone(row, xs)
        hessian = jacobian(lambda xs: jacobian(record.flat)(xs)[0])(record.point)
        numbers = enumerate(hessian)
        yield (
            max(
                _ulps(d, record.exact(0, [i, k])) for i, line in numbers for k, d in enumerate(line)
            ),
            xs,
        )


def _ulps(x: float, exact: truth.Settled) -> float:
    y = abs(exact.number)
    low, high = ORDINARY
    if not (low < y < high and exact.bits > 60):
        return 0.0
    return float(abs(x - exact.number) / math.ulp(float(y)))


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
    compared with mpmath. The result is printed: for whoever writes a backend, a list of what is
    still to do.

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
    missing, worst, wrong = {}, {}, {}
    for name, row in TABLE.items():
        missing[name] = tuple(sorted(_lacking(xp, row)))
        if not missing[name]:
            off = [e for e in (_off(xp, row, xs) for xs in points(row, n)) if e is not None]
            worst[name] = max((ulps for ulps, _, _ in off), default=0.0)
            bad = next((said for _, apart, said in off if apart > relative), "")
            if bad:
                wrong[name] = bad
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


def _off(xp: Namespace, row: Primitive, xs: tuple[float, ...]) -> tuple[float, float, str] | None:
    """How far off the row is in this namespace at a point: in ULP, relatively, and in words."""
    numbers = [x if is_static(row, i) else xp.convert(x) for i, x in enumerate(xs)]
    try:
        y = xp.value(row, numbers)
        found = [("", float(y), truth.value(row, xs))]
        if not truth.at_kink(row, xs):
            partials = xp.partials(row, y, numbers)
            found += [
                (f"'s partial by {name}", float(partials[i]), truth.slope(row, xs, i))
                for i, name in enumerate(operand_names(row, len(xs)))
                if not is_static(row, i)
            ]
    except (ValueError, ArithmeticError, TypeError):
        return None  # an overflow; or what the namespace computes with is text
    low, high = ORDINARY
    off = (0.0, 0.0, "")
    for what, got, exact in found:
        if low < abs(exact.number) < high and exact.bits > 60:
            apart = float(abs(got - exact.number) / abs(exact.number))
            at = ", ".join(map(show, xs))
            said = f"{what} at {at}: {got!r} where the truth is {float(exact.number)!r}"
            off = max(off, (_ulps(got, exact), apart, said))
    return off

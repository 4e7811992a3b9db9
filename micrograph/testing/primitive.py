"""``check_primitive`` checks a row over its domain, ``check_namespace`` all rows on a namespace."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from ..core import KINDS, TABLE, Namespace, Primitive
from ..engine.reading import topological
from ..engine.recording import VALUE
from ..engine.value import Value
from ..namespaces.floats import FLOAT
from ..namespaces.standard import Elementwise
from ..namespaces.text import TEXT, Text, aligned, show
from ..transforms import jacobian
from . import truth
from .computed import first_order, higher_order
from .judge import Kinks, digits
from .points import points
from .recorded import alone
from .report import GradientError, Inconclusive, guilty, operand_names
from .rule import Pair, examine
from .steps import partials as true_partials

DEEP = 24
"""At so many points derivatives by sweeps are compared, too, and those of higher order."""


WRITTEN = "it is text"
"""Why a row on a kind of text is not compared."""


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
        neg: 20 points; value 0 ULP; first partials 0 ULP; second partials 0 ULP
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
    row: Primitive, *, n: int = 400, order: int = 2, kinks: Kinks = "between", seed: int = 0
) -> Accuracy:
    """How accurate a row is over its domain, be it ours or one made by ``mg.primitive``.

    The row is tried at points of its domain: simple ones first, then its ends, kinks, tails and
    powers of two. At each, its value and first partials are compared with its textbook definition,
    run on balls: the truth is certified. Then, at some of the points, derivatives by reverse and
    forward sweeps are compared up to the given order. The tolerance is that of ``check_gradients``.
    If the row was made from Python code for its value, there is nothing to compare the value with.
    Its partials are compared with adaptive differences of the value, and no higher order is. The
    errors in ULP are NaN then, so a test such as ``found.first.ulps < 4`` fails. A test that
    ``check_primitive`` does not raise is enough; ``found.digits`` tells how well partials agree.

    Args:
        row: A row of the table.
        n: How many points are tried.
        order: The highest order of the derivatives by sweeps.
        kinks: As for ``check_gradients``.
        seed: Another seed gives other points.

    Returns:
        The largest errors of its value, its first and its second partials. What was not measured
        is NaN.

    Raises:
        GradientError: If the row is wrong at a point. It shows the first, simplest such point.
        Inconclusive: If nothing could be told at more than a quarter of the points.
        ValueError: If no point of the domain is found.

    Cost:
        Less than 0.5 s for 400 points. A row made from Python code is called some 50 to 150 times
        for each point and operand: 24,000 to 38,000 times in all, 0.2 to 0.6 s. None of its second
        derivatives is checked.

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
    exact = (False, not any(map(row.slope_in, range(len(tried[0])))), row.step or row.choice)
    told, worst = [], [Worst(0.0 if found else math.nan) for found in exact]
    agreed: list[float] = []

    def keep(place: int, pair: Pair, xs: tuple[float, ...]) -> None:
        t = pair.exact
        if t.known and t.certified and not worst[place].ulps >= pair.ulps:
            worst[place] = Worst(pair.ulps, xs if pair.ulps else ())
        elif place and not t.certified and not t.sides and t.digits >= 3:  # it tells something
            agreed.append(digits(t.off(pair.got), abs(t.number)))

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
    value, first, second = worst
    return Accuracy(row, len(tried), value, first, second, min(agreed, default=math.nan))


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
    if is_text(y) and is_text(xp.convert(1.0)):
        return
    yield Pair(None, _as_float(y), truth.value(row, xs))
    if not _at_kink(row, xs) and any(map(row.slope_in, range(len(xs)))):
        found = zip(xp.partials(row, y, numbers), true_partials(row, xs), strict=True)
        yield from (Pair(i, _as_float(d), t) for i, (d, t) in enumerate(found) if row.slope_in(i))


def _as_float(y: Any) -> float:
    if is_text(y) or not hasattr(y, "__float__"):
        raise TypeError(f"it returned {y!r:.40} ({type(y).__name__}), which is no number")
    return float(y)


def is_text(y: Any) -> bool:
    """Whether a number of some kind is text: a string, a formula or a part of a program."""
    return isinstance(y, str | ast.AST) or isinstance(getattr(y, "text", None), str)


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
        worst: For each row of which a number was compared, the largest error of its value and
            partials, in ULP.
        wrong: For each row whose error is beyond the tolerance, or that raises an error, what is
            wrong.
        uncompared: For each row of which the value, or every partial, was not compared, why.

    Example:
        >>> from micrograph.namespaces.floats import FLOAT
        >>> print(Coverage(FLOAT, {"exp": (), "sin": ("cos", "sin")}, {"exp": 0.5}, {}, {}))
        float: 1 of 2 rows run
        row  missing atoms  worst    wrong
        exp                 0.5 ULP
        sin  cos, sin
    """

    namespace: Namespace
    missing: dict[str, tuple[str, ...]]
    worst: dict[str, float]
    wrong: dict[str, str]
    uncompared: dict[str, str]

    def __str__(self) -> str:
        lines = [("row", "missing atoms", "worst", "wrong")]
        for name, atoms in self.missing.items():
            ulps = [f"{self.worst[name]:.2g} ULP"] if name in self.worst else []
            if name in self.uncompared:
                ulps.append(f"not compared: {self.uncompared[name]}")
            lines.append((name, ", ".join(atoms), "; ".join(ulps), self.wrong.get(name, "")))
        ran = len(self.worst.keys() - self.uncompared.keys())
        told = f"{self.namespace.name}: {ran} of {len(self.missing)} rows run"
        written = [name for name, why in self.uncompared.items() if why == WRITTEN]
        if written:
            told = f"{self.namespace.name}: {len(written)} of {len(self.missing)} rows are written"
        elif self.uncompared:
            told += f", {len(self.uncompared)} not compared"
        return "\n".join([told, *aligned(lines)])


def check_namespace(xp: Namespace, *, n: int = 20, relative: float = 1e-11) -> Coverage:
    """Which rows of the table a namespace can run, and how accurately.

    Every row and its partials are run on numbers of that kind, at points of the row's domain, and
    compared with the certified truth. The result is printed: for whoever writes a backend, a list
    of what is still to do. A row of which no number could be compared counts as not compared. So
    do all rows of a kind of text, which has no numbers.

    Args:
        xp: The namespace.
        n: At how many points each row is tried.
        relative: How far off, relatively, a value or a partial may be.

    Returns:
        For each row the atoms that it lacks, its largest error, and what is wrong with it.

    Raises:
        GradientError: If a row's numbers are wrong, or it raises an error that says nothing of its
            domain. GradientError is raised after printing.
        TypeError: If ``xp.convert(1.0)`` is none of the namespace's types, or is a number that
            ``float`` does not take.

    Cost:
        Some seconds for a kind of number as fast as floats.

    Example:
        >>> from micrograph.namespaces.floats import FLOAT
        >>> found = check_namespace(FLOAT, n=1)  # doctest: +ELLIPSIS
        float: ... rows run...
        row ...
        >>> found.missing["sin"], "sin" in found.wrong
        ((), False)
    """
    _check_kind(xp)
    needs = {name: _needs(xp, row) for name, row in TABLE.items()}
    found = Coverage(
        xp, {name: tuple(sorted(lacking)) for name, (_, lacking) in needs.items()}, {}, {}, {}
    )
    tried = {
        name: [_tried(xp, row, xs) for xs in points(row, n)]
        for name, row in TABLE.items()
        if not found.missing[name]
    }
    broken = {name for name in tried if name in xp.atoms and _is_broken(tried[name])}
    for name, tries in tried.items():
        _cover(found, name, tries, sorted(needs[name][0] & broken - {name}), relative)
    print(found)
    if found.wrong:
        said = "; ".join(f"{name}{why}" for name, why in found.wrong.items())
        raise GradientError(f"{xp.name}: wrong at {said}")
    return found


def _check_kind(xp: Namespace) -> None:
    """Raise TypeError if the namespace makes no numbers of its own kind."""
    one = xp.convert(1.0)
    types = tuple(kind for kind, space in KINDS.items() if space is xp)
    got = f"{xp.name}: convert(1.0) returned {one!r:.40} ({type(one).__name__})"
    if types and not isinstance(one, types) and not isinstance(xp, Elementwise):
        names = " or ".join(kind.__name__ for kind in types)
        raise TypeError(f"{got}; expected {names}: let convert make such a number of a float")
    if not (hasattr(one, "__float__") or is_text(one)):
        raise TypeError(f"{got}; expected a number with __float__, by which it can be compared")


class _Try(NamedTuple):
    """A row tried at a point: the numbers that can be compared, and what it raised after these."""

    xs: tuple[float, ...]
    pairs: list[Pair]
    error: Exception | None

    @property
    def fault(self) -> bool:
        """Whether it raised what is no refusal of a number."""
        return bool(self.error) and not isinstance(self.error, ValueError | ArithmeticError)

    @property
    def said(self) -> str:
        return f"{type(self.error).__name__}: {self.error}"


def _tried(xp: Namespace, row: Primitive, xs: tuple[float, ...]) -> _Try:
    pairs: list[Pair] = []
    try:
        for pair in measured(xp, row, xs):
            pairs.append(pair)
    except Exception as error:  # whatever a namespace of the user's raises
        return _Try(xs, pairs, error)
    return _Try(xs, pairs, None)


def _is_broken(tries: list[_Try]) -> bool:
    """Whether a row raised an error, and gave no number at all."""
    return any(x.fault for x in tries) and not any(x.pairs for x in tries)


def _cover(
    found: Coverage, name: str, tries: list[_Try], broken: list[str], relative: float
) -> None:
    """Keep what was found when a row was tried, and which of the atoms it needs are broken."""
    xp, row = found.namespace, TABLE[name]
    pairs = [(x.xs, pair) for x in tries for pair in x.pairs if pair.exact.known]
    for xs, pair in pairs:
        if pair.ulps and pair.exact.off(pair.got) > relative * abs(pair.exact.number):
            found.wrong.setdefault(name, _described(row, xs, pair))
    if pairs:
        found.worst[name] = max(pair.ulps for _, pair in pairs)
    faults = [x for x in tries if x.fault]
    lacks = bool(faults) and all(type(x.error) is TypeError for x in faults)
    refused = [x.said for x in tries if x.error]
    if faults and broken:
        found.uncompared[name] = f"needs {', '.join(broken)}, which is wrong"
    elif name not in xp.atoms and lacks and all(x.error for x in tries):
        found.missing[name] = (name,)  # an operator of Python's is missing; as an atom it runs
        found.worst.pop(name, None)
    elif lacks and all(x.pairs for x in faults):
        found.uncompared[name] = f"its partials, {faults[0].said}"
    elif faults:
        at = ", ".join(map(show, faults[0].xs))
        found.wrong.setdefault(name, f" at {at}: {faults[0].said}")
    elif not pairs:
        text = is_text(xp.convert(1.0))
        found.uncompared[name] = WRITTEN if text else (refused or ["no truth was found"])[0]


class _Asking:
    """The text namespace, which also notes the rows that it is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        if name in TABLE:
            self.asked.add(name)
        return getattr(TEXT, name)


def _needs(xp: Namespace, row: Primitive) -> tuple[set[str], set[str]]:
    """The rows that the row, its formula and its partials need, and those the namespace lacks."""
    lacking: set[str] = set()
    seen = {row.name}
    waiting = [row.name, *_asked(row.partials, "y", row)]
    while waiting:
        needed = TABLE[waiting.pop()]
        seen.add(needed.name)
        try:
            xp.spell(needed)
        except NotImplementedError:  # how a namespace says that it has no such atom
            lacking.add(needed.name)
            continue
        rule = needed.definition if xp.exact else needed.stable
        if needed.name not in xp.atoms and rule:
            waiting += _asked(rule, "", needed) - seen
    return seen, lacking


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

"""``check_namespace`` runs every row of the table on a kind of number, and says what is missing."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from ..core import KINDS, TABLE, Namespace, Primitive
from ..namespaces.standard import Elementwise
from ..namespaces.text import TEXT, Text, aligned, show
from . import truth
from .points import points
from .report import GradientError, operand_names
from .rule import Pair, at_kink
from .steps import partials as true_partials

WRITTEN = "it is text"
"""Why a row on a kind of text is not compared."""


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


def measured(xp: Namespace, row: Primitive, xs: tuple[float, ...]) -> Iterator[Pair]:
    """The row's value and first partials at a point, computed in a namespace."""
    numbers = [xp.convert(x) if row.slope_in(i) or row.step else x for i, x in enumerate(xs)]
    y = xp.value(row, numbers)
    if is_text(y) and is_text(xp.convert(1.0)):
        return
    yield Pair(None, _as_float(y), truth.value(row, xs))
    if not at_kink(row, xs) and any(map(row.slope_in, range(len(xs)))):
        found = zip(xp.partials(row, y, numbers), true_partials(row, xs), strict=True)
        yield from (Pair(i, _as_float(d), t) for i, (d, t) in enumerate(found) if row.slope_in(i))


def _as_float(y: Any) -> float:
    if is_text(y) or not hasattr(y, "__float__"):
        raise TypeError(f"it returned {y!r:.40} ({type(y).__name__}), which is no number")
    return float(y)


def is_text(y: Any) -> bool:
    """Whether a number of some kind is text: a string, a formula or a part of a program."""
    return isinstance(y, str | ast.AST) or isinstance(getattr(y, "text", None), str)

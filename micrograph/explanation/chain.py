"""``explain(J, a)``: the chain rule written out, path by path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from math import isfinite, log10
from typing import Any

from ..namespaces.text import LONG
from .explained import Line, Lines, equations, line
from .notation import Notation
from .paths import Path, Paths, azmul
from .slopes import Written
from .swept import Swept

FACTORS = 12
"""The most factors of a path that are written. Of a longer path, the first and last are."""

FAR = 20_000
"""The most nodes that are searched for a second way from one node to another."""


def chain(notation: Notation, swept: Swept, paths: Paths, shown: Sequence[Path]) -> Lines:
    """The lines of ``explain(J, a)``.

    Args:
        notation: What the lines are written in.
        swept: The graph.
        paths: All paths from a to J.
        shown: Those that are shown.
    """
    written = Written(notation, swept)
    J, a = swept.names[paths.root], swept.names[paths.source]
    whole = notation.derivative(J, a)
    assert swept.adjoints is not None
    total = notation.shown(swept.adjoints[paths.source])
    if not paths.count:
        yield from _without_path(notation, swept, paths, whole)
        return
    if paths.count == 1:
        yield line(whole, *_sides(written, shown[0]), total)
        yield from _zeros(shown[0], "")
    else:
        named = f"from {notation.inline(notation.name(a))} to {notation.inline(notation.name(J))}"
        largest = f"; the {len(shown)} largest" if len(shown) < paths.count else ""
        yield f"{_counted(paths.count)} paths lead {named}{largest}:"
        for n, path in enumerate(shown, 1):
            product = notation.shown(path.product)
            yield line(*_sides(written, path), product, label=f"path {n}:")
            yield from _zeros(path, f"path {n}: ")
        products = [notation.number(path.product) for path in shown]
        if len(shown) < paths.count:
            rest = notation.number(paths.rest(shown))
            more = _counted(paths.count - len(shown))
            plural = "s" * (paths.count - len(shown) > 1)
            together = f"more path{plural}, together {notation.inline(rest)}"
            yield f"{notation.ellipsis} and {more} {together}"
            products.append(rest)
        yield line(whole, notation.total(products), total)
    yield from _nodes(written, shown)


def _counted(n: int) -> str:
    """A count of paths. If it has more than 40 digits, its size."""
    return str(n) if n < 10**40 else f"over 10^{int((n.bit_length() - 1) * log10(2))}"


def _kept(path: Path) -> tuple[range, range]:
    """The factors of a path that are written: the first and the last."""
    n = len(path.slopes)
    if n <= FACTORS:
        return range(n), range(n, n)
    return range(FACTORS // 2), range(n - FACTORS // 2 + 1, n)


def _sides(written: Written, path: Path) -> Iterator[Any]:
    """The slopes of a path in symbols, and as numbers."""
    notation, names = written.notation, written.swept.names
    first, last = _kept(path)
    symbols, numbers = [], []
    for part in (first, last):
        for j in part:
            i, k = path.nodes[j], path.nodes[j + 1]
            only = _is_only_way(written.swept, i, k)
            symbols.append(notation.of(notation.derivative(names[i], names[k], only)))
            numbers.append(notation.number(path.slopes[j]))
        if part is first and last:
            left_out = path.slopes[first.stop : last.start]
            product = notation.number(reduce(azmul, left_out, 1.0))
            symbols.append(notation.dots)
            n = len(left_out)
            braced = rf"\underbrace{{{product}}}_{{{n}\text{{ factors}}}}"
            numbers.append(notation.of(braced if notation.latex else f"({product}, {n} factors)"))
    if symbols:
        yield notation.product(symbols, spaced=True)
        yield notation.product(numbers, spaced=True)


def _is_only_way(swept: Swept, i: int, k: int) -> bool:
    """Whether the edges from k to i are the only way from k to i. Then ∂i/∂k is also di/dk."""
    others = [x for x, _, _ in swept.slopes(i) if x > k]
    if not others:
        return True
    if max(others) - k > FAR:
        return False  # ∂ is right in any case
    reached = {k}
    for m in range(k + 1, max(others) + 1):
        if any(x in reached for x, _, _ in swept.slopes(m)):
            reached.add(m)
    return reached.isdisjoint(others)


def _zeros(path: Path, label: str) -> Iterator[str]:
    """What is said of slopes that are not finite."""
    g = 1.0
    for d in path.slopes:
        if not g and not isfinite(d):
            yield f"{label}0 times an infinite or NaN slope is taken to be 0, as in the sweep"
            return
        g = azmul(g, d)
    if not isfinite(g):
        finite = all(map(isfinite, path.slopes))
        why = "the product is too large for a float" if finite else "a slope is not finite"
        yield f"{label}{why}, and so is the gradient" * (not finite) or f"{label}{why}"


def _nodes(written: Written, shown: Sequence[Path]) -> Iterator[Line | str]:
    """For each node on the paths, its formula, and its slopes along the paths."""
    edges: dict[int, dict[int, None]] = {}
    for path in shown:
        for part in _kept(path):
            for j in part:
                edges.setdefault(path.nodes[j], {})[path.nodes[j + 1]] = None
    if edges:
        yield "where"
    names, notation = written.swept.names, written.notation
    for i in sorted(edges, reverse=True):
        slopes = written.slopes(i)
        found: list[tuple[Any, ...]] = [(notation.name(names[i]), written.formula(i))]
        for k in edges[i]:
            d = slopes[k]
            of = notation.derivative(names[i], names[k], _is_only_way(written.swept, i, k))
            found.append((of, *d.sides, notation.shown(d.number)))
        yield equations(*found)


def _without_path(notation: Notation, swept: Swept, paths: Paths, whole: str) -> Iterator[str]:
    """What is said if no path leads from a to J, and why."""
    a, J = (notation.inline(notation.name(swept.names[i])) for i in (paths.source, paths.root))
    yield f"{notation.inline(whole)} = 0: no path leads from {a} to {J}"
    blocked = []
    needed = _needed(swept, paths)
    for i in sorted(needed):
        for place, k in enumerate(swept.operands[i]):
            if isinstance(k, int) and k in needed and k in paths.edges and i not in paths.edges:
                blocked.append((i, place))
    if not blocked:
        return
    written = Written(notation, swept)
    said = dict.fromkeys(
        f"{notation.inline(f'{written.symbol(i)} = {written.formula(i)}')} ({why})"
        for i, why in [(i, _why(swept, i, place)) for i, place in blocked[:LONG]]
    )
    more = f", {notation.ellipsis}" * (len(blocked) > LONG)
    yield f"{a} has no slope in {', '.join(said)}{more}"


def _needed(swept: Swept, paths: Paths) -> set[int]:
    """The nodes between a and J, along edges of any kind."""
    below = {paths.root}
    for i in range(paths.root, paths.source, -1):
        if i in below:
            below.update(swept.parents(i))
    return swept.above(paths.source) & below


def _why(swept: Swept, i: int, place: int) -> str:
    """Why node i has no slope in its operand at this place."""
    row = swept.ops[i]
    assert row is not None
    if row.step:
        return "a step: its slope is 0"
    return "the branch was not taken" if row.slope_in(place) else "a condition, which has no slope"

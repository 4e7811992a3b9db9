"""Our derivatives of a recorded function, compared with the truth: first ones, then higher."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement
from typing import Any

import mpmath

from ..backends.mpmath import MPMATH
from ..graph import Graph
from ..transforms import jacobian, jvp, vjp
from ..tree import Tree
from ..value import Value
from . import labels, truth
from .recorded import FEW, Recorded, operands
from .report import Component, GradientError, Inconclusive, Report, agreed, component, wrong
from .rule import RELATIVE, TOLERANCE, Kinks, between, change, close, differ
from .truth import Settled

ENOUGH = 3
"""So many digits must rounding leave; of fewer nothing can be told."""

MOST = 32
"""Of an order above the first, so many derivatives are compared."""

RIGHT = "every node's own partials are right"


def examined(record: Recorded, order: int, modes: Sequence[str], kinks: Kinks) -> Report:
    """The report on our derivatives of a recorded function. Raises as check_gradients."""
    record.examine(kinks)
    components = first_order(record, modes, kinks)
    for k in range(2, order + 1):
        components += higher_order(record, k, modes)
    notes = tuple(f"at a kink: {record.written(x)}" for x in record.kinked)
    good = int(min((c.digits for c in components), default=0)) if record.opaque else 50
    return Report(tuple(components), len(record.nodes), good, notes)


def first_order(record: Recorded, modes: Sequence[str], kinks: Kinks) -> list[Component]:
    """The first derivatives by reverse sweeps, forward ones or both. Raises as check_gradients."""
    n, found = len(record.point), {}
    if "rev" in modes:
        y, pull = vjp(record.flat, record.point)
        units = [[float(j == k) for k in range(len(y))] for j in range(len(y))]
        found["rev"] = [pull(unit)[0] for unit in units]
    if "fwd" in modes and n <= FEW:
        columns = [
            jvp(record.flat, (record.point,), ([float(i == k) for k in range(n)],))[1]
            for i in range(n)
        ]
        found["fwd"] = [list(row) for row in zip(*columns, strict=True)]
    elif "fwd" in modes:
        _along_all(record)
    for rows in found.values():
        components = [
            _compared(record, j, i, g, kinks)
            for j, row in enumerate(rows)
            for i, g in enumerate(row)
        ]
    return components if found else []


def _along_all(record: Recorded) -> None:
    """One forward sweep along all of many inputs at once, against the true partials."""
    weights = [1 + i * 0.6180339887498949 % 1 for i in range(len(record.point))]
    for j, g in enumerate(jvp(record.flat, (record.point,), (weights,))[1]):
        pairs = list(zip(weights, record.swept(j), strict=True))
        exact = Settled(mpmath.fsum(w * d.number for w, (d, _) in pairs))
        total = mpmath.fsum(w * t for w, (_, t) in pairs)
        if not close(g, exact, absolute=_rounding(record, total)):
            name = f"∂{record.outputs[j]} along all inputs, forward"
            raise wrong("wrong sweep", name, g, exact, note=RIGHT)


def _rounding(record: Recorded, total: Any) -> Any:
    """What rounding may cost a sweep whose terms add up to ``total``: ten digits in each node."""
    return RELATIVE * len(record.order) * total


def _compared(record: Recorded, j: int, i: int, g: float, kinks: Kinks) -> Component:
    name = labels.derivative(record.outputs[j], [record.inputs[i]])
    exact = record.exact(j, [i]) if record.whole else record.swept(j)[i][0]
    if close(g, exact) and not record.kinked:
        return component(name, g, exact)
    if record.whole and (record.kinked or not exact.known):
        left, right = (record.exact(j, [i], side) for side in (-1, 1))
        if differ(left, right):
            lies = between(g, left.number, right.number)
            if lies and kinks == "between":
                return Component(name, g, g, 16.0)
            note = f"f's slope jumps here, and ours {'lies' if lies else 'does not lie'} between"
            sides = (left.number, right.number)
            raise _kink(record, wrong("kink", name, g, exact, note=note, sides=sides))
        exact = next((x for x in (exact, left, right) if x.known), exact)
    if close(g, exact, 2.0**-20 if record.kinked else RELATIVE):
        return component(name, g, exact)
    if record.kinked and mpmath.isinf(exact.number):
        return Component(name, g, g, 16.0)  # a jump: between its sides lies anything
    if record.kinked and exact.known and math.isfinite(g):
        note = "f is smooth here, but the kinks of its nodes don't cancel in the sweep"
        raise _kink(record, wrong("kink", name, g, exact, note=note))
    local, total = record.swept(j)[i]
    if not (math.isfinite(g) and mpmath.isfinite(total)):
        raise Inconclusive(f"{name} is {g!r}: infinite numbers were met on the way{record.loss()}")
    if not local.known:
        raise Inconclusive(f"{name} is {g!r}: no truth could be found for it")
    if not close(g, local, absolute=_rounding(record, total)):
        raise wrong("wrong sweep", name, g, local, note=RIGHT)
    _enough(record, name, g, exact)
    return component(name, g, exact)


def _kink(record: Recorded, error: GradientError) -> GradientError:
    kinked = ", ".join(map(record.written, record.kinked))
    error.args = (f"{error}\n  kinks      {kinked}",)
    return record.kink(error)


def _enough(record: Recorded, name: str, g: float, exact: Settled) -> None:
    """Raise Inconclusive where rounding left too few digits to tell."""
    digits = agreed(g, exact.number)
    if digits < ENOUGH and exact.number and abs(g - exact.number) > sys.float_info.min:
        raise Inconclusive(
            f"{name}: every node's own partials are right, but rounding left {digits:.0f} digits: "
            f"{g!r}, where the truth is {float(exact.number):.6g}{record.loss()}"
        )


def higher_order(record: Recorded, order: int, modes: Sequence[str]) -> Iterator[Component]:
    """The derivatives of an order above the first. Raises as check_gradients."""
    n, m = len(record.point), len(record.results)
    below = _differentiated(record.flat, order - 1)
    found = []
    if "rev" in modes:
        found.append(_numbers(jacobian(below)(record.point)))
    if "fwd" in modes:
        units = [[float(i == k) for k in range(n)] for i in range(n)]
        columns = [_numbers(jvp(below, (record.point,), (unit,))[1]) for unit in units]
        found.append([x for row in zip(*columns, strict=True) for x in row])
    everything = list(combinations_with_replacement(range(n), order))
    for j in range(m):
        for by in everything[:: 1 + (len(everything) - 1) // MOST]:
            name = labels.derivative(record.outputs[j], [record.inputs[i] for i in by])
            exact, at = record.exact(j, by), _place(j, by, n)
            if record.opaque or (record.kinked and not all(close(d[at], exact) for d in found)):
                continue  # no truth for opaque rows; and of kinks' second derivatives nobody's
            for g in (derivatives[at] for derivatives in found):
                if not (close(g, exact) or _steep(record, j, by, g, exact)):
                    _blame(record, order, at, g, exact, name)
            yield component(name, found[0][at], exact)


def _place(j: int, by: Sequence[int], n: int) -> int:
    """Where, among all derivatives laid end to end, that of output j by these inputs is."""
    for i in by:
        j = j * n + i
    return j


def _differentiated(f: Callable[[Any], list[Any]], times: int) -> Callable[[Any], list[Any]]:
    for _ in range(times):
        f = _jacobian_of(f)
    return f


def _jacobian_of(f: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    return lambda xs: _numbers(jacobian(f)(xs))


def _numbers(x: Any) -> list[Any]:
    return Tree(x).leaves


def _blame(record: Recorded, order: int, at: int, g: float, exact: Settled, name: str) -> None:
    """Raise what a wrong higher derivative comes from: a row's slope, the sweeps, rounding."""
    if not _known(exact):
        raise Inconclusive(f"{name}: no truth could be found for it")
    for node in record.nodes:
        if node.op and node.op.smooth:
            _examine_slopes(record, node, order)
    leaves = [Value(x, called) for x, called in zip(record.point, record.inputs, strict=True)]
    mine = _differentiated(record.flat, order)(leaves)[at]  # recorded, to be run at fifty digits
    same = Settled(mpmath.mpf(mine)) if not isinstance(mine, Value) else _settled(mine, leaves)
    if not close(float(same.number), exact, 2.0**-20):
        raise wrong("wrong sweep", name, g, exact, note=RIGHT, tolerance=TOLERANCE)
    _enough(record, name, g, exact)


def _steep(record: Recorded, j: int, by: Sequence[int], g: float, exact: Settled) -> bool:
    """Whether moving the inputs by some units in their last place changes as much."""

    def moved(xs: Sequence[float]) -> Settled:
        try:
            return Recorded(record.flat, xs, record.inputs, lambda _: record.outputs).exact(j, by)
        except (ValueError, ArithmeticError):
            return truth.UNKNOWN

    return close(g, exact, absolute=change(record.point, exact, moved))


def _known(exact: Settled) -> bool:
    """Whether there is a truth that a float could hold."""
    return bool(exact.known and abs(exact.number) < sys.float_info.max)


def _settled(root: Value, leaves: Sequence[Value]) -> Settled:
    graph = Graph.of(root)
    known = {leaf.name: mpmath.mpf(leaf.data) for leaf in leaves}
    inputs = [known.get(node.name, node.data) for node in graph.inputs]
    return truth.settle(lambda: graph.outputs_of(graph.evaluate(MPMATH, inputs))[0])


def _examine_slopes(record: Recorded, node: Value, order: int) -> None:
    """Raise GradientError where a row's own derivatives of this order are wrong."""
    row, xs, called = node.op, operands(node), record.operand_names(node)
    assert row is not None
    name = record.called[node]
    here = Recorded(lambda xs: [row(*row.arrange(xs))], xs, called, lambda _: [name])
    got = _numbers(jacobian(_differentiated(here.flat, order - 1))(list(xs)))
    for by in combinations_with_replacement(range(len(xs)), order):
        g, exact = got[_place(0, by, len(xs))], here.exact(0, by)
        if _known(exact) and not (close(g, exact, 2.0**-20) or _steep(here, 0, by, g, exact)):
            symbol = labels.derivative(name, [called[i] for i in by])
            note = f"of {record.written(node)}: the partials of {row} have a wrong slope"
            error = wrong("wrong rule", symbol, g, exact, note=note, tolerance="2⁻²⁰ relative")
            error.node, error.row, error.graph = name, row, node
            raise error

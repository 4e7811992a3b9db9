"""Our first derivatives of a recorded function, compared with the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import mpmath

from ..transforms import jvp, vjp
from . import labels
from .higher import higher_order
from .recorded import FEW, RIGHT, Recorded
from .report import Component, GradientError, Inconclusive, Report, component, wrong
from .rule import RELATIVE, Kinks, between, close, differ
from .truth import Settled


def examined(record: Recorded, order: int, modes: Sequence[str], kinks: Kinks) -> Report:
    """The report on our derivatives of a recorded function. Raises as check_gradients."""
    record.examine(kinks)
    components = first_order(record, modes, kinks)
    for k in range(2, order + 1):
        components += higher_order(record, k, modes)
    notes = tuple(f"at a kink: {record.written(x)}" for x in record.kinked)
    return Report(tuple(components), len(record.nodes), record.good, notes)


def first_order(record: Recorded, modes: Sequence[str], kinks: Kinks) -> list[Component]:
    """First derivatives by reverse or forward sweeps, compared. Raises as check_gradients."""
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
    """Compare one forward sweep along all inputs at once, where they are many, with the truth."""
    weights = [1 + i * 0.6180339887498949 % 1 for i in range(len(record.point))]
    for j, g in enumerate(jvp(record.flat, (record.point,), (weights,))[1]):
        pairs = list(zip(weights, record.swept(j), strict=True))
        exact = Settled(mpmath.fsum(w * d.number for w, (d, _) in pairs))
        total = mpmath.fsum(w * t for w, (_, t) in pairs)
        if not close(g, exact, absolute=_rounding(record, total)):
            name = f"∂{record.outputs[j]} along all inputs, forward"
            raise wrong("wrong sweep", name, g, exact, note=RIGHT)


def _rounding(record: Recorded, total: Any) -> Any:
    """How far off rounding may put a sweep: 2⁻³³ of ``total``, its Σ|paths|, times the nodes."""
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
        return Component(name, g, g, 16.0)  # a jump: any number is between its slopes
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
    record.enough(name, g, exact)
    return component(name, g, exact, float(total))


def _kink(record: Recorded, error: GradientError) -> GradientError:
    kinked = ", ".join(map(record.written, record.kinked))
    error.args = (f"{error}\n  kinks      {kinked}",)
    return record.kink(error)

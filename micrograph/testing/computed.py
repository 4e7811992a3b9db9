"""Our derivatives of a recorded function, of any order, compared with the truth.

A derivative is a sum of terms that may cancel, as those of tanh'' do next to 0. Then floats agree
with the truth to few digits, though nothing is wrong. So a derivative that is off may be so by the
cost of rounding: of the paths for a first derivative, and for one of higher order of the nodes of
its own graph, which are the steps of the sweeps.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial, reduce
from itertools import product
from typing import Any

from ..engine.recording import VALUE
from ..engine.value import Value
from ..transforms import jacobian, jvp
from ..transforms.run import while_live
from . import names
from .judge import Kinks, Truth, Verdict, digits, judge
from .points import weights
from .recorded import RIGHT, Recorded, alone, operands
from .report import Component, Inconclusive, Report, component, report, wrong
from .rounding import differentiated, leaves_of
from .rule import RELATIVE, TOLERANCE

FEW = 32
"""With more inputs, one forward sweep along all of them is compared, instead of one for each."""

ESTIMATED = 2.0**-20
"""The relative tolerance of a second derivative whose truth is estimated by differences."""


ENOUGH = 3
"""How many digits rounding must leave. From fewer nothing can be told."""

UNCANCELLED = "f is smooth here, but the kinks of its nodes don't cancel in the sweep"


def examined(record: Recorded, order: int, modes: Sequence[str], kinks: Kinks) -> Report:
    """The report on our derivatives of a recorded function. Raises as check_gradients."""
    record.examine(kinks)
    components = first_order(record, modes, kinks)
    notes = [f"at a kink: {record.written(x)}" for x in record.kinked]
    for k in range(2, order + 1):
        found = list(higher_order(record, k, modes, kinks))
        components += found
        left = len(record.results) * math.comb(len(record.point) + k - 1, k) - len(found)
        if left and not record.opaque:
            notes.append(f"not compared for a kink: {left} derivatives of order {k}")
    if record.frozen:
        notes.append("numbers that f reads out of Values, as x.data, count as constants")
    if record.opaque and order > 2:
        rows = ", ".join(record.opaque)
        notes.append(f"orders above 2 are not compared: {rows} is Python code")
    return report(components, record.gradients, notes, len(record.nodes))


def first_order(record: Recorded, modes: Sequence[str], kinks: Kinks) -> list[Component]:
    """First derivatives by reverse or forward sweeps, compared. Raises as check_gradients."""
    n, found = len(record.point), _sweeps(record, record.flat, modes)
    if len(modes) > len(found):
        _along_all(record, found[0])
    components: list[Component] = []
    for derivatives in found:
        components = [
            _compared(record, j, i, derivatives[j * n + i], kinks)
            for j in range(len(record.results))
            for i in range(n)
        ]
    return components


def _sweeps(
    record: Recorded, f: Callable[[Any], list[Any]], modes: Sequence[str]
) -> list[list[float]]:
    """The derivatives of f by each kind of sweep, laid end to end.

    There is none by forward sweeps if there are many inputs, and reverse ones are wanted, too.
    """
    n, found = len(record.point), []
    if "rev" in modes:
        found.append(_swept(record, lambda: leaves_of(jacobian(f)(record.point))))
    if "fwd" in modes and (n <= FEW or not found):
        units = [[float(i == k) for k in range(n)] for i in range(n)]
        columns = [leaves_of(jvp(f, (record.point,), (unit,))[1]) for unit in units]
        found.append([x for row in zip(*columns, strict=True) for x in row])
    return found


def _along_all(record: Recorded, gradients: Sequence[float]) -> None:
    """Compare one forward sweep along all inputs at once with what reverse sweeps have found."""
    n = len(record.point)
    ways = weights(n)
    for j, g in enumerate(jvp(record.flat, (record.point,), (ways,))[1]):
        found = zip(ways, gradients[j * n : (j + 1) * n], strict=True)
        exact = Truth(math.fsum(w * d for w, d in found))
        total = math.fsum(w * t for w, t in zip(ways, record.rounding.terms(j), strict=True))
        if judge(g, exact, RELATIVE, _allowed(record, total)).says == "wrong":
            name = f"∂{record.outputs[j]} along all inputs, forward"
            raise wrong("wrong sweep", name, g, exact, note=RIGHT)


def _allowed(record: Recorded, total: float) -> float:
    """How far off rounding may put a sweep: 2⁻³³ of ``total``, its Σ|paths|, times the nodes."""
    return RELATIVE * len(record.order) * total


def _rounded(
    record: Recorded, name: str, g: float, exact: Truth, total: float, cost: float
) -> Verdict:
    """The verdict on a derivative that rounding may put so far off; ``total``: of its terms.

    Raises Inconclusive if rounding leaves too few digits to tell.
    """
    if not (math.isfinite(g) and math.isfinite(total)):
        raise Inconclusive(f"{name} is {g!r}: infinite numbers were met on the way{record.loss()}")
    return judge(g, exact, RELATIVE, cost, scale=total)


def _enough(record: Recorded, name: str, got: float, exact: Truth, digits: float) -> None:
    """Raise Inconclusive if rounding left too few digits of a derivative to tell."""
    if digits < ENOUGH and exact.number and exact.off(got) > sys.float_info.min:
        raise Inconclusive(
            f"{name}: {RIGHT}, but rounding left {int(digits)} digits: {got!r}, where the "
            f"truth is {exact.number:.6g}{record.loss()}"
        )


def _compared(record: Recorded, j: int, i: int, g: float, kinks: Kinks) -> Component:
    name = names.derivative(record.outputs[j], [record.inputs[i]])
    exact = record.gradients[j][i]
    verdict = judge(g, exact, RELATIVE, kinks=kinks)
    if verdict.says == "right" or (verdict.says == "unknown" and exact.tied and g != g):
        return component(name, g, exact, verdict.digits)
    if verdict.says == "kink":
        raise record.kink(name, g, exact, verdict.note)
    if verdict.says == "unknown":
        raise Inconclusive(f"{name} is {g!r}: {verdict.note}{record.loss()}")
    if exact.tied and math.isfinite(g):
        raise record.kink(name, g, exact, UNCANCELLED)
    total = record.rounding.terms(j)[i]
    cost = _allowed(record, total)
    verdict = _rounded(record, name, g, exact, total, cost)
    if verdict.digits < ENOUGH and (size := record.rounding.zero(g, exact, j, i)):
        return component(name, g, exact, digits(exact.off(g), size))
    if verdict.says == "wrong" and all(abs(g - x) > cost for x in record.swept(j, i)):
        raise wrong("wrong sweep", name, g, exact, note=RIGHT)
    _enough(record, name, g, exact, verdict.digits)
    return component(name, g, exact, verdict.digits)


# Above the first order


def higher_order(
    record: Recorded, order: int, modes: Sequence[str], kinks: Kinks
) -> Iterator[Component]:
    """Our derivatives of an order above the first, each compared. Raises as check_gradients.

    ∂²y/∂x∂z and ∂²y/∂z∂x may come of two rules. Both are compared, and the first one is reported.
    """
    if record.opaque and order > 2:
        return  # no such slope is known of Python code
    n = len(record.point)
    found = _sweeps(record, differentiated(record.flat, order - 1), modes)
    for j in range(len(record.results)):
        known = cache(partial(record.exact, j))
        for by in product(range(n), repeat=order):
            exact, at = known(tuple(sorted(by))), _place(j, by, n)
            name = names.derivative(record.outputs[j], [record.inputs[i] for i in by])
            shared = [
                _examined(record, order, g, exact, name, at, kinks)
                for g in (derivatives[at] for derivatives in found)
            ]
            if None not in shared and list(by) == sorted(by):
                yield component(name, found[0][at], exact, min(x for x in shared if x is not None))


def _swept(record: Recorded, sweep: Callable[[], list[Any]]) -> list[Any]:
    """What the sweep returns. If a rule can't be differentiated, the TypeError names its row."""
    try:
        return sweep()
    except TypeError as error:
        for node in record.nodes:
            leaves = [Value(x) for x in operands(node)]
            try:
                while_live(leaves, partial(_partials, node.op, leaves))
            except TypeError as refused:
                raise TypeError(f"the partials of {node.op and node.op.name}: {refused}") from None
        raise error


def _partials(row: Any, leaves: list[Value]) -> Any:
    return row.partials_at(VALUE, row(*row.arrange(leaves)), leaves)


def _place(j: int, by: Sequence[int], n: int) -> int:
    """The index of the derivative of output j by these inputs, with all laid end to end."""
    return reduce(lambda place, i: place * n + i, by, j)


def _examined(
    record: Recorded,
    order: int,
    g: float,
    exact: Truth,
    name: str,
    at: int,
    kinks: Kinks,
) -> float | None:
    """How many digits agree; None if there is no such derivative, at a kink.

    Raises GradientError or Inconclusive if the derivative is off by a row's own slope, by the
    sweeps, or by too much rounding.
    """
    verdict = judge(g, exact, RELATIVE if exact.certified else ESTIMATED, kinks=kinks)
    if verdict.says == "right":
        return verdict.digits
    told = math.isfinite(g) and math.isfinite(exact.number) and verdict.says == "wrong"
    if verdict.says == "kink" or (exact.tied and told):
        raise record.kink(name, g, exact, verdict.note or UNCANCELLED)
    if not exact.certified and verdict.says == "wrong":
        raise wrong("wrong rule", name, g, exact, note=f"by {', '.join(record.opaque)}")
    if exact.tied or not exact.certified:
        return None  # at a kink there may be no second derivative; or differences can't tell
    if verdict.says == "unknown" or math.isinf(exact.number):
        raise Inconclusive(f"{name} is {g!r}: no truth could be found for it")
    total = record.rounding.cost(order, at)
    verdict = _rounded(record, name, g, exact, total, RELATIVE * total)
    if verdict.says == "wrong":
        for k, node in product(range(2, order + 1), record.nodes):
            if node.op and node.op.dense:
                _examine_row(record, node, k)
        raise wrong("wrong sweep", name, g, exact, note=RIGHT, tolerance=TOLERANCE)
    _enough(record, name, g, exact, verdict.digits)
    return verdict.digits


def _examine_row(record: Recorded, node: Value, order: int) -> None:
    """Raise GradientError if a node's own derivatives of this order are wrong."""
    assert node.op is not None
    y = record.called[node]
    row = alone(node.op, operands(node), record.operand_names(node), y)
    found = differentiated(row.flat, order)(row.point)
    for by in product(range(len(row.inputs)), repeat=order):
        at = _place(0, by, len(row.inputs))
        g, exact, cost = found[at], row.exact(0, by), RELATIVE * row.rounding.cost(order, at)
        if judge(g, exact, RELATIVE, cost).says == "wrong":
            name = names.derivative(y, [row.inputs[i] for i in by])
            note = f"of {record.written(node)}: the partials of {node.op} have a wrong slope"
            fields: Any = {"node": y, "row": node.op, "graph": node}
            raise wrong("wrong rule", name, g, exact, note=note, tolerance=TOLERANCE, **fields)

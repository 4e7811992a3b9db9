"""Derivatives that a user gives for a function, compared with the truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath

from ..engine.value import Value
from ..transforms.tree import Tree
from . import labels
from .blackbox import FLOAT64, BlackBox
from .call import Call
from .pattern import pattern, wrong_path
from .recorded import Recorded
from .report import Component, GradientError, Inconclusive, Report, agreed, component, wrong
from .rule import Kinks, between, close, differ
from .truth import Settled

RECORDED = 2.0**-30
"""The relative tolerance of a given derivative if the function can be recorded: nine digits."""


class Truth:
    """A function's true derivatives: from its recorded graph, or else from differences.

    The graph is used if the function can be called with Values and then returns the same numbers.
    """

    def __init__(self, call: Call) -> None:
        self.call, self.box = call, BlackBox(call)
        self.record = _record(call, self.box)
        self.relative = RECORDED if self.record else math.sqrt(self.box.epsilon)
        self.outputs = call.outputs(len(self.box.values))
        self.tolerance = f"{self.relative:.1e} relative" + (
            "" if self.record else ", and four times the error of the differences"
        )

    def slope(self, j: int, i: int, side: int = 0) -> Settled:
        """∂y_j/∂x_i."""
        if self.record is None:
            return self.box.slope(j, i, side)
        if side or self.record.whole:
            return self.record.exact(j, [i], side)
        return self.record.swept(j)[i][0]

    def second(self, j: int, i: int, k: int) -> Settled:
        """∂²y_j/∂x_i∂x_k."""
        return self.record.exact(j, [i, k]) if self.record else self.box.second(j, i, k)


def _record(call: Call, box: BlackBox) -> Recorded | None:
    if box.epsilon != FLOAT64:
        return None
    try:
        record = call.record()
    except Exception:  # whatever f raises at Values, it is a black box then
        return None
    alike = len(record.values) == len(box.values) and all(
        math.isclose(a, b, rel_tol=1e-9) for a, b in zip(record.values, box.values, strict=True)
    )
    return record if alike and not record.opaque else None


def given(
    call: Call,
    derivatives: dict[str, Any],
    has_value: bool,
    kinks: Kinks,
) -> Report:
    """The report on the given derivatives.

    Args:
        call: The function and its arguments.
        derivatives: The given derivatives by their names: "gradient", "jacobian", "hessian".
        has_value: Whether the gradient comes as the pair (value, gradient).
        kinks: As for ``check_gradients``.

    Raises:
        GradientError: As ``check_gradients``, which also tells when Inconclusive, TypeError and
            ValueError are raised.
    """
    truth = Truth(call)
    components: list[Component] = []
    for name, derivative in derivatives.items():
        pair = has_value and name == "gradient"
        found = derivative(*call.args) if callable(derivative) else derivative
        if pair:
            value, found = found
            _same_value(truth, value)
        if name == "hessian":
            components += _second_order(truth, found)
            continue
        components += _first_order(truth, name, found, kinks)
        if callable(derivative):
            _beside(call, name, derivative, pair, kinks)
    good = int(min((c.digits for c in components), default=0))
    if truth.record:
        good = truth.record.good
    return Report(tuple(components), 0, good)


def _same_value(truth: Truth, value: Any) -> None:
    slack = 2.0**-40 if truth.box.epsilon == FLOAT64 else 2.0**-16
    got = [float(x) for x in Tree(value, "gradient: its value is").leaves]
    if len(got) != len(truth.outputs):
        raise TypeError(f"has_value: expected {len(truth.outputs)} values, got {len(got)}")
    for name, g, y in zip(truth.outputs, got, truth.box.values, strict=True):
        if not (math.isclose(g, y, rel_tol=slack) or (g != g and y != y)):
            said = "the value beside the gradient is not f's"
            raise wrong("wrong gradient", name, g, Settled(mpmath.mpf(y)), note=said)


def _beside(
    call: Call, name: str, derivative: Callable[..., Any], pair: bool, kinks: Kinks
) -> None:
    """Compare a derivative a little beside the point: it may be right at one point alone."""
    try:
        moved = call.beside()
        found = derivative(*moved.args)
        truth = Truth(moved)
        found = found[1] if pair else found
        if all(map(math.isfinite, [*truth.box.values, *Tree(found).leaves])):
            _first_order(truth, name, found, kinks)
    except GradientError as error:
        error.args = (f"{error}\nit is right at the point given, but not beside it, at {moved}",)
        raise
    except Exception:  # the point beside may be outside a domain; at the point itself all was well
        return


def _rows(truth: Truth, name: str, found: Any) -> list[list[float]]:
    """The given derivatives as a matrix: a row for each output, a column for each input."""
    m, chosen = len(truth.outputs), truth.call.chosen
    leaves = [float(x) for x in Tree(found, f"{name}: it returned").leaves]
    n, first = len(truth.call.inputs), len(Tree(chosen[0]).leaves)
    columns = first if len(leaves) == m * first else n  # by the first argument, or by all
    if len(leaves) != m * columns:
        raise TypeError(
            f"{name}: expected {m * n} numbers, of {m} outputs by {n} inputs, got {len(leaves)}"
        )
    shape = tuple(getattr(found, "shape", ()))
    wanted = (*truth.box.shape, *getattr(chosen[0], "shape", ()))
    if len(chosen) == 1 and len(shape) == len(wanted) == 2 and shape != wanted:
        raise _transposed(f"{name}: its shape is {shape}, expected {wanted}")
    if isinstance(found, tuple | list) and len(found) == len(chosen) > 1 and columns == n:
        blocks = [[float(x) for x in Tree(block).leaves] for block in found]
        widths = [len(block) // m for block in blocks]
        return [
            [x for b, w in zip(blocks, widths, strict=True) for x in b[j * w : (j + 1) * w]]
            for j in range(m)
        ]
    return [leaves[j * columns : (j + 1) * columns] for j in range(m)]


def _transposed(said: str) -> GradientError:
    error = GradientError(f"wrong gradient: transposed, {said}")
    error.kind, error.pattern = "wrong gradient", "transposed"
    return error


def _first_order(truth: Truth, name: str, found: Any, kinks: Kinks) -> list[Component]:
    rows = _rows(truth, name, found)
    true = [[truth.slope(j, i) for i in range(len(row))] for j, row in enumerate(rows)]
    components = []
    for j, row in enumerate(rows):
        scale = max((float(abs(t.number)) for t in true[j] if t.number == t.number), default=0.0)
        for i, g in enumerate(row):
            symbol = labels.derivative(truth.outputs[j], [truth.call.inputs[i]])
            exact = true[j][i]
            sides = _sides(truth, j, i, g, exact)
            lies = sides and kinks == "between" and between(g, *sides, truth.relative)
            if lies:
                components.append(Component(symbol, g, g, 16.0))
            elif not sides and close(
                g, exact, truth.relative, allowed := _allowed(truth, j, i, exact)
            ):
                _certain(truth, j, i, g, exact, scale, symbol)
                size = scale or allowed / truth.relative
                components.append(component(symbol, g, exact, size))
            elif sides or exact.known or exact.error < abs(g - exact.number) / 16:
                raise _wrong(truth, name, rows, true, (j, i), symbol, sides)
            else:
                raise Inconclusive(
                    f"{symbol}: got {g!r}, but differences of f are good to {exact.digits} digits "
                    f"only: {float(exact.number):.6g}"
                )
    return components


def _allowed(truth: Truth, j: int, i: int, exact: Settled) -> float:
    """How far off a derivative may be, in addition to the relative tolerance."""
    if truth.record:
        return float(RECORDED * truth.record.swept(j)[i][1])
    return 4 * exact.error


def _certain(
    truth: Truth, j: int, i: int, g: float, exact: Settled, scale: float, symbol: str
) -> None:
    """Raise Inconclusive if the truth is so vague that a wrong derivative might agree, too."""
    x, y = truth.call.point[i], truth.box.values[j]
    nothing = 2.0**-44 * max(scale, abs(y) / max(1.0, abs(x)))  # a slope below it counts as 0
    if 4 * exact.error > (2.0**-10 * abs(g) if abs(g) > nothing else nothing):
        raise Inconclusive(
            f"{symbol}: {g!r} may be right, but differences of f are off by up to {exact.error:.1g}"
        )


def _sides(truth: Truth, j: int, i: int, g: float, exact: Settled) -> tuple[Any, Any] | None:
    """The one-sided slopes if both are known and differ; else None.

    They are looked for if a recorded node is at a kink, or if a black box's g is not right.
    """
    if truth.record and not truth.record.kinked:
        return None
    if not truth.record and close(g, exact, truth.relative, exact.error) and exact.known:
        return None
    left, right = (truth.slope(j, i, side) for side in (-1, 1))
    apart = abs(left.number - right.number)
    if differ(left, right) and apart > 16 * (left.error + right.error):
        return left.number, right.number
    return None


def _wrong(
    truth: Truth,
    name: str,
    rows: Sequence[Sequence[float]],
    true: Sequence[Sequence[Settled]],
    place: tuple[int, int],
    symbol: str,
    sides: tuple[Any, Any] | None,
) -> GradientError:
    j, i = place
    g, exact = rows[j][i], true[j][i]
    slack = 8 * truth.relative
    record = truth.record
    if sides:
        lies = between(g, *sides, truth.relative)
        kind, seen = (
            "kink",
            f"f's slope jumps here, and it {'lies' if lies else 'does not lie'} between",
        )
    else:
        numbers = [[float(t.number) for t in row] for row in true]
        kind, seen = "wrong gradient", pattern(rows, numbers, i, j, slack, truth.call.inputs)
        path = wrong_path(record, j, i, g, slack) if record else ""
        if path:
            seen = f"{seen}, or {path}" if seen not in ("", "zero") else path
        if not seen and agreed(g, exact.number) >= 3:
            kind, seen = "cancellation", f"only {agreed(g, exact.number):.0f} digits agree"
    note = f"{name}: {seen}" if seen else name
    error = wrong(kind, symbol, g, exact, note=note, sides=sides, tolerance=truth.tolerance)
    error.pattern = seen
    if record and isinstance(record.results[j], Value):
        error.graph = record.results[j]
    return error


def _second_order(truth: Truth, found: Any) -> list[Component]:
    n, m = len(truth.call.inputs), len(truth.outputs)
    leaves = [float(x) for x in Tree(found, "hessian: it returned").leaves]
    if m != 1 or len(leaves) != n * n:
        raise TypeError(
            f"hessian: expected {n * n} numbers, of 1 output by {n} inputs twice, got "
            f"{len(leaves)} of {m}"
        )
    rows = [leaves[i * n : (i + 1) * n] for i in range(n)]
    true = [[truth.second(0, i, k) for k in range(n)] for i in range(n)]
    relative = 2.0**-26 if truth.record else truth.box.epsilon**0.25
    largest = max(abs(t.number) for row in true for t in row)
    noise = largest * (2.0**-36 if truth.record else relative)
    components = []
    for i in range(n):
        for k in range(n):
            g, exact = rows[i][k], true[i][k]
            symbol = labels.derivative(truth.outputs[0], [truth.call.inputs[x] for x in (i, k)])
            if close(g, exact, relative, noise):
                components.append(component(symbol, g, exact, float(largest)))
                continue
            if not (truth.record or exact.known):
                raise Inconclusive(f"{symbol}: differences of f leave {exact.digits} digits of it")
            numbers = [[float(t.number) for t in row] for row in true]
            seen = pattern(rows, numbers, k, i, 8 * relative, truth.call.inputs)
            note = f"hessian: {seen}" if seen else "hessian"
            tolerance = f"{relative:.1e} relative"
            error = wrong("wrong gradient", symbol, g, exact, note=note, tolerance=tolerance)
            error.pattern = seen
            raise error
    return components

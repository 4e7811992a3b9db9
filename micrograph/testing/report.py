"""What a check says: a report of the digits that agreed, or an error that a stranger can act on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from os import PathLike
from typing import Any, NamedTuple

from ..core import Primitive
from ..engine.value import Value
from ..namespaces.text import Text, aligned, formula, listed
from ..render.table import table
from .truth import Settled

KINDS = (
    "wrong rule",
    "wrong sweep",
    "wrong gradient",
    "cancellation",
    "kink",
    "outside the domain",
)
"""The kinds of failure that a GradientError may be of."""


class Inconclusive(Exception):
    """The check could not tell right from wrong. Under Hypothesis the example is rejected."""


class GradientError(AssertionError):
    """A derivative that is wrong, or not to be had.

    kind:      one of ``KINDS``
    component: which derivative of the function, ``∂J/∂x[2]``; "" where a node is to blame
    node:      the guilty node's name, or ""
    row:       its primitive, or None
    pattern:   what a wrong gradient looks like: "sign", "factor 2", "swapped with …", or ""
    expected, got: the two numbers; NaN where there are none
    graph:     the root of the smallest graph that shows it, or None
    """

    kind = component = node = pattern = ""
    row: Primitive | None = None
    expected = got = math.nan
    graph: Value | None = None

    def draw(self, filename: str | PathLike[str] | None = None) -> Any:
        """The smallest graph that shows the failure, as ``micrograph.draw`` draws it.

        Raises: ValueError where no graph of ours is to blame.
        """
        if self.graph is None:
            raise ValueError("there is no graph to draw: the function is not one of ours")
        from ..render.dot import draw

        return draw(self.graph, filename, hide={"grad"})


class Component(NamedTuple):
    """One derivative: its name, the number found, the truth, and how many digits they share."""

    name: str
    got: float
    expected: float
    digits: float


class Report(NamedTuple):
    """A check that passed.

    components: the derivatives that were compared
    nodes:      how many nodes' own partials were compared; 0 for a given derivative
    truth:      how many digits the truth is good for, at least
    notes:      what a reader should know, such as kinks
    """

    components: tuple[Component, ...]
    nodes: int
    truth: int
    notes: tuple[str, ...] = ()

    @property
    def digits(self) -> float:
        """The digits that agree in every component."""
        return min((c.digits for c in self.components), default=16.0)

    def __str__(self) -> str:
        lines = [("derivative", "value", "truth", "digits agreed")]
        lines += [
            (c.name, f"{c.got!r}", f"{c.expected!r}", f"{c.digits:.1f}") for c in self.components
        ]
        return "\n".join([*aligned(lines), *self.notes])


def agreed(got: float, expected: Any, good: float = 16.0) -> float:
    """How many decimal digits two numbers share: 16 at most, and no more than are ``good``."""
    if got == float(expected) or (got != got and expected != expected):
        return min(16.0, good)
    if not (math.isfinite(got) and abs(expected) < math.inf):
        return 0.0
    apart = float(abs(got - expected) / max(abs(got), abs(expected)))
    return max(0.0, min(16.0, good, -math.log10(apart or 1e-16)))


def component(name: str, got: float, exact: Settled, scale: float = 0.0) -> Component:
    """A derivative that passed. scale: what it is measured by where it is 0, or has an error."""
    y, apart = exact.number, max(float(abs(got - exact.number)), exact.error)
    if apart and (not y or (exact.error and abs(y) < scale)):
        digits = max(0.0, min(16.0, -math.log10(apart / scale))) if scale else 0.0
        return Component(name, got, float(y), digits)
    return Component(name, got, float(y), agreed(got, y, exact.digits))


class Finding(NamedTuple):
    """What is wrong with a row at some operands.

    kind:     one of ``KINDS``
    operand:  which operand the wrong partial is by; None where the value is wrong
    exact:    the truth
    sides:    the one-sided slopes, where they differ
    note:     what else there is to say
    """

    kind: str
    row: Primitive
    operands: tuple[float, ...]
    operand: int | None
    got: float
    exact: Settled
    sides: tuple[Any, Any] | None = None
    note: str = ""


def wrong(
    kind: str,
    component: str,
    got: float,
    exact: Settled,
    *,
    note: str = "",
    sides: tuple[Any, Any] | None = None,
    tolerance: str = "",
) -> GradientError:
    """The error that shows a derivative beside the truth."""
    said = f"{kind}: {component}{', ' if note else ''}{note}"
    error = GradientError("\n".join([said, *_shown(got, exact, sides, tolerance)]))
    error.kind, error.component = kind, component
    error.got, error.expected = got, float(exact.number)
    return error


def guilty(
    finding: Finding, called: str = "y", names: Sequence[str] = (), tolerance: str = ""
) -> GradientError:
    """The error that names a node, its rule and operands, and shows it alone.

    called: the node's name
    names:  the operands', where they have any
    """
    row, xs = finding.row, finding.operands
    names = names or operand_names(row, len(xs))
    i = finding.operand
    what = called if i is None else f"∂{called}/∂{names[i]}"
    pairs = dict(zip(names, xs, strict=True))
    at = listed(f"{name} = {x!r}" for name, x in pairs.items() if name != repr(x))
    said = f"{finding.kind}: {what} of {called} = {formula(row, [Text(n) for n in names])} at {at}"
    rule = f"primitive {row.name}, {'its value' if i is None else f'its partial by {names[i]}'}"
    lines = [said, "; ".join(filter(None, [f"  {rule}", finding.note]))]
    lines += _shown(finding.got, finding.exact, finding.sides, tolerance)
    error = GradientError()
    try:
        leaves = {name: Value(x, name) for name, x in pairs.items()}
        error.graph = row(*recordable(row, [leaves[name] for name in names])).named(called)
        alone = table(error.graph, hide={"grad"})
        lines += ["the node alone:", *(f"  {line}" for line in alone.splitlines())]
    except (ValueError, ArithmeticError, TypeError) as refused:
        lines.append(f"the node alone raises {type(refused).__name__}: {refused}")
    error.args = ("\n".join(lines),)
    error.kind, error.node, error.row = finding.kind, called, row
    error.got, error.expected = finding.got, float(finding.exact.number)
    return error


def operand_names(row: Primitive, n: int) -> list[str]:
    """What a row calls its n operands: ``x``, or ``x1, x2, …`` where they are vectors."""
    if not row.vectors:
        return list(row.arguments)
    return [f"{name}{i + 1}" for name in row.arguments for i in range(n // row.vectors)]


def recordable(row: Primitive, leaves: Sequence[Value]) -> Sequence[Any]:
    """The leaves as the row's arguments; what must be a plain number, an exponent, as one."""
    if row.vectors or row.operator or row.choice or row.arity != 2:
        return row.arrange(leaves)
    return [x.data if n in row.static else x for n, x in zip(row.arguments, leaves, strict=True)]


def _shown(
    got: float, exact: Settled, sides: tuple[Any, Any] | None, tolerance: str
) -> Iterator[str]:
    """The two numbers as lines, and how far they are apart."""
    y = exact.number
    if sides:
        left, right = map(float, sides)
        yield f"  expected   between the one-sided slopes {left!r} and {right!r}"
    elif exact.known:
        yield f"  expected   {float(y)!r}, which is good to {exact.digits} digits"
    yield f"  got        {got!r}"
    if not sides and exact.known and math.isfinite(got) and y and abs(y) < math.inf:
        off = abs(got - y)
        ulps = float(off / math.ulp(float(y)))
        yield f"  off by     {float(off / abs(y)):.2g} relative, {ulps:.2g} ULP"
    if tolerance:
        yield f"  tolerance  {tolerance}"

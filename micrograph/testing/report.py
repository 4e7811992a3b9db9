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
"""The kinds of failure that a GradientError may report."""


class Inconclusive(Exception):
    """The check could not tell right from wrong.

    Inside Hypothesis's ``@given``, ``check_gradients`` rejects the example instead of raising it.

    Example:
        >>> from micrograph import cos
        >>> check_gradients(lambda x: (1 - cos(x)) / x**2, 1e-9)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        micrograph.testing.Inconclusive: ...
    """


class GradientError(AssertionError):
    """A derivative is wrong, or the function has none there.

    Attributes:
        kind: The kind of failure: "wrong rule", "wrong sweep", "wrong gradient", "cancellation",
            "kink" or "outside the domain".
        component: Which derivative of the function is wrong, ``∂J/∂x[2]``; "" if a node is to
            blame.
        node: The name of the guilty node, or "".
        row: The primitive of the guilty node, or None.
        pattern: What a wrong gradient looks like: "sign", "factor 2", "swapped with …", or "".
        expected: The true number; NaN if there is none.
        got: The number that was found; NaN if there is none.
        graph: The root of the smallest graph that shows the failure, or None.

    Example:
        >>> try:
        ...     check_gradients(lambda x: x * x, 3.0, gradient=lambda x: -2 * x)
        ... except GradientError as error:
        ...     print([error.kind, error.component, error.pattern, error.expected, error.got])
        ['wrong gradient', '∂y/∂x', 'sign', 6.0, -6.0]
    """

    kind = component = node = pattern = ""
    row: Primitive | None = None
    expected = got = math.nan
    graph: Value | None = None

    def draw(self, filename: str | PathLike[str] | None = None) -> Any:
        """The smallest graph that shows the failure, as ``micrograph.draw`` draws it.

        Args:
            filename: The file to write the picture to. Default: none is written.

        Raises:
            ValueError: If no graph of ours is to blame.
        """
        if self.graph is None:
            raise ValueError("there is no graph to draw: the function is not one of ours")
        from ..render.dot import draw

        return draw(self.graph, filename, hide={"grad"})


class Component(NamedTuple):
    """One derivative that was compared.

    Attributes:
        name: Which derivative: ``∂y/∂x``.
        got: The number that was found.
        expected: The true number.
        digits: How many decimal digits the two share.
    """

    name: str
    got: float
    expected: float
    digits: float


class Report(NamedTuple):
    """A check that passed. ``check_gradients`` returns it, and it prints as a table.

    Attributes:
        components: The derivatives that were compared. Each has a ``name``, the numbers ``got`` and
            ``expected``, and how many decimal ``digits`` these share.
        nodes: How many nodes had their own partials compared; 0 for a given derivative.
        truth: How many digits the truth is good for, at least.
        notes: What a reader should know, such as kinks.

    Example:
        >>> report = check_gradients(lambda x: x * x, 3.0)
        >>> report.components[0].got, report.nodes, report.truth, report.digits
        (6.0, 1, 50, 16.0)
    """

    components: tuple[Component, ...]
    nodes: int
    truth: int
    notes: tuple[str, ...] = ()

    @property
    def digits(self) -> float:
        """How many digits agree in every component."""
        return min((c.digits for c in self.components), default=16.0)

    def __str__(self) -> str:
        lines = [("derivative", "value", "truth", "digits agreed")]
        lines += [
            (c.name, f"{c.got!r}", f"{c.expected!r}", f"{c.digits:.1f}") for c in self.components
        ]
        return "\n".join([*aligned(lines), *self.notes])


def agreed(got: float, expected: Any, good: float = 16.0) -> float:
    """How many decimal digits two numbers share: at most 16, and at most ``good``."""
    if got == float(expected) or (got != got and expected != expected):
        return min(16.0, good)
    if not (math.isfinite(got) and abs(expected) < math.inf):
        return 0.0
    apart = float(abs(got - expected) / max(abs(got), abs(expected)))
    return max(0.0, min(16.0, good, -math.log10(apart or 1e-16)))


def component(name: str, got: float, exact: Settled, scale: float = 0.0) -> Component:
    """A derivative that passed.

    Args:
        name: Which derivative.
        got: The number that was found.
        exact: The truth.
        scale: The size to compare with when the derivative itself is 0 or only estimated.
    """
    y, apart = exact.number, max(float(abs(got - exact.number)), exact.error)
    if apart and (not y or (exact.error and abs(y) < scale)):
        digits = max(0.0, min(16.0, -math.log10(apart / scale))) if scale else 0.0
        return Component(name, got, float(y), digits)
    return Component(name, got, float(y), agreed(got, y, exact.digits))


class Finding(NamedTuple):
    """What is wrong with a row at some operands.

    Attributes:
        kind: One of ``KINDS``.
        row: The row.
        operands: The operands.
        operand: The position of the operand that the wrong partial is by; None if the value is
            wrong.
        got: The number that was found.
        exact: The truth.
        sides: The one-sided slopes if they differ.
        note: What else there is to say.
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
    """The error that names a node, its rule and operands, and shows the node alone.

    Args:
        finding: What is wrong with the node.
        called: The node's name.
        names: The names of its operands. Default: those in the table.
        tolerance: The tolerance, in words.
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
    """The names of a row's n operands: ``x``, or ``x1, x2, …`` if x is a vector."""
    if not row.vectors:
        return list(row.arguments)
    return [f"{name}{i + 1}" for name in row.arguments for i in range(n // row.vectors)]


def recordable(row: Primitive, leaves: Sequence[Value]) -> Sequence[Any]:
    """The leaves as the row's arguments; a static one, such as an exponent, as a plain number."""
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

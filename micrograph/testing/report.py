"""What a check says: a report of the digits that agreed, or an error that a stranger can act on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from os import PathLike
from typing import Any, Literal, NamedTuple

from ..core import Primitive
from ..engine.value import Value
from ..namespaces.printed import on_stdout
from ..namespaces.text import Text, aligned, formula, listed
from ..render.table import table
from .judge import UNKNOWN, Truth

Kind = Literal[
    "wrong rule", "wrong sweep", "wrong gradient", "cancellation", "kink", "outside the domain"
]
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

    def __init__(
        self,
        message: str,
        kind: Kind = "wrong gradient",
        component: str = "",
        *,
        got: float = math.nan,
        expected: float = math.nan,
        node: str = "",
        row: Primitive | None = None,
        pattern: str = "",
        graph: Value | None = None,
    ) -> None:
        super().__init__(message)
        self.kind, self.component, self.got, self.expected = kind, component, got, expected
        self.node, self.row, self.pattern, self.graph = node, row, pattern, graph

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
        expected: The true number; NaN at a kink.
        digits: How many decimal digits the two share.
        sides: At a kink, the slopes on the left and on the right, between which ``got`` lies.
    """

    name: str
    got: float
    expected: float
    digits: float
    sides: tuple[float, float] | None = None

    @property
    def truth(self) -> str:
        """The true number, or the one-sided slopes, as text."""
        if not self.sides:
            return repr(self.expected)
        left, right = self.sides
        return f"{left!r} beside a jump" if left == right else f"between {left!r} and {right!r}"


def component(name: str, got: float, truth: Truth, digits: float) -> Component:
    """A derivative that passed."""
    sides = truth.sides or ((truth.number, truth.number) if truth.jump else None)
    return Component(name, got, math.nan if truth.sides else truth.number, digits, sides)


class Report(NamedTuple):
    """A check that passed. ``check_gradients`` returns it, and it prints as a table.

    Attributes:
        components: The derivatives that were compared. Each has a ``name``, the numbers ``got`` and
            ``expected``, and how many decimal ``digits`` these share.
        nodes: How many nodes had their own partials compared; 0 for a given derivative.
        truth: How many digits the truth is good for, at least.
        certified: Whether these digits are proved, and not estimated by differences.
        notes: What a reader should know, such as kinks.

    Example:
        >>> report = check_gradients(lambda x: x * x, 3.0)
        >>> report.components[0].got, report.nodes, report.truth, report.digits
        (6.0, 1, 30, 16.0)
    """

    components: tuple[Component, ...]
    nodes: int
    truth: int
    certified: bool = True
    notes: tuple[str, ...] = ()

    @property
    def digits(self) -> float:
        """How many digits agree in every component."""
        return min((c.digits for c in self.components), default=16.0)

    def __str__(self) -> str:
        lines = [("derivative", "value", "truth", "digits agreed")]
        lines += [(c.name, f"{c.got!r}", c.truth, f"{c.digits:.1f}") for c in self.components]
        good = f"truth {'certified' if self.certified else 'estimated'} to {self.truth} digits"
        cells = [[on_stdout(cell) for cell in line] for line in lines]
        return "\n".join([*aligned(cells), *map(on_stdout, self.notes), good])


def report(
    components: Sequence[Component],
    truths: Sequence[Sequence[Truth]],
    notes: Sequence[str],
    nodes: int = 0,
) -> Report:
    """The report on derivatives that passed, with what their truths are good for."""
    every = [t for row in truths for t in row]
    digits = min((t.digits for t in every), default=30)
    certified = all(t.certified for t in every)
    return Report(tuple(components), nodes, digits, certified, tuple(notes))


def wrong(
    kind: Kind,
    component: str,
    got: float,
    truth: Truth,
    *,
    note: str = "",
    tolerance: str = "",
    **fields: Any,
) -> GradientError:
    """The error that shows a derivative beside the truth."""
    said = f"{kind}: {component}{', ' if note else ''}{note}"
    lines = [said, *_shown(got, truth, tolerance)]
    return GradientError(
        "\n".join(lines), kind, component, got=got, expected=truth.number, **fields
    )


def guilty(
    kind: Kind,
    row: Primitive,
    xs: Sequence[float],
    i: int | None,
    got: float,
    truth: Truth = UNKNOWN,
    *,
    note: str = "",
    called: str = "y",
    names: Sequence[str] = (),
    tolerance: str = "",
) -> GradientError:
    """The error that names a node, its rule and operands, and shows the node alone.

    Args:
        kind: The kind of failure.
        row: The node's row.
        xs: Its operands.
        i: The position of the operand that the wrong partial is by; None if the value is wrong.
        got: The number that was found.
        truth: The true number.
        note: What else there is to say.
        called: The node's name.
        names: The names of its operands. Default: those in the table.
        tolerance: The tolerance, in words.
    """
    names = names or operand_names(row, len(xs))
    what = called if i is None else f"∂{called}/∂{names[i]}"
    pairs = dict(zip(names, xs, strict=True))
    at = listed(f"{name} = {x!r}" for name, x in pairs.items() if name != repr(x))
    said = f"{kind}: {what} of {called} = {formula(row, [Text(n) for n in names])} at {at}"
    rule = f"primitive {row.name}, {'its value' if i is None else f'its partial by {names[i]}'}"
    lines = [said, "; ".join(filter(None, [f"  {rule}", note])), *_shown(got, truth, tolerance)]
    graph = None
    try:
        leaves = {name: Value(x, name) for name, x in pairs.items()}
        graph = row(*recordable(row, [leaves[name] for name in names])).named(called)
        alone = table(graph, hide={"grad"})
        lines += ["the node alone:", *(f"  {line}" for line in alone.splitlines())]
    except (ValueError, ArithmeticError, TypeError) as refused:
        lines.append(f"the node alone raises {type(refused).__name__}: {refused}")
    return GradientError(
        "\n".join(lines), kind, got=got, expected=truth.number, node=called, row=row, graph=graph
    )


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


def _shown(got: float, truth: Truth, tolerance: str) -> Iterator[str]:
    """The two numbers as lines, and how far they are apart."""
    if truth.known:
        yield f"  expected   {truth.said()}"
    yield f"  got        {got!r}"
    off = truth.off(got)
    if not truth.sides and truth.number and off < math.inf and math.isfinite(truth.number):
        ulps = off / math.ulp(truth.number)
        yield f"  off by     {off / abs(truth.number):.2g} relative, {ulps:.2g} ULP"
    if tolerance:
        yield f"  tolerance  {tolerance}"

"""Strategies for formulas and graphs, which grow by random steps. An unsound step is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ...core import TABLE, Primitive
from ...domain import REAL, Interval
from ...engine.sweep import topological
from ...engine.value import Value
from ...graph import Graph
from ...graph.export import python
from .number import row_of, usual, whole
from .soundness import LARGEST, has_kinks, recorded

SMALLEST = 1e-4
"""At its point a smooth graph has no node nearer to 0: at 0 there may be no slope, as for hypot."""

NEW_INPUT, CONSTANT = -1, -2
PICK = st.sampled_from((0, 0, 0, 0, 1, 2, NEW_INPUT, NEW_INPUT, CONSTANT))
"""What a step takes as an operand. k is the node that comes k before the latest one that fits."""

TIMES = (1,) * 60 + (100,)
"""How often a step of a random graph is repeated: 100 times, now and then, makes a long chain."""


class Expression(Graph):
    """A Graph that shows itself as Python source: ``lambda x: mg.tanh(x)``.

    ``expressions`` and ``graphs`` draw such graphs. The nodes hold their numbers at a point where
    all of them are defined.

    Example:
        >>> from micrograph import Value, tanh
        >>> Expression.of(tanh(Value(0.5, "x")))
        lambda x: mg.tanh(x)
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return python(self)


def expressions(
    max_nodes: int = 12,
    *,
    primitives: Sequence[Primitive | str] | None = None,
    inputs: int = 3,
    smooth: bool = False,
) -> SearchStrategy[Expression]:
    """A strategy for formulas of one output: graphs in which only inputs are used more than once.

    The nodes of a formula hold their numbers at a point. Each step is defined at this point and
    around it. There, numbers, slopes and the growth of rounding errors stay below 10⁴. Formulas
    shrink to few nodes, early rows of the table and small whole numbers.

    Args:
        max_nodes: The largest number of nodes, inputs among them.
        primitives: The rows to use, or their names. Default: the whole table, users' rows included.
        inputs: The largest number of inputs. They are called x, y, z, x4, x5 …
        smooth: Whether to leave out steps, choices and other rows with kinks, and points where a
            node is near 0.

    Raises:
        ValueError: If no formula can be made: too few nodes or inputs, or no row is left.
        LookupError: If no row has a name among ``primitives``.
        TypeError: If something among ``primitives`` is neither a row nor a name.

    Example:
        >>> from hypothesis import given
        >>> @given(expressions())
        ... def test_a_formula_is_a_function_of_its_inputs(e):
        ...     assert e() == e(*(node.data for node in e.inputs))
        >>> test_a_formula_is_a_function_of_its_inputs()
    """
    __tracebackhide__ = True
    return _grown(max_nodes, primitives, inputs, 1, smooth, tree=True)


def graphs(
    max_nodes: int = 200,
    *,
    primitives: Sequence[Primitive | str] | None = None,
    inputs: int = 3,
    outputs: int = 3,
    smooth: bool = False,
) -> SearchStrategy[Expression]:
    """A strategy for graphs in which nodes are shared, and some are needed by no output.

    Now and then a graph has a long chain. ``expressions`` says more: of the other arguments, of how
    large the numbers are, how graphs shrink, and what is raised.

    Args:
        max_nodes: The largest number of nodes, inputs among them.
        primitives: As for ``expressions``.
        inputs: As for ``expressions``.
        outputs: The largest number of outputs.
        smooth: As for ``expressions``.

    Example:
        >>> from hypothesis import given
        >>> @given(graphs(outputs=2))
        ... def test_it_has_outputs(graph):
        ...     assert len(graph.outputs) in (1, 2)
        >>> test_it_has_outputs()
    """
    __tracebackhide__ = True
    return _grown(max_nodes, primitives, inputs, outputs, smooth, tree=False)


def _grown(
    max_nodes: int,
    primitives: Sequence[Primitive | str] | None,
    inputs: int,
    outputs: int,
    smooth: bool,
    tree: bool,
) -> SearchStrategy[Expression]:
    __tracebackhide__ = True
    least = {"max_nodes": (max_nodes, 2), "inputs": (inputs, 1), "outputs": (outputs, 1)}
    for name, (given, fewest) in least.items():
        if given < fewest:
            raise ValueError(f"{name} should be at least {fewest}, got {given!r}")
    rows = list(TABLE.values()) if primitives is None else list(map(row_of, primitives))
    rows = [row for row in rows if not (smooth and has_kinks(row))]
    if not rows:
        raise ValueError(f"primitives={primitives!r} has no {'smooth ' * smooth}row; name one")
    number = usual(REAL).filter(lambda x: abs(x) >= SMALLEST) if smooth else usual(REAL)
    point = st.tuples(*[number] * inputs)
    step = _step(st.sampled_from(rows), st.sampled_from((1,) if tree else TIMES))
    # a list has six elements on average, so there are two; the shrinker empties the first
    steps = [st.lists(step, min_size=size, max_size=max_nodes) for size in (0, 1)]
    picks = st.just([0]) if tree else st.lists(st.integers(0, 5), min_size=1, max_size=outputs)

    @st.composite  # what a composite returns is shown as it is, not as the calls that made it
    def grown(draw: st.DrawFn) -> Expression:
        growth = _Growth(draw(point), max_nodes, SMALLEST if smooth else 0.0, tree)
        for some in steps:
            for row, operands, times in draw(some):
                while times and growth.add(row, operands):
                    times -= 1
        return growth.graph(draw(picks))

    return grown()


@st.composite
def _step(
    draw: st.DrawFn, rows: SearchStrategy[Primitive], times: SearchStrategy[int]
) -> tuple[Primitive, list[int | float], int]:
    """A row, its operands, and how often it is added. An operand is a float, or see ``PICK``."""
    row = draw(rows)
    length = draw(st.integers(1, 3)) if row.vectors else 1
    operands: list[int | float] = []
    for name, interval in zip(row.arguments, row.domain.intervals, strict=True):
        for _ in range(length):
            if name in row.static and not (row.choice or row.operator):
                operands.append(draw(whole(interval)))
                continue
            pick = draw(PICK)
            constant = pick == CONSTANT and row.arity > 1
            operands.append(draw(usual(interval)) if constant else pick)
    return row, operands, draw(times)


class _Growth:
    """Nodes to which steps are added, for ``grown``; in a tree only inputs are used again."""

    def __init__(self, point: Sequence[float], max_nodes: int, smallest: float, tree: bool) -> None:
        self.point, self.max_nodes, self.smallest, self.tree = point, max_nodes, smallest, tree
        self.inputs: list[Value] = []
        self.free: dict[Value, None] = {}  # the other nodes that a step may use
        self.errors: dict[Value, float] = {}  # of every node: see ``recorded``

    def add(self, row: Primitive, operands: Sequence[int | float]) -> bool:
        """Add a step if its strain is at most LARGEST. Returns whether it was added."""
        taken: list[Value | float] = []
        for i, operand in enumerate(operands):
            interval = row.domain.intervals[i * row.arity // len(operands)]
            if (x := self._operand(operand, interval, taken)) is None:
                return False
            taken.append(x)
        new = dict.fromkeys(x for x in taken if isinstance(x, Value) and x not in self.errors)
        if len(self.errors) + len(new) >= self.max_nodes:
            return False
        y, strain, error = recorded(row, taken, self.errors)
        if not strain <= LARGEST or abs(y.data) < self.smallest:
            return False
        self.inputs += new
        self.errors.update((x, abs(x.data)) for x in new)
        if self.tree:
            for x in y.parents:
                self.free.pop(x, None)
        self.errors[y], self.free[y] = error, None
        return True

    def _operand(
        self, operand: int | float, interval: Interval, taken: Sequence[Value | float]
    ) -> Value | float | None:
        """The node, new input or constant; None if no node fits and no input is left."""
        if isinstance(operand, float):
            return operand
        used = dict.fromkeys(x for x in reversed(taken) if isinstance(x, Value))
        nodes = [v for v in reversed(self.free) if not (self.tree and v in used)]
        new = [x for x in used if x not in self.errors]
        fits = [v for v in (*nodes, *new, *reversed(self.inputs)) if v.data in interval]
        place = len(self.inputs) + len(new)
        if place < len(self.point) and (operand == NEW_INPUT or not fits):
            return Value(_moved_into(interval, self.point[place]))
        return fits[operand % len(fits)] if fits else None

    def graph(self, picks: Iterable[int]) -> Expression:
        """The nodes so far, as a graph.

        Each pick k makes an output of the node that comes k before the latest one. If the nodes
        make trees, they are counted from the largest tree instead.
        """
        nodes = [*reversed(self.free), *reversed(self.inputs)] or [Value(1.0)]
        if self.tree:
            nodes.sort(key=lambda y: -len(topological(y)))
        outputs = dict.fromkeys(nodes[pick % len(nodes)] for pick in picks)
        used = {x for y in self.errors for x in y.parents}
        others = [y for y in self.free if y not in used and not self.tree]
        roots = dict.fromkeys((*outputs, *others))
        for i, x in enumerate(x for x in topological(*roots) if not x.op):
            x.named("xyz"[i] if i < 3 else f"x{i + 1}")
        found = Expression.of(*roots)
        return Expression(found.nodes, found.outputs_of(range(len(found.nodes)))[: len(outputs)])


def _moved_into(interval: Interval, x: float) -> float:
    """A number in the interval, made from an ordinary x; x itself if x is in the interval."""
    low, high = interval.low, interval.high
    if x in interval or (low == -inf and high == inf):
        return x
    if high == inf:
        return low + abs(x)
    return high - abs(x) if low == -inf else low + (high - low) * (x + 11) / 22

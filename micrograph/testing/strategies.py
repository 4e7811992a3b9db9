"""Hypothesis strategies: formulas and graphs made of the table's rows, and points for them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import inf

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ..core import TABLE, Primitive
from ..domain import REAL, Interval
from ..graph import Graph
from .growth import LARGEST, NEW_INPUT, SMALLEST, Expression, Growth, Operand
from .operands import moved_into, ordinary, row_of, whole
from .soundness import has_kinks, strain_at

CONSTANT = -2
PICK = st.sampled_from((0, 0, 0, 0, 1, 2, NEW_INPUT, NEW_INPUT, CONSTANT))
"""What a step takes as an operand: most often the latest node."""

LENGTH = st.integers(1, 3)
"""How many numbers a vector has."""

TIMES = (1,) * 60 + (100,)
"""How often a step of a random graph is repeated: 100 times, now and then, makes a long chain."""

HALVINGS = 30
"""How often a point that is not sound is moved half the way to the recorded point."""


Step = tuple[Primitive, list[Operand], int]


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
    _at_least(2, max_nodes=max_nodes)
    _at_least(1, inputs=inputs)
    grown = _grown(_chosen(primitives, smooth), max_nodes, inputs, smooth, tree=True)
    return _drawn(grown, st.just([0]))


def graphs(
    max_nodes: int = 200,
    *,
    primitives: Sequence[Primitive | str] | None = None,
    inputs: int = 3,
    outputs: int = 3,
    smooth: bool = False,
) -> SearchStrategy[Expression]:
    """A strategy for graphs in which nodes are shared, and some are needed by no output.

    Now and then a graph has a long chain. How large its numbers are, and how it shrinks, is said at
    ``expressions``.

    Args:
        max_nodes: The largest number of nodes, inputs among them.
        primitives: The rows to use, or their names. Default: the whole table, users' rows included.
        inputs: The largest number of inputs. They are called x, y, z, x4, x5 …
        outputs: The largest number of outputs.
        smooth: Whether to leave out steps, choices and other rows with kinks, and points where a
            node is near 0.

    Raises:
        ValueError: If no graph can be made: too few nodes, inputs or outputs, or no row is left.
        LookupError: If no row has a name among ``primitives``.
        TypeError: If something among ``primitives`` is neither a row nor a name.

    Example:
        >>> from hypothesis import given
        >>> @given(graphs(outputs=2))
        ... def test_it_has_outputs(graph):
        ...     assert len(graph.outputs) in (1, 2)
        >>> test_it_has_outputs()
    """
    _at_least(2, max_nodes=max_nodes)
    _at_least(1, inputs=inputs, outputs=outputs)
    grown = _grown(_chosen(primitives, smooth), max_nodes, inputs, smooth, tree=False)
    picks = st.lists(st.integers(0, 5), min_size=1, max_size=outputs)
    return _drawn(grown, picks)


@st.composite  # what a composite returns is shown as it is, not as the calls that made it
def _drawn(
    draw: st.DrawFn, grown: SearchStrategy[Growth], picks: SearchStrategy[list[int]]
) -> Expression:
    return draw(grown).graph(draw(picks))


def _grown(
    rows: Sequence[Primitive], max_nodes: int, inputs: int, smooth: bool, tree: bool
) -> SearchStrategy[Growth]:
    number = ordinary(REAL)
    if smooth:
        number = number.filter(lambda x: abs(x) >= SMALLEST)
    step = _step(st.sampled_from(rows), number, st.sampled_from((1,) if tree else TIMES))
    # a list has six elements on average, so there are two; the shrinker empties the first
    steps = st.tuples(
        st.lists(step, max_size=max_nodes), st.lists(step, min_size=1, max_size=max_nodes)
    )

    def grow(point: Sequence[float], steps: tuple[list[Step], ...]) -> Growth:
        growth = Growth(point, max_nodes, smooth, tree)
        for row, operands, times in chain(*steps):
            for _ in range(times):
                growth.add(row, operands)
        return growth

    return st.builds(grow, st.tuples(*[number] * inputs), steps)


@st.composite
def _step(
    draw: st.DrawFn,
    rows: SearchStrategy[Primitive],
    number: SearchStrategy[float],
    times: SearchStrategy[int],
) -> Step:
    row = draw(rows)
    length = draw(LENGTH) if row.vectors else 1
    operands: list[Operand] = []
    for name, interval in zip(row.arguments, row.domain.intervals, strict=True):
        for _ in range(length):
            if name in row.static and not (row.choice or row.operator):
                operands.append(draw(whole(interval)))
                continue
            pick = draw(PICK)
            constant = pick == CONSTANT and row.arity > 1
            operands.append(moved_into(interval, draw(number)) if constant else pick)
    return row, operands, draw(times)


@st.composite
def points_for(draw: st.DrawFn, graph: Graph, *, margin: float = 0.0) -> tuple[float, ...]:  # noqa: D417  # draw is not the caller's
    """A strategy for points at which every node of a graph is defined and has a slope.

    A point is a tuple of a number for each input. At it, every number and slope is finite, and not
    much larger than at the point at which the graph was recorded.

    Args:
        graph: The graph.
        margin: How far to stay from kinks: a part of each operand, or of 1 if that is larger.

    Example:
        >>> from hypothesis import find
        >>> from micrograph import Graph, Value, log
        >>> formula = Graph.of(log(Value(3.0, "x")))
        >>> find(points_for(formula), lambda point: formula(*point) > 1)
        (3.0,)
    """
    inputs = [i for i, node in enumerate(graph.nodes) if node.op is None]
    start = tuple(graph.nodes[i].data for i in inputs)
    at_start = strain_at(graph, start)
    largest = max(100 * LARGEST, at_start if at_start < inf else 0.0)

    def nearby(point: tuple[float, ...]) -> tuple[float, ...] | None:
        """The point if it is sound, else a sound one on the way from it to the recorded point."""
        for _ in range(HALVINGS):
            if strain_at(graph, point, margin) <= largest:
                return point
            point = tuple((x + x0) / 2 for x, x0 in zip(point, start, strict=True))
        return start if strain_at(graph, start, margin) <= largest else None

    points = st.tuples(*(_coordinate(graph, i) for i in inputs))
    for _ in range(3):
        if (found := nearby(draw(points))) is not None:
            return found
    reject()


def _coordinate(graph: Graph, i: int) -> SearchStrategy[float]:
    """Numbers for input node i: in the domain of the rows that take it, or near its own number."""
    takers = [
        row.domain.intervals[place]
        for node in graph.nodes
        if (row := node.op)
        for place, x in enumerate(node.args[: row.arity])
        if x is i
    ]
    low = max((interval.low for interval in takers), default=-inf)
    high = min((interval.high for interval in takers), default=inf)
    x0 = graph.nodes[i].data
    near = st.floats(-1.0, 1.0).map(lambda t: x0 + t * max(1.0, abs(x0)))
    return (ordinary(Interval(low, high)) | near) if low < high else near


def _chosen(primitives: Sequence[Primitive | str] | None, smooth: bool) -> list[Primitive]:
    rows = list(TABLE.values()) if primitives is None else [row_of(x) for x in primitives]
    if smooth:
        rows = [row for row in rows if not has_kinks(row)]
    if not rows:
        raise ValueError(f"primitives={primitives!r} has no {'smooth ' * smooth}row; name one")
    return rows


def _at_least(least: int, **options: int) -> None:
    for name, n in options.items():
        if n < least:
            raise ValueError(f"{name} should be at least {least}, got {n!r}")

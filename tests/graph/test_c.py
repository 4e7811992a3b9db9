"""A graph as C: what compilers make of it computes what the graph computes, to the last bit."""

import math

import pytest
from compiling import COMPILERS, build, value, value_and_gradient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from rows import operands

from micrograph import Graph
from micrograph.core import TABLE
from micrograph.graph.symbols import Construction
from micrograph.namespaces.floats import IEEE, Ieee
from micrograph.namespaces.standalone import APART

ODDITIES = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, math.inf, -math.inf, math.nan, 5e-324, -1e300, 1e-300)


def samples(strategy, number):
    """So many examples of a strategy, the same ones each time."""
    found = []

    @seed(0)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(x):
        found.append(x)

    draw()
    return found


def by_graph(graph, inputs):
    """The outputs on floats that never raise, as a tuple of floats."""
    work = graph.evaluate(IEEE, [Ieee(x) for x in inputs])
    return tuple(map(float, graph.outputs_of(work)))


def slopes(graph):
    """The graph of the value and the slopes, whose numbers the C function should give."""
    g = graph.gradient()
    xp = Construction()
    inputs = [xp.input(node.name, node.data) for node in graph.inputs]
    y, found = graph.value_and_gradient(xp, inputs)
    assert len(g.outputs) == len(found)
    return Graph(xp.nodes, [xp.output(x) for x in (y, *found)])


def bits(numbers):
    """Numbers to compare to the last bit. All NaN are alike."""
    return ["nan" if x != x else x.hex() for x in numbers]


def apart(x, y):
    """How many units in the last place x and y differ by."""
    if bits([x]) == bits([y]) or x == y:
        return 0
    return abs(x - y) / math.ulp(y) if math.isfinite(x) and math.isfinite(y) else math.inf


def graph_of(row, length=3):
    """The graph of one row: its operands are inputs."""
    xp = Construction()
    inputs = [xp.input(f"x{i}", 1.0) for i in range(length * row.vectors or row.arity)]
    return Graph(xp.nodes, [xp.output(xp.node(row, inputs))])


@pytest.fixture(scope="module", params=COMPILERS or [None])
def table(request, tmp_path_factory):
    """The graph of every row, and of vectors of ten elements, compiled together."""
    listed = [(row, graph_of(row)) for row in TABLE.values()]
    listed += [(row, graph_of(row, 10)) for row in TABLE.values() if row.vectors]
    text = "\n".join(graph.to_c(f"f{i}") for i, (_, graph) in enumerate(listed))
    library = build(text, tmp_path_factory.mktemp("c"), request.param)
    return [(f"f{i}", row, graph, library) for i, (row, graph) in enumerate(listed)]


def odd(argument):
    """Numbers at the edge. How many decimals, or which derivative, stays a whole number."""
    whole = argument in ("n", "decimals")
    return st.sampled_from([0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -3.0] if whole else ODDITIES)


def test_every_row_gives_the_same_bits(table):
    """In its domain and outside of it, at infinities, NaN and both zeros, value and slopes."""
    for name, row, graph, library in table:
        size = len(graph.inputs)
        drawn = samples(operands(row, 1e-5, 1e5), 20) + samples(operands(row, 1e-300, 1e300), 20)
        drawn += samples(st.tuples(*map(odd, row.arguments * (size // row.arity))), 60)
        called = value(library, name, graph), value_and_gradient(library, name)
        for f, g in zip(called, (graph, slopes(graph)), strict=True):
            inexact = {node.op.name for node in g.nodes if node.op} & APART.keys()
            for inputs in (x for x in drawn if len(x) == size):
                ours, truth = f(*inputs), by_graph(g, inputs)
                if not inexact:
                    assert bits(ours) == bits(truth), (row, inputs)
                # each factor of a slope brings its own error, and gamma's slope has two
                allowed = 2 * sum(APART[x] for x in inexact)
                assert all(map(lambda x, y: apart(x, y) <= allowed, ours, truth)), (row, inputs)

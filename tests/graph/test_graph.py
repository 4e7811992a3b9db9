"""Graph: the flat form of what was recorded, evaluated in every namespace."""

import pickle

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Graph, Value
from micrograph.engine.reading import columns, in_columns, topological
from micrograph.graph import Nodes
from micrograph.graph.node import AUTOMATIC
from micrograph.namespaces.floats import FLOAT, IEEE
from micrograph.testing import expressions, graphs, points_for


def seed():
    a, b, c = Value(5, "a"), Value(3, "b"), Value(2, "c")
    v = (a + (b * c).named("u")).named("v")
    return v, (3 * v).named("J")


def test_the_seeds_nudge():
    v, J = seed()
    both = Graph.of(v, J)(a=5.0001)
    assert both == pytest.approx((11.0001, 33.0003), rel=1e-15)
    assert Graph.of(J)(a=5.0001) == both[1]
    assert Graph.of(J)(a=5.001) == pytest.approx(33.003, rel=1e-15)  # what one seed prints


def test_its_parts():
    graph = Graph.of(seed()[1])
    assert [node.name for node in graph.nodes] == ["a", "b", "c", "u", "v", "J"]
    assert [node.name for node in graph.inputs] == ["a", "b", "c"]
    assert [node.name for node in graph.outputs] == ["J"]
    assert graph.nodes[3].op is mg.mul
    assert graph.nodes[3].args == (1, 2)
    assert graph.nodes[5].args == (3.0, 4)
    assert [graph.formula(node) for node in graph.nodes[3:]] == ["b·c", "a + u", "3·v"]
    assert repr(graph) == "Graph(a, b, c → J: 6 nodes)"


def test_inputs_by_position_by_name_or_as_recorded():
    graph = Graph.of(seed()[1])
    assert graph() == 33
    assert graph(1, 1, 1) == 6
    assert graph(1, 1, c=1) == 6
    assert graph(c=0) == 15
    unnamed = Graph.of(Value(2.0) * 3)
    assert unnamed(v1=5) == 15


def test_it_stands_for_itself_after_its_leaves_change():
    v, J = seed()
    graph = Graph.of(J)
    J.node("a").data = 0.0
    assert graph() == 33
    assert Graph.of(J)() == 18


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda g: g(1, 2), TypeError, r"expected 3 inputs \(a, b, c\), got 2"),
        (lambda g: g(1, 2, 3, 4), TypeError, r"expected 3 inputs \(a, b, c\), got 4"),
        (lambda g: g(1, 2, 3, a=1), TypeError, "input 'a' is given twice"),
        (lambda g: g(x=1), TypeError, "no input is named 'x'; the inputs are a, b, c"),
        (lambda g: g(a="1"), TypeError, "expected a number, got '1'"),
        (lambda g: Graph.of(3), TypeError, "Graph.of expects Values, got 3"),
        (lambda g: Graph.of(Value(1, "x") + Value(2, "x"))(x=1), TypeError, "several inputs are named 'x'"),
        (lambda g: setattr(g, "nodes", ()), AttributeError, "frozen"),
        (lambda g: Graph.of((Value(1, "x") - 2).named("d").exp().log())(x=1e9), OverflowError, r"exp\(d\)"),
        (lambda g: Graph.of(Value(1, "x").log())(-1), mg.DomainError, r"log\(x\) is undefined at x = -1.0"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence(call, error, text):
    with pytest.raises(error, match=text):
        call(Graph.of(seed()[1]))


@st.composite
def recorded(draw):
    nodes = [Value(draw(st.floats(-3, 3)), f"x{i}") for i in range(3)]
    for _ in range(draw(st.integers(1, 15))):
        a, b = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
        nodes.append(
            draw(st.sampled_from([
                lambda a, b: a + b, lambda a, b: a * 0.5 - b, lambda a, b: mg.sin(a * b),
                lambda a, b: mg.sigmoid(a) / (1 + b * b), lambda a, b: mg.where(a < b, a, 2 - b),
                lambda a, b: mg.maximum(a, b), lambda a, b: mg.tanh(a) ** 2, lambda a, b: mg.sum([a, b, a]),
            ]))(a, b)
        )  # fmt: skip
    return nodes


@given(recorded())
def test_every_namespace_computes_what_was_recorded(nodes):
    graph = Graph.of(*nodes)
    data = [node.data for node in nodes]
    inputs = [node.data for node in graph.inputs]
    assert list(graph(*inputs)) == data
    assert graph.evaluate(FLOAT, inputs) == [node.data for node in graph.nodes]
    assert list(map(float, graph.evaluate(IEEE, inputs))) == [node.data for node in graph.nodes]
    again = graph(*(Value(x) for x in inputs))
    assert [v.data for v in again] == data
    batch = graph(*(np.array([x, x]) for x in inputs))
    # sin, exp and tanh of NumPy differ by an ULP or two; fifteen of them can add up to 1e-12
    assert np.allclose(np.array(batch)[:, 1], data, rtol=1e-11, atol=1e-11)
    with mpmath.workdps(30):
        exact = graph(*map(mpmath.mpf, inputs))
        assert np.allclose([float(x) for x in exact], data, rtol=1e-11, atol=1e-11)


@given(recorded())
def test_pickles(nodes):
    graph = Graph.of(nodes[-1])
    twin = pickle.loads(pickle.dumps(graph))
    assert twin.nodes == graph.nodes
    assert twin() == graph()


@given(recorded())
def test_flat_arrays_hold_what_was_recorded(nodes):
    """In both engines: parents first, each node once, operands and names as the Values have them."""
    graph, order = Graph.of(*nodes), topological(*nodes)
    assert columns(tuple(nodes), []) == in_columns(nodes, [])
    leaves = [*reversed(nodes[-1].leaves()), Value(0.0, "unused")]
    assert columns(tuple(nodes), leaves) == in_columns(nodes, leaves)
    assert len(graph.nodes) == len(order)
    for node, value in zip(graph.nodes, order, strict=True):
        operands = [order[x] if type(x) is int else x for x in node.args]
        assert (node.op, node.data) == (value.op, value.data)
        assert all(a is b or a == b for a, b in zip(operands, value.operands, strict=True))
        assert node.name == value.name if value.name else AUTOMATIC.fullmatch(node.name)
    assert len(set(graph.nodes.names())) == len(order)
    assert Nodes.of(graph.nodes) == graph.nodes
    assert tuple(graph.nodes) == graph.nodes[:]


def test_names_that_nodes_without_a_name_would_have_are_left_out():
    x = Value(1.0, "v2")
    y = x * 2  # the first without a name: v1
    assert Graph.of(mg.exp(y) + mg.sin(y)).nodes.names() == ["v2", "v1", "v3", "v4", "v5"]


def test_integer_arrays_are_numbers_too():
    x, y = Value(2.0, "x"), Value(3.0, "y")
    assert Graph.of(x * x * x)(np.array([3_000_000])).tolist() == [2.7e19]
    assert Graph.of(x * y)(np.array([100], "int8"), np.array([100], "int8")).tolist() == [1e4]
    assert Graph.of(x // y)(np.array([1, 0]), np.array([0, 0]))[0] == np.inf
    assert Graph.of(-x)(np.array([True])).tolist() == [-1.0]
    assert mg.pow(np.array([2]), -1).tolist() == [0.5]
    with pytest.raises(TypeError, match="expected real numbers, got an array of complex128"):
        Graph.of(mg.exp(x))(np.array([1j]))


def test_mpmath_stays_real():
    assert mpmath.isnan(Graph.of(mg.log(Value(1.0)))(mpmath.mpf(-1)))


def test_any_name_may_be_given():
    assert Graph.of(Value(1.0, "self") * 2)(self=3) == 6


@given(expressions() | graphs(max_nodes=60), st.data())
def test_its_source_computes_the_same(graph, data):
    """To the last bit. What is written is run here, as a reader would run it."""
    point = data.draw(points_for(graph))
    names = {}
    exec(compile(graph.source, "source", "exec"), names)
    (written,) = (
        f
        for n, f in names.items()
        if (callable(f) and getattr(f, "__module__", 1) is None) or n == "f"
    )
    assert repr(written(*point)) == repr(graph(*point))


def test_the_source_of_a_gradient_reads():
    x, y = Value(2.0, "x"), Value(3.0, "y")
    found = Graph.of((x * y + 3 * x).named("J")).gradient().source
    assert found == "import micrograph as mg\n\n\ndef f(x, y):\n    return (3.0 + y, x)\n"

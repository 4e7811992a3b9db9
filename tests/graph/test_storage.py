"""Graphs as JSON: exact both ways, and one clear error for what is no graph."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Graph, Value, naming
from micrograph.namespaces.floats import FLOAT
from micrograph.testing import expressions, graphs, points_for


def same(a, b):
    """Node by node, to the last bit."""
    return repr(a.nodes) == repr(b.nodes) and [n.name for n in a.outputs] == [
        n.name for n in b.outputs
    ]


@given(expressions() | graphs(), st.data())
def test_a_graph_comes_back_as_it_was(graph, data):
    found = Graph.from_json(graph.to_json())
    assert same(found, graph)
    point = data.draw(points_for(graph))
    assert repr(found.evaluate(FLOAT, point)) == repr(graph.evaluate(FLOAT, point))


@given(expressions(max_nodes=6))
def test_a_gradient_comes_back_too(graph):
    slopes = graph.gradient()
    found = Graph.from_json(slopes.to_json().encode())
    assert same(found, slopes)
    assert found.recorded_nodes == slopes.recorded_nodes


def test_numbers_are_exact():
    x = Value(5e-324, '∂ü\n"x"')
    graph = Graph.of(x * -0.0 + math.inf, x * 0.1)
    found = Graph.from_json(graph.to_json())
    assert same(found, graph)
    assert math.copysign(1, next(n.args[1] for n in found.nodes if n.op is mg.mul)) == -1


def test_a_row_of_a_formula_is_stored_with_its_steps():
    row = mg.primitive("stored_row", formula=lambda xp, x: x / (1 + xp.abs(x)))
    x = Value(3.0, "x")
    text = Graph.of((row(x) * 2).named("J")).to_json()
    naming.forget("stored_row")
    found = Graph.from_json(text)
    assert (found(3.0), found(-1.0), found.outputs[0].name) == (1.5, -1.0, "J")
    assert "stored_row" not in text


def test_partials_that_are_not_stored_are_told_of():
    row = mg.primitive(
        "stored_kink",
        formula=lambda xp, x: xp.maximum(x, -x),
        partials=lambda xp, y, x: (xp.sign(x),),
    )
    graph = Graph.of(row(Value(0.0, "x")))
    with pytest.warns(UserWarning, match="formula of stored_kink, and not the partials"):
        found = Graph.from_json(graph.to_json())
    assert found(-3.0) == 3.0


def test_a_row_of_python_code_is_refused():
    row = mg.primitive("stored_code", value=math.erf, partials=lambda xp, y, x: (xp.exp(-x * x),))
    try:
        with pytest.raises(ValueError, match="'stored_code' of node v1 is Python code"):
            Graph.of(row(Value(1.0, "x"))).to_json()
    finally:
        naming.forget("stored_code")


def text_with(**changes):
    found = json.loads(Graph.of((Value(2, "a") * 3 + 1).named("J")).to_json())
    return json.dumps(found | changes)


A = ["a", None, [], "0x1p+1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a graph in JSON"),
        ("{", "not a graph in JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", 'expected an object with "format"'),
        ("null", 'expected an object with "format"'),
        (text_with(format="other"), 'expected an object with "format"'),
        (text_with(version=2), "a graph of version 2; this one reads 1"),
        (text_with(nodes=10**9), "lists of nodes and outputs"),
        (text_with(nodes=[]), "output 2 is not one of the 0 nodes"),
        (text_with(nodes=[A, ["b", "neg", [1], "0x0p+0"]]), "operand 1 is not an earlier node"),
        (text_with(nodes=[A, ["b", "neg", [-1], "0x0p+0"]]), "operand -1 is not an earlier node"),
        (text_with(nodes=[A, ["b", "neg", [True], "0x0p+0"]]), "expected a float as text"),
        (text_with(nodes=[A, ["b", "neg", [0.5], "0x0p+0"]]), "expected a float as text"),
        (text_with(nodes=[A, ["b", "neg", [0, 0], "0x0p+0"]]), "'neg' does not take 2 operands"),
        (text_with(nodes=[A, ["b", "dot", [0, 0, 0], "0x0p+0"]]), "'dot' does not take 3 operands"),
        (text_with(nodes=[A, ["b", "sum", [], "0x0p+0"]]), "'sum' does not take 0 operands"),
        (text_with(nodes=[A, ["b", "os.system", [0], "0x0p+0"]]), "no row named 'os.system'"),
        (text_with(nodes=[["a", ["neg"], [], "0x0p+0"]]), "no row named"),
        (text_with(nodes=[["a", None, [], 2.0]]), "expected a float as text, like '0x1.8p\\+1', got 2.0"),
        (text_with(nodes=[["a", None, [], "0x1p+99999"]]), "expected a float as text"),
        (text_with(nodes=[[7, None, [], "0x0p+0"]]), "expected text as its name, got 7"),
        (text_with(nodes=[{"name": "a"}]), "expected \\[name, row, operands, number\\]"),
        (text_with(outputs=[7]), "output 7 is not one of the 3 nodes"),
        (text_with(outputs="J"), "lists of nodes and outputs"),
        (text_with(recorded=9), "recorded: expected a number up to 3"),
        (text_with(version=math.nan), "NaN is no JSON"),
    ],
)  # fmt: skip
def test_what_is_no_graph_gets_one_sentence(text, said):
    with pytest.raises(ValueError, match=said):
        Graph.from_json(text)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5), lambda x: st.lists(x, max_size=4) | st.dictionaries(st.sampled_from(["format", "version", "nodes", "outputs"]), x, max_size=4), max_leaves=12))  # fmt: skip
def test_any_json_is_a_graph_or_a_value_error(found):
    for given_ in (
        found,
        {"format": "micrograph graph", "version": 1, "nodes": found, "outputs": [], "recorded": 0},
    ):
        try:
            Graph.from_json(json.dumps(given_))
        except ValueError:
            continue


@given(expressions() | graphs(max_nodes=40))
def test_equality_is_to_the_last_bit(graph):
    twin = Graph.from_json(graph.to_json())
    assert (twin == graph, hash(twin) == hash(graph), graph.diff(twin)) == (True, True, "")
    assert graph != Graph(graph.nodes[:-1], [0])
    assert graph != "graph"


def test_a_sign_of_zero_makes_another_graph():
    x = Value(1.0, "x")
    assert Graph.of(x * 0.0) != Graph.of(x * -0.0)
    assert Graph.of(x * math.nan) == Graph.of(x * math.nan)
    assert "-v1 = x·0" in Graph.of(x * 0.0).diff(Graph.of(x * 2.0))

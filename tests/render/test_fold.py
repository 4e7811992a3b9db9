"""What repeats is drawn once, sums are one node, long chains are cut: and nothing else is lost."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Graph, Value, draw
from micrograph.core import TABLE
from micrograph.explanation.swept import swept
from micrograph.learn import cost
from micrograph.render.expand import expanded, summed
from micrograph.render.fold import CHAIN, FEWEST, folded
from micrograph.render.scene import LARGE, scene


def folds(J, apart=None):
    """For each group its size and the name of its row; of leaves, the size alone."""
    graph = swept(J)
    groups = folded(graph, range(len(graph)), graph.outputs if apart is None else apart)
    assert sorted(i for members in groups for i in members) == list(range(len(graph)))
    return [(graph.ops[g[0]].name if graph.ops[g[0]] else "", len(g)) for g in groups]


def flights(m, named=False):
    w, b, total = Value(-0.2, "w"), Value(0.3, "b"), 0
    for i in range(m):
        x = Value(i / m, f"x{i + 1}" if named else None)
        total = total + mg.softplus(w * x + b)
    return total


@pytest.mark.parametrize("named", [False, True])
def test_the_examples_of_a_cost_are_drawn_once(named):
    J = flights(23, named)
    assert [size for _, size in folds(2 * J)] == [1, 23, 1, 23, 23, 23, 23, 1]
    steps = scene(J, fold=None).steps
    assert [step.times for step in steps] == [1, 23, 1, 23, 23, 23, 1]
    assert steps[1].name == ("x1 … x23" if named else "v1 … v111")


def test_learns_own_cost_of_23_flights_fits_a_page():
    J = cost(
        [[53 + i] for i in range(23)],
        [i % 2 for i in range(23)],
        [Value(-0.2, "w")],
        Value(13.0, "b"),
    )
    J.backward()
    width = float(re.search(r'<svg width="([\d.]+)pt"', draw(J).pipe("svg").decode())[1])
    assert width < 800  # a page of 1280 pixels is 960 points wide


def test_the_steps_of_a_loop_are_drawn_once_with_an_edge_back():
    x, w = Value(0.3, "x"), Value(0.9, "w")
    for _ in range(50):
        x = mg.tanh(w * x)
    y = (x * 2).named("y")
    assert folds(y) == [("", 1), ("", 1), ("mul", 50), ("tanh", 50), ("mul", 1)]
    back = [edge for step in scene(y, fold=True).steps for edge in step.edges if edge.back]
    assert [edge.partial for edge in back] == ["∂v3/∂v2 = 0.9"]


def test_a_folded_operand_that_stands_twice_has_both_partials_beside_its_edge():
    y = Value(3.0, "x")
    for _ in range(5):
        y = y * y - y
    partials = {edge.partial for step in scene(y, fold=True).steps for edge in step.edges}
    assert {"∂v1/∂x = 3 + 3", "∂v9/∂v8 = 756030 + 756030"} <= partials


def test_loops_in_loops():
    w = Value(0.1, "w")
    for _ in range(7):
        loss = mg.sum([(w * k - 1) ** 2 for k in range(5)])
        w = w - 0.1 * loss
    assert sorted(times for op, times in folds(w) if op == "constpow") == [5, 30]  # w stays apart


def test_the_units_of_a_layer_are_drawn_once():
    xs = [Value(1.0, "x1"), Value(2.0, "x2")]
    for layer in range(2):
        xs = [
            mg.tanh(mg.dot([Value(0.1 * j, f"w{layer}{j}{i}") for i in range(len(xs))], xs))
            for j in range(4)
        ]
    sizes = [times for op, times in folds(mg.sum(xs)) if op]
    assert sizes == [4, 4, 4, 4, 1]


def test_units_are_drawn_once_if_each_begins_with_a_repetition():
    xs = [2.0, 3.0, -1.0]
    units = []
    for _ in range(4):  # as micrograd's users write a layer: no dot, and no names
        weights = [Value(0.1) for _ in xs]
        units.append(mg.tanh(sum((w * x for w, x in zip(weights, xs, strict=True)), Value(0.2))))
    steps = scene(mg.sum(units), fold=True).steps
    assert [step.times for step in steps if step.kind != "leaf"] == [12, 4, 4, 1]


@given(
    st.integers(FEWEST, 12),
    st.lists(st.sampled_from(["sin", "cos", "atan"]), min_size=1, max_size=4),
)
@settings(max_examples=30)
def test_any_body_of_a_loop_is_found(times, body):
    x, p = Value(0.5, "x"), Value(2.0, "p")
    for _ in range(times):
        for name in body:
            x = p * getattr(mg, name)(x)
    y = (x + p).named("y")
    steps = [size for op, size in folds(y, apart=()) if op]
    assert sum(steps) == 2 * times * len(body) + 1
    assert len(steps) <= 2 * len(body) + 1


def test_scopes_with_a_number_each_are_folded_into_one_frame():
    w, terms = Value(0.5, "w"), []
    for i in range(23):
        with mg.scope(f"example {i + 1}"):
            terms.append(mg.softplus(w * Value(i, f"x{i}")))
    J = mg.mean(terms)
    assert [size for _, size in folds(J)] == [1, 23, 23, 23, 1]
    (frame,) = {step.scope for step in scene(J, fold=None).steps if step.scope}
    assert frame == ("example 1 … example 23",)
    assert draw(J).source.count("subgraph") == 1


def test_scopes_are_frames_that_nest():
    x = Value(0.5, "x")
    with mg.scope("outer"):
        y = mg.sin(x)
        with mg.scope("inner"):
            z = mg.cos(y)
    source = draw((z * x).named("J")).source
    nested = re.findall(r"subgraph|label=\w+ style=rounded|(?<!-> )n\d \[|}", source)
    assert nested == ["subgraph", "label=outer style=rounded", "n1 [", "subgraph",
                      "label=inner style=rounded", "n2 [", "}", "}", "n0 [", "n3 [", "}"]  # fmt: skip


def test_different_things_stay_apart():
    a, b = Value(1.0, "a"), Value(2.0, "b")
    alike = mg.sum([mg.sin(a), mg.sin(b), mg.sin(a * b)])  # three sines of different things
    assert [size for _, size in folds(alike)] == [1] * 7
    named = mg.sum([mg.sin(a).named(name) for name in ("low", "middle", "high")])
    assert [size for _, size in folds(named)] == [1] * 5


def test_small_graphs_are_whole_and_large_ones_folded():
    small, large = flights(5), flights(23)
    assert len(small.walk()) <= LARGE < len(large.walk())
    assert all(step.times == 1 for step in scene(small, fold=None).steps)
    assert any(step.times > 1 for step in scene(small, fold=True).steps)
    assert all(step.times == 1 for step in scene(large, fold=False).steps)
    marked = large.walk()[3]
    assert (
        next(s for s in scene(large, fold=None, highlight=marked).steps if s.highlighted).times == 1
    )


def test_a_chain_of_sums_is_one_node_as_pythons_sum_records_it():
    xs = [Value(i, f"x{i}") for i in range(6)]
    (total,) = [step for step in scene(sum(xs), fold=None).steps if step.kind == "output"]
    assert total.formula == "x0 + x1 + x2 + x3 + x4 + x5"
    assert [edge.partial[-1] for edge in total.edges] == ["1"] * 6
    three = xs[0] + xs[1] + xs[2]
    assert len(scene(three, fold=None).steps) == 5  # written by hand, and short: as it is
    inner = (xs[0] + xs[1]).named("inner")
    assert len(scene(inner + xs[2] + xs[3], fold=None).steps) == 7
    used = xs[0] + xs[1]
    assert len(scene((used + xs[2] + xs[3] + xs[4]) * used, fold=None).steps) == 8
    assert len(scene(sum(xs), fold=False).steps) == 12


@settings(max_examples=30)
@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=9), st.booleans())
def test_sums_keep_the_gradients(letters, with_zero):
    leaves = {c: Value(ord(c), c) for c in "abc"}
    terms = [leaves[c] for c in letters]
    y = sum(terms) if with_zero else sum(terms[1:], terms[0])
    y = y * y
    graph, short = swept(y), summed(swept(y))
    for name, slope in zip(short.names, short.adjoints, strict=True):
        assert slope == graph.adjoints[graph.names.index(name)]
    again = {}
    for i in reversed(range(len(short))):  # the sweep over the shorter graph finds the same
        again.setdefault(i, 1.0 if i in short.outputs else 0.0)
        for k, d, _ in short.slopes(i):
            again[k] = again.get(k, 0.0) + again[i] * d
    assert again == dict(enumerate(short.adjoints))


def test_a_long_chain_is_cut_to_its_ends():
    draw_from = random.Random(3)
    x = y = Value(0.3, "x")
    for _ in range(150):
        y = draw_from.choice([mg.sin, mg.exp, mg.tanh, mg.cos, mg.sigmoid])(y)
    steps = scene(y, fold=None).steps
    assert len(steps) <= CHAIN
    assert sum(step.times for step in steps) == 151
    (middle,) = [step for step in steps if step.times > 1]
    assert re.fullmatch(r"\S+, …, v\d+ = \S+", middle.formula)
    assert len(middle.edges) == 1
    assert x.grad == 0


def test_folding_a_million_steps_takes_no_recursion():
    x = Value(0.3, "x")
    for _ in range(100_000):
        x = mg.sin(x) * 0.9
    assert len(scene(x, fold=None).steps) < 10


def test_expanded_rows_are_the_textbooks_nodes():
    z = Value(0.5, "z")
    a = mg.sigmoid(z).named("a")
    a.backward()
    picture = draw(a, expand=True)
    names = [row.name for row in expanded(swept(a)).ops if row]
    assert names == ["neg", "exp", "add", "div"]
    assert "<b>a</b> = 1 / v3" in picture.source
    assert [s.grad for s in scene(a, expand=True).steps if s.name == "z"] == ["0.235004"]
    assert len(expanded(swept(mg.relu(z) + mg.sin(z) * (z > 0))).ops) == 6  # atoms and choices stay


@pytest.mark.parametrize(
    "row",
    [
        r
        for r in TABLE.values()
        if r.definition and not r.vectors and r is not TABLE["stop_gradient"]
    ],
    ids=lambda r: r.name,
)
def test_expanding_keeps_value_and_gradients(row):
    """At a simple point, where textbook forms lose few digits: 1e-9 is far more than they lose."""
    simple = (0.7, 1.3, 2.1)[: row.arity]
    xs = [Value(x) for x in (simple if simple in row.domain else next(row.domain.examples()))]
    fixed = () if row.operator else row.static
    y = row(*(x.data if n in fixed else x for n, x in zip(row.arguments, xs, strict=True)))
    graph, textbook = swept(y), expanded(swept(y))
    assert textbook.data[textbook.outputs[0]] == pytest.approx(y.data, rel=1e-9)
    for x in xs:
        if x in graph.places:
            expected = graph.adjoints[graph.places[x]]
            assert textbook.adjoints[textbook.places[x]] == pytest.approx(
                expected, rel=1e-9, abs=1e-12
            )


def test_an_expanded_graph_has_no_accumulated_gradients():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    steps = scene(Graph.of(a * mg.softplus(b)), expand=True).steps
    assert [step.grad for step in steps if step.kind == "leaf"] == ["3.04859", "1.90515"]


def test_a_graph_with_a_constant_output_is_expanded():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    gradient = Graph.of(3 * a + mg.softplus(b)).gradient()
    outputs = [step for step in scene(gradient, expand=True).steps if step.kind == "output"]
    assert {step.value for step in outputs} == {"3", "0.952574"}


def test_vectors_are_not_expanded():
    np = pytest.importorskip("numpy")
    graph = mg.trace(lambda w: mg.sum(mg.sigmoid(w)), np.zeros(9))
    with pytest.raises(
        ValueError, match="expand=True draws graphs of numbers; this graph has vectors"
    ):
        draw(graph, expand=True)

"""A graph's gradient is a graph: the same slopes as the sweeps', at other inputs and orders too."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from rows import planted

import micrograph as mg
from micrograph import Graph, Value, naming
from micrograph.core import TABLE
from micrograph.namespaces.floats import FLOAT
from micrograph.namespaces.mpmath import MPMATH
from micrograph.testing import arguments, expressions, graphs, points_for

SLOPED = [row for row in TABLE.values() if not row.step and row.name != "where"]


def alone(row, xs):
    """The graph of a row at operands; the names of those that are inputs."""
    names = [f"x{i}" for i in range(len(xs))]
    inputs = [n for i, n in enumerate(names) if row.slope_in(i)]
    operands = [Value(x, n) if n in inputs else x for n, x in zip(names, xs, strict=True)]
    return Graph.of(row(*row.arrange(operands)))


@pytest.mark.parametrize("row", SLOPED, ids=str)
@settings(max_examples=8)
@given(data=st.data())
def test_the_gradient_of_a_row_is_its_partials(row, data):
    xs, others = (row.flat(data.draw(arguments(row, -20, 20, min_magnitude=1e-3))) for _ in "ab")
    others = [b if row.slope_in(i) else a for i, (a, b) in enumerate(zip(xs, others, strict=True))]
    try:
        graph = alone(row, xs)
        y = FLOAT.value(row, others)
    except (ValueError, ArithmeticError, TypeError):
        assume(False)
    assume(row.vectors or tuple(others) in row.domain)
    moving = [i for i in range(len(xs)) if row.slope_in(i)]
    expected = [FLOAT.partials(row, y, others)[i] for i in moving]
    assume(all(map(math.isfinite, expected)))
    places = [int(node.name[1:]) for node in graph.inputs]
    _, found = graph.value_and_gradient(FLOAT, [others[i] for i in places])
    expected = [FLOAT.partials(row, y, others)[i] for i in places]
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-300)
    slopes = graph.gradient()
    assert [node.name for node in slopes.inputs] == [node.name for node in graph.inputs]
    got = slopes.outputs_of(slopes.evaluate(FLOAT, [others[i] for i in places]))
    assert list(got) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("row", [row for row in SLOPED if not row.vectors], ids=str)
@settings(max_examples=4)
@given(data=st.data())
def test_the_gradient_over_vectors_is_that_of_each_element(row, data):
    moving = [i for i in range(row.arity) if row.slope_in(i)]
    first, second = (data.draw(arguments(row, -20, 20, min_magnitude=1e-3)) for _ in "ab")
    second = [b if i in moving else first[i] for i, b in enumerate(second)]
    vectors = [[first[i], second[i]] for i in moving]

    def cost(*whole):
        given = dict(zip(moving, whole, strict=True))
        return mg.sum(row(*[given.get(i, x) for i, x in enumerate(first)]))

    try:
        expected = [FLOAT.partials(row, FLOAT.value(row, xs), xs) for xs in (first, second)]
        graph = mg.trace(cost, *map(np.array, vectors))
    except (ValueError, ArithmeticError, TypeError):
        assume(False)
    assume(tuple(second) in row.domain)
    assume(all(math.isfinite(each[i]) for each in expected for i in moving))
    found = graph.gradient()(*vectors)
    columns = [[each[i] for each in expected] for i in moving]
    for slopes, column in zip(found if len(moving) > 1 else [found], columns, strict=True):
        assert slopes == pytest.approx(column, rel=1e-12, abs=1e-300)


def test_rows_of_vectors_in_a_formula_go_element_by_element():
    x, y = np.array([3.0, 6.0]), np.array([4.0, 8.0])
    with planted(formula=lambda xp, a, b: xp.hypot([a, b]) + xp.dot([a, 2.0], [b, a])) as row:
        graph = mg.trace(lambda x, b: mg.sum(row(x, b)), x, 1.0)
        assert graph.gradient("x")(x, 4.0) == pytest.approx(x / np.hypot(x, 4.0) + 4 + 2, rel=1e-15)
        cost = mg.mean_over(lambda x, b: mg.sum(row(x, b)), "b")
        second = np.diag([np.mean(y**2 / np.hypot(a, y) ** 3) for a in x])
        assert mg.compile(cost).hessian(x, y) == pytest.approx(second, rel=1e-14)


@given(expressions() | graphs(max_nodes=60, outputs=1), st.data())
def test_it_is_what_the_sweep_computes(graph, data):
    """To the last bit: the same rules on the same numbers, in the same order."""
    point = data.draw(points_for(graph, margin=1e-3))
    leaves = [Value(x) for x in point]
    graph(*leaves).backward()
    slopes = graph.gradient(simplify=False)
    found = slopes.outputs_of(slopes.evaluate(FLOAT, point))
    assert [x + 0.0 for x in found] == [leaf.grad + 0.0 for leaf in leaves]


@settings(max_examples=40)
@example(Graph.of((x := Value(0.5, "x")) / 3.0 / x))
@given(expressions(max_nodes=6, inputs=2, smooth=True, primitives=["add", "mul", "sin", "exp", "tanh", "div"]))  # fmt: skip
def test_gradients_of_gradients_against_mpmath(graph):
    """To order 3. mpmath's differences at 60 digits keep more than 20 of them.

    A gradient's constants are floats, such as 1/3. So terms as large as f/x³ cancel to 1e-15 alone.
    """
    name = graph.inputs[0].name
    third = graph
    for _ in range(3):
        third = third.gradient(name)
    point = [node.data for node in graph.inputs]
    with mpmath.workdps(60):
        exact = list(map(mpmath.mpf, point))
        one = lambda x: graph.outputs_of(graph.evaluate(MPMATH, [x, *exact[1:]]))[0]
        true = mpmath.diff(one, exact[0], 3)
        found = third.outputs_of(third.evaluate(MPMATH, exact))[0]
        terms = abs(one(exact[0]) / exact[0] ** 3) if point[0] else 0
        assert abs(found - true) <= 1e-15 * (abs(true) + terms) + mpmath.mpf(10) ** -30


def test_the_seeds_example():
    a, b, c = Value(5, "a"), Value(3, "b"), Value(2, "c")
    slopes = Graph.of((3 * (a + b * c)).named("J")).gradient()
    assert slopes() == (3.0, 6.0, 9.0)
    assert slopes(1, 10, 20) == (3.0, 60.0, 30.0)
    assert np.array(slopes(np.ones(2), np.array([1.0, 2.0]), np.ones(2))[2]).tolist() == [3.0, 6.0]


def test_branches_follow_the_inputs():
    x = Value(2.0, "x")
    slope = Graph.of(mg.where(x > 0, mg.sqrt(x), 0.0)).gradient("x")
    assert (slope(4.0), slope(0.0)) == (0.25, 0.0)
    with np.errstate(invalid="ignore"):  # both branches are computed, and one is taken
        assert slope(np.array([4.0, -1.0])).tolist() == [0.25, 0.0]


def test_equal_steps_are_one_node():
    x = Value(0.5, "x")
    slope = Graph.of(mg.exp(x) * mg.exp(x)).gradient()
    assert sum(node.op is mg.exp for node in slope.nodes) == 1
    assert Graph.of(0.0 * x + -0.0 * x).gradient().nodes  # −0.0 is another constant than 0.0


def test_what_has_no_slope_is_0():
    x, y = Value(0.5, "x"), Value(2.0, "y")
    graph = Graph.of(mg.floor(x) + y)
    assert graph.gradient()(0.5, 2.0) == (0.0, 1.0)
    assert graph.gradient(["y"])(0.5, 2.0) == 1.0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda g: g.gradient("z"), "no input is named 'z'; the inputs are x, y"),
        (lambda g: Graph(g.nodes, (0, 1)).gradient(), "expected a graph of one output, got 2"),
        (lambda g: g.gradient(0), "expected names of inputs, got 0; the inputs are x, y"),
    ],
)
def test_bad_input_gets_a_sentence(call, said):
    with pytest.raises((ValueError, TypeError), match=said):
        call(Graph.of(Value(1.0, "x") * Value(2.0, "y")))


def test_a_million_steps_take_no_recursion():
    x = Value(0.3, "x")
    y = x
    for _ in range(20_000):
        y = mg.sin(y) + x
    slope = Graph.of(y).gradient()
    y.backward()
    assert slope(0.3) == x.grad


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda xp, y, x: (math.cos(float(x)),), "takes numbers alone: float"),
        (lambda xp, y, x: (1.0 if x > 0 else 2.0,), "a node is a symbol, neither true nor false"),
    ],
)
def test_a_rule_that_takes_numbers_alone_is_named(rule, said):
    row = mg.primitive("numbers_alone", value=math.sin, partials=rule)
    try:
        with pytest.raises(TypeError, match=f"the partials of numbers_alone .*{said}"):
            Graph.of(row(Value(0.5, "x"))).gradient()
    finally:
        naming.forget("numbers_alone")

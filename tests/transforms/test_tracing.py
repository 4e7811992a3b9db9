"""mg.trace: the graph of a function, with vectors, static arguments, and branches told."""

import json
import math
import pickle
import threading
from collections import Counter
from dataclasses import dataclass

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Graph, Value
from micrograph.engine.reading import live, traces
from micrograph.graph import Nodes
from micrograph.graph.node import PICK
from micrograph.namespaces.array import NUMPY
from micrograph.namespaces.floats import FLOAT
from micrograph.namespaces.mpmath import MPMATH
from micrograph.testing import expressions

RNG = np.random.default_rng(7)
A, B, C = RNG.normal(size=6), RNG.normal(size=6), RNG.normal(size=6)
W, V = RNG.normal(size=(4, 6)), RNG.normal(size=(6, 4))


@dataclass
class Layer:
    w: np.ndarray
    b: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Slotted:
    a: float
    b: float = 2.0


@dataclass
class Labelled:
    a: float
    b: float
    unit: str = "m"
    more: float | None = None

    def __post_init__(self):
        self.area = self.a * self.b  # no field


def attention(q, k, v):
    weights = np.exp(q - mg.logsumexp(q))
    return mg.dot(weights, k) * mg.sum(v * weights)


PROGRAMS = {
    "dot": (lambda w, x, b: mg.sigmoid(mg.dot(w, x) + b), (A, B, 0.5)),
    "a list": (lambda w, x: mg.sum([a * b for a, b in zip(w, x, strict=True)]), ([1.0, 2.0, 3.0], [0.5, 4.0, 0.25])),
    "rosenbrock": (lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), (A,)),
    "one vector": (lambda x: np.log(np.maximum(x, 0.1)).mean() + np.std(x), (A,)),
    "where": (lambda x, y: np.where(x > 0, np.exp(x) * y, y / (1 + x**2)).sum(), (A, B)),
    "network": (lambda p, x: mg.dot(p["v"], np.tanh(p["W"] @ x + p["b"])) + p["c"], ({"W": W, "b": W[:, 0], "v": W[:, 1], "c": 0.3}, A)),
    "transposed": (lambda M, x: np.sum(np.tanh(x @ M) * (M.T @ x)), (V, A)),
    "matrices": (lambda M, N: np.sum((M @ N) ** 2) + np.trace(N @ M), (W, V)),
    "reversed": (lambda x, y: np.sum(x[::-1] * y) + np.sum(x[[0, 0, 2, 5]] ** 3), (A, B)),
    "stacked": (lambda x, y, z: np.sum(np.concatenate([x[:2], [z, 1.0], y]) ** 2), (A, B, 3.0)),
    "cumulated": (lambda x: np.cumsum(x).sum() + np.prod(x[:4]), (A,)),
    "attention": (attention, (A, B, C)),
    "axes": (lambda M: np.sum(np.sum(M, axis=0) * np.max(M, axis=0)) + np.linalg.norm(M[1]), (W,)),
    "a loop": (lambda x: sum(math.pi * e * e for e in x) + x[0] * x[3], (A,)),
    "a dataclass": (lambda layer, x: mg.dot(layer.w, x) + layer.b, (Layer(A, 0.25), B)),
    "numbers": (lambda a, b, c: mg.hypot(a, b * c) + mg.max([a, b, c]), (1.5, 2.0, -0.75)),
    "constants": (lambda x: mg.dot([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], x) + Value(2.0) * x[1], (A,)),
    "extremes": (lambda x, y: np.max(x * y) - np.min(x) + np.ptp(y), (A, B)),
    "outer": (lambda x, y: np.sum(np.sin(np.outer(x, y))), (A[:3], B[:4])),
    "products": (lambda M, x: np.sum(np.prod(M, axis=1)) + np.prod(M[:, :1], axis=1) @ np.prod(np.outer(x[:4], x[:2]), axis=1), (W, A)),
    "angles": (lambda x, y: np.sum(np.arctan2(np.outer(x, y), 2.0) * np.arcsinh(y)), (A, B)),
    "einsum": (lambda M, x: np.einsum("ij,j->", M, x) + np.einsum("ij,ij->", M, M), (W, A)),
}  # fmt: skip

every_program = pytest.mark.parametrize("name", PROGRAMS)


def moved(x, by):
    """The argument at other numbers, of the same structure."""
    if isinstance(x, dict):
        return {key: moved(e, by) for key, e in x.items()}
    if isinstance(x, Layer):
        return Layer(moved(x.w, by), moved(x.b, by))
    if isinstance(x, list):
        return [e * by + 0.01 for e in x]
    return x * by + 0.01


def listed(x):
    """The argument with lists in place of arrays: plain floats compute with these."""
    if isinstance(x, dict):
        return {key: listed(e) for key, e in x.items()}
    if isinstance(x, Layer):
        return Layer(listed(x.w), x.b)
    return x.tolist() if isinstance(x, np.ndarray) else x


def flat(x):
    if isinstance(x, dict):
        return [e for part in x.values() for e in flat(part)]
    if isinstance(x, Layer):
        return [*flat(x.w), x.b]
    if isinstance(x, list | tuple):
        return [e for part in x for e in flat(part)]
    return np.ravel(x).tolist() if isinstance(x, np.ndarray) else [x]


@every_program
@pytest.mark.parametrize("by", [1.0, -0.75])
def test_the_graph_is_the_function_at_any_numbers(name, by):
    """To the last bit what f computes on Values there."""
    f, example = PROGRAMS[name]
    args = tuple(moved(x, by) for x in example)
    graph = mg.trace(f, *example, simplify=False)
    found = graph(*map(listed, args))
    truth = []
    mg.grad(lambda *xs: truth.append(f(*xs).data) or 0.0, tuple(range(len(args))))(*args)
    assert found == truth[0]
    assert mg.trace(f, *example)(*map(listed, args)) == pytest.approx(found, rel=1e-14)


@every_program
@pytest.mark.parametrize("by", [1.0, -0.75])
def test_the_gradient_graph_is_the_gradient_at_any_numbers(name, by):
    """And so is value_and_gradient. The order of additions differs: some ULP of the terms."""
    f, example = PROGRAMS[name]
    args = tuple(moved(x, by) for x in example)
    graph = mg.trace(f, *example)
    truth = np.array(flat(mg.grad(f, tuple(range(len(args))))(*args)))
    slopes = graph.gradient()
    found = slopes(*map(listed, args))
    found = found if isinstance(found, tuple) else (found,)
    assert [len(flat(x)) for x in found] == [math.prod(node.shape) for node in graph.inputs]
    scale = 1e-13 * (1 + np.abs(truth).max())
    np.testing.assert_allclose(flat(found), truth, atol=scale)
    bound = graph.bound(tuple(map(listed, args)), {})
    y, swept = graph.value_and_gradient(FLOAT, bound)
    assert y == graph(*map(listed, args))
    np.testing.assert_allclose(flat(swept), truth, atol=scale)


@every_program
def test_a_graph_is_differentiated_beside_arrays_of_floats(name):
    """By its first argument alone: what else it takes are arrays of floats."""
    f, example = PROGRAMS[name]
    graph = mg.trace(f, *example)
    found, truth = flat(mg.grad(graph)(*example)), flat(mg.grad(f)(*example))
    np.testing.assert_allclose(found, truth, atol=1e-13 * (1 + np.abs(truth).max()))


def test_a_graph_of_vectors_takes_values_beside_a_batch():
    graph = mg.trace(lambda w, x: mg.dot(w, x), A, B)
    found = mg.grad(lambda w: mg.mean(graph(w, W)))(A)
    np.testing.assert_allclose(found, W.mean(axis=0), rtol=1e-15, atol=1e-16)
    assert graph([mpmath.mpf(1)] * 6, np.ones(6)) == mpmath.mpf(6)


@every_program
def test_the_gradient_is_that_of_differences(name):
    """At 40 digits: the truth comes from the graph's own numbers, moved."""
    f, example = PROGRAMS[name]
    graph = mg.trace(f, *example)
    xs = [flat(x) for x in graph.bound(tuple(map(listed, example)), {})]
    slopes = graph.gradient()()
    slopes = flat(slopes)
    places = [(i, k) for i, x in enumerate(xs) for k in range(len(x))]
    with mpmath.workdps(40):
        for (i, k), slope in list(zip(places, slopes, strict=True))[::3]:

            def along(t, i=i, k=k):
                moved = [[mpmath.mpf(e) for e in x] for x in xs]
                moved[i][k] = t
                bound = [
                    x if node.shape else x[0] for x, node in zip(moved, graph.inputs, strict=True)
                ]
                return graph.at(MPMATH, bound)

            truth = mpmath.diff(along, mpmath.mpf(xs[i][k]))
            assert slope == pytest.approx(float(truth), rel=1e-11, abs=1e-12)


def test_a_function_may_return_a_matrix():
    graph = mg.trace(lambda M, x: (M * x).T, W, A)
    assert np.array_equal(graph(W, A), (W * A).T)
    assert graph(W.tolist(), A.tolist()) == (W * A).T.tolist()
    assert np.array_equal(graph(np.stack([W, -W]), A), [(W * A).T, (-W * A).T])
    assert Graph.from_json(graph.to_json()) == graph
    assert np.shape(graph(mg.values(W), A)) == (6, 4)
    made = {}
    exec(graph.source, made)
    assert np.array_equal(made["f"](W, A), (W * A).T)
    guarded = mg.trace(lambda M: 2 * M if M[0, 0] > 0 else -M, W, branches="guard")
    assert np.array_equal(guarded(np.stack([np.abs(W), -np.abs(W)]))[1], np.abs(W))


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 2), (2, 0, 3)])
def test_a_function_may_return_an_array_of_no_numbers(shape):
    graph = mg.trace(lambda x: x * 2, np.zeros(shape))
    assert graph(np.zeros(shape)).shape == shape
    assert graph(np.zeros(shape).tolist()) == np.zeros(shape).tolist()
    assert Graph.from_json(graph.to_json()) == graph


def test_an_argument_may_have_any_name():
    graph = mg.trace(lambda f, args: f * args, f=2.0, args=3.0)
    assert graph(f=4.0, args=5.0) == 20.0


def test_vectors_are_one_node():
    w, x = np.zeros(12_288), np.ones(12_288)
    graph = mg.trace(lambda w, x, b: mg.sigmoid(mg.dot(w, x) + b), w, x, 0.0)
    assert repr(graph) == "Graph(w, x, b → v3: 6 nodes)"
    assert [node.shape for node in graph.inputs] == [(12_288,), (12_288,), ()]
    assert len(graph.gradient().nodes) == 11
    for row in (mg.sum, mg.mean, mg.logsumexp, mg.hypot, mg.max, mg.min, mg.prod):
        graph = mg.trace(lambda x, row=row: row(x), list(range(5)))
        assert [node.op for node in graph.nodes] == [None, row]
    f, example = PROGRAMS["network"]
    assert len(mg.trace(f, *example).nodes) == 10  # W, b, v, c, x; W·x, + b, tanh, v·, + c
    for f in (
        lambda x: np.mean(-(0.3 * np.log(mg.sigmoid(x)) + 0.7 * np.log(1 - mg.sigmoid(x)))),
        lambda x: np.sum(np.exp(x[1:]) - np.exp(x[:-1]) * np.exp(x)[1:]),
    ):
        sizes = Counter(
            len(node.data) for node in mg.trace(f, A, simplify=False).nodes if node.shape
        )
        assert max(sizes) == 6  # what is done twice is two nodes, not one of twice the elements
    assert [node.op for node in mg.trace(lambda x: np.log(1 + np.exp(x)), A).nodes] == [
        None,
        mg.softplus,
    ]
    rolled = mg.trace(lambda x: [mg.exp(e) * 2 for e in x], list(range(5)))
    assert [node.op for node in rolled.nodes if node.shape] == [None, mg.exp, mg.mul]


@given(expressions())
def test_numbers_alone_give_the_graph_of_the_recorded_values(e):
    """Traced, recorded, and recorded anew with a vector beside: the same nodes."""
    graph = Graph(e.nodes, e.outputs_of(range(len(e.nodes))))
    data = [node.data for node in graph.inputs]
    again = Graph.of(graph(*[Value(x, f"x{i + 1}") for i, x in enumerate(data)]))
    traced = mg.trace(lambda *x: graph(*x), *data, simplify=False)
    beside = mg.trace(lambda v, *x: graph(*x), [1.0, 2.0], *data, simplify=False)
    steps = [
        Counter((n.op, n.data.hex()) for n in g.nodes if n.op) for g in (again, traced, beside)
    ]
    assert steps[0] == steps[1] == steps[2]
    assert [node.name for node in traced.inputs] == [f"x{i + 1}" for i in range(len(data))]
    assert traced(*data) == again() == beside([0.0, 0.0], *data)
    first = [node.name for node in again.inputs]
    inputs_first = len(first) == len(data) and [*first] == [
        n.name for n in again.nodes[: len(first)]
    ]
    if inputs_first:
        assert traced.nodes == again.nodes


def test_arguments_are_given_as_to_the_function():
    f = lambda p, x, k=2.0: p["a"] * x + p["b"][0] * k
    graph = mg.trace(f, {"a": 1.0, "b": (2.0,)}, 5.0)
    assert [node.name for node in graph.inputs] == ["a", "b", "x"]
    assert graph({"a": 3.0, "b": (1.0,)}, 2.0) == graph({"b": [1.0], "a": 3.0}, x=2.0) == 8.0
    assert graph(3.0, [1.0], 2.0) == 8.0  # the inputs in their order
    assert graph() == 9.0
    assert graph(x=1.0) == graph(p={"a": 1, "b": [2]}, x=1) == 5.0
    assert graph(a=0.0) == 4.0
    assert repr(graph.gradient("p")) == "Graph(a, b, x → x, v1: 4 nodes)"
    with pytest.raises(ValueError, match="no input is named 'q'; the inputs are a, b, x"):
        graph.gradient("q")
    with pytest.raises(TypeError, match=r"p: expected the keys \['a', 'b'\], got {'a': 3.0}"):
        graph({"a": 3.0}, 2.0)
    with pytest.raises(TypeError, match=r"expected a vector of shape .1,., got 1.0"):
        graph({"a": 3.0, "b": 1.0}, 2.0)
    of_parts = mg.trace(lambda p: p[0]["a"] + p[1]["a"], [{"a": 1.0}, {"a": 2.0}])
    for wrong in ([{"a": 1.0}], {"a": 1.0}, 3.0):
        with pytest.raises(TypeError, match="p: expected 2 parts, got"):
            of_parts(wrong)
    vectors = mg.trace(lambda w: mg.sum(w), [1, 2, 3])
    with pytest.raises(ValueError, match=r"expected a vector of shape \(3,\), got 2 numbers"):
        vectors([1, 2])
    assert vectors(np.array([Value(1.0), 2.0, 3.0])).data == 6.0
    assert vectors([mpmath.mpf(1), 2, 3]) == mpmath.mpf(6)


@pytest.mark.parametrize("make", [Slotted, Labelled])
def test_a_graph_takes_the_dataclass_that_it_was_traced_with(make):
    graph = mg.trace(lambda p: p.a**2 * p.b, make(a=1.0, b=2.0))
    assert graph(make(a=3.0, b=0.5)) == 4.5
    assert graph.gradient()(make(a=3.0, b=0.5)) == (3.0, 9.0)


@pytest.mark.parametrize("more", [3.0, [3.0], np.ones(2)])
def test_a_field_with_numbers_that_the_trace_never_saw_is_refused(more):
    graph = mg.trace(lambda p: p.a * p.b, Labelled(1.0, 2.0))
    with pytest.raises(TypeError, match=r"p: expected the keys \['a', 'b'\], got Labelled"):
        graph(Labelled(1.0, 2.0, "m", more))


def test_the_textbook_loss_is_right_in_the_tails():
    """−(y log a + (1 − y) log(1 − a)) by σ and by 1/(1 + e⁻ᶻ), beside mpmath."""
    losses = [
        lambda z, y: -(y * mg.log(mg.sigmoid(z)) + (1 - y) * mg.log(1 - mg.sigmoid(z))),
        lambda z, y: -y * mg.log(1 / (1 + mg.exp(-z))) - (1 - y) * mg.log(1 - 1 / (1 + mg.exp(-z))),
    ]
    for loss in losses:
        graph = mg.trace(loss, 0.5, 1.0)
        slopes = graph.gradient("z")
        for z in (-1000.0, -40.0, -1.0, 0.0, 2.5, 37.0, 1000.0):
            for y in (0.0, 0.3, 1.0):
                with mpmath.workdps(900):
                    a = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
                    truth = -(y * mpmath.log(a) + (1 - mpmath.mpf(y)) * mpmath.log(1 - a))
                    slope = a - mpmath.mpf(y)
                assert graph(z, y) == pytest.approx(float(truth), rel=1e-15, abs=1e-320)
                # a and y are rounded, and their difference may cancel
                assert abs(slopes(z, y) - slope) <= 4e-16 * (a + y) + 1e-320
        with pytest.raises((ValueError, ArithmeticError)):
            mg.trace(loss, 0.5, 1.0, simplify=False)(1000.0, 0.0)


def test_static_arguments_reach_f_as_they_are():
    def power(x, n, kind="plain", scale=1.0):
        y = 1.0
        for _ in range(n):
            y = y * x
        return scale * y if kind == "plain" else -y

    graph = mg.trace(power, 2.0, 3, "other", static_argnames=("n", "kind"))
    assert repr(graph).startswith("Graph(x →")
    assert graph(2.0) == -8.0
    assert mg.trace(power, 2.0, n=3, static_argnames="n")(3.0) == 27.0
    with pytest.raises(
        TypeError,
        match=r"the argument kind is 'other' .str.; expected numbers.*static_argnames='kind'",
    ):
        mg.trace(power, 2.0, 3, "other", static_argnames="n")
    with pytest.raises(TypeError, match=r"used as an integer.*make it static"):
        mg.trace(power, 2.0, 3)
    with pytest.raises(TypeError, match="no argument 'm' is given; f was given x, n"):
        mg.trace(power, 2.0, 3, static_argnames="m")


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x if x > 0 else -x, r"whether x > 0 is true.*mg.where\(x > 0, …, …\)"),
        (lambda x: max(x, 0.0), "whether 0 > x is true|whether x < 0 is true"),
        (lambda x: x or 1.0, "whether x is true"),
        (lambda x: 1.0 if 0 < x * 2 < 1 else 0.0, "whether v1 > 0 is true"),
        (lambda x: float(x), "would drop its derivative"),
        (lambda x: math.exp(x), "would drop its derivative"),
        (lambda x: int(x) * x, "int reads the number of x"),
        (lambda x: round(x) * x, "round reads the number of x"),
        (lambda x: mg.math.floor(x) * x, "floor reads the number of x"),
        (lambda x: mg.math.isnan(x) and x, "isnan reads the number of x"),
        (lambda x: mg.math.frexp(x)[0], "frexp reads the number of x"),
        (lambda x: range(x)[0], "used as an integer"),
        (lambda x: [1.0, 2.0][x], "used as an integer"),
        (lambda x: [1.0, 2.0][:x][0], "used as an integer"),
        (lambda x: np.array([x, x])[x], r"used as an integer.* np.arange\(k\) == n"),
        (lambda x: "text", "f returned 'text' .str.; expected numbers"),
        (lambda x, v=A: np.sort(x * v)[0], "compares, sorts, searches"),
        (lambda x, v=A: np.argmax(x * v), "compares, sorts, searches"),
        (lambda x, v=A: np.median(x * v), "compares, sorts, searches"),
        (lambda x, v=A: np.linalg.det(np.outer(x * v, v)), "elimination, which puts the rows"),
        (lambda x, v=A: np.linalg.inv(np.outer(x * v, v))[0], "elimination, which puts the rows"),
        (lambda x, v=A: (x * v)[x * v > 0].sum(), r"is an index, as in x\[x > 0\]"),
        (lambda x, v=A: np.any(x * v > 0) and x, "whether .* is true"),
    ],
)  # fmt: skip
def test_what_would_freeze_a_number_is_refused(f, message):
    with pytest.raises(TypeError, match=message):
        mg.trace(f, 1.5)
    if f.__defaults__:  # of an array that is an argument, too
        with pytest.raises(TypeError, match=message):
            mg.trace(f, 1.5, A)
    assert not live
    assert not traces
    assert bool(Value(1.0) > 0)


def test_captured_values_are_refused():
    w = Value(3.0, "w")
    for f in (lambda x: x * w, lambda x: x + mg.stop_gradient(w * 2)):
        with pytest.raises(TypeError, match="f uses w, a Value that is none of its arguments"):
            mg.trace(f, 1.0)
    assert mg.trace(lambda x: x * w.data, 1.0)(2.0) == 6.0


def test_a_trace_leaves_other_values_and_threads_alone():
    inside, answers = threading.Event(), []
    other = Value(2.0, "other")

    def ask():
        inside.wait(10)
        answers.append(bool(other > 1) and int(other * 2))

    thread = threading.Thread(target=ask)
    thread.start()

    def f(x):
        inside.set()
        thread.join()
        assert (Value(1.0) > 0) or False  # not traced: an ordinary question
        return x * 2

    mg.trace(f, 1.0)
    assert answers == [4]


def test_transforms_within_a_trace():
    """Newton's step, with its derivatives taken inside."""
    f = lambda x: mg.exp(x) - 2 * x * x
    step = lambda x: x - mg.grad(f)(x) / mg.grad(mg.grad(f))(x)
    graph = mg.trace(step, 0.3)
    assert graph(0.7) == pytest.approx(0.7 - (math.exp(0.7) - 2.8) / (math.exp(0.7) - 4), rel=1e-14)


def test_derivatives_of_vector_graphs_to_order_three():
    """f = Σ exp(x)·y along one number of a vector, by gradients of gradients."""
    graph = mg.trace(
        lambda x, s: mg.sum([mg.exp(e * s) * e for e in x]), [0.5, -1.0, 2.0, 1.5], 0.75
    )
    third = graph.gradient("s").gradient("s").gradient("s")
    truth = sum(e**4 * math.exp(e * 0.75) for e in (0.5, -1.0, 2.0, 1.5))
    assert third() == pytest.approx(truth, rel=1e-14)


def test_every_operation_of_a_graph_of_vectors_is_flat_data():
    graph = mg.trace(PROGRAMS["stacked"][0], *PROGRAMS["stacked"][1])
    assert Nodes.of(graph.nodes) == graph.nodes
    assert any(node.op is PICK and node.places for node in graph.nodes)
    with pytest.raises(ValueError, match=r"expected a number as output, got a vector of \(6,\)"):
        mg.trace(lambda x: x * 2, A).gradient()


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_elements_picked_more_than_once_have_all_their_adjoints(places):
    graph = mg.trace(lambda x: np.sum(np.exp(x[places]) * np.arange(len(places))), A)
    truth = np.zeros(6)
    for i, k in enumerate(places):
        truth[k] += i * math.exp(A[k])
    np.testing.assert_allclose(graph.gradient()(A.tolist()), truth, rtol=1e-14, atol=1e-15)


def test_a_domain_error_names_the_element():
    graph = mg.trace(lambda x: mg.sum([mg.log(e) for e in x]), [1.0, 2.0, 3.0])
    with pytest.raises(mg.DomainError, match=r"log\(x\[1\]\).*x\[1\] = -2"):
        graph([1.0, -2.0, 3.0])


@every_program
def test_a_graph_with_vectors_is_stored_exactly(name):
    f, example = PROGRAMS[name]
    for graph in (mg.trace(f, *example), mg.trace(f, *example).gradient()):
        twin = Graph.from_json(graph.to_json())
        assert twin == graph
        assert twin(*map(listed, example)) == graph(*map(listed, example))
        assert pickle.loads(pickle.dumps(graph)) == graph


def test_an_empty_vector_is_a_vector():
    graph = mg.trace(lambda x: mg.sum(x) + mg.logsumexp([*x, 0.0]), np.array([]))
    assert graph([]) == 0.0
    assert Graph.from_json(graph.to_json()) == graph
    assert graph.gradient()(np.array([])).shape == (0,)


@every_program
def test_the_source_of_a_graph_with_vectors_runs(name):
    """On Values its numbers are the graph's, to the last bit."""
    f, example = PROGRAMS[name]
    graph = mg.trace(f, *example)
    made = {}
    exec(graph.source, made)
    f = next(x for key, x in made.items() if callable(x) and key not in ("mg", "np"))
    given = [mg.values(x.data).reshape(x.shape) if x.shape else x.data for x in graph.inputs]
    found = f(*given)
    assert float(found) == graph()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({2: ["v", "exp", [0], ["0x1p0"], [1]]}, "node 2: 'exp' does not make a result of shape .1,."),
        ({2: ["v", "mul", [0, 1], ["0x1p0"] * 2, [2]]}, "does not make a result of shape .2,. of 2 operands"),
        ({2: ["v", "dot", [0, 1], "0x1p0"]}, "'dot' does not take 2 operands"),
        ({2: ["v", "pick", [0], "0x1p0", [], [3]]}, "'pick' does not make a result of shape"),
        ({2: ["v", "pick", [0], "0x1p0", [], [-2]]}, "expected whole numbers from -1 on"),
        ({2: ["v", "pick", [0], ["0x1p0"], [10**9], [0]]}, "expected 1000000000 numbers, got"),
        ({2: ["v", "exp", [0], "0x1p0", "3"]}, "expected whole numbers from 0 on, got '3'"),
        ({2: ["v", "sum", [0], "0x1p0", [], [0]]}, "'sum' does not make"),
        ({0: ["x", None, [], ["0x1p0"] * 4, [2, -2]]}, "expected whole numbers from 0 on"),
        ({"arguments": [["x", 2]]}, "arguments: expected names with the numbers of inputs"),
        ({"arguments": [["x", [{"a": "b"}]]]}, "arguments: expected names"),
        ({"arguments": {"x": 0}}, "arguments: expected names"),
    ],
)  # fmt: skip
def test_hostile_vectors_are_refused_in_a_sentence(change, message):
    graph = mg.trace(lambda x, y: mg.dot(x, x) + mg.sum(y), [1.0, 2.0, 3.0], [4.0, 5.0])
    stored = json.loads(graph.to_json())
    for key, x in change.items():
        if isinstance(key, int):
            stored["nodes"][key] = x
        else:
            stored[key] = x
    with pytest.raises(ValueError, match=message):
        Graph.from_json(json.dumps(stored))


def as_inputs(graph, args):
    """The arguments as one array or float for each input."""
    return [np.reshape(x, node.shape) if node.shape else x for x, node in zip(graph.bound(args, {}), graph.inputs, strict=True)]  # fmt: skip


@every_program
def test_arrays_give_the_numbers_of_floats(name):
    """NumPy adds in another order, and its exp differs in the last bit: some ULP of the terms."""
    f, example = PROGRAMS[name]
    graph = mg.trace(f, *example)
    slopes = graph.gradient()
    truth, slope_truth = graph(*map(listed, example)), flat(slopes(*map(listed, example)))
    scale = 1e-13 * (1 + np.abs(slope_truth).max())
    assert graph(*example) == pytest.approx(truth, rel=1e-12)
    np.testing.assert_allclose(flat(slopes(*example)), slope_truth, atol=scale)
    y, swept = graph.value_and_gradient(NUMPY, as_inputs(graph, tuple(map(listed, example))))
    np.testing.assert_allclose(flat(swept), slope_truth, atol=scale)
    if not isinstance(example[0], dict | Layer):
        by = np.array([1.0, 0.5, -0.25])
        batch = [np.stack([moved(np.asarray(x), e) for e in by]) for x in example]
        found, grads = graph(*batch), slopes(*batch)
        grads = grads if isinstance(grads, tuple) else (grads,)
        for i, e in enumerate(by):
            one = [listed(moved(np.asarray(x), e)) for x in example]
            assert found[i] == pytest.approx(graph(*one), rel=1e-12)
            here = flat(slopes(*one))
            there = flat(
                [
                    np.broadcast_to(g, (3, *g.shape[1:]))[i] if g.shape[:1] == (3,) else g
                    for g in grads
                ]
            )
            np.testing.assert_allclose(there, here, atol=1e-12 * (1 + np.abs(here).max()))


def test_a_batch_beside_what_is_not_of_the_batch():
    """x is of a batch, the weights are not: gradients of the weights are one for each point."""
    f, example = PROGRAMS["network"]
    graph = mg.trace(f, *example)
    X = RNG.normal(size=(5, 6))
    ys, slopes = graph(example[0], X), graph.gradient()(example[0], X)
    for i, x in enumerate(X):
        assert ys[i] == pytest.approx(graph(listed(example[0]), x.tolist()), rel=1e-13)
        one = graph.gradient()(listed(example[0]), x.tolist())
        for found, truth in zip(slopes, one, strict=True):
            of_batch = np.shape(found)[:1] == (5,) and np.size(found) == 5 * np.size(truth)
            np.testing.assert_allclose(
                np.ravel(found[i] if of_batch else found), np.ravel(truth), atol=1e-13
            )


@every_program
def test_graphs_with_vectors_run_under_jax_jit(name, x64):
    """The graph, its gradient graph, and JAX's own gradient of the graph."""
    f, example = PROGRAMS[name]
    graph = mg.trace(f, *example)
    slopes = graph.gradient()
    inputs = [x64.numpy.asarray(x) for x in as_inputs(graph, tuple(map(listed, example)))]
    assert float(x64.jit(graph)(*inputs)) == pytest.approx(graph(), rel=1e-12)
    truth = flat(slopes(*map(listed, example)))
    scale = 1e-12 * (1 + np.abs(truth).max())
    found = x64.jit(slopes)(*inputs)
    by_jax = x64.jit(x64.grad(graph, tuple(range(len(inputs)))))(*inputs)
    for y in (found if isinstance(found, tuple) else (found,), by_jax):
        np.testing.assert_allclose(flat(list(map(np.asarray, y))), truth, atol=scale)


def test_an_argument_given_twice_is_refused():
    with pytest.raises(TypeError, match="argument 'x' is given twice, by position and by name"):
        mg.trace(lambda x: x * 2, 1.0, x=3.0)


def test_a_value_that_an_outer_transform_differentiates_by_is_no_constant():
    """Its derivative would be lost in silence."""
    for f in (lambda x, v: x * v, lambda x, v: mg.where(x > v, x, 0.0)):
        inner = lambda v, f=f: mg.trace(lambda x: f(x, v), 2.0)(2.0)
        with pytest.raises(TypeError, match="a Value that is none of its arguments"):
            mg.grad(inner)(3.0)


@pytest.mark.parametrize("at", [-1.0, 4.0])
def test_a_derivative_inside_a_traced_function_keeps_every_branch(at):
    """The gradient of a where is recorded in one branch, and asked for in the other."""
    f = lambda t: mg.where(t > 0, t**3, -t) + mg.maximum(t, 1.0)
    slope = mg.trace(lambda x: mg.grad(f)(x), at)
    along = mg.trace(lambda x: mg.jvp(f, (x,), (1.0,))[1], at)
    expected = {-1.0: -1.0, 0.25: 0.1875, 4.0: 49.0}
    assert {x: slope(x) for x in expected} == expected
    assert {x: along(x) for x in expected} == expected

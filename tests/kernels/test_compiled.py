"""mg.compile: numbers and arrays, derivatives in the structure of the arguments, bad input."""

import math
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_accuracy import allowed
from kernel_calls import ROWS

import micrograph as mg
from micrograph import Value
from micrograph.core import TABLE
from micrograph.kernels.cache import Cache
from micrograph.kernels.program import Program
from micrograph.namespaces.floats import unraising
from micrograph.namespaces.mpmath import MPMATH
from micrograph.namespaces.standalone import APART
from micrograph.testing import graphs, points_for

RNG = np.random.default_rng(22)


@dataclass
class Line:
    slope: float
    offset: float
    label: str = "plain"

    def at(self, x):
        y = self.slope * x + self.offset
        return mg.exp(y) if self.label == "exp" else y


@dataclass(slots=True)
class Slotted:
    slope: float
    label: str = "plain"

    def at(self, x):
        return -self.slope * x if self.label == "negative" else self.slope * x


def model(p, x):
    return {"y": p["w"] * mg.tanh(x) + p["b"], "square": [x * x, p["b"]]}


def cubic(x, y, z=2.0):
    return x**3 * y + mg.sin(z * y)


def as_function(graph):
    """A graph as a function of its inputs."""
    return lambda *xs: graph(*xs)


# numbers and arrays


def test_a_number_gives_a_float_and_an_array_an_array_of_its_shape():
    fast = mg.compile(cubic)
    y = fast(1.5, 2.0)
    assert type(y) is float
    assert y == 1.5**3 * 2.0 + math.sin(4.0)
    for x in (np.float32(1.5), np.array(1.5), Fraction(3, 2), np.float64(1.5)):
        assert type(fast(x, 2)) is float
        assert fast(x, 2) == y
    found = fast(np.full((2, 1, 3), 1.5), np.full((4, 1), 2.0))
    assert found.shape == (2, 4, 3)
    assert found.dtype == float
    assert np.all(found == fast(1.5, np.array([2.0]))[0])


LAYOUTS = {
    "a column": lambda x: np.asfortranarray(x)[:, ::2],
    "reversed": lambda x: x[::-1, ::-1],
    "float32": lambda x: x.astype(np.float32),
    "float16": lambda x: x.astype(np.float16),
    "longdouble": lambda x: x.astype(np.longdouble),
    "int8": lambda x: (4 * x).astype(np.int8),
    "uint64": lambda x: (4 * x).astype(np.uint64),
    "bool": lambda x: x > 0.5,
    "big endian": lambda x: x.astype(">f8"),
    "misaligned": lambda x: np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(float).reshape(x.shape),
    "transposed": lambda x: x.T,
    "broadcast": lambda x: np.broadcast_to(x[0], (7, *x[0].shape)),
    "a row": lambda x: x[:1],
    "empty": lambda x: x[:0],
    "read-only": lambda x: np.frombuffer(x.tobytes()).reshape(x.shape),
    "a DataFrame": pd.DataFrame,
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("run", [5, 65_536])
def test_any_layout_gives_what_each_element_gives(layout, run, monkeypatch):
    def points(self, inputs, outputs, threads, ours=Program.points):
        for a in [*inputs, *outputs]:  # what a program may rely on
            assert type(a) is float or (a.ndim == 1 and a.flags.c_contiguous and a.flags.aligned)
            assert type(a) is float or a.dtype.str == np.dtype(float).str
        assert not any(np.may_share_memory(x, y) for x in inputs for y in outputs)
        ours(self, inputs, outputs, threads)

    monkeypatch.setattr(Program, "points", points)
    monkeypatch.setattr("micrograph.kernels.batches.RUN", run)
    x = layout(RNG.uniform(0.1, 2.0, size=(6, 8)))
    fast = mg.compile(lambda x, y: x * x - y)  # exact at any order of elements: no tolerance
    for y in (0.25, np.asarray(x)[:1].astype(float)):
        expected = np.asarray(x).astype(float) ** 2 - y
        assert np.array_equal(fast(x, y), expected)
        value, slope = fast.value_and_grad(x, y)
        assert np.array_equal(value, expected)
        assert np.array_equal(slope, np.broadcast_to(2 * np.asarray(x).astype(float), value.shape))


@given(st.lists(st.lists(st.sampled_from([1, 1, 2, 3]), max_size=4), min_size=1, max_size=3))
def test_arrays_broadcast_as_numpys_do(shapes):
    arrays = [RNG.integers(-9, 9, size=shape).astype(float) for shape in shapes]
    fast = mg.compile(lambda *xs: sum(x * (i + 1) for i, x in enumerate(xs)))
    try:
        expected = sum(x * (i + 1) for i, x in enumerate(np.broadcast_arrays(*arrays)))
    except ValueError:
        with pytest.raises(ValueError, match="do not broadcast together"):
            fast(*arrays)
        return
    found = fast(*arrays)
    assert np.array_equal(found, expected)
    assert np.shape(found) == expected.shape


def test_more_arrays_than_numpys_iterators_take():
    """Those stop at 64."""
    xs = [RNG.integers(0, 9, size=(5, 3))[:, ::2] for _ in range(100)]
    fast = mg.compile(lambda xs: sum(xs))
    assert np.array_equal(fast(xs), sum(xs))
    assert all(np.all(d == 1) for d in fast.grad(xs))


def test_runs_of_points_cover_each_element_once():
    from micrograph.kernels.batches import runs

    for shape in [(), (7,), (3, 4), (2, 3, 5), (1, 1), (5, 1, 2)]:
        for most in (1, 2, 4, 7, 100):
            seen = np.zeros(shape, int)
            for place in runs(shape, most):
                assert seen[place].size <= most
                seen[place] += 1
            assert np.all(seen == 1)


# containers and structure


def test_containers_come_back_with_arrays_in_place_of_numbers():
    x = np.arange(4.0)
    found = mg.compile(model)({"w": 2.0, "b": np.ones((2, 1))}, x)
    assert found["y"].shape == (2, 4)
    assert np.allclose(found["y"], 2 * np.tanh(x) + 1, rtol=1e-15)
    assert np.array_equal(found["square"][0], np.broadcast_to(x * x, (2, 4)))
    fast = mg.compile(Line.at)
    assert fast(Line(2.0, 1.0), 3.0) == 7.0
    assert fast(Line(0.0, 0.0, "exp"), 3.0) == 1.0  # another label is another structure
    slotted = mg.compile(Slotted.at)
    assert (slotted(Slotted(2.0), 3.0), slotted(Slotted(2.0, "negative"), 3.0)) == (6.0, -6.0)
    slope = fast.grad(Line(2.0, 1.0), x)
    assert type(slope) is Line
    assert slope.label == "plain"
    assert np.array_equal(slope.slope, x)
    assert np.array_equal(slope.offset, np.ones(4))


@pytest.mark.parametrize("method", ["value_and_grad", "grad", "hessian", "jacobian"])
@pytest.mark.parametrize("argnums", [0, 1, "x", -1, (0,), (1, "p"), ["x", 0]])
def test_derivatives_have_the_structure_that_the_transforms_give(method, argnums):
    def f(p, x):
        return p["w"][0] * mg.exp(x) + p["w"][1] * p["b"] ** 2

    p, x = {"w": (2.0, 3.0), "b": 0.5}, 0.25
    expected = getattr(mg, method)(f, argnums)(p, x)
    for fast in (mg.compile(f, argnums=argnums), mg.compile(f)):
        found = getattr(fast, method)(p, x, argnums=argnums)
        assert repr(found) == repr(expected)  # exp(0.25) is correctly rounded, so all is exact
    assert repr(getattr(mg.compile(f, argnums), method)(p, x)) == repr(expected)


def test_argnums_may_be_a_number_of_numpys():
    fast = mg.compile(lambda x, y: x * y, argnums=(0, 1))
    for _ in range(3):  # the door for plain numbers opens after a call
        assert fast.grad(2.0, 5.0) == (5.0, 2.0)
        assert fast.grad(2.0, 5.0, argnums=np.int64(1)) == 2.0


def test_branches_that_are_functions_are_refused_with_what_to_write():
    with pytest.raises(TypeError, match=r"give it values: where\(condition, f\(x\), g\(x\)\)"):
        mg.compile(lambda x: mg.where(x > 0, lambda: mg.log(x), lambda: -x))(2.0)


def test_the_jacobian_of_containers_is_the_outputs_with_the_inputs_inside():
    found = mg.compile(model).jacobian({"w": 2.0, "b": 1.0}, 0.0)
    assert found == mg.jacobian(model)({"w": 2.0, "b": 1.0}, 0.0)
    assert found == {
        "y": {"w": 0.0, "b": 1.0},
        "square": [{"w": 0.0, "b": 0.0}, {"w": 0.0, "b": 1.0}],
    }


def test_it_traces_for_new_structures_and_never_for_new_numbers():
    calls = []

    def f(x, n=2, flag=False):
        calls.append(n)
        return sum(x) ** n if not flag else x[0]

    fast = mg.compile(f, static_argnames=("n", "flag"))
    for x in ([1.0, 2.0], [3, np.arange(3)], [0.0, -1.0]):
        fast(x)
        fast.grad(x)
    assert len(calls) == 1
    assert fast((1.0, 2.0)) == 9.0
    assert len(calls) == 2
    assert fast([1.0, 2.0, 3.0]) == 36.0
    assert len(calls) == 3
    assert fast([1.0, 2.0], 3) == 27.0
    assert fast([1.0, 2.0], n=3) == 27.0
    assert fast([1.0, 2.0], 2, True) == 1.0
    assert fast([1.0, 2.0], True, False) == 3.0
    assert calls[-1] is True  # which is equal to 1, and another static argument


def test_statics_that_are_equal_and_not_the_same_are_told_apart():
    fast = mg.compile(lambda x, s: x * math.copysign(1.0, s), static_argnames="s")
    assert (fast(2.0, 0.0), fast(2.0, -0.0)) == (2.0, -2.0)
    kind = mg.compile(lambda x, s: x if type(s) is int else -x, static_argnames="s")
    assert (kind(2.0, 1), kind(2.0, 1.0), kind(2.0, True)) == (2.0, -2.0, -2.0)
    with pytest.raises(
        TypeError, match=r"the argument s is static, and \[1\] \(list\) can't be hashed"
    ):
        fast(2.0, [1])


def test_the_cache_keeps_the_latest_and_nothing_of_an_error():
    cache, made = Cache(3), []

    def get(key):
        return cache.get(key, lambda: made.append(key) or key)

    for key in "abcadaea":
        get(key)
    assert made == list("abcde")
    assert sorted(cache.values()) == ["a", "d", "e"]
    with pytest.raises(ZeroDivisionError):
        cache.get("x", lambda: 1 / 0)
    assert sorted(cache.values()) == ["a", "d", "e"]


# the truth


@given(st.data())
def test_values_and_slopes_of_random_graphs_agree_with_mpmath(data):
    graph = data.draw(graphs(max_nodes=15, outputs=1, smooth=True))
    point = data.draw(points_for(graph, margin=1e-3))
    everything = tuple(range(len(point)))
    fast = mg.compile(as_function(graph), everything)
    with mpmath.workdps(50):
        y, slopes = graph.value_and_gradient(MPMATH, [mpmath.mpf(x) for x in point])
    batch = [np.array([x, x]) for x in point]
    # The strategy keeps the growth of rounding errors below 1e4: some 1e-12 relative to the largest
    # term. A slope adds up terms and multiplies partials that have such errors themselves.
    for value, grad in (fast.value_and_grad(*point), fast.value_and_grad(*batch)):
        assert np.allclose(value, float(y), rtol=1e-9, atol=1e-9)
        for d, truth in zip(grad, slopes, strict=True):
            assert np.allclose(d, float(truth), rtol=1e-6, atol=1e-6)


SAME = [
    row.name
    for row in TABLE.values()
    if row.public
    and row.name not in APART
    and not (row.name in ROWS and allowed(row.name, one=True))
]
"""The rows that give the bits of Python's floats at one point. Others differ by some ULP: gamma."""


@given(st.data())
def test_at_any_floats_results_are_those_of_ieee_754(data):
    """Outside of domains, too: the graph's own floats, which never raise, say what is due."""
    graph = data.draw(graphs(max_nodes=10, outputs=2, primitives=SAME))
    wild = st.floats() | st.sampled_from([0.0, -0.0, math.inf, -math.inf, math.nan, 1e308, 5e-324])
    point = [data.draw(wild) for _ in graph.inputs]
    plain = graph.simplified()
    work = []
    numbers = iter(point)
    for op, args in plain.nodes.steps():
        operands = [work[k] if type(k) is int else k for k in args]
        work.append(unraising(op, operands) if op else next(numbers))
    expected = plain.outputs_of(work)
    fast = mg.compile(lambda *xs: list(as_tuple(graph(*xs))))
    assert list(map(repr, fast(*point))) == list(map(repr, expected))


def as_tuple(y):
    return y if isinstance(y, tuple) else (y,)


WILD = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    -3.5,
    710.0,
    -745.0,
    1e308,
    -1e308,
    5e-324,
    math.inf,
    -math.inf,
    math.nan,
]


def test_arrays_are_infinite_and_nan_where_numpys_are_and_nothing_warns():
    x = np.array(WILD)
    fast = mg.compile(
        lambda x, y: [mg.log(x), x / y, mg.sqrt(x), mg.exp(x), x**y, mg.where(x > y, x - y, y * x)]
    )
    a, b = x[:, None], x[None, :]
    with np.errstate(all="ignore"):
        expected = [np.log(a), a / b, np.sqrt(a), np.exp(a), a**b, np.where(a > b, a - b, b * a)]
    for found, truth in zip(fast(a, b), expected, strict=True):
        np.testing.assert_array_equal(
            np.isfinite(found), np.broadcast_to(np.isfinite(truth), found.shape)
        )
        np.testing.assert_allclose(found, np.broadcast_to(truth, found.shape), rtol=1e-15)


def test_a_slope_leaks_out_of_no_branch_that_is_not_taken():
    fast = mg.compile(lambda x: mg.where(x > 0, mg.sqrt(x), 0.0))
    assert list(fast.grad(np.array([0.0, -1.0, 4.0]))) == [0.0, 0.0, 0.25]
    assert [fast.grad(x) for x in (0.0, -1.0, 4.0)] == [0.0, 0.0, 0.25]
    assert mg.compile(lambda x: (3 * x) ** 2).hessian(0.0) == 18.0


def test_it_traces_where_f_is_not_defined():
    fast = mg.compile(lambda x, y: mg.log(x) + 1 / y + mg.exp(x))
    assert math.isnan(fast(-1.0, 0.0))
    assert fast(1.0, 2.0) == 0.5 + math.e
    assert np.array_equal(
        mg.compile(lambda x: mg.log(x))(np.array([-1.0, 0.0, 1.0])),
        [math.nan, -math.inf, 0.0],
        equal_nan=True,
    )
    assert mg.compile(lambda x: mg.exp(x)).grad(1e6) == math.inf


def test_the_textbooks_loss_is_right_in_its_tails():
    fast = mg.compile(lambda z: -mg.log(1 / (1 + mg.exp(-z))))
    value, slope = fast.value_and_grad(np.array([-1000.0, 1000.0]))
    assert list(value) == [1000.0, 0.0]
    assert list(slope) == [-1.0, -0.0]


def test_outputs_may_be_inputs_constants_and_the_same():
    fast = mg.compile(lambda x, y: (x, 3, y, x, 0.5 * 2, -x))
    assert fast(2.0, 5.0) == (2.0, 3.0, 5.0, 2.0, 1.0, -2.0)
    x = np.arange(3.0)
    found = fast(x, 5.0)
    assert [list(y) for y in found] == [
        [0, 1, 2],
        [3] * 3,
        [5] * 3,
        [0, 1, 2],
        [1] * 3,
        [0, -1, -2],
    ]
    found[0][:] = 7.0
    assert x[0] == 0
    assert found[3][0] == 0
    assert mg.compile(lambda x: [])(x) == []
    assert mg.compile(lambda x: {})(1.0) == {}
    assert mg.compile(lambda x: 3.0).grad(x).tolist() == [0.0] * 3


# where a number stopped being finite


def test_first_nonfinite_names_the_node_the_example_and_the_operands():
    def f(x, y):
        u = (x / y).named("u")
        return mg.log(u) + x

    fast = mg.compile(f)
    assert fast.first_nonfinite(1.0, 2.0) is None
    assert fast.first_nonfinite(np.ones((2, 2)), np.ones(2)) is None
    assert fast.first_nonfinite(np.ones(0), 1.0) is None
    y = np.ones((3, 4))
    y[1, 2] = 0.0
    found = fast.first_nonfinite(1.0, y)
    assert found == ("u", "x / y", (1, 2), "value", math.inf, {"x": 1.0, "y": 0.0})
    assert str(found) == "u = x / y is inf at x = 1.0, y = 0.0, in example (1, 2)"
    y[1, 3] = y[2, 0] = -1.0  # later examples
    assert fast.first_nonfinite(1.0, y) == found
    assert fast.first_nonfinite(-1.0, 1.0).formula == "log(u)"
    assert fast.first_nonfinite(math.nan, 1.0).name == "x"
    slope = mg.compile(lambda x: 2 * mg.sqrt(x)).first_nonfinite(np.array([1.0, 0.0]))
    assert (slope.where, slope.formula, slope.example, slope.number) == (
        "gradient",
        "sqrt(x)",
        (1,),
        math.inf,
    )
    assert str(slope) == "the slope of v1 = sqrt(x) is inf at x = 0.0, in example 1"


def test_first_nonfinite_finds_what_the_eager_search_finds():
    def f(x, root):
        return mg.where(x > 2, root, x * 2) + mg.sqrt(mg.abs(x))

    fast = mg.compile(lambda x: f(x, mg.sqrt(x - 2)))
    for x in (-8.0, 0.0, 1.0, 2.0, 3.0, math.inf, math.nan):
        v = Value(x, "x")
        eager = f(v, lambda v=v: mg.sqrt(v - 2))  # where the branch is not taken, it raises
        found, expected = fast.first_nonfinite(np.array([1.0, x])), mg.first_nonfinite(eager)
        assert (found is None) == (expected is None), x
        if found:
            assert found.example == (1,)
            assert found.where == expected[1]

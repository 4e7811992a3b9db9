"""mg.compile: numbers and arrays, derivatives in the structure of the arguments, bad input."""

import math
import os
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Value
from micrograph.kernels.cache import Cache
from micrograph.kernels.program import Program
from micrograph.namespaces.floats import unraising
from micrograph.namespaces.mpmath import MPMATH
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
    "a matrix": lambda x: x.view(np.matrix),
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


@given(st.data())
def test_at_any_floats_results_are_those_of_ieee_754(data):
    """Outside of domains, too: the graph's own floats, which never raise, say what is due."""
    graph = data.draw(graphs(max_nodes=10, outputs=2))
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


# out=


def test_out_is_filled_in_and_returned():
    fast, x = mg.compile(lambda x: (x + 1) * x), np.arange(5.0)
    out = np.empty(5)
    assert fast(x, out=out) is out
    assert list(out) == [0, 2, 6, 12, 20]
    pair = (np.empty(5), [np.empty(5)])
    assert mg.compile(lambda xs: xs[0] * 3).value_and_grad([x], out=pair) is pair
    assert list(pair[0]) == list(3 * x)
    assert list(pair[1][0]) == [3.0] * 5
    wide = np.zeros((3, 10))[:, ::2]
    fast(x, out=wide[1])
    assert list(wide[1]) == [0, 2, 6, 12, 20]
    assert not wide[0].any()
    zero = np.empty(())
    assert fast(2.0, out=zero) is zero
    assert zero == 6.0


@pytest.mark.parametrize("run", [3, 65_536])
def test_out_may_overlap_an_argument(run, monkeypatch):
    monkeypatch.setattr("micrograph.kernels.batches.RUN", run)
    monkeypatch.setattr("micrograph.kernels.by_numpy.BLOCK", 2)
    fast = mg.compile(lambda x, y: [x * y + 1, y - x])
    for place in (slice(0, 9), slice(1, 10), slice(10, 1, -1), slice(0, 18, 2)):
        memory = np.arange(20.0)
        x, y = memory[1:10], memory[:9].copy()
        expected = x * y + 1, y - x
        fast(x, y, out=[memory[place], other := np.empty(9)])
        assert np.array_equal(memory[place], expected[0])
        assert np.array_equal(other, expected[1])


@pytest.mark.parametrize(("out", "said"), [
    (np.full(4, 7.0), r"out has the shape \(4,\); the arguments broadcast to \(3,\)"),
    (np.full((1, 3), 7.0), r"out has the shape \(1, 3\)"),
    (np.full(3, 7.0, np.float32), "out holds an array of float32; expected NumPy arrays of float64"),
    ([np.full(3, 7.0)], "out has another structure than the result, which holds 1 number; expected"),
    (7.0, "out has another structure"),
    (np.frombuffer(np.full(3, 7.0).tobytes()), "out holds a read-only array"),
])  # fmt: skip
def test_an_out_that_does_not_fit_is_refused_before_anything_is_written(out, said):
    with pytest.raises((TypeError, ValueError), match=said):
        mg.compile(lambda x: x + 1)(np.arange(3.0), out=out)
    assert np.all(np.asarray(out) == 7.0)


def test_two_arrays_of_out_share_no_memory():
    fast, memory = mg.compile(lambda x: (x, -x)), np.zeros(8)
    with pytest.raises(ValueError, match="two arrays of out share memory"):
        fast(np.arange(4.0), out=(memory[:4], memory[3:7]))
    fast(np.arange(4.0), out=(memory[::2], memory[1::2]))
    assert list(memory) == [0, 0, 1, -1, 2, -2, 3, -3]


# what is refused


@pytest.mark.parametrize(("x", "said"), [
    ("abc", r"the argument x is 'abc' \(str\); expected numbers or arrays. If f takes it"),
    (1j, r"the argument x is 1j \(complex\)"),
    (None, "the argument x is None"),
    (np.array([1j]), "the argument x is an array of complex128; expected real numbers"),
    (np.array(["a"]), "an array of <U1; expected real numbers"),
    (np.array([1.0, None]), "an array of object; expected real numbers. Convert it"),
    (np.array(["2026-01-01"], dtype="datetime64[D]"), "an array of datetime64"),
    (np.datetime64("2026-01-01"), r"\(datetime64\); expected numbers or arrays"),
    (np.timedelta64(3, "D"), r"\(timedelta64\); expected numbers or arrays"),
    (np.ma.array([1.0], mask=[True]), "a masked array"),
    ({"a": [1.0, {"b": "c"}]}, r"the argument x\['a'\]\[1\]\['b'\] is 'c'"),
    (Value(2.0), "the argument x holds a Value; expected numbers or arrays, for a compiled"),
    ([1.0, Value(2.0)], r"the argument x\[1\] holds a Value"),
    (mg.values([1.0, 2.0], "w"), "the argument x holds a Value"),
])  # fmt: skip
def test_what_is_no_number_is_refused_in_a_sentence(x, said):
    with pytest.raises(TypeError, match=f"^compile: .*{said}"):
        mg.compile(lambda x: x)(x)


def test_no_transform_loses_a_derivative_in_a_compiled_function():
    fast, w = mg.compile(lambda x: x * x), Value(3.0, "w")
    for transformed in (
        mg.grad(fast),
        mg.jacobian(fast),
        lambda x: mg.jvp(fast, (x,), (1.0,)),
        lambda x: mg.trace(fast, x),
    ):
        with pytest.raises(TypeError, match=r"holds a Value; .* Under a transform call f itself"):
            transformed(2.0)
    with pytest.raises(TypeError, match="compile: f uses w, a Value that is none of its arguments"):
        mg.compile(lambda x: x * w)(2.0)
    with pytest.raises(TypeError, match="compile: f uses"):
        mg.grad(lambda v: mg.compile(lambda x: x * v)(2.0))(3.0)
    assert mg.grad(lambda v: v * fast(4.0))(3.0) == 16.0  # numbers are constants


def test_python_that_branches_on_a_traced_number_is_refused():
    with pytest.raises(
        TypeError, match=r"compile: Python asks whether x > 0 is true.* mg.where\(x > 0, …, …\)$"
    ):
        mg.compile(lambda x: x if x > 0 else -x)(1.0)
    with pytest.raises(TypeError, match=r"compile: .*int.* reads the number of x"):
        mg.compile(lambda x: int(x) + x)(1.0)
    with pytest.raises(TypeError, match=r"make it static: compile\(f, …, static_argnames"):
        mg.compile(lambda x, n: sum(x for _ in range(n)))(1.0, 3)
    assert mg.compile(lambda x, n: sum(x for _ in range(n)), static_argnames="n")(1.5, 3) == 4.5


def test_arguments_by_name_and_argnums_are_told_apart():
    fast = mg.compile(lambda x, y: x - 3 * y)
    for _ in range(2):
        assert fast(1.0, y=2.0) == fast(x=1.0, y=2.0) == fast(y=2.0, x=1.0) == -5.0
        assert fast.grad(1.0, y=2.0) == fast.grad(y=2.0, x=1.0, argnums="x") == 1.0
        assert fast.grad(1.0, 2.0, argnums=1) == fast.grad(y=2.0, x=1.0, argnums="y") == -3.0
        assert fast.grad(1.0, 2.0, argnums=(0,)) == (1.0,)
        assert fast.grad(1.0, 2.0, argnums=[1, 0]) == (-3.0, 1.0)


def test_minus_zero_is_a_constant_of_its_own():
    found = mg.compile(lambda x: (x * 0.0, x * -0.0))(1.0)
    assert [math.copysign(1.0, y) for y in found] == [1.0, -1.0]


def test_other_bad_input_is_refused_in_a_sentence():
    with pytest.raises(TypeError, match="static_argnames: f has no argument 'n'; it takes x, y, z"):
        mg.compile(cubic, static_argnames="n")
    with pytest.raises(
        TypeError, match=r"the argument number 2 is 'a' \(str\); expected numbers or arrays$"
    ):
        mg.compile(lambda *xs: sum(xs))(1.0, "a")
    with pytest.raises(TypeError, match="compile: expected a function, got 3"):
        mg.compile(3)
    with pytest.raises(ValueError, match="expected backend= one of auto, numpy, jax, got 'cuda'"):
        mg.compile(cubic, backend="cuda")
    for threads, error in ((0, ValueError), (-1, ValueError), (1.5, TypeError), ("2", TypeError)):
        with pytest.raises(error, match="thread"):
            mg.compile(cubic, threads=threads)
        with pytest.raises(error, match="thread"):
            mg.compile(cubic)(np.ones(2), 1.0, threads=threads)
    fast = mg.compile(cubic)
    with pytest.raises(ValueError, match=r"the shapes \(2,\), \(3,\), which do not broadcast"):
        fast(np.ones(2), np.ones(3))
    with pytest.raises(TypeError, match="argnums: there is no argument 2"):
        fast.grad(1.0, 2.0, argnums=2)
    for argnums in ({0, 1}, np.array([0, 1])):
        with pytest.raises(TypeError, match="argnums: expected a position or a parameter's name"):
            fast.grad(1.0, 2.0, argnums=argnums)
    with pytest.raises(TypeError, match="argnums: no argument 'w' is given"):
        fast.grad(1.0, 2.0, argnums="w")
    with pytest.raises(TypeError, match="is given twice"):
        fast(1.0, 2.0, x=3.0)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        fast(1.0)
    with pytest.raises(TypeError, match="argnums: 'z' is static"):
        mg.compile(cubic, argnums="z", static_argnames="z").grad(1.0, 2.0, 3.0)
    with pytest.raises(TypeError, match=r"grad: f returned 2 outputs; expected 1. Use jacobian"):
        mg.compile(lambda x: (x, x)).grad(1.0)
    with pytest.raises(TypeError, match="compile: f returned an array; expected a number"):
        mg.compile(lambda x: np.array([x, x]))(1.0)
    with pytest.raises(TypeError, match="compile: f returned None"):
        mg.compile(lambda x: None)(1.0)


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


# rows of users


def entries(fast):
    return [e for e in fast._cache.values() if hasattr(e, "program")]


def test_a_users_formula_runs_as_its_steps():
    row = mg.primitive("half_square", formula=lambda xp, x: x * x / 2)
    fast = mg.compile(lambda x: row(x) + 1)
    assert list(fast(np.array([2.0, 4.0]))) == [3.0, 9.0]
    assert list(fast.grad(np.array([2.0, 4.0]))) == [2.0, 4.0]
    rows = [op.name for e in entries(fast) for op in e.program.tape.rows]
    assert rows
    assert "half_square" not in rows


def test_a_users_python_code_is_called_and_the_backend_says_so():
    row = mg.primitive(
        "spring", value=lambda x: math.floor(x) * 2.0, partials=lambda xp, y, x: (xp.cos(x),)
    )
    fast = mg.compile(lambda x: row(x) * x)
    assert list(fast(np.array([1.5, 2.5]))) == [3.0, 10.0]
    assert fast(1.5) == 3.0
    assert fast.backend == "NumPy: the row 'spring' is Python code"
    assert fast.grad(1.5) == 1.5 * math.cos(1.5) + 2.0


def test_slopes_that_are_python_code_are_called_as_well():
    def slopes(xp, y, a, b):
        return (math.cos(a) * b if a > 0 else 0.0, y / b)

    row = mg.primitive("pull", value=lambda a, b: math.sin(max(a, 0.0)) * b, partials=slopes)
    fast = mg.compile(lambda a, b: row(a, b) * 2, (0, 1))
    a, b = np.array([-1.0, 0.5, 2.0]), 3.0
    value, (da, db) = fast.value_and_grad(a, b)
    assert np.allclose(value, 6 * np.sin(np.maximum(a, 0)), rtol=1e-15)
    assert np.allclose(da, [0.0, 6 * math.cos(0.5), 6 * math.cos(2.0)], rtol=1e-15)
    assert np.allclose(db, value / b, rtol=1e-15)
    assert [float(x[1]) for x in (value, da, db)] == pytest.approx(
        [*np.ravel(fast(0.5, b)), *fast.grad(0.5, b)], rel=1e-15
    )
    assert fast.backend == "NumPy: the row 'pull' is Python code"
    assert math.isnan(mg.compile(lambda a, b: row(a, b) * 2).value_and_grad(math.nan, b)[0])
    assert fast.first_nonfinite(a, b) is None
    assert fast.first_nonfinite(np.array([1.0, math.nan]), b).example == (1,)
    square = mg.primitive("square_of", formula=lambda xp, x: x * x)
    both = mg.compile(lambda a, b: row(a, b) + square(a))
    assert math.isnan(both.value_and_grad(math.nan, b)[0])  # traced there, for the first time
    assert both.grad(0.5, b) == pytest.approx(1.0 + 3 * math.cos(0.5), rel=1e-15)
    with pytest.raises(TypeError, match="the slopes of pull have no slopes"):
        fast.hessian(a, b)


@given(st.data())
def test_a_batch_has_at_each_element_what_the_point_has(data):
    graph = data.draw(graphs(max_nodes=15, outputs=2))
    rows = [data.draw(points_for(graph, margin=1e-3)) for _ in range(3)]
    fast = mg.compile(lambda *xs: list(as_tuple(graph(*xs))))
    mixed = [
        np.array(column) if i else column[0] for i, column in enumerate(zip(*rows, strict=True))
    ]
    found = fast(*mixed)
    for k, row in enumerate(rows):
        point = fast(rows[0][0], *row[1:])
        for y, expected in zip(found, point, strict=True):
            # NumPy's functions differ from C's in the last bits, and errors grow to some 1e4 times
            assert np.allclose(
                np.ravel(y)[k % np.size(y)], expected, rtol=1e-9, atol=1e-9, equal_nan=True
            )


def test_repr_and_backend_say_what_runs():
    fast = mg.compile(cubic, backend="numpy")
    assert (
        repr(fast) == "<compiled cubic: 0 programs, nothing yet: it is known after the first call>"
    )
    fast(1.0, 2.0)
    fast.grad(1.0, 2.0)
    assert repr(fast) == '<compiled cubic: 2 programs, NumPy: backend="numpy">'
    assert fast.__name__ == "cubic"
    assert fast.__wrapped__ is cubic


# threads, forks, pickles


def test_eight_threads_share_a_compiled_function():
    fast = mg.compile(lambda xs, y: sum(x * x for x in xs) * y)
    wrong, start = [], threading.Barrier(8)

    def work(k):
        start.wait()
        for i in range(20):
            n = (k + i) % 5 + 1
            xs, y = [float(k + j) for j in range(n)], np.arange(i + 1.0)
            total = sum(x * x for x in xs)
            checks = {
                "value": fast(xs, 2.0) == 2 * total,
                "array": np.array_equal(fast(xs, y), total * y),
                "grad": fast.grad(xs, 3.0) == [6 * x for x in xs],
                "hessian": fast.hessian(xs[:1], 1.0) == [[2.0]],
            }
            wrong.extend((k, i, name) for name, right in checks.items() if not right)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_a_compiled_function_pickles():
    fast = mg.compile(cubic, argnums=("y",), static_argnames="z", threads=2, backend="numpy")
    fast(1.0, 2.0)
    again = pickle.loads(pickle.dumps(fast))
    assert again(1.5, 2.0, 1.0) == fast(1.5, 2.0, 1.0)
    assert again.grad(1.5, 2.0) == fast.grad(1.5, 2.0)
    assert pickle.loads(pickle.dumps(decorated)) is decorated


@mg.compile
def decorated(x):
    return x + 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_it_works_in_the_child_of_a_fork():
    script = (
        "import os, numpy as np, micrograph as mg\n"
        "fast = mg.compile(lambda x, y: x * y)\n"
        "fast(np.ones(3), 2.0)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    right = list(fast(np.ones(3), 2.0)) == [2.0] * 3 and fast.grad(1.0, 5.0) == 5.0\n"
        "    os._exit(0 if right else 3)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout == "0\n"


def test_numbers_need_no_numpy():
    script = (
        "import sys; sys.modules['numpy'] = None\n"
        "import micrograph as mg\n"
        "print(mg.compile(lambda x, y: x * y).value_and_grad(2.0, 5.0))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout == "(10.0, 5.0)\n"


# backends


def test_jax_runs_the_same_graph(x64):
    fast = mg.compile(lambda x, y: [mg.exp(x) * y, 3.0], backend="jax")
    x = np.linspace(-1, 1, 7)
    found = fast(x, 2.0)
    assert all(type(y) is np.ndarray for y in found)
    assert np.allclose(found[0], 2 * np.exp(x), rtol=1e-14)  # a few ULP of JAX's exp
    assert list(found[1]) == [3.0] * 7
    assert fast.backend.startswith("JAX: ")
    assert fast(0.0, 2.0) == [2.0, 3.0]


def test_jax_with_32_bits_is_refused():
    jax = pytest.importorskip("jax")
    if jax.config.jax_enable_x64:
        pytest.skip("JAX is set to 64 bits")
    with pytest.raises(ValueError, match="needs numbers of 64 bits"):
        mg.compile(cubic, backend="jax")(1.0, 2.0)


# a long chain


def test_a_long_chain_compiles():
    def chain(x):
        for _ in range(3_000):
            x = mg.sin(x) + x * 0.5
        return x

    fast = mg.compile(chain)
    value, slope = fast.value_and_grad(0.5)
    x = Value(0.5)
    y = chain(x)
    y.backward()
    assert value == y.data
    assert slope == pytest.approx(x.grad, rel=1e-10)  # of 9,000 steps, summed in another order

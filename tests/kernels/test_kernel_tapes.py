"""Random graphs, compiled: arrays give what floats give, whatever the position, threads and run."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_accuracy import NOTABLE, allowed, expected
from kernel_calls import BOTH, EXTENSION, PAIRS, ROWS, SETS, SLOPES, over
from kernel_marks import needs_kernels

import micrograph as mg
import micrograph.kernels.lowered
from micrograph.kernels.lowered import Lowered
from micrograph.kernels.operations import SECOND
from micrograph.namespaces.floats import unraising
from micrograph.testing import graphs, points_for

pytestmark = needs_kernels

WILD = st.floats() | st.sampled_from([*NOTABLE, *(-x for x in NOTABLE)])


def as_function(graph):
    def f(*xs):
        y = graph(*xs)
        return list(y) if isinstance(y, tuple) else [y]

    return f


def of_floats(tape, inputs):
    """What a tape computes on floats that never raise."""
    work, second = {**tape.constants, **dict(enumerate(inputs))}, math.nan
    for row, slots, out in zip(tape.rows, tape.operands, tape.outs, strict=True):
        xs = [work[slot] for slot in slots]
        if row.name in PAIRS:
            inner, outer, side = PAIRS[row.name]
            y = expected(inner, xs[:2])
            work[out] = expected(outer, [xs[2], y] if side else [y, xs[2]])
        elif row.name in BOTH:
            work[out], second = (expected(name, xs) for name in BOTH[row.name])
        elif row is SECOND:
            work[out] = second
        else:
            work[out] = expected(row.name, xs) if row.name in ROWS else unraising(row, xs)
    return [work[slot] for slot in tape.results]


def programs(fast):
    return [entry.program for entry in fast._cache.values() if hasattr(entry, "program")]


def bits(y):
    """The bits of doubles. All NaN are one."""
    y = np.array(y, float)
    y[np.isnan(y)] = math.nan
    return y.view(np.int64)


def is_exact(row, one=False):
    """Whether the row has the bits that it has on floats: in blocks, or at one point."""
    if row.name in BOTH:
        return all(allowed(name, one) == 0 for name in BOTH[row.name])
    exact = row is SECOND or row.name in PAIRS
    return not row.vectors and (exact or allowed(row.name, one) == 0)


@given(st.data())
def test_at_one_point_a_tape_has_the_bits_of_floats(data):
    graph = data.draw(graphs(max_nodes=12, outputs=2))
    point = [data.draw(WILD) for _ in graph.inputs]
    fast = mg.compile(as_function(graph))
    found = fast(*point)
    tape = programs(fast)[0].tape
    if all(is_exact(row, True) for row in tape.rows):
        np.testing.assert_array_equal(bits(found), bits(of_floats(tape, point)))


@given(st.data())
def test_blocks_of_exact_rows_have_the_bits_of_one_point(data):
    graph = data.draw(graphs(max_nodes=12, outputs=2))
    point = [data.draw(WILD) for _ in graph.inputs]
    fast = mg.compile(as_function(graph))
    one, many = fast(*point), fast(*(np.full(9, x) for x in point))
    if all(map(is_exact, programs(fast)[0].tape.rows)):
        for x, y in zip(one, many, strict=True):
            np.testing.assert_array_equal(bits(y), np.broadcast_to(bits(x), 9))


@given(st.data())
def test_each_step_of_a_tape_computes_its_row_at_what_it_meets(data):
    """So rounding errors of earlier steps do not count, and no conditioning is to be known."""
    graph = data.draw(graphs(max_nodes=12, outputs=1))
    point = [data.draw(WILD) for _ in graph.inputs]
    program = fast_gradient(graph, point)
    tape = program.tape
    for which in range(len(SETS)):
        truth, seen = tapes_by_kernels(tape, point, which)
        lowered = Lowered(tape, EXTENSION, which)
        outputs = [np.empty(13) for _ in tape.results]
        lowered.points([np.full(13, x) for x in point], outputs, 1)
        if seen:
            for y, x in zip(outputs, truth, strict=True):
                np.testing.assert_array_equal(bits(y), np.full(13, bits(x)))


def fast_gradient(graph, point):
    """The program of a value with its gradient."""
    fast = mg.compile(lambda *xs: as_function(graph)(*xs)[0], tuple(range(len(point))))
    fast.value_and_grad(*point)
    return programs(fast)[-1]


def tapes_by_kernels(tape, point, which):
    """A tape by its kernels, one by one; and whether all its steps are kernels."""
    work, second = {**tape.constants, **dict(enumerate(point))}, math.nan
    for row, slots, out in zip(tape.rows, tape.operands, tape.outs, strict=True):
        if row.vectors:
            return None, False
        if row is SECOND:
            work[out] = second
            continue
        found = over(row.name, [[work[slot]] for slot in slots], which)
        work[out], second = map(float, np.ravel(found)) if row.name in BOTH else (found[0], None)
    return [work[slot] for slot in tape.results], True


@given(st.data())
def test_well_conditioned_values_and_gradients_agree_with_floats(data):
    graph = data.draw(graphs(max_nodes=15, outputs=1, smooth=True))
    point = data.draw(points_for(graph, margin=1e-3))
    fast = mg.compile(lambda *xs: as_function(graph)(*xs)[0], tuple(range(len(point))))
    y, slopes = fast.value_and_grad(*(np.full(3, x) for x in point))
    truth = graph(*point)
    # The strategy keeps the growth of rounding errors below 1e4, of some 100 roundings of 5 ULP.
    assert np.allclose(y, truth, rtol=1e-9, atol=1e-9)
    expected = graph.gradient()(*point)
    expected = expected if isinstance(expected, tuple) else (expected,)
    for d, exact in zip(slopes, expected, strict=True):
        assert np.allclose(d, exact, rtol=1e-6, atol=1e-6)


def formula(x, y):
    a = mg.exp(-x * y) + mg.tanh(x - y)
    return mg.log(1 + a * a) * mg.sin(x) - mg.hypot(x, y) / mg.norm_cdf(y)


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 255, 256, 257, 100_001])
def test_bits_depend_on_no_thread_length_position_or_run(n):
    rng = np.random.default_rng(n)
    x, y = rng.normal(size=(2, 100_040))
    fast = mg.compile(formula, (0, 1))
    whole = [bits(z) for z in flat(fast.value_and_grad(x, y))]
    for start in (0, 1, 3, 8, 35):
        part = slice(start, start + n)
        for threads in (1, 2, 7):
            found = flat(fast.value_and_grad(x[part], y[part], threads=threads))
            for z, other in zip(found, whole, strict=True):
                np.testing.assert_array_equal(bits(z), other[part])


@pytest.mark.parametrize("which", range(len(SETS)), ids=SETS)
@pytest.mark.parametrize("n", [1, 7, 8, 9, 104, 313, 5003])
def test_results_written_past_the_caches_are_the_same_and_nothing_beside_them(
    n, which, monkeypatch
):
    inputs = [*np.random.default_rng(n).normal(size=(2, n))]
    fast = mg.compile(formula, (0, 1))
    fast.value_and_grad(1.0, 2.0)
    lowered = Lowered(programs(fast)[-1].tape, EXTENSION, which)
    found = {}
    for large, start, threads in itertools.product((math.inf, 0), (8, 9, 15), (1, 3)):
        monkeypatch.setattr(micrograph.kernels.lowered, "LARGE", large)
        memory = np.full((3, n + 24), 7.0)
        lowered.points(inputs, [line[start : start + n] for line in memory], threads)
        assert (memory[:, :start] == 7).all()
        assert (memory[:, start + n :] == 7).all()
        found[large, start, threads] = bits(memory[:, start : start + n])
    for other in found.values():
        np.testing.assert_array_equal(other, found[math.inf, 8, 1])


def flat(found):
    value, slopes = found
    return [value, *slopes]


def test_rows_of_vectors_give_what_they_give_at_one_point():
    rng = np.random.default_rng(4)
    fast = mg.compile(
        lambda a, b: [
            mg.hypot(a), mg.dist(a, b), mg.prod(a), mg.logsumexp(a), mg.max(a), mg.min(b),
            mg.sum(a), mg.dot(a, b), mg.mean(b),
        ]
    )  # fmt: skip
    columns = rng.normal(size=(2, 5, 77))
    columns[:, :, 5] = np.array([0.0, -0.0, math.inf, 1.0, -2.0])
    columns[0, 2, 9] = math.nan
    many = fast(list(columns[0]), list(columns[1]))
    for i in range(77):
        one = fast(columns[0, :, i].tolist(), columns[1, :, i].tolist())
        for x, y in zip(one, many, strict=True):
            assert bits(x) == bits(y[i])


@pytest.mark.parametrize("count", [1, 40, 4000])
def test_tapes_of_any_number_of_slots_run(count):
    """Blocks of 128 points, of 256, and of fewer where that would take much memory."""
    rng = np.random.default_rng(count)
    xs = [*rng.integers(-9, 9, size=(count, 301)).astype(float)]
    fast = mg.compile(lambda xs: sum(x * x for x in xs))
    np.testing.assert_array_equal(fast(xs), sum(x * x for x in xs))
    for x, d in zip(xs, fast.grad(xs), strict=True):
        np.testing.assert_array_equal(d, 2 * x)


def test_all_rows_of_the_table_have_a_kernel():
    assert EXTENSION.OPERATIONS.keys() == {*ROWS, *SLOPES, *PAIRS, *BOTH}

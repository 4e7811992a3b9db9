"""Each kernel computes what its row is on FLOAT, within the ULP that the documentation prints."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_accuracy import (
    GOAL,
    allowed,
    at_once,
    calls,
    error,
    expected,
    largest,
    notable,
)
from kernel_accuracy import given as operands_of
from kernel_calls import BOTH, KERNELS, PAIRS, ROWS, SETS, SLOPES, at, of_row, over
from kernel_marks import needs_kernels
from rows import ROOTS, fixed, near_roots, operands

pytestmark = needs_kernels

FROM_ROWS = [*ROWS, *SLOPES]
every_kernel = pytest.mark.parametrize("name", FROM_ROWS)
every_set = pytest.mark.parametrize("which", range(len(SETS)), ids=SETS)


@st.composite
def anywhere(draw, name):
    """Operands of a kernel's row: within its domain, beside its roots, or any floats."""
    row = of_row(name)
    ways = [operands(row, 1e-3, 100.0), operands(row, 1e-300, 1e300)]
    ways.append(st.tuples(*[st.floats()] * row.arity).map(list))
    if row.name in ROOTS:
        ways.append(near_roots(row))
    xs = draw(st.one_of(ways))
    return [draw(st.integers(0, 9).map(float)) if fixed(row, i) else x for i, x in enumerate(xs)]


def test_the_kernels_are_the_rows_the_slopes_and_the_pairs():
    assert KERNELS.keys() == {*ROWS, *SLOPES, *PAIRS}
    assert len(ROWS) > 70
    assert len(SLOPES) > 30


@every_set
@every_kernel
def test_notable_numbers_give_what_floats_give(name, which):
    worst, where = largest(name, notable(name), which)
    assert worst <= allowed(name), where


@every_kernel
def test_one_notable_number_gives_the_bits_of_floats(name):
    worst, where = largest(name, notable(name))
    assert worst <= allowed(name, one=True), where


@pytest.mark.parametrize("name", BOTH)
def test_two_rows_at_once_are_what_each_is_on_floats(name):
    rows = BOTH[name]
    rng = np.random.default_rng(3)
    numbers = [*notable(rows[0]), *rng.normal(size=(2000, ROWS[rows[0]].arity)).tolist()]
    columns = np.array(numbers).T
    each = [(xs, [expected(row, xs) for row in rows]) for xs in numbers]
    for which in range(len(SETS)):
        found = zip(*over(name, columns, which), strict=True)
        for (xs, truth), both in zip(each, found, strict=True):
            for row, y, t in zip(rows, both, truth, strict=True):
                assert error(row, xs, float(y), t) <= allowed(row), (SETS[which], row, xs, y, t)
    for xs, truth in each:
        for row, y, t in zip(rows, at(name, xs), truth, strict=True):
            assert error(row, xs, y, t) <= allowed(row, one=True), (row, xs, y, t)


@every_kernel
@given(st.data())
def test_any_numbers_give_what_floats_give(name, data):
    xs = data.draw(anywhere(name))
    truth, row = expected(name, xs), operands_of(name, xs)
    for which in range(len(SETS)):
        y = float(over(name, [[x] for x in row], which)[0])
        assert error(name, xs, y, truth) <= allowed(name), (SETS[which], xs, y, truth)
    y = at(name, row)
    assert error(name, xs, y, truth) <= allowed(name, one=True), (xs, y, truth)


@every_set
@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_has_the_bits_of_its_rows_one_after_the_other(name, which):
    inner, outer, side = PAIRS[name]
    rng = np.random.default_rng(1)
    wild = np.array(
        [0.0, -0.0, 1.0, 3.0, -0.1, 1e308, -1e308, 5e-324, math.inf, -math.inf, math.nan]
    )
    a, b, c = np.concatenate([rng.choice(wild, (3, 3000)), rng.normal(size=(3, 3000))], axis=1)
    y = over(inner, [a, b], which)
    truth = over(outer, [c, y] if side else [y, c], which)
    np.testing.assert_array_equal(bits(over(name, [a, b, c], which)), bits(truth))
    for i in range(0, 6000, 100):
        assert bits(at(name, [float(x[i]) for x in (a, b, c)])) == bits(truth[i])


def bits(y):
    """The bits of doubles. All NaN are one: which of two that meet goes on is the processor's."""
    y = np.array(y, float)
    y[np.isnan(y)] = math.nan
    return y.view(np.int64)


@pytest.mark.parametrize("name", KERNELS)
def test_bits_depend_on_no_position_length_or_alignment(name):
    arity = KERNELS[name].arity
    rng = np.random.default_rng(2)
    columns = rng.uniform(-3, 3, (arity, 311))
    if name in ROWS or name in SLOPES:
        row = of_row(name)
        first = arity - row.arity
        for i in range(row.arity):
            if fixed(row, i):
                columns[first + i] = 2.0
    for which in range(len(SETS)):
        whole = bits(over(name, columns, which))
        for n in (1, 7, 8, 9, 63, 64, 65, 300):
            for start in (0, 1, 3, 11):
                found = over(name, [x[start : start + n] for x in columns], which)
                np.testing.assert_array_equal(bits(found), whole[start : start + n])


def test_what_is_said_of_a_kernel_follows_from_its_c():
    assert (at_once("add"), allowed("add")) == (True, 0)
    assert (at_once("exp"), allowed("exp"), allowed("exp", one=True)) == (True, GOAL, 0)
    assert (at_once("gamma"), allowed("gamma", one=True)) == (False, 10)
    assert not at_once("fmod")
    assert not at_once("polygamma")  # it has loops
    assert calls("sigmoid")[0] == {"fabs", "exp"}
    assert max(map(allowed, FROM_ROWS)) == 10


def test_an_error_is_seen():
    assert error("exp", [0.0], 1 + 2**-52, 1.0) == 1
    assert error("exp", [0.0], math.nan, 1.0) == math.inf
    assert error("exp", [0.0], 1.0, math.nan) == math.inf
    assert error("exp", [0.0], math.inf, 1.0) == math.inf
    assert error("mul", [0.0, -1.0], 0.0, -0.0) == math.inf
    assert all(len(notable(name)) > 79 for name in FROM_ROWS)

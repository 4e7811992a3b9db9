"""The points at which check_primitive tries a row."""

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rows import QUICK, ROWS

import micrograph as mg
from micrograph.core import Primitive
from micrograph.domain import Interval, at_least, between
from micrograph.testing.points import ends, net, points

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def drawn(row, n=400, seed=0):
    return [xs[0] for xs in points(row, n, seed)]


def row_on(interval):
    return Primitive("narrow", partials=lambda xp, y, x: (1.0,), domain=interval)


@every_row
def test_points_are_in_the_domain_and_the_same_in_every_run(row):
    found = points(row, 100)
    assert row.vectors or all(xs in row.domain for xs in found)
    assert found == points(row, 100)
    assert len(set(found)) == len(found)
    assert len(found) == 100 or set(row.arguments) == set(row.static) or row.step


@every_row
def test_points_are_fast(row):
    """400 in 20 ms: some 3 ms, 12 ms for rows of conditions, which have few points."""
    started = time.thread_time()
    points(row, 400)
    assert time.thread_time() - started < 0.1  # slow machines take a few times as long


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sign", [1, -1])
def test_a_fault_over_a_factor_of_two_is_hit(sign, seed):
    """Wherever it begins, from 1e-5 to 1e5, twelve starts to a decade; so at 1000 < x < 2000."""
    found = [sign * x for x in drawn(mg.sin, seed=seed)]
    starts = [1000.0, *(10 ** (k / 12) for k in range(-60, 61))]
    assert [a for a in starts if not any(a < x < 2 * a for x in found)] == []
    if sign == 1:
        assert any(1000 < x < 2000 for x in drawn(mg.log, seed=seed))


def test_simple_points_come_first():
    assert drawn(mg.exp, 5) == [1.0, -1.0, 2.0, -2.0, 0.0]
    assert points(mg.atan2, 2) == [(1.0, 1.0), (-1.0, -1.0)]
    assert points(mg.polygamma, 2)[0][0] % 1 == 0


def test_ends_and_what_is_close_to_them_are_among_the_points():
    """Also of a narrow interval, and of one that is far from 0."""
    for low, high in [(-1.0, 1.0), (0.3, 0.31), (1000.0, 1000.5)]:
        found = drawn(row_on(between(low, high)), 200)
        assert {low, high} <= set(found)
        assert any(0 < x - low < 1e-3 * (high - low) for x in found)
        assert sum(low + (high - low) / 4 < x < high for x in found) > 20
    assert {1.0, 1 + 2**-52} <= set(drawn(row_on(at_least(1)), 200))


def test_a_domain_of_one_point_has_one_and_an_empty_one_raises():
    assert points(row_on(between(2, 2)), 10) == [(2.0,)]
    with pytest.raises(ValueError, match="narrow: no point was found in its domain"):
        points(row_on(Interval(1.0, 1.0)), 10)


def test_operands_are_equal_at_times_and_different_most_of_the_time():
    pairs = points(mg.maximum, 200)
    assert 20 < sum(a == b for a, b in pairs) < 80


@given(
    row=st.sampled_from([r for r in QUICK if not r.vectors and not r.static]),
    place=st.integers(0, 3),
    start=st.floats(-6, 5.9),
    data=st.data(),
)
def test_a_net_meets_every_stretch_of_an_operand(row, place, start, data):
    """From 1e-6 to 1e6, right and left of 0, if all combinations of operands are in the domain."""
    assume(row.domain.joint is None)
    found, i = net(row, 600), place % row.arity
    numbers = [xs[i] for xs in found]
    side = data.draw(st.sampled_from([1, -1]))
    low, high = sorted((side * 10**start, side * 1.11 * 10**start))
    first, last = ends(row.domain.intervals[i])
    assume(first <= low and high <= last)
    assert any(low <= x <= high for x in numbers)

"""BALL encloses: the values and slopes of all rows, against mpmath's at 400 digits."""

import math
import threading
from functools import partial
from itertools import combinations, product

import mpmath
import pytest
from flint import arb, arb_series, ctx
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rows import NARROW, QUICK, fixed

import micrograph as mg
from micrograph import Graph, Value
from micrograph.core import TABLE
from micrograph.namespaces.ball import BALL
from micrograph.namespaces.mpmath import MPMATH
from micrograph.namespaces.series import Ball, Undecided, at_precision, ball, met
from micrograph.testing import arguments

STEP = 300
"""Differences have a step of 2^-300·|x|: their own error is h²·f''' and 2^-1400/h, relatively."""


def by_mpmath(row, xs, i):
    """The row's value, its slopes left and right of x_i, and whether it jumps on the right."""
    exact = [mpmath.mpf(x) for x in xs]
    h = mpmath.ldexp(abs(exact[i]) or 1, -STEP)
    numbers = (
        MPMATH.value(row, [*exact[:i], exact[i] + s * h, *exact[i + 1 :]]) for s in (0, -1, 1)
    )
    y, down, up = map(mpmath.mpf, numbers)
    jumps = abs(up - y) > mpmath.ldexp(max(1, abs(y)), -STEP // 2)
    return y, (y - down) / h, (up - y) / h, jumps


def by_balls(row, xs, i, bits):
    """The series of the row in x_i + t, of four terms (√t² needs three); at x itself if i is None."""
    moved = [ball(arb_series([x, 1] if k == i else [x])) for k, x in enumerate(xs)]
    return at_precision(bits, 4, lambda: ball(BALL.value(row, moved)).series)


def encloses(c, number, slack, more=0):
    """Whether a ball, made wider by the error of a difference, holds mpmath's number."""
    wide = abs(number) * slack + more + 1e-60
    return at_precision(1400, 2, lambda: c.overlaps(arb(number, wide)))


# mpmath takes minutes for betainc at 400 digits: tests/core/test_incomplete_beta.py has its balls
@pytest.mark.parametrize("bits", [60, 400])
@pytest.mark.parametrize("name", [name for name in TABLE if "betainc" not in name])
@settings(max_examples=30)
@given(data=st.data())
def test_values_and_slopes_are_enclosed(name, bits, data):
    row = TABLE[name]
    least, most = NARROW.get(name, (1e-30, 1e30))
    xs = row.flat(data.draw(arguments(row, -most, most, min_magnitude=least)))
    i = data.draw(st.integers(0, len(xs) - 1))
    assume(not fixed(row, i) and (row.vectors or row.arguments[i] != "condition"))
    try:
        with mpmath.workprec(1400):
            y, left, right, jumps = by_mpmath(row, xs, i)
            assume(all(map(mpmath.isfinite, (y, left, right))))
        here, right_of = (by_balls(row, xs, k, bits) for k in (None, i))
    except (ValueError, ArithmeticError, mpmath.libmp.NoConvergence):
        assume(False)
    assert encloses(here[0], y, mpmath.ldexp(1, -1000))
    if not jumps and right_of.prec > 1:
        bend = min(abs(right - left), mpmath.mpf(1e-25))  # beside 1e-9 of numbers of 1e21: 1e-60
        assert encloses(right_of[1], right, mpmath.ldexp(1, -STEP // 2), bend)


def leaving(row, powers):
    """Ways to leave a point: by position of an operand, the sign and the power of t it moves by."""
    moving = [i for i in range(row.arity) if not fixed(row, i)][-2:]
    for places in combinations(moving, len(powers)):
        for signs in product((1, -1), repeat=len(places)):
            yield dict(zip(places, zip(signs, powers, strict=True), strict=True))


def power_of_t(up, k):
    """±tᵏ as a series: from the first derivative on that is infinite, all others are unknown."""
    n = math.ceil(k)
    tail = [up] if n == k else [up * arb.pos_inf(), *[arb.nan()] * (ctx.cap - n - 1)]
    return arb_series([*[0] * n, *tail], ctx.cap)


def series_along(row, xs, ways, terms):
    """The series of the row if operands move by powers of t; None if it takes more terms."""

    def compute():
        met.tie = met.zero = met.outside = False
        moves = {i: power_of_t(*way) for i, way in ways.items()}
        moved = [Ball(moves.get(i, 0) + arb_series([x])) for i, x in enumerate(xs)]
        y = ball(BALL.value(row, moved)).series
        return None if met.zero else y

    return at_precision(1800, terms, compute)


@pytest.mark.parametrize("terms", [2, 3, 6])
@pytest.mark.parametrize(
    "powers", [(2,), (3,), (1, 1), (1, 2), (2, 1), (3, 1), (0.5,), (1.5,), (0.5, 1), (1, 0.5)]
)
@pytest.mark.parametrize("name", [row.name for row in QUICK if not row.vectors])
def test_a_row_is_right_where_operands_leave_a_point_in_any_way(name, powers, terms):
    """At x ± tᵏ: acos(1 − t²) is √2·t + …, though the slope of acos at 1 is infinite."""
    row, t = TABLE[name], mpmath.mpf(10) ** -60
    whole = [xs for xs in product([1.0, 0.0, -1.0, 2.0], repeat=row.arity) if xs in row.domain]
    for xs, ways in product(whole[:30], leaving(row, powers)):
        try:
            s = series_along(row, xs, ways, terms)
        except Undecided:
            continue
        if s is None:
            continue
        n = next((n for n in range(s.prec) if not s[n].is_finite()), s.prec)
        with mpmath.workdps(500):
            near = list(map(mpmath.mpf, xs))
            for i, (up, k) in ways.items():
                near[i] += up * t**k
            number = MPMATH.value(row, near)
            if not n or not mpmath.isfinite(number) or mpmath.im(number):
                continue
            off = abs(number - sum(mpmath.mpf(s[k].mid()) * t**k for k in range(n)))
            assert off <= 1e-6 * t ** (n - 1)  # what is left is smaller by t^⅙ at least
            if n < s.prec and not s[n].is_nan():  # infinite
                assert off >= 1e6 * t**n


@pytest.mark.parametrize("name", TABLE)
def test_an_enclosure_is_narrow(name):
    row = TABLE[name]
    numbers = [
        2.0 * (n != "k") if n in row.static else 0.375 + 0.25 * (n == "b") for n in row.arguments
    ]
    xs = [1.25] if name == "acosh" else [0.375, 0.625] * row.vectors or numbers
    y = by_balls(row, xs, len(xs) - 1, 200)[0]
    assert y.is_zero() or y.rel_accuracy_bits() > 150


def test_graphs_and_rows_take_arbs_and_give_arbs():
    x = Value(0.5, "x")
    graph = Graph.of(mg.exp(x * x) / (x + 1) + mg.lgamma(x))
    y = graph(arb(0.5))
    exact = mpmath.exp(mpmath.mpf(0.25)) / 1.5 + mpmath.loggamma(0.5)
    assert abs(y.mid() - arb(exact)) <= y.rad() + 1e-15  # mpmath has 53 bits here
    assert y.rad() < 1e-14
    slope = graph(arb_series([0.5, 1]))[1]
    by_hand = mpmath.exp(0.25) * (2 / 3 - 4 / 9) + mpmath.digamma(
        0.5
    )  # (2x·eˣˣ)/(x + 1) − eˣˣ/(x + 1)²
    assert abs(slope.mid() - arb(by_hand)) < slope.rad() + 1e-15
    assert (mg.hypot(arb(3), arb(4)), mg.sum([arb(1), 2.0])) == (5, 3)


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_a_whole_power_of_a_ball_around_0_holds_that_of_all_its_numbers(n):
    y = ball(BALL.pow(ball(arb(0, 1e-20)), ball(n))).series[0]
    assert y.is_finite()
    assert y.contains(arb(1e-20) ** n)
    assert y.contains((-arb(1e-20)) ** n)


def test_overlapping_balls_are_undecided():
    with pytest.raises(Undecided, match="raise flint"):
        mg.maximum(arb(1, 0.5), arb(1.2))


def test_the_precision_is_restored_and_shared_by_no_two_threads():
    before = ctx.prec, ctx.cap
    seen = []

    def work(bits):
        for _ in range(300):
            at_precision(bits, bits // 10, lambda: seen.append((bits, ctx.prec, ctx.cap)))

    threads = [threading.Thread(target=work, args=(bits,)) for bits in (60, 170, 400)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert all(prec == bits and cap == bits // 10 for bits, prec, cap in seen)
    with pytest.raises(ZeroDivisionError):
        at_precision(99, 3, partial(divmod, 1, 0))
    assert (ctx.prec, ctx.cap) == before

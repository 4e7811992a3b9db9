"""Kinks, jumps, branches of Python, and points where two sides must be looked at."""

import contextlib
import math

import numpy as np
import pytest
from caught import failure
from rows import planted

import micrograph as mg
from micrograph import math as mmath
from micrograph.testing import Inconclusive, check_gradients
from micrograph.testing.recorded import Recorded


def test_a_branch_that_stands_at_one_point_alone_has_no_slope():
    f = lambda x, y: mg.where(y, mmath.atan(x), y)
    assert failure(f, 0.0, 0.0, gradient=lambda x, y: (0.0, 1.0)).component == "∂y/∂y"
    assert failure(f, 0.0, 0.0).kind == "kink"


def test_beside_a_jump_the_slopes_of_the_pieces_are_right_and_no_others():
    def f(x):
        return mg.floor(x) + x / 2

    found = failure(f, 2.0, gradient=lambda x: 1e9)
    assert "0.5, the slope on both sides of the jump" in str(found)
    report = check_gradients(f, 2.0, gradient=lambda x: 0.5)
    assert report.components[0].sides == (0.5, 0.5)
    assert "beside a jump" in str(report)


def test_at_a_kink_the_report_shows_both_slopes():
    report = check_gradients(lambda x: mg.relu(x) * 3, 0.0)
    assert report.components[0].sides == (0.0, 3.0)
    assert "between 0.0 and 3.0" in str(report)
    report = check_gradients(lambda x: np.abs(x), 0.0, gradient=0.25)
    assert report.components[0].sides == (-1.0, 1.0)


@pytest.mark.parametrize(
    "f",
    [lambda x: x * x if x >= 1 else x, lambda x: x * x if x > 1 else x, lambda x: max(x, x * x)],
)
def test_a_python_if_at_the_point_is_seen(f):
    assert check_gradients(f, 1.0).components[0].sides == (1.0, 2.0)
    assert failure(f, 1.0, kinks="exact").kind == "kink"
    assert check_gradients(f, 1.0, gradient=lambda x: 1.0 if x <= 1 else 2 * x).components[
        0
    ].sides == (1.0, 2.0)
    assert failure(f, 1.0, gradient=lambda x: 2.5).kind == "kink"


def test_a_python_if_beside_the_point_is_none_of_its_business():
    f = lambda x: x * x if x >= 1 else x
    assert check_gradients(f, 1 + 1e-9).components[0].sides is None
    assert check_gradients(f, 1 - 1e-9, kinks="exact").components[0].expected == 1.0


def removable(x):
    return mmath.expm1(x) / x if x != 0 else 1.0


@pytest.mark.parametrize(
    ("f", "at", "sides"),
    [
        (lambda w, v: max(0.0, w) + v, (0.0, 1.0), (0.0, 1.0)),  # a constant like an input's place
        (lambda v, w: v + max(1.0, w), (0.0, 1.0), None),
        (lambda w: max(0.0, w) + abs(w), (0.0,), (-1.0, 2.0)),
        (lambda x: max(0.0, abs(x)), (0.0,), (-1.0, 1.0)),
        (lambda x: (3 * x if x > 0 else x) + abs(x), (0.0,), (0.0, 4.0)),
        (lambda x: (x if x >= 0 else 2 * x) ** 2, (0.0,), None),
    ],
)
def test_branches_of_python_and_kinks_of_rows_go_together(f, at, sides):
    assert check_gradients(f, *at).components[0].sides == sides


def test_a_removable_point_has_the_slope_beside_it():
    assert check_gradients(removable, 0.0, gradient=0.5).certified
    assert check_gradients(removable, 0.0, hessian=1 / 3).certified
    assert failure(removable, 0.0).kind == "kink"  # the branch taken there is a constant
    alone = lambda x: 5.0 if x == 1 else x * x
    assert check_gradients(alone, 1.0, gradient=2.0)
    assert failure(alone, 1.0, gradient=0.0).kind == "kink"


@pytest.mark.parametrize(
    ("f", "at", "hessian"),
    [
        (lambda x, y: mg.minimum(y / x, y), (1.0, 0.0), [[0.0, -1.0], [-1.0, 0.0]]),
        (lambda x: mg.minimum(mg.log2(x), x / 2), (2.0,), [[0.0]]),
    ],
)
def test_at_a_tie_no_second_derivative_is_told(f, at, hessian):
    with pytest.raises(Inconclusive, match="the truth is unknown"):
        check_gradients(f, *at, hessian=hessian)


def softplus(z):
    return mg.log1p(mg.exp(-abs(z))) + mg.maximum(z, 0)


def log_sum_exp(x):
    most = np.max(x)
    return most + np.log(np.sum(np.exp(x - most)))


def at_equal_shares(n):
    return np.eye(n) / n - np.full((n, n), 1 / n**2)


@pytest.mark.parametrize(
    ("f", "at", "hessian"),
    [
        (lambda x: softplus(x[0] - 2 * x[1]), np.zeros(2), [[0.25, -0.5], [-0.5, 1.0]]),
        (lambda x: softplus(x[0]) + softplus(-x[0] / 3) + x[1], np.zeros(2), [[5 / 18, 0], [0, 0]]),
        (log_sum_exp, np.full(3, 0.7), at_equal_shares(3)),
        (lambda x: mg.maximum(*x) * mg.minimum(*x), np.zeros(2), [[0, 1], [1, 0]]),
        (lambda x: x[0] * x[1] + abs(x[0]) * x[0] ** 2, np.zeros(2), [[0, 1], [1, 0]]),
    ],
)
def test_kinks_of_nodes_that_cancel_leave_a_hessian_to_compare(f, at, hessian):
    assert check_gradients(f, at, hessian=hessian).certified
    for i, k in ((0, 0), (0, 1)):
        wrong = np.array(hessian, float)
        wrong[i, k] += 1e-6
        found = failure(f, at, hessian=wrong)
        assert (found.kind, found.got) == ("wrong gradient", wrong[i, k])


@pytest.mark.parametrize(
    ("f", "diagonal"),
    [
        (lambda x: abs(x[0]) * abs(x[1]), (0, 0)),
        (lambda x: abs(x[0] * x[1]), (0, 0)),
        (lambda x: abs(x[0] * (x[1] - x[0])), (2, 0)),
        (lambda x: mg.minimum((2 * x[0] + x[1]) ** 2, x[1] ** 2), (0, 2)),
        (lambda x: mg.maximum(x[0], 0) * mg.maximum(x[1] - x[0], 0), (0, 0)),
        (lambda x: x[0] * x[1] + mg.where(x[0] > 0, x[0] + 1, x[0]), (0, 0)),  # a jump
        (lambda x: x[0] * abs(x[0]) + x[0] * x[1], (0, 0)),  # ∂²y/∂x[0]² has two sides
        (lambda x: x[0] * x[1] + abs(x[0] + 0.1 + 0.3 - 0.4) * x[1], (0, 0)),  # it rounds to 0
    ],
)
@pytest.mark.parametrize("mixed", [0.0, 1.0, -1.0])
def test_a_mixed_derivative_that_does_not_exist_is_not_told(f, diagonal, mixed):
    hessian = np.diag(diagonal) + mixed * (1 - np.eye(2))
    with pytest.raises(Inconclusive, match="the truth is unknown"):
        check_gradients(f, np.zeros(2), hessian=hessian)


ROWS = np.array([[1.0, 2.0], [-1.0, 0.5], [0.25, -0.5]])


def squared_sigmoids(w):
    z = ROWS @ w
    return np.sum(np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z))) ** 2)


def above_the_larger(x):
    most = x[0] if x[0] > x[1] else x[1]
    return most + mg.log(mg.exp(x[0] - most) + mg.exp(x[1] - most))


@pytest.mark.parametrize(
    ("f", "at", "hessian"),
    [
        (squared_sigmoids, np.zeros(2), ROWS.T @ ROWS / 8),  # σ = ½, σ′ = ¼ and σ″ = 0
        (above_the_larger, np.ones(2), [[0.25, -0.25], [-0.25, 0.25]]),
        (lambda x: x[0] * x[1] if x[0] > x[1] else x[1] * x[0], np.ones(2), [[0, 1], [1, 0]]),
    ],
)
def test_where_all_branches_of_python_agree_a_hessian_is_compared(f, at, hessian):
    assert check_gradients(f, at, hessian=hessian).certified
    for i, k in np.ndindex(2, 2):
        wrong = np.array(hessian, float)
        wrong[i, k] += 1e-6
        assert failure(f, at, hessian=wrong).got == wrong[i, k]


def test_a_hessian_has_two_sides_only_where_branches_differ():
    def f(x, y):
        return (x * x if x >= 1 else 2 * x - 1) + x * y**2

    right = [[1.0, 2.0], [2.0, 2.0]]
    assert check_gradients(f, 1.0, 1.0, hessian=right).components[0].sides == (0.0, 2.0)
    assert failure(f, 1.0, 1.0, hessian=right, kinks="exact").kind == "kink"
    assert failure(f, 1.0, 1.0, order=2, kinks="exact").kind == "kink"
    for i, k, off, kind in ((0, 0, 1.1, "kink"), (0, 1, 1e-6, "wrong gradient")):
        wrong = np.array(right)
        wrong[i, k] += off
        assert failure(f, 1.0, 1.0, hessian=wrong).kind == kind


def test_our_second_derivative_on_a_branch_of_one_point_is_wrong():
    sinc = lambda x: mmath.sin(x) / x if x != 0 else 1.0
    assert check_gradients(sinc, 0.0)
    found = failure(sinc, 0.0, order=2)
    assert (found.kind, found.got, found.expected) == ("kink", 0.0, -1 / 3)
    assert failure(lambda x, y: x * y if x or y else 0.0, 0.0, 0.0, order=2).kind == "kink"


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: x * y + (1.0 if x > y else 0.0),
        lambda x, y: x * y + (x - y if x > y else 0.0),
        lambda x, y: x * y if x > 1 and y > 1 else 1.0,
        lambda x, y: x * y + (x * y - x - y if x < 1 < y else -1.0),
        lambda x, y: x * y + (x - 1 if x > 1 else 0.0),
        lambda x, y: x * y + (y - 1 if y > 1 else 0.0),
        lambda x, y: x * y + (mg.sqrt(x - 1) if x < y else 0.0),  # undefined on one side
        lambda x, y: min((y - 1) / x, y - 1),  # ∂y/∂x jumps at x = 1, on each side of y = 1
    ],
)
def test_where_branches_differ_no_mixed_derivative_is_certified(f):
    record = Recorded(lambda xs: [f(*xs)], [1.0, 1.0], ["x", "y"], lambda n: ["z"])
    mixed = record.exact(0, (0, 1))
    assert not (mixed.known and mixed.certified)


def test_where_no_branch_can_be_continued_differences_tell_the_hessian():
    f = lambda x, y: removable(x) * y
    right = [[1.0, 0.5], [0.5, 0.0]]
    assert not check_gradients(f, 0.0, 3.0, hessian=right).certified
    assert failure(f, 0.0, 3.0, hessian=[[1.0, 0.6], [0.6, 0.0]]).component == "∂²y/∂x∂y"
    with planted(value=math.exp, partials=lambda xp, y, x: (xp.exp(x),)) as row:
        f = lambda x, y: row(x) * y if x > 0 else y * row(x)
        right = [[3.0, 1.0], [1.0, 0.0]]
        assert not check_gradients(f, 0.0, 3.0, hessian=right).certified
        assert not check_gradients(f, 0.0, 3.0, order=2).certified


def test_after_its_time_a_check_tries_no_further_directions(monkeypatch):
    monkeypatch.setattr("micrograph.testing.recorded.SECONDS", 0.0)
    with pytest.raises(Inconclusive, match="no truth could be found"):
        check_gradients(lambda x, y: softplus(x * y), 0.0, 0.0, hessian=[[0, 0.5], [0.5, 0]])


def test_where_rounding_crosses_a_kink_nothing_is_told():
    """0.1 + 0.3 − 0.4 is 0 in floats, where abs has slope 0; of these floats exactly it is −3e-17."""
    f = lambda x: mg.abs(x + 0.3 - 0.4)
    assert mg.grad(f)(0.1) == 0
    with pytest.raises(Inconclusive, match="no truth could be found"):
        check_gradients(f, 0.1)
    assert check_gradients(lambda x: mg.abs(x + 0.3 - 0.5), 0.1).digits == 16


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (lambda x: mg.acos(1 - x**3), 0.0, 0.0),
        (lambda x: mg.asin(x**4 - 1), 0.0, 0.0),
        (lambda x: mg.acos(x) ** 2, 1.0, -2.0),
        (lambda x: mg.acosh(x) ** 2, 1.0, 2.0),
        (lambda x: (mg.acos(mg.cos(x)) - x) * (mg.acos(mg.cos(x)) + x), 0.0, 0.0),
    ],
)
def test_at_the_end_of_a_domain_infinite_slopes_of_nodes_may_leave_a_finite_one(f, x, slope):
    assert check_gradients(f, x, gradient=slope).certified
    for wrong in (slope + 1e-6, math.inf, -math.inf):
        assert failure(f, x, gradient=wrong).expected == slope


def test_a_kink_where_a_domain_is_touched_has_finite_slopes():
    root = 2**0.5
    report = check_gradients(lambda x: mg.acos(1 - x**2), 0.0, gradient=1.0)
    assert report.components[0].sides == (-root, root)
    assert failure(lambda x: mg.acos(1 - x**2), 0.0, gradient=1.5).kind == "kink"
    assert check_gradients(lambda x: mg.acos(mg.cos(x)) ** 2, 0.0, hessian=2.0).certified


INF, PI = math.inf, math.pi
SLOPE = 2 / PI**0.5 * math.exp(-(PI**2) / 16)
ROOTS = {
    "tanh(√x)": (lambda x: mg.tanh(mg.sqrt(x)), 0.0, INF),
    "cosh(√x)": (lambda x: mg.cosh(mg.sqrt(x)), 0.0, 0.5),
    "√x^1.5": (lambda x: mg.sqrt(x) ** 1.5, 0.0, INF),
    "√x³": (lambda x: mg.sqrt(x) ** 3, 0.0, 0.0),
    "sinc(acosh)": (lambda x: mg.sinc(mg.acosh(x)), 1.0, -(PI**2) / 3),
    "log beside": (lambda x: mg.log(mg.where(x > 0, 1 + mg.sqrt(x), 1 + x)), 0.0, (1.0, INF)),
    "x·atan2": (lambda x: x * mg.atan2(x, x * x), 0.0, (-PI / 2, PI / 2)),
    "max at an end": (lambda x: mg.maximum(mg.acos(x), x - 2), 1.0, -INF),
    "few terms": (lambda x: mg.erf(x + mg.atan2(x * x, x * x)), 0.0, (SLOPE, SLOPE)),  # a jump
}
"""Formulas with infinite slopes inside, at a point where they have this slope, or these two."""

LOGS = {
    "x^x": (lambda x: x**x, 0.0, -INF),
    "x·log|x|": (lambda x: mg.xlogy(x, abs(x)), 0.0, -INF),
    "entropy": (lambda x: -x * mg.log(x) if x > 0 else 0.0, 0.0, (0.0, INF)),
    "from 1": (lambda x: mg.xlogy(x - 1, x - 1), 1.0, -INF),
    "√∛x": (lambda x: mg.sqrt(mg.cbrt(x)), 0.0, INF),
    "x²·log x": (lambda x: mg.xlogy(x * x, x), 0.0, 0.0),
    "x + x²·log x": (lambda x: mg.xlogy(x * x, x) + 3 * x, 0.0, 3.0),
    "power": (lambda x: mg.pow(x, mg.sin(mg.maximum(2 * x, x**2))), 0.0, -INF),
    "gammainc": (lambda x: mg.gammainc(0.25, x * x), 0.0, (-INF, INF)),
}
"""The same with slopes that no power series has."""


@pytest.mark.parametrize("formula", [*ROOTS, *LOGS])
def test_a_slope_is_found_where_those_of_nodes_are_infinite(formula):
    f, x, slope = {**ROOTS, **LOGS}[formula]
    sides = slope if isinstance(slope, tuple) else None
    low, high = sides or (slope, slope)
    report = check_gradients(f, x, gradient=low)
    assert report.certified is (formula in ROOTS)
    assert report.components[0].sides == pytest.approx(sides)
    for wrong in (low - 0.5, high + 0.5, -INF, INF):
        if not low - 1e-6 <= wrong <= high + 1e-6:
            assert failure(f, x, gradient=wrong).kind == ("kink" if sides else "wrong gradient")


def test_a_slope_that_a_series_lacks_is_found_by_another_way():
    """x·√x has slope 0 at 0, where √x has an infinite one."""
    report = check_gradients(lambda x: x * mmath.sqrt(x), 0.0, gradient=0.0)
    assert (report.components[0].expected, report.certified) == (0.0, True)
    assert failure(lambda x: x * mmath.sqrt(x), 0.0, gradient=1.0)


# Ties that are none, and derivatives above the first


@contextlib.contextmanager
def bent_wrongly():
    """A row for x², of the right slope, whose second derivative is −2."""
    with (
        planted(formula=lambda xp, x: x * 1.0, partials=lambda xp, y, x: (-1.0 + 0 * x,)) as turned,
        planted(
            formula=lambda xp, x: x * x,
            partials=lambda xp, y, x: (2 * getattr(xp, turned.name)(x),),
        ) as row,
    ):
        yield row


TIES = {
    "where": (lambda sq, x: mg.where(x < 0, x, sq(x)), 0.7),
    "of one node": (lambda sq, x: sq(x) + mg.maximum(x, x), 0.5),
    "of one number": (lambda sq, x: sq(x) + abs(mg.tanh(x) - mg.tanh(x)), 0.5),
    "dead units": (lambda sq, x: mg.relu(mg.relu(x)) + sq(x), -0.5),
    "clipped": (lambda sq, x: mg.clip(mg.clip(x, 0, 1), 0, 1) * sq(x), 2.0),
}


@pytest.mark.parametrize("name", TIES)
def test_a_tie_that_is_no_kink_hides_no_second_derivative(name):
    f, at = TIES[name]
    square = lambda x: f(lambda x: x * x, x)
    assert len(check_gradients(square, at, order=2).components) == 2
    assert check_gradients(square, at, hessian=mg.hessian(square)).certified
    assert failure(square, at, hessian=-3.0).kind == "wrong gradient"
    with bent_wrongly() as sq:
        assert failure(lambda x: f(sq, x), at, order=2).kind == "wrong rule"


def test_a_wrong_slope_of_a_rule_is_blamed_at_any_order():
    """The second derivative is right at ½, since the wrong term has the factor x − ½."""
    with bent_wrongly() as sq:
        found = failure(lambda x: sq(x) * (x - 0.5), 0.5, order=3)
        assert (found.kind, found.row) == ("wrong rule", sq)


@pytest.mark.parametrize("f", [mg.tanh, mg.exp, lambda x: mg.sin(x) / 3])
@pytest.mark.parametrize(
    ("join", "sides"),
    [
        (mg.maximum, (0, 1)),
        (mg.minimum, (1, 0)),
        (lambda a, b: mg.where(a < b, b, a), (0, 1)),
        (lambda a, b: abs(a - b), (-1, 1)),
        (lambda a, b: mg.relu(a - b) + b, (0, 1)),
    ],
)
def test_equal_numbers_that_no_precision_tells_apart_are_a_tie(f, join, sides):
    slope = mg.grad(f)(0.3)
    report = check_gradients(lambda x, y: join(f(x), f(y)), 0.3, 0.3)
    assert report.certified
    for component in report.components:
        assert component.sides == pytest.approx([slope * side for side in sides])
    alone = check_gradients(lambda x: join(f(x), f(x)) + x, 0.3)
    assert alone.components[0].sides is None


@pytest.mark.parametrize("n", [2, 3, 12])
def test_the_largest_of_equal_numbers_is_a_tie(n):
    slope = mg.grad(mg.tanh)(0.5)
    for f in (np.max, np.amin, lambda v: sum(np.abs(v[:, None] - v[None, :]).ravel())):
        report = check_gradients(lambda x, f=f: f(np.tanh(x)), np.full(n, 0.5))
        assert report.certified
        for component in report.components:
            low, high = component.sides
            assert abs(high - low) == pytest.approx(
                slope * (1 if f in (np.max, np.amin) else 4 * (n - 1))
            )


def test_a_kink_of_a_slope_has_two_second_derivatives():
    report = check_gradients(lambda x: x * abs(x), 0.0, hessian=1.0)
    assert report.components[0].sides == (-2.0, 2.0)
    assert failure(lambda x: x * abs(x), 0.0, hessian=3.0).kind == "kink"
    joined = lambda x: mg.relu(x) ** 2 + mg.relu(-x) ** 2  # x², of which ours is 0 at 0
    assert failure(joined, 0.0, order=2).kind == "kink"


def test_derivatives_that_are_not_compared_for_a_kink_are_counted():
    report = check_gradients(lambda x, y: mg.relu(x) * y, 0.0, 2.0, order=2)
    assert "not compared for a kink: 2 derivatives of order 2" in str(report)

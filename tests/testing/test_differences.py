"""Differences of black boxes: the truth is mpmath's, or a closed form."""

import contextlib
import itertools
import math
import random
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from micrograph.testing import GradientError, Inconclusive, check_gradients
from micrograph.testing.differences import Differences

FLOAT32, FLOAT16 = 2.0**-23, 2.0**-10
TINY = 1e-300  # where values underflow

NAMES = ("exp", "log", "sin", "cos", "tan", "sqrt", "tanh", "sinh", "log1p", "expm1", "atan", "erf")
MPMATH = SimpleNamespace(**{name: getattr(mpmath, name) for name in NAMES if hasattr(mpmath, name)})


def rounding_to(dtype):
    """The functions of ``math``, computed by NumPy in a small type of floats."""
    names = {"atan": "arctan"}
    return SimpleNamespace(
        **{name: getattr(np, names.get(name, name)) for name in NAMES if name != "erf"},
        erf=lambda x: dtype(math.erf(x)),
    )


SMOOTH = [  # a function of a namespace and a number, and points
    (lambda m, x: x, [0.0, 1.0, -3.7, 1e-300, 1e300]),
    (lambda m, x: 3 * x - 7, [0.0, 2.5, 1e6]),
    (lambda m, x: x * x, [0.0, 1.0, -0.3, 1e-5, 1e8]),
    (lambda m, x: x**3 - 2 * x, [0.0, 1.5, -20.0]),
    (lambda m, x: (x - 1) ** 2, [1.0, 1.001, 5.0]),
    (lambda m, x: x**20, [0.5, 1.0, 3.0]),
    (lambda m, x: 1 / x, [1.0, -0.01, 1e5]),
    (lambda m, x: 1 / (x - 1), [1 + 1e-3, 1 + 1e-6, 1 - 1e-8]),
    (lambda m, x: 1 / (1 + 25 * x * x), [0.0, 0.2, 1.0, -3.0]),
    (lambda m, x: m.exp(x), [0.0, 1e-300, 1e-12, 1.0, -20.0, 300.0]),
    (lambda m, x: m.exp(-x * x), [0.0, 0.5, 3.0]),
    (lambda m, x: m.exp(-1 / x), [0.05, 1.0, 100.0]),
    (lambda m, x: m.log(x), [1e-8, 0.5, 1.0, 1e10]),
    (lambda m, x: m.log(x - 1), [1 + 1e-3, 1 + 1e-6, 1 + 1e-8]),
    (lambda m, x: m.log1p(x) - x, [0.5, 1e-3]),
    (lambda m, x: m.sin(x), [0.0, 1.0, 100.0, -3.0]),
    (lambda m, x: m.sin(1e6 * x), [0.0]),
    (lambda m, x: m.sin(1e-12 * x), [0.0, 1.0]),
    (lambda m, x: m.cos(x), [0.0, 1.0, 50.0]),
    (lambda m, x: m.cos(x) - 1, [0.1, 1.0]),
    (lambda m, x: m.tan(x), [0.3, 1.5]),
    (lambda m, x: m.sqrt(x), [1e-9, 1.0, 1e300]),
    (lambda m, x: m.sqrt(1 + x * x), [0.0, 1.0, -1e4]),
    (lambda m, x: x**1.5, [1e-6, 1.0, 70.0]),
    (lambda m, x: x**-0.5, [0.01, 4.0]),
    (lambda m, x: m.tanh(x), [0.0, 1.0, -4.0]),
    (lambda m, x: m.sinh(x) / (2 + m.cos(x)), [0.7, -2.0]),
    (lambda m, x: m.expm1(x) / x, [1.0, -0.3, 2.5]),
    (lambda m, x: m.atan(10 * x), [0.0, 0.1, 3.0]),
    (lambda m, x: m.erf(x), [0.0, 0.7, -2.0]),
    (lambda m, x: x * m.log(x), [0.3, 1.0, 20.0]),
    (lambda m, x: m.exp(m.sin(3 * x)), [0.2, 2.0]),
    (lambda m, x: m.log(1 + m.exp(x)), [-3.0, 0.0, 4.0]),
    (lambda m, x: (x + 1000) - 1000 + x, [0.3, -2.0]),
]
WILD = [  # too wild for small floats
    (lambda m, x: m.sin(1e5 * x), [1.0, 2.3]),
    (lambda m, x: m.sin(x * x), [66.4, -800.0]),
    (lambda m, x: x * x / 16 - m.cos(x), [42931.7]),
]
CASES = [(f, x) for f, xs in SMOOTH + WILD for x in xs]
NAMED = [f"{n}-{x}" for n, (f, xs) in enumerate(SMOOTH + WILD) for x in xs]
SMALL = sum(len(xs) for _, xs in SMOOTH)


def truth(f, x, order=1):
    scale = mpmath.mpf(max(abs(x), 1e-20))
    with mpmath.workdps(60):
        at = lambda t: f(MPMATH, mpmath.mpf(x) + scale * t)
        return mpmath.diff(at, 0, order) / scale**order


def differences(f, x, **options):
    return Differences(lambda xs: [f(*xs)], x if isinstance(x, list) else [x], **options)


def slope(f, x, **options):
    return differences(f, x, **options).first(0)[0]


def off(estimate, true):
    return abs(mpmath.mpf(estimate.number) - true)


def bounded(estimate, true, tiny=TINY):
    """Whether the true derivative is where the estimate says. What is infinite says nothing."""
    return (
        math.inf in (estimate.error, abs(estimate.number))
        or off(estimate, true) <= estimate.error + tiny
    )


@pytest.mark.parametrize(("f", "x"), CASES, ids=NAMED)
def test_the_error_bounds_the_slope_and_is_small_enough_to_find_a_fault_of_1e_4(f, x):
    found, true = slope(lambda x: f(math, x), x), truth(f, x)
    assert bounded(found, true)
    # Where the truth is 0, no fault is relative to it: then to the noise of the values.
    assert found.error <= 1e-4 * abs(true) or (abs(true) < 1e-9 and found.error < 1e-9)
    assert found.sides is None
    assert not found.jump


@pytest.mark.parametrize(("f", "x"), CASES, ids=NAMED)
def test_the_error_bounds_the_second_derivative(f, x):
    found, true = differences(lambda x: f(math, x), x).second(0, 0)[0], truth(f, x, 2)
    assert bounded(found, true)


@pytest.mark.parametrize(
    ("dtype", "epsilon"), [(np.float32, FLOAT32), (np.float16, FLOAT16)], ids=["32", "16"]
)
@pytest.mark.parametrize(("f", "x"), CASES[:SMALL], ids=NAMED[:SMALL])
def test_the_error_bounds_the_slope_of_small_floats(f, x, dtype, epsilon):
    m = rounding_to(dtype)
    with np.errstate(all="ignore"):
        x = float(dtype(x))
        try:
            value, right = float(f(m, dtype(x))), f(MPMATH, mpmath.mpf(x))
        except (ValueError, ArithmeticError):
            pytest.skip("outside the domain, to these floats")
        if not abs(value - right) <= 1e-2 * abs(value):
            pytest.skip("of the value itself hardly a digit is right")
        found = slope(lambda x: float(f(m, dtype(x))), x, epsilon=epsilon)
    # What underflows is 0 for a black box.
    assert bounded(found, truth(f, x), 2 * float(np.finfo(dtype).smallest_subnormal))


@pytest.mark.parametrize(
    "f",
    [
        lambda m, x: x * x,
        lambda m, x: m.exp(x),
        lambda m, x: m.sin(x) * x,
        lambda m, x: m.tanh(x),
        lambda m, x: 1 / x,
        lambda m, x: m.sqrt(x) + m.log(x),
    ],
)
@pytest.mark.parametrize("x", [0.7, 1.3, 2.0])
def test_a_fault_of_1_percent_is_found_in_float32_and_one_of_a_half_in_float16(f, x):
    for dtype, epsilon, fault in ((np.float32, FLOAT32, 0.01), (np.float16, FLOAT16, 0.5)):
        m, x = rounding_to(dtype), float(dtype(x))
        found = slope(lambda x: float(f(m, dtype(x))), x, epsilon=epsilon)  # noqa: B023  # called at once
        assert off(found, truth(f, x)) <= found.error < fault * abs(truth(f, x))


LEAVES = st.sampled_from(["x", "x", "x", 0.5, 1.0, 2.0, 3.0, -1.0, 0.125])
TREES = st.recursive(
    LEAVES,
    lambda trees: st.one_of(
        st.tuples(st.sampled_from(["exp", "log", "sin", "cos", "sqrt", "tanh", "log1p"]), trees),
        st.tuples(st.sampled_from("+-*/"), trees, trees),
    ),
    max_leaves=6,
)


def evaluated(tree, m, x):
    if not isinstance(tree, tuple):
        return x if tree == "x" else type(x)(tree)
    name, *operands = tree
    a, *rest = (evaluated(operand, m, x) for operand in operands)
    if not rest:
        if abs(a) > 100:
            raise ArithmeticError("beyond what is asked here")
        return getattr(m, name)(a)
    b = rest[0]
    return a + b if name == "+" else a - b if name == "-" else a * b if name == "*" else a / b


@settings(max_examples=300)
@given(tree=TREES, x=st.floats(-4, 4) | st.sampled_from([0.0, 1.0, -1.0, 1e-6, 1e3]))
@example(("log", ("exp", "x")), 5.7815054329545556e-123)  # nothing moves near x
@example(("log", ("cos", "x")), -1.97e-8)  # nothing moves on the scale of x
@example(("*", ("-", 1.0, ("+", "x", 1.0)), "x"), 0.1124182847985735)  # even steps hide noise
@example(("/", ("-", ("tanh", "x"), "x"), ("*", "x", "x")), 6.04e-06)  # noise that takes steps
def test_the_error_bounds_the_slope_of_random_functions(tree, x):
    for dtype, epsilon in ((float, 2.0**-52), (np.float32, FLOAT32)):
        m = math if dtype is float else rounding_to(dtype)
        x = float(dtype(x))
        with np.errstate(all="ignore"), mpmath.workdps(60):
            try:
                value, right = (
                    float(evaluated(tree, m, dtype(x))),
                    evaluated(tree, mpmath, mpmath.mpf(x)),
                )
                true = mpmath.diff(lambda t: evaluated(tree, mpmath, t), mpmath.mpf(x))
            except (ValueError, ArithmeticError):
                assume(False)
            assume(isinstance(right, mpmath.mpf) and isinstance(true, mpmath.mpf))
            assume(abs(value - right) <= 0.1 * abs(right) and 1e-30 < abs(true) < 1e30)
            found = slope(lambda x: float(evaluated(tree, m, dtype(x))), x, epsilon=epsilon)  # noqa: B023  # called at once
            assert bounded(found, true)


@pytest.mark.parametrize("distance", [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8])
def test_kinks_jumps_and_poles_beside_the_point_shorten_the_step(distance):
    for f, true in [
        (lambda x: abs(x - 1 - distance), -1),
        (lambda x: x * x + 3 * max(x, 1 - distance), 5),
        (lambda x: max(x, 1 + distance) + math.sin(x), math.cos(1)),
        (lambda x: x * x + (x > 1 + distance), 2),
        (lambda x: math.floor(x - distance) - 2 * x, -2),
    ]:
        found = slope(f, 1.0)
        assert off(found, true) <= found.error < 1e-4 * abs(true)
        assert found.sides is None
        assert not found.jump


def test_kinks_at_the_point_show_both_sides():
    y = 57.3 * 1.3
    for f, x, sides in [
        (abs, 0.0, (-1, 1)),
        (lambda x: max(x, 0.0), 0.0, (0, 1)),
        (lambda x: abs(x - 3) + x * x, 3.0, (5, 7)),
        (lambda x: max(57.3 * x, y), 1.3, (0, 57.3)),
        (lambda x: min(57.3 * x, y), 1.3, (57.3, 0)),
        (lambda x: math.exp(x) if x > 0 else 1 + 2 * x, 0.0, (2, 1)),
    ]:
        found = slope(f, x)
        # The sides are as good as differences on one side: 1e-6 is what noise permits them.
        assert found.sides == pytest.approx(sides, abs=1e-6)
        assert off(found, sum(sides) / 2) <= found.error < 1e-5
        assert not found.jump


def test_a_kink_of_the_slope_shows_in_the_second_derivative():
    found = differences(lambda x: max(x, 0.0) ** 2, 0.0).second(0, 0)[0]
    assert found.sides == pytest.approx((0, 2), abs=1e-6)
    assert found.number == pytest.approx(1, abs=1e-6)


def test_jumps_at_the_point_are_told_and_the_slopes_are_those_of_the_pieces():
    for f, x, number, sides in [
        (lambda x: math.floor(x) + x / 2, 2.0, 0.5, None),
        (lambda x: (x > 0) - (x < 0), 0.0, 0, None),
        (lambda x: float(x >= 1), 1.0, 0, None),
        (lambda x: 2 * x if x >= 1 else 3 * x, 1.0, 2.5, (3, 2)),
    ]:
        found = slope(f, x)
        assert found.jump
        assert off(found, number) <= found.error < 1e-6
        assert (found.sides is None) == (sides is None)
        assert sides is None or found.sides == pytest.approx(sides, abs=1e-6)


def test_at_the_end_of_a_domain_the_slope_is_that_of_the_one_side():
    for f, x, true in [
        (lambda x: x**1.5, 0.0, 0),  # complex on the left
        (lambda x: math.sqrt(x) ** 3, 0.0, 0),  # raises on the left
        (lambda x: (x - 1) ** 1.5, 1.0, 0),
        (lambda x: float(np.sqrt(1 - x)) ** 4 if x <= 1 else math.nan, 1.0, 0),
        (lambda x: math.sqrt(x - 2) * 0 + math.exp(x), 2.0, math.exp(2)),
    ]:
        found = slope(f, x)
        assert off(found, true) <= found.error < 1e-5  # on one side noise permits no better
        assert found.sides is None


def test_quotients_that_grow_without_end_are_infinite():
    assert slope(math.sqrt, 0.0).number == math.inf
    assert slope(lambda x: -math.sqrt(x - 1), 1.0).number == -math.inf
    assert slope(math.asin, 1.0).number == math.inf
    assert slope(math.cbrt, 0.0).number == math.inf
    assert slope(lambda x: math.sqrt(abs(x)), 0.0).sides == (-math.inf, math.inf)


ENDS = [  # a function, its slope, an end of its domain, and on which side the domain lies
    (lambda x: math.sqrt(1 - x), lambda x: -0.5 / mpmath.sqrt(1 - x), 1, -1),
    (lambda x: math.log(1 - x), lambda x: -1 / (1 - x), 1, -1),
    (lambda x: math.log(x - 1), lambda x: 1 / (x - 1), 1, 1),
    (math.asin, lambda x: 1 / mpmath.sqrt(1 - x * x), 1, -1),
    (math.acos, lambda x: -1 / mpmath.sqrt(1 - x * x), -1, 1),
    (math.atanh, lambda x: 1 / (1 - x * x), 1, -1),
    (math.acosh, lambda x: 1 / mpmath.sqrt(x * x - 1), 1, 1),
    (lambda x: math.sqrt(x - 3), lambda x: 0.5 / mpmath.sqrt(x - 3), 3, 1),
]


@pytest.mark.parametrize(("f", "true", "end", "side"), ENDS)
def test_a_few_floats_from_the_end_of_a_domain_a_slope_is_not_infinite(f, true, end, side):
    for floats in (1, 2, 3, 5, 8, 13, 30, 100, 1000, 2**20, 2**30):
        x = end + side * floats * (math.ulp(end) if side * end > 0 else math.ulp(end) / 2)
        found = slope(f, x)
        assert not math.isinf(found.number)
        assert not found.sides
        with mpmath.workdps(60):
            assert bounded(found, true(mpmath.mpf(x)))
        mixed = differences(lambda x, y: y * f(x), [x, 1.0]).second(0, 1)[0]
        assert not math.isinf(mixed.number)


@pytest.mark.parametrize("x", [1e-310, 1e-320, 5e-324])
def test_a_slope_too_large_for_a_float_is_unknown(x):
    found = slope(math.log, x)
    assert not found.sides
    assert math.isnan(found.number)


def test_optima_and_constants_have_a_slope_of_0_within_the_noise():
    for f, x, error in [
        (lambda x: (x - 1) ** 2, 1.0, 1e-12),
        (lambda x: 3.0, 1.0, 1e-11),
        (lambda x: 3.0, 1e-3, 1e-11),
        (lambda x: 0.0, 2.0, 1e-12),
        (lambda x: math.log(math.tanh(x)), 30.0, 1e-12),  # 1, to rounding
        (lambda x: math.cos(x), 0.0, 1e-11),
        (lambda x: max(x, 0.0) + 1, -1e-3, 1e-11),
    ]:
        found = slope(f, x)
        assert abs(found.number) <= found.error <= error


def test_a_function_too_wild_for_floats_is_never_wrong_with_a_small_error():
    chance = random.Random(1)
    for _ in range(50):
        rate, x = 10 ** chance.uniform(5, 14), chance.uniform(0.5, 3)
        found = slope(lambda x: math.sin(rate * x), x)  # noqa: B023  # called at once
        # The slope is at most ``rate``, so an error of that size claims nothing.
        true = rate * mpmath.cos(mpmath.mpf(rate) * mpmath.mpf(x))
        assert found.error > 1e-2 * rate or bounded(found, true)


ROUNDED = {
    "the result to float32": lambda f: lambda x: float(np.float32(f(float(x)))),
    "the input to float32": lambda f: lambda x: f(float(np.float32(x))),
    **{f"to {n} digits": lambda f, n=n: lambda x: round(f(float(x)), n) for n in (8, 6, 4)},
}
SLOPES = [
    (math.exp, math.exp),
    (math.sin, math.cos),
    (math.log, lambda x: 1 / x),
    (lambda x: x * x + 3 * x, lambda x: 2 * x + 3),
    (lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
]


@pytest.mark.parametrize("tolerance", [None, 0.01])
@pytest.mark.parametrize("way", ROUNDED)
def test_a_function_that_rounds_is_no_staircase(way, tolerance):
    """A right slope is never refused, and one that is 20 % off never passes."""
    chance, told = random.Random(6), []
    xs = [0.5, *(chance.uniform(0.1, 3) for _ in range(19))]
    for (f, slope), x, wrong in itertools.product(SLOPES, xs, (False, True)):
        given_ = slope(x) * (1.2 if wrong else 1.0)
        try:
            check_gradients(ROUNDED[way](f), x, gradient=given_, tolerance=tolerance)
            found = False
        except GradientError:
            found = True
        except Inconclusive:
            continue
        told.append(found)
        assert found == wrong, (x, given_)
    assert len(told) > (100 if tolerance else 0)  # of 200


@given(
    x=st.tuples(st.sampled_from([1, -1]), st.floats(-2, 5)).map(lambda x: x[0] * 10 ** x[1]),
    decimals=st.integers(1, 6),
)
@example(x=-7422.3, decimals=2)
@example(x=30082.47188589983, decimals=3)
def test_a_slope_of_0_of_a_function_that_rounds_to_decimals_is_not_refused(x, decimals):
    """Its steps may be as low as those of float32. Any other slope is refused as before."""
    with contextlib.suppress(Inconclusive):
        check_gradients(lambda x: round(float(x), decimals), x, gradient=0.0)
    with contextlib.suppress(Inconclusive), pytest.raises(GradientError):
        check_gradients(lambda x: round(float(x), decimals), x, gradient=0.5)


@pytest.mark.parametrize("x", [0.7, 2.9, 3.3e6])
def test_a_slope_that_float32_has_lost_is_refused(x):
    with pytest.raises(GradientError):
        check_gradients(lambda x: float(np.float32(x)), x, gradient=0.0)


@pytest.mark.parametrize("x", [-2.6559709586292243e-06, -3.329552597379802e-06])
def test_a_cancellation_beside_a_kink_is_no_staircase(x):
    """Left of 0, |sin x| + x has few digits. Its slope is 1 − cos x there."""
    found = slope(lambda x: abs(math.sin(x)) + x, x)
    assert bounded(found, 1 - mpmath.cos(x))


def test_a_step_next_to_an_optimum_is_no_slope_of_0():
    found = slope(lambda x: round(math.sin(x), 4), 1.5710046531042727, rounds=True)
    assert bounded(found, math.cos(1.5710046531042727))


@pytest.mark.parametrize("steps", [1, 10, 100, 1000])
def test_a_staircase_has_a_slope_of_0(steps):
    for x in (0.20037, 0.50037, 0.7123, -0.5519):
        found = slope(lambda x: math.floor(steps * x) / 7, x)
        assert found.number == 0
        assert found.error < 1e-6


def test_random_noise_widens_the_error():
    chance = random.Random(2)
    wrong, errors = 0, []
    for n in range(200):
        x = 0.2 + n / 100
        f = lambda x: math.sin(x) * (1 + 1e-6 * chance.uniform(-1, 1))
        found = slope(f, x)
        wrong += off(found, math.cos(x)) > found.error
        errors.append(found.error)
    assert wrong == 0
    assert 1e-7 < min(errors) <= sorted(errors)[150] < 0.03  # some draws look like a function


def test_the_noise_is_measured():
    chance = random.Random(3)
    noisy = lambda x: math.exp(x) + 1e-5 * chance.uniform(-1, 1)
    assert 1e-5 < differences(noisy, 1.0).noise[0] < 1e-4
    # A function that rounds to 24 bits inside, and says nothing of it.
    assert 2.0**-26 < differences(lambda x: float(np.float32(np.sin(x))), 1.0).noise[0] < 2.0**-20
    # A cancellation: the noise is that of 1000.
    assert 1e-14 < differences(lambda x: (x + 1000) - 1000, 0.3).noise[0] < 1e-11
    assert differences(math.exp, 1.0).noise[0] < 1e-14


def test_where_f_raises_or_is_not_finite_it_is_outside_its_domain():
    def raising(error):
        def f(x):
            if abs(x - 1) > 1e-5:
                raise error
            return math.exp(x)

        return f

    for error in (ValueError("x"), ZeroDivisionError(), TypeError("complex"), AssertionError()):
        found = slope(raising(error), 1.0)
        assert off(found, math.e) <= found.error < 1e-4
    for outside in (math.nan, math.inf, 1j, np.complex64(2 + 1j)):
        found = slope(lambda x: math.exp(x) if abs(x - 1) < 1e-5 else outside, 1.0)  # noqa: B023  # called at once
        assert off(found, math.e) <= found.error < 1e-4


def test_an_interrupt_passes_through():
    calls = 0

    def f(x):
        nonlocal calls
        calls += 1
        if calls > 45:
            raise KeyboardInterrupt
        return x

    with pytest.raises(KeyboardInterrupt):
        slope(f, 1.0)


def test_what_f_raises_at_the_point_reaches_the_caller():
    with pytest.raises(ValueError, match=r"math domain error|expected a"):
        slope(math.log, -1.0)


def test_an_output_that_is_nan_leaves_the_others_alone():
    found = Differences(lambda xs: [math.nan, xs[0] ** 2, xs[0] * xs[1]], [3.0, 5.0])
    nan, square, product = found.first(0)
    assert math.isnan(nan.number)
    assert off(square, 6) <= square.error < 1e-6
    assert off(product, 5) <= product.error < 1e-6


MIXED = [
    (lambda m, x, y: x * y, [2.0, 3.0]),
    (lambda m, x, y: x * y, [0.0, 1e-8]),
    (lambda m, x, y: m.exp(x * y), [0.3, -2.0]),
    (lambda m, x, y: m.sin(x + 3 * y), [1.0, 0.5]),
    (lambda m, x, y: x / y, [1e-3, 1e3]),
    (lambda m, x, y: m.log(m.exp(x) + m.exp(y)), [1.0, 1.5]),
    (lambda m, x, y: m.sqrt(x * x + y * y), [3.0, 4.0]),
    (lambda m, x, y: m.log(x - 1) * y, [1 + 1e-6, 2.0]),
    (lambda m, x, y: x + y**2, [1.0, 2.0]),
]


@pytest.mark.parametrize(("f", "xs"), MIXED)
def test_the_error_bounds_mixed_second_derivatives(f, xs):
    found = differences(lambda x, y: f(math, x, y), xs).second(0, 1)[0]
    with mpmath.workdps(60):
        true = mpmath.diff(lambda x, y: f(MPMATH, x, y), tuple(map(mpmath.mpf, xs)), (1, 1))
    assert off(found, true) <= found.error + 1e-30
    # Beside the edge of log both steps shrink, so noise permits 1e-2 alone.
    assert found.error < (1e-2 if xs[0] == 1 + 1e-6 else 1e-4) * max(abs(true), 0.1)


@pytest.mark.parametrize("high", [1e4, 1e7, -1e7])
@pytest.mark.parametrize("x", [0.7, 1.4749628721284507, -2.3])
def test_close_steps_leave_a_second_derivative_its_digits_beside_a_large_value(x, high):
    """Three steps that are 8 times apart are long, right and too short, where noise is this large."""
    f = differences(lambda x, y: high + math.cos(x) * math.sin(y), [x, 1.1])
    for pair, true in (
        ((0, 0), -math.cos(x) * math.sin(1.1)),
        ((0, 1), -math.sin(x) * math.cos(1.1)),
    ):
        found = f.second(*pair)[0]
        assert off(found, true) <= found.error < 2.0**-11 * abs(true)


def test_at_the_edge_of_a_domain_mixed_derivatives_come_from_one_side():
    found = differences(lambda x, y: math.exp(y) * x**2.5 + x * y + 0 * math.sqrt(x), [0.0, 1.0])
    mixed = found.second(0, 1)[0]
    assert off(mixed, 1) <= mixed.error < 1e-4


def counted(f):
    def g(xs):
        g.calls += 1
        return [f(*xs)]

    g.calls = 0
    return g


@pytest.mark.parametrize("f", [math.exp, math.tanh, lambda x: x**3, lambda x: 1 / (1 + x)])
def test_smooth_functions_cost_43_calls_for_the_noise_and_14_for_a_slope(f):
    g = counted(f)
    found = Differences(g, [0.8])
    assert g.calls == 43
    found.first(0)
    assert g.calls == 57
    found.second(0, 0)
    assert g.calls == 57


def test_no_function_costs_more_than_367_calls_for_the_noise_and_100_for_a_slope():
    chance = random.Random(4)
    for f in (lambda x: math.sin(1e9 * x), lambda x: chance.random(), math.sqrt, abs):
        g = counted(f)
        found = Differences(g, [0.0])
        assert g.calls <= 367
        found.first(0)
        assert g.calls <= 461


def test_mixed_derivatives_cost_28_calls_a_pair():
    g = counted(lambda x, y, z: math.exp(x * y) * math.cos(z))
    found = Differences(g, [0.5, 1.5, 2.0])
    for i in range(3):
        found.second(i, i)
    before = g.calls
    for i, k in ((0, 1), (0, 2), (1, 2)):
        found.second(i, k)
    assert g.calls - before == 3 * 28


def test_all_inputs_of_small_floats_are_floats_of_that_type():
    seen = []
    Differences(
        lambda xs: [seen.append(xs[0]) or xs[0] ** 2], [1.9990234375], epsilon=FLOAT16
    ).first(0)
    assert all(x == float(np.float16(x)) for x in seen)

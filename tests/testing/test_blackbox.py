"""Functions that no Value goes through: edges, noise, short floats; and without python-flint."""

import contextlib
import math
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from caught import failure

from micrograph.testing import GradientError, Inconclusive, check_gradients


def test_a_black_box_that_raises_is_outside_the_domain_with_its_own_words():
    def f(x):
        if x > 0:
            raise ValueError("no data beyond 0")
        return x

    found = failure(f, 1.0, gradient=lambda x: 1.0)
    assert found.kind == "outside the domain"
    assert "no data beyond 0" in str(found)
    with np.errstate(invalid="ignore"):
        found = failure(lambda x: np.log(np.array(x, dtype=float)), -1.0, gradient=lambda x: -1.0)
    assert (found.kind, "NaN" in str(found)) == ("outside the domain", True)


def black(f):
    """A function that no Value goes through."""
    return lambda *xs: f(
        *(float(x) if not hasattr(x, "shape") else np.asarray(x, float) for x in xs)
    )


@pytest.mark.parametrize(
    ("f", "gradient", "x"),
    [
        (lambda x: x**0.5, lambda x: 0.5 * x**-0.5, 1e-6),
        (lambda x: x**1.5, lambda x: 1.5 * x**0.5, 0.0),
        (lambda x: (x - 1) ** 2, lambda x: 2 * (x - 1), 1.0),
        (lambda x: math.cos(x), lambda x: -math.sin(x), math.pi),
        (lambda x: 1 / (x - 1), lambda x: -1 / (x - 1) ** 2, 1 + 1e-6),
        (lambda x: math.sin(1e5 * x), lambda x: 1e5 * math.cos(1e5 * x), 0.3),
        (lambda x: math.log(x - 1), lambda x: 1 / (x - 1), 1 + 1e-6),
        (lambda x: max(57.3 * x, 2.0), lambda x: 57.3 * (57.3 * x > 2), 0.5),
    ],
)
def test_black_boxes_near_edges_and_of_small_scale_are_told(f, gradient, x):
    assert check_gradients(black(f), x, gradient=gradient).certified is False
    assert failure(black(f), x, gradient=lambda x: gradient(x) * 1.001 + 1e-3 * (gradient(x) == 0))


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_short_floats_get_the_tolerance_of_short_floats(dtype):
    def gradient(x):
        return 1 - np.tanh(x) ** 2

    x = np.array([0.3, -1.0, 0.7], dtype)
    report = check_gradients(lambda x: np.tanh(x).sum(), x, gradient=gradient)
    assert "relative precision" in str(report)
    found = failure(lambda x: np.tanh(x).sum(), x, gradient=lambda x: 2 * gradient(x))
    assert found.pattern == "factor 2"
    assert "relative precision" in str(found)


def test_a_noisy_function_passes_with_a_tolerance():
    def f(x):
        noise = zlib.crc32(struct.pack("d", x)) / 2**32  # as if an iteration had ended early
        return math.sin(x) + 1e-4 * noise

    with pytest.raises((Inconclusive, GradientError)):
        check_gradients(black(f), 1.0, gradient=math.cos)
    check_gradients(black(f), 1.0, gradient=math.cos, tolerance=0.05)
    assert failure(black(f), 1.0, gradient=lambda x: 1.3 * math.cos(x), tolerance=0.05)
    with pytest.raises(TypeError, match="tolerence"):
        check_gradients(f, 1.0, gradient=math.cos, tolerence=0.01)
    with pytest.raises(ValueError, match="tolerance: expected a number between 0 and 1, got 5"):
        check_gradients(f, 1.0, gradient=math.cos, tolerance=5)


@pytest.mark.parametrize("seed", range(8))
def test_a_slope_of_0_of_a_noisy_function_passes_with_a_tolerance(seed):
    """An optimum, and an input that f does not use."""
    random = np.random.default_rng(seed)
    best = random.uniform(-3, 3, 2)

    def f(x):
        noise = zlib.crc32(np.asarray(x, float).tobytes()) / 2**32  # from 0 to 1
        return (3 + math.cosh(x[0] - best[0])) * (1 + size * noise)

    def gradient(x):
        return [math.sinh(x[0] - best[0]), 0.0]

    size = 10 ** random.uniform(-7, -5)  # far below the tolerance
    check_gradients(f, best, gradient=gradient, tolerance=0.01)
    for i in range(2):
        wrong = lambda x, i=i: np.array(gradient(x)) + np.eye(2)[i]
        assert failure(f, best, gradient=wrong, tolerance=0.01)


@pytest.mark.parametrize(
    ("f", "slope"),
    [(np.exp, np.exp), (lambda x: np.maximum(x, 0), lambda x: 1), (lambda x: 3.7, lambda x: 0)],
)
def test_a_slope_of_0_of_short_floats_passes(f, slope):
    """An input that f does not use, a unit that is dead, a constant."""
    at = np.array([1.3, -2.0], "float32")

    def total(x):
        return np.float32(f(x[0]) + np.maximum(x[1], 0))

    def gradient(x):
        return np.float32([slope(x[0]), 0])

    check_gradients(total, at, gradient=gradient)
    assert failure(total, at, gradient=lambda x: gradient(x) + np.float32([0, 0.1]))


def test_what_is_rounded_away_is_never_called_right():
    f = lambda x: np.float32(np.sin(float(x)) + 1e5)  # one rounding is 0.008
    with pytest.raises(Inconclusive, match="f computes with short floats; if it can"):
        check_gradients(f, np.float32(1.3), gradient=-0.27)


WITHOUT_FLINT = """
import sys
sys.modules["flint"] = sys.modules["mpmath"] = None
from micrograph import testing
print(testing.check_gradients(lambda x: x**3, 2.0, gradient=12.0).certified)
for ask in (lambda: testing.check_primitive, lambda: testing.check_gradients(lambda x: x, 1.0)):
    try:
        ask()
    except ImportError as error:
        print("pip install" in str(error))
"""


def test_without_flint_given_derivatives_are_estimated_and_ours_refused_in_a_sentence():
    done = subprocess.run([sys.executable, "-c", WITHOUT_FLINT], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True", "True"], done.stderr


def test_a_small_slope_of_short_floats_is_not_taken_for_the_step_it_stands_on():
    at = np.array([-5.792358, 9.091572], "float32")

    def gradient(x):
        return (np.float32(1) - np.tanh(x) ** 2).astype("float32")

    with contextlib.suppress(Inconclusive):  # it has two digits beside the rounding of the sum
        check_gradients(lambda x: np.tanh(x).sum(dtype="float32"), at, gradient=gradient)


@pytest.mark.parametrize("x", [3.0, 9.0, 12.0, 15.0])
def test_a_fault_of_1_percent_is_found_in_float32_where_f_is_steep(x):
    """Far to the left exp(-x) is so large that its roundings there are large beside the slope."""
    f, at = lambda x: np.exp(-x), np.float32(x)
    check_gradients(f, at, gradient=lambda x: -np.exp(-x))
    assert failure(f, at, gradient=lambda x: np.float32(-1.01) * np.exp(-x))


def squared_hinge(x, y):
    return max(0.0, float(x) + float(y)) ** 2 + 1 + float(x) ** 2 + float(y) ** 2


@pytest.mark.parametrize("distance", [0.0, 1e-12, 1e-9, -1e-8, 3e-7, -1e-4, 0.1])
def test_a_second_derivative_that_jumps_beside_the_point_is_no_fault(distance):
    """Steps that noise allows are longer than the distance to the knot."""

    def hessian(x, y):
        return 2 * np.eye(2) + 2 * np.ones((2, 2)) * (x + y > 0)

    with contextlib.nullcontext() if abs(distance) < 1e-9 else contextlib.suppress(Inconclusive):
        check_gradients(squared_hinge, 2.0, -2.0 + distance, hessian=hessian)
    assert failure(squared_hinge, 2.0, -2.0 + distance, hessian=lambda x, y: -hessian(x, y))


@pytest.mark.parametrize("x", [5.0, 10.0, 15.0, 30.0, 31.0, 32.0, 33.0, 34.0, 40.0])
def test_a_second_derivative_that_f_hides_is_no_fault(x):
    f = lambda x: float(x) + math.exp(-float(x))
    check_gradients(f, x, hessian=math.exp(-x))
    assert failure(f, x, hessian=math.exp(-x) + 1e-6)


def test_an_output_keeps_its_slope_beside_one_that_takes_more_steps():
    rate = 1.5448585019497396
    f = lambda t: [1.0, math.exp(-rate * float(t))]
    slope = lambda t: [0.0, -rate * math.exp(-rate * t)]
    assert check_gradients(f, 5.997376533767178, jacobian=slope).digits > 7


@pytest.mark.parametrize("z", [-18.0, -22.0, -25.0, -28.0, -30.0])
def test_a_share_that_is_tiny_beside_the_others_passes(z):
    f = lambda z: float(np.log(np.exp(np.array(z, float)).sum()))
    shares = lambda z: np.exp(z) / np.exp(z).sum()
    check_gradients(f, np.array([0.0, 1.0, z]), gradient=shares)
    assert failure(f, np.array([0.0, 1.0, z]), gradient=lambda z: shares(z * [1, 1, 0.5]))


@pytest.mark.parametrize(
    ("x", "c"), [(1.85, 4.3838), (1.3, 2.65355), (2.2, 5.6485), (0.7, 1.13421)]
)
def test_near_a_root_of_a_sum_its_rounding_is_seen(x, c):
    """At x = 1.85 values far from the point are so large that its noise looks like rounding."""
    f = lambda x: math.sin(float(x)) + float(x) ** 2 - c
    assert check_gradients(f, x, hessian=lambda x: 2 - math.sin(x)).digits > 7


def test_an_infinite_slope_of_a_black_box_is_told():
    assert check_gradients(lambda x: math.sqrt(float(x)), 0.0, gradient=math.inf)
    assert failure(lambda x: math.sqrt(float(x)), 0.0, gradient=1e9)


def test_two_estimates_are_swapped_if_they_look_so_to_their_digits():
    """Heron's formula for the area of a triangle. Its slopes are known to five digits here."""
    at = (8.361375720282059, 8.266495362205195, 5.743604340866655)

    def area(*sides):
        a, b, c = map(float, sides)
        half = (a + b + c) / 2
        return math.sqrt(half * (half - a) * (half - b) * (half - c))

    def gradient(*sides):
        squares = np.square(sides)
        return sides * (squares.sum() - 2 * squares) / (8 * area(*sides))

    check_gradients(area, *at, gradient=gradient)
    swapped = failure(area, *at, gradient=lambda *sides: gradient(*sides)[[1, 0, 2]])
    assert swapped.pattern == "swapped with x2"


@pytest.mark.parametrize(
    ("kind", "distances", "passed", "refused"),
    [(np.float64, (-9, -5), 20, 1), (np.float32, (-5, -1), 12, 6)],
)
def test_few_right_hessians_near_a_knot_are_called_wrong(kind, distances, passed, refused):
    """Steps that noise allows are longer than the distance, so they see one side alone.

    Of 60. If the corners were not compared, some 20 and 30 would be refused, and 2 would pass.
    """
    found = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        X, w, y = (random.normal(size=n).astype(kind) for n in ((6, 3), 3, 6))
        y[0] = X[0] @ w - kind(10 ** random.uniform(*distances))

        def cost(w, X=X, y=y):
            off = X @ np.array(w, kind) - y
            return np.sum(np.maximum(off, kind(0)) ** 2) + kind(0.05) * np.sum(off * off)

        def hessian(w, X=X, y=y):
            slopes = 2 * (X @ np.array(w, kind) > y) + 0.1
            return X.T @ (X * slopes.astype(kind)[:, None])

        try:
            check_gradients(cost, w, hessian=hessian)
            found.append("passed")
        except (GradientError, Inconclusive) as error:
            found.append(type(error).__name__)
    assert found.count("passed") >= passed
    assert found.count("GradientError") <= refused


@pytest.mark.parametrize("slope", [0.0, -0.185, -0.37, -0.74])
def test_an_estimate_that_is_as_large_as_its_error_tells_nothing_of_itself(slope):
    table = [math.sin(i / 100) for i in range(1000)]
    with pytest.raises(Inconclusive, match="larger tolerance"):
        check_gradients(lambda x: table[int(float(x) * 100)], 4.3333, gradient=slope, tolerance=0.1)

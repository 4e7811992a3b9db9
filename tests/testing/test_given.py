"""check_gradients on a gradient that somebody gives: which component is wrong, and how."""

import contextlib
import itertools
import math
import random
import re

import mpmath
import numpy as np
import pytest
from rows import planted

import micrograph as mg
from micrograph import Value
from micrograph import math as mmath
from micrograph.testing import (
    GradientError,
    Inconclusive,
    check_gradients,
)


def seed(a, b, c):
    u = b * c
    return 3 * (a + u)


def seed_gradient(a, b, c):
    return 3.0, 3 * c, 3 * b


def peak(x, y):
    """exp(−x²)·sin(y), once on floats alone."""
    return math.exp(-x * x) * math.sin(y)


def peak_gradient(x, y):
    return -2 * x * math.exp(-x * x) * math.sin(y), math.exp(-x * x) * math.cos(y)


A = np.array([[1.0, 2.0], [3.0, 5.0]])
ENTIRE = {  # a function, its point, its gradient
    "recorded": (seed, (5.0, 3.0, 2.5), seed_gradient),
    "a black box": (peak, (0.7, 0.4), peak_gradient),
    "an array": (lambda x: np.sum(x**3), (np.array([1.0, -2.0, 0.5]),), lambda x: 3 * x**2),
}


def changed(gradient, change):
    return lambda *xs: change(list(np.ravel(gradient(*xs))))


SEEN = {  # what is done to a gradient, and how it is called
    "sign": (lambda g: [g[0], -g[1], *g[2:]], "sign"),
    "factor 2": (lambda g: [2 * d for d in g], "factor 2"),
    "factor 0.5": (lambda g: [g[0], g[1] / 2, *g[2:]], "factor 0.5"),
    "mean for sum": (lambda g: [d / 7 for d in g], "factor 0.142857"),
    "swapped": (lambda g: [g[1], g[0], *g[2:]], "swapped"),
    "zero": (lambda g: [g[0], 0.0, *g[2:]], "zero"),
    "not a number": (lambda g: [math.nan, *g[1:]], "not a number"),
}


@pytest.mark.parametrize("function", ENTIRE)
@pytest.mark.parametrize("fault", SEEN)
def test_a_wrong_gradient_is_recognised(function, fault):
    f, xs, gradient = ENTIRE[function]
    assert check_gradients(f, *xs, gradient=gradient).digits > 8
    change, said = SEEN[fault]
    with pytest.raises(GradientError) as caught:
        check_gradients(f, *xs, gradient=changed(gradient, change))
    assert said in caught.value.pattern
    assert caught.value.kind == "wrong gradient"
    assert caught.value.component in str(caught.value).splitlines()[0]


def test_the_derivative_by_another_input_is_recognised():
    def f(x, y, z):
        return x * y * z**2

    at = (2.0, 3.0, 0.5)  # where the truth is 0.75, 0.5, 6
    for wrong, said in [
        ((0.75, 0.75, 6.0), "factor 1.5, or the derivative by x"),
        ((6.0, 0.5, 6.0), "factor 8"),  # as likely by accident
        ((0.75, 0.5, 0.75), "factor 0.125"),
        ((0.75, 0.9, 6.0), "factor 1.8"),
    ]:
        with pytest.raises(GradientError) as caught:
            check_gradients(f, *at, gradient=lambda *_, g=wrong: g)
        assert caught.value.pattern == said
    with pytest.raises(GradientError) as caught:
        check_gradients(
            lambda x, y: mg.exp(x) * y, 0.3, 1.7, gradient=lambda x, y: (math.exp(x),) * 2
        )
    assert caught.value.pattern == "the derivative by y"


@pytest.mark.parametrize("given_", [{}, {"gradient": lambda x: 0.5}, {"hessian": lambda x: 0.0}])
def test_a_function_that_is_random_is_refused(given_):
    numbers = random.Random(1124)
    with pytest.raises(ValueError, match=r"f returned .* and then .* at x = 2\.0; .* seed"):
        check_gradients(lambda x: x * numbers.random(), 2.0, **given_)
    lengths = itertools.cycle([1, 2])
    with pytest.raises(ValueError, match=r"f returned None and then 2\.0"):
        check_gradients(lambda x: [x] * next(lengths), 2.0, **given_)
    with pytest.raises(GradientError if given_ else Inconclusive, match=r"NaN at x = 2|is nan"):
        check_gradients(lambda x: x * math.nan, 2.0, **given_)


@pytest.mark.parametrize("hessian", [[[2.0, 1.001], [1.0, 3.0]], [[2.0, 1.001], [1.001, 3.0]]])
@pytest.mark.parametrize("number", [lambda x: x, float])
def test_a_small_error_is_not_called_transposed_and_the_tolerance_is_the_one_used(hessian, number):
    def f(x):
        a, b = map(number, x)
        return a * a + a * b + 1.5 * b * b

    with pytest.raises(GradientError) as caught:
        check_gradients(f, [1.0, 2.0], hessian=hessian)
    assert not {"transposed", "swapped"} & set(caught.value.pattern.split())
    used = 2.0**-26 if number is not float else 2.0 ** (-52 / 3)
    assert f"tolerance  {used:.1e} relative" in str(caught.value)


@pytest.mark.parametrize("size", [4e-9, 1e-8, 1e-6])
def test_a_small_error_is_not_called_swapped(size):
    jacobian = np.array([[2.0, 2.0], [2.0, 2.0]])
    for wrong in ([[2 + size, 2.0], [2.0, 2.0]], [[2 + size, 2 - size], [2.0, 2.0]]):
        with pytest.raises(GradientError) as caught:
            check_gradients(lambda x: jacobian @ x, np.array([1.0, 3.0]), jacobian=np.array(wrong))
        assert not re.search("transposed|swapped|derivative by", caught.value.pattern)


def test_noise_within_the_tolerance_is_no_random_function():
    noise = random.Random(5)
    f = lambda size: lambda x: math.sin(float(x)) * (1 + size * noise.uniform(-1, 1))
    check_gradients(f(1e-7), 0.7, gradient=math.cos, tolerance=0.01)
    with pytest.raises(ValueError, match=r"fix its seed. If it is noisy, give tolerance="):
        check_gradients(f(0.3), 0.7, gradient=math.cos)
    with pytest.raises(ValueError, match=r"If it is noisy, give a larger tolerance than 0.01$"):
        check_gradients(f(0.3), 0.7, gradient=math.cos, tolerance=0.01)
    with pytest.raises(Inconclusive, match=r"If f is noisy, give a larger tolerance="):
        check_gradients(f(4e-3), 0.7, gradient=math.cos, tolerance=0.01)


def test_the_wrong_component_is_named():
    with pytest.raises(GradientError) as caught:
        check_gradients(seed, 5.0, 3.0, 2.0, gradient=lambda a, b, c: (3.0, 3 * c, 3 * b + 0.1))
    assert caught.value.component == "∂seed/∂c"
    with pytest.raises(GradientError) as caught:
        check_gradients(
            lambda p: p["w"][0] * p["w"][1] ** 2, {"w": np.array([2.0, 3.0])},
            gradient=lambda p: {"w": np.array([9.0, 12.5])},
        )  # fmt: skip
    assert caught.value.component == "∂y/∂p['w'][1]"


def test_a_path_left_out_of_a_gradient_is_named():
    def f(x, w):
        u = (mg.sin(x) * w).named("u") if isinstance(x, Value) else math.sin(x) * w
        v = (u * x + u * u).named("v") if isinstance(x, Value) else u * x + u * u
        return v

    def gradient(x, w):
        u = math.sin(x) * w
        return u, math.sin(x) * (x + 2 * u)  # ∂v/∂x forgets that u depends on x

    with pytest.raises(GradientError) as caught:
        check_gradients(f, 0.8, 1.7, gradient=gradient)
    assert caught.value.component == "∂f/∂x"
    assert "without the path x → " in caught.value.pattern
    assert "→ u → " in caught.value.pattern


def test_a_gradient_right_at_one_point_alone_is_found():
    for y, said in [(4.0, "not beside it"), (5.0, "factor 1.25")]:
        with pytest.raises(GradientError, match=said):
            check_gradients(lambda x: x * x, 2.0, gradient=lambda x, y=y: y)
    with pytest.raises(GradientError, match="not beside it"):
        check_gradients(lambda x: x * x, 2.0, gradient=lambda x: 4.0)
    check_gradients(lambda x: x * x, 2.0, gradient=4.0)  # a number claims no more


@pytest.mark.parametrize("f", [lambda x: x[0] * x[1], lambda x: float(x[0]) * float(x[1])])
@pytest.mark.parametrize("ratios", [(1, 2), (1, 2, 3), (3, -6), (1, 2, 3, 4, 5)])
@pytest.mark.parametrize("size", [1e-2, 1.0, 1e3, 1e6])
def test_a_gradient_right_on_one_ray_alone_is_found(f, ratios, size):
    """On the ray x[1] = k·x[0] the slopes x[1] and x[0] are k·x[0] and x[1]/k."""
    x, k = size * np.array(ratios, float), ratios[1] / ratios[0]
    rest = [0.0] * (len(ratios) - 2)
    check_gradients(f, x, gradient=lambda x: [x[1], x[0], *rest])
    check_gradients(f, x, gradient=[k * x[0], x[1] / k, *rest])
    with pytest.raises(GradientError, match="not beside it"):
        check_gradients(f, x, gradient=lambda x: [k * x[0], x[1] / k, *rest])


def only_at_2(beside):
    """The slope of x³ at 2, and beside 2 what ``beside`` returns."""
    return lambda x: 12.0 if x == 2 else beside(x)


@pytest.mark.parametrize("f", [lambda x: x**3, lambda x: float(x) ** 3])
@pytest.mark.parametrize(
    ("beside", "said"),
    [
        (lambda x: math.nan, "not a number"),
        (lambda x: math.inf, "got        inf"),
        (lambda x: {2.0: 12.0}[x], "gradient raised KeyError: 2.03"),
        (lambda x: None, "gradient: it returned None"),
    ],
)
def test_a_gradient_broken_beside_the_point_is_found(f, beside, said):
    with pytest.raises((GradientError, TypeError), match=said) as caught:
        check_gradients(f, 2.0, gradient=only_at_2(beside))
    assert "not beside it, at x = 2.0" in str(caught.value)
    assert only_at_2(beside)(2.0) == check_gradients(f, 2.0, gradient=12.0).components[0].got


def test_a_value_right_at_one_point_alone_is_found():
    both = lambda x: (8.0, 3 * x * x)
    with pytest.raises(GradientError, match=r"value beside the gradient(?s:.*)not beside it"):
        check_gradients(lambda x: x**3, 2.0, gradient=both, has_value=True)
    with pytest.raises(TypeError, match=r"expected the pair \(value, gradient\), got 12.0"):
        check_gradients(lambda x: x**3, 2.0, gradient=lambda x: 3 * x * x, has_value=True)


def test_beside_the_point_a_gradient_may_fail_where_f_does():
    """Where f has no finite value or is too wild there is nothing to compare."""
    wall = 2.01
    for f in (
        lambda x: x**3 if x < wall else math.log(-x),
        lambda x: x**3 if x < wall else math.nan,
        lambda x: x**3 if x < wall else math.inf,
        lambda x: float(x) ** 3 if x < wall else math.sin(1e17 * x),
    ):
        for beside in (lambda x: math.nan, lambda x: {}[x]):
            check_gradients(f, 2.0, gradient=lambda x, y=beside: 3 * x**2 if x < wall else y(x))


def test_a_hessian_and_a_row_right_on_one_ray_alone_are_found():
    x = np.array([100.0, 200.0])
    f = lambda x: x[0] ** 2 * x[1] ** 2
    hessian = lambda x, y: [[2 * y * y, 4 * x * y], [4 * x * y, 2 * x * x]]
    check_gradients(f, x, hessian=lambda x: hessian(x[0], x[1]))
    with pytest.raises(GradientError, match="not beside it"):
        check_gradients(f, x, hessian=lambda x: hessian(x[0], 2 * x[0]))
    rules = {"formula": lambda xp, a, b: a * b, "partials": lambda xp, y, a, b: (2 * a, b / 2)}
    with planted(**rules) as row, pytest.raises(GradientError, match="not at these"):
        check_gradients(lambda x: row(x[0], x[1]), x)


def test_a_gradient_that_is_off_by_a_few_roundings_of_f_is_cancellation():
    with pytest.raises(GradientError) as caught:
        check_gradients(lambda x: 1 + 1e-12 * x, 1.0, gradient=1.0007e-12)
    assert caught.value.kind == "cancellation"


@pytest.mark.parametrize("m", [mmath, math])
def test_an_error_that_is_small_beside_other_components_alone_is_no_cancellation(m):
    """Components differ in size, as their inputs do."""

    def f(x):
        return m.log(x[0] / 1e6) * x[1] * 1e6

    def gradient(x):
        return [1e6 * x[1] / x[0] * 1.001, 1e6 * math.log(x[0] / 1e6)]

    def hessian(x):
        return [[-1e6 * x[1] / x[0] ** 2 * 1.001, 1e6 / x[0]], [1e6 / x[0], 0.0]]

    for given_ in ({"gradient": gradient}, {"hessian": hessian}):
        with pytest.raises(GradientError) as caught:
            check_gradients(f, [3e6, 2e-6], **given_)
        assert caught.value.kind == "wrong gradient"


@pytest.mark.parametrize("x", [0.3, 0.7, 1.1, -2.3])
@pytest.mark.parametrize("often", [1e6, 1e8, 1e10])
def test_a_gradient_may_lose_what_rounding_takes_from_its_function(often, x):
    """often·x is rounded, in the function and in its gradient."""

    def wave(x):
        return mg.sin(often * x)

    check_gradients(wave, x, gradient=lambda x: often * math.cos(often * x))
    with pytest.raises(GradientError):
        check_gradients(wave, x, gradient=lambda x: 1.001 * often * math.cos(often * x))


@pytest.mark.parametrize(
    "f", [lambda x: A @ x, lambda x: list(A @ x), lambda x: A.astype(object) @ x]
)
def test_jacobians(f):
    x = np.array([1.0, 2.0])
    assert len(check_gradients(f, x, jacobian=lambda x: A).components) == 4
    with pytest.raises(GradientError) as caught:
        check_gradients(f, x, jacobian=lambda x: A.T)
    assert caught.value.pattern == "transposed"
    with pytest.raises(GradientError) as caught:
        check_gradients(f, x, jacobian=lambda x: A[::-1])
    assert "swapped with output" in caught.value.pattern


def test_a_transposed_jacobian_that_is_not_square():
    B = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    x = np.array([1.0, 2.0, 0.5])
    check_gradients(lambda x: B @ x, x, jacobian=B)
    with pytest.raises(GradientError, match=r"its shape is \(3, 2\), expected \(2, 3\)"):
        check_gradients(lambda x: B @ x, x, jacobian=B.T)


def test_hessians():
    from scipy.optimize import rosen, rosen_der, rosen_hess

    x = np.array([1.3, 0.7, 0.8])
    check_gradients(rosen, x, gradient=rosen_der, hessian=rosen_hess)

    def opaque(x):
        return float(rosen(np.array([float(e) for e in x])))

    check_gradients(opaque, x, gradient=rosen_der, hessian=rosen_hess)
    for f in (rosen, opaque):
        with pytest.raises(GradientError, match=r"∂²y/∂x\[0\]∂x\[1\]|∂²\w+/∂x\[0\]∂x\[1\]"):
            check_gradients(f, x, hessian=lambda x: np.triu(rosen_hess(x)) * [1, 2, 1])


APART = {
    "one of four": (lambda m, x: m.log(x[3]) ** 3, [1.2, 4.6, 4.4, 0.56]),
    "a constant": (lambda m, x: 0.0 * x[0], [0.2, 2.4]),
    "seven": (lambda m, x: 7.0, [0.2, 2.4]),
    "far apart": (lambda m, x: m.exp(x[1]) + 1e6 * m.sqrt(x[0]), [1.2, -2.2]),
    "tiny": (lambda m, x: 1e-9 * (m.sin(x[0]) + x[1] ** 2 * x[2]), [1.2, -2.2, 0.3]),
    "small inputs": (lambda m, x: x[0] * 5e-7 / (x[1] + 5e-7) + m.exp(x[2]), [1.3, 2e-7, 1.0]),
    "large inputs": (lambda m, x: x[0] ** 2 + m.log(x[1]) + x[2], [2e6, 3e5, 1.0]),
    "beside 10000": (lambda m, x: 1e4 + m.sin(x[0]) + m.cos(x[1]), [0.4, 2.0, 1.0]),
}


@pytest.mark.parametrize("name", APART)
def test_second_derivatives_by_inputs_that_do_not_meet_are_0(name):
    """Differences can't tell them from 0, and they need not: others are far larger."""
    f, at = APART[name]

    def opaque(x):
        return f(math, [float(e) for e in x])

    def true(x):
        n = len(x)
        orders = [[[(m == i) + (m == k) for m in range(n)] for k in range(n)] for i in range(n)]
        with mpmath.workdps(60):
            one = lambda order: mpmath.diff(lambda *x: f(mpmath, x), tuple(map(float, x)), order)
            return np.array([[float(one(order)) for order in row] for row in orders])

    check_gradients(opaque, np.array(at), hessian=true)
    size = np.abs(true(at)).max() or 1.0
    for i, k in ((0, 1), (1, 1)):
        wrong = true(at)
        wrong[i, k] = wrong[k, i] = wrong[i, k] + 0.01 * size
        with pytest.raises(GradientError):
            check_gradients(opaque, np.array(at), hessian=wrong)


@pytest.mark.parametrize("x", [1e-6, 3.0, 1e6, 1e12])
def test_a_wrong_second_derivative_is_found_at_any_size_of_the_input(x):
    def log(x):
        return math.log(float(x))

    check_gradients(log, x, hessian=lambda x: -1 / x**2)
    for factor in (1.01, 2):
        with pytest.raises(GradientError):
            check_gradients(log, x, hessian=lambda x, c=factor: -c / x**2)


def test_rounding_of_a_second_derivative_is_no_fault():
    """x cancels in f, and leaves a rounding of what is 1e5 by y."""

    def f(x, y):
        return math.cos(float(x) / float(y) / (float(y) * float(x))) + float(y)

    def hessian(x, y):
        u = 1 / y**2
        return [[-4.5e-13, 0.0], [0.0, -4 * u**3 * math.cos(u) - 6 * u**2 * math.sin(u)]]

    check_gradients(f, 0.1, 0.268, hessian=hessian)


@pytest.mark.parametrize("x", [0.0, 0.3])
@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda x: x / 3, lambda x: 1 / 3),
        (lambda x: math.tanh(3 * x), lambda x: 3 / math.cosh(3 * x) ** 2),
        (lambda x: 0.7 * math.atan(x), lambda x: 0.7 / (1 + x * x)),
        (math.sin, math.cos),
    ],
)
def test_a_function_that_rounds_inside_is_not_sure_of_its_slope_at_0(f, slope, x):
    """It rounds next to 0 by a part of each step, and all parts were the same."""
    with contextlib.suppress(Inconclusive):
        check_gradients(lambda x: float(np.float32(f(float(x)))), x, gradient=slope)


STAIRS = [
    (math.floor, 2.5),
    (lambda x: round(x, 2), 3.127),
    (lambda x: sum(x > k / 200 for k in range(400)) / 400, 0.7512),
]


@pytest.mark.parametrize(("f", "x"), STAIRS)
def test_the_slope_of_a_staircase_is_0(f, x):
    check_gradients(lambda x: f(float(x)), x, gradient=lambda x: 0.0)
    with pytest.raises(GradientError):
        check_gradients(lambda x: f(float(x)), x, gradient=lambda x: 0.1)


def test_a_function_that_changes_while_it_is_checked_is_refused():
    """Its first calls agree. Later it has infinite slopes, and any number lies between these."""
    calls = []

    def f(x):
        calls.append(x)
        return float(x) ** 2 + (1e-3 * len(calls) if len(calls) > 3 else 0.0)

    for given_ in ({"gradient": lambda x: 77.0}, {"hessian": lambda x: 77.0}):
        calls.clear()
        with pytest.raises(ValueError, match="and then"):
            check_gradients(f, 1.0, **given_)


def dot(p):
    return p["w"][0] * p["b"] + p["w"][1] ** 2


@pytest.mark.parametrize(
    ("gradient", "said"),
    [
        (lambda p: (dot(p), {"w": p["w"], "b": 1.0}), "the pair .value, gradient., say has_value"),
        (lambda p: [1.0, 2.0, 3.0], r"found by their keys: give \{'w': …, 'b': …\}"),
        (lambda p: {"w": p["w"], "bias": 1.0}, "under 'w', 'bias'; expected under 'w', 'b'"),
        (lambda p: {"w": p["w"]}, "2 numbers under 'w'; expected under 'w', 'b'"),
    ],
)
def test_a_gradient_in_another_shape_is_told_what_to_do(gradient, said):
    with pytest.raises(TypeError, match=said):
        check_gradients(dot, {"w": [1.0, 2.0], "b": 0.5}, gradient=gradient)


@pytest.mark.parametrize("number", [float, lambda x: x])
def test_the_value_beside_a_gradient_is_compared_with_what_f_returns(number):
    with pytest.raises(GradientError, match=r"expected   8.0, which f returns") as caught:
        check_gradients(
            lambda x: number(x) ** 3, 2.0, gradient=lambda x: (3 * x**2, x**3), has_value=True
        )
    assert (caught.value.expected, caught.value.got) == (8.0, 12.0)


def test_a_function_that_can_be_recorded_is_called_a_few_times():
    called = []

    def f(x):
        called.append(x)
        return x * mmath.exp(-x * x)

    check_gradients(f, 0.7, gradient=lambda x: math.exp(-x * x) * (1 - 2 * x * x))
    assert len(called) < 20


def test_values_beside_gradients():
    both = mg.value_and_grad(lambda x: x**3)
    check_gradients(lambda x: x**3, 2.0, gradient=both, has_value=True)
    check_gradients(lambda x: (x**3, 3 * x**2), 2.0, has_value=True)
    with pytest.raises(GradientError, match="the value beside the gradient"):
        check_gradients(lambda x: x**3, 2.0, gradient=lambda x: (x**2, 3 * x**2), has_value=True)
    with pytest.raises(GradientError, match="factor"):
        check_gradients(lambda x: (x**3, 6 * x**2), 2.0, has_value=True)


def test_a_gradient_by_some_arguments_alone_says_which():
    """As SciPy's: jac(x, *args) is by x."""

    def gradient(x, k):
        return 2 * k * x

    f, args = lambda x, k: np.sum(k * x**2), (np.array([1.0, 2.0]), 3.0)
    check_gradients(f, *args, gradient=gradient, argnums=0)
    with pytest.raises(TypeError, match="say which: argnums=0"):
        check_gradients(f, *args, gradient=gradient)
    check_gradients(lambda x, k: k * x**2, 1.5, 3.0, gradient=lambda x, k: x**2, argnums=1)


def test_float32_gets_the_tolerance_of_float32():
    x = np.array([1.0, 2.0], np.float32)
    report = check_gradients(lambda x: np.tanh(x).sum(), x, gradient=lambda x: 1 - np.tanh(x) ** 2)
    assert 3 < report.digits < 8
    with pytest.raises(GradientError, match="factor 2"):
        check_gradients(lambda x: np.tanh(x).sum(), x, gradient=lambda x: 2 - 2 * np.tanh(x) ** 2)


@pytest.mark.parametrize("factor", [1.001, 1 + 1e-7, -1.0, 2.0])
@pytest.mark.parametrize("wrap", [lambda y, x: y * x, lambda y, x: y, lambda y, x: mg.exp(y) + x])
def test_a_gradient_that_comes_of_a_wrong_rule_is_wrong(factor, wrap):
    """The record has the same wrong rule, so a sweep over its own partials agrees with it."""
    row = mg.primitive(
        "off",
        formula=lambda xp, x: xp.sin(x),
        partials=lambda xp, y, x: (xp.cos(x) * factor,),
    )
    f = lambda x: wrap(row(x), x)
    with pytest.raises(GradientError, match="wrong gradient"):
        check_gradients(f, 0.7, gradient=mg.grad(f))


FLOAT32 = {
    "tanh": (
        lambda x: np.tanh(x).sum(),
        lambda x: np.diag(-2 * np.tanh(x) * (1 - np.tanh(x) ** 2)),
    ),
    "product": (lambda x: np.exp(x[0] * x[-1]), lambda x: _bend_of_product(x)),
}


def _bend_of_product(x):
    a, b = x
    y, one = np.exp(a * b), np.float32(1)
    return y * np.array([[b * b, one + a * b], [one + a * b, a * a]])


@pytest.mark.parametrize(
    "x", [[-2.558797, 6.309945], [0.73747045, -5.95336, -4.1577115], [-7.218455], [7.040016]]
)
def test_float32_in_the_tail_of_tanh_is_not_called_wrong(x):
    """Beside the point f moves by a few roundings of 1, although its own value may be near 0."""
    x = np.array(x, np.float32)
    f, bend = FLOAT32["tanh"]
    with contextlib.suppress(Inconclusive):
        check_gradients(f, x, hessian=bend)
    with contextlib.suppress(Inconclusive):
        check_gradients(f, x, gradient=lambda x: np.float32(1) - np.tanh(x) ** 2)


@pytest.mark.parametrize(("name", "x"), [("tanh", [0.5, -0.75]), ("product", [0.5, 1.25])])
def test_a_fault_of_1_percent_is_found_in_a_hessian_of_float32(name, x):
    x, (f, bend) = np.array(x, np.float32), FLOAT32[name]
    check_gradients(f, x, hessian=bend)
    with pytest.raises(GradientError, match=r"x\[0\]∂x\[0\]"):
        check_gradients(f, x, hessian=lambda x: bend(x) * (1 + 0.01 * np.eye(2, dtype=np.float32)))


@pytest.mark.parametrize("got", [-8.0, 0.0, 16.0])
def test_terms_that_cancel_excuse_no_slope_as_large_as_f(got):
    """100 steps of a Riccati equation lead to 8·r. Their paths add up to more than 1e16."""

    def steady(r):
        p = 1e-6
        for _ in range(100):
            p = 1e-6 + 9 * p * r / (r + p)
        return p

    assert check_gradients(steady, 1.0, gradient=8.0).digits > 12
    with pytest.raises(Inconclusive, match="too few digits"):
        check_gradients(steady, 1.0, gradient=got)

"""What checks promise, line by line: layouts, kinks, jumps, branches, noise, precision, words."""

import contextlib
import math
import struct
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
from rows import planted

import micrograph as mg
from micrograph import math as mmath
from micrograph.testing import GradientError, Inconclusive, check_gradients, check_primitive
from micrograph.testing.judge import Truth, judge
from micrograph.testing.rule import examine


def failure(f, *args, **options):
    with pytest.raises(GradientError) as caught:
        check_gradients(f, *args, **options)
    return caught.value


# Layouts: a number is found by its path


def polar(r, t):
    return [r * mmath.cos(t), r * mmath.sin(t)]


def test_a_jacobian_of_several_arguments_is_read_as_ours_and_jax_lay_it_out():
    at = (2.0, 0.5)
    right = mg.jacobian(polar, (0, 1))(*at)
    assert check_gradients(polar, *at, jacobian=mg.jacobian(polar, (0, 1))).digits > 15
    assert check_gradients(polar, *at, jacobian=np.array(right)).digits > 15
    assert failure(polar, *at, jacobian=list(zip(*right, strict=True))).pattern == "transposed"


CASES = {
    "arrays": (lambda a, b: np.array([a[0] * b[1], a[1] * b[0], b[0] ** 2]), ([1.0, 2.0], [3.0, 4.0])),
    "matrix": (lambda m: m @ m[0], ([[1.0, 2.0], [3.0, 5.0]],)),
    "dict of outputs": (lambda p: {"u": p["w"][0] * p["b"] ** 2, "v": [p["b"], p["w"][1] ** 2]}, ({"w": [1.5, 2.0], "b": 3.0},)),
    "scalar and array": (lambda s, a: s * a * a[0], (2.0, [1.0, 2.0, 3.0])),
    "array in a dict": (lambda p, q: [p["m"][0, 1] * q, p["m"][1, 0] * p["k"]], ({"m": [[1.0, 2.0], [3.0, 4.0]], "k": 5.0}, 2.0)),
}  # fmt: skip


def arrays(x):
    """Lists of numbers as arrays, in dicts, too."""
    if isinstance(x, dict):
        return {k: arrays(v) for k, v in x.items()}
    return np.array(x) if isinstance(x, list) else x


@pytest.mark.parametrize("name", CASES)
def test_every_layout_of_ours_is_read(name):
    f, args = CASES[name]
    args = tuple(map(arrays, args))
    every = tuple(range(len(args)))
    for argnums in [every] if len(args) > 1 else [every, 0]:
        jacobian = mg.jacobian(f, argnums)
        report = check_gradients(f, *args, jacobian=jacobian)
        assert report.digits > 14
        assert len(report.components) > 3


@pytest.mark.parametrize("dtype", [float, int, object, "float32", ">f8"])
@pytest.mark.parametrize("shape", [(3,), (1, 3), (3, 1)])
def test_a_matrix_is_read_alike_from_an_array_and_from_lists(shape, dtype):
    m = np.array([[1, 2, 5], [3, 4, -1]])
    x = np.array([1.0, 2.0, -1.0]).reshape(shape)
    f = lambda x: list(m @ x.ravel())
    for given_ in (m, np.asfortranarray(m), m[::-1][::-1]):
        assert len(check_gradients(f, x, jacobian=given_.astype(dtype)).components) == 6
        wrong = given_.astype(dtype)
        wrong[1, 2] += 1
        assert failure(f, x, jacobian=wrong).component.startswith("∂y[1]/∂x[")
    check_gradients(f, x, jacobian=m.tolist())


def test_keys_are_matched_by_name_and_never_by_position():
    f, at = lambda p: p["w"] ** 3 * p["b"], {"w": 2.0, "b": 5.0}
    assert check_gradients(
        f, at, gradient=lambda p: {"b": p["w"] ** 3, "w": 3 * p["w"] ** 2 * p["b"]}
    )
    wrong = failure(f, at, gradient=lambda p: {"b": 3 * p["w"] ** 2 * p["b"], "w": p["w"] ** 3})
    assert wrong.pattern == "swapped with p['b']"
    with pytest.raises(TypeError, match=r"got 2 numbers; numbers of a dict are found by"):
        check_gradients(f, at, gradient=lambda p: [60.0, 8.0])  # which is which?


def cubes(a, b):
    return mg.sum([*a, *b]) ** 3


def test_a_hessian_of_two_arrays_is_read():
    args = np.array([1.0, 2.0]), np.array([0.5, 3.0])
    assert check_gradients(cubes, *args, hessian=mg.hessian(cubes, (0, 1))).digits > 13
    assert check_gradients(cubes, *args, hessian=np.full((4, 4), 6 * 6.5)).digits > 13


# Certified truths end, and in time


def test_a_row_over_a_step_ends():
    start = time.perf_counter()
    assert check_gradients(lambda x: mg.digamma(mg.ceil(x)), 6.0).components[0].expected == 0
    assert time.perf_counter() - start < 2  # 34 s by differences


def test_what_no_precision_decides_is_inconclusive():
    with pytest.raises(Inconclusive, match="no truth could be found"):
        check_gradients(lambda x: mg.relu(mmath.log(mmath.exp(x)) - x), 0.7)


# Hessians


def test_a_hessian_is_compared_beside_the_point():
    f, x = lambda x: mg.sum(x**3), np.array([1.0, 2.0])
    check_gradients(f, x, hessian=lambda x: np.diag(6 * x))
    assert "not beside it" in str(failure(f, x, hessian=lambda x: np.diag([6.0, 12.0])))


def test_a_small_entry_of_a_hessian_is_compared_beside_a_large_one():
    f, x = lambda x: 1e6 * x[0] ** 2 + 1e-6 * x[1] ** 2 * x[0], [1.0, 2.0]
    right = [[2e6, 4e-6], [4e-6, 2e-6]]
    check_gradients(f, x, hessian=right)
    off = failure(f, x, hessian=[[2e6, 4e-6], [4e-6, 2.2e-6]])
    assert off.component == "∂²y/∂x[1]∂x[1]"


def test_a_hessian_that_is_not_symmetric_is_named_so():
    wrong = failure(lambda x: x[0] ** 2 * x[1], [3.0, 2.0], hessian=[[4.0, 6.0], [1.7, 0.0]])
    assert "not symmetric" in wrong.pattern
    wrong = failure(lambda x: x[0] * x[1], [1.0, 2.0], hessian=[[0, 1.0], [0.9, 0]])
    assert wrong.pattern == "factor 0.9"
    assert "factor 0.9; not symmetric: 1.0 across the diagonal" in str(wrong)


# Nothing passes with fewer digits than are said


def test_a_wrong_gradient_of_terms_that_cancel_is_found():
    def f(x):
        return mmath.log1p(x) - x

    assert failure(f, 1e-9, gradient=lambda x: -0.8e-9).expected == pytest.approx(-1e-9)
    assert 6 < check_gradients(f, 1e-9, gradient=lambda x: 1 / (1 + x) - 1).digits < 8


def test_a_branch_that_stands_at_one_point_alone_has_no_slope():
    f = lambda x, y: mg.where(y, mmath.atan(x), y)
    assert failure(f, 0.0, 0.0, gradient=lambda x, y: (0.0, 1.0)).component == "∂y/∂y"
    assert failure(f, 0.0, 0.0).kind == "kink"


# Kinks and jumps


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


# Gradients that change what is not theirs


def test_a_gradient_that_changes_its_argument_is_named_so():
    def gradient(x):
        x *= 2
        return x

    x = np.array([1.0, 2.0])
    found = failure(lambda x: (x * x).sum(), x, gradient=gradient)
    assert "changed its argument x" in str(found)
    assert x.tolist() == [1.0, 2.0]


def test_a_gradient_that_changes_what_it_returned_is_named_so():
    kept = np.zeros(2)

    def gradient(x):
        kept[:] = 2 * x
        return kept

    found = failure(lambda x: (x * x).sum(), np.array([1.0, 2.0]), gradient=gradient)
    assert "changed by the next call" in str(found)


def test_a_function_that_changes_its_argument_leaves_the_callers_as_it_is():
    def f(x, k):
        x[0] = x[0] * 2
        k[0] += 1
        return (x * x).sum()

    x, k = np.array([1.0, 2.0]), np.array([1.0])
    check_gradients(f, x, k, argnums=0, gradient=lambda x, k: 2 * x * np.array([4, 1]))
    assert (x.tolist(), k.tolist()) == ([1.0, 2.0], [1.0])


# Black boxes


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


def test_what_is_given_has_the_shape_of_the_derivative():
    for wrong in (1.0, [1.0, 2.0, 3.0], [[1.0], [2.0]], {"x": 1.0}):
        with pytest.raises(TypeError, match="gradient: expected 2 numbers"):
            check_gradients(lambda x: x[0] * x[1], [1.0, 2.0], gradient=wrong)
    with pytest.raises(TypeError, match="say which: argnums=0"):
        check_gradients(lambda x, y: x * y, 1.0, 2.0, gradient=lambda x, y: y)
    with pytest.raises(ValueError, match="order: a given derivative is checked as it is"):
        check_gradients(lambda x: x, 1.0, gradient=lambda x: 1.0, order=2)


# Words


def test_one_wrong_element_of_many_is_a_wrong_gradient():
    off = np.ones(100)
    off[37] = 1.001
    x = np.linspace(1, 2, 100)
    found = failure(lambda x: (x**2).sum(), x, gradient=lambda x: 2 * x * off)
    assert (found.kind, found.component) == ("wrong gradient", "∂y/∂x[37]")
    assert "factor 1 " not in f"{found} "


def test_swapped_outputs_are_named():
    found = failure(
        lambda x: [x[0] * 2, x[0] * x[1], x[1] * 5],
        [1.0, 3.0],
        jacobian=[[0.0, 5.0], [3.0, 1.0], [2.0, 0.0]],
    )
    assert found.pattern == "swapped with output y[2]"


def test_a_rule_that_reads_a_float_is_named():
    with planted(value=lambda x: x * x, partials=lambda xp, y, x: (2 * float(x),)) as row:
        assert check_gradients(lambda x: row(x) * x, 2.0).certified is False
        with pytest.raises(TypeError, match=f"the partials of {row.name}: float"):
            check_gradients(lambda x: row(x) * x, 2.0, order=2)


def test_a_row_that_is_wrong_in_a_stretch_is_found():
    with (
        planted(
            formula=lambda xp, x: x * 1.0,
            partials=lambda xp, y, x: (xp.where(x > 1000, xp.where(x < 2000, 1.01, 1.0), 1.0),),
        ) as row,
        pytest.raises(GradientError, match=r"primitive planted\d+, its partial by x"),
    ):
        check_primitive(row)


@pytest.mark.parametrize(("low", "high"), [(1000, 2000), (-5, -2), (1e6, math.inf)])
def test_a_wrong_rule_is_told_before_digits_that_floats_lose(low, high):
    """x·x overflows at 1e200, which is tried before some of the numbers in the stretch."""
    with planted(
        formula=lambda xp, x: xp.log1p(x * x),
        partials=lambda xp, y, x: (
            2 * x / (1 + x * x) * xp.where((x > low) & (x < high), 1.001, 1.0),
        ),
    ) as row:
        with pytest.raises(GradientError) as caught:
            check_primitive(row)
        assert caught.value.kind == "wrong rule"
        assert low < caught.value.graph.parents[0].data < high


def test_a_rule_whose_numbers_overflow_is_told_so():
    with planted(formula=lambda xp, x: xp.log1p(x * x)) as row:
        with pytest.raises(GradientError, match="floats overflow in it") as caught:
            check_primitive(row)
        assert caught.value.kind == "cancellation"


# The judge


@pytest.mark.parametrize("slack", [0.0, math.inf, math.nan])
def test_no_slack_is_infinite(slack):
    assert judge(1.0, Truth(0.0), 2.0**-33, slack, scale=slack).says == "wrong"


@pytest.mark.parametrize(
    ("got", "truth", "says"),
    [
        (1.0, Truth(1.0), "right"),
        (1.0 + 2**-30, Truth(1.0), "wrong"),
        (1.0, Truth(1.0, 2.0**-30), "wrong"),  # the rest counts, too
        (math.inf, Truth(math.inf), "right"),
        (-math.inf, Truth(math.inf), "wrong"),
        (1e308, Truth(math.inf), "wrong"),
        (math.nan, Truth(1.0), "wrong"),
        (0.0, Truth(5e-324), "right"),  # an underflow
        (0.5, Truth(math.nan, sides=(0.0, 1.0)), "right"),
        (2.0, Truth(math.nan, sides=(0.0, 1.0)), "kink"),
        (1.0, Truth(1.0, jump=True), "right"),
        (1.0, Truth(math.nan, 0.0, math.inf), "unknown"),
        (1.01, Truth(1.0, error=1e-2, certified=False), "unknown"),
        (1.0, Truth(1.0, error=1e-2, certified=False), "unknown"),
        (1.0, Truth(1.0, error=1e-9, certified=False), "right"),
        (1.1, Truth(1.0, error=1e-9, certified=False), "wrong"),
    ],
)
def test_verdicts(got, truth, says):
    assert judge(got, truth, 2.0**-33).says == says


# What a stranger tried


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
    assert failure(removable, 0.0).kind == "kink"  # the branch taken there is a constant
    alone = lambda x: 5.0 if x == 1 else x * x
    assert check_gradients(alone, 1.0, gradient=2.0)
    assert failure(alone, 1.0, gradient=0.0).kind == "kink"


@pytest.mark.parametrize(
    ("f", "at", "hessian"),
    [
        (removable, (0.0,), [[1 / 3]]),
        (lambda x, y: mg.minimum(y / x, y), (1.0, 0.0), [[0.0, -1.0], [-1.0, 0.0]]),
        (lambda x: mg.maximum(mmath.cos(x), mmath.cos(x)), (0.5,), [[-math.cos(0.5)]]),
        (lambda x: mg.minimum(mg.log2(x), x / 2), (2.0,), [[0.0]]),
    ],
)
def test_at_a_tie_no_second_derivative_is_told(f, at, hessian):
    with pytest.raises(Inconclusive, match="the truth is unknown"):
        check_gradients(f, *at, hessian=hessian)


@pytest.mark.parametrize(
    ("f", "at", "options"),
    [
        (lambda x, y: math.exp(x), (0.3, 0.7), {"gradient": (math.exp(0.3), 0.0)}),
        (lambda x: max(0.0, math.sin(x) - 5) + 3, (1.0,), {"gradient": 0.0}),
        (math.sin, (0.0,), {"hessian": [[0.0]]}),
        (math.asin, (0.99,), {"gradient": lambda x: 1 / math.sqrt(1 - x * x)}),  # beside: outside
        (lambda x: mg.log(1 - x), (0.99,), {"gradient": lambda x: -1 / (1 - x)}),
        (lambda x: math.floor(x) + math.sin(x), (3.0,), {"gradient": math.cos(3.0)}),
        (lambda x: math.copysign(1, x - 1) + math.exp(x), (1.0,), {"gradient": math.e}),
        (lambda x: math.floor(1000 * x) / 1000 + math.sin(x), (0.5004,), {"gradient": math.cos(0.5004)}),
        (lambda x: x * getattr(x, "data", x), (3.0,), {"gradient": lambda x: 2 * x}),
    ],
)  # fmt: skip
def test_right_derivatives_of_odd_functions_pass(f, at, options):
    assert check_gradients(f, *at, **options)


def drops(x):
    try:
        return math.sin(x)
    except TypeError:
        return 0.0


TABLE = np.linspace(0, 1, 1001)


@pytest.mark.parametrize(
    ("f", "x", "gradient"),
    [
        (drops, 0.0, 0.0),
        (
            lambda x: float(np.interp(math.fabs(x), TABLE, np.exp(TABLE))),
            0.40037,
            math.exp(0.40037),
        ),
        (lambda x: np.sin(x) + np.float16(1), np.float16(1.3), 0.0),
        (lambda x: np.sum(np.sqrt(x)), np.array([1e3, 2e3], np.float16), np.zeros(2)),
    ],
)
def test_wrong_derivatives_of_odd_functions_are_found(f, x, gradient):
    assert failure(f, x, gradient=gradient).kind == "wrong gradient"


def test_what_is_rounded_away_is_never_called_right():
    f = lambda x: np.sin(x) + np.float32(1e5)  # one rounding is 0.008
    with pytest.raises(Inconclusive, match="If f is noisy, give tolerance="):
        check_gradients(f, np.float32(1.3), gradient=-0.27)


def test_rows_of_python_code_pass_over_their_domain():
    for value, partials in [
        (math.tanh, lambda xp, y, x: (1 - y * y,)),
        (lambda x: max(x, 0.0), lambda xp, y, x: (1.0 if x > 0 else 0.0,)),
        (lambda x: x - round(x), lambda xp, y, x: (1.0,)),
    ]:
        with planted(value=value, partials=partials) as row:
            assert check_primitive(row).points > 100
            assert check_gradients(lambda x, row=row: row(x) + x, 1.7).certified is False


def test_a_formula_that_oscillates_passes_where_floats_can_not_tell():
    with planted(formula=lambda xp, x: xp.cos(3 * x)) as row:
        check_primitive(row)
        examine(row, [-3.264984327465591e59])  # 7 or 16 units away, it is nearly the same again
        examine(row, [2.071606100728485e60])  # so it is any whole number of units away


def test_a_kink_at_a_constant_of_the_formula_is_tried():
    with (
        planted(
            formula=lambda xp, x: xp.minimum(x, 17.25),
            partials=lambda xp, y, x: (xp.where(x < 17.25, 1.0, xp.where(x > 17.25, 0.0, 7.0)),),
        ) as row,
        pytest.raises(GradientError, match=r"at x = 17\.25"),
    ):
        check_primitive(row)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: check_primitive(math.sin), TypeError, "expected a row"),
        (lambda: check_primitive(mg.sin, kinks="foo"), ValueError, "kinks between or exact"),
        (lambda: check_gradients(lambda x: x * x, 2.0, has_value=True), TypeError, r"\(value, gradient\)"),
        (lambda: check_gradients(lambda x: x, 2.0, jacobian=1.0, has_value=True), ValueError, "give gradient="),
        (lambda: check_gradients(lambda x: x, 10**400, gradient=1.0), ValueError, "floats can hold"),
        (lambda: check_gradients(lambda x: x, math.inf, gradient=1.0), ValueError, "finite numbers"),
        (lambda: check_gradients(lambda x, y: x, 1.0, 2.0, argnums=(0, 0)), TypeError, "argnums"),
        (lambda: check_gradients(lambda x: x, 1.0, order=True), ValueError, "order"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_refused_in_a_sentence(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_positions_and_modes_are_taken_as_numpy_and_jax_take_them():
    assert len(check_gradients(lambda x, y: x * y, 2.0, 3.0, argnums=np.int64(0)).components) == 1
    assert check_gradients(lambda x: x * x, 2.0, modes="fwd").digits == 16


@pytest.mark.parametrize("modes", ["rev", "fwd", ("rev", "fwd")])
def test_every_derivative_is_compared_however_many_inputs_there_are(modes):
    found = check_gradients(lambda x: sum(v * v for v in x), [0.5] * 40, modes=modes)
    assert len(found.components) == 40


def test_numbers_read_out_of_values_are_told():
    report = check_gradients(lambda x: x * x.data, 3.0)
    assert "count as constants" in str(report)


def test_where_rounding_crosses_a_kink_nothing_is_told():
    """0.1 + 0.3 − 0.4 is 0 in floats, where abs has slope 0; of these floats exactly it is −3e-17."""
    f = lambda x: mg.abs(x + 0.3 - 0.4)
    assert mg.grad(f)(0.1) == 0
    with pytest.raises(Inconclusive, match="no truth could be found"):
        check_gradients(f, 0.1)
    assert check_gradients(lambda x: mg.abs(x + 0.3 - 0.5), 0.1).digits == 16


def test_a_slope_that_a_series_lacks_is_found_by_another_way():
    """x·√x has slope 0 at 0, where √x has an infinite one."""
    report = check_gradients(lambda x: x * mmath.sqrt(x), 0.0, gradient=0.0)
    assert (report.components[0].expected, report.certified) == (0.0, True)
    assert failure(lambda x: x * mmath.sqrt(x), 0.0, gradient=1.0)


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


# At an optimum, and beside large numbers


@pytest.mark.parametrize("n", [1, 3, 40])
@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_of_a_fit_is_told(seed, n):
    """Its residuals are 0 but for rounding, and so is its gradient."""
    random = np.random.default_rng(seed)
    X, w = random.normal(size=(n + 2, n)), random.normal(size=n)
    y = X @ w

    def cost(w):
        return mg.sum((X @ w - y) ** 2)

    def gradient(w):
        return 2 * X.T @ (X @ w - y)

    assert check_gradients(cost, w, order=2).certified
    assert check_gradients(cost, w, gradient=gradient).certified
    assert check_gradients(cost, w, hessian=2 * X.T @ X).certified
    assert failure(cost, w, gradient=lambda w: gradient(w) + 1e-9)


@pytest.mark.parametrize("power", [2, 2.0, 3, 4])
def test_a_power_of_a_number_that_is_0_but_for_rounding_is_smooth(power):
    f = lambda w: (0.1 * w - 0.03) ** power + w
    assert check_gradients(f, 0.3, gradient=1.0).certified
    assert failure(f, 0.3, gradient=2.0).pattern == "factor 2"
    assert check_gradients(lambda x: mg.exp(-x) ** power, 1000.0).components[0].got == 0


@pytest.mark.parametrize(
    ("f", "at", "hessian"),
    [
        (lambda v: v * v, (1e16,), [[-2.0]]),
        (lambda v: v * v, (1e10,), [[2 + 1e-6]]),
        (lambda v, w: v * w, (1e16, 1e16), [[0.0, -1.0], [-1.0, 0.0]]),
        (lambda v: (v - 1) ** 2 + 1e15, (2.0,), [[2.002]]),
    ],
)
def test_a_wrong_hessian_is_found_however_large_f_is(f, at, hessian):
    argnums = tuple(range(len(at)))
    assert failure(f, *at, hessian=hessian)
    right = mg.hessian(f, argnums)(*at)
    assert check_gradients(f, *at, hessian=right)


def test_a_slope_of_0_is_called_zero():
    assert failure(lambda x: x * x, 3.0, gradient=0.0).pattern == "zero"


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

"""What checks promise, line by line: times, digits, words, and what a stranger tried."""

import contextlib
import math
import time

import numpy as np
import pytest
from caught import failure
from rows import planted

import micrograph as mg
from micrograph import math as mmath
from micrograph.testing import GradientError, Inconclusive, check_gradients, check_primitive
from micrograph.testing.judge import Truth, judge
from micrograph.testing.rule import examine

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


# Gradients that change what is not theirs


def test_a_gradient_that_changes_its_argument_is_named_so():
    def gradient(x):
        x *= 2
        return x

    x = np.array([1.0, 2.0])
    found = failure(lambda x: (x * x).sum(), x, gradient=gradient)
    assert "changed its argument x" in str(found)
    assert x.tolist() == [1.0, 2.0]


def test_floats_longer_than_float64_are_not_taken_for_changed():
    x = np.longdouble([0.1, 0.2])
    check_gradients(lambda x: np.sum(x**2), x, gradient=lambda x: 2 * x)
    assert failure(lambda x: np.sum(x**2), x, gradient=lambda x: 2.1 * x).pattern == "factor 1.05"


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


@pytest.mark.parametrize("factor", [0.0, -1.0, 0.75, 1.001])
@pytest.mark.parametrize(("i", "k"), [(0, 1), (0, 2), (1, 2), (2, 2)])
def test_an_entry_of_a_hessian_that_is_small_by_its_units_is_compared(factor, i, k):
    """The force between the earth and the moon, in kilograms and metres."""
    f, at = lambda m, M, r: 6.674e-11 * m * M / r**2, (5.97e24, 7.35e22, 3.84e8)
    hessian = np.array(mg.hessian(f, (0, 1, 2))(*at))
    check_gradients(f, *at, hessian=hessian)
    hessian[i, k] *= factor
    assert failure(f, *at, hessian=hessian).component == f"∂²y/∂{'mMr'[i]}∂{'mMr'[k]}"


@pytest.mark.parametrize("log", [mg.log, np.log])
@pytest.mark.parametrize("p", [0.985, 0.999, 1 - 1e-6])
def test_beside_the_end_of_a_domain_the_inner_side_is_compared(log, p):
    slope = lambda p: 1 / (1 - p)
    assert check_gradients(lambda p: -log(1 - p), p, gradient=slope).certified
    found = failure(lambda p: -log(1 - p), p, gradient=lambda _: slope(p))
    assert "not beside it" in str(found)


SATURATED = {
    "tanh": (mg.tanh, lambda x: 1 - math.tanh(x) ** 2, 16),
    "sigmoid": (mg.sigmoid, lambda x: expit(x) * (1 - expit(x)), 28),
    "1/(1 + exp(-x))": (lambda x: 1 / (1 + mg.exp(-x)), lambda x: expit(x) * (1 - expit(x)), 28),
    "neuron": (lambda x: mg.tanh(40 * x / 3 + 1), lambda x: 40 / 3 * (1 - math.tanh(40 * x / 3 + 1) ** 2), 1),
}  # fmt: skip


def expit(x):
    return 1 / (1 + math.exp(-x))


@pytest.mark.parametrize("name", SATURATED)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.75, 0.9, 1.0, 1.2, 2.0])
def test_a_textbook_form_by_the_nodes_own_value_passes_while_it_has_three_digits(name, part):
    """1 − y² is off by what y is rounded by."""
    f, textbook, last = SATURATED[name]
    x = part * last
    if part > 1:
        with contextlib.suppress(Inconclusive):
            check_gradients(f, x, gradient=textbook)
    else:
        assert check_gradients(f, x, gradient=textbook).digits >= 3
        assert failure(f, x, gradient=lambda x: 1.01 * textbook(x)).kind == "wrong gradient"


@pytest.mark.parametrize("x", [5.0, 9.0, 12.0])
def test_a_textbook_form_of_a_second_derivative_passes_while_it_has_three_digits(x):
    textbook = lambda x: -2 * math.tanh(x) * (1 - math.tanh(x) ** 2)
    assert check_gradients(mg.tanh, x, hessian=textbook).digits >= 3
    assert failure(mg.tanh, x, hessian=lambda x: 1.01 * textbook(x)).kind == "wrong gradient"


@pytest.mark.parametrize("gap", [10.0, 15.0, 20.0, 25.0])
def test_the_hessian_of_logsumexp_by_its_shares_passes(gap):
    z = np.array([gap, 0.0, 0.3])

    def hessian(z):
        p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        return np.diag(p) - np.outer(p, p)

    with contextlib.suppress(Inconclusive):
        check_gradients(mg.logsumexp, z, hessian=hessian)
    assert failure(mg.logsumexp, z, hessian=lambda z: hessian(z) + 1e-6 * np.eye(3))


def test_a_wrong_hessian_whose_entries_are_all_tiny_never_passes():
    z = np.array([40.0, 0.0, 0.3])
    hessian = mg.hessian(mg.logsumexp)(z)
    with contextlib.suppress(Inconclusive):
        check_gradients(mg.logsumexp, z, hessian=hessian)
    with pytest.raises((Inconclusive, GradientError)):
        check_gradients(mg.logsumexp, z, hessian=2 * np.array(hessian))


def test_a_second_derivative_whose_terms_cancel_may_be_off_by_their_rounding():
    hessian = lambda x: -4 / (2 * x) ** 2 + 8 * x / (2 * x) ** 3  # 0
    check_gradients(lambda x: x / (2 * x), 0.3, hessian=hessian)


@pytest.mark.parametrize("y", [1e-2, 1e-4, 1e-9])
def test_a_given_hessian_may_be_off_by_what_its_terms_lose(y):
    """1/r − x²/r³ loses digits where y is small beside x."""
    f, at = lambda x: mg.sqrt(x[0] * x[0] + x[1] * x[1]), [4.0, y]
    hessian = np.array(mg.hessian(f)(at))
    with contextlib.suppress(Inconclusive) if y < 1e-4 else contextlib.nullcontext():
        check_gradients(f, at, hessian=hessian)
    assert failure(f, at, hessian=hessian * [[1, 1], [1, 1.001]]).kind == "wrong gradient"


@pytest.mark.parametrize("off", [1e-7, 3e-8, 1e-8, 3e-9, 1e-10])
@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (mg.asin, lambda x: 1 / math.sqrt(1 - x * x)),
        (mg.acos, lambda x: -1 / math.sqrt(1 - x * x)),
        (mg.atanh, lambda x: 1 / (1 - x * x)),
    ],
)
def test_a_formula_may_be_off_by_what_some_ulp_of_the_inputs_change(f, slope, off):
    check_gradients(f, 1 - off, gradient=slope)
    assert failure(f, 1 - off, gradient=lambda x: 1.0001 * slope(x)).kind == "wrong gradient"


def test_a_wrong_second_derivative_of_a_large_input_is_no_cancellation():
    assert failure(lambda x: x**3, 1e13, hessian=lambda x: 6.006 * x).kind == "wrong gradient"


def test_a_wrong_hessian_through_python_code_is_a_wrong_gradient():
    code = {
        "value": lambda x: math.sin(x),
        "partials": lambda xp, y, x: (math.cos(float(x)),),
    }
    with planted(**code) as row:
        f = lambda x: row(x) * x
        right = lambda x: 2 * math.cos(x) - x * math.sin(x)
        check_gradients(f, 0.7, hessian=right)
        assert failure(f, 0.7, hessian=lambda x: right(x) + 0.1).kind == "wrong gradient"

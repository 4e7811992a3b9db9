"""check_gradients finds what is wrong, says which node or component and why, and nothing else."""

import math
import pickle

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import planted
from test_given import seed

import micrograph as mg
from micrograph import Value, naming
from micrograph.core import TABLE, Primitive
from micrograph.domain import above
from micrograph.testing import (
    GradientError,
    Inconclusive,
    check_gradients,
    check_primitive,
)
from micrograph.transforms import run

FAULTS = {  # a rule, where it is tried, the kind of failure, the operand that its partial is by
    "a sign": (lambda xp, x: xp.sin(x), lambda xp, y, x: (-xp.cos(x),), (2.0,), "wrong rule", "x"),
    "a factor 2": (lambda xp, x: x * x, lambda xp, y, x: (4 * x,), (3.0,), "wrong rule", "x"),
    "swapped partials": (
        lambda xp, a, b: a * a * b, lambda xp, y, a, b: (a * a, 2 * a * b), (3.0, 2.0), "wrong rule", "a",
    ),
    "a missing partial": (lambda xp, a, b: a * b, lambda xp, y, a, b: (b, 0.0), (3.0, 2.0), "wrong rule", "b"),
    "right at the tested point alone": (
        lambda xp, x: x * x, lambda xp, y, x: (4.0,), (2.0,), "wrong rule", "x",
    ),
    "wrong for x < 0 alone": (
        lambda xp, x: x**3, lambda xp, y, x: (xp.where(x < 0, -3 * x * x, 3 * x * x),), (-1.5,), "wrong rule", "x",
    ),
    "an exponent": (lambda xp, x: x**4, lambda xp, y, x: (4 * x**4,), (2.0,), "wrong rule", "x"),
    "a missing inner derivative": (
        lambda xp, x: xp.sin(3 * x), lambda xp, y, x: (xp.cos(3 * x),), (2.0,), "wrong rule", "x",
    ),
    "1 − y², in a tail": (
        lambda xp, x: xp.tanh(x), lambda xp, y, x: (1 - y * y,), (15.0,), "cancellation", "x",
    ),
    "y·(1 − y), in a tail": (
        lambda xp, x: xp.sigmoid(x), lambda xp, y, x: (y * (1 - y),), (25.0,), "cancellation", "x",
    ),
    "y + 1, in a tail": (
        lambda xp, x: xp.expm1(x), lambda xp, y, x: (y + 1,), (-25.0,), "cancellation", "x",
    ),
    "a slope beyond a kink": (
        lambda xp, x: xp.abs(x), lambda xp, y, x: (xp.where(x == 0, 5.0, xp.sign(x)),), (0.0,), "kink", "x",
    ),
    "infinite at a kink": (
        lambda xp, x: xp.relu(x), lambda xp, y, x: (xp.where(x == 0, math.inf, xp.where(x > 0, 1.0, 0.0)),), (0.0,), "kink", "x",
    ),
    "not a number": (lambda xp, x: x * x, lambda xp, y, x: (x * math.nan,), (2.0,), "wrong rule", "x"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_rule_is_named(name):
    formula, partials, xs, kind, by = FAULTS[name]
    with planted(formula=formula, partials=partials) as row:
        with pytest.raises(GradientError) as caught:
            check_gradients(lambda *xs: mg.exp(row(*(x * 1.0 for x in xs)).named("u") * 0.1), *xs)
        error = caught.value
        assert (error.kind, error.node, error.row) == (kind, "u", row)
        assert f"∂u/∂v{1 + 'abx'.index(by) % 2}" in str(error).splitlines()[0]
        assert str(error).startswith(kind)
        assert error.graph.op is row
        assert "got" in str(error)
        assert "<svg" in error.draw().pipe(encoding="utf-8")
        with pytest.raises(GradientError) as caught:  # and by somebody who has but the row
            check_primitive(row)
        assert caught.value.row is row


@pytest.mark.parametrize(
    ("name", "said"),
    [("a sign", "; sign"), ("a factor 2", "; factor 2"), ("swapped partials", "or the derivative by x2")],
)  # fmt: skip
def test_a_wrong_partial_is_likened(name, said):
    formula, partials, xs, *_ = FAULTS[name]
    with (
        planted(formula=formula, partials=partials) as row,
        pytest.raises(GradientError, match=said),
    ):
        check_gradients(lambda *xs: row(*xs), *xs)


def test_a_wrong_opaque_rule_is_named():
    with planted(value=lambda x: math.sin(x) * 2, partials=lambda xp, y, x: (xp.cos(x),)) as row:
        with pytest.raises(GradientError, match="wrong rule: ∂y/∂x of y = planted"):
            check_primitive(row)
        with pytest.raises(GradientError, match="wrong rule"):
            check_gradients(lambda x: row(x) ** 2, 1.0)


def test_a_right_opaque_rule_passes():
    with planted(
        value=lambda x: math.sin(x) * 2, partials=lambda xp, y, x: (2 * xp.cos(x),)
    ) as row:
        check_primitive(row)
        report = check_gradients(lambda x: row(x) ** 2 * x, 1.0, order=2)
        assert report.digits > 8
        assert report.truth < 16


def test_a_partial_right_in_value_but_not_in_slope_is_found_at_order_2():
    with planted(
        formula=lambda xp, x: x * x, partials=lambda xp, y, x: (xp.stop_gradient(2 * x),)
    ) as row:
        check_gradients(lambda x: row(x), 3.0)
        with pytest.raises(GradientError, match=r"planted\d+> have a wrong slope") as caught:
            check_gradients(lambda x: mg.sin(row(x)), 3.0, order=2)
        assert caught.value.kind == "wrong rule"
        assert caught.value.row is row


@pytest.mark.parametrize("frozen", [0, 1])
def test_a_mixed_derivative_that_one_of_two_partials_lacks_is_found(frozen):
    def partials(xp, y, a, b):
        return [(2 * xp.stop_gradient(a) * b, a * a), (2 * a * b, xp.stop_gradient(a * a))][frozen]

    with planted(formula=lambda xp, a, b: a * a * b, partials=partials) as row:
        for check in (
            lambda: check_primitive(row),
            lambda: check_gradients(lambda a, b: row(a, b), 1.3, 0.7, order=2),
            lambda: check_gradients(lambda a, b: mg.sin(row(a, b)), 1.3, 0.7, order=3),
        ):
            with pytest.raises(GradientError, match=r"planted\d+> have a wrong slope"):
                check()


@pytest.mark.parametrize(
    "f",
    [
        lambda x, row: row(x) - x * x,  # whose truth is 0
        lambda x, row: 1e12 * x + row(x) / 1e12,
        lambda x, row: mg.hypot([row(x), 1e9]),
    ],
)
def test_a_slope_that_is_off_by_little_is_found_at_order_2_among_terms_that_cancel(f):
    def partials(xp, y, x):  # its slope is 2 + 1e-5
        return (2 * x + 1e-5 * (x - xp.stop_gradient(x)),)

    with planted(formula=lambda xp, x: x * x, partials=partials) as row:
        check_gradients(lambda x: f(x, row), 3.0)
        with pytest.raises(GradientError, match=r"planted\d+> have a wrong slope") as caught:
            check_gradients(lambda x: f(x, row), 3.0, order=2)
        assert caught.value.row is row
        assert caught.value.got == pytest.approx(2 + 1e-5)


def test_a_wrong_second_derivative_is_shown_before_digits_that_floats_lose():
    def partials(xp, y, x):
        return (xp.stop_gradient(2 * x / (1 + x * x)),)

    with planted(formula=lambda xp, x: xp.log(1 + x * x), partials=partials) as row:
        with pytest.raises(GradientError, match="have a wrong slope") as caught:
            check_primitive(row)
        assert caught.value.kind == "wrong rule"


def test_a_formula_that_loses_digits_is_told_from_a_wrong_one():
    def row(formula):
        return Primitive(
            "planted", partials=lambda xp, y, x: (xp.sigmoid(x),), definition=lambda xp, x: xp.log(1 + xp.exp(x)),
            stable=formula,
        )  # fmt: skip

    for formula, kind in [
        (lambda xp, x: xp.log(1 + xp.exp(x)), "cancellation"),
        (lambda xp, x: xp.log1p(xp.exp(x)) + 1e-9, "wrong rule"),
    ]:
        TABLE["planted"] = row(formula)
        try:
            with pytest.raises(GradientError) as caught:
                check_primitive(TABLE["planted"])
            assert caught.value.kind == kind
            assert "y of y = planted(x)" in str(caught.value)
        finally:
            naming.forget("planted")


def test_a_rule_outside_its_stated_domain_is_no_truth():
    with planted(formula=lambda xp, x: x * x, domain=above(0)) as row:
        check_primitive(row)
        with pytest.raises(GradientError, match="expected x > 0") as caught:
            check_gradients(lambda x: row(x), -1.0)
        assert caught.value.kind == "outside the domain"
    with planted(formula=lambda xp, x: xp.sqrt(x)) as row, pytest.raises(GradientError) as caught:
        check_primitive(row)  # its domain is said to be all numbers
    assert caught.value.kind == "outside the domain"


@pytest.mark.parametrize(
    ("f", "x"),
    [(lambda x: mg.log(x - 3), 2.0), (lambda x: 1 / (x - 2), 2.0), (lambda x: mg.exp(x), 1000.0)],
)
def test_a_function_that_raises_is_outside_its_domain(f, x):
    with pytest.raises(GradientError, match="f was called at x = ") as caught:
        check_gradients(f, x)
    assert caught.value.kind == "outside the domain"


# Kinks


def test_inner_kinks_that_cancel_are_named():
    """relu(x) − relu(−x) is x, of slope 1; ours is 0 there, and no node's own partial is wrong."""
    with pytest.raises(GradientError) as caught:
        check_gradients(lambda x: mg.relu(x).named("p") - mg.relu(-x).named("q"), 0.0)
    error = caught.value
    assert (error.kind, error.node, error.got, error.expected) == ("kink", "p", 0.0, 1.0)
    assert "p = relu(x)" in str(error)
    assert "q = relu(" in str(error)


@pytest.mark.parametrize(
    ("f", "xs"),
    [(abs, (0.0,)), (mg.relu, (0.0,)), (mg.maximum, (2.0, 2.0)), (lambda x: x % 2, (4.0,)), (mg.floor, (2.0,)),
     (lambda x: mg.where(x > 0, mg.sqrt(x), 0.0), (0.0,)), (mg.atan2, (0.0, 0.0)), (lambda x: abs(x) * x, (0.0,))],
)  # fmt: skip
def test_at_a_kink_what_lies_between_passes_unless_the_slope_must_exist(f, xs):
    assert any("at a kink" in note for note in check_gradients(f, *xs, order=2).notes)
    if f not in (mg.atan2,):
        with pytest.raises(GradientError) as caught:
            check_gradients(f, *xs, kinks="exact")
        assert caught.value.kind == "kink"


def test_kinks_of_a_given_gradient():
    at = np.array([0.0, 2.0])
    for f in (lambda x: mg.sum(abs(x)), lambda x: float(np.abs(x.astype(float)).sum())):
        for between in (-1.0, -0.3, 0.0, 1.0):
            check_gradients(f, at, gradient=lambda x, g=between: np.where(x == 0, g, np.sign(x)))
        with pytest.raises(GradientError, match="does not lie between") as caught:
            check_gradients(f, at, gradient=lambda x: np.where(x == 0, 2.0, np.sign(x)))
        assert caught.value.kind == "kink"
        with pytest.raises(GradientError, match="kink"):
            check_gradients(f, at, gradient=np.sign, kinks="exact")


# Sweeps


def test_a_sweep_that_loses_a_term_is_told_from_a_wrong_rule(monkeypatch):
    def forgetful(run, seeds, adjoints=run.Run.adjoints):
        return [g / 2 for g in adjoints(run, seeds)]

    monkeypatch.setattr(run.Run, "adjoints", forgetful)
    with pytest.raises(GradientError, match="every node's own partials are right") as caught:
        check_gradients(lambda x: x * mg.sin(x), 2.0, modes=["rev"])
    assert caught.value.kind == "wrong sweep"
    check_gradients(lambda x: x * mg.sin(x), 2.0, modes=["fwd"])


def test_a_forward_sweep_is_checked_too(monkeypatch):
    def forgetful(order, tangents, edges, azmul, forward=run.forward):
        return forward(order, tangents, lambda node: list(edges(node))[:1], azmul)

    monkeypatch.setattr(run, "forward", forgetful)
    monkeypatch.setattr(run, "compiled", None)  # whose sweeps no patch reaches
    for n in (1, 50):  # of many inputs at once
        with pytest.raises(GradientError) as caught:
            check_gradients(lambda x: mg.sum(x * x), np.linspace(1, 2, n))
        assert caught.value.kind == "wrong sweep"


def test_a_term_lost_in_a_second_sweep_is_found(monkeypatch):
    """(3a)² at 0 has the second derivative 18, which a skipped term makes 0."""
    check_gradients(lambda a: (3 * a) ** 2, 0.0, order=2)

    def product(g, d):
        return g * d if getattr(g, "data", g) else 0.0

    monkeypatch.setattr(run, "recorded_product", product)
    monkeypatch.setattr(run, "compiled", None)
    with pytest.raises(GradientError):
        check_gradients(lambda a: (3 * a) ** 2, 0.0, order=2)


# What can't be told


@pytest.mark.parametrize(
    ("f", "gradient"),
    [
        (lambda x: math.nan, lambda x: 1.0),
        (lambda x: round(float(x), 2), lambda x: 0.7),  # steps, which differences see through
        (lambda x: math.tanh(x + 12), lambda x: 1 - math.tanh(x + 12) ** 2),  # 10 digits lost
    ],
)
def test_what_differences_cannot_tell_never_passes(f, gradient):
    with pytest.raises((Inconclusive, GradientError)):
        check_gradients(f, 3.3, gradient=gradient)


def test_digits_lost_by_rounding_name_the_node():
    with pytest.raises(Inconclusive, match=r"digits are lost at n = 1\.0 - "):
        check_gradients(lambda x: (1 - mg.cos(x)).named("n") / x**2, 1e-8)


def test_an_example_that_could_not_be_told_is_rejected_under_hypothesis():
    seen = []

    @given(st.floats(1, 2))
    def judged(x):
        seen.append(x)
        if x < 1.9:  # the rest would trip Hypothesis's health check
            check_gradients(lambda x: x * x, x)
        else:
            check_gradients(lambda x: (1 - mg.cos(x * 1e-9)) / (x * 1e-9) ** 2, x)

    judged()
    assert seen


# What is right


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: x, (1.0,)),
        (lambda x: 3.0, (1.0,)),
        (lambda x: x * 0, (1.0,)),
        (lambda x: mg.where(x > 0, x, mg.log(x + 5)), (-1.0,)),
        (lambda x: [x[0] * x[1], x[1]], ([2.0, 5.0],)),
        (lambda p: {"y": p["a"] * p["b"][1]}, ({"a": 2, "b": (3, 4.5)},)),
        (lambda x, w: np.tanh(w @ x).sum(), (np.array([0.3, -0.4]), np.array([[1.0, 2], [3, 4]]))),
        (lambda x, mode: x**2 if mode == "square" else x, (3.0, "square")),
        (lambda x: mg.sum(mg.exp(x)), (np.linspace(-1, 1, 40),)),
        (lambda x: mg.softplus(x), (-740.0,)),
        (lambda x: mg.hypot([x, x]), (1e200,)),
        (mg.logsumexp, ([1000.0, 1000.5, -1000.0],)),
        (mg.lgamma, (-2.5,)),
        (lambda x: x**-0.5, (1e-200,)),
        (lambda x, n: x**n, (2.0, 3)),
    ],
)
def test_what_is_right_passes(f, args):
    report = check_gradients(f, *args, order=2)
    assert report.digits > 9
    assert report.truth == 30


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: mg.softplus(mg.degrees(x) / x), (-2.5,)),  # the truth is 0; π is a float
        (lambda x, y: mg.reciprocal(mg.radians(x) / x * y), (1.8e-6, 2.1)),
        (mg.tanh, (-9.1e-12,)),
        (lambda x: mg.logsumexp([mg.degrees(x), x]), (-0.594,)),
    ],
)
def test_terms_that_cancel_in_a_second_derivative_are_no_fault(f, args):
    assert check_gradients(f, *args, order=2).digits > 3


def test_where_all_digits_of_a_second_derivative_cancel_nothing_is_told():
    with pytest.raises(Inconclusive, match=r"∂²y/∂y∂y.*rounding left 0 digits"):
        check_gradients(lambda x, y: mg.hypot([x, y]), 2.5e-9, 2.5, order=2)


def test_a_derivative_that_is_0_is_measured_by_its_terms():
    def f(x, y):
        return (x - y) * (x + y) - x**2 + y**2

    found = check_gradients(f, 0.1, 0.3, order=2).components
    assert any(c.got for c in found[:2])
    assert min(c.digits for c in found) > 14
    given_ = check_gradients(f, 0.1, 0.3, gradient=lambda x, y: (1e-17, 0.0))
    assert given_.digits > 14
    assert check_gradients(lambda x: mg.softplus(mg.degrees(x) / x), -2.5, order=2).digits > 9


def test_derivatives_of_order_four():
    report = check_gradients(lambda x, y: mg.exp(x * mg.sin(y)), 0.4, 0.9, order=4)
    assert len(report.components) == 2 + 3 + 4 + 5
    assert report.digits > 12


def test_the_report_reads():
    assert str(check_gradients(seed, 5, 3, 2)).splitlines() == [
        "derivative  value  truth  digits agreed",
        "∂seed/∂a    3.0    3.0    16.0",
        "∂seed/∂b    6.0    6.0    16.0",
        "∂seed/∂c    9.0    9.0    16.0",
        "truth certified to 30 digits",
    ]


def test_no_grad_is_touched_and_nothing_is_left_behind():
    a = Value(2.0, "a")
    J = a * a
    J.backward()
    check_gradients(lambda x: x * x, 3.0, order=2)
    assert a.grad == 4.0
    assert mpmath.mp.prec == 53
    assert float(a) == 2.0  # no transform is left open


def test_errors_pickle():
    with pytest.raises(GradientError) as caught:
        check_gradients(seed, 5.0, 3.0, 2.0, gradient=(3.0, 6.0, 8.0))
    twin = pickle.loads(pickle.dumps(caught.value))
    assert (str(twin), twin.component) == (str(caught.value), caught.value.component)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: check_gradients(seed, "a"), TypeError, "expected numbers as arguments"),
        (lambda: check_gradients(seed), TypeError, "expected numbers as arguments"),
        (lambda: check_gradients(abs, 1.0, modes=["sideways"]), ValueError, '"rev", "fwd" or both'),
        (lambda: check_gradients(abs, 1.0, kinks="maybe"), ValueError, '"between" or "exact"'),
        (lambda: check_gradients(abs, 1.0, order=0), ValueError, "order: expected 1, 2, 3"),
        (lambda: check_gradients(abs, 1.0, order=12), ValueError, "order: up to 6 are checked, got 12"),
        (lambda: check_gradients(abs, 1.0, argnums=3), TypeError, "argnums: expected positions"),
        (
            lambda: check_gradients(seed, 1.0, 2.0, 3.0, gradient=lambda *x: [1.0, 2.0]),
            TypeError,
            "gradient: expected 3 numbers, of 1 output by 3 inputs, .*; got 2",
        ),
        (lambda: check_gradients(abs, 1.0, hessian=[1, 2]), TypeError, "hessian: expected 1 number, "),
        (lambda: check_gradients(lambda x: math.exp(x), 1.0), TypeError, "would drop its derivative"),
        (lambda: check_gradients(lambda x: "text", 1.0), TypeError, "f returned 'text'"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence(call, error, text):
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize("kind", ["formula", "value"])
@pytest.mark.parametrize("start", [-811.0, -3.1e-4, 4.2e-6, 0.71, 1400.0])
def test_a_rule_that_is_wrong_on_a_narrow_stretch_is_found(start, kind):
    ends = sorted([start, 1.11 * start])

    def slope(xp, y, x):
        return (xp.where((x > ends[0]) & (x < ends[1]), 1.001 / (1 + x * x), 1 / (1 + x * x)),)

    made = {"formula": lambda xp, x: xp.atan(x), "value": math.atan}
    with planted(**{kind: made[kind]}, partials=slope) as row, pytest.raises(GradientError):
        check_primitive(row)

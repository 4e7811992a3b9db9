"""check_gradients finds what is wrong, says which node or component and why, and nothing else."""

import contextlib
import itertools
import math
import pickle

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import ROWS

import micrograph as mg
from micrograph import Value, registration, transforms
from micrograph import math as mmath
from micrograph.backends.numpy import NUMPY
from micrograph.domain import Domain, above
from micrograph.namespaces import FLOAT, IEEE, TEXT, Namespace
from micrograph.row import TABLE, Primitive
from micrograph.testing import (
    GradientError,
    Inconclusive,
    check_gradients,
    check_namespace,
    check_primitive,
    expressions,
    graphs,
    points_for,
    truth,
)
from micrograph.testing.differences import complex_step, derivative

numbers = itertools.count(1)


@contextlib.contextmanager
def planted(**rules):
    """A row of the table for as long as the test runs."""
    name = f"planted{next(numbers)}"
    try:
        yield mg.primitive(name, **rules)
    finally:
        registration._forget(name)


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
    [("a sign", "its sign is wrong"), ("a factor 2", "it is 2 times"), ("swapped partials", "it is the partial by b")],
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


def test_a_formula_that_loses_digits_is_told_from_a_wrong_one():
    def row(formula):
        return Primitive(
            "planted", partials=lambda xp, y, x: (xp.sigmoid(x),), definition=lambda xp, x: xp.log(1 + xp.exp(x)),
            formula=formula,
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
            registration._forget("planted")


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
    def forgetful(run, seeds, adjoints=transforms._Run.adjoints):
        return [g / 2 for g in adjoints(run, seeds)]

    monkeypatch.setattr(transforms._Run, "adjoints", forgetful)
    with pytest.raises(GradientError, match="every node's own partials are right") as caught:
        check_gradients(lambda x: x * mg.sin(x), 2.0, modes=["rev"])
    assert caught.value.kind == "wrong sweep"
    check_gradients(lambda x: x * mg.sin(x), 2.0, modes=["fwd"])


def test_a_forward_sweep_is_checked_too(monkeypatch):
    def forgetful(order, tangents, edges, azmul, forward=transforms.forward):
        return forward(order, tangents, lambda node: list(edges(node))[:1], azmul)

    monkeypatch.setattr(transforms, "forward", forgetful)
    for n in (1, 50):  # of many inputs at once
        with pytest.raises(GradientError) as caught:
            check_gradients(lambda x: mg.sum(x * x), np.linspace(1, 2, n))
        assert caught.value.kind == "wrong sweep"


def test_a_term_lost_in_a_second_sweep_is_found(monkeypatch):
    """(3a)² at 0 has the second derivative 18, which a skipped term makes 0."""
    check_gradients(lambda a: (3 * a) ** 2, 0.0, order=2)

    def product(g, d):
        return g * d if getattr(g, "data", g) else 0.0

    monkeypatch.setattr(transforms, "recorded_product", product)
    with pytest.raises(GradientError):
        check_gradients(lambda a: (3 * a) ** 2, 0.0, order=2)


# Somebody's gradient


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


def test_a_gradient_that_loses_digits_is_cancellation():
    with pytest.raises(GradientError) as caught:
        check_gradients(mmath.tanh, 14.0, gradient=lambda x: 1 - math.tanh(x) ** 2)
    assert caught.value.kind == "cancellation"


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


def test_values_beside_gradients():
    both = mg.value_and_grad(lambda x: x**3)
    check_gradients(lambda x: x**3, 2.0, gradient=both, has_value=True)
    check_gradients(lambda x: (x**3, 3 * x**2), 2.0, has_value=True)
    with pytest.raises(GradientError, match="the value beside the gradient"):
        check_gradients(lambda x: x**3, 2.0, gradient=lambda x: (x**2, 3 * x**2), has_value=True)
    with pytest.raises(GradientError, match="factor"):
        check_gradients(lambda x: (x**3, 6 * x**2), 2.0, has_value=True)


def test_a_gradient_by_the_first_argument_alone():
    """As SciPy's: jac(x, *args) is by x."""
    check_gradients(lambda x, k: np.sum(k * x**2), np.array([1.0, 2.0]), 3.0, gradient=lambda x, k: 2 * k * x)  # fmt: skip
    check_gradients(lambda x, k: k * x**2, 1.5, 3.0, gradient=lambda x, k: x**2, argnums=1)


def test_float32_gets_the_tolerance_of_float32():
    x = np.array([1.0, 2.0], np.float32)
    report = check_gradients(lambda x: np.tanh(x).sum(), x, gradient=lambda x: 1 - np.tanh(x) ** 2)
    assert 3 < report.digits < 8
    with pytest.raises(GradientError, match="factor 2"):
        check_gradients(lambda x: np.tanh(x).sum(), x, gradient=lambda x: 2 - 2 * np.tanh(x) ** 2)


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
    assert report.truth == 50


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
        (lambda: check_gradients(abs, 1.0, argnums=3), TypeError, "argnums: expected positions"),
        (
            lambda: check_gradients(seed, 1.0, 2.0, 3.0, gradient=lambda *x: [1.0, 2.0]),
            TypeError,
            "gradient: expected 3 numbers, of 1 outputs by 3 inputs, got 2",
        ),
        (lambda: check_gradients(abs, 1.0, hessian=[1, 2]), TypeError, "hessian: expected 1 numbers"),
        (lambda: check_gradients(lambda x: math.exp(x), 1.0), TypeError, "would drop its derivative"),
        (lambda: check_gradients(lambda x: "text", 1.0), TypeError, "f returned 'text'"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence(call, error, text):
    with pytest.raises(error, match=text):
        call()


# The truth itself


@pytest.mark.parametrize(
    ("row", "xs", "y", "slope"),
    [
        (mg.softplus, (-740.0,), "4.18873988005e-322", "4.18873988005e-322"),  # log(1 + exp(−740))
        (mg.log, (1e-300,), "-690.775527898", "1e300"),
        (mg.sin, (0.0,), "0", "1"),
        (mg.tanh, (20.0,), "1", "1.69934170210666e-17"),
        (mg.log_norm_cdf, (-1e8,), "-5.00000000000000193394e15", "1.00000000000000010000e8"),
    ],
)
def test_truth(row, xs, y, slope):
    with mpmath.workdps(60):
        found, steep = truth.value(row, xs), truth.slope(row, xs, 0)
        assert mpmath.almosteq(found.number, mpmath.mpf(y), rel_eps=1e-10)
        assert mpmath.almosteq(steep.number, mpmath.mpf(slope), rel_eps=1e-10)
    assert found.digits == steep.digits == 50 or y == "0"


def test_one_sided_slopes():
    def sides(row, xs, i=0):
        return [float(truth.slope(row, xs, i, side).number) for side in (-1, 1)]

    assert sides(mg.abs, (0.0,)) == [-1, 1]
    assert sides(mg.cbrt, (0.0,)) == [math.inf, math.inf]
    assert math.isnan(sides(mg.sqrt, (0.0,))[0])
    assert sides(mg.sqrt, (0.0,))[1] == math.inf
    assert truth.jumps(mg.floor, (2.0,), 0)
    assert not truth.jumps(mg.cbrt, (0.0,), 0)


@given(st.floats(-3, 3), st.sampled_from([math.sin, math.exp, math.atan, math.erf]))
def test_differences_know_their_own_error(x, f):
    found = derivative(f, x)
    exact = float(mpmath.diff(getattr(mpmath, f.__name__), x))
    assert abs(found.slope - exact) <= 4 * found.error + 1e-15
    assert found.error < 1e-8


def test_complex_step():
    import cmath

    assert complex_step(cmath.sin, 1.0) == pytest.approx(math.cos(1.0), rel=1e-15)
    assert math.isnan(complex_step(math.sin, 1.0))


# Rows and namespaces


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_of_the_table_passes(row):
    check_primitive(row, n=25)


def test_accuracy_reads():
    accuracy = check_primitive(mg.exp, n=30)
    assert str(accuracy).startswith("exp: 30 points; value 0.")
    assert accuracy.value.ulps < 1


def test_a_domain_without_points_is_refused():
    row = Primitive(
        "nowhere",
        partials=lambda xp, y, x: (1.0,),
        domain=Domain.where(lambda x: x > 1 and x < 0, "never"),
    )
    with pytest.raises(ValueError, match="no point was found in its domain"):
        check_primitive(row)


def test_numpy_runs_every_row(capsys):
    found = check_namespace(NUMPY, n=8)
    assert not any(found.missing.values())
    assert capsys.readouterr().out.startswith(f"NumPy: {len(TABLE)} of {len(TABLE)} rows run")


def test_a_namespace_tells_what_it_lacks(capsys):
    lean = Namespace("lean", {name: FLOAT.atoms[name] for name in ("exp", "where", "log1p")})
    found = check_namespace(lean, n=5)
    assert found.missing["sin"] == ("cos", "sin")
    assert found.missing["softplus"] == ()  # its formula and slope need no more
    assert found.missing["gelu"] == ("erfc", "sqrt") or "erfc" in found.missing["gelu"]
    assert "row" in capsys.readouterr().out


def test_a_namespace_that_computes_wrong_is_told(capsys):
    odd = Namespace("odd", {**IEEE.atoms, "sin": math.cos})
    with pytest.raises(GradientError, match="odd: wrong at sin"):
        check_namespace(odd, n=5)
    assert "sin" in capsys.readouterr().out


def test_text_is_no_number(capsys):
    assert not any(check_namespace(TEXT, n=3).missing.values())
    assert capsys.readouterr().out


@given(expressions(smooth=True) | graphs(smooth=True, max_nodes=40), st.data())
def test_random_smooth_functions_raise_no_alarm(f, data):
    check_gradients(f, *data.draw(points_for(f)), order=data.draw(st.sampled_from([1, 1, 1, 2])))


@given(expressions(max_nodes=8), st.data())
def test_random_functions_raise_none_either(f, data):
    """Kinks included, a little aside."""
    check_gradients(f, *data.draw(points_for(f, margin=1e-3)))

"""grad and its kin: against mpmath, finite differences and each other, nested, and in SciPy."""

import math
import pickle
import re
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import least_squares, minimize, root

import micrograph as mg
from micrograph import (
    Graph,
    Value,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    value_and_jacobian,
    vjp,
)
from micrograph import math as mg_math

SMOOTH = {
    "polynomial": (lambda m, x: x**5 - 3 * x**2 + 2 / x, (0.7, 2.0)),
    "waves": (lambda m, x: m.sin(x * x) * m.cos(3 * x) + m.tan(x / 3), (-1.3, 0.4)),
    "growth": (lambda m, x: m.exp(-x * x) * m.log(1 + x * x) + m.sqrt(x + 3), (-0.5, 1.1)),
    "logistic": (lambda m, x: 1 / (1 + m.exp(-x)) * m.tanh(x) - m.sinh(x / 2), (0.3, -2.0)),
    "inverse": (lambda m, x: m.atan(x) * m.asinh(x) + m.asin(x / 5) ** 2, (0.9, -1.7)),
    "normal": (lambda m, x: m.erf(x) + m.erfc(x / 2) * x, (0.2, 1.9)),
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("order", range(1, 7))
def test_derivatives_to_order_six(name, order):
    f, points = SMOOTH[name]
    derivative = lambda x: f(mg, x)
    for _ in range(order):
        derivative = grad(derivative)
    for x in points:
        with mpmath.workdps(60):
            truth = mpmath.diff(lambda t: f(mpmath, t), x, order)
        # six nested rules lose a few digits where terms cancel
        assert derivative(x) == pytest.approx(float(truth), rel=1e-10, abs=1e-10)


def test_perturbations_do_not_mix():
    """The examples of Siskind & Pearlmutter."""
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,))[1] == 1.0
    assert grad(lambda x: grad(lambda y: y**3 * x)(x))(2.0) == 3 * 3 * 2.0**2
    assert grad(lambda x: jvp(lambda y: y * y * x, (x,), (1.0,))[1])(3.0) == 4 * 3.0


def test_strong_zero_is_recorded():
    square = lambda a: (3 * a) ** 2
    assert grad(grad(square))(0.0) == 18.0
    assert hessian(square)(0.0) == 18.0
    kept = lambda x: mg.where(x > 0, mg.sqrt(x), 0.0)
    assert grad(kept)(0.0) == 0.0
    assert grad(grad(kept))(0.0) == 0.0
    assert grad(mg.sqrt)(0.0) == math.inf
    assert grad(grad(mg.sqrt))(0.0) == -math.inf


def test_a_power_of_zero_is_constant_both_ways():
    """The slope of x**0 is 0, not 0·x**−1, whose tangent at 0 is 0·∞."""
    for derivative in (grad(grad(lambda x: x**0.0)), lambda x: hvp(lambda x: x**0.0)(x, 1.0)):
        assert derivative(0.0) == 0.0


@pytest.mark.parametrize("x", [3.0, Value(3.0)])
@pytest.mark.parametrize("u", [0.0, 1.0])
def test_a_derivative_is_linear_in_its_seed_at_zero_too(x, u):
    """The product with a seed that is a Value is recorded, whatever number that holds."""
    pull = vjp(lambda x: x * x, x)[1]
    push = lambda u: jvp(lambda x: x * x, (x,), (u,))[1]
    for along in (lambda u: pull(u)[0], push):
        assert grad(along)(u) == 6.0
        assert Graph.of(along(Value(u, "u")))(u=5.0) == 30.0


@pytest.mark.parametrize(
    ("f", "x", "H"),
    [
        (lambda v: mg.logaddexp(*v), [1, 1], [[0.25, -0.25], [-0.25, 0.25]]),
        (mg.logsumexp, [0, 0, 0], (3 * np.eye(3) - 1) / 9),  # diag(p) - p·pᵀ, p = ⅓
        (lambda v: mg.hypot(v), [0, 0], np.zeros((2, 2))),
        (lambda v: mg.dist(v, [1, 1]), [1, 1], np.zeros((2, 2))),
        (lambda v: mg.atan2(*v), [0, 0], np.zeros((2, 2))),
        (lambda v: v[0] ** v[1], [0, 2], [[2, 0], [0, 0]]),
        (lambda v: v[0] ** v[1], [0, 3], np.zeros((2, 2))),
        (lambda v: 0.0 ** v[0], [0.5], [[0]]),
        (lambda v: (-2.0) ** v[0], [3.0], [[np.nan]]),
        (lambda v: mg.xlogy(v[0], 0.0), [0], [[0]]),  # the sweep itself does not raise
    ],
)
def test_second_derivatives_at_ties_and_corners(f, x, H):
    found = hessian(f)(np.array(x, float))
    assert found == pytest.approx(np.array(H, float), rel=1e-15, nan_ok=True)
    along = np.arange(1.0, len(x) + 1)
    expected = np.array(H) @ along
    assert hvp(f)(np.array(x, float), along) == pytest.approx(expected, rel=1e-14, nan_ok=True)


@pytest.mark.parametrize("x", [-50.0, -30.001, -30.0, -29.0, -12.0, 0.0, 8.0, 37.0])
def test_higher_derivatives_of_log_norm_cdf_live_in_the_tails(x):
    f = mg.log_norm_cdf
    for order in (1, 2, 3):
        f = grad(f)
        with mpmath.workdps(600):  # Φ(−50) is 1e−545, and differences lose as much again
            exact = mpmath.diff(lambda t: mpmath.log(mpmath.ncdf(t)), mpmath.mpf(x), order)
        # x + φ/Φ cancels: at −30 three digits an order, of the fifteen, for each derivative of it
        assert f(x) == pytest.approx(float(exact), rel={1: 1e-15, 2: 1e-12, 3: 1e-6}[order])


@pytest.mark.parametrize("x", [0.0, 0.5, 30.0, 300.0, -300.0, 800.0])
def test_higher_derivatives_of_tanh_live_in_the_tails(x):
    with mpmath.workdps(800):  # tanh(300) is 1 − 1e−260
        exact = [float(mpmath.diff(mpmath.tanh, x, n)) for n in (2, 3)]
    found = [grad(grad(mg.tanh))(x), grad(grad(grad(mg.tanh)))(x)]
    assert found == pytest.approx(exact, rel=1e-13, abs=1e-300)


def rosenbrock(x):
    return mg.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_shapes_are_jaxs():
    assert grad(lambda x: x * x)(3) == 6.0
    found = grad(lambda x: mg.sum(x * x))(np.array([[1, 2], [3, 4]]))
    assert found.dtype == np.float64
    assert found.tolist() == [[2, 4], [6, 8]]
    assert grad(lambda d: d["a"] * d["b"][0])({"a": 2.0, "b": (3.0, 4.0)}) == {
        "a": 3.0,
        "b": (2.0, 0.0),
    }
    assert grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0) == (3.0, 2.0)
    assert grad(lambda x, y: x * y, argnums="y")(2.0, y=3.0) == 2.0
    assert grad(lambda x, y: x * y, argnums="y")(2.0, 3.0) == 2.0
    assert grad(lambda x, y: x * y, argnums=-1)(2.0, 3.0) == 2.0
    assert value_and_grad(lambda x: 5.0)(1.0) == (5.0, 0.0)
    J = jacobian(lambda x: np.array([[x[0] * x[1], x[1]], [x[0], 3.0], [x[1], x[1]]]))(
        np.array([2.0, 5.0])
    )
    assert J.shape == (3, 2, 2)
    assert J[0].tolist() == [[5, 2], [0, 1]]
    assert J[1].tolist() == [[1, 0], [0, 0]]
    assert jacobian(lambda x: [x[0], {"p": x[1]}])((2.0, 5.0)) == [(1.0, 0.0), {"p": (0.0, 1.0)}]
    assert jacobian(lambda x, y: x * y, argnums=(0, 1))(np.array([1.0, 2.0]), 3.0)[1].tolist() == [
        1,
        2,
    ]
    value, J = value_and_jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    assert value.tolist() == [1, 4]
    assert J.tolist() == [[2, 0], [0, 4]]
    wide = jacobian(lambda x: mg.sum(x))(np.arange(5.0))
    tall = jacobian(lambda x: [x * i for i in range(5)])(2.0)
    assert (wide.tolist(), tall) == ([1.0] * 5, [0.0, 1.0, 2.0, 3.0, 4.0])


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=5), st.randoms())
def test_transforms_agree_with_each_other(x, random):
    x = np.array(x)
    v = np.array([random.uniform(-1, 1) for _ in x])
    H = hessian(rosenbrock)(x)
    scale = 1 + np.abs(H).max()
    assert H == pytest.approx(H.T, rel=0, abs=1e-12 * scale)
    assert hvp(rosenbrock)(x, v) == pytest.approx(H @ v, rel=0, abs=1e-12 * scale)
    g = grad(rosenbrock)(x)
    assert jvp(rosenbrock, (x,), (v,))[1] == pytest.approx(g @ v, abs=1e-10 * scale)
    value, pull = vjp(rosenbrock, x)
    # NumPy squares by multiplying, Value by pow: the last digit may differ
    assert value == pytest.approx(rosenbrock(x), rel=1e-14)
    assert pull(2.0)[0] == pytest.approx(2 * g)
    assert jacobian(grad(rosenbrock))(x).tolist() == H.tolist()


def test_a_value_in_gives_a_recorded_derivative():
    a = Value(2.0, "a")
    d = grad(lambda x: x**3)(a)
    assert d.data == 12.0
    d.backward()
    assert a.grad == 12.0


def test_grads_are_left_alone():
    w = Value(3.0, "w")
    w.grad = 7.0
    assert grad(lambda x: x * w)(2.0) == 3.0
    assert grad(lambda x: x * w * w)(2.0) == 9.0
    assert w.grad == 7.0


def test_nodes_that_f_keeps_have_no_grad():
    kept = []
    assert grad(lambda x: kept.append(x) or kept.append(x * x) or kept[-1] * x)(2.0) == 12.0
    assert [x.grad for x in kept] == [0.0, 0.0]
    kept[-1].backward()
    assert kept[0].grad == 4.0


@pytest.mark.parametrize(
    "three",
    [3.0, 3, np.float64(3), np.int8(3), np.float32(3), Fraction(3), np.array(3.0)],
    ids=repr,
)
def test_a_number_of_any_kind_is_differentiated_by(three):
    assert value_and_grad(lambda x, y: x * x * y, (0, np.int64(1)))(three, 2.0) == (
        18.0,
        (12.0, 9.0),
    )
    assert value_and_grad(lambda x: x * x)(three) == (9.0, 6.0)
    assert type(grad(lambda x: x * x)(three)) in (float, np.ndarray)


@pytest.mark.parametrize("two", [2, 2.0, np.float64(2), Fraction(2), True + True], ids=repr)
def test_a_function_may_return_a_constant(two):
    value, slope = value_and_grad(lambda x: two)(3.0)
    assert (type(value), value, slope) == (float, 2.0, 0.0)
    assert value_and_grad(lambda x, y: two, (1, 0))(3.0, 4.0) == (2.0, (0.0, 0.0))


def test_only_the_chosen_arguments_are_wrapped():
    seen = []

    def f(x, y, *, flag):
        seen.append((type(x), type(y), flag))
        return x * len(y)

    assert grad(f)(2.0, "abc", flag=None) == 3.0
    assert seen == [(Value, str, None)]
    assert grad(f).__name__ == "f"


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: grad(lambda x: [x, x])(1.0), TypeError, "f returned 2 outputs; expected 1. Use jacobian"),
        (lambda: grad(lambda x: None)(1.0), TypeError, r"f returned None \(NoneType\); expected numbers"),
        (lambda: grad(lambda x: x)("a"), TypeError, "the argument is 'a'"),
        (lambda: grad(lambda x: x)([1.0, None]), TypeError, "the argument is None"),
        (lambda: grad(lambda x: x, 3)(1.0), TypeError, "there is no argument 3; f got 1"),
        (lambda: grad(lambda x: x)(x=1.0), TypeError, "no argument 0; f got 0 by position; of one by name, write argnums='x'"),
        (lambda: grad(lambda x: x, "z")(1.0), TypeError, "no argument 'z' is given; f takes x"),
        (lambda: grad(lambda x: x, (0, 0))(1.0), TypeError, r"0 is an argument that \(0, 0\) has already"),
        (lambda: grad(lambda x: x, (0, "x"))(1.0), TypeError, "'x' is an argument that .* has already"),
        (lambda: grad(lambda x: x, 1.5)(1.0), TypeError, "expected a position or a parameter's name, or .* got 1.5"),
        (lambda: grad(lambda x: x, (None,))(1.0), TypeError, "expected a position .* got None"),
        (lambda: grad(lambda x: x, iter([0]))(1.0), TypeError, "expected a position .* got <list_iterator"),
        (lambda: jvp(lambda x: x, (1.0,), ([1.0],)), TypeError, "the tangents should have the shape"),
        (lambda: vjp(lambda x: x, 1.0)[1]([1.0]), TypeError, "the adjoints should have the shape"),
        (lambda: grad(mg.log)(-1.0), mg.DomainError, r"log\(x\) is undefined at x = -1.0"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence(call, error, text):
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize(
    "lose",
    [float, math.exp, np.float64, lambda x: np.array([x], dtype=float)[0],
     lambda x: np.zeros(1).__setitem__(0, x), lambda x: np.full(1, 0.0).fill(x), lambda x: complex(x)],
)  # fmt: skip
def test_no_silent_loss(lose):
    assert lose(Value(2.0)) == lose(2.0)
    with pytest.raises(
        TypeError, match=r"float\(v\) would drop its derivative: .*micrograph\.math"
    ):
        grad(lambda x: x * lose(x))(2.0)
    assert lose(Value(2.0)) == lose(2.0)  # outside again, also after an error


WHOLE = [int, round, math.floor, math.ceil, math.trunc, mg_math.floor, mg_math.ceil, mg_math.trunc]


@pytest.mark.parametrize("whole", WHOLE, ids=lambda f: f"{f.__module__}.{f.__name__}")
@pytest.mark.parametrize("x", [2.7, -2.7, 2.5, 1e300, -0.0])
def test_whole_numbers_of_a_value_are_pythons_in_transforms_too(whole, x):
    """They index and count, and their slope is 0: no derivative is lost."""
    assert (whole(Value(x)), type(whole(Value(x)))) == (whole(x), int)
    assert grad(lambda v: v * whole(v))(x) == whole(x)
    for infinite in (math.inf, -math.inf, math.nan):
        with pytest.raises((OverflowError, ValueError)) as of_floats:
            whole(infinite)
        with pytest.raises(of_floats.type, match=re.escape(str(of_floats.value))):
            whole(Value(infinite))


def test_a_table_is_looked_up_as_with_floats():
    table = [0.0, 1.0, 4.0, 9.0]

    def interpolated(x):
        i = int(x)
        return table[i] + (table[mg_math.ceil(x)] - table[i]) * (x - mg_math.floor(x))

    def steps(T, dt=0.5):
        y = T
        for _ in range(int(T / dt)):
            y = y * (1 + dt)
        return y

    assert mg.value_and_grad(interpolated)(1.5) == (2.5, 3.0)
    assert mg.value_and_grad(steps)(2.2) == pytest.approx((2.2 * 1.5**4, 1.5**4), rel=1e-15)


def test_what_else_a_function_returns_comes_along():
    """Where JAX puts it."""

    def f(x, y):
        return x * x * y, {"seen": [x * y, "text", None], "of": (x, 3)}

    aux = {"seen": [10.0, "text", None], "of": (2.0, 3)}
    assert grad(f, has_aux=True)(2.0, 5.0) == (20.0, aux)
    assert value_and_grad(f, (0, 1), has_aux=True)(2.0, 5.0) == ((20.0, aux), (20.0, 4.0))
    assert jacobian(f, has_aux=True)(2.0, 5.0) == (20.0, aux)
    assert value_and_jacobian(f, has_aux=True)(2.0, 5.0) == ((20.0, aux), 20.0)
    assert hessian(f, has_aux=True)(2.0, 5.0) == (10.0, aux)
    assert jvp(f, (2.0, 5.0), (1.0, 0.0), has_aux=True) == (20.0, 20.0, aux)
    value, pull, beside = vjp(f, 2.0, 5.0, has_aux=True)
    assert (value, pull(1.0), beside) == (20.0, (20.0, 4.0), aux)
    g, (array,) = grad(lambda x: (mg.sum(x * x), (2 * x,)), has_aux=True)(np.array([1.0, 2.0]))
    assert (g.tolist(), array.tolist(), array.dtype) == ([2.0, 4.0], [2.0, 4.0], float)
    nested = grad(lambda x: grad(lambda v: (v**3, v * v), has_aux=True)(x)[1])
    assert nested(2.0) == 4.0
    for wrong in (lambda x: x, lambda x: (x,), lambda x: [x, x]):
        with pytest.raises(TypeError, match=r"has_aux: f should return a pair \(value, aux\), got"):
            grad(wrong, has_aux=True)(1.0)


@pytest.mark.parametrize(
    "transform", [grad, value_and_grad, jacobian, value_and_jacobian, hessian, hvp]
)
def test_a_transform_of_what_pickles_is_pickled(transform):
    arguments = (np.array([1.3, 0.7]),) * (2 if transform is hvp else 1)
    made = transform(rosenbrock)
    twin = pickle.loads(pickle.dumps(made))
    assert repr(twin(*arguments)) == repr(made(*arguments))
    assert (made.__name__, made.__doc__) == (rosenbrock.__name__, rosenbrock.__doc__)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(transform(lambda x: x))


@pytest.mark.parametrize("wrong", [3.0, [1, 2], None, Value(1.0), "f"], ids=repr)
def test_what_is_no_function_is_refused_at_once(wrong):
    for transform in (grad, value_and_grad, jacobian, value_and_jacobian, hessian, hvp):
        with pytest.raises(TypeError, match=r"expects a function, got .*; write \w+\(f\)"):
            transform(wrong)
    for call in (lambda: jvp(wrong, (1.0,), (1.0,)), lambda: vjp(wrong, 1.0)):
        with pytest.raises(TypeError, match="expects a function, got"):
            call()


@pytest.mark.parametrize("wrong", [1.0, Value(1.0), np.ones(2), None, "x"], ids=repr)
def test_jvp_names_what_is_no_tuple_of_arguments(wrong):
    with pytest.raises(TypeError, match=r"tuple as primals, .*; write jvp\(f, \(x,\), \(v,\)\)"):
        jvp(lambda x: x * x, wrong, (1.0,))
    with pytest.raises(TypeError, match="jvp expects a tuple as tangents"):
        jvp(lambda x: x * x, (1.0,), wrong)


def test_a_derivative_is_a_method_where_its_function_is():
    class Model:
        k = 3.0

        def energy(self, x):
            return self.k * x * x

        force = grad(energy, argnums=1)

    assert Model().force(2.0) == 12.0


def test_arguments_of_rows_have_names():
    assert grad(mg.sin, "x")(0.0) == 1.0
    assert grad(mg.maximum, ("a", "b"))(1.0, 2.0) == (0.0, 1.0)
    with pytest.raises(TypeError, match="no argument 'z' is given; f takes a, b"):
        grad(mg.maximum, "z")(1.0, 2.0)


@pytest.mark.parametrize(
    "lossy",
    [scipy.stats.norm.cdf, scipy.special.gdtrc, np.spacing, np.fft.fft, np.linalg.eigvals],
)
def test_functions_compiled_for_floats_say_what_they_would_lose(lossy):
    f = lambda x: lossy(x) if lossy is not scipy.special.gdtrc else lossy(2.0, 1.0, x)
    for x in (1.0, np.eye(2) + 1):
        with pytest.raises(TypeError, match=r"takes floats, and|would drop its derivative"):
            jacobian(f)(x)


def test_it_works_with_scipy():
    x0 = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
    for method, more in [("BFGS", {}), ("Newton-CG", {"hessp": hvp(rosenbrock)}),
                         ("trust-exact", {"hess": hessian(rosenbrock)}), ("L-BFGS-B", {})]:  # fmt: skip
        found = minimize(value_and_grad(rosenbrock), x0, jac=True, method=method, **more)
        assert found.x == pytest.approx(np.ones(5), abs=1e-3)
    shifted = minimize(
        value_and_grad(lambda x, c: mg.sum((x - c) ** 2)), x0, args=(2.0,), jac=True,
        hessp=hvp(lambda x, c: mg.sum((x - c) ** 2)), method="trust-ncg",
    )  # fmt: skip
    assert shifted.x == pytest.approx(np.full(5, 2.0))
    t = np.linspace(0, 1, 20)

    def residuals(p):
        return p[0] * np.exp(p[1] * t) - 2 * np.exp(-1.5 * t)

    fit = least_squares(residuals, np.array([1.0, 0.0]), jac=jacobian(residuals))
    assert fit.x == pytest.approx([2.0, -1.5])
    solved = root(value_and_jacobian(lambda x: np.array([x[0] + x[1] - 3, x[0] * x[1] - 2])),
                  np.array([5.0, 0.0]), jac=True)  # fmt: skip
    assert sorted(solved.x) == pytest.approx([1.0, 2.0])


def test_a_long_loop_is_differentiated_without_recursion():
    def f(x):
        for _ in range(20_000):
            x = x * 0.9999 + 0.0001
        return x * x

    assert grad(grad(f))(1.0) == pytest.approx(2 * 0.9999**40_000)
    assert hvp(lambda v: f(v[0]))([1.0], [1.0])[0] == pytest.approx(2 * 0.9999**40_000)

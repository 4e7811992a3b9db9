"""mg.root and mg.fixed_point against mpmath: values and derivatives of any order."""

import copy
import gc
import pickle
import threading
import weakref

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Value

pytest.importorskip("scipy")


def kepler(e, M):
    return mg.root(lambda E, e, M: E - e * mg.sin(E) - M, M, e, M)


@given(st.floats(0.05, 0.8), st.floats(0.2, 3.0))
def test_keplers_equation_to_the_third_order(e, M):
    """Near e = 1 it is ill-conditioned: 1/(1 − e·cos E) is 5 at most here, its cube 125."""
    with mpmath.workdps(40):

        def exact(e, M):
            return mpmath.findroot(
                lambda E: E - e * mpmath.sin(E) - M, float(kepler(float(e), float(M)))
            )

        assert kepler(e, M) == pytest.approx(float(exact(e, M)), rel=1e-14)
        first, second = mg.grad(kepler, (0, 1))(e, M), mg.hessian(kepler, (0, 1))(e, M)
        for found, order in [
            (first[0], (1, 0)), (first[1], (0, 1)), (second[0][0], (2, 0)),
            (second[0][1], (1, 1)), (second[1][1], (0, 2)),
            (mg.grad(mg.grad(mg.grad(kepler)))(e, M), (3, 0)),
        ]:  # fmt: skip
            want = float(mpmath.diff(exact, (e, M), order))
            assert found == pytest.approx(want, rel=1e-11, abs=1e-11)


def test_several_unknowns_in_the_shape_of_the_start():
    def f(x, t):
        return [x[0] ** 2 + x[1] ** 2 - t, x[0] - x[1] * t]

    def exact(t, k):  # x₁ = √(t/(1 + t²)), x₀ = t·x₁
        return t ** (1 - k) * mpmath.sqrt(t / (1 + t * t))

    for start in ([1.0, 1.0], np.ones(2)):
        solve = lambda t, start=start: mg.root(f, start, t)
        assert type(solve(2.0)) is type(start)
        first, second = mg.jacobian(solve)(2.0), mg.jacobian(mg.jacobian(solve))(2.0)
        for k in (0, 1):
            assert solve(2.0)[k] == pytest.approx(float(exact(2.0, k)), rel=1e-15)
            for order, found in ((1, first), (2, second)):
                want = mpmath.diff(lambda t, k=k: exact(t, k), 2.0, order)
                assert found[k] == pytest.approx(float(want), rel=1e-13)
    by_name = mg.root(lambda x: {"a": x["a"] - 1, "b": x["b"] - x["a"] - t}, {"a": 0.0, "b": 0.0})
    assert by_name["b"].data == 3.0


t = Value(2.0, "t")


def test_captured_values_are_differentiated_by_and_uncaptured_floats_come_back():
    x = mg.root(lambda x: x * x - t, 1.0)
    x.backward()
    assert t.grad == pytest.approx(1 / (2 * 2**0.5), rel=1e-15)
    mg.zero_grad(t)
    assert type(mg.root(lambda x: x * x - 2.0, 1.0)) is float
    inner = mg.grad(lambda s: mg.root(lambda x: x**3 - mg.exp(s), 1.0))
    assert inner(0.3) == pytest.approx(float(mpmath.exp(0.1)) / 3, rel=1e-14)
    assert mg.jvp(lambda s: mg.root(lambda x: x * x - s, 1.0), (4.0,), (1.0,))[1] == 0.25


def test_an_implicit_layer_and_a_calibration():
    """x = tanh(w·x + b), and the volatility at which Black and Scholes give a price."""
    layer = lambda w, b: mg.fixed_point(lambda x, w, b: mg.tanh(w * x + b), 0.0, w, b)
    exact = lambda w, b: mpmath.findroot(lambda x: mpmath.tanh(w * x + b) - x, 0.8)
    assert layer(0.5, 1.0) == pytest.approx(float(exact(0.5, 1.0)), rel=1e-14)
    for which, order in enumerate([(1, 0), (0, 1)]):
        want = float(mpmath.diff(exact, (0.5, 1.0), order))
        assert mg.grad(layer, which)(0.5, 1.0) == pytest.approx(want, rel=1e-11)
    assert mg.grad(mg.grad(layer))(0.5, 1.0) == pytest.approx(
        float(mpmath.diff(exact, (0.5, 1.0), (2, 0))), rel=1e-9)  # fmt: skip

    def price(sigma, S):
        d = mg.log(S / 100) / sigma + sigma / 2
        return S * mg.norm_cdf(d) - 100 * mg.norm_cdf(d - sigma)

    implied = lambda c, S: mg.root(lambda s: price(s, S) - c, 0.3)
    vega = mg.grad(price)(0.2, 105.0)
    by_c, by_S = mg.grad(implied, (0, 1))(price(0.2, 105.0), 105.0)
    assert by_c == pytest.approx(1 / vega, rel=1e-12)
    assert by_S == pytest.approx(-mg.grad(price, 1)(0.2, 105.0) / vega, rel=1e-12)


INSIDE = {  # how f computes what it needs of t, and that as a formula
    "a row": (lambda t: mg.exp(t), mpmath.exp),
    "several": (lambda t: t * t * mg.sin(t) + 2, lambda t: t * t * mpmath.sin(t) + 2),
    "a sum": (lambda t: mg.sum([t, t * t, 1.0]), lambda t: t + t * t + 1),
    "a branch": (lambda t: mg.where(t > 0, t**1.5, -t), lambda t: t**1.5),
    "a slope": (lambda t: mg.grad(lambda u: u * u * t)(t), lambda t: 2 * t * t),
    "a root": (lambda t: mg.root(lambda y: y * y - t, 1.0), mpmath.sqrt),
}


@given(st.floats(0.5, 2.0), st.sampled_from([*INSIDE]), st.booleans())
def test_what_f_computes_of_its_parameters_has_derivatives_of_any_order(t, how, captured):
    """x³ = h(t), where f computes h(t) anew in each call."""
    ours, exact = INSIDE[how]
    if captured:
        solve = lambda t: mg.root(lambda x: x**3 - ours(t), 1.0)
    else:
        solve = lambda t: mg.root(lambda x, t: [x[0] ** 3 - ours(t)], [1.0], t)[0]
    iterate = lambda t: mg.fixed_point(lambda x: x - (x**3 - ours(t)) / 20, 1.0)
    with mpmath.workdps(40):
        for order in (1, 2, 3):
            want = float(mpmath.diff(lambda t: mpmath.cbrt(exact(t)), t, order))
            for f in (solve, iterate):
                for _ in range(order):
                    f = mg.grad(f)
                assert f(t) == pytest.approx(want, rel=1e-10, abs=1e-10)


def test_a_derivative_that_is_recorded_knows_what_f_computes_of_a_captured_value():
    p = Value(2.0, "p")
    slope = mg.grad(lambda s: mg.root(lambda x: x * x - p * p * s, 1.0))(3.0)
    assert slope.data == pytest.approx(1 / 3**0.5, rel=1e-15)
    slope.backward()
    assert p.grad == pytest.approx(0.5 / 3**0.5, rel=1e-15)
    # what f remembers of its first call is computed from the same leaf
    seen = []
    solve = lambda t: mg.root(lambda x: seen.append(t * t) or x**3 - seen[0], 1.0)
    assert mg.grad(mg.grad(solve))(8.0) == pytest.approx(-2 / 9 * 8 ** (-4 / 3), rel=1e-13)


def test_a_leaf_that_f_makes_is_a_constant():
    assert type(mg.root(lambda x: x * x - Value(2.0), 1.0)) is float


def test_equations_that_use_the_unknowns_alone_or_not_at_all():
    assert mg.root(lambda x: x - 1.0, 5.0) == 1.0
    with pytest.raises(ArithmeticError, match=r"no solution found from x0 = 1"):
        mg.root(lambda x: x * 0 + 1.0, 1.0)
    assert mg.root(lambda x: [], []) == []
    with pytest.raises(TypeError, match="f returned 2 numbers for 1 unknowns"):
        mg.root(lambda x: [x, x], 1.0)
    for f, start in (
        (lambda x: [x, x], 1.0),
        (lambda x: x[0], [1.0, 2.0]),
        (lambda x: [*x, 1.0], np.ones(2)),
    ):
        for search in (mg.root, mg.fixed_point):
            with pytest.raises(TypeError, match=rf"{search.__name__}: f returned . numbers for"):
                search(f, start)
    with pytest.raises(TypeError, match="expected a function"):
        mg.root(3.0, 1.0)


def test_without_a_root_or_a_slope_it_says_so():
    with pytest.raises(ArithmeticError, match="root: no solution found"):
        mg.root(lambda x: x * x + 1, 1.0)
    with pytest.raises(ArithmeticError, match="fixed_point: no solution found"):
        mg.fixed_point(lambda x: 2 * x + 1, 1.0)
    with pytest.raises(ArithmeticError, match=r"singular at the solution 0, so .* no derivative"):
        mg.root(lambda x, t: x**3 - t, 0.0, Value(0.0))
    with pytest.raises(mg.DomainError):
        mg.root(lambda x: mg.log(x) + 1, -1.0)


def test_traces_and_pickles_refuse_what_they_would_lose():
    with pytest.raises(
        TypeError, match=r"root, which is .* code, reads .* without a graph, as by mg\.grad"
    ):
        mg.trace(lambda t: mg.root(lambda x: x * x - t, 1.0), 2.0)
    x = mg.root(lambda x: x * x - t, 1.0)
    with pytest.raises(TypeError, match="can't be pickled"):
        pickle.dumps(x)
    again = copy.deepcopy(x)  # it has its numbers, and so a first derivative
    assert again.data == x.data
    twin = again.leaves()[0]
    again.backward()
    assert twin.grad == pytest.approx(1 / (2 * 2**0.5), rel=1e-15)
    with pytest.raises(TypeError, match="only the node that the call returned"):
        mg.grad(lambda t: mg.grad(lambda t: copy.copy(mg.root(lambda x: x * x - t, 1.0)))(t))(2.0)


def test_a_branch_reads_no_number_in_silence():
    with pytest.raises(TypeError, match="would drop its derivative"):
        mg.root(lambda x: x * float(x) - 2, 1.0)
    assert mg.root(lambda x: x - 1 if x > 0 else x + 1, 2.0) == 1.0


def test_solutions_are_freed_and_eight_threads_solve():
    x = mg.root(lambda x: x * x - t, 1.0)
    gone = weakref.ref(x)
    mg.grad(lambda s: mg.grad(lambda s: mg.root(lambda x: x * x - s, 1.0))(s))(2.0)
    del x
    gc.collect()
    assert gone() is None
    found = []

    def work(s):
        found.append((s, mg.grad(lambda s: mg.root(lambda x: x * x - s, 1.0))(s)))

    threads = [threading.Thread(target=work, args=(float(s),)) for s in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [
        (s, pytest.approx(0.5 / s**0.5, rel=1e-15)) for s in map(float, range(1, 9))
    ]


def test_checks_compare_with_differences_and_pictures_name_the_search():
    from micrograph.testing import GradientError, check_gradients

    solve = lambda a, b: mg.root(lambda x: x**3 + x * b - a, 1.0)
    assert not check_gradients(solve, 2.0, 0.5, order=2).certified
    wrong = mg.custom_vjp(lambda x: 2 * x)
    wrong.defvjp(lambda x: (2 * x, None), lambda saved, g: (2.01 * g,))
    with pytest.raises(GradientError, match="wrong gradient: ∂y/∂x"):
        check_gradients(lambda x: wrong(x) * mg.exp(x), 0.5)
    x = mg.root(lambda x: x * x - t, 1.0)
    assert "root(t)" in str(mg.explain(x))
    assert "root" in mg.draw(x).source
    with pytest.raises(TypeError, match="a graph can't hold root, which is Python code"):
        mg.Graph.of(x)(4.0)

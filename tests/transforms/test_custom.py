"""mg.custom_vjp: a user's own derivative, of numbers and of vectors."""

import copy
import gc
import math

import numpy as np
import pytest

import micrograph as mg
from micrograph import Value
from micrograph.engine.calls import open_calls


def polar(second=True):
    """(r, t) → (r·cos t, r·sin t), by the standard math module."""

    @mg.custom_vjp
    def cartesian(r, t):
        return [r * math.cos(t), r * math.sin(t)]

    def fwd(r, t):
        x, y = cartesian(r, t)
        return [x, y], (x, y, r) if second else (float(x), float(y), float(r))

    def bwd(saved, g):
        x, y, r = saved
        return (g[0] * x + g[1] * y) / r, g[1] * x - g[0] * y

    cartesian.defvjp(fwd, bwd)
    return cartesian


def test_first_and_higher_derivatives_are_those_of_the_rows():
    ours = polar()
    rows = lambda r, t: [r * mg.cos(t), r * mg.sin(t)]
    at = 2.0, 0.7
    np.testing.assert_allclose(
        mg.jacobian(ours, (0, 1))(*at), mg.jacobian(rows, (0, 1))(*at), rtol=1e-14
    )
    weigh = lambda f: lambda r, t: mg.dot(f(r, t), [3.0, r])
    for derive in (lambda f: mg.grad(f, (0, 1)), lambda f: mg.hessian(f, (0, 1))):
        np.testing.assert_allclose(
            derive(weigh(ours))(*at), derive(weigh(rows))(*at), rtol=1e-14, atol=1e-15
        )
    third = lambda f: mg.grad(mg.grad(mg.grad(weigh(f), 1), 1), 1)(*at)
    assert third(ours) == pytest.approx(third(rows), rel=1e-14)
    assert ours(*at) == [2 * math.cos(0.7), 2 * math.sin(0.7)]  # floats stay floats
    assert ours(t=0.7, r=2.0) == ours(*at)


def test_code_that_reads_numbers_has_a_first_derivative_and_refuses_the_second():
    f = polar(second=False)
    total = lambda r, t: mg.sum(f(r, t))
    assert mg.grad(total)(2.0, 0.0) == 1.0
    with pytest.raises(TypeError, match="would drop its derivative"):
        mg.grad(mg.grad(total))(2.0, 0.0)


def test_arrays_and_containers_keep_their_shapes():
    @mg.custom_vjp
    def layer(p, x):
        return {"y": p["W"] @ x, "n": float(np.sum(x))}

    def fwd(p, x):
        return layer(p, x), (p["W"], x)

    def bwd(saved, g):
        W, x = saved
        return {"W": np.outer(g["y"], x)}, W.T @ g["y"] + g["n"]

    layer.defvjp(fwd, bwd)
    W, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -1.0])
    found = layer({"W": mg.values(W)}, x)
    assert isinstance(found["y"], mg.ValueArray)
    f = lambda p, x: (lambda y: np.sum(y["y"] ** 2) * y["n"])(layer(p, x))
    g = lambda p, x: np.sum((p["W"] @ x) ** 2) * np.sum(x)
    for argnum in (0, 1):
        ours, rows = (mg.grad(h, argnum)({"W": W}, x) for h in (f, g))
        pick = (lambda d: d["W"]) if argnum == 0 else (lambda d: d)
        np.testing.assert_allclose(pick(ours), pick(rows), rtol=1e-14)


def test_arguments_that_are_no_numbers_reach_all_three():
    seen = []

    def f(kind, x):
        return x * 2

    f = mg.custom_vjp(f, nondiff_argnums=(0,))
    f.defvjp(lambda kind, x: (x * 2, None), lambda kind, saved, g: (seen.append(kind) or 2 * g,))
    assert mg.grad(lambda x: f("double", x))(3.0) == 2.0
    assert seen == ["double"]


def test_none_stands_for_no_slope():
    f = mg.custom_vjp(lambda x, y: x * y)
    f.defvjp(lambda x, y: (x * y, y), lambda y, g: (g * y, None))
    assert mg.grad(f, (0, 1))(3.0, 5.0) == (5.0, 0.0)


@pytest.mark.parametrize(
    ("fwd", "bwd", "words"),
    [
        (None, None, r"call f.defvjp\(fwd, bwd\)"),
        (lambda x: x * 2, lambda saved, g: (2 * g,), r"fwd should return the pair"),
        (lambda x: (x * 2, None), lambda saved, g: 2 * g, r"bwd should return a tuple of 1"),
        (lambda x: (x * 2, None), lambda saved, g: (g, g), r"bwd should return a tuple of 1"),
        (lambda x: (x * 2, None), lambda saved, g: ([g, g],), r"should have the shape"),
        (lambda x: (x * 2, None), lambda saved, g: ("g",), r"adjoints that bwd returns"),
        (lambda x: ("two", None), lambda saved, g: (g,), r"f returned 'two'"),
        (lambda x: (x * OUTER, None), lambda saved, g: (g,), r"fwd uses a Value that is none of"),
        (lambda x: (x * 2, None), lambda saved, g: (g * OUTER,), r"bwd uses a Value that is none"),
    ],
)
def test_a_rule_that_does_not_fit_is_named(fwd, bwd, words):
    def f(x):
        return x * 2

    f = mg.custom_vjp(f)
    if fwd:
        f.defvjp(fwd, bwd)
    with pytest.raises(TypeError, match=words):
        mg.grad(f)(3.0)


OUTER = Value(2.0, "outer")


def test_rules_get_the_arguments_that_were_left_at_their_defaults():
    f = mg.custom_vjp(lambda x, n=2: x**n)
    f.defvjp(lambda x, n: (x**n, (x, n)), lambda s, g: (s[1] * s[0] ** (s[1] - 1) * g, None))
    assert mg.grad(f)(3.0) == mg.grad(lambda x: f(x, 2))(3.0) == 6.0
    assert mg.grad(lambda x: f(x, n=3))(3.0) == 27.0


def test_what_is_no_position_and_no_rule_is_refused():
    f = mg.custom_vjp(lambda kind, x: 2 * x, nondiff_argnums=0)
    f.defvjp(lambda kind, x: (2 * x, None), lambda kind, saved, g: (2 * g,))
    assert mg.grad(f, 1)("double", 3.0) == 2.0
    for wrong in (-1, (-1,), ("kind",)):
        with pytest.raises(TypeError, match="nondiff_argnums are positions, counted from 0; got"):
            mg.custom_vjp(lambda kind, x: 2 * x, nondiff_argnums=wrong)
    with pytest.raises(TypeError, match="expected a function as bwd, got None"):
        f.defvjp(lambda kind, x: (2 * x, None), None)


def test_a_node_is_drawn_after_another_function_of_the_name_is_gone():
    """A notebook's cell that runs twice defines the function twice."""
    old, new = polar(), polar()
    x, _ = old(Value(2.0, "r"), 0.5)
    del new
    assert "cartesian(r, 0.5)" in mg.table(x).replace("·", "")
    with pytest.raises(TypeError, match="cartesian is Python code, which a graph's source can't"):
        _ = mg.Graph.of(x).source


def test_a_graph_can_not_hold_the_code():
    f = polar()
    with pytest.raises(TypeError, match="cartesian, which is computed by Python code, reads"):
        mg.trace(lambda r: f(r, 0.5)[0], 2.0)
    with pytest.raises(TypeError, match="expected a function"):
        mg.custom_vjp(3.0)


def counted(n_in=3):
    """A function of a vector with as many results, and a list that grows with each run of bwd."""
    runs = []

    @mg.custom_vjp
    def turned(x):
        return np.cos(x) * np.roll(x, 1)

    def fwd(x):
        return turned(x), x

    def bwd(x, g):
        runs.append(1)
        return (-mg.sin(x) * np.roll(x, 1) * g + np.roll(mg.cos(x) * g, -1),)

    turned.defvjp(fwd, bwd)
    return turned, runs


def by_rows(x):
    return mg.cos(x) * np.roll(x, 1)


AT, WAY = np.array([0.3, -1.2, 2.5]), np.array([1.0, -2.0, 0.5])
VECTORS = {
    "all": lambda y, x: np.sum(y * [1.0, 2.0, 3.0]),
    "one": lambda y, x: y[1] * 2,
    "two, by turns": lambda y, x: (lambda u: u * y[0] + x[0])(mg.exp(y[2])),
    "twice": lambda y, x: y[0] * y[0] + y[0],
    "beside rows": lambda y, x: y[0] * x[0] + mg.sum(x),
    "0 times": lambda y, x: 0 * y[0] + x[1],
    "in a branch": lambda y, x: mg.where(x[0] > 0, y[1], y[2]),
}


@pytest.mark.parametrize("use", VECTORS.values(), ids=VECTORS)
def test_a_reverse_sweep_runs_the_pullback_once(use):
    f, runs = counted()
    whole = lambda f: lambda x: use(f(x), x)
    ours, rows = mg.value_and_grad(whole(f))(AT), mg.value_and_grad(whole(by_rows))(AT)
    assert len(runs) <= 1
    assert ours[0] == pytest.approx(rows[0], rel=1e-15)
    np.testing.assert_allclose(ours[1], rows[1], rtol=1e-14)
    x, twin = mg.values(AT), mg.values(AT)
    whole(f)(x).backward(2.0)
    whole(by_rows)(twin).backward(2.0)
    assert len(runs) <= 2
    np.testing.assert_allclose([e.grad for e in x], [e.grad for e in twin], rtol=1e-14)


@pytest.mark.parametrize("use", VECTORS.values(), ids=VECTORS)
@pytest.mark.parametrize(
    "derive",
    [
        mg.jacobian,
        mg.hessian,
        lambda f: lambda x: mg.jvp(f, (x,), (WAY,)),
        lambda f: lambda x: mg.vjp(f, x)[1](3.0),
        lambda f: lambda x: mg.hvp(f)(x, WAY),
    ],
    ids=["jacobian", "hessian", "jvp", "vjp", "hvp"],
)
def test_every_transform_of_a_vector_function_agrees_with_the_rows(use, derive):
    f, _ = counted()
    ours, rows = (derive(lambda x, f=f: use(f(x), x))(AT) for f in (f, by_rows))
    for got, true in zip(np.ravel(ours), np.ravel(rows), strict=True):
        np.testing.assert_allclose(
            np.array(got, float), np.array(true, float), rtol=1e-13, atol=1e-15
        )


def test_partials_are_found_when_they_are_asked_for():
    f, runs = counted()
    x = mg.values(AT)
    y = f(x)
    assert not runs
    assert y[0].partials == pytest.approx(mg.jacobian(by_rows)(AT)[0], abs=1e-15)
    assert len(runs) == 3
    y[1].backward()  # along the edges
    assert len(runs) == 3
    np.testing.assert_allclose([e.grad for e in x], mg.jacobian(by_rows)(AT)[1], rtol=1e-14)
    twin = copy.deepcopy(f(mg.values(AT))[2])
    assert twin.partials == pytest.approx(y[2].partials, rel=1e-15)


def test_a_pullback_that_fails_leaves_all_as_it_was_and_may_be_run_again():
    f, runs = counted()
    x = mg.values(AT)
    x[0].grad = 7.0
    y = f(x)
    J = mg.sum(y)
    rules, fails = f._rules, []

    def bwd(saved, g):
        if not fails:
            fails.append(1)
            raise KeyboardInterrupt
        return rules[1](saved, g)

    f.defvjp(rules[0], bwd)
    with pytest.raises(KeyboardInterrupt):
        J.backward()
    assert [e.grad for e in x] == [7.0, 0.0, 0.0]
    J.backward()
    slopes = mg.grad(lambda x: mg.sum(by_rows(x)))(AT)
    np.testing.assert_allclose([e.grad for e in x], slopes + np.array([7.0, 0.0, 0.0]), rtol=1e-14)


def test_an_open_call_is_forgotten_with_its_results():
    gc.collect()
    before = set(open_calls)  # other tests may hold results still
    opened = lambda: len(open_calls.keys() - before)
    f, _ = counted()
    y = f(mg.values(AT))
    assert opened() == 1
    last = y[2]
    del y
    gc.collect()
    assert opened() == 1
    last.backward()
    del last
    gc.collect()
    assert opened() == 0


def test_calls_of_calls_each_run_their_pullback_once():
    f, runs = counted()
    g, more = counted()
    chain = lambda f, g: lambda x: np.sum(g(f(x)) * f(x))
    ours, rows = mg.grad(chain(f, g))(AT), mg.grad(chain(by_rows, by_rows))(AT)
    np.testing.assert_allclose(ours, rows, rtol=1e-13)
    assert (len(runs), len(more)) == (2, 1)


def test_a_result_that_is_nan_has_the_slopes_of_the_rule():
    """A NaN is not equal to itself, so the call of a result is found by its identity."""
    f = mg.custom_vjp(lambda x: [math.nan, x * x])
    f.defvjp(lambda x: (f(x), x), lambda x, g: (2 * x * g[0] + 2 * x * g[1],))
    total = lambda x: f(x)[0] + f(x)[1]
    assert mg.grad(total)(3.0) == 12.0
    assert mg.grad(mg.grad(total))(3.0) == 4.0
    assert mg.jvp(total, (3.0,), (1.0,))[1] == 12.0
    y = f(mg.Value(3.0))
    assert (y[0].partials, y[1].partials) == ((6.0,), (6.0,))

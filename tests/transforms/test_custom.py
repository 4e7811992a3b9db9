"""mg.custom_vjp: a user's own derivative, of numbers and of vectors."""

import math

import numpy as np
import pytest

import micrograph as mg
from micrograph import Value


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
        (lambda x: (x * OUTER, None), lambda saved, g: (g,), r"uses a Value that is none of its"),
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


def test_a_graph_can_not_hold_the_code():
    f = polar()
    with pytest.raises(TypeError, match="cartesian, which is computed by Python code, reads"):
        mg.trace(lambda r: f(r, 0.5)[0], 2.0)
    with pytest.raises(TypeError, match="expected a function"):
        mg.custom_vjp(3.0)

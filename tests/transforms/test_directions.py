"""Forward and reverse mode: they agree, but where 0·∞ was taken for 0; and that is found."""

import sys
from math import inf, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Value
from micrograph.core import TABLE
from micrograph.testing import graphs

EPSILON = sys.float_info.epsilon


def paths(y, x):
    """The sum over all paths from y to each x of the product of |partials|; and the longest."""
    order = y.walk()
    total, length = dict.fromkeys(order, 0.0), dict.fromkeys(order, 0)
    total[y] = 1.0
    for node in reversed(order):
        for parent, partial in zip(node.parents, node.partials, strict=True):
            total[parent] += total[node] * abs(partial)
            length[parent] = max(length[parent], length[node] + 1)
    return [total.get(e, 0.0) for e in x], max(length.values()) + len(order)


@given(graphs(max_nodes=60))
def test_forward_and_reverse_agree(graph):
    point = [node.data for node in graph.inputs]
    f = lambda x: (lambda ys: list(ys) if isinstance(ys, tuple) else [ys])(graph(*x))
    x = list(map(Value, point))
    ys = f(x)
    units = [[float(i == j) for i in range(len(x))] for j in range(len(x))]
    forward = list(zip(*(mg.jvp(f, (point,), (unit,))[1] for unit in units), strict=True))
    _, pull = mg.vjp(f, point)
    for i, y in enumerate(ys):
        (reverse,) = pull([float(i == j) for j in range(len(ys))])
        if not isinstance(y, Value) or mg.strong_zeros(y):
            continue
        sums, length = paths(y, x)
        for a, b, total in zip(forward[i], reverse, sums, strict=True):
            # each path's product and each sum is rounded once an edge, in another order
            assert isfinite(total)
            assert abs(a - b) <= 2 * length * EPSILON * total


@pytest.mark.parametrize(
    ("f", "x", "node"),
    [
        (lambda x: (lambda root: root * root)(x.sqrt()), 0.0, "sqrt"),
        (lambda x: 1 / (1 / x), 1e-300, "div"),
        (lambda x: x.cbrt() ** 3, 0.0, "cbrt"),
        (lambda x: (1 - x).acos() * 0, 0.0, "acos"),
        (lambda x: TABLE["azmul"](0.0, 1 / x), 1e-320, "div"),
    ],
)
def test_a_lost_slope_is_found(f, x, node):
    """Each of these has a slope other than 0, or 0·∞ by the chain rule."""
    assert mg.grad(f)(x) == 0.0
    y = f(Value(x))
    assert node in {found.op.name for found in mg.strong_zeros(y)}
    assert mg.strong_zeros(f(Value(0.25))) == []


def test_a_lost_second_derivative_is_found():
    """hypot(v)² is |v|², whose Hessian is 2 on the diagonal."""
    f = lambda v: mg.hypot(v) ** 2
    v = [Value(0.0), Value(0.0)]
    H = mg.hessian(f)(v)
    assert [[x.data for x in row] for row in H] == [[0.0, 0.0], [0.0, 0.0]]
    assert mg.strong_zeros(f(v)) == []  # the value and its gradient are right
    assert all(mg.strong_zeros(g) for g in mg.grad(f)(v))
    assert all(mg.strong_zeros(x) for row in H for x in row)
    away = [Value(0.3), Value(0.4)]
    assert not any(mg.strong_zeros(x) for row in mg.hessian(f)(away) for x in row)


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_what_is_not_taken_is_not_listed(x, y):
    a, b = Value(x), Value(y)
    z = mg.where(a > 0, lambda: mg.sqrt(a), 0.0) * b + mg.maximum(a, b)
    assert mg.strong_zeros(z) == []


def test_it_reads_a_current_graph_and_touches_no_grad():
    x = Value(0.0, "x")
    y = mg.sqrt(x) ** 2
    x.grad = 5.0
    assert [node.op.name for node in mg.strong_zeros(y)] == ["sqrt"]
    assert (x.grad, y.grad) == (5.0, 0.0)
    x.data = 1.0
    with pytest.raises(RuntimeError, match="changed after"):
        mg.strong_zeros(y)
    assert mg.strong_zeros(Value(inf)) == []

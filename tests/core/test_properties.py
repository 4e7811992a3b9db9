"""Laws of differentiation on random formulas and graphs, in every namespace and thread."""

import math
import threading

import mpmath
import numpy as np
import pandas as pd
import pytest
from flint import ctx
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from micrograph import Graph, Value, grad, hessian, jvp, vjp
from micrograph.core import KINDS, TABLE, namespace_of
from micrograph.engine.reading import edges
from micrograph.engine.sweep import reverse
from micrograph.graph.pattern import Pattern
from micrograph.graph.symbols import Symbol
from micrograph.namespaces import mpmath as _mpmath  # noqa: F401  # registers its numbers
from micrograph.namespaces.array import LIBRARIES
from micrograph.namespaces.ball import BALL
from micrograph.namespaces.floats import FLOAT, IEEE, Ieee
from micrograph.namespaces.latex import LATEX, Latex
from micrograph.namespaces.series import ball
from micrograph.namespaces.standalone import Number
from micrograph.namespaces.text import TEXT, Text
from micrograph.testing import arguments, expressions, graphs, points_for
from micrograph.testing.strategies.soundness import interior

MPMATH, NUMPY, VALUE = KINDS[mpmath.mpf], KINDS[np.ndarray], KINDS[Value]
PANDAS = namespace_of(pd.Series([1.0]))
UNIT = 2.0**-53
ROW = 16
"""The largest error of a row's value, in units in the last place, at ordinary numbers."""

every_row = pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)


def listed(y):
    return y if isinstance(y, tuple) else (y,)


def recorded(graph, point=None):
    """The graph on Values: its outputs, and its inputs."""
    inputs = [Value(x) for x in point or (node.data for node in graph.inputs)]
    return listed(graph(*inputs)), inputs


def uncertainties(graph):
    """What roundings of one row after the other can add up to, at each node, to first order."""
    found = []
    for node in graph.nodes:
        error = 0.0
        if node.op:
            operands = [graph.nodes[i].data if type(i) is int else i for i in node.args]
            slopes = FLOAT.partials(node.op, node.data, operands)
            # near a root of log Γ and its kin their terms cancel
            size = max(abs(node.data), 10.0 if "gamma" in node.op.name else 0.0)
            error = ROW * UNIT * size + sum(
                abs(d) * found[i] for d, i in zip(slopes, node.args, strict=True) if type(i) is int
            )
        found.append(error)
    return found


def sum_over_paths(y):
    """For each node below y, the sum over all paths of the products of |partials|."""
    return reverse(
        y.walk(), {y: 1.0}, lambda node: [(x, abs(d)) for x, d in edges(node)], lambda a, b: a * b
    )


def slope(f, x):
    """f'(x), and what it may be off by: the same products, in another order."""
    leaf = Value(x)
    y = f(leaf)
    bound = sum_over_paths(y).get(leaf, 0.0) if isinstance(y, Value) else 0.0
    return grad(f)(x), len(y.walk()) * 4 * UNIT * bound + 1e-300  # where a product underflows


# Every kind of number computes the same


@given(graphs())
def test_eager_is_the_graph(graph):
    outputs, inputs = recorded(graph)
    exact = [y.data for y in outputs]
    assert list(listed(graph(*(x.data for x in inputs)))) == exact
    work = graph.evaluate(FLOAT, [x.data for x in inputs])
    assert work == [node.data for node in graph.nodes]
    assert [float(x) for x in graph.evaluate(IEEE, [Ieee(x.data) for x in inputs])] == work


@given(graphs(smooth=True, max_nodes=60))
def test_the_graph_is_mpmaths(graph):
    with mpmath.workdps(40):
        exact = graph.evaluate(MPMATH, [mpmath.mpf(node.data) for node in graph.inputs])
        for node, y, error in zip(graph.nodes, exact, uncertainties(graph), strict=True):
            assert abs(node.data - y) <= 2 * error  # 2: the slopes themselves are rounded


WRITTEN = {TEXT: Text, LATEX: Latex}
NUMBERS = {
    FLOAT: float,
    IEEE: Ieee,
    NUMPY: lambda x: np.array([x, x]),
    PANDAS: lambda x: pd.Series([x, x]),
    MPMATH: mpmath.mpf,
    BALL: ball,
    VALUE: Value,
}


@every_row
@settings(max_examples=5)
@given(data=st.data())
def test_every_row_runs_in_every_namespace(row, data):
    drawn = row.flat(data.draw(arguments(row, -20, 20, min_magnitude=1e-3)))
    xs = tuple(x + 0.0 for x in drawn)  # mpmath has no −0, at which atan2 jumps
    expected = FLOAT.value(row, xs)
    slopes = FLOAT.partials(row, expected, xs)
    plain = [name in row.static and not (row.operator or row.choice) for name in row.arguments]
    poles = (
        not all(map(math.isfinite, slopes)) or not interior(row, xs) or 0 in xs
    )  # test_rows has them
    with mpmath.workdps(40), ctx.workprec(140):  # definitions may cancel
        # in test_gradient, test_simplify, test_c, test_array
        elsewhere = {KINDS[Symbol], KINDS[Pattern], KINDS[Number], *LIBRARIES.values()} - {NUMPY}
        for xp in set(KINDS.values()) - elsewhere:
            if xp in WRITTEN:
                written = str(xp.value(row, [WRITTEN[xp](f"x{i}") for i in range(len(xs))]))
                assert all(f"x{i}" in written for i in range(len(xs)))
                continue
            operands = [
                x if not row.vectors and plain[i] else NUMBERS[xp](x) for i, x in enumerate(xs)
            ]
            y = xp.value(row, operands)
            assert at(y) == pytest.approx(expected, rel=1e-12, abs=1e-13)
            if not poles:
                found = xp.partials(row, y, operands)
                assert [at(d) for d in found] == pytest.approx(
                    slopes, rel=1e-10, abs=1e-12, nan_ok=True
                )


def at(y):
    return float(np.ravel(y.data if isinstance(y, Value) else y)[0])


# Laws of differentiation


@given(graphs(smooth=True, max_nodes=60), st.data())
def test_reverse_is_forward(graph, data):
    """w·(J v) by a forward sweep is (w J)·v by a reverse one."""
    outputs, inputs = recorded(graph)
    point = tuple(x.data for x in inputs)
    v = tuple(float(data.draw(st.integers(-3, 3))) for _ in inputs)
    w = tuple(float(data.draw(st.integers(-3, 3))) for _ in outputs)
    f = lambda *xs: listed(graph(*xs))
    forward = sum(a * b for a, b in zip(w, jvp(f, point, v)[1], strict=True))
    back = vjp(f, *point)[1](w)
    bound = sum(
        3 * 3 * sum(sum_over_paths(y).get(x, 0.0) for x in inputs) * 4 * UNIT * len(y.walk())
        for y in outputs
    )
    assert abs(forward - sum(a * b for a, b in zip(back, v, strict=True))) <= bound + 1e-300


ENTIRE = ["add", "sub", "mul", "sin", "cos", "tanh", "atan", "sigmoid", "erf", "asinh", "softplus"]
functions = expressions(primitives=ENTIRE, inputs=1, max_nodes=8, smooth=True)
places = st.integers(-300, 300).map(lambda n: n / 100)


@given(functions, functions, places)
def test_product_rule(f, g, x):
    found, off = slope(lambda x: f(x) * g(x), x)
    (df, off_f), (dg, off_g) = slope(f, x), slope(g, x)
    assert abs(found - (df * g(x) + f(x) * dg)) <= off + off_f * abs(g(x)) + off_g * abs(f(x))


@given(functions, functions, places)
def test_quotient_rule(f, g, x):
    assume(abs(g(x)) > 1e-3)
    found, off = slope(lambda x: f(x) / g(x), x)
    (df, off_f), (dg, off_g) = slope(f, x), slope(g, x)
    assert (
        abs(found - (df * g(x) - f(x) * dg) / g(x) ** 2)
        <= 2 * off + (off_f * abs(g(x)) + off_g * abs(f(x))) / g(x) ** 2
    )


@given(functions, functions, places)
def test_chain_rule(f, g, x):
    found, off = slope(lambda x: f(g(x)), x)
    (df, off_f), (dg, off_g) = slope(f, g(x)), slope(g, x)
    assert abs(found - df * dg) <= off + off_f * abs(dg) + off_g * abs(df) + off_f * off_g


INVERSES = [("exp", "log"), ("sinh", "asinh"), ("tan", "atan"), ("tanh", "atanh"), ("sin", "asin"),
            ("square", "sqrt"), ("expm1", "log1p"), ("exp2", "log2"), ("neg", "neg"),
            ("reciprocal", "reciprocal"), ("degrees", "radians")]  # fmt: skip


@given(st.lists(st.sampled_from(INVERSES), min_size=1, max_size=4), st.floats(0.1, 1.2))
def test_inverse_function_rule(pairs, x):
    y, dy = x, 1.0
    for name, inverse in pairs:
        assume(y in TABLE[name].domain.intervals[0] and 1e-3 < abs(y) < 5)
        d, z = grad(TABLE[name])(y), TABLE[name](y)
        assume(0.1 < abs(d) < 100 and z in TABLE[inverse].domain.intervals[0])
        assume(abs(TABLE[inverse](z) - y) < 1e-12)  # on the same branch, and well conditioned
        y, dy = z, dy * d

    def back(y):
        for _, name in reversed(pairs):
            y = TABLE[name](y)
        return y

    # an error of 1e-15 grows tenfold a step, and the slopes, all above 0.1, change by as much
    assert grad(back)(y) * dy == pytest.approx(1.0, rel=1e-9)


ONE_BRANCH = [
    name for name, row in TABLE.items()
    if "pow" not in name and (row.public or not row.static)
]  # fmt: skip
"""A power's rule chooses by rounding: on 60 digits the graph of its slope misses the other arm. The
slopes of the incomplete functions have derivatives up to some order alone."""


@given(expressions(primitives=ONE_BRANCH, smooth=True, max_nodes=8))
def test_hessian_is_symmetric(e):
    """On 60 digits, where nothing cancels, but for the constants of rules, π and log 2 as floats."""
    n = len(e.inputs)
    leaves = [Value(node.data, f"x{i}") for i, node in enumerate(e.inputs)]
    H = hessian(lambda xs: e(*xs))(leaves)
    flat = [y if isinstance(y, Value) else Value(y) for row in H for y in row]
    graph = Graph.of(*leaves, *flat)
    with mpmath.workdps(60):
        work = graph.evaluate(MPMATH, [mpmath.mpf(node.data) for node in graph.inputs])
        exact = graph.outputs_of(work)[n:]
        size = 1 + max(map(abs, work))
        for i in range(n):
            for j in range(i):
                assert abs(exact[i * n + j] - exact[j * n + i]) <= 1e-13 * size**2


@given(st.data())
def test_gradients_at_other_points_are_mpmaths_differences(data):
    """Where a formula was not recorded: mpmath's numerical derivative of the whole of it."""
    e = data.draw(expressions(smooth=True, max_nodes=8))
    point = data.draw(points_for(e))
    found = grad(e, argnums=range(len(point)))(*point)
    with mpmath.workdps(40):
        exact = [mpmath.mpf(x) for x in point]
        for i, d in enumerate(found):
            along = lambda t, i=i: e(*exact[:i], t, *exact[i + 1 :])
            truth = mpmath.diff(along, exact[i])
            (y,), leaves = recorded(e, point)
            bound = sum_over_paths(y).get(leaves[i], 0.0)
            # 1e-6: points_for lets roundings grow a million times, here they meet the slopes;
            # 1e-25: a slope so much smaller than y is lost in its 40 digits
            assert abs(d - truth) <= 1e-6 * bound + 1e-25 * (1 + abs(y.data))


# Threads


@settings(max_examples=10)
@given(st.lists(graphs(max_nodes=60), min_size=8, max_size=8))
def test_independent_graphs_in_eight_threads(drawn):
    def gradients(graph):
        outputs, inputs = recorded(graph)
        for y in outputs:
            y.backward()
        point = [x.data for x in inputs]
        nested = grad(lambda *xs: listed(graph(*xs))[0], argnums=range(len(point)))(*point)
        return [y.data for y in outputs], [x.grad for x in inputs], nested

    expected = [gradients(graph) for graph in drawn]
    found = [None] * 8
    start = threading.Barrier(8)

    def work(i):
        start.wait()
        for _ in range(3):
            found[i] = gradients(drawn[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert repr(found) == repr(expected)  # repr: NaN is NaN, and -0.0 is not 0.0

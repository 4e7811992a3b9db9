"""``conditioning``: condition numbers as the textbooks have them, and a bound that holds."""

import math
import random

import mpmath
import numpy as np
import pytest
from accuracy import promise
from drawn import record
from hypothesis import given
from hypothesis import strategies as st
from rows import fixed

import micrograph as mg
from micrograph import Graph, Value
from micrograph.core import TABLE
from micrograph.explanation.conditioning import ABSOLUTE, conditioning, error_bound, roundoffs
from micrograph.explanation.swept import swept
from micrograph.namespaces.mpmath import MPMATH


def by_name(J):
    graph = swept(J)
    return dict(zip(graph.names, conditioning(graph), strict=True))


def true_error(J):
    """The relative error of J's number, by mpmath at 400 digits from the same leaves."""
    graph = Graph.of(J)
    with mpmath.workdps(400):
        given = [mpmath.mpf(node.data) for node in graph.nodes if node.op is None]
        (exact,) = graph.outputs_of(graph.evaluate(MPMATH, given))
        return float(abs((mpmath.mpf(J.data) - exact) / exact))


def one_less_cos(x):
    x = Value(x, "x")
    return mg.log((1 - x.cos().named("c")).named("d")).named("J")


def small_root(b, c):
    b, c = Value(b, "b"), Value(c, "c")
    return (b - (b * b - c).named("s").sqrt().named("r")).named("J")


def cancelling_sum(n):
    xs = [Value(math.sin(i) * 1e3, f"x{i}") for i in range(n)]
    return mg.sum([*xs, -sum(x.data for x in xs) + 1e-9]).named("J")


@pytest.mark.parametrize("x", [1e-1, 1e-3, 1e-6])
def test_one_less_cosine(x):
    """1 − c has the condition number c/(1 − c), since 1 is exact: 2/x² for small x."""
    found = by_name(one_less_cos(x))
    assert found["d"].number == pytest.approx(math.cos(x) / (2 * math.sin(x / 2) ** 2), rel=1e-3)
    assert found["d"].cancels
    assert found["d"].digits == pytest.approx(math.log10(found["d"].number))
    assert max(found, key=lambda name: found[name].share) == "c"
    assert not found["c"].cancels


def test_the_smaller_root_of_a_quadratic():
    """b − sqrt(b² − c): (|b| + r)/|b − r|."""
    found = by_name(small_root(1e4, 1.0))
    r = math.sqrt(1e8 - 1)
    assert found["J"].number == pytest.approx((1e4 + r) / (1 / (1e4 + r)), rel=1e-6)
    assert found["J"].cancels
    assert not found["r"].cancels
    assert found["r"].number == pytest.approx(0.5)  # a root halves relative errors
    assert found["J"].error <= 2**-53


def test_a_sum_that_cancels():
    """Higham, section 4.2: Σ|x_i| / |Σx_i|."""
    J = cancelling_sum(20)
    terms = math.fsum(abs(math.sin(i) * 1e3) for i in range(20))
    assert by_name(J)["J"].number == pytest.approx(terms / abs(J.data), rel=1e-12)
    assert by_name(J)["J"].cancels


def test_a_logarithm_near_one():
    x = Value(1 + 1e-8, "x")
    found = by_name(x.log().named("J"))["J"]
    assert found.cancels
    assert found.number == pytest.approx(1e8, rel=1e-6)
    exp = by_name(Value(700.0, "x").exp().named("J"))["J"]
    assert exp.number == pytest.approx(700)
    assert not exp.cancels


@pytest.mark.parametrize(
    "J", [one_less_cos(0.1), one_less_cos(1e-3), one_less_cos(1e-6), small_root(1e4, 1.0),
          small_root(3.0, 1e-9), cancelling_sum(20), cancelling_sum(300)],
    ids=range(7),
)  # fmt: skip
def test_the_bound_covers_the_error(J):
    """To first order, so with a little room for the second: 1 %."""
    assert true_error(J) <= 1.01 * error_bound(swept(J))


@given(st.integers(0, 10_000))
def test_the_bound_covers_the_error_of_random_programs(seed):
    draw = random.Random(seed)
    nodes, _ = record(draw, 12, [Value(draw.uniform(0.5, 2), name) for name in "xyz"])
    J = nodes[-1]
    graph = swept(J)
    smooth = all(row is None or not (row.step or row.choice or row.kink) for row in graph.ops)
    tame = all(math.isfinite(x) and 1e-3 < abs(x) < 1e3 for x in graph.data)
    bound = error_bound(graph)
    if smooth and tame and bound < 1e-6:  # else the second order counts
        # partials near a pole change much: 10 % for what is beyond the first order
        assert true_error(J) <= 1.1 * bound + 1e-300


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_no_row_is_less_accurate_than_counted(row):
    """A unit in the last place is up to two unit roundoffs."""
    if not row.vectors and roundoffs(row) > 1 and row.name not in ABSOLUTE:
        assert roundoffs(row) >= 2 * promise(row.name).value


def test_shares_are_parts_of_the_whole():
    found = by_name(one_less_cos(0.3))
    assert math.fsum(c.share for c in found.values()) == pytest.approx(1)
    assert found["x"].share == found["x"].error == 0


def test_exact_operations_add_no_error():
    x, w = Value(0.3, "x"), Value(0.4, "w")
    for y in (-x, abs(x), mg.maximum(x, w), x > w, mg.where(x > w, x, w), x.floor()):
        assert by_name(y.named("y"))["y"].error == 0


def test_an_output_of_zero():
    """All digits are lost."""
    x = Value(0.1, "x")
    found = by_name((x.sin().named("s") - x.sin().named("t")).named("J"))
    assert found["J"].digits == math.inf
    assert found["J"].cancels
    assert found["s"].error == math.inf
    assert found["s"].share == pytest.approx(0.5)


def test_vectors_are_left_out():
    graph = mg.trace(lambda x: mg.sum(x * 2) * 3, np.arange(1.0, 3.0))
    found = conditioning(swept(graph))
    assert found[-1] is not None
    assert found[0] is None
    with pytest.raises(ValueError, match="conditioning expects a graph with one output"):
        conditioning(swept([Value(1.0), Value(2.0)]))


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_every_row_has_a_condition(row):
    n = 2 * row.vectors or row.arity
    xs = [0.5 if i or row.name != "acosh" else 1.5 for i in range(n)]
    for i in range(n):
        if fixed(row, i):
            xs[i] = 0.0 if "lambertw" in row.name else 1.0
    given = [x if fixed(row, i) else Value(x) for i, x in enumerate(xs)]
    for c in conditioning(swept(row(*row.arrange(given)))):
        assert c.number >= 0
        assert c.digits >= 0
        assert c.error >= 0

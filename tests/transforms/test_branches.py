"""Recorded derivatives through where and its kin, evaluated where other arms are taken."""

import functools
import math
import operator

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st
from rows import ROWS, operands

import micrograph as mg
from micrograph import Graph, Value, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from micrograph.engine.recording import VALUE

CHOICES = [row for row in ROWS if row.choice]
OTHERS = [operator.add, operator.sub, operator.mul, abs, mg.sin, mg.tanh, mg.gt, mg.le]
ARITY = (
    {row: row.arity for row in CHOICES} | dict.fromkeys(OTHERS, 2) | dict.fromkeys(OTHERS[3:6], 1)
)


def applied(part):
    """A strategy of one operation on what ``part`` draws."""
    one = st.sampled_from([*CHOICES, *OTHERS])
    return one.flatmap(lambda f: st.tuples(st.just(f), *[part] * ARITY[f]))


PROGRAMS = applied(st.recursive(st.sampled_from([0, 1, 0, 1, 0.5, -1.0]), applied, max_leaves=12))
POINTS = st.lists(st.sampled_from([-2.0, -1.0, -0.7, 0.0, 0.3, 1.0, 2.0]), min_size=2, max_size=2)
"""Few numbers, so that operands tie."""


def run(program, xs):
    """What a program, as nested tuples, makes of its inputs; a whole number is the place of one."""
    if not isinstance(program, tuple):
        return xs[program] if isinstance(program, int) else program
    f, *operands = program
    return f(*(run(part, xs) for part in operands))


def dot(a, b):
    return mg.sum([p * q for p, q in zip(a, b, strict=True)])


DERIVATIVES = {
    "gradient": grad,
    "second gradient": lambda f: grad(lambda xs: dot(grad(f)(xs), [1.0, -2.0])),
    "jvp": lambda f: lambda xs: [jvp(f, (xs,), ([1.0, -2.0],))[1]],
    "vjp": lambda f: lambda xs: vjp(f, xs)[1](0.5)[0],
    "hvp": lambda f: lambda xs: hvp(f)(xs, [1.0, -2.0]),
    "second jvp": lambda f: jacobian(lambda xs: jvp(f, (xs,), ([1.0, -2.0],))[1]),
}


def evaluated(recorded, **at):
    """A recorded number at other inputs, those that it depends on."""
    if not isinstance(recorded, Value):
        return recorded
    graph = Graph.of(recorded)
    return graph(**{node.name: at[node.name] for node in graph.inputs if node.name in at})


@pytest.mark.parametrize("name", DERIVATIVES)
@given(PROGRAMS, POINTS, POINTS)
@example((mg.where, (mg.gt, 0, 0.0), 0, (mg.square, 0)), [-1.0, 0.0], [3.0, 0.0])
@example((operator.mul, (mg.relu, 0), 0), [-1.0, 0.0], [3.0, 0.0])
@example((mg.minimum, 0, (mg.sin, (mg.square, 0))), [0.3, 0.0], [0.0, 0.0])  # a tie
def test_a_recorded_derivative_holds_where_other_arms_are_taken(name, program, here, there):
    derivative = DERIVATIVES[name](functools.partial(run, program))
    recorded = derivative([Value(x, called) for x, called in zip(here, "xy", strict=True)])
    for x, y in (here, there):
        found = [evaluated(d, x=x, y=y) for d in recorded]
        # the same terms, but for those that are 0: what rounds is their sum
        assert found == pytest.approx(derivative([x, y]), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("row", [row for row in ROWS if not row.step], ids=lambda row: row.name)
@settings(max_examples=15)
@given(st.data())
def test_so_do_the_derivatives_of_every_row(row, data):
    """A rule chooses, too: the slope of asin is computed otherwise from ½ on."""
    here, there = (data.draw(operands(row, 0.01, 20.0)) for _ in range(2))
    fixed = [i for i, name in enumerate(row.arguments) if name in row.static and not row.choice]
    for i in fixed:  # the n of x**n
        here[i] = there[i]
    assume(row.vectors or here in row.domain)
    at = {f"x{i}": x for i, x in enumerate(there) if i not in fixed}

    def f(free):
        xs = [free.get(f"x{i}", x) for i, x in enumerate(there)]
        return row(*row.arrange(xs))

    leaves = {name: Value(here[int(name[1:])], name) for name in at}
    pairs = [(grad(f)(leaves), grad(f)(at))]
    pairs += [(hessian(f)(leaves)[name], hessian(f)(at)[name]) for name in at]
    for recorded, exact in pairs:
        try:
            found = {name: evaluated(d, **at) for name, d in recorded.items()}
        except (ValueError, ArithmeticError):  # at a pole floats raise, and a sweep does not
            reject()
        # a rule rounds alike in both; its terms may be swept in another order
        assert found == pytest.approx(exact, rel=1e-9, abs=1e-12, nan_ok=True)


ARMS = {  # name: f, at what x it is recorded, the true slope elsewhere
    "where": (lambda x: mg.where(x > 0, x, x * x), -1.0, {3.0: 1.0, -2.0: -4.0}),
    "relu": (lambda x: mg.relu(x) * x, -1.0, {3.0: 6.0, -2.0: 0.0}),
    "maximum": (lambda x: mg.maximum(x, 2 * x), -1.0, {3.0: 2.0, 0.0: 1.5, -2.0: 1.0}),
    "minimum": (lambda x: mg.minimum(x, x * x), 3.0, {0.5: 1.0, 1.0: 1.5, -1.0: 1.0, 0.25: 0.5}),
    "clip": (lambda x: mg.clip(x * x, x, 4.0), 9.0, {0.5: 1.0, 1.5: 3.0, 2.0: 2.0, -9.0: 0.0}),
    "nested": (lambda x: mg.relu(mg.minimum(x, 1.0)) + abs(x), -2.0, {0.5: 2.0, 3.0: 1.0}),
    "constant": (lambda x: mg.where(x > 0, 1.0, x), 2.0, {3.0: 0.0, -2.0: 1.0}),
}


@pytest.mark.parametrize("name", ARMS)
def test_the_slopes_are_those_of_the_arm_taken(name):
    f, here, slopes = ARMS[name]
    recorded = grad(f)(Value(here, "x"))
    assert {x: evaluated(recorded, x=x) for x in slopes} == slopes


POLES = {  # what has infinite slopes or bends at 0, in an arm not taken there
    "root": lambda m, x: m.sqrt(x),
    "product": lambda m, x: x * m.sqrt(x),
    "chain": lambda m, x: m.exp(-m.sqrt(m.sqrt(x))),
    "quotient": lambda m, x: m.sqrt(x) / (1 + m.sqrt(x)),
    "powers": lambda m, x: x**1.5 + x**0.5,
    "arc": lambda m, x: m.asin(1 - x),
}
CHOOSE = {  # f where x > 0, else 3x
    "where": lambda f, x: mg.where(x > 0, f(mg, x), 3 * x),
    "doubled": lambda f, x: mg.where(x > 0, f(mg, x), 0.0) + mg.where(x <= 0, 3 * x, 0.0),
    "nested": lambda f, x: mg.where(x > 0, mg.where(x > -1, f(mg, x), 0.0), 3 * x),
    "clipped": lambda f, x: mg.where(x > 0, mg.minimum(f(mg, x), 9.0), 3 * x),
    "shared": lambda f, x: (lambda y: mg.where(x > 0, y, x) + mg.where(x > 0, 0.0, 2 * x))(f(mg, x)),
}  # fmt: skip


@pytest.mark.parametrize("pole", POLES)
@pytest.mark.parametrize("choose", CHOOSE)
def test_an_arm_not_taken_leaks_no_infinity(choose, pole):
    """Neither at the pole itself nor from there, in sweeps of either direction over the sweep."""
    f = functools.partial(CHOOSE[choose], POLES[pole])
    bend = lambda x: jvp(grad(f), (x,), (1.0,))[1]
    at = np.array([0.0, 0.5, 1.25])
    for order, derivative in [(1, grad(f)), (2, grad(grad(f))), (2, bend), (2, hessian(f)), (3, grad(bend)), (3, grad(grad(grad(f))))]:  # fmt: skip
        x = Value(0.0, "x")
        recorded = derivative(x)
        assert recorded.data == (3.0 if order == 1 else 0.0)
        recorded.backward()
        assert x.grad == 0.0
        with mpmath.workdps(50):
            exact = [mpmath.diff(lambda t: POLES[pole](mpmath, t), x, order) for x in at[1:]]
        for start in (recorded, derivative(Value(1.25, "x"))):
            found = Graph.of(start)(x=at)  # IEEE arithmetic: on floats 1/0 raises, in any arm
            # terms cancel in the third derivative of a quotient
            assert found == pytest.approx([recorded.data, *map(float, exact)], rel=1e-12)


def test_the_second_derivative_where_an_adjoint_is_zero_is_kept():
    x = Value(2.0, "x")
    bend = grad(grad(lambda a: mg.where(a > -1, (3 * a) ** 2, a)))(x)
    assert evaluated(bend, x=0.0) == 18.0
    assert evaluated(bend, x=-2.0) == 0.0


def test_the_slope_of_an_arm_that_never_ran_is_not_known():
    """NaN, as the value is; a choice around it that does not take it has its own slope."""
    f = lambda x: mg.where(x > 0, lambda: x, lambda: x * x)
    around = lambda x: mg.where(x < 9, f(x), 5 * x)
    for g in (f, around):
        slope = grad(g)(Value(-1.0, "x"))
        assert evaluated(slope, x=-3.0) == -6.0
        assert math.isnan(evaluated(slope, x=3.0))
    assert evaluated(slope, x=9.5) == 5.0
    assert evaluated(grad(grad(f))(Value(-1.0, "x")), x=-3.0) == 2.0


def test_a_graph_made_under_a_transform_of_floats_holds_elsewhere():
    """What such a transform records itself ends with it, and passes by the arms not taken."""

    @functools.cache
    def slope():
        return Graph.of(grad(grad(lambda x: mg.where(x > 0, x**3, x * x)))(Value(-1.0, "x")))

    assert value_and_grad(lambda a: a * slope()(x=3.0))(2.0) == (36.0, 18.0)
    assert slope()(x=-5.0) == 2.0


def test_transforms_of_floats_pass_by_the_arms_not_taken():
    met = []
    row = mg.primitive("noted", formula=lambda xp, x: x * x, partials=lambda xp, y, x: (met.append(xp) or 2 * x,))  # fmt: skip
    bend = grad(grad(lambda x: mg.where(x > 0, row(x), x)))
    met.clear()
    bend(-1.0)
    assert VALUE not in met
    bend(Value(-1.0))
    assert VALUE in met


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (lambda x: mg.sqrt(mg.where(x, x, 2.0) - 1), 1.0, math.inf),  # its own condition
        (lambda x: mg.sqrt(mg.where(x > -1, x, x * x)), 0.0, math.inf),
        (lambda x: mg.sqrt(mg.maximum(x, x - 1)), 0.0, math.inf),
        (lambda x: mg.sqrt(mg.clip(x, x - 1, x + 1)), 0.0, math.inf),
        (lambda x: mg.sqrt(mg.relu(x)), 0.0, 0.0),
    ],
)
def test_an_infinite_adjoint_finds_no_slope_in_an_arm_not_taken(f, x, slope):
    assert grad(f)(Value(x)).data == slope
    assert value_and_grad(grad(f))(x)[0] == slope


def test_a_recorded_derivative_is_small():
    """One node for each edge into an arm; a partial is guarded where it may be infinite."""
    formulas = lambda f: [g.formula(node) for g in [Graph.of(grad(f)(Value(2.0, "x")))] for node in g.nodes]  # fmt: skip
    assert formulas(lambda x: mg.where(x > 0, x, x * x)) == [
        "", "x", "v1 > 0", "where(v2, 1, 0)", "where(v2, 0, 1)", "v4·v1", "v3 + v5", "v4·v1", "v6 + v7"]  # fmt: skip
    assert formulas(lambda x: mg.where(x > 0, mg.sqrt(x), 0.0)) == [
        "", "x", "v1 > 0", "where(v2, 1, 0)", "sqrt(v1)", "v4 + 0", "0.5 / v5", "where(v2, v6, 0)", "v3·v7"]  # fmt: skip

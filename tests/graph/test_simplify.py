"""The simplifier: no rule loses accuracy, a kink, an infinity or a NaN; the textbook loss is right.

The truth is mpmath's: the expression as it is written, with 600 digits, and differences of it.
"""

import math
from itertools import product

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Graph, Value
from micrograph.graph import Node, simplify
from micrograph.graph.pattern import LONGEST
from micrograph.graph.rules import EXACT, STABLE
from micrograph.graph.simplify import Simplifier
from micrograph.graph.symbols import Construction
from micrograph.namespaces.floats import IEEE
from micrograph.testing import expressions, graphs, points_for

mpmath = pytest.importorskip("mpmath")
MPMATH = pytest.importorskip("micrograph.namespaces.mpmath").MPMATH

SLACK = 4
"""How many ULP more a simpler form may be off than the form as written: the promise of a row's
value or slope, in tests/accuracy.py, for rows of the C library that err by more than they ought."""

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 36.0, -36.0, 710.0, -746.0, 1000.0, -1000.0, 1e-17]
SPECIAL += [1e300, -1e300, 1e-300, 1e160, 5e-324, math.inf, -math.inf, math.nan]
NUMBERS = st.one_of(
    st.sampled_from(SPECIAL),
    st.floats(-50, 50),
    st.floats(-800, 800),
    st.floats(-1, 1),
    st.floats(),
)
TRUTH_DIGITS = 1000
"""e⁻⁷⁴⁵ beside 1 takes 340 digits; the difference of two squares of 10⁻³²⁰ beside 1 takes 700."""
SLOPE_DIGITS = 1500
"""A difference of two squares of 10⁻³²⁰, 60 digits apart, beside a square of 10³⁰⁰ takes 1,400."""
STEP = mpmath.mpf(10) ** -60


CANCELS = [rule for rule in STABLE if "0/0" in rule.why and {"p", "y"} & {*rule.unknowns}]
"""Rules that leave a difference. Next to its root both forms are right to units of the terms."""


SATURATES = [rule for rule in STABLE if "y" in rule.unknowns]
"""Rules of a loss of a = σ(z). From z = 2,300 on, a is 1 with all of mpmath's digits, too."""


def is_beyond_digits(rule, point):
    """Whether mpmath does not know: ``test_a_loss_is_right_everywhere`` does."""
    return rule in SATURATES and any(abs(x) > 2000 for x in point)


class AsWritten(Construction):
    """Symbols that stay as they are written."""

    def simpler(self, row, operands):
        return None


def of_rule(rule, length=3):
    """The graph of a rule's expression as written. A vector has so many elements."""
    xp = AsWritten()
    operands = []
    for name in rule.unknowns:
        if name in rule.vectors:
            operands.append([xp.input(Node(f"{name}{k}", None, (), 0.5)) for k in range(length)])
        else:
            operands.append(xp.input(Node(name, None, (), 0.5)))
    return finished(xp, rule.written(*operands))


def finished(xp, y):
    place = xp.output(y)
    names = [n._replace(name=n.name or f"v{i}") for i, n in enumerate(xp.nodes)]
    return Graph(names, [place])


def title(rule):
    return of_rule(rule).source.splitlines()[-1].removeprefix("    return ")


RULES = [*EXACT, *STABLE]
each_rule = pytest.mark.parametrize("rule", RULES, ids=title)


def on_floats(graph, point):
    """The outputs on floats that follow IEEE 754."""
    return [float(x) for x in graph.outputs_of(graph.evaluate(IEEE, [IEEE.convert(x) for x in point]))]  # fmt: skip


def truth(graph, point):
    """The output by mpmath. NaN where it is undefined."""
    try:
        return graph.outputs_of(graph.evaluate(MPMATH, list(map(mpmath.mpf, point))))[0]
    except (ZeroDivisionError, ValueError, OverflowError):
        return mpmath.nan


def slopes(graph, point):
    """For each input, the slopes to the right and to the left, by mpmath's differences."""
    for i, x in enumerate(point):
        h = STEP * min(1, abs(mpmath.mpf(x)) or 1)
        at = [
            truth(graph, [*point[:i], mpmath.mpf(x) + k * h, *point[i + 1 :]]) for k in (-1, 0, 1)
        ]
        yield (at[2] - at[1]) / h, (at[1] - at[0]) / h


def ulps(x, exact):
    """How many units in the last place x is off; infinite if x is not finite and exact is."""
    if float(exact) == x:
        return 0.0
    if not math.isfinite(x):
        return math.inf
    nearest = min(max(float(exact), -1.7e308), 1.7e308)
    return float(abs(mpmath.mpf(x) - exact) / mpmath.mpf(math.ulp(nearest)))


def is_kept(found, written):
    return found == written or (math.isnan(found) and math.isnan(written))


def units_of_terms(graph, point):
    """The error that rounding each step once may cause: Σ |dy/dstep| ULP(step)."""
    leaves = [Value(x) for x in point]
    y = graph(*leaves)
    y.backward()
    return sum(abs(node.grad) * math.ulp(node.data) for node in y.walk())


@each_rule
def test_each_rule_applies(rule):
    graph = of_rule(rule)
    xp = Simplifier()
    graph.evaluate(xp, [xp.input(node) for node in graph.inputs])
    assert xp.applied[rule]
    assert graph.simplified() != graph


def units_of_difference(graph, point):
    """How many ULP of the result a ULP of the larger term is, where the result is a − b."""
    graph = graph.simplified()
    work = [float(x) for x in graph.evaluate(IEEE, [IEEE.convert(x) for x in point])]
    a, b = (work[i] for i in graph.nodes[-1].args)
    return math.ulp(max(abs(a), abs(b))) / math.ulp(a - b)


@each_rule
@given(data=st.data())
def test_no_rule_is_less_accurate(rule, data):
    graph = of_rule(rule)
    compare(rule, graph, [data.draw(NUMBERS) for _ in graph.inputs])


@pytest.mark.parametrize(
    "point",
    [[0.0, math.inf, math.nan], [710.0, -math.inf, -math.inf], [-math.inf, -math.inf, 0.25]],
)
@pytest.mark.parametrize("rule", [r for r in RULES if len(of_rule(r).inputs) == 3], ids=title)
def test_no_rule_is_less_accurate_where_a_search_once_found_it(rule, point):
    compare(rule, of_rule(rule), point)


@pytest.mark.parametrize("rule", [r for r in RULES if len(of_rule(r).inputs) <= 2], ids=title)
def test_no_rule_is_less_accurate_at_special_numbers(rule):
    """At all of them, and all pairs, so that no corner is left to luck."""
    graph = of_rule(rule)
    for point in product(SPECIAL, repeat=len(graph.inputs)):
        compare(rule, graph, list(point))


def compare(rule, graph, point):
    """Raise AssertionError if the simplified graph is further from the truth than the graph."""
    if is_beyond_digits(rule, point):
        return
    (written,), (found,) = on_floats(graph, point), on_floats(graph.simplified(), point)
    if not all(map(math.isfinite, point)):
        at_infinity(graph, point, written, found)
        return
    if is_kept(found, written):
        assert rule.why or math.copysign(1, found) == math.copysign(1, written) or found != found
        return
    assert rule.why, "a rule that is said to be exact changes a result"
    with mpmath.workdps(TRUTH_DIGITS):
        exact = truth(graph, point)
        if mpmath.isnan(exact):  # there may be a limit: x·log(x) at 0
            exact = truth(graph, [x + STEP * STEP for x in point])
            assert math.isnan(written)
            assert mpmath.isnan(exact) or abs(found - exact) <= STEP  # mpmath's limits, at 1e300
        elif not mpmath.isfinite(exact):  # log(1 − e⁻¹⁰⁰⁰⁰), of which mpmath loses all
            assert not math.isfinite(written)
        else:
            more = SLACK * (units_of_difference(graph, point) if rule in CANCELS else 1)
            assert ulps(found, exact) <= ulps(written, exact) + more


def at_infinity(graph, point, written, found):
    """What is not NaN is kept; NaN may become a limit, but not if an operand is NaN."""
    if is_kept(found, written):
        return
    if any(map(math.isnan, point)):
        nodes = (*graph.nodes, *graph.simplified().nodes)
        # the hypot of an infinity and NaN is infinite, as IEEE 754 has it; squares have NaN
        assert any(node.op is mg.hypot for node in nodes)
        assert math.inf in map(abs, point)
    elif sum(map(math.isinf, point)) > 1 and math.isnan(written):
        pass
    elif are_small(point):  # else exp(710) overflows
        with mpmath.workdps(TRUTH_DIGITS):
            near = truth(graph, finite(point))
            if math.isfinite(written):
                assert abs(found - near) <= abs(written - near) + SLACK * math.ulp(found)
            else:
                is_limit(found, near)


def finite(point):
    """The point with a large number in place of an infinity."""
    return [math.copysign(1e15, x) if math.isinf(x) else x for x in point]


def are_small(point):
    """Whether the finite numbers are so small that 1e15 beside them is as good as an infinity."""
    return all(abs(x) < 20 for x in point if math.isfinite(x))


def is_limit(found, near):
    if math.isinf(found):
        assert abs(near) > 1e3
        assert (found > 0) == (near > 0)
    else:
        assert abs(found - near) <= 1e-3 * (1 + abs(near))


@each_rule
@settings(max_examples=settings.default.max_examples // 2)  # each takes differences at 1,500 digits
@given(data=st.data())
def test_no_rule_makes_slopes_less_accurate(rule, data):
    """Nor does a rule move a kink: there, and at ends of domains, a slope is kept, unless NaN."""
    compare_slopes(rule, [data.draw(NUMBERS) for _ in of_rule(rule).inputs])


@each_rule
@pytest.mark.parametrize("shift", range(3))
def test_no_rule_makes_slopes_less_accurate_at_numbers_far_apart(rule, shift):
    far_apart = [0.0, 1e300, 1e-300]
    compare_slopes(rule, [far_apart[(shift + i) % 3] for i in range(len(of_rule(rule).inputs))])


def compare_slopes(rule, point):
    """Raise AssertionError if the simplified slopes are further from the truth than the slopes."""
    graph = of_rule(rule)
    written = on_floats(graph.gradient(simplify=False), point)
    found = on_floats(graph.gradient(), point)
    if all(map(is_kept, found, written)) or any(map(math.isnan, point)):
        return
    unknown = sum(map(math.isinf, point))
    if is_beyond_digits(rule, point) or unknown > 1 or (unknown and not are_small(point)):
        return
    with mpmath.workdps(SLOPE_DIGITS):
        for w, f, (right, left) in zip(written, found, slopes(graph, finite(point)), strict=True):
            smooth = mpmath.isfinite(right) and mpmath.isfinite(left)
            if not smooth or abs(right - left) > 1e-20 * (abs(right) + abs(left)):
                assert is_kept(f, w) or math.isnan(w)
            elif unknown:  # 0 may be the strong zero's: 0·∞
                assert w in (0, f) or math.isnan(w) or abs(f - w) <= 2 * SLACK * math.ulp(w)
                if not math.isnan(f):
                    is_limit(f, right)
            else:
                assert ulps(f, right) <= ulps(w, right) + 2 * SLACK


TEXTBOOK = [mg.sigmoid, lambda z: 1 / (1 + mg.exp(-z)), lambda z: mg.exp(z) / (1 + mg.exp(z))]


def textbook_loss(a, y):
    return -(y * mg.log(a) + (1 - y) * mg.log(1 - a))


@pytest.mark.parametrize("loss", [textbook_loss, mg.cross_entropy], ids=["textbook", "row"])
@pytest.mark.parametrize(
    "sigmoid", TEXTBOOK, ids=["σ(z)", "1/(1 + exp(−z))", "exp(z)/(1 + exp(z))"]
)
@given(z=st.floats(-1000, 1000), y=st.sampled_from([0.0, 0.3, 1.0]))
@example(z=1000.0, y=0.0)
@example(z=-1000.0, y=1.0)
@example(z=1000.0, y=0.3)
@example(z=40.0, y=1.0)
def test_a_loss_is_right_everywhere(sigmoid, loss, z, y):
    """Its slope is a − y. Where a is next to y ≠ 0, 1, that difference is rounded as its terms."""
    w, x, b, target = (Value(0.5, name) for name in "wxby")
    graph = Graph.of(loss(sigmoid(w * x + b), target))
    named = dict.fromkeys([node.name for node in graph.inputs]) | {
        "w": 1.0,
        "x": z,
        "b": 0.0,
        "y": y,
    }
    with mpmath.workdps(600):
        a = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
        value = -(y * mpmath.log(a) + (1 - mpmath.mpf(y)) * mpmath.log(1 - a))
        assert ulps(graph.simplified()(**named), value) <= 4
        db, dw = (graph.gradient(name)(**named) for name in "bw")
        terms = float(y * (1 - a) + (1 - mpmath.mpf(y)) * a)  # of one sign unless y is between
        assert abs(db - (a - y)) <= 4 * math.ulp(terms)
        assert abs(dw - z * (a - y)) <= 5 * abs(z) * math.ulp(terms) + 5e-324


def test_a_gradient_written_by_hand_becomes_a_less_y():
    z, y = Value(0.5, "z"), Value(0.3, "y")
    a = mg.sigmoid(z)
    for da in (-y / a + (1 - y) / (1 - a), -(y / a - (1 - y) / (1 - a))):
        for dz in (da * a * (1 - a), da * (a * (1 - a))):
            graph = Graph.of(dz).simplified()
            assert graph(z=1000.0, y=0.0) == 1.0
            assert graph(z=-1000.0, y=1.0) == -1.0
            assert not any(node.op is mg.div for node in graph.nodes)


def test_a_recorded_slope_becomes_a_less_y():
    """As written it is da·∂a/∂z, which becomes ∞·0 or 0/0 far out."""
    z, y = Value(0.5, "z"), Value(0.3, "y")
    slope = mg.grad(lambda z: mg.cross_entropy(mg.sigmoid(z), y))
    graph = Graph.of(slope(z)).simplified()
    for far in (40.0, 1000.0, 1e308, math.inf):
        for label, dz in ((0.0, 1.0), (0.25, 0.75), (1.0, -mg.sigmoid(-far))):
            assert graph(z=far, y=label) == dz
            assert graph(z=-far, y=1 - label) == -dz


def test_the_second_derivative_of_a_squared_norm_is_right_at_its_kink():
    """hypot(v)² has slope 2v, also at 0, where hypot alone has a kink."""
    v = [Value(0.0, f"v{k}") for k in range(3)]
    slope = Graph.of(mg.hypot(v) ** 2).gradient("v0")
    assert slope.gradient("v0")() == 2.0
    far = [Value(k * 1e-3, f"v{k}") for k in range(1000)]
    graph = Graph.of(mg.hypot(far) ** 2)
    exact = math.fsum(x.data**2 for x in far)
    assert graph.simplified()() == pytest.approx(exact, rel=1000 / 2 * 2**-53)  # so many roundings


@given(expressions() | graphs(max_nodes=40, outputs=1), st.data())
def test_no_graph_becomes_less_accurate(graph, data):
    """Each step of the graph as written may be rounded by 4 ULP: so far may the simplified be off."""
    point = data.draw(points_for(graph, margin=1e-3))
    (found,) = on_floats(graph.simplified(), point)
    with mpmath.workdps(60):
        exact = truth(graph, point)
        assume(mpmath.isfinite(exact))
        bound = 4 * units_of_terms(graph, point) + 4 * math.ulp(found)
        assume(math.isfinite(bound))
        assert abs(found - exact) <= bound


@given(graphs(max_nodes=40))
def test_what_is_simplified_stays(graph):
    found = graph.simplified()
    assert found.simplified() == found


def test_inputs_outputs_and_names_stay():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    u = (a * b).named("u")
    same, one = (a * b).named("same"), (a**0).named("one")
    graph = Graph.of((1 * a).named("J"), u, same, one, mg.exp(a))
    found = graph.simplified()
    assert [node.name for node in found.inputs] == [node.name for node in graph.inputs]
    assert [node.name for node in found.outputs[:-1]] == ["J", "u", "same", "one"]
    assert found(5, 7) == graph(5, 7)
    assert found.gradient.__self__ is found
    dead = Graph(graph.nodes, (1,))
    assert [node.name for node in dead.simplified().nodes] == ["a", "b", "J"]


def test_what_raises_still_raises():
    """Constants are computed unless that is an error. Nodes of derivatives never raise."""
    x = Value(2.0, "x")
    graph = Graph.of(mg.log(x**0 - x**0 + x)).simplified()
    with pytest.raises(mg.DomainError, match="log"):
        graph(-1.0)
    never = Graph.of(mg.sqrt((x**0) - 0.5)).nodes
    assert len(Graph(never, (len(never) - 1,)).simplified().nodes) == 2  # x, and a constant
    bad = Graph([*never[:2], never[2]._replace(args=(1, 2.0)), never[3]], (3,)).simplified()
    with pytest.raises(mg.DomainError):
        bad(2.0)
    slope = Graph.of(mg.sqrt(x)).gradient()
    assert slope.simplified()(0.0) == math.inf
    assert slope.gradient()(0.0) == -math.inf


def test_simplify_false_leaves_all_as_written():
    z = Value(0.5, "z")
    graph = Graph.of(mg.log(1 / (1 + mg.exp(-z))))
    written = {node.op for node in graph.gradient(simplify=False).nodes}
    assert {mg.exp, mg.div} <= written
    assert not {mg.sigmoid, mg.log_sigmoid} & written


@pytest.mark.parametrize("n", [2, 3, LONGEST, 1000])
def test_sums_of_any_length(n):
    """A sum written with + is looked at up to a length, so that the time stays linear."""
    v = [Value(k / n, f"x{k}") for k in range(n)]
    terms = [mg.exp(x) for x in v]
    for total, applies in ((mg.sum(terms), True), (added(terms), n <= LONGEST)):
        rows = {node.op for node in Graph.of(mg.log(total)).simplified().nodes}
        assert (mg.exp not in rows) == applies
    rows = {node.op for node in Graph.of(mg.sqrt(mg.dot(v, v))).simplified().nodes}
    assert mg.hypot in rows


def added(terms):
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


@pytest.mark.parametrize(
    ("f", "rows"),
    [
        (lambda v: mg.log(mg.sum(mg.exp(v))), ["logsumexp"]),
        (lambda v: mg.sqrt(mg.sum(v * v)), ["hypot"]),
        (lambda v: mg.sqrt(mg.dot(v, v)), ["hypot"]),
        (lambda v: mg.hypot(v) ** 2, ["dot"]),
        (lambda v: mg.sum(mg.log(1 + mg.exp(v))), ["softplus", "sum"]),
        (lambda v: mg.sum(v**0), ["constpow", "sum"]),  # the vector is not the number 1
    ],
)
def test_vectors_stay_whole(f, rows):
    v = pytest.importorskip("numpy").array([1.0, -2.0, 3.0])
    graph = mg.trace(f, v)
    assert [node.op.name for node in graph.simplified().nodes if node.op] == rows
    assert graph.simplified()(v) == pytest.approx(graph(v), rel=1e-15)
    written, found = graph.gradient(simplify=False)(v), graph.gradient()(v)
    assert [*map(float, found)] == pytest.approx([*map(float, written)], rel=2e-15)  # 8 ULP


def test_time_is_linear_and_depth_does_not_matter():
    """Operations are counted, not seconds: how often the simplifier looks at a node."""
    looked = []
    for n in (500, 5_000):
        x = Value(0.3, "x")
        y = x
        for _ in range(n):
            y = mg.log(1 + mg.exp(-y)) * x
        calls = 0

        def counting(*args, match=simplify.match):
            nonlocal calls
            calls += 1
            return match(*args)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(simplify, "match", counting)
            Graph.of(y).gradient()
        looked.append(calls)
    assert looked[1] <= 10.1 * looked[0]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("row", [mg.sub, mg.atan2, mg.copysign, mg.lt], ids=str)
def test_a_constant_is_not_the_node_of_that_place(row, place):
    """In x − 2 and 2 − x, x may be the node at place 2: 2 == 2.0 in Python."""
    names = "abcd"
    x, constant = 3.5, float(place)

    def f(*inputs):
        x = inputs[place]
        return mg.sum(list(inputs)) + 3 * row(x, constant) + 5 * row(constant, x)

    numbers = [0.5] * len(names)
    numbers[place] = x
    want, slopes = mg.value_and_grad(f, range(4))(*numbers)
    graph = mg.trace(f, *numbers)
    assert graph(*numbers) == pytest.approx(want, rel=1e-15)
    assert graph.gradient()(*numbers) == pytest.approx(slopes, rel=1e-14)
    fast = mg.compile(f)
    y, found = fast.value_and_grad(*numbers, argnums=range(4))
    assert (y, *found) == pytest.approx((want, *slopes), rel=1e-14)

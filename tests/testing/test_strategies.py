"""The strategies of ``micrograph.testing``, and Python source of graphs: what they promise."""

import gc
import math
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

import micrograph as mg
from micrograph import Graph, Value
from micrograph.core import TABLE, Primitive
from micrograph.domain import Interval, above, between
from micrograph.graph.export import python
from micrograph.testing import arguments, expressions, graphs, numbers, points_for

every_row = pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
either = pytest.mark.parametrize("smooth", [False, True], ids=["any", "smooth"])


def smallest(strategy, condition=lambda x: True, seed=0):
    thorough = settings(max_examples=3000, database=None, deadline=None)
    return find(strategy, condition, settings=thorough, random=random.Random(seed))


def used(graph):
    return {node.op.name for node in graph.nodes if node.op}


# Python source


def bits(x):
    """A number and its sign; NaN is equal to itself."""
    return "nan" if x != x else (x, math.copysign(1.0, x))


def listed(found):
    return found if isinstance(found, tuple) else (found,)


@given(graphs())
def test_pasted_source_is_the_same_graph(graph):
    pasted = eval(python(graph), {"mg": mg})
    inputs = [node.data for node in graph.inputs]
    exact = list(map(bits, listed(graph(*inputs))))
    assert list(map(bits, listed(pasted(*inputs)))) == exact
    outputs = listed(pasted(*(Value(node.data, node.name) for node in graph.inputs)))
    assert [bits(y.data) for y in outputs] == exact
    needed = Counter((node.op, bits(node.data)) for node in Graph.of(*outputs).nodes)
    assert needed <= Counter((node.op, bits(node.data)) for node in graph.nodes)
    assert len(graph.outputs) > 1 or not dead(graph) or needed.total() < len(graph.nodes)


@given(expressions())
def test_a_formula_is_pasted_node_by_node(e):
    pasted = eval(repr(e), {"mg": mg})
    again = Graph.of(pasted(*(Value(node.data, node.name) for node in e.inputs)))
    assert [(n.op, n.args, bits(n.data)) for n in again.nodes] == [
        (n.op, n.args, bits(n.data)) for n in e.nodes
    ]


def dead(graph):
    needed = {i for node in graph.nodes for i in node.args if type(i) is int}
    return set(range(len(graph.nodes))) - needed - set(graph.outputs_of(range(len(graph.nodes))))


def record(f, *names):
    y = f(*(Value(0.5 + i, name) for i, name in enumerate(names)))
    return python(Graph.of(*listed(y)))


@pytest.mark.parametrize(
    ("f", "names", "source"),
    [
        (lambda x, y: mg.exp(mg.sin(x)) * y, ["x", "y"], "lambda x, y: mg.exp(mg.sin(x)) * y"),
        (lambda x: (2 - x) ** -2, ["x"], "lambda x: (2.0 - x) ** (-2.0)"),
        (lambda x: (-0.1) * -x**3, ["x"], "lambda x: -0.1 * -x ** 3.0"),
        (lambda x: (-0.0) ** x, ["x"], "lambda x: (-0.0) ** x"),
        (lambda x: 2**-x, ["x"], "lambda x: 2.0 ** (-x)"),
        (lambda x: x - (x - 0.1), ["x"], "lambda x: x - (x - 0.1)"),
        (lambda x: mg.dot([x, math.inf], [1, math.nan]), ["x"], "lambda x: mg.dot([x, float('inf')], [1.0, float('nan')])"),
        (lambda x, y: mg.where((x < y) & ~(x == y), x, -0.0), ["x", "y"],
         "lambda x, y: mg.where(mg.logical_and(mg.lt(x, y), mg.logical_not(mg.eq(x, y))), x, -0.0)"),
        (lambda x: (x * x, x), ["x"], "lambda x: (x * x, x)"),
        (lambda x, y, z: x + y + z, ["a b", "lambda", "mg"], "lambda v3, v4, v5: v3 + v4 + v5"),
        (lambda x, y, z: x + y + z, ["v1", "θ", None], "lambda v1, θ, v3: v1 + θ + v3"),
        (lambda x, y: x + y, ["x", "x"], "lambda x, v2: x + v2"),
    ],
)  # fmt: skip
def test_source_reads_as_a_person_writes_it(f, names, source):
    assert record(f, *names) == source


def test_what_is_used_twice_is_computed_once():
    x = Value(0.5, "x")
    u = (x * x).named("u")
    assert python(Graph.of(u / (1 + u), u)) == "lambda x: (u := x * x, (u / (1.0 + u), u))[-1]"


def test_a_long_chain_is_pasted_in_pieces():
    y = Value(0.5, "x")
    for _ in range(5000):
        y = mg.sin(y)
    assert eval(python(Graph.of(y)), {"mg": mg})(0.5) == y.data


# numbers, and operands of rows


@given(st.data(), st.floats(-1e3, 1e3), st.floats(0, 1e3))
def test_numbers_are_between_their_ends(data, low, width):
    high = low + width
    assert low <= data.draw(numbers(low, high)) <= high
    if width > 1e-9:
        assert low < data.draw(numbers(low, high, exclude_min=True, exclude_max=True)) < high
    x = data.draw(numbers(low, min_magnitude=0.5, max_value=low + 1e4))
    assert x == 0 or abs(x) >= 0.5


@given(numbers())
def test_numbers_are_finite(x):
    assert math.isfinite(x)


@every_row
@settings(max_examples=20)
@given(data=st.data())
def test_arguments_are_in_the_domain(row, data):
    # SciPy's ζ, and so polygamma, counts up from x to 0 in steps of 1
    xs = data.draw(arguments(row, -1e3 if row is mg.polygamma else None))
    assert len(xs) == row.arity
    assert row.vectors or xs in row.domain
    fixed = [x for x, name in zip(xs, row.arguments, strict=True) if name in row.static]
    assert all(x % 1 == 0 for x in fixed)
    with suppress(OverflowError):
        assert isinstance(row(*xs), float)


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        (numbers(), lambda x: x == 0),
        (numbers(), lambda x: x == 1),
        (numbers(), lambda x: abs(x) > 1e300),
        (numbers(), lambda x: 0 < abs(x) < 1e-300),
        (numbers(), lambda x: x == math.nextafter(1, 2)),
        (numbers(), lambda x: x not in (0, 1, -1) and math.frexp(x)[0] in (0.5, -0.5)),
        (numbers(2, 3, exclude_max=True), lambda x: x == math.nextafter(3, 2)),
        (numbers(allow_nan=True), math.isnan),
        (numbers(allow_infinity=True), math.isinf),
        (numbers(mg.asin), lambda x: x == 1),
        (numbers(mg.log), lambda x: x == 5e-324),
        (numbers(mg.relu), lambda x: x == 0),
        (numbers(mg.maximum), lambda xs: xs[0] == xs[1]),
        (numbers(mg.mod), lambda xs: xs[0] % xs[1] == 0 and xs[0] != 0),
        (numbers(mg.pow), lambda xs: xs[0] < 0),
    ],
)  # fmt: skip
def test_notable_numbers_are_drawn(strategy, wanted):
    """Each is drawn once in a thousand times or more, so 20,000 draws miss it once in 10⁸ runs."""
    hit = settings(max_examples=20_000, database=None, deadline=None)
    assert wanted(find(strategy, wanted, settings=hit, random=random.Random(0)))


@pytest.mark.parametrize(
    ("strategy", "wanted", "simplest"),
    [
        (numbers(), lambda x: x > 2.5, 3.0),
        (numbers(), lambda x: True, 0.0),
        (numbers(mg.log), lambda x: True, 1.0),
        (numbers(mg.atan2), lambda xs: True, (0.0, 0.0)),
        (numbers(mg.dot), lambda xs: True, ((0.0,) * 3, (0.0,) * 3)),
        (numbers(), lambda x: x < -25, -26.0),
        (numbers(), lambda x: x > 1e6, 1000001.0),
        (numbers(), lambda x: 0 < x < 0.01, 2.0**-7),
        (numbers(), lambda x: x > 3 and x % 1, 3.5),
        (numbers(0, 100), lambda x: x > 12, 13.0),
        (numbers(0.1, 0.3), lambda x: x > 0.21, 0.25),
        (numbers(min_magnitude=0.5), lambda x: x < 0, -1.0),
        (numbers(mg.log), lambda x: mg.log(x) >= 5, 149.0),  # e⁵ is 148.4
        (numbers(mg.acosh), lambda x: x > 7.2, 8.0),
        (arguments("atan2"), lambda xs: xs[0] < -25 and xs[1] > 30, (-26.0, 31.0)),
        (arguments("maximum"), lambda xs: xs[0] == xs[1] > 5, (6.0, 6.0)),
        (arguments("dot", length=2), lambda xs: xs[0][1] > 12, ((0.0, 13.0), (0.0, 0.0))),
    ],
)  # fmt: skip
def test_numbers_shrink_to_simple_ones(strategy, wanted, simplest):
    """From whatever range the first such number came: near 0, a power of two, an extreme."""
    assert smallest(strategy, wanted, seed=0) == simplest


@every_row
@pytest.mark.parametrize(("low", "high"), [(-5, -2), (-3, 3), (2, 5)])
def test_arguments_are_between_their_ends(row, low, high):
    """Also where a condition on several arguments moves them: a negative base, an integer b."""
    try:
        strategy = arguments(row, low, high)
    except ValueError:  # none are in the domain
        return

    @settings(max_examples=20, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def check(xs):
        moving = [x for x, name in zip(xs, row.arguments, strict=True) if name not in row.static]
        assert all(low <= x <= high for x in row.flat(moving))

    with suppress(Unsatisfiable):  # xlogy takes no negative y
        check()


def test_rows_get_nan_and_infinity_if_allowed():
    assert math.isnan(smallest(numbers(mg.log, allow_nan=True), math.isnan))
    assert smallest(numbers(mg.atan2, allow_infinity=True), lambda xs: xs[1] > 1e308)[1] > 1e308


def _row(interval):
    return Primitive("narrow", partials=lambda xp, y, x: (1.0,), domain=interval)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: numbers(2, 1), ValueError, "numbers: there is no number between min_value=2 and max_value=1"),
        (lambda: numbers(1, 1, exclude_min=True), ValueError, "no number between min_value=1"),
        (lambda: numbers("1"), TypeError, "expected a number as numbers: min_value, got '1'"),
        (lambda: numbers(math.nan), ValueError, "min_value should be a number, got nan"),
        (lambda: numbers(_row(Interval(1.0, 1.0))), ValueError, "narrow: there is no number"),
        (lambda: arguments(mg.asin, 2), ValueError, "asin: there is no number .* in the domain, -1 ≤ x ≤ 1"),
        (lambda: arguments("sinn"), LookupError, "no primitive is named 'sinn'"),
        (lambda: arguments(math.sin), TypeError, r"expected a row of the table \(mg.exp\), or its name, got <built-in"),
        (lambda: expressions(primitives=[math.sin]), TypeError, "expected a row of the table"),
        (lambda: expressions(primitives=["relu"], smooth=True), ValueError, r"primitives=\['relu'\] has no smooth row"),
        (lambda: expressions(max_nodes=1), ValueError, "max_nodes should be at least 2, got 1"),
        (lambda: graphs(outputs=0), ValueError, "outputs should be at least 1, got 0"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence(call, error, text):
    with pytest.raises(error, match=text):
        call()


# formulas, graphs and points


@either
def test_expressions_are_formulas(smooth):
    @given(expressions(max_nodes=9, inputs=2, smooth=smooth))
    def check(e):
        assert len(e.outputs) == 1
        assert len(e.nodes) <= 9
        assert len(e.inputs) <= 2
        uses = Counter(i for node in e.nodes for i in node.args if type(i) is int)
        assert all(uses[i] == 1 for i, node in enumerate(e.nodes[:-1]) if node.op)
        assert e() == e(*(node.data for node in e.inputs))  # defined where it was recorded
        assert all(abs(node.data) < 1e4 for node in e.nodes if node.op)
        if smooth:
            rows = [node.op for node in e.nodes if node.op]
            assert not any(row.step or row.choice or row.kink for row in rows)
            assert all(abs(node.data) > 1e-5 for node in e.nodes)

    check()


@pytest.mark.parametrize("name", ["where", "hypot", "constpow"])
def test_expressions_have_every_kind_of_row(name):
    e = smallest(expressions(), lambda e: name in used(e))
    assert name in used(e)
    assert len(e.nodes) <= 5  # most often the row alone; what comes before it may stay


@pytest.fixture
def added():
    """Adds rows to the table for one test: conftest takes them out again."""
    return mg.primitive


def test_a_new_row_appears_by_itself(added):
    row = added("shifted_log", formula=lambda xp, x: xp.log(x - 5), domain=above(5))
    # from other seeds than 0, where Hypothesis's shrinking stops short
    for seed in (1, 2):
        e = smallest(expressions(), lambda e: row.name in used(e), seed)
        assert repr(e) == "lambda x: shifted_log(x)"


def fan_out(graph):
    uses = Counter(i for node in graph.nodes for i in node.args if type(i) is int)
    return max(uses.values(), default=0)


@pytest.mark.parametrize(
    "wanted",
    [dead, lambda g: fan_out(g) > 4, lambda g: len(g.outputs) == 3, lambda g: len(g.nodes) > 90],
    ids=["dead", "fan-out", "outputs", "chain"],
)
def test_graphs_have_every_shape(wanted):
    drawn = settings(max_examples=500, database=None, phases=[Phase.generate])
    assert wanted(find(graphs(), wanted, settings=drawn, random=random.Random(0)))


def test_graphs_shrink_to_a_few_nodes():
    assert repr(smallest(graphs(), lambda g: fan_out(g) > 1)) == "lambda x: x + x"


@either
@pytest.mark.parametrize("margin", [0.0, 1e-3])
def test_points_are_inside_every_domain(smooth, margin):
    drawn = Counter()

    @given(st.data())
    def check(data):
        e = data.draw(expressions(smooth=smooth))
        drawn["asked"] += 1
        point = data.draw(points_for(e, margin=margin))
        drawn["had"] += 1
        work = e.evaluate(mg.namespaces.floats.FLOAT, point)
        assert all(abs(y) < 1e7 for y in work)
        for node in e.nodes:
            if node.op and not node.op.vectors:
                operands = [work[i] if type(i) is int else i for i in node.args]
                assert operands in node.op.domain

    check()
    # a comparison of x with x is at its kink everywhere, and asking again is all that helps
    assert drawn["had"] >= (0.5 if margin and not smooth else 0.8) * drawn["asked"]


def test_points_are_not_at_the_ends_of_a_domain(added):
    row = added("ended", formula=lambda xp, x: 1 + x, domain=between(0, 1))

    @given(points_for(Graph.of(row(Value(0.5, "x")))))
    def check(point):
        assert 0 < point[0] < 1

    check()


@pytest.mark.parametrize(
    ("f", "distance"),
    [
        (lambda x, y: mg.relu(x) + y, lambda x, y: abs(x)),
        (lambda x, y: mg.maximum(x, y), lambda x, y: abs(x - y)),
        (lambda x, y: mg.where(x < y, x, y), lambda x, y: abs(x - y)),
        (lambda x, y: mg.floor(x) + y, lambda x, y: abs(x - round(x))),
        (lambda x, y: x % 2 + y, lambda x, y: abs(math.remainder(x, 2))),
    ],
    ids=["relu", "maximum", "where", "floor", "mod"],
)
def test_points_stay_clear_of_kinks(f, distance):
    @given(points_for(Graph.of(f(Value(0.5, "x"), Value(0.75, "y"))), margin=0.01))
    def check(point):
        assert distance(*point) >= 0.01

    check()


@either
def test_the_inputs_of_formulas_are_simple_where_they_can_be(smooth):
    for wanted, value in [(lambda x: x < -3.3, -4.0), (lambda x: x > 2.5, 3.0)]:
        e = smallest(
            expressions(smooth=smooth), lambda e, f=wanted: any(f(x.data) for x in e.inputs)
        )
        assert value in [x.data for x in e.inputs]


@pytest.mark.parametrize("strategy", [expressions(), expressions(smooth=True), graphs()])
def test_a_draw_stays_far_from_hypothesiss_deadline(strategy):
    """200 ms. Here a formula takes 1.0 ms on average and a graph 1.4 ms, 14 ms at the longest."""
    spent = []

    @settings(max_examples=300, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data):
        started = time.thread_time()  # what other processes do is no fault of ours
        data.draw(strategy)
        spent.append(time.thread_time() - started)

    check()
    gc.disable()  # the deadline leaves out what the collector takes
    try:
        spent.clear()
        check()
    finally:
        gc.enable()
    assert statistics.fmean(spent) < 0.01  # slow machines take a few times as long
    assert max(spent) < 0.1


def test_importing_the_strategies_imports_no_oracle():
    """As a stand-in for the package is in place, what ``micrograph.testing`` imports is left out."""
    script = """
import sys, types, micrograph
package = types.ModuleType("micrograph.testing")
package.__path__ = [micrograph.__path__[0] + "/testing"]
sys.modules["micrograph.testing"] = package
import micrograph.testing.points
assert "hypothesis" not in sys.modules
import micrograph.testing.strategies
assert not {"mpmath", "flint"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_points_leave_the_recorded_one():
    e = Graph.of(mg.log(Value(2.0, "x")) / Value(3.0, "y"))
    assert smallest(points_for(e), lambda p: p[0] > 4 and p[1] < 0)[1] == -1.0


FAILING = """
from hypothesis import given, settings
from hypothesis import strategies as st

import micrograph as mg
from micrograph.testing import arguments, expressions, graphs, numbers, points_for

seeded = settings(database=None, derandomize=True, max_examples=1000, deadline=None)


@seeded
@given(numbers())
def test_number(x):
    assert x >= -25


@seeded
@given(arguments("atan2"))
def test_arguments(pair):
    assert pair[0] < 12


@seeded
@given(expressions(primitives=["tanh", "add", "exp"]))
def test_formula(formula):
    assert all(node.op is not mg.tanh for node in formula.nodes)


@seeded
@given(graphs(primitives=["mul", "sin"]))
def test_graph(graph):
    assert all(node.op is not mg.mul for node in graph.nodes)


@seeded
@given(st.data())
def test_points(data):
    formula = mg.Graph.of(mg.log(mg.Value(3.0, "x")))
    assert data.draw(points_for(formula))[0] < 5


def test_ends():
    numbers(2, 1)


def test_rows():
    expressions(primitives=["sinn"])
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    project = tmp_path_factory.mktemp("theirs")
    (project / "test_theirs.py").write_text(FAILING, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, encoding="utf-8")
    assert "7 failed" in ran.stdout
    return ran.stdout


@pytest.mark.parametrize(
    "example",
    ["x=-26.0,", "pair=(12.0, 0.0),", "formula=lambda x: mg.tanh(x),", "graph=lambda x: x * x,",
     "Draw 1: (5.0,)", "no number between min_value=2 and max_value=1",
     "no primitive is named 'sinn'"],
)  # fmt: skip
def test_a_failing_example_is_to_paste(shown, example):
    assert example in shown


def test_a_failing_example_has_nothing_from_inside(shown):
    """Neither frames, nor lines that Hypothesis would explain it by, nor steps and picks."""
    assert str(mg.__path__[0]) not in shown
    assert "micrograph/" not in shown
    for name in ("_grown", "_between", "row_of", "drawn", "domain"):
        assert name not in shown

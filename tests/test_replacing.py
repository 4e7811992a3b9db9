"""A user's row is registered again: the new row has the name, and what was made before keeps the old."""

import copy
import linecache
import pickle
import sys
import threading
from contextlib import contextmanager

import mpmath
import numpy as np
import pytest

import micrograph as mg
from micrograph import Graph, Value, grad, naming, primitive, registration
from micrograph.core import ADDED, KINDS, TABLE
from micrograph.namespaces.floats import FLOAT, IEEE
from micrograph.namespaces.text import TEXT, Text

CUBE = {"formula": lambda xp, x: x * x * x}
SQUARE = {"formula": lambda xp, x: x * x}
OPAQUE = {"value": lambda x: float(x) ** 3, "partials": lambda xp, y, x: (3 * x * x,)}
OPAQUE_SQUARE = {"value": lambda x: float(x) ** 2, "partials": lambda xp, y, x: (2 * x,)}


def registered(rules, **options):
    return primitive("power_of", **rules, **options)


def computed(row, graph, fast):
    """What a row gives at 2, by every way that leads to a number."""
    numbers = [
        row(2.0),
        row(Value(2.0)).data,
        grad(row)(2.0),
        mg.jvp(row, (2.0,), (1.0,))[1],
        grad(grad(row))(2.0),
        graph(2.0),
        graph.gradient()(2.0),
        float(graph.evaluate(IEEE, [2.0])[-1]),
        row(np.array([2.0]))[0],
        row(np.array([2.0], dtype=np.float32))[0],
        row(mg.values(np.array([2.0])))[0].data,
        fast(2.0),
        fast.grad(2.0),
        fast(np.array([2.0, 2.0]))[1],
        graph.simplified()(2.0),
        mg.trace(row, 1.0)(2.0),
    ]
    if row.definition:
        numbers += [row(mpmath.mpf(2)), Graph.from_json(graph.to_json())(2.0)]
        numbers.append(row(sys.modules["flint"].arb(2)).mid())
    return list(map(float, numbers))


@pytest.mark.parametrize(("first", "second"), [
    (CUBE, SQUARE), (OPAQUE, OPAQUE_SQUARE), (CUBE, OPAQUE_SQUARE), (OPAQUE, SQUARE),
], ids=["formulas", "opaque", "formula-opaque", "opaque-formula"])  # fmt: skip
def test_what_was_made_before_keeps_its_row(first, second):
    pytest.importorskip("flint", reason="balls are one of the kinds of number")
    old = registered(first)
    x = Value(2.0, "x")
    y, graph, fast = old(x), Graph.of(old(x)), mg.compile(lambda x: old(x))
    caller = (
        primitive("calls_it", formula=lambda xp, x: 2 * xp.power_of(x)) if old.definition else old
    )
    by_caller = caller, Graph.of(caller(x)), mg.compile(lambda x: caller(x))
    before = computed(old, graph, fast), computed(*by_caller)
    new = registered(second, replace=True)
    assert (computed(old, graph, fast), computed(*by_caller)) == before
    y.backward()
    assert (y.data, x.grad) == (8.0, 12.0)
    assert copy.copy(y).op is copy.deepcopy(y).op is copy.deepcopy(Graph.of(y)).nodes[1].op is old
    assert TABLE["power_of"] is new
    assert x.power_of().op is new
    fresh = computed(new, Graph.of(x.power_of()), mg.compile(lambda x: x.power_of()))
    assert fresh[:5] == [4.0, 4.0, 4.0, 4.0, 2.0]
    both = Graph.of(old(x) + new(x))
    assert both(3.0) == 36.0
    assert both.gradient()(3.0) == 33.0
    if old.definition and new.definition:
        assert "power_of_replaced(x) + power_of(x)" in both.source
        assert mg.to_html(both).count('"name":"power_of') == 2


def test_every_namespace_has_the_new_row_by_name():
    """Also those that were asked for the old row by name, as a rule asks."""
    registered(CUBE)(mpmath.mpf(2))
    numbers = {FLOAT: 2.0, KINDS[mpmath.mpf]: mpmath.mpf(2), KINDS[np.ndarray]: np.array([2.0])}
    narrow = KINDS[np.ndarray].typed([np.float32([2.0])])
    asked = [*set(KINDS.values()), narrow]
    for xp in asked:
        assert callable(xp.power_of)
    new = registered(SQUARE, replace=True)
    for xp in asked:
        assert xp.power_of == getattr(xp, new.key)
    assert [float(np.ravel(xp.power_of(x))[0]) for xp, x in numbers.items()] == [4.0] * 3
    assert str(Text("x").power_of()) == str(TEXT.power_of(Text("x"))) == "power_of(x)"


@pytest.mark.parametrize("rules", [
    {"formula": lambda xp, x: xp.sinn(x)}, {"formula": lambda xp, x: 1j},
    {**SQUARE, "partials": lambda xp, y, x: 1.0}, {"value": lambda x: None, "partials": lambda xp, y, x: (x,)},
    {"formula": lambda xp, x: xp.log(x - 1e9)},
])  # fmt: skip
def test_if_the_new_row_is_refused_the_old_one_stays_whole(rules):
    old = registered(CUBE)
    kept = (
        dict(TABLE),
        dict(ADDED),
        dict(FLOAT.atoms),
        vars(Value)["power_of"],
        vars(Text)["power_of"],
    )
    with pytest.raises(TypeError, match=r"(formula fails|partials fail|value fails) at x = 0\.5"):
        registered(rules, replace=True)
    now = (
        dict(TABLE),
        dict(ADDED),
        dict(FLOAT.atoms),
        vars(Value)["power_of"],
        vars(Text)["power_of"],
    )
    assert now == kept
    assert grad(lambda x: x.power_of())(2.0) == grad(old)(2.0) == 12.0


@contextmanager
def interrupted(after, files):
    """KeyboardInterrupt before the line of these files that is run after so many others."""
    left = [after]

    def trace(frame, event, argument):
        code = frame.f_code
        if code.co_filename not in files:
            return None
        line = linecache.getline(code.co_filename, frame.f_lineno).strip()
        # Python itself interrupts after a call alone: neither at ``try:``, nor within ``with``
        left[0] -= event == "line" and line != "try:" and not line.startswith("with")
        if left[0] < 0:
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def test_an_interrupt_anywhere_leaves_one_of_the_two_rows_whole():
    files = registration.__file__, naming.__file__
    for after in range(1000):
        naming.forget("power_of")
        old = registered(CUBE)
        kept = set(FLOAT.atoms), set(ADDED)
        try:
            with interrupted(after, files):
                registered(OPAQUE_SQUARE, replace=True)
            break
        except KeyboardInterrupt:
            pass
        row = TABLE["power_of"]
        assert row is not old or (set(FLOAT.atoms), set(ADDED)) == kept
        assert Value(2.0).power_of().op is row
        assert grad(lambda x: x.power_of())(2.0) == grad(row)(2.0) == (12.0 if row is old else 4.0)
        assert FLOAT.power_of(2.0) == (8.0 if row is old else 4.0)
    assert 40 < after < 999


REGISTER = (
    "import micrograph; row = micrograph.primitive('power_of', formula=lambda xp, x: x ** {})"
)


def test_a_cell_may_run_twice_but_a_module_says_how_to_go_on():
    notebook = {"__name__": "__main__"}
    exec(REGISTER.format(3), notebook)
    exec(REGISTER.format(2), notebook)
    assert notebook["row"](3.0) == 9.0
    for module, other in [("shop", "__main__"), ("__main__", "shop"), ("shop", "shop")]:
        naming.forget("power_of")
        exec(REGISTER.format(3), {"__name__": module})
        with pytest.raises(
            ValueError, match=f"already, in {module}; write replace=True to put this"
        ):
            exec(REGISTER.format(2), {"__name__": other})
        assert TABLE["power_of"](2.0) == 8.0
    with pytest.raises(ValueError, match="a row of micrograph itself, which can't be replaced"):
        primitive("exp", **CUBE, replace=True)
    with pytest.raises(ValueError, match="the name 'grad' is taken"):
        primitive("grad", **CUBE, replace=True)


def test_a_pickle_of_a_row_that_was_replaced_is_refused():
    """It would hold the name, and be read with the new row."""
    old = registered(CUBE)
    y, graph = old(Value(2.0)), Graph.of(old(Value(2.0)))
    assert pickle.loads(pickle.dumps(y)).op is old
    new = registered(SQUARE, replace=True)
    for x in (y, graph, old):
        with pytest.raises(pickle.PicklingError, match=r"another row was registered by this name"):
            pickle.dumps(x)
    assert pickle.loads(pickle.dumps(new(Value(2.0)))).op is new


def test_a_compiled_function_keeps_what_it_traced_and_traces_anew_with_the_new_row():
    registered(CUBE)
    fast = mg.compile(lambda v: mg.sum([x.power_of() for x in v]))
    assert fast([2.0]) == 8.0
    registered(SQUARE, replace=True)
    assert fast([2.0]) == 8.0  # as anything that f reads besides its arguments
    assert fast.grad([2.0]) == [12.0]
    assert fast([2.0, 3.0]) == 13.0
    assert mg.compile(lambda v: v[0].power_of())([2.0]) == 4.0


def test_a_rule_may_call_its_own_row_after_it_was_replaced():
    def powers(of):
        return {"value": lambda n, x: x**n * of,
                "partials": lambda xp, y, n, x: (0.0, n * xp.own_power(n - 1, x))}  # fmt: skip

    old = primitive("own_power", **powers(1.0))
    new = primitive("own_power", **powers(10.0), replace=True)
    assert [grad(row, 1)(3.0, 2.0) for row in (old, new)] == [12.0, 120.0]
    assert [grad(grad(row, 1), 1)(3.0, 2.0) for row in (old, new)] == [12.0, 120.0]


def test_threads_see_the_old_row_or_the_new_one_and_graphs_their_own():
    old = registered(CUBE)
    graph, faults, done = Graph.of(old(Value(2.0, "x"))), [], threading.Event()

    def use():
        while not done.is_set():
            x = Value(2.0)
            y = x.power_of()
            y.backward()
            found = y.data, x.grad, graph(2.0), FLOAT.power_of(2.0)
            if found[:3] not in {(8.0, 12.0, 8.0), (4.0, 4.0, 8.0)} or found[3] not in (4.0, 8.0):
                faults.append(found)

    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=use) for _ in range(2)]
    try:
        for thread in threads:
            thread.start()
        for k in range(20):
            registered(SQUARE if k % 2 else CUBE, replace=True)
            assert FLOAT.power_of(2.0) == (4.0 if k % 2 else 8.0)
    finally:
        done.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(switch)
    assert faults == []


def test_of_threads_that_replace_a_row_at_once_each_gets_its_own():
    faults = []

    def work(slope):
        try:
            for _ in range(30):
                row = registered({"formula": lambda xp, x: slope * x}, replace=True)
                if (row(2.0), grad(row)(3.0)) != (2 * slope, slope):
                    faults.append(slope)
        except ValueError as error:
            faults.append(str(error))

    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=work, args=(float(p),)) for p in range(1, 7)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switch)
    assert faults == []

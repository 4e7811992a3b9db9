"""Scopes: which nodes are in one, what travels with a node, and that nothing is left behind."""

import base64
import copy
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import tracemalloc
from contextlib import ExitStack, suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Graph, Value
from micrograph.engine import build
from micrograph.engine.reading import columns, in_columns
from micrograph.engine.scope import scopes

BEFORE = """
fCQBU0RR910001t3T<g)a&KpHVQ^@aj0s<IWpi|Ia%E(clay!zU6d$j0E`7zVQh6}l#`Sxfs|+kDS?z|1u21)WnGjgU6d$CK
nMT;00000M*si-000000E_{6lujv$O8|6~PKT6TlqgF8M?e4o000000A(mgKo|f300000M*si-0000008VHCj0#_JZ+BmAVQ
pn(l#`T<18sF|l!cU1lt(}S00000004!QiAw-<lun0~U6d$G0ZRa7C`Ujd00000002h-000000001t0eO^Y5R3z1WMq_ulv0
#OKkxtm00000M?dfY000000EU!_O8|6~PKT6bhLlp2g_Ke-Xb3I
"""
"""``x * 2 + x`` with a leaf x = 3 named "x" and a root named "y", pickled before there were scopes."""


def program():
    """A leaf, a nameless node, a named one, a node of three operands, one of a vector."""
    x = Value(2.0, "x")
    y = x * 3
    z = (y + 1).named("z")
    nodes = [x, y, z, mg.where(z, y, x), mg.sum([x, y, z, 1.0]), mg.dot([x, y], [2.0, z])]
    gamma = mg.gamma(x)  # a row that Python computes
    return [*nodes, gamma, -y, mg.max([x, y]), 1.0 - z, z**2]


def paths(nodes):
    return {node.scope for node in nodes}


def test_what_is_made_inside_is_in_the_scope_and_nothing_else_is():
    before = program()
    with mg.scope("layer 1"):
        inside = program()
        mixed = before[0] + inside[0]
    after = program()
    assert (paths(before), paths(inside), paths(after)) == ({()}, {("layer 1",)}, {()})
    assert mixed.scope == ("layer 1",)
    assert (inside[0] * 2).scope == ()


@given(st.recursive(st.just([]), lambda below: st.lists(st.tuples(st.text(min_size=1), below))))
def test_a_path_is_the_names_from_the_outermost_scope_to_the_innermost(tree):
    def enter(tree, path):
        assert paths(program()) == {path}
        for name, below in tree:
            with mg.scope(name):
                enter(below, (*path, name))
        assert paths(program()) == {path}

    enter(tree, ())


def test_a_name_and_a_scope_do_not_disturb_each_other():
    with mg.scope("a"):
        x = Value(1.0, "x")
        y = x * 2
    x.name = None
    y.name = "y"
    assert [(n.name, n.scope) for n in (x, y)] == [(None, ("a",)), ("y", ("a",))]
    y.name = y.name + "2"
    x.named("x").named(None)
    assert [(n.name, n.scope) for n in (x, y)] == [(None, ("a",)), ("y2", ("a",))]
    with pytest.raises(TypeError, match="expected a string as a name, got 3"):
        y.name = 3
    assert (y.name, y.scope) == ("y2", ("a",))
    assert (x + y).named("J").node("y2") is y


def test_a_scope_is_for_reading():
    x = Value(1.0)
    with pytest.raises(AttributeError):
        x.scope = ("a",)
    assert x.scope == ()


def test_the_same_name_again_is_the_same_group():
    again = mg.scope("example")
    found = []
    for _ in range(3):
        with again:
            found.append(Value(1.0) * 2)
        with mg.scope("example"):
            found.append(Value(1.0) * 2)
    assert paths(found) == {("example",)}
    with again, again:
        assert Value(1.0).scope == ("example", "example")
    assert Value(1.0).scope == ()


def test_a_scope_decorates_a_function_even_one_that_calls_itself():
    @mg.scope("f")
    def f(x, n):
        """Documented."""
        return f(x * 2, n - 1) if n else x + 1

    y = f(Value(1.0), 2)
    assert y.scope == ("f", "f", "f")
    assert y.parents[0].scope == ("f", "f")
    assert (f.__name__, f.__doc__, (y * 2).scope) == ("f", "Documented.", ())


def test_an_exit_stack_holds_scopes():
    with ExitStack() as stack:
        for name in "abc":
            stack.enter_context(mg.scope(name))
        assert Value(1.0).scope == ("a", "b", "c")
    assert Value(1.0).scope == ()


@pytest.mark.parametrize("name", [None, 3, b"a", ["a"], Value(1.0)])
def test_a_name_that_is_no_string_is_refused(name):
    with pytest.raises(
        TypeError, match=r"^scope: expected a name, as in scope\(\"layer 1\"\); got"
    ):
        mg.scope(name)


def test_an_empty_name_is_refused():
    with pytest.raises(ValueError, match=r"^scope: the name is empty; expected one"):
        mg.scope("")


def test_a_name_of_another_kind_of_string_becomes_plain():
    """An attribute of the string could hold the node, and neither could be freed."""

    class Name(str):
        __slots__ = ("held",)

        def __str__(self):
            return "wrong"

    with mg.scope(Name("a")):
        (name,) = Value(1.0).scope
    assert (type(name), name) == (str, "a")


def test_a_row_cannot_be_called_scope():
    with pytest.raises(ValueError, match=r"^primitive: the name 'scope' is taken; choose another$"):
        mg.primitive("scope", formula=lambda xp, x: x * 2)


# Nothing is left behind


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_an_error_leaves_the_scope(error):
    with mg.scope("around"):
        with pytest.raises(error), mg.scope("a"), mg.scope("b"):
            raise error
        assert Value(1.0).scope == ("around",)
    assert Value(1.0).scope == ()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no timers")
def test_an_interrupt_leaves_no_scope_open():
    armed = False

    def interrupt(*_):
        if armed:
            raise KeyboardInterrupt

    def spin():
        while True:
            with mg.scope("a"), again:
                pass
            decorated()

    again, decorated = mg.scope("b"), mg.scope("c")(lambda: None)
    old = signal.signal(signal.SIGALRM, interrupt)
    gc.collect()
    gc.disable()  # while Python collects garbage, an interrupt is lost, and told as a warning
    try:
        for i in range(3000):
            try:  # again after 20 ms, if one is lost nevertheless
                armed = True
                signal.setitimer(signal.ITIMER_REAL, 2e-6 * (1 + i % 50), 0.02)
                spin()
            except KeyboardInterrupt:
                armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            assert Value(1.0).scope == ()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        gc.enable()
    assert not scopes


def test_a_scope_is_of_its_thread_alone():
    entered, seen = threading.Barrier(8, timeout=60), {}

    def work(i):
        for n in range(50):
            with mg.scope(f"thread {i}"):
                entered.wait()
                inside = program()
                with mg.scope(str(n)):
                    deeper = program()
                entered.wait()
            outside = program()
            seen[i, n] = paths(inside), paths(deeper), paths(outside)

    with mg.scope("main"):
        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        mine = Value(1.0)
        for thread in threads:
            thread.join()
        assert Value(1.0).scope == mine.scope == ("main",)
    assert seen == {
        (i, n): ({(f"thread {i}",)}, {(f"thread {i}", str(n))}, {()})
        for i in range(8)
        for n in range(50)
    }


def test_a_thread_that_ends_inside_a_scope_leaves_nothing_to_others():
    def begin():
        with mg.scope("of a generator"):
            yield Value(1.0)

    generators = [begin() for _ in range(20)]
    threads = [threading.Thread(target=next, args=(g,)) for g in generators]
    for thread in threads:
        thread.start()
        thread.join()
    found = []
    thread = threading.Thread(target=lambda: found.append(Value(1.0).scope))
    thread.start()
    thread.join()
    assert [Value(1.0).scope, *found] == [(), ()]
    for g in generators:
        with suppress(RuntimeError):  # the compiled engine says that this thread did not enter it
            g.close()
    assert Value(1.0).scope == ()


# What travels with a node


class Weight(Value):
    __slots__ = ("rate",)


def grouped():
    with mg.scope("outer"):
        w = Weight(2.0, "w")
        w.rate = 0.5
        with mg.scope("inner"):
            y = w * 3
            return y, (y + Value(1.0, "b")).named("J")


COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {p}": lambda x, p=p: pickle.loads(pickle.dumps(x, p))
        for p in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_a_copy_has_the_scope_and_the_name_of_the_node(copied):
    _, J = grouped()
    plain = Value(1.0, "plain") * 2
    with mg.scope("elsewhere"):  # where a copy is made does not matter
        twin, other = copied(J), copied(plain)
    assert [(n.name, n.scope) for n in twin.walk()] == [(n.name, n.scope) for n in J.walk()]
    assert paths(J.walk()) == {("outer",), ("outer", "inner")}
    assert [w.rate for w in twin.walk() if type(w) is Weight] == [0.5]
    assert paths(other.walk()) == {()}


def test_a_copy_in_a_transform_has_the_scope_of_the_node():
    def f(x):
        with mg.scope("a"):
            copies.append((copy.copy(x), copy.deepcopy(x)))
        return copies[-1][0] * copies[-1][1]

    copies = []
    assert mg.grad(f)(3.0) == 6.0
    assert paths(copies[0]) == {()}


@pytest.mark.parametrize("other", ["0", "1"])
def test_either_engine_reads_the_scopes_of_the_other(other, tmp_path):
    path = tmp_path / "J"
    script = (
        "import pickle, micrograph as mg\n"
        "with mg.scope('a'):\n    J = (mg.Value(2.0, 'x') * 3 + 1).named('J')\n"
        f"pickle.dump(J, open({str(path)!r}, 'wb'))"
    )
    environment = {**os.environ, "MICROGRAPH_PURE": other}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
    J = pickle.loads(path.read_bytes())
    assert [(n.name, n.scope) for n in J.walk()] == [
        ("x", ("a",)), (None, ("a",)), ("J", ("a",))
    ]  # fmt: skip


def test_a_pickle_from_before_there_were_scopes_is_read():
    y = pickle.loads(base64.b85decode(BEFORE.replace("\n", "")))
    assert [(n.name, n.scope, n.data) for n in y.walk()] == [
        ("x", (), 3.0), (None, (), 6.0), ("y", (), 9.0)
    ]  # fmt: skip


def test_a_leaf_that_is_made_again_is_in_the_scope_of_now():
    with mg.scope("a"):
        x = Value(1.0, "x")
    x.__init__(2.0)
    assert (x.scope, x.name) == ((), None)
    with mg.scope("b"):
        x.__init__(2.0, "y")
    assert (x.scope, x.name) == (("b",), "y")


def test_arrays_of_leaves_are_in_the_scope():
    with mg.scope("weights"):
        w = mg.values(np.ones((2, 3)), "w")
        y = w @ np.ones(3)
    assert paths(w.flat) == paths(y) == {("weights",)}
    assert len({x.name for x in w.flat}) == 6


# Transforms


@mg.scope("f")
def f(x, w):
    with mg.scope("inside"):
        z = mg.tanh(x * w)
    seen.append((x.scope, z.scope))
    return z * z + mg.sin(w)


seen = []


def plain(x, w):
    z = mg.tanh(x * w)
    return z * z + mg.sin(w)


def test_transforms_of_a_function_that_enters_a_scope():
    seen.clear()
    assert mg.value_and_grad(f, argnums=(0, 1))(0.5, 2.0) == mg.value_and_grad(plain, (0, 1))(
        0.5, 2.0
    )
    assert mg.grad(mg.grad(f))(0.5, 2.0) == mg.grad(mg.grad(plain))(0.5, 2.0)
    given, inner = zip(*seen, strict=True)
    assert (set(given), set(inner)) == ({()}, {("f", "inside")})
    graph = mg.trace(f, 0.5, 2.0)
    assert graph(0.25, 3.0) == plain(0.25, 3.0)
    assert Value(1.0).scope == ()


def test_what_a_transform_records_is_in_the_scope_around_it():
    w = Value(2.0, "w")
    with mg.scope("a"):
        slope = mg.grad(lambda x: mg.exp(x * w) * x)(0.5)
    assert paths(set(slope.walk()) - {w}) == {("a",)}
    slope = mg.grad(lambda x: f(x, w))(0.5)
    assert paths(set(slope.walk()) - {w}) == {(), ("f", "inside")}


# Graphs


def test_a_graph_keeps_the_scopes_of_its_nodes_and_so_does_its_pickle():
    _, J = grouped()
    K = J * Value(2.0, "x")
    graph = Graph.of(K)
    expected = {i: n.scope for i, n in enumerate(K.walk()) if n.scope}
    assert graph.nodes.scopes == expected
    assert set(expected.values()) == {("outer",), ("outer", "inner")}
    assert len(expected) == len(graph.nodes) - 2  # K and x have none
    assert pickle.loads(pickle.dumps(graph)).nodes.scopes == expected
    assert columns((K,), []) == in_columns((K,), [])
    assert Graph.from_json(graph.to_json()).nodes == graph.nodes
    assert Graph.of(Value(1.0) * 2).nodes.scopes == {}


# Memory


def test_a_million_nodes_in_a_scope_share_one_path():
    with mg.scope("deep"):
        x = Value(1.0, "a")
        for i in range(1_000_000):
            x = x + 0.5 if i % 2 else 1.0 * x
    x.backward()
    order = x.walk()
    assert len({id(node.scope) for node in order}) == 1
    assert order[0].grad == 1.0


def test_freed_nodes_leave_no_memory_behind():
    def work():
        for i in range(200):
            with mg.scope(f"a{i}"), mg.scope("b"):
                y = Value(1.0, "x")
                for _ in range(20):
                    y = (y * 2 + 1).named("y")
                y.named(None).named("z")
                y = copy.deepcopy(y)
                pickle.loads(pickle.dumps(y))
            with suppress(ZeroDivisionError), mg.scope("c"):
                y / 0

    work()
    gc.collect()
    tracemalloc.start()
    try:
        work()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(5):
            work()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # CPython keeps up to 2,000 dead tuples of a size, 112 KB. 40,000 nodes' names and paths would be
    # 1.6 MB.
    assert after - before < 200_000


def test_nodes_that_are_gone_hold_no_path_and_no_name():
    name = "".join(["some ", "name"])  # a string of its own
    with mg.scope("a"):
        x = Value(1.0)
        path = x.scope
        program()  # a row is met for the first time
        before = sys.getrefcount(path), sys.getrefcount(name)
        for _ in range(100):
            program()
            y = copy.copy(x + 1).named(name)
            y.name = None
            y.name = name
            assert y.scope is path
            assert pickle.loads(pickle.dumps(y)).scope == path
            y.__init__(2.0, name)
        del y
        assert (sys.getrefcount(path), sys.getrefcount(name)) == before


def test_outside_of_scopes_a_node_takes_no_memory_more():
    if build.compiled:
        assert sys.getsizeof(Value(1.0)) == 96
    else:
        assert not hasattr(Value(1.0) * 2, "_scope")

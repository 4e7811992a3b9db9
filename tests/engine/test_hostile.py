"""What user code, other threads, a lack of memory or an interrupt can't do to the engine."""

import gc
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

import micrograph as mg
from micrograph import DomainError, Value
from micrograph.engine import build
from micrograph.engine.reading import live
from micrograph.engine.value import mode

HERE = Path(__file__).parent
compiled_only = pytest.mark.skipif(not build.compiled, reason="there is no compiled engine here")


def run(script, *arguments):
    """What a Python of its own prints, on the engine that runs here."""
    pure = str(int(not build.compiled))
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        env={**os.environ, "MICROGRAPH_PURE": pure},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


# Rules that return anything


NO_PARTIALS = [
    (1.0,),
    (1.0, 2.0, 3.0),
    (),
    None,
    1.0,
    [1.0, 2.0],
    ("a", 1.0),
    (None, 1.0),
    (1j, 1.0),
]
NO_NUMBERS = [None, "3", 1j, [1.0], np.array([1.0, 2.0]), Value(1.0), b"3", {}]


@pytest.mark.parametrize("junk", NO_PARTIALS, ids=repr)
def test_partials_that_are_none_are_refused_by_name(junk):
    def partials(xp, y, a, b):
        return (b, a) if not isinstance(a, float) or a < 5 else junk

    opaque = mg.primitive("opaque", value=lambda a, b: a * b, partials=partials)
    written = mg.primitive("written", formula=lambda xp, a, b: a * b, partials=lambda xp, y, a, b: (
        (b, a) if isinstance(a, mg.namespaces.text.Text) or a < 5 else junk))  # fmt: skip
    for row in (opaque, written):
        for call in (
            lambda row=row: row(Value(9.0), Value(2.0)),
            lambda row=row: row(Value(9.0), 2.0),
            lambda row=row: getattr(Value(9.0), row.name)(2),
            lambda row=row: mg.grad(row)(9.0, 2.0),
            lambda row=row: mg.hessian(lambda x: row(x, x))(9.0),
        ):
            with pytest.raises(TypeError, match=rf"{row.name}: partials should return .*9"):
                call()
        y = row(Value(2.0), Value(3.0))
        assert (y.data, y.partials) == (6.0, (3.0, 2.0))


@pytest.mark.parametrize("junk", NO_NUMBERS, ids=repr)
def test_a_value_that_is_no_number_is_refused_by_name(junk):
    opaque = mg.primitive(
        "opaque", value=lambda a: a if a < 5 else junk, partials=lambda xp, y, a: (1.0,)
    )
    choosing = mg.primitive("choosing", formula=lambda xp, a: (
        a if not isinstance(a, float) or a < 5 else junk))  # fmt: skip
    for row in (opaque, choosing):
        for call in (
            lambda row=row: row(9.0),
            lambda row=row: row(Value(9.0)),
            lambda row=row: mg.grad(row)(9.0),
        ):
            with pytest.raises(
                TypeError,
                match=rf"{row.name}.* (should return real numbers; at 9|returned \d numbers)",
            ):
                call()
        assert row(Value(2.0)).data == 2.0
    with pytest.raises(
        TypeError, match=r"opaque: value (should return real numbers; at 9|returned \d numbers)"
    ):
        opaque(np.array([1.0, 9.0]))


def test_whole_numbers_become_floats_on_either_engine():
    row = mg.primitive("whole", value=lambda a: 3, partials=lambda xp, y, a: (np.float64(1),))
    y = row(Value(1.0))
    assert [type(x) for x in (y.data, *y.partials)] == [float, float]


def test_an_opaque_rule_runs_with_no_transform_under_way():
    slope = mg.primitive(
        "slope",
        value=lambda x: mg.grad(lambda v: v**3)(x) + float(Value(x) * 0),
        partials=lambda xp, y, x: (6 * x,),
    )
    assert slope(Value(2.0)).data == 12.0
    assert mg.grad(slope)(2.0) == 12.0
    assert mg.hessian(lambda x: slope(x) * x)(2.0) == 36.0
    assert mg.jvp(slope, (2.0,), (1.0,)) == (12.0, 12.0)
    assert mg.vjp(slope, 2.0)[1](1.0) == (12.0,)


# Nodes from elsewhere


@pytest.mark.parametrize(
    ("operands", "op", "partials"),
    [
        ((Value(1.0), Value(2.0)), mg.mul, (1.0,)),
        ((Value(1.0), Value(2.0)), mg.mul, ()),
        ((Value(1.0),), mg.mul, (1.0,)),
        ((Value(1.0), 2.0, 3.0), mg.mul, (1.0, 1.0, 1.0)),
        ((Value(1.0), "2"), mg.mul, (1.0, 1.0)),
        ((Value(1.0), Value(2.0)), mg.mul, ("a", 1.0)),
        ((Value(1.0), Value(2.0)), "mul", (1.0, 1.0)),
        ([Value(1.0)] * 2, mg.mul, (1.0, 1.0)),
    ],
)
@compiled_only
def test_a_node_is_not_filled_with_what_is_none(operands, op, partials):
    node = Value(5.0) + 1
    with pytest.raises((TypeError, ValueError, AttributeError)):
        node._fill(operands, (1.0, 0.0, None, op, partials, False, 0))
    assert (node.data, node.op, node.partials) == (6.0, mg.add, (1.0,))


def test_damaged_pickles_are_refused():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    J = (a * b + a).named("J")
    _, (nodes,) = J.__reduce_ex__(4)
    load, (bare, contents) = nodes.__reduce__()
    del nodes
    fields = contents[2][1]
    for damaged in (
        ([2, 1], fields, None),  # of itself
        ([3, 1], fields, None),  # of what comes after
        ([-1, 1], fields, None),
        ([0.5, "b"], fields, None),
        ([0], fields, None),
        ([0, 1], (*fields[:4], (1.0,), *fields[5:]), None),
        ([0, 1], (*fields[:3], "mul", *fields[4:]), None),
        ([0, 1], (*fields[:3], None, *fields[4:]), None),
    ):
        spoiled = [*contents[:2], damaged, *contents[3:]]
        with pytest.raises((pickle.UnpicklingError, ValueError), match="damaged"):
            load([Value.__new__(Value) for _ in bare], spoiled)
    assert pickle.loads(pickle.dumps(J)).data == 8.0


@pytest.mark.parametrize("name", ["grad", "data", "name", "op", "parents", "operands", "partials"])
def test_a_nodes_fields_are_assigned_numbers_or_nothing(name):
    x = Value(2.0, "x")
    y = x * 3
    for wrong in ("t" if name != "name" else 5, [1], 1j):
        with pytest.raises((TypeError, AttributeError)):
            setattr(x, name, wrong)
    with pytest.raises(AttributeError):
        delattr(x, name)
    y.backward()
    assert (x.data, x.grad, x.name, x.op, x.parents, y.partials) == (
        2.0,
        3.0,
        "x",
        None,
        (),
        (3.0,),
    )
    with pytest.raises(TypeError, match="expected a number as grad, got 't'"):
        x.grad = "t"


def test_what_was_recorded_before_a_second_init_is_stale():
    a = Value(2.0, "a")
    J = (a * 3).named("J")
    a.__init__(5.0, "a")
    with pytest.raises(RuntimeError, match=r"a\.data changed after J was recorded"):
        J.backward()
    (a * 3).backward()
    assert a.grad == 3.0
    with pytest.raises(TypeError):
        a.__init__("5")
    assert (a.data, a.grad) == (5.0, 3.0)


# Memory


@compiled_only
def test_without_memory_everything_stays_as_it_was():
    pytest.importorskip("_testcapi", reason="CPython's own test module is not installed")
    printed = run((HERE / "without_memory.py").read_text(encoding="utf-8"))
    failed = dict(line.split() for line in printed.splitlines())
    assert set(failed) >= {"backward", "walk", "record", "read"}
    assert all(int(n) > 2 for n in failed.values())


def test_a_thread_that_waits_in_a_weakref_callback_stops_no_other_from_freeing():
    started, go_on = threading.Event(), threading.Event()

    def wait(_):
        started.set()
        go_on.wait(60)

    def let_go():
        y = Value(1.0) * 2
        seen = weakref.ref(y, wait)
        del y
        assert seen() is None

    thread = threading.Thread(target=let_go)
    thread.start()
    assert started.wait(60)
    nodes = [Value(1.0) * i for i in range(100)]
    seen = [weakref.ref(node) for node in nodes]
    nodes.clear()
    freed = [ref() is None for ref in seen]
    go_on.set()
    thread.join()
    assert all(freed)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_process_that_was_forked_meanwhile_frees_too():
    script = """
import os, threading, weakref
from micrograph import Value
started, go_on = threading.Event(), threading.Event()
def let_go():
    y = Value(1.0) * 2
    ref = weakref.ref(y, lambda _: (started.set(), go_on.wait(60)))
    del y
thread = threading.Thread(target=let_go)
thread.start()
started.wait(60)
if (child := os.fork()) == 0:
    y = Value(1.0) * 2
    ref = weakref.ref(y)
    del y
    os._exit(0 if ref() is None else 1)
go_on.set()
thread.join()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    pure = str(int(not build.compiled))
    ran = subprocess.run(  # Python warns of forks beside threads: that is what is tried
        [sys.executable, "-c", script], env={**os.environ, "MICROGRAPH_PURE": pure},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout == "0\n"


def test_a_circle_of_a_subclass_and_itself_is_collected():
    class Parameter(Value):
        pass

    p = Parameter(2.0)
    p.me = {"me": [p]}
    seen = weakref.ref(p)
    del p
    gc.collect()
    assert seen() is None


# Imports


PURGE = """
import pickle, sys
import micrograph as mg
from micrograph import Value
x = Value(2.0, "x")
for name in [name for name in sys.modules if name.partition(".")[0] == "micrograph"]:
    del sys.modules[name]
try:
    import micrograph
    print("another")
except ImportError as error:
    print(error)
y = x**3
y.backward()
print(x.grad, mg.grad(lambda v: v * x.data)(2.0), mg.Graph.of(y)(3.0))
print(pickle.loads(pickle.dumps(y)).data)
"""


def test_an_import_taken_out_of_sys_modules_goes_on_working():
    said, *others = run(PURGE).splitlines()
    assert "was imported before in this process" in said if build.compiled else said == "another"
    assert others == ["12.0 2.0 27.0", "8.0"]


SUBINTERPRETER = """
import micrograph
try:
    import _xxsubinterpreters as interpreters  # named so up to 3.12
except ImportError:
    import _interpreters as interpreters
told = "import micrograph; print(micrograph.build_info()['reason'], flush=True)"
print(interpreters.run_string(interpreters.create(), told))
"""


@compiled_only
def test_a_subinterpreter_is_told_why_plain_python_serves():
    """In a process of its own: CPython 3.11's decimal is spoilt for the main interpreter by it."""
    reason, failed = run(SUBINTERPRETER).splitlines()
    assert re.match("the extension can't be loaded: .*(I|i)nterpreter", reason)
    assert failed == "None"


def test_without_a_global_lock_plain_python_serves():
    script = "import sys; sys._is_gil_enabled = lambda: False; import micrograph; print(micrograph.build_info())"
    said = run(script)
    assert "plain Python" in said
    assert not build.compiled or "runs without a global lock" in said


# Interrupts


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no timers")
def test_an_interrupt_leaves_no_transform_under_way():
    f = lambda x: x * x * x + mg.sin(x) * x
    opaque = mg.primitive("opaque", value=lambda x: mg.grad(f)(x), partials=lambda xp, y, x: (1.0,))
    transforms = [mg.grad(f), mg.hessian(f), mg.grad(opaque), lambda x: mg.jvp(f, (x,), (1.0,)),
                  lambda x: mg.vjp(f, x)[1](1.0)]  # fmt: skip
    expected = [transform(1.5) for transform in transforms]

    armed = False

    def interrupt(*_):
        if armed:
            raise KeyboardInterrupt

    def spin(transform):
        while True:
            transform(1.5)

    old = signal.signal(signal.SIGALRM, interrupt)
    gc.collect()
    gc.disable()  # while Python collects garbage, an interrupt is lost, and told as a warning
    try:
        for i in range(2000):
            try:  # again after 20 ms, if one is lost nevertheless
                armed = True
                signal.setitimer(signal.ITIMER_REAL, 2e-6 * (1 + i % 50), 0.02)
                spin(transforms[i % len(transforms)])
            except KeyboardInterrupt:
                armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            assert (live, mode.sweeping) == (set(), 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        gc.enable()
    assert [transform(1.5) for transform in transforms] == expected
    with pytest.raises(DomainError):
        mg.log(Value(-1.0))

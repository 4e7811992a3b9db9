"""Graphs of a million nodes in a thread of 256 KiB, and what copies and pickles keep."""

import copy
import gc
import pickle
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest

import micrograph as mg
from micrograph import Value

DEEP = 1_000_000


def chain(n):
    x = leaf = Value(1.0, "a")
    for i in range(n):
        x = x + 0.5 if i % 2 else 1.0 * x
    return leaf, x


def in_a_small_thread(work):
    """Run ``work`` in a thread with 256 KiB of stack; a crash takes the process with it."""
    failed = []

    def run():
        try:
            work()
        except BaseException as error:
            failed.append(error)

    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    if failed:
        raise failed[0]


def test_a_chain_of_a_million_nodes():
    def work():
        leaf, x = chain(DEEP)
        x.backward()
        assert leaf.grad == 1.0
        assert repr(x) == f"Value({1.0 + DEEP / 4}, grad=1.0)"
        assert "beyond depth=3" in mg.draw(x, depth=3).source
        assert len(mg.table(x, depth=2).splitlines()) == 4
        assert mg.Graph.of(x)(a=2.0) == 2.0 + DEEP / 4
        del leaf, x

    limit = sys.getrecursionlimit()
    in_a_small_thread(work)
    assert sys.getrecursionlimit() == limit


def test_copies_of_a_chain_of_a_million_nodes():
    def work():
        twin = copy.deepcopy(chain(DEEP)[1])
        twin.backward()
        assert twin.leaves()[0].grad == 1.0

    in_a_small_thread(work)


def test_pickle_of_a_chain_of_a_million_nodes():
    def work():
        twin = pickle.loads(pickle.dumps(chain(DEEP)[1]))
        twin.backward()
        assert twin.leaves()[0].grad == 1.0

    in_a_small_thread(work)


def seed():
    a, b, c = Value(5, "a"), Value(3, "b"), Value(2, "c")
    u = (b * c).named("u")
    J = (3 * (a + u)).named("J")
    J.backward()
    return a, u, J


def through_pickle(protocol, dumps=pickle.dumps):
    return lambda x: pickle.loads(dumps(x, protocol))


COPIES = {
    "deepcopy": copy.deepcopy,
    **{f"protocol {n}": through_pickle(n) for n in range(pickle.HIGHEST_PROTOCOL + 1)},
    "in Python": through_pickle(4, pickle._dumps),
}
every_copy = pytest.mark.parametrize("twins", COPIES.values(), ids=COPIES)


@every_copy
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_nodes_copied_together_stay_one_graph(twins, order):
    nodes = seed()
    copies = twins([nodes[i] for i in order])
    a, u, J = (copies[order.index(i)] for i in range(3))
    assert J.node("u") is u
    assert J.leaves()[0] is a
    assert J is not nodes[2]
    assert [(n.name, n.data, n.grad, n.op, n.partials) for n in J.walk()] == [
        (n.name, n.data, n.grad, n.op, n.partials) for n in nodes[2].walk()
    ]
    assert J.operands[0] == 3.0
    J.backward()
    assert (a.grad, nodes[0].grad) == (6.0, 3.0)


class Parameter(Value):
    """A subclass with attributes of its own, in a dict and in a slot."""

    __slots__ = ("__dict__", "tag")


@every_copy
def test_what_a_subclass_adds_is_copied(twins):
    p, q = Parameter(2.0, "p"), Value(3.0, "q")
    p.tag, p.friend = [1], q * 2
    twin, other = twins([p, q])
    assert (type(twin), twin.data, twin.tag) == (Parameter, 2.0, [1])
    assert twin.tag is not p.tag
    assert twin.friend.parents == (other,)


@pytest.mark.parametrize(
    "hold", [lambda x: x, lambda x: [1, (x,)], lambda x: {"a": {"b": x}}, lambda x: np.array([x])]
)
def test_a_subclass_holds_nothing_that_was_computed_from_it(hold):
    """It would never be freed, as the compiled engine's nodes have no part in garbage collection."""
    p = Parameter(2.0, "p")
    with pytest.raises(TypeError, match=r"Parameter\.friend would hold what was computed from its"):
        p.friend = hold((p * 2).exp())

    class Tuned(Parameter):
        """A subclass of a subclass, whose slot is its base's."""

    q = Tuned(1.0)
    with pytest.raises(TypeError, match=r"Tuned\.tag would hold"):
        q.tag = hold(q * 2)
    q.grad, q.name, q.data = 2.0, "q", 3.0
    p.friend = [p]
    seen = weakref.ref(p)
    del p
    gc.collect()
    assert seen() is None


@every_copy
def test_an_outdated_graph_stays_outdated(twins):
    a, _, J = seed()
    a.data = 7.0
    twin = twins(J)
    with pytest.raises(RuntimeError, match=r"a\.data changed after J"):
        twin.backward()
    leaf = twin.leaves()[0]
    (leaf * 2).backward()
    assert leaf.grad == 5.0


def test_a_pickle_is_read_by_a_process_whose_clock_is_behind():
    a, _, J = seed()
    a.data = 7.0
    again = (a * 2).named("again")
    script = "import pickle, sys; x = pickle.load(sys.stdin.buffer); x.backward(); (x.leaves()[0] * 1).backward()"
    subprocess.run([sys.executable, "-c", script], input=pickle.dumps(again), check=True)


def test_a_shallow_copy_shares_its_parents():
    a, u, J = seed()
    twin = copy.copy(J)
    assert twin is not J
    assert twin.parents == J.parents
    twin.backward()
    assert a.grad == 6.0


def test_a_failed_pickle_leaves_nothing_behind():
    a, _, J = seed()
    bad = Parameter(1.0)
    bad.friend = threading.Lock()
    with pytest.raises(TypeError):
        pickle.dumps(bad * J)
    assert pickle.loads(pickle.dumps(J)).node("u").parents[0].name == "b"


def test_a_pickle_of_an_unknown_primitive_says_so(monkeypatch):
    _, _, J = seed()
    data = pickle.dumps(J)
    monkeypatch.delitem(mg.core.TABLE, "mul")
    with pytest.raises(LookupError, match="no primitive is named 'mul'; register it first"):
        pickle.loads(data)

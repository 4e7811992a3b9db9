"""Results stay as they were while others are made, and their memory comes back when they are gone."""

import copy
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from kernel_calls import EXTENSION
from kernel_marks import needs_kernels

import micrograph as mg
from micrograph.kernels.build import extension
from micrograph.kernels.results import SMALL

N = 4 * SMALL // 8
"""So many numbers stand on memory that is used again."""

double = mg.compile(lambda x: x + x)


def number(k):
    """An array that holds nothing but 2·k, on memory that is used again."""
    return double(np.full(N, float(k)))


def crowd():
    """Make results, of which each may get the memory of one that is gone."""
    for k in range(100, 120):
        assert np.all(number(k) == 2 * k)


def settled():
    """How many bytes wait, when all that is garbage is gone."""
    gc.collect()
    return EXTENSION.waiting()


@pytest.fixture(autouse=True)
def nothing_waits():
    """What earlier tests left is given back first."""
    if EXTENSION:
        gc.collect()
        EXTENSION.release()


KEPT = {
    "the array": lambda y: y,
    "a view": lambda y: y.view(np.int64).view(float),
    "a slice": lambda y: y[5:9],
    "reversed": lambda y: y[::-3],
    "of another shape": lambda y: y.reshape(2, -1).T,
    "one number": lambda y: y[7:8].reshape(()),
    "a memoryview": lambda y: np.asarray(memoryview(y)[3:30]),
    "a ufunc's view": lambda y: np.lib.stride_tricks.sliding_window_view(y, 3),
    "by DLPack": np.from_dlpack,
    "a part": lambda y: np.split(y, 2)[1],
    "a copy": copy.copy,
    "a deep copy": copy.deepcopy,
    "pickled": lambda y: pickle.loads(pickle.dumps(y)),
    "pickled out of band": lambda y: _out_of_band(y),
    "a matrix": lambda y: y.view(np.matrix),
    "broadcast": lambda y: np.broadcast_to(y, (3, N)),
}


def _out_of_band(y):
    buffers = []
    data = pickle.dumps(y, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(data, buffers=buffers)


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT)
def test_what_is_kept_stays_as_it_was(kept):
    mine = [kept(number(k)) for k in range(3)]
    crowd()
    assert [set(np.ravel(y).tolist()) for y in mine] == [{0.0}, {2.0}, {4.0}]


@needs_kernels
def test_memory_comes_back_with_the_last_view_and_not_before():
    y = number(1)
    views = [y[3:], y.reshape(2, -1)[1], memoryview(y)]
    before = settled()
    del y
    while views:
        assert settled() == before
        views.pop()
    assert settled() == before + 8 * N
    again = number(2)
    assert settled() == before  # the memory was used again
    assert again[0] == 4.0


@needs_kernels
def test_memory_that_waits_has_a_limit():
    most = EXTENSION.MOST_HELD
    held = [EXTENSION.Memory(most // 4) for _ in range(9)]
    del held
    assert settled() <= most
    EXTENSION.Memory(2 * most)  # it is not touched, so the system gives no page of it
    assert settled() <= most
    EXTENSION.release()
    assert settled() == 0


@needs_kernels
@pytest.mark.parametrize("size", [0, 1, 7, 64, 4097])
def test_memory_is_aligned_and_can_be_written(size):
    memory = EXTENSION.Memory(size)
    view = memoryview(memory)
    assert (len(view), view.readonly) == (size, False)
    view[:] = bytes([7]) * size
    assert bytes(view) == bytes([7]) * size
    assert not size or np.frombuffer(memory, np.uint8).ctypes.data % 64 == 0


@needs_kernels
@pytest.mark.parametrize("size", [-1, -65, 2**63 - 1, 2**63 - 64])
def test_memory_that_can_not_be_is_refused(size):
    with pytest.raises((ValueError, MemoryError)):
        EXTENSION.Memory(size)
    assert settled() == 0


def test_a_result_can_be_written_to_and_resized_or_says_why_not():
    y = number(1)
    y *= 2
    y[3] = -1
    if EXTENSION:
        with pytest.raises(ValueError, match="does not own its data"):
            y.resize(2 * N, refcheck=False)
    z = y.copy()
    z.resize(2 * N, refcheck=False)
    crowd()
    assert (y[2], y[3], z[4], z[-1]) == (4.0, -1.0, 4.0, 0.0)


def test_results_of_eight_threads_are_their_own():
    wrong = []

    def work(me):
        rng = np.random.default_rng(me)
        kept = []
        for _ in range(60):
            k = int(rng.integers(1000))
            kept.append((k, number(k)))
            if len(kept) > 3:
                kept.pop(int(rng.integers(len(kept))))
            wrong.extend(k for k, y in kept if not np.all(y == 2 * k))

    in_eight_threads(work)
    assert not wrong


def in_eight_threads(work):
    """Call ``work(me)`` for 0 to 7 at once."""
    threads = [threading.Thread(target=work, args=(me,)) for me in range(8)]
    for x in threads:
        x.start()
    for x in threads:
        x.join()


def test_a_result_may_end_in_another_thread():
    for k in range(20):
        box = [number(k)]
        thread = threading.Thread(target=lambda box=box: box.clear())
        thread.start()
        other = number(-k)
        thread.join()
        assert np.all(other == -2 * k)


def test_one_compiled_function_serves_eight_threads():
    fast = mg.compile(lambda x, y: mg.exp(x) * y, (0, 1))
    rng = np.random.default_rng(8)
    given = rng.normal(size=(8, 2, 50_001))
    numbers = rng.normal(size=(8, 2)).tolist()
    truth = [fast.value_and_grad(*x) for x in given]
    points = [fast.value_and_grad(*x) for x in numbers]
    wrong = []

    def work(me):
        for _ in range(10):
            y, slopes = fast.value_and_grad(*given[me])
            for a, b in zip([y, *slopes], [truth[me][0], *truth[me][1]], strict=True):
                wrong.extend([me] * (not np.array_equal(a, b)))
            wrong.extend(me for _ in range(200) if fast.value_and_grad(*numbers[me]) != points[me])

    in_eight_threads(work)
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_the_child_of_a_fork_computes_and_leaves_its_parent_alone():
    fast = mg.compile(lambda x: mg.exp(x))
    x = np.linspace(0, 1, 200_000)
    mine = fast(x, threads=4)
    child = os.fork()
    if not child:
        signal.alarm(60)  # a deadlock ends
        again = fast(x, threads=4)
        os._exit(0 if np.array_equal(again, mine) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert np.array_equal(fast(x, threads=4), mine)


def called_for_long(fast, *args):
    """Call it again and again for ten seconds.

    This is a function because in CPython 3.13 the jump back of a loop at the end of a ``try`` is
    no part of it: an interrupt that came at that jump was not caught.
    """
    end = time.monotonic() + 10
    while time.monotonic() < end:
        fast(*args, threads=2)


def test_after_an_interrupt_the_next_call_is_right():
    """The signal comes at many moments: while numbers are converted, computed, or memory is had."""
    fast = mg.compile(lambda x, y: [mg.sin(x) * y, mg.exp(-x)])
    x = np.linspace(-1, 1, 100_000)[::2]
    y = x.astype(np.float32)
    truth = fast(x, y, threads=2)
    caught = 0
    old = signal.signal(signal.SIGALRM, signal.default_int_handler)
    gc.collect()
    gc.disable()  # while Python collects garbage, an interrupt is lost, and told as a warning
    try:
        for k in range(60):
            try:
                signal.setitimer(signal.ITIMER_REAL, 2e-5 * (k + 1))
                called_for_long(fast, x, y)
            except KeyboardInterrupt:
                caught += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
            for a, b in zip(fast(x, y, threads=2), truth, strict=True):
                assert np.array_equal(a, b)
    finally:
        signal.signal(signal.SIGALRM, old)
        gc.enable()
    assert caught == 60


MANY = """
import gc, resource, sys
import numpy as np
import micrograph as mg
from micrograph.testing import graphs
sys.path.insert(0, {tests!r})
from rows import samples

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

found = samples(graphs(max_nodes=12, outputs=1), 1000)
rng = np.random.default_rng(0)

def run(graphs):
    for graph in graphs:
        n = len(graph.inputs)
        fast = mg.compile(lambda *xs: graph(*xs), tuple(range(n)))
        fast.value_and_grad(*rng.normal(size=(n, 300)))
        fast.value_and_grad(*rng.normal(size=n).tolist())
    gc.collect()

run(found)  # what libraries keep is there from now on
run(found[:500])
before = resident()
run(found[500:])
print(len(found), resident() - before)
"""


@pytest.mark.skipif(
    not os.path.exists("/proc/self/statm"), reason="resident memory is not told here"
)
def test_a_thousand_graphs_compile_in_one_process_and_memory_stays_flat():
    script = MANY.format(tests=os.path.dirname(os.path.dirname(__file__)))
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    count, grown = map(int, ran.stdout.split())
    assert count == 1000
    assert grown < 4e6  # 500 graphs that stayed would take 8 KB each, at least


def test_pure_python_has_no_kernels():
    environment = {**os.environ, "MICROGRAPH_PURE": "1"}
    script = "from micrograph.kernels.build import extension; print(extension()[0])"
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["None"]
    assert extension()[0] is EXTENSION

"""After an interrupt, a thread that comes late has nothing to do, and holds no memory."""

import gc
import weakref

import numpy as np
import pytest

import micrograph as mg
from micrograph.kernels import threads
from micrograph.kernels.build import extension

kernels, why = extension()
needs_kernels = pytest.mark.skipif(not kernels, reason=f"threads run kernels alone: {why}")


class Late:
    """Threads that begin after the call has ended: an interrupt comes as work is handed out."""

    def __init__(self):
        self.waiting = []

    def put(self, job):
        self.waiting.append(job)
        raise KeyboardInterrupt


@pytest.fixture
def late(monkeypatch):
    monkeypatch.setattr(threads, "_start", lambda: None)
    monkeypatch.setattr(threads, "_jobs", Late())
    return threads._jobs


def run(late):
    gc.collect()
    assert late.waiting
    for job in late.waiting:
        job.help()
        assert not job.errors


@needs_kernels
def test_a_late_thread_writes_nothing_to_a_result(late):
    x, y = np.full(300_000, 2.0), np.zeros(300_000)
    alive = weakref.ref(x)
    with pytest.raises(KeyboardInterrupt):
        mg.compile(lambda x: x * x)(x, out=y, threads=2)
    del x
    run(late)
    assert not y.any()
    assert alive() is None


@needs_kernels
def test_a_late_thread_reads_no_examples_of_a_cost(late):
    x = np.ones((300_000, 3))
    alive = weakref.ref(x)
    with pytest.raises(KeyboardInterrupt):
        mg.compile(mg.mean_over(lambda w, x: mg.dot(w, x), "x"))([1.0, 1.0, 1.0], x, threads=2)
    del x
    run(late)
    assert alive() is None


def test_an_error_in_a_thread_is_raised_and_all_threads_have_ended():
    done = []

    def work(first, last):
        if first == 30:
            raise ValueError("thirty")
        done.append(first)

    for _ in range(50):
        done.clear()
        with pytest.raises(ValueError, match="thirty"):
            threads.in_parts(work, 100, 10, 4)
        assert len(done) < 10
        threads.in_parts(lambda first, last: done.append(first), 100, 7, 3)
        assert sorted(done)[-1] == 98


def test_without_threads_the_caller_does_all_parts(monkeypatch):
    def refused(*args):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threads, "_started", [])
    monkeypatch.setattr(threads, "start_new_thread", refused)
    monkeypatch.setattr(threads, "_jobs", threads.SimpleQueue())
    done = []
    threads.in_parts(lambda first, last: done.append((first, last)), 10, 4, 8)
    assert done == [(0, 4), (4, 8), (8, 10)]

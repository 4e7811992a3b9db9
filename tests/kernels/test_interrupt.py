"""After an interrupt, threads that still work hold the memory that they read and write."""

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

    def submit(self, work, *args):
        self.waiting.append((work, args))
        raise KeyboardInterrupt


@pytest.fixture
def late(monkeypatch):
    found = Late()
    monkeypatch.setattr(threads, "shared", lambda: found)
    return found


def run(late):
    gc.collect()
    assert late.waiting
    for work, args in late.waiting:
        work(*args)


@needs_kernels
def test_a_compiled_functions_arrays_live_as_long_as_its_threads(late):
    x, y = np.full(300_000, 2.0), np.zeros(300_000)
    alive = [weakref.ref(x), weakref.ref(y)]
    with pytest.raises(KeyboardInterrupt):
        mg.compile(lambda x: x * x)(x, out=y, threads=2)
    view = y[:]
    del x, y
    run(late)
    assert view[-1] == 4.0
    assert all(ref() is not None for ref in alive)


@needs_kernels
def test_a_compiled_costs_examples_live_as_long_as_its_threads(late):
    x = np.ones((300_000, 3))
    alive = weakref.ref(x)
    with pytest.raises(KeyboardInterrupt):
        mg.compile(mg.mean_over(lambda w, x: mg.dot(w, x), "x"))([1.0, 1.0, 1.0], x, threads=2)
    del x
    run(late)
    assert alive() is not None

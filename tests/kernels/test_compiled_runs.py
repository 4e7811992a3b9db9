"""What runs a compiled function: rows of users, threads, children of forks, JAX; long chains."""

import math
import os
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import planted
from test_compiled import as_tuple, cubic

import micrograph as mg
from micrograph import Value
from micrograph.testing import graphs, points_for

RNG = np.random.default_rng(22)

# rows of users


def entries(fast):
    return [e for e in fast._cache.values() if hasattr(e, "program")]


def test_a_users_formula_runs_as_its_steps():
    row = mg.primitive("half_square", formula=lambda xp, x: x * x / 2)
    fast = mg.compile(lambda x: row(x) + 1)
    assert list(fast(np.array([2.0, 4.0]))) == [3.0, 9.0]
    assert list(fast.grad(np.array([2.0, 4.0]))) == [2.0, 4.0]
    rows = [op.name for e in entries(fast) for op in e.program.tape.rows]
    assert rows
    assert "half_square" not in rows


def test_a_users_python_code_is_called_and_the_backend_says_so():
    row = mg.primitive(
        "spring", value=lambda x: math.floor(x) * 2.0, partials=lambda xp, y, x: (xp.cos(x),)
    )
    fast = mg.compile(lambda x: row(x) * x)
    assert list(fast(np.array([1.5, 2.5]))) == [3.0, 10.0]
    assert fast(1.5) == 3.0
    assert fast.backend == "NumPy: the row 'spring' is Python code"
    assert fast.grad(1.5) == 1.5 * math.cos(1.5) + 2.0


def test_python_code_that_raises_is_nan_in_a_batch_as_for_one_number():
    with planted(value=math.sqrt, partials=lambda xp, y, x: (0.5 / y,)) as row:
        fast = mg.compile(lambda x: row(x) + 1)
        cost = mg.mean_over(lambda w, x: row(w * x), "x")
        x = np.array([4.0, -1.0])
        assert np.array_equal(fast(x), [3.0, math.nan], equal_nan=True)
        assert math.isnan(fast(-1.0))
        assert math.isnan(mg.compile(cost)(1.0, x))
        assert fast.first_nonfinite(x).example == (1,)


def test_slopes_that_are_python_code_are_called_as_well():
    def slopes(xp, y, a, b):
        return (math.cos(a) * b if a > 0 else 0.0, y / b)

    row = mg.primitive("pull", value=lambda a, b: math.sin(max(a, 0.0)) * b, partials=slopes)
    fast = mg.compile(lambda a, b: row(a, b) * 2, (0, 1))
    a, b = np.array([-1.0, 0.5, 2.0]), 3.0
    value, (da, db) = fast.value_and_grad(a, b)
    assert np.allclose(value, 6 * np.sin(np.maximum(a, 0)), rtol=1e-15)
    assert np.allclose(da, [0.0, 6 * math.cos(0.5), 6 * math.cos(2.0)], rtol=1e-15)
    assert np.allclose(db, value / b, rtol=1e-15)
    assert [float(x[1]) for x in (value, da, db)] == pytest.approx(
        [*np.ravel(fast(0.5, b)), *fast.grad(0.5, b)], rel=1e-15
    )
    assert fast.backend == "NumPy: the row 'pull' is Python code"
    assert math.isnan(mg.compile(lambda a, b: row(a, b) * 2).value_and_grad(math.nan, b)[0])
    assert fast.first_nonfinite(a, b) is None
    assert fast.first_nonfinite(np.array([1.0, math.nan]), b).example == (1,)
    square = mg.primitive("square_of", formula=lambda xp, x: x * x)
    both = mg.compile(lambda a, b: row(a, b) + square(a))
    assert math.isnan(both.value_and_grad(math.nan, b)[0])  # traced there, for the first time
    assert both.grad(0.5, b) == pytest.approx(1.0 + 3 * math.cos(0.5), rel=1e-15)
    with pytest.raises(TypeError, match="the slopes of pull have no slopes"):
        fast.hessian(a, b)


@given(st.data())
def test_a_batch_has_at_each_element_what_the_point_has(data):
    graph = data.draw(graphs(max_nodes=15, outputs=2))
    rows = [data.draw(points_for(graph, margin=1e-3)) for _ in range(3)]
    fast = mg.compile(lambda *xs: list(as_tuple(graph(*xs))))
    mixed = [
        np.array(column) if i else column[0] for i, column in enumerate(zip(*rows, strict=True))
    ]
    found = fast(*mixed)
    for k, row in enumerate(rows):
        point = fast(rows[0][0], *row[1:])
        for y, expected in zip(found, point, strict=True):
            # NumPy's functions differ from C's in the last bits, and errors grow to some 1e4 times
            assert np.allclose(
                np.ravel(y)[k % np.size(y)], expected, rtol=1e-9, atol=1e-9, equal_nan=True
            )


@pytest.mark.parametrize("n", [1, 7, 8, 13, 1003])
def test_arguments_are_read_and_never_written_to(n, tmp_path):
    """They may stand on memory that ends the process that writes there."""
    np.save(tmp_path / "x.npy", np.arange(float(n)))
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    fast = mg.compile(lambda x, y: x * x + y)
    assert np.array_equal(fast(x, x), np.arange(n) ** 2 + np.arange(n))
    assert np.array_equal(fast.grad(x, 1.0), 2.0 * np.arange(n))
    cost = mg.compile(mg.mean_over(lambda w, x: w * x, "x"))
    assert cost.value_and_grad(2.0, x) == pytest.approx((n - 1, (n - 1) / 2), rel=1e-15)


def test_repr_and_backend_say_what_runs():
    fast = mg.compile(cubic, backend="numpy")
    assert (
        repr(fast) == "<compiled cubic: 0 programs, nothing yet: it is known after the first call>"
    )
    fast(1.0, 2.0)
    fast.grad(1.0, 2.0)
    assert repr(fast) == '<compiled cubic: 2 programs, NumPy: backend="numpy">'
    assert fast.__name__ == "cubic"
    assert fast.__wrapped__ is cubic


# threads, forks, pickles


def test_eight_threads_share_a_compiled_function():
    fast = mg.compile(lambda xs, y: sum(x * x for x in xs) * y)
    wrong, start = [], threading.Barrier(8)

    def work(k):
        start.wait()
        for i in range(20):
            n = (k + i) % 5 + 1
            xs, y = [float(k + j) for j in range(n)], np.arange(i + 1.0)
            total = sum(x * x for x in xs)
            checks = {
                "value": fast(xs, 2.0) == 2 * total,
                "array": np.array_equal(fast(xs, y), total * y),
                "grad": fast.grad(xs, 3.0) == [6 * x for x in xs],
                "hessian": fast.hessian(xs[:1], 1.0) == [[2.0]],
            }
            wrong.extend((k, i, name) for name, right in checks.items() if not right)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_a_compiled_function_pickles():
    fast = mg.compile(cubic, argnums=("y",), static_argnames="z", threads=2, backend="numpy")
    fast(1.0, 2.0)
    again = pickle.loads(pickle.dumps(fast))
    assert again(1.5, 2.0, 1.0) == fast(1.5, 2.0, 1.0)
    assert again.grad(1.5, 2.0) == fast.grad(1.5, 2.0)
    assert pickle.loads(pickle.dumps(decorated)) is decorated


@mg.compile
def decorated(x):
    return x + 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_it_works_in_the_child_of_a_fork():
    script = (
        "import os, numpy as np, micrograph as mg\n"
        "fast = mg.compile(lambda x, y: x * y)\n"
        "fast(np.ones(3), 2.0)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    right = list(fast(np.ones(3), 2.0)) == [2.0] * 3 and fast.grad(1.0, 5.0) == 5.0\n"
        "    os._exit(0 if right else 3)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout == "0\n"


def test_numbers_need_no_numpy():
    script = (
        "import sys; sys.modules['numpy'] = None\n"
        "import micrograph as mg\n"
        "print(mg.compile(lambda x, y: x * y).value_and_grad(2.0, 5.0))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout == "(10.0, 5.0)\n"


# backends


def test_jax_runs_the_same_graph(x64):
    fast = mg.compile(lambda x, y: [mg.exp(x) * y, 3.0], backend="jax")
    x = np.linspace(-1, 1, 7)
    found = fast(x, 2.0)
    assert all(type(y) is np.ndarray for y in found)
    assert np.allclose(found[0], 2 * np.exp(x), rtol=1e-14)  # a few ULP of JAX's exp
    assert list(found[1]) == [3.0] * 7
    assert fast.backend.startswith("JAX: ")
    assert fast(0.0, 2.0) == [2.0, 3.0]


def test_jax_with_32_bits_is_refused():
    jax = pytest.importorskip("jax")
    if jax.config.jax_enable_x64:
        pytest.skip("JAX is set to 64 bits")
    with pytest.raises(ValueError, match="needs numbers of 64 bits"):
        mg.compile(cubic, backend="jax")(1.0, 2.0)


# a long chain


def test_a_long_chain_compiles():
    def chain(x):
        for _ in range(3_000):
            x = mg.sin(x) + x * 0.5
        return x

    fast = mg.compile(chain)
    value, slope = fast.value_and_grad(0.5)
    x = Value(0.5)
    y = chain(x)
    y.backward()
    assert value == y.data
    assert slope == pytest.approx(x.grad, rel=1e-10)  # of 9,000 steps, summed in another order

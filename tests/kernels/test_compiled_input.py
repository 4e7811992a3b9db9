"""What compiled functions are given: arrays to fill in, and what is refused in a sentence."""

import math

import numpy as np
import pytest
from test_compiled import cubic

import micrograph as mg
from micrograph import Value

RNG = np.random.default_rng(22)

# out=


def test_out_is_filled_in_and_returned():
    fast, x = mg.compile(lambda x: (x + 1) * x), np.arange(5.0)
    out = np.empty(5)
    assert fast(x, out=out) is out
    assert list(out) == [0, 2, 6, 12, 20]
    pair = (np.empty(5), [np.empty(5)])
    assert mg.compile(lambda xs: xs[0] * 3).value_and_grad([x], out=pair) is pair
    assert list(pair[0]) == list(3 * x)
    assert list(pair[1][0]) == [3.0] * 5
    wide = np.zeros((3, 10))[:, ::2]
    fast(x, out=wide[1])
    assert list(wide[1]) == [0, 2, 6, 12, 20]
    assert not wide[0].any()
    zero = np.empty(())
    assert fast(2.0, out=zero) is zero
    assert zero == 6.0


@pytest.mark.parametrize("run", [3, 65_536])
def test_out_may_overlap_an_argument(run, monkeypatch):
    monkeypatch.setattr("micrograph.kernels.batches.RUN", run)
    monkeypatch.setattr("micrograph.kernels.by_numpy.BLOCK", 2)
    fast = mg.compile(lambda x, y: [x * y + 1, y - x])
    for place in (slice(0, 9), slice(1, 10), slice(10, 1, -1), slice(0, 18, 2)):
        memory = np.arange(20.0)
        x, y = memory[1:10], memory[:9].copy()
        expected = x * y + 1, y - x
        fast(x, y, out=[memory[place], other := np.empty(9)])
        assert np.array_equal(memory[place], expected[0])
        assert np.array_equal(other, expected[1])


@pytest.mark.parametrize(("out", "said"), [
    (np.full(4, 7.0), r"out has the shape \(4,\); the arguments broadcast to \(3,\)"),
    (np.full((1, 3), 7.0), r"out has the shape \(1, 3\)"),
    (np.full(3, 7.0, np.float32), "out holds an array of float32; expected NumPy arrays of float64"),
    ([np.full(3, 7.0)], "out has another structure than the result, which holds 1 number; expected"),
    (7.0, "out has another structure"),
    (np.frombuffer(np.full(3, 7.0).tobytes()), "out holds a read-only array"),
])  # fmt: skip
def test_an_out_that_does_not_fit_is_refused_before_anything_is_written(out, said):
    with pytest.raises((TypeError, ValueError), match=said):
        mg.compile(lambda x: x + 1)(np.arange(3.0), out=out)
    assert np.all(np.asarray(out) == 7.0)


def test_two_arrays_of_out_share_no_memory():
    fast, memory = mg.compile(lambda x: (x, -x)), np.zeros(8)
    with pytest.raises(ValueError, match="two arrays of out share memory"):
        fast(np.arange(4.0), out=(memory[:4], memory[3:7]))
    fast(np.arange(4.0), out=(memory[::2], memory[1::2]))
    assert list(memory) == [0, 0, 1, -1, 2, -2, 3, -3]


# what is refused


@pytest.mark.parametrize(("x", "said"), [
    ("abc", r"the argument x is 'abc' \(str\); expected numbers or arrays. If f takes it"),
    (1j, r"the argument x is 1j \(complex\)"),
    (None, "the argument x is None"),
    (np.array([1j]), "the argument x is an array of complex128; expected real numbers"),
    (np.array(["a"]), "an array of <U1; expected real numbers"),
    (np.array([1.0, None]), "an array of object; expected real numbers. Convert it"),
    (np.array(["2026-01-01"], dtype="datetime64[D]"), "an array of datetime64"),
    (np.datetime64("2026-01-01"), r"\(datetime64\); expected numbers or arrays"),
    (np.timedelta64(3, "D"), r"\(timedelta64\); expected numbers or arrays"),
    (np.ma.array([1.0], mask=[True]), "a masked array"),
    ({"a": [1.0, {"b": "c"}]}, r"the argument x\['a'\]\[1\]\['b'\] is 'c'"),
    (Value(2.0), "the argument x holds a Value; expected numbers or arrays, for a compiled"),
    ([1.0, Value(2.0)], r"the argument x\[1\] holds a Value"),
    (mg.values([1.0, 2.0], "w"), "the argument x holds a Value"),
])  # fmt: skip
def test_what_is_no_number_is_refused_in_a_sentence(x, said):
    with pytest.raises(TypeError, match=f"^compile: .*{said}"):
        mg.compile(lambda x: x)(x)


def test_no_transform_loses_a_derivative_in_a_compiled_function():
    fast, w = mg.compile(lambda x: x * x), Value(3.0, "w")
    for transformed in (
        mg.grad(fast),
        mg.jacobian(fast),
        lambda x: mg.jvp(fast, (x,), (1.0,)),
        lambda x: mg.trace(fast, x),
    ):
        with pytest.raises(TypeError, match=r"holds a Value; .* Under a transform call f itself"):
            transformed(2.0)
    with pytest.raises(TypeError, match="compile: f uses w, a Value that is none of its arguments"):
        mg.compile(lambda x: x * w)(2.0)
    with pytest.raises(TypeError, match="compile: f uses"):
        mg.grad(lambda v: mg.compile(lambda x: x * v)(2.0))(3.0)
    assert mg.grad(lambda v: v * fast(4.0))(3.0) == 16.0  # numbers are constants


def test_python_that_branches_on_a_traced_number_is_refused():
    with pytest.raises(
        TypeError, match=r"compile: Python asks whether x > 0 is true.* mg.where\(x > 0, …, …\)$"
    ):
        mg.compile(lambda x: x if x > 0 else -x)(1.0)
    with pytest.raises(TypeError, match=r"compile: .*int.* reads the number of x"):
        mg.compile(lambda x: int(x) + x)(1.0)
    with pytest.raises(TypeError, match=r"make it static: compile\(f, …, static_argnames"):
        mg.compile(lambda x, n: sum(x for _ in range(n)))(1.0, 3)
    assert mg.compile(lambda x, n: sum(x for _ in range(n)), static_argnames="n")(1.5, 3) == 4.5


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x[0] * x[1],
        lambda x: sum(e * e for e in x),
        lambda x: mg.sum(x),
        lambda x: mg.softmax(x),
        lambda x: mg.norm(x),
        lambda x: x @ x,
        lambda x: x.sum(),
        lambda x: x / len(x),
    ],
)
def test_an_array_in_place_of_a_vector_is_told_to_be_a_batch(f):
    with pytest.raises(TypeError, match=r"in place of x\. Pass a vector as a list: x\.tolist\(\)"):
        mg.compile(f)(np.ones(3))
    with pytest.raises(TypeError, match=r"in place of p\['w'\], y\. Pass .*: p\['w'\]\.tolist\(\)"):
        mg.compile(lambda p, y: f(p["w"]) + y)({"w": np.ones(3)}, np.ones(3))
    with pytest.raises(TypeError, match=r"^((?!batch).)*$"):
        mg.compile(lambda x, y: mg.sum(x) + y)(2.0, 3.0)


def test_arguments_by_name_and_argnums_are_told_apart():
    fast = mg.compile(lambda x, y: x - 3 * y)
    for _ in range(2):
        assert fast(1.0, y=2.0) == fast(x=1.0, y=2.0) == fast(y=2.0, x=1.0) == -5.0
        assert fast.grad(1.0, y=2.0) == fast.grad(y=2.0, x=1.0, argnums="x") == 1.0
        assert fast.grad(1.0, 2.0, argnums=1) == fast.grad(y=2.0, x=1.0, argnums="y") == -3.0
        assert fast.grad(1.0, 2.0, argnums=(0,)) == (1.0,)
        assert fast.grad(1.0, 2.0, argnums=[1, 0]) == (-3.0, 1.0)


def test_minus_zero_is_a_constant_of_its_own():
    found = mg.compile(lambda x: (x * 0.0, x * -0.0))(1.0)
    assert [math.copysign(1.0, y) for y in found] == [1.0, -1.0]


def test_other_bad_input_is_refused_in_a_sentence():
    with pytest.raises(TypeError, match="static_argnames: f has no argument 'n'; it takes x, y, z"):
        mg.compile(cubic, static_argnames="n")
    with pytest.raises(
        TypeError, match=r"the argument number 2 is 'a' \(str\); expected numbers or arrays$"
    ):
        mg.compile(lambda *xs: sum(xs))(1.0, "a")
    with pytest.raises(TypeError, match="compile: expected a function, got 3"):
        mg.compile(3)
    with pytest.raises(ValueError, match="expected backend= one of auto, numpy, jax, got 'cuda'"):
        mg.compile(cubic, backend="cuda")
    for threads, error in ((0, ValueError), (-1, ValueError), (1.5, TypeError), ("2", TypeError)):
        with pytest.raises(error, match="thread"):
            mg.compile(cubic, threads=threads)
        with pytest.raises(error, match="thread"):
            mg.compile(cubic)(np.ones(2), 1.0, threads=threads)
    fast = mg.compile(cubic)
    with pytest.raises(ValueError, match=r"the shapes \(2,\), \(3,\), which do not broadcast"):
        fast(np.ones(2), np.ones(3))
    with pytest.raises(TypeError, match="argnums: there is no argument 2"):
        fast.grad(1.0, 2.0, argnums=2)
    for argnums in ({0, 1}, np.array([0, 1])):
        with pytest.raises(TypeError, match="argnums: expected a position or a parameter's name"):
            fast.grad(1.0, 2.0, argnums=argnums)
    with pytest.raises(TypeError, match="argnums: no argument 'w' is given"):
        fast.grad(1.0, 2.0, argnums="w")
    with pytest.raises(TypeError, match="is given twice"):
        fast(1.0, 2.0, x=3.0)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        fast(1.0)
    with pytest.raises(TypeError, match="argnums: 'z' is static"):
        mg.compile(cubic, argnums="z", static_argnames="z").grad(1.0, 2.0, 3.0)
    with pytest.raises(TypeError, match=r"grad: f returned 2 outputs; expected 1. Use jacobian"):
        mg.compile(lambda x: (x, x)).grad(1.0)
    with pytest.raises(TypeError, match="compile: f returned an array; expected a number"):
        mg.compile(lambda x: np.array([x, x]))(1.0)
    with pytest.raises(TypeError, match="compile: f returned None"):
        mg.compile(lambda x: None)(1.0)

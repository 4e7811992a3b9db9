"""A compiled cost takes what a cost takes, refuses the rest in a sentence, and names what is not finite."""

import inspect
import math
import os
import pickle
import threading
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

import micrograph as mg
from micrograph.kernels.build import extension
from micrograph.kernels.cost import CompiledCost

X = np.array([[0.5, -1.0], [2.0, 0.25], [1.5, 3.0]])
Y = np.array([1, 0, 1])
W, B = [0.75, -0.5], 0.25
CLOSE = {"rel": 1e-14, "abs": 1e-15}
"""Some roundings of numbers around 1, in another order."""

each_backend = pytest.mark.parametrize("backend", ["auto", "numpy"])


def logistic(w, b, x, y):
    return mg.logistic_loss(mg.dot(w, x) + b, y)


COST = mg.mean_over(logistic, "x", "y")
TRUTH = float(np.mean(np.log1p(np.exp(X @ W + B)) - Y * (X @ W + B)))


def power(w, x, kind="sum", *, y=2.0):
    return {"sum": w * x + y, "m": w * x * y}[kind]


def test_it_looks_like_its_loss():
    fast = mg.compile(COST)
    assert type(fast) is CompiledCost
    assert inspect.signature(fast) == inspect.signature(logistic)
    assert fast.__name__ == "logistic"
    assert "nothing yet" in repr(fast)
    fast(W, B, X, Y)
    assert fast.backend in repr(fast)


def test_a_copy_by_pickle_has_the_same_settings():
    fast = mg.compile(mg.mean_over(power, "x"), "y", static_argnames="kind", threads=1)
    fast(3.0, [1.0, 2.0], "sum", y=1.0)
    twin = pickle.loads(pickle.dumps(fast))
    for cost in (fast, twin):
        assert cost(3.0, [1.0, 2.0], "m", y=4.0) == 18.0
        assert cost.grad(3.0, [1.0, 2.0], "m", y=4.0) == 4.5


@each_backend
def test_arguments_may_be_named_defaulted_starred_or_static(backend):
    fast = mg.compile(mg.mean_over(power, "x", "y"), static_argnames="kind", backend=backend)
    assert fast(3.0, [1.0, 2.0]) == 6.5
    assert fast(3.0, [1.0, 2.0], y=[0.0, 1.0]) == fast(x=[1.0, 2.0], y=[0.0, 1.0], w=3.0) == 5.0
    assert fast(3.0, [1.0, 2.0], "m") == 9.0  # "m" is a letter of "sum", and no name
    assert fast.grad(3.0, [1.0, 2.0], "m", argnums="w") == 3.0
    starred = mg.compile(mg.mean_over(lambda x, *w: w[0] * x + w[1], "x"), backend=backend)
    assert starred.value_and_grad([1.0, 2.0], 3.0, 4.0, argnums=[1, 2]) == (8.5, (1.5, 1.0))


@dataclass
class Line:
    w: float
    kind: str


Pair = namedtuple("Pair", "w b")


@each_backend
def test_parameters_come_in_containers_with_labels(backend):
    fast = mg.compile(
        mg.mean_over(lambda p, x: p.w * x if p.kind == "times" else p.w + x, "x"), backend=backend
    )
    assert fast(Line(3.0, "times"), [1.0, 2.0]) == 4.5
    assert fast(Line(3.0, "plus"), [1.0, 2.0]) == 4.5  # 3 + 1.5
    assert fast(Line(5.0, "times"), [1.0, 2.0]) == 7.5
    assert fast.grad(Line(5.0, "times"), [1.0, 2.0]) == Line(1.5, "times")
    pair = mg.compile(mg.mean_over(lambda p, x: p.w * x + p.b, "x"), backend=backend)
    assert pair.grad(Pair(3.0, 1.0), [1.0, 2.0]) == Pair(1.5, 1.0)


def test_a_gradient_has_the_labels_of_its_own_call():
    pd = pytest.importorskip("pandas")
    fast = mg.compile(COST)
    for labels in (["a", "b"], ["c", "d"]):
        found = fast.grad(pd.Series(W, labels), B, X, Y)
        assert list(found.index) == labels


@each_backend
@pytest.mark.parametrize("kind", ["bool", "Int64", "Float64", "float32", "object"])
def test_a_data_frame_may_have_columns_of_several_types(backend, kind):
    pd = pytest.importorskip("pandas")
    numbers = np.column_stack([X[:, 0], X[:, 1] > 0])
    frame = pd.DataFrame({"a": numbers[:, 0], "b": pd.Series(numbers[:, 1]).astype(kind)})
    fast = mg.compile(COST, backend=backend)
    assert fast(W[:2], B, frame, Y) == pytest.approx(fast(W[:2], B, numbers, Y), **CLOSE)
    frame["b"] = "text"
    with pytest.raises(TypeError, match=r"argument x is [^\n]*; expected an array of real"):
        fast(W[:2], B, frame, Y)


@each_backend
@pytest.mark.parametrize("kind", "dfeg?bBhHiIlLqQ")
def test_labels_may_be_numbers_of_any_kind(backend, kind):
    fast = mg.compile(COST, backend=backend)
    assert fast(W, B, X, Y.astype(kind)) == pytest.approx(TRUTH, **CLOSE)
    assert fast(W, B, X, Y.astype(kind).byteswap().view(Y.astype(kind).dtype.newbyteorder())) == (
        pytest.approx(TRUTH, **CLOSE)
    )


def test_derivatives_by_nothing_are_empty():
    fast = mg.compile(COST, argnums=())
    assert fast.value_and_grad(W, B, X, Y)[1] == fast.hessian(W, B, X, Y) == ()


@each_backend
def test_examples_without_a_number_are_examples(backend):
    fast = mg.compile(mg.mean_over(lambda w, x: mg.sum(x) + w, "x"), backend=backend)
    assert fast.value_and_grad(2.0, np.zeros((3, 0))) == (2.0, 1.0)


REFUSED = {
    "backend": ({"backend": "metal"}, ValueError, "expected backend= one of auto, numpy, jax, got"),
    "jax": ({"backend": "jax"}, ValueError, "a cost runs on \"auto\" or \"numpy\""),
    "threads": ({"threads": 1.5}, TypeError, "expected a whole number of threads, got 1.5"),
    "no thread": ({"threads": 0}, ValueError, "expected 1 thread or more, got 0"),
    "static": ({"static_argnames": "kind"}, TypeError, "f has no argument 'kind'; it takes w, b, x"),
    "example": ({"static_argnames": ["x"]}, TypeError, "'x' belongs to the example; expected a par"),
    "argnums": ({"argnums": {0, 1}}, TypeError, r"expected a position or .*, got \{0, 1\}"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_settings_that_make_no_sense_are_refused(case):
    given, error, told = REFUSED[case]
    with pytest.raises(error, match=told):
        mg.compile(COST, **given)


NAMED = {
    "no thread": ((W, B, X, Y), {"threads": 0}, ValueError, "expected 1 thread or more, got 0"),
    "argnums": ((W, B, X, Y), {"argnums": "z"}, TypeError, "no argument 'z' is given; f takes w, b"),
    "example": ((W, B, X, Y), {"argnums": "x"}, TypeError, "'x' belongs to the example; expected a"),
    "set": ((W, B, X, Y), {"argnums": {0}}, TypeError, "expected a position or"),
    "out": ((W, B, X, Y), {"out": np.zeros(2)}, TypeError, "a cost takes no out="),
    "text": ((W, "b", X, Y), {}, TypeError, "the argument b is 'b' .*static_argnames='b'"),
    "texts": ((W, B, [["a", "b"]], [1]), {}, TypeError, "the argument x is .*expected an array of rea"),
    "ragged": ((W, B, [[1.0, 2.0], [3.0]], [1, 0]), {}, TypeError, "or lists of one length"),
    "complex": ((W, B, X * 1j, Y), {}, TypeError, "x is an array of complex128; expected real"),
    "number": ((W, B, 1.0, Y), {}, TypeError, "expected an array or a list in x"),
    "Values": ((W, B, mg.values(X), Y), {}, TypeError, "the argument x holds a Value"),
    "array of Values": ((mg.values(W), B, X, Y), {}, TypeError, "the argument w holds a Value"),
    "none": ((W, B, X[:0], Y[:0]), {}, ValueError, "x, y hold no example"),
    "lengths": ((W, B, X, Y[:2]), {}, ValueError, "got 3 in x, 2 in y"),
    "missing": ((W, B, X), {}, TypeError, "missing a required argument: 'y'"),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMED)
def test_arguments_that_make_no_sense_are_refused_and_the_next_call_is_right(case):
    args, named, error, told = NAMED[case]
    fast = mg.compile(COST)
    with pytest.raises(error, match=told):
        fast.value_and_grad(*args, **named)
    assert fast(W, B, X, Y) == pytest.approx(TRUTH, **CLOSE)


def test_a_transform_of_a_compiled_cost_is_refused():
    fast = mg.compile(COST)
    with pytest.raises(TypeError, match=r"the argument w\[0\] holds a Value.*call f itself"):
        mg.grad(fast)(W, B, X, Y)


@each_backend
def test_nothing_warns_where_numbers_are_not_finite(backend):
    fast = mg.compile(mg.mean_over(lambda w, x: mg.exp(w * x), "x"), backend=backend)
    assert fast.value_and_grad(2.0, [1.0, 2000.0]) == (math.inf, math.inf)


@each_backend
def test_second_derivatives_of_what_is_linear_are_zero(backend):
    for loss in (lambda w, x: mg.sum(x) * w[0], lambda w, x: mg.dot(x, w[::-1]) + mg.sum(w)):
        fast = mg.compile(mg.mean_over(loss, "x"), backend=backend)
        assert np.array_equal(fast.hessian(np.ones(2), X), np.zeros((2, 2)))


@pytest.mark.skipif(not extension()[0], reason=extension()[1])
@pytest.mark.parametrize(
    "loss",
    [
        lambda w, x: w[0] * x[1],
        lambda w, x: mg.dot(w[1:], x[:-1]),
        lambda w, x: mg.max(w * x) + mg.logsumexp(x) * mg.hypot(w),
        lambda w, x: mg.sum(np.tanh(np.outer(w, x) @ x)),
    ],
    ids=["elements", "slices", "rows of vectors", "matrices"],
)
def test_elements_slices_and_matrices_run_on_kernels(loss):
    fast = mg.compile(mg.mean_over(loss, "x"))
    found = fast.value_and_grad(np.array(W), X)
    true = mg.value_and_grad(mg.mean_over(loss, "x"))(np.array(W), X)
    assert found[0] == pytest.approx(true[0], **CLOSE)
    assert found[1] == pytest.approx(true[1], **CLOSE)
    assert fast.backend.startswith("kernels")


# Where a number is not finite


def test_the_first_example_and_node_that_are_not_finite_are_named():
    fast = mg.compile(mg.mean_over(lambda w, x: mg.log(mg.dot(w, x)), "x"))
    assert fast.first_nonfinite(W, np.abs(X)[1:2]) is None
    found = fast.first_nonfinite([1.0, 1.0], np.array([[1.0, 2.0], [3.0, -4.0], [0.0, -1.0]]))
    assert (found.example, found.where, found.formula) == ((1,), "value", "log(v1)")
    assert math.isnan(found.number)
    assert found.operands == {"v1": -1.0}
    assert str(found) == "v2 = log(v1) is nan at v1 = -1.0, in example 1"


@pytest.mark.parametrize("position", [0, 1, 4_321])
def test_a_nan_among_the_examples_is_found_wherever_it_is(position):
    many = np.zeros((5_000, 2))
    many[position, 1] = math.nan
    found = mg.compile(COST).first_nonfinite(W, B, many, np.zeros(5_000, int))
    assert (found.name, found.formula, found.example) == ("x[1]", "", (position,))


def test_a_slope_that_is_not_finite_is_found_where_values_are():
    fast = mg.compile(mg.mean_over(lambda w, x: mg.sqrt(w[0] * x), "x"))
    found = fast.first_nonfinite([1.0], [4.0, 0.0])
    assert (found.where, found.example, found.number) == ("gradient", (1,), math.inf)


def test_parameters_in_containers_and_matrices_are_searched():
    def loss(p, x):
        return mg.sum(np.tanh(p["W"] @ x)) / p["b"]

    fast = mg.compile(mg.mean_over(loss, "x"))
    parameters = {"W": np.ones((3, 2)), "b": 0.0}
    assert fast.first_nonfinite(parameters, X).number == -math.inf
    assert fast.first_nonfinite(parameters | {"b": 1.0}, X) is None
    assert fast(parameters | {"b": 1.0}, X) == pytest.approx(3 * np.tanh(X.sum(1)).mean(), **CLOSE)


# Threads and processes


def test_one_cost_serves_eight_threads():
    fast = mg.compile(COST)
    many = np.repeat(X[:2], 5_000, axis=0), np.repeat(X, 5_000, axis=0)[::2], np.asfortranarray(X)
    wanted = [mg.compile(COST).value_and_grad(W, B, x, np.ones(len(x))) for x in many]
    found, start = {}, threading.Barrier(8)

    def work(i):
        start.wait()
        found[i] = [
            fast.value_and_grad(W, B, x, np.ones(len(x)), threads=1 + i % 2) for x in many * 3
        ]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[i] for i in range(8)] == [wanted * 3] * 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_process_computes_the_same():
    fast, many = mg.compile(COST), np.repeat(X, 20_000, axis=0)
    y = np.ones(len(many))
    wanted = fast.value_and_grad(W, B, many, y, threads=2)
    child = os.fork()
    if child == 0:
        os._exit(fast.value_and_grad(W, B, many, y, threads=2) != wanted)
    assert os.waitpid(child, 0)[1] == 0


def test_a_cost_without_numpy_says_what_to_install(monkeypatch):
    from micrograph.kernels import compiled

    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'needs NumPy: pip install "micrograph\[fast\]"'):
        mg.compile(mg.mean_over(lambda w, x: w * x, "x"))

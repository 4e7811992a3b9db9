"""The cost over many examples is the mean of their losses, with the slopes of the mean."""

import inspect
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import micrograph as mg
from micrograph import Value
from micrograph.testing import check_gradients

RANDOM = np.random.default_rng(5)
M, D, H = 7, 3, 4
X = RANDOM.normal(size=(M, D))
CLASSES = RANDOM.integers(0, 2, M)
COUNTS = RANDOM.poisson(2.0, M)
REALS = RANDOM.normal(size=M) * 3
LINE = RANDOM.normal(size=D), 0.25
NETWORK = RANDOM.normal(size=(H, D)), RANDOM.normal(size=H), RANDOM.normal(size=H), 0.5


def squared(w, b, x, y):
    return (mg.dot(w, x) + b - y) ** 2


def poisson(w, b, x, y):
    z = mg.dot(w, x) + b
    return mg.exp(z) - y * z


def huber(w, b, x, y):
    e = mg.dot(w, x) + b - y
    return mg.where(mg.abs(e) <= 1, e * e / 2, mg.abs(e) - 0.5)


def hinge(w, b, x, y):
    return mg.maximum(0.0, 1 - (2 * y - 1) * (mg.dot(w, x) + b))


def logistic(w, b, x, y):
    return mg.logistic_loss(mg.dot(w, x) + b, y)


def network(W, c, w, b, x, y):
    return (mg.dot(w, np.tanh(W @ x + c)) + b - y) ** 2


def by_line(loss, slope):
    """The mean of a loss of z = X·w + b, and its gradient by w and b, in NumPy by hand."""

    def cost(w, b, X, y):
        z = X @ w + b
        dz = slope(z, y) / len(y)
        return loss(z, y).mean(), (X.T @ dz, dz.sum())

    return cost


def network_by_hand(W, c, w, b, X, y):
    a = np.tanh(X @ W.T + c)
    e = a @ w + b - y
    de = 2 * e / len(y)
    dh = de[:, None] * w * (1 - a**2)
    return (e**2).mean(), (dh.T @ X, dh.sum(axis=0), a.T @ de, de.sum())


LOSSES = {  # loss -> parameters, labels, the cost and its gradient in NumPy
    squared: (LINE, REALS, by_line(lambda z, y: (z - y) ** 2, lambda z, y: 2 * (z - y))),
    poisson: (LINE, COUNTS, by_line(lambda z, y: np.exp(z) - y * z, lambda z, y: np.exp(z) - y)),
    huber: (LINE, REALS, by_line(
        lambda z, y: np.where(abs(z - y) <= 1, (z - y) ** 2 / 2, abs(z - y) - 0.5),
        lambda z, y: np.clip(z - y, -1, 1))),
    hinge: (LINE, CLASSES, by_line(
        lambda z, y: np.maximum(0, 1 - (2 * y - 1) * z),
        lambda z, y: np.where((2 * y - 1) * z < 1, 1 - 2 * y, 0))),
    logistic: (LINE, CLASSES, by_line(
        lambda z, y: np.log1p(np.exp(z)) - y * z, lambda z, y: 1 / (1 + np.exp(-z)) - y)),
    network: (NETWORK, REALS, network_by_hand),
}  # fmt: skip
CLOSE = {"rtol": 1e-13, "atol": 1e-15}
"""Some tens of roundings in another order than NumPy's, of numbers around 1."""

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)


def same(found, truth):
    """Whether numbers and arrays agree, each to its last digits but one or two."""
    for x, true in zip(found, truth, strict=True):
        np.testing.assert_allclose(x, true, **CLOSE)


@every_loss
def test_value_and_gradient_are_those_of_numpy_by_hand(loss):
    parameters, y, by_hand = LOSSES[loss]
    cost = mg.mean_over(loss, "x", "y")
    argnums = tuple(range(len(parameters)))
    value, slopes = mg.value_and_grad(cost, argnums=argnums)(*parameters, X, y)
    true, true_slopes = by_hand(*parameters, X, y)
    same([cost(*parameters, X, y), value], [true, true])
    same(slopes, true_slopes)
    assert type(cost(*parameters, X, y)) is float


@every_loss
def test_a_trace_computes_the_cost_at_other_parameters(loss):
    parameters, y, by_hand = LOSSES[loss]
    graph = mg.trace(mg.mean_over(loss, "x", "y"), *parameters, X, y)
    others = [p * 0.5 for p in parameters]
    same([graph(*others, X, y)], [by_hand(*others, X, y)[0]])


@every_loss
def test_gradients_by_parameters_and_examples_are_certified(loss):
    parameters, y, _ = LOSSES[loss]
    check_gradients(mg.mean_over(loss, "x", "y"), *parameters, X[:3], y[:3].astype(float))


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=1, max_size=9))
def test_a_column_gives_numbers_and_the_mean_is_over_all_examples(pairs):
    x, y = zip(*pairs, strict=True)
    cost = mg.mean_over(lambda a, x, y: a * x - y, "x", "y")
    terms = [2.0 * p - q for p, q in pairs]
    # A sum from left to right loses n/2 units at most in the last place of the sum of magnitudes.
    error = len(pairs) ** 2 * 18 * math.ulp(1.0)
    assert cost(2.0, x, y) == pytest.approx(math.fsum(terms) / len(pairs), abs=error)


def test_hessian_and_directions_are_those_of_the_textbook():
    cost = mg.mean_over(squared, "x", "y")
    np.testing.assert_allclose(mg.hessian(cost)(*LINE, X, REALS), 2 * X.T @ X / M, **CLOSE)
    v = np.ones(D)
    _, along = mg.jvp(lambda w: cost(w, 0.25, X, REALS), (LINE[0],), (v,))
    by_hand = LOSSES[squared][2]
    np.testing.assert_allclose(along, by_hand(*LINE, X, REALS)[1][0] @ v, **CLOSE)


def test_the_cost_of_values_is_one_mean_node_above_the_losses():
    w, b = mg.values(LINE[0], "w"), Value(LINE[1], "b")
    J = mg.mean_over(squared, "x", "y")(w, b, X, REALS)
    assert J.op.name == "mean"
    assert len(J.parents) == M
    J.backward()
    dw, db = LOSSES[squared][2](*LINE, X, REALS)[1]
    same([[x.grad for x in w], b.grad], [dw, db])


def seen(entries):
    """The types, and the numbers, of what a loss gets of an argument."""
    found = []
    mg.mean_over(lambda x: found.append(x) or 0.0, "x")(entries)
    return found


def test_an_example_gets_a_row_of_an_array_an_element_of_a_list_or_a_number():
    assert all(type(x) is np.ndarray and x.shape == (D,) for x in seen(X))
    assert seen(X.tolist()) == X.tolist()
    assert seen(((1.0, 2.0), (3.0, 4.0))) == [(1.0, 2.0), (3.0, 4.0)]
    assert [type(x) for x in seen(REALS)] == [float] * M
    assert np.shape(seen(np.zeros((2, 3, 4)))) == (2, 3, 4)
    assert seen(range(3)) == [0, 1, 2]
    row, *_ = seen(mg.values(X))
    assert type(row) is mg.ValueArray
    assert seen(np.array([Value(1.0), 2.0], dtype=object))[1] == 2.0


def test_rows_of_a_column_major_array_and_of_a_view_are_the_same():
    for same_rows in (np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2], X[::-1][::-1]):
        assert np.array_equal(seen(same_rows), X)


def test_narrow_arrays_are_widened_to_64_bits():
    assert {x.dtype for x in seen(X.astype(np.float32))} == {np.dtype(float)}
    assert {type(x) for x in seen(REALS.astype(np.float32))} == {float}
    (row,) = seen(np.array([[200, 255]], np.uint8))
    assert (row * row).tolist() == [40000, 65025]  # 8 bits would wrap around
    assert {type(x) for x in seen(CLASSES)} == {int}  # to index by
    assert [type(x) for x in seen(CLASSES == 1)] == [bool] * M


def test_a_loss_may_index_by_an_integer_label():
    cost = mg.mean_over(lambda scores, y: mg.logsumexp(scores) - scores[y], "y")
    found = mg.grad(cost)([0.0, 0.0], np.array([0, 1, 1, 1]))
    assert found == pytest.approx(
        [0.25, -0.25], abs=1e-15
    )  # softmax less the shares, of 4 roundings


def test_frames_and_series_give_their_rows_whatever_their_labels():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=["c", "a", "b"], index=range(10, 10 + M))
    y = pd.Series(REALS, index=range(20, 20 + M))
    cost = mg.mean_over(squared, "x", "y")
    assert cost(*LINE, frame, y) == cost(*LINE, X, REALS)
    slopes = mg.grad(cost, argnums="x")(*LINE, frame, y)
    assert list(slopes.columns) == ["c", "a", "b"]
    assert np.array_equal(slopes.to_numpy(), mg.grad(cost, argnums="x")(*LINE, X, REALS))


def test_frames_of_several_types_are_numbers_eagerly_and_compiled():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [True, False], "b": [0.5, 2.0], "c": pd.array([1, 3], "Int64")})
    cost = mg.mean_over(lambda w, x: mg.dot(w, np.tanh(x)), "x")
    plain = frame.to_numpy(dtype=float)
    assert cost(np.ones(3), frame) == cost(np.ones(3), plain)
    assert mg.compile(cost)(np.ones(3), frame) == mg.compile(cost)(np.ones(3), plain)
    texts = mg.mean_over(lambda w, x: w * len(x[1]), "x")
    assert texts(2.0, pd.DataFrame({"a": [1, 2], "s": ["u", "vvv"]})) == 4.0
    held = pd.DataFrame({"a": [Value(0.0, "v"), Value(1.0)], "b": [1.0, 2.0]})
    mg.mean_over(lambda w, x: w * x[0] * x[1], "x")(2.0, held).backward()
    assert held["a"][0].grad == 1.0
    with pytest.raises(TypeError, match="the argument x holds a Value"):
        mg.compile(cost)(np.ones(2), held)


def test_arguments_by_name_and_defaults_are_those_of_the_loss():
    def loss(w, x, y=1.0, *, power=2):
        return (w * x - y) ** power

    cost = mg.mean_over(loss, "x", "y")
    xs, ys = [1.0, 2.0], [3.0, 5.0]
    assert cost(2.0, xs, ys) == cost(y=ys, x=xs, w=2.0) == (1 + 1) / 2
    assert cost(2.0, xs) == (1 + 9) / 2  # the default serves each example
    assert cost(2.0, xs, ys, power=3) == -1.0
    weighted = mg.mean_over(loss, "x", "power")
    assert weighted(2.0, xs, power=[1, 2]) == (1 + 9) / 2
    assert mg.grad(cost, argnums="w")(w=2.0, x=xs, y=ys) == -3.0


def test_a_list_given_twice_serves_each_argument_in_its_own_way():
    xs = [1.0, 2.0]
    cost = mg.mean_over(lambda w, x, *more, y: w[0] * x + w[1] * y + sum(more), "x", "y")
    assert cost(xs, xs, 0.25, 0.25, y=xs) == (3.5 + 6.5) / 2


def test_arguments_that_are_not_named_reach_the_loss_untouched():
    given = {"w": [1.0, 2.0]}
    cost = mg.mean_over(lambda p, x: 0.0 if p is given else 1.0, "x")
    assert cost(given, [1.0, 2.0]) == 0.0


def test_a_row_of_the_table_is_a_loss():
    cost = mg.mean_over(mg.logistic_loss, *inspect.signature(mg.logistic_loss).parameters)
    assert cost([0.0, 0.0], [0.0, 1.0]) == math.log(2)


def test_a_cost_looks_like_its_loss_and_pickles_with_it():
    cost = mg.mean_over(squared, "x", "y")
    assert inspect.signature(cost) == inspect.signature(squared)
    assert cost.__name__ == "squared"
    assert repr(cost) == "mean_over(squared(w, b, x, y), 'x', 'y')"
    twin = pickle.loads(pickle.dumps(cost))
    assert (twin.loss, twin.names) == (squared, ("x", "y"))
    assert twin(*LINE, X, REALS) == cost(*LINE, X, REALS)


def test_a_mean_over_means_averages_over_both():
    inner = mg.mean_over(lambda a, b: a * b, "a")
    assert mg.mean_over(inner, "b")([1.0, 3.0], [2.0, 4.0]) == 6.0


def test_an_error_of_the_loss_says_at_which_example():
    with pytest.raises(mg.DomainError) as caught:
        mg.mean_over(mg.log, "x")([1.0, 2.0, -1.0])
    assert caught.value.__notes__ == ["mean_over: this was at example 2, counted from 0"]


def starred(w, *xs, **more):
    return 0.0


@pytest.mark.parametrize(
    ("loss", "names", "told"),
    [
        (3.0, ["x"], r"expects a function, got 3.0; write mean_over\(loss, \"x\", \"y\"\)"),
        (squared, [], r"no parameter of squared\(w, b, x, y\) is named; name those"),
        (squared, ["z"], r"squared\(w, b, x, y\) has no parameter 'z'; name one that it has"),
        (squared, [("x", "y")], r"expected names of parameters.*; got \('x', 'y'\)"),
        (squared, ["x", "x"], "'x' is named twice"),
        (starred, ["xs"], r"'xs' is the parameter \*xs, which takes any number of arguments"),
        (starred, ["more"], r"'more' is the parameter \*\*more, which takes any number"),
        (max, ["x"], "can't tell the parameters of <built-in function max>; give a function of"),
    ],
)
def test_names_that_are_not_the_losses_are_refused(loss, names, told):
    with pytest.raises(TypeError, match=f"^mean_over.*{told}"):
        mg.mean_over(loss, *names)


@pytest.mark.parametrize(
    ("args", "error", "told"),
    [
        ((*LINE, X), TypeError, r"missing a required argument: 'y'; .* of squared\(w, b, x, y\)"),
        ((*LINE, X, REALS, 1), TypeError, "too many positional arguments; the cost takes"),
        ((*LINE, X, REALS[1:]), ValueError, "an entry for each example in x, y; got 7 in x, 6 in y"),
        ((*LINE, X[:0], []), ValueError, "x, y hold no example; expected one at least"),
        ((*LINE, X, 1.0), TypeError, r"a list in y, .* got 1.0 \(float\)"),
        ((*LINE, X, np.array(1.0)), TypeError, r"a list in y, .* got array\(1.\) \(ndarray\)"),
        ((*LINE, X, Value(1.0)), TypeError, r"a list in y, .* got Value\(1.0\) \(Value\)"),
        ((*LINE, {"a": [1.0]}, [1.0]), TypeError, r"a list in x, .* got {'a': \[1.0\]} \(dict\)"),
        ((*LINE, X, "labels!"), TypeError, r"a list in y, .* got 'labels!' \(str\)"),
        ((*LINE, X, iter(REALS)), TypeError, r"a list in y, .* \(\w*iterator\)"),
        ((*LINE, X * 1j, REALS), TypeError, "the argument x is an array of complex128; expected real"),
        ((*LINE, sparse.csr_array(X), REALS), TypeError, r"x is sparse, .*; pass x.toarray\(\)"),
        ((*LINE, np.ma.array(X), REALS), TypeError, "the argument x is a masked array; fill it"),
    ],
)  # fmt: skip
def test_arguments_that_hold_no_examples_are_refused(args, error, told):
    with pytest.raises(error, match=f"^mean_over: .*{told}"):
        mg.mean_over(squared, "x", "y")(*args)


def test_a_call_without_any_of_the_named_arguments_is_refused():
    with pytest.raises(TypeError, match=r"^mean_over: none of x, y is given"):
        mg.mean_over(lambda w, x=1.0, y=2.0: w, "x", "y")(1.0)


@pytest.mark.parametrize("y", [None, [1.0], np.ones(1), 1j, "1.0", {"loss": 1.0}])
def test_a_loss_that_is_no_single_number_is_refused(y):
    def loss(x):
        return y

    with pytest.raises(TypeError, match=r"^mean_over: loss\(x\) returned .*; expected one number"):
        mg.mean_over(loss, "x")([1.0, 2.0])


@pytest.mark.parametrize("y", [2, True, np.float32(2), np.array(2.0), np.array(Value(2.0))])
def test_a_loss_is_a_number_of_any_kind(y):
    assert mg.mean_over(lambda x: y, "x")([1.0, 2.0]) == float(y)

"""softmax, log_softmax, cumsum and norm, against mpmath, NumPy, SciPy and JAX."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograph as mg

vectors = st.lists(st.floats(-700, 700), min_size=1, max_size=8)


def exact_shares(x):
    weights = [mpmath.exp(mpmath.mpf(e) - max(x)) for e in x]
    return [w / sum(weights) for w in weights]


def close(found, exact):
    """Within 4 units in the last place, as the docstrings promise. 2.9 were measured."""
    return abs(found - exact) <= 4 * math.ulp(float(exact))


@given(vectors)
def test_values_are_good_to_the_last_digits(x):
    with mpmath.workdps(400):
        shares = exact_shares(x)
        for share, log_share, exact in zip(mg.softmax(x), mg.log_softmax(x), shares, strict=True):
            assert close(share, exact)
            if exact != 1:  # beyond 400 digits it is
                assert close(log_share, mpmath.log(exact))


@given(st.lists(st.floats(-60, 60), min_size=2, max_size=6))
def test_slopes_keep_their_digits_where_one_share_is_almost_1(x):
    """∂y_i/∂x_j = y_i·(δ_ij − y_j). At equal shares of 1/n, terms of 1 cancel to 1/n."""
    with mpmath.workdps(100):
        y = exact_shares(x)
        rest = [sum(y[:i] + y[i + 1 :]) for i in range(len(y))]
        found, of_logs = mg.jacobian(mg.softmax)(x), mg.jacobian(mg.log_softmax)(x)
        reach = 8 * len(x)  # terms of both signs; 22 half units were measured at six numbers
        for i, j in np.ndindex(len(x), len(x)):
            exact = rest[i] if i == j else -y[j]
            assert abs(of_logs[i][j] - exact) <= reach * 2**-53 * abs(exact)
            assert abs(found[i][j] - y[i] * exact) <= reach * 2**-53 * abs(y[i] * exact)


def test_far_tails_have_values_and_slopes():
    assert mg.softmax([1000.0, 0.0, -1000.0]) == [1.0, 0.0, 0.0]
    assert mg.log_softmax([1000.0, 0.0]) == [0.0, -1000.0]
    slopes = mg.grad(lambda x: mg.log_softmax(x)[0])([40.0, 0.0])
    assert slopes == pytest.approx([math.exp(-40), -math.exp(-40)], rel=1e-15)
    assert mg.grad(lambda x: mg.log_softmax(x)[1])([1000.0, 0.0]) == [-1.0, 1.0]


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_arrays_go_along_an_axis(axis):
    special = pytest.importorskip("scipy.special")
    x = np.random.default_rng(0).normal(size=(3, 4))
    for ours, theirs in [(mg.softmax, special.softmax), (mg.log_softmax, special.log_softmax)]:
        want = theirs(x, axis=axis)
        np.testing.assert_allclose(ours(x, axis=axis), want, rtol=1e-14)
        of_values = ours(mg.values(x), axis=axis)
        assert isinstance(of_values, mg.ValueArray)
        np.testing.assert_allclose(of_values.astype(float), want, rtol=1e-14)
    np.testing.assert_array_equal(mg.cumsum(x, axis=axis), np.cumsum(x, axis=axis))
    np.testing.assert_array_equal(mg.cumsum(mg.values(x)).astype(float), np.cumsum(x))
    for p in (0.5, 1, 2, 3, math.inf):
        want = np.linalg.norm(x, ord=p, axis=axis)
        np.testing.assert_allclose(mg.norm(x, ord=p, axis=axis), want, rtol=1e-14)
        of_values = mg.norm(mg.values(x), ord=p, axis=axis)
        np.testing.assert_allclose(of_values.astype(float), want, rtol=1e-14)


def test_jax_arrays_stay_jaxs(x64):
    x = x64.numpy.asarray([[1.0, 2.0, 40.0]])
    for ours, theirs in [(mg.softmax, x64.nn.softmax), (mg.log_softmax, x64.nn.log_softmax)]:
        assert isinstance(ours(x), x64.Array)
        np.testing.assert_allclose(ours(x)[0, :2], theirs(x)[0, :2], rtol=1e-14)


@pytest.mark.parametrize("f", [mg.softmax, mg.log_softmax, mg.cumsum])
def test_traced_and_compiled_they_are_the_same_at_other_numbers(f):
    x, far = [0.5, 0.25, -1.0], [3.0, 800.0, -2.0]
    graph = mg.trace(f, x)
    assert list(graph(far)) == pytest.approx(list(f(far)), rel=1e-15)
    fast = mg.compile(lambda a, b, c: f([a, b, c])[0])
    want = mg.value_and_grad(lambda a, b, c: f([a, b, c])[0], (0, 1, 2))(3.0, 8.0, -2.0)
    y, slopes = fast.value_and_grad(3.0, 8.0, -2.0, argnums=(0, 1, 2))
    assert y == pytest.approx(want[0], rel=1e-14)
    assert slopes == pytest.approx(want[1], rel=1e-13)


def test_a_long_vector_takes_a_few_nodes_for_each_element():
    x = mg.values(np.linspace(-1, 1, 2000))
    assert len(mg.softmax(x)[0].walk()) < 3 * len(x) + 10


@pytest.mark.parametrize("p", [0.5, 1, 2, 3, math.inf])
def test_norms_at_0_and_of_huge_and_tiny_numbers(p):
    of = lambda x: mg.norm(x, p)
    assert of([0.0, 0.0]) == of([]) == of(np.zeros(0)) == 0
    assert mg.grad(of)([0.0, 0.0]) == [0.0, 0.0]
    rows = lambda x: mg.sum(mg.norm(x, p, axis=1))
    assert mg.grad(rows)(np.array([[0.0, 0.0], [1.0, 2.0]]))[0].tolist() == [0.0, 0.0]
    assert not mg.hessian(of)(np.zeros(2)).any()
    assert math.isnan(of([math.nan, 0.0]))
    assert all(map(math.isfinite, mg.grad(lambda x: mg.norm(x, p))([3e200, 1.0])))
    assert mg.norm([3e-200, 3e-200], p) == pytest.approx(3e-200 * 2 ** (1 / p), rel=1e-14)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mg.softmax([]), "softmax: expected one number at least"),
        (lambda: mg.softmax(3.0), "expected a list of numbers or an array"),
        (lambda: mg.softmax([[1.0], [2.0]]), "a list of lists; use an array"),
        (lambda: mg.softmax([1.0], axis=1), "a list has one axis"),
        (lambda: mg.cumsum("abc"), "expected a list of numbers or an array"),
        (lambda: mg.norm([1.0], ord=0), "expected ord above 0"),
        (lambda: mg.norm([1.0], ord="fro"), "above 0 as ord, got 'fro'; np.linalg.norm has"),
        (lambda: mg.norm([1.0], ord=None), "above 0 as ord, got None"),
        (lambda: mg.softmax(["a"]), "expected a number"),
        (lambda: mg.softmax(np.eye(2), axis=None), "has no axis None; .* from -2 to 1"),
        (lambda: mg.log_softmax(np.eye(2), axis=2), r"of shape \(2, 2\) has no axis 2"),
        (lambda: mg.softmax(mg.values([1.0, 2.0]), axis=1), "has no axis 1; .* from -1 to 0"),
    ],
)
def test_what_is_no_vector_is_refused(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()

"""Least squares of Values: derivatives as sixty digits say, shapes as NumPy says."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import micrograph as mg
from micrograph import ValueArray
from micrograph.testing import check_gradients

RANDOM = np.random.default_rng(3)
A, B = RANDOM.normal(size=(6, 3)), RANDOM.normal(size=6)
H = mpmath.mpf(10) ** -15  # the step of the differences: their errors are some 1e-30


def exact(A, b):
    """The solution by the normal equations, in mpmath's numbers."""
    if A.rows >= A.cols:
        return (A.T * A) ** -1 * (A.T * b)
    return A.T * ((A * A.T) ** -1 * b)


def close(found, expected, rel=1e-11):
    found, expected = np.asarray(found, dtype=float), np.array(expected.tolist(), dtype=float)
    assert np.abs(found - expected.reshape(found.shape)).max() <= rel * np.abs(expected).max()


@settings(max_examples=20)
@given(m=st.integers(1, 8), n=st.integers(1, 8), k=st.integers(0, 2), seed=st.integers(0, 999))
def test_solutions_have_the_derivatives_that_sixty_digits_say(m, n, k, seed):
    random = np.random.default_rng(seed)
    A, E = random.normal(size=(m, n)) + 4 * np.eye(m, n), random.normal(size=(m, n))
    b, e = (random.normal(size=(m, k) if k else m) for _ in range(2))
    solved = lambda A, b: np.linalg.lstsq(A, b, rcond=None)[0]
    along = lambda A, b: mg.jvp(solved, (A, b), (E, e))
    x, first = along(A, b)
    second = mg.jvp(lambda A, b: along(A, b)[1], (A, b), (E, e))[1]
    assert np.shape(x) == np.shape(np.linalg.lstsq(A, b)[0])
    with mpmath.workdps(60):
        given = [mpmath.matrix(v.tolist()) for v in (A, E, b, e)]
        left, here, right = (
            exact(given[0] + t * given[1], given[2] + t * given[3]) for t in (-H, 0, H)
        )
        close(x, here)
        close(first, (right - left) / (2 * H))
        close(second, (right - 2 * here + left) / H**2, rel=1e-9)


def test_an_ill_conditioned_problem_is_solved_without_squaring_its_condition():
    V = np.vander(np.linspace(0, 1, 20), 12)  # of the condition 1e8
    b = RANDOM.normal(size=20)
    slope = mg.jacobian(lambda b: np.linalg.lstsq(V, b)[0])(b)
    with mpmath.workdps(60):
        exactly = mpmath.matrix(V.tolist())
        close(slope, (exactly.T * exactly) ** -1 * exactly.T, rel=1e-7)


def test_all_that_lstsq_returns_has_numpys_shape():
    for a, b in ((A, B), (A, np.ones((6, 2))), (A.T, B[:3]), (A[:3], B[:3]), (A[:, :0], B)):
        expected = np.linalg.lstsq(a, b)
        for found in (np.linalg.lstsq(mg.values(a), b), np.linalg.lstsq(a, mg.values(b))):
            for x, y in zip(found, expected, strict=True):
                assert np.shape(x) == np.shape(y)
                numbers = x.astype(float) if isinstance(x, ValueArray) else x
                assert numbers == pytest.approx(y, rel=1e-12)
    apart = lambda a: np.linalg.lstsq(a, B)[1][0]
    r = A @ np.linalg.lstsq(A, B)[0] - B
    expected = 2 * np.outer(r, np.linalg.lstsq(A, B)[0])
    assert mg.grad(apart)(A) == pytest.approx(expected, rel=1e-12, abs=1e-14)
    assert check_gradients(apart, A).certified


def test_singular_values_have_a_slope_of_nan_to_any_order():
    size = lambda a: np.linalg.lstsq(a, B)[3].sum()
    assert size(A) == pytest.approx(np.linalg.norm(A, "nuc"))
    assert np.isnan(mg.grad(size)(A)).all()
    assert np.isnan(mg.hessian(size)(A)).all()
    third = mg.grad(lambda t: mg.grad(lambda t: mg.grad(lambda t: size(t * A))(t))(t))(1.0)
    assert np.isnan(third)


def test_pinv_and_polyfit_are_least_squares():
    stack = np.stack([A, A[::-1]])
    found, slope = mg.jvp(np.linalg.pinv, (stack,), (stack,))
    assert found == pytest.approx(np.linalg.pinv(stack), rel=1e-12)
    assert slope == pytest.approx(-found, rel=1e-12)  # of 1/t at t = 1
    x, w = np.linspace(0.0, 2.0, 6), np.arange(1.0, 7.0)
    fitted = lambda x, y: np.polyfit(x, y, 2, w=w)
    found, slope = mg.jvp(fitted, (x, B), (np.ones(6), np.zeros(6)))
    a, b, c = np.polyfit(x, B, 2, w=w)
    assert found == pytest.approx([a, b, c], rel=1e-12)
    # a·(x − t)² + b·(x − t) + c
    assert slope == pytest.approx([0.0, -2 * a, -b], rel=1e-12, abs=1e-12)


def test_a_trace_keeps_a_solution_by_constants():
    graph = mg.trace(lambda b: np.linalg.lstsq(A, b)[0], B)
    assert graph(B[::-1]) == pytest.approx(np.linalg.lstsq(A, B[::-1])[0], rel=1e-12)


@pytest.mark.parametrize(
    ("f", "error", "text"),
    [
        (lambda a: np.linalg.lstsq(a * [1, 1, 0], B), np.linalg.LinAlgError, "has the rank 2, so"),
        (lambda a: np.linalg.lstsq(a, B[:3]), np.linalg.LinAlgError, "Incompatible dimensions"),
        (lambda a: np.linalg.lstsq(a[0], B), np.linalg.LinAlgError, "1-dimensional array given"),
        (lambda a: np.polyfit(a[0], B[:3], 1, full=True), TypeError, "full and cov are not served"),
        (lambda a: mg.trace(lambda a: np.linalg.lstsq(a, B)[0], A), TypeError, "lstsq, which find"),
    ],
)
def test_what_is_no_least_squares_problem_is_refused(f, error, text):
    with pytest.raises(error, match=text):
        f(mg.values(A))

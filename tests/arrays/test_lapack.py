"""Large matrices: their rules give the derivatives that elimination gives, and fifty digits say."""

import gc
import pickle
import threading
import weakref

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Graph, Value
from micrograph.arrays import lapack
from micrograph.testing import check_gradients

N = lapack.LARGE + 3
RANDOM = np.random.default_rng(17)
A = RANDOM.normal(size=(N, N)) + 3 * np.eye(N)
B = RANDOM.normal(size=N)


def close(found, expected, rel=1e-11):
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    assert np.abs(found - expected).max() <= rel * (np.abs(expected).max() + 1e-30)


@settings(max_examples=20)
@given(n=st.integers(1, 2 * lapack.LARGE), seed=st.integers(0, 999))
@example(n=lapack.LARGE, seed=0)
@example(n=lapack.LARGE + 1, seed=0)
def test_derivatives_agree_with_fifty_digits_on_both_sides_of_the_crossover(n, seed):
    """x = A⁻¹b: d(cᵀx) = −cᵀA⁻¹·dA·x, d²(cᵀx) = 2·cᵀA⁻¹·dA·A⁻¹·dA·x; d log |A| = tr A⁻¹dA."""
    random = np.random.default_rng(seed)
    A, E = random.normal(size=(n, n)) + 4 * np.sqrt(n) * np.eye(n), random.normal(size=(n, n))
    b, c = random.normal(size=(2, n))
    solved = lambda A: np.linalg.solve(A, b * (1 + A[0, 0])) @ c / (1 + A[0, 0])
    log = lambda A: np.linalg.slogdet(A)[1]
    value, slope = mg.value_and_grad(solved)(A)
    along = lambda f: lambda A: mg.jvp(f, (A,), (E,))[1]
    with mpmath.workdps(50):
        inverse, dA = mpmath.matrix(A.tolist()) ** -1, mpmath.matrix(E.tolist())
        x, w = inverse * mpmath.matrix(b.tolist()), inverse.T * mpmath.matrix(c.tolist())
        close(value, (w.T * mpmath.matrix(b.tolist()))[0])
        close(slope, (-w * x.T).tolist())
        step = inverse * dA
        first, second = -(w.T * dA * x)[0], 2 * (w.T * dA * step * x)[0]
        close(along(solved)(A), first)
        close(mg.jvp(along(solved), (A,), (E,))[1], second)
        close(np.sum(mg.hvp(solved)(A, E) * E), second)
        close(mg.grad(log)(A), inverse.T.tolist())
        trace = lambda M: mpmath.fsum(M[i, i] for i in range(n))
        close(along(log)(A), trace(step))
        close(mg.hvp(log)(A, E), (-(step * inverse).T).tolist())
        close(mg.grad(np.linalg.det)(A) / np.linalg.det(A), inverse.T.tolist())
        close(mg.jvp(np.linalg.inv, (A,), (E,))[1], (-step * inverse).tolist())


FUNCTIONS = {
    "solve": lambda a: (np.linalg.solve(a, B[:5]) ** 2).sum(),
    "solve, one element": lambda a: np.linalg.solve(a, B[:5])[2],
    "solve for a matrix": lambda a: (np.linalg.solve(a, a[:, :2] ** 2 - 1) ** 3).sum(),
    "solve by constants": lambda a: (np.linalg.solve(A[:5, :5], a[0]) ** 3).sum(),
    "solve for rows of constants": lambda a: np.linalg.solve(a * np.eye(5) + 1, B[:5]).sum(),
    "inv": lambda a: (np.linalg.inv(a) ** 2).sum(),
    "det": lambda a: np.linalg.det(a) ** 2,
    "slogdet": lambda a: np.linalg.slogdet(a)[1] ** 2 * np.linalg.slogdet(a)[0] * a[0, 0],
    "a branch": lambda a: mg.where(a[0, 0] > 0, np.linalg.solve(a, B[:5])[0] ** 2, 0.0),
    "a stack": lambda a: np.linalg.solve(np.stack([a, a.T]), B[:5]).prod(),
}
V, W = RANDOM.normal(size=(2, 5, 5))
TRANSFORMS = {
    "grad": lambda f: mg.grad(f)(A[:5, :5]),
    "hessian": lambda f: mg.hessian(f)(A[:5, :5]),
    "jvp of jvp": lambda f: mg.jvp(lambda a: mg.jvp(f, (a,), (V,))[1], (A[:5, :5],), (W,))[1],
    "grad of jvp": lambda f: mg.grad(lambda a: mg.jvp(f, (a,), (V,))[1])(A[:5, :5]),
    "third": lambda f: mg.grad(lambda t: (mg.hvp(f)(A[:5, :5] + t * V, V) * W).sum())(0.25),
    "captured": lambda f: mg.grad(lambda p: mg.grad(lambda a: f(a * p + V))(A[:5, :5])[0, 1])(0.5),
}


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_transform_agrees_with_elimination(name, transform, monkeypatch):
    found = {}
    for large in (0, 99):
        monkeypatch.setattr(lapack, "LARGE", large)
        found[large] = TRANSFORMS[transform](FUNCTIONS[name])
    close(found[0], found[99], rel=1e-10)


def test_results_are_numpys_to_the_last_bit():
    V = mg.values(A)
    assert np.array_equal(np.linalg.solve(V, B).astype(float), np.linalg.solve(A, B))
    assert np.linalg.det(V).data == np.linalg.det(A)
    assert [x.data for x in np.linalg.slogdet(V)] == list(np.linalg.slogdet(A))
    assert np.linalg.inv(np.stack([V, V.T])).shape == (2, N, N)
    assert np.linalg.solve(V, np.ones((N, 0))).shape == (N, 0)
    whole = (A > 1).astype(int).astype(object) + np.diag(mg.values(np.full(N, 9.0)))
    found = np.linalg.solve(whole, np.arange(N, dtype=object)).astype(float)
    assert found == pytest.approx(np.linalg.solve((A > 1) + 9 * np.eye(N), np.arange(N)))


def test_a_column_takes_twice_as_many_nodes_as_rows():
    V = mg.values(A)
    assert len(mg.sum(np.linalg.solve(V, B).tolist()).walk()) == N * N + 2 * N + 1
    assert len(np.linalg.det(V).walk()) == N * N + 1


@pytest.mark.parametrize("rank", [0, 1, N - 2, N - 1])
def test_determinants_of_singular_matrices_keep_their_slopes(rank):
    """At rank n − 1 the slope is the adjugate, the product of the other singular values."""
    U, s, Vt = np.linalg.svd(A)
    s[rank:] = 0
    slope = mg.grad(np.linalg.det)((U * s) @ Vt)
    others = [np.prod(np.delete(s, i)) for i in range(N)]
    expected = np.linalg.det(U) * np.linalg.det(Vt) * (U * others) @ Vt
    assert slope == pytest.approx(expected, rel=1e-9, abs=1e-9 * np.prod(np.linalg.svd(A)[1][:-1]))


def test_what_can_not_be_computed_is_nan_or_refused():
    V, zeros = mg.values(A), mg.values(A)
    zeros[3] = 0.0
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        np.linalg.solve(zeros, B)
    with pytest.raises(np.linalg.LinAlgError, match="has no slope here; det has one"):
        np.linalg.slogdet(zeros)
    V[1, 2] = Value(np.nan)
    assert np.isnan(np.linalg.solve(V, B)).all()
    assert np.isnan(np.linalg.det(V))
    V[1, 2] = Value(np.inf)  # and no warning, which would be an error here
    assert len(np.linalg.solve(V, B)) == N
    assert mg.grad(lambda t: np.linalg.det(t * A))(1e-30) == 0.0  # of 1e-500
    with pytest.raises(TypeError, match="elimination, which puts the rows"):
        mg.trace(np.linalg.det, A)


def test_a_trace_holds_a_solution_by_constants():
    graph = mg.trace(lambda b: np.linalg.solve(A, b), np.zeros(N))
    assert graph(B) == pytest.approx(np.linalg.solve(A, B), rel=1e-12)


def test_a_graph_says_that_it_can_not_hold_the_rule():
    solution = np.linalg.solve(mg.values(A, "a"), B)
    with pytest.raises(TypeError, match="a graph can't hold solve"):
        Graph.of(solution[0])()
    with pytest.raises(TypeError, match=r"a result of solve.* can't be pickled"):
        pickle.dumps(solution[0])
    assert mg.explain(solution[0], solution[0].leaves()[0])


def test_checks_estimate_what_is_computed_by_a_rule():
    report = check_gradients(lambda t: np.linalg.solve(A + t * np.eye(N), B)[0], 0.3, order=2)
    assert not report.certified
    assert check_gradients(lambda b: np.linalg.solve(A, b)[0], B).certified


def test_backward_puts_adjoints_on_all_nodes_and_frees_them_afterwards():
    V = mg.values(A)
    x = np.linalg.solve(V, B)
    x.sum().backward()
    w, solution = np.linalg.solve(A.T, np.ones(N)), np.linalg.solve(A, B)
    close([[v.grad for v in row] for row in V], -np.outer(w, solution))
    assert x[0].partials == tuple(np.linalg.inv(A)[0])
    mg.hvp(lambda a: np.linalg.solve(a, B)[0])(A, A)
    leaf = weakref.ref(V[0, 0])
    gc.disable()
    try:
        del V, x
        assert leaf() is None  # no cycle holds it
    finally:
        gc.enable()


def test_threads_do_not_disturb_each_other():
    found = []
    run = lambda: found.append(mg.hvp(lambda a: np.linalg.solve(a, B)[0] ** 2)(A, A))
    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(np.array_equal(x, found[0]) for x in found)

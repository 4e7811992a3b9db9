"""Linear algebra on arrays of Values: derivatives as fifty digits say, shapes as NumPy says."""

import itertools
from functools import partial

import mpmath
import numpy as np
import pytest

import micrograph as mg
from micrograph import Graph, Value, ValueArray

RANDOM = np.random.default_rng(7)
GENERAL = RANDOM.normal(size=(4, 4)) + 2 * np.eye(4)
B = RANDOM.normal(size=4)
SCALE = np.array([1.0, 1e-9, 1e7, 1e-30])
MATRICES = {
    "general": GENERAL,
    "symmetric": GENERAL @ GENERAL.T,
    "a permutation, almost": np.eye(4)[[2, 0, 3, 1]] + 1e-3 * GENERAL,
    "badly scaled rows": SCALE[:, None] * GENERAL,
    "badly scaled columns": GENERAL * SCALE,
    "badly scaled both ways": SCALE[:, None] * GENERAL * SCALE[::-1],
    "of one row": GENERAL[:1, :1],
    "triangular": np.tril(GENERAL),
}
SINGULAR = {
    "of rank 2, in whole numbers": np.arange(9.0).reshape(3, 3),
    "of rank 1, in whole numbers": np.outer([1.0, 2.0, -3.0], [2.0, 4.0, 1.0]),
    "of rank 2, rounded": GENERAL[:, :2] @ GENERAL[:2],
    "of rank 1, rounded": np.outer(B, B / 3),
    "of zeros": np.zeros((3, 3)),
    "with a row of zeros": np.diag([1.0, 0.0, 2.0]) @ GENERAL[:3, :3],
}


def minor(A, rows, columns):
    """The determinant of what is left of A without these rows and columns, and its sign."""
    left = [[x for j, x in enumerate(row) if j not in columns] for row in A.tolist()]
    left = [row for i, row in enumerate(left) if i not in rows]
    return (-1) ** (sum(rows) + sum(columns)) * (mpmath.det(mpmath.matrix(left)) if left else 1)


def second_minors(A):
    """∂²det/∂A_ij∂A_kl: with a further sign for each order of the two rows and columns."""
    n, found = len(A), np.zeros((len(A),) * 4, dtype=object)
    for i, k in itertools.permutations(range(n), 2):
        for j, m in itertools.permutations(range(n), 2):
            sign = 1 if (i < k) == (j < m) else -1
            found[i, j, k, m] = sign * minor(A, (i, k), (j, m))
    return found


def close(found, expected, scale, rel=1e-12):
    """Whether all is within rel of the truth, or of the size of what was summed up."""
    found, expected = np.asarray(found), np.asarray(expected, dtype=object)
    apart = np.abs(found - expected)
    assert np.all(apart <= rel * np.maximum(np.abs(expected), scale)), float(np.max(apart))


@pytest.mark.parametrize("name", {**MATRICES, **SINGULAR})
def test_determinants_have_their_minors_as_slopes(name):
    """A determinant of rounded numbers is good to 1e-12 of its permanent: of what is summed up."""
    A = {**MATRICES, **SINGULAR}[name]
    n = len(A)
    with mpmath.workdps(80):
        first = [[minor(A, (i,), (j,)) for j in range(n)] for i in range(n)]
        size = np.abs(A).max(axis=1, keepdims=True)
        size = size * (np.abs(A) / np.where(size == 0, 1, size)).max(axis=0)  # of each element
        size = np.where(size == 0, 1.0, size)
        whole = np.prod(np.diagonal(size))
        value, slope = mg.value_and_grad(np.linalg.det)(A)
        close(value, mpmath.det(mpmath.matrix(A.tolist())), whole)
        close(slope, first, whole / size)
        if n > 1:
            second = mg.hessian(np.linalg.det)(A)
            sizes = size[:, :, None, None] * size
            close(second, second_minors(A), whole / sizes)


@pytest.mark.parametrize("name", MATRICES)
def test_solutions_have_the_derivatives_of_the_implicit_function(name):
    """x = A⁻¹b: dx = −A⁻¹·dA·x, and d²x = 2·A⁻¹·dA·A⁻¹·dA·x, in 80 digits."""
    A = MATRICES[name]
    b, E = B[: len(A)] * np.abs(A).max(axis=1), A * RANDOM.normal(size=A.shape)
    along = lambda A: mg.jvp(lambda A: np.linalg.solve(A, b), (A,), (E,))
    x, first = along(A)
    second = mg.jvp(lambda A: along(A)[1], (A,), (E,))[1]
    with mpmath.workdps(80):
        inverse, E = mpmath.matrix(A.tolist()) ** -1, mpmath.matrix(E.tolist())
        X = inverse * mpmath.matrix(b.tolist())
        dx = -inverse * E * X
        d2x = -2 * inverse * E * dx
        for found, expected in ((x, X), (first, dx), (second, d2x)):
            expected = np.array(list(expected), dtype=object)
            # some cancel to less than their terms: those of one size are compared with the largest
            size = np.abs(expected) * np.abs(A).max(axis=0)
            close(found, expected, max(size) / np.abs(A).max(axis=0), rel=1e-12)


@pytest.mark.parametrize("name", MATRICES)
def test_slogdet_has_the_inverse_as_its_slope(name):
    A = MATRICES[name]
    (sign, log), slope = np.linalg.slogdet(A), mg.grad(lambda A: np.linalg.slogdet(A)[1])(A)
    found = np.linalg.slogdet(mg.values(A))
    assert found.sign.data == sign
    assert found.logabsdet.data == pytest.approx(log, rel=1e-13, abs=1e-13)
    with mpmath.workdps(80):
        inverse = (mpmath.matrix(A.tolist()) ** -1).T.tolist()
        size = np.abs(np.asarray(inverse) * A).max() / np.abs(A).max(axis=1, keepdims=True)
        size = size / (np.abs(A) / np.abs(A).max(axis=1, keepdims=True)).max(axis=0)
        close(slope, inverse, size)


def test_a_trace_records_cholesky_and_refuses_elimination():
    def deviance(w, x):  # of a Gaussian with the covariance w·wᵀ + 1
        L = np.linalg.cholesky(np.outer(w, w) + np.eye(3))
        z = np.array([x[0] / L[0, 0], 0.0, 0.0]) + 0 * x
        return z @ z + 2 * mg.sum([mg.log(L[i, i]) for i in range(3)])

    w, X = np.array([1.0, -2.0, 0.5]), np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]])
    cost = mg.mean_over(deviance, "x")
    found, slopes = mg.compile(cost).value_and_grad(w, X)
    C = np.outer(w, w) + np.eye(3)
    truth = np.linalg.slogdet(C)[1] + np.mean(X[:, 0] ** 2) / C[0, 0]
    assert found == pytest.approx(truth, rel=1e-14)
    assert slopes == pytest.approx(mg.grad(cost)(w, X), rel=1e-13)
    graph = mg.trace(lambda A: np.linalg.cholesky(A)[1, 1], np.eye(2))
    with pytest.raises(mg.DomainError, match="sqrt"):
        graph([[1.0, 2.0], [2.0, 1.0]])
    with pytest.raises(TypeError, match="elimination, which puts the rows"):
        mg.trace(np.linalg.det, C)


def test_a_factor_of_cholesky_has_its_derivative():
    """dL = L·Φ(L⁻¹·dA·L⁻ᵀ), where Φ halves the diagonal and drops what is above (Murray 2016)."""
    A = MATRICES["symmetric"]
    E = RANDOM.normal(size=A.shape)
    E = E + E.T
    L, dL = mg.jvp(np.linalg.cholesky, (A,), (E,))
    with mpmath.workdps(50):
        exact = mpmath.cholesky(mpmath.matrix(A.tolist()))
        inside = exact**-1 * mpmath.matrix(E.tolist()) * (exact**-1).T
        phi = mpmath.matrix(4, 4)
        for i, j in itertools.product(range(4), repeat=2):
            phi[i, j] = inside[i, j] * (1 if i > j else 0.5 if i == j else 0)
        close(L, exact.tolist(), 1.0)
        close(dL, (exact * phi).tolist(), 1.0)
    upper = np.linalg.cholesky(mg.values(A), upper=True)
    assert upper.astype(float) == pytest.approx(np.linalg.cholesky(A, upper=True), abs=1e-14)


STACK = RANDOM.normal(size=(2, 3, 4, 4)) + 3 * np.eye(4)
STACKED = {
    "det": lambda np, a: np.linalg.det(a),
    "slogdet": lambda np, a: np.linalg.slogdet(a)[1] * np.linalg.slogdet(a)[0],
    "inv": lambda np, a: np.linalg.inv(a),
    "cholesky": lambda np, a: np.linalg.cholesky(a @ np.swapaxes(a, -1, -2)),
    "trace": lambda np, a: np.trace(a, 1, 3, 2),
    "trace as a method": lambda np, a: a.trace(axis1=0, axis2=2, offset=-1),
    "trace of linalg": lambda np, a: np.linalg.trace(a, offset=1),
    "solve, a vector": lambda np, a: np.linalg.solve(a, B),
    "solve, a matrix": lambda np, a: np.linalg.solve(a, np.ones((4, 2))),
    "solve, a stack": lambda np, a: np.linalg.solve(a, np.arange(24.0).reshape(3, 4, 2)),
    "solve, a stack by one": lambda np, a: np.linalg.solve(STACK[0, 0], a),
    "solve, one by a stack": lambda np, a: np.linalg.solve(a[0, 0], a),
    "matrix_power": lambda np, a: np.linalg.matrix_power(a, 3) + np.linalg.matrix_power(a, 0),
    "matrix_power, inverse": lambda np, a: np.linalg.matrix_power(a, -2),
    "matrix_norm": lambda np, a: np.linalg.matrix_norm(a, keepdims=True),
    "matrix_norm 1": lambda np, a: np.linalg.matrix_norm(a, ord=1),
    "vector_norm": lambda np, a: np.linalg.vector_norm(a, axis=(0, 2), ord=3),
    "vector_norm of all": lambda np, a: np.linalg.vector_norm(a, keepdims=True),
    "norm of a stack": lambda np, a: np.linalg.norm(a, np.inf, axis=(1, 3), keepdims=True),
    "linalg's other names": lambda np, a: np.linalg.vecdot(a, a) + np.linalg.diagonal(a),
    "outer": lambda np, a: np.linalg.outer(a[0, 0, 0], a[0, 0, 1]),
    "matmul": lambda np, a: np.linalg.matmul(a, np.linalg.matrix_transpose(a)),
    "matrix_rank": lambda np, a: np.linalg.matrix_rank(a) * a[..., 0, 0],
    "an empty stack": lambda np, a: np.linalg.solve(a[:, :0], np.ones((4, 2))).sum() + a[0, 0, 0],
}


@pytest.mark.parametrize("name", STACKED)
def test_stacks_of_matrices_are_served_as_numpy_serves_them(name):
    from micrograph import numpy as drop_in

    f, along = STACKED[name], RANDOM.normal(size=STACK.shape)
    expected = f(np, STACK)
    for module in (np, drop_in):
        value, slope = mg.jvp(partial(f, module), (STACK,), (along,))
        assert np.shape(value) == np.shape(expected)
        # condition numbers of some 100
        assert np.asarray(value, dtype=float) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    h = 1e-6  # central differences: their error is some h² and 1e-16/h
    differences = (f(np, STACK + h * along) - f(np, STACK - h * along)) / (2 * h)
    assert np.asarray(slope, dtype=float) == pytest.approx(differences, rel=1e-6, abs=1e-6)


def test_a_recorded_factorization_is_right_at_other_numbers():
    """Its pivots were chosen at the first matrix; no number of that matrix is kept."""
    first, then = MATRICES["general"], MATRICES["general"][::-1] * -1.5 + 0.25
    for f in (
        np.linalg.det,
        lambda a: np.linalg.slogdet(a)[0],
        lambda a: np.linalg.slogdet(a)[1],
        lambda a: np.linalg.solve(a, B)[2],
        lambda a: np.linalg.inv(a)[0, 3],
    ):
        leaves = mg.values(first, "a")
        graph = Graph.of(f(leaves))
        given = {leaf.name: x for leaf, x in zip(leaves.flat, then.flat, strict=True)}
        # the pivots are not the largest there
        assert graph(**given) == pytest.approx(f(then), rel=1e-10)


def test_a_matrix_takes_as_many_nodes_as_its_square():
    A = mg.values(np.eye(20) * 5 + RANDOM.normal(size=(20, 20)))
    assert len(np.linalg.det(A).walk()) < 3 * A.size


def test_derivatives_at_a_singular_matrix_are_right_to_the_third():
    """det of [[a, b], [c, d]]·e: its third derivative by a, d and e is 1, whatever the rank."""
    for corner in (0.0, 1.0):
        f = lambda v: np.linalg.det(
            mg.values(np.zeros((3, 3)))
            + v[0] * np.diag([1.0, 0, 0])
            + v[1] * np.diag([0, 1.0, 0])
            + v[2] * np.diag([0, 0, 1.0])
        )
        third = mg.jacobian(mg.hessian(f))(np.array([0.0, 0.0, corner]))
        assert third[0][1][2] == third[2][0][1] == 1.0
        assert third[0][0][0] == third[1][1][2] == 0.0


@pytest.mark.parametrize(
    ("f", "error", "text"),
    [
        (np.linalg.eigh, TypeError, r"linalg.eigh takes floats.*x.data"),
        (np.linalg.svd, TypeError, r"linalg.svd takes floats.*there are solve, lstsq, inv"),
        (np.linalg.qr, TypeError, r"linalg.qr takes floats.*np.linalg.cholesky"),
        (lambda a: np.linalg.solve(a, np.ones(3)), ValueError, r"\(4, 4\) and \(3,\) do not go"),
        (lambda a: np.linalg.solve(a, 1.0), ValueError, r"\(4, 4\) and \(\) do not go together"),
        (lambda a: np.linalg.det(a[:3]), np.linalg.LinAlgError, r"expected a square matrix, or a"),
        (lambda a: np.linalg.inv(a * 0), np.linalg.LinAlgError, "Singular matrix"),
        (lambda a: np.linalg.cholesky(-a @ a.T), np.linalg.LinAlgError, "not positive definite"),
        (lambda a: np.linalg.norm(a[None]), None, ""),
        (lambda a: np.linalg.norm(a[None], 1), ValueError, "Improper number of dimensions"),
        (lambda a: np.linalg.norm(a, 2), TypeError, "expected fro, ±1 or ±inf, got 2"),
    ],
)
def test_what_linalg_refuses_it_names(f, error, text):
    v = mg.values(GENERAL)
    if error is None:
        assert isinstance(f(v), Value)
        return
    with pytest.raises(error, match=text):
        f(v)


def test_a_matrix_of_nan_has_nan_as_its_solution():
    a = mg.values(GENERAL)
    a[1, 2] = Value(np.nan)
    assert np.isnan(np.linalg.solve(a, B)).all()
    assert np.isnan(np.linalg.det(a))
    assert type(np.linalg.solve(a, B)) is ValueArray
    a[1, 2] = Value(np.inf)  # and no warning, which would be an error here
    assert len(np.linalg.solve(a, B)) == 4

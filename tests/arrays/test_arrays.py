"""NumPy code on arrays of Values, as it is: values as NumPy's, slopes as finite differences'."""

import copy
import pickle

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Value, ValueArray

M = np.array([[2.0, -0.3, 0.1], [0.4, 1.5, -0.2], [0.3, 0.2, 1.1]])
IDIOMS = {
    "log of maximum": lambda np, v: np.log(np.maximum(v, 1e-1)),
    "exp of where": lambda np, v: np.exp(np.where(v > 0, v, 0.3)),
    "sqrt of append": lambda np, v: np.sqrt(np.append(v**2, 2.0)),
    "tanh of hstack": lambda np, v: np.tanh(np.hstack([v, [1.0], v[:1]])),
    "zeros_like": lambda np, v: np.exp(np.zeros_like(v) + v),
    "ones_like": lambda np, v: np.log(np.ones_like(v) * 2 + v**2),
    "fill": lambda np, v: filled(np, v),
    "pad": lambda np, v: np.exp(np.pad(v, 1)),
    "arccos of clip": lambda np, v: np.arccos(np.clip(v, -0.9, 0.9)),
    "mean": lambda np, v: np.mean(v),
    "mean of an axis": lambda np, v: np.outer(v, v).mean(axis=1, keepdims=True),
    "sum of axes": lambda np, v: np.sum(v[:, None, None] * M, axis=(0, 2)),
    "var": lambda np, v: np.var(v),
    "std": lambda np, v: np.std(v, ddof=1),
    "prod": lambda np, v: np.prod(v),
    "max": lambda np, v: np.max(v) * v.min(),
    "median": lambda np, v: np.median(v) ** 2,
    "quantile": lambda np, v: np.quantile(v, [0.2, 0.7]),
    "ptp": lambda np, v: np.ptp(v) ** 2,
    "cumsum": lambda np, v: np.cumsum(v**2),
    "cumprod": lambda np, v: np.cumprod(v),
    "diff": lambda np, v: np.diff(v**2),
    "sort": lambda np, v: np.sort(v) ** 2,
    "argmax": lambda np, v: v[np.argmax(v)] ** 2,
    "dot": lambda np, v: np.dot(v, v),
    "@": lambda np, v: M @ v,
    "@ of matrices": lambda np, v: M @ np.outer(v, v),
    "einsum": lambda np, v: np.einsum("i,ij,j->", v, M, v),
    "tensordot": lambda np, v: np.tensordot(np.outer(v, v), M, 2),
    "norm": lambda np, v: np.linalg.norm(v),
    "norm of an axis": lambda np, v: np.linalg.norm(np.outer(v, v), axis=0),
    "norm of order 3": lambda np, v: np.linalg.norm(v, 3),
    "Frobenius' norm": lambda np, v: np.linalg.norm(np.outer(v, v) + M),
    "trapezoid": lambda np, v: np.trapezoid(v, np.array([0.0, 1.0, 3.0])),
    "interp": lambda np, v: np.interp(v, [-2.0, 0.0, 1.0, 3.0], [1.0, 5.0, 2.0, 0.0]),
    "interp of a table": lambda np, v: np.interp([-0.5, 0.5, 9.0], [-1.0, 0.0, 1.0], v),
    "stack": lambda np, v: np.exp(np.stack([v, v * 2])),
    "split": lambda np, v: np.exp(np.split(v, 3)[1]),
    "softmax": lambda np, v: np.exp(v - v.max()) / np.exp(v - v.max()).sum(),
    "logaddexp": lambda np, v: np.logaddexp(v, 1.0) + np.logaddexp2(v, 0.5),
    "logsumexp": lambda np, v: np.logaddexp.reduce(v),
    "arctan2": lambda np, v: np.arctan2(v, 2.0) + np.arctan2(0.3, v),
    "hypot": lambda np, v: np.hypot(v, 2.0),
    "gradient": lambda np, v: np.gradient(v**2, 0.5),
    "gradient on a grid": lambda np, v: np.gradient(v**2, np.array([0.0, 1.0, 3.0])),
    "sinc": lambda np, v: np.sinc(v),
    "nan_to_num": lambda np, v: np.nan_to_num(v * 2),
    "steps": lambda np, v: np.floor(v * 3.3) * v + np.rint(v) + np.sign(v) * v,
    "whole numbers": lambda np, v: v * v.astype(int),
    "solve": lambda np, v: np.linalg.solve(np.diag(v) + M, np.ones(3)),
    "inv": lambda np, v: np.linalg.inv(np.diag(v) + M),
    "det": lambda np, v: np.linalg.det(np.diag(v) + M),
    "slogdet": lambda np, v: np.linalg.slogdet(np.diag(v) + M)[1],
    "cholesky": lambda np, v: np.linalg.cholesky(np.diag(v**2) + 1.0),
    "trace": lambda np, v: np.trace(np.outer(v, v)),
    "mask": lambda np, v: (v[v > 0] ** 2).sum(),
    "mask assigned": lambda np, v: masked(np, v),
    "isnan": lambda np, v: np.where(np.isnan(v), 0.0, v) * np.isfinite(v),
    "cov": lambda np, v: np.cov(v, v**2),
    "corrcoef": lambda np, v: np.corrcoef(v, v**2 + v),
    "average": lambda np, v: np.average(v, weights=[1.0, 2.0, 3.0]),
    "convolve": lambda np, v: np.convolve(v, [1.0, 2.0]),
    "polyval": lambda np, v: np.polyval(v, 2.0),
    "meshgrid": lambda np, v: np.exp(np.meshgrid(v, v)[0]),
    "cross": lambda np, v: np.cross(v, [1.0, 2.0, 3.0]),
    "power": lambda np, v: np.power(np.abs(v), 1.5) + 2.0**v,
    "select": lambda np, v: np.select([v > 1, v > 0], [v, v**2], 0.0),
    "heaviside": lambda np, v: np.heaviside(v, 0.5) * v,
    "nansum": lambda np, v: np.nansum(v**2) + np.nanmean(v),
    "broadcast": lambda np, v: np.exp(v[:, None] - v[None, :]),
    "divmod": lambda np, v: np.divmod(v, 0.7)[1],
    "SciPy's": lambda np, v: scipy.special.expit(v) + scipy.special.ndtr(v) * scipy.special.erf(v),
    "astype": lambda np, v: v.astype(float) ** 2 + v.astype(np.float64),
    "of a number": lambda np, v: np.var(v[0]) + np.sinc(v[1]) + np.angle(v[2]) + np.ptp(v[0]),
    "bincount": lambda np, v: np.bincount([0, 2, 0], weights=v**2, minlength=4),
    "geomspace": lambda np, v: np.geomspace(1.0, v[0] ** 2, 4),
    "products of matrices": lambda np, v: (
        np.linalg.multi_dot([M, np.outer(v, v), M]) + np.linalg.matrix_power(np.outer(v, v) / 3, 3)
    ),
    "SciPy's too": lambda np, v: (
        scipy.special.logit(v**2 / 9)
        + scipy.special.rel_entr(v**2, 2.0)
        + scipy.special.betaln(v**2 + 1, 2.0)
    ),
    "SciPy's incomplete": lambda np, v: (
        scipy.special.gammainc(v**2 + 1, 2.0)
        * scipy.special.gammaincc(2.0, v**2)
        * scipy.special.betainc(2.0, v**2 + 1, 0.3)
    ),
    "np.c_": lambda np, v: np.exp(np.c_[v, v]) * np.r_[v[:1], 1.0],
    "roll": lambda np, v: np.roll(v, 1) * np.flip(v),
    "kron": lambda np, v: np.kron(v, v),
    "triu": lambda np, v: np.triu(np.outer(v, v)),
    "where= of a ufunc": lambda np, v: only_where(np, v, v > 0.1),
    "where=": lambda np, v: np.sum(v**2, where=np.array([True, False, True])),
    "in place": lambda np, v: in_place(np, v),
    "a view": lambda np, v: through_views(np, v),
    "a mask doubled": lambda np, v: doubled(np, v),
    "matrices in place": lambda np, v: multiplied(np, v),
    "einsum without ->": lambda np, v: np.einsum("ij,j", M, v) * np.einsum("ii", np.outer(v, v)),
    "einsum with numbers": lambda np, v: np.einsum(v, [0], v, [1], [1, 0]),
    "odd dtypes": lambda np, v: (
        v * np.float32(2)
        - np.array([1, 2, 3], object) * v
        + np.array([True, False, True])
        + v * np.array([1, 2, 255], np.uint8)
    ),
    "0-d": lambda np, v: np.exp(v[:1].reshape(())) * np.array(2.0) + np.add(v[0], np.array(3)),
    "empty": lambda np, v: np.concatenate([v[:0], v**2]) + np.sum(v[:0]) + np.prod(v[:0]),
    "Fortran's order": lambda np, v: np.outer(v, v * v).ravel(order="F") + M.T.ravel(),
    "equal numbers sorted": lambda np, v: np.sort(np.concatenate([v, v])) * np.arange(6),
    "nan_to_num of a number": lambda np, v: np.nan_to_num(v[0]) * v,
    "nanquantile": lambda np, v: np.nanquantile(np.append(v, np.nan), [0.2, 0.6]) * v[0],
    "nanpercentile of an axis": lambda np, v: np.nanpercentile(np.outer(v, v), 30, axis=1),
    "matvec": lambda np, v: np.matvec(M, v) + np.vecmat(v, M) if hasattr(np, "matvec") else v,
    "windows": lambda np, v: np.exp(np.lib.stride_tricks.sliding_window_view(v, 2)),
    "SciPy's others": lambda np, v: (
        scipy.special.kl_div(v**2, 2.0) + scipy.special.cbrt(v) + scipy.special.exp10(v)
    ),
}


def filled(np, v):
    out = np.zeros_like(v)
    for i in range(len(v)):
        out[i] = v[i] ** 2 + 1
    return np.log(out)


def only_where(np, v, where):
    """With operands that are masked out beyond the domain."""
    out = np.log(v, out=np.zeros_like(v), where=where) * np.power(v, 0.5, out=v * 2, where=where)
    return np.divide(1.0, v * where, out=out + 0.0, where=where) + np.add(v, out, where=True)


def masked(np, v):
    out = v**2
    out[v < 0] = 0.25
    return np.sqrt(out)


def in_place(np, v):
    out = v.copy()
    out += 1
    out[1:] *= v[:-1]
    out -= v[::-1]
    out /= 3
    out **= 2
    return out


def through_views(np, v):
    out = np.outer(v, v)
    out.T[0] = v
    out[::-1][0] += v
    out.flat[3] = v[0]
    out[[0, 1]] = out[[1, 0]]
    return out * out


def doubled(np, v):
    out = v * 1
    out[v > 0.45] *= 2
    np.add.at(out, [0, 0, 2], v)
    return out * v


def multiplied(np, v):
    out = np.outer(v, v)
    out @= M
    return out


def jacobian_by_differences(f, x, h=1e-6):
    """Central differences: their error is some h² and 1e-16/h."""
    columns = [(np.asarray(f(x + h * e)) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))]
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("name", IDIOMS)
@pytest.mark.parametrize("x", [[0.51, -1.03, 2.07], [1.31, 0.42, -0.87]])
def test_numpys_code_runs_as_it_is(name, x):
    x, f = np.array(x), lambda v: IDIOMS[name](np, v)
    value, slopes = mg.value_and_jacobian(f)(x)
    assert np.asarray(value, dtype=float) == pytest.approx(f(x), rel=1e-12, abs=1e-12)
    assert np.asarray(slopes) == pytest.approx(jacobian_by_differences(f, x), rel=1e-7, abs=1e-7)
    recorded = f(mg.values(x))
    for y in recorded.flat if isinstance(recorded, np.ndarray) else [recorded]:
        assert isinstance(y, Value | float | int)
    if isinstance(recorded, np.ndarray) and name != "astype":  # which reads numbers there
        assert type(recorded) is ValueArray


def test_comparisons_are_masks():
    v = mg.values([1.0, -2.0, 3.0])
    for mask in (v > 0, v != -2, (v > 0) & (v < 9), ~(v < 0), np.logical_and(v > 0, v), v == v):
        assert type(mask) is np.ndarray
        assert mask.dtype == bool
    assert [x.data for x in v[v > 0]] == [1.0, 3.0]
    assert mg.grad(lambda v: v[v > 0].sum())(np.array([1.0, -2.0])).tolist() == [1.0, 0.0]


def test_rows_return_arrays_of_values():
    v = mg.values([0.5, 1.5])
    for found in (
        mg.exp(v),
        mg.maximum(v, 1.0),
        np.exp(v),
        v + 1,
        2.0 * v,
        v.T,
        v[:1],
        Value(2.0) * np.ones(2),
    ):
        assert type(found) is ValueArray
    assert np.log(mg.exp(v))[0].data == pytest.approx(0.5)
    assert type(np.log(np.array([1.0, 2.0]))) is np.ndarray
    assert mg.exp(np.array([1.0])).dtype == float


def test_ties_share_the_slope():
    assert mg.grad(np.max)(np.array([2.0, 1.0, 2.0])).tolist() == [0.5, 0.0, 0.5]
    assert mg.grad(lambda v: v.min())(np.array([2.0, 2.0, 2.0])) == pytest.approx([1 / 3] * 3)
    v = mg.values([2.0, 2.0, 1.0])
    assert np.max(v).data == 2.0
    assert (v == np.max(v)).tolist() == [True, True, False]


def test_outside_a_transform_astype_reads_the_numbers():
    v = mg.values([0.5, -1.5])
    assert v.astype(float).dtype == float
    assert v.astype(float).tolist() == [0.5, -1.5]
    assert v.astype(int).tolist() == [0, -1]
    assert v.astype(bool).tolist() == [True, True]


def test_a_sum_is_one_node():
    v = mg.values(np.arange(1000.0))
    assert v.sum().op is mg.sum
    assert (v @ v).op is mg.dot
    assert len(v.sum().walk()) == 1001


def test_a_single_value_is_an_operand_of_numpys():
    x = Value(0.3, "x")
    assert np.logaddexp(x, 1.0).op is mg.logaddexp
    assert np.maximum(x, 0.0).op is mg.maximum
    assert np.float64(2.0) * x == x * 2
    assert np.clip(x, 0.5, 1.0).data == 0.5
    assert mg.grad(np.std)(3.0) == 0.0
    assert [v.data for v in np.stack([x, x * 2])] == [0.3, 0.6]
    assert np.isfinite(x)
    assert type(np.isfinite(x)) is np.bool


def test_a_value_has_the_shape_of_a_number():
    x = Value(0.3, "x")
    for scalar in (x, x * x, np.float64(0.3)):
        assert (scalar.shape, scalar.ndim, scalar.size) == ((), 0, 1)
    assert np.asarray(x).shape == np.shape(x) == ()
    assert np.array([x, [1.0][0]]).shape == (2,)
    with pytest.raises(AttributeError):
        x.shape = (1,)
    seen = lambda v: v * 2 if v.ndim == 0 else v.sum()  # code that asks either
    assert mg.grad(seen)(3.0) == 2.0
    assert mg.grad(seen)(np.ones(2)).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "twin", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v)), np.copy, np.array]
)
def test_copies_go_on_working(twin):
    v = twin(mg.values([0.5, -1.0], "w"))
    assert [x.data for x in v] == [0.5, -1.0]
    assert np.exp(v.view(ValueArray)).sum().data == pytest.approx(np.exp([0.5, -1.0]).sum())


def test_frompyfunc_vectorize_and_save_go_on_working(tmp_path):
    v = mg.values([0.5, -1.0])
    square = lambda x: x * x
    assert [x.data for x in np.frompyfunc(square, 1, 1)(v)] == [0.25, 1.0]
    assert [x.data for x in np.vectorize(square, otypes=[object])(v)] == [0.25, 1.0]
    np.save(tmp_path / "v.npy", v, allow_pickle=True)
    assert [x.data for x in np.load(tmp_path / "v.npy", allow_pickle=True)] == [0.5, -1.0]


@pytest.mark.parametrize("f", [np.linalg.eigvals, np.linalg.svd, np.fft.fft, np.spacing])
def test_what_has_no_rule_is_refused_by_name(f):
    A = mg.values(np.eye(2) + 1)
    with pytest.raises(TypeError, match=f"{f.__name__} takes floats, and has no rule"):
        f(A)


@settings(max_examples=20)
@given(
    st.lists(st.floats(-2, 2), min_size=9, max_size=9),
    st.lists(st.floats(-2, 2), min_size=3, max_size=3),
)
def test_a_solution_has_the_slopes_of_the_implicit_function(A, b):
    """∂x/∂b = A⁻¹ (Golub & Van Loan), whatever pivots were chosen."""
    A, b = np.reshape(A, (3, 3)) + 7 * np.eye(3), np.array(b)
    slopes = mg.jacobian(lambda b: np.linalg.solve(A, b))(b)
    # 3 × 3, diagonally dominant: a condition number of some 10
    assert slopes == pytest.approx(np.linalg.inv(A), rel=1e-12, abs=1e-13)
    by_A = mg.grad(lambda A: np.linalg.slogdet(A)[1])(A)
    assert by_A == pytest.approx(np.linalg.inv(A).T, rel=1e-12, abs=1e-13)


def test_second_derivatives_go_through_arrays():
    f = lambda v: np.sum(np.exp(v)) * np.linalg.norm(v)
    x = np.array([0.5, -1.0, 0.25])
    H = mg.hessian(f)(x)
    assert np.asarray(H) == pytest.approx(
        jacobian_by_differences(mg.grad(f), x), rel=1e-7, abs=1e-7
    )
    p = Value(2.0)
    slope = mg.grad(lambda v: np.sum(v**2) * p)(x)
    assert type(slope) is ValueArray
    slope.sum().backward()
    assert p.grad == pytest.approx(2 * x.sum())


def test_importing_brings_no_numpy():
    import subprocess
    import sys

    script = "import micrograph as mg, sys; mg.Value(1.0) * 2; print('numpy' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout
        == "False\n"
    )


def test_the_drop_in_serves_lists_with_values():
    from micrograph import numpy as mnp

    for name in dir(np):  # np.any and its like hide nothing that the module needs
        getattr(mnp, name, None)
    x, y = Value(0.5), Value(2.0)
    assert type(mnp.array([x, 1.0])) is ValueArray
    assert [float(y) for y in mnp.exp([x, 1.0])] == pytest.approx([np.exp(0.5), np.e], rel=1e-15)
    found = mnp.linalg.solve(mnp.array([[x, 0.0], [1.0, y]]), [1.0, x])
    assert [v.data for v in found] == [2.0, -0.75]
    assert mnp.add.reduce([x, y, 1.0]).data == 3.5
    assert mnp.stack([mnp.array([x, y]), np.ones(2)]).shape == (2, 2)
    assert mnp.float64 is np.float64
    assert mnp.pi == np.pi
    assert mnp.linspace(0, 1, 3).dtype == float
    f = lambda v: mnp.log(mnp.array([v[0] * v[1], 2.0, v[1]])).sum()
    assert mg.grad(f)(np.array([2.0, 5.0])) == pytest.approx([0.5, 0.4])
    with pytest.raises(AttributeError, match="nothing_such"):
        mnp.nothing_such  # noqa: B018  # the access is what is tested


def test_slopes_at_every_point_of_an_array():
    x = np.linspace(-2, 2, 7).reshape(7, 1)
    assert mg.elementwise(np.sin)(x) == pytest.approx(np.cos(x), rel=1e-15)  # a last place
    second = mg.elementwise(mg.elementwise(lambda x: x**3))
    assert second(x) == pytest.approx(6 * x)
    assert mg.elementwise(lambda x, n: x**n)([1.0, 2.0], 3) == [3.0, 12.0]
    assert pickle.loads(pickle.dumps(mg.elementwise(mg.sin)))(0.0) == 1.0
    with pytest.raises(TypeError, match="elementwise expects a function, got 3"):
        mg.elementwise(3)


W = np.array([[1.0, 2.0, 4.0], [3.0, 5.0, 2.5]])
OPTIONS = {
    "std, correction": lambda np, v: np.std(v, correction=1),
    "std of two axes": lambda np, v: np.std(v, axis=(0, 1), ddof=1),
    "std of an axis, kept": lambda np, v: np.std(v, axis=1, keepdims=True),
    "var of an axis, kept": lambda np, v: np.var(v, axis=-1, keepdims=True),
    "average of two axes": lambda np, v: np.average(v, axis=(0, 1)),
    "median of two axes": lambda np, v: np.median(v, axis=(0, 1)),
    "median, kept": lambda np, v: np.median(v, keepdims=True),
    "quantiles, kept": lambda np, v: np.quantile(v, [0.2, 0.5], axis=1, keepdims=True),
    "norm 1, axes": lambda np, v: np.linalg.norm(v, 1, axis=(1, 0)),
    "norm inf, axes": lambda np, v: np.linalg.norm(v, np.inf, axis=(0, 1)),
    "sum of none": lambda np, v: np.sum(v[:0], axis=1).sum() + np.sum(v[:0], axis=0),
    "sum of whole numbers": lambda np, v: np.sum(v + 0.3, dtype=int) * v,
    "clip": lambda np, v: np.clip(v, min=1.5) + np.clip(v, max=3.5) + np.clip(v, 1.5, 3.5),
    "vecdot": lambda np, v: np.vecdot(v, v),
    "interp of one point": lambda np, v: np.interp(v[0], [2.0], [5.0]) * v[0],
    "partition": lambda np, v: np.partition(v[0], 1)[1],
    "any, all": lambda np, v: v * (v > 1).any(axis=0) * v.all(axis=1, keepdims=True),
    "logical outer": lambda np, v: v * np.logical_xor.outer(v[0] > 1, v[1] > 9).any(),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_are_numpys(name):
    f = lambda v: OPTIONS[name](np, v)
    value, slopes = mg.value_and_jacobian(f)(W)
    assert np.shape(value) == np.shape(f(W))
    assert np.asarray(value, dtype=float) == pytest.approx(f(W), rel=1e-12, abs=1e-12)
    flat = lambda x: f(x.reshape(W.shape))
    expected = jacobian_by_differences(flat, W.ravel())
    assert np.reshape(slopes, expected.shape) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    "fill",
    [
        lambda v, out: np.dot(v, np.eye(3), out=out),
        lambda v, out: np.dot(v, np.eye(3), out),
        lambda v, out: v.dot(np.eye(3), out),
        lambda v, out: np.round(v, 0, out),
        lambda v, out: np.std([v, 2 * v], axis=0, out=out),
        lambda v, out: np.median(np.stack([v, v * v]), axis=0, out=out),
        lambda v, out: np.exp(v, out=out),
        lambda v, out: np.sum(np.stack([v, v]), axis=0, out=out),
        lambda v, out: np.clip(v, 0, 9, out),
    ],
)
def test_what_is_written_elsewhere_keeps_its_derivative_or_is_refused(fill):
    def f(v, out):
        fill(v, out)
        return out.sum() + 0 * v[0]

    x = np.array([0.6, 1.4, 2.6])
    slope = mg.grad(lambda v: f(v, np.zeros_like(v)))(x)
    assert slope == pytest.approx(jacobian_by_differences(lambda v: f(v, np.zeros(3)), x), abs=1e-6)
    if fill(x, np.zeros(3)).tolist() != np.round(x).tolist():  # steps lose none
        with pytest.raises(TypeError, match="would drop its derivative"):
            mg.grad(lambda v: f(v, np.zeros(3)))(x)


@pytest.mark.parametrize(
    ("f", "error", "text"),
    [
        (lambda v: np.sum(v, axis=5), np.exceptions.AxisError, "axis 5 is out of bounds"),
        (lambda v: v.max(axis=-7), np.exceptions.AxisError, "out of bounds"),
        (lambda v: np.gradient(v, axis=5), np.exceptions.AxisError, "out of bounds"),
        (lambda v: np.linalg.norm(v, axis=(2, 3)), np.exceptions.AxisError, "out of bounds"),
        (lambda v: np.var(v, where=W > 1), TypeError, "the option where is not served"),
        (lambda v: np.std(v, mean=np.array(0.0)), TypeError, "the option mean is not served"),
        (lambda v: np.matmul(v, v.T, axes=[(0, 1)] * 3), TypeError, "the option axes is not served"),
        (lambda v: np.quantile(v, 1.5), ValueError, "must be in the range"),
        (lambda v: np.percentile(v, -50), ValueError, "must be in the range"),
        (lambda v: np.gradient(v[:, :1]), ValueError, "two numbers or more"),
        (lambda v: np.bincount([-1, 0, 1], v[0]), ValueError, "indices of 0 and more"),
        (lambda v: np.histogram([0.1, 0.2, 0.9], 2, (0, 1), None, v[0]), TypeError, "its weights"),
        (lambda v: np.add.at(np.zeros(3), [0, 1, 2], v[0]), TypeError, r"add.at into floats would drop"),
        (lambda v: np.linalg.slogdet(v[:, :2] * 0 + 1), np.linalg.LinAlgError, "singular"),
    ],
)  # fmt: skip
def test_what_would_be_wrong_is_refused(f, error, text):
    for v in (mg.values(W), W * Value(1.0)):
        with pytest.raises(error, match=text):
            f(v)


def test_nan_is_not_passed_over():
    v = mg.values([np.nan, 1.0, 2.0, 3.0, 4.0])
    assert np.isnan(np.median(v))
    assert np.isnan(np.quantile(v, 0.25))
    assert np.argmax(v) == v.argmax() == 0
    assert np.isnan(np.heaviside(v, 0.5)[0])


def test_questions_and_comparisons_fill_what_they_are_given():
    v, o = mg.values([1.0, 2.0, 3.0]), np.zeros(3, bool)
    np.greater(v, 0, where=np.array([True, False, False]), out=o)
    assert o.tolist() == [True, False, False]
    assert np.logical_and.accumulate(v).tolist() == [True, True, True]
    assert (v * 0).all(where=np.zeros(3, bool))


def test_a_pull_keeps_the_shape_of_its_arguments():
    given = {"a": 3.0, "b": 2.0}
    _, pull = mg.vjp(lambda d: d["a"] * d["b"] ** 2, given)
    given["a"] = given.pop("a")
    given["new"] = 1.0
    assert pull(1.0) == ({"a": 4.0, "b": 12.0},)
    listed = [1.0, 2.0]
    _, pull = mg.vjp(lambda v: v[0] * v[1], listed)
    listed[:] = [1.0]
    assert pull(1.0) == ([2.0, 1.0],)


def test_the_drop_in_is_copied_and_pickled():
    from micrograph import numpy as mnp

    assert copy.copy(mnp.add)([1.0], [2.0]).tolist() == [3.0]
    assert copy.deepcopy(mnp.linalg).norm([3.0, 4.0]) == 5.0
    assert pickle.loads(pickle.dumps(mg.grad(mnp.sum)))(np.ones(2)).tolist() == [1.0, 1.0]
    assert pickle.loads(pickle.dumps(mnp.exp)) is mnp.exp
    with pytest.raises(ValueError, match="different lengths"):
        mnp.array([[Value(1.0), 1.0], [2.0]])


def test_sinc_has_its_derivatives_at_0():
    f = np.sinc
    for _ in range(4):
        f = mg.grad(f)
    assert f(0.0) == pytest.approx(np.pi**4 / 5, rel=1e-12)  # by its Taylor series


def test_what_moves_a_quantile_or_an_edge_is_not_lost_in_silence():
    v = mg.values([1.0, 2.0, 4.0])
    for f in (np.quantile, np.percentile):
        with pytest.raises(TypeError, match="would drop the derivative by q"):
            f(v, Value(0.5))
    counts, edges = np.histogram(v, 2)
    assert counts.tolist() == [2, 1]
    assert [x.data for x in edges] == [1.0, 2.5, 4.0]
    middle = mg.grad(lambda v: np.histogram(v, 2)[1][1])(np.array([1.0, 2.0, 4.0]))
    assert middle.tolist() == [0.5, 0.0, 0.5]
    assert np.histogram(v, 2, (0, 4))[1].tolist() == [0.0, 2.0, 4.0]
    with pytest.raises(TypeError, match="histogram would drop the derivative of its weights"):
        mg.grad(lambda w: np.histogram([0.1, 0.7], 2, weights=w)[0].sum())(np.ones(2))


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (2, 0), ()])
@pytest.mark.parametrize("keepdims", [False, True])
def test_rows_of_a_vector_go_along_an_axis_as_numpy_does(axis, keepdims):
    x = np.random.default_rng(3).normal(size=(2, 3, 4))
    options = {"axis": axis, "keepdims": keepdims}
    for row, function in (
        (mg.sum, np.sum),
        (mg.mean, np.mean),
        (mg.prod, np.prod),
        (mg.logsumexp, scipy.special.logsumexp),
        (mg.hypot, np.linalg.vector_norm),
    ):
        expected = function(x, **options)
        for found in (row(x, **options), row(mg.values(x), **options)):
            assert np.shape(found) == np.shape(expected)
            # some units in the last place of what is summed
            assert np.asarray(found, dtype=float) == pytest.approx(expected, rel=1e-14, abs=1e-14)
    assert type(mg.sum(mg.values(x), axis=0)) is ValueArray
    assert mg.sum(mg.values(x), axis=0)[0, 0].op is mg.sum
    shares = mg.jacobian(lambda v: mg.logsumexp(v, axis=1))(x[0])
    assert shares[1, 1] == pytest.approx(scipy.special.softmax(x[0, 1]), rel=1e-14)


def test_an_axis_is_refused_where_there_is_none():
    x = np.ones((2, 3))
    assert mg.prod(np.zeros((0, 3)), axis=0).tolist() == [1.0, 1.0, 1.0]
    assert mg.sum([[1, Value(2.0)], [3, 4]], axis=0)[1].data == 6.0
    with pytest.raises(np.exceptions.AxisError, match="axis 7 is out of bounds"):
        mg.sum(x, axis=7)
    for call in (
        lambda: mg.dot(x, x, axis=0),
        lambda: mg.maximum(x, x, axis=0),
        lambda: mg.sum(x, axis=0, where=x > 0),
    ):
        with pytest.raises(TypeError, match=r"expects . arguments?, .*; got . and"):
            call()


@pytest.mark.parametrize("x", [np.array([0.5, 1.0]), 0.5])
def test_scipys_logsumexp_is_refused_with_what_to_write(x):
    with pytest.raises(TypeError, match=r"SciPy's logsumexp takes floats.*use mg.logsumexp\(x"):
        mg.grad(scipy.special.logsumexp)(x)
    with pytest.raises(TypeError, match=r"logsumexp .*use mg.logsumexp\(x, axis=…\)"):
        scipy.special.logsumexp(mg.values([0.5, 1.0]))
    log_softmax = lambda x: scipy.special.log_softmax(x).sum()
    with pytest.raises(TypeError, match=r"log_softmax takes floats.*use mg.log_softmax\(x"):
        mg.grad(log_softmax)(np.ones(2))
    softmax = scipy.special.softmax(np.array([0.5, 1.0]))
    slopes = mg.jacobian(scipy.special.softmax)(np.array([0.5, 1.0]))
    assert slopes == pytest.approx(np.diag(softmax) - np.outer(softmax, softmax), rel=1e-14)


def test_an_array_of_numpys_that_holds_both_is_named():
    with pytest.raises(TypeError, match=r"exp met an array of objects.*micrograph.numpy"):
        mg.grad(lambda x: np.exp(np.array([x, 1.0])).sum())(1.0)


def test_what_is_written_to_may_be_an_array_of_values():
    v, out = mg.values([0.5, 1.5, 2.5]), mg.values(np.zeros(3))
    assert np.greater(v, 1.0, out) is out
    assert out.tolist() == [False, True, True]
    np.isnan(v, out)
    assert out.tolist() == [False] * 3
    quotient, rest = np.divmod(v, 1.0, out)
    assert quotient is out
    assert rest.tolist() == [0.5, 0.5, 0.5]


LAYOUTS = {
    "Fortran's": lambda x: np.asfortranarray(x),
    "axes exchanged": lambda x: np.ascontiguousarray(x.transpose(1, 0, 2)).transpose(1, 0, 2),
    "a slice": lambda x: np.repeat(x, 2, axis=2)[:, :, ::2],
    "a slice of Fortran's": lambda x: np.asfortranarray(np.repeat(x, 2, axis=0))[::2],
    "backward": lambda x: np.asfortranarray(x[:, ::-1])[:, ::-1],
    "with an axis of one": lambda x: np.asfortranarray(x[:, :1, ::2]),
    "repeated": lambda x: np.broadcast_to(x[:, :1], x.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("order", "CFAK")
def test_orders_of_memory_mean_what_they_mean_for_floats(layout, order):
    x = LAYOUTS[layout](np.arange(24.0).reshape(2, 3, 4))
    expected = x.ravel(order).tolist()

    def read(v):
        assert [e.data for e in v.flatten(order)] == expected
        assert [e.data for e in (v * 1).ravel(order)] == (x * 1).ravel(order).tolist()
        if order != "K":  # which NumPy refuses
            again, due = (a.reshape(a.shape[::-1], order=order) for a in (v, x))
            assert [e.data for e in again.flat] == due.ravel().tolist()
        return (v.ravel(order) * np.arange(v.size)).sum()

    read(mg.values(x))
    value, slope = mg.value_and_grad(read)(x)
    assert value == read(mg.values(x)).data
    assert slope.ravel(order).tolist() == list(range(x.size))
    assert mg.trace(read, x)(x) == value


def test_a_histogram_of_equal_numbers_has_the_edges_of_numpys():
    assert np.histogram(mg.values(np.ones(3)), 2)[1].tolist() == [0.5, 1.0, 1.5]


@pytest.mark.parametrize(
    ("f", "text"),
    [
        (lambda v: np.copyto(np.zeros(3), v), "copyto into floats would drop derivatives"),
        (lambda v: np.putmask(np.zeros(3), np.ones(3, bool), v), "putmask into floats"),
        (lambda v: np.place(np.zeros(3), np.ones(3, bool), v), "place into floats"),
        (lambda v: np.pad(v, 1, mode="median"), 'mode="median" is not served'),
    ],
)
def test_what_numpy_would_write_to_floats_is_refused(f, text):
    with pytest.raises(TypeError, match=text):
        mg.grad(f)(np.ones(3))


def test_what_is_written_to_an_array_of_values_keeps_its_derivative():
    def written(v):
        found = np.zeros_like(v)
        np.copyto(found, v * v, where=np.array([True, True, False]))
        np.putmask(found, np.array([True, False, False]), v * 3)
        return found.sum()

    assert mg.grad(written)(np.array([1.0, 2.0, 4.0])).tolist() == [3.0, 4.0, 0.0]


def test_refusals_say_what_was_given():
    x = np.array([1.0, 2.0])
    with pytest.raises(TypeError, match="astype: Values are real numbers, got complex128"):
        mg.grad(lambda v: v.astype(complex).sum())(x)
    with pytest.raises(TypeError, match="expected method=\"linear\", got 'hazen'"):
        mg.grad(lambda v: np.quantile(v, 0.3, method="hazen"))(x)


@pytest.mark.parametrize("operation", [np.add, np.subtract, np.multiply, np.divide, np.power])
def test_a_long_double_beside_values_is_a_number(operation):
    long, v = np.longdouble(3), mg.Value(2.0)
    row = np.array([3, 3], dtype=np.longdouble)
    for left, right in [(long, v), (v, long), (row, v), (v, row)]:
        found = np.ravel(operation(left, right))
        truth = operation(float(np.ravel(left)[0]), float(np.ravel(right)[0]))
        assert [x.data for x in found] == [truth] * len(found)
    slope = mg.grad(lambda x: (row * x * long).sum())(np.longdouble(2))
    assert slope == 18.0


def test_a_long_complex_number_beside_values_is_refused():
    for x in (np.clongdouble(1j), np.array([1j], dtype=np.clongdouble), np.array([1j])):
        for operation in (np.add, np.multiply, np.divide):
            with pytest.raises(TypeError, match=r"complex|expected a number"):
                operation(x, mg.Value(2.0))

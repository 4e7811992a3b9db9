"""Masked arrays and matrices beside Values: right, or refused in one sentence."""

import numpy as np
import pytest

import micrograph as mg
from micrograph import numpy as mnp

pytestmark = pytest.mark.filterwarnings("ignore:the matrix subclass")

DATA = np.ma.array([1.0, 2.0, 99.0], mask=[0, 0, 1])
MATRIX = np.array([[1.0, 2.0], [3.0, 4.0]]).view(
    np.matrix
)  # without the warning of its constructor
X = np.array([0.5, 2.0, 4.0])


def with_an_element(p):
    found = DATA.astype(object)
    found[0] = p
    return found.sum()


OF_A_NUMBER = {
    "a difference": lambda p: ((DATA - p) * (DATA - p)).sum(),
    "a square": lambda p: ((DATA - p) ** 2).sum(),
    "a product": lambda p: (DATA * p).sum() * (p * DATA).mean(),
    "a quotient": lambda p: (DATA / p).sum(),
    "a quotient by it": lambda p: (p / DATA).sum(),
    "a power": lambda p: (p**DATA).sum(),
    "var": lambda p: (DATA * p).var(),
    "prod": lambda p: (DATA * p).prod() + (DATA + p).cumsum().sum(),
    "max": lambda p: (DATA * p).max(),
    "median": lambda p: np.ma.median(DATA * p),
    "average": lambda p: np.ma.average(DATA * p),
    "ma.exp": lambda p: np.ma.exp(p) * np.ma.getdata(p),
    "exp": lambda p: np.exp(DATA * p).sum(),
    "where": lambda p: np.ma.where(DATA > 1.5, DATA * p, p).sum(),
    "filled": lambda p: (DATA * p).filled(3.0).sum() + (DATA * p).compressed().sum(),
    "made": lambda p: np.ma.array([p, 2 * p, p * p], mask=[0, 1, 0]).mean(),
    "made by mnp": lambda p: mnp.ma.array([p, 2 * p, p * p], mask=[0, 1, 0]).mean(),
    "assigned": with_an_element,
    "a row": lambda p: mg.exp(p * DATA).sum(),
    "a row of two": lambda p: mg.maximum(p, DATA).sum(),
}
OF_AN_ARRAY = {
    "a product": lambda v: (v * DATA).sum(),
    "a product with it": lambda v: (DATA * v).sum(),
    "one element": lambda v: (v[1] * DATA).sum() + (DATA - v[0]).mean(),
    "matmul": lambda v: np.dot(v, DATA) + v @ DATA,
    "made": lambda v: np.ma.array(v, mask=[0, 1, 0]).sum(),
    "var": lambda v: np.ma.array(v, mask=[0, 1, 0]).var(),
    "made by mnp": lambda v: mnp.ma.array([v[0], 9.0, v[1]], mask=[0, 1, 0]).sum(),
    "exp": lambda v: np.exp(np.ma.array(v, mask=[0, 1, 0])).sum() + np.ma.exp(v).sum(),
    "maximum": lambda v: np.maximum(v, DATA).sum() + np.ma.maximum(v, DATA).sum(),
    "clip": lambda v: np.clip(v, 0.0, DATA).sum(),
    "average": lambda v: np.average(v, weights=DATA),
    "ma.average": lambda v: np.ma.average(v, weights=DATA),
    "a row": lambda v: mg.exp(mg.mul(v, DATA)).sum(),
    "a row of two": lambda v: mg.maximum(v, DATA).sum(),
    "a matrix": lambda v: (v[:2] * MATRIX).sum(),
    "a matrix before": lambda v: (MATRIX * v[:2].reshape(2, 1)).sum(),
    "a matrix, made": lambda v: (np.asmatrix(mnp.array([[v[0], v[1]], [v[2], 1.0]])) ** 2).sum(),
    "a matrix by a number": lambda v: (v[0] * MATRIX * MATRIX).sum(),
    "a row of a matrix": lambda v: mg.mul(MATRIX, v[0]).sum(),
}


@pytest.mark.parametrize(
    ("f", "x"),
    [pytest.param(f, 0.75, id=name) for name, f in OF_A_NUMBER.items()]
    + [pytest.param(f, X, id=f"{name}, of an array") for name, f in OF_AN_ARRAY.items()],
)
def test_a_masked_array_or_a_matrix_is_right_or_refused(f, x):
    try:
        value, slope = mg.value_and_grad(f)(x)
    except TypeError as error:
        assert any(  # noqa: PT017  # or it is right
            words in str(error)
            for words in ("numpy.ma takes floats", "masked array; fill", "is a matrix, whose *",
                          "met an array of objects")
        )  # fmt: skip
        return
    h = 1e-6
    steps = [h] if np.ndim(x) == 0 else h * np.eye(len(x))
    differences = [(f(x + step) - f(x - step)) / (2 * h) for step in steps]
    assert value == pytest.approx(f(x), rel=1e-13)
    assert np.ravel(slope) == pytest.approx(np.array(differences, float), rel=1e-6, abs=1e-6)


def test_numpy_ma_keeps_derivatives():
    cost = lambda p: ((DATA - p) * (DATA - p)).sum()
    assert mg.value_and_grad(cost)(0.5) == (2.5, -4.0)
    assert mg.grad(lambda p: np.ma.exp(p))(0.0) == 1.0
    assert mg.trace(cost, 0.5)(1.0) == 1.0
    assert mg.compile(cost).value_and_grad(0.5) == (2.5, -4.0)


@pytest.mark.parametrize("call", [mg.grad, mg.compile, lambda f: lambda x: mg.trace(f, x)])
def test_a_masked_array_or_a_matrix_as_argument_is_refused(call):
    for x, words in ((DATA, "a masked array; fill it first"), (MATRIX, r"a matrix.*asarray\(x\)")):
        with pytest.raises(TypeError, match=f"argument .*is {words}"):
            call(lambda v: (v * v).sum())(x)
        with pytest.raises(TypeError, match=f"an operand is {words}"):
            mg.exp(x)
        with pytest.raises(TypeError, match=f"an operand beside Values is {words}"):
            mg.trace(lambda v, x=x: (v * x).sum(), np.ones(x.shape))

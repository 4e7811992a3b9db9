"""How a given derivative may be laid out: a number is found by its path."""

import numpy as np
import pytest
from caught import failure

import micrograph as mg
from micrograph import math as mmath
from micrograph.testing import check_gradients


def polar(r, t):
    return [r * mmath.cos(t), r * mmath.sin(t)]


def test_a_jacobian_of_several_arguments_is_read_as_ours_and_jax_lay_it_out():
    at = (2.0, 0.5)
    right = mg.jacobian(polar, (0, 1))(*at)
    assert check_gradients(polar, *at, jacobian=mg.jacobian(polar, (0, 1))).digits > 15
    assert check_gradients(polar, *at, jacobian=np.array(right)).digits > 15
    assert failure(polar, *at, jacobian=list(zip(*right, strict=True))).pattern == "transposed"


CASES = {
    "arrays": (lambda a, b: np.array([a[0] * b[1], a[1] * b[0], b[0] ** 2]), ([1.0, 2.0], [3.0, 4.0])),
    "matrix": (lambda m: m @ m[0], ([[1.0, 2.0], [3.0, 5.0]],)),
    "dict of outputs": (lambda p: {"u": p["w"][0] * p["b"] ** 2, "v": [p["b"], p["w"][1] ** 2]}, ({"w": [1.5, 2.0], "b": 3.0},)),
    "scalar and array": (lambda s, a: s * a * a[0], (2.0, [1.0, 2.0, 3.0])),
    "array in a dict": (lambda p, q: [p["m"][0, 1] * q, p["m"][1, 0] * p["k"]], ({"m": [[1.0, 2.0], [3.0, 4.0]], "k": 5.0}, 2.0)),
}  # fmt: skip


def arrays(x):
    """Lists of numbers as arrays, in dicts, too."""
    if isinstance(x, dict):
        return {k: arrays(v) for k, v in x.items()}
    return np.array(x) if isinstance(x, list) else x


@pytest.mark.parametrize("name", CASES)
def test_every_layout_of_ours_is_read(name):
    f, args = CASES[name]
    args = tuple(map(arrays, args))
    every = tuple(range(len(args)))
    for argnums in [every] if len(args) > 1 else [every, 0]:
        jacobian = mg.jacobian(f, argnums)
        report = check_gradients(f, *args, jacobian=jacobian)
        assert report.digits > 14
        assert len(report.components) > 3


@pytest.mark.parametrize("dtype", [float, int, object, "float32", ">f8"])
@pytest.mark.parametrize("shape", [(3,), (1, 3), (3, 1)])
def test_a_matrix_is_read_alike_from_an_array_and_from_lists(shape, dtype):
    m = np.array([[1, 2, 5], [3, 4, -1]])
    x = np.array([1.0, 2.0, -1.0]).reshape(shape)
    f = lambda x: list(m @ x.ravel())
    for given_ in (m, np.asfortranarray(m), m[::-1][::-1]):
        assert len(check_gradients(f, x, jacobian=given_.astype(dtype)).components) == 6
        wrong = given_.astype(dtype)
        wrong[1, 2] += 1
        assert failure(f, x, jacobian=wrong).component.startswith("∂y[1]/∂x[")
    check_gradients(f, x, jacobian=m.tolist())


def test_keys_are_matched_by_name_and_never_by_position():
    f, at = lambda p: p["w"] ** 3 * p["b"], {"w": 2.0, "b": 5.0}
    assert check_gradients(
        f, at, gradient=lambda p: {"b": p["w"] ** 3, "w": 3 * p["w"] ** 2 * p["b"]}
    )
    wrong = failure(f, at, gradient=lambda p: {"b": 3 * p["w"] ** 2 * p["b"], "w": p["w"] ** 3})
    assert wrong.pattern == "swapped with p['b']"
    with pytest.raises(TypeError, match=r"got 2 numbers; numbers of a dict are found by"):
        check_gradients(f, at, gradient=lambda p: [60.0, 8.0])  # which is which?


def cubes(a, b):
    return mg.sum([*a, *b]) ** 3


def test_a_hessian_of_two_arrays_is_read():
    args = np.array([1.0, 2.0]), np.array([0.5, 3.0])
    assert check_gradients(cubes, *args, hessian=mg.hessian(cubes, (0, 1))).digits > 13
    assert check_gradients(cubes, *args, hessian=np.full((4, 4), 6 * 6.5)).digits > 13


def test_what_is_given_has_the_shape_of_the_derivative():
    for wrong in (1.0, [1.0, 2.0, 3.0], [[1.0], [2.0]], {"x": 1.0}):
        with pytest.raises(TypeError, match="gradient: expected 2 numbers"):
            check_gradients(lambda x: x[0] * x[1], [1.0, 2.0], gradient=wrong)
    with pytest.raises(TypeError, match="say which: argnums=0"):
        check_gradients(lambda x, y: x * y, 1.0, 2.0, gradient=lambda x, y: y)
    with pytest.raises(ValueError, match="order: a given derivative is checked as it is"):
        check_gradients(lambda x: x, 1.0, gradient=lambda x: 1.0, order=2)

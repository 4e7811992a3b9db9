"""No derivative is lost: captured Values, copies, threads, leaves that changed meanwhile."""

import copy
import dataclasses
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Value, math
from micrograph.engine.reading import live


def small():
    return st.floats(-2, 2).map(lambda x: x + 0.0)


# What f captured

TRANSFORMS = {
    "grad": lambda f, x: mg.grad(f)(x),
    "value_and_grad": lambda f, x: mg.value_and_grad(f)(x),
    "jacobian": lambda f, x: mg.jacobian(f)(x),
    "value_and_jacobian": lambda f, x: mg.value_and_jacobian(f)(x),
    "hessian": lambda f, x: mg.hessian(f)(x),
    "jvp": lambda f, x: mg.jvp(f, (x,), (1.0,)),
    "vjp": lambda f, x: mg.vjp(f, x)[1](1.0),
    "hvp": lambda f, x: mg.hvp(f)(x, 1.0),
    "aux": lambda f, x: mg.grad(lambda x: (f(x), {"square": x * x}), has_aux=True)(x),
}
every_transform = pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)


def numbers(x):
    """The numbers in a result, flat."""
    if isinstance(x, dict):
        x = list(x.values())
    return [e for part in x for e in numbers(part)] if isinstance(x, list | tuple) else [x]


@every_transform
@given(x=small(), p=small())
def test_the_derivative_by_a_captured_value_is_that_by_an_argument(transform, x, p):
    f = lambda x, p: p * p * x * x * x + (x * p).sin()
    captured = Value(p)
    found = numbers(transform(lambda x: f(x, captured), x))
    assert all(type(y) is Value for y in found)
    inside = lambda p: numbers(transform(lambda x: f(x, p), x))
    assert [y.data for y in found] == inside(p)
    slopes = mg.jacobian(inside)(p)  # by an argument that is differentiated by
    for y, slope in zip(found, slopes, strict=True):
        mg.zero_grad(captured)
        y.backward()
        # forward and reverse sum in other orders; terms of some 50 at most
        assert captured.grad == pytest.approx(slope, rel=1e-13, abs=1e-13)


@every_transform
def test_without_a_captured_value_numbers_are_floats_whatever_f_makes_inside(transform):
    def f(x):
        t = Value(0.0)
        for _ in range(3):
            t = t + x * x
        return t

    assert {type(y) for y in numbers(transform(f, 3.0))} == {float}


@every_transform
@pytest.mark.parametrize(
    "f",
    [
        lambda p: lambda x: x * p.data,
        lambda p: lambda x: x * mg.stop_gradient(p),
        lambda p: lambda x: x * mg.floor(p),
        lambda p: lambda x: mg.where(p > 0, x, x * x),
        lambda p: lambda x: x * x if p > 0 else x,
        lambda p: lambda x: mg.where(p > 0, lambda: x * x, lambda: x * p),
    ],
    ids=["data", "stop_gradient", "floor", "condition", "if", "arm not taken"],
)
def test_a_captured_value_without_a_slope_is_a_constant(transform, f):
    assert {type(y) for y in numbers(transform(f(Value(0.75)), 3.0))} == {float}


def test_a_value_among_the_other_arguments_is_captured():
    p = Value(2.0)
    r = mg.grad(lambda x, p: p * x * x)(3.0, p)
    ((r - 1) ** 2 + p * 0).backward()
    assert p.grad == 132.0
    first, second = mg.grad(lambda x, y, p: p * x * y, argnums=(0, 1))(3.0, 5.0, p=p)
    assert type(first) is type(second) is Value
    assert (first.data, second.data) == (10.0, 6.0)


def test_an_inner_node_from_before_the_call_is_captured_too():
    w = Value(0.5)
    z = w * w
    r = mg.grad(lambda x: z * x * x)(3.0)
    r.backward()
    assert (r.data, w.grad, z.grad) == (1.5, 6.0, 6.0)


def test_a_captured_leaf_that_f_assigns_is_still_captured():
    w = Value(2.0)

    def f(x):
        w.data = 5.0
        return w * x

    slope = mg.grad(f)(3.0)
    slope.backward()
    assert (slope.data, w.grad) == (5.0, 1.0)


def test_arrays_and_containers_hold_values():
    p = Value(2.0)
    slopes = mg.grad(lambda v: mg.sum(list(v["a"] ** 2)) * p + v["b"])({"a": np.ones(3), "b": 1.0})
    assert slopes["a"].dtype == object
    assert {type(x) for x in slopes["a"]} == {Value}
    assert type(slopes["b"]) is Value
    plain = mg.grad(lambda v: mg.sum(list(v["a"] ** 2)) + v["b"])({"a": np.ones(3), "b": 1.0})
    assert plain["a"].dtype == float
    assert type(plain["b"]) is float


def test_vjp_is_recorded_as_f_is():
    p = Value(2.0)
    y, pull = mg.vjp(lambda x: p * x, 3.0)
    (slope,) = pull(5.0)
    slope.backward()
    assert (y.data, slope.data, p.grad) == (6.0, 10.0, 5.0)
    _, pull = mg.vjp(lambda x: 4 * x, 3.0)
    assert pull(5.0) == (20.0,)
    (slope,) = pull(p)
    assert (type(slope), slope.data) == (Value, 8.0)


def test_what_else_f_returned_counts():
    p = Value(2.0)
    slope, aux = mg.grad(lambda x: (x * x, {"scaled": p * x}), has_aux=True)(3.0)
    aux["scaled"].backward()
    assert (slope.data, p.grad) == (6.0, 3.0)


def test_a_fit_of_a_differential_equation_converges_to_its_solution():
    """u' = −2u, u(0) = 1 by u(t) = 1 + a·t + b·t² + c·t³ on [0, ½]: Taylor's series is near."""
    a, b, c = weights = [Value(0.0, name) for name in "abc"]
    u = lambda t: 1 + a * t + b * t**2 + c * t**3
    times = [0.05 * i for i in range(11)]
    for _ in range(4000):
        residuals = [value * 2 + slope for value, slope in map(mg.value_and_grad(u), times)]
        cost = mg.mean([r * r for r in residuals])
        mg.zero_grad(cost)
        cost.backward()
        for w in weights:
            w.data -= 0.1 * w.grad
    assert all(abs(u(t).data - np.exp(-2 * t)) < 2e-3 for t in times)


# Copies


@dataclasses.dataclass
class Box:
    x: object


COPIES = {
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "deepcopy of a list": lambda x: copy.deepcopy([x, x])[1],
    "asdict": lambda x: dataclasses.asdict(Box(x))["x"],
    "copy of an array": lambda x: np.array([x], dtype=object).copy()[0],
    "deepcopy of an array": lambda x: copy.deepcopy(np.array([x], dtype=object))[0],
}
every_copy = pytest.mark.parametrize("twin", COPIES.values(), ids=COPIES)


@every_copy
def test_a_copy_within_a_transform_keeps_the_derivative(twin):
    assert mg.grad(lambda x: twin(x) * 2)(3.0) == 2.0
    assert mg.grad(lambda x: twin(x * x) * x)(3.0) == 27.0
    assert mg.grad(mg.grad(lambda x: twin(x) ** 3))(3.0) == 18.0
    assert mg.grad(lambda x: mg.grad(lambda y: twin(y) * x * y)(2.0) * x)(3.0) == 24.0
    assert mg.grad(lambda x: mg.grad(lambda y: twin(x * y))(2.0) * x)(3.0) == 6.0


@every_copy
def test_a_copy_of_what_does_not_depend_on_the_inputs_is_a_leaf_of_its_own(twin):
    p = Value(2.0, "p")
    slopes = []
    assert mg.grad(lambda x: (slopes.append(twin(p)), x * x)[1])(3.0) == 6.0
    assert slopes[0].data == 2.0


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("made", [lambda x: x, lambda x: x * 2 + 1, lambda x: [x]])
def test_a_pickle_within_a_transform_is_refused(protocol, made):
    with pytest.raises(TypeError, match="would drop its derivative"):
        mg.grad(lambda x: pickle.dumps(made(x), protocol) and x)(3.0)


# Threads


def in_a_thread(call):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


def test_a_worker_knows_that_a_transform_is_under_way():
    cube = lambda y: y**3
    assert mg.grad(lambda x: in_a_thread(lambda: mg.grad(cube)(x)))(2.0) == 12.0
    assert mg.grad(lambda x: in_a_thread(lambda: mg.grad(lambda y: x * y)(2.0)))(2.0) == 1.0
    from math import exp

    for lossy in (exp, float, lambda x: np.zeros(1).__setitem__(0, x), pickle.dumps):
        with pytest.raises(TypeError, match="would drop its derivative"):
            mg.grad(lambda x, lossy=lossy: in_a_thread(lambda: lossy(x * 2)) and x)(2.0)


def test_what_another_thread_does_is_no_concern():
    inside, done = threading.Event(), threading.Event()

    def slow(x):
        inside.set()
        assert done.wait(60)
        return x * x

    with ThreadPoolExecutor(1) as pool:
        slope = pool.submit(mg.grad(slow), 3.0)
        assert inside.wait(60)
        w = Value(2.0)
        assert float(w * w) == 4.0
        assert mg.grad(lambda x: x**3)(2.0) == 12.0
        assert pickle.loads(pickle.dumps(w * w)).data == 4.0
        done.set()
        assert slope.result() == 6.0
    assert not live


def test_what_was_logged_is_read_afterwards():
    log = []

    def f(x):
        log.append(x * x)
        assert float(Value(2.0) * 3) == 6.0  # depends on no input
        return log[-1] * x

    assert mg.grad(f)(3.0) == 27.0
    assert mg.grad(lambda x: x * float(log[0]))(2.0) == 9.0
    assert float(log[0]) == 9.0
    with pytest.raises(ZeroDivisionError):
        mg.grad(lambda x: log.append(x) or x / 0)(5.0)
    assert float(log[-1]) == 5.0


# Leaves that changed


def changed():
    w = Value(2.0, "w")
    z = (w * w).named("z")
    w.data = 3.0
    return z


@every_transform
def test_what_was_recorded_before_a_leaf_changed_is_refused(transform):
    z = changed()
    with pytest.raises(RuntimeError, match=r"w\.data changed after z was recorded"):
        transform(lambda x: x * z, 3.0)
    assert not live


def test_vjp_is_refused_after_a_leaf_changed():
    w = Value(2.0, "w")
    _, pull = mg.vjp(lambda x: w * x * x, 3.0)
    assert pull(1.0)[0].data == 12.0
    w.data = 5.0
    with pytest.raises(RuntimeError, match=r"w\.data changed"):
        pull(1.0)
    _, pull = mg.vjp(lambda x: mg.where(w > 0, x, x * x), 3.0)  # no slope, and yet
    w.data = -5.0
    with pytest.raises(RuntimeError, match=r"w\.data changed"):
        pull(1.0)


def test_an_input_assigned_within_f_is_refused():
    def f(x):
        y = x * x
        x.data = 7.0
        return y * x

    with pytest.raises(RuntimeError, match="changed after"):
        mg.grad(f)(3.0)
    assert mg.grad(lambda x: math.exp(x * 0))(3.0) == 0.0

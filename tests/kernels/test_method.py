"""A compiled function in a class is a method, as a function is."""

import copy
import pickle
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

import micrograph as mg


class Model:
    """A model whose rate is no argument."""

    rate = 3.0

    @partial(mg.compile, static_argnames="self", argnums="x")
    def energy(self, x):
        return self.rate * x * x

    @partial(mg.custom_vjp, nondiff_argnums=(0,))
    def scaled(self, x):
        return self.rate * x

    scaled.defvjp(lambda self, x: (self.rate * x, None), lambda self, saved, g: (self.rate * g,))


@dataclass(frozen=True)
class Spring:
    """A dataclass is a container of numbers, so it needs no static argument."""

    k: float

    @mg.compile
    def energy(self, x):
        return self.k * x * x / 2


def test_a_compiled_method_takes_its_object_first():
    model = Model()
    assert (model.energy(2.0), Model.energy(model, 2.0)) == (12.0, 12.0)
    assert model.energy.value_and_grad(2.0) == (12.0, 12.0)
    assert model.energy.hessian(x=2.0) == 6.0
    assert model.energy(np.array([1.0, 2.0])).tolist() == [3.0, 12.0]
    assert model.energy.backend == Model.energy.backend
    assert "energy" in repr(model.energy)
    model.rate = 5.0  # it was read when the function was traced
    assert Model().energy(2.0) == 12.0
    with pytest.raises(AttributeError, match="no attribute 'hesian'"):
        model.energy.hesian(2.0)


def test_a_dataclass_may_be_differentiated_by():
    assert Spring(3.0).energy(2.0) == 6.0
    assert Spring(3.0).energy.grad(2.0) == Spring(2.0)
    assert pickle.loads(pickle.dumps(Spring.energy))(Spring(3.0), 2.0) == 6.0
    for twin in (copy.copy(Spring(3.0).energy), pickle.loads(pickle.dumps(Spring(3.0).energy))):
        assert (twin(2.0), twin.grad(2.0)) == (6.0, Spring(2.0))


def test_a_custom_derivative_may_be_a_methods():
    assert mg.grad(Model().scaled)(2.0) == 3.0

"""micrograph.math: the standard module on numbers, Values in giving Values."""

import math as standard
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from models import float_model

import micrograph as mg
from micrograph import Value, math

NAMES = [name for name in dir(standard) if not name.startswith("_")]
UNARY = [name for name in NAMES if name in mg.core.TABLE and mg.core.TABLE[name].arity == 1
         and not mg.core.TABLE[name].vectors]  # fmt: skip


def test_every_name_is_there():
    assert set(NAMES) <= set(dir(math))
    assert math.pi == standard.pi
    assert math.inf == standard.inf
    assert math.exp.__doc__ == standard.exp.__doc__


@pytest.mark.parametrize("name", UNARY)
@given(x=st.floats(allow_nan=False) | st.integers(-9, 9) | st.booleans())
def test_numbers_give_what_the_standard_module_gives(name, x):
    def ask(module):
        try:
            y = getattr(module, name)(x)
            return type(y), repr(y)
        except (ValueError, ArithmeticError) as error:
            return type(error), str(error)

    assert ask(math) == ask(standard)


@pytest.mark.parametrize("name", [name for name in UNARY if not mg.core.TABLE[name].step])
def test_values_give_values(name):
    x = 1.5 if name == "acosh" else 0.5
    found = getattr(math, name)(Value(x))
    assert isinstance(found, Value)
    assert found.data == pytest.approx(getattr(standard, name)(x), rel=1e-15)  # lgamma: 3 ULP off


@pytest.mark.parametrize("wrong", ["1", b"1", (1.0,), {1.0: 2}, None, 1j, range(2)])
@pytest.mark.parametrize("name", ["exp", "floor", "log", "isnan"])
def test_what_is_no_number_is_refused_as_by_the_standard_module(name, wrong):
    with pytest.raises(TypeError) as expected:
        getattr(standard, name)(wrong)
    with pytest.raises(TypeError) as found:
        getattr(math, name)(wrong)
    assert str(found.value) == str(expected.value)


def test_functions_of_several_arguments():
    v = Value(3.0)
    cases = [
        (math.log(v, 2), standard.log(3, 2)), (math.log(8, Value(2.0)), 3.0), (math.pow(v, 2), 9.0),
        (math.hypot(v, 4), 5.0), (math.hypot(v, 4, 12), 13.0), (math.dist([v, 0], [0, 4]), 5.0),
        (math.atan2(v, 1), standard.atan2(3, 1)), (math.fmod(v, 2), 1.0), (math.remainder(v, 2), -1.0),
        (math.copysign(v, -1), -3.0), (math.fabs(-v), 3.0), (math.fsum([v, 1, v]), 7.0),
        (math.prod([v, 2]), 6.0), (math.prod([v, 2], start=5), 30.0), (math.ldexp(v, 2), 12.0),
        (math.modf(v + 0.5)[0], 0.5), (math.frexp(v)[0], 0.75), (math.fsum(x for x in (v, v)), 6.0),
    ]  # fmt: skip
    for found, expected in cases:
        assert isinstance(found, Value)
        assert found.data == pytest.approx(expected, rel=1e-15)
    assert math.frexp(v)[1] == 2
    assert (math.isnan(v), math.isfinite(v), math.isclose(v, 3.0)) == (False, True, True)
    assert math.hypot(3, 4) == 5.0
    assert math.factorial(5) == 120
    with pytest.raises(TypeError):
        math.factorial(v)
    if sys.version_info >= (3, 12):
        assert math.sumprod([v, 1], [2, 3]).data == 9.0


def test_a_model_for_floats_is_differentiated_by_changing_its_import():
    source = (Path(__file__).parent / "models" / "float_model.py").read_text(encoding="utf-8")
    changed: dict = {"__name__": "changed"}
    sys.modules["changed"] = ModuleType("changed")  # dataclasses look there
    exec(source.replace("import math\n", "from micrograph import math\n"), changed)
    x = np.array([1.3, 0.21, 0.9, 1.7])
    y, slope = mg.value_and_grad(lambda x: changed["model"](*x))(x)
    assert y == float_model.model(*x)
    for i, h in enumerate(1e-4 * np.eye(4)):
        far, near = (
            (float_model.model(*(x + s)) - float_model.model(*(x - s))) / (2 * s[i])
            for s in (h, h / 2)
        )
        assert slope[i] == pytest.approx((4 * near - far) / 3, rel=1e-8)  # Richardson
    H = mg.hessian(lambda x: changed["model"](*x))(x)
    assert pytest.approx(H.T, rel=1e-12) == H


def test_questions_are_allowed_inside_a_transform():
    assert mg.grad(lambda x: x * 2 if math.isfinite(x) and not math.isnan(x) else x)(1.0) == 2.0

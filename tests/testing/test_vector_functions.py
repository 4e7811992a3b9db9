"""check_primitive on functions whose result is a vector: each number of the result counts."""

import pytest

import micrograph as mg
from micrograph.testing import GradientError, check_primitive
from micrograph.vectors import TEXTBOOK

LOST = {mg.softmax: 6, mg.log_softmax: 4, mg.norm: 4, mg.cumsum: 16}
"""Units in the last place, at the points that are tried. Measured were 4.1, 2.0, 1.2 and 11. Terms of
both signs cancel in cumsum."""


@pytest.mark.parametrize("f", TEXTBOOK, ids=lambda f: f.__name__)
def test_every_number_of_the_result_is_right(f):
    found = check_primitive(f)
    assert found.points >= (400 if f is mg.norm else 200)
    assert found.value.ulps < LOST[f]
    assert found.first.ulps < LOST[f]


def constant_sum(x):
    weights = [mg.exp(e - mg.max(x)) for e in x]
    return [w / mg.stop_gradient(mg.sum(weights)) for w in weights]


def last_is_off(x):
    *others, last = mg.softmax(x)
    return [*others, last * (1 + 1e-6)]


def swapped(x):
    a, b, *others = mg.softmax(x)
    return [b, a, *others]


WRONG = {constant_sum: "softmax[0]", last_is_off: "softmax[2]", swapped: "softmax[0]"}


@pytest.mark.parametrize("f", WRONG, ids=lambda f: f.__name__)
def test_what_is_wrong_is_found_in_the_number_that_is_wrong(f, monkeypatch):
    monkeypatch.setitem(TEXTBOOK, f, TEXTBOOK[mg.softmax])
    with pytest.raises(GradientError, match="wrong rule") as caught:
        check_primitive(f)
    number = WRONG[f].replace("softmax", f.__name__)
    assert caught.value.row.name == number


def test_another_function_is_refused_with_what_to_use():
    with pytest.raises(TypeError, match="check_gradients checks any function"):
        check_primitive(mg.grad)

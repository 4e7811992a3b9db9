"""Whole programs that were written for NumPy, with no change."""

import numpy as np
import pytest
from models.numpy_programs import PROGRAMS

import micrograph as mg


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_a_program_for_numpy_has_a_gradient(program):
    """Central differences with a step h = 1e-5 are good to some h² and 1e-16/h."""
    x, f = np.array(PROGRAMS[program]), lambda v: program(np, v)
    value, slope = mg.value_and_grad(f)(x)
    assert value == pytest.approx(f(x), rel=1e-12)
    h = 1e-5
    differences = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))]
    assert slope == pytest.approx(differences, rel=1e-6, abs=1e-7)

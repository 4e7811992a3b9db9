"""The 35 problems that optimisers are tested on: differentiated, against mpmath, and minimised."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models.problems import PROBLEMS
from scipy.optimize import least_squares

import micrograph as mg
from micrograph import math


def over(problems):
    return pytest.mark.parametrize("problem", problems, ids=lambda p: f"{p.name}-{len(p.x0)}")


def sum_of_squares(f, x):
    return sum(r * r for r in f(math, *x))


def truth(f, x):
    """Residuals, their Jacobian, and gradient and Hessian of their sum of squares, by mpmath.

    Differences with a step of 1e-30 are off by about 1e-30. At 100 digits the second ones, which
    lose 60, keep 40.
    """
    n = len(x)
    with mpmath.workdps(100):
        h = mpmath.mpf(10) ** -30

        def residuals(*moved):
            return f(mpmath, *(mpmath.mpf(v) + moved.count(j) * h for j, v in enumerate(x)))

        cost = lambda r: mpmath.fsum(r, squared=True)
        r, once = residuals(), [residuals(j) for j in range(n)]
        J = [[(moved[i] - r[i]) / h for moved in once] for i in range(len(r))]
        g = [(cost(moved) - cost(r)) / h for moved in once]
        H = np.zeros((n, n))
        for i in range(n):
            for j in range(i + 1):
                both = cost(residuals(i, j))
                H[i, j] = H[j, i] = (both - cost(once[i]) - cost(once[j]) + cost(r)) / h**2
    return *(np.array(exact, float) for exact in (r, J, g)), H


def agree(found, exact, scale):
    assert np.array(found, float) == pytest.approx(exact, rel=0, abs=1e-12 * scale)


def check(f, x):
    r, J, g, H = truth(f, x)
    found_r, found_J = mg.value_and_jacobian(lambda x: f(math, *x))(x)
    largest = lambda exact: np.abs(exact).max()
    # Where terms cancel, digits are lost relative to the terms, not to their sum. The terms of a
    # residual are of about 1 at least; the gradient, 2·Jᵀr, hands its error on, times J.
    agree(found_r, r, max(1, largest(r)))
    for found, exact in zip(found_J, J, strict=True):
        agree(found, exact, largest(exact))
    agree(mg.grad(sum_of_squares, 1)(f, x), g, max(largest(J), largest(g)))
    agree(mg.hessian(sum_of_squares, 1)(f, x), H, largest(H))


@over(PROBLEMS)
def test_derivatives_agree_with_mpmath_at_the_starts(problem):
    x = [float(v) for v in problem.x0]
    check(problem.f, x)
    # the paper's second start; where the first is 0, as its authors' programs have it
    check(problem.f, [10 * v for v in x] if any(x) else [10.0] * len(x))


MOVE = st.tuples(st.floats(0.7, 1.3), st.floats(-0.1, 0.1))


@over(PROBLEMS)
@settings(max_examples=settings.default.max_examples // 10)  # 100 digits are slow
@given(moves=st.lists(MOVE, min_size=12, max_size=12))
def test_derivatives_agree_with_mpmath_near_the_start(problem, moves):
    check(problem.f, [v * a + b for v, (a, b) in zip(problem.x0, moves, strict=False)])


def minimised(problem):
    residuals = lambda x: np.array(problem.f(math, *x))
    # not by "lm": SciPy 1.17.1 reads beyond the Jacobian there, and its result depends on memory
    return least_squares(
        residuals, np.array(problem.x0, float), jac=mg.jacobian(residuals), x_scale="jac",
        ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=3000,
    )  # fmt: skip


SIX_DIGITS = {"rel": 1e-5, "abs": 1e-20}
"""Those that are printed; a zero is reached to what the tolerances leave: 3e-22 was seen."""


@over(PROBLEMS)
def test_least_squares_reaches_the_published_minimum(problem):
    found = 2 * minimised(problem).cost
    assert any(found == pytest.approx(least, **SIX_DIGITS) for least in problem.minima), found


@over([problem for problem in PROBLEMS if problem.at])
def test_the_published_solution_has_the_published_minimum(problem):
    found = sum_of_squares(problem.f, problem.at)
    assert found == pytest.approx(problem.minima[0], **SIX_DIGITS)


def test_two_discretisations_have_one_solution():
    """One is the other's, solved by Green's function of u″, which is exact on a grid."""
    one, other = (p for p in PROBLEMS if p.name.startswith("discrete"))
    assert minimised(one).x == pytest.approx(minimised(other).x, rel=1e-12)

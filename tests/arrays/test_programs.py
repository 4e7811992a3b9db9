"""Whole programs that were written for NumPy or pandas, with no change but an import."""

from itertools import pairwise
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
from models.numpy_programs import PRICES, PROGRAMS, momentum

import micrograph as mg
from micrograph import numpy as drop_in


def elementwise(function):
    return staticmethod(lambda *x: np.frompyfunc(function, len(x), 1)(*x))


def interp(x, xp, fp):
    """Linear between the points of a table, and level beyond them."""
    i = next((i for i in range(len(xp)) if xp[i] > x), None)
    if i is None or i == 0:
        return fp[-1 if i is None else 0]
    return fp[i - 1] + (x - xp[i - 1]) * (fp[i] - fp[i - 1]) / (xp[i] - xp[i - 1])


def solve(A, B):
    found = np.array((mpmath.matrix(A.tolist()) ** -1 * mpmath.matrix(B.tolist())).tolist())
    return found if np.ndim(B) > 1 else found[:, 0]


def slogdet(A):
    return 1.0, mpmath.log(abs(mpmath.det(mpmath.matrix(A.tolist()))))


def lstsq(A, b):
    x = solve(A.T @ A, (A.T @ b)[:, None])[:, 0]
    return x, np.array([np.sum((A @ x - b) ** 2)])


class Exact:
    """NumPy's names for arrays of mpmath's numbers."""

    exp, log, sqrt, sin, cos = map(
        elementwise, (mpmath.exp, mpmath.log, mpmath.sqrt, mpmath.sin, mpmath.cos)
    )
    logaddexp = elementwise(lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)))
    linalg = SimpleNamespace(solve=solve, slogdet=slogdet, lstsq=lstsq)

    def interp(self, x, xp, fp):
        return np.frompyfunc(lambda x: interp(x, xp, fp), 1, 1)(x)

    def __getattr__(self, name):
        return getattr(np, name)


def exact(f, x):
    """A function's value and gradient in 60 digits: differences with a step of 1e-20."""
    with mpmath.workdps(60):
        h = mpmath.mpf(10) ** -20
        x = np.array([mpmath.mpf(e) for e in x], dtype=object)
        steps = [x * 0 + np.eye(len(x))[i] * h for i in range(len(x))]
        return f(x), [(f(x + step) - f(x - step)) / (2 * h) for step in steps]


def differ(found, expected):
    """The largest error of a gradient, by its largest element."""
    apart = [abs(a - b) for a, b in zip(np.ravel(found), expected, strict=True)]
    return float(max(apart) / max(map(abs, expected)))


@pytest.mark.parametrize("numpy", [np, drop_in], ids=["no import changed", "one import changed"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_a_program_for_numpy_has_a_gradient(program, numpy):
    """The truth is the program itself, run on mpmath's numbers."""
    x = np.array(PROGRAMS[program])
    value, slope = mg.value_and_grad(lambda v: program(numpy, v))(x)
    expected, slopes = exact(lambda v: program(Exact(), v), x)
    assert value == pytest.approx(program(np, x), rel=1e-12)
    assert abs(value - expected) <= 1e-12 * abs(expected)
    assert differ(slope, slopes) < 1e-12


def test_a_program_for_pandas_has_a_gradient():
    import pandas as pd

    def by_hand(x):
        """The same with lists."""
        high, low = x[::2], x[1::2]
        middle = [(a + b) / 2 for a, b in zip(high, low, strict=True)]
        returns = [mpmath.log(b / a) for a, b in pairwise(middle)]
        drift = [(a + b) / 2 for a, b in pairwise(returns)][:-1]
        mean = lambda v: sum(v) / len(v)
        std = lambda v: mpmath.sqrt(sum((e - mean(v)) ** 2 for e in v) / (len(v) - 1))
        scored = mean([a * b for a, b in zip(drift, returns[2:], strict=True)])
        spread = mean([mpmath.log(a - b) for a, b in zip(high, low, strict=True)])
        return scored / (std(drift) * std(returns)) - 0.1 * spread + max(high) / low[0]

    prices = pd.DataFrame(PRICES, index=pd.date_range("2026-11-20", periods=6))
    value, slope = mg.value_and_grad(momentum)(prices)
    expected, slopes = exact(by_hand, prices.to_numpy().ravel())
    assert value == pytest.approx(momentum(prices), rel=1e-12)
    assert abs(value - expected) <= 1e-12 * abs(expected)
    assert differ(slope.to_numpy(), slopes) < 1e-12
    assert (list(slope), slope.index[0]) == (["high", "low"], prices.index[0])

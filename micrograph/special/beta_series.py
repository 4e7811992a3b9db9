"""Iₓ(a, b) and its derivatives in a and b from one power series, on numbers of many digits.

The series is DLMF 8.17.8, whose terms are all positive. The function serves mpmath's numbers and
power series of balls; ``incomplete_beta.py`` computes on floats, in another way. A bivariate
polynomial is a list of lists: the coefficient of εⁱ·δʲ is at [i][j], where a + ε and b + δ stand
for a and b.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from .incomplete_beta import bell, shifted

Table = list[list[Any]]


def term_by_term(m: int, n: int, a: Any, b: Any, p: Any, one: Any) -> Iterator[Table]:
    """The terms (a + b)ₖ/(a + 1)ₖ·pᵏ for k = 0, 1 …, each to the power m of ε and n of δ.

    Args:
        m: The highest power of ε.
        n: The highest power of δ.
        a: The power of t.
        b: The power of 1 − t.
        p: The end of the integral.
        one: The number 1, of the kind of the others.
    """
    term = [[one * 0 for _ in range(n + 1)] for _ in range(m + 1)]
    term[0][0] = one
    above, below, k = a + b, a + 1, 0
    while True:
        yield term
        found: Table = [[0] * (n + 1) for _ in range(m + 1)]
        for i in range(m + 1):
            for j in range(n + 1):
                y = term[i][j] * (above + k)
                y += term[i - 1][j] if i else 0
                y += term[i][j - 1] if j else 0
                found[i][j] = (y * p - (found[i - 1][j] if i else 0)) / (below + k)
        term = found
        k += 1


def derivative(m: int, n: int, sums: Table, a: Any, b: Any, c: Table) -> Any:
    """The derivative of the factor times the sum of the series, divided by the factor.

    Args:
        m: How often by a.
        n: How often by b.
        sums: The sum of the series, a bivariate polynomial.
        a: The power of t.
        b: The power of 1 − t.
        c: The derivatives of the logarithm of the factor, but for b that is taken out of 1/Γ(b).
    """
    powers = bell(m, n, c)
    return sum(
        math.perm(m, i) * math.perm(n, j)
        * shifted(m - i, n - j, a, b, 0, 1, powers) * sums[i][j]
        for i in range(m + 1) for j in range(n + 1)
    )  # fmt: skip


def cumulants(
    m: int, n: int, a: Any, b: Any, p: Any, log: Callable[..., Any], polygamma: Callable[..., Any]
) -> Table:
    """The derivatives in a and b of log(pᵃ·(1 − p)ᵇ·Γ(a + b)/(Γ(a + 1)·Γ(b + 1)))."""

    def cumulant(i: int, j: int) -> Any:
        y = polygamma(i + j - 1, a + b)
        y -= polygamma(i - 1, a + 1) if not j else 0
        y -= polygamma(j - 1, b + 1) if not i else 0
        return y + (log(p) if i else log(1 - p)) if i + j == 1 else y

    return [[cumulant(i, j) if i + j else 0 for j in range(n + 1)] for i in range(m + 1)]

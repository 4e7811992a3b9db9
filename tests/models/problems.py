"""The 35 problems that optimisers are tested on, as functions of any kind of number.

Moré, Garbow & Hillstrom, Testing unconstrained optimization software, ACM Transactions on
Mathematical Software 7(1), 1981, pp. 17-41, section 3, in its order: formulas, data, starting
points, least sums of squares. Gulf is as in the authors' Algorithm 566, for the paper garbles a
minus sign; that Biggs has a zero as well is seen from its data.
"""

from collections.abc import Callable
from typing import NamedTuple


def floats(text):
    return [float(word) for word in text.split()]


BARD = floats("0.14 0.18 0.22 0.25 0.29 0.32 0.35 0.39 0.37 0.58 0.73 0.96 1.34 2.10 4.39")
GAUSSIAN = floats("0.0009 0.0044 0.0175 0.0540 0.1295 0.2420 0.3521 0.3989")
MEYER = floats("""
    34780 28610 23650 19630 16370 13720 11540 9744 8261 7030 6005 5147 4427 3820 3307 2872""")
KOWALIK_OSBORNE_Y = floats("""
    0.1957 0.1947 0.1735 0.1600 0.0844 0.0627 0.0456 0.0342 0.0323 0.0235 0.0246""")
KOWALIK_OSBORNE_U = floats("4 2 1 0.5 0.25 0.167 0.125 0.1 0.0833 0.0714 0.0625")
OSBORNE_1 = floats("""
    0.844 0.908 0.932 0.936 0.925 0.908 0.881 0.850 0.818 0.784 0.751 0.718 0.685 0.658 0.628
    0.603 0.580 0.558 0.538 0.522 0.506 0.490 0.478 0.467 0.457 0.448 0.438 0.431 0.424 0.420
    0.414 0.411 0.406""")
OSBORNE_2 = floats("""
    1.366 1.191 1.112 1.013 0.991 0.885 0.831 0.847 0.786 0.725 0.746 0.679 0.608 0.655 0.616
    0.606 0.602 0.626 0.651 0.724 0.649 0.649 0.694 0.644 0.624 0.661 0.612 0.558 0.533 0.495
    0.500 0.423 0.395 0.375 0.372 0.391 0.396 0.405 0.428 0.429 0.523 0.562 0.607 0.653 0.672
    0.708 0.633 0.668 0.645 0.632 0.591 0.559 0.597 0.625 0.739 0.710 0.729 0.720 0.636 0.581
    0.428 0.292 0.162 0.098 0.054""")

# Residuals at x, over a module m: math, or mpmath. A quotient of integers, i / 10, is one double,
# and the same one to mpmath.


def rosenbrock(m, *x):
    pairs = zip(x[::2], x[1::2], strict=True)
    return [r for a, b in pairs for r in (10 * (b - a**2), 1 - a)]


def helical_valley(m, a, b, c):
    turn = m.atan(b / a) / (2 * m.pi) + (0.5 if a < 0 else 0)
    return [10 * (c - 10 * turn), 10 * (m.sqrt(a**2 + b**2) - 1), c]


def gulf(m, a, b, c):
    data = [(i / 100, 25 + (-50 * m.log(i / 100)) ** (2 / 3)) for i in range(1, 100)]
    return [m.exp(-(abs(y - b) ** c) / a) - t for t, y in data]


def powell_singular(m, *x):
    fours = zip(x[::4], x[1::4], x[2::4], x[3::4], strict=True)
    parts = (
        (a + 10 * b, m.sqrt(5) * (c - d), (b - 2 * c) ** 2, m.sqrt(10) * (a - d) ** 2)
        for a, b, c, d in fours
    )
    return [r for part in parts for r in part]


def wood(m, a, b, c, d):
    first = [10 * (b - a**2), 1 - a, m.sqrt(90) * (d - c**2), 1 - c]
    return [*first, m.sqrt(10) * (b + d - 2), (b - d) / m.sqrt(10)]


def kowalik_osborne(m, a, b, c, d):
    data = zip(KOWALIK_OSBORNE_Y, KOWALIK_OSBORNE_U, strict=True)
    return [y - a * (u**2 + u * b) / (u**2 + u * c + d) for y, u in data]


def brown_dennis(m, a, b, c, d):
    times = [i / 5 for i in range(1, 21)]
    return [(a + t * b - m.exp(t)) ** 2 + (c + d * m.sin(t) - m.cos(t)) ** 2 for t in times]


def biggs_exp6(m, a, b, c, d, e, f):
    def residual(t):
        y = m.exp(-t) - 5 * m.exp(-10 * t) + 3 * m.exp(-4 * t)
        return c * m.exp(-t * a) - d * m.exp(-t * b) + f * m.exp(-t * e) - y

    return [residual(i / 10) for i in range(1, 14)]


def osborne_2(m, *x):
    def residual(t, y):
        bells = (x[k] * m.exp(-((t - x[k + 7]) ** 2) * x[k + 4]) for k in (1, 2, 3))
        return y - (x[0] * m.exp(-t * x[4]) + sum(bells))

    return [residual(i / 10, y) for i, y in enumerate(OSBORNE_2)]


def watson(m, *x):
    def residual(t):
        slope = sum(j * v * t ** (j - 1) for j, v in enumerate(x) if j)
        return slope - sum(v * t**j for j, v in enumerate(x)) ** 2 - 1

    return [*(residual(i / 29) for i in range(1, 30)), x[0], x[1] - x[0] ** 2 - 1]


def penalty_2(m, *x):
    n, root = len(x), m.sqrt(1e-5)
    e = [m.exp(v / 10) for v in x]
    y = [m.exp(i / 10) for i in range(1, n + 1)]
    pairs = (root * (e[i] + e[i - 1] - (y[i] + y[i - 1])) for i in range(1, n))
    singles = (root * (e[i] - m.exp(-0.1)) for i in range(1, n))
    return [x[0] - 0.2, *pairs, *singles, sum((n - j) * v * v for j, v in enumerate(x)) - 1]


def variably_dimensioned(m, *x):
    s = sum(j * (v - 1) for j, v in enumerate(x, 1))
    return [*(v - 1 for v in x), s, s * s]


def trigonometric(m, *x):
    rest = len(x) - sum(m.cos(v) for v in x)
    return [rest + i * (1 - m.cos(v)) - m.sin(v) for i, v in enumerate(x, 1)]


def brown_almost_linear(m, *x):
    total, product = sum(x) - (len(x) + 1), 1
    for v in x:
        product = product * v
    return [*(v + total for v in x[:-1]), product - 1]


GRID = [i / 11 for i in range(1, 11)]
BELOW = [t * (t - 1) for t in GRID]


def discrete_boundary_value(m, *x):
    rows = zip(GRID, (0, *x), x, (*x[1:], 0), strict=False)
    return [2 * v - u - w + GRID[0] ** 2 * (v + t + 1) ** 3 / 2 for t, u, v, w in rows]


def discrete_integral_equation(m, *x):
    def residual(t, v):
        terms = (
            ((1 - t) * s if s <= t else t * (1 - s)) * (w + s + 1) ** 3
            for s, w in zip(GRID, x, strict=True)
        )
        return v + GRID[0] * sum(terms) / 2

    return [residual(t, v) for t, v in zip(GRID, x, strict=True)]


def broyden_tridiagonal(m, *x):
    rows = zip((0, *x), x, (*x[1:], 0), strict=False)
    return [(3 - 2 * v) * v - u - 2 * w + 1 for u, v, w in rows]


def broyden_banded(m, *x):
    def residual(i, v):
        band = (x[j] for j in range(max(0, i - 5), min(len(x), i + 2)) if j != i)
        return v * (2 + 5 * v**2) + 1 - sum(w * (1 + w) for w in band)

    return [residual(i, v) for i, v in enumerate(x)]


def linear_full_rank(m, *x):
    rest = 2 * sum(x) / 20 + 1
    return [*(v - rest for v in x), *(-rest for _ in range(20 - len(x)))]


def linear_rank_1(m, *x):
    total = sum(j * v for j, v in enumerate(x, 1))
    return [i * total - 1 for i in range(1, 21)]


def linear_rank_1_zeros(m, *x):
    total = sum(j * v for j, v in enumerate(x[1:-1], 2))
    return [-1, *(i * total - 1 for i in range(1, 19)), -1]


def chebyquad(m, *x):
    residuals, before, now = [], [1] * len(x), [2 * v - 1 for v in x]
    for i in range(1, len(x) + 1):
        residuals.append(sum(now) / len(x) + (0 if i % 2 else 1 / (i * i - 1)))
        after = [2 * (2 * v - 1) * b - a for v, a, b in zip(x, before, now, strict=True)]
        before, now = now, after
    return residuals


class Problem(NamedTuple):
    """A name, the start, least sums of squares, where the first of them is, the residuals."""

    name: str
    x0: list
    minima: list
    at: list | None
    f: Callable


PROBLEMS = [Problem(*row) for row in [
    ("rosenbrock", [-1.2, 1], [0], [1, 1], rosenbrock),
    ("freudenstein_roth", [0.5, -2], [0, 48.9842], [5, 4], lambda m, a, b:
        [-13 + a + ((5 - b) * b - 2) * b, -29 + a + ((b + 1) * b - 14) * b]),
    ("powell_badly_scaled", [0, 1], [0], None, lambda m, a, b:
        [1e4 * a * b - 1, m.exp(-a) + m.exp(-b) - 1.0001]),
    ("brown_badly_scaled", [1, 1], [0], [1e6, 2e-6], lambda m, a, b:
        [a - 1e6, b - 2e-6, a * b - 2]),
    ("beale", [1, 1], [0], [3, 0.5], lambda m, a, b:
        [y - a * (1 - b**i) for i, y in enumerate([1.5, 2.25, 2.625], 1)]),
    ("jennrich_sampson", [0.3, 0.4], [124.362], [0.257825, 0.257825], lambda m, a, b:
        [2 + 2 * i - (m.exp(i * a) + m.exp(i * b)) for i in range(1, 11)]),
    ("helical_valley", [-1, 0, 0], [0], [1, 0, 0], helical_valley),
    ("bard", [1, 1, 1], [8.21487e-3], None, lambda m, a, b, c:
        [y - (a + u / ((16 - u) * b + min(u, 16 - u) * c)) for u, y in enumerate(BARD, 1)]),
    ("gaussian", [0.4, 1, 0], [1.12793e-8], None, lambda m, a, b, c:
        [a * m.exp(-b * (i / 2 - c) ** 2 / 2) - GAUSSIAN[7 - abs(i)] for i in range(-7, 8)]),
    ("meyer", [0.02, 4000, 250], [87.9458], None, lambda m, a, b, c:
        [a * m.exp(b / (45 + 5 * i + c)) - y for i, y in enumerate(MEYER, 1)]),
    ("gulf", [5, 2.5, 0.15], [0], [50, 25, 1.5], gulf),
    ("box", [0, 10, 20], [0], [1, 10, 1], lambda m, a, b, c:
        [m.exp(-i / 10 * a) - m.exp(-i / 10 * b) - c * (m.exp(-i / 10) - m.exp(-i))
         for i in range(1, 11)]),
    ("powell_singular", [3, -1, 0, 1], [0], [0] * 4, powell_singular),
    ("wood", [-3, -1, -3, -1], [0], [1] * 4, wood),
    ("kowalik_osborne", [0.25, 0.39, 0.415, 0.39], [3.07505e-4], None, kowalik_osborne),
    ("brown_dennis", [25, 5, -5, -1], [85822.2], None, brown_dennis),
    ("osborne_1", [0.5, 1.5, -1, 0.01, 0.02], [5.46489e-5], None, lambda m, a, b, c, d, e:
        [y - (a + b * m.exp(-10 * i * d) + c * m.exp(-10 * i * e))
         for i, y in enumerate(OSBORNE_1)]),
    ("biggs_exp6", [1, 2, 1, 1, 1, 1], [0, 5.65565e-3], [1, 10, 1, 5, 4, 3], biggs_exp6),
    ("osborne_2", [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5], [4.01377e-2], None, osborne_2),
    ("watson", [0] * 6, [2.28767e-3], None, watson),
    ("watson", [0] * 9, [1.39976e-6], None, watson),
    ("watson", [0] * 12, [4.72238e-10], None, watson),
    ("extended_rosenbrock", [-1.2, 1] * 5, [0], [1] * 10, rosenbrock),
    ("extended_powell_singular", [3, -1, 0, 1] * 2, [0], [0] * 8, powell_singular),
    *(("penalty_1", range(1, n + 1), [least], None, lambda m, *x:
        [*(m.sqrt(1e-5) * (v - 1) for v in x), sum(v * v for v in x) - 0.25])
      for n, least in [(4, 2.24997e-5), (10, 7.08765e-5)]),
    ("penalty_2", [0.5] * 4, [9.37629e-6], None, penalty_2),
    ("penalty_2", [0.5] * 10, [2.93660e-4], None, penalty_2),
    ("variably_dimensioned", [j / 10 for j in range(9, -1, -1)], [0], [1] * 10,
     variably_dimensioned),
    ("trigonometric", [1 / 9] * 9, [0], [0] * 9, trigonometric),
    ("brown_almost_linear", [0.5] * 10, [0, 1], [1] * 10, brown_almost_linear),
    ("discrete_boundary_value", BELOW, [0], None, discrete_boundary_value),
    ("discrete_integral_equation", BELOW, [0], None, discrete_integral_equation),
    ("broyden_tridiagonal", [-1] * 10, [0], None, broyden_tridiagonal),
    ("broyden_banded", [-1] * 10, [0], None, broyden_banded),
    ("linear_full_rank", [1] * 10, [20 - 10], [-1] * 10, linear_full_rank),
    ("linear_rank_1", [1] * 10, [20 * 19 / (2 * 41)], None, linear_rank_1),
    ("linear_rank_1_zeros", [1] * 10, [(20**2 + 3 * 20 - 6) / (2 * 37)], None, linear_rank_1_zeros),
    ("chebyquad", [j / 9 for j in range(1, 9)], [3.51687e-3], None, chebyquad),
    ("chebyquad", [j / 10 for j in range(1, 10)], [0], None, chebyquad),
]]  # fmt: skip

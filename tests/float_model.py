"""A model as people write them for floats: loops, ifs, solvers, a spline, options on a tree.

``test_math`` differentiates it after changing its one import.
"""

import math
import random
from bisect import bisect_right
from dataclasses import dataclass
from functools import reduce


@dataclass
class Params:
    mass: float
    drag: float
    k: float
    temp: float


def solve(a, b):
    n = len(b)
    m = [[*row[:], x] for row, x in zip(a, b, strict=True)]
    for i in range(n):
        p = max(range(i, n), key=lambda r: abs(m[r][i]))
        m[i], m[p] = m[p], m[i]
        if m[i][i] == 0:
            raise ZeroDivisionError("singular")
        for r in range(i + 1, n):
            f = m[r][i] / m[i][i]
            for c in range(i, n + 1):
                m[r][c] -= f * m[i][c]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (m[i][n] - sum(m[i][j] * x[j] for j in range(i + 1, n))) / m[i][i]
    return x


def spline(xs, ys, x):
    n = len(xs)
    h = [xs[i + 1] - xs[i] for i in range(n - 1)]
    a = [[0.0] * n for _ in range(n)]
    b = [0.0] * n
    a[0][0] = a[-1][-1] = 1.0
    for i in range(1, n - 1):
        a[i][i - 1] = h[i - 1]
        a[i][i] = 2 * (h[i - 1] + h[i])
        a[i][i + 1] = h[i]
        b[i] = 6 * ((ys[i + 1] - ys[i]) / h[i] - (ys[i] - ys[i - 1]) / h[i - 1])
    m = solve(a, b)
    i = min(max(bisect_right(xs, x) - 1, 0), n - 2)
    t = x - xs[i]
    return (
        ys[i]
        + t * ((ys[i + 1] - ys[i]) / h[i] - h[i] * (2 * m[i] + m[i + 1]) / 6)
        + t**2 * m[i] / 2
        + t**3 * (m[i + 1] - m[i]) / (6 * h[i])
    )


def rk4(f, y, t, h, n):
    for _ in range(n):
        k1 = f(t, y)
        k2 = f(t + h / 2, [a + h / 2 * k for a, k in zip(y, k1, strict=True)])
        k3 = f(t + h / 2, [a + h / 2 * k for a, k in zip(y, k2, strict=True)])
        k4 = f(t + h, [a + h * k for a, k in zip(y, k3, strict=True)])
        y = [
            a + h / 6 * (p + 2 * q + 2 * r + s)
            for a, p, q, r, s in zip(y, k1, k2, k3, k4, strict=True)
        ]
        t += h
    return y


def norm_cdf(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def black_scholes(s, k, r, sigma, t, kind="call"):
    if t <= 0:
        return max(s - k, 0.0) if kind == "call" else max(k - s, 0.0)
    d1 = (math.log(s / k) + (r + sigma**2 / 2) * t) / (sigma * math.sqrt(t))
    d2 = d1 - sigma * math.sqrt(t)
    if kind == "call":
        return s * norm_cdf(d1) - k * math.exp(-r * t) * norm_cdf(d2)
    return k * math.exp(-r * t) * norm_cdf(-d2) - s * norm_cdf(-d1)


def newton(f, df, x, tol=1e-14):
    for _ in range(100):
        step = f(x) / df(x)
        x -= step
        if abs(step) < tol:
            break
    else:
        raise RuntimeError
    return x


def simpson(f, a, b, n=50):
    h = (b - a) / n
    total = f(a) + f(b)
    for i in range(1, n):
        total += (4 if i % 2 else 2) * f(a + i * h)
    return total * h / 3


def bessel_like(x):
    term, total, k = 1.0, 1.0, 0
    while abs(term) > 1e-17 * abs(total):
        k += 1
        term *= -((x / 2) ** 2) / (k * k)
        total += term
    return total


def tree(s, k, r, sigma, t, n=30):
    dt = t / n
    u = math.exp(sigma * math.sqrt(dt))
    d = 1 / u
    p = (math.exp(r * dt) - d) / (u - d)
    disc = math.exp(-r * dt)
    values = [max(k - s * u**j * d ** (n - j), 0) for j in range(n + 1)]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1):
            hold = disc * (p * values[j + 1] + (1 - p) * values[j])
            values[j] = max(hold, k - s * u**j * d ** (i - j))
    return values[0]


def gillespie(rate, n, seed=7):
    rng = random.Random(seed)
    t = 0.0
    xs = []
    for _ in range(n):
        t += -math.log(1 - rng.random()) / rate
        xs.append(t + rng.gauss(0, 1) * 0.01 * rate)
    return sum(xs) / len(xs)


def model(mass, drag, k, temp):
    p = Params(mass, drag, k, temp)
    y = rk4(
        lambda t, y: [y[1], -p.k / p.mass * y[0] - p.drag * abs(y[1]) * y[1] + math.sin(t)],
        [1.0, 0.0],
        0.0,
        0.05,
        40,
    )
    price = black_scholes(100 * p.mass, 95.0, 0.01 * p.k, 0.2 + p.drag, 0.5) + tree(
        100 * p.mass, 95.0, 0.03, 0.2 + p.drag, 0.5
    )
    root = newton(
        lambda x: x - p.drag * math.sin(x) - p.mass, lambda x: 1 - p.drag * math.cos(x), p.mass
    )
    area = simpson(lambda x: math.exp(-x * x * p.k) * math.cosh(p.drag * x), 0.0, p.temp)
    curve = spline([0.0, 0.5, 1.2, 2.0, 3.1], [math.tanh(p.k * i) for i in range(5)], p.temp)
    best = min([root, area, curve, 1e9])
    worst = max(root, area, curve)
    ranked = sorted([root, area, curve])
    assert ranked[0] == best
    assert ranked[-1] == worst
    energy = math.fsum([0.5 * p.mass * y[1] ** 2, 0.5 * p.k * y[0] ** 2])
    total = reduce(lambda a, b: a * 0.5 + b, [energy, price / 100, root, area, curve, best, worst])
    total += bessel_like(p.temp) + math.gamma(p.mass + 1) + math.hypot(y[0], y[1], p.drag)
    total += (
        gillespie(p.k, 10)
        + math.prod([p.mass, p.k])
        + math.atan2(y[0], p.temp)
        + math.copysign(p.drag, -1)
    )
    q, rem = divmod(p.temp * 10, 3)
    if 0 < rem <= 3 and not math.isnan(rem):
        total += rem * q
    label = f"{total:.4f} {p.mass:>8.2f}"
    if math.floor(p.temp) == 1 and round(p.mass, 1) > 0:
        total *= 1 + 1e-3 * math.degrees(math.acos(p.drag)) % 7
    total += (
        pow(p.mass, p.k)
        + p.temp**-1.5
        + 2**p.drag
        + math.log(p.temp, 10)
        + math.log1p(p.k)
        + math.expm1(p.drag)
        + math.sqrt(p.mass)
        + math.dist([p.mass, p.k], [0, p.temp])
    )
    total += sum(sorted(x * x for x in (p.mass, p.k, p.drag))) + int(3.7) + len(label) * 0
    return total

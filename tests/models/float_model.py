"""A model as people write them for floats: loops, ifs, solvers, a spline, options on a tree,
bonds, filters, spectra, a tank.

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


def adaptive_simpson(f, a, b, tol=1e-10):
    """Halves what is not yet good, from a stack of its own."""

    def panel(a, fa, b, fb):
        m = (a + b) / 2
        fm = f(m)
        return m, fm, (b - a) / 6 * (fa + 4 * fm + fb)

    fa, fb = f(a), f(b)
    stack = [(a, fa, b, fb, *panel(a, fa, b, fb), tol)]
    area = 0.0
    while stack:
        a, fa, b, fb, m, fm, whole, tol = stack.pop()
        left, right = panel(a, fa, m, fm), panel(m, fm, b, fb)
        error = left[2] + right[2] - whole
        if abs(error) <= 15 * tol:
            area += left[2] + right[2] + error / 15
        else:
            stack.append((a, fa, m, fm, *left, tol / 2))
            stack.append((m, fm, b, fb, *right, tol / 2))
    return area


def bisect(f, low, high, steps=60):
    """A root between two signs; a last secant step makes it depend on f, not on where we cut."""
    if f(low) > 0:
        low, high = high, low
    for _ in range(steps):
        middle = (low + high) / 2
        if f(middle) <= 0:
            low = middle
        else:
            high = middle
        if abs(high - low) < 1e-6:
            break
    for _ in range(3):
        slope = (f(high) - f(low)) / (high - low)
        low, high = low - f(low) / slope, high
    return low


def bond_price(yield_, coupon, years, face=100.0):
    price = 0.0
    for t in range(1, 2 * years + 1):
        cash = face * coupon / 2 + (face if t == 2 * years else 0)
        price += cash / (1 + yield_ / 2) ** t
    return price


def yield_to_maturity(price, coupon, years):
    return bisect(lambda y: price - bond_price(y, coupon, years), 0.0, 1.0)


def golden_section(f, a, b, steps=40):
    """The smallest value of f between a and b."""
    ratio = (math.sqrt(5) - 1) / 2
    c, d = b - ratio * (b - a), a + ratio * (b - a)
    fc, fd = f(c), f(d)
    for _ in range(steps):
        if fc < fd:
            b, d, fd = d, c, fc
            c = b - ratio * (b - a)
            fc = f(c)
        else:
            a, c, fc = c, d, fd
            d = a + ratio * (b - a)
            fd = f(d)
    return min(fc, fd)


def cholesky(a):
    n = len(a)
    lower = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = a[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            if i == j:
                if not rest > 0:
                    raise ValueError("not positive definite")
                lower[i][i] = math.sqrt(rest)
            else:
                lower[i][j] = rest / lower[j][j]
    return lower


def log_likelihood(residuals, scale, length):
    """Of a Gaussian process with an exponential kernel."""
    n = len(residuals)
    kernel = [[scale**2 * math.exp(-abs(i - j) / length) for j in range(n)] for i in range(n)]
    lower = cholesky(kernel)
    z = []
    for i in range(n):
        z.append((residuals[i] - sum(lower[i][k] * z[k] for k in range(i))) / lower[i][i])
    return -sum(x * x / 2 + math.log(lower[i][i]) for i, x in enumerate(z)) - n / 2 * math.log(
        2 * math.pi
    )


def kalman(measurements, drift, noise):
    """The level that a local linear trend ends at; what is measured as None is only predicted."""
    level, variance = 0.0, 10.0
    gains = {}
    for t, measured in enumerate(measurements):
        level, variance = level + drift, variance + 0.1
        if measured is None:
            continue
        gain = variance / (variance + noise**2)
        level += gain * (measured - level)
        variance *= 1 - gain
        gains[t] = gain
    return level + sum(gains.values()) / len(gains)


def spectrum(signal):
    """The power at each frequency, by the definition of the discrete Fourier transform."""
    n = len(signal)
    power = []
    for k in range(n // 2 + 1):
        re = im = 0.0
        for t, x in enumerate(signal):
            angle = -2 * math.pi * k * t / n
            re += x * math.cos(angle)
            im += x * math.sin(angle)
        power.append((re * re + im * im) / n)
    return power


class Tank:
    """A tank that is filled, overflows, and drains through a hole (Torricelli)."""

    height = 2.0

    def __init__(self, area, hole):
        self.area, self.hole = area, hole
        self.level = self.spilt = 0.0

    def step(self, inflow, dt):
        self.level += inflow * dt / self.area
        if self.level > 0:
            self.level -= min(self.hole * math.sqrt(2 * 9.81 * self.level) * dt, self.level)
        if self.level > self.height:
            self.spilt += (self.level - self.height) * self.area
            self.level = self.height


def fill(tank, inflow, minutes, dt=0.25):
    t = 0.0
    while t < minutes:
        tank.step(inflow * (1.5 if t % 4 < 2 else 0.25), dt)
        t += dt
    return tank.level + tank.spilt


def signals(p):
    """What the solvers of the second half make of the same parameters."""
    arc = adaptive_simpson(lambda x: math.sqrt(1 + (p.k * math.cos(p.k * x)) ** 2), 0.0, p.temp)
    bond = yield_to_maturity(90 + 5 * p.mass, 0.05 + p.drag / 10, 7)
    low = golden_section(lambda x: (x - p.mass) ** 2 + p.k * math.cosh(x - p.temp), -3.0, 4.0)
    wave = [math.sin(p.k * t) + p.drag * math.cos(3 * t) for t in range(12)]
    loudest = max(spectrum(wave))
    evidence = log_likelihood([w - p.drag for w in wave[:5]], p.mass, 1 + p.temp)
    level = kalman([p.mass * t if t % 3 else None for t in range(9)], p.k, p.temp)
    water = fill(Tank(p.temp, p.drag / 4), p.mass, 12)
    parts = {"arc": arc, "bond": bond, "low": low, "loudest": loudest, "evidence": evidence}
    parts |= {"level": level, "water": water}
    total = 0.0
    for name, part in parts.items():
        weight = {"bond": 10.0, "loudest": 0.1}.get(name, 1.0)
        total += weight * part if part > 0 else weight * math.log1p(-part)
    return total


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
    return total + signals(p)

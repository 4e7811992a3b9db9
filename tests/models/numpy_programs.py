"""Programs as one writes them for NumPy, with ``np`` given: each a function of one array."""

import numpy as np


def hidden_markov(np, theta):
    """The log-likelihood of observations, by the forward algorithm in logarithms."""
    logits = theta[:4].reshape(2, 2)
    log_A = logits - np.logaddexp(logits[:, 0], logits[:, 1])[:, None]
    means, log_sigma = theta[4:6], theta[6]
    seen = np.array([0.1, 0.3, 2.1, 1.9, -0.2, 2.2])
    log_b = -0.5 * ((seen[:, None] - means[None, :]) / np.exp(log_sigma)) ** 2 - log_sigma
    alpha = log_b[0] + np.log(0.5)
    for t in range(1, len(seen)):
        paths = alpha[:, None] + log_A
        top = np.max(paths, axis=0)
        alpha = log_b[t] + top + np.log(np.sum(np.exp(paths - top), axis=0))
    return np.logaddexp(alpha[0], alpha[1])


def kalman(np, theta):
    """The log-likelihood of a local linear trend, by a Kalman filter."""
    Q = np.diag(np.exp(theta[:2]))
    r = np.exp(theta[2])
    F, H = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([1.0, 0.0])
    x, P = theta[3:5], np.eye(2)
    found = 0.0
    for z in (1.0, 2.1, 2.9, 4.2, 5.0):
        x, P = F @ x, F @ P @ F.T + Q
        S = H @ P @ H + r
        K = P @ H / S
        found = found - 0.5 * (np.log(2 * np.pi * S) + (z - H @ x) ** 2 / S)
        x, P = x + K * (z - H @ x), P - np.outer(K, H @ P)
    return found


def mixture(np, theta):
    """The log-likelihood of a mixture of two normals in the plane."""
    data = np.array([[0.1, 0.2], [2.0, 1.7], [-0.3, 0.1], [1.9, 2.2]])
    weight, means = theta[0], theta[1:5].reshape(2, 2)
    L = np.array([[1.0, 0.0], [0.3, 0.8]])
    logs = []
    for k in range(2):
        apart = data - means[k]
        solved = np.linalg.solve(L * np.exp(theta[5 + k]), apart.T)
        logs.append(-0.5 * np.sum(solved**2, axis=0) - 2 * theta[5 + k])
    share = 1 / (1 + np.exp(-weight))
    return np.sum(np.logaddexp(np.log(share) + logs[0], np.log(1 - share) + logs[1]))


def bundle(np, theta):
    """The reprojection error of points seen by two cameras (rotation by Rodrigues' formula)."""
    total = 0.0
    points = theta[:6].reshape(2, 3) + np.array([0.0, 0.0, 4.0])
    for camera, seen in (
        (theta[6:9], [[0.1, 0.0], [0.3, 0.2]]),
        (theta[9:12], [[0.0, 0.1], [0.2, 0.2]]),
    ):
        angle = np.sqrt(np.sum(camera**2))
        k = camera / angle
        turned = (
            points * np.cos(angle)
            + np.cross(k, points) * np.sin(angle)
            + np.outer(points @ k, k) * (1 - np.cos(angle))
        )
        total = total + np.sum((turned[:, :2] / turned[:, 2:] - np.array(seen)) ** 2)
    return total


def ode(np, theta):
    """A pendulum by Heun's method, with steps chosen by the error."""
    y, t, h = theta[:2], 0.0, 0.1
    f = lambda y: np.stack([y[1], -theta[2] * np.sin(y[0]) - theta[3] * y[1]])
    while t < 1.0:
        h = min(h, 1.0 - t)
        k1 = f(y)
        k2 = f(y + h * k1)
        error = np.max(np.abs(h * (k2 - k1) / 2))
        if error < 1e-2:
            y, t = y + h * (k1 + k2) / 2, t + h
        h = h * min(2.0, max(0.3, 0.9 * (1e-2 / (error + 1e-12)) ** 0.5))
    return y[0]


def table(np, theta):
    """A value looked up in a table, and by index."""
    grid = np.linspace(0.0, 3.0, 4)
    smooth = np.interp(theta[0], grid, np.exp(theta[1] * grid))
    return smooth * np.array([1.0, 2.0, 4.0, 8.0])[int(theta[0])]


def rk45(np, theta):
    """Hares and foxes by Dormand and Prince's method: a step is taken, or tried anew, smaller."""
    nodes = [0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0]
    stages = [
        [],
        [1 / 5],
        [3 / 40, 9 / 40],
        [44 / 45, -56 / 15, 32 / 9],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
        [35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    ]
    fifth = np.array([35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0])
    fourth = np.array(
        [5179 / 57600, 0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40]
    )
    alpha, beta, gamma, delta = theta[:4]

    def slope(t, y):
        hares, foxes = y
        season = 1 + 0.1 * np.sin(t)
        return np.array([alpha * season * hares - beta * hares * foxes,
                         delta * hares * foxes - gamma * foxes])  # fmt: skip

    t, end, h, y = 0.0, 2.0, 0.5, theta[4:6]
    while t < end:
        h = min(h, end - t)
        k = np.zeros((7, 2)) + 0 * y  # rows of what y is made of
        for i in range(7):
            step = sum((a * k[j] for j, a in enumerate(stages[i])), np.zeros(2))
            k[i] = slope(t + nodes[i] * h, y + h * step)
        allowed = 1e-4 + 1e-4 * np.maximum(np.abs(y), 1.0)
        error = np.sqrt(np.mean((h * ((fifth - fourth) @ k) / allowed) ** 2))
        if error <= 1:
            t = t + h
            y = y + h * (fifth @ k)
        h = h * min(5.0, max(0.2, 0.9 * error ** (-0.2))) if error > 0 else 5 * h
    return y[0] * y[1]


def lookup(np, theta):
    """A property of steam from a table: bilinear, with the cell found by searchsorted."""
    pressures, temperatures = np.array([1.0, 2.0, 5.0, 10.0]), np.linspace(100.0, 400.0, 4)
    table = np.log(pressures)[:, None] * theta[2] + np.sqrt(temperatures)[None, :] * theta[3]
    p, t = theta[0], theta[1]
    i = np.clip(np.searchsorted(pressures, p, side="right") - 1, 0, len(pressures) - 2)
    j = min(max(int(np.searchsorted(temperatures, t)) - 1, 0), len(temperatures) - 2)
    u = (p - pressures[i]) / (pressures[i + 1] - pressures[i])
    v = (t - temperatures[j]) / (temperatures[j + 1] - temperatures[j])
    inside = (
        table[i, j] * (1 - u) * (1 - v)
        + table[i + 1, j] * u * (1 - v)
        + table[i, j + 1] * (1 - u) * v
        + table[i + 1, j + 1] * u * v
    )
    costs = np.interp([0.5, 2.5, 7.0], theta[4:7], np.array([1.0, 3.0, 2.0]) * p)
    below = np.digitize(t, temperatures)
    return inside * np.sum(costs) + np.cumsum(table[:, 0])[below] * np.interp(
        p, pressures, table[:, 1]
    )


def gaussian_process(np, theta):
    """The marginal likelihood of a smooth function's values, and the variance beside them."""
    x = np.linspace(0.0, 5.0, 20)
    y = np.sin(x) + 0.1 * np.cos(7.0 * x)
    size, width, noise = np.exp(theta[0]), np.exp(theta[1]), np.exp(theta[2])
    kernel = lambda a, b: size * np.exp(-0.5 * (a[:, None] - b[None, :]) ** 2 / width)
    K = kernel(x, x) + noise * np.eye(20)
    weights = np.linalg.solve(K, y)
    beside = kernel(np.array([2.6, 6.0]), x)
    variance = size - np.sum(beside.T * np.linalg.solve(K, beside.T), axis=0)
    return -0.5 * (y @ weights) - 0.5 * np.linalg.slogdet(K)[1] + np.sum(np.log(variance))


def regression(np, theta):
    """A curve of growth: its scale by least squares, inside of what is fitted by hand."""
    t = np.linspace(0.0, 3.0, 8)
    seen = np.array([0.3, 0.5, 0.9, 1.3, 1.6, 1.9, 2.0, 2.1])
    basis = np.stack([t**0, 1 / (1 + np.exp(-theta[0] * (t - theta[1]))), np.exp(-t * theta[2])])
    found, apart, *_ = np.linalg.lstsq(basis.T, seen)
    return np.sum(apart) + 0.01 * np.sum(found**2)


def momentum(prices):
    """How well a share's drift foretells its next return, with pandas."""
    prices = prices.assign(middle=(prices["high"] + prices["low"]) / 2)
    returns = np.log(prices["middle"] / prices["middle"].shift(1))
    drift = returns.rolling(2).mean().shift(1)
    known = drift.notna()
    scored = (drift[known] * returns[known]).mean() / (drift.std() * returns.std())
    spread = (prices["high"] - prices["low"]).to_numpy()
    return scored - 0.1 * np.log(spread).mean() + (prices["high"].max() / prices.iloc[0]["low"])


PROGRAMS = {
    hidden_markov: [0.3, -0.2, 0.1, 0.5, 0.1, 1.8, -0.7],
    kalman: [-1.0, -2.0, -0.5, 0.5, 0.8],
    mixture: [0.2, 0.1, 0.0, 1.8, 1.9, 0.1, -0.1],
    bundle: [0.1, 0.2, 0.0, 0.6, 0.5, 0.1, 0.02, -0.03, 0.1, -0.05, 0.02, 0.2],
    ode: [0.5, -0.3, 3.0, 0.2],
    table: [1.3, 0.4],
    rk45: [1.1, 0.4, 0.9, 0.3, 2.0, 1.5],
    gaussian_process: [0.2, -0.1, -2.0],
    regression: [1.5, 1.2, 0.4],
    lookup: [3.1, 270.0, 0.4, 0.03, 0.0, 2.0, 6.0],
}
PRICES = {"high": [10.2, 10.9, 11.3, 10.8, 11.9, 12.3], "low": [9.7, 10.1, 10.8, 10.2, 11.0, 11.9]}

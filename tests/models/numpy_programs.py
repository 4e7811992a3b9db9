"""Programs as one writes them for NumPy, with ``np`` given: each a function of one array."""


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


PROGRAMS = {
    hidden_markov: [0.3, -0.2, 0.1, 0.5, 0.1, 1.8, -0.7],
    kalman: [-1.0, -2.0, -0.5, 0.5, 0.8],
    mixture: [0.2, 0.1, 0.0, 1.8, 1.9, 0.1, -0.1],
    bundle: [0.1, 0.2, 0.0, 0.6, 0.5, 0.1, 0.02, -0.03, 0.1, -0.05, 0.02, 0.2],
    ode: [0.5, -0.3, 3.0, 0.2],
    table: [1.3, 0.4],
}

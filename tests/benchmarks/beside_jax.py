"""A graph under ``jax.jit`` beside ``jax.grad``, both compiled for the same device.

``PYTHONPATH=tests python tests/benchmarks/beside_jax.py`` prints the ratios.

Value and all slopes of a function at a million points, by a Graph and by JAX of the same function. Both
take turns; times are medians. JAX's threads spin on after a call, so each call waits for 20 ms first.
"""

from statistics import median
from time import perf_counter, sleep

import numpy as np
from models.formulas import Jnp, black_scholes, logistic_loss

import micrograph as mg
from micrograph import Graph, Value
from micrograph.core import namespace_of

N = 1_000_000


def beside(f, point):
    """Ours and JAX's function of the inputs, compiled, and the inputs."""
    import jax

    names = f.__code__.co_varnames[1 : f.__code__.co_argcount]
    graph = Graph.of(f(mg, *map(Value, point, names)))
    rng = np.random.default_rng(0)
    xs = [jax.numpy.asarray(x * rng.uniform(0.5, 2, N)) for x in point]
    order = [names.index(node.name) for node in graph.inputs]
    xp = namespace_of(xs[0])
    ours = jax.jit(lambda *xs: graph.value_and_gradient(xp, [xs[i] for i in order]))
    slopes = jax.value_and_grad(lambda *xs: f(Jnp(), *xs), tuple(range(len(xs))))
    return [ours, jax.jit(jax.vmap(slopes))], xs


def times(functions, xs, rounds=15):
    """The median time of each function, in seconds."""
    import jax

    found = [[] for _ in functions]
    for k in range(rounds + 1):
        for f, ts in zip(functions, found, strict=True):
            sleep(0.02)
            start = perf_counter()
            jax.block_until_ready(f(*xs))
            ts.extend([perf_counter() - start] if k else [])  # the first call compiles
    return [median(ts) for ts in found]


def main():
    import jax

    jax.config.update("jax_enable_x64", True)
    print(f"jax {jax.__version__}, {jax.devices()[0].device_kind}")
    for f, point in (
        (logistic_loss, (0.5, -0.25, 2.0, 1.0)),
        (black_scholes, (100.0, 95.0, 0.5, 0.03, 0.2)),
    ):
        ours, theirs = times(*beside(f, point))
        print(f"{f.__name__}: {ours / N * 1e9:.1f} ns a point, jax.grad {theirs / N * 1e9:.1f}, "
              f"ratio {ours / theirs:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()

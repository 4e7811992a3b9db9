"""Graphs in one run: ``python tests/benchmarks/graphs.py > table.md``.

Recording, flattening, tracing and differentiating graphs, on a chain and on a shared graph, small and
large; and graphs under ``jax.jit`` beside JAX's own gradient of the same function, if JAX is installed.
Times are medians. The two sides of a ratio take turns, A B A B.
"""

import argparse
import gc
from datetime import date
from statistics import median
from time import perf_counter, sleep

from compare import machine
from shapes import chain, shared

import micrograph as mg
from micrograph import Graph, Value

SIZES = (10_000, 100_000, 1_000_000)


def timed(work, repeat):
    """The median time of some calls, in seconds."""
    times = []
    for _ in range(repeat):
        gc.collect()
        start = perf_counter()
        kept = work()
        times.append(perf_counter() - start)
        del kept
    return median(times)


def structure(shape, n, repeat):
    """A row of the table: what is done to a graph of n operations."""
    m = n // 5
    y = shape(Value(0.5, "x"), m)
    graph = Graph.of(y)
    found = [
        timed(lambda: shape(Value(0.5), m), repeat),
        timed(lambda: Graph.of(y), repeat),
        timed(lambda: mg.trace(lambda x: shape(x, m), 0.5), repeat),
        timed(lambda: graph.gradient(), 1 if n > 100_000 else repeat),
        timed(lambda: graph(x=0.25), repeat),
    ]
    cells = " | ".join(f"{t * 1e3:,.4g} ms" for t in found)
    return f"| {shape.__name__} | {n:,} | {cells} |"


def vectors(n, repeat):
    """Tracing a logistic loss of n features, and its gradient graph."""
    w, x = [0.01] * n, [0.5] * n
    loss = lambda w, x, b, y: mg.softplus(mg.dot(w, x) + b) - y * (mg.dot(w, x) + b)
    graph = mg.trace(loss, w, x, 0.0, 1.0)
    trace = timed(lambda: mg.trace(loss, w, x, 0.0, 1.0), repeat)
    slopes = timed(graph.gradient, repeat)
    return f"| {n:,} features | {len(graph.nodes)} nodes | {trace * 1e3:.3g} ms | {slopes * 1e3:.3g} ms |"


def by_jax(repeat):
    """Value and gradient under jax.jit: of graphs, beside jax.value_and_grad of the same function."""
    import jax
    import numpy as np
    from jax import numpy as jnp
    from jax.scipy.stats import norm

    jax.config.update("jax_enable_x64", True)

    def call(s, k, t, r, v, log, sqrt, exp, cdf):
        d = (log(s / k) + (r + v * v / 2) * t) / (v * sqrt(t))
        return s * cdf(d) - k * exp(-r * t) * cdf(d - v * sqrt(t))

    rng = np.random.default_rng(0)
    points = [jnp.asarray(rng.uniform(a, b, 100_000)) for a, b in ((80, 120), (80, 120), (0.1, 2), (0, 0.05), (0.1, 0.5))]  # fmt: skip
    ours = mg.trace(lambda *x: call(*x, mg.log, mg.sqrt, mg.exp, mg.norm_cdf), 100.0, 95.0, 1.0, 0.02, 0.2)  # fmt: skip
    theirs = lambda *x: call(*x, jnp.log, jnp.sqrt, jnp.exp, norm.cdf)
    w, x, y = (
        jnp.asarray(rng.normal(size=20)),
        jnp.asarray(rng.normal(size=(100_000, 20))),
        jnp.ones(100_000),
    )
    loss = mg.trace(
        lambda w, x, y: mg.softplus(mg.dot(w, x)) - y * mg.dot(w, x), [0.1] * 20, [0.1] * 20, 1.0
    )
    their_loss = lambda w, x, y: jax.nn.softplus(w @ x) - y * (w @ x)

    def pair(graph, f, inputs, axes):
        n = len(inputs)
        xp = mg.core.namespace_of(inputs[0])
        own = jax.jit(lambda *x: graph.value_and_gradient(xp, x))
        their = jax.jit(jax.vmap(jax.value_and_grad(f, tuple(range(n))), axes))
        return own, their, inputs

    for name, (own, their, inputs) in {
        "Black–Scholes, 10⁵ points": pair(ours, theirs, points, 0),
        "logistic loss, 10⁵ × 20": pair(loss, their_loss, [w, x, y], (None, 0, 0)),
    }.items():
        times = {own: [], their: []}
        for i in range(repeat + 3):
            for f in (own, their):
                sleep(0.02)  # JAX's threads spin on after a call
                start = perf_counter()
                jax.block_until_ready(f(*inputs))
                if i > 2:
                    times[f].append(perf_counter() - start)
        a, b = (median(t) for t in times.values())
        yield f"| {name} | {a * 1e3:.3g} ms | {b * 1e3:.3g} ms | {a / b:.2f} |"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    print(f"{date.today()}, {machine()}\n")
    print(
        "| graph | operations | record | Graph.of | mg.trace | gradient graph | evaluate on floats |"
    )
    print("|---|---|---|---|---|---|---|")
    for shape in (chain, shared):
        for n in SIZES:
            print(structure(shape, n, repeat), flush=True)
    print("\n| logistic loss | traced | mg.trace | gradient graph |\n|---|---|---|---|")
    for n in (20, 12_288):
        print(vectors(n, repeat), flush=True)
    try:
        import jax  # noqa: F401
    except ImportError:
        print("\nJAX is not installed here.")
        return
    print(
        "\n| value and gradient under jax.jit | of a graph | jax.grad | ratio |\n|---|---|---|---|"
    )
    for line in by_jax(repeat):
        print(line, flush=True)


if __name__ == "__main__":
    main()

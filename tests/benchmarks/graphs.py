"""Graphs in one run: ``python tests/benchmarks/graphs.py > table.md``.

Recording, flattening, tracing and differentiating graphs, on a chain and on a shared graph, small and
large, and tracing vectors. Times are medians. ``beside_jax.py`` has graphs under ``jax.jit``.
"""

import argparse
import gc
from datetime import date
from statistics import median
from time import perf_counter

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


if __name__ == "__main__":
    main()

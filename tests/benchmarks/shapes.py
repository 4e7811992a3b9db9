"""Shapes of work beside each other, in one run: ``python tests/benchmarks/shapes.py > table.md``.

A shared graph beside a chain of as many operations, transforms beside plain sweeps and beside each
other, recording beside plain floats. The two sides of a ratio take turns, A B A B, so what slows the
machine slows both of them; times are medians.
"""

import argparse
import gc
from datetime import date
from itertools import pairwise
from math import tanh
from statistics import median
from time import perf_counter

from compare import machine

import micrograph as mg
from micrograph import Value


def chain(x, n, tanh=Value.tanh):
    """5·n operations, each on the result of the one before."""
    for _ in range(n):
        x = tanh((x + 0.25) * 0.75 + 0.5) * 0.5
    return x


def shared(x, n, tanh=Value.tanh, w=0.5, b=0.25):
    """5·n operations, of which one in five is used twice."""
    for _ in range(n):
        y = x * w + b
        x = tanh(y) * 0.5 + y
    return x


def learned(x, n):
    """The same, where w and b are leaves, used n times."""
    return shared(x, n, w=Value(0.5), b=Value(0.25))


def rosenbrock(x):
    """The sum over i of 100·(x[i+1] − x[i]²)² + (1 − x[i])²."""
    return mg.sum([100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)])


def five(x, y):
    """Five operations on two numbers."""
    return (x * y + x).sin() * y - x


def swept_by_hand():
    """The gradient of ``five`` by Values and ``backward``."""
    x, y = Value(0.5), Value(2.0)
    five(x, y).backward()
    return x.grad, y.grad


def sweep(record, n):
    """The sweep alone of what is recorded anew each time."""

    def work():
        y = record(Value(0.5), n)
        start = perf_counter()
        y.backward()
        return perf_counter() - start

    return work


def whole(f, *args):
    """The whole of a call."""

    def work():
        start = perf_counter()
        f(*args)
        return perf_counter() - start

    return work


def record_and_sweep(n):
    return whole(lambda: shared(Value(0.5), n).backward())


def many(f, *args):
    """A call, from a thousand of them."""

    def work():
        start = perf_counter()
        for _ in range(1000):
            f(*args)
        return (perf_counter() - start) / 1000

    return work


def powers(x, p):
    """200 nodes that depend on p as well."""
    for _ in range(50):
        x = (x * p + 0.5).tanh() * 0.9
    return x


def along(n):
    """A point and a direction."""
    return [0.5 + 0.001 * i for i in range(n)], [1.0 - 0.002 * i for i in range(n)]


P = Value(0.75, "p")
POINT, DIRECTION = along(1000)
PAIRS = [  # what is measured, beside what, and how many of the latter it should take at most
    *[(f"sweep of a {f.__name__} graph, {n:,} × 5", sweep(f, n), "chain", sweep(chain, n))
      for f in (shared, learned) for n in (100, 20_000, 100_000)],
    ("record and sweep a shared graph, 20,000 × 5", record_and_sweep(20_000),
     "plain floats", whole(shared, 0.5, 20_000, tanh)),
    ("value_and_grad of five operations", many(mg.value_and_grad(five, argnums=(0, 1)), 0.5, 2.0),
     "Values and backward", many(swept_by_hand)),
    ("hvp of Rosenbrock's function, n = 1,000", whole(mg.hvp(rosenbrock), POINT, DIRECTION),
     "value_and_grad", whole(mg.value_and_grad(rosenbrock), POINT)),
    ("hessian of Rosenbrock's function, n = 100", whole(mg.hessian(rosenbrock), POINT[:100]),
     "value_and_grad", whole(mg.value_and_grad(rosenbrock), POINT[:100])),
    ("gradient that captures a Value, 200 nodes", many(mg.grad(lambda x: powers(x, P)), 0.5),
     "with a float", many(mg.grad(lambda x: powers(x, 0.75)), 0.5)),
]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    print(f"{date.today()}, {machine()}. Medians of {rounds} rounds, taken in turn.\n")
    print("| work | µs | beside | µs | ratio |")
    print("|---|--:|---|--:|--:|")
    for name, work, beside, other in PAIRS:
        times = []
        for _ in range(rounds + 1):
            gc.collect()
            times.append((work(), other()))
        ours, theirs = (1e6 * median(pair[i] for pair in times[1:]) for i in (0, 1))
        ratio = median(a / b for a, b in times[1:])
        print(f"| {name} | {ours:,.2f} | {beside} | {theirs:,.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()

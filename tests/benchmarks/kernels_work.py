"""The work of ``kernels.py``, as each engine does it: ``kernels_work.py ENGINE``, in its own process.

A line comes in for each round: the name of a piece of work, and its sizes. The work is prepared when it
is first named. Its seconds go out, or null if this engine does not do it.
"""

import gc
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from math import sqrt
from time import perf_counter

import numpy as np
from models.formulas import Jnp, black_scholes
from shapes import chain, many, shared, whole

FIVE = (0, 1, 2, 3, 4)
MARKET = (100.0, 95.0, 0.5, 0.03, 0.2)
SHAPES = {"chain": chain, "shared": shared}


def priced(xp):
    """A new function: the price of a call option by Black and Scholes."""

    def price(S, K, T, r, s):
        return black_scholes(xp, S, K, T, r, s)

    return price


def points(n):
    """n markets, as an array for each of the five numbers."""
    rng = np.random.default_rng(0)
    return [x * rng.uniform(0.5, 2, n) for x in MARKET]


def examples(m, d):
    """Weights, bias, the rows of X and their labels."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((m, d))
    return rng.standard_normal(d) / d, 0.25, X, (rng.random(m) < 0.5).astype(float)


def starts(n):
    """n numbers, at which a chain and a shared graph start."""
    return np.random.default_rng(0).uniform(-1, 1, n)


def first_less_second(make, *args):
    """The time to make a function and call it, less that of its second call."""

    def work():
        start = perf_counter()
        f = make(*args)
        f()
        between = perf_counter()
        f()
        return (between - start) - (perf_counter() - between)

    return work


class Micrograph:
    """``mg.compile``."""

    distribution = "micrograph"

    def __init__(self):
        import micrograph
        from micrograph import compile as mg_compile  # there may be none yet

        self.mg, self.compile = micrograph, mg_compile

    def _prices(self, xs, **options):
        fast = self.compile(priced(self.mg))
        return lambda: fast.value_and_grad(*xs, argnums=FIVE, **options)

    def kept(self, n):
        out = np.empty(n), tuple(np.empty(n) for _ in FIVE)
        return whole(self._prices(points(n), out=out))

    def fresh(self, n):
        return whole(self._prices(points(n)))

    def compiling(self):
        return first_less_second(self._prices, points(1))

    def scalar(self):
        fast = self.compile(priced(self.mg)).value_and_grad
        return many(lambda: fast(*MARKET, argnums=FIVE))

    def bound(self):
        return many(self.compile(priced(self.mg), argnums=FIVE).value_and_grad, *MARKET)

    def logistic(self, m, d):
        def loss(w, b, x, y):
            return self.mg.logistic_loss(self.mg.dot(w, x) + b, y)

        fast, given = self.compile(self.mg.mean_over(loss, "x", "y")), examples(m, d)
        return whole(lambda: fast.value_and_grad(*given, argnums=(0, 1)))

    def operations(self, n):
        def work():
            fast = self.compile(lambda x: shared(x, n // 5, self.mg.tanh))
            return fast.value_and_grad(0.5)

        return whole(work)

    def steps(self, shape, n):
        fast = self.compile(lambda x: SHAPES[shape](x, 40, self.mg.tanh))
        return whole(fast.value_and_grad, starts(n))


class Jax:
    """``jax.jit`` of ``jax.value_and_grad``, in double precision."""

    distribution = "jax"

    def __init__(self):
        import jax

        jax.config.update("jax_enable_x64", True)
        self.jax, self.np = jax, jax.numpy

    def _compiled(self, f, argnums=0, batch=True):
        both = self.jax.value_and_grad(f, argnums)
        return self.jax.jit(self.jax.vmap(both) if batch else both)

    def _prices(self, xs):
        f, xs = self._compiled(priced(Jnp()), FIVE), list(map(self.np.asarray, xs))
        return lambda: self.jax.block_until_ready(f(*xs))

    def fresh(self, n):
        return whole(self._prices(points(n)))

    def as_numpy(self, n):
        """From NumPy's arrays to NumPy's arrays."""
        f, xs = self._compiled(priced(Jnp()), FIVE), points(n)
        return whole(lambda: self.jax.tree.map(np.asarray, f(*xs)))

    def compiling(self):
        return first_less_second(self._prices, points(1))

    def scalar(self):
        f = self._compiled(priced(Jnp()), FIVE, batch=False)
        return many(lambda: self.jax.block_until_ready(f(*MARKET)))

    def logistic(self, m, d):
        def cost(w, b, X, y):
            z = X @ w + b
            return (self.jax.nn.softplus(z) - y * z).mean()

        f, given = self._compiled(cost, (0, 1), batch=False), map(self.np.asarray, examples(m, d))
        return whole(lambda given: self.jax.block_until_ready(f(*given)), [*given])

    def operations(self, n):
        def work():
            f = self._compiled(lambda x: shared(x, n // 5, self.np.tanh), batch=False)
            return self.jax.block_until_ready(f(0.5))

        return whole(work)

    def steps(self, shape, n):
        f = self._compiled(lambda x: SHAPES[shape](x, 40, self.np.tanh))
        return whole(lambda x: self.jax.block_until_ready(f(x)), self.np.asarray(starts(n)))


class Ddx:
    """Kernels by LLVM. They run in one thread, and are not kept from one run to the next."""

    distribution = "ddx-ad"

    def __init__(self):
        import ddx

        self.ddx = ddx

    def __getattr__(self, name):  # as a namespace
        return getattr(self.ddx, name)

    def norm_cdf(self, x):
        return 0.5 * (1 + self.ddx.erf(x * sqrt(0.5)))

    def _priced(self, n):
        model = lambda: priced(self)(*map(self.ddx.var, ("S", "K", "T", "r", "s")))
        return self.ddx.equation(model).compile(points=n, cache_dir="")

    def kept(self, n):
        return whole(self._priced(n).buffer(np.array(points(n))))

    def fresh(self, n):
        return whole(self._priced(n).jacobian, np.array(points(n)))

    def compiling(self):
        def make(xs):
            f = self._priced(1)
            return lambda: f.jacobian(xs)

        return first_less_second(make, np.array(points(1)))

    def scalar(self):
        return many(self._priced(1).jacobian, list(MARKET))

    def bound(self):
        return many(self._priced(1).buffer(np.array(MARKET)))

    def _steps(self, shape, steps, points):
        model = lambda: SHAPES[shape](self.ddx.var("x"), steps, self.ddx.tanh)
        return self.ddx.equation(model).compile(points=points, cache_dir="")

    def operations(self, n):
        return whole(lambda: self._steps("shared", n // 5, 1).jacobian([0.5]))

    def steps(self, shape, n):
        return whole(self._steps(shape, 40, n).jacobian, starts(n)[None, :])


class NumPy:
    """Value and gradient, written by hand."""

    distribution = "numpy"

    def logistic(self, m, d):
        def cost(w, b, X, y):
            z = X @ w + b
            small = np.exp(-np.abs(z))
            value = np.mean(np.maximum(z, 0) + np.log1p(small) - y * z)
            dz = (np.where(z < 0, small, 1) / (1 + small) - y) / m
            return value, (dz @ X, dz.sum())

        return whole(cost, *examples(m, d))

    def reading(self, m, d):
        """X is read once: all cores sum it, each a block. A product with ones took twice as long."""
        X = examples(m, d)[2].ravel()
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        parts, pool = np.array_split(X, cores), ThreadPoolExecutor(cores)
        return whole(lambda: list(pool.map(np.add.reduce, parts)))

    def steps(self, shape, n):
        def chained(x):
            dx = np.ones(n)
            for _ in range(40):
                t = np.tanh((x + 0.25) * 0.75 + 0.5)
                x, dx = t * 0.5, dx * ((1 - t * t) * 0.375)
            return x, dx

        def sharing(x, w=0.5, b=0.25):
            dx = np.ones(n)
            for _ in range(40):
                y = x * w + b
                t = np.tanh(y)
                x, dx = t * 0.5 + y, dx * (((1 - t * t) * 0.5 + 1) * w)
            return x, dx

        return whole({"chain": chained, "shared": sharing}[shape], starts(n))


class Torch:
    """autograd, by all cores."""

    distribution = "torch"

    def __init__(self):
        import torch

        self.torch = torch

    def logistic(self, m, d):
        w, b, X, y = (self.torch.tensor(x, dtype=self.torch.float64) for x in examples(m, d))
        loss = self.torch.nn.functional.binary_cross_entropy_with_logits
        parameters = w.requires_grad_(), b.requires_grad_()
        return whole(lambda: self.torch.autograd.grad(loss(X @ w + b, y), parameters))


class ScikitLearn:
    """What its LogisticRegression minimises. The names are private."""

    distribution = "scikit-learn"

    def __init__(self):
        from sklearn._loss import HalfBinomialLoss
        from sklearn.linear_model._linear_loss import LinearModelLoss

        self.cost = LinearModelLoss(HalfBinomialLoss(), fit_intercept=True)

    def logistic(self, m, d):
        w, b, X, y = examples(m, d)
        return whole(
            lambda: self.cost.loss_gradient(np.append(w, b), X, y, n_threads=os.cpu_count())
        )


ENGINES = {
    "micrograph": Micrograph, "JAX": Jax, "ddx": Ddx, "NumPy": NumPy, "PyTorch": Torch,
    "scikit-learn": ScikitLearn,
}  # fmt: skip


def main(name):
    """One round for each line that comes. A line "null" forgets what was prepared."""
    try:
        engine = ENGINES[name]()
    except ImportError as error:
        print(f"{name} is left out: {error}", file=sys.stderr)
        return
    print(json.dumps(version(engine.distribution)), flush=True)
    prepared = {}
    for line in sys.stdin:
        asked = json.loads(line)
        if asked is None:
            prepared.clear()
            continue
        work, sizes = asked
        if work not in type(engine).__dict__:
            print("null", flush=True)
            continue
        if work not in prepared:
            prepared[work] = getattr(engine, work)(*sizes)
        gc.collect()
        print(json.dumps(prepared[work]()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

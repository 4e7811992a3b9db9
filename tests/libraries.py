"""The array libraries that are tested, and how far their rows may be off.

``python tests/libraries.py`` measures, and prints the table of docs/accuracy.md.
"""

from __future__ import annotations

import math
import sys
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from math import inf
from typing import NamedTuple

import mpmath
import numpy as np

from micrograph.core import TABLE, namespace_of
from micrograph.namespaces.mpmath import MPMATH
from micrograph.testing.points import points

MODULES = {
    "numpy": "numpy",
    "jax": "jax.numpy",
    "array_api_strict": "array_api_strict",
    "dask": "dask.array",
    "torch": "torch",
}
"""The libraries, each with the module that makes its arrays."""

ROWS = [row for row in TABLE.values() if not row.vectors]
N = 60
"""At how many points each row is tried."""


def array(library, numbers, dtype="float64"):
    """The numbers as an array of the library."""
    given = np.asarray(numbers, dtype=dtype)
    if library == "dask":
        return import_module("dask.array").from_array(given, chunks=max(given.shape[0] // 2, 1))
    return import_module(MODULES[library]).asarray(given)


def namespace(library):
    """The namespace of the library's arrays."""
    return namespace_of(array(library, [1.0]))


class Points(NamedTuple):
    """Where a row is tried: its operands as columns, and the truth as mpmath has it."""

    columns: list
    values: list
    partials: list


def plain(row):
    """Which operands must stay plain numbers, such as decimals."""
    return [n in row.static and not (row.operator or row.choice) for n in row.arguments]


def movable(row, xs, i):
    """Whether the operand may move a little both ways without leaving the row's domain."""
    moved = ([*xs[:i], xs[i] + h * (abs(xs[i]) or 1), *xs[i + 1 :]] for h in (-1.1e-9, 1.1e-9))
    return not plain(row)[i] and row.slope_in(i) and all(ys in row.domain for ys in moved)


@lru_cache(None)
def truth(row, n=N):
    """Points of the row's domain of ordinary size, away from kinks, with values and partials."""
    columns, values, partials = [], [], []
    with mpmath.workdps(300):
        for xs in points(row, n):
            if row.name != "constpow":
                whole = 0.0 if "lambertw" in row.name else 2.0
                xs = tuple(whole if fixed else x for x, fixed in zip(xs, plain(row), strict=True))
            exact = [mpmath.mpf(x) for x in xs]
            if xs not in row.domain or not all(x == 0 or 1e-3 <= abs(x) <= 300 for x in xs):
                continue
            if row.kink and row.kink(MPMATH, *exact) == 0:
                continue
            try:
                y = MPMATH.value(row, exact)
                d = row.partials_at(MPMATH, y, exact)
            except (ZeroDivisionError, ValueError):
                continue  # a pole
            if abs(y) < mpmath.mpf("1.7e308"):
                columns.append(xs)
                values.append(y)
                partials.append([d[i] if movable(row, xs, i) else None for i in range(len(xs))])
    return Points(list(zip(*columns, strict=True)), values, partials)


def results(library, columns=lambda row: truth(row).columns, dtype="float64"):
    """Value and partials of each row at its points, and what is said of rows that are refused.

    JAX's are compiled, all rows in one program.

    Args:
        library: The library.
        columns: The operands of a row, as columns of numbers.
        dtype: The type of the arrays.
    """
    xp = namespace(library)
    refused = {}

    def operands(row):
        return [
            c[0] if fixed and row.name != "constpow" else array(library, c, dtype)
            for c, fixed in zip(columns(row), plain(row), strict=True)
        ]

    def run(given):
        found = {}
        for row in ROWS:
            xs = [given[row.name].get(i, x) for i, x in enumerate(operands(row))]
            try:
                y = xp.value(row, xs)
                found[row.name] = [y, *xp.partials(row, y, xs)]
            except NotImplementedError as error:
                refused[row.name] = str(error)
        return found

    arrays = {
        row.name: {i: x for i, x in enumerate(operands(row)) if not isinstance(x, float)}
        for row in ROWS
    }
    compiled = import_module("jax").jit(run) if library == "jax" else run
    return compiled(arrays), refused


def error(found, exact, eps=2.0**-52, least=1e-290):
    """How many units in the last place a number is off; 0 if the true one is hardly a float."""
    size = abs(exact)
    if not least < size < 1.7e308:
        return 0.0 if size < least or found == math.copysign(math.inf, exact) else math.inf
    ulp = eps * 2.0 ** (math.frexp(float(size))[1] - 1)
    return float(abs(mpmath.mpf(float(found)) - exact)) / ulp if math.isfinite(found) else math.inf


def errors(row, found, n=N, **options):
    """The largest error of the row's value, and that of its partials, in ULP."""
    at = truth(row, n)
    found = [np.broadcast_to(np.asarray(y), len(at.values)) for y in found]
    off = lambda ys, exact: max(
        (error(y, e, **options) for y, e in zip(ys, exact, strict=True) if e is not None),
        default=0.0,
    )
    slopes = [off(ys, [d[i] for d in at.partials]) for i, ys in enumerate(found[1:])]
    return off(found[0], at.values), max(slopes, default=0.0)


GOAL = 4.0
"""How many ULP a value and a partial may be off, unless PROMISES says otherwise."""

ROOTS = "next to its roots, where few digits are left"
SCIPYS = "SciPy's erfc, whose exp(−x²) is rounded"
PROMISES = {
    "numpy": {
        **dict.fromkeys(("erfc", "norm_cdf", "gelu"), (400, 4, SCIPYS)),
        "log_norm_cdf": (400, 4, SCIPYS),
        "logaddexp": (10, 4, ROOTS),
        "lgamma": (8, 4, ROOTS),
        "gamma": (6, 8, "SciPy's; the slope is Γ·ψ"),
        **dict.fromkeys(("gammainc", "gammaincc"), (2000, 6, "SciPy's, in the tails")),
        **dict.fromkeys(("gammainc_slope", "gammainc_density"), (inf, inf, ROOTS)),
        "betainc": (2000, 2000, "SciPy's; the factor of the slopes is an exponential"),
        **dict.fromkeys(("betainc_slope", "betainc_density"), (inf, inf, ROOTS)),
        "polygamma": (4, 8, "SciPy's"),
    },
    "jax": {
        "pow": (4, 500, "XLA takes (b − 1) + 1 for b, so the form for a rounded b − 1 is lost"),
        "tanh": (8, 4, "XLA's"),
        "silu": (4, 30, "XLA takes (x − high) − low for x − (high + low): the root is rounded"),
        "silu_slope": (6, 700, "likewise"),
        "gelu_slope": (6, 30, "likewise"),
        **dict.fromkeys(("erfc", "norm_cdf", "log_norm_cdf", "gelu"), (400, 6, "XLA's erfc")),
        "logaddexp": (10, 4, ROOTS),
        **dict.fromkeys(("cross_entropy", "log1mexp"), (100, 4, "XLA's log1p left of 0")),
        "mish": (4, 8, "several factors, each rounded"),
        "gamma": (2000, 2000, "the exponential of lgamma"),
        **dict.fromkeys(("gammainc", "gammaincc"), (2e4, 4e3, "likewise")),
        **dict.fromkeys(("gammainc_slope", "gammainc_density"), (inf, inf, ROOTS)),
        "betainc": (2e4, 2e4, "likewise"),
        **dict.fromkeys(("betainc_slope", "betainc_density"), (inf, inf, ROOTS)),
        "lgamma": (inf, 500, ROOTS),
        "digamma": (500, 6, ROOTS),
        "polygamma": (300, 8, ROOTS),
        # measured: j0 90 and 17, j1 17 and 3, j1_slope 2 and 35, i1e_slope 6 and 8
        "j0": (200, 40, "XLA regroups sums: beside roots few digits are left"),
        "j1": (40, 8, "likewise"),
        "j1_slope": (4, 80, "likewise"),
        "i1e_slope": (16, 16, "likewise"),
    },
    "array_api_strict": {"logaddexp": (10, 4, ROOTS)},
    "torch": {
        "logaddexp": (10, 4, ROOTS),
        "lgamma": (8, inf, "digamma left of 0"),
        "digamma": (inf, 6, "beside poles left of 0, and next to its roots"),
        "polygamma": (300, 8, ROOTS),
    },
}
"""The largest errors of value and partials that differ from the goal, and why."""

PROMISES["dask"] = PROMISES["numpy"]
for _promises in PROMISES.values():
    _promises["logistic_loss"] = (GOAL, inf, "σ(z) − y next to its root, as on floats")
    _promises["logistic_loss_slope"] = (inf, GOAL, "likewise")
    _promises["sinc"] = (GOAL, inf, "its slope next to the slope's roots, as on floats")
    _promises.setdefault("betaln", (inf, 8, "where B(a, b) is next to 1, as on floats"))
    _promises.setdefault("betaln_slope", (GOAL, 8, "a sum of many terms, as on floats"))
    _promises.setdefault(
        "i1e_slope", (GOAL, inf, "its slope next to that slope's roots, as on floats")
    )
    _promises.setdefault("mish_slope", (5, 8, "several factors, each rounded, as on floats"))


def promise(library, row):
    """The largest error of the row's value, and that of its partials."""
    return PROMISES[library].get(row.name, (GOAL, GOAL))[:2]


def written(error):
    """An error for the table."""
    return "all digits" if error > 1e9 else f"{error:,.0f}" if error >= 10 else f"{error:.2g}"


def main(libraries, n=400):
    """Print the table of docs/accuracy.md: rows that miss the goal, or that a library lacks."""
    if "jax" in libraries:
        import_module("jax").config.update("jax_enable_x64", True)
    measured = {
        library: results(library, lambda row: truth(row, n).columns) for library in libraries
    }
    print("| row |", " | ".join(f"{x} {version(x.replace('_', '-'))}" for x in libraries), "|")
    print("|---|", " | ".join("--:" for _ in libraries), "|")
    for row in ROWS:
        cells, misses = [], False
        for found, refused in measured.values():
            pair = None if row.name in refused else errors(row, found[row.name], n)
            misses |= pair is None or max(pair) > GOAL
            cells.append("–" if pair is None else " / ".join(map(written, pair)))
        if misses:
            print(f"| {row.name} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main(sys.argv[1:] or MODULES)

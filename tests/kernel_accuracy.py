"""How far a kernel may be off FLOAT, and which kernels compute several numbers at once.

``python tests/kernel_accuracy.py`` measures, and prints the table of docs/kernels.md.
"""

from __future__ import annotations

import math
import re
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
from kernel_calls import (
    EXTENSION,
    KERNELS,
    PROGRAM,
    ROWS,
    SETS,
    SLOPES,
    at,
    expected,
    given,
    of_row,
    over,
)
from rows import fixed

import micrograph.kernels
from micrograph.namespaces.standalone import APART
from micrograph.special import incomplete
from micrograph.testing.points import points

MVEC = set(re.findall(r"(?:UNARY|BINARY)\((\w+)\)", (
    Path(micrograph.kernels.__file__).with_name("mvec.h").read_text()
)))  # fmt: skip
"""The functions that libmvec has for several numbers at once."""

INSTRUCTIONS = {"fabs", "sqrt", "floor", "ceil", "trunc", "rint", "copysign"}
"""The functions of C's library that are a few instructions for any number of numbers."""

TESTS = {"isnan", "isinf", "isfinite"}
"""Macros of C."""

GOAL = 5
"""By how many units in its last place (ULP) a kernel may differ from FLOAT if libmvec is in it.

A function of libmvec is off by up to 4 itself, says glibc, and by 2.8 where it was measured; Python's
by 1. Few functions and roundings follow. If nothing of libmvec is in a kernel, all bits agree.
"""

WIDER = dict.fromkeys(
    (
        "lambertw_above",
        "lambertw_slope_0",
        "mish_slope",
        "mish_slope_slope_0",
        "silu_slope_slope_0",
    ),
    10,
)
"""The same for kernels that add terms of two signs: 5 to 7 were measured."""

ABSOLUTE = {"logaddexp": 1e-28, "digamma": 1e-28, "lgamma": 1e-28}
"""A difference so small does not count. Next to a root, terms around 1 cancel, of which C's functions
carry some 30 digits, and FLOAT more."""


def _amplitude(x):
    """The size of the waves of J₀ and J₁ at x, on which their first maximum is no limit."""
    return 1 / math.sqrt(max(1.0, abs(x)))


def _gammas(n, a, x):
    """The terms of ∂ⁿ/∂aⁿ of P(a, x) and of its density, none with a minus: they cancel."""
    if not (0 <= n <= 5 and n % 1 == 0 and 1e-290 < a < 1e290 and 1e-290 < x < 1e290):
        return 0.0
    c = incomplete._cumulants(int(n) + 1, a, x, 0)
    size = abs(c[0]) + 8 * (a**-0.5 + x**-0.5 + 1)
    return (
        incomplete.gammainc_density(0, a, x)
        * (1 + x)
        * incomplete.bell(int(n), [size, *map(abs, c[1:])])[int(n)]
    )


SCALE = {
    "logistic_loss_slope": lambda z, y: expected("sigmoid", [z]),
    "betaln": lambda a, b: 1.0,
    **dict.fromkeys(("j0", "j1", "j1_slope"), _amplitude),
    "sinc_slope_0": lambda x: min(abs(x), 1 / (abs(x) + 1e-9)),
    "i1e_slope_slope_0": lambda x: abs(expected("i0e_slope", [x])) * min(1, 5 / (abs(x) + 1e-9)),
    **dict.fromkeys(("gammainc_slope", "gammainc_density", "gammainc_density_slope_2"), _gammas),
}
"""What ULP are counted of where the result is smaller: σ(z) − y has a root that moves with y, and
log B(a, b) a root that moves with b. J₀ and J₁ are waves of this amplitude. The slope of
sinc and the second derivative of i1e have roots, beside terms of this size."""

SIGNS = {"logaddexp", "polygamma"}
"""Rows of which a result that underflows to 0 may have either sign."""

TEXTS = {p.group(1): text for text in PROGRAM.functions
         if (p := re.search(r"^(?:static|INLINE)[\w ]* \*?(\w+)\(", text, re.M))}  # fmt: skip


@cache
def calls(name):
    """The functions of C's library that a kernel calls, and our own functions that it calls."""
    kernel, library, ours = KERNELS[name], set(), set()
    waiting = [*kernel.lines, *kernel.results]
    while waiting:
        text = re.sub(r"/\*.*?\*/", "", waiting.pop(), flags=re.S)
        for function in set(re.findall(r"\b([a-z]\w*)\(", text)) - ours - TESTS:
            if function in TEXTS:
                ours.add(function)
                waiting.append(TEXTS[function].split("{", 1)[1])
            else:
                library.add(function)
    return library, ours


def at_once(name):
    """Whether a kernel computes several numbers at once, where the processor has what it takes."""
    library, ours = calls(name)
    branches = any(re.search(r"\b(if|for|while) \(", TEXTS[function]) for function in ours)
    return not branches and library <= MVEC | INSTRUCTIONS


def allowed(name, one=False):
    """By how many ULP a kernel may differ from FLOAT: over a block, or at one number."""
    library, ours = calls(name)
    by_mvec = not one and library & MVEC and at_once(name)
    apart = max(APART.get(x, 0) for x in (name, *(x.removeprefix("k_") for x in ours)))
    return max(apart, WIDER.get(name, GOAL) if by_mvec else 0)


def error(name, operands, y, truth):
    """How many ULP a kernel's result is off; inf if it is infinite, NaN or a zero and should not be."""
    if math.isnan(truth):
        return 0.0 if math.isnan(y) else math.inf
    if not math.isfinite(truth) or not math.isfinite(y):
        return 0.0 if y == truth else math.inf
    if y == truth:
        signed = math.copysign(1, y) == math.copysign(1, truth) or truth
        return 0.0 if signed or name in SIGNS else math.inf
    if abs(y - truth) < ABSOLUTE.get(name, 0.0):
        return 0.0
    size = max(abs(truth), SCALE[name](*operands) if name in SCALE else 0.0)
    return abs(y - truth) / math.ulp(size)


NOTABLE = (
    0.0, 0.1, 0.5, 1.0, 1.5, 2.0, 3.0, 3.5, 7.25, 11.0, 20.0, 37.5, 40.0, 100.25, 170.5, 171.0, 709.5,
    710.3, 745.5, 1e5, 1e15 + 0.5, 2.0**53, 2.0**62, 2.0**63, 1e22, 1e154, 1e200, 1e308,
    1.7976931348623157e308, 5e-324, 2.2e-308, 1e-300, 1e-160, 1e-17, 1e-9, 1e-5, math.pi, math.pi / 2,
    math.inf, math.nan,
)  # fmt: skip
"""Numbers at which functions change, overflow, underflow, or are not defined."""

FEW = (0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, -3.5, 40.0, -745.0, 1e308, 5e-324, -math.inf, math.inf,
       math.nan)  # fmt: skip


def notable(name):
    """Notable operands of a kernel's row, in all combinations."""
    row = of_row(name)
    several = [*NOTABLE, *(-x for x in NOTABLE)]
    numbers = [several if row.arity == 1 else several if row.arity == 2 else FEW] * row.arity
    numbers = [
        [x for x in xs if x.is_integer() and abs(x) < 100] if fixed(row, i) else xs
        for i, xs in enumerate(numbers)
    ]
    found = list(product(*numbers))
    return within(name, found)


def within(name, found):
    """The operands at which a kernel's bound holds."""
    if not name.startswith("betainc"):
        return found
    # beyond, a factor in pairs of doubles underflows before FLOAT's
    return [xs for xs in found if all(x == 0 or not 1e9 < abs(x) + 1 / abs(x) for x in xs)]


def largest(name, operands, which=None):
    """The largest error of a kernel at these points, and where it is.

    Args:
        name: The kernel.
        operands: Operands of its row.
        which: The set of instructions, by its place in SETS; None if each point is run alone.
    """
    if which is None:
        found = [at(name, given(name, x)) for x in operands]
    else:
        columns = zip(*(given(name, x) for x in operands), strict=True)
        found = over(name, [np.array(x) for x in columns], which).tolist()
    errors = [error(name, x, y, expected(name, x)) for x, y in zip(operands, found, strict=True)]
    worst = max(range(len(errors)), key=errors.__getitem__)
    return errors[worst], operands[worst]


N = 2_000
"""At how many points of its domain each row is measured."""


def main():
    """Print the table of docs/kernels.md."""
    print("| row | at once | blocks | at most | one number | at most | slopes | at most |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    for name, row in ROWS.items():
        slopes = [x for x, (of, _) in SLOPES.items() if of is row]
        cells = _cell([name]), _cell([name], one=True), _cell(slopes)
        print(f"| `{name}` | {'yes' if at_once(name) else 'no'} | {' | '.join(cells)} |")


def _cell(names, one=False):
    """Two cells: the largest error that is found for these kernels now, and the one allowed."""
    if not names:
        return "|"
    ways = [None] if one else range(len(SETS))
    errors = [
        largest(name, within(name, [*map(list, points(of_row(name), N))]), which)[0]
        for name in names
        for which in ways
        if EXTENSION
    ]
    measured = f"{max(errors):.2g}" if errors else "–"
    return f"{measured} | {max(allowed(name, one) for name in names)}"


if __name__ == "__main__":
    main()

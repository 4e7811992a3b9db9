"""The extension's kernels, called one by one, and what FLOAT says in their place."""

from __future__ import annotations

from array import array

import numpy as np

from micrograph.core import TABLE
from micrograph.kernels.build import extension
from micrograph.kernels.header import (
    PAIRED,
    TOGETHER,
    Kernels,
    both_name,
    kernels,
    pair_name,
    partial_of,
    slope_name,
)
from micrograph.namespaces.floats import IEEE, Ieee, unraising

EXTENSION, WHY = extension()

SETS = EXTENSION.SETS if EXTENSION else ()
"""The sets of instructions of this processor, the best first."""

PROGRAM = Kernels("k_")
KERNELS = {kernel.name: kernel for kernel in kernels(PROGRAM)}
"""The kernels, by name."""

ROWS = {row.name: row for row in TABLE.values() if not row.vectors}
"""The rows that are kernels, by name."""

SLOPES = {
    name: (row, k)
    for row in ROWS.values()
    for k in range(row.arity)
    if (name := slope_name(row, k)) in KERNELS
}
"""The row of each kernel that is a slope, and the operand that it is the slope by."""

PAIRS = {
    pair_name(inner, outer, side): (inner, outer, side)
    for inner in PAIRED
    for outer in PAIRED
    for side in (0, 1)
}
"""The two rows of each kernel that is a pair, and which operand of the outer row the inner one is."""

BOTH = {both_name(first, second): (first, second) for first, second, _ in TOGETHER}
"""The two rows that a kernel computes at once."""


def over(name, columns, which=0):
    """What a kernel computes of columns of operands: an array, or two if it is in BOTH.

    Args:
        name: The kernel.
        columns: An array of doubles for each operand.
        which: The set of instructions, by its place in SETS.
    """
    arity, n = len(columns), len(columns[0])
    runner = EXTENSION.Runner(
        _step(name, arity), array("q"), array("q", [1] * (arity + 2)), {}, 64, which
    )
    columns = [np.ascontiguousarray(x, float) for x in columns]
    found = np.empty(n), np.empty(n)
    arrays = {slot: (x.ctypes.data, 1) for slot, x in enumerate(columns)}
    results = {arity + slot: (y.ctypes.data, 1) for slot, y in enumerate(found)}
    runner.run(arrays, {}, 0, n, results)
    return found if name in BOTH else found[0]


def at(name, operands):
    """What a kernel computes of one point: a number, or two if it is in BOTH."""
    arity = len(operands)
    numbers = array("d", [0.0] * (arity + 2))
    found = EXTENSION.Point(_step(name, arity), array("q"), numbers, arity, 2)(*operands)
    return found if name in BOTH else found[0]


def _step(name, arity):
    """The step of a kernel: the operands come first, and the results after them."""
    operands = [*range(arity), *[0] * (4 - arity)]
    if name in BOTH:
        operands[3] = arity + 1
    return array("i", (EXTENSION.OPERATIONS[name], 1, arity, *operands, 0))


def of_row(name):
    """The row of a kernel that is a row or a slope."""
    return SLOPES[name][0] if name in SLOPES else ROWS[name]


def given(name, operands):
    """The operands of a kernel: those of a row, after the row's value if the kernel is a slope."""
    if name in SLOPES:
        return [unraising(SLOPES[name][0], operands), *operands]
    return list(operands)


def expected(name, operands):
    """What FLOAT computes of the operands of a row, with infinities and NaN in place of errors."""
    if name not in SLOPES:
        return unraising(ROWS[name], operands)
    row, k = SLOPES[name]
    y = unraising(row, operands)
    return float(partial_of(row, k)(IEEE, Ieee(y), *map(Ieee, operands)))

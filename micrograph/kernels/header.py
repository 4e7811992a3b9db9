"""The rows as C kernels: each computes a row for a block of points. Printed when the package is built.

An operation of the kernels is a row, a slope of a row, or a pair of arithmetic rows. Each is printed
as two C functions: ``at_<name>`` computes one number, ``over_<name>`` fills a block of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

from ..core import TABLE, Primitive
from ..namespaces.c import Number, _text
from ..namespaces.standalone import Program, _Body

PAIRED = ("add", "sub", "mul", "div", "azmul")
"""Rows so cheap that two of them, of which one is an operand of the other, share one kernel."""

REDUCED = ("prod", "max", "min", "hypot", "dist", "logsumexp")
"""Rows of vectors that have a C function of their own. Sums are chains of additions."""

SHORT = 2
"""A slope of so few steps has no kernel of its own."""


class Kernel(NamedTuple):
    """An operation of the kernels.

    Attributes:
        name: What the operation is called, an identifier of C.
        arity: The number of its operands.
        lines: The lines of C that compute it from the operands a, b, c, d.
        result: The expression that is the result.
    """

    name: str
    arity: int
    lines: Sequence[str]
    result: str


class Kernels(Program):
    """The C functions that kernels need. They are written into the kernels, so that SIMD serves."""

    def written(self, row: Primitive, operands: Sequence[str], lines: list[str]) -> str:
        """As of any program. Of x**n and of a rounding to a whole number C knows the faster forms."""
        if row.name in ("pow", "constpow"):
            return f"pow({', '.join(operands)})"
        if row.name == "round" and operands[1] == "0.0":
            return f"rint({operands[0]})"
        if row.name == "azmul":
            return "{0} == 0.0 ? 0.0 : {0} * {1}".format(*operands)
        return super().written(row, operands, lines)

    def _function(self, row: Primitive, length: int, called: str) -> str:
        """As of any program: but what a formula says is written into the kernel that calls it."""
        return super()._function(row, length, called).replace("static", "INLINE", 1)


def slope_name(row: Primitive, k: int) -> str:
    """What the kernel of ∂row/∂operand k is called."""
    return f"{row.name}_slope_{k}"


def pair_name(inner: str, outer: str, side: int) -> str:
    """What the kernel of two rows is called. The inner row is operand ``side`` of the outer row."""
    return f"{inner}_{outer}_{side}"


def kernels(program: Kernels) -> list[Kernel]:
    """The kernels of all rows of numbers, of slopes that take more than a step or two, and of pairs."""
    found = []
    for row in TABLE.values():
        if row.vectors:
            continue
        found.append(
            _kernel(program, row.name, row.arity, lambda xp, *x, r=row: getattr(xp, r.name)(*x))
        )
        for k in range(row.arity):
            if row.slope_in(k):
                rule = partial_of(row, k)
                kernel = _kernel(program, slope_name(row, k), row.arity + 1, rule)
                if len(kernel.lines) > SHORT:
                    found.append(kernel)
    return [*found, *map(_pair, *zip(*product(PAIRED, PAIRED, (0, 1)), strict=True))]


def partial_of(row: Primitive, k: int) -> Callable[..., Any]:
    """The rule of one slope: ``(xp, y, *operands)`` → ∂y/∂operand k."""
    return lambda xp, y, *operands: row.partials(xp, y, *operands)[k]


def _kernel(program: Kernels, name: str, arity: int, rule: Callable[..., Any]) -> Kernel:
    body = _Body(program)
    result = _text(rule(body, *(Number(body, x) for x in "abcd"[:arity])))
    wanted, lines = set(re.findall(r"\w+", result)), []
    for line in reversed(body.lines):
        if wanted & set(re.findall(r"^const double (\w+)", line)):
            lines.append(line)
            wanted.update(re.findall(r"\w+", line))
    return Kernel(name, arity, lines[::-1], result)


def _pair(inner: str, outer: str, side: int) -> Kernel:
    program = Kernels("")
    first = program.written(TABLE[inner], ["a", "b"], [])
    operands = ("inner", "c") if side == 0 else ("c", "inner")
    return Kernel(
        pair_name(inner, outer, side),
        3,
        [f"const double inner = {first};"],
        program.written(TABLE[outer], operands, []),
    )


def header(fingerprint: str) -> str:
    """The C header with all kernels, and this fingerprint in it."""
    program = Kernels("k_")
    found = kernels(program)
    reduced = [program.reduced(TABLE[name], "ab"[: TABLE[name].vectors], 0) for name in REDUCED]
    return "\n".join([
        "/* The kernels of micrograph's rows, printed by kernels/header.py when it was built. */",
        *sorted(program.includes),
        f'#define KERNELS_FINGERPRINT "{fingerprint}"',
        *program.functions,
        *map(_printed, found),
        f"#define EACH_KERNEL(DO) {' '.join(f'DO({x.name}, {x.arity})' for x in found)}",
        f"#define EACH_REDUCED(DO) {' '.join(f'DO({n}, {TABLE[n].vectors})' for n in REDUCED)}",
        "",
    ])  # fmt: skip


def _printed(kernel: Kernel) -> str:
    listed = ", ".join(f"double {x}" for x in "abcd"[: kernel.arity])
    body = "\n".join(f"    {line}" for line in [*kernel.lines, f"return {kernel.result};"])
    return f"INLINE double at_{kernel.name}({listed})\n{{\n{body}\n}}"

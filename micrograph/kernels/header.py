"""The rows as C kernels, printed when the package is built.

An operation of the kernels is a row, a slope of a row, or two rows at once. It is printed as a
function ``at_<name>`` for one number. ``blocks.c`` makes of it the kernel that fills a block.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

from ..core import TABLE, Primitive
from ..namespaces.c import Number, _text
from ..namespaces.standalone import Program, _Body
from ..special import normal

PAIRED = ("add", "sub", "mul", "div", "azmul")
"""Rows so cheap that two of them, of which one is an operand of the other, share one kernel."""

REDUCED = ("prod", "max", "min", "hypot", "dist", "logsumexp", "log_largest_share")
"""Rows of vectors that have a C function of their own. Sums are chains of additions."""

TOGETHER: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("norm_cdf", "norm_pdf", lambda xp, x: (
        normal.norm_cdf(xp, x, p := xp.norm_pdf(x)), p)),
    ("log_norm_cdf", "inverse_mills", lambda xp, x: (xp.log_norm_cdf(x), xp.inverse_mills(x))),
    ("logistic_loss", "logistic_loss_slope", lambda xp, z, y: (
        xp.logistic_loss(z, y), xp.logistic_loss_slope(z, y))),
    ("softplus", "sigmoid", lambda xp, x: (xp.softplus(x), xp.sigmoid(x))),
    ("silu", "silu_slope", lambda xp, x: (xp.silu(x), xp.silu_slope(x))),
    ("gelu", "gelu_slope", lambda xp, x: (xp.gelu(x), xp.gelu_slope(x))),
)  # fmt: skip
"""Two rows of the same operands that have an exponential in common, and what computes both."""

SHORT = 2
"""A slope of so few steps has no kernel of its own."""


class Kernel(NamedTuple):
    """An operation of the kernels.

    Attributes:
        name: What the operation is called, an identifier of C.
        arity: The number of its operands.
        lines: The lines of C that compute it from the operands a, b, c, d.
        results: The expression that is the result, or two.
    """

    name: str
    arity: int
    lines: Sequence[str]
    results: Sequence[str]


class Kernels(Program):
    """The C functions that kernels need. They are written into the kernels, so that SIMD serves."""

    def written(self, row: Primitive, operands: Sequence[str], lines: list[str]) -> str:
        """As of any program; but C knows faster forms of x**n and of rounding to whole numbers."""
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


MOST = 4  # operands of a step, see blocks.h


def slope_name(row: Primitive, k: int) -> str:
    """What the kernel of ∂row/∂operand k is called."""
    return f"{row.name}_slope_{k}"


def pair_name(inner: str, outer: str, side: int) -> str:
    """What the kernel of two rows is called. The inner row is operand ``side`` of the outer row."""
    return f"{inner}_{outer}_{side}"


def both_name(first: str, second: str) -> str:
    """What the kernel that computes two rows of the same operands is called."""
    return f"{first}_and_{second}"


def kernels(program: Kernels) -> list[Kernel]:
    """The kernels of all rows of numbers, of slopes that take several steps, and of two rows."""
    found = []
    for row in TABLE.values():
        if row.vectors:
            continue
        found.append(_kernel(program, row.name, row.arity, _of_row(row)))
        for k in range(row.arity):
            if row.slope_in(k) and row.arity < MOST:  # the value is one more operand
                rule = partial_of(row, k)
                kernel = _kernel(program, slope_name(row, k), row.arity + 1, rule)
                if len(kernel.lines) > SHORT:
                    found.append(kernel)
    return [*found, *map(_pair, *zip(*product(PAIRED, PAIRED, (0, 1)), strict=True))]


def _of_row(row: Primitive) -> Callable[..., Any]:
    return lambda xp, *operands: getattr(xp, row.name)(*operands)


def partial_of(row: Primitive, k: int) -> Callable[..., Any]:
    """The rule of one slope: ``(xp, y, *operands)`` → ∂y/∂operand k."""
    return lambda xp, y, *operands: row.partials(xp, y, *operands)[k]


def _kernel(program: Kernels, name: str, arity: int, rule: Callable[..., Any]) -> Kernel:
    body = _Body(program)
    found = rule(body, *(Number(body, x) for x in "abcd"[:arity]))
    results = [_text(y) for y in (found if isinstance(found, tuple) else (found,))]
    wanted, lines = set(re.findall(r"\w+", " ".join(results))), []
    for line in reversed(body.lines):
        if wanted & set(re.findall(r"^const double (\w+)", line)):
            lines.append(line)
            wanted.update(re.findall(r"\w+", line))
    return Kernel(name, arity, lines[::-1], results)


def _pair(inner: str, outer: str, side: int) -> Kernel:
    program = Kernels("")
    first = program.written(TABLE[inner], ["a", "b"], [])
    operands = ("inner", "c") if side == 0 else ("c", "inner")
    return Kernel(
        pair_name(inner, outer, side),
        3,
        [f"const double inner = {first};"],
        [program.written(TABLE[outer], operands, [])],
    )


def header(fingerprint: str) -> str:
    """The C header with all kernels, and this fingerprint in it."""
    program = Kernels("k_")
    found = kernels(program)
    both = [
        _kernel(program, both_name(first, second), TABLE[first].arity, rule)
        for first, second, rule in TOGETHER
    ]
    for name in REDUCED:  # so that the program has their functions
        program.reduced(TABLE[name], "ab"[: TABLE[name].vectors], 0)
    each = {
        "EACH_KERNEL": [(x.name, x.arity) for x in found],
        "EACH_BOTH": [(x.name, x.arity) for x in both],
        "EACH_REDUCED": [(name, TABLE[name].vectors) for name in REDUCED],
    }
    return "\n".join([
        "/* The kernels of micrograph's rows, printed by kernels/header.py when it was built. */",
        *sorted(program.includes),
        f'#define KERNELS_FINGERPRINT "{fingerprint}"',
        *program.functions,
        *map(_printed, [*found, *both]),
        *(f"#define {macro}(DO) {' '.join(f'DO({name}, {n})' for name, n in pairs)}"
          for macro, pairs in each.items()),
        "",
    ])  # fmt: skip


def _printed(kernel: Kernel) -> str:
    listed = [f"double {x}" for x in "abcd"[: kernel.arity]]
    y, *more = kernel.results
    if more:
        listed += ["double *first", "double *second"]
        lines = [*kernel.lines, f"*first = {y};", f"*second = {more[0]};"]
    else:
        lines = [*kernel.lines, f"return {y};"]
    body = "\n".join(f"    {line}" for line in lines)
    returns = "void" if more else "double"
    return f"INLINE {returns} at_{kernel.name}({', '.join(listed)})\n{{\n{body}\n}}"

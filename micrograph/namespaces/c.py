"""C: the rows as the text of C functions. Each function computes a row's value and its partials.

``header()`` prints the functions for the compiled ``Value``. They compute what FLOAT computes, to
the last bit. If Python's ``math`` merely calls a function of C's library, the C function calls it
too. A row that FLOAT computes by its stable form is written out in that form. Everything else is
computed by calling Python. If Python would raise, the C function returns NO, and Python's own code
runs instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..core import TABLE, Namespace, Primitive, attach
from .floats import FLOAT
from .text import formula

SIGNS = {
    "add": "{} + {}", "sub": "{} - {}", "mul": "{} * {}", "div": "{} / {}", "neg": "-{}",
    "lt": "{} < {}", "le": "{} <= {}", "gt": "{} > {}", "ge": "{} >= {}",
    "eq": "{} == {}", "ne": "{} != {}", "where": "{} ? {} : {}", "abs": "fabs({})",
    "floor": "floor({}) + 0.0", "ceil": "ceil({}) + 0.0", "trunc": "trunc({}) + 0.0",  # no -0.0
}  # fmt: skip
"""Rows that C writes in its own way.

Of those that are not in LIBRARY too, only "div" can raise in Python: if the divisor is 0.
"""

LIBRARY = {
    "floor", "ceil", "trunc", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow",
    "sqrt", "cbrt", "copysign", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh",
    "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc",
}  # fmt: skip
"""The functions of C's library by which Python's ``math`` computes, if the result is finite.

If the result is not finite, the C function returns NO.
"""

AS_THE_ROW_SAYS = ("sigmoid", "azmul")
"""Rows that FLOAT overrides only to be fast: C may use the row's own stable form."""


class Number:
    """A number in a C function: the text of a variable or literal, and the function it is in."""

    __slots__ = ("function", "text")

    def __init__(self, function: Function, text: str) -> None:
        self.function, self.text = function, text

    def __bool__(self) -> bool:
        raise TypeError("a number in C is not known yet; a rule chooses with xp.where")


class Function(Namespace):
    """The operations on the numbers of one C function. Each operation adds a line to it."""

    def __init__(self) -> None:
        super().__init__("C", {})
        self.lines: list[str] = []
        self.known: dict[str, Number] = {}  # by expression: each is written once
        self.asked: set[str] = set()

    def spell(self, row: Primitive) -> Callable[..., Any]:
        """The operation that writes this row in C."""

        def write(*arguments: Any) -> Any:
            operands = row.flat(arguments)
            if not any(isinstance(x, Number) for x in operands):
                return getattr(FLOAT, row.name)(*arguments)  # of constants: computed now
            name = "pow" if row.name == "constpow" else row.name
            texts = [_text(x) for x in operands]
            listed = ", ".join(texts)
            if name in SIGNS or name in LIBRARY:
                unless = "!isfinite({})" if name in LIBRARY else ""
                if name == "div" and isinstance(operands[1], Number):
                    unless = f"{texts[1]} == 0.0"
                return self.let(SIGNS.get(name, f"{name}({listed})").format(*texts), unless)
            if row.stable and (name in AS_THE_ROW_SAYS or name not in FLOAT.atoms):
                return row.stable(self, *arguments)
            self.asked.add(name)
            return self.let(
                f"ask(ASK_{name}, {len(operands)}, (const double[]){{{listed}}})",
                unless="{} == -1.0 && PyErr_Occurred()",
            )

        return write

    def let(self, expression: str, unless: str = "") -> Number:
        """The variable that holds this expression.

        If the condition ``unless`` holds, the function returns NO. {} in the condition is the
        variable.
        """
        if expression not in self.known:
            y = self.known[expression] = Number(self, f"v{len(self.known) + 1}")
            self.lines.append(f"const double {y.text} = {expression};")
            refusal = f"if ({unless.format(y.text)}) return NO;"
            if unless and refusal not in self.lines:
                self.lines.append(refusal)
        return self.known[expression]


def _text(x: Any) -> str:
    if isinstance(x, Number):
        return x.text
    x = float(x)
    if math.isinf(x):
        return "INFINITY" if x > 0 else "(-INFINITY)"
    return "NAN" if math.isnan(x) else repr(x) if math.copysign(1.0, x) > 0 else f"({x!r})"


def _of_numbers(row: Primitive) -> Callable[..., Any]:
    def operation(*operands: Any) -> Any:
        function = next(x.function for x in operands if isinstance(x, Number))
        return getattr(function, row.name)(*operands)

    return operation


for _row in TABLE.values():
    if not _row.vectors:
        attach(Number, _row, _of_numbers(_row))


def function(row: Primitive) -> tuple[str, set[str]]:
    """The C function of a row, and the names of the rows that it asks Python to compute."""
    xp = Function()
    operands = [Number(xp, name) for name in row.arguments]
    y = getattr(xp, row.name)(*operands)
    partials = row.partials(xp, y, *operands)
    lines = [
        *(f"const double {x.text} = operands[{i}];" for i, x in enumerate(operands)),
        *xp.lines,
        f"*result = {_text(y)};",
        *(f"partials[{i}] = {_text(d)};" for i, d in enumerate(partials)),
        "return YES;",
    ]
    body = "\n".join(f"    {line}" for line in lines)
    return (
        f"/* {formula(row, row.arguments)} */\n"
        f"static int row_{row.name}(const double *operands, double *result, double *partials)\n"
        f"{{\n{body}\n}}\n"
    ), xp.asked


HEADER = """\
/* The rows of micrograph's table, printed from primitives.py by namespaces/c.py when it was built.

   A function takes a row's operands and fills in its value and partials. It answers NO where Python
   would raise, or knows better. */

#define FINGERPRINT "{fingerprint}"

enum {{ NO, YES }};
typedef int (*Function)(const double *operands, double *result, double *partials);

/* What is asked of Python, so that it is what plain Python computes: FLOAT's functions. */
enum {{ {asked}, ASKED_OF_PYTHON }};
static const char *const ASKED[] = {{ {names} }};
static double ask(int which, int n, const double *operands);

{functions}
/* The rows above, and those of one operand. */
#define EACH_ROW(DO) {rows}
#define EACH_UNARY(DO) {unary}
"""


MOST = 3  # operands of a row that the engine records by itself


def header(fingerprint: str) -> str:
    """The C header with every row of numbers, and this fingerprint in it.

    Rows of vectors, and of more operands than the engine's nodes have, are left to Python.
    """
    rows = [row for row in TABLE.values() if not row.vectors and row.arity <= MOST]
    printed = [function(row) for row in rows]
    asked = sorted(set().union(*(names for _, names in printed)))
    return HEADER.format(
        fingerprint=fingerprint,
        asked=", ".join(f"ASK_{name}" for name in asked),
        names=", ".join(f'"{name}"' for name in asked),
        functions="\n".join(text for text, _ in printed),
        rows=" ".join(f"\\\n    DO({row.name})" for row in rows),
        unary=" ".join(f"\\\n    DO({row.name})" for row in rows if row.arity == 1),
    )

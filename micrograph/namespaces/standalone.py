"""C without Python: the rows as C functions that need nothing but C's own library.

A Program is the functions that one file of C needs: ``program.written(row, ["x", "2.0"])`` is the
expression that computes a row, and the functions that this takes are then in ``program.functions``.
The rules are run on the numbers of ``namespaces/c.py``. Unlike the compiled engine's, these
functions never ask Python, and never raise: outside a domain they are infinite or NaN, as IEEE is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from .. import primitives
from ..core import KINDS, TABLE, Namespace, Primitive
from .c import LIBRARY, SIGNS, Function, Number, _text
from .c_library import SOURCES, needs, source
from .floats import unraising

OF_C = {  # how C writes a row, if not as the compiled engine does
    "where": "{} != 0.0 ? {} : {}",
    "stop_gradient": "{}",
    "identity": "{}",
    "degrees": f"{{}} * {180 / math.pi!r}",
    "radians": f"{{}} * {math.pi / 180!r}",
    "fmod": "fmod({}, {})",
    "gamma": "tgamma({})",
}

APART = {
    "gamma": 10, "lgamma": 4, "digamma": 4, "polygamma": 4, "logaddexp": 2, "logsumexp": 2,
    "hypot": 1, "dist": 1,
    **dict.fromkeys(("gammainc", "gammaincc", "gammainc_slope", "gammainc_density"), 4),
    **dict.fromkeys(("betainc", "betainc_slope", "betainc_density"), 4),
}  # fmt: skip
"""By how many units in the last place the C function of a row may differ from FLOAT's.

Next to a root of a slope of the incomplete functions, terms cancel. There both may differ by a
rounding of these terms.
"""

SHORT = 8
"""A sum of so few elements is written out."""


class Program:
    """The C functions that a file needs, operands before those that use them.

    Args:
        prefix: What their names begin with. They are ``static``.

    Attributes:
        functions: The text of each function, and of the type of pairs.
        includes: The headers that they need.
        inexact: The names of rows of which the last bits may differ from FLOAT's.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix, self.functions = prefix, list[str]()
        self.includes = {"#include <float.h>", "#include <math.h>"}
        self.inexact: set[str] = set()
        self._names: dict[Any, str] = {}
        self._arrays = count(1)

    def written(self, row: Primitive, operands: Sequence[str], lines: list[str]) -> str:
        """The expression that computes the row at operands that are names or literals.

        Args:
            row: The row.
            operands: The operands, vectors end to end.
            lines: The lines of C before the expression. An array that it takes is added to them.

        Raises:
            TypeError: If the row has no formula, but Python code alone.
        """
        if is_ours(row):
            name = "pow" if row.name == "constpow" else row.name
            if name in APART:
                self.inexact.add(name)
            if name in OF_C or name in SIGNS:
                return OF_C.get(name, SIGNS.get(name, "")).format(*operands)
            if row.vectors and name in ("sum", "dot", "mean") and 0 < len(operands) <= SHORT:
                vectors = row.arrange(operands)
                terms = " + ".join(" * ".join(pair) for pair in zip(*vectors, strict=True))
                return f"({terms}) / {len(operands)}.0" if name == "mean" else terms
            if name in SOURCES:
                return f"{self._source(name)}({self._laid_out(row, operands, lines)})"
            if name in LIBRARY:
                return f"{name}({', '.join(operands)})"
        length = len(operands) // row.vectors if row.vectors else 0
        return f"{self._of_row(row, length)}({self._laid_out(row, operands, lines, False)})"

    def array(self) -> str:
        """A new name for an array in a function: of_1, of_2 …."""
        return f"of_{next(self._arrays)}"

    def reduced(self, row: Primitive, arrays: Sequence[str], length: int) -> str:
        """The expression that computes a row of vectors, given as pointers to their elements."""
        listed = ", ".join(arrays)
        if is_ours(row) and row.name in SOURCES:
            self.inexact.update({row.name} & APART.keys())
            return f"{self._source(row.name)}({listed}, {length})"
        return f"{self._of_row(row, length)}({listed})"

    def _laid_out(
        self, row: Primitive, operands: Sequence[str], lines: list[str], counted: bool = True
    ) -> str:
        if not row.vectors:
            return ", ".join(operands)
        arrays: list[str] = []
        for vector in row.arrange(operands):
            arrays.append(self.array())
            listed = ", ".join(vector) or "0.0"  # an empty array is not C
            lines.append(f"const double {arrays[-1]}[] = {{{listed}}};")
        return ", ".join([*arrays, *([str(len(operands) // row.vectors)] if counted else [])])

    def _source(self, name: str) -> str:
        if name not in self._names:
            self._names[name] = self.prefix + name
            for other in needs(name):
                self._source(other) if other in SOURCES else self._of_row(TABLE[other], 0)
            lines = source(name, self.prefix).splitlines()
            self.includes.update(line for line in lines if line.startswith("#include"))
            self.functions.append("\n".join(x for x in lines if not x.startswith("#include")))
        return self._names[name]

    def _of_row(self, row: Primitive, length: int) -> str:
        """The function of a row, made from its formula; of vectors, one for this length."""
        if (row, length) not in self._names:
            if row.stable is None:
                raise TypeError(
                    f"the row {row.name!r} is Python code, which C can't hold; make the row from a "
                    "formula"
                )
            fit = re.sub(r"\W", "", row.name, flags=re.ASCII)
            fit += f"_{length}" if row.vectors else ""
            fit = self.prefix + ("" if is_ours(row) else "row_") + fit
            taken = self._names.values()
            called = next(name for k in count() if (name := f"{fit}{k or ''}") not in taken)
            self._names[row, length] = called
            self.functions.append(self._function(row, length, called))
        return self._names[row, length]

    def _function(self, row: Primitive, length: int, called: str) -> str:
        body = _Body(self)
        given = [f"x{i}" for i in range(row.arity)]
        numbers = [Number(body, x) for x in given]
        vectors = [[Number(body, f"{x}[{i}]") for i in range(length)] for x in given]
        assert row.stable
        y = row.stable(body, *(vectors if row.vectors else numbers))
        lines = [*body.lines, f"return {_text(y)};"]
        used = set(re.findall(r"\w+", " ".join(lines)))
        unused = [f"(void){x};" for x in given if x not in used]
        kind = "const double *" if row.vectors else "double "
        parameters = ", ".join(kind + x for x in given)
        text = "\n".join(f"    {line}" for line in [*unused, *lines])
        return f"static double {called}({parameters})\n{{\n{text}\n}}"


class _Body(Function):
    """The operations on the numbers of one C function, by the functions of a program."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program

    def spell(self, row: Primitive) -> Callable[..., Any]:
        def write(*arguments: Any) -> Any:
            operands = row.flat(arguments)
            if not any(isinstance(x, Number) for x in operands):
                return unraising(row, operands)
            return self.let(self.program.written(row, list(map(_text, operands)), self.lines))

        return write


class _Numbers(Namespace):
    """The namespace by which a row finds the function of the numbers that it is called with."""

    def apply(self, row: Primitive, arguments: Sequence[Any]) -> Any:
        function = next(x.function for x in row.flat(arguments) if isinstance(x, Number))
        return getattr(function, row.key)(*arguments)


KINDS[Number] = _Numbers("C", {}, rank=2)


def is_ours(row: Primitive) -> bool:
    """Whether the row is of the package's own table, and not one that a user added."""
    return getattr(primitives, row.name, None) is row

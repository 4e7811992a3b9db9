"""JavaScript: the rows as functions for a page, values and partials.

The rules are run on the numbers of ``namespaces/c.py``, whose text here is JavaScript. The rows
compute what IEEE floats compute. To the last bit they do so if ``Math`` is not asked. If it is, the
result depends on the browser: ``APART`` says how far apart Python and V8 were found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..core import TABLE, Primitive
from ..special import error
from .c import LIBRARY, SIGNS, Function, Number, _text
from .c_library import SOURCES, source
from .floats import unraising
from .javascript_library import NAMES, OWN, translated
from .standalone import OF_C, is_ours

OF_JAVASCRIPT = {  # how JavaScript writes a row, if not as C does
    **{name: f"+({SIGNS[name]})" for name in ("lt", "le", "gt", "ge")},  # a number, no boolean
    "eq": "+({} === {})",
    "ne": "+({} !== {})",
    "where": "{} !== 0 ? {} : {}",  # NaN counts as true, as in Python
    "fmod": "{} % {}",
}

FORMS: dict[str, Callable[..., Any]] = {"erf": error.erf, "erfc": error.erfc}
"""Atoms that ``Math`` lacks, in ordinary arithmetic."""

PARTIALS = {"prod": "...$products_of_others(x)"}
"""Partials that no rule writes for vectors of any length."""


APART = {
    "gamma": 10, "lgamma": 4, "digamma": 4, "polygamma": 10, "mish_slope": 8,
    "gammainc_slope": 400, "gammainc_density": 16,  # terms cancel next to roots: 208 and 6 measured
}  # fmt: skip
"""By how many units in the last place a value or partial may differ from FLOAT's.

It is 4 for other rows that call ``Math`` for more than arithmetic, 0 for the rest. The most that
was measured in V8 at some 2,600 points a row: 5 for gamma and for the slope of mish_slope, 7 for
polygamma, 4 for the slope of cbrt, 3 for erfc and the normal distribution, 2 for all others. Two
forms cancel, so that the error of an exponential grows: near its roots the slope of logistic_loss
keeps some 2e-16 absolutely.
"""


class Vector(Number):
    """A vector of any length in JavaScript. A rule computes with it as with a number."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[Number]:
        """The number of elements, as arrays have it."""
        return (Number(self.function, f"{self.text}.length"),)


class Body(Function):
    """The operations on the numbers of one JavaScript function, by the functions of a program."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.name, self.program = "JavaScript", program

    def spell(self, row: Primitive) -> Callable[..., Any]:
        """The operation that writes this row in JavaScript."""

        def write(*arguments: Any) -> Any:
            if row.vectors and isinstance(arguments[0], Vector):
                texts = [x.text for x in arguments]
                return self.hold(self.program.reduced(row, texts), Number)
            operands = row.flat(arguments)
            if not any(isinstance(x, Number) for x in operands):
                return unraising(row, operands)
            texts = [x.text + "[i]" if isinstance(x, Vector) else _text(x) for x in operands]
            written = self.program.written(row, texts)
            vector = next((x for x in operands if isinstance(x, Vector)), None)
            if vector is not None:
                return self.hold(f"{vector.text}.map((_, i) => {written})", Vector)
            return self.hold(written, Number)

        return write

    def hold(self, expression: str, kind: type[Number]) -> Number:
        """The variable that holds this expression."""
        if expression not in self.known:
            self.known[expression] = kind(self, f"v{len(self.known) + 1}")
            self.lines.append(f"const {self.known[expression].text} = {expression};")
        return self.known[expression]


class Program:
    """The JavaScript functions that some rows need.

    Attributes:
        functions: Their texts by name.
    """

    def __init__(self) -> None:
        self.functions: dict[str, str] = {}
        self._names: dict[Primitive, str] = {}

    def written(self, row: Primitive, operands: Sequence[str]) -> str:
        """The expression that computes the row at operands that are names or literals.

        Raises:
            TypeError: If the row has no formula, but Python code alone.
        """
        if not is_ours(row):
            return f"{self._of_row(row)}({', '.join(operands)})"
        name = "pow" if row.name == "constpow" else row.name
        if name == "exp2":  # Math has none
            return self.written(TABLE["pow"], ["2.0", *operands])
        if row.vectors:
            return self.reduced(row, [f"[{', '.join(x)}]" for x in row.arrange(operands)])
        if name in OWN or name in SOURCES:
            called = self._source(name)
        elif pattern := OF_JAVASCRIPT.get(name) or OF_C.get(name) or SIGNS.get(name):
            self._needed(pattern)
            return pattern.format(*operands)
        elif name in LIBRARY and name not in FORMS:
            self._needed(called := name)
        else:
            called = self._of_row(row)
        return f"{called}({', '.join(operands)})"

    def reduced(self, row: Primitive, arrays: Sequence[str]) -> str:
        """The expression that computes a row of vectors, of names or literals of arrays."""
        return f"{self._source(row.name)}({', '.join(arrays)}, {arrays[0]}.length)"

    def printed(self, row: Primitive) -> str:
        """The row as an object with the functions ``value``, ``partials`` and ``reaches``."""
        names = ["p", "q"][: row.vectors] if row.vectors > 1 else _variables(row.arity)
        start = ["const n = x.length / 2, p = x.slice(0, n), q = x.slice(n);"] * (row.vectors > 1)
        given = ["...x"] if row.vectors else names
        written = self.reduced if row.vectors else self.written
        value = _arrow(given, start, written(row, names))
        partials = _arrow(["y", *given], *self._partials(row, names, start))
        self._needed(partials)
        sloped = [i for i in range(row.arity) if row.slope_in(i)]
        reaches = "true" if row.vectors or len(sloped) == row.arity else f"{sloped}.includes(i)"
        if row.choice:
            reaches += " && partial !== 0"  # the partial of an operand that was not chosen
        fields = {"value": value, "partials": partials, "reaches": f"(i, partial) => {reaches}"}
        lines = "".join(f"  {name}: {function},\n" for name, function in fields.items())
        return f"{{\n{lines}}}"

    def _partials(
        self, row: Primitive, names: Sequence[str], start: list[str]
    ) -> tuple[list[str], str]:
        body = Body(self)
        if row.name in PARTIALS and is_ours(row):
            self._source("products_of_others")
            return start, f"[{PARTIALS[row.name]}]"
        operands = [(Vector if row.vectors else Number)(body, x) for x in names]
        found = row.partials(body, Number(body, "y"), *operands)
        texts = [_text(d) if row.slope_in(i) else "0.0" for i, d in enumerate(found)]
        if row.vectors:
            pairs = zip(texts, found, names, strict=True)
            texts = [
                f"...{d}" if isinstance(x, Vector) else f"...{name}.map(() => {d})"
                for d, x, name in pairs
            ]
        return start + body.lines, f"[{', '.join(texts)}]"

    def _source(self, name: str) -> str:
        called = f"${name}"
        if called not in self.functions:
            self.functions[called] = ""  # so that a function may call itself
            text = OWN[name].strip() if name in OWN else translated(source(name, "$"))
            for other in dict.fromkeys(re.findall(r"\$(\w+)", text)):
                if other in OWN or (other in SOURCES and other != "pair"):
                    self._source(other)
                elif other in TABLE:
                    self._of_row(TABLE[other])
            self._needed(text)
            self.functions[called] = text
        return called

    def _of_row(self, row: Primitive) -> str:
        """The function of a row, made from its formula."""
        form = FORMS.get(row.name, row.stable) if is_ours(row) else row.stable
        if form is None:
            raise TypeError(
                f"the row {row.name!r} is Python code, which JavaScript can't hold; make the row "
                "from a formula"
            )
        if row not in self._names:
            own = re.sub(r"\W", "", row.name, flags=re.ASCII)
            called = f"${own}" if is_ours(row) else f"$row{len(self._names)}_{own}"
            self._names[row] = called
            body, names = Body(self), _variables(row.arity)
            y = form(body, *(Number(body, x) for x in names))
            lines = "".join(f"  {line}\n" for line in [*body.lines, f"return {_text(y)};"])
            self._needed(lines)
            self.functions[called] = f"function {called}({', '.join(names)}) {{\n{lines}}}"
        return self._names[row]

    def _needed(self, text: str) -> None:
        """Take from ``NAMES`` what a text calls."""
        for name in re.findall(r"\$pair\b|(?<![$.\w])[a-zA-Z_]\w*", text):
            if name in NAMES and name not in self.functions:
                self.functions[name] = ""
                self._needed(NAMES[name])
                self.functions[name] = NAMES[name]


def program(rows: Iterable[Primitive]) -> str:
    """The rows as JavaScript that defines one constant, the object ``rows``.

    ``rows["mul"].value(a, b)`` is the value y, and ``rows["mul"].partials(y, a, b)`` an array with
    the partial in each operand. A row of vectors takes their elements, end to end. Nothing is
    thrown: at a pole, or outside the domain, a number is infinite or NaN.

    ``rows["mul"].reaches(i, partial)`` says whether the i-th operand has a slope. A sweep adds
    nothing to an operand without one, even if the adjoint is infinite. To others it adds
    ``rows["azmul"].value(adjoint, partial)``, the strong zero. Ask for that row, too.

    The object has no other properties than the rows, not even inherited ones.

    Raises:
        TypeError: If JavaScript can't compute a row. ``lacking`` says which, and why.

    Example:
        >>> print(program([TABLE["mul"]]))
        const rows = (() => {
          "use strict";
          return {
            __proto__: null,
            "mul": {
              value: (a, b) => a * b,
              partials: (y, a, b) => [b, a],
              reaches: (i, partial) => true,
            },
          };
        })();
    """
    text = Program()
    printed = [(row.entry, text.printed(row)) for row in dict.fromkeys(rows)]
    entries = ["__proto__: null,", *(f"{_key(name)}: {functions}," for name, functions in printed)]
    returned = "".join(_indented(entry, 4) for entry in entries)
    functions = "".join(_indented(function, 2) for function in text.functions.values())
    return (
        f'const rows = (() => {{\n  "use strict";\n{functions}  return {{\n{returned}  }};\n}})();'
    )


def lacking(rows: Iterable[Primitive]) -> dict[str, str]:
    """The rows that JavaScript can't compute, by entry, and a sentence that says why.

    Example:
        >>> lacking([TABLE["mul"], TABLE["erf"]])
        {}
    """
    found = {}
    for row in dict.fromkeys(rows):
        try:
            Program().printed(row)
        except MemoryError:
            raise
        except Exception as reason:  # a user's rule may be any code
            found[row.entry] = f"{row.name} can't be computed in JavaScript: {reason}"
    return found


def _key(name: str) -> str:
    text = json.dumps(name)
    return f"[{text}]" if name == "__proto__" else text  # without brackets it is no property


def _indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.split("\n"))


def _variables(n: int) -> list[str]:
    return ["x"] if n == 1 else list("abcdefgh"[:n]) if n <= 8 else [f"x{i}" for i in range(n)]


def _arrow(parameters: Sequence[str], lines: Sequence[str], result: str) -> str:
    listed = ", ".join(parameters)
    if not lines:
        return f"({listed}) => {result}"
    body = "".join(f"    {line}\n" for line in [*lines, f"return {result};"])
    return f"({listed}) => {{\n{body}  }}"

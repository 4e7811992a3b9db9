"""The stubs that type checkers read, written from the table: ``python tests/typing/stubs.py``.

A row is typed by how it is called: a Value among the operands gives a Value, an array an array,
numbers a float. ``test_types`` holds the stubs in step with the table.
"""

import math
from pathlib import Path

import micrograph as mg
from micrograph import primitives
from micrograph.core import Primitive
from micrograph.math import _OURS

# not those that users added in this process, and each once
TABLE = {row.name: row for row in vars(primitives).values() if isinstance(row, Primitive)}
PUBLIC = primitives.__all__
PACKAGE = Path(mg.__file__).parent
WRITTEN = '"""{}\n\nWritten from the table by tests/typing/stubs.py."""\n'
OPERATORS = {
    row.operator.rstrip("_"): row for row in TABLE.values() if row.operator and not row.vectors
}


def signature(row):
    """The name of the class that says how a row is called."""
    kind = "Vectors" if row.vectors else "Spread" if row.spread else "Numbers"
    if row.name == "where":
        return "Where"
    if row.spread:
        return "Spread"
    return kind + "".join(f"_{x}" for x in row.arguments)


def parameters(row, kinds):
    """The parameters of a call, each of its kind."""
    required = row.arity - len(row.defaults)
    pairs = zip(row.arguments, kinds, strict=True)
    return ", ".join(f"{x}: {k}" + " = ..." * (i >= required) for i, (x, k) in enumerate(pairs))


def is_plain(row, x):
    """Whether the argument of that name is no Value, but a plain number: an order, decimals."""
    return x in row.static and row.arity == 2 and not row.operator


def overloads(row):
    """How a row may be called, the likeliest first: the kinds of the arguments, and of the result."""
    n = row.arity
    if row.vectors:
        yield ["NDArray[Any]"] * n, "Any"  # the first: an array is an iterable of anything
        yield ["Iterable[Value]"] * n, "Value"
        yield ["Iterable[Number]"] * n, "float"
        yield ["Iterable[Any]"] * n, "Any"
        return
    fixed = [is_plain(row, x) for x in row.arguments]
    scalar = ["Number" if f else "Scalar" for f in fixed]
    for i in range(n):
        if not fixed[i]:
            yield [*scalar[:i], "Value", *scalar[i + 1 :]], "Value"
    yield ["Number"] * n, "float"
    yield ["Number" if f else "Anything" for f in fixed], "NDArray[Any]"


CALLS = '''\

class {name}:
    """Called with {called}."""

{defs}
'''


def calls(row):
    """The class that says how such rows are called."""
    defs = [
        f"    @overload\n    def __call__(self, {parameters(row, kinds)}) -> {found}: ..."
        for kinds, found in overloads(row)
    ]
    if row.vectors == 1:
        defs.append(
            "    @overload\n    def __call__(\n"
            "        self, x: Iterable[Any], *, axis: int | tuple[int, ...] | None = ..., "
            "keepdims: bool = ...\n    ) -> Any: ..."
        )
    called = ", ".join(row.arguments)
    return CALLS.format(name=signature(row), called=called, defs="\n".join(defs))


ROWS = '''\
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from .core import Primitive
from .engine.value import Value

Number: TypeAlias = float | Fraction | Decimal | np.floating[Any] | np.integer[Any] | np.bool_
Scalar: TypeAlias = Value | Number
Anything: TypeAlias = Scalar | NDArray[Any]

class Where:
    """Called with a condition and two branches, each a number or a function that returns it."""

    @overload
    def __call__(self, condition: Value, a: Scalar, b: Scalar) -> Value: ...
    @overload
    def __call__(self, condition: Scalar, a: Value, b: Scalar) -> Value: ...
    @overload
    def __call__(self, condition: Scalar, a: Scalar, b: Value) -> Value: ...
    @overload
    def __call__(self, condition: Number, a: Number, b: Number) -> float: ...
    @overload
    def __call__(self, condition: Anything, a: Anything, b: Anything) -> NDArray[Any]: ...
    @overload
    def __call__(
        self, condition: Scalar, a: Scalar | Callable[[], Any], b: Scalar | Callable[[], Any]
    ) -> Any: ...

class Spread:
    """Called with a vector, or with its numbers."""

    @overload
    def __call__(self, x: NDArray[Any], /) -> Any: ...
    @overload
    def __call__(self, x: Iterable[Value], /) -> Value: ...
    @overload
    def __call__(self, x: Iterable[Number], /) -> float: ...
    @overload
    def __call__(self, x: Iterable[Any], /) -> Any: ...
    @overload
    def __call__(
        self, x: Iterable[Any], /, *, axis: int | tuple[int, ...] | None = ..., keepdims: bool = ...
    ) -> Any: ...
    @overload
    def __call__(self, *x: Number) -> float: ...
    @overload
    def __call__(self, *x: Scalar) -> Value: ...
'''


def rows():
    """``rows.pyi``: how rows are called, and the rows themselves."""
    text = WRITTEN.format("How rows are called, for type checkers.") + ROWS
    groups = {signature(row): row for row in TABLE.values() if row.public}
    for name, row in groups.items():
        if name not in ("Where", "Spread"):
            text += calls(row)
    for name in groups:
        text += f"\nclass Row{name}({name}, Primitive): ...\n"
    for name in PUBLIC:
        row = getattr(mg, name)
        described = row.__doc__.replace("\\", "\\\\")
        text += f'\n{name}: Row{signature(row)}\n"""{described}"""\n'
    return text


PUBLIC_FACE = """\
from . import learn as learn
from . import math as math
from . import numpy as numpy
from . import testing as testing
from .arrays import ValueArray as ValueArray
from .arrays import values as values
from .domain import DomainError as DomainError
from .engine.build import build_info as build_info
from .engine.leaves import zero_grad as zero_grad
from .engine.scope import scope as scope
from .engine.value import Value as Value
from .explanation.explain import explain as explain
from .explanation.formulas import latex as latex
from .explanation.nonfinite import first_nonfinite as first_nonfinite
from .explanation.nonfinite import strong_zeros as strong_zeros
from .graph import Graph as Graph
from .kernels.compiled import compile as compile
from .kernels.mean_over import mean_over as mean_over
from .registration import primitive as primitive
from .render.dot import draw as draw
from .render.frames import frames as frames
from .render.markup import mermaid as mermaid
from .render.markup import tikz as tikz
from .render.page import to_html as to_html
from .render.table import table as table
from .rows import {row} as {row}
from .transforms import custom_vjp as custom_vjp
from .transforms import elementwise as elementwise
from .transforms import fixed_point as fixed_point
from .transforms import grad as grad
from .transforms import hessian as hessian
from .transforms import hvp as hvp
from .transforms import jacobian as jacobian
from .transforms import jvp as jvp
from .transforms import root as root
from .transforms import trace as trace
from .transforms import value_and_grad as value_and_grad
from .transforms import value_and_jacobian as value_and_jacobian
from .transforms import vjp as vjp
from .vectors import cumsum as cumsum
from .vectors import log_softmax as log_softmax
from .vectors import norm as norm
from .vectors import softmax as softmax

__version__: str
__all__: list[str]
"""


def face():
    """``__init__.pyi``: the public names."""
    lines = []
    for line in PUBLIC_FACE.splitlines():
        names = sorted(PUBLIC) if "{row}" in line else [""]
        lines += [line.format(row=name) for name in names]
    return (
        WRITTEN.format("The public names of micrograph, for type checkers.")
        + "\n".join(lines)
        + "\n"
    )


def spelled():
    """``spelled.pyi``: what a rule may ask of its namespace."""
    names = "".join(f"    {name}: Callable[..., Any]\n" for name in sorted(TABLE))
    return WRITTEN.format("The rows by name, as a namespace has them, for type checkers.") + (
        "from collections.abc import Callable\nfrom typing import Any\n\n"
        f'class Spelled:\n    """A row\'s name is an operation."""\n\n{names}'
    )


def method(name, row, also=""):
    """A method of Value: by its operands, as a row, or as an operator."""
    others = row.arguments[1:]
    if also:  # an operator
        if row.arity == 1:
            return f"    def __{name}__(self) -> Value: ...\n"
        ignored = "  # type: ignore[override]  # object's is bool" * (name in ("eq", "ne"))
        found = ""
        for prefix in ("", "r") if hasattr(int, f"__r{name}__") else ("",):
            found += (
                f"    @overload{ignored}\n    def __{prefix}{name}__(self, other: Scalar, /) -> Value: ...\n"
                f"    @overload\n    def __{prefix}{name}__(self, other: NDArray[Any], /) -> NDArray[Any]: ...\n"
            )
        return found
    if row.spread:
        return f"    def {name}(self, *others: Scalar) -> Value: ...\n"
    required = row.arity - len(row.defaults)
    given = "".join(
        f", {x}: {'Number' if is_plain(row, x) else 'Scalar'}" + " = ..." * (i + 1 >= required)
        for i, x in enumerate(others)
    )
    return f"    def {name}(self{given}) -> Value: ...\n"


def declared():
    """``engine/declared.pyi``: the operators and methods that Value gets from the table."""
    text = WRITTEN.format("What type checkers know of Value's operators and methods.") + (
        "from typing import Any, overload\n\nfrom numpy.typing import NDArray\n\n"
        "from ..rows import Number, Scalar\nfrom .value import Value\n\nclass Declared:\n"
        '    """The rows as operators and methods."""\n\n'
    )
    for name, row in OPERATORS.items():
        text += method(name, row, also="operator")
    for row in TABLE.values():
        if row.public and (row.spread or not row.vectors):
            for name in (row.name, *row.aliases):
                text += method(name, row)
    return text


def of_math():
    """``math.pyi``: Python's own ``math``, with Values."""
    ours, theirs, by_hand = [], [], []
    integers = {"ceil", "floor", "trunc"}
    for name in dir(math):
        if name.startswith("_"):
            continue
        row = TABLE.get(name)
        if name in integers:
            by_hand.append(
                f"@overload\ndef {name}(x: Scalar, /) -> int: ...\n"
                f"@overload\ndef {name}(x: NDArray[Any], /) -> NDArray[Any]: ...\n"
            )
        elif name in BY_HAND:
            by_hand.append(BY_HAND[name])
        elif name in _OURS and row is not None and row.public and not row.vectors:
            ours.append(f"{name}: {signature(row)}\n")
        else:
            theirs.append(f"from math import {name} as {name}\n")
    head = "from typing import Any, overload\n\nfrom numpy.typing import NDArray\n\n"
    used = sorted({line.split(": ")[1].strip() for line in ours})
    return (
        WRITTEN.format("Python's math with Values, for type checkers.")
        + "from collections.abc import Iterable\n"
        + "".join(theirs)
        + head
        + f"from .engine.value import Value\nfrom .rows import Number, Scalar, Spread, {', '.join(used)}\n\n"
        + "".join(ours)
        + "\n"
        + "".join(by_hand)
    )


def _many(name):
    return (
        f"@overload\ndef {name}(x: Iterable[Value], /) -> Value: ...\n"
        f"@overload\ndef {name}(x: Iterable[float], /) -> float: ...\n"
        f"@overload\ndef {name}(x: Iterable[Any], /) -> Any: ...\n"
    )


def _two(name):
    return (
        f"@overload\ndef {name}(p: Iterable[float], q: Iterable[float], /) -> float: ...\n"
        f"@overload\ndef {name}(p: Iterable[Scalar], q: Iterable[Scalar], /) -> Value: ...\n"
    )


def _either(name, others, found="Value", plain="float"):
    """A function of a Value, or of a number, and of others."""
    return (
        f"@overload\ndef {name}(x: Value{others}) -> {found}: ...\n"
        f"@overload\ndef {name}(x: Number{others}) -> {plain}: ...\n"
    )


BY_HAND = {
    "dist": _two("dist"),
    "sumprod": _two("sumprod"),
    "fsum": _many("fsum"),
    "prod": _many("prod").replace(", /)", ", /, *, start: Any = 1)"),
    "hypot": "hypot: Spread\n",
    "fabs": _either("fabs", ", /"),
    "log": _either("log", ", base: Scalar = ..., /"),
    "ldexp": _either("ldexp", ", i: int, /"),
    "modf": _either("modf", ", /", "tuple[Value, Value]", "tuple[float, float]"),
    "frexp": _either("frexp", ", /", "tuple[Value, int]", "tuple[float, int]"),
    "fma": "@overload\ndef fma(x: Number, y: Number, z: Number, /) -> float: ...\n"
           "@overload\ndef fma(x: Scalar, y: Scalar, z: Scalar, /) -> Value: ...\n",
    **{name: f"def {name}(x: Scalar, /) -> bool: ...\n" for name in ("isfinite", "isinf", "isnan")},
    "isclose": "def isclose(\n    a: Scalar, b: Scalar, *, rel_tol: float = ..., abs_tol: float = ...\n) -> bool: ...\n",
}  # fmt: skip

STUBS = {
    "__init__.pyi": face,
    "rows.pyi": rows,
    "spelled.pyi": spelled,
    "math.pyi": of_math,
    "engine/declared.pyi": declared,
}

if __name__ == "__main__":
    for name, written in STUBS.items():
        (PACKAGE / name).write_text(written(), encoding="utf-8")
        print(name)

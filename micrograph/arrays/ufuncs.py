"""NumPy's element-wise functions on arrays of Values, by the rows of the table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from .. import primitives as rows
from ..core import TABLE, Primitive
from ..engine.reading import trace_of, traces
from ..engine.value import Value, tick
from ..hint import of_module
from .array import array_of, numbers, ours, plain

LOG2 = math.log(2.0)


def _by_table() -> dict[Any, Callable[..., Any]]:
    """The rows that NumPy has a function for, by that function."""
    found: dict[Any, Callable[..., Any]] = {}
    for row in TABLE.values():
        for name in (row.name, *row.aliases) if row.public and not row.vectors else ():
            function = getattr(np, name, None)
            if isinstance(function, np.ufunc) and function.nin == row.arity:
                found[function] = row
    return found


ROWS: dict[Any, Callable[..., Any]] = {
    **_by_table(),
    np.subtract: rows.sub,
    np.multiply: rows.mul,
    np.divide: rows.div,
    np.floor_divide: rows.floordiv,
    np.remainder: rows.mod,  # with Python's sign; our remainder is math's
    np.power: rows.pow,
    np.float_power: rows.pow,
    np.negative: rows.neg,
    np.positive: lambda x: x,
    np.conjugate: lambda x: x,
    np.rint: lambda x: rows.round(x, 0),
    np.hypot: lambda a, b: rows.hypot([a, b]),
    np.logaddexp2: lambda a, b: rows.logaddexp(a * LOG2, b * LOG2) / LOG2,
    np.fmax: lambda a, b: _but_nan(rows.maximum, a, b),
    np.fmin: lambda a, b: _but_nan(rows.minimum, a, b),
    np.heaviside: lambda x, half: rows.where(
        x > 0, 1.0, rows.where(x == 0, half, rows.where(x < 0, 0.0, math.nan))
    ),
    np.ldexp: lambda x, i: x * 2.0**i,
}
"""A ufunc, by its identity -> what serves each element."""

AS_OURS = (
    "betaln", "j0", "j1", "i0e", "i1e", "erf", "erfc", "erfinv", "gamma", "xlogy", "cbrt", "exp2",
    "expm1", "log1p", "logit", "softplus", "gammainc", "gammaincc", "betainc",
)  # fmt: skip
"""Functions of SciPy's ``special`` that have the name of their row."""

SPECIAL: dict[str, Callable[..., Any]] = {
    "expit": rows.sigmoid,
    "log_expit": rows.log_sigmoid,
    "gammaln": rows.lgamma,
    "psi": rows.digamma,
    "ndtr": rows.norm_cdf,
    "log_ndtr": rows.log_norm_cdf,
    "ndtri": rows.norm_ppf,
    "entr": lambda x: -rows.xlogy(x, x),
    "xlog1py": lambda x, y: rows.xlogy(x, 1 + y),
    "rel_entr": lambda x, y: rows.xlogy(x, x) - rows.xlogy(x, y),
    "kl_div": lambda x, y: rows.xlogy(x, x) - rows.xlogy(x, y) - x + y,
    "exp10": lambda x: rows.pow(10.0, x),
    **{name: TABLE[name] for name in AS_OURS},
    "real": lambda x: x,  # from NumPy 2.5 on, x.real and x.imag of an array of objects are ufuncs
    "imag": lambda x: 0.0,
}
"""The same for ufuncs by name: those of SciPy's ``special``, which need not be there."""

SCALARS = frozenset({Value, float, int, np.float64, np.longdouble, np.clongdouble})
"""The types of single numbers, to which a row is applied at once.

The last two are no floats as Python knows them, so as objects they would ask for the ufunc again.
"""

OF_NUMBERS = {np.isnan, np.isfinite, np.isinf, np.signbit}
"""Questions about numbers, answered with True or False."""

LOGICAL = {np.logical_and, np.logical_or, np.logical_not, np.logical_xor}
COMPARISONS = {np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal}

TRACED: dict[Any, Callable[..., Any]] = {
    np.greater: rows.gt,
    np.greater_equal: rows.ge,
    np.less: rows.lt,
    np.less_equal: rows.le,
    np.equal: rows.eq,
    np.not_equal: rows.ne,
    np.logical_and: rows.logical_and,
    np.logical_or: rows.logical_or,
    np.logical_not: rows.logical_not,
    np.isnan: lambda x: rows.ne(x, x),
    np.isinf: lambda x: rows.eq(rows.abs(x), math.inf),
    np.isfinite: lambda x: rows.lt(rows.abs(x), math.inf),
}
"""A question about numbers -> the row that records the answer while the numbers are traced."""

BY_PYTHON = {np.add, np.subtract, np.multiply, np.negative, np.positive}
"""What NumPy computes by the elements' own operators, in less time than by rows."""


def _but_nan(row: Primitive, a: Any, b: Any) -> Any:
    """The row at two operands, of which one that is NaN is passed over."""
    if math.isnan(numbers(a)):
        return b
    return a if math.isnan(numbers(b)) else row(a, b)


def apply(ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """A ufunc on arrays of Values: what ``__array_ufunc__`` returns.

    Raises:
        TypeError: If the function has no rule.
    """
    if traces:
        tick()  # the nodes of one operation are recorded at times in a row: ``graph.rolled`` asks
    if method == "__call__":
        if not options:
            if ufunc in BY_PYTHON and (
                isinstance(inputs[0], np.ndarray) or isinstance(inputs[-1], np.ndarray)
            ):  # the common case, found soon: 0.4 of 2.7 µs (2026-11-26)
                return ours(ufunc(*map(plain, inputs)))
            if ufunc in ROWS and SCALARS.issuperset(map(type, inputs)):
                return ROWS[ufunc](*inputs)
        if ufunc in OF_NUMBERS or ufunc in LOGICAL or ufunc in COMPARISONS:
            if (traces and trace_of_any(inputs[0])) or trace_of_any(inputs[-1]):
                return _asked(ufunc, inputs, options)
            return _by_numbers(ufunc, inputs, options)
        return _result(_call(ufunc, inputs, options), options)
    if ufunc in OF_NUMBERS or ufunc in LOGICAL or ufunc in COMPARISONS:
        return _by_numbers(getattr(ufunc, method), inputs, options)
    if method == "reduce":
        return _result(_reduce(ufunc, *inputs, **options), {"out": options.get("out")})
    if method == "accumulate":
        return ours(_accumulate(ufunc, *inputs, **options))
    if method == "at" and np.asarray(inputs[0]).dtype != np.object_:
        raise TypeError(
            f"NumPy's {ufunc.__name__}.at into floats would drop derivatives; begin with an array "
            "of Values, such as np.zeros_like(v)"
        )
    operate = np.frompyfunc(_operation(ufunc), ufunc.nin, ufunc.nout)
    return ours(getattr(operate, method)(*map(plain, inputs), **options))


def _asked(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """A question about numbers while these are traced: the answers as Values, which are recorded.

    If the trace records what Python code decides, the answers are bools.
    """
    if ufunc not in TRACED or options:
        numbers([x for operand in inputs for x in np.ravel(plain(operand))])  # refused
    found = each(TRACED[ufunc], *inputs)
    trace = trace_of_any(found)
    if trace is None or not trace.guards:
        return found
    return np.frompyfunc(bool, 1, 1)(plain(found)).astype(bool)


def trace_of_any(x: Any) -> Any:
    """The trace under way that a Value among these depends on, or None."""
    flat = (e for e in np.ravel(plain(x)) if isinstance(e, Value))
    return next(filter(None, map(trace_of, flat)), None) if traces else None


def _by_numbers(answer: Callable[..., Any], inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    out = options.get("out")
    if out:  # as a plain array, of which NumPy does not ask us again
        options = {**options, "out": tuple(map(plain, out))}
    found = answer(*map(numbers, inputs), **options)
    return out[0] if out else found


def _operation(ufunc: Any) -> Callable[..., Any]:
    """What serves each element. Raises TypeError if nothing does."""
    found = ROWS.get(ufunc) or SPECIAL.get(ufunc.__name__)
    if (
        found is None
        and ufunc.signature is None
        and any(types.startswith("O") for types in ufunc.types)
    ):
        return lambda *operands: ufunc(*map(plain, operands))  # NumPy asks the elements
    if found is None:
        name = ufunc.__name__.lstrip("_")
        owner = "NumPy's" if getattr(np, name, None) is ufunc else "the ufunc"
        ours = f"use mg.{name}" if name in rows.__all__ else "use micrograph's functions"
        raise TypeError(
            f"{owner} {name} takes floats, and has no rule that keeps a derivative; "
            f"{of_module(name).removeprefix(': ') or ours}, or, for a constant, x.data or "
            "mg.stop_gradient(x)"
        )
    return found


def _call(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    for name in options:
        served = name in ("out", "where", "dtype", "casting", "order", "subok")
        if name == "where" and ufunc.nout + (ufunc.signature is not None) > 1:
            served = False
        if name == "axes":  # of w @= M
            served = options[name] == [(-2, -1)] * 3
        if not served and (ufunc, name) != (np.vecdot, "axis"):
            raise TypeError(f"{ufunc.__name__} of Values: the option {name} is not served")
    if ufunc is np.matmul:
        return matmul(*inputs)
    if ufunc.__name__ == "matvec":
        return matmul(inputs[0], np.asarray(plain(inputs[1]))[..., None])[..., 0]
    if ufunc.__name__ == "vecmat":
        return matmul(np.asarray(plain(inputs[0]))[..., None, :], inputs[1])[..., 0, :]
    if ufunc is np.vecdot:
        product = ours(plain(inputs[0])) * ours(plain(inputs[1]))
        return np.sum(product, axis=options.get("axis", -1))
    if ufunc is np.divmod:
        return _call(np.floor_divide, inputs, {}), _call(np.remainder, inputs, {})
    if ufunc is np.modf:
        return each(lambda x: rows.fmod(x, 1.0), *inputs), each(rows.trunc, *inputs)
    where = options.get("where", True)
    if where is not True:
        kept = (options.get("out") or (0.0,))[0]
        return each(_only_where(_operation(ufunc)), where, 0.0 if kept is None else kept, *inputs)
    by_python = ufunc in BY_PYTHON  # the elements' own operators, without a function between
    return ufunc(*map(plain, inputs)) if by_python else each(_operation(ufunc), *inputs)


def _only_where(operation: Callable[..., Any]) -> Callable[..., Any]:
    """The operation, but of operands that are masked out the number that stays."""

    def call(condition: Any, kept: Any, *operands: Any) -> Any:
        if isinstance(condition, Value) and traces and trace_of(condition):
            return rows.where(condition, operation(*operands), kept)
        return operation(*operands) if condition else kept

    return call


def each(operation: Callable[..., Any], *operands: Any) -> Any:
    """What the operation returns for each element of the operands, which are broadcast."""
    operands = tuple(map(plain, operands))
    try:
        with np.errstate(all="ignore"):  # rows say themselves what is undefined
            return np.frompyfunc(operation, len(operands), 1)(*operands)
    except TypeError as error:
        if any(isinstance(e, complex) for x in operands for e in np.ravel(x)):
            raise TypeError(
                "a complex number beside Values, which are real. SciPy's logsumexp makes some of "
                "an array of objects: use mg.logsumexp(x, axis=…)"
            ) from error
        raise


def _result(found: Any, options: dict[str, Any]) -> Any:
    out = options.get("out")
    if not out:
        return ours(found)
    given = found if isinstance(found, tuple) else (found,)
    for place, x in zip(out, given, strict=True):
        if place is not None:
            place[...] = x
    filled = tuple(ours(x) if place is None else place for place, x in zip(out, given, strict=True))
    return filled[0] if len(filled) == 1 else filled


def matmul(a: Any, b: Any) -> Any:
    """a @ b, each element one ``dot``: a node with the derivatives of the whole sum."""
    a, b = (np.asarray(plain(x)) for x in (a, b))
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError("matmul: an operand is a number; use *")
    left, right = (a[None] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    if left.shape[-1] != right.shape[-2]:
        raise ValueError(f"matmul: shapes {a.shape} and {b.shape} do not go together")
    stack = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    left = np.broadcast_to(left, (*stack, *left.shape[-2:]))
    right = np.broadcast_to(right, (*stack, *right.shape[-2:]))
    dots: list[Any] = []
    for which in np.ndindex(stack):
        columns = right[which].T.tolist()
        dots += [rows.dot(row, column) for row in left[which].tolist() for column in columns]
    found = plain(array_of(dots, (*stack, left.shape[-2], right.shape[-1])))
    if a.ndim == 1:
        found = found[..., 0, :]
    if b.ndim == 1:
        found = found[..., 0]
    return found if found.ndim else found[()]


REDUCTIONS: dict[Any, Callable[[Sequence[Any]], Any]] = {
    np.add: rows.sum,
    np.multiply: rows.prod,
    np.maximum: rows.max,
    np.minimum: rows.min,
    np.logaddexp: rows.logsumexp,
}
"""A ufunc -> what reduces a vector by it at once."""


def lines_of(a: Any, axis: Any) -> tuple[Any, list[int]]:
    """The array with the axes that are reduced laid end to end as its last, and these axes."""
    a = np.asarray(plain(a))
    axes = range(a.ndim) if axis is None else normalize_axis_tuple(axis, a.ndim)
    rest = [i for i in range(a.ndim) if i not in axes]
    shape = [a.shape[i] for i in rest]
    size = math.prod(a.shape[i] for i in axes)
    return a.transpose(*rest, *axes).reshape(*shape, size), list(axes)


def _reduce(
    ufunc: Any,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    if dtype is not None and np.dtype(dtype).kind in "biu":
        return ufunc.reduce(numbers(array).astype(dtype), axis=axis, keepdims=keepdims)
    array = np.asarray(plain(array))
    mask = None if where is True else np.asarray(where)
    if mask is not None:
        array, mask = np.broadcast_arrays(array, mask)
    lines, axes = lines_of(array, axis if array.ndim else None)
    masks = None if mask is None else lines_of(mask, axes)[0]
    found = np.empty(lines.shape[:-1], dtype=object)
    for place in np.ndindex(found.shape):
        line = (lines[place] if masks is None else lines[place][masks[place]]).tolist()
        if initial is not None and initial is not np._NoValue:
            line.insert(0, initial)
        found[place] = _reduced(ufunc, line)
    if keepdims:
        found = found.reshape([1 if i in axes else n for i, n in enumerate(array.shape)])
    return found if found.ndim else found[()]


def _reduced(ufunc: Any, line: list[Any]) -> Any:
    if ufunc in REDUCTIONS:
        if not line and ufunc in (np.maximum, np.minimum):
            raise ValueError(f"{ufunc.__name__} of no numbers: give initial=")
        return REDUCTIONS[ufunc](line)
    if not line:
        return ufunc.identity
    operation, (found, *others) = _operation(ufunc), line
    for x in others:
        found = operation(found, x)
    return found


def _accumulate(ufunc: Any, array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    operation = _operation(ufunc)
    array = np.moveaxis(np.asarray(plain(array)), axis, 0)
    found = np.empty(array.shape, dtype=object)
    for i in range(len(array)):
        found[i] = array[i] if i == 0 else np.frompyfunc(operation, 2, 1)(found[i - 1], array[i])
    found = np.moveaxis(found, 0, axis)
    if out:
        out[0][...] = found
    return found


def _value_ufunc(_: Value, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    return apply(ufunc, method, inputs, options)


# From now on without an import at each call; type checkers know of no such attribute.
Value.__array_ufunc__ = _value_ufunc  # type: ignore[attr-defined]  # NumPy asks for it

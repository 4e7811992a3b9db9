"""A drop-in for Python's ``math``: ``from micrograph import math``.

It has every function and constant of the standard module. Given numbers, a function returns what
the standard one returns. Given Values, or arrays of them, it returns Values, with two exceptions:
``floor``, ``ceil`` and ``trunc`` of a Value are ints, and tests such as ``isnan`` return bools.

Example:
    >>> from micrograph import Value, math
    >>> math.exp(0.0), math.hypot(3, 4), math.floor(2.5)
    (1.0, 5.0, 2)
    >>> math.exp(Value(0.0)), math.floor(Value(2.5))
    (Value(1.0), 2)
"""

from __future__ import annotations

import math as standard
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from . import primitives as rows
from .core import TABLE
from .engine.reading import read
from .engine.value import Value


def _recorded(x: Any) -> bool:
    return isinstance(x, Value) or hasattr(x, "dtype")


def _is_vector(x: Any) -> bool:
    return hasattr(x, "__iter__") and not (_recorded(x) or isinstance(x, str | bytes))


def _face(python: Callable[..., Any], ours: Callable[..., Any]) -> Callable[..., Any]:
    """The standard function for plain numbers, ours if an argument is a Value or an array."""

    @wraps(python)
    def function(*args: Any, **kwargs: Any) -> Any:
        for x in args:  # the common cases first: a Value, or only floats and ints
            if type(x) is Value:
                return ours(*args, **kwargs)
            if type(x) is not float and type(x) is not int:
                break
        else:
            return python(*args, **kwargs)
        lists = [list(x) if _is_vector(x) else x for x in args]
        if any(_recorded(e) for x in lists for e in (x if isinstance(x, list) else [x])):
            return ours(*lists, **kwargs)
        for i, x in enumerate(args):
            if not isinstance(x, Iterator):  # which was read above
                lists[i] = x  # so that an error names the type that was given
        return python(*lists, **kwargs)

    return function


def _log(x: Any, *base: Any) -> Any:
    return rows.log(x) / rows.log(*base) if base else rows.log(x)


def _prod(x: Any, *, start: Any = 1) -> Any:
    return rows.prod([start, *x]) if start != 1 else rows.prod(x)


def _modf(x: Any) -> tuple[Any, Any]:
    return rows.fmod(x, 1.0), rows.trunc(x)


def _frexp(x: Any) -> tuple[Any, int]:
    exponent = standard.frexp(read(x, "frexp"))[1]
    return x * 2.0**-exponent, exponent


def _by_data(python: Callable[..., bool]) -> Callable[..., bool]:
    """The standard test of a number, such as isnan, applied to the data of Values."""
    return lambda *args, **kwargs: python(
        *(read(x, python.__name__) if isinstance(x, Value) else x for x in args), **kwargs
    )


def _whole(python: Callable[..., int], row: Callable[..., Any]) -> Callable[..., Any]:
    """The standard function for a Value: an int, to index and count with. The row for an array."""
    return lambda x: python(x) if isinstance(x, Value) else row(x)


_OURS: dict[str, Callable[..., Any]] = {
    **{name: row for name, row in TABLE.items() if not row.vectors},
    **{
        name: _by_data(getattr(standard, name))
        for name in ("isclose", "isfinite", "isinf", "isnan")
    },
    "dist": rows.dist,
    "ceil": _whole(standard.ceil, rows.ceil),
    "fabs": rows.abs,
    "floor": _whole(standard.floor, rows.floor),
    "fma": lambda x, y, z: x * y + z,
    "frexp": _frexp,
    "fsum": rows.sum,
    "hypot": lambda *x: rows.hypot(x),
    "ldexp": lambda x, i: x * 2.0**i,
    "log": _log,
    "modf": _modf,
    "prod": _prod,
    "sumprod": rows.dot,
    "trunc": _whole(standard.trunc, rows.trunc),
}

for _name in dir(standard):
    if not _name.startswith("_"):
        _found = getattr(standard, _name)
        if _name in _OURS:
            _found = _face(_found, _OURS[_name])
        globals()[_name] = _found

__all__ = [name for name in dir(standard) if not name.startswith("_")]

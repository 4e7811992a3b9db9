"""ValueArray: a NumPy array of Values, whose functions are the rows of the table.

NumPy takes an array of objects element by element and asks each for a method: ``np.exp`` for
``exp``. A float among them has none. So an array of Values is of a subclass of ndarray, to which
NumPy hands its functions over (NEP 13 and NEP 18).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from .. import hint
from ..core import TABLE
from ..engine.reading import is_live, live, read, traces
from ..engine.value import Value
from ..namespaces.array import NUMPY
from ..namespaces.floats import real
from ..namespaces.unserved import unserved


class ValueArray(np.ndarray[Any, Any]):
    """A NumPy array of Values and floats (dtype object), with which NumPy code runs as it is.

    NumPy's functions on it are rows of the table, so results have derivatives. Comparisons give
    arrays of bool, which index as masks. Arrays that reach a function within a transform are of
    this class, as are those that ``mg.values`` makes and that rows return.

    Example:
        >>> import numpy as np
        >>> w = values([0.5, -1.0])
        >>> np.log(np.maximum(w, 0.25)).sum()
        Value(-2.0794415416798357)
        >>> w[w > 0]
        ValueArray([Value(0.5)], dtype=object)
    """

    __module__ = "micrograph"  # where a pickle looks for it

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return _module("ufuncs").apply(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _module("functions").call(function, args, kwargs)

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """As NumPy's; but where floats would lose a derivative, within a transform, a copy."""
        kind = np.dtype(dtype).kind
        if kind in "fc" and live and any(is_live(x) for x in self.flat if type(x) is Value):
            if kind == "c":
                raise TypeError(f"astype: Values are real numbers, got {np.dtype(dtype)}")
            return self.copy()
        if kind in "biuf":
            return numbers(self).astype(dtype, *args, **kwargs)
        return np.asarray(self).astype(dtype, *args, **kwargs)

    def std(self, *args: Any, **kwargs: Any) -> Any:
        """As ``np.std``."""
        return np.std(self, *args, **kwargs)

    def var(self, *args: Any, **kwargs: Any) -> Any:
        """As ``np.var``."""
        return np.var(self, *args, **kwargs)

    def argsort(self, *args: Any, **kwargs: Any) -> Any:
        """As NumPy's: an array of integers."""
        return numbers(self).argsort(*args, **kwargs)

    def argmax(self, *args: Any, **kwargs: Any) -> Any:
        """As ``np.argmax``."""
        return numbers(self).argmax(*args, **kwargs)

    def argmin(self, *args: Any, **kwargs: Any) -> Any:
        """As ``np.argmin``."""
        return numbers(self).argmin(*args, **kwargs)

    def argpartition(self, *args: Any, **kwargs: Any) -> Any:
        """As ``np.argpartition``."""
        return numbers(self).argpartition(*args, **kwargs)

    def round(self, decimals: int = 0, out: Any = None) -> Any:  # type: ignore[override]  # as np.round
        """As ``np.round``."""
        return np.round(self, decimals, out)

    def dot(self, b: Any, out: Any = None) -> Any:
        """As ``np.dot``."""
        return np.dot(self, b, out)

    def trace(self, *args: Any, **kwargs: Any) -> Any:
        """As ``np.trace``."""
        return np.trace(self, *args, **kwargs)

    def sort(self, axis: int = -1, **options: Any) -> None:  # type: ignore[override]  # any options
        """Sort in place, by the numbers."""
        self[...] = np.sort(self, axis)

    def __reduce__(self) -> Any:
        return _array_restored, (self.view(np.ndarray),)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__()} - _FOREIGN.keys())


_FOREIGN = hint.ON_ARRAY | {
    name: f"write mg.{name}(x)"
    for name, row in TABLE.items()
    if row.public and row.arity == 1 and not (row.vectors or hasattr(np.ndarray, name))
}
for _name, _words in _FOREIGN.items():
    setattr(ValueArray, _name, hint.Foreign(_name, _words))


@cache
def _module(name: str) -> Any:
    """A module of this room that imports this one."""
    return import_module(f".{name}", __package__)


def _array_restored(array: Any) -> Any:
    """The array of Values that a pickle holds as a plain one."""
    return array.view(ValueArray)


_array_restored.__module__ = "micrograph"


def ours(x: Any) -> Any:
    """The result of a function of NumPy's, in which every array of objects is a ValueArray."""
    if isinstance(x, np.ndarray):
        if x.dtype.kind != "O":
            return np.asarray(x) if isinstance(x, ValueArray) else x
        return x if isinstance(x, ValueArray) else plain(x).view(ValueArray)
    if type(x) in (list, tuple):
        return type(x)(map(ours, x))
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*map(ours, x))
    return x


def refuse(array: Any) -> None:
    """Raise TypeError for a masked array or a matrix, which computes otherwise than a plain one."""
    if (refused := unserved(array)) is not None:
        raise TypeError(f"an operand beside Values is {refused}")


def plain(x: Any) -> Any:
    """An operand as NumPy takes it itself: a ValueArray as an array of objects.

    Raises:
        TypeError: If it is a masked array or a matrix.
    """
    if isinstance(x, ValueArray):
        return x.view(np.ndarray)
    if isinstance(x, np.ndarray) and type(x) is not np.ndarray:
        refuse(x)
    if isinstance(x, Value):
        found = np.empty((), dtype=object)
        found[()] = x
        return found
    if type(x) in (list, tuple):
        return type(x)(map(plain, x))
    return x


HOW = "a function of NumPy's or pandas' that compares, sorts, searches or skips NaN"


def numbers(x: Any, how: str = HOW) -> Any:
    """The numbers of an array, float64: of Values their data.

    Args:
        x: The array.
        how: What reads the numbers, for the message.

    Raises:
        TypeError: If a trace is under way that a Value depends on: the number would be frozen.
    """
    if isinstance(x, Value):
        return read(x, how)
    array = np.asarray(plain(x))
    if array.dtype != np.object_:
        return array
    if traces:
        return np.array(
            [read(e, how) if isinstance(e, Value) else e for e in array.flat], float
        ).reshape(array.shape)
    flat = [e.data if isinstance(e, Value) else e for e in array.flat]
    return np.array(flat, dtype=float).reshape(array.shape)


def array_of(elements: Any, shape: tuple[int, ...], like: Any = None) -> Any:
    """A ValueArray of this shape, filled with these elements in C order; in memory as ``like``."""
    found = np.fromiter(elements, object, len(elements)).reshape(shape)
    return (found if like is None else laid_out(found, like)).view(ValueArray)


def laid_out(array: Any, like: Any) -> Any:
    """The array, in memory in the order of another one of its shape.

    So the orders "K" and "A" read it as they read the other one.
    """
    if not isinstance(like, np.ndarray) or like.ndim < 2 or like.flags.c_contiguous:
        return array
    both = np.nditer(
        [np.asarray(like), None], ["refs_ok", "zerosize_ok"], op_dtypes=[None, array.dtype]
    )
    found = both.operands[1]
    if found.flags.forc and not like.flags.forc:  # "A" is the order of C in an array with gaps
        room = np.empty_like(found, shape=[n + 1 for n in like.shape])
        found = room[tuple(map(slice, like.shape))]
    found[...] = array
    return found


def values(array: Any, name: str | None = None) -> ValueArray:
    """A ``ValueArray`` of leaves, with the numbers and the shape of ``array``.

    NumPy computes with it: ``X @ w``, ``np.exp(w)``.

    Args:
        array: Numbers, in an array or nested lists.
        name: The name of the whole. If it is "w", the leaves are named w1, w2, … in one dimension,
            and w1_1, w1_2, … in two. None leaves them unnamed.

    Raises:
        TypeError: If ``array`` holds what is no number, or ``name`` is not a string.
        ValueError: If ``array`` holds rows of different lengths.

    Cost:
        One Value for each number.

    Example:
        >>> values([0.5, -1], "w")
        ValueArray([Value(0.5, 'w1'), Value(-1.0, 'w2')], dtype=object)
    """
    if not (name is None or isinstance(name, str)):
        raise TypeError(f"values: expected a string as a name, got {name!r}")
    given = np.asarray(array)
    for x in given.flat if given.dtype.kind not in "biuf" else ():
        if isinstance(x, Value) or real(x) is None:
            raise TypeError(f"values: expected real numbers, got {x!r} ({type(x).__name__})")
    found = given.astype(float)
    leaves = laid_out(np.empty(found.shape, dtype=object), given)
    for place in np.ndindex(found.shape):
        at = "_".join(str(i + 1) for i in place)
        leaves[place] = Value(found[place], name and name + at)
    made: ValueArray = leaves.view(ValueArray)
    return made


NUMPY.finished = ours  # what rows return on arrays of Values

"""ARRAY: a namespace for the arrays of each library that follows the Array API standard.

``NUMPY`` is NumPy's. Those of JAX, PyTorch, CuPy, Dask and others are made when their first array
is met. ``standard`` is what they have in common; ``libraries`` is what each has of its own.

NumPy's arrays of Values (``dtype=object``) are computed element by element, and the results are
arrays of Values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..core import KINDS, TABLE, Primitive, atoms_in
from ..special import gamma
from .array_incomplete import share
from .floats import FLOAT, unraising
from .libraries import atoms, by_blocks, library, remainder, standard
from .unserved import unserved
from .vectors import Arrays

FLOAT64 = np.dtype(float)


class _Numpy(Arrays):
    takes_whole = False
    finished: Any = staticmethod(lambda x: x)  # what ``arrays`` makes of an array of Values

    def typed(self, operands: Sequence[Any]) -> Any:
        """As of other arrays; for float64, the common case, in less time."""
        if all(getattr(x, "dtype", FLOAT64) is FLOAT64 for x in operands):
            return NUMPY
        return NUMPY if any(map(_of_objects, operands)) else super().typed(operands)

    def convert(self, x: Any) -> Any:
        array = np.asarray(x)
        if array.dtype.kind in "biu":
            return array.astype(float)
        if array.dtype.kind not in "fO":
            raise TypeError(f"expected real numbers, got an array of {array.dtype}")
        return array

    def apply(self, row: Primitive, arguments: Sequence[Any]) -> Any:
        given = arguments if row.vectors else list(map(self.convert, arguments))
        pairs = zip(arguments, given, strict=True)  # a plain number leaves the type as it is
        xp = self.typed(row.flat([made if hasattr(x, "dtype") else x for x, made in pairs]))
        found = getattr(xp, row.key)(*given)
        if xp.dtype == FLOAT64 or not hasattr(found, "astype"):
            return found
        return found.astype(xp.dtype, copy=False)  # SciPy's functions and ours may give float64

    def spell(self, row: Primitive) -> Callable[..., Any]:
        if self.dtype != FLOAT64:  # constants are plain floats, and leave the type as it is
            return super().spell(row)
        on_lists = self._operation(row)
        on_whole = super().spell(row) if row.vectors else None

        def call(*operands: Any) -> Any:
            with self.quiet():
                if on_whole and all(isinstance(x, np.ndarray) for x in operands):
                    objects = any(map(_of_objects, operands))
                    return self._by_line(row, operands) if objects else on_whole(*operands)
                if not row.vectors and any(
                    getattr(x, "dtype", None) == np.object_ for x in operands
                ):
                    plain = [np.asarray(x) for x in operands]
                    return self.finished(np.frompyfunc(row, row.arity, 1)(*plain))
                return on_lists(*operands)

        return call

    def _operation(self, row: Primitive) -> Callable[..., Any]:
        if row.key in FLOAT.atoms and not (row.stable or row.key in self.atoms or row.operator):
            # one element at a time, of any Python code, which may raise: then it is NaN
            found: Callable[..., Any] = np.vectorize(lambda *x: unraising(row, x), otypes=[float])
            return found
        return self._where if row.name == "where" else super()._operation(row)

    def _where(self, condition: Any, a: Any, b: Any) -> Any:
        if isinstance(a, float) and isinstance(b, float):
            a, b = self.dtype.type(a), self.dtype.type(b)
        return np.where(condition, a, b)

    def _by_line(self, row: Primitive, vectors: Sequence[Any]) -> Any:
        """A row of vectors that are Values or other objects, along the last axis, which is kept."""
        wide = np.broadcast_arrays(*vectors)
        found = np.empty((*wide[0].shape[:-1], 1), dtype=object)
        for place in np.ndindex(found.shape[:-1]):
            found[place] = row(*[x[place].tolist() for x in wide])
        return self.finished(found)

    def reduced(self, row: Primitive, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        """A row of one vector, along an axis of an array, or along several; None is all.

        The rows in WHOLE_IS_AS_GOOD take 1 to 20 ns a number, and the others some 400 ns: they
        are computed on floats, line by line, which keeps more digits.
        """
        x = self.convert(x)
        if row in WHOLE_IS_AS_GOOD and x.size and not _of_objects(x):
            return super().reduced(row, x, axis=axis, keepdims=keepdims)[()]
        axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
        found = np.empty([n for i, n in enumerate(x.shape) if i not in axes], dtype=x.dtype)
        size = math.prod(x.shape[i] for i in axes)
        lines = np.moveaxis(x, axes, range(-len(axes), 0)).reshape(*found.shape, size)
        for place in np.ndindex(found.shape):
            found[place] = row(lines[place].tolist())
        found = np.expand_dims(found, axes) if keepdims else found
        return self.finished(found) if found.ndim else found[()]


WHOLE_IS_AS_GOOD = {TABLE[name] for name in ("max", "min", "sum", "mean", "log_largest_share")}
"""Rows of a vector that lose no more digits on whole arrays than on floats."""


def _of_objects(x: Any) -> bool:
    return getattr(x, "dtype", None) == np.object_


def _special(name: str) -> Callable[..., Any]:
    """SciPy's function for a row. Without SciPy it is FLOAT's, element by element."""

    def call(*operands: Any) -> Any:
        try:
            from scipy import special
        except ImportError:
            return np.vectorize(getattr(FLOAT, name), otypes=[float])(*operands)
        return getattr(special, {"lgamma": "gammaln"}.get(name, name))(*operands)

    return call


def _gammas(name: str) -> Callable[..., Any]:
    """SciPy's function for a row of the gamma family, except where it loses digits.

    It loses digits left of 0, and near 1 and 2. There our own function serves, element by element.
    """
    scipys = _special(name)

    def call(*operands: Any) -> Any:
        *n, x = operands
        x = np.asarray(x, dtype=float)
        lost = (x % 1 > 0) & ((x < 0) | (abs(x - 1.5) < 0.75))
        own = np.vectorize(partial(getattr(gamma, name), *n), otypes=[float])
        return np.piecewise(x, [lost], [own, partial(scipys, *map(int, n))])[()]

    return call


def _betainc() -> Callable[..., Any]:
    """SciPy's Iₓ(a, b), but NaN or the limit where a or b is no finite number above 0."""
    scipys = _special("betainc")

    def call(a: Any, b: Any, x: Any) -> Any:
        a, b, x = np.broadcast_arrays(a, b, x)
        inside = (a > 0) & (b > 0) & (x >= 0) & (x <= 1) & ((a < math.inf) | (b < math.inf))
        usual = inside & (a < math.inf) & (b < math.inf)
        y = scipys(*(np.where(usual, z, 0.5) for z in (a, b, x)))
        end = np.where((x == 1) | ((x > 0) & (b == math.inf)), 1.0, 0.0)
        return np.where(inside, np.where(usual, y, end), math.nan)[()]

    return call


NUMPY = _Numpy(
    "NumPy",
    np,
    {
        **atoms_in(np),
        **{name: getattr(np, name) for name in ("exp2", "log2", "square", "reciprocal")},
        **{name: _special(name) for name in ("erf", "erfc", "gamma")},
        "gammainc": lambda a, x: share(np, _special("gammainc"), 0.0, a, x)[()],
        "gammaincc": lambda a, x: share(np, _special("gammaincc"), 1.0, a, x)[()],
        "betainc": _betainc(),
        **{name: _gammas(name) for name in ("lgamma", "digamma", "polygamma")},
        "round": lambda x, digits: np.round(x, int(digits)),
        "remainder": partial(remainder, np),
        "hypot": lambda x: reduce(np.hypot, x, 0.0),
    },
    types=(np.ndarray,),
    rank=3,
    dtype=FLOAT64,
)
KINDS[np.generic] = FLOAT  # NumPy's scalars, such as np.float64

LIBRARIES: dict[str, Arrays] = {"numpy": NUMPY}
"""The namespace of each library whose arrays were met."""


def serve(x: Any) -> None:
    """Enter the type of the array x in KINDS. What has no shape or no product is no array.

    Raises:
        ImportError: If the library needs a package that is missing.
        TypeError: If x is a masked array or a matrix.
    """
    if isinstance(x, np.ndarray) and (refused := unserved(x)) is not None:
        raise TypeError(f"an operand is {refused}")
    of_array = all(hasattr(x, name) for name in ("shape", "dtype", "__mul__"))
    if not of_array or isinstance(x, np.ndarray | np.generic):
        return
    name = library(type(x))
    if name not in LIBRARIES:
        lib = standard(x)
        blocks = partial(by_blocks, lib, NUMPY) if name == "dask" else None
        LIBRARIES[name] = Arrays(name, lib, atoms(name, lib), otherwise=blocks)
    KINDS[type(x)] = LIBRARIES[name]

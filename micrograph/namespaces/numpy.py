"""NUMPY: the rows on whole arrays at once.

Outside a domain and at a pole, elements are infinite or NaN, as in IEEE 754. Arrays of Values
(``dtype=object``) are computed element by element, and the results are arrays of Values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..core import KINDS, Namespace, Primitive, atoms_in
from ..special import gamma
from .floats import FLOAT


class _Numpy(Namespace):
    finished: Any = staticmethod(lambda x: x)  # what ``arrays`` makes of an array of Values

    def convert(self, x: Any) -> Any:
        array = np.asarray(x)
        if array.dtype.kind in "biu":
            return array.astype(float)
        if array.dtype.kind not in "fO":
            raise TypeError(f"expected real numbers, got an array of {array.dtype}")
        return array

    def exponent(self, x: Any) -> Any:
        return np.frexp(np.where(np.isfinite(x), x, 0.0))[1]

    def apply(self, row: Primitive, arguments: Sequence[Any]) -> Any:
        return super().apply(row, arguments if row.vectors else list(map(self.convert, arguments)))

    def spell(self, row: Primitive) -> Callable[..., Any]:
        if row.name in FLOAT.atoms and not (row.stable or row.name in self.atoms or row.operator):
            opaque = FLOAT.atoms[row.name]  # any Python code: one element at a time
            operation: Callable[..., Any] = np.vectorize(opaque, otypes=[float])
        else:
            operation = super().spell(row)

        def on_arrays(*operands: Any) -> Any:
            with np.errstate(all="ignore"):
                if any(getattr(x, "dtype", None) == np.object_ for x in operands):
                    plain = [np.asarray(x) for x in operands]
                    return self.finished(np.frompyfunc(row, row.arity, 1)(*plain))
                return operation(*operands)

        def on_vectors(*vectors: Any) -> Any:
            with np.errstate(all="ignore"):
                return operation(*vectors)

        return on_vectors if row.vectors else on_arrays

    def along(self, row: Primitive, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        """A row of one vector, along an axis of an array, or along several; None is all."""
        x = self.convert(x)
        axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
        found = np.empty([n for i, n in enumerate(x.shape) if i not in axes], dtype=x.dtype)
        size = math.prod(x.shape[i] for i in axes)
        lines = np.moveaxis(x, axes, range(-len(axes), 0)).reshape(*found.shape, size)
        for place in np.ndindex(found.shape):
            found[place] = row(lines[place].tolist())
        found = np.expand_dims(found, axes) if keepdims else found
        return self.finished(found) if found.ndim else found[()]

    def partials(self, row: Primitive, y: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        with np.errstate(all="ignore"):
            return row.partials_at(self, y, operands)


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
        return np.piecewise(
            x,
            [(x % 1 > 0) & ((x < 0) | (abs(x - 1.5) < 0.75))],
            [
                np.vectorize(partial(getattr(gamma, name), *n), otypes=[float]),
                partial(scipys, *map(int, n)),
            ],
        )[()]

    return call


NUMPY = _Numpy(
    "NumPy",
    {
        **atoms_in(np),
        **{name: getattr(np, name) for name in ("exp2", "log2", "square", "reciprocal")},
        **{name: _special(name) for name in ("erf", "erfc", "gamma")},
        **{name: _gammas(name) for name in ("lgamma", "digamma", "polygamma")},
        "round": lambda x, digits: np.round(x, int(digits)),
        "remainder": lambda a, b: a - b * np.rint(a / b),
        "hypot": lambda x: reduce(np.hypot, x, 0.0),
    },
    types=(np.ndarray,),
    rank=3,
)
KINDS[np.generic] = FLOAT  # NumPy's scalars, such as np.float64

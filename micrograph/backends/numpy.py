"""NUMPY: the rows on whole arrays at once; infinities and NaN as IEEE 754 has them.

Arrays of Values (``dtype=object``) are taken element by element, and stay arrays of Values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..namespaces import FLOAT, Namespace, atoms_in
from ..row import KINDS, Primitive


class _Numpy(Namespace):
    def convert(self, x: Any) -> Any:
        return np.asarray(x)

    def spell(self, row: Primitive) -> Callable[..., Any]:
        operation = super().spell(row)

        def on_arrays(*operands: Any) -> Any:
            if any(getattr(x, "dtype", None) == np.object_ for x in operands):
                return np.frompyfunc(row, row.arity, 1)(*operands)
            with np.errstate(all="ignore"):
                return operation(*operands)

        return operation if row.vectors else on_arrays

    def partials(self, row: Primitive, y: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        with np.errstate(all="ignore"):
            return row.partials_at(self, y, operands)


NUMPY = _Numpy(
    "NumPy",
    {**atoms_in(np), "round": lambda x, digits: np.round(x, int(digits))},
    rank=3,
)
KINDS.update({np.ndarray: NUMPY, np.generic: FLOAT})

"""Memory for results: what an array stood on serves the next when array and views are gone."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .build import extension

SMALL = 1 << 14
"""Arrays of fewer bytes are NumPy's own: its allocation of them is quick."""


def results(shape: tuple[int, ...], count: int) -> list[Any]:
    """So many new arrays of float64 of this shape, not filled in.

    A new array of some megabytes costs as much as to fill it, since its memory comes from the
    system, page by page. So memory is kept and used again. NumPy tells when it is free: the array,
    and all views of it, hold the block of memory that they stand on.
    """
    kernels, _ = extension()
    size = 8 * prod(shape)
    if not kernels or size < SMALL:
        return [np.empty(shape) for _ in range(count)]
    return [np.frombuffer(kernels.Memory(size)).reshape(shape) for _ in range(count)]

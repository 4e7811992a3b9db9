"""Subclasses of NumPy's arrays that compute otherwise than arrays do, and so are refused."""

from __future__ import annotations

from typing import Any


def unserved(array: Any) -> str | None:
    """What a masked array or a matrix is called, and what to write instead; else None.

    Example:
        >>> import numpy as np
        >>> unserved(np.ma.array([1.0]))
        'a masked array; fill it first: x.filled(0.0), or x.compressed()'
    """
    if hasattr(array, "mask") and hasattr(array, "filled"):
        return "a masked array; fill it first: x.filled(0.0), or x.compressed()"
    if hasattr(array, "A1"):
        return "a matrix, whose * is the matrix product; give np.asarray(x), and write @"
    return None

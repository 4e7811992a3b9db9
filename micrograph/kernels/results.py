"""Memory for results."""

from __future__ import annotations

from typing import Any

import numpy as np


def results(shape: tuple[int, ...], count: int) -> list[Any]:
    """So many new arrays of float64 of this shape, not filled in."""
    return [np.empty(shape) for _ in range(count)]

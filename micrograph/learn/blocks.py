"""A fold over blocks of rows: what each block adds is small, and the blocks are joined to one.

Blocks in memory are folded one after the other. Blocks of Dask become tasks of whatever scheduler
is active, and what they add is joined as a tree. So no more than a few blocks are in memory at
once, and none of them leaves the process where it is computed. The shape of the tree depends on
nothing but the blocks, so the result has the same bits on every scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .examples import unmasked
from .one_thread import one_thread
from .triangle import BLOCK, Array

FAN = 8
"""So many parts are joined by one task."""

Part = TypeVar("Part")
Of = Callable[[Array, Any], Part]
Join = Callable[[Sequence[Part]], Part]


class Block(NamedTuple):
    """Some rows of the data.

    Attributes:
        X: The features, or a task of Dask that computes them.
        y: The labels, likewise.
        first: The number of the first row.
    """

    X: Any
    y: Any
    first: int


def fold(blocks: Sequence[Block], of: Of[Part], join: Join[Part]) -> Part:
    """What all rows add: ``join`` of ``of(X, y)``, for which few rows are taken at a time.

    Raises:
        ValueError: If a block has no finite numbers, or not as many labels as rows.
    """
    reduce, tree = partial(_reduced, of, join), partial(_joined, join)
    parts: list[Any]
    if not hasattr(blocks[0].X, "dask"):
        parts = [tree([reduce(*block) for block in blocks])]
    else:
        from dask import compute, delayed

        task, merge = delayed(reduce, pure=False), delayed(tree, pure=False)
        parts = [task(*block) for block in blocks]
        while len(parts) > 1:
            parts = [merge(parts[i : i + FAN]) for i in range(0, len(parts), FAN)]
        parts = list(compute(*parts))
    found: Part | None = parts[0]
    if found is None:
        raise ValueError("X has no rows")
    return found


def _reduced(of: Of[Part], join: Join[Part], X: Any, y: Any, first: int) -> Part | None:
    """What a block adds. It is cut into slices that fit in the processor's cache."""
    y = np.asarray(y)
    if len(y) != X.shape[0]:
        raise ValueError(
            f"from row {first} on there are {X.shape[0]} rows of X and {len(y)} labels in a "
            "block; y should have as many in each"
        )
    starts = range(0, len(y), BLOCK)
    with one_thread():
        parts = [of(_numbers(X[i : i + BLOCK], first + i), y[i : i + BLOCK]) for i in starts]
        return join(parts) if parts else None


def _joined(join: Join[Part], parts: Sequence[Part | None]) -> Part | None:
    """The join of the parts of blocks that have rows, or None if none has."""
    some = [part for part in parts if part is not None]
    with one_thread():
        return join(some) if some else None


def _numbers(X: Any, first: int) -> Array:
    if hasattr(X, "toarray"):  # a sparse block
        X = X.toarray()
    try:
        numbers = np.asarray(unmasked(X), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"X should contain numbers: {error}") from None
    if not np.all(np.isfinite(numbers)):
        i, j = np.argwhere(~np.isfinite(numbers))[0]
        x = "NaN" if np.isnan(numbers[i, j]) else numbers[i, j]
        raise ValueError(f"X[{first + i}, {j}] is {x}; drop such rows, or fill them in")
    return numbers

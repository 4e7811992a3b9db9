"""A fold over blocks of rows: what each block adds is small, and the blocks are joined to one.

Blocks in memory are folded one after the other. Blocks of Dask become tasks of whatever scheduler
is active, and what they add is joined as a tree. So no more than a few blocks are in memory at
once, and none of them leaves the process where it is computed. The shape of the tree depends on
nothing but the blocks, so the result has the same bits on every scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .examples import finite, unmasked
from .one_thread import one_thread
from .triangle import BLOCK, Array

FAN = 8
"""So many parts are joined by one task."""


class Block(NamedTuple):
    """Some rows of the data.

    Attributes:
        X: The features, or a task of Dask that computes them.
        y: The labels, likewise.
        first: The number of the first row.
        weights: How often each row counts, likewise, or None: once.
        offset: What is added to z of each row, likewise, or None.
    """

    X: Any
    y: Any
    first: int
    weights: Any = None
    offset: Any = None


class Rows(NamedTuple):
    """Some rows in memory, checked: features X, labels y, weights > 0, and offsets or None."""

    X: Array
    y: Any
    weights: Array
    offset: Array | None = None

    def taken(self, which: Any) -> Rows:
        """Some of these rows: positions, or a mask."""
        return Rows._make(None if x is None else x[which] for x in self)


Part = TypeVar("Part")
Of = Callable[[Rows], Part]
Join = Callable[[Sequence[Part]], Part]


def fold(blocks: Sequence[Block], of: Of[Part], join: Join[Part]) -> Part:
    """What all rows add: ``join`` of ``of(rows)``, for which few rows are taken at a time.

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
    if found is None and blocks[0].weights is not None:
        raise ValueError("sample_weight is zero for all examples")
    if found is None:
        raise ValueError("X has no rows")
    return found


def _reduced(
    of: Of[Part], join: Join[Part], X: Any, y: Any, first: int, weights: Any, offset: Any
) -> Part | None:
    """What a block adds. It is cut into slices that fit in the processor's cache."""
    y, m = np.asarray(y), X.shape[0]
    if len(y) != m:
        raise ValueError(
            f"from row {first} on there are {m} rows of X and {len(y)} labels in a "
            "block; y should have as many in each"
        )
    weights = np.ones(m) if weights is None else _vector(weights, m, "sample_weight", first)
    if np.any(weights < 0):
        i = int(np.argmax(weights < 0))
        raise ValueError(
            f"sample_weight should be finite numbers ≥ 0; sample_weight[{first + i}] is "
            f"{weights[i]:g}"
        )
    offset = None if offset is None else _vector(offset, m, "offset", first)
    with one_thread():
        parts = list(map(of, _slices(X, y, first, weights, offset)))
        return join(parts) if parts else None


def _slices(X: Any, y: Array, first: int, weights: Array, offset: Any) -> Iterator[Rows]:
    """The rows of a block, BLOCK at a time. A row of weight 0 is as if it were not there."""
    for i in range(0, len(y), BLOCK):
        at = slice(i, i + BLOCK)
        some = None if offset is None else offset[at]
        rows = Rows(_numbers(X[at], first + i), y[at], weights[at], some)
        if not rows.weights.all():
            rows = rows.taken(rows.weights > 0)
        if len(rows.y):
            yield rows


def _joined(join: Join[Part], parts: Sequence[Part | None]) -> Part | None:
    """The join of the parts of blocks that have rows, or None if none has."""
    some = [part for part in parts if part is not None]
    with one_thread():
        return join(some) if some else None


def _vector(x: Any, m: int, name: str, first: int) -> Array:
    """As many finite numbers as a block has rows."""
    try:
        found = np.asarray(unmasked(x), dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} should contain numbers: {error}") from None
    if found.shape != (m,):
        raise ValueError(
            f"from row {first} on there are {m} rows of X, and {name} has the shape {found.shape}"
        )
    if not np.all(np.isfinite(found)):
        i = int(np.argmin(np.isfinite(found)))
        raise ValueError(f"{name} should be finite numbers; {name}[{first + i}] is {found[i]:g}")
    return found


def _numbers(X: Any, first: int) -> Array:
    if hasattr(X, "toarray"):  # a sparse block
        X = X.toarray()
    try:
        numbers = np.asarray(unmasked(X), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"X should contain numbers: {error}") from None
    return finite(numbers, first)

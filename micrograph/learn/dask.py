"""Blocks of rows from an array or a data frame of Dask, without computing them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .blocks import Block
from .examples import vector


def is_dask(X: Any) -> bool:
    """Whether X is a collection of Dask, which nothing here may load as a whole."""
    return type(X).__module__.partition(".")[0] == "dask"


def row_blocks(X: Any, y: Any, weights: Any = None, offset: Any = None) -> list[Block]:
    """The rows of X and y, block by block. Columns in several chunks are joined.

    Args:
        X: An array or a data frame of Dask, of m rows.
        y: m labels: an array or a column of Dask, or in memory.
        weights: How often each row counts, likewise, or a number for all, or None: once.
        offset: What is added to z of each row, likewise, or None.

    Raises:
        ValueError: If X is no table, if a column holds no numbers, if chunks are of sizes that
            can't be computed, or if y does not have m labels.
    """
    if not hasattr(type(X), "compute_chunk_sizes") and not hasattr(type(X), "to_dask_array"):
        raise ValueError(f"X should be an array or a data frame of Dask, got a {type(X).__name__}")
    if X.ndim != 2:
        raise ValueError(f"X should be a table of rows and columns, got {X.ndim} dimensions")
    if hasattr(X, "dtypes"):
        odd = [str(name) for name, kind in X.dtypes.items() if kind.kind not in "biuf"]
        if odd:
            raise ValueError(
                f"the columns {', '.join(odd)} of X hold no numbers; make them numbers, or drop "
                "them"
            )
    X, sizes = _sized(X, "X")
    if X.shape[1] == 0:
        raise ValueError("X has no columns; at least one is needed")
    y = _labels(y, X, sizes)
    more = [
        _beside(weights, X, sizes, "sample_weight", 0.0), _beside(offset, X, sizes, "offset")
    ]  # fmt: skip
    X = X.rechunk({1: -1})
    firsts = np.concatenate([[0], np.cumsum(X.chunks[0])[:-1]]).tolist()
    # optimised one by one, X and y would each compute what both come from
    parts = [
        [None] * len(firsts) if x is None else x.to_delayed(optimize_graph=False).ravel()
        for x in (X, y, *more)
    ]
    return [Block(x, y, at, w, o) for x, y, w, o, at in zip(*parts, firsts, strict=True)]


def _sized(x: Any, name: str, like: Any = None) -> tuple[Any, Any]:
    """x as an array whose chunks have known sizes, and the lengths of a data frame's partitions.

    Args:
        x: A collection of Dask.
        name: What to call x in a message.
        like: The lengths to take for those of x if it has as many partitions, or None.
    """
    try:
        if hasattr(x, "to_dask_array"):
            if like is None or len(like) != x.npartitions:
                like = tuple(int(n) for n in x.map_partitions(len).compute())
            return _plain(x).to_dask_array(lengths=like), like
        if np.isnan(sum(map(sum, x.chunks))):
            x = x.copy().compute_chunk_sizes()
        return x, None
    except Exception as error:
        raise ValueError(
            f"the sizes of {name}'s chunks are not known, and computing them failed: {error}"
        ) from error


def _plain(x: Any) -> Any:
    """A data frame, or a column, without types of pandas' own, of which Dask makes no arrays."""
    if x.ndim == 2:
        own = [name for name, kind in x.dtypes.items() if not isinstance(kind, np.dtype)]
        return x.astype(dict.fromkeys(own, "float64")) if own else x
    kind = x.dtype
    return x if isinstance(kind, np.dtype) else x.astype(getattr(kind, "numpy_dtype", object))


def _labels(y: Any, X: Any, sizes: Any) -> Any:
    """y as an array of Dask in chunks of as many rows as those of X."""
    import dask.array as da

    if y is None:
        raise ValueError("y should be a 1d array of labels, got None")
    if is_dask(y):
        y, _ = _sized(y, "y", sizes)
    else:
        y = da.from_array(np.asarray(y), chunks=-1)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise ValueError(f"y should be a 1d array of labels, got shape {y.shape}")
    if len(y) != len(X):
        raise ValueError(f"X has {len(X)} examples, y has {len(y)} labels")
    return y.rechunk((X.chunks[0],))


def _beside(x: Any, X: Any, sizes: Any, name: str, least: float = -np.inf) -> Any:
    """A number for each row as an array of Dask in chunks of as many rows as those of X, or None.

    Those of Dask are checked when they are computed.
    """
    import dask.array as da

    if x is None:
        return None
    if is_dask(x):
        x, _ = _sized(x, name, sizes)
    else:
        x = da.from_array(vector(x, len(X), name, least=least))
    if x.shape != (len(X),):
        raise ValueError(f"{name} should have the shape ({len(X)},), got {x.shape}")
    return x.rechunk((X.chunks[0],))

"""Whole vectors: rows of vectors along the last axis of arrays, for graphs whose nodes have shapes.

In an array of a batch the dimensions of the batch lead, and those of the node trail. Within a rule,
``xp.sum(x)`` of a whole array reduces its last axis, and keeps it with length 1. So a rule's
arithmetic on whole vectors and their reductions needs no index.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..core import Primitive
from ..special import logistic
from .floats import IEEE, Ieee
from .standard import Elementwise, Operation


class Arrays(Elementwise):
    """The namespace of a library's arrays, which may be whole vectors."""

    holds_vectors = takes_whole = True

    def apply(self, row: Primitive, arguments: Sequence[Any]) -> Any:
        """The row at arguments as a user gives them. Vectors may be arrays: all their elements."""
        if row.vectors and all(map(self.holds, arguments)):
            flat = [self.lib.reshape(self.convert(x), (-1,)) for x in arguments]
            return self.along(row, flat)
        return super().apply(row, arguments)

    def spell(self, row: Primitive) -> Operation:
        """As of any namespace. A row of vectors takes whole arrays, and lists of their elements."""
        if not row.vectors:
            return super().spell(row)
        on_lists, on_arrays = self._operation(row), WHOLE.get(row.name)

        def call(*vectors: Any) -> Any:
            if on_arrays and all(map(self.holds, vectors)):
                return on_arrays(self, *vectors)
            elements = row.flat(vectors)
            if not any(map(self.holds, elements)):
                return float(IEEE.value(row, list(map(Ieee, elements))))
            if row.key in self.atoms:
                xp = self.typed(elements)
                vectors = tuple(list(map(xp.array, x)) for x in vectors)
            return on_lists(*vectors)

        return call

    def aligned(self, x: Any, rank: int) -> Any:
        """x with so many axes of length 1 appended: a batch, to meet a batch of such nodes.

        Args:
            x: A float, or an array whose dimensions are all of the batch. A float, and an array of
                no dimension, come back as they are.
            rank: How many dimensions the nodes have that it is to meet.
        """
        shape = getattr(x, "shape", ())
        return self.lib.reshape(x, (*shape, *[1] * rank)) if shape and rank else x

    def repeated(self, x: Any, n: int) -> Any:
        """x with an axis of length 1 at its end, along which it broadcasts to n."""
        return self.aligned(x, 1)

    def elements(self, x: Any) -> list[Any]:
        """The elements of whole vectors, each with an axis of length 1 in place of the last."""
        return [x[..., i : i + 1] for i in range(x.shape[-1])]

    def joined(self, x: Sequence[Any]) -> Any:
        """The whole vectors of these elements. A number is the element of all of them."""
        whole = [e if self.holds(e) else self.lib.reshape(self.array(e), (1,)) for e in x]
        return self.lib.concat(whole, axis=-1)

    def along(self, row: Primitive, vectors: Sequence[Any]) -> Any:
        """The value of a row of vectors, along their last axis. The result lacks that axis.

        Args:
            row: The row: sum, dot, logsumexp …
            vectors: Arrays of shape (…, n), or (n,), which broadcast.
        """
        return getattr(self.typed(vectors), row.key)(*vectors)[..., 0]

    def along_partials(self, row: Primitive, y: Any, vectors: Sequence[Any]) -> tuple[Any, ...]:
        """∂y/∂vector for each vector, to broadcast against shape (…, n).

        Args:
            row: The row.
            y: Its value, as ``along`` returns it.
            vectors: Arrays of shape (…, n), or (n,).
        """
        with self.quiet():
            found: tuple[Any, ...] = row.partials(self.typed(vectors), y[..., None], *vectors)
        return found

    def reduced(self, row: Primitive, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        """A row of one vector, along an axis of an array, or along several; None is all."""
        x = self.convert(x)
        axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
        rest = [i for i in range(x.ndim) if i not in axes]
        lines = self.lib.permute_dims(x, (*rest, *axes))
        lines = self.lib.reshape(lines, (*(x.shape[i] for i in rest), -1))
        found = self.along(row, [lines])
        kept = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
        return self.lib.reshape(found, kept) if keepdims else found

    def pick(
        self,
        operands: Sequence[Any],
        ranks: Sequence[int],
        places: Sequence[int],
        shape: tuple[int, ...],
    ) -> Any:
        """Elements of several nodes, gathered into one node.

        Args:
            operands: Arrays, and floats, each of which is one element.
            ranks: How many trailing dimensions of each operand are the node's own. The others are
                of the batch; those of all operands broadcast.
            places: For each element of the result its place among the elements of all operands,
                which are laid end to end; −1 stands for 0.0.
            shape: The node's shape, of as many elements as there are places.
        """
        xp = self.typed(operands)
        flat = [
            xp.lib.reshape(x, (*_batch(x, rank), math.prod(x.shape[len(_batch(x, rank)) :])))
            for x, rank in zip(map(xp.array, operands), ranks, strict=True)
        ]
        size = sum(x.shape[-1] for x in flat)
        if -1 in places:
            flat.append(xp.array([0.0]))
            places = [size if i == -1 else i for i in places]
        batch = np.broadcast_shapes(*(tuple(x.shape[:-1]) for x in flat))
        if len(flat) > 1:
            flat = [xp.lib.concat([xp.filled(x, x.shape[-1:], batch) for x in flat], axis=-1)]
        return xp.lib.reshape(xp.taken(flat[0], places), (*batch, *shape))

    def taken(self, x: Any, places: Sequence[int]) -> Any:
        """The elements at these places along the last axis: a slice, if they are evenly spaced."""
        places = list(places)
        if places == list(range(x.shape[-1])):
            return x
        if not places:
            return x[..., :0]
        if places == list(range(places[0], places[0] + len(places))):
            return x[..., places[0] : places[0] + len(places)]
        return self.lib.take(x, self.lib.asarray(places), axis=-1)

    def filled(self, x: Any, shape: tuple[int, ...], batch: tuple[int, ...] | None = None) -> Any:
        """x, repeated so that its node has this shape.

        Args:
            x: A float, an array of no dimension, or an array whose last dimensions, as many as
                ``shape`` has, are of length 1 or full.
            shape: The node's shape.
            batch: The dimensions of the batch (default: those of x).
        """
        x = self.typed([x]).array(x)
        found = _batch(x, len(shape)) if batch is None else batch
        full = (*found, *shape)
        return x if tuple(x.shape) == full else self.lib.broadcast_to(x, full)


def _batch(x: Any, rank: int) -> tuple[int, ...]:
    """The dimensions of the batch: all but the last ones, which are the node's."""
    return tuple(x.shape[: max(len(x.shape) - rank, 0)])


# The rows of vectors, of whole arrays: they reduce the last axis, and keep it with length 1


def _dot(xp: Any, a: Any, b: Any) -> Any:
    """Σ aᵢbᵢ. If a factor is one vector, it is a product of matrices, which stores no aᵢbᵢ."""
    if len(b.shape) == 1:
        return xp.lib.matmul(a, b)[..., None]
    if len(a.shape) == 1:
        return xp.lib.matmul(b, a)[..., None]
    return xp.lib.vecdot(a, b, axis=-1)[..., None]


def _hypot(xp: Any, x: Any) -> Any:
    """√Σx², with all x divided by the largest |x| first, so that no square overflows."""
    if not x.shape[-1]:
        return xp.sum(x)
    top = xp.lib.max(xp.lib.abs(x), axis=-1, keepdims=True)
    scale = xp.lib.where((top > 0) & xp.lib.isfinite(top), top, xp.lib.ones_like(top))
    return xp.where(
        xp.lib.any(xp.lib.isinf(x), axis=-1, keepdims=True),
        math.inf,
        scale * xp.sqrt(xp.sum((x / scale) ** 2)),
    )


def _logsumexp(xp: Any, x: Any) -> Any:
    """log Σ exp(xᵢ) = top + log Σ exp(xᵢ − top), where the exponentials of the top are 1 each."""
    if not x.shape[-1]:
        return xp.sum(x) - math.inf
    top = xp.lib.max(x, axis=-1, keepdims=True)
    finite = xp.where(xp.lib.isfinite(top), top, 0.0)
    others = xp.sum(xp.where(x == finite, 0.0, xp.exp(x - finite)))
    equals = xp.sum(xp.where(x == finite, xp.lib.ones_like(x), 0.0))
    return finite + xp.log1p(others + (equals - 1))


def _prod(xp: Any, x: Any) -> Any:
    """∏ xᵢ, pair by pair, with the powers of two apart: it overflows only if the result does."""
    lib = xp.lib
    if not x.shape[-1] or not hasattr(lib, "frexp"):
        return lib.prod(x, axis=-1, keepdims=True)
    y, power = lib.frexp(x)
    while (n := y.shape[-1]) > 1:
        even = n - n % 2
        pairs, more = lib.frexp(y[..., 0:even:2] * y[..., 1:even:2])
        more = more + power[..., 0:even:2] + power[..., 1:even:2]
        y = lib.concat([pairs, y[..., even:]], axis=-1)
        power = lib.concat([more, power[..., even:]], axis=-1)
    return lib.ldexp(y, power)


WHOLE: dict[str, Callable[..., Any]] = {
    "sum": lambda xp, x: xp.lib.sum(x, axis=-1, keepdims=True),
    "mean": lambda xp, x: xp.sum(x) / x.shape[-1],
    "max": lambda xp, x: xp.lib.max(x, axis=-1, keepdims=True),
    "min": lambda xp, x: xp.lib.min(x, axis=-1, keepdims=True),
    "prod": _prod,
    "dot": _dot,
    "hypot": _hypot,
    "dist": lambda xp, p, q: xp.hypot(p - q),
    "logsumexp": _logsumexp,
    "log_largest_share": logistic.log_largest_share,
}
"""The rows whose form for whole arrays is not the rule that serves lists."""

"""Arguments and results of transforms: nested containers of numbers and arrays, as flat lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ..engine.value import Value
from .containers import array_in, dressed, filled, flagged, is_array, parts, remade, walk

LEAVES = frozenset({float, Value})
"""The types that most leaves have."""


class Tree:
    """A container of numbers, as a flat list of leaves and the way back to the container's shape.

    A leaf is a number or a Value. A container is a list, a tuple, a dict or an array. A leaf may
    also stand alone.

    Args:
        x: The container, or the leaf.
        what: How an error begins: the words before the object that is no number.

    Raises:
        TypeError: If x holds anything else.
    """

    def __init__(self, x: Any, what: str = "the argument is") -> None:
        self.shape = _structure(x)  # f, or its caller, may change a list or a dict meanwhile
        self.leaves: list[Any] = []
        try:
            _collect(x, what, self.leaves)
        except TypeError:
            slowly = walk(x, what)  # which says where in x it is
        else:
            return
        self.leaves = [leaf for _, leaf in slowly]

    def rebuild(self, leaves: Sequence[Any], flags: bool = False) -> Any:
        """These leaves, as many as this tree has, in its shape. Arrays of floats are float64.

        If ``flags`` is true, columns of bool in Series and DataFrames are left as they were.
        """
        return _rebuild(self.shape, iter(leaves), flags)

    def map(self, change: Callable[[Any], Any]) -> Tree:
        """The tree with every leaf changed."""
        twin = object.__new__(Tree)
        twin.shape, twin.leaves = self.shape, [change(x) for x in self.leaves]
        return twin

    def like(self, x: Any, what: str) -> list[Any]:
        """The leaves of x. Raises TypeError if x does not have this tree's shape."""
        other = Tree(x, f"{what} contain")
        if _outline(other.shape) != _outline(self.shape):
            raise TypeError(
                f"{what} should have the shape {_outline(self.shape)}, got {_outline(other.shape)}"
            )
        return other.leaves

    def outer(self, inner: Tree, rows: Sequence[Sequence[Any]]) -> Any:
        """This tree, with a tree like ``inner`` in place of each leaf, filled from the leaf's row.

        An array of shape s here and an array of shape t in ``inner`` make an array of shape s + t.
        """
        return _outer(self.shape, inner, iter(rows))


def _structure(x: Any) -> Any:
    """The containers of x, copied; arrays and numbers as they are."""
    if _is_flat(x):
        return x[:]
    found = None if is_array(x) else parts(x)
    return x if found is None else remade(x, [_structure(part) for _, part in found])


def _is_flat(x: Any) -> bool:
    """Whether x is a list or a tuple of numbers alone."""
    return type(x) in (list, tuple) and LEAVES.issuperset(map(type, x))


def _collect(x: Any, what: str, leaves: list[Any]) -> None:
    """Append the leaves of x to ``leaves``."""
    if _is_flat(x):
        leaves += x  # all at once: a tenth of the time
    elif type(x) is float or isinstance(x, Value):
        leaves.append(x)
    elif type(x) in (list, tuple):
        for part in x:
            _collect(part, what, leaves)
    elif isinstance(x, Mapping):  # which may answer any attribute
        leaves += [leaf for _, leaf in walk(x, what)]
    elif getattr(getattr(x, "dtype", None), "kind", "") == "f" and not hasattr(x, "mask"):
        leaves += array_in(x, what).ravel().tolist() if is_array(x) else [float(x)]
    else:
        leaves += [leaf for _, leaf in walk(x, what)]


def _rebuild(shape: Any, leaves: Iterator[Any], flags: bool = False) -> Any:
    if _is_flat(shape):
        return type(shape)(islice(leaves, len(shape)))
    if is_array(shape):
        elements = list(islice(leaves, shape.size))
        found = dressed(shape, filled(elements, shape.shape, array_in(shape, "")))
        return flagged(shape, found) if flags else found
    found = parts(shape)
    if found is None:
        return next(leaves)
    return remade(shape, [_rebuild(part, leaves, flags) for _, part in found])


def _outer(shape: Any, inner: Tree, rows: Iterator[Sequence[Any]]) -> Any:
    if is_array(shape):
        return _blocks(shape, inner.shape, [list(next(rows)) for _ in range(shape.size)])
    found = parts(shape)
    if found is None:
        return inner.rebuild(next(rows))
    return remade(shape, [_outer(part, inner, rows) for _, part in found])


def _blocks(shape: Any, inner: Any, rows: list[list[Any]]) -> Any:
    """For an array of outputs: ``inner``, with the outputs' shape put before that of each leaf."""
    found = None if is_array(inner) else parts(inner)
    if found is not None:
        return remade(inner, [_blocks(shape, part, rows) for _, part in found])
    size = inner.size if is_array(inner) else 1
    flat = [row.pop(0) for row in rows for _ in range(size)]
    return filled(flat, shape.shape + (inner.shape if is_array(inner) else ()))


def _outline(x: Any) -> Any:
    """A container's shape in a form that compares and prints."""
    if _is_flat(x):
        return ["number"] * len(x)
    if is_array(x):
        return f"array{x.shape}" if x.shape else "number"
    found = parts(x)
    if found is None:
        return "number"
    if isinstance(x, list | tuple):
        return [_outline(part) for _, part in found]
    return {key: _outline(part) for key, part in found}

"""Arguments and results of transforms: nested containers of numbers and arrays, as flat lists."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ..engine.value import Value
from ..namespaces.floats import real

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
        self.shape = x
        self.leaves: list[Any] = []
        _collect(x, what, self.leaves)

    def rebuild(self, leaves: Sequence[Any]) -> Any:
        """These leaves in this tree's shape. Arrays of floats are float64."""
        return _rebuild(self.shape, iter(leaves))

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


def numbers_for_values(x: Any) -> Any:
    """x, with its number in place of each Value in lists, tuples, dicts and arrays."""
    if isinstance(x, Value):
        return x.data
    if getattr(getattr(x, "dtype", None), "kind", "") == "O":
        return _array([numbers_for_values(e) for e in x.flat], x.shape)
    if isinstance(x, Mapping):
        return type(x)((key, numbers_for_values(e)) for key, e in x.items())  # type: ignore[call-arg]  # a dict's
    if isinstance(x, list | tuple):
        return _container(x, [numbers_for_values(e) for e in x])
    return x


def values_in(x: Any) -> Iterator[Value]:
    """The Values in x: in lists, tuples, dicts and arrays."""
    if isinstance(x, Value):
        yield x
    elif (
        isinstance(x, Mapping | list | tuple)
        or getattr(getattr(x, "dtype", None), "kind", "") == "O"
    ):
        elements = x.values() if isinstance(x, Mapping) else getattr(x, "flat", x)
        for element in elements:
            yield from values_in(element)


def _is_array(x: Any) -> bool:
    return hasattr(x, "dtype") and hasattr(x, "reshape") and hasattr(x, "__len__")


def _collect(x: Any, what: str, leaves: list[Any]) -> None:
    """Append the leaves of x to ``leaves``."""
    if isinstance(x, Value):
        leaves.append(x)
    elif _is_array(x):
        _collect_all(x.ravel().tolist(), what, leaves)
    elif isinstance(x, Mapping):
        _collect_all(x.values(), what, leaves)
    elif isinstance(x, list | tuple):
        _collect_all(x, what, leaves)
    else:
        number = real(x)
        if number is None:
            raise TypeError(f"{what} {x!r} ({type(x).__name__}); expected numbers")
        leaves.append(number)


def _collect_all(elements: Collection[Any], what: str, leaves: list[Any]) -> None:
    if LEAVES.issuperset(map(type, elements)):  # all at once: a tenth of the time
        leaves += elements
    else:
        for x in elements:
            _collect(x, what, leaves)


def _rebuild(shape: Any, leaves: Iterator[Any]) -> Any:
    if _is_array(shape):
        return _array(list(islice(leaves, shape.size)), shape.shape)
    if isinstance(shape, Mapping):
        return type(shape)((key, _rebuild(x, leaves)) for key, x in shape.items())  # type: ignore[call-arg]  # a dict's
    if isinstance(shape, list | tuple):
        if LEAVES.issuperset(map(type, shape)):
            return _container(shape, list(islice(leaves, len(shape))))
        return _container(shape, [_rebuild(x, leaves) for x in shape])
    return next(leaves)


def _outer(shape: Any, inner: Tree, rows: Iterator[Sequence[Any]]) -> Any:
    if _is_array(shape):
        return _blocks(shape, inner.shape, [list(next(rows)) for _ in range(shape.size)])
    if isinstance(shape, Mapping):
        return {key: _outer(x, inner, rows) for key, x in shape.items()}
    if isinstance(shape, list | tuple):
        return _container(shape, [_outer(x, inner, rows) for x in shape])
    return inner.rebuild(next(rows))


def _blocks(shape: Any, inner: Any, rows: list[list[Any]]) -> Any:
    """For an array of outputs: ``inner``, with the outputs' shape put before that of each leaf."""
    if isinstance(inner, Mapping):
        return {key: _blocks(shape, x, rows) for key, x in inner.items()}
    if isinstance(inner, list | tuple):
        return _container(inner, [_blocks(shape, x, rows) for x in inner])
    size = inner.size if _is_array(inner) else 1
    flat = [row.pop(0) for row in rows for _ in range(size)]
    return _array(flat, shape.shape + (inner.shape if _is_array(inner) else ()))


def _array(elements: list[Any], shape: tuple[int, ...]) -> Any:
    import numpy as np

    if any(issubclass(t, Value) for t in set(map(type, elements))):
        from ..arrays.array import array_of

        return array_of(elements, shape)
    return np.array(elements, dtype=float).reshape(shape)


def _container(shape: Any, elements: list[Any]) -> Any:
    if hasattr(shape, "_fields"):  # a named tuple
        return type(shape)(*elements)
    return type(shape)(elements)


def _outline(x: Any) -> Any:
    """A container's shape in a form that compares and prints."""
    if _is_array(x):
        return f"array{x.shape}" if x.shape else "number"
    if isinstance(x, Mapping):
        return {key: _outline(element) for key, element in x.items()}
    if isinstance(x, list | tuple):
        if LEAVES.issuperset(map(type, x)):
            return ["number"] * len(x)
        return [_outline(element) for element in x]
    return "number"

"""Leaves in arrays, and their gradients set to 0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .reading import topological
from .value import Value


def values(array: Any, name: str | None = None) -> Any:
    """An array of leaves, of the shape of ``array``; named w1, w2, … or w1_1, w1_2, …

    array: numbers, in an array or nested lists. Returns a NumPy array of Values (dtype object),
    with which NumPy computes: ``X @ w``, ``np.exp(w)``.

    >>> values([0.5, -1], "w")
    array([Value(0.5, 'w1'), Value(-1.0, 'w2')], dtype=object)
    """
    import numpy as np

    numbers = np.asarray(array, dtype=float)
    leaves = np.empty(numbers.shape, dtype=object)
    for place in np.ndindex(numbers.shape):
        at = "_".join(str(i + 1) for i in place)
        leaves[place] = Value(numbers[place], name and name + at)
    return leaves


def zero_grad(values: Value | Iterable[Any] | Mapping[Any, Any]) -> None:
    """Set the grad of these nodes, and of all they were computed from, to 0.

    values: a Value, or Values in lists, tuples, dicts, arrays.
    Raises: TypeError for anything else.
    """
    for node in topological(*_values_in(values)):
        node.grad = 0.0
        node._swept = False


def _values_in(x: Any) -> Iterator[Value]:
    if isinstance(x, Value):
        yield x
    elif isinstance(x, Iterable) and not isinstance(x, str | bytes):
        for element in x.values() if isinstance(x, Mapping) else x:
            yield from _values_in(element)
    else:
        raise TypeError(f"expected a Value, or Values in a list, got {x!r}")

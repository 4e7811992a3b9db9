"""Arrays of leaves, and gradients set to 0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..namespaces.floats import real
from .reading import topological
from .value import Value


def values(array: Any, name: str | None = None) -> Any:
    """A NumPy array of leaves (dtype object), with the numbers and the shape of ``array``.

    NumPy computes with it: ``X @ w``, ``np.exp(w)``.

    Args:
        array: Numbers, in an array or nested lists.
        name: The name of the whole. If it is "w", the leaves are named w1, w2, … in one dimension,
            and w1_1, w1_2, … in two. None leaves them unnamed.

    Raises:
        TypeError: If ``array`` holds what is no number, or ``name`` is not a string.
        ValueError: If ``array`` holds rows of different lengths.

    Cost:
        One Value for each number.

    Example:
        >>> values([0.5, -1], "w")
        array([Value(0.5, 'w1'), Value(-1.0, 'w2')], dtype=object)
    """
    import numpy as np

    given = np.asarray(array)
    for x in given.flat if given.dtype.kind not in "biuf" else ():
        if isinstance(x, Value) or real(x) is None:
            raise TypeError(f"values: expected real numbers, got {x!r} ({type(x).__name__})")
    numbers = given.astype(float)
    leaves = np.empty(numbers.shape, dtype=object)
    for place in np.ndindex(numbers.shape):
        at = "_".join(str(i + 1) for i in place)
        leaves[place] = Value(numbers[place], name and name + at)
    return leaves


def zero_grad(values: Value | Iterable[Any] | Mapping[Any, Any]) -> None:
    """Set the grad of these nodes, and of all nodes they were computed from, to 0.

    Args:
        values: A Value, or Values in lists, tuples, dicts and arrays.

    Raises:
        TypeError: If ``values`` holds anything else.

    Cost:
        Two passes over the edges.

    Example:
        >>> x = Value(3.0)
        >>> y = x * x
        >>> y.backward()
        >>> zero_grad(y)
        >>> x.grad, y.grad
        (0.0, 0.0)
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

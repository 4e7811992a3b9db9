"""Many Values at once: arrays of leaves, their gradients set to 0, the first that is infinite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Any

from ..namespaces.floats import FLOAT
from .sweep import reverse
from .value import Value, current, edges, topological


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


def first_nonfinite(root: Value) -> tuple[Value, str] | None:
    """Where the first infinity or NaN was born: the node, and "value" or "gradient".

    Forward, in topological order: the first node whose value is not finite. Where all are, in
    reverse: the first node that hands a gradient on which is not finite. None where there is none.
    Cost: one reverse sweep; no ``.grad`` is touched.

    >>> x = Value(0.0, "x")
    >>> node, where = first_nonfinite(x.sqrt().named("y") * 2)
    >>> node.name, where
    ('y', 'gradient')
    """
    order = current(root)
    for node in order:
        if not isfinite(node._data):
            return node, "value"
    adjoints = reverse(order, {root: 1.0}, edges, FLOAT.azmul)
    for node in reversed(order):
        if any(not isfinite(adjoints.get(parent, 0.0)) for parent in node.parents):
            return node, "gradient"
    return None


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

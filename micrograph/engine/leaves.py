"""Arrays of leaves, and gradients set to 0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..annotation import Any
from .reading import topological
from .value import Value


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

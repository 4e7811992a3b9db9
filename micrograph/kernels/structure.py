"""The structure of a call's arguments: what is a container, and which numbers and arrays are in it.

Two calls of one structure are served by one graph. An array is a batch of numbers, so an array and
a number are the same in a structure. Everything else that f could look at is part of the structure:
the types of containers, their keys, and what they hold beside numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from math import isfinite
from typing import Any

from ..engine.value import Value
from ..namespaces.floats import real
from ..transforms.containers import (
    Field,
    array_in,
    has_fields,
    is_array,
    is_cached,
    is_store,
    parts,
    remade,
    values_in,
    written,
)

Path = tuple[Any, ...]
"""The keys that lead to a part of an argument. The first is the argument's name or position."""

Leaf = Callable[[Any, Path], Any]
"""What makes a number or an array of a part of an argument; None if the part is a container."""


def leaf(x: Any, path: Path) -> Any:
    """A number as a float, an array as NumPy has it.

    Raises:
        TypeError: If x is neither, and no container.
    """
    if isinstance(x, Value):
        raise TypeError(no_value(path))
    if isinstance(x, Mapping | list | tuple):
        return None
    if is_array(x):
        return _batch(x, path)
    if getattr(getattr(x, "dtype", None), "kind", "f") in "biuf":
        number = real(x)
        if number is not None:
            return number
        if parts(x) is not None:
            return None
    named = isinstance(path[0], str)
    raise TypeError(
        f"compile: the argument {called(path)} is {x!r:.80} ({type(x).__name__}); expected numbers "
        "or arrays" + f". If f takes it as it is, name it: static_argnames={path[0]!r}" * named
    )


def no_value(path: Path) -> str:
    """The message for an argument that holds a Value."""
    return (
        f"compile: the argument {called(path)} holds a Value; expected numbers or arrays, for a "
        "compiled function records nothing. Under a transform call f itself; to use the number "
        "alone, pass x.data"
    )


def _batch(x: Any, path: Path) -> Any:
    import numpy as np

    array = np.asarray(array_in(x, f"compile: the argument {called(path)} is"))
    if array.dtype.kind not in "biuf":
        if next(values_in(array), None) is not None:
            raise TypeError(no_value(path))
        raise TypeError(
            f"compile: the argument {called(path)} is an array of {array.dtype}; expected real "
            "numbers. Convert it: x.astype(float)"
        )
    return array if array.shape else float(array)


def called(path: Path) -> str:
    """An argument as messages name it: ``p['w']``."""
    name = f"number {path[0] + 1}" if isinstance(path[0], int) else path[0]
    return f"{name}{written(path[1:])}"


def structure(x: Any, path: Path, leaves: list[Any], leaf: Leaf = leaf) -> Any:
    """The structure of x. It can be hashed, and is equal for arguments that one graph serves.

    Args:
        x: An argument, or a part of one.
        path: Where it is.
        leaves: The numbers and arrays in x are added to these.
        leaf: What tells them from containers.

    Raises:
        TypeError: If something in x is neither a number, an array nor a container.
    """
    kind = type(x)
    if kind is float:
        leaves.append(x)
        return float
    if (kind is list or kind is tuple) and {*map(type, x)} == {float}:
        leaves += x
        return kind, len(x)
    found = leaf(x, path)
    if found is not None:
        leaves.append(found)
        return float
    each = parts(x) or []
    fields = has_fields(x)
    inner = [
        structure(part, (*path, Field(key) if fields else key), leaves, leaf) for key, part in each
    ]
    if (kind is list or kind is tuple) and {*inner} == {float}:
        return kind, len(inner)
    keys = tuple(static(key, path) for key, _ in each)
    return kind, keys, _others(x, {key for key, _ in each}, path), tuple(inner)


def _others(x: Any, among: set[Any], path: Path) -> Any:
    """What a container holds beside its parts: labels and flags of a dataclass, for instance."""
    held = {k: e for k, e in getattr(x, "__dict__", {}).items() if not is_cached(x, k)}
    if is_dataclass(x):  # one with slots has no __dict__
        held |= {field.name: getattr(x, field.name) for field in fields_of(x)}
    beside = [(k, e) for k, e in held.items() if k not in among and not is_store(x, e)]
    return tuple((k, static(e, (*path, Field(k)))) for k, e in beside)


def static(x: Any, path: Path) -> Any:
    """What tells x from other things that f gets as they are: 1 is not True, 0.0 is not −0.0.

    Raises:
        TypeError: If x can't be hashed.
    """
    if type(x) is tuple:
        return tuple, tuple(static(e, path) for e in x)
    try:
        hash(x)
    except TypeError:
        raise TypeError(
            f"compile: the argument {called(path)} is static, and {x!r:.80} ({type(x).__name__}) "
            "can't be hashed, so a graph for it can't be found again. Pass a tuple in place of a "
            "list"
        ) from None
    return type(x), x.hex() if type(x) is float else x


def arrays(x: Any, path: Path) -> Iterator[str]:
    """The arrays of several numbers in an argument, as messages name them."""
    if is_array(x):
        if getattr(x, "ndim", 0):
            yield called(path)
        return
    for key, part in parts(x) or ():
        yield from arrays(part, (*path, key))


def example(x: Any) -> Any:
    """x with a float in place of each number and Value, and of each array: the array's first.

    In place of an infinity, NaN, and an array that is empty, there is 1.0.
    """
    if is_array(x):
        array = array_in(x, "compile: an argument is")
        x = float(array.ravel()[0]) if array.size else 1.0
    number = x.data if isinstance(x, Value) else real(x)
    if number is not None:
        return number if isfinite(number) else 1.0
    return remade(x, [example(part) for _, part in parts(x) or ()])

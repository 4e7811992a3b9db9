"""How a graph is called: a number or a vector for each input, from the arguments of a call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from math import prod
from typing import Any

from ..namespaces.text import listed
from .node import Node
from .vectors import Shape, Vector

Arguments = tuple[tuple[str, Any], ...]
"""The arguments of a function that was traced: the name of each, and the inputs that it holds.

What an argument holds is the number of an input, or a list or a dict of these.
"""


def by_input(inputs: Sequence[Node], args: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
    """What each input gets, by its place or by its name; if neither, what was recorded."""
    called = [node.name for node in inputs]
    if len(args) > len(inputs) or (args and len(args) + len(named) < len(inputs)):
        raise TypeError(f"expected {len(inputs)} inputs ({listed(called)}), got {len(args)}")
    bound = [*args, *(node.data for node in inputs[len(args) :])]
    for name, x in named.items():
        if called.count(name) != 1:
            many = "several inputs are" if name in called else "no input is"
            raise TypeError(f"{many} named {name!r}; the inputs are {listed(called)}")
        if called.index(name) < len(args):
            raise TypeError(f"input {name!r} is given twice, by position and by name")
        bound[called.index(name)] = x
    return bound


def by_argument(
    arguments: Arguments, recorded: Sequence[Any], args: Sequence[Any], named: Mapping[str, Any]
) -> list[Any]:
    """What each input gets, from arguments like those of the function that was traced.

    Args:
        arguments: The function's arguments.
        recorded: What each input gets if its argument is not given.
        args: The arguments given by position.
        named: The arguments given by name.
    """
    given = dict(zip(dict(arguments), args, strict=False))
    for name in named:
        if name in given:
            raise TypeError(f"argument {name!r} is given twice, by position and by name")
    bound = list(recorded)
    for name, structure in arguments:
        if name in given or name in named:
            x = given[name] if name in given else named[name]
            for i, part in taken(structure, x, name):
                bound[i] = part
    return bound


def taken(structure: Any, x: Any, called: str) -> Iterator[tuple[int, Any]]:
    """The inputs that an argument holds, each with what it is.

    Args:
        structure: The number of an input, or a list or a dict of structures.
        x: The argument.
        called: What the argument is called.

    Raises:
        TypeError: If the argument does not have this structure.
    """
    if isinstance(structure, int):
        yield structure, x
        return
    if isinstance(structure, dict):
        found = x if isinstance(x, Mapping) else _fields(x, structure)
        keys: Iterable[Any] = structure
        if found.keys() != structure.keys():
            raise TypeError(f"{called}: expected the keys {list(structure)}, got {x!r:.80}")
    else:
        found, keys = x, range(len(structure))
        if isinstance(x, Mapping) or not hasattr(x, "__len__") or len(x) != len(structure):
            raise TypeError(f"{called}: expected {len(structure)} parts, got {x!r:.80}")
    for key in keys:
        yield from taken(structure[key], found[key], f"{called}[{key!r}]")


def _fields(x: Any, structure: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a named tuple or a dataclass, but for labels that the structure lacks."""
    if hasattr(x, "_asdict"):
        return dict(x._asdict())
    if not is_dataclass(x):
        return getattr(x, "__dict__", {})
    found = {field.name: getattr(x, field.name) for field in fields(x)}
    return {name: part for name, part in found.items() if name in structure or _is_more(part)}


def _is_more(part: Any) -> bool:
    """Whether a field holds numbers, and is no label: text, a flag, None, a function."""
    held = isinstance(part, Mapping | list | tuple) or hasattr(type(part), "__float__")
    return held and not isinstance(part, bool)


def leaves(structure: Any) -> list[int]:
    """The inputs in the structure of an argument."""
    if isinstance(structure, int):
        return [structure]
    parts = structure.values() if isinstance(structure, dict) else structure
    return [i for part in parts for i in leaves(part)]


def given(xp: Any, x: Any, shape: Shape) -> Any:
    """An input as the namespace has it.

    Raises:
        TypeError: If the input is to be a vector, and is a number.
        ValueError: If it is a vector of another shape.
    """
    if not shape:
        return xp.convert(x)
    if xp.holds_vectors:
        found = xp.convert(x)
        if tuple(found.shape[len(found.shape) - len(shape) :]) != shape:
            raise ValueError(f"expected a vector of shape {shape}, got one of {tuple(found.shape)}")
        return found
    if not hasattr(x, "__len__"):
        raise TypeError(f"expected a vector of shape {shape}, got {x!r:.80}")
    numbers = flat(x)
    if len(numbers) != prod(shape):
        raise ValueError(f"expected a vector of shape {shape}, got {len(numbers)} numbers")
    return Vector(map(xp.convert, numbers))


def flat(x: Any) -> list[Any]:
    """The numbers in nested lists or an array, in order."""
    if hasattr(x, "ravel"):
        return list(x.ravel().tolist())
    if isinstance(x, list | tuple):
        return [e for part in x for e in flat(part)]
    return [x]


def kinds(x: Any) -> list[Any]:
    """What tells the kind of number in a vector: an array of numbers, or a vector's elements."""
    if hasattr(x, "dtype") and getattr(x.dtype, "kind", "f") != "O":
        return [x]
    return flat(x)


def delivered(xp: Any, y: Any, shape: Shape) -> Any:
    """An output as users get it. A matrix is an array, or a list of its rows."""
    if type(y) is not Vector:
        return xp.delivered(y)
    found = [xp.delivered(e) for e in y]
    for k in range(len(shape) - 1, 0, -1):
        n = shape[k]
        found = [found[i * n : (i + 1) * n] for i in range(prod(shape[:k]))]
    return found

"""The arguments of a compiled cost: arrays of examples, and parameters that all examples share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from inspect import signature
from typing import Any, NamedTuple

import numpy as np

from ..transforms.containers import is_array, parts, values_in
from ..transforms.tracing import parameters
from .mean_over import MeanOver, sequence
from .structure import no_value

KINDS = dict(zip("dfbBhHiIlLqQ?", "dfbBhHiIlLqQB", strict=True))
"""The kinds of numbers that the kernels read, and as what they read them."""


class Given(NamedTuple):
    """The arguments of a call.

    Attributes:
        arguments: The arguments by name, with one example in place of many.
        positional: How many of them were given by position.
        many: The arrays of examples, by the name of the argument.
        size: How many examples there are.
    """

    arguments: dict[str, Any]
    positional: int
    many: dict[str, Any]
    size: int


def given_to(cost: MeanOver, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Given:
    """The arguments of a call of the cost.

    Raises:
        TypeError: If they are not those of the loss, or if examples are no real numbers.
        ValueError: If there is no example, or not as many in each argument.
    """
    if "out" in kwargs and "out" not in signature(cost).parameters:
        raise TypeError(
            "compile: a cost takes no out=; its results are a number and some parameters, made "
            "anew at each call"
        )
    cost.bound(args, kwargs)  # it raises what is to be raised
    names = parameters(cost.loss, len(args))[: len(args)]
    given = {**dict(zip(names, args, strict=True)), **kwargs}
    many = {name: _array(name, given[name]) for name in cost.names if name in given}
    cost.check_lengths(many)
    for name, array in many.items():
        listed = isinstance(given[name], list | tuple)
        given[name] = array[0].tolist() if listed or array.ndim == 1 else array[0]
    return Given(given, len(args), many, len(next(iter(many.values()))))


def _array(name: str, x: Any) -> Any:
    """The examples of an argument as an array of real numbers.

    Raises:
        TypeError: If they are no such array.
    """
    found = sequence(name, x)
    try:
        array = np.asarray(found)
    except ValueError:  # lists of several lengths
        array = np.empty(len(found), dtype=object)
    if array.dtype.kind not in "biuf":
        if next(values_in(found), None) is not None:
            raise TypeError(no_value((name,)))
        shown = " ".join(repr(x).split())  # in one line
        raise TypeError(
            f"compile: the argument {name} is {shown:.80} ({type(x).__name__}); expected an array "
            "of real numbers, or lists of one length, with an entry for each example"
        )
    if array.dtype.char not in KINDS or not array.dtype.isnative or not array.flags.aligned:
        return array.astype(float)
    return array


def spread(structures: dict[str, Any], given: Given) -> Iterator[tuple[int, Any]]:
    """Each input with what it is, of the examples that of all of them.

    Args:
        structures: For each argument the inputs that it holds, as ``Graph.arguments`` has them.
        given: Arguments of these structures.
    """
    for name, structure in structures.items():
        if name in given.many:
            yield from _columns(structure, given.many[name])
        else:
            yield from _parts(structure, given.arguments[name])


def _columns(structure: Any, x: Any) -> Iterator[tuple[int, Any]]:
    """The inputs that an array of examples holds, each with its part of the array."""
    if isinstance(structure, int):
        yield structure, x
        return
    for k, part in enumerate(structure):
        yield from _columns(part, x[:, k])


def _parts(structure: Any, x: Any) -> Iterator[tuple[int, Any]]:
    """The inputs that an argument holds, each with its part of the argument."""
    if isinstance(structure, int):
        yield structure, x
        return
    inner = structure.values() if isinstance(structure, dict) else structure
    found = list(x) if is_array(x) else [part for _, part in parts(x) or ()]
    for places, part in zip(inner, found, strict=True):
        yield from _parts(places, part)

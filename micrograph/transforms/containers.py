"""Containers of numbers: their parts in order, and a container of the same kind with other parts.

Lists, tuples, named tuples, dicts, dataclasses and their subclasses are containers, as are NumPy's
arrays and pandas' Series and DataFrames.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any

from ..engine.value import Value
from ..namespaces.floats import real
from ..namespaces.unserved import unserved

REAL_KINDS = "biufO"
"""NumPy's kinds of real numbers, and of objects."""


def parts(x: Any) -> list[tuple[Any, Any]] | None:
    """The parts of a container, each with its key; None for an array, or for anything else."""
    if type(x) is Value or type(x) is float:  # most of what is asked about
        return None
    if isinstance(x, Mapping):
        return list(x.items())
    if isinstance(x, list | tuple):
        return list(zip(getattr(type(x), "_fields", range(len(x))), x, strict=True))
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        fields = [(field.name, getattr(x, field.name)) for field in dataclasses.fields(x)]
        return [(name, part) for name, part in fields if _may_hold_numbers(part)]
    return None


def has_fields(x: Any) -> bool:
    """Whether the keys of a container's parts are names of fields."""
    return hasattr(type(x), "_fields") or not isinstance(x, Mapping | list | tuple)


def _may_hold_numbers(x: Any) -> bool:
    """Whether a field of a dataclass is more than a label: text, a flag, None, a function."""
    if isinstance(x, str | bytes | bool) or x is None or isinstance(x, type):
        return False
    return isinstance(x, Value) or is_array(x) or parts(x) is not None or real(x) is not None


def is_cached(x: Any, name: str) -> bool:
    """Whether the attribute of that name is what a ``cached_property`` of x found."""
    return isinstance(getattr(type(x), name, None), cached_property)


def is_store(x: Any, held: Any) -> bool:
    """Whether what a mapping holds as an attribute is where it keeps its parts."""
    if isinstance(x, ChainMap):
        return held is x.maps
    return (
        isinstance(x, Mapping)
        and isinstance(held, Mapping)
        and held.keys() == x.keys()
        and all(held[key] is part for key, part in x.items())
    )


def _apart(x: Any) -> Any:
    """A copy that can be changed without a change of x. A mapping may keep its parts in another."""
    found = copy.copy(x)
    if isinstance(x, Mapping) and not isinstance(x, dict):
        state = object.__getstate__(found)  # what is in slots, too
        in_slots = state[1] if isinstance(state, tuple) else {}
        for name, held in [*getattr(found, "__dict__", {}).items(), *in_slots.items()]:
            if isinstance(held, MutableMapping | list):
                object.__setattr__(found, name, _apart(held))
    return found


def _tuple_remade(x: Any, elements: Sequence[Any]) -> Any:
    """A tuple like x, made without its own __new__, which may take other arguments."""
    if hasattr(type(x), "n_sequence_fields"):  # one that is written in C, as time.struct_time
        return type(x)(elements)
    found = tuple.__new__(type(x), elements)
    getattr(found, "__dict__", {}).update(getattr(x, "__dict__", {}))
    return _uncached(found)


def _uncached(x: Any) -> Any:
    """x itself, without what its cached properties found."""
    held = getattr(x, "__dict__", {})
    for name in [name for name in held if is_cached(x, name)]:
        del held[name]
    return x


def _frozen_remade(x: Any, changed: dict[Any, Any]) -> Any:
    """A mapping like x, which can't be changed, with these parts."""
    stores = [name for name, held in getattr(x, "__dict__", {}).items() if is_store(x, held)]
    if not stores:
        return type(x)(changed)
    found = _uncached(copy.copy(x))
    for name in stores:
        store = getattr(x, name)
        object.__setattr__(found, name, remade(store, [changed[key] for key in store]))
    return found


def remade(x: Any, elements: Sequence[Any]) -> Any:
    """A container like x with these parts. What else x holds, its copy holds as well.

    Only what cached properties found is left out: the copy computes it from its own parts.
    """
    if type(x) is list or type(x) is tuple:
        return type(x)(elements)
    if type(x) is dict:
        return dict(zip(x, elements, strict=True))
    if isinstance(x, tuple):
        return _tuple_remade(x, elements)
    if isinstance(x, Mapping) and not hasattr(type(x), "__setitem__"):
        return _frozen_remade(x, dict(zip(x, elements, strict=True)))
    found = _uncached(_apart(x))
    if isinstance(x, list):
        found[:] = elements
    elif isinstance(x, Mapping):
        for key, element in zip(x, elements, strict=True):
            found[key] = element
    else:
        for (name, _), element in zip(parts(x) or (), elements, strict=True):
            object.__setattr__(found, name, element)
    return found


def is_array(x: Any) -> bool:
    """Whether x is an array, a Series or a DataFrame. A mapping may have any attribute."""
    if type(x) is Value or type(x) is float or isinstance(x, Mapping | list | tuple):
        return False
    return (hasattr(x, "dtype") and hasattr(x, "reshape") and hasattr(x, "__len__")) or (
        _is_pandas(x)
    )


def _is_pandas(x: Any) -> bool:
    return hasattr(x, "to_numpy") and any(
        base.__module__.partition(".")[0] == "pandas" for base in type(x).__mro__
    )


def array_in(x: Any, what: str) -> Any:
    """The NumPy array in an array, a Series or a DataFrame.

    Raises:
        TypeError: If the elements are no real numbers, or x is a masked array or a matrix.
    """
    if (refused := unserved(x)) is not None:
        raise TypeError(f"{what} {refused}")
    if _is_pandas(x) and hasattr(x, "columns"):
        _check_columns(x, what)
    array = x.to_numpy() if _is_pandas(x) else x
    kind = getattr(array.dtype, "kind", "f")
    if kind not in REAL_KINDS or getattr(array.dtype, "names", None):
        described = "a structured array" if array.dtype.names else f"an array of {array.dtype}"
        raise TypeError(f"{what} {described}; expected real numbers")
    if type(array).__module__.startswith("numpy"):
        import numpy as np

        array = np.asarray(array)
    for element in array.ravel() if kind == "O" else ():
        if is_array(element) or isinstance(element, list | tuple):
            raise TypeError(f"{what} a ragged array; give a list of its rows")
    return array


def _check_columns(frame: Any, what: str) -> None:
    """Raise a TypeError that names the column, if one of a DataFrame holds what is no number."""
    for name, column in frame.items():
        if getattr(column.dtype, "kind", "O") not in "biuf":
            for x in column:
                if not isinstance(x, Value) and real(x) is None:
                    raise TypeError(
                        f"{what} a DataFrame whose column {name!r} holds {x!r} "
                        f"({type(x).__name__}); expected numbers: give the columns of numbers alone"
                    )


def dressed(x: Any, array: Any) -> Any:
    """An array as x is: in a Series or a DataFrame with x's labels."""
    if not _is_pandas(x) or not hasattr(x, "index"):
        return array
    from ..arrays.frames import labelled

    return labelled(x, array)


def flagged(x: Any, found: Any) -> Any:
    """A Series or a DataFrame, with the columns that are of bool in x: masks have no slope."""
    if not _is_pandas(x) or not hasattr(x, "index"):
        return found
    from ..arrays.frames import with_flags

    return with_flags(x, found)


class Field(str):
    """A key of a path: the name of a field, of a named tuple or a dataclass."""

    __slots__ = ()


class Index(tuple[int, ...]):
    """A key of a path: the place of an element in an array."""

    __slots__ = ()


Path = tuple[Any, ...]
"""The keys that lead to a number in a container, from the outermost on."""


def written(path: Path) -> str:
    """A path as Python has it: ``['w'][0]``, ``.weights[1, 2]``."""
    return "".join(
        f".{key}"
        if isinstance(key, Field)
        else f"[{', '.join(map(str, key))}]"
        if isinstance(key, Index)
        else f"[{key!r}]"
        for key in path
    )


def walk(x: Any, what: str = "the argument is", path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Each number in a container, with the path that leads to it: ``("w", 0)``.

    Raises:
        TypeError: If the container holds anything else.
    """
    if isinstance(x, Value):
        yield path, x
    elif is_array(x):
        array = array_in(x, what)
        places = map(Index, product(*map(range, array.shape)))
        for place, element in zip(places, array.ravel().tolist(), strict=True):
            here = (*path, place) if place else path
            yield here, element if isinstance(element, Value) else _number(element, what, here)
    elif (found := parts(x)) is not None:
        fields = has_fields(x)
        for key, part in found:
            yield from walk(part, what, (*path, Field(key) if fields else key))
    else:
        yield path, _number(x, what, path)


def _number(x: Any, what: str, path: Path) -> float:
    number = real(x)
    if number is None:
        where = f" at {written(path)}" if path else ""
        raise TypeError(f"{what} {x!r} ({type(x).__name__}){where}; expected numbers")
    return number


def has_value(elements: Iterable[Any]) -> bool:
    """Whether a Value is among these.

    An interrupt is lost if it comes while a generator is closed before its end: so there is none.
    """
    for x in elements:  # noqa: SIM110  # for that reason
        if isinstance(x, Value):
            return True
    return False


def values_in(x: Any) -> Iterator[Value]:
    """The Values in x, in containers and arrays; anything else is passed over."""
    if isinstance(x, Value):
        yield x
    elif is_array(x):
        if getattr(getattr(x, "dtype", None), "kind", "O") == "O":
            for element in (x.to_numpy() if _is_pandas(x) else x).ravel():
                yield from values_in(element)
    else:
        for _, part in parts(x) or ():
            yield from values_in(part)


def numbers_for_values(x: Any) -> Any:
    """x, with its number in place of each Value, in containers and arrays."""
    if isinstance(x, Value):
        return x.data
    if is_array(x):
        if not list(values_in(x)):
            return x
        array = x.to_numpy() if _is_pandas(x) else x
        flat = [numbers_for_values(e) for e in array.ravel()]
        return dressed(x, filled(flat, array.shape, array))
    found = parts(x)
    if found is None:
        return x
    return remade(x, [numbers_for_values(part) for _, part in found])


def filled(elements: list[Any], shape: tuple[int, ...], like: Any = None) -> Any:
    """An array of this shape: of float64, or of Values if there is one among the elements.

    The elements are in C order. In memory they are laid out as those of ``like``.
    """
    import numpy as np

    if has_value(elements):
        from ..arrays.array import array_of

        return array_of(elements, shape, like)
    found = np.array(elements, dtype=float).reshape(shape)
    if getattr(like, "ndim", 0) < 2:
        return found
    from ..arrays.array import laid_out

    return laid_out(found, like)

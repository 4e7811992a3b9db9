"""NumPy with Values: ``from micrograph import numpy as np`` in place of ``import numpy as np``.

Every name is NumPy's own. Arrays of Values run NumPy code as it is, so most programs need no other
import. This one serves where NumPy never asks: ``np.array([x, 1.0])`` of Values is an array of
objects to NumPy, and here a ``ValueArray``; ``np.exp([x, 1.0])`` is a call with a list.

Example:
    >>> from micrograph import Value
    >>> from micrograph import numpy as np
    >>> np.exp(np.array([Value(0.0), 1.0])).sum()
    Value(3.718281828459045)
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as _numpy

from .arrays.array import ValueArray, ours
from .engine.value import Value


class _Module:
    """A module of NumPy's, such as ``linalg``, with its functions served likewise."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what copy and pickle ask before there is a module
            raise AttributeError(name)
        found = _served(getattr(self._module, name), self._module.__name__, name)
        setattr(self, name, found)
        return found

    def __dir__(self) -> list[str]:
        return dir(self._module)

    def __reduce__(self) -> Any:
        return _module_named, (self._module.__name__,)


class _Function:
    """A function of NumPy's that takes lists with Values, too; so do a ufunc's methods."""

    def __init__(self, function: Any, home: str, name: str) -> None:
        self._function, self._home = function, home
        self.__name__, self.__doc__ = name, function.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        named = {name: _taken(x) for name, x in kwargs.items()}
        return ours(self._function(*map(_taken, args), **named))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _served(getattr(self._function, name), self._home, name)

    def __reduce__(self) -> Any:
        return _function_named, (self._home, self.__name__)


def _served(found: Any, home: str, name: str) -> Any:
    if isinstance(found, ModuleType):
        return _Module(found)
    is_function = callable(found) and not isinstance(found, type)
    return _Function(found, home, name) if is_function else found


def _module_named(name: str) -> Any:
    return sys.modules[__name__] if name == "numpy" else _Module(import_module(name))


def _function_named(home: str, name: str) -> Any:
    return getattr(_module_named(home), name)


def _taken(x: Any) -> Any:
    """An argument as NumPy asks it: a list of numbers with Values among them as an array."""
    if isinstance(x, _numpy.ndarray):
        return ours(x)
    if type(x) in (list, tuple):
        if _is_of_numbers(x) and _has_values(x):
            found = _numpy.array(x, dtype=object).view(ValueArray)
            if any(isinstance(element, list | tuple) for element in found.flat):
                raise ValueError(f"the rows have different lengths: {x!r}")
            return found
        return type(x)(map(_taken, x))
    return x


def _is_of_numbers(x: Any) -> bool:
    if type(x) in (list, tuple):
        return all(map(_is_of_numbers, x))
    return isinstance(x, Value | float | int)


def _has_values(x: Any) -> bool:
    return any(map(_has_values, x)) if type(x) in (list, tuple) else isinstance(x, Value)


_names: dict[str, Any] = {}
"""What was asked for so far; not among this module's own names, which np.any would hide."""


def __getattr__(name: str) -> Any:
    if name not in _names:
        try:
            _names[name] = _served(getattr(_numpy, name), "numpy", name)
        except AttributeError as error:
            raise AttributeError(str(error), name=name, obj=_numpy) from None
    return _names[name]


def __dir__() -> list[str]:
    return dir(_numpy)

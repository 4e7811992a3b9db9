"""A compiled function that stands in a class: the object is its first argument."""

from __future__ import annotations

from functools import partial
from typing import Any

TAKING = ("value_and_grad", "grad", "jacobian", "hessian", "first_nonfinite")
"""The methods of a compiled function that take its arguments."""


class Method:
    """A compiled function as a method of an object, as Python binds a function.

    Args:
        function: The compiled function.
        owner: The object.
    """

    def __init__(self, function: Any, owner: Any) -> None:
        self.__func__, self.__self__ = function, owner

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """The compiled function of the object and these arguments."""
        return self.__func__(self.__self__, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.__func__, name)
        return partial(found, self.__self__) if name in TAKING else found

    def __reduce__(self) -> tuple[Any, ...]:
        return Method, (self.__func__, self.__self__)

    def __repr__(self) -> str:
        return f"<method {self.__func__!r} of {self.__self__!r}>"

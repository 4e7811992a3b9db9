"""What ``mg.compile`` is told beside the function, checked."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from operator import index
from typing import Any

from ..transforms.derivatives import Argnums
from .cache import Cache
from .program import BACKENDS


class Setting:
    """A function with what ``mg.compile`` is told beside it, and the programs that were made of it.

    Args:
        f: The function.
        argnums: As of ``mg.compile``, and so are the others.

    Raises:
        TypeError: If argnums is none, if f has no argument of a static name, or if the number of
            threads is not whole.
        ValueError: If the number of threads is less than 1, or the backend is unknown.
    """

    __call__: Callable[..., Any]

    def __init__(
        self,
        f: Callable[..., Any],
        argnums: Argnums,
        static_argnames: str | Sequence[str],
        threads: int | None,
        backend: str,
    ) -> None:
        if backend not in BACKENDS:
            raise ValueError(
                f"compile: expected backend= one of {', '.join(BACKENDS)}, got {backend!r}"
            )
        static = [static_argnames] if isinstance(static_argnames, str) else static_argnames
        self._threads = None if threads is None else whole(threads)
        self._argnums, self._static, self._backend = hashable(argnums), tuple(static), backend
        _check_static(f, self._static)
        self._f, self._cache = f, Cache()
        functools.update_wrapper(self, f, updated=())

    def __reduce__(self) -> str | tuple[Any, ...]:
        given = self._f, self._argnums, self._static, self._threads, self._backend
        return type(self), given


def hashable(argnums: Any) -> Any:
    """argnums, as a tuple if it is a sequence. TypeError if it is neither that nor one of these."""
    if isinstance(argnums, str) or not hasattr(argnums, "__len__"):
        return argnums
    if not isinstance(argnums, Sequence):
        raise TypeError(
            "argnums: expected a position or a parameter's name, or a sequence of them, got "
            f"{argnums!r}"
        )
    return tuple(argnums)


def whole(threads: Any) -> int:
    """The number of threads. TypeError or ValueError if it is none."""
    try:
        n = index(threads)
    except TypeError:
        raise TypeError(f"compile: expected a whole number of threads, got {threads!r}") from None
    if n < 1:
        raise ValueError(f"compile: expected 1 thread or more, got {n}")
    return n


def _check_static(f: Callable[..., Any], named: Sequence[str]) -> None:
    """Raise TypeError if f has no parameter of one of these names."""
    try:
        known = inspect.signature(f).parameters
    except (TypeError, ValueError):  # a function in C may not tell
        return
    if any(x.kind in (x.VAR_POSITIONAL, x.VAR_KEYWORD) for x in known.values()):
        return
    for name in named:
        if name not in known:
            raise TypeError(
                f"compile: static_argnames: f has no argument {name!r}; it takes {', '.join(known)}"
            )

"""Scopes: ``with scope("layer 1"):`` groups the nodes that are recorded inside.

A node holds the path of its scope, which is a tuple of names. The counterpart in the compiled
engine is ``_scope.pxi``.
"""

from __future__ import annotations

from contextlib import ContextDecorator
from threading import Lock, local

from ..annotation import TYPE_CHECKING, Any
from . import build

# An interrupt may come before the first line of any Python function, so an ``__exit__`` in Python
# may never run. No interrupt comes while a function in C runs, so ``with`` gets a lock's own
# ``__exit__``, and a scope is open as long as its lock is held. Each entry has a lock of its own,
# since a scope may be entered again inside itself, and by several threads at once.

scopes: dict[Any, tuple[object, tuple[str, ...]]] = {}
"""The scopes entered in any thread, by their locks, in order: the thread's mark and the path.

A scope that was left stays here until ``here`` is called.
"""


class _Thread(local):
    """What marks this thread's scopes, and the locks of those that it is about to enter."""

    def __init__(self) -> None:
        self.mark: Any = object()
        self.coming: list[Any] = []


_thread = _Thread()


def here() -> tuple[str, ...]:
    """The path of the innermost scope that this thread has open, or ()."""
    return _innermost()[1]


def _innermost() -> tuple[Any, tuple[str, ...]]:
    """The lock and the path of the innermost scope that this thread has open, or None and ()."""
    found: tuple[Any, tuple[str, ...]] = (None, ())
    for lock, (mark, path) in scopes.copy().items():
        if not lock.locked():
            scopes.pop(lock, None)
        elif mark is _thread.mark:
            found = (lock, path)
    return found


class _Leave:
    """``__exit__`` of a scope. A with statement looks it up before it calls ``__enter__``."""

    def __get__(self, scope: Any, cls: Any = None) -> Any:
        if scope is None:
            return self
        lock = Lock()
        _thread.coming.append(lock)
        return lock.__exit__

    def __call__(self, scope: Any, *error: Any) -> None:
        """Leave a scope that was entered by ``contextlib.ExitStack``, which asks the class."""
        _innermost()[0].release()


class Scope:
    """A scope of plain Python's. The compiled engine has its own."""

    name: str
    __exit__ = _Leave()

    def __enter__(self) -> None:
        path = (*here(), self.name)
        lock = _thread.coming.pop() if _thread.coming else Lock()
        lock.acquire()
        scopes[lock] = (_thread.mark, path)  # the last operation: no interrupt comes after it


if build.compiled and not TYPE_CHECKING:
    Scope = build.compiled.Scope


class scope(ContextDecorator, Scope):  # noqa: N801  # as contextlib's
    """Groups the nodes that this thread records while the block runs.

    Scopes nest. A node's ``scope`` is the path of names from the outermost scope to the innermost:
    ("layer 1", "unit 2"). A group is known by its path. So a loop that enters the same name again
    goes on with the same group. A scope decorates functions, too: each call is one block.

    What counts is the thread and the time. Nodes that other threads record are not in the scope. If
    the block of a generator or a coroutine pauses, what the thread records meanwhile is in the
    scope: so let no scope last over a ``yield`` or an ``await``.

    Args:
        name: What the group is called.

    Raises:
        TypeError: If ``name`` is no string.
        ValueError: If ``name`` is empty.

    Cost:
        Outside of scopes nothing. Inside, a node with a name takes 40 bytes more.

    Example:
        >>> from micrograph import Value
        >>> x = Value(3.0)
        >>> with scope("layer 1"):
        ...     y = x * x
        >>> x.scope, y.scope
        ((), ('layer 1',))
    """

    __module__ = "micrograph"

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f'scope: expected a name, as in scope("layer 1"); got {name!r}')
        if not name:
            raise ValueError('scope: the name is empty; expected one, as in scope("layer 1")')
        self.name = str.__str__(name)

    def __repr__(self) -> str:
        return f"scope({self.name!r})"

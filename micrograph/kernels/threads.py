"""The threads that compiled functions share: as many as this process may use processors."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

_lock = Lock()
_of_process: tuple[int, ThreadPoolExecutor] | None = None


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shared() -> ThreadPoolExecutor:
    """The threads of this process. After a fork the child has threads of its own."""
    global _of_process
    with _lock:
        if _of_process is None or _of_process[0] != os.getpid():
            _of_process = os.getpid(), ThreadPoolExecutor(processors(), "micrograph")
        return _of_process[1]


def in_parts(work: Callable[[int, int], None], n: int, each: int, threads: int) -> None:
    """Call ``work(first, last)`` for all of n points, so many at a time, in several threads.

    It returns when all is done. So after an interrupt no thread writes to an array any more.
    """
    parts = [(first, min(first + each, n)) for first in range(0, n, each)]
    if len(parts) < 2 or threads < 2:
        for first, last in parts:
            work(first, last)
        return
    waiting: list[Future[None]] = []
    try:
        for part in parts[1:]:
            waiting.append(shared().submit(work, *part))
        work(*parts[0])
    finally:
        _wait(waiting)
    for x in waiting:
        x.result()  # it raises what was raised


def _wait(waiting: list[Future[None]]) -> None:
    """Return when all is done, and only then raise a KeyboardInterrupt that came meanwhile."""
    interrupt: KeyboardInterrupt | None = None
    while not all(x.done() for x in waiting):
        try:
            wait(waiting)
        except KeyboardInterrupt as error:
            interrupt = error
    if interrupt:
        raise interrupt


def _forked() -> None:
    """In a child process: the lock may have been held by a thread that is not there."""
    global _lock, _of_process
    _lock, _of_process = Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

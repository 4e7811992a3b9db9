"""The threads that compiled functions share: as many as this process may use processors."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
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


def _forked() -> None:
    """In a child process: the lock may have been held by a thread that is not there."""
    global _lock, _of_process
    _lock, _of_process = Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

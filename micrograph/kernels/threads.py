"""The threads that compiled functions share: as many as this process may use processors.

A KeyboardInterrupt may come between any two steps of Python code, so also where a lock is held that
is written in Python, such as those in ``threading`` and in ``concurrent.futures``. It would be held
for ever. So threads talk by queues, lists and deques alone, of which each call is one step.
"""

from __future__ import annotations

import os
from _thread import start_new_thread
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

_jobs: SimpleQueue[_Job] = SimpleQueue()
_started: list[None] = []  # an entry for each thread


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Job:
    """Parts of some work, which any thread may take.

    Args:
        work: What is called for each part, as ``work(first, last)``.
        parts: The parts.
    """

    def __init__(self, work: Callable[[int, int], None], parts: list[tuple[int, int]]) -> None:
        self._work: Callable[[int, int], None] | None = work
        self._parts = deque(parts)
        self._begun: list[None] = []
        self._ended: list[None] = []
        self._news: SimpleQueue[None] = SimpleQueue()
        self.errors: list[BaseException] = []

    def take(self) -> None:
        """Do parts until there are no more."""
        while True:
            try:
                part = self._parts.popleft()
            except IndexError:
                return
            assert self._work
            self._work(*part)

    def help(self) -> None:
        """Do parts in a thread of the process."""
        self._begun.append(None)  # first: who has a part is known to have begun
        try:
            self.take()
        except BaseException as error:
            self._parts.clear()
            self.errors.append(error)
        self._ended.append(None)
        self._news.put(None)

    def wait(self) -> None:
        """Let nobody take a part any more. Return when all that have one are done."""
        self._parts.clear()
        interrupt: BaseException | None = None
        while len(self._ended) < len(self._begun):
            try:
                self._news.get()
            except BaseException as error:
                interrupt = error
        self._work = None  # a thread that comes late shall not hold its memory
        if interrupt:
            raise interrupt


def in_parts(work: Callable[[int, int], None], n: int, each: int, threads: int) -> None:
    """Call ``work(first, last)`` for all of n points, so many at a time, in several threads.

    It returns when all is done. So after an interrupt no thread writes to an array any more.
    """
    parts = [(first, min(first + each, n)) for first in range(0, n, each)]
    helpers = min(threads, len(parts)) - 1
    if helpers < 1:
        for first, last in parts:
            work(first, last)
        return
    _start()
    job = _Job(work, parts)
    try:
        for _ in range(helpers):
            _jobs.put(job)
        job.take()
    finally:
        job.wait()
    if job.errors:
        raise job.errors[0]


def _start() -> None:
    """Start the threads of this process. If it may have no more, the caller does all parts."""
    try:
        while len(_started) < processors():
            _started.append(None)
            start_new_thread(_serve, (_jobs,))
    except RuntimeError:
        pass


def _serve(jobs: SimpleQueue[_Job]) -> None:
    """Help with one job after the other. A thread that waits holds none of them."""
    while True:
        jobs.get().help()


def _forked() -> None:
    """In a child process none of the threads is there."""
    global _jobs
    _jobs = SimpleQueue()
    _started.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

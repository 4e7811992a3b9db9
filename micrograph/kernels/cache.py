"""A bounded cache: what was used longest ago makes room for what is new."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import count
from typing import Any

SIZE = 64


class Cache:
    """What was made for a key, for the latest keys that were asked for.

    There is no lock. Each step is one operation of a dict, which other threads see done or not
    done. So a fork in another thread's step leaves the child nothing locked. If two threads ask for
    the same new key at once, both make what is missing, and both get the same one.

    Args:
        size: How many keys are kept.
    """

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._held: dict[Hashable, Any] = {}
        self._used: dict[Hashable, int] = {}
        self._clock = count()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What is held for the key, or else what ``make`` returns, which is then held.

        Whatever ``make`` raises is passed on, and the cache stays as it was.
        """
        found = self._held.get(key)
        if found is None:
            found = self._held.setdefault(key, make())
        self._used[key] = next(self._clock)
        if len(self._held) > self._size:
            for old in sorted(self._used.copy(), key=self._last)[: len(self._held) - self._size]:
                self._held.pop(old, None)
                self._used.pop(old, None)
        return found

    def _last(self, key: Hashable) -> int:
        return self._used.get(key, -1)

    def values(self) -> list[Any]:
        """What is held."""
        return list(self._held.copy().values())

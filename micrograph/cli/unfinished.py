"""An error after which what was computed is still printed."""

from __future__ import annotations


class Unfinished(RuntimeError):
    """What was computed, and then what could not be written to a file.

    Attributes:
        printed: The text that was computed.
    """

    def __init__(self, printed: str, said: str) -> None:
        super().__init__(said)
        self.printed = printed

"""Text files as people have them: compressed or not, in any encoding, checked before parsing."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from os import PathLike
from typing import TextIO

from .opening import BLOCK, DataError, Opener

LONGEST_LINE = 1_000_000
"""The most characters in a line."""

ODD = re.compile("[\0\udc80-\udcff]")

MARKS = {  # UTF-32's mark begins with UTF-16's, so it comes first
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class TextFile:
    r"""The text of a file, which may be read from its start as often as needed.

    Args:
        source: The name of a file, an open text stream such as the standard input, or its Opener.
        encoding: Its encoding. By default UTF-8, or what a byte order mark says.

    Raises:
        OSError: If the file can't be opened.
        DataError: If a line is no text, or too long. The message names the line.

    Cost:
        One pass to check the text, at about a gigabyte in a second. A stream is copied, to a
        temporary file if it is large.

    Example:
        >>> import io
        >>> file = TextFile(io.StringIO("t,y\n1,0\n"))
        >>> list(file.open())
        ['t,y\n', '1,0\n']
    """

    def __init__(
        self, source: str | PathLike[str] | TextIO | Opener, encoding: str | None = None
    ) -> None:
        self._bytes = source if isinstance(source, Opener) else Opener(source)
        with self._bytes() as file:
            start = file.read(4)
        marked = next((name for mark, name in MARKS.items() if start.startswith(mark)), "utf-8-sig")
        try:
            self.encoding = codecs.lookup(encoding or marked).name
            io.TextIOWrapper(io.BytesIO(), self.encoding)  # raises for rot13, which is none
        except LookupError:
            raise DataError(
                f"--encoding {encoding}: no such encoding; try utf-8, cp1252 or utf-16"
            ) from None
        self._errors = "surrogateescape" if self.encoding.startswith("utf-8") else "strict"
        self.has_quotes = self._check()

    def open(self) -> io.TextIOWrapper:
        """A new stream of the text, at its start, with line ends as they are in the file."""
        return io.TextIOWrapper(self._bytes(), self.encoding, self._errors, newline="")

    def _check(self) -> bool:
        """Whether the text has a double quote. Raises DataError if it is no text."""
        line, length, quotes = 1, 0, False
        with self.open() as file:
            while block := self._block(file, line):
                odd = None if block.isascii() and "\0" not in block else ODD.search(block)
                if odd:
                    at = line + _breaks(block[: odd.start()])
                    raise DataError(f"line {at}" + _described(odd[0]))
                breaks = _breaks(block)
                length = 0 if breaks else length + len(block)
                if length > LONGEST_LINE:
                    raise DataError(f"line {line} is longer than {LONGEST_LINE:,} characters")
                quotes, line = quotes or '"' in block, line + breaks
        return quotes

    def _block(self, file: TextIO, line: int) -> str:
        try:
            return file.read(BLOCK)
        except UnicodeError as error:
            reason = getattr(error, "reason", None) or error
            raise DataError(
                f"after line {line}: no text in {self.encoding}, {reason}; give its --encoding"
            ) from None


def _described(odd: str) -> str:
    if odd == "\0":
        return (
            " has a null character; expected text, not a binary file; for UTF-16 without its "
            "mark: --encoding utf-16-le"
        )
    byte = ord(odd) - 0xDC00  # what the error handler surrogateescape makes of a byte
    return f": byte 0x{byte:X} is no UTF-8; save as CSV UTF-8, or give --encoding cp1252"


def _breaks(text: str) -> int:
    """The number of line ends, each of which is a newline, or a return without one."""
    return text.count("\n") or text.count("\r")


def lines(file: TextFile, comment: str | None = None) -> Iterator[str]:
    """The lines of a file from its start, each without what follows the comment sign.

    Raises:
        DataError: If a line is longer than LONGEST_LINE.
    """
    with file.open() as text:
        for number, line in enumerate(iter(lambda: text.readline(LONGEST_LINE + 1), ""), 1):
            if len(line) > LONGEST_LINE:
                raise DataError(f"line {number} is longer than {LONGEST_LINE:,} characters")
            yield _uncommented(line, comment) if comment and comment in line else line


def _uncommented(line: str, comment: str) -> str:
    """The line up to the first comment sign that is not between quotes, and its end."""
    kept = re.match(rf'(?:[^"{re.escape(comment)}]|"[^"]*"?)*', line)
    assert kept  # it matches nothing, too
    return kept[0].rstrip("\r\n") + line[len(line.rstrip("\r\n")) :]

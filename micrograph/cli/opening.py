"""The bytes of a file, decompressed, as often as needed; and the error that names what is wrong."""

from __future__ import annotations

import gzip
import io
import lzma
import re
import tempfile
import weakref
import zipfile
from collections.abc import Callable
from os import PathLike
from typing import IO, Any, TextIO

BLOCK = 1 << 20  # the bytes or characters that are read at a time
IN_MEMORY = 1 << 26  # the most bytes of standard input that are kept in memory, not in a file


class DataError(ValueError):
    """A file that can't be read as examples."""


def opener(source: str | PathLike[str] | TextIO) -> Callable[[], IO[bytes]]:
    """A function that opens the bytes of a file, decompressed, at their start."""
    if not isinstance(source, str | PathLike):
        return _stream(source)
    name = str(source)
    if re.match(r"[a-z][a-z0-9+.-]+://", name, re.IGNORECASE):
        raise DataError(f"{name[:60]} is an address; download the file first, and give its name")
    ending = name.lower().rpartition(".")[2]
    opens: dict[str, Callable[[], Any]] = {
        "gz": lambda: gzip.open(source, "rb"),  # noqa: SIM115  # the caller closes it
        "xz": lambda: lzma.open(source, "rb"),  # noqa: SIM115  # the caller closes it
        "zip": lambda: _member(name),
    }
    open_bytes = opens.get(ending, lambda: open(source, "rb"))  # noqa: SIM115  # likewise

    def opened() -> IO[bytes]:
        try:
            return io.BufferedReader(_Told(open_bytes(), name), BLOCK)
        except (OSError, zipfile.BadZipFile) as error:
            raise _unreadable(error, name) from None

    return opened


def _stream(source: TextIO) -> Callable[[], IO[bytes]]:
    """As ``_opener``, of a stream: its bytes, or those of its text where it has no bytes."""
    kept = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # open as long as the file is
    raw = getattr(source, "buffer", None)
    while block := raw.read(BLOCK) if raw else source.read(BLOCK).encode("utf-8", "surrogatepass"):
        kept.write(block)

    def opened() -> IO[bytes]:
        kept.seek(0)
        return io.BufferedReader(_Told(kept, "-", keep=True), BLOCK)

    weakref.finalize(opened, kept.close)
    return opened


class _Told(io.RawIOBase):
    """The bytes of an open file, whose errors name the file."""

    def __init__(self, file: IO[bytes], name: str, keep: bool = False) -> None:
        self._file, self._name, self._keep = file, name, keep

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            block = self._file.read(len(buffer))
        except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile) as error:
            raise _unreadable(error, self._name) from None
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        if not self._keep and not self.closed:
            self._file.close()
        super().close()


def _unreadable(error: Exception, name: str) -> OSError:
    kind = type(error) if isinstance(error, OSError) and error.errno else OSError
    return kind(f"can't read {name!r}: {getattr(error, 'strerror', None) or error}")


def _member(name: str) -> IO[bytes]:
    """The one file in a .zip."""
    archive = zipfile.ZipFile(name)
    names = [x for x in archive.namelist() if not x.endswith("/") and not x.startswith("__MACOSX")]
    if len(names) != 1:
        raise DataError(f"{name} holds {len(names)} files; expected one: unpack it, and give one")
    return archive.open(names[0])

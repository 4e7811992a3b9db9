"""The bytes of a file, decompressed, as often as needed; and the error that names what is wrong."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable
from os import PathLike
from pathlib import PurePath
from typing import IO, Any, TextIO

BLOCK = 1 << 20  # the bytes or characters that are read at a time
IN_MEMORY = 1 << 26  # the most bytes of standard input that are kept in memory, not in a file


class DataError(ValueError):
    """A file that can't be read as examples."""


MAGIC = {
    b"\x1f\x8b": ".gz",
    b"BZh91AY&SY": ".bz2",
    b"\xfd7zXZ\0": ".xz",
    b"PK\3\4": ".zip",
    b"PAR1\x15": ".parquet",
    b"\xd0\xcf\x11\xe0": ".xls",
}
"""The first bytes, by which a file is known whose name does not say what it is. No text has any."""

DECOMPRESSED: dict[str, Callable[[Any], Any]] = {
    ".gz": lambda file: gzip.open(file, "rb"),  # noqa: SIM115  # the caller closes it
    ".bz2": lambda file: bz2.open(file, "rb"),  # noqa: SIM115  # likewise
    ".xz": lambda file: lzma.open(file, "rb"),  # noqa: SIM115  # likewise
    ".zip": lambda file: _member(zipfile.ZipFile(file)),
}
"""What opens a compressed file, given its name or the file itself."""

ENDINGS = {*MAGIC.values(), *DECOMPRESSED, ".xlsx", ".ods"}
"""The endings that are believed."""


class Opener:
    """A source of bytes, to be opened as often as needed. A stream is kept, on disk if large.

    What is read only once by its name, such as a pipe, is kept as a stream is.

    Args:
        source: The name of a file, or an open text stream such as the standard input. Of a stream
            whose bytes can't be had, the text is taken.

    Attributes:
        name: What messages call it.
        kind: Its ending, such as ``.gz``; if that says nothing, that of its first bytes, or "".
        file: The name of the file, or the file in which the stream is kept.
    """

    def __init__(self, source: str | PathLike[str] | TextIO) -> None:
        self.file: Any = source
        self._is_kept = False
        if not isinstance(source, str | PathLike):
            self.name, self.kind = "-", ""
            self._keep(getattr(source, "buffer", None) or source)
        else:
            self.name = str(source)
            if re.match(r"[a-z][a-z0-9+.-]+://", self.name, re.IGNORECASE):
                raise DataError(
                    f"{self.name[:60]} is an address; download the file first, and give its name"
                )
            self.kind = PurePath(self.name).suffix.lower()
            try:
                with open(source, "rb") as file:
                    if not file.seekable():
                        self._keep(file)
            except OSError as error:
                raise _unreadable(error, self.name) from None
        if self.kind not in ENDINGS:
            self.kind = self._by_its_bytes() or self.kind

    def _keep(self, stream: IO[Any]) -> None:
        """Read the bytes of a stream, or those of its text where it has no bytes, into a file."""
        self.file = kept = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # open as long as its Opener
        weakref.finalize(self, kept.close)
        while block := stream.read(BLOCK):
            is_text = isinstance(block, str)
            kept.write(block.encode("utf-8", "surrogatepass") if is_text else block)
        self._is_kept = True

    def __call__(self) -> IO[bytes]:
        """The bytes at their start, decompressed."""
        opened = DECOMPRESSED.get(self.kind)
        keep = self._is_kept and opened is None
        try:
            file = opened(self.rewound()) if opened else self._plain()
        except (OSError, zipfile.BadZipFile) as error:
            raise _unreadable(error, self.name) from None
        return io.BufferedReader(_Told(file, self.name, keep), BLOCK)

    def rewound(self) -> Any:
        """The name of the file, or the file of the stream, at its start."""
        if self._is_kept:
            self.file.seek(0)
        return self.file

    def _plain(self) -> IO[bytes]:
        return self.rewound() if self._is_kept else open(self.file, "rb")

    def _by_its_bytes(self) -> str:
        """The kind of file that its first bytes tell, or ""."""
        with self() as file:
            start = file.read(10)
        kind = next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), "")
        if kind != ".zip":
            return kind
        try:
            with zipfile.ZipFile(self.rewound()) as archive:
                names = archive.namelist()
        except (OSError, zipfile.BadZipFile) as error:
            raise _unreadable(error, self.name) from None
        return ".xlsx" if "xl/workbook.xml" in names else ".zip"


class _Told(io.RawIOBase):
    """The bytes of an open file, whose errors name the file."""

    def __init__(self, file: IO[bytes], name: str, keep: bool = False) -> None:
        self._file, self._name, self._keep = file, name, keep

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            block = self._file.read(len(buffer))
        except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
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


def _member(archive: zipfile.ZipFile) -> IO[bytes]:
    """The one file in a .zip."""
    names = [x for x in archive.namelist() if not x.endswith("/") and not x.startswith("__MACOSX")]
    if len(names) != 1:
        raise DataError(
            f"{archive.filename or '-'} holds {len(names)} files; expected one: unpack it, and "
            "give one"
        )
    return archive.open(names[0])

"""The text inside a compressed file: `unpacked`."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from typing import IO, TYPE_CHECKING, Any

from importer.sources.csv._kind import GZIP, ZIP

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["files_in", "is_packed", "unpacked"]

BZIP2 = b"BZh"
"""How bzip2 files begin."""

PIECE = 1 << 17
"""Bytes to unpack at a time."""

BESIDE = ("__MACOSX/", ".DS_Store", "Thumbs.db")
"""What file managers add to archives."""


def is_packed(head: bytes) -> bool:
    """Whether a file that begins so is compressed."""
    return head.startswith((GZIP, BZIP2, ZIP))


def unpacked(raw: IO[bytes]) -> IO[bytes]:
    """The content of a gzip or bzip2 file, or of the one file in a zip archive; any other file as it is.

    Raises
    ------
    OSError
        If the file is damaged, or later, when it is read.
    """
    head = raw.read(len(ZIP))
    raw.seek(0)
    if head.startswith(GZIP):
        return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
    if head.startswith(BZIP2):
        return io.BufferedReader(_Bzip2(raw))
    if head.startswith(ZIP):
        archive = zipfile.ZipFile(raw)
        names = files_in(archive.namelist())
        if len(names) != 1:
            raise zipfile.BadZipFile(f"it holds {len(names):,} files")
        return archive.open(names[0])
    return raw


class _Bzip2(io.RawIOBase):
    """The content of a bzip2 file. Python's own reader leaves out what follows a damaged part, without a word."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw, self._part = raw, bz2.BZ2Decompressor()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer has no type in Python 3.11
        while True:
            rest = self._part.unused_data
            packed = rest or (self._raw.read(PIECE) if self._part.eof or self._part.needs_input else b"")
            if self._part.eof:
                if not packed:
                    return 0
                self._part = bz2.BZ2Decompressor()
            elif self._part.needs_input and not packed:
                raise EOFError("the compressed data ends too early")
            if found := self._part.decompress(packed, len(buffer)):
                buffer[: len(found)] = found
                return len(found)


def files_in(names: Iterable[str]) -> list[str]:
    """The files of an archive, without folders and what file managers add.

    Examples
    --------
    >>> files_in(["export/", "export/a.csv", "__MACOSX/._a.csv"])
    ['export/a.csv']
    """
    return [name for name in names if not name.endswith("/") and not any(each in name for each in BESIDE)]

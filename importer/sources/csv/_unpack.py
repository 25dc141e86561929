"""The text inside a compressed file: `unpacked`."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import sys
import zipfile
from typing import IO, TYPE_CHECKING, Any, Protocol

from importer.sources.csv._kind import GZIP, ZIP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["files_in", "is_packed", "unpacked"]

BZIP2 = b"BZh"
XZ = b"\xfd7zXZ\0"
ZSTD = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")
"""How bzip2, xz and zstandard files begin; the last ones also with something to skip."""

HEAD_BYTES = 6

MOST_BYTES = 256 << 20
"""Limit of the memory that unpacking may take. xz files of the highest level need 65 MB."""

PIECE = 1 << 17
"""Bytes to unpack at a time."""

BESIDE = ("__MACOSX/", ".DS_Store", "Thumbs.db")
"""What file managers add to archives."""


def is_packed(head: bytes) -> bool:
    """Whether a file that begins so is compressed."""
    return head.startswith((GZIP, BZIP2, XZ, ZIP)) or ZSTD.match(head) is not None


def unpacked(raw: IO[bytes]) -> IO[bytes]:
    """The content of a gzip, bzip2, xz or zstandard file, or of the one file in a zip archive; any other file as it is.

    Raises
    ------
    OSError
        If the file is damaged, or later, when it is read.
    """
    head = raw.read(HEAD_BYTES)
    raw.seek(0)
    if head.startswith(GZIP):
        return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
    if head.startswith(BZIP2):
        return io.BufferedReader(_Parts(raw, bz2.BZ2Decompressor))
    if head.startswith(XZ):
        return io.BufferedReader(_Parts(raw, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, MOST_BYTES), padding=4))
    if ZSTD.match(head):
        return io.BufferedReader(_Parts(raw, _zstd()))
    if head.startswith(ZIP):
        archive = zipfile.ZipFile(raw)
        names = files_in(archive.namelist())
        if len(names) != 1:
            raise zipfile.BadZipFile(f"it holds {len(names):,} files")
        return archive.open(names[0])
    return raw


class _Unpacker(Protocol):
    """A decompressor of the standard library."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def _zstd() -> Callable[[], _Unpacker]:
    """What unpacks zstandard, which is part of Python from 3.14 on. Its frames may ask for 128 MB."""
    if sys.version_info >= (3, 14):
        from compression.zstd import ZstdDecompressor
    else:
        from backports.zstd import ZstdDecompressor
    return ZstdDecompressor


class _Parts(io.RawIOBase):
    """The content of a file of compressed parts, one after another. What follows the last one is an error.

    Python's own readers leave it out without a word.

    Parameters
    ----------
    raw
        The file.
    unpacker
        Makes a decompressor for one part.
    padding
        How many zeros may stand between parts, in multiples.
    """

    def __init__(self, raw: IO[bytes], unpacker: Callable[[], _Unpacker], *, padding: int = 0) -> None:
        self._raw, self._unpacker, self._part, self._padding = raw, unpacker, unpacker(), padding

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer has no type in Python 3.11
        packed = b""
        while True:
            if self._part.eof:
                packed = self._next()
                if not packed:
                    return 0
                self._part = self._unpacker()
            elif self._part.needs_input and not packed:
                packed = self._raw.read(PIECE)
                if not packed:
                    raise EOFError("the compressed data ends too early")
            found, packed = self._unpacked(packed, len(buffer))
            if found:
                buffer[: len(found)] = found
                return len(found)

    def _unpacked(self, packed: bytes, most: int) -> tuple[bytes, bytes]:
        """At most so many bytes; nothing of what is packed is left, as the decompressor holds it."""
        try:
            return self._part.decompress(packed, most), b""
        except (OSError, EOFError):
            raise
        except Exception as exc:
            raise OSError(str(exc)) from exc

    def _next(self) -> bytes:
        """Where the next part begins; nothing at the end of the file."""
        packed, zeros = self._part.unused_data, 0
        while True:
            rest = packed.lstrip(b"\0") if self._padding else packed
            zeros += len(packed) - len(rest)
            if rest:
                break
            packed = self._raw.read(PIECE)
            if not packed:
                break
        if self._padding and zeros % self._padding:
            raise EOFError("what follows the compressed data is no part of it")
        return rest


def files_in(names: Iterable[str]) -> list[str]:
    """The files of an archive, without folders and what file managers add.

    Examples
    --------
    >>> files_in(["export/", "export/a.csv", "__MACOSX/._a.csv"])
    ['export/a.csv']
    """
    return [name for name in names if not name.endswith("/") and not any(each in name for each in BESIDE)]

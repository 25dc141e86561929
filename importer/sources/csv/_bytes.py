"""The text of a file as UTF-8, from any encoding, compressed or not."""

from __future__ import annotations

import codecs
from collections import Counter
from typing import IO, TYPE_CHECKING

from importer.sources.csv._exact import undoubled
from importer.sources.csv._kind import reading
from importer.sources.csv._unpack import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["BadBytesError", "Utf8", "foreign_samples", "is_utf8", "last_bytes", "raw_samples"]

BOM = codecs.BOM_UTF8

_ASCII = bytes(range(128))

SHOWN = 8
"""Lines to look at for each byte that is not ASCII."""


class BadBytesError(Exception):
    """Some bytes do not fit the encoding. The caller knows the row and tells the user."""

    def __init__(self, offset: int, found: bytes) -> None:
        super().__init__(offset, found)
        self.offset = offset
        self.found = found


class Utf8:
    """The text of a file as UTF-8, read once from the beginning.

    UTF-8 is passed on unchecked; decoding it later finds bad bytes.

    Attributes
    ----------
    offset
        Bytes of text delivered so far, including the byte order mark.
    """

    def __init__(self, path: Path, encoding: str, doubled: str = "") -> None:
        self._path = path
        self._doubled = doubled.encode()
        self._held = b""
        self.offset = 0
        self._taken = 0
        self._fault: BadBytesError | None = None
        self._decoder = None if is_utf8(encoding) else codecs.getincrementaldecoder(encoding)()
        with reading(path):
            self._raw: IO[bytes] = path.open("rb", buffering=1 << 17)
            self._file = unpacked(self._raw)

    @property
    def position(self) -> int:
        """Bytes of the file on disk that have been read."""
        return self._raw.tell()

    def read(self, size: int) -> bytes:
        """About `size` more bytes, empty only at the end.

        Raises
        ------
        BadBytesError
            After everything before the bad bytes has been delivered.
        """
        if self._fault is not None:
            raise self._fault
        while True:
            with reading(self._path):
                found = self._file.read(size)
            begins = self.offset == 0
            text = found if self._decoder is None else self._decode(self._decoder, found)
            if self._doubled:
                text = self._undoubled(text, is_last=not found or self._fault is not None)
            self.offset += len(text)
            if begins and text.startswith(BOM):
                text = text[len(BOM) :]
            if text or not found:
                if not text and self._fault is not None:
                    raise self._fault
                return text

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._raw.close()

    def _undoubled(self, text: bytes, *, is_last: bool) -> bytes:
        """The text with half of the quotes; some at the end wait for those that may follow."""
        text = self._held + text
        end = len(text) if is_last else len(text.rstrip(self._doubled))
        self._held = text[end:]
        return undoubled(text[:end].decode(errors="surrogateescape"), self._doubled.decode()).encode(
            errors="surrogateescape"
        )

    def _decode(self, decoder: codecs.IncrementalDecoder, found: bytes) -> bytes:
        before = decoder.getstate()
        self._taken += len(found)
        try:
            return decoder.decode(found, final=not found).encode(errors="surrogatepass")
        except UnicodeDecodeError as exc:
            left = len(exc.object) - exc.start
            bad = exc.object[exc.start : max(exc.end, exc.start + 1)]
            self._fault = BadBytesError(self._taken - left, bytes(bad))
            decoder.setstate(before)
            return decoder.decode(found[: max(len(found) - left, 0)]).encode()


def is_utf8(encoding: str) -> bool:
    """Whether the text needs no translation.

    Raises
    ------
    LookupError
        If Python does not know the encoding.
    """
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


def raw_samples(path: Path, size: int, others: int) -> list[bytes]:
    """The first `size` bytes of text, then `others` smaller pieces of a longer file that is not compressed."""
    with reading(path), path.open("rb") as raw:
        file = unpacked(raw)
        samples = [file.read(size)]
        total = raw.seek(0, 2) if file is raw else 0
        piece = size // 4
        if total > size + others * piece:
            for index in range(1, others + 1):
                raw.seek(size + (total - size - piece) * index // others)
                raw.readline(piece)
                samples.append(raw.read(piece))
        return samples


def last_bytes(path: Path, size: int) -> bytes:
    """The last bytes of a file; none of one that is compressed, whose end cannot be read by itself."""
    with reading(path), path.open("rb") as raw:
        if unpacked(raw) is not raw:
            return b""
        raw.seek(max(raw.seek(0, 2) - size, 0))
        return raw.read(size)


def foreign_samples(path: Path, most: int = 1 << 26, piece: int = 1 << 20) -> Iterator[bytes]:
    """Lines from all over the first `most` bytes of the file that show bytes that are not ASCII.

    Each of these bytes is shown a few times. Pieces of ASCII are passed over as fast as they can be read.
    """
    shown: Counter[int] = Counter()
    with reading(path), path.open("rb") as raw:
        file = unpacked(raw)
        rest, buffer = b"", bytearray(piece)
        for _ in range(0, most if file is raw else most >> 2, piece):
            read = file.readinto(buffer)  # type: ignore[attr-defined]
            if read == piece and rest.isascii() and buffer.isascii():
                rest = bytes(buffer[max(buffer.rfind(b"\n"), buffer.rfind(b"\r")) + 1 :])
                continue
            found = rest + bytes(buffer[:read])
            end = max(found.rfind(b"\n"), found.rfind(b"\r")) + 1 or len(found)
            found, rest = found[:end], found[end:]
            if not found:
                break
            if not found.isascii():
                for byte in set(found.translate(None, _ASCII)):
                    at = -1
                    while shown[byte] < SHOWN and (at := found.find(byte, at + 1)) >= 0:
                        shown[byte] += 1
                        stop = found.find(b"\n", at)
                        yield found[found.rfind(b"\n", 0, at) + 1 : stop + 1 or len(found)]
                        at = stop if stop >= 0 else len(found)

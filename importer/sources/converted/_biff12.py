"""The records that a binary workbook (.xlsb) is made of: `records`, and what they hold."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.sources.xlsx.book import Stream

__all__ = ["number_of_rk", "records", "text_at"]

PIECE = 1 << 18
MOST_BYTES = 16 << 20
"""Longest record. A text has at most 32,767 characters."""

HEADER_BYTES = 6
"""Most bytes of the kind and the length of a record."""

_DOUBLE = struct.Struct("<d")
_INT = struct.Struct("<i")
_LENGTH = struct.Struct("<I")


def records(stream: Stream) -> Iterator[tuple[int, bytes]]:
    """The kind and the content of each record of a part.

    Raises
    ------
    ValueError
        If the part ends inside a record, or has one that is too long.
    """
    data, at, is_over = b"", 0, False
    while True:
        if len(data) - at < HEADER_BYTES and not is_over:
            piece = stream.read(PIECE)
            data, at, is_over = data[at:] + piece, 0, not piece
        if at == len(data):
            return
        kind, at = _packed(data, at, 2)
        length, at = _packed(data, at, 4)
        if length > MOST_BYTES:
            raise ValueError(f"a record has {length:,} bytes, more than any program writes")
        while len(data) - at < length:
            piece = stream.read(max(PIECE, length))
            if not piece:
                raise ValueError("it ends in the middle of a record")
            data, at = data[at:] + piece, 0
        yield kind, data[at : at + length]
        at += length


def _packed(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of seven bits a byte, and the place behind it."""
    number = 0
    for shift in range(0, 7 * most, 7):
        if at >= len(data):
            raise ValueError("it ends in the middle of a record")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the last byte has no highest bit
            break
    return number, at


def text_at(data: bytes, at: int) -> tuple[str, int]:
    r"""The text that begins there, and the place behind it.

    Examples
    --------
    >>> text_at(b"\x02\0\0\0a\0b\0", 0)
    ('ab', 8)
    """
    (count,) = _LENGTH.unpack_from(data, at)
    if count == 0xFFFF_FFFF:  # noqa: PLR2004 - no text
        return "", at + 4
    end = at + 4 + 2 * count
    if end > len(data):
        raise ValueError("a text is longer than its record")
    return data[at + 4 : end].decode("utf-16-le", "surrogatepass"), end


def number_of_rk(data: bytes, at: int) -> float:
    r"""The number in four bytes: a whole one or the half of a float, perhaps in hundredths.

    Examples
    --------
    >>> number_of_rk(b"\x1f\0\0\0", 0), number_of_rk(b"\0\0\xf0\x3f", 0)
    (0.07, 1.0)
    """
    (raw,) = _INT.unpack_from(data, at)
    number = float(raw >> 2) if raw & 2 else _DOUBLE.unpack(b"\0\0\0\0" + _INT.pack(raw & ~3))[0]
    return number / 100 if raw & 1 else number

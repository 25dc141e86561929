"""The XML of one part, in bounded blocks that end where a row or a string ends."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import SourceError
from importer.sources.xlsx.book._xml import XmlParser, local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.sources.xlsx.book._archive import Stream

__all__ = ["Block", "Cutter"]

_HEAD_BYTES = 1 << 16
_PROLOGUE_BYTES = 16 << 20
_ROW_BYTES = 8 << 20
"""Limit of a row that stays in one block. The exact parser takes longer rows piece by piece."""

_BARREN_BYTES = 512 << 20
"""Limit of what may stand in a part beside its rows or strings, such as blanks."""

_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""")
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive bytes of a part, and how many bytes have been read after them."""

    data: bytes
    completed: int


class Cutter:
    """Cuts a part into its prologue and blocks.

    Attributes
    ----------
    prologue
        Everything down to the tag that opens the list, None if that tag is empty or missing.
    prefix
        Namespace prefix of that tag, with its colon; None if it is unusual.

    Parameters
    ----------
    stream
        The part, inflated, in any encoding that Python knows.
    tag
        Name of the element that holds the list: ``'sheetData'`` or ``'sst'``.
    where
        Name of the part in messages.
    """

    def __init__(self, stream: Stream, tag: str, where: str) -> None:
        self._stream = stream
        self._where = where
        self._completed = 0
        self._decoder: codecs.IncrementalDecoder | None = None
        head = self._begin()
        at = _end_of_opening_tag(head, tag, where)
        while at is None and len(head) < _PROLOGUE_BYTES and (more := self._read(max(_HEAD_BYTES, len(head)))):
            head += more
            at = _end_of_opening_tag(head, tag, where)
        self.prologue = None if at is None else head[:at]
        self._rest = head[at or 0 :]
        found = None if at is None else re.search(rb"<((?:[\w.-]+:)?)%b(?:\s[^<]*)?>$" % tag.encode(), head[:at])
        self.prefix = None if found is None else found[1].decode()

    def blocks(self, end: bytes, *, first: int, size: int) -> Iterator[Block]:
        """Blocks of `first` bytes, growing up to `size`, cut after the last `end` in each.

        A block ends anywhere if no `end` comes for long, and so does the last one.

        Raises
        ------
        SourceError
            If hundreds of megabytes hold no `end`.
        """
        held, target, barren = self._rest, first, 0
        while data := self._read(max(target - len(held), _HEAD_BYTES)):
            at = data.rfind(end) + len(end)
            if at >= len(end):
                # Joined without a second copy of either.
                block = b"".join((held, memoryview(data)[:at]))
                held = data[at:]
            else:
                barren += len(data)
                if barren > _BARREN_BYTES:
                    raise self._too_barren(end)
                held += data
                at = held.rfind(end) + len(end)
                if at < len(end):
                    if len(held) < _ROW_BYTES:
                        target = 2 * len(held)
                        continue
                    at = len(held)
                block, held = held[:at], held[at:]
            yield Block(block, self._completed - len(held))
            target = min(4 * target, size)
        at = held.rfind(end) + len(end)
        if at >= len(end):
            yield Block(held[:at], self._completed - len(held) + at)
            held = held[at:]
        yield Block(held, self._completed)

    def _too_barren(self, end: bytes) -> SourceError:
        what = "row" if end.endswith(b"row>") else "text"
        return SourceError(
            f"{self._where} has more than {_BARREN_BYTES >> 20:,} MB in which no {what} ends, "
            "which no spreadsheet program writes",
            code="file-suspicious",
            facts={"part": self._where},
            fixes=["open it in a spreadsheet program and save it again, if you trust the file"],
        )

    def _begin(self) -> bytes:
        data = self._stream.read(_HEAD_BYTES)
        self._completed = len(data)
        declared = _DECLARED.match(data)
        name = _MARKS.get(data[:2]) or (declared[1].decode() if declared else "utf-8")
        if declared and name.lower().startswith("utf-16"):
            # Some programs declare UTF-16 and write UTF-8, or the declaration would be unreadable.
            name = "utf-8"
        try:
            codec = codecs.lookup(name)
        except LookupError as exc:
            raise SourceError(
                f"{self._where} declares the encoding {name!r}, which is unknown",
                code="file-damaged",
                facts={"part": self._where, "encoding": name},
                fixes=["save it as .xlsx again"],
            ) from exc
        if codec.name in {"utf-8", "ascii"}:
            return data
        self._decoder = codec.incrementaldecoder()
        return self._decoded(data)

    def _decoded(self, data: bytes, *, is_last: bool = False) -> bytes:
        """The bytes in UTF-8."""
        if self._decoder is None:
            return data
        try:
            return self._decoder.decode(data, is_last).encode()
        except UnicodeError as exc:
            raise SourceError(
                f"{self._where} is damaged: it is not all text in its encoding ({exc})",
                code="file-damaged",
                facts={"part": self._where},
                fixes=["save it as .xlsx again"],
            ) from exc

    def _read(self, size: int) -> bytes:
        while data := self._stream.read(size):
            self._completed += len(data)
            if found := self._decoded(data):
                return found
        return self._decoded(b"", is_last=True)


class _FoundError(Exception):
    """Ends the search for the tag."""


def _end_of_opening_tag(head: bytes, tag: str, where: str) -> int | None:
    """Index after the tag that opens the list, as the XML parser sees it."""
    parser = XmlParser(where, "utf-8")
    events = parser.events
    events.buffer_text = False
    path: list[str] = []
    seen: list[int] = []

    def event(*_: object) -> None:
        if seen:
            seen.append(events.CurrentByteIndex)
            raise _FoundError

    def start(name: str, _: object) -> None:
        event()
        path.append(local(name))
        parser.check_depth(len(path))
        if path in ([tag], ["worksheet", tag]):
            seen.append(events.CurrentByteIndex)

    def end(_: object) -> None:
        event()
        path.pop()

    events.StartElementHandler, events.EndElementHandler, events.CharacterDataHandler = start, end, event
    events.CommentHandler = events.ProcessingInstructionHandler = events.StartCdataSectionHandler = event
    try:
        parser.feed(head)
    except _FoundError:
        return seen[1] if seen[1] > seen[0] else None
    return None

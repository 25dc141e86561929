"""The XML of shared strings, block by block: by polars where it understands them, else by a real parser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from importer.core import EACH, here
from importer.errors import SourceError
from importer.sources.xlsx._text import between, decoded, plain, trimmed
from importer.sources.xlsx._values import unescaped_all
from importer.sources.xlsx._xml import BLANKS, XmlParser, local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.sources.xlsx._cut import Cutter

__all__ = ["StringsParser", "string_tables", "understood_strings"]

_FIRST_BYTES, _BLOCK_BYTES = 1 << 16, 2 << 20


def string_tables(cutter: Cutter, where: str) -> Iterator[pl.Series]:
    """All strings in order, some at a time."""
    prefix = cutter.prefix or ""
    exact: StringsParser | None = None
    for block in cutter.blocks(f"</{prefix}si>".encode(), first=_FIRST_BYTES, size=_BLOCK_BYTES):
        if exact is None:
            found = understood_strings(block.data, cutter.prologue, prefix, where)
            if found is not None:
                yield found
                continue
            exact = StringsParser(where)
            exact.feed(cutter.prologue or b"")
        exact.feed(block.data)
        yield exact.take()
        if exact.resting and cutter.prologue is not None:
            exact = None
    if exact is None:
        exact = StringsParser(where)
        exact.feed(cutter.prologue or b"")
    exact.feed(b"", last=True)
    yield exact.take()


def understood_strings(block: bytes, prologue: bytes | None, prefix: str, where: str) -> pl.Series | None:
    """Strings of a block, None where it holds more than strings one after the other."""
    end = f"</{prefix}si>"
    found = None if prologue is None or not block.endswith(end.encode()) else plain(block)
    if prologue is None or found is None or b"<!" in block or b"<?" in block:
        return None
    items = here(found[0], EACH.str.split(f"<{prefix}si>")).item()
    if items[0].strip(BLANKS):
        return None
    items = items.slice(1)
    strings = _plain(items, prefix, has_entities=b"&" in block)
    odd = strings.is_null()
    if odd.any():
        others = _parsed(items.filter(odd), prologue, prefix, where)
        if others is None:
            return None
        strings = strings.scatter(odd.arg_true(), others)
    return unescaped_all(strings) if b"_x" in block or b"&" in block else strings


def _plain(items: pl.Series, prefix: str, *, has_entities: bool) -> pl.Series:
    """Strings of one text each, null where there is more to an item."""
    end = f"</{prefix}t></{prefix}si>"
    inner, whole = between(items, f"<{prefix}t>", end)
    bare = trimmed(inner if whole.all() else inner.set(~whole, None))
    if bare is not None and not whole.all():
        inner, kept = between(items, f'<{prefix}t xml:space="preserve">', end)
        bare = bare.zip_with(whole, inner.set(~kept, None))
    clean = decoded(bare) if has_entities and bare is not None else bare
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(items)) if clean is None else clean


def _parsed(items: pl.Series, prologue: bytes, prefix: str, where: str) -> pl.Series | None:
    # Items that hold another, or none, could make up for each other in the count of all of them.
    whole = items.str.strip_chars_end(BLANKS)
    tags = items.str.count_matches(f"</?{re.escape(prefix)}si")
    if not ((tags == 1) & whole.str.ends_with(f"</{prefix}si>")).all():
        return None
    exact = StringsParser(where)
    try:
        exact.feed(prologue)
        exact.feed(f"<{prefix}si>{f'<{prefix}si>'.join(items)}".encode())
    except SourceError:
        return None
    found = exact.take(escaped=True)
    return found if exact.resting and len(found) == len(items) else None


class StringsParser:
    """Takes the XML of shared strings piece by piece, and gives the strings."""

    def __init__(self, where: str) -> None:
        self._strings: list[str] = []
        self._path: list[str] = []
        self._parts: list[str] = []
        self._text: list[str] | None = None
        self._keeps_blanks = True
        parser = XmlParser(where, "utf-8")
        parser.events.StartElementHandler = self._start
        parser.events.EndElementHandler = self._end
        parser.events.CharacterDataHandler = self._characters
        self.feed = parser.feed
        self._parser = parser

    @property
    def resting(self) -> bool:
        """Whether it stands between two strings, so that another parser can go on from here."""
        return self._path == ["sst"] and self._parser.is_drained

    def take(self, *, escaped: bool = False) -> pl.Series:
        strings, self._strings = pl.Series("strings", self._strings, dtype=pl.String), []
        return strings if escaped else unescaped_all(strings)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = local(name)
        self._path.append(tag)
        if self._path == ["sst", "si"]:
            self._parts = []
        elif tag == "t" and self._path[1:] in (["si", "t"], ["si", "r", "t"]):
            self._text = []
            self._keeps_blanks = attributes.get("http://www.w3.org/XML/1998/namespace space") == "preserve"

    def _end(self, _: str) -> None:
        tag = self._path.pop()
        if tag == "t" and self._text is not None:
            text = "".join(self._text)
            self._parts.append(text if self._keeps_blanks else text.strip(BLANKS))
            self._text = None
        elif tag == "si" and self._path == ["sst"]:
            self._strings.append("".join(self._parts))

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

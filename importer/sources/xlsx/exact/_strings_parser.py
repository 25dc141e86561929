"""Shared strings by a real parser, for blocks that the fast path does not understand: `StringsParser`."""

from __future__ import annotations

import polars as pl

from importer.sources.xlsx.book import BLANKS, XmlParser, local, unescaped_all

__all__ = ["StringsParser"]


class StringsParser:
    """Parses shared strings piece by piece."""

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
        """Whether it is between two strings, so that another parser can continue from here."""
        return self._path == ["sst"] and self._parser.is_drained

    def take(self, *, escaped: bool = False) -> pl.Series:
        strings, self._strings = pl.Series("strings", self._strings, dtype=pl.String), []
        return strings if escaped else unescaped_all(strings)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = local(name)
        self._path.append(tag)
        self._parser.check_depth(len(self._path))
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

"""Rewrite an OpenDocument spreadsheet (.ods, .fods) as XLSX."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from importer.sources.converted._ods_formats import Formats
from importer.sources.converted._ods_sheets import SheetsParser
from importer.sources.converted._xlsx_writer import XlsxWriter
from importer.sources.xlsx.book import Archive, XmlParser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

    from importer.sources.xlsx.book import Stream

__all__ = ["rewrite_fods", "rewrite_ods"]

PIECE = 1 << 16


def rewrite_ods(path: Path, target: Path) -> None:
    """Write all sheets to `target`: values, number formats, errors, merged cells, and what is hidden.

    Raises
    ------
    ValueError
        If it has a password.
    """
    with Archive(path) as archive:
        if "META-INF/manifest.xml" in archive and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise ValueError("it has a password; take it off")
        formats = Formats()
        with _rewritten(target, formats) as sheets:
            if "styles.xml" in archive:
                with archive.stream("styles.xml") as stream:
                    _parse(stream, sheets, "styles.xml", rows=False)
            with archive.stream("content.xml") as stream:
                _parse(stream, sheets, "content.xml")


def rewrite_fods(path: Path, target: Path) -> None:
    """The same for a spreadsheet that is one XML file."""
    with _rewritten(target, Formats()) as sheets, path.open("rb") as file:
        _parse(file, sheets, path.name)


@contextmanager
def _rewritten(target: Path, formats: Formats) -> Iterator[SheetsParser]:
    writer = XlsxWriter(target)
    with ExitStack() as stack:
        yield SheetsParser(writer, formats, stack)
    writer.close()


def _parse(stream: Stream | IO[bytes], sheets: SheetsParser, where: str, *, rows: bool = True) -> None:
    parser = XmlParser(where)
    parser.events.StartElementHandler = sheets.start
    parser.events.EndElementHandler = sheets.end
    parser.events.CharacterDataHandler = sheets.characters
    sheets.begin(parser, has_rows=rows)
    while piece := stream.read(PIECE):
        parser.feed(piece)
    parser.feed(b"", last=True)

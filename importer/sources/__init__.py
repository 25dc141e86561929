"""One format a file, and its library; the door is `open_source`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.sources._blank import BLANK, BlankSource
    from importer.sources._blocks import those_of
    from importer.sources._book import Book, Sheet
    from importer.sources._derived import DerivedSource
    from importer.sources._fingerprint import Fingerprint, Stamp, stamp_of
    from importer.sources._footer import Footer
    from importer.sources._open import File, Opening, list_sheets, open_source
    from importer.sources._outline import Outline
    from importer.sources._outline_notes import notes_of_outline
    from importer.sources._outlined import Outlined, telling
    from importer.sources._passwords import VARIABLE, remember_password
    from importer.sources._patched import patched
    from importer.sources._protocol import Source
    from importer.sources._row_limits import RowLimits
    from importer.sources._sample_rows import SAMPLE_ROWS, sample_rows
    from importer.sources._size import shortened
    from importer.sources._suffixes import SUFFIXES

__all__ = [
    "BLANK",
    "SAMPLE_ROWS",
    "SUFFIXES",
    "VARIABLE",
    "BlankSource",
    "Book",
    "DerivedSource",
    "File",
    "Fingerprint",
    "Footer",
    "Opening",
    "Outline",
    "Outlined",
    "RowLimits",
    "Sheet",
    "Source",
    "Stamp",
    "list_sheets",
    "notes_of_outline",
    "open_source",
    "patched",
    "remember_password",
    "sample_rows",
    "shortened",
    "stamp_of",
    "telling",
    "those_of",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)

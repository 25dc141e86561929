"""What the name of a file says of its kind: `note_of_name`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import Note
from importer.sources.converted import NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sources._book import Book

__all__ = ["with_note_of_name"]

KINDS = {**NAMES, "xlsx": "an Excel workbook (.xlsx)", "csv": "a text file"}

EXPECTED = {
    # What is encrypted begins like an old workbook, whichever it is.
    ".xlsx": ("xlsx", "xls"),
    ".xlsm": ("xlsx", "xls"),
    ".xlsb": ("xlsb", "xls"),
    ".xls": ("xls",),
    ".ods": ("ods", "fods"),
    ".xml": ("spreadsheetml",),
    ".csv": ("csv",),
    ".tsv": ("csv",),
}
"""The kinds that a file with such a name may have."""


def with_note_of_name(book: Book, path: Path, kind: str) -> Book:
    """The book with a note if the name of the file says that it is of another kind.

    Examples
    --------
    >>> from pathlib import Path
    >>> from importer.sources import Book
    >>> with_note_of_name(Book(), Path("export.xls"), "csv").notes
    ("'export.xls' is a text file, whatever its name says",)
    """
    if kind in EXPECTED.get(path.suffix.lower(), (kind,)):
        return book
    note = Note(f"{path.name!r} is {KINDS[kind]}, whatever its name says", code="name-misleads")
    return replace(book, notes=(note, *book.notes))

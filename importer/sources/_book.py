"""What a source is made from: `Book`, and its `Sheet`s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.errors import Note
    from importer.sources.csv import Dialect

__all__ = ["Book", "Sheet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One worksheet of a workbook; hidden ones have ``visible=False``.

    Attributes
    ----------
    rows, columns
        Rows with cells, and the columns that most of the first ones fill; None if nobody has looked.
    is_exact
        Whether `rows` is counted; otherwise it is estimated from the first ones.
    """

    name: str
    visible: bool = True
    rows: int | None = None
    columns: int | None = None
    is_exact: bool = False


NAMED = ("json", "feed", "parquet", "arrow", "frame", "records")
"""Formats whose columns have names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What a source is made from.

    Every source has one, and a source derived from another keeps it, so nothing has to guess.

    Attributes
    ----------
    format
        ``"xlsx"``, ``"csv"``, ``"json"``, ``"feed"``, ``"parquet"``, ``"arrow"``, ``"frame"`` or
        ``"records"``; ``"nothing"`` for an empty file, ``"other"`` for a source that does not say.
    sheet
        Name of the sheet that is read; None unless the file is a workbook.
    sheets
        All worksheets of a workbook, in its order.
    dialect
        How a text file is written: its encoding, delimiter and quote.
    notes
        What opening the file showed and you should know, such as rows above the header.

    Examples
    --------
    >>> import polars as pl
    >>> from importer.sources import open_source
    >>> open_source(pl.DataFrame({"id": [1]})).book
    Book(format='frame', sheet=None, sheets=(), dialect=None, notes=())
    """

    format: str = "other"
    sheet: str | None = None
    sheets: tuple[Sheet, ...] = ()
    dialect: Dialect | None = None
    notes: tuple[Note, ...] = ()

    @property
    def names_columns(self) -> bool:
        """Whether the file itself names its columns, so that no row is their header."""
        return self.format in NAMED

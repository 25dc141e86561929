"""A file that holds nothing, as a source without rows: `BlankSource`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.core import Header
from importer.errors import Fix, Note
from importer.sources._book import Book
from importer.sources._header import chunk_of

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from importer.core import Chunk
    from importer.errors import SourceError

__all__ = ["BLANK", "BlankSource"]

BLANK = ("file-empty", "sheet-empty")
"""Codes of the errors that say that a file or a sheet holds nothing."""


class BlankSource:
    """No rows, under the columns that they would have.

    Parameters
    ----------
    label
        The file, for a person to read.
    why
        The error that says that it holds nothing.
    labels
        The columns; none if nobody knows them.

    Examples
    --------
    >>> from importer.errors import SourceError
    >>> source = BlankSource("a.csv", SourceError("'a.csv' is empty (0 bytes)", code="file-empty"), ["id"])
    >>> list(source.chunks(10)), source.book.notes
    ([], ("'a.csv' is empty (0 bytes), so there are no rows to import",))
    """

    unit = "rows"
    total = 0

    def __init__(self, label: str, why: SourceError, labels: Sequence[str] = ()) -> None:
        self.label = label
        self.why = why
        self.header = Header(row=0, labels=tuple(labels))
        elsewhere = [fix for fix in why.message.fixes if isinstance(fix, Fix)]
        told = f"{why.message.sentence}, so there are no rows to import"
        self.book = Book(format="nothing", notes=(Note(told, elsewhere, code="no-rows", kind="rows", n=0),))

    def titled(self, labels: Sequence[str]) -> BlankSource:
        """The same under other columns."""
        return BlankSource(self.label, self.why, labels)

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk]:  # noqa: ARG002 - as a source has it
        """No chunks."""
        yield from ()

    def sample(self, size: int) -> Chunk:  # noqa: ARG002 - as a source has it
        """A sample without rows."""
        return chunk_of(pl.DataFrame(), pl.Series(dtype=pl.Int64), self.header, 0)

"""What can be imported: `Source`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator

    from importer.core import Chunk, Header
    from importer.sources._book import Book

__all__ = ["Source"]


class Source(Protocol):
    """One sheet of a file, read as text, any number of times."""

    @property
    def label(self) -> str:
        """Name for people to read: ``'orders.xlsx, sheet Q3'``."""
        ...

    @property
    def book(self) -> Book:
        """The format, the sheets of a workbook, the dialect of a text file."""
        ...

    @property
    def unit(self) -> str:
        """What ``completed`` and ``total`` count: ``'B'`` for bytes, ``'rows'`` for frames."""
        ...

    @property
    def total(self) -> int | None:
        """How much there is to read, None if unknown."""
        ...

    @property
    def header(self) -> Header:
        """The columns."""
        ...

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk, None, None]:
        """Rows below the header and below `after_row`, at most `size` a chunk.

        Closing the generator closes the file. Rows that are wholly empty are left out.
        """
        ...

    def sample(self, size: int) -> Chunk:
        """About `size` rows from the whole sheet: the first, the last and some spread between."""
        ...

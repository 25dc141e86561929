"""Records as a source: `RecordSource`."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.core import Header
from importer.errors import Note, SourceError
from importer.sources._blocks import regroup, sample_of
from importer.sources._book import Book
from importer.sources._header import chunk_of, labels_of
from importer.sources.records._fields import Name, Number, cell, fields

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from importer.core import Chunk

__all__ = ["RecordSource"]

FIRST_ROW = 2
BLOCK = 1 << 13
"""Records converted at a time."""


class RecordSource:
    """Records: each is a row, and each name a column.

    A name within a name is a column with both, ``address.city``. Numbers stay as they are written, so they lose
    no digit; ``true`` is ``TRUE``, and a list is its JSON. Row 1 is the header, as if the table stood in a sheet.

    Parameters
    ----------
    read
        Yields the records from the first on, each with how much has been read by then. The names of all of them
        are looked up once, at the beginning.
    label, kind, unit, total
        As for every source.
    notes
        What is to be told of them besides what they show.

    Raises
    ------
    SourceError
        If there are no records.

    Examples
    --------
    >>> rows = [{"id": Number("1"), "at": {"city": "Bonn"}}, {"id": Number("2"), "new": True}]
    >>> source = RecordSource(lambda: zip(rows, [1, 2]), label="rows", kind="records", unit="rows", total=2)
    >>> [(chunk.frame.columns, chunk.frame.rows()) for chunk in source.chunks(10)]
    [(['id', 'at.city', 'new'], [('1', 'Bonn', None), ('2', None, 'TRUE')])]
    """

    def __init__(  # noqa: PLR0913 - all but one by keyword
        self,
        read: Callable[[], Iterator[tuple[dict[str, Any], int]]],
        *,
        label: str,
        kind: str,
        unit: str,
        total: int,
        notes: Iterable[Note] = (),
    ) -> None:
        self._read = read
        self.label, self.unit, self.total = label, unit, total
        lists: dict[Name, int] = {}
        are_filled: dict[Name, bool] = {}
        for record, _ in read():
            for name, value in fields(record):
                are_filled[name] = value is not None or are_filled.get(name, False)
                if isinstance(value, list):
                    lists[name] = lists.get(name, 0) + 1
        # Where others have an object, null is none, and not a column of its own.
        objects = {name[:depth] for name in are_filled for depth in range(1, len(name))}
        names = [name for name, is_filled in are_filled.items() if is_filled or name not in objects]
        if not names:
            raise SourceError(
                f"{label!r} holds no records", code="file-empty", facts={"file": label}, fixes=["export it again"]
            )
        self._places = {name: at for at, name in enumerate(names)}
        self.header = Header(row=FIRST_ROW - 1, labels=labels_of(map(".".join, names), 0))
        self.book = Book(format=kind, notes=(*notes, *self._notes(lists)))

    def _notes(self, lists: dict[Name, int]) -> Iterator[Note]:
        for name, count in lists.items():
            label = self.header.labels[self._places[name]]
            cells = "1 cell holds a list, which is" if count == 1 else f"{count:,} cells hold lists, which are"
            yield Note(f"{label}: {cells} written as JSON", code="lists-as-json", kind="told", n=count, column=label)

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk]:
        """Rows below `after_row`, at most `size` a chunk."""
        return regroup(self._blocks(after_row), size)

    def sample(self, size: int) -> Chunk:
        """About `size` rows of all: the first, the last and some spread between."""
        return sample_of(self._blocks(0), size)

    def _blocks(self, after_row: int) -> Iterator[Chunk]:
        """The rows, then an empty block with which everything is read."""
        row, found = FIRST_ROW, self._read()
        while block := list(islice(found, BLOCK)):
            past = min(max(after_row + 1 - row, 0), len(block))
            rows = pl.int_range(row + past, row + len(block), eager=True)
            row += len(block)
            yield self._chunk([record for record, _ in block[past:]], rows, min(block[-1][1], self.total))
        yield chunk_of(pl.DataFrame(), pl.Series(dtype=pl.Int64), self.header, self.total)

    def _chunk(self, records: Sequence[dict[str, Any]], rows: pl.Series, completed: int) -> Chunk:
        texts: list[list[str | None]] = [[None] * len(records) for _ in self._places]
        numbers = [[False] * len(records) for _ in self._places]
        for index, record in enumerate(records):
            for name, value in fields(record):
                if value is not None:
                    at = self._places[name]
                    texts[at][index], numbers[at][index] = cell(value), isinstance(value, Number)
        frame = pl.DataFrame([pl.Series(str(at), column, dtype=pl.String) for at, column in enumerate(texts)])
        are_numbers = pl.DataFrame([pl.Series(str(at), each, dtype=pl.Boolean) for at, each in enumerate(numbers)])
        return chunk_of(frame, rows, self.header, completed, numbers=are_numbers)

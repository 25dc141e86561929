"""A CSV or TSV file as a source, compressed or not."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from importer.errors import SourceError
from importer.sources._blocks import joined, lighter, part_of, regroup, sample_of
from importer.sources._book import Book
from importer.sources._header import chunk_of, find_header, labels_of
from importer.sources._header_notes import no_rows_note, notes_of_header
from importer.sources._row_limits import EVERY_ROW
from importer.sources._size import shortened
from importer.sources.csv._faults import before_next, faults_of, habit, habit_note, other_note, usual, width_note
from importer.sources.csv._find_dialect import find_dialect
from importer.sources.csv._kind import reading
from importer.sources.csv._records import MOST_COLUMNS, record_blocks, without_comments
from importer.sources.csv._regained import regained
from importer.sources.csv._sample import can_seek, spread_blocks
from importer.sources.csv.dialect import Given

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterator

    from importer.core import Chunk, Header
    from importer.sources._row_limits import RowLimits
    from importer.sources.csv._records import Block

__all__ = ["CsvSource"]

LOOKED_AT = 100
"""Rows at the beginning to search for the header."""

LOOKED_AT_CELLS = 1 << 18
"""Cells to search for the header in a wide file."""


class _First(NamedTuple):
    """The first records with cells.

    Attributes
    ----------
    numbers, cells
        Their rows, and what they hold by position.
    lengths
        How many cells each has.
    has_strays
        Whether quotes are wrong in them, or near.
    others
        Which are divided by another delimiter, and by which.
    is_whole
        Whether the file holds no more.
    """

    numbers: pl.Series
    cells: pl.DataFrame
    lengths: dict[int, int]
    has_strays: bool
    others: dict[int, str]
    is_whole: bool


class CsvSource:
    r"""Text with delimiters, read in blocks. What you do not give is found from a sample.

    An empty field is null, a quoted empty one (``""``) the empty text. A row is a record, as a
    spreadsheet program numbers it: a line end inside quotes does not begin a row, a blank line is a row.

    Parameters
    ----------
    path
        A text file, or a compressed one.
    header_row
        Number of the header row, or of the first one if there are several; 0 if there is none.
    header_rows
        How many rows name the columns; None to find it.
    delimiter
        One character or more.
    quote, escape
        One character each; empty if there is none.
    comment
        What begins the lines that are no rows.
    encoding
        As Python names it.
    limits
        Where the table ends, and which of its rows show what it is.

    Attributes
    ----------
    dialect
        The encoding, delimiter, quote and escape, given or found; also in `book`.

    Raises
    ------
    SourceError
        If the file does not exist, is not text, or has no rows.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "staff.csv")
    >>> _ = path.write_text("id;name\n7;Ada\n8;Grace\n")
    >>> source = CsvSource(path)
    >>> source.header.labels, source.dialect.delimiter, source.total
    (('id', 'name'), ';', 22)
    >>> [chunk.rows.to_list() for chunk in source.chunks(1)]
    [[2], [3]]
    """

    unit = "B"

    def __init__(  # noqa: PLR0913 - what a file does not say
        self,
        path: str | os.PathLike[str],
        *,
        header_row: int | None = None,
        header_rows: int | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        quote: str | None = None,
        escape: str | None = None,
        comment: str | None = None,
        limits: RowLimits = EVERY_ROW,
    ) -> None:
        self._path = Path(path)
        self._comment = comment or ""
        self._limits = limits
        self.label = self._path.name
        with reading(self._path):
            self._total = self._path.stat().st_size
        given = Given(delimiter=delimiter, quote=quote, escape=escape, comment=comment, encoding=encoding)
        self.dialect, notes = find_dialect(self._path, given, limits.last)
        self.book = Book(format="csv", dialect=self.dialect, notes=notes)
        self._width, self._needed, self._cells = 1, MOST_COLUMNS, 0
        first = self._first_records()
        self._cells = usual(first.lengths.values())
        if first.has_strays or min(first.lengths.values(), default=0) < self._cells:
            # Now that it is known how many cells a row has, quotes and delimiters can be told from text.
            first = self._first_records()
        self.header, self._width, lengths = self._find_header(first, header_row, header_rows)
        edge = self.header.first + len(self.header.labels)
        self._needed = habit(lengths, edge)
        if self._needed < edge:
            self.book = replace(self.book, notes=(*self.book.notes, habit_note(self._needed, self.header)))

    @property
    def total(self) -> int:
        """Bytes of the file on disk."""
        return self._total

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk]:
        """Rows below the header and below `after_row`, at most `size` a chunk."""
        return regroup(self._chunks(after_row), size)

    def sample(self, size: int) -> Chunk:
        """About `size` rows from the whole file: the first, the last and some spread between.

        In a large file, all row numbers but the first ones are estimates.
        """
        if self._limits.last is not None or not can_seek(self._path, self.dialect, self._total):
            return sample_of(self._chunks(0), size)
        with closing(self._blocks()) as blocks:
            head = self._right(next(blocks))
        first = part_of(self._chunk(head), 0, size // 4)
        others = spread_blocks(self._path, self.dialect, head, self._total, size - size // 4, cells=self._cells)
        chunks = [self._chunk(self._right(block)) for block in others]
        return replace(lighter(joined([first, *chunks], self._total)), is_estimated=True)

    def _chunks(self, after_row: int) -> Iterator[Chunk]:
        before: tuple[int, ...] = ()
        for found in self._blocks():
            block = self._right(found)
            yield self._chunk(block, after_row, before)
            before = before_next(block, before)
        # By now everything is read, including blank lines and the end of an archive.
        yield chunk_of(pl.DataFrame(), pl.Series(dtype=pl.Int64), self.header, self._total)

    def _chunk(self, block: Block, after_row: int = 0, before: tuple[int, ...] = ()) -> Chunk:
        past = min(max(after_row + 1 - block.first_row, 0), block.frame.height)
        rows = pl.int_range(block.first_row + past, block.first_row + block.frame.height, eager=True)
        completed = min(block.completed, self._total)
        faults = faults_of(block, self.header, self._needed, before)
        return chunk_of(block.frame.slice(past), rows, self.header, completed, faults=faults)

    def _blocks(self) -> Generator[Block]:
        last = sys.maxsize if self._limits.last is None else self._limits.last
        return record_blocks(
            self._path, self.dialect, self._width, needed=self._needed, cells=self._cells, last_row=last
        )

    def _right(self, block: Block) -> Block:
        """The block without comments, and with whole rows where these are divided otherwise."""
        return regained(without_comments(block, self._comment), self.dialect, self._cells)

    def _first_records(self) -> _First:
        """The first records with cells, as many as are searched for the header."""
        numbers, cells = pl.Series(dtype=pl.Int64), pl.DataFrame()
        has_strays, others = False, dict[int, str]()
        lengths: dict[int, int] = {}
        for found in self._blocks():
            block = self._right(found)
            frame = block.frame.with_row_index("row", block.first_row)
            filled = frame.filter(pl.any_horizontal(pl.exclude("row").is_not_null()))
            widths = [block.frame.width] * frame.height if block.lengths is None else block.lengths
            lengths |= dict(zip(frame["row"], widths, strict=True))
            has_strays |= bool(block.strays)
            others |= {block.first_row + other.record: other.delimiter for other in block.others}
            part = filled.head(LOOKED_AT - cells.height)
            numbers = numbers.extend(part["row"].cast(pl.Int64))
            cells = shortened(pl.concat([cells, part.drop("row")], how="diagonal"))
            if cells.height == LOOKED_AT or cells.height * frame.width > LOOKED_AT_CELLS:
                return _First(
                    numbers, cells, {row: lengths[row] for row in numbers}, has_strays, others, is_whole=False
                )
        return _First(numbers, cells, {row: lengths[row] for row in numbers}, has_strays, others, is_whole=True)

    def _find_header(
        self, first: _First, header_row: int | None, header_rows: int | None
    ) -> tuple[Header, int, list[int]]:
        """The header, how many fields the widest of the first records has, and how many each below the header has.

        A few that are far too wide are ignored.
        """
        numbers, cells, lengths, _, others, is_whole = first
        if is_whole and not any(cell and cell.strip() for row in cells.iter_rows() for cell in row):
            self._limits.refuse_nothing(repr(self.label))
            raise SourceError(
                f"{self.label!r} has no cells, only blank lines",
                code="file-empty",
                facts={"file": self.label},
                fixes=["export it again"],
            )
        past = _remarks(cells) if header_row is None else 0
        header = find_header(cells.slice(past), numbers.slice(past), header_row, header_rows, self._limits)
        if not header.lines and self._cells > header.first + len(header.labels):
            # Without names columns go by their places, and one that is empty here may be filled in the next file.
            header = replace(header, labels=labels_of([""] * (self._cells - header.first), header.first))
        told = [*notes_of_header(cells, numbers, header, is_given=header_row is not None)]
        told += [other_note(row, others[row]) for row, _ in header.lines if row in others]
        self.book = replace(self.book, notes=(*self.book.notes, *told))
        if header.row == numbers[-1] and is_whole:
            self.book = replace(self.book, notes=(*self.book.notes, no_rows_note(header)))
        below = [lengths[row] for row in self._limits.shown_by(row for row in numbers if row > header.row)]
        named, edge = (
            max((lengths[row] for row, _ in header.lines), default=0),
            header.first + len(header.labels),
        )
        if 0 < named < edge:
            self.book = replace(self.book, notes=(*self.book.notes, width_note(header, named, edge)))
        return header, min(cells.width, header.first + len(header.labels) + 64), below


def _remarks(cells: pl.DataFrame) -> int:
    """How many rows at the beginning are remarks, which begin with `#`. A single one may be the header."""
    others = (~cells.to_series(0).str.starts_with("#").fill_null(value=False)).arg_true()
    return int(others[0]) if len(others) and others[0] > 1 else 0

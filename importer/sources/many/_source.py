"""Several files, one after another, as one source: `ManySource`."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

import polars as pl

from importer.core import FAULTS, LAST_OF_A_FILE, ROWS_OF_A_FILE, Chunk, FileRows, Header
from importer.errors import SourceError
from importer.sources._blocks import joined, lighter, spread, those_of
from importer.sources._book import Book
from importer.sources._outlined import telling

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Mapping, Sequence

    from importer.sources._protocol import Source

__all__ = ["ManySource", "Part"]

FEW = 8
"""So many files are sampled as if each were alone; of more files, each shows less."""

LEAST_ROWS = 64
"""Rows that are sampled from each of many files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the files.

    Attributes
    ----------
    at
        Its place among all files, also those that are left out, from 0: a row keeps its number whatever else goes in.
    name
        The file for people.
    source
        The open file.
    size
        Its bytes on disk.
    called
        The label in the header of all files, by its own labels.
    """

    at: int
    name: str
    source: Source
    size: int
    called: Mapping[str, str]


class ManySource:
    """The rows of several files, each with a number of its own, as `FileRows` says.

    The columns are those of all files. A column that a file lacks is empty in its rows. A file that cannot be read
    to its end ends with a row at fault, which is refused and says why, and the next one follows.

    Parameters
    ----------
    parts
        The files that go in.
    names
        All files, also those that are left out.
    label
        All of them for people.
    file_column
        Header of a column that has the name of the file in every row.

    Examples
    --------
    >>> from importer.sources import open_source
    >>> frames = [pl.DataFrame({"id": ["1", "2"]}), pl.DataFrame({"id": ["3"], "qty": ["9"]})]
    >>> parts = [
    ...     Part(
    ...         at=at,
    ...         name=f"{at}.csv",
    ...         source=open_source(frame),
    ...         size=5,
    ...         called=dict(zip(frame.columns, frame.columns)),
    ...     )
    ...     for at, frame in enumerate(frames)
    ... ]
    >>> source = ManySource(parts, names=("0.csv", "1.csv"), label="two files", file_column="file")
    >>> [chunk.frame.rows() for chunk in source.chunks(10)]
    [[('1', None, '0.csv'), ('2', None, '0.csv')], [('3', '9', '1.csv')]]
    >>> [source.rows.place(row) for chunk in source.chunks(10) for row in chunk.rows]
    ["row 2 of '0.csv'", "row 3 of '0.csv'", "row 2 of '1.csv'"]
    """

    unit = "B"

    def __init__(
        self, parts: Sequence[Part], *, names: Sequence[str], label: str, file_column: str | None = None
    ) -> None:
        self.parts = tuple(parts)
        self.names = tuple(names)
        # The rows of one file keep the numbers of its sheet.
        self.rows = FileRows(names=self.names if len(self.names) > 1 else ())
        self.label = label
        self.file_column = file_column
        self.total = sum(part.size for part in parts)
        self.header = _header(self.parts, file_column)
        self.book = _book(self.parts)

    @property
    def ends(self) -> tuple[tuple[str, int], ...]:
        """The files that go in, each with how much is read at its end."""
        return tuple(zip((part.name for part in self.parts), accumulate(part.size for part in self.parts), strict=True))

    def lettered(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Cells by row, column and letter, with the letter that the column has in its own file."""
        if cells.is_empty():
            return cells
        places = [
            (part.at, part.called[label], part.source.header.letter(label))
            for part in self.parts
            for label in part.source.header.labels
        ]
        own = pl.DataFrame(places, schema={"at": pl.Int64, "column": pl.String, "own": pl.String}, orient="row")
        at = (pl.col("row") // ROWS_OF_A_FILE - 1).alias("at")
        found = cells.with_columns(at).join(own, on=["at", "column"], how="left", maintain_order="left")
        return found.with_columns(letter=pl.coalesce("own", "letter")).select(cells.columns)

    def without(self, left_out: Collection[int]) -> ManySource:
        """The same without some files, by their places; the columns and the numbers of all rows stay."""
        other = self._with([part for part in self.parts if part.at not in left_out])
        other.header, other.book = self.header, self.book
        return other

    def telling(self) -> ManySource:
        """The same source, whose chunks tell of each row that no sample could show to be no data."""
        other = self._with([replace(part, source=telling(part.source)) for part in self.parts])
        other.header, other.book = self.header, self.book
        return other

    def _with(self, parts: Sequence[Part]) -> ManySource:
        return ManySource(parts, names=self.names, label=self.label, file_column=self.file_column)

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk, None, None]:
        """The rows of all files after `after_row`, at most `size` a chunk, never of two files in one."""
        at, row = FileRows.apart(after_row) if self.rows.are_many else (0, after_row)
        held: Chunk | None = None
        done = 0
        for part in self.parts:
            is_read = part.at < at or (part.at == at and row == LAST_OF_A_FILE)
            if not is_read:
                with closing(self._chunks(part, size, row if part.at == at else 0, done)) as chunks:
                    for chunk in chunks:
                        if held is not None:
                            yield held
                        held = chunk
            done += part.size
        if held is not None:
            yield replace(held, completed=self.total)

    def sample(self, size: int) -> Chunk:
        """About `size` rows from all files: the first, the last and some spread between."""
        most = size if len(self.parts) <= FEW else max(2 * size // len(self.parts), LEAST_ROWS)
        return self.sampled([part.source.sample(most) for part in self.parts], size)

    def sampled(self, samples: Sequence[Chunk], size: int) -> Chunk:
        """The sample of all files, made from one of each."""
        found = [
            self._placed(part, sample, 0)
            for part, sample in zip(self.parts, samples, strict=True)
            if not sample.rows.is_empty()
        ]
        if not found:
            return replace(_nothing(self.header), completed=self.total, is_whole=True)
        whole = joined(found, self.total)
        is_whole = all(sample.is_whole or sample.rows.is_empty() for sample in samples)
        if whole.rows.len() > size:
            kept = pl.Series(spread(whole.rows.len(), size), dtype=pl.Int64)
            is_kept = pl.int_range(whole.rows.len(), eager=True).is_in(kept.implode())
            whole, is_whole = those_of(whole, is_kept), False
        whole = replace(whole, is_whole=is_whole, is_estimated=any(sample.is_estimated for sample in samples))
        return lighter(whole)

    def _chunks(self, part: Part, size: int, after_row: int, done: int) -> Generator[Chunk, None, None]:
        """The chunks of one file, and the row that stands for what cannot be read."""
        total, completed = part.source.total, done
        try:
            with closing(part.source.chunks(size, after_row=after_row)) as chunks:
                for chunk in chunks:
                    share = min(chunk.completed / total, 1.0) if total else 0.0
                    completed = done + round(part.size * share)
                    yield self._placed(part, chunk, completed)
        except SourceError as exc:
            if not self.rows.are_many:
                raise
            yield self._placed(part, _broken(part, exc), completed)

    def _placed(self, part: Part, chunk: Chunk, completed: int) -> Chunk:
        """A chunk of one file under the header of all files, with the numbers of its rows among all files."""
        first = FileRows.number(part.at, 0) if self.rows.are_many else 0
        own = part.source.header
        labels = dict(enumerate(own.labels, own.first))
        places = {
            position: self.header.first + self.header.labels.index(part.called[label])
            for position, label in labels.items()
        }
        faults = None if chunk.faults is None else _moved(chunk.faults, first)
        if faults is not None and any(position != place for position, place in places.items()):
            faults = faults.with_columns(pl.col("position").replace(places))
        height = chunk.rows.len()
        return replace(
            chunk,
            frame=self._under(part, chunk.frame, pl.Series([None], dtype=pl.String).new_from_index(0, height)),
            rows=chunk.rows + first,
            completed=completed,
            extra=None if chunk.extra is None else _moved(chunk.extra, first),
            faults=faults,
            numbers=None
            if chunk.numbers is None
            else self._under(part, chunk.numbers, pl.Series([False]).new_from_index(0, height), is_text=False),
            notes=(),
        )

    def _under(self, part: Part, frame: pl.DataFrame, lacking: pl.Series, *, is_text: bool = True) -> pl.DataFrame:
        """The columns of one file in the order of the header of all files."""
        if self.file_column is None and part.source.header.labels == self.header.labels:
            return frame
        own = {part.called[label]: label for label in frame.columns}
        columns = [
            frame[own[label]].alias(label) if label in own else lacking.alias(label) for label in self.header.labels
        ]
        if self.file_column is not None and is_text:
            # A file that has this column already, such as refused rows that come back, keeps what it says.
            at = self.header.labels.index(self.file_column)
            columns[at] = columns[at].fill_null(part.name)
        return pl.DataFrame(columns)


def _header(parts: Sequence[Part], file_column: str | None) -> Header:
    """The columns of all files, in the order in which they come."""
    labels = dict.fromkeys(part.called[label] for part in parts for label in part.source.header.labels)
    first = next((part.source.header for part in parts if part.source.header.labels), Header(row=0, labels=()))
    added = () if file_column is None or file_column in labels else (file_column,)
    return Header(row=first.row, labels=(*labels, *added), first=first.first)


def _book(parts: Sequence[Part]) -> Book:
    """What all files have in common."""
    books = [part.source.book for part in parts if part.source.header.labels]
    if not books:
        return Book(format="nothing")
    formats, dialects = {book.format for book in books}, {book.dialect for book in books}
    return Book(
        format=formats.pop() if len(formats) == 1 else "other", dialect=dialects.pop() if len(dialects) == 1 else None
    )


def _moved(beside: pl.DataFrame, by: int) -> pl.DataFrame:
    return beside.with_columns(pl.col("row") + by)


def _nothing(header: Header) -> Chunk:
    frame = pl.DataFrame(schema=dict.fromkeys(header.labels, pl.String))
    return Chunk(frame=frame, rows=pl.Series([], dtype=pl.Int64), completed=0)


def _broken(part: Part, exc: SourceError) -> Chunk:
    """The row that stands for the rest of a file."""
    message = f"the rest of the file cannot be read: {exc.message.sentence}"
    about = {"position": None, "value": None, "rule": "file-broken", "severity": "error", "message": message}
    frame = pl.DataFrame({label: [None] for label in part.source.header.labels}, schema_overrides={})
    return Chunk(
        frame=frame.cast(pl.String),
        rows=pl.Series([LAST_OF_A_FILE], dtype=pl.Int64),
        completed=0,
        faults=pl.DataFrame({"row": [LAST_OF_A_FILE], **about}, schema=FAULTS),
    )

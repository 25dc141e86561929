"""What a file shows before it is imported: `Reading`."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

import polars as pl

from importer.core import READING_OPTIONS, Chunk, FileRef, FileRows
from importer.errors import SourceError, sorted_notes
from importer.sources import (
    BLANK,
    SAMPLE_ROWS,
    BlankSource,
    File,
    Footer,
    Outline,
    Outlined,
    notes_of_outline,
    open_source,
    sample_rows,
    shortened,
    stamp_of,
    those_of,
)
from importer.sources.remote import notes_of_fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from importer.core import Header
    from importer.errors import Note
    from importer.schema import Format
    from importer.schema.inference import Evidence, Guess, Inference
    from importer.sources import Opening, Source, Stamp

__all__ = ["SAMPLE_ROWS", "Reading"]

TOP_ROWS = 1_000
"""Rows that a preview reads; the number of rows of a longer file is an estimate."""


class Reading:
    """What a file shows: its header, a sample, and the types and formats inferred from that.

    The sample is read, and each question answered, once, when first needed. All plans for the same
    file share one reading, in any thread.

    Parameters
    ----------
    source
        The open file.
    file
        Which file that is; None for a frame, and for a source of your own.
    opening
        The options with which it was opened.
    stamp
        State of the file before it was opened; by default, its state now.
    """

    def __init__(
        self,
        source: Source,
        *,
        file: FileRef | None = None,
        opening: Mapping[str, Any] | None = None,
        stamp: Stamp | None = None,
    ) -> None:
        self.source = source
        self.file = file
        self.opening: dict[str, Any] = {name: (opening or {}).get(name) for name in READING_OPTIONS}
        self._stamp = _stamp_of(file.path) if file is not None and stamp is None else stamp
        self._lock = threading.RLock()
        self._sample: Chunk | None = None
        self._top: Chunk | None = None
        self._top_rows = 0
        self._judged: Chunk | None = None
        self._outline: Outline | None = None
        self._evidence: Evidence | None = None
        self._inferences: dict[tuple[object, ...], Inference] = {}
        self._known: dict[tuple[object, ...], Any] = {}
        self._most_rows: int | None = None
        self._dtypes: dict[str, pl.DataType] = {}
        self._formats: dict[tuple[object, ...], Format] = {}

    @classmethod
    def of(cls, file: File | Reading, **opening: Unpack[Opening]) -> Reading:
        """Open the file, unless a reading with these options is given.

        Raises
        ------
        SourceError
            If the file cannot be read.
        """
        if isinstance(file, Reading):
            return file.reopened(**opening)
        if not isinstance(file, str | os.PathLike):
            return cls(_opened(file, opening), opening=opening)
        return cls._of_path(Path(file), opening)

    @classmethod
    def _of_path(cls, path: Path, opening: Opening) -> Reading:
        stamp = _stamp_of(path)
        source = _opened(path, opening)
        return cls(source, file=FileRef(path=path, sheet=source.book.sheet), opening=opening, stamp=stamp)

    def reopened(self, **opening: Unpack[Opening]) -> Reading:
        """The reading with these options: itself, or a new one if they differ.

        Raises
        ------
        SourceError
            If the file cannot be read with these options.
        """
        if {name: opening.get(name) for name in READING_OPTIONS} == self.opening:
            return self
        if self.file is None:
            return Reading(open_source(self.source, **opening), opening=opening)
        return self._of_path(self.file.path, opening)

    def titled(self, names: Callable[[], Iterable[str]]) -> Reading:
        """The same with these columns if the file holds nothing, so that it says of none; else itself."""
        if not isinstance(self.source, BlankSource) or (labels := tuple(names())) == self.header.labels:
            return self
        return Reading(self.source.titled(labels), file=self.file, opening=self.opening, stamp=self._stamp)

    def raise_if_blank(self) -> None:
        """Raise the error of a file that holds nothing.

        Raises
        ------
        SourceError
            If it does.
        """
        if isinstance(self.source, BlankSource):
            raise self.source.why

    @property
    def has_rows(self) -> bool:
        """Whether there is anything to import."""
        return not self.sample.rows.is_empty()

    def sampling(self, most_rows: int) -> Self:
        """Itself, which looks at no more rows than these."""
        self._most_rows = most_rows
        return self

    def anew(self) -> Reading:
        """A reading of the same file, opened again; itself for a frame, and for a source of your own.

        Raises
        ------
        SourceError
            If the file cannot be read.
        """
        return self if self.file is None else Reading.of(self.file.path, **self.opening)

    def current(self) -> Reading:
        """Itself, or a new reading that shows the same, if somebody has written to the file since.

        The header and the formats of one version of a file may be wrong for another.

        Raises
        ------
        SourceError
            If the file shows something else, or was moved or deleted.
        """
        if self.file is None or _stamp_of(self.file.path) == self._stamp:
            return self
        again = self.anew()
        if not again.shows(self):
            raise SourceError(
                f"{self.file.name!r} has changed since it was opened for this plan",
                code="file-changed",
                facts={"file": self.file.name},
                fixes=["open it again"],
            )
        return again

    def shows(self, other: Reading) -> bool:
        """Whether every answer of the other reading, which comes from its header and its sample, is right for this."""
        mine, its = self.header, other.header
        is_same_header = (mine, mine.lines, mine.below) == (its, its.lines, its.below)
        return is_same_header and self.source.book == other.source.book and self.sample.shows(other.sample)

    @property
    def rows(self) -> FileRows:
        """Which row of which file a number means; of one file, its own row."""
        return FileRows()

    @property
    def header(self) -> Header:
        """The columns of the file."""
        return self.source.header

    @property
    def sample(self) -> Chunk:
        """Rows from the whole file, as text: all of them, if they are few."""
        with self._lock:
            if self._sample is None:
                rows = sample_rows(self.source)
                self._sample = self.source.sample(rows if self._most_rows is None else min(rows, self._most_rows))
            return self._sample

    def top(self, rows: int) -> Chunk | None:
        """The first rows, at least so many if there are so many; None of a file without rows."""
        with self._lock:
            if rows > self._top_rows:
                self._top, self._top_rows = _first_rows(self.source, rows), rows
            return self._top

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What you should know about the file, whatever is imported from it."""
        footer = self._footer
        told = () if footer is None else range(footer.first, footer.last + 1)
        sample = self.sample
        left_out, beyond = (
            (self.source.leave_out, self.source.beyond) if isinstance(self.source, Outlined) else ((), ())
        )
        outline = notes_of_outline(self.outline, left_out, told)
        found = () if footer is None else (footer.note,)
        fetch = () if self.file is None else notes_of_fetch(self.file.path)
        return (*fetch, *self.source.book.notes, *sample.notes, *beyond, *outline, *found)

    def told(self, guesses: Iterable[Guess] = (), others: Iterable[Note] = ()) -> tuple[str, ...]:
        """The notes about the file, the doubts about its columns, and other notes, worst first."""
        return sorted_notes([*self.notes, *(guess.note for guess in guesses if guess.note is not None), *others])

    @property
    def outline(self) -> Outline:
        """Which rows are no data, or may be none."""
        if isinstance(self.source, Outlined):
            return self.source.outline
        with self._lock:
            if self._outline is None:
                self._outline = Outline.of(self.sample, self.header)
            return self._outline

    @property
    def judged(self) -> Chunk:
        """The rows of the sample that show types: not totals, notes, and rows that are refused for other reasons."""
        with self._lock:
            if self._judged is None:
                sample = self.sample
                beside = [] if sample.extra is None else [sample.extra["row"]]
                beside += [] if sample.faults is None else [sample.faults.filter(severity="error")["row"]]
                is_odd = sample.rows.is_in(pl.concat([self.outline.odd_rows(), *beside]).implode())
                judged = those_of(sample, ~is_odd) if is_odd.any() and not is_odd.all() else sample
                self._judged = replace(judged, frame=shortened(judged.frame))
            return self._judged

    @property
    def footer(self) -> Footer | None:
        """Rows at the end that may be notes or totals, if their numbers are known."""
        footer = self._footer
        return None if footer is None or footer.is_estimated else footer

    @cached_property
    def _footer(self) -> Footer | None:
        return Footer.of(self.sample)

    def inference(
        self,
        name: str,
        *,
        key: tuple[str, ...] = (),
        day_first: bool | None = None,
        types: Mapping[str, str] | None = None,
    ) -> Inference:
        """A schema of this name for the file, with the reason for every column."""
        from importer.schema.inference import infer

        asked = (name, key, day_first, frozenset((types or {}).items()))
        with self._lock:
            if asked not in self._inferences:
                self._inferences[asked] = infer(
                    self.judged,
                    self.header,
                    name=name,
                    key=key,
                    day_first=day_first,
                    types=types,
                    delimiter=self.delimiter,
                    known=self._known,
                )
            return self._inferences[asked]

    def dtype(self, label: str) -> pl.DataType:
        """Type of the cells under a header, as they show it without the other columns."""
        from importer.schema.inference import infer

        with self._lock:
            if label not in self._dtypes:
                cells = replace(self.judged, frame=self.judged.frame.select(label), extra=None, faults=None)
                header = replace(self.header, labels=(label,))
                [guess] = infer(cells, header, delimiter=self.delimiter).guesses
                self._dtypes[label] = guess.column.dtype
            return self._dtypes[label]

    def format(
        self, label: str, dtype: pl.DataType, hints: Format, *, is_inferred: bool = False, is_key: bool = False
    ) -> Format:
        """How the cells under a header are written: the hints, and what the sample shows beyond them."""
        from importer.schema.inference import decide

        asked = (label, dtype, hints, is_inferred, is_key)
        with self._lock:
            if asked not in self._formats:
                cells, numbers = self.judged.frame[label], self.judged.numbers
                stored = None if numbers is None else numbers[label].fill_null(value=False)
                self._formats[asked] = decide(
                    cells,
                    dtype,
                    hints,
                    stored=stored,
                    is_inferred=is_inferred,
                    is_key=is_key,
                    evidence=self._other_columns,
                )
            return self._formats[asked]

    def _other_columns(self) -> Evidence:
        """What the columns of the file prove for each other."""
        from importer.schema.inference import evidence_of

        with self._lock:
            if self._evidence is None:
                self._evidence = evidence_of(self.judged, delimiter=self.delimiter)
            return self._evidence

    @property
    def delimiter(self) -> str | None:
        """What separates the fields of a text file."""
        dialect = self.source.book.dialect
        return None if dialect is None else dialect.delimiter


def _opened(file: File, opening: Opening) -> Source:
    """The file as a source, without rows if it holds nothing."""
    try:
        return open_source(file, **opening)
    except SourceError as exc:
        if exc.code not in BLANK:
            raise
        return BlankSource(file.name if isinstance(file, Path) else "nothing", exc)


def _first_rows(source: Source, rows: int) -> Chunk | None:
    with closing(source.chunks(max(rows, TOP_ROWS))) as chunks:
        chunk = next(chunks, None)
        # Rows that hold much text come a few at a time.
        while chunk is not None and chunk.frame.height < rows and (more := next(chunks, None)) is not None:
            frame, numbers = pl.concat([chunk.frame, more.frame]), pl.concat([chunk.rows, more.rows])
            chunk = Chunk(frame=frame, rows=numbers, completed=more.completed)
    return chunk


def _stamp_of(path: Path) -> Stamp | None:
    """State of a file; None if it cannot be looked up, about which its source says more."""
    try:
        return stamp_of(path)
    except OSError:
        return None

"""The outcome of a job: `Report`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from importer.checking import Rejects, write_rejects
from importer.core import UsedFiles, rejects_of, why, written_beside
from importer.engine._course import Course
from importer.engine._operation import Operation
from importer.engine._report_page import report_page, report_values
from importer.engine._report_view import report_html, report_lines
from importer.errors import ImporterError, Note, RejectsError
from importer.sinks import CHANGES, why_not_undo
from importer.views import say, terminal

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from importer.core import Listener, Progress
    from importer.engine._replaced import Replaced
    from importer.errors import Message
    from importer.store import JobRecord

__all__ = ["Report"]

LONG = 20_000
"""Refused rows from which on writing them takes seconds."""

WARNED = ("column", "rule", "cells", "row", "message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one job.

    Attributes
    ----------
    progress
        The final snapshot: state and counts.
    table, into
        Table and target; the URL is without its password.
    notes
        What else you should know, such as a column with ambiguous dates.
    read_as
        How the file is read: the encoding and delimiter of a text file, and the row of the header.
    corrections
        Cells that were corrected before the import, by row and header; the notes name the first ones.
    changes
        Sample of the cells that a dry run would change, as ``key, column, before, after``.
    found
        The rejected cells and rows; see `rejects` and `rejected_rows`.
    replaces
        What a dry run would lose in the table if its rows are replaced.
    undo_refusal
        Why the target keeps nothing to undo the import, as a word; None if it does. See `why_not_undo`.
    left_out
        Those of several files that were not imported, as the notes say why. Files that were skipped because they are
        in the table already are not among them.
    used
        The files of the job, onto which nothing else is written.
    course
        How the job went: its speed, its stages, and how complete the columns are.
    """

    progress: Progress
    table: str = ""
    into: str = ""
    notes: tuple[str, ...] = ()
    read_as: str = ""
    corrections: Mapping[tuple[int, str], str | None] = field(default_factory=dict, repr=False)
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGES), repr=False, compare=False)
    found: Rejects = field(default_factory=Rejects, repr=False, compare=False)
    replaces: Replaced | None = None
    undo_refusal: str | None = "nothing"
    left_out: tuple[str, ...] = ()
    used: UsedFiles = field(default_factory=UsedFiles, repr=False, compare=False)
    course: Course = field(default_factory=Course, repr=False, compare=False)

    @classmethod
    def of(cls, record: JobRecord) -> Self:
        """The report of a job in the history, as far as the history knows it.

        Examples
        --------
        >>> from importer.store import JobRecord
        >>> job_id = "4c1d8a52-0000-4000-8000-000000000000"
        >>> Report.of(JobRecord(job_id=job_id, rows_read=1, created=1)).progress.created
        1
        """
        course = json.loads(record.checkpoint or "{}").get("course", "")
        return cls(
            progress=record.progress,
            table=record.table_name,
            into=record.target,
            notes=tuple(map(str, json.loads(record.notes or "[]"))),
            found=Rejects.stored(rejects_of(record.job_id)),
            undo_refusal=record.stored_refusal,
            used=UsedFiles.of(record.path, record.target),
            course=Course.of_text(course),
        )

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing was written, and the counts are those that the import would have."""
        return self.progress.kind == "check"

    @property
    def can_undo(self) -> bool:
        """Whether `importer.undo` can take it back, as far as is known now."""
        return self.why_not_undo is None

    @property
    def why_not_undo(self) -> Message | None:
        """Why `importer.undo` cannot take it back, as far as is known now, with what to do; None if it can."""
        error = why_not_undo(self.progress, self.undo_refusal, table=self.table)
        return None if error is None else error.message

    @property
    def rejects(self) -> pl.DataFrame:
        """One row for each rejected cell: ``row, column, letter, value, rule, message, severity``."""
        return self.found.cells()

    @property
    def rejected_rows(self) -> pl.DataFrame:
        """The rejected rows as they were read; their numbers come first, as ``row`` unless a header is called so."""
        return self.found.rows()

    def rejects_to(self, path: str | os.PathLike[str], *, listeners: Iterable[Listener] | None = None) -> Path:
        """Write the rejected rows to a ``.xlsx`` or ``.csv`` file, to correct and import them again.

        Parameters
        ----------
        path
            The file; one that exists is replaced once the new one is whole.
        listeners
            What to call with the progress; by default a bar or a panel, if there are many rows.

        Raises
        ------
        CancelledError
            If somebody cancelled it; there is no file then.
        ImporterError
            If the file cannot be written, or is one that the job reads or writes.
        """
        rows = self.progress.rejected
        heard = () if listeners is None and rows < LONG else listeners
        label = say("report.writes", file=Path(path).name)
        with Operation(label, total=rows, listeners=heard, history=False) as operation:
            return write_rejects(path, self.found, used=self.used, told=operation.advance)

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write the report to one HTML file that needs no other: counts, speed, refused cells, and the refused rows.

        Raises
        ------
        ImporterError
            If the file cannot be written, or is one that the job reads or writes.
        """
        return self._written(Path(path), lambda: report_page(self))

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """The report as JSON, also written to the file if one is named: what `to_html` shows, without the rows.

        Raises
        ------
        ImporterError
            If the file cannot be written, or is one that the job reads or writes.

        Examples
        --------
        >>> import json
        >>> from importer.core import Progress
        >>> json.loads(Report(progress=Progress(rows_read=1, created=1)).to_json())["created"]
        1
        """
        text = json.dumps(report_values(self), ensure_ascii=False, indent=2, default=str)
        if path is not None:
            self._written(Path(path), lambda: text)
        return text

    def _written(self, file: Path, draw: Callable[[], str]) -> Path:
        """Write a text that is made once the file may be written."""
        self.used.raise_for(file)
        try:
            with written_beside(file) as out:
                out.write(draw().encode("utf-8", "replace"))
        except OSError as exc:
            raise ImporterError(
                f"cannot write the report to {str(file)!r}: {why(exc)}",
                code="file-unwritable",
                facts={"file": str(file), "error": why(exc)},
                fixes=["name another file"],
            ) from exc
        return file

    def raise_for_rejects(self) -> None:
        """Raise an error if rows were rejected.

        Raises
        ------
        RejectsError
            If rows were rejected; the message names the first.

        Examples
        --------
        >>> from importer.core import Progress
        >>> Report(progress=Progress()).raise_for_rejects()
        """
        if self.progress.rejected:
            first = self.found.first(1).row(0, named=True)
            place = self.found.files.place(first["row"]) + (f", column {first['column']!r}" if first["column"] else "")
            raise RejectsError(
                f"{self.progress.rejected:,} of {self.progress.rows_read:,} rows were refused, the first in {place}: "
                f"{first['message']}",
                facts={"rejected": self.progress.rejected, "rows_read": self.progress.rows_read, **first},
                fixes=["look at the refused rows of the report"],
            )

    def as_dict(self) -> dict[str, Any]:
        """The outcome as JSON-ready values, as ``importer load --json`` prints it."""
        now = self.progress
        return {
            "job_id": now.job_id,
            "state": now.state.value,
            "rows_read": now.rows_read,
            "created": now.created,
            "updated": now.updated,
            "unchanged": now.unchanged,
            "rejected": now.rejected,
            "warnings": now.warnings,
            "elapsed_s": round(now.elapsed_s, 3),
            "rows_per_s": None if now.rows_per_s is None else round(now.rows_per_s),
            "table": self.table,
            "into": self.into,
            "corrections": [[*cell, text] for cell, text in self.corrections.items()],
            "error": now.error,
            "replaces": None if self.replaces is None else self.replaces.as_dict(),
            "can_undo": self.can_undo,
            "why_not_undo": self.why_not_undo,
            "left_out": list(self.left_out),
            "read_as": self.read_as,
            "notes": [*map(str, self.notes), *_warned(self.found, self.notes)],
        }

    def __str__(self) -> str:
        """The outcome as text for a terminal."""
        return "\n".join(report_lines(self, terminal.columns()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return report_html(self)


def _warned(found: Rejects, notes: Iterable[str]) -> Iterator[str]:
    """One line for each kind of cells that were accepted with a warning, unless a note tells them all."""
    told = {(note.column, note.code): note.n or 0 for note in notes if isinstance(note, Note)}
    for column, rule, cells, row, message in found.kinds().filter(severity="warning").select(*WARNED).iter_rows():
        if cells <= told.get((column, rule), 0):
            continue
        place = "" if column is None else f"{column}: "
        yield say("report.warned_kind", place=place, n=cells, row=found.files.within(row), message=message)

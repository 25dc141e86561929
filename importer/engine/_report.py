"""The outcome of a job: `Report`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.checking import Rejects, write_rejects
from importer.core import UsedFiles
from importer.engine._report_view import report_html, report_lines
from importer.errors import Note, RejectsError
from importer.sinks import CHANGES
from importer.views import say, terminal

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from importer.core import Progress
    from importer.engine._replaced import Replaced

__all__ = ["Report"]

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
    can_undo
        Whether `importer.undo` can take it back, as far as is known now.
    used
        The files of the job, onto which `rejects_to` does not write.
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
    can_undo: bool = False
    used: UsedFiles = field(default_factory=UsedFiles, repr=False, compare=False)

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing was written, and the counts are those that the import would have."""
        return self.progress.kind == "check"

    @property
    def rejects(self) -> pl.DataFrame:
        """One row for each rejected cell: ``row, column, letter, value, rule, message, severity``."""
        return self.found.cells()

    @property
    def rejected_rows(self) -> pl.DataFrame:
        """The rejected rows as they were read; their numbers come first, as ``row`` unless a header is called so."""
        return self.found.rows()

    def rejects_to(self, path: str | os.PathLike[str]) -> Path:
        """Write the rejected rows to a ``.xlsx`` or ``.csv`` file, to correct and import them again.

        Raises
        ------
        ImporterError
            If the file cannot be written, or is one that the job reads or writes.
        """
        return write_rejects(path, self.found, used=self.used)

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
            place = f"row {first['row']:,}" + (f", column {first['column']!r}" if first["column"] else "")
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
            "read_as": self.read_as,
            "notes": [*map(str, self.notes), *_warned(self.found.kinds(), self.notes)],
        }

    def __str__(self) -> str:
        """The outcome as text for a terminal."""
        return "\n".join(report_lines(self, terminal.columns()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return report_html(self)


def _warned(kinds: pl.DataFrame, notes: Iterable[str]) -> Iterator[str]:
    """One line for each kind of cells that were accepted with a warning, unless a note tells them all."""
    told = {(note.column, note.code): note.n or 0 for note in notes if isinstance(note, Note)}
    for column, rule, cells, row, message in kinds.filter(severity="warning").select(*WARNED).iter_rows():
        if cells <= told.get((column, rule), 0):
            continue
        place = "" if column is None else f"{column}: "
        yield say("report.warned_kind", place=place, n=cells, row=row, message=message)

"""Imports corrected rows after the rest of their file: `BringRows`, `SumUpBrought`."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from importer.app._events import JobBroke, JobStarted, RowsBrought
from importer.app.choices import Corrections
from importer.app.effects._grid_rows import GridRows
from importer.app.effects._jobs import Follower
from importer.app.effects._problems import faults_by_row
from importer.app.effects._recheck import counts_after
from importer.checking import Rejects
from importer.engine import Reading
from importer.errors import SourceError
from importer.sources import patched, those_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from importer.app._events import Event
    from importer.app.effects._port import Port
    from importer.app.effects._problems import Faults
    from importer.core import Chunk
    from importer.engine import Job, Plan, Report
    from importer.sources import Source

__all__ = ["BringRows", "SumUpBrought"]


class OnlyRows:
    """Those rows of a file that are wanted, as long as they are what they were when they were refused.

    They are read from the file again, because only the file knows which cells are numbers.
    """

    def __init__(self, inner: Source, wanted: pl.DataFrame) -> None:
        self.label, self.book, self.header = inner.label, inner.book, inner.header
        self.unit, self.total = "rows", wanted.height
        self._inner, self._wanted = inner, wanted

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk, None, None]:
        """The wanted rows below `after_row`, at most `size` a chunk.

        Raises
        ------
        SourceError
            If the file holds other rows now.
        """
        left = self._wanted.filter(pl.first() > after_row)
        with closing(self._inner.chunks(size, after_row=after_row)) as chunks:
            for chunk in chunks:
                found = those_of(chunk, chunk.rows.is_in(left.to_series(0).implode()))
                if not found.rows.is_empty():
                    part, left = left.head(found.rows.len()), left.slice(found.rows.len())
                    self._raise_for_others(found, part)
                    yield replace(found, completed=self._wanted.height - left.height)
                if left.is_empty():
                    return
        self._raise_for_other(left.to_series(0)[0])

    def sample(self, size: int) -> Chunk:
        """The first wanted rows of a sample."""
        sample = self._inner.sample(size)
        return those_of(sample, sample.rows.is_in(self._wanted.to_series(0).implode()))

    def _raise_for_others(self, found: Chunk, part: pl.DataFrame) -> None:
        labels = found.frame.columns
        if not (part.to_series(0).equals(found.rows) and part.select(labels).equals(found.frame)):
            self._raise_for_other(part.to_series(0)[0])

    def _raise_for_other(self, row: int) -> NoReturn:
        raise SourceError(
            f"row {row:,} of {self.label!r}, or one below it, is not what it was when it was refused",
            code="file-changed",
            facts={"file": self.label, "row": row},
            fixes=["open the file again"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BringRows:
    """Start an import of those refused rows that were corrected and have no problem any more."""

    number: int
    plan: Plan
    rows: GridRows

    def perform(self, port: Port) -> None:
        """Start it; its snapshots are reported as they come."""
        job = replace(only_good(self.plan, self.rows), listeners=(Follower(self.number, port),)).job()
        port.tell(JobStarted(number=self.number, job=job))
        job.start()

    def failed(self, error: Exception) -> Event:
        """The job could not start."""
        return JobBroke(number=self.number, error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class SumUpBrought:
    """Take the rows that were imported now out of those that were refused.

    Attributes
    ----------
    whole, rows
        What the import of the file did, and the rows that it refused.
    """

    number: int
    job: Job
    whole: Report
    rows: GridRows

    def perform(self, port: Port) -> None:
        """Count what is in the table, also if the job failed half way."""
        self.job.wait()
        report, error = self.job.report, self.job.error
        read = self.rows.good[: report.progress.rows_read]
        refused = faults_by_row(report.rejects)
        brought = [row for row in read if row not in refused]
        whole = replace(
            self.whole,
            progress=counts_after(self.whole.progress, report.progress),
            found=_without(self.whole.found, brought),
            corrections={**self.whole.corrections, **_cells(self.rows, brought)},
        )
        rows = self._left(whole, set(brought), {row: refused[row] for row in read if row in refused})
        cells = _cells(self.rows, brought)
        failure = error if isinstance(error, Exception) else None
        now = report.progress
        job_id = now.job_id if now.created + now.updated else None
        port.tell(RowsBrought(number=self.number, report=whole, rows=rows, cells=cells, error=failure, job_id=job_id))

    def _left(self, whole: Report, brought: set[int], refused: dict[int, Faults]) -> GridRows:
        """The rows that are still refused, with the corrections of theirs."""
        old = self.rows
        kept = {cell: text for cell, text in old.corrections.cells.items() if cell[0] not in brought}
        rows = GridRows.of(whole.found, old.header, whole.progress.rows_read)
        rows = replace(
            rows,
            corrections=Corrections.of(kept),
            read_with=old.read_with,
            checked_with={row: texts for row, texts in old.checked_with.items() if row not in brought},
        )
        again = {row: faults for row, faults in old.again.items() if row not in brought} | refused
        numbers = pl.Series(sorted(again), dtype=pl.Int64)
        first = {row: of_row for faults, _ in rows.parts(numbers) for row, of_row in faults.items()}
        return rows.rechecked({row: first.get(row, ()) for row in again}, again)

    def failed(self, error: Exception) -> Event:
        """The job is over, but its end cannot be shown."""
        return JobBroke(number=self.number, error=error, report=self.job.report)


def only_good(plan: Plan, rows: GridRows) -> Plan:
    """The plan for the corrected rows that have no problem any more, as the file has them but for the corrections."""
    wanted = pl.concat([read for _, read in rows.parts(pl.Series(rows.good, dtype=pl.Int64))], how="diagonal")
    before = {(row, label): text for row, texts in rows.read_with.items() for label, text in texts.items()}
    source = patched(plan.source, before) if before else plan.source
    again = plan.for_file(Reading(OnlyRows(source, wanted), opening=plan.reading.opening))
    return replace(
        again,
        corrections=_cells(rows, rows.good),
        if_table_exists="append",
        max_rejects=None,
        resumes=None,
        there=None,
    )


def _cells(rows: GridRows, numbers: list[int]) -> dict[tuple[int, str], str | None]:
    return {(row, label): text for row in numbers for label, text in rows.corrections.of_row(row).items()}


def _without(rejects: Rejects, gone: list[int]) -> Rejects:
    """The rejected rows but for some."""
    left, is_left = Rejects(), ~pl.first().is_in(gone)
    for cells, rows in rejects.parts():
        if not (kept := rows.filter(is_left)).is_empty():
            left.add(cells.filter(is_left), kept)
    return left

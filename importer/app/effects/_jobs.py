"""Effects that run jobs: `StartJob`, `RequestOfJob`, `SumUp`, `SumUpAgain`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.app._events import JobBroke, JobEnded, JobMoved, JobRecognised, JobStarted, RowsRechecked
from importer.app.choices import remember
from importer.app.effects._grid_rows import GridRows
from importer.app.effects._recheck import merged, only_corrected
from importer.app.effects._recognised import Recognised
from importer.core import State
from importer.errors import AlreadyImportedError

if TYPE_CHECKING:
    from importer.app._events import Event
    from importer.app.choices import Choices
    from importer.app.effects._port import Port
    from importer.core import Header, Progress
    from importer.engine import Job, Plan, Report, UndoJob

__all__ = ["RequestOfJob", "StartJob", "SumUp", "SumUpAgain"]

NEWEST = 5
"""Rejected cells that are shown while more may come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartJob:
    """Start a dry run or an import.

    Attributes
    ----------
    only
        The rows to check, if not the whole file.
    """

    number: int
    plan: Plan
    is_dry_run: bool
    only: GridRows | None = None

    def perform(self, port: Port) -> None:
        """Start it; its snapshots are reported as they come."""
        plan = self.plan if self.only is None else only_corrected(self.plan, self.only)
        job = replace(plan, listeners=(Follower(self.number, port),)).job(dry_run=self.is_dry_run)
        port.tell(JobStarted(number=self.number, job=job))
        job.start()

    def failed(self, error: Exception) -> Event:
        """The job could not start."""
        return JobBroke(number=self.number, error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOfJob:
    """Ask a job to pause, resume, cancel, or go on at another pace; its next snapshot shows whether it did."""

    job: Job | UndoJob
    what: str
    pace: str = ""

    def perform(self, _port: Port) -> None:
        """Ask it."""
        if self.what == "pace":
            self.job.pace(self.pace)
            return
        {"pause": self.job.pause, "resume": self.job.resume, "cancel": self.job.cancel}[self.what]()

    def failed(self, _error: Exception) -> None:
        """The job's own snapshots say what it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SumUp:
    """Sum up what a job rejected, once it is over.

    Attributes
    ----------
    choices
        Choices to remember if an import succeeded; None after a dry run.
    """

    number: int
    job: Job
    header: Header
    choices: Choices | None = None

    def perform(self, port: Port) -> None:
        """Read the rejected rows."""
        self.job.wait()  # Until the job store knows the end too.
        error, report = self.job.error, self.job.report
        if self.choices is not None and isinstance(error, AlreadyImportedError):
            # Another job was faster, or another job store knows of it.
            port.tell(JobRecognised(number=self.number, recognised=Recognised.of(error)))
            return
        if self.choices is not None and report.progress.state is State.SUCCEEDED:
            remember(self.header.labels, self.choices)
        rows = GridRows.of(report.found, self.header, report.progress.rows_read)
        port.tell(JobEnded(number=self.number, report=report, rows=rows))

    def failed(self, error: Exception) -> Event:
        """The job is over, but its end cannot be shown."""
        return JobBroke(number=self.number, error=error, report=self.job.report)


@dataclass(frozen=True, slots=True, kw_only=True)
class SumUpAgain:
    """Merge the check of corrected rows into the check of the whole file."""

    number: int
    job: Job
    whole: Report
    rows: GridRows

    def perform(self, port: Port) -> None:
        """Merge them; a check that did not succeed only lends its state."""
        self.job.wait()
        report = self.job.report
        if report.progress.state is State.SUCCEEDED:
            whole, rows = merged(self.whole, self.rows, report)
        else:
            whole, rows = replace(self.whole, progress=report.progress), self.rows
        port.tell(RowsRechecked(number=self.number, report=whole, rows=rows))

    def failed(self, error: Exception) -> Event:
        """The check is over, but its end cannot be shown."""
        return JobBroke(number=self.number, error=error, report=self.job.report)


class Follower:
    """A listener that reports each snapshot of a job."""

    def __init__(self, number: int, port: Port) -> None:
        self._number, self._port = number, port
        self._job: Job | None = None

    def attach(self, job: Job) -> None:
        """Take the job whose rejected cells are shown."""
        self._job = job

    def __call__(self, progress: Progress, /) -> None:
        """Report the next snapshot."""
        rejected: tuple[tuple[object, ...], ...] = ()
        if self._job is not None and progress.rejected and not progress.state.is_final:
            newest = self._job.report.found.newest(NEWEST).filter(severity="error")
            files = self._job.report.found.files
            cells = newest.select("row", "column", "value", "message").iter_rows()
            rejected = tuple((files.within(row), *rest) for row, *rest in cells)
        self._port.tell(JobMoved(number=self._number, progress=progress, rejected=rejected))

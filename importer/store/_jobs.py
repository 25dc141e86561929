"""The list of all imports: `Jobs`, and functions that control and prune them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, overload

import polars as pl

from importer.core import OPTIONS, State, delete_folder, is_job_id, rejects_home, uploads_home
from importer.errors import Command, ResumeError
from importer.store._keeper import wait_until_recorded
from importer.store._open import open_store
from importer.store._record import NESTED, JobRecord
from importer.store._record_view import jobs_html, jobs_text
from importer.store._sessions import change_session, raise_if_over
from importer.views import terminal

if TYPE_CHECKING:
    from datetime import timedelta

__all__ = ["Jobs", "ask", "ask_pace", "prune"]


@dataclass(frozen=True, slots=True, repr=False)
class Jobs(Sequence[JobRecord]):
    """Jobs, newest first: a sequence of records, also as a frame.

    Attributes
    ----------
    records
        The jobs.
    queue
        How many jobs wait for how many workers, as a sentence; empty if none waits.
    """

    records: tuple[JobRecord, ...]
    queue: str = ""

    @overload
    def __getitem__(self, at: int) -> JobRecord: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[JobRecord, ...]: ...
    def __getitem__(self, at: int | slice) -> JobRecord | tuple[JobRecord, ...]:
        return self.records[at]

    def __len__(self) -> int:
        return len(self.records)

    @property
    def frame(self) -> pl.DataFrame:
        """One row per job, with everything that the store keeps."""
        rows = [record.as_dict() | {name: getattr(record, name) for name in NESTED} for record in self.records]
        return pl.DataFrame(rows, infer_schema_length=None)

    def __repr__(self) -> str:
        return jobs_text(self.records, terminal.columns(), queue=self.queue)

    def _repr_html_(self) -> str:
        return jobs_html(self.records, queue=self.queue)


def ask(job_id: str, what: Literal["pause", "resume", "cancel"]) -> JobRecord:
    """Ask a job for something, in any process; it obeys within one chunk.

    Raises
    ------
    ResumeError
        If it does not run.
    """
    wait_until_recorded()
    store = open_store()
    record = store.job(job_id)
    if record.lapses_at is not None:
        return _ask_session(record, what)
    if what == "cancel" and store.queue.has(record.job_id):
        store.queue.bury()
        if store.queue.withdraw(record.job_id):
            return store.job(record.job_id)
    elif record.is_queued:
        raise ResumeError(
            f"job {record.short_id} waits for a worker: there is nothing to {what}",
            code="job-queued",
            facts={"job": record.job_id},
            fixes=[Command("start a worker", "worker"), Command("take it out of the queue", "cancel", record.short_id)],
        )
    record = _unfinished(job_id, what)
    store.ask(record.job_id, what)
    return record


def _ask_session(record: JobRecord, what: str) -> JobRecord:
    """End a session, which no process runs that could obey."""
    raise_if_over(record)
    if what != "cancel":
        raise ResumeError(
            f"job {record.short_id} is a session, which can only be cancelled: no process runs it that could {what}",
            code="job-is-session",
            facts={"job": record.job_id},
            fixes=[Command("cancel it", "cancel", record.short_id)],
        )
    return change_session(record.job_id, lambda now: replace(now, state=State.CANCELLED))


def _unfinished(job_id: str, what: str) -> JobRecord:
    """The job, which has to go on for this to make sense."""
    wait_until_recorded()
    record = open_store().job(job_id)
    if record.state.is_final:
        raise ResumeError(
            f"job {record.short_id} is over ({record.state.value}): there is nothing to {what}",
            code="job-over",
            facts={"job": record.job_id, "state": record.state.value},
        )
    return record


def ask_pace(job_id: str, pace: str) -> JobRecord:
    """Ask a job that has not ended to go on at another pace, in any process; it obeys within one chunk.

    Raises
    ------
    OptionError
        If there is no such pace.
    ResumeError
        If the job has ended.
    """
    pace = OPTIONS["pace"].check("pace", pace)
    record = _unfinished(job_id, "slow down")
    if record.kind in {"task", "undo"}:
        what = "an operation" if record.kind == "task" else "an undo"
        raise ResumeError(
            f"job {record.short_id} is {what}, which has no pace",
            code="job-is-operation" if record.kind == "task" else "job-is-undo",
            facts={"job": record.job_id},
        )
    open_store().ask_pace(record.job_id, pace)
    return record


def prune(older_than: timedelta) -> list[str]:
    """Delete the jobs that began longer ago, with refused rows and sent files, and return their ids; live ones stay."""
    gone = open_store().prune(older_than.total_seconds())
    for home in (rejects_home(), uploads_home()):
        kept = {file.name for file in home.iterdir()} if home.is_dir() else set()
        for job_id in filter(is_job_id, kept.intersection(gone)):
            delete_folder(home / job_id)
    return gone

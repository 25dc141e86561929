"""The list of all imports: `Jobs`, and functions that control and prune them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, overload

import polars as pl

from importer.core import is_job_id, rejects_home
from importer.errors import ResumeError
from importer.store._keeper import wait_until_recorded
from importer.store._open import open_store
from importer.store._record import NESTED, JobRecord
from importer.store._record_view import jobs_html, jobs_text
from importer.views import terminal

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

__all__ = ["Jobs", "ask", "prune"]


@dataclass(frozen=True, slots=True, repr=False)
class Jobs(Sequence[JobRecord]):
    """Jobs, newest first: a sequence of records, also as a frame."""

    records: tuple[JobRecord, ...]

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
        return jobs_text(self.records, terminal.columns())

    def _repr_html_(self) -> str:
        return jobs_html(self.records)


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
    if record.state.is_final:
        raise ResumeError(
            f"job {record.short_id} is over ({record.state.value}): there is nothing to {what}",
            code="job-over",
            facts={"job": record.job_id, "state": record.state.value},
        )
    store.ask(record.job_id, what)
    return record


def prune(older_than: timedelta) -> list[str]:
    """Delete the jobs that began longer ago, with their refused rows, and return their ids; live ones stay."""
    gone = open_store().prune(older_than.total_seconds())
    folder = rejects_home()
    kept = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    for job_id in filter(is_job_id, kept.intersection(gone)):
        _delete(folder / job_id)
    return gone


def _delete(folder: Path) -> None:
    """Delete a folder, but of a link only the link."""
    if folder.is_symlink():
        with suppress(OSError):
            folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)

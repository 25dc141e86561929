"""Put a job into the queue again that has ended without success: `retry`."""

from __future__ import annotations

from dataclasses import replace

from importer.core import State
from importer.engine._recorded import raise_if_not_own, raise_without_password
from importer.engine._resume import raise_for_frame, raise_if_not_resumable
from importer.errors import Command, ResumeError
from importer.store import RETRIES, JobRecord, Queued, open_store

__all__ = ["can_retry", "retry"]


def can_retry(record: JobRecord) -> bool:
    """Whether a worker could go on with the job, as far as its record shows.

    Examples
    --------
    >>> can_retry(JobRecord(job_id="4c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d", state=State.SUCCEEDED))
    False
    """
    try:
        _raise_if_not_retryable(record)
    except ResumeError:
        return False
    return True


def retry(job_id: str, *, retries: int = RETRIES) -> JobRecord:
    """Put a job into the queue again that has ended without success; a worker goes on with it at its checkpoint.

    Raises
    ------
    ResumeError
        If it is complete, runs or waits already, read what is not kept, or somebody else wrote its record.
    """
    store = open_store()
    record = store.job(job_id)
    # Its worker may not have taken it out of the queue yet.
    if not record.state.is_final and store.queue.has(record.job_id):
        raise ResumeError(
            f"job {record.short_id} is in the queue already",
            code="job-queued",
            facts={"job": record.job_id},
            fixes=[Command("start a worker", "worker"), Command("take it out of the queue", "cancel", record.short_id)],
        )
    _raise_if_not_retryable(record)
    record = replace(
        record,
        state=State.PENDING,
        host=None,
        pid=None,
        process=None,
        error=None,
        message=None,
        finished_at=None,
        given_up_at=None,
    )
    store.write(record, is_new_run=True)
    store.queue.add(Queued(job_id=record.job_id, most_tries=1 + retries), is_again=True)
    return record


def _raise_if_not_retryable(record: JobRecord) -> None:
    raise_if_not_resumable(record)
    raise_if_not_own(record, "load", ("file", "into"), "which file is read and where the rows go")
    if record.path is None:
        raise_for_frame(record)
    raise_without_password(record)

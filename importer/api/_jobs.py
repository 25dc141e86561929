"""Functions that look back: `jobs`, `job`, `prune`."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from importer import store
from importer.core import State
from importer.errors import ImporterError, OptionError, choices
from importer.sinks import forget_logs, lacks_password
from importer.store import PARTS, JobRecord, Jobs, open_store, queue_text, wait_until_recorded

__all__ = ["job", "jobs", "prune"]


def jobs(
    *, state: State | str | None = None, table: str | None = None, file: str | None = None, limit: int | None = None
) -> Jobs:
    """All imports, newest first.

    Parameters
    ----------
    state
        Only jobs in this state: a `State`, its value, or ``"queued"`` for those pending that wait for a worker, or
        ``"given_up"`` for those failed that workers began as often as they may.
    table
        Only jobs that import into this table.
    file
        Only jobs that import the file with this name or path.
    limit
        Maximum number of jobs. No limit by default.

    Raises
    ------
    OptionError
        If there is no such state.
    StoreError
        If the job store is unreachable.

    Examples
    --------
    >>> jobs(state="suceeded")
    Traceback (most recent call last):
    importer.errors.OptionError: state cannot be 'suceeded': did you mean 'succeeded'? There are: pending, running, \
paused, waiting, succeeded, failed, cancelled, interrupted, queued, given_up
    """
    states = () if state is None else (_state(state),)
    wait_until_recorded()
    store = open_store()
    found = store.jobs(states=states, table=table, file=file, limit=limit)
    return Jobs(tuple(found), queue=queue_text(*store.queue.counts()))


def _state(state: State | str) -> str:
    if state in PARTS:
        return str(state)
    try:
        return State(state).value
    except ValueError as exc:
        values = [*(one.value for one in State), *PARTS]
        raise OptionError(
            f"state cannot be {state!r}: {choices(str(state).lower(), values)}",
            facts={"option": "state", "value": state, "values": values},
        ) from exc


def job(job_id: str) -> JobRecord:
    """One import with its rejected rows.

    Parameters
    ----------
    job_id
        The id of the job, or its first characters.

    Raises
    ------
    JobNotFoundError
        If no job, or more than one, has such an id.
    """
    wait_until_recorded()
    return open_store().job(job_id)


def prune(*, older_than: timedelta) -> int:
    """Delete old jobs and their rejected rows from the history, and return how many; running jobs stay.

    What would undo them is dropped too, where the database can be reached without being told a password. A target keeps
    one row for each job in its table ``_importer_checkpoints``. Delete those rows there.

    Parameters
    ----------
    older_than
        Age of the jobs to delete, from when they were created.

    Raises
    ------
    OptionError
        If it is no age.
    StoreError
        If the job store is unreachable.
    """
    if not isinstance(older_than, timedelta):
        raise OptionError(
            f"older_than must be a datetime.timedelta, not {older_than!r}",
            facts={"option": "older_than", "value": str(older_than)},
        )
    undoable = {record.job_id: record.target for record in open_store().jobs(told=len) if _is_to_forget(record)}
    gone = store.prune(older_than)
    targets = {undoable[job_id] for job_id in gone if job_id in undoable}
    for target in sorted(targets):
        # It goes when the room is needed, if not now.
        with suppress(ImporterError):
            forget_logs(target, [job_id for job_id in gone if undoable.get(job_id) == target])
    return len(gone)


def _is_to_forget(record: JobRecord) -> bool:
    """Whether what would undo the job is kept in a database that this user's own record names."""
    return record.can_undo and record.is_own and not lacks_password(record.target)

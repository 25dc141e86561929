"""The verbs that look back: `jobs`, `job`, `prune`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import store
from importer.store import JobRecord, Jobs, let_in, open_store

if TYPE_CHECKING:
    from datetime import timedelta

__all__ = ["job", "jobs", "prune"]


def jobs(
    *, state: str | None = None, table: str | None = None, file: str | None = None, limit: int | None = None
) -> Jobs:
    """Every import that ever ran, newest first.

    Parameters
    ----------
    state, table, file
        Only those in this state, into this table, of the file of this name or path.
    limit
        At most so many.

    Raises
    ------
    StoreError
        Where the history cannot be had.
    """
    let_in()
    return Jobs(tuple(open_store().jobs(states=[state] if state else (), table=table, file=file, limit=limit)))


def job(job_id: str) -> JobRecord:
    """One import, by its id or the beginning of it, with the rows that it refused.

    Raises
    ------
    JobNotFoundError
        Where there is none, or more than one.
    """
    let_in()
    return open_store().job(job_id)


def prune(*, older_than: timedelta) -> int:
    """Forget the jobs that began longer ago, with their refused rows, and tell how many; live ones stay.

    What a target keeps of its jobs is a row each in its table ``_importer_checkpoints``, to be deleted there.

    Parameters
    ----------
    older_than
        How long ago.

    Raises
    ------
    StoreError
        Where the history cannot be had.
    """
    return store.prune(older_than)

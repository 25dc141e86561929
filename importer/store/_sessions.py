"""Operations that no process runs, changed by whoever knows their ids: `change_session`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core import State
from importer.errors import Command, ResumeError, StoreError
from importer.store._open import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.store._record import JobRecord

__all__ = ["change_session", "raise_if_over"]

CHANGES = 100
"""How often a change is made again that another process was faster with."""


def change_session(job_id: str, change: Callable[[JobRecord], JobRecord]) -> JobRecord:
    """Change a session as it is now, as one step, whoever else changes it; and return it.

    Raises
    ------
    ResumeError
        If it is no session of this user, or has ended.
    StoreError
        If others change it all the time.
    """
    store = open_store()
    for _ in range(CHANGES):
        record = store.own_job(job_id)
        _raise_if_none(record)
        raise_if_over(record)
        changed = change(record)
        if store.renew(changed, seen=record.options):
            return replace(changed, seal=changed.made_seal())
    raise StoreError(
        f"session {record.short_id} cannot be changed: others change it all the time",
        code="session-busy",
        facts={"job": record.job_id},
    )


def raise_if_over(record: JobRecord) -> None:
    """Do nothing if the job goes on.

    Raises
    ------
    ResumeError
        If it has ended.
    """
    if not record.state.is_final:
        return
    has_expired = record.state is State.INTERRUPTED and record.lapses_at is not None
    raise ResumeError(
        f"job {record.short_id} is over ({record.error if has_expired else record.state.value})",
        code="session-expired" if has_expired else "job-over",
        facts={"job": record.job_id, "state": record.state.value},
    )


def _raise_if_none(record: JobRecord) -> None:
    if record.lapses_at is None or not record.is_own:
        why = "no session: its own process tells how far it is" if record.lapses_at is None else "not yours"
        raise ResumeError(
            f"job {record.short_id} is {why}",
            code="job-not-session",
            facts={"job": record.job_id},
            fixes=[Command("look at it", "show", record.short_id)],
        )

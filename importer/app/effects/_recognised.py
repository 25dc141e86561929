"""An earlier job that imported the same file into the same table: `Recognised`."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Self

from importer.engine import checkpoints_of, fingerprint_of, raise_for_imported, raise_for_live, record_of
from importer.errors import AlreadyImportedError, ImporterError
from importer.store import JobRecord, open_store

if TYPE_CHECKING:
    from importer.core import Checkpoint
    from importer.engine import Plan

__all__ = ["Recognised", "recognise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """The job that imported the same file into the same table.

    Attributes
    ----------
    how
        Whether the job imported the whole file, imported a part of it, or still runs.
    error
        What `importer.load` would raise.
    record
        What the job store knows of the job; None if it was recorded elsewhere.
    totals
        What the job did, as the target or else the job store remembers it.
    """

    how: Literal["done", "begun", "live"]
    job_id: str
    error: AlreadyImportedError
    record: JobRecord | None = None
    totals: Checkpoint | JobRecord | None = None

    @classmethod
    def of(cls, error: AlreadyImportedError, checkpoint: Checkpoint | None = None) -> Self:
        """What an error says, completed from the job store."""
        try:
            record = open_store().job(error.job_id)
        except ImporterError:
            record = None
        how: Literal["done", "begun", "live"] = "done" if error.is_done else "live" if error.is_live else "begun"
        return cls(how=how, job_id=error.job_id, error=error, record=record, totals=checkpoint or record)


def recognise(plan: Plan) -> Recognised | None:
    """The job that the plan would repeat, if the user has to decide; None if the file is new."""
    if plan.reading.file is None or plan.if_imported != "ask" or not isinstance(plan.into, str | os.PathLike):
        return None
    checkpoints: dict[str, Checkpoint] = {}
    # What the columns are is not asked, and the code of many takes long.
    mine = record_of(replace(plan, schema=None), "")
    try:
        # Only such a job makes it worth reading the whole file and opening the target.
        store = open_store()
        if not any(job.target == mine.target for job in store.jobs(table=plan.table, size=mine.size)):
            return None
        fingerprint = fingerprint_of(plan)
        content = "" if fingerprint is None else fingerprint.content
        raise_for_live(store, replace(mine, content=content))
        checkpoints = checkpoints_of(plan.into, plan.table)
        raise_for_imported(content, checkpoints, plan.if_imported)
    except AlreadyImportedError as exc:
        return Recognised.of(exc, checkpoints.get(exc.job_id))
    except ImporterError:
        # The import itself will report it.
        return None
    return None

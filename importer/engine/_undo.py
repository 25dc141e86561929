"""Take back what an import did to its table: `undo`, `undo_job`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.core import State, is_job_id
from importer.engine._recorded import raise_if_not_own, raise_without_password
from importer.engine._undo_job import UndoJob
from importer.errors import JobNotFoundError, UndoError
from importer.sinks import Reversible, label_of, open_sink
from importer.store import JobRecord, open_store

if TYPE_CHECKING:
    import os

    from importer.core import Listener
    from importer.engine._undo_report import UndoReport
    from importer.sinks import Sink, Undone

__all__ = ["undo", "undo_job"]


def undo(job_id: str, **options: Any) -> UndoReport:  # noqa: ANN401 - those of `undo_job`
    """Take back what a job did to its table, and say what was left; the options are those of `undo_job`.

    Raises
    ------
    UndoError
        If it cannot be undone, or somebody else wrote its record and `into` is not given.
    SinkError
        If the database cannot be reached, or refuses something; nothing is changed then.
    """
    return undo_job(job_id, **options).run()


def undo_job(  # noqa: PLR0913 - options of a call, and what was said of it
    job_id: str,
    *,
    into: str | os.PathLike[str] | Sink | None = None,
    force: bool = False,
    dry_run: bool = False,
    listeners: tuple[Listener, ...] = (),
    also: tuple[str, ...] = (),
    told: Undone | None = None,
) -> UndoJob:
    """A job that takes back what a job did to its table, in one transaction; not started yet.

    Parameters
    ----------
    job_id, into, force, dry_run, listeners
        As for `importer.undo`.
    also
        Other jobs that are taken back with it, if the table that it made is dropped.
    told
        What was said of such a table before it was forced; nothing is done if that is no longer so.

    Raises
    ------
    UndoError
        If the history knows that it cannot be undone, or somebody else wrote its record and `into` is not given.
    """
    record = _record(job_id, into=into)
    sink = open_sink(record.target if into is None else into)
    if not isinstance(sink, Reversible):
        raise UndoError(
            f"job {record.short_id} cannot be undone: {sink.label} keeps nothing that would undo an import",
            code="undo-not-kept",
            facts={"job": record.job_id, "target": label_of(sink)},
            fixes=["import into SQLite, DuckDB or PostgreSQL, if imports are to be undone"],
        )
    undoing = sink.undoing(record.job_id, record.table_name, also)
    return UndoJob(record, sink, undoing, force=force, dry_run=dry_run, listeners=listeners, expected=told)


def _record(job_id: str, *, into: object) -> JobRecord:
    """The record of the job; what the target itself keeps is enough for one that the history does not know."""
    try:
        record = open_store().job(job_id)
    except JobNotFoundError:
        if into is None or not is_job_id(job_id):
            raise
        return JobRecord(job_id=job_id, state=State.SUCCEEDED)
    error = record.undo_error
    if error is not None and (record.kind != "import" or not record.state.is_final):
        raise error
    if into is None:
        raise_if_not_own(record, "undo", ("into",), "which database is changed", UndoError)
        # Of what is only guessed, or of rows that a killed process did not tell the history, the target knows more.
        if error is not None and record.undo_refusal:
            raise error
        raise_without_password(record, UndoError)
    return record

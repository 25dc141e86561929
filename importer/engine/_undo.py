"""Take back what an import did to its table: `undo`."""

from __future__ import annotations

import time
import uuid
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core import Progress, State, is_job_id
from importer.engine._broadcast import Broadcast
from importer.engine._holding import holding
from importer.engine._recorded import raise_if_not_own, raise_if_running, raise_without_password
from importer.engine._undo_report import UndoReport
from importer.errors import Command, Fix, ImporterError, JobNotFoundError, UndoError, shortened
from importer.sinks import Patience, SqlSink, Undoing, Undone, label_of, open_sink, wait_limit_s
from importer.store import JobRecord, Keeper, open_store
from importer.views import say

if TYPE_CHECKING:
    import os

    from importer.core import Listener
    from importer.sinks import Sink

__all__ = ["undo"]

ENTER_S = 5.0
"""Longest wait for the history to record the undo, before anything is changed."""


def undo(
    job_id: str,
    *,
    into: str | os.PathLike[str] | Sink | None = None,
    force: bool = False,
    dry_run: bool = False,
    listeners: tuple[Listener, ...] = (),
) -> UndoReport:
    """Take back what a job did to its table, in one transaction, and say what was left.

    Raises
    ------
    UndoError
        If it cannot be undone, or somebody else wrote its record and `into` is not given.
    SinkError
        If the database cannot be reached, or refuses something; nothing is changed then.
    """
    record = _record(job_id, into=into)
    sink = open_sink(record.target if into is None else into)
    if not isinstance(sink, SqlSink):
        raise UndoError(
            f"job {record.short_id} cannot be undone: {sink.label} keeps nothing that would undo an import",
            code="undo-not-kept",
            facts={"job": record.job_id, "target": label_of(sink)},
        )
    return _Undo(record, sink, force=force, dry_run=dry_run, listeners=listeners).run()


def _record(job_id: str, *, into: object) -> JobRecord:
    """The record of the job; what the target itself keeps is enough for one that the history does not know."""
    try:
        record = open_store().job(job_id)
    except JobNotFoundError:
        if into is None or not is_job_id(job_id):
            raise
        return JobRecord(job_id=job_id, state=State.SUCCEEDED)
    if record.kind != "import":
        raise UndoError(
            f"job {record.short_id} is an undo itself",
            code="job-is-undo",
            facts={"job": record.job_id},
            fixes=[Command("import the file again", "load", ..., (Fix("if_imported", "again"),))],
        )
    raise_if_running(record, UndoError)
    if into is None:
        raise_if_not_own(record, "undo", ("into",), "which database is changed", UndoError)
        raise_without_password(record, UndoError)
    return record


class _Undo:
    """One undo, from its first snapshot to its last."""

    def __init__(
        self, record: JobRecord, sink: SqlSink, *, force: bool, dry_run: bool, listeners: tuple[Listener, ...]
    ) -> None:
        self._record, self._sink, self._force, self._is_dry_run = record, sink, force, dry_run
        self._undoing = Undoing(sink.dialect, record.job_id)
        self._began_at = time.monotonic()
        label = say("undo.label", label=record.label or record.short_id)
        self._progress = Progress(job_id=str(uuid.uuid4()), label=label, kind="undo", unit="rows")
        # A dry run is over in a moment, and its listeners would say that something was undone.
        self._keeper = None if dry_run else Keeper(open_store(), self._kept())
        self._broadcast = Broadcast([] if self._keeper is None else [*listeners, self._keeper])

    def run(self) -> UndoReport:
        """Do it, and tell it."""
        self._broadcast(self._progress)
        try:
            done = self._run()
        except BaseException as exc:  # noqa: BLE001 - it is raised again once it is told
            said = exc.message if isinstance(exc, ImporterError) else f"{type(exc).__name__}: {exc}"
            is_stopped = isinstance(exc, KeyboardInterrupt)
            self._progress = self._zero()
            self._tell(
                state=State.CANCELLED if is_stopped else State.FAILED,
                error=say("undo.stopped") if is_stopped else said,
            )
            if is_stopped:
                exc.add_note(say("undo.stopped"))
            raise shortened(exc) from None
        self._count(done, state=State.SUCCEEDED)
        return UndoReport(
            progress=self._progress,
            job_id=self._record.job_id,
            into=self._sink.label,
            is_dry_run=self._is_dry_run,
            is_forced=self._force,
            done=done,
        )

    def _run(self) -> Undone:
        self._sink.wait_with(Patience(wait_limit_s(), tell=self._wait))
        if self._keeper is not None:
            self._keeper.is_recorded.wait(ENTER_S)
        with closing(self._undoing):
            self._undoing.open()
            self._tell(state=State.RUNNING)
            if self._is_dry_run:
                return self._carry_out()
            with holding(
                self._sink.lock(self._undoing.table, self._progress.job_id),
                self._undoing.table,
                limit_s=wait_limit_s(),
                clock=time.monotonic,
                is_stopped=lambda: False,
                wait=self._wait,
                begin=lambda: self._tell(state=State.RUNNING, error=None),
            ):
                # The job that held the lock may have changed what there is to undo.
                self._undoing.open_again()
                return self._carry_out()

    def _carry_out(self) -> Undone:
        return self._undoing.carry_out(
            undo_id=self._progress.job_id, force=self._force, dry_run=self._is_dry_run, tell=self._count
        )

    def _count(self, done: Undone, *, state: State = State.RUNNING) -> None:
        """Tell what is done so far."""
        kept = done.edited + done.gone
        self._progress = replace(
            self._progress,
            rows_read=done.removed + done.restored + kept + done.impossible,
            created=done.removed,
            updated=done.restored,
            unchanged=kept,
            rejected=done.impossible,
        )
        self._tell(state=state)

    def _zero(self) -> Progress:
        """The snapshot without counts: nothing was changed."""
        return replace(self._progress, rows_read=0, created=0, updated=0, unchanged=0, rejected=0)

    def _wait(self, why: str) -> None:
        self._tell(state=State.WAITING, error=why)

    def _tell(self, *, state: State, error: str | None = None) -> None:
        now = self._progress
        self._progress = replace(
            now, state=state, error=error, seq=now.seq + 1, elapsed_s=time.monotonic() - self._began_at
        )
        self._broadcast(self._progress)

    def _kept(self) -> JobRecord:
        """The record of the undo itself."""
        record = self._record
        return JobRecord(
            job_id=self._progress.job_id,
            kind="undo",
            undoes=record.job_id,
            label=self._progress.label,
            target=record.target or label_of(self._sink),
            table_name=record.table_name,
            unit="rows",
        )

"""An import taken back, which you can watch, pause, cancel and wait for: `UndoJob`."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core import FULL, Attachable, Progress, State
from importer.engine._broadcast import Broadcast
from importer.engine._holding import holding
from importer.engine._shutdown import LIVE
from importer.engine._undo_report import UndoReport
from importer.errors import ImporterError, LockedError, shortened
from importer.sinks import Patience, Undone, label_of, wait_limit_s
from importer.store import JobRecord, Keeper, open_store
from importer.views import say

if TYPE_CHECKING:
    from importer.core import Listener
    from importer.sinks import Reversible, Reversing

__all__ = ["UndoJob"]

ENTER_S = 5.0
"""Longest wait for the history to record the undo, before anything is changed."""

LISTEN_S = 0.1
"""Longest single wait, so that Ctrl-C is heard, as in `Job`."""


class _HaltedError(Exception):
    """The undo is to be paused or cancelled; what it has done is rolled back."""


class UndoJob:
    """An undo, in one transaction. While it is paused it has changed nothing and locks nothing, and then begins again.

    A site has no transactions: what an undo has taken back there stays so while it is paused, or if it is stopped.

    Parameters
    ----------
    job, sink, undoing
        The import, its target, and what takes it back.
    force, dry_run
        As for `importer.engine.undo_job`.
    expected
        As `told` there.
    listeners
        What to call with each snapshot.
    """

    def __init__(  # noqa: PLR0913 - what `undo` is given
        self,
        job: JobRecord,
        sink: Reversible,
        undoing: Reversing,
        *,
        force: bool = False,
        dry_run: bool = False,
        listeners: tuple[Listener, ...] = (),
        expected: Undone | None = None,
    ) -> None:
        self._record, self._sink, self._force, self._is_dry_run = job, sink, force, dry_run
        self._undoing, self._expected = undoing, expected
        self._began_at = time.monotonic()
        self._done, self._lock = Undone(), threading.Lock()
        self._halted, self._going, self._over = threading.Event(), threading.Event(), threading.Event()
        self._going.set()
        self._stops_as: State | None = None
        self._error: BaseException | None = None
        label = say("undo.label", label=job.label or job.short_id)
        self._progress = Progress(job_id=str(uuid.uuid4()), label=label, kind="undo", unit="rows")
        # A dry run is over in a moment, and its listeners would say that something was undone.
        self._keeper = None if dry_run else Keeper(open_store(), self._kept())
        listeners = () if self._keeper is None else (*listeners, self._keeper)
        self._broadcast = Broadcast(listeners)
        for listener in listeners:
            if isinstance(listener, Attachable):
                listener.attach(self)

    @property
    def id(self) -> str:
        """Id of the undo itself."""
        return self._progress.job_id

    @property
    def progress(self) -> Progress:
        """The newest snapshot."""
        return self._progress

    @property
    def error(self) -> BaseException | None:
        """Why it failed; None if it did not."""
        return self._error

    def start(self) -> UndoJob:
        """Deliver the first snapshot on this thread, so that a view opens here, then continue in another."""
        LIVE.add(self)
        self._broadcast(self._progress)
        threading.Thread(target=self._run, name=f"importer-undo-{self.id[:8]}", daemon=True).start()
        return self

    def run(self) -> UndoReport:
        """Do it on this thread, where Ctrl-C stops it, and say what was done.

        Raises
        ------
        ImporterError
            If it failed. Nothing is changed then.
        """
        self._broadcast(self._progress)
        self._run()
        return self.result()

    def pause(self) -> None:
        """Roll back what is done so far and let go of the table, until `resume`; an undo that ends just now ends."""
        with self._lock:
            if self._stops_as is None:
                self._going.clear()
                self._halted.set()

    def resume(self) -> None:
        """Begin again after `pause`."""
        with self._lock:
            if self._stops_as is None:
                self._halted.clear()
            self._going.set()

    def cancel(self) -> None:
        """Stop for good; nothing is changed then."""
        self._stop(State.CANCELLED)

    def interrupt(self, why: str = "") -> None:  # noqa: ARG002 - as `Job.interrupt`; nothing of it is resumed
        """Stop for good, as when Python ends; nothing is changed then."""
        self._stop(State.INTERRUPTED)

    def pace(self, pace: str | float | None = None) -> str:  # noqa: ARG002 - as `Job.pace`
        """The pace, which is always full: an undo that rests would only lock the table for longer."""
        return FULL

    def facts(self) -> dict[str, str | None]:
        """What the history keeps of it besides its progress."""
        return {}

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end, and return whether it came."""
        ends_at = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._over.is_set():
            left_s = LISTEN_S if ends_at is None else min(LISTEN_S, ends_at - time.monotonic())
            if left_s <= 0:
                break
            self._over.wait(left_s)
        return self._over.is_set()

    def result(self, timeout_s: float | None = None) -> UndoReport:
        """Wait for the end, and return what was done; Ctrl-C cancels the undo.

        Raises
        ------
        TimeoutError
            If it is not done by then; it continues.
        ImporterError
            If it failed. Nothing is changed then.
        """
        try:
            is_over = self.wait(timeout_s)
        except KeyboardInterrupt as exc:
            self.cancel()
            self.wait()
            exc.add_note(self.report.sentence)
            raise shortened(exc) from None
        if not is_over:
            raise shortened(
                TimeoutError(f"the undo is not done after {timeout_s} s; call result() again, or cancel it")
            )
        if self._error is not None:
            raise shortened(self._error)
        return self.report

    @property
    def report(self) -> UndoReport:
        """What was done so far."""
        return UndoReport(
            progress=self._progress,
            job_id=self._record.job_id,
            into=self._sink.label,
            is_dry_run=self._is_dry_run,
            is_forced=self._force,
            done=self._done,
        )

    def _stop(self, state: State) -> None:
        with self._lock:
            self._stops_as = self._stops_as or state
            self._halted.set()
            self._going.set()

    def _run(self) -> None:
        """Do it, and tell how it ended."""
        try:
            self._done = self._until_done()
        except _HaltedError:
            self._end(self._stops_as or State.CANCELLED, self._stopped)
        except BaseException as exc:  # noqa: BLE001 - `result` raises it again
            self._error = exc
            if isinstance(exc, KeyboardInterrupt):
                exc.add_note(self._stopped)
                self._end(State.CANCELLED, self._stopped)
            else:
                self._end(
                    State.FAILED, exc.message if isinstance(exc, ImporterError) else f"{type(exc).__name__}: {exc}"
                )
        else:
            self._count(self._done, state=State.SUCCEEDED)
        finally:
            self._over.set()
            LIVE.discard(self)

    @property
    def _stopped(self) -> str:
        return say("undo.stopped" if self._undoing.is_atomic else "undo.stopped_part")

    def _end(self, state: State, why: str) -> None:
        """Tell that it ended, and that nothing was changed, or what."""
        self._halt()
        self._tell(state=state, error=why)

    def _until_done(self) -> Undone:
        """Begin, and begin again after each pause."""
        if self._keeper is not None:
            self._keeper.is_recorded.wait(ENTER_S)
        while True:
            try:
                return self._once()
            except _HaltedError:
                self._halt()
            except LockedError:
                if not self._halted.is_set():
                    raise
                self._halt()
            if not self._going.is_set():
                self._tell(state=State.PAUSED, error=say("undo.paused") if self._undoing.is_atomic else None)
                self._going.wait()
            if self._stops_as is not None:
                raise _HaltedError

    def _once(self) -> Undone:
        """Do all of it, or raise `_HaltedError` with nothing changed."""
        self._raise_if_halted()
        self._sink.wait_with(Patience(wait_limit_s(), tell=self._wait, stopped=self._halted))
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
                is_stopped=self._halted.is_set,
                wait=self._wait,
                begin=lambda: self._tell(state=State.RUNNING),
            ):
                self._raise_if_halted()
                # The job that held the lock may have changed what there is to undo.
                self._undoing.open_again()
                return self._carry_out()

    def _carry_out(self) -> Undone:
        return self._undoing.carry_out(
            undo_id=self._progress.job_id,
            force=self._force,
            dry_run=self._is_dry_run,
            tell=self._move,
            told=self._expected,
        )

    def _raise_if_halted(self) -> None:
        if self._halted.is_set():
            raise _HaltedError

    def _move(self, done: Undone, total: int) -> None:
        """Tell what is done so far, between two statements, where the undo can be halted."""
        self._done = done
        self._raise_if_halted()
        self._count(done, total=total)

    def _count(self, done: Undone, *, total: int | None = None, state: State = State.RUNNING) -> None:
        """Tell what is done."""
        self._take(done, done.rows if total is None else total)
        self._tell(state=state)

    def _take(self, done: Undone, total: int | None) -> None:
        """Count what is done."""
        self._progress = replace(
            self._progress,
            rows_read=done.rows,
            created=done.removed,
            updated=done.restored,
            unchanged=done.edited + done.gone,
            rejected=done.impossible,
            completed=done.rows,
            total=total,
        )

    def _halt(self) -> None:
        """Count nothing, as nothing is changed; where that is not so, what was done."""
        if self._undoing.is_atomic:
            self._done = Undone()
        self._take(self._done, None)

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

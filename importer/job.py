"""One import from its first snapshot to its last, driven in a thread of its own."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import ImporterError
from importer.progress import Broadcast, Progress, State
from importer.report import Report
from importer.work import CHANGES, in_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.progress import Listener
    from importer.work import Work

__all__ = ["Job"]

LISTEN_S = 0.1
"""Longest wait at a stretch: once polars has run, Ctrl-C no longer ends a wait, and is heard only after it."""


class Job:
    """An import under way: it can be watched, paused, cancelled and waited for.

    Parameters
    ----------
    prepare
        Makes the work of the job of this id ready, on the job's thread: whatever takes long belongs there.
    label
        What a person calls the job.
    listeners
        Who hears how it goes.
    clock
        Where the time comes from, in seconds.
    """

    def __init__(
        self,
        prepare: Callable[[str], Work],
        *,
        label: str = "",
        into: str = "",
        listeners: Iterable[Listener] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._prepare = prepare
        self._clock = clock
        self._broadcast = Broadcast(listeners, clock=clock)
        self._progress = Progress(job_id=str(uuid.uuid4()), label=label)
        self._into = into
        self._moved: Work | None = None
        self._error: BaseException | None = None
        self._cancelled = threading.Event()
        self._going = threading.Event()
        self._going.set()
        self._done = threading.Event()
        self._is_taken = threading.Lock()
        self._began_at = clock()
        self._paused_s = 0.0

    @property
    def id(self) -> str:
        """Name of this job among all others."""
        return self._progress.job_id

    @property
    def progress(self) -> Progress:
        """The newest snapshot."""
        return self._progress

    def start(self) -> Job:
        """Announce the job on this thread, so that a view opens here, then go on in another."""
        try:
            self._broadcast(self._progress)
            threading.Thread(target=self._run, name=f"importer-{self.id[:8]}", daemon=True).start()
        except BaseException as exc:  # Ctrl-C, while the view opened.
            self.cancel()
            if self._is_taken.acquire(blocking=False):
                self._end(State.FAILED, exc)
            raise
        return self

    def pause(self) -> None:
        """Stop after the chunk in hand, until `resume`."""
        self._going.clear()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._going.set()

    def cancel(self) -> None:
        """Stop for good after the chunk in hand; what is written stays."""
        self._cancelled.set()
        self._going.set()

    def result(self, timeout: float | None = None) -> Report:
        """Wait for the end, and tell what was done; Ctrl-C meanwhile cancels the job.

        Parameters
        ----------
        timeout
            Seconds to wait at most.

        Raises
        ------
        TimeoutError
            Where the job is not done by then; it goes on.
        ImporterError
            Where the job failed.
        """
        try:
            is_done = self._wait(timeout)
        except KeyboardInterrupt:
            self.cancel()
            self._wait()
            raise
        if not is_done:
            raise TimeoutError(f"the job is not done after {timeout} s. Call result() again, or cancel()")
        if self._error is not None:
            raise self._error
        return self.report

    def _wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, and tell whether it came."""
        ends_at = None if timeout is None else time.monotonic() + timeout
        while not self._done.is_set():
            left_s = LISTEN_S if ends_at is None else min(LISTEN_S, ends_at - time.monotonic())
            if left_s <= 0:
                break
            self._done.wait(left_s)
        return self._done.is_set()

    @property
    def report(self) -> Report:
        """What was done so far, also where the job failed."""
        work = self._moved
        if work is None:
            return Report(progress=self._progress, into=self._into)
        return Report(
            progress=self._progress,
            table=work.table.name,
            into=self._into,
            is_dry_run=work.is_dry_run,
            notes=work.notes,
            changes=pl.DataFrame(work.changes, CHANGES, orient="row"),
            found=work.rejects,
        )

    def _run(self) -> None:
        if not self._is_taken.acquire(blocking=False):
            return  # It ended before it began.
        try:
            state = self._work(self._prepare(self.id))
        except BaseException as exc:  # noqa: BLE001 - this thread ends here; result() raises it again
            if self._progress.rows_read:
                exc.add_note(f"{in_table(self._progress)}; {self._progress.rejected:,} were refused")
            self._end(State.FAILED, exc)
        else:
            self._end(state)

    def _end(self, state: State, error: BaseException | None = None) -> None:
        """Tell the final state, once, whatever a listener does."""
        self._error = error
        is_stopped = isinstance(error, KeyboardInterrupt)
        try:
            why = None if error is None else _sentence(error)
            self._tell(replace(self._progress, state=State.CANCELLED if is_stopped else state, error=why))
        except KeyboardInterrupt as exc:  # From a listener; there is nothing left to stop.
            self._error = exc
        finally:
            self._done.set()

    def _work(self, work: Work) -> State:
        self._moved = work
        self._began_at = self._clock()
        now = self._progress
        self._tell(replace(now, state=State.RUNNING, total=work.source.total, unit=work.source.unit))
        with closing(work.sink):
            self._progress = work.begin(self._progress)
            with work.checked() as chunks:
                for checked in chunks:
                    self._wait_while_paused()
                    if self._cancelled.is_set():
                        return State.CANCELLED
                    self._tell(work.move(checked, self._progress))
                    work.raise_for_limit(self._progress)
            work.raise_for_limit(self._progress, is_end=True)
            work.sink.finish()
        return State.SUCCEEDED

    def _wait_while_paused(self) -> None:
        if self._going.is_set():
            return
        self._tell(replace(self._progress, state=State.PAUSED))
        paused_at = self._clock()
        self._going.wait()
        self._paused_s += self._clock() - paused_at
        if not self._cancelled.is_set():
            self._tell(replace(self._progress, state=State.RUNNING))

    def _tell(self, progress: Progress) -> None:
        elapsed_s = self._clock() - self._began_at - self._paused_s
        self._progress = replace(progress, seq=self._progress.seq + 1, elapsed_s=elapsed_s)
        self._broadcast(self._progress)


def _sentence(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "stopped by Ctrl-C"
    return str(error) if isinstance(error, ImporterError) else f"{type(error).__name__}: {error}"

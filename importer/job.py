"""One import from its first snapshot to its last, driven in a thread of its own."""

from __future__ import annotations

import atexit
import os
import threading
import time
import uuid
import weakref
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import AlreadyImportedError, DisconnectedError, ImporterError
from importer.progress import Broadcast, Progress, State
from importer.report import Report
from importer.work import CHANGES, in_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from importer.progress import Listener
    from importer.validate import Checked
    from importer.work import Work

__all__ = ["Job"]

LISTEN_S = 0.1
"""Longest wait at a stretch: once polars has run, Ctrl-C no longer ends a wait, and is heard only after it."""


RETRY_S, LONGEST_RETRY_S, GIVE_UP_S = 0.1, 5.0, 600.0
"""First and longest wait before a lost database is tried again, and how long in all."""

LEAVE_S = 4.0
"""Longest wait, as Python ends, for the chunk at hand; Jupyter kills a kernel after five seconds."""

FIRST_REFUSED = 10
"""Refused cells that the history keeps of a job."""

_LIVE: weakref.WeakSet[Job] = weakref.WeakSet()


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
    job_id
        Of the job that this one goes on with; by default it is a new one.
    """

    def __init__(  # noqa: PLR0913 - all but one by keyword
        self,
        prepare: Callable[[str], Work],
        *,
        job_id: str | None = None,
        label: str = "",
        into: str = "",
        listeners: Iterable[Listener] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._prepare = prepare
        self._clock = clock
        self._broadcast = Broadcast(listeners, clock=clock)
        self._progress = Progress(job_id=job_id or str(uuid.uuid4()), label=label)
        self._into = into
        self._moved: Work | None = None
        self._error: BaseException | None = None
        self._stops_as: State | None = None
        self._stopped = threading.Event()
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
        _LIVE.add(self)
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
        self._stop(State.CANCELLED)

    def _stop(self, state: State) -> None:
        self._stops_as = self._stops_as or state
        self._stopped.set()
        self._going.set()

    def facts(self) -> dict[str, str | None]:
        """What the history keeps of the job beside its progress."""
        work = self._moved
        if work is None:
            return {}
        committed = work.journal.committed
        found = {"content": committed.content or None, "checkpoint": committed.as_text()}
        if self._progress.state.is_final and self._progress.rejected:
            found["first_refused"] = work.rejects.cells().head(FIRST_REFUSED).write_json()
        return found

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
            if isinstance(exc, RuntimeError) and str(exc).endswith("shutdown"):
                # Python ends, and its pools of threads take no more work: that is how they say so.
                self._end(State.INTERRUPTED)
                return
            self._take_back()
            if self._progress.rows_read:
                exc.add_note(f"{in_table(self._progress)}; {self._progress.rejected:,} were refused")
            self._end(State.FAILED, exc)
        else:
            self._end(state)

    def _end(self, state: State, error: BaseException | None = None) -> None:
        """Tell the final state, once, whatever a listener does."""
        self._error = error
        is_stopped = isinstance(error, KeyboardInterrupt)
        if state is not State.SUCCEEDED:
            self._take_back()
        try:
            why = None if error is None else _sentence(error)
            if state is State.INTERRUPTED:
                is_lost = self._moved is not None and self._moved.is_atomic
                fix = "Import the file again" if is_lost else f"Go on with importer.resume({self.id[:8]!r})"
                why = f"Python ended. {fix}"
            self._tell(replace(self._progress, state=State.CANCELLED if is_stopped else state, error=why))
        except KeyboardInterrupt as exc:  # From a listener; there is nothing left to stop.
            self._error = exc
        finally:
            self._done.set()
            _LIVE.discard(self)

    def _take_back(self) -> None:
        """Where the job is one transaction, nothing is in the table when it does not succeed."""
        if self._moved is not None and self._moved.is_atomic:
            now = self._progress
            self._progress = replace(now, rows_read=now.rejected, created=0, updated=0, unchanged=0, current_key=None)

    def _work(self, work: Work) -> State:
        self._moved = work
        self._began_at = self._clock()
        now = self._progress
        self._tell(replace(now, state=State.RUNNING, total=work.source.total, unit=work.source.unit))
        with self._in_turn(work), closing(work.sink):
            # A sink that has begun may hold what others wait for until its first chunk is in.
            self._wait_while_paused()
            if self._stops_as is not None:
                return self._stops_as
            try:
                began = work.begin(replace(self._progress, state=State.RUNNING, error=None))
            except AlreadyImportedError as exc:
                if not (exc.is_done and work.skips_imported):
                    raise
                self._moved = replace(work, notes=(*work.notes, str(exc)))
                return State.SUCCEEDED
            if began != self._progress:
                self._tell(began)
            self._paused_s -= work.journal.committed.elapsed_s
            with work.checked() as chunks:
                for checked in chunks:
                    if self._stops_as is not None:
                        return self._stops_as
                    self._tell(self._moved_on(work, checked))
                    work.raise_for_limit(self._progress)
                    self._wait_while_paused()
                    if self._stops_as is not None:
                        return self._stops_as
            work.raise_for_limit(self._progress, is_end=True)
            work.finish()
        return State.SUCCEEDED

    @contextmanager
    def _in_turn(self, work: Work) -> Iterator[None]:
        """Wait until no other job writes to the table."""
        if work.turn is None:
            yield
            return

        def wait() -> None:
            why = f"waiting for another job that writes to {work.table.name!r}"
            self._tell(replace(self._progress, state=State.WAITING, error=why))

        with self._away():
            work.turn.take(is_over=self._stopped.is_set, wait=wait)
        try:
            yield
        finally:
            work.turn.release()

    def _moved_on(self, work: Work, checked: Checked) -> Progress:
        """The totals after one more chunk, which waits for a database that went away."""
        try:
            return work.move(checked, replace(self._progress, elapsed_s=self._elapsed_s))
        except DisconnectedError as exc:
            if work.is_atomic:
                raise
            lost = exc
        with self._away():
            wait_s, waited_s = RETRY_S, 0.0
            while waited_s < GIVE_UP_S:
                why = f"waiting for the database: {lost}"
                self._tell(replace(self._progress, state=State.WAITING, error=why))
                if self._stopped.wait(wait_s):
                    return self._progress
                waited_s, wait_s = waited_s + wait_s, min(2 * wait_s, LONGEST_RETRY_S)
                try:
                    return work.move_again(checked, replace(self._progress, state=State.RUNNING, error=None))
                except DisconnectedError as exc:
                    lost = exc
        raise lost

    def _wait_while_paused(self) -> None:
        if self._going.is_set():
            return
        with self._away():
            self._tell(replace(self._progress, state=State.PAUSED))
            self._going.wait()
        if self._stops_as is None:
            self._tell(replace(self._progress, state=State.RUNNING))

    @contextmanager
    def _away(self) -> Iterator[None]:
        """Time that is not spent at work."""
        went_at = self._clock()
        try:
            yield
        finally:
            self._paused_s += self._clock() - went_at

    @property
    def _elapsed_s(self) -> float:
        return self._clock() - self._began_at - self._paused_s

    def _tell(self, progress: Progress) -> None:
        self._progress = replace(progress, seq=self._progress.seq + 1, elapsed_s=self._elapsed_s)
        self._broadcast(self._progress)


@atexit.register
def _leave() -> None:
    """As Python ends, let every job finish its chunk and say that it was interrupted."""
    jobs = tuple(_LIVE)
    for job in jobs:
        job._stop(State.INTERRUPTED)  # noqa: SLF001 - nobody else may ask for this
    ends_at = time.monotonic() + LEAVE_S
    for job in jobs:
        job._done.wait(max(0.0, ends_at - time.monotonic()))  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_LIVE.clear)  # Their threads stay in the parent.


def _sentence(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "stopped by Ctrl-C"
    return str(error) if isinstance(error, ImporterError) else f"{type(error).__name__}: {error}"

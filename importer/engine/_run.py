"""An import under way, from its turn at the table to its last chunk: `Run`."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core import State
from importer.engine._broadcast import Broadcast
from importer.errors import AlreadyImportedError, DisconnectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from importer.checking import Checked
    from importer.core import Listener, Progress
    from importer.engine._work import Work

__all__ = ["Run"]

RETRY_S, LONGEST_RETRY_S, GIVE_UP_S = 0.1, 5.0, 600.0
"""First and longest wait before a lost database is tried again, and how long in all."""


class Run:
    """Does the work chunk by chunk, tells how far it is, and obeys between two chunks.

    Parameters
    ----------
    progress
        The first snapshot.
    listeners
        Who hears how it goes.
    clock
        Where the time comes from, in seconds.

    Attributes
    ----------
    progress
        The newest snapshot.
    work
        What is done, once that is known.
    """

    def __init__(
        self, progress: Progress, listeners: Iterable[Listener], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.progress = progress
        self.work: Work | None = None
        self._broadcast = Broadcast(listeners, clock=clock)
        self._clock = clock
        self._began_at = clock()
        self._away_s = 0.0
        self._stops_as: State | None = None
        self._stopped = threading.Event()
        self._going = threading.Event()
        self._going.set()
        self._lock = threading.RLock()

    def pause(self) -> None:
        """Stop after the current chunk, until `resume`; a run that was stopped stays stopped."""
        with self._lock:
            if self._stops_as is None:
                self._going.clear()

    def resume(self) -> None:
        """Continue after `pause`."""
        self._going.set()

    def stop(self, state: State) -> None:
        """Stop for good after the current chunk, in this state."""
        with self._lock:
            self._stops_as = self._stops_as or state
            self._stopped.set()
            self._going.set()

    def announce(self) -> None:
        """Deliver the first snapshot."""
        self._broadcast(self.progress)

    def tell(self, progress: Progress) -> None:
        """Make this the newest snapshot, and deliver it."""
        self.progress = replace(progress, seq=self.progress.seq + 1, elapsed_s=self._elapsed_s)
        self._broadcast(self.progress)

    def take_back(self) -> None:
        """Where the job is one transaction, nothing is in the table when it does not succeed."""
        if self.work is not None and self.work.is_atomic:
            now = self.progress
            self.progress = replace(now, rows_read=now.rejected, created=0, updated=0, unchanged=0, current_key=None)

    def __call__(self, work: Work) -> State:
        """Do the work, and give the state in which it ended."""
        self.work = work
        self._began_at = self._clock()
        now = self.progress
        self.tell(replace(now, state=State.RUNNING, total=work.source.total, unit=work.source.unit))
        with self._in_turn(work), closing(work.sink):
            # A sink that has begun may hold what others wait for until its first chunk is in.
            self._wait_while_paused()
            if self._stops_as is not None:
                return self._stops_as
            try:
                began = work.begin(replace(self.progress, state=State.RUNNING, error=None))
            except AlreadyImportedError as exc:
                if not (exc.is_done and work.skips_imported):
                    raise
                self.work = replace(work, notes=(*work.notes, str(exc)))
                return State.SUCCEEDED
            if began != self.progress:
                self.tell(began)
            self._away_s -= work.journal.committed.elapsed_s
            with work.checked() as chunks:
                for checked in chunks:
                    if self._stops_as is not None:
                        return self._stops_as
                    self.tell(self._moved_on(work, checked))
                    work.raise_for_limit(self.progress)
                    self._wait_while_paused()
                    if self._stops_as is not None:
                        return self._stops_as
            work.raise_for_limit(self.progress, is_end=True)
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
            self.tell(replace(self.progress, state=State.WAITING, error=why))

        with self._away():
            work.turn.take(is_over=self._stopped.is_set, wait=wait)
        try:
            yield
        finally:
            work.turn.release()

    def _moved_on(self, work: Work, checked: Checked) -> Progress:
        """The totals after one more chunk, which waits for a database that went away."""
        try:
            return work.move(checked, replace(self.progress, elapsed_s=self._elapsed_s))
        except DisconnectedError as exc:
            if work.is_atomic:
                raise
            lost = exc
        with self._away():
            wait_s, waited_s = RETRY_S, 0.0
            while waited_s < GIVE_UP_S:
                why = f"waiting for the database: {lost}"
                self.tell(replace(self.progress, state=State.WAITING, error=why))
                if self._stopped.wait(wait_s):
                    return self.progress
                waited_s, wait_s = waited_s + wait_s, min(2 * wait_s, LONGEST_RETRY_S)
                try:
                    return work.move_again(checked, replace(self.progress, state=State.RUNNING, error=None))
                except DisconnectedError as exc:
                    lost = exc
        raise lost

    def _wait_while_paused(self) -> None:
        if self._going.is_set():
            return
        with self._away():
            self.tell(replace(self.progress, state=State.PAUSED))
            self._going.wait()
        if self._stops_as is None:
            self.tell(replace(self.progress, state=State.RUNNING))

    @contextmanager
    def _away(self) -> Iterator[None]:
        """Time that is not spent at work."""
        went_at = self._clock()
        try:
            yield
        finally:
            self._away_s += self._clock() - went_at

    @property
    def _elapsed_s(self) -> float:
        return self._clock() - self._began_at - self._away_s

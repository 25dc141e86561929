"""The loop of one import, from the lock on its table to its last chunk: `Run`."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core import FULL, Checkpoint, Pace, State
from importer.engine._broadcast import Broadcast
from importer.engine._holding import holding
from importer.engine._pipeline import TableChanged
from importer.engine._source_watch import SourceTouched
from importer.errors import AlreadyImportedError, DisconnectedError, LockedError, SourceError
from importer.sinks import Patience, Patient, wait_limit_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from importer.checking import Checked
    from importer.core import Listener, Progress
    from importer.engine._pipeline import Pipeline
    from importer.engine._source_watch import SourceWatch

__all__ = ["Run"]

RETRY_S, LONGEST_RETRY_S, GIVE_UP_S = 0.1, 5.0, 600.0
"""First and longest wait before a lost database is tried again, and the longest wait in all."""


RESTS = frozenset([State.WAITING, State.PAUSED])
"""States in which no work is done."""
TELL_S = 1.0
"""How often a job that rests reports."""

MOST_TOUCHES = 20
"""How often in a row a chunk is read again because somebody wrote to the file."""


class Run:
    """Moves the chunks one by one, reports progress, and obeys requests between two chunks.

    Parameters
    ----------
    progress
        The first snapshot.
    listeners
        What to call with each snapshot.
    clock
        Returns the time in seconds.
    pace
        How fast it may go.

    Attributes
    ----------
    progress
        The newest snapshot.
    pipeline
        What the run works with; None until it begins.
    committed
        The last checkpoint that was committed.
    """

    def __init__(
        self,
        progress: Progress,
        listeners: Iterable[Listener],
        clock: Callable[[], float] = time.monotonic,
        *,
        pace: str = FULL,
    ) -> None:
        self.progress = replace(progress, pace=pace)
        self.pipeline: Pipeline | None = None
        self.committed = Checkpoint()
        self._broadcast = Broadcast(listeners, clock=clock)
        self._clock = clock
        self._began_at = clock()
        self._away_s = 0.0
        self._rests_since: float | None = None
        self._touches, self._is_remembered = 0, False
        self._limit_s = 0.0
        self._stops_as: State | None = None
        self._stopped = threading.Event()
        self._pace = Pace.of(pace)
        self._nudged = threading.Event()
        self._going = threading.Event()
        self._going.set()
        self._lock = threading.RLock()

    def pause(self) -> None:
        """Stop after the current chunk, until `resume`; a run that was stopped stays stopped."""
        with self._lock:
            if self._stops_as is None:
                self._going.clear()
                self._nudged.set()

    def resume(self) -> None:
        """Continue after `pause`."""
        self._going.set()

    @property
    def pace(self) -> Pace:
        """How fast the run may go; a rest that is too long by a new one ends."""
        return self._pace

    @pace.setter
    def pace(self, pace: Pace) -> None:
        self._pace = pace
        self._nudged.set()

    def stop(self, state: State) -> None:
        """Stop for good after the current chunk, in this state."""
        with self._lock:
            self._stops_as = self._stops_as or state
            self._stopped.set()
            self._going.set()
            self._nudged.set()

    def announce(self) -> None:
        """Deliver the first snapshot."""
        self._broadcast(self.progress)

    def tell(self, progress: Progress) -> None:
        """Make this the newest snapshot, and deliver it."""
        now = self._clock()
        if self._rests_since is not None:
            self._away_s += now - self._rests_since
        self._rests_since = now if progress.state in RESTS else None
        self.progress = replace(progress, seq=self.progress.seq + 1, elapsed_s=self._elapsed_s, pace=self._pace.text)
        self._broadcast(self.progress)

    def reset_counts(self) -> None:
        """Set the counts back if the job is one transaction that did not succeed."""
        if self.pipeline is not None and self.pipeline.is_atomic:
            now = self.progress
            self.progress = replace(now, rows_read=now.rejected, created=0, updated=0, unchanged=0, current_key=None)

    def __call__(self, pipeline: Pipeline) -> State:
        """Move every chunk through the pipeline, and return the state in which the job ended."""
        self.pipeline = pipeline
        self._began_at = self._clock()
        source = pipeline.source
        about = replace(self.progress, total=source.total, unit=source.unit, files=_ends(pipeline))
        self.tell(replace(about, state=State.RUNNING, left_out=len(pipeline.left_out)))
        self._limit_s = wait_limit_s()
        self._lend_patience(pipeline)
        try:
            return self._run_locked(pipeline)
        except LockedError:
            if self._stops_as is None:
                raise
            return self._stops_as

    def _run_locked(self, pipeline: Pipeline) -> State:
        """Move every chunk while no other job writes to the table."""
        with self._locked(pipeline), self._closing():
            # A prepared sink may lock what other jobs wait for until its first chunk is in.
            self._wait_while_paused()
            if self._stops_as is not None:
                return self._stops_as
            try:
                pipeline, committed = self._opened(pipeline)
            except AlreadyImportedError as exc:
                if not (exc.is_done and pipeline.skips_imported):
                    raise
                self.pipeline = replace(pipeline, notes=(*pipeline.notes, exc.message))
                return State.SUCCEEDED
            if self._stops_as is not None:
                return self._stops_as
            if pipeline.source.total != self.progress.total:
                self.tell(replace(self.progress, total=pipeline.source.total, files=_ends(pipeline)))
            self._tell_running()
            return self._move_all(pipeline, committed)

    def _opened(self, pipeline: Pipeline) -> tuple[Pipeline, Checkpoint]:
        """Open the target, for the table and the file that are there now."""
        while True:
            try:
                return pipeline, self._reconnecting(pipeline.open, pipeline.open_again, is_begun=False)
            except TableChanged as exc:
                pipeline.sink.close()
                pipeline = self.pipeline = exc.pipeline
                self._lend_patience(pipeline)
            except SourceTouched as exc:
                pipeline.sink.close()
                pipeline = self._watching(pipeline, exc.watch)
                if self._stops_as is not None:
                    return pipeline, self.committed

    def _move_all(self, pipeline: Pipeline, committed: Checkpoint) -> State:
        """Write all chunks that come after the checkpoint."""
        self.committed = committed
        self._away_s -= committed.elapsed_s
        unused = pipeline.corrected_after(committed.last_row)
        if committed.chunks:
            self.tell(committed.progress(replace(self.progress, state=State.RUNNING, error=None)))
        while self._stops_as is None:
            try:
                self._move_rest(pipeline, unused)
                break
            except SourceTouched as exc:
                # What was read ahead may be of another version, and the file may have looked as if it ended.
                pipeline = self._watching(pipeline, exc.watch)
        # A job that is cancelled while it waits to commit its end has not succeeded.
        return State.SUCCEEDED if self.committed.is_done or self._stops_as is None else self._stops_as

    def _move_rest(self, pipeline: Pipeline, unused: set[int]) -> None:
        """Write the chunks that are not committed yet, and the end, unless the run is stopped."""
        with pipeline.checked(self.committed.last_row, is_remembered=self._is_remembered) as chunks:
            self._is_remembered = True
            rows, began_at = 0, self._clock()
            for checked in chunks:
                if rows:
                    self._rest(rows, began_at)
                    self._wait_while_paused()
                if self._stops_as is not None:
                    return
                rows, began_at = checked.raw.frame.height, self._clock()
                self._move(pipeline, checked)
                self._touches = 0
                unused -= unused and set(checked.raw.rows.filter(checked.raw.rows.is_in(list(unused))))
                pipeline.raise_for_limit(self.progress)
                self._wait_while_paused()
                if self._stops_as is not None:
                    return
        pipeline.raise_if_touched()
        pipeline.raise_for_limit(self.progress, is_end=True)
        self.pipeline = pipeline.noting_unused(unused).noting_appeared()
        self._finish(pipeline)

    def _watching(self, pipeline: Pipeline, before: SourceWatch) -> Pipeline:
        """The pipeline for the file after somebody wrote to it, if it holds what it held."""
        self._touches += 1
        if self._touches > MOST_TOUCHES:
            raise SourceError(
                f"{before.name!r} is written to again and again while it is imported",
                code="file-changed",
                facts={"file": before.name},
                fixes=["import a copy of it"],
            )
        self._tell_waiting(f"waiting until nobody writes to {before.name!r}")
        watch = before.settled(self._stopped.wait)
        if watch is not before:
            in_table = Checkpoint() if pipeline.is_atomic else self.committed
            watch.raise_for_change(before, in_table, self.progress.job_id, has_key=bool(pipeline.table.key))
            self.pipeline = pipeline = replace(pipeline, watch=watch, source=watch.opened())
        self._tell_running()
        return pipeline

    def _move(self, pipeline: Pipeline, checked: Checked) -> None:
        """Write one chunk, and report the totals after it."""
        before = self.committed

        def write() -> Checkpoint:
            return pipeline.write(checked, before, replace(self.progress, elapsed_s=self._elapsed_s))

        def write_again() -> Checkpoint:
            found = pipeline.reopen(before)
            return found if found.chunks > before.chunks else write()

        self.committed = self._reconnecting(write, write_again)
        if self.committed is not before:
            self.tell(self.committed.progress(replace(self.progress, state=State.RUNNING, error=None)))

    def _finish(self, pipeline: Pipeline) -> None:
        """Commit that everything is in."""

        def finish() -> Checkpoint:
            return pipeline.finish(self.committed)

        def finish_again() -> Checkpoint:
            found = pipeline.reopen(self.committed)
            return found if found.is_done else finish()

        self.committed = self._reconnecting(finish, finish_again)

    def _lend_patience(self, pipeline: Pipeline) -> None:
        if isinstance(pipeline.sink, Patient):
            pipeline.sink.wait_with(Patience(self._limit_s, tell=self._tell_waiting, stopped=self._stopped))

        if pipeline.picturing is not None:
            pipeline.picturing.stop_with(self._stopped)

    @contextmanager
    def _closing(self) -> Iterator[None]:
        """Close the sink with which the run ends."""
        try:
            yield
        finally:
            if self.pipeline is not None:
                self.pipeline.sink.close()

    @contextmanager
    def _locked(self, pipeline: Pipeline) -> Iterator[None]:
        """Wait until no other job writes to the table."""
        if pipeline.table_lock is None:
            yield
            return
        with holding(
            pipeline.table_lock,
            pipeline.table.name,
            limit_s=self._limit_s,
            clock=self._clock,
            is_stopped=self._stopped.is_set,
            wait=self._tell_waiting,
            begin=self._tell_running,
        ):
            yield

    def _reconnecting(
        self, act: Callable[[], Checkpoint], act_again: Callable[[], Checkpoint], *, is_begun: bool = True
    ) -> Checkpoint:
        """Do something; if the database goes away meanwhile, wait for it and do it again."""
        pipeline = self.pipeline
        assert pipeline is not None  # noqa: S101 - set when the run begins
        try:
            return act()
        except DisconnectedError as exc:
            # A server that was never reached needs another URL rather than time.
            if (pipeline.is_atomic and is_begun) or pipeline.table_lock is None:
                raise
            lost = exc
        wait_s, waited_s = RETRY_S, 0.0
        while waited_s < (self._limit_s if lost.code == "table-locked" else GIVE_UP_S):
            self._tell_waiting(f"waiting for the database: {lost}")
            if self._stopped.wait(wait_s):
                return self.committed
            waited_s, wait_s = waited_s + wait_s, min(2 * wait_s, LONGEST_RETRY_S)
            try:
                return act_again()
            except DisconnectedError as exc:
                lost = exc
        raise lost

    def _tell_waiting(self, why: str) -> None:
        self.tell(replace(self.progress, state=State.WAITING, error=why))

    def _tell_running(self) -> None:
        """Tell that a wait is over."""
        if self.progress.state is State.WAITING and self._stops_as is None:
            self.tell(replace(self.progress, state=State.RUNNING, error=None))

    def _rest(self, rows: int, began_at: float) -> None:
        """Rest after a chunk as long as the pace says, and report meanwhile that time passes."""
        took_s = self._clock() - began_at
        while self._stops_as is None and self._going.is_set():
            rest_s = self._pace.now(self.progress).rest_s(rows=rows, took_s=took_s)
            left_s = began_at + took_s + rest_s - self._clock()
            if left_s <= 0:
                return
            self._nudged.wait(min(left_s, TELL_S))
            self._nudged.clear()
            self.tell(self.progress)

    def _wait_while_paused(self) -> None:
        if self._going.is_set():
            return
        self.tell(replace(self.progress, state=State.PAUSED))
        self._going.wait()
        if self._stops_as is None:
            self.tell(replace(self.progress, state=State.RUNNING))

    @property
    def _elapsed_s(self) -> float:
        """Seconds of work: those in which the job waits or is paused do not count."""
        until = self._clock() if self._rests_since is None else self._rests_since
        return until - self._began_at - self._away_s


def _ends(pipeline: Pipeline) -> tuple[tuple[str, int], ...]:
    """Several files, each with how much is read at its end."""
    return () if pipeline.files is None else pipeline.files.ends

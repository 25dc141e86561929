"""One import from its first snapshot to its last, driven in a thread of its own."""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from importer.errors import ImporterError, TooManyRejectsError
from importer.progress import Broadcast, Progress, State
from importer.rejects import Rejects, refused_cells
from importer.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from importer.chunks import Chunk, Refusal, Sink, Source, Table
    from importer.progress import Listener
    from importer.validate import Checked

__all__ = ["Job", "Work"]

T = TypeVar("T")

SHARE_FROM_ROW = 1_000
"""A share of refused rows is judged from so many rows on, and at the end of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Everything that a job needs to move the rows.

    Attributes
    ----------
    max_rejects
        How many rows may be refused: a count, or a share below 1; None for any number.
    is_dry_run
        Whether the sink rolls everything back.
    notes
        What the analyst should be told beside the counts.
    """

    source: Source
    check: Callable[[Chunk], Checked]
    sink: Sink
    table: Table
    chunk_rows: int
    max_rejects: float | None = None
    is_dry_run: bool = False
    notes: tuple[str, ...] = ()


class Job:
    """An import under way: it can be watched, paused, cancelled and waited for.

    Parameters
    ----------
    prepare
        Makes the work ready, on the job's thread: whatever takes long belongs there.
    label
        What a person calls the job.
    listeners
        Who hears how it goes.
    clock
        Where the time comes from, in seconds.
    """

    def __init__(
        self,
        prepare: Callable[[], Work],
        *,
        label: str = "",
        into: str = "",
        listeners: Iterable[Listener] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._prepare = prepare
        self._clock = clock
        self._broadcast = Broadcast(listeners, clock=clock)
        self._rejects = Rejects()
        self._progress = Progress(job_id=str(uuid.uuid4()), label=label)
        self._report = Report(progress=self._progress, into=into, found=self._rejects)
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
            is_done = self._done.wait(timeout)
        except KeyboardInterrupt:
            self.cancel()
            self._done.wait()
            raise
        if not is_done:
            raise TimeoutError(f"the job is not done after {timeout} s. Call result() again, or cancel()")
        if self._error is not None:
            raise self._error
        return self.report

    @property
    def report(self) -> Report:
        """What was done so far, also where the job failed."""
        return replace(self._report, progress=self._progress)

    def _run(self) -> None:
        if not self._is_taken.acquire(blocking=False):
            return  # It ended before it began.
        try:
            state = self._work(self._prepare())
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
            self._tell(
                state=State.CANCELLED if is_stopped else state, error=None if error is None else _sentence(error)
            )
        except KeyboardInterrupt as exc:  # From a listener; there is nothing left to stop.
            self._error = exc
        finally:
            self._done.set()

    def _work(self, work: Work) -> State:
        self._report = replace(self._report, table=work.table.name, is_dry_run=work.is_dry_run, notes=work.notes)
        self._began_at = self._clock()
        self._tell(state=State.RUNNING, total=work.source.total, unit=work.source.unit)
        with closing(work.sink):
            work.sink.begin(work.table)
            with (
                closing(work.source.chunks(work.chunk_rows)) as chunks,
                closing(ahead(map(work.check, chunks))) as ready,
            ):
                for checked in ready:
                    self._wait_while_paused()
                    if self._cancelled.is_set():
                        return State.CANCELLED
                    self._write(work, checked)
            now = self._progress
            if (
                work.max_rejects is not None
                and work.max_rejects < 1
                and now.rejected > work.max_rejects * now.rows_read
            ):
                raise _too_many(now, work.max_rejects)
            work.sink.finish()
        return State.SUCCEEDED

    def _write(self, work: Work, checked: Checked) -> None:
        now = self._progress
        last = None if work.max_rejects is None else _last_row(checked, work.max_rejects, now)
        if last is not None:
            checked = checked.until(last)
        written = work.sink.write(checked.accepted)
        self._keep_rejects(checked, written.refused)
        accepted, refused = checked.accepted.rows.len(), checked.refused.len()
        self._tell(
            rows_read=now.rows_read + accepted + refused,
            created=now.created + written.created,
            updated=now.updated + written.updated,
            unchanged=now.unchanged + written.unchanged,
            rejected=now.rejected + refused + len(written.refused),
            warnings=now.warnings + checked.cells.filter(severity="warning").height,
            current_key=_last_key(checked.accepted.frame, work.table.key) or now.current_key,
            completed=checked.raw.completed,
        )
        if last is not None and work.max_rejects is not None:
            raise _too_many(self._progress, work.max_rejects)

    def _keep_rejects(self, checked: Checked, by_sink: Sequence[Refusal]) -> None:
        found = [
            checked.cells,
            *(
                refused_cells(
                    pl.Series([refusal.row]), column=refusal.column, rule=refusal.rule, message=refusal.message
                )
                for refusal in by_sink
            ),
        ]
        numbers = pl.concat([checked.refused, pl.Series([refusal.row for refusal in by_sink], dtype=pl.Int64)])
        rows = checked.raw.frame.select(checked.raw.rows.alias("row"), pl.all())
        self._rejects.add(
            pl.concat(found).sort("row", maintain_order=True), rows.filter(pl.col("row").is_in(numbers.implode()))
        )

    def _wait_while_paused(self) -> None:
        if self._going.is_set():
            return
        self._tell(state=State.PAUSED)
        paused_at = self._clock()
        self._going.wait()
        self._paused_s += self._clock() - paused_at
        if not self._cancelled.is_set():
            self._tell(state=State.RUNNING)

    def _tell(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of Progress
        elapsed_s = self._clock() - self._began_at - self._paused_s
        self._progress = replace(self._progress, seq=self._progress.seq + 1, elapsed_s=elapsed_s, **changes)
        self._broadcast(self._progress)


def ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """The same items, each made in another thread while the one before is in use.

    Examples
    --------
    >>> list(ahead(range(3)))
    [0, 1, 2]
    """
    source = iter(items)
    nothing_left: list[T] = []
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="importer-ahead") as pool:
        coming = pool.submit(next, source, nothing_left)
        while (item := coming.result()) is not nothing_left:
            coming = pool.submit(next, source, nothing_left)
            yield item  # type: ignore[misc]


def _last_row(checked: Checked, max_rejects: float, now: Progress) -> int | None:
    """Row at which more are refused than allowed, whatever the chunks; None where all is well."""
    is_refused = checked.raw.rows.is_in(checked.refused.implode())
    rejected = is_refused.cum_sum().cast(pl.Int64) + now.rejected
    if max_rejects >= 1 or max_rejects == 0:
        is_too_much = rejected > max_rejects
    else:
        read = pl.int_range(now.rows_read + 1, now.rows_read + 1 + is_refused.len(), eager=True)
        is_too_much = (rejected > read * max_rejects) & (read >= SHARE_FROM_ROW)
    first = is_too_much.arg_max() if is_too_much.any() else None
    return None if first is None else checked.raw.rows[first]


def _too_many(now: Progress, max_rejects: float) -> TooManyRejectsError:
    allowed = f"{max_rejects:,}" if max_rejects >= 1 or not max_rejects else f"{max_rejects:.1%} of them"
    return TooManyRejectsError(
        f"{now.rejected:,} of {now.rows_read:,} rows were refused, and max_rejects allows {allowed}: "
        f"{in_table(now)}. Correct the file or the schema, or allow more"
    )


def in_table(now: Progress) -> str:
    """What the job has put into the table, in words.

    Examples
    --------
    >>> in_table(Progress(rows_read=1200, created=1000, unchanged=200))
    '1,000 rows created, 0 updated and 200 unchanged are in the table'
    """
    return f"{now.created:,} rows created, {now.updated:,} updated and {now.unchanged:,} unchanged are in the table"


def _last_key(frame: pl.DataFrame, key: Sequence[str]) -> str | None:
    if not key or frame.is_empty():
        return None
    return " · ".join(str(value) for value in frame.select(key).row(-1))


def _sentence(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "stopped by Ctrl-C"
    return str(error) if isinstance(error, ImporterError) else f"{type(error).__name__}: {error}"

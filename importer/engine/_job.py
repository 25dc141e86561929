"""One import from its first snapshot to its last, in a thread of its own: `Job`."""

from __future__ import annotations

import threading
import time
import uuid
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core import FULL, OPTIONS, Pace, Progress, State, UsedFiles
from importer.engine._course import Recorder
from importer.engine._report import Report
from importer.engine._run import Run
from importer.engine._shutdown import LIVE, is_shutdown
from importer.engine._told import tell, told
from importer.errors import Command, Fix, ImporterError, Message, Note, shortened
from importer.sinks import REPEATED, UNDO_REFUSALS, SharedKeys, Undoable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from importer.core import Kind, Listener
    from importer.engine._pipeline import Pipeline

__all__ = ["Job"]

LISTEN_S = 0.1
"""Longest single wait: once polars has run, Ctrl-C no longer interrupts a wait, and takes effect only after it."""

FIRST_REFUSED = 10
"""Refused cells that the history keeps for a job."""


class Job:
    """A running import, which you can watch, pause, cancel and wait for.

    Parameters
    ----------
    prepare
        Makes the pipeline for a job id, on the job's thread: everything slow belongs there.
    job_id
        Id of the job to continue; by default a new one.
    label
        The job for people.
    kind
        What the job does, as in `Progress`.
    into
        The target for people.
    used
        The files that the job reads and writes.
    listeners
        What to call with each snapshot.
    pace
        How fast it may go, as the option `pace`.
    clock
        Returns the time in seconds.
    """

    def __init__(  # noqa: PLR0913 - all but one by keyword
        self,
        prepare: Callable[[str], Pipeline],
        *,
        job_id: str | None = None,
        label: str = "",
        kind: Kind = "import",
        into: str = "",
        used: UsedFiles | None = None,
        listeners: Iterable[Listener] = (),
        pace: str = FULL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._prepare = prepare
        self._recorder = Recorder(clock)
        first = Progress(job_id=job_id or str(uuid.uuid4()), label=label, kind=kind)
        self._run = Run(first, (self._recorder, *listeners), clock, pace=pace)
        self._into = into
        self.used = used or UsedFiles()
        self._error: BaseException | None = None
        self._interrupted_by = "Python ended"
        self._is_begun = threading.Lock()
        self._done = threading.Event()

    @property
    def id(self) -> str:
        """Id of the job."""
        return self.progress.job_id

    @property
    def progress(self) -> Progress:
        """The newest snapshot."""
        return self._run.progress

    @property
    def error(self) -> BaseException | None:
        """Why it failed; None if it did not."""
        return self._error

    def start(self) -> Job:
        """Deliver the first snapshot on this thread, so that a view opens here, then continue in another."""
        LIVE.add(self)
        try:
            self._run.announce()
            threading.Thread(target=self._run_thread, name=f"importer-{self.id[:8]}", daemon=True).start()
        except BaseException as exc:  # Ctrl-C, while the view opened.
            self.cancel()
            if self._is_begun.acquire(blocking=False):
                self._end(State.FAILED, exc)
            raise
        return self

    def pause(self) -> None:
        """Stop after the current chunk, until `resume`."""
        self._run.pause()

    def resume(self) -> None:
        """Continue after `pause`."""
        self._run.resume()

    def pace(self, pace: str | float | None = None) -> str:
        """Go on at another pace, if one is given, and return the pace; a rest that is too long by it ends at once.

        Parameters
        ----------
        pace
            See the option `pace`.

        Raises
        ------
        OptionError
            If there is no such pace.
        """
        if pace is not None:
            self._run.pace = Pace.of(OPTIONS["pace"].check("pace", pace))
        return self._run.pace.text

    def cancel(self) -> None:
        """Stop for good after the current chunk; what is written stays."""
        self._run.stop(State.CANCELLED)

    def interrupt(self, why: str = "Python ended") -> None:
        """Stop after the current chunk, to be resumed later, as when Python ends."""
        self._interrupted_by = why
        self._run.stop(State.INTERRUPTED)

    def facts(self) -> dict[str, str | None]:
        """What the history keeps of the job besides its progress."""
        pipeline = self._run.pipeline
        if pipeline is None:
            return {}
        committed = replace(self._run.committed, course=self._recorder.course.as_text())
        found = {**pipeline.facts, "content": committed.content or None, "checkpoint": committed.as_text()}
        if committed.created or committed.updated:
            found["undo_refusal"] = _undo_refusal(pipeline) or ""
        if self.progress.state.is_final and self.progress.rejected:
            found["first_refused"] = pipeline.rejects.head(FIRST_REFUSED).write_json()
        return found

    def result(self, timeout_s: float | None = None, *, timeout: float | None = None) -> Report:
        """Wait for the end, and return what was done; Ctrl-C cancels the job.

        Parameters
        ----------
        timeout_s
            Longest time to wait, in seconds. No limit by default.
        timeout
            Deprecated name of `timeout_s`.

        Raises
        ------
        TimeoutError
            If the job is not done by then; it continues.
        ImporterError
            If the job failed.
        """
        try:
            is_done = self.wait(timeout_s, timeout=timeout)
        except KeyboardInterrupt as exc:
            self.cancel()
            self.wait()
            exc.add_note(f"the job is {self.progress.state.value}: {self.progress.in_table}")
            raise shortened(exc) from None
        if not is_done:
            waited_s = timeout if timeout_s is None else timeout_s
            raise shortened(
                TimeoutError(f"the job is not done after {waited_s} s; call result() again, or cancel the job")
            )
        if self._error is not None:
            raise shortened(self._error)
        return self.report

    def wait(self, timeout_s: float | None = None, *, timeout: float | None = None) -> bool:
        """Wait for the end, and return whether it came; `timeout` is the deprecated name of `timeout_s`."""
        if timeout is not None:
            warnings.warn("timeout= is now timeout_s=", DeprecationWarning, stacklevel=2)
            timeout_s = timeout
        ends_at = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._done.is_set():
            left_s = LISTEN_S if ends_at is None else min(LISTEN_S, ends_at - time.monotonic())
            if left_s <= 0:
                break
            self._done.wait(left_s)
        return self._done.is_set()

    @property
    def report(self) -> Report:
        """What was done so far, also if the job failed."""
        pipeline = self._run.pipeline
        if pipeline is None:
            return Report(progress=self.progress, into=self._into, used=self.used, course=self._recorder.course)
        return Report(
            progress=self.progress,
            table=pipeline.table.name,
            into=self._into,
            notes=tuple(
                told(note, pipeline.rejects.files)
                for note in (
                    *self._lost(pipeline),
                    *pipeline.notes,
                    *self._repeated(pipeline),
                    *self._cut(pipeline),
                    *_not_undoable(pipeline),
                )
            ),
            read_as=pipeline.read_as,
            corrections=pipeline.corrections,
            changes=pipeline.changes.frame,
            found=pipeline.rejects,
            replaces=pipeline.replaces,
            undo_refusal=_undo_refusal(pipeline),
            left_out=pipeline.left_out,
            used=self.used,
            course=self._recorder.course,
        )

    def _lost(self, pipeline: Pipeline) -> Iterator[Note]:
        """A note if rows of the table would be lost."""
        if pipeline.replaces is not None:
            yield pipeline.replaces.note

    def _repeated(self, pipeline: Pipeline) -> Iterator[Note]:
        """A note if rows of the file have the same key."""
        shared = SharedKeys.of(pipeline.rejects.cell_frames()) if self.progress.warnings else SharedKeys()
        if shared.repeats:
            key = pipeline.table.key
            column = pipeline.labels.get(key[0]) if len(key) == 1 else None
            rows = [row for rows in shared.examples.values() for row in rows]
            # After an import it is too late to choose another one.
            is_open = self.progress.kind == "check" and shared.kept == "last"
            others = [
                Fix("on_repeated_key", "first", "to keep the first"),
                Fix("on_repeated_key", "reject", "to refuse the others"),
            ]
            yield Note(
                shared.sentence,
                others if is_open else (),
                code=REPEATED,
                kind="doubt",
                rows=rows,
                n=shared.repeats,
                column=column,
            )

    def _cut(self, pipeline: Pipeline) -> Iterator[Note]:
        """A note if a check does not list all that would change."""
        updated, shown = self.progress.updated, pipeline.changes.rows
        if pipeline.changes.is_cut and shown < updated:
            sentence = f"of {updated:,} rows that would change, the changes of {shown:,} are listed cell by cell"
            yield Note(sentence, code="changes-cut", kind="told", n=updated)

    def _run_thread(self) -> None:
        """Run the job on its thread."""
        if not self._is_begun.acquire(blocking=False):
            return  # It ended before it began.
        try:
            state = self._run(replace(self._prepare(self.id), recorder=self._recorder))
        except BaseException as exc:  # noqa: BLE001 - this thread ends here; result() raises it again
            if is_shutdown(exc):
                self._end(State.INTERRUPTED)
                return
            self._run.reset_counts()
            if self.progress.rows_read:
                exc.add_note(f"{self.progress.in_table}; {self.progress.rejected:,} were refused")
            self._end(State.FAILED, exc)
        else:
            self._end(state)

    def _end(self, state: State, error: BaseException | None = None) -> None:
        """Deliver the final snapshot, once, even if a listener raises."""
        self._error = error
        pipeline = self._run.pipeline
        if error is not None and pipeline is not None:
            tell(error, pipeline.rejects.files)
        if state is not State.SUCCEEDED:
            self._run.reset_counts()
        try:
            why = None if error is None else _message(error)
            if state is State.INTERRUPTED:
                is_lost = pipeline is not None and pipeline.is_atomic
                resume = Command("resume it", "resume", self.id[:8])
                is_check = self.progress.kind == "check"
                fix = "check it again" if is_check else "import the file again" if is_lost else resume
                why = Message(self._interrupted_by, [fix])
            is_stopped = isinstance(error, KeyboardInterrupt)
            self._run.tell(replace(self.progress, state=State.CANCELLED if is_stopped else state, error=why))
        except KeyboardInterrupt as exc:  # From a listener; there is nothing left to stop.
            self._error = exc
        finally:
            self._done.set()
            LIVE.discard(self)


def _undo_refusal(pipeline: Pipeline) -> str | None:
    """Why the target keeps nothing to undo the job, as a word."""
    return pipeline.sink.undo_refusal if isinstance(pipeline.sink, Undoable) else "not-kept"


def _not_undoable(pipeline: Pipeline) -> Iterator[Note]:
    """A note if what it takes to undo the job was to be kept, and could not be."""
    why = _undo_refusal(pipeline)
    if why in {"size", "bytes", "width", "permission", "columns"}:
        said = UNDO_REFUSALS[why].format(table=pipeline.table.name)
        yield Note(f"this import cannot be undone: {said}", code="undo-impossible", kind="told")


def _message(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "stopped by Ctrl-C"
    return error.message if isinstance(error, ImporterError) else f"{type(error).__name__}: {error}"

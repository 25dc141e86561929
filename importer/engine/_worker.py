"""Runs the jobs that wait in the queue, one or several at a time: `Worker`."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core import State
from importer.engine._recorded import raise_if_not_own
from importer.engine._resume import plan_of
from importer.errors import (
    AlreadyImportedError,
    Command,
    DisconnectedError,
    ImporterError,
    JobNotFoundError,
    LockedError,
    Message,
    ResumeError,
    StoreError,
    TakenOverError,
)
from importer.store import WorkerRecord, backoff_s, drop_upload, open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.core import Listener
    from importer.engine._job import Job
    from importer.store import Claimed, JobRecord

__all__ = ["Worker"]

BEAT_S = 2.0
"""How often a worker gives a sign of life, and frees the jobs of dead ones of the same machine."""

IDLE_S = 5.0
"""Longest wait for news of the queue."""

BUSY_S = 3.0
"""Wait before a job is tried again whose file another job is importing into its table."""

ENDED = frozenset({State.SUCCEEDED, State.CANCELLED})
"""States in which there is nothing left to do for a job that a dead worker had claimed."""


class Worker:
    """Claims jobs of the queue and runs each in a thread of its own, until it is stopped.

    Parameters
    ----------
    jobs
        Most jobs at a time.
    limit
        Jobs to run before it ends; None for no limit.
    once
        Whether it ends as soon as no job is due.
    listeners
        Called with the snapshots of every job.
    tell
        Called with a sentence about each job that begins or ends.
    """

    def __init__(
        self,
        *,
        jobs: int = 1,
        limit: int | None = None,
        once: bool = False,
        listeners: tuple[Listener, ...] = (),
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._most, self._limit, self._once = jobs, limit, once
        self._listeners, self._tell = listeners, tell
        self._me = WorkerRecord()
        self._stopped, self._ended, self._freed = threading.Event(), threading.Event(), threading.Event()
        self._why = "its worker was stopped"
        self._lock = threading.Lock()
        self._running: dict[str, Job | None] = {}
        self._threads: list[threading.Thread] = []

    @property
    def id(self) -> str:
        """Id of the worker."""
        return self._me.worker_id

    def stop(self, why: str = "its worker was stopped") -> None:
        """Take no more jobs, and give those that run back to the queue after their current chunks."""
        self._why = why
        self._stopped.set()
        self._freed.set()
        with self._lock:
            jobs = [job for job in self._running.values() if job is not None]
        for job in jobs:
            job.interrupt(why)

    def run(self) -> int:
        """Run jobs until stopped, and return how many this worker began.

        Raises
        ------
        StoreError
            If the store cannot be reached when the worker starts.
        """
        open_store().queue.beat(self._me)
        beating = threading.Thread(target=self._beat, name="importer-worker-beat", daemon=True)
        beating.start()
        begun = 0
        try:
            while not self._stopped.is_set() and (self._limit is None or begun < self._limit):
                self._freed.clear()
                is_idle = not self._running
                if len(self._running) >= self._most:
                    self._freed.wait(IDLE_S)
                elif (claimed := self._claim()) is not None:
                    self._begin(claimed)
                    begun += 1
                elif self._once and is_idle:
                    break
                else:
                    open_store().queue.wait(IDLE_S, self._freed)
        except BaseException:
            self.stop("its worker was stopped by Ctrl-C")
            raise
        finally:
            if self._stopped.is_set():
                self.stop(self._why)  # A job may have begun since.
            for thread in self._threads:
                thread.join()
            self._ended.set()
            beating.join()
            with suppress(StoreError):
                open_store().queue.leave(self._me)
        return begun

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_S):
            with suppress(StoreError):  # Jobs go on without the store, and others take them over if it takes long.
                open_store().queue.beat(self._me)
                open_store().queue.bury()

    def _claim(self) -> Claimed | None:
        """The next job that is due; while the store is away, none is."""
        try:
            return open_store().queue.claim(self._me.worker_id)
        except StoreError as exc:
            self._tell(f"waiting for the store: {exc}")
            self._stopped.wait(1.0)
            return None

    def _begin(self, claimed: Claimed) -> None:
        """Run a claimed job in a thread of its own."""
        with self._lock:
            self._running[claimed.claim] = None
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._work, args=[claimed], name=f"importer-worker-{claimed.job_id[:8]}")
        self._threads.append(thread)
        thread.start()

    def _work(self, claimed: Claimed) -> None:
        """Run a claimed job to its end, or give it back."""
        try:
            self._settle(claimed, self._ran(claimed))
        except StoreError as exc:  # The claim lapses, and another worker sees to the job.
            self._tell(f"job {claimed.job_id[:8]}: {exc}")
        finally:
            with self._lock:
                del self._running[claimed.claim]
            self._freed.set()

    def _ran(self, claimed: Claimed) -> BaseException | State:
        """Run a claimed job, and return its last state, or the error that ended it."""
        store = open_store()
        try:
            record = store.job(claimed.job_id)
        except JobNotFoundError:  # It was deleted from the history.
            return State.CANCELLED
        if record.state in ENDED and not record.is_queued:
            return record.state
        if store.asked(claimed.job_id)[0] == "cancel":
            store.write(replace(record, state=State.CANCELLED, host=None, pid=None, process=None), is_new_run=True)
            return State.CANCELLED
        try:
            self._raise_for(claimed, record)
            job = self._planned(record)
        except ImporterError as exc:
            return self._failed(record, exc)
        with self._lock:
            self._running[claimed.claim] = job
        self._tell(f"job {record.short_id}: {record.label}, try {claimed.tries} of {claimed.most_tries}")
        if self._stopped.is_set():
            job.interrupt(self._why)
        job.start().wait()
        return job.progress.state if job.error is None else job.error

    def _raise_for(self, claimed: Claimed, record: JobRecord) -> None:
        """Do nothing if the job may be run.

        Raises
        ------
        ImporterError
            If somebody else wrote its record, it was tried too often, or the job before it did not succeed.
        """
        raise_if_not_own(record, "load", ("file", "into"), "which file is read and where the rows go")
        if claimed.tries > claimed.most_tries:
            raise GivenUpError(
                f"job {record.short_id} was begun {claimed.most_tries:,} times, and its worker died each time",
                facts={"job": record.job_id, "begun": claimed.most_tries},
                fixes=["see why in the system's log"],
            )
        if claimed.after is not None:
            _raise_for_earlier(claimed.after, record)

    def _planned(self, record: JobRecord) -> Job:
        """The job, as a new one if no row of it is known to be in the table."""
        begun = record if record.rows_read else replace(record, started_at=None)
        return plan_of(begun, listeners=self._listeners).job()

    def _failed(self, record: JobRecord, exc: ImporterError) -> ImporterError:
        """Write into the history that a job could not begin."""
        open_store().write(
            replace(
                record,
                state=State.FAILED,
                error=str(exc.message),
                message=exc.message.as_json() if isinstance(exc.message, Message) else None,
                host=self._me.host,
                pid=self._me.pid,
                process=self._me.process,
            ),
            is_new_run=True,
        )
        return exc

    def _settle(self, claimed: Claimed, ended: BaseException | State) -> None:
        """Take the job out of the queue, or give it back."""
        queue, name = open_store().queue, f"job {claimed.job_id[:8]}"
        if isinstance(ended, TakenOverError):
            self._tell(f"{name}: another worker has taken it over")
        elif ended is State.INTERRUPTED:
            queue.give_back(claimed, counts=False)
            self._tell(f"{name}: given back to the queue")
        elif isinstance(ended, AlreadyImportedError) and ended.is_live:
            queue.give_back(claimed, wait_s=BUSY_S, counts=False)
            self._tell(f"{name}: {ended}; it is tried again")
        elif isinstance(ended, DisconnectedError | LockedError) and claimed.tries < claimed.most_tries:
            wait_s = backoff_s(claimed.tries)
            queue.give_back(claimed, wait_s=wait_s)
            self._tell(f"{name}: {ended}; it is tried again in {wait_s:g} s")
        else:
            if isinstance(ended, DisconnectedError | LockedError | GivenUpError):
                _give_up(claimed, ended)
            if queue.end(claimed) and ended is State.SUCCEEDED:
                drop_upload(claimed.job_id)
            said = ended.value if isinstance(ended, State) else f"failed: {ended}"
            self._tell(f"{name}: {said}")


class GivenUpError(ResumeError):
    """A job was begun as often as it may be."""

    code = "job-given-up"


def _give_up(claimed: Claimed, ended: ImporterError) -> None:
    """Write into the history that nobody begins the job again unless told to."""
    store = open_store()
    record = store.job(claimed.job_id)
    before = "given up: " if isinstance(ended, GivenUpError) else f"given up after {claimed.most_tries - 1:,} retries: "
    again = Command("put it into the queue again", "retry", record.short_id)
    message = Message(before + ended.message.sentence, (*ended.message.fixes, again))
    given_up_at = record.finished_at or record.heard_at
    store.write(replace(record, error=message, message=message.as_json(), given_up_at=given_up_at))


def _raise_for_earlier(after: str, record: JobRecord) -> None:
    """Do nothing if the job that has to come first has succeeded."""
    try:
        earlier = open_store().job(after)
    except JobNotFoundError:
        said = f"job {after[:8]}, which is no longer in the history"
    else:
        if earlier.state is State.SUCCEEDED:
            return
        said = f"job {after[:8]}, which is {earlier.state.value}"
    raise ResumeError(
        f"job {record.short_id} was to run after {said}",
        code="job-before-failed",
        facts={"job": record.job_id, "after": after},
        fixes=[Command("resume that one, then this one", "resume", record.short_id)],
    )

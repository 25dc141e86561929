"""Jobs that wait for a worker, and the workers: `Queue`."""

# ruff: noqa: S608 - our own names

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.core import State, is_alive, process_mark
from importer.store._seal import owner_id
from importer.store._steps import JOBS, QUEUE, WORKERS

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from importer.store._database import Database

__all__ = ["RETRIES", "Claimed", "Queue", "Queued", "WorkerRecord", "backoff_s"]

RETRIES = 4
"""How often a job is begun again by default."""

LAPSE_S = 10.0
"""A worker that has been silent for this long has lost its jobs."""

FORGET_S = 3600.0
"""A worker that has been silent for this long is no longer listed."""

IS_MINE = f"NOT EXISTS (SELECT 1 FROM {JOBS} AS o WHERE o.job_id = q.job_id AND o.owner <> ?)"
"""Whether the job is not known to be another user's."""

BACKOFF_S, LONGEST_BACKOFF_S = 2.0, 300.0
"""First and longest wait before a job is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A job that waits for a worker, or that a worker runs.

    Attributes
    ----------
    job_id
        The job.
    priority
        Jobs with a higher one are run first.
    after
        The job that has to succeed before.
    tries, most_tries
        How often workers have begun it, and how often they may.
    """

    job_id: str
    priority: int = 0
    after: str | None = None
    tries: int = 0
    most_tries: int = 1 + RETRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed(Queued):
    """A job that this worker alone may run.

    Attributes
    ----------
    claim
        Tells this claim from earlier and later ones of the job.
    """

    claim: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRecord:
    """A worker, as the store knows it; `silent_s` is how long ago it gave a sign of life."""

    worker_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    process: str | None = field(default_factory=process_mark)
    silent_s: float = 0.0

    @property
    def is_alive(self) -> bool:
        """Whether it still runs, as far as can be told from here."""
        if self.silent_s >= LAPSE_S:
            return False
        return self.host != socket.gethostname() or is_alive(self.pid, self.process) is not False


class Queue:
    """The queue of one store. Every call is a transaction of its own, from any thread and process.

    A job is in the queue until it has ended. A worker that takes it claims it; a claim lapses when its worker has been
    silent for `LAPSE_S` by the clock of the store, and from then on every call of that worker for the job does nothing.
    The workers of a user take the jobs of this user alone, and no others are counted.
    Every method raises `StoreError` if the store cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, queued: Queued, *, is_again: bool = False) -> None:
        """Put a job into the queue, from which a worker takes it at once; one that is there stays as it is.

        Parameters
        ----------
        is_again
            Whether one that is there is that of a run which has ended, and begins anew.
        """
        now = self._database.now()
        anew = f"DO UPDATE SET worker = NULL, claim = NULL, tries = 0, due_at = {now}, most_tries = excluded.most_tries"
        self._database.run(
            f"INSERT INTO {QUEUE} (job_id, priority, after_job, tries, most_tries, queued_at, due_at) "
            f"VALUES (?, ?, ?, ?, ?, {now}, {now}) ON CONFLICT (job_id) {anew if is_again else 'DO NOTHING'}",
            [queued.job_id, queued.priority, queued.after, queued.tries, queued.most_tries],
        )
        self._database.notify()

    def claim(self, worker_id: str) -> Claimed | None:
        """The next job that is due, which this worker alone may run from now on; None if there is none."""
        claim, now = str(uuid.uuid4()), self._database.now()
        # A moment that lies further ahead than any wait is of a clock that was set back since.
        ahead = self._database.now(-LONGEST_BACKOFF_S)
        is_silent = f"(q.heard_at < {self._database.now(LAPSE_S)} OR q.heard_at > {ahead})"
        # The condition names no other table than the queue, so that it is seen to fail for a job just taken by another.
        is_free = f"(q.worker IS NULL OR {is_silent}) AND (q.due_at <= {now} OR q.due_at > {ahead})"
        found = self._database.run(
            f"UPDATE {QUEUE} SET worker = ?, claim = ?, heard_at = {now}, tries = tries + 1 WHERE job_id = ("
            f"SELECT q.job_id FROM {QUEUE} AS q WHERE {is_free} AND {IS_MINE} AND {self._is_after_all} "
            f"ORDER BY q.priority DESC, q.queued_at, q.job_id LIMIT 1 {self._database.skip_locked}"
            ") RETURNING job_id, priority, after_job, tries, most_tries",
            [worker_id, claim, owner_id() or ""],
        )
        if not found:
            return None
        [[job_id, priority, after, tries, most_tries]] = found
        return Claimed(job_id=job_id, priority=priority, after=after, tries=tries, most_tries=most_tries, claim=claim)

    @property
    def _is_after_all(self) -> str:
        """SQL for whether the job that this one waits for has ended, however that may be."""
        is_queued = f"SELECT 1 FROM {QUEUE} AS b WHERE b.job_id = q.after_job"
        is_going = f"SELECT 1 FROM {JOBS} AS a WHERE a.job_id = q.after_job AND a.state IN ({_ONGOING})"
        return f"(q.after_job IS NULL OR NOT (EXISTS ({is_queued}) OR EXISTS ({is_going})))"

    def end(self, claimed: Claimed) -> bool:
        """Take the job out of the queue, as it has ended; False if it is no longer this worker's."""
        is_mine = self._remove("job_id = ? AND claim = ?", [claimed.job_id, claimed.claim])
        self._database.notify()  # Others may wait for this one.
        return is_mine

    def give_back(self, claimed: Claimed, *, wait_s: float = 0.0, counts: bool = True) -> bool:
        """Let another worker take the job after so many seconds; False if it is no longer this worker's.

        Parameters
        ----------
        counts
            Whether this was one of the tries that the job has.
        """
        # The record first: from the moment when the job is free, it is another worker's.
        is_held = f"EXISTS (SELECT 1 FROM {QUEUE} WHERE job_id = ? AND claim = ?)"
        held = [claimed.job_id, claimed.claim]
        self._database.run(
            f"UPDATE {JOBS} SET state = '{State.PENDING.value}', host = NULL, pid = NULL, process = NULL, "
            f"finished_at = NULL, heard_at = {self._database.now()} WHERE job_id = ? AND {is_held}",
            [claimed.job_id, *held],
        )
        tries = "tries" if counts else "tries - 1"
        found = self._database.run(
            f"UPDATE {QUEUE} SET worker = NULL, claim = NULL, due_at = {self._database.now(-wait_s)}, tries = {tries} "
            "WHERE job_id = ? AND claim = ? RETURNING job_id",
            held,
        )
        self._database.notify()
        return bool(found)

    def withdraw(self, job_id: str) -> bool:
        """Take a job out of the queue that no worker runs, and mark it as cancelled; False if there is none."""
        if not self._remove("job_id = ? AND worker IS NULL", [job_id]):
            return False
        now = self._database.now()
        self._database.run(
            f"UPDATE {JOBS} SET state = '{State.CANCELLED.value}', finished_at = {now}, heard_at = {now} "
            "WHERE job_id = ?",
            [job_id],
        )
        return True

    def has(self, job_id: str) -> bool:
        """Whether the job waits for a worker, or is run by one."""
        return bool(self._database.run(f"SELECT 1 FROM {QUEUE} WHERE job_id = ?", [job_id]))

    def waiting(self) -> int:
        """Number of jobs that no worker has taken."""
        is_mine = f"worker IS NULL AND {IS_MINE}"
        [[count]] = self._database.run(f"SELECT count(*) FROM {QUEUE} AS q WHERE {is_mine}", [owner_id() or ""])
        return int(count)

    def counts(self) -> tuple[int, int]:
        """Numbers of jobs that no worker has taken, and of workers, which are not counted if none waits."""
        waiting = self.waiting()
        return waiting, len(self.workers()) if waiting else 0

    def beat(self, worker: WorkerRecord) -> None:
        """Give a sign of life of a worker, and of all that it has claimed."""
        now = self._database.now()
        self._database.run(
            f"INSERT INTO {WORKERS} (worker_id, host, pid, process, owner, started_at, heard_at) "
            f"VALUES (?, ?, ?, ?, ?, {now}, {now}) ON CONFLICT (worker_id) DO UPDATE SET heard_at = excluded.heard_at",
            [worker.worker_id, worker.host, worker.pid, worker.process, owner_id(makes_key=True)],
        )
        self._database.run(f"UPDATE {QUEUE} SET heard_at = {now} WHERE worker = ?", [worker.worker_id])

    def bury(self) -> None:
        """Free at once the jobs of workers of this machine whose processes have died."""
        for worker in self._known():
            if worker.host == socket.gethostname() and is_alive(worker.pid, worker.process) is False:
                self._database.run(
                    f"UPDATE {QUEUE} SET worker = NULL, claim = NULL WHERE worker = ?", [worker.worker_id]
                )
                self._database.run(f"DELETE FROM {WORKERS} WHERE worker_id = ?", [worker.worker_id])

    def leave(self, worker: WorkerRecord) -> None:
        """Remove a worker that ends, and those that ended without a word long ago."""
        self._database.run(
            f"DELETE FROM {WORKERS} WHERE worker_id = ? OR heard_at < {self._database.now(FORGET_S)}",
            [worker.worker_id],
        )

    def workers(self) -> list[WorkerRecord]:
        """The workers of this user that run."""
        return [worker for worker in self._known(" WHERE owner = ?", [owner_id()]) if worker.is_alive]

    def wait(self, seconds: float, stopped: threading.Event) -> None:
        """Wait for news of the queue, at most so long, or until this is set."""
        self._database.wait(seconds, stopped)

    def _known(self, where: str = "", values: Sequence[object] = ()) -> list[WorkerRecord]:
        silent_s = self._database.age_s("heard_at")
        rows = self._database.run(f"SELECT worker_id, host, pid, process, {silent_s} FROM {WORKERS}{where}", values)
        return [
            WorkerRecord(worker_id=worker_id, host=host, pid=int(pid), process=process, silent_s=float(silent_s))
            for worker_id, host, pid, process, silent_s in rows
        ]

    def _remove(self, where: str, values: list[object]) -> bool:
        return bool(self._database.run(f"DELETE FROM {QUEUE} WHERE {where} RETURNING job_id", values))


def backoff_s(tries: int) -> float:
    """Seconds to wait after so many tries.

    Examples
    --------
    >>> [backoff_s(tries) for tries in (1, 2, 3, 20)]
    [2.0, 4.0, 8.0, 300.0]
    """
    return min(BACKOFF_S * 2.0 ** (min(tries, 20) - 1), LONGEST_BACKOFF_S)


_ONGOING = ", ".join(repr(state.value) for state in State if not state.is_final or state is State.INTERRUPTED)
"""States of a job that may still succeed."""

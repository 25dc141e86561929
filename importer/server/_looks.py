"""One look at the store per tick for all who watch a job: `Looks`."""

from __future__ import annotations

import asyncio
import hashlib
import json
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core import State
from importer.errors import ImporterError, JobNotFoundError
from importer.server._as_json import job_as_json
from importer.store import open_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

__all__ = ["Event", "Looks", "Watched", "look"]

TICK_S = 0.25
"""Time between two looks."""

MAY_GO_ON = frozenset({State.FAILED, State.INTERRUPTED})
"""States in which a job may be in the queue once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One state of a job.

    Attributes
    ----------
    kind
        ``progress``, or as the last one ``complete`` or ``error``.
    data
        The job, as JSON.
    """

    kind: str
    data: str

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it."""
        return self.kind != "progress"

    @property
    def id(self) -> str:
        """The same for the same state, in any process."""
        return hashlib.blake2b(f"{self.kind} {self.data}".encode(), digest_size=8).hexdigest()

    def as_text(self) -> str:
        """The event as it is sent."""
        return f"event: {self.kind}\nid: {self.id}\ndata: {self.data}\n\n"


def look(job_id: str) -> Event:
    """The newest state of a job.

    Raises
    ------
    JobNotFoundError
        If there is no such job.
    StoreError
        If the store cannot be reached.
    """
    store = open_store()
    record = store.own_job(job_id)
    shown = job_as_json(record)
    if record.state in MAY_GO_ON and store.queue.has(record.job_id):
        shown |= {"is_final": False, "is_queued": True}
    kind = "progress"
    if shown["is_final"]:
        kind = "complete" if record.state is State.SUCCEEDED else "error"
    return Event(kind=kind, data=json.dumps(shown, ensure_ascii=False))


class Watched:
    """A job that somebody watches; every watcher sees the newest event, and may leave out those before."""

    def __init__(self) -> None:
        self.watchers = 0
        self.latest: Event | None = None
        self.task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    def show(self, event: Event) -> None:
        """Wake all watchers if there is something new."""
        if self.latest is None or event != self.latest:
            self.latest = event
            self._changed.set()
            self._changed = asyncio.Event()

    async def after(self, last_id: str | None, timeout_s: float) -> Event | None:
        """The newest event, as soon as it is another than the last one; None if none comes in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.latest is None or self.latest.id == last_id:
                    await self._changed.wait()
                return self.latest
        return None


class Looks:
    """The jobs that are watched, by their ids; made and used on the server's loop alone.

    Parameters
    ----------
    quickly
        Calls a function in another thread.
    """

    def __init__(self, quickly: Callable[[Callable[[], Event]], Awaitable[Event]]) -> None:
        self._quickly = quickly
        self._watched: dict[str, Watched] = {}

    @contextmanager
    def watching(self, job_id: str) -> Iterator[Watched]:
        """Watch a job, beside others who do."""
        watched = self._watched.setdefault(job_id, Watched())
        watched.watchers += 1
        if watched.task is None:
            watched.task = asyncio.get_running_loop().create_task(self._look(job_id, watched))
        try:
            yield watched
        finally:
            watched.watchers -= 1
            if not watched.watchers:
                watched.task.cancel()
                del self._watched[job_id]

    async def _look(self, job_id: str, watched: Watched) -> None:
        """Look again and again, until the job is over."""
        while watched.latest is None or not watched.latest.is_last:
            try:
                watched.show(await self._quickly(lambda: look(job_id)))
            except JobNotFoundError as exc:
                data = {"job_id": job_id, "state": None, "is_final": True, "error": str(exc)}
                watched.show(Event(kind="error", data=json.dumps(data)))
            except ImporterError:
                # The store may come back; meanwhile the watchers are told that the server lives.
                await asyncio.sleep(1.0)
            await asyncio.sleep(TICK_S)

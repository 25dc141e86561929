"""A job as Server-Sent Events: `Events`."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from tornado.iostream import StreamClosedError

from importer.server._call import call
from importer.server._handler import Handler, whole_id
from importer.store import open_store

if TYPE_CHECKING:
    from importer.server._looks import Watched

__all__ = ["Events"]

SILENT_S = 15.0
"""Longest silence on a connection, which a proxy might else close."""

BETWEEN_S = 0.25
"""Least time between two events."""

RETRY_MS = 1_000
"""How long a browser waits before it connects again."""


class Events(Handler):
    """Follow a job to its end."""

    _task: asyncio.Task[object] | None = None

    def on_connection_close(self) -> None:
        """Forget a watcher that has gone."""
        super().on_connection_close()
        if self._task is not None:
            self._task.cancel()

    @call(answers={"text/event-stream": None})
    async def get(self, job_id: str) -> None:
        """Send the newest state, then each change, until the job is over."""
        found = await self.service.quickly(lambda: open_store().own_job(whole_id(job_id)))
        last_id = self.request.headers.get("Last-Event-ID")
        with self.service.looks.watching(found.job_id) as watched:
            self._task = asyncio.current_task()
            try:
                await self._follow(watched, last_id)
            except (StreamClosedError, asyncio.CancelledError):
                if not self.request.connection.stream.closed():  # type: ignore[union-attr]
                    raise
            finally:
                self._task = None

    async def _follow(self, watched: Watched, last_id: str | None) -> None:
        event = await watched.after(None, SILENT_S)
        if event is not None and event.is_last and event.id == last_id:
            # The browser has seen the end, and need not connect again.
            self.set_status(HTTPStatus.NO_CONTENT)
            self.finish()
            return
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")
        self.write(f"retry: {RETRY_MS}\n\n")
        await self.flush()
        while True:
            event = await watched.after(last_id, SILENT_S)
            self.write(": still here\n\n" if event is None else event.as_text())
            await self.flush()
            if event is not None:
                last_id = event.id
                if event.is_last:
                    return
                await asyncio.sleep(BETWEEN_S)

"""What all requests of one server share: `Service`."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from importer.server._looks import Looks

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.server._places import Places
    from importer.server._worker_process import WorkerProcess

__all__ = ["Service"]

T = TypeVar("T")


class Service:
    """The places that requests may name, the worker, and threads for what blocks.

    Parameters
    ----------
    places
        Files and databases that a request may name.
    worker
        The process that imports.
    largest_upload
        Bytes of the largest file that may be sent.
    """

    def __init__(self, places: Places, worker: WorkerProcess, *, largest_upload: int) -> None:
        self.places, self.worker, self.largest_upload = places, worker, largest_upload
        self.looks = Looks(self.quickly)
        self.submitting = threading.Lock()
        # A long undo must not keep others from looking at their jobs.
        self._quick = ThreadPoolExecutor(4, thread_name_prefix="importer-server")
        self._slow = ThreadPoolExecutor(2, thread_name_prefix="importer-server-slow")

    async def quickly(self, call: Callable[[], T]) -> T:
        """Call what asks the store, outside the server's loop."""
        return await asyncio.get_running_loop().run_in_executor(self._quick, call)

    async def slowly(self, call: Callable[[], T]) -> T:
        """Call what may take minutes, outside the server's loop."""
        return await asyncio.get_running_loop().run_in_executor(self._slow, call)

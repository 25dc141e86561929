"""The worker that a server starts: `WorkerProcess`."""

from __future__ import annotations

import os
import subprocess  # nosec B404 - it starts our own module, in the list form
import sys
import threading
from contextlib import suppress

from importer.core import home, private_folder
from importer.store import open_store

__all__ = ["WorkerProcess"]

STOP_S = 10.0
"""Longest wait for a worker that is stopped; it ends after its current chunk in any case."""


class WorkerProcess:
    """Runs ``importer worker`` as a process of its own, so that an import does not slow the server down.

    Parameters
    ----------
    is_on
        Whether it is started at all.
    """

    def __init__(self, *, is_on: bool) -> None:
        self._is_on = is_on
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start_if_none(self) -> None:
        """Start it, unless any worker takes jobs from the store."""
        with self._lock:
            if not self._is_on or self._runs or open_store().queue.workers():
                return
            folder = private_folder(home().absolute())
            # With -P and another folder than the server's, no file of the user takes the place of a module.
            self._process = subprocess.Popen(  # nosec B603 - our own interpreter and fixed words
                [sys.executable, "-P", "-m", "importer", "worker"],
                cwd=folder,
                env=os.environ | {"IMPORTER_HOME": str(folder)},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Stop it: jobs that run go back to the queue after their current chunks."""
        with self._lock:
            self._is_on = False
            if self._process is not None and self._runs:
                self._process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(STOP_S)

    @property
    def _runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

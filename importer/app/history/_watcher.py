"""Notices what other processes write to the job store: `Watcher`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from importer.errors import ImporterError
from importer.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Watcher"]

POLL_S = 3.0
"""Time between two reads of a few numbers."""


class Watcher:
    """Calls back when the job store has changed, while the history is visible.

    Parameters
    ----------
    changed
        Called after a change, on a thread of its own.
    """

    def __init__(self, changed: Callable[[], object]) -> None:
        self._changed = changed
        self._is_over, self._is_visible = threading.Event(), threading.Event()
        self._is_visible.set()
        self._thread = threading.Thread(target=self._poll, name="importer-history-watcher", daemon=True)
        self._thread.start()

    def set_visible(self, *, is_visible: bool) -> None:
        """Poll, or rest while the page is hidden."""
        (self._is_visible.set if is_visible else self._is_visible.clear)()

    def close(self) -> None:
        """Stop polling."""
        self._is_over.set()
        self._is_visible.set()
        self._thread.join()

    def _poll(self) -> None:
        last = _newest()
        while not self._is_over.wait(POLL_S):
            self._is_visible.wait()
            if (now := _newest()) != last:
                last = now
                self._changed()


def _newest() -> tuple[object, ...] | None:
    """What differs from before if there is something new."""
    try:
        store = open_store()
        return store.newest(), store.queue.counts()
    except ImporterError:
        # The next read of the jobs reports it.
        return None

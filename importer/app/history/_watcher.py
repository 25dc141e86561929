"""What other processes write to the history, noticed while nothing else is looked at: `Watcher`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from importer.errors import ImporterError
from importer.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Watcher"]

LOOK_S = 3.0
"""Time between two looks, each of which reads two numbers."""


class Watcher:
    """Calls when the store is not as it was, where anybody sees it.

    Parameters
    ----------
    told
        Called then, on a thread of its own.
    """

    def __init__(self, told: Callable[[], object]) -> None:
        self._told = told
        self._is_over, self._is_seen = threading.Event(), threading.Event()
        self._is_seen.set()
        self._thread = threading.Thread(target=self._look, name="importer-history-news", daemon=True)
        self._thread.start()

    def seen(self, *, is_seen: bool) -> None:
        """Look, or rest while the page is hidden."""
        (self._is_seen.set if is_seen else self._is_seen.clear)()

    def close(self) -> None:
        """Look no more."""
        self._is_over.set()
        self._is_seen.set()
        self._thread.join()

    def _look(self) -> None:
        known = _newest()
        while not self._is_over.wait(LOOK_S):
            self._is_seen.wait()
            if (now := _newest()) != known:
                known = now
                self._told()


def _newest() -> tuple[int, str] | None:
    try:
        return open_store().newest()
    except ImporterError:
        # The next look at the jobs says so.
        return None

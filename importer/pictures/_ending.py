"""When fetching has to end, however many want it to: `Ending`."""

from __future__ import annotations

import threading
import time

__all__ = ["Ending"]

LISTEN_S = 0.1
"""Longest single wait, after which all are asked again."""


class Ending:
    """Set once `set` was called, or an event of somebody else is set.

    Parameters
    ----------
    other
        The event of somebody else; None for none.
    """

    def __init__(self, other: threading.Event | None = None) -> None:
        self._own, self._other = threading.Event(), other

    def set(self) -> None:
        """End."""
        self._own.set()

    def is_set(self) -> bool:
        """Whether it has to end."""
        return self._own.is_set() or (self._other is not None and self._other.is_set())

    def wait(self, seconds: float) -> bool:
        """Wait, and return whether it has to end."""
        until = time.monotonic() + seconds
        while not self.is_set() and (left := until - time.monotonic()) > 0:
            self._own.wait(min(left, LISTEN_S))
        return self.is_set()

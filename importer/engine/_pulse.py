"""The heartbeat of operations that are listened to: what was said last is told even if nothing follows."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol

__all__ = ["beat"]

BEAT_S = 0.25
"""How often it looks."""


class Beating(Protocol):
    """A running operation."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        ...

    def pulse(self) -> None:
        """Tell what is new."""
        ...


class _Pulse:
    """One thread for all operations of the process, which ends with the last of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: weakref.WeakSet[Beating] = weakref.WeakSet()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def add(self, operation: Beating) -> None:
        with self._lock:
            self._running.add(operation)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="importer-pulse", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._ended.wait(BEAT_S)  # It is never set: a wait that Python's end can leave.
            with self._lock:
                running = [one for one in self._running if not one.is_over]
                self._running = weakref.WeakSet(running)
                if not running:
                    self._thread = None
                    return
            for one in running:
                one.pulse()
            del running


_PULSE = _Pulse()


def beat(operation: Beating) -> None:
    """Have the operation told of the time, until it is over."""
    _PULSE.add(operation)


def _begin_anew() -> None:
    _PULSE.__init__()  # type: ignore[misc]  # the thread stays in the parent


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)

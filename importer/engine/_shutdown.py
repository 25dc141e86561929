"""What becomes of the jobs at work when Python ends: each finishes its chunk, and says that it was interrupted."""

from __future__ import annotations

import atexit
import os
import time
import weakref
from typing import Protocol

__all__ = ["LIVE"]

LEAVE_S = 4.0
"""Longest wait, as Python ends, for the chunk at hand; Jupyter kills a kernel after five seconds."""


class Interruptible(Protocol):
    """A job at work."""

    def interrupt(self) -> object:
        """Stop after the chunk in hand, to be resumed later."""
        ...

    def wait(self, timeout_s: float, /) -> object:
        """Wait for the end."""
        ...


LIVE: weakref.WeakSet[Interruptible] = weakref.WeakSet()
"""The jobs at work."""


@atexit.register
def _leave() -> None:
    jobs = tuple(LIVE)
    for job in jobs:
        job.interrupt()
    ends_at = time.monotonic() + LEAVE_S
    for job in jobs:
        job.wait(max(0.0, ends_at - time.monotonic()))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=LIVE.clear)  # Their threads stay in the parent.

"""The end of Python: running jobs finish their current chunk and end as interrupted, and are told."""

from __future__ import annotations

import atexit
import os
import time
import weakref
from typing import Protocol

from importer.listeners import wait_until_sent

# What is registered first ends last: the store is open until the end of every job is in it.
from importer.store import open_store  # noqa: F401

__all__ = ["LIVE", "is_shutdown"]

SHUTDOWN_S = 4.0
"""Longest wait for the current chunks; Jupyter kills a kernel after five seconds."""

SENT_S = 10.0
"""Longest wait for what listeners tell of the jobs that ended."""


class Interruptible(Protocol):
    """A running job."""

    def interrupt(self) -> object:
        """Stop after the current chunk, to be resumed later."""
        ...

    def wait(self, timeout_s: float, /) -> object:
        """Wait for the end."""
        ...


LIVE: weakref.WeakSet[Interruptible] = weakref.WeakSet()
"""The running jobs."""


@atexit.register
def _interrupt_all() -> None:
    jobs = tuple(LIVE)
    for job in jobs:
        job.interrupt()
    ends_at = time.monotonic() + SHUTDOWN_S
    for job in jobs:
        job.wait(max(0.0, ends_at - time.monotonic()))
    wait_until_sent(SENT_S)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=LIVE.clear)  # Their threads stay in the parent.


def is_shutdown(exc: BaseException) -> bool:
    """Whether a thread pool refuses work because Python ends; its message is all that tells it from other errors.

    Examples
    --------
    >>> is_shutdown(RuntimeError("cannot schedule new futures after interpreter shutdown"))
    True
    """
    return isinstance(exc, RuntimeError) and str(exc).endswith("shutdown")

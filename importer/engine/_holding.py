"""The lock on a table, for as long as a job works on it: `holding`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.sinks import Held, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.sinks import TableLock

__all__ = ["holding"]


@contextmanager
def holding(  # noqa: PLR0913 - all but two by keyword
    lock: TableLock,
    table: str,
    *,
    limit_s: float,
    clock: Callable[[], float],
    is_stopped: Callable[[], bool],
    wait: Callable[[str], object],
    begin: Callable[[], object],
) -> Iterator[None]:
    """Wait until no other job writes to the table, and hold its lock while inside.

    Parameters
    ----------
    limit_s, clock
        The longest wait, and the time.
    is_stopped
        Ends the wait.
    wait, begin
        Called with whom the job waits for, and once it need not wait.

    Raises
    ------
    LockedError
        If the wait is over.
    """
    began_at, gave_up = clock(), False

    def holder() -> str:
        known = lock.holder() if isinstance(lock, Held) else None
        return f"another job that writes to {table!r}" + (f" ({known})" if known else "")

    def is_over() -> bool:
        nonlocal gave_up
        gave_up = clock() - began_at >= limit_s
        return gave_up or is_stopped()

    lock.acquire(is_over=is_over, wait=lambda: wait(f"waiting for {holder()}"))
    if gave_up:
        who = holder()
        lock.release()
        raise locked(f"the table {table!r}", who, limit_s)
    try:
        begin()
        yield
    finally:
        lock.release()

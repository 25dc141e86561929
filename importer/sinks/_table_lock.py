"""One job at a time for each table, whatever process it is in: `Turn`, made by `turn_of`."""

from __future__ import annotations

import hashlib
import warnings
from typing import TYPE_CHECKING, Protocol

import filelock

from importer.core import home, located, parsed
from importer.errors import StoreWarning
from importer.sinks._postgres_lock import PostgresTurn

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

__all__ = ["Turn", "turn_of"]

LOOK_S = 0.1


class Turn(Protocol):
    """A place in the queue of the jobs that write to the same table."""

    def take(self, *, is_over: Callable[[], bool], wait: Callable[[], object]) -> None:
        """Hold the turn; call `wait` where others come first, and give up once `is_over`."""
        ...

    def keep(self) -> None:
        """Hold the turn still, once the database was away; raise `DisconnectedError` where that cannot be yet."""
        ...

    def release(self) -> None:
        """Let the next one come."""
        ...


def turn_of(into: str | os.PathLike[str], table: str) -> Turn:
    """The queue for a table: in PostgreSQL the server's, for a file one of this host's."""
    kind, place = parsed(into)
    return PostgresTurn(place, table) if kind == "postgresql" else FileTurn(located(into), table)


class FileTurn:
    """A place in the queue of the jobs of this host.

    Held through a lock on a file, which the system lets go of when a process dies.

    Parameters
    ----------
    target, table
        Where the job writes.
    """

    def __init__(self, target: str, table: str) -> None:
        name = hashlib.sha256(f"{target}\n{table.casefold()}".encode()).hexdigest()[:24]
        self._path = home() / "locks" / f"{name}.lock"
        self._lock = filelock.FileLock(self._path)

    def take(self, *, is_over: Callable[[], bool], wait: Callable[[], object]) -> None:
        """Hold the turn; call `wait` where others come first, and give up once `is_over`."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._is_taken(0.0):
                return
            wait()
            while not is_over() and not self._is_taken(LOOK_S):
                pass
        except OSError as exc:
            warnings.warn(
                f"the import goes on, but not in turn with others into the same table: {exc}. Free the folder "
                f"{str(self._path.parent)!r}, or name another one in IMPORTER_HOME",
                StoreWarning,
                stacklevel=2,
            )

    def keep(self) -> None:
        """Nothing: what is held here does not go away with the database."""

    def release(self) -> None:
        """Let the next one come."""
        self._lock.release()

    def _is_taken(self, timeout_s: float) -> bool:
        try:
            self._lock.acquire(timeout=timeout_s, poll_interval=LOOK_S / 4)
        except filelock.Timeout:
            return False
        return True

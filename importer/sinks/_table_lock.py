"""One job at a time for each table: `TableLock`, and the one for files of this host."""

from __future__ import annotations

import hashlib
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import filelock

from importer.core import home, private_file, private_folder, written_beside
from importer.errors import DisconnectedError, StoreWarning

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["FileTableLock", "Lockable", "TableLock"]

RETRY_S = 0.1


class TableLock(Protocol):
    """A lock on a table, held by the job that writes to it.

    An earlier run of the same job does not block a later one: it can only be a frozen one that has lost the
    job, and the job's `Claim` keeps it from writing.
    """

    def acquire(self, *, is_over: Callable[[], bool], wait: Callable[[], object]) -> None:
        """Hold the lock; call `wait` if another job holds it, and give up once `is_over`."""
        ...

    def keep(self) -> None:
        """Check after a lost connection that the lock is still held, else take it again.

        Raises
        ------
        DisconnectedError
            If that is not possible yet.
        """
        ...

    def release(self) -> None:
        """Let the next job in."""
        ...


@runtime_checkable
class Lockable(Protocol):
    """A sink whose table can be locked."""

    def lock(self, table: str, job_id: str) -> TableLock:
        """The lock on a table for a job."""
        ...


class FileTableLock:
    """A lock among the jobs of this host: on a file, which the system unlocks when a process dies.

    Parameters
    ----------
    target, table
        Where the job writes.
    job_id
        The job.
    """

    def __init__(self, target: str, table: str, job_id: str) -> None:
        name = hashlib.sha256(f"{target}\n{table.casefold()}".encode()).hexdigest()[:24]
        self._path = home() / "locks" / f"{name}.lock"
        self._job_id = job_id
        self._lock = filelock.FileLock(self._path)

    def acquire(self, *, is_over: Callable[[], bool], wait: Callable[[], object]) -> None:
        """Hold the lock; call `wait` if another job holds it, and give up once `is_over`."""
        try:
            private_folder(self._path.parent)
            private_file(self._path)
            if self._try(0.0):
                return
            wait()
            while not is_over() and not self._try(RETRY_S):
                pass
        except OSError as exc:
            warnings.warn(
                f"the import goes on, but without a lock on its table: {exc}. Free the folder "
                f"{str(self._path.parent)!r}, or name another one in IMPORTER_HOME",
                StoreWarning,
                stacklevel=2,
            )

    def keep(self) -> None:
        """Take the lock once an earlier run of the job has let go of it.

        Raises
        ------
        DisconnectedError
            If another job took it meanwhile.
        """
        if self._lock.is_locked:
            return
        with suppress(OSError):  # `acquire` has warned of it.
            if not self._try(0.0):
                raise DisconnectedError(
                    "another job writes to the table meanwhile", code="table-locked", fixes=["wait for it"]
                )

    def release(self) -> None:
        """Let the next job in."""
        if self._lock.is_locked:
            self._holder.unlink(missing_ok=True)
        self._lock.release()

    def _try(self, timeout_s: float) -> bool:
        try:
            self._lock.acquire(timeout=timeout_s, poll_interval=RETRY_S / 4)
        except filelock.Timeout:
            return self._is_held_by_this_job()
        with written_beside(self._holder, is_private=True) as out:
            out.write(self._job_id.encode())
        return True

    def _is_held_by_this_job(self) -> bool:
        try:
            return self._holder.read_text() == self._job_id
        except OSError:
            return False

    @property
    def _holder(self) -> Path:
        return self._path.with_suffix(".job")

"""One job at a time for each table: `TableLock`, and the one for files of this host."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import socket
import warnings
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import filelock

from importer.core import home, private_file, private_folder, written_beside
from importer.errors import DisconnectedError, StoreWarning
from importer.sinks._patience import holder_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.sinks._patience import Patience

__all__ = ["FileTableLock", "Held", "Lockable", "Patient", "TableLock"]

RETRY_S = 0.1

MOST_BYTES = 4_096
"""How much is read of what a holder says of itself."""


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
class Held(Protocol):
    """A lock that can tell who holds it."""

    def holder(self) -> str | None:
        """Who it is, in words; None if nobody knows."""
        ...


@runtime_checkable
class Patient(Protocol):
    """A sink that waits for what somebody else holds."""

    def wait_with(self, patience: Patience) -> None:
        """Wait as patiently as this."""
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
        key = json.dumps(["importer", "table", target, table.casefold()])
        name = hashlib.sha256(key.encode()).hexdigest()[:24]
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
            # Programs of this user read it, and so may others have written it.
            out.write(json.dumps(_self() | {"job": self._job_id}).encode())
        return True

    def _is_held_by_this_job(self) -> bool:
        return self._holder_facts().get("job") == self._job_id

    def holder(self) -> str | None:
        """The process that holds the lock, as it says of itself."""
        facts = {name: value for name, value in self._holder_facts().items() if name in _self()}
        return holder_of(facts, "") or None

    def _holder_facts(self) -> dict[str, Any]:
        try:
            with self._holder.open("rb") as file:
                facts = json.loads(file.read(MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        return facts if isinstance(facts, dict) else {}

    @property
    def _holder(self) -> Path:
        return self._path.with_suffix(".job")


def _self() -> dict[str, Any]:
    """What this process says of itself to those who wait for it."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # An account without a name.
        user = ""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return {"process": os.getpid(), "user": user, "host": socket.gethostname(), "since": now}

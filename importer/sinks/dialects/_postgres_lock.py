"""The lock on a table of a PostgreSQL database, held by the server: `PostgresTableLock`."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg

from importer.errors import DisconnectedError
from importer.sinks._patience import holder_of
from importer.sinks.dialects._postgres_connection import connected

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.errors import SinkError
    from importer.sinks._patience import Patience

__all__ = ["PostgresTableLock"]

RETRY_S = 0.25

# Two URLs may name one table; its schema and name in the database do not differ.
KEY_OF_TABLE = "json_build_array('importer', 'table', current_database(), current_schema(), %(table)s::text)::text"
KEY_OF_JOB = "json_build_array('importer', 'job', %(job)s::text)::text"
TABLE = f"hashtextextended({KEY_OF_TABLE}, 0)"
JOB = f"hashtextextended({KEY_OF_JOB}, 0)"

TRY = f"SELECT pg_try_advisory_lock({TABLE})"
SHARE = f"SELECT pg_backend_pid(), pg_advisory_lock_shared({JOB})"

# An advisory lock's 64-bit key is shown in two halves.
HELD = (
    "locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
KEY = "((classid::bigint << 32) | objid::bigint)"
HOLDER = (
    "SELECT a.pid, a.usename::text, a.application_name, host(a.client_addr), "
    "to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS \"UTC\"') "
    f"FROM pg_locks JOIN pg_stat_activity a USING (pid) WHERE {HELD} AND objsubid = 1 "
    f"AND mode = 'ExclusiveLock' AND {KEY} = {TABLE}"
)
NAMED = ("process", "user", "application", "host", "since")

END_EARLIER_RUNS = (
    f"SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE {HELD} AND objsubid = 1 "
    f"AND mode = 'ShareLock' AND {KEY} = {JOB} AND pid <> pg_backend_pid()"
)
END_LOST = f"{END_EARLIER_RUNS} AND pid = ANY (%(lost)s)"


class PostgresTableLock:
    """An advisory lock on a connection of its own, which the server unlocks when the connection ends.

    Each connection of a job also shares a lock on the job's id. A later run of the same job finds the
    connections of the earlier run by it and ends them.

    Parameters
    ----------
    url, table
        Where the job writes.
    job_id
        The job.
    failed
        Turns an error of the driver into one in words.
    patience
        How long to wait for an answer.
    """

    def __init__(
        self,
        url: str,
        table: str,
        job_id: str,
        *,
        failed: Callable[[Exception], SinkError],
        patience: Callable[[], Patience],
    ) -> None:
        self._url = url
        self._names = {"table": table, "job": job_id}
        self._failed = failed
        self._patience = patience
        self._connection: psycopg.Connection[Any] | None = None
        self._shared: list[tuple[psycopg.Connection[Any], int]] = []

    def acquire(self, *, is_over: Callable[[], bool], wait: Callable[[], object]) -> None:
        """Hold the lock; call `wait` if another job holds it, and give up once `is_over`.

        Raises
        ------
        SinkError
            If the server cannot be reached at first. Once it was, a lost connection is made again.
        """
        self._end_earlier_runs()
        if self._try():
            return
        wait()
        while not is_over():
            with suppress(DisconnectedError):
                if self._try():
                    return
            time.sleep(RETRY_S)

    def keep(self) -> None:
        """Check that the lock is still held, else take it again.

        Raises
        ------
        DisconnectedError
            If another job took it meanwhile, or the server cannot be reached.
        """
        if self._is_alive():
            return
        self.release()
        if not self._try():
            self.release()
            raise DisconnectedError(
                f"another job writes to {self._names['table']!r} meanwhile", code="table-locked", fixes=["wait for it"]
            )

    def release(self) -> None:
        """Let the next job in."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def holder(self) -> str | None:
        """The connection that holds the lock."""
        try:
            rows = self._connected().execute(HOLDER.encode(), self._names).fetchall()
        except (psycopg.Error, UnicodeError):
            return None
        return holder_of(dict(zip(NAMED, rows[0], strict=True)), "") if rows else None

    def share(self, connection: psycopg.Connection[Any]) -> None:
        """Mark a connection as one of this job."""
        # The server may not know yet that a connection is lost, and keep what it held.
        lost = [pid for earlier, pid in self._shared if earlier.closed]
        if lost:
            connection.execute(END_LOST.encode(), self._names | {"lost": lost})
        [[pid, _]] = connection.execute(SHARE.encode(), self._names).fetchall()
        self._shared = [(earlier, known) for earlier, known in self._shared if not earlier.closed]
        self._shared.append((connection, pid))

    def _end_earlier_runs(self) -> None:
        """End what is left of earlier runs of this job, frozen ones among them."""
        try:
            connection = self._connected()
            with suppress(psycopg.errors.InsufficientPrivilege):
                connection.execute(END_EARLIER_RUNS.encode(), self._names)
            self.share(connection)
        except psycopg.Error as exc:
            raise self._failed(exc) from exc

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            self._connection = connected(self._url, self._patience)
        return self._connection

    def _is_alive(self) -> bool:
        """Whether the connection is the one that holds the lock."""
        try:
            return self._connection is not None and self._connection.execute("SELECT").rowcount == 1
        except psycopg.Error:
            return False

    def _try(self) -> bool:
        """Try once, on a new connection if there is none.

        Raises
        ------
        DisconnectedError
            If the server cannot be reached.
        """
        is_new = self._connection is None
        try:
            connection = self._connected()
            if is_new:
                self.share(connection)
            [[is_held]] = connection.execute(TRY.encode(), self._names).fetchall()
        except (psycopg.Error, UnicodeError) as exc:
            self.release()
            raise DisconnectedError(str(exc).strip().partition("\n")[0]) from exc
        return bool(is_held)

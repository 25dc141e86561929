"""A store in PostgreSQL: `PostgresDatabase`."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from importer.core import masked, parsed, scrub
from importer.errors import SinkError, StoreError
from importer.store._steps import STEPS, raise_if_newer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["PostgresDatabase"]

DEFAULTS = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""What the URL may set otherwise: how soon a server that fell silent is given up."""

CHANNEL = "importer_queue"

LISTEN_S = 0.5
"""How soon somebody who waits for news notices that he is to stop."""

STALE = {"42P01", "42703", "3F000"}
"""Codes of errors that say that the tables are not what they were when the connection was made."""


class PostgresDatabase:
    """Tables in PostgreSQL, over one connection, which is made again once it is lost.

    Tables are checked when a connection is made. Every statement commits by itself.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._connection: Any = None
        self._listening: Any = None
        _MADE.add(self)

    @property
    def label(self) -> str:
        """URL without its password."""
        return masked(self._url)

    @property
    def is_shared(self) -> bool:
        """Whoever has its URL uses it."""
        return True

    def now(self, ago_s: float = 0.0) -> str:
        """SQL for a moment by the clock of the server."""
        moment = f"(clock_timestamp() - make_interval(secs => {ago_s:.3f})) AT TIME ZONE 'UTC'"
        return f"""to_char({moment}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"')"""

    def age_s(self, column: str) -> str:
        """SQL for how many seconds ago a moment was."""
        return f"extract(epoch FROM clock_timestamp() - {column}::timestamptz)"

    @property
    def skip_locked(self) -> str:
        """What leaves out rows that another transaction is just taking."""
        return "FOR UPDATE OF q SKIP LOCKED"

    def notify(self) -> None:
        """Wake the workers."""
        self.run(f"NOTIFY {CHANNEL}")

    def wait(self, seconds: float, stopped: threading.Event) -> None:
        """Wait for `notify`, over a connection of its own, which is made again once it is lost."""
        import psycopg

        try:
            if self._listening is None or self._listening.closed:
                self._listening = self._connected(psycopg.connect)
                self._listening.execute(f"LISTEN {CHANNEL}")
                return  # There may have been news before.
            ends_at = monotonic() + seconds
            while not stopped.is_set() and (left_s := ends_at - monotonic()) > 0:
                if any(True for _ in self._listening.notifies(timeout=min(left_s, LISTEN_S), stop_after=1)):
                    return
        except (psycopg.Error, SinkError):
            self._listening = None
            stopped.wait(min(seconds, LISTEN_S))

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Run a statement; one that a lost connection or changed tables made fail is run again over a new one.

        Raises
        ------
        StoreError
            If the server cannot be reached, or its tables are newer than the package.
        """
        try:
            import psycopg
        except ImportError as exc:
            raise StoreError(
                f"IMPORTER_STORE is in PostgreSQL: {exc}",
                code="package-missing",
                facts={"error": str(exc)},
                fixes=["install notebook-importer[postgres]"],
            ) from exc
        with self._lock:
            try:
                if self._connection is not None:
                    try:
                        return self._execute(sql, values)
                    except psycopg.Error as exc:
                        if not (self._connection.closed or exc.sqlstate in STALE):
                            raise
                        self._close()
                self._connect(psycopg.connect)
                return self._execute(sql, values)
            except (psycopg.Error, UnicodeError, SinkError) as exc:
                self._close()
                text = (str(exc).strip() or type(exc).__name__).splitlines()[0]
                raise StoreError(
                    f"the history of jobs in {self.label} cannot be reached: {text}",
                    facts={"store": self.label, "error": text},
                    fixes=["check the server and IMPORTER_STORE"],
                ) from exc
            except BaseException:
                self._close()
                raise

    def delete(self, table: str, column: str, where: str, values: Sequence[Any]) -> list[str]:
        """Delete rows, and return what they had in a column."""
        return [name for (name,) in self.run(f"DELETE FROM {table} WHERE {where} RETURNING {column}", values)]  # noqa: S608

    def shrink(self, table: str) -> None:
        """Let the server use the space of deleted rows again."""
        with suppress(StoreError):
            self.run(f"VACUUM (SKIP_LOCKED) {table}")

    def _execute(self, sql: str, values: Sequence[Any]) -> list[Any]:
        cursor = self._connection.execute(sql.replace("?", "%s"), values)
        return [] if cursor.description is None else list(cursor.fetchall())

    def _connect(self, connect: Callable[..., Any]) -> None:
        self._connection = self._connected(connect)
        self._migrate()

    def _connected(self, connect: Callable[..., Any]) -> Any:  # noqa: ANN401 - a driver's connection
        from psycopg.conninfo import conninfo_to_dict

        if parsed(self._url)[0] != "postgresql":
            raise SinkError(f"{self.label!r} names no PostgreSQL database", fixes=["write a URL: postgresql://…"])
        try:
            return connect(**DEFAULTS | conninfo_to_dict(self._url), autocommit=True)
        except Exception as exc:
            scrub(exc, self._url)
            raise

    def _migrate(self) -> None:
        """Take the steps that the tables lack, one process at a time."""
        run = self._connection.execute
        with self._connection.transaction():
            run("SELECT pg_advisory_xact_lock(hashtext('importer_store'))")
            run("CREATE TABLE IF NOT EXISTS importer_store (steps INTEGER NOT NULL)")
            taken = next((steps for (steps,) in run("SELECT steps FROM importer_store").fetchall()), 0)
            raise_if_newer(taken, self.label)
            if taken < len(STEPS):
                for step in STEPS[taken:]:
                    run(step)
                run("DELETE FROM importer_store")
                run("INSERT INTO importer_store VALUES (%s)", [len(STEPS)])

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """End both connections."""
        self._close()
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def leave_to_parent(self) -> None:
        """Give up the connection unclosed after a fork: closing it here would close it for the parent too."""
        self._lock = threading.Lock()
        _OF_PARENT.extend([self._connection, self._listening])
        self._connection = self._listening = None

    def __del__(self) -> None:
        self.close()


_MADE: weakref.WeakSet[PostgresDatabase] = weakref.WeakSet()
_OF_PARENT: list[Any] = []


@atexit.register
def _close_all() -> None:
    for database in tuple(_MADE):
        database.close()


def _after_fork() -> None:
    for database in tuple(_MADE):
        database.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

"""One job at a time for each table of a PostgreSQL database, whatever host it is on: `PostgresTurn`."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from importer.errors import DisconnectedError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PostgresTurn"]

LOOK_S = 0.25

# Two URLs may name one table; its schema and name in the database do not differ.
TAKE = "SELECT pg_try_advisory_lock(hashtextextended(concat('importer ', current_schema(), '.', %s::text), 0))"


class PostgresTurn:
    """A place in the queue of the jobs that write to the same table.

    Held through an advisory lock on a connection of its own, which the server lets go of when the
    connection ends.

    Parameters
    ----------
    url, table
        Where the job writes.
    """

    def __init__(self, url: str, table: str) -> None:
        self._url, self._table = url, table
        self._connection: Any = None

    def take(self, *, is_over: Callable[[], bool], wait: Callable[[], object]) -> None:
        """Hold the turn; call `wait` where others come first, and give up once `is_over`."""
        with suppress(DisconnectedError, ImportError):  # The sink meets the same, and says so.
            if self._is_taken():
                return
            wait()
            while not is_over() and not self._is_taken():
                time.sleep(LOOK_S)

    def keep(self) -> None:
        """Hold the turn still, once the server was away.

        Raises
        ------
        DisconnectedError
            Where another job took it meanwhile, or the server is still away.
        """
        if self._is_alive():
            return
        self.release()
        if not self._is_taken():
            self.release()
            raise DisconnectedError(f"another job writes to {self._table!r} meanwhile. Wait for it")

    def release(self) -> None:
        """Let the next one come."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _is_alive(self) -> bool:
        """Whether the connection is the one that holds it."""
        import psycopg

        try:
            return self._connection is not None and self._connection.execute("SELECT").rowcount == 1
        except psycopg.Error:
            return False

    def _is_taken(self) -> bool:
        """Whether the turn could be had."""
        import psycopg

        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, connect_timeout=10, autocommit=True)
            [[is_taken]] = self._connection.execute(TAKE, [self._table]).fetchall()
        except (psycopg.Error, UnicodeError) as exc:
            self.release()
            raise DisconnectedError(str(exc).strip().partition("\n")[0]) from exc
        return bool(is_taken)

"""A store in a SQLite file: `SqliteDatabase`."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager, suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from importer.core import private_file, private_folder
from importer.errors import StoreError
from importer.store._steps import STEPS, raise_if_newer

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["SqliteDatabase"]

BUSY_S = 2.0
"""Longest wait for another process that writes."""

RETRY_S = 0.01

LOOK_S = 0.3
"""How often somebody who waits for news looks for them."""

WORTH_SHARE = 0.25
"""A file of which a greater share is free is written anew."""


class SqliteDatabase:
    """A SQLite file, opened for each statement.

    A file that stays open survives its own deletion, and may take the log of the file that replaces it along when
    it is closed. Opening takes a fraction of a millisecond, and finds what is there now.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def label(self) -> str:
        """The file."""
        return str(self._path)

    @property
    def is_shared(self) -> bool:
        """The file is one user's."""
        return False

    def now(self, ago_s: float = 0.0) -> str:
        """SQL for a moment by the clock of this machine."""
        return f"strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '{-ago_s:+.3f} seconds')"

    def age_s(self, column: str) -> str:
        """SQL for how many seconds ago a moment was."""
        return f"(julianday('now') - julianday({column})) * 86400.0"

    @property
    def skip_locked(self) -> str:
        """Nothing: one process at a time writes."""
        return ""

    def notify(self) -> None:
        """Do nothing: a file tells nobody."""

    def wait(self, seconds: float, stopped: threading.Event) -> None:
        """Wait a moment."""
        stopped.wait(min(seconds, LOOK_S))

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Run a statement.

        Raises
        ------
        StoreError
            If the file is locked, read-only, damaged, or newer than the package.
        """
        with self._opened() as connection:
            return connection.execute(sql, values).fetchall()

    def delete(self, table: str, column: str, where: str, values: Sequence[Any]) -> list[str]:
        """Delete rows, and return what they had in a column."""
        with self._opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            found = connection.execute(f"SELECT {column} FROM {table} WHERE {where}", values).fetchall()  # noqa: S608
            connection.execute(f"DELETE FROM {table} WHERE {where}", values)  # noqa: S608
            connection.execute("COMMIT")
        return [name for (name,) in found]

    def shrink(self, table: str) -> None:  # noqa: ARG002 - it is the file that shrinks
        """Write the file anew if much of it is free, unless others use it right now."""
        with suppress(StoreError), self._opened() as connection:
            [[free], [pages]] = (
                connection.execute(f"PRAGMA {name}").fetchone() for name in ("freelist_count", "page_count")
            )
            # Others wait while the file is written.
            if free > pages * WORTH_SHARE:
                connection.execute("VACUUM")

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self._close_to_others()
            with closing(sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)) as connection:
                # Text that is no UTF-8 makes one record unreadable, not all of them.
                connection.text_factory = lambda octets: octets.decode(errors="surrogateescape")
                _migrate(connection, self.label)
                yield connection
        except (sqlite3.Error, OSError) as exc:
            raise StoreError(
                f"the history of jobs in {self.label} cannot be opened: {exc}",
                facts={"store": self.label, "error": str(exc)},
                fixes=["free the file or its disk", "name another folder in IMPORTER_HOME"],
            ) from exc

    def _close_to_others(self) -> None:
        """Have the folder and the file, with its log, be this user's alone; SQLite gives the log the file's mode."""
        private_folder(self._path.parent)
        private_file(self._path)
        for suffix in ("-wal", "-shm"):
            if (log := self._path.with_name(self._path.name + suffix)).exists():
                private_file(log)


def _migrate(connection: sqlite3.Connection, label: str) -> None:
    """Take the steps that the file lacks."""
    connection.execute("PRAGMA synchronous = NORMAL")
    if _version(connection) == len(STEPS):
        return
    _write_ahead(connection)
    connection.execute("BEGIN IMMEDIATE")
    taken = _version(connection)  # Another process may have been faster.
    raise_if_newer(taken, label)
    for step in STEPS[taken:]:
        connection.execute(step)
    connection.execute(f"PRAGMA user_version = {len(STEPS)}")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let others read while one writes; SQLite itself does not wait for another process that asks the same."""
    ends_at = monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() >= ends_at:
                raise
            sleep(RETRY_S)

"""The two databases that a store can be in: a SQLite file, PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Protocol

from importer.core import masked
from importer.errors import StoreError
from importer.store._steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Database", "PostgresDatabase", "SqliteDatabase"]

BUSY_S = 2.0
"""Longest wait for another process that writes; a job's own history can wait no longer."""

AGAIN_S = 0.01


class Database(Protocol):
    """Runs one statement at a time, on tables that are as new as the package."""

    @property
    def label(self) -> str:
        """Where it is, without a password."""
        ...

    def run(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Run a statement in a transaction of its own, and give its rows."""
        ...


class SqliteDatabase:
    """A SQLite file, opened anew for every statement, so that one that was deleted is made again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def label(self) -> str:
        """The file."""
        return str(self._path)

    def run(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Run a statement.

        Raises
        ------
        StoreError
            Where the file is locked, read-only, damaged, or newer than the package.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)) as connection:
                self._renew(connection)
                return connection.execute(sql, values).fetchall()
        except (sqlite3.Error, OSError) as exc:
            raise StoreError(
                f"the history of jobs in {self.label} cannot be had: {exc}. "
                "Free the file or its disk, or name another folder in IMPORTER_HOME"
            ) from exc

    def _renew(self, connection: sqlite3.Connection) -> None:
        """Take the steps that the file lacks."""
        connection.execute("PRAGMA synchronous = NORMAL")
        if _version(connection) == len(STEPS):
            return
        _write_ahead(connection)
        connection.execute("BEGIN IMMEDIATE")
        taken = _version(connection)  # Another process may have been faster.
        _refuse_newer(taken, self.label)
        for step in STEPS[taken:]:
            connection.execute(step)
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")
        connection.execute("COMMIT")


class PostgresDatabase:
    """Tables in PostgreSQL, over one connection that is made again when it is lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._connection: Any = None

    @property
    def label(self) -> str:
        """URL without its password."""
        return masked(self._url)

    def run(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Run a statement.

        Raises
        ------
        StoreError
            Where the server cannot be had, or its tables are newer than the package.
        """
        try:
            import psycopg
        except ImportError as exc:
            raise StoreError(
                f"IMPORTER_STORE is in PostgreSQL: {exc}. pip install 'notebook-importer[postgres]'"
            ) from exc
        with self._lock:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = psycopg.connect(self._url, connect_timeout=5, autocommit=True)
                    self._renew()
                cursor = self._connection.execute(sql.replace("?", "%s"), values)
                return [] if cursor.description is None else list(cursor.fetchall())
            except (psycopg.Error, UnicodeError) as exc:
                self._drop()
                text = (str(exc).strip() or type(exc).__name__).splitlines()[0]
                raise StoreError(
                    f"the history of jobs in {self.label} cannot be had: {text}. Check the server and IMPORTER_STORE"
                ) from exc
            except StoreError:
                self._drop()
                raise

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __del__(self) -> None:
        self._drop()

    def _renew(self) -> None:
        """Take the steps that the tables lack, one process at a time."""
        run = self._connection.execute
        with self._connection.transaction():
            run("SELECT pg_advisory_xact_lock(hashtext('importer_store'))")
            run("CREATE TABLE IF NOT EXISTS importer_store (steps INTEGER NOT NULL)")
            taken = next((steps for (steps,) in run("SELECT steps FROM importer_store").fetchall()), 0)
            _refuse_newer(taken, self.label)
            if taken < len(STEPS):
                for step in STEPS[taken:]:
                    run(step)
                run("DELETE FROM importer_store")
                run("INSERT INTO importer_store VALUES (%s)", [len(STEPS)])


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let others read while one writes; SQLite does not wait by itself for those who are just asking the same."""
    ends_at = monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() >= ends_at:
                raise
            sleep(AGAIN_S)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _refuse_newer(taken: int, label: str) -> None:
    if taken > len(STEPS):
        raise StoreError(
            f"the history of jobs in {label} was written by a newer version of importer (step {taken}, this one "
            f"knows {len(STEPS)}). Upgrade: pip install --upgrade notebook-importer"
        )

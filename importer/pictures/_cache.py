"""Pictures on disk, each once by what it holds: `Cache`."""

from __future__ import annotations

import hashlib
import math
import os
import re
import sqlite3
import threading
import time
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from importer.core import is_alive, pictures_home, private_file, private_folder, process_mark
from importer.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["DATABASE", "Cache", "Kept"]

WAIT_S = 60.0
"""Longest wait for another process that writes."""

LONGEST_RUN_S = 86_400.0
"""After which nobody still needs what a run held, even if a process has the number of its own."""

LONGEST_FETCH_S = 3_600.0
"""After which nobody still writes a picture."""

LONGEST_NAME = 60

DATABASE = "pictures.db"
"""By which a folder of ours is known."""

VERSION = 1
"""Of the tables. Those of another version are made anew: what they say is looked up again."""

TABLES = (
    """CREATE TABLE files (
        sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, bytes INTEGER NOT NULL, used REAL NOT NULL)""",
    """CREATE TABLE addresses (
        address TEXT PRIMARY KEY, sha256 TEXT NOT NULL REFERENCES files ON DELETE CASCADE, since REAL NOT NULL)""",
    """CREATE TABLE held (
        sha256 TEXT NOT NULL, run TEXT NOT NULL, pid INTEGER NOT NULL, mark TEXT, since REAL NOT NULL,
        PRIMARY KEY (sha256, run))""",
    "CREATE INDEX addresses_of ON addresses (sha256)",
)


class Kept(NamedTuple):
    """A picture that is here.

    Attributes
    ----------
    path
        Its file.
    sha256
        Of what it holds.
    """

    path: Path
    sha256: str


class Cache:
    """The folder of pictures, which several processes may use at a time.

    What a run uses stays until the run closes the cache, and beyond that until the next one needs the room: what was
    used longest ago is deleted first.

    Parameters
    ----------
    limit_bytes
        How much the folder may hold; None for no limit.
    folder
        By default, the one in the importer's data folder.
    clock
        The time.

    Raises
    ------
    StoreError
        If the folder cannot be used.
    """

    def __init__(
        self, limit_bytes: int | None, folder: Path | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._limit_bytes, self._clock = limit_bytes, clock
        self._sets = [uuid.uuid4().hex]
        self.folder = pictures_home() if folder is None else folder
        self._lock, self._mark = threading.RLock(), process_mark()
        try:
            private_folder(self.folder)
            private_folder(self.folder / "parts")
            private_file(self.folder / DATABASE)
            self._connection = sqlite3.connect(
                self.folder / DATABASE, WAIT_S, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._make_tables()
            self._sweep()
        except (OSError, sqlite3.Error) as exc:
            raise self.unusable(exc) from exc

    def close(self) -> None:
        """Let go of what this run uses; it may be read until another run needs the room."""
        with self._lock:
            while self._sets:
                self._let_go()
            self._connection.close()

    def next_set(self) -> None:
        """Begin a new set of pictures, and let go of the one before the last: the last one may still be in use."""
        with self._lock:
            self._sets.append(uuid.uuid4().hex)
            while len(self._sets) > 2:  # noqa: PLR2004 - this one, and the last
                self._let_go()

    def _let_go(self) -> None:
        with self._transaction():
            self._execute("DELETE FROM held WHERE run = ?", self._sets.pop(0))

    def find(self, address: str, how: str = "", max_age_s: float = math.inf) -> Kept | None:
        """The picture of an address, held from now on; None if it has to be fetched.

        Parameters
        ----------
        how
            What was done to it, such as its greatest width.
        max_age_s
            How long ago it may have been fetched.
        """
        key = _key(address, how)
        with self._transaction():
            found = self._execute(
                "SELECT sha256, name, bytes, since FROM files JOIN addresses USING (sha256) WHERE address = ?", key
            ).fetchone()
            if found is None or abs(self._clock() - found[3]) > max_age_s:
                return None
            sha256, name, size, _ = found
            path = self._place(sha256, name)
            if not path.is_file() or path.stat().st_size != size:
                self._execute("DELETE FROM files WHERE sha256 = ?", sha256)
                return None
            self._hold(sha256)
            return Kept(path, sha256)

    def part(self) -> Path:
        """Where to write a picture that is not whole yet."""
        return private_file(self.folder / "parts" / f"{uuid.uuid4().hex}.part")

    def keep(self, part: Path, address: str, suffix: str, how: str = "") -> Kept:
        """Take a whole picture in, unless another address has shown the same; it is held from now on.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        with part.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size, now = part.stat().st_size, self._clock()
        with self._transaction():
            there = self._execute("SELECT name FROM files WHERE sha256 = ?", sha256).fetchone()
            path = self._place(sha256, there[0] if there else _name(address, suffix))
            try:
                # Within the transaction, so that nobody takes the file for one that nobody knows.
                private_folder(path.parent)
                part.replace(path)
            except OSError as exc:
                raise self.unusable(exc) from exc
            self._execute(
                "INSERT INTO files VALUES (?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET used = excluded.used",
                *(sha256, path.name, size, now),
            )
            self._execute("INSERT OR REPLACE INTO addresses VALUES (?, ?, ?)", _key(address, how), sha256, now)
            self._hold(sha256)
            self._trim()
        return Kept(path, sha256)

    @property
    def total_bytes(self) -> int:
        """How much the folder holds."""
        with self._lock:
            return int(self._execute("SELECT coalesce(sum(bytes), 0) FROM files").fetchone()[0])

    def _hold(self, sha256: str) -> None:
        now = self._clock()
        self._execute("UPDATE files SET used = ? WHERE sha256 = ?", now, sha256)
        self._execute(
            "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?)", sha256, self._sets[-1], os.getpid(), self._mark, now
        )

    def _trim(self) -> None:
        """Delete what was used longest ago, and is held by no run, until the limit is kept."""
        over = 0 if self._limit_bytes is None else self.total_bytes - self._limit_bytes
        if over <= 0:
            return
        now = self._clock()
        runs = self._execute("SELECT run, pid, mark, max(since) FROM held GROUP BY run, pid, mark").fetchall()
        for run, pid, mark, since in runs:
            if abs(now - since) > LONGEST_RUN_S or is_alive(pid, mark) is False:
                self._execute("DELETE FROM held WHERE run = ?", run)
        free = (
            "SELECT sha256, name, bytes FROM files WHERE sha256 NOT IN (SELECT sha256 FROM held) ORDER BY used, sha256"
        )
        for sha256, name, size in self._execute(free).fetchall():
            if over <= 0:
                return
            self._place(sha256, name).unlink(missing_ok=True)
            with suppress(OSError):
                self._place(sha256, name).parent.rmdir()
            self._execute("DELETE FROM files WHERE sha256 = ?", sha256)
            over -= size

    def _make_tables(self) -> None:
        with self._transaction():
            if self._execute("PRAGMA user_version").fetchone()[0] == VERSION:
                return
            for table in ("held", "addresses", "files"):
                self._execute(f"DROP TABLE IF EXISTS {table}")
            for table in TABLES:
                self._execute(table)
            self._execute(f"PRAGMA user_version = {VERSION}")

    def _sweep(self) -> None:
        """Delete what runs that were killed have left, and what is beyond the limit."""
        with self._transaction():
            known = {sha256 for (sha256,) in self._execute("SELECT sha256 FROM files")}
            # What is kept for good is deleted by nobody but its owner.
            for place in self.folder.iterdir() if self._limit_bytes is not None else ():
                if re.fullmatch("[0-9a-f]{64}", place.name) and place.name not in known:
                    rmtree(place, ignore_errors=True)
            for part in (self.folder / "parts").iterdir():
                if time.time() - part.stat().st_mtime > LONGEST_FETCH_S:
                    part.unlink(missing_ok=True)
            self._trim()

    def _place(self, sha256: str, name: str) -> Path:
        return self.folder / sha256 / name

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as exc:
                raise self.unusable(exc) from exc

    def _execute(self, sql: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)

    def unusable(self, exc: OSError | sqlite3.Error) -> StoreError:
        """Error of a folder or a database that cannot be used."""
        return StoreError(
            f"pictures cannot be kept in {str(self.folder)!r}: {exc}",
            code="pictures-unusable",
            facts={"folder": str(self.folder)},
            fixes=["free the folder, or name another one in IMPORTER_HOME"],
        )


def _key(address: str, how: str) -> str:
    """An address as the database has it: it may hold a token."""
    return hashlib.sha256(f"{how}\n{address}".encode()).hexdigest()


def _name(address: str, suffix: str) -> str:
    """The name of the file, for people.

    Examples
    --------
    >>> _name("https://example.org/a/R%C3%A9d%20cat.JPEG?w=9", ".jpg"), _name("https://example.org/", ".png")
    ('r-d-cat.jpg', 'picture.png')
    """
    stem = Path(unquote(urlsplit(address).path)).stem.lower()
    return (re.sub("[^a-z0-9]+", "-", stem).strip("-")[:LONGEST_NAME].strip("-") or "picture") + suffix

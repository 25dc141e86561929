"""Rows into one table of a SQLite file."""

from __future__ import annotations

import re
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import apsw

from importer.core import Chunk, Written
from importer.errors import SinkError
from importer.sinks._checkpoints import prepare_for, remember
from importer.sinks._described import Column, described
from importer.sinks._halving import RefusedError, write_halving
from importer.sinks._sqlite_catalog import SqliteCatalog
from importer.sinks._sqlite_values import bindable
from importer.sinks._tables import names, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from importer.core import IfTableExists, OnConflict, Table
    from importer.sinks._protocol import Checkpointed

__all__ = ["SqliteSink"]

BUSY_TIMEOUT_MS = 30_000
CACHE_KIB = 16 * 1024
ROWS_IN_PYTHON = 5_000
"""Rows that are Python objects at a time: these take many times the room of a column."""

ROWS_A_STATEMENT, MOST_VARIABLES = 32, 32_766
"""One statement of many rows costs half the time of as many statements, as long as it has not to undo itself."""


class SqliteSink:
    """One table of a SQLite file; one ``write`` is one transaction.

    Parameters
    ----------
    path
        The database file, made where it is missing.
    if_table_exists, on_conflict, dry_run, atomic
        As for `importer.sinks.open_sink`.
    """

    def __init__(
        self,
        path: Path,
        *,
        if_table_exists: IfTableExists | None = None,
        on_conflict: OnConflict = "update",
        dry_run: bool = False,
        atomic: bool = False,
    ) -> None:
        self._path = path
        self._if_table_exists = if_table_exists
        self._on_conflict = on_conflict
        self._dry_run = dry_run
        self._is_one_transaction = dry_run or atomic
        self._job: Checkpointed | None = None
        self._table: Table | None = None
        self._is_new_file = False
        self._connection: apsw.Connection | None = None
        self._width = 0
        self._insert = self._look_up = ""
        self._upsert: str | None = None

    @property
    def label(self) -> str:
        """URL of the database."""
        return f"sqlite:///{self._path}"

    def described(self, table: str) -> tuple[tuple[Column, pl.DataType], ...]:
        """What is known of a table that is there."""
        if not self._path.is_file():
            return ()
        with (
            self._translated(),
            closing(apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)) as connection,
        ):
            connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            return described(SqliteCatalog(connection), table, {})

    def begin(self, table: Table, job: Checkpointed | None = None) -> None:
        """Open the file, and make or check the table; what is made commits with the first chunk.

        Raises
        ------
        SinkError
            Where the file cannot be opened or is no database; `TableExistsError` where the table is
            there and must not be; `TableMismatchError` where it does not fit.
        """
        if not self._path.parent.is_dir():
            raise SinkError(f"the folder {str(self._path.parent)!r} does not exist. Make it, or name another database")
        self._is_new_file = not self._path.exists()
        self._job, self._table = job, table
        with self._translated():
            self._connection = apsw.Connection(str(self._path))
            self._connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            self._connection.execute("BEGIN IMMEDIATE")
            prepare_for(job, SqliteCatalog(self._connection), self._run, table, self._if_table_exists)
        self._width = len(table.columns)
        self._insert, self._upsert = _statements(table, self._on_conflict)
        columns, is_key = names(column.name for column in table.columns), (f"{quoted(name)} = ?" for name in table.key)
        self._look_up = f"SELECT {columns} FROM {quoted(table.name)} WHERE {' AND '.join(is_key)}"

    def write(self, chunk: Chunk) -> Written:
        """Insert or upsert the rows as if they came one by one: where a key repeats, the last one wins.

        Raises
        ------
        SinkError
            Where the database cannot go on (locked, full, gone); nothing of this chunk is in then.
        """
        frame = chunk.frame
        with self._translated():
            if not self._open.in_transaction:
                self._open.execute("BEGIN IMMEDIATE")
            rows = chunk.rows.to_list()
            written = write_halving(rows, lambda start, stop: self._put(frame.slice(start, stop - start)))
            if not self._is_one_transaction:
                self._remember(written)
                self._open.execute("COMMIT")
        return written

    def stored(self, keys: pl.DataFrame) -> dict[tuple[object, ...], tuple[object, ...]]:
        """Rows with these keys as the database holds them now: all columns of the table, by key."""
        with self._translated():
            values = zip(*map(bindable, keys), strict=True)
            found = (self._open.execute(self._look_up, value).fetchone() for value in values)
            return {key: row for key, row in zip(keys.rows(), found, strict=True) if row is not None}

    def finish(self) -> None:
        """Commit that the job is done, and a table that got no rows."""
        if self._dry_run:
            return
        with self._translated():
            if not self._open.in_transaction:
                self._open.execute("BEGIN IMMEDIATE")
            self._remember(None)
            self._open.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file; what was not committed is rolled back, a new file left empty is removed."""
        if self._connection is None:
            return
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._connection.close()
        self._connection = None
        if self._is_new_file and self._path.exists() and not self._path.stat().st_size:
            self._path.unlink()

    @property
    def _open(self) -> apsw.Connection:
        if self._connection is None:
            raise SinkError(f"{self.label} is not open. Call begin() first")
        return self._connection

    def _run(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self._open.execute(sql, values).fetchall()

    def _remember(self, written: Written | None) -> None:
        """Store how far the job is, once this is committed."""
        if self._job is not None and self._table is not None:
            remember(self._run, self._table, self._job.job_id, self._job.checkpoint(written))

    def _put(self, frame: pl.DataFrame) -> Written:
        """Write all of the rows, or none and say why."""
        connection = self._open
        created = updated = 0
        connection.execute("SAVEPOINT rows")
        try:
            for part in frame.iter_slices(ROWS_IN_PYTHON):
                values = _values(part)
                new = self._changed(self._insert, values)
                created += new
                if new < part.height and self._upsert is not None:
                    # Rows that were created a moment ago change nothing now, so every change is an update.
                    updated += self._changed(self._upsert, values)
        except (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError, OverflowError) as exc:
            if not connection.in_transaction:
                raise  # A trigger rolled the whole transaction back.
            connection.execute("ROLLBACK TO rows")
            connection.execute("RELEASE rows")
            raise _refused(exc) from exc
        connection.execute("RELEASE rows")
        return Written(created=created, updated=updated, unchanged=frame.height - created - updated)

    def _changed(self, statement: str, values: Sequence[Any]) -> int:
        """Run the statement for all rows, and count those that it changed itself, not by a trigger."""
        connection, width = self._open, self._width
        step = width * max(1, min(ROWS_A_STATEMENT, MOST_VARIABLES // width))
        row = f"({', '.join('?' * width)})"
        changed = 0
        for start in range(0, len(values), step):
            part = values[start : start + step]
            connection.execute(statement.format(rows=", ".join([row] * (len(part) // width))), part)
            changed += connection.changes()
        return changed

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except apsw.Error as exc:
            raise SinkError(f"{self.label}: {_in_words(exc)}") from exc


def _values(frame: pl.DataFrame) -> list[Any]:
    """All values, row after row."""
    values: list[Any] = [None] * (frame.height * frame.width)
    for position, column in enumerate(frame):
        values[position :: frame.width] = bindable(column)
    return values


def _statements(table: Table, on_conflict: OnConflict) -> tuple[str, str | None]:
    """SQL that creates rows, and SQL that updates those whose values differ; ``{rows}`` stands for the rows."""
    name = _literal(quoted(table.name))
    columns = [_literal(quoted(column.name)) for column in table.columns]
    # A refusal is undone by the savepoint; what else would undo a statement costs more than the statement.
    insert = f"INSERT OR FAIL INTO {name} ({', '.join(columns)}) VALUES {{rows}}"
    if not table.key or on_conflict == "reject":
        return insert, None
    conflict = f"{insert} ON CONFLICT ({_literal(names(table.key))}) DO"
    rest = [_literal(quoted(column.name)) for column in table.columns if column.name not in table.key]
    if on_conflict == "skip" or not rest:
        return f"{conflict} NOTHING", None
    old, new = ", ".join(f"{name}.{column}" for column in rest), ", ".join(f"excluded.{column}" for column in rest)
    changes = ", ".join(f"{column} = excluded.{column}" for column in rest)
    return f"{conflict} NOTHING", f"{conflict} UPDATE SET {changes} WHERE ({old}) IS NOT ({new})"


def _literal(name: str) -> str:
    """Name as it has to stand in a text that is formatted."""
    return name.replace("{", "{{").replace("}", "}}")


def _refused(exc: Exception) -> RefusedError:
    """The refusal in words, with the column where SQLite names one."""
    text = str(exc)
    if isinstance(exc, OverflowError):
        return RefusedError("constraint-error", "a number is too large for SQLite's 64-bit integers")
    kind, _, place = text.partition(" constraint failed")
    columns = re.findall(r"\.([^,]+?)(?=$|, )", place)
    column = columns[0] if len(columns) == 1 else None
    rules = {"UNIQUE": "unique-error", "FOREIGN KEY": "foreign-key", "NOT NULL": "missing-cell"}
    return RefusedError(rules.get(kind, "constraint-error"), f"the database refused the row: {text}", column)


def _in_words(exc: apsw.Error) -> str:
    """What SQLite says, and what to do about it."""
    fixes = {
        "locked": f"another program has held it for {BUSY_TIMEOUT_MS // 1000} s. Close that program, then run again",
        "not a database": "name another file, or move this one away",
        "full": "the disk is full. Make room, then run again",
        "readonly": "the file may not be written. Change its permissions, or name another",
        "unable to open": "check that the folder may be written",
    }
    fix = next((fix for words, fix in fixes.items() if words in str(exc)), None)
    return f"{exc}" if fix is None else f"{exc}: {fix}"

"""Rows into one table of a DuckDB file."""

from __future__ import annotations

from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.core import Refusal, Written
from importer.errors import SinkError
from importer.sinks._checkpoints import prepare_for, remember
from importer.sinks._described import Column, described
from importer.sinks._duckdb_catalog import INTEGERS, DuckdbCatalog
from importer.sinks._duckdb_copy import copied
from importer.sinks._duckdb_halving import put_in_halves
from importer.sinks._duckdb_statements import ROW, STAGE, insert, merge
from importer.sinks._duckdb_words import first_line, fix
from importer.sinks._repeats import take_apart
from importer.sinks._tables import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from importer.core import Chunk, IfTableExists, OnConflict, Table
    from importer.sinks._protocol import Checkpointed

__all__ = ["DuckdbSink"]

CHECKPOINT = "256 MiB"


class DuckdbSink:
    """One table of a DuckDB file; one ``write`` is one transaction.

    DuckDB has no savepoints, so the rows that it refuses are found by trying halves in
    transactions of their own, and the others are written in the last one; and a dry run writes
    into a copy of the file.

    Parameters
    ----------
    path
        The database file, made where it is missing.
    if_table_exists, on_conflict, dry_run, atomic
        As for `importer.sinks.open_sink`.
    """

    chunk_rows = 60_000
    """A transaction costs DuckDB as much as thousands of rows."""

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
        self._is_atomic = atomic and not dry_run
        # A refused INSERT would end the one transaction.
        self._is_all_new = on_conflict == "update" and not self._is_atomic
        self._is_new_file = False
        self._is_prepared = False
        self._is_in_transaction = False
        self._connection: DuckDBPyConnection | None = None
        self._scratch: TemporaryDirectory[str] | None = None
        self._table: Table | None = None
        self._job: Checkpointed | None = None

    @property
    def label(self) -> str:
        """URL of the database."""
        return f"duckdb:///{self._path}"

    def described(self, table: str) -> tuple[tuple[Column, pl.DataType], ...]:
        """What is known of a table that is there."""
        if not self._path.is_file():
            return ()
        duckdb = _duckdb()
        # As `begin` opens it: DuckDB has a file open in one way at a time.
        with self._translated(), duckdb.connect(str(self._path)) as connection:
            return described(DuckdbCatalog(connection), table, INTEGERS)

    def begin(self, table: Table, job: Checkpointed | None = None) -> None:
        """Open the file, and make or check the table; what is made commits with the first chunk.

        Raises
        ------
        SinkError
            Where the file cannot be opened or is no database; `TableExistsError` where the table is
            there and must not be; `TableMismatchError` where it does not fit.
        """
        duckdb = _duckdb()
        if not self._path.parent.is_dir():
            raise SinkError(f"the folder {str(self._path.parent)!r} does not exist. Make it, or name another database")
        self._is_new_file = not self._path.exists()
        self._table, self._job = table, job
        self._is_prepared = False
        with self._translated():
            self._connection = duckdb.connect(self._file())
            # A checkpoint writes the whole index of the key anew; by default one comes every few chunks.
            self._connection.execute(f"SET checkpoint_threshold = '{CHECKPOINT}'")
            self._start()

    def write(self, chunk: Chunk) -> Written:
        """Merge the rows, counted as if they came one by one: where a key repeats, the last one wins.

        Raises
        ------
        SinkError
            Where the database cannot go on; nothing of this chunk is in then.
        """
        from duckdb import ConstraintException, ConversionException

        frame = chunk.frame.select(chunk.rows.alias(ROW), pl.all())
        with self._translated():
            if not self._is_in_transaction:
                self._start()
            try:
                written = self._put(frame)
            except (ConstraintException, ConversionException) as exc:
                if self._is_atomic:
                    raise SinkError(
                        f"DuckDB refuses a row that it took in a copy of the file: {first_line(exc)}. Another program "
                        "may have written to it meanwhile. Import the file again"
                    ) from exc
                written = put_in_halves(frame, self._put_anew)
            if not self._is_atomic:
                self._remember(written)
                self._commit()
        return written

    def stored(self, keys: pl.DataFrame) -> dict[tuple[object, ...], tuple[object, ...]]:
        """Rows with these keys as the database holds them now: all columns of the table, by key."""
        on = " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in keys.columns)
        # Texts, because the driver wants a library more for a moment in a zone.
        columns = ", ".join(f"t.{quoted(column.name)}::VARCHAR" for column in self._target.columns)
        with self._translated():
            staged = keys.with_row_index(ROW)
            sql = f"SELECT s.{quoted(ROW)}, {columns} FROM {quoted(STAGE)} s JOIN {quoted(self._target.name)} t ON {on}"
            rows = keys.rows()
            return {rows[number]: tuple(row) for number, *row in self._staged(staged, sql)}

    def finish(self) -> None:
        """Commit that the job is done, and a table that got no rows."""
        if self._dry_run:
            return
        with self._translated():
            if not self._is_in_transaction:
                self._start()
            self._remember(None)
            self._commit()

    def close(self) -> None:
        """Let go of the file; what was not committed is rolled back, a new file left without it is removed."""
        if self._connection is None:
            return
        is_left_empty = self._is_new_file and not self._is_prepared
        self._connection.close()
        self._connection = None
        if self._scratch is not None:
            self._scratch.cleanup()
        elif is_left_empty:
            self._path.unlink(missing_ok=True)

    @property
    def _open(self) -> DuckDBPyConnection:
        if self._connection is None:
            raise SinkError(f"{self.label} is not open. Call begin() first")
        return self._connection

    @property
    def _target(self) -> Table:
        if self._table is None:
            raise SinkError(f"{self.label} is not open. Call begin() first")
        return self._table

    def _file(self) -> Path:
        """The file to write to: in a dry run a copy."""
        if not self._dry_run:
            return self._path
        self._scratch = TemporaryDirectory(prefix="importer-dry-run-")
        return copied(self._path, self._scratch.name, self.label)

    def _start(self) -> None:
        """Begin a transaction, with the table in it where that is not committed yet."""
        self._open.execute("BEGIN")
        self._is_in_transaction = True
        if not self._is_prepared:
            prepare_for(self._job, DuckdbCatalog(self._open), self._run, self._target, self._if_table_exists)

    def _run(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self._open.execute(sql, values).fetchall()

    def _remember(self, written: Written | None) -> None:
        """Store how far the job is, once this is committed."""
        if self._job is not None:
            remember(self._run, self._target, self._job.job_id, self._job.checkpoint(written))

    def _commit(self) -> None:
        self._open.execute("COMMIT")
        self._is_in_transaction, self._is_prepared = False, True

    def _put(self, frame: pl.DataFrame) -> Written:
        """Write the rows, or raise what DuckDB says and leave a broken transaction."""
        from duckdb import ConstraintException

        key = self._target.key
        if self._is_all_new and key:
            try:
                self._staged(frame, insert(self._target))
            except ConstraintException as exc:
                if "PRIMARY KEY or UNIQUE" not in str(exc) and "Duplicate key" not in str(exc):
                    raise
                # From here on some keys are there already.
                self._is_all_new = False
                self._open.execute("ROLLBACK")
                self._start()
            else:
                return Written(created=frame.height)
        apart = take_apart(frame, key, without=ROW)
        if not key:
            self._staged(apart.firsts, insert(self._target))
            return Written(created=frame.height)
        if self._on_conflict == "reject":
            return self._put_new(frame, apart.firsts)
        actions = self._staged(apart.firsts, merge(self._target, self._on_conflict))
        created = actions.count(("INSERT",))
        updated = len(actions) - created
        if self._on_conflict == "update":
            if not apart.lasts.is_empty():
                self._staged(apart.lasts, merge(self._target, self._on_conflict))
            updated += apart.updated
        return Written(created=created, updated=updated, unchanged=frame.height - created - updated)

    def _put_new(self, frame: pl.DataFrame, firsts: pl.DataFrame) -> Written:
        """Insert the keys that are not there; all other rows are refused."""
        on = " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in self._target.key)
        table = quoted(self._target.name)
        there = self._staged(firsts, f"SELECT s.{quoted(ROW)} FROM {quoted(STAGE)} s JOIN {table} t ON {on}")
        is_new = pl.col(ROW).is_in([row for (row,) in there]).not_()
        new = firsts.filter(is_new)
        self._staged(new, insert(self._target))
        refused = frame.join(new.select(ROW), on=ROW, how="anti", maintain_order="left")[ROW]
        message = "the database refused the row: its key is in the table already"
        return Written(
            created=new.height,
            refused=tuple(Refusal(row=row, rule="unique-error", message=message) for row in refused),
        )

    def _staged(self, frame: pl.DataFrame, sql: str) -> list[tuple[Any, ...]]:
        # Not unregistered afterwards: a broken transaction would refuse that too.
        self._open.register(STAGE, frame)
        return self._open.execute(sql).fetchall()

    def _put_anew(self, frame: pl.DataFrame) -> Written:
        """The same in a transaction of its own, in place of the one at hand."""
        self._open.execute("ROLLBACK")
        self._start()
        return self._put(frame)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except duckdb.Error as exc:
            raise SinkError(f"{self.label}: {first_line(exc)}{fix(exc)}") from exc


def _duckdb() -> Any:  # noqa: ANN401 - a module
    """The driver."""
    try:
        import duckdb
        import pyarrow as pa  # noqa: F401 - DuckDB reads polars frames through it
    except ImportError as exc:
        raise SinkError(f"DuckDB is not installed: {exc}. pip install 'notebook-importer[duckdb]'") from exc
    return duckdb

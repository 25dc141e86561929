"""Rows into one table of a PostgreSQL database: COPY into a staging table, then one merge."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.core import Refusal, Written, masked
from importer.errors import DisconnectedError, SinkError
from importer.sinks._checkpoints import CHECKPOINTS, CREATE, prepare_for, remember
from importer.sinks._described import Column, described
from importer.sinks._halving import write_halving
from importer.sinks._postgres_catalog import INTEGERS, PostgresCatalog
from importer.sinks._postgres_statements import ROW, STAGE, upsert
from importer.sinks._postgres_words import in_words, refused_error
from importer.sinks._repeats import take_apart
from importer.sinks._tables import names, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg import Connection

    from importer.core import Chunk, IfTableExists, OnConflict, Table
    from importer.sinks._protocol import Checkpointed

__all__ = ["PostgresSink"]


class PostgresSink:
    """One table of a PostgreSQL database; one ``write`` is one transaction.

    Parameters
    ----------
    url
        As libpq takes it: ``postgresql://user:password@host/database``.
    if_table_exists, on_conflict, dry_run, atomic
        As for `importer.sinks.open_sink`.
    """

    def __init__(
        self,
        url: str,
        *,
        if_table_exists: IfTableExists | None = None,
        on_conflict: OnConflict = "update",
        dry_run: bool = False,
        atomic: bool = False,
    ) -> None:
        self._url = url
        self._if_table_exists = if_table_exists
        self._on_conflict = on_conflict
        self._dry_run = dry_run
        self._is_one_transaction = dry_run or atomic
        self._is_all_new = on_conflict == "update"
        self._connection: Connection[Any] | None = None
        self._table: Table | None = None
        self._job: Checkpointed | None = None

    @property
    def label(self) -> str:
        """URL of the database, without its password."""
        return masked(self._url)

    def described(self, table: str) -> tuple[tuple[Column, pl.DataType], ...]:
        """What is known of a table that is there."""
        psycopg = _psycopg()
        with self._translated(), psycopg.connect(self._url, connect_timeout=10) as connection:
            return described(PostgresCatalog(connection), table, INTEGERS)

    def begin(self, table: Table, job: Checkpointed | None = None) -> None:
        """Connect, and make or check the table; what is made commits with the first chunk.

        Raises
        ------
        SinkError
            Where the server does not answer; `TableExistsError` where the table is there and must
            not be; `TableMismatchError` where it does not fit.
        """
        psycopg = _psycopg()
        self._table, self._job = table, job
        with self._translated():
            self._connection = psycopg.connect(self._url, connect_timeout=10)
            if job is not None:
                # Where this job was killed, or cut off, its old session may still commit a chunk.
                self._bound("SELECT pg_advisory_lock(hashtextextended(?, 0))", [job.job_id])
            catalog = PostgresCatalog(self._connection)
            if job is not None and catalog.kind(CHECKPOINTS) is None:
                self._make_checkpoints()
            prepare_for(self._job, catalog, self._bound, table, self._if_table_exists)
            columns = names(column.name for column in table.columns)
            # The target's own types, but none of its constraints.
            self._run(f"CREATE TEMP TABLE {STAGE} AS SELECT {columns} FROM {quoted(table.name)} WITH NO DATA")
            self._run(f"ALTER TABLE {STAGE} ADD {quoted(ROW)} bigint")

    def write(self, chunk: Chunk) -> Written:
        """Merge the rows, counted as if they came one by one: where a key repeats, the last one wins.

        Raises
        ------
        SinkError
            Where the database cannot go on; nothing of this chunk is in then.
        """
        frame = chunk.frame.select(pl.all(), chunk.rows.alias(ROW))
        with self._translated():
            # Within a transaction, so that those of `_put` are savepoints and commit nothing by themselves.
            self._run("SELECT")
            written = write_halving(chunk.rows.to_list(), lambda start, stop: self._put(frame[start:stop]))
            if not self._is_one_transaction:
                self._remember(written)
                self._open.commit()
        return written

    def stored(self, keys: pl.DataFrame) -> dict[tuple[object, ...], tuple[object, ...]]:
        """Rows with these keys as the database holds them now: all columns of the table, by key."""
        on = " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in keys.columns)
        columns = ", ".join(f"t.{quoted(column.name)}" for column in self._target.columns)
        with self._translated():
            self._stage(keys.with_row_index(ROW))
            sql = f"SELECT s.{quoted(ROW)}, {columns} FROM {STAGE} s JOIN {quoted(self._target.name)} t ON {on}"
            rows = keys.rows()
            return {rows[number]: tuple(row) for number, *row in self._run(sql)}

    def finish(self) -> None:
        """Commit that the job is done, and a table that got no rows."""
        if self._dry_run:
            return
        with self._translated():
            self._remember(None)
            self._open.commit()

    def close(self) -> None:
        """Let go of the connection; what was not committed is rolled back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def _open(self) -> Connection[Any]:
        if self._connection is None:
            raise SinkError(f"{self.label} is not open. Call begin() first")
        return self._connection

    @property
    def _target(self) -> Table:
        if self._table is None:
            raise SinkError(f"{self.label} is not open. Call begin() first")
        return self._table

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        cursor = self._open.execute(sql.encode())
        return [] if cursor.description is None else cursor.fetchall()

    def _make_checkpoints(self) -> None:
        """Make the table of checkpoints; a user who may not goes without."""
        from psycopg import errors

        try:
            # At once, so that no other job waits for the first chunk of this one.
            self._run(CREATE)
            self._open.commit()
        except errors.UniqueViolation:
            self._open.rollback()  # Another job made it a moment ago, which IF NOT EXISTS does not see.
        except errors.InsufficientPrivilege:
            self._open.rollback()
            self._job = None

    def _bound(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        cursor = self._open.execute(sql.replace("?", "%s").encode(), values)
        return [] if cursor.description is None else cursor.fetchall()

    def _remember(self, written: Written | None) -> None:
        """Store how far the job is, once this is committed."""
        if self._job is not None:
            remember(self._bound, self._target, self._job.job_id, self._job.checkpoint(written))

    def _put(self, frame: pl.DataFrame) -> Written:
        """Write all of the rows, or none and say why."""
        from psycopg import errors

        refusals = (errors.DataError, errors.IntegrityError, errors.RaiseException)
        if self._is_all_new or not self._target.key:
            try:
                with self._open.transaction():
                    self._copy(frame.drop(ROW), quoted(self._target.name))
            except refusals as exc:
                if not self._target.key or not isinstance(exc, errors.UniqueViolation):
                    raise refused_error(exc) from exc
                # From here on some keys are there already, and rows go by the staging table.
                self._is_all_new = False
            else:
                return Written(created=frame.height)
        try:
            with self._open.transaction():
                return self._put_new(frame) if self._on_conflict == "reject" else self._merge(frame)
        except refusals as exc:
            raise refused_error(exc) from exc

    def _merge(self, frame: pl.DataFrame) -> Written:
        apart = take_apart(frame, self._target.key, without=ROW)
        merge = upsert(self._target, self._on_conflict)
        self._stage(apart.firsts)
        [(created, updated)] = self._run(merge)
        if self._on_conflict == "update":
            if not apart.lasts.is_empty():
                self._stage(apart.lasts)
                self._run(merge)
            updated += apart.updated
        return Written(created=created, updated=updated, unchanged=frame.height - created - updated)

    def _put_new(self, frame: pl.DataFrame) -> Written:
        """Insert the keys that are not there; all other rows are refused."""
        self._stage(take_apart(frame, self._target.key, without=ROW).firsts)
        columns, key = names(column.name for column in self._target.columns), names(self._target.key)
        table, row = quoted(self._target.name), quoted(ROW)
        new = self._run(f"SELECT {row} FROM {STAGE} WHERE ({key}) NOT IN (SELECT {key} FROM {table})")
        numbers = [number for (number,) in new]
        is_new = f"WHERE {row} IN ({', '.join(map(str, numbers)) or 'NULL'})"
        self._run(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {STAGE} {is_new} ORDER BY {row}")
        message = "the database refused the row: its key is in the table already"
        return Written(
            created=len(numbers),
            refused=tuple(
                Refusal(row=number, rule="unique-error", message=message)
                for number in frame.filter(~pl.col(ROW).is_in(numbers))[ROW]
            ),
        )

    def _stage(self, frame: pl.DataFrame) -> None:
        self._run(f"TRUNCATE {STAGE}")
        self._copy(frame, STAGE)

    def _copy(self, frame: pl.DataFrame, into: str) -> None:
        # COPY reads an empty field as null, a quoted empty one as the empty text: what polars writes.
        as_text = frame.with_columns(pl.col(pl.Duration).dt.to_string("iso"))
        copy = f"COPY {into} ({names(frame.columns)}) FROM STDIN (FORMAT csv)"
        with self._open.cursor() as cursor, cursor.copy(copy.encode()) as stream:
            stream.write(as_text.write_csv(include_header=False).encode())

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.Error as exc:
            is_lost = self._connection is None or self._connection.closed
            kind = DisconnectedError if is_lost and isinstance(exc, psycopg.OperationalError) else SinkError
            raise kind(f"{self.label}: {in_words(exc)}") from exc


def _psycopg() -> Any:  # noqa: ANN401 - a module
    """The driver."""
    try:
        import psycopg
    except ImportError as exc:
        raise SinkError(f"psycopg is not installed: {exc}. pip install 'notebook-importer[postgres]'") from exc
    return psycopg

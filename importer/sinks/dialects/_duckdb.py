"""DuckDB: a file, which takes polars frames as they are.

It is long because it is one class: each method of `Dialect` says in DuckDB's own words what the sink asks for.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.errors import SinkError
from importer.sinks._dialect import Dialect
from importer.sinks._driver_errors import RefusedError, not_installed, not_open, raise_if_no_file
from importer.sinks._emptying import Reference
from importer.sinks._halving import total
from importer.sinks._limits import FINER, beyond_microseconds
from importer.sinks._patience import holder_of
from importer.sinks._protocol import Column, Listed
from importer.sinks._read_back import Bent
from importer.sinks._staging import ROW, STAGE, merge_staged
from importer.sinks._table_lock import FileTableLock
from importer.sinks._types import dtype_of
from importer.sinks.dialects import _duckdb_types as types
from importer.sinks.dialects._duckdb_logging import Logging
from importer.sinks.dialects._duckdb_refusing import in_turns, refusing
from importer.sinks.dialects._duckdb_rules import Rules

try:
    import duckdb
    import pyarrow as pa  # noqa: F401 - DuckDB reads polars frames through it
except ImportError as exc:
    raise not_installed("DuckDB", "duckdb", exc) from exc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from importer.core import OnConflict, Refusal, Table, TableColumn, Written
    from importer.sinks._foresight import Foreseeable
    from importer.sinks._undo_log import UndoLog

__all__ = ["DuckdbDialect"]

CHECKPOINT = "256 MiB"
"""Log size at which DuckDB writes the whole index of the key anew; by default that happens every few chunks."""

BLOCK_BYTES, VALUE_BYTES = 2**18, 8
"""What a block of the file takes, and about what a value takes that is in none yet."""

BUSY_S, RETRY_S = 30.0, 0.02
"""Longest and single wait for a job that makes the table of checkpoints at the same moment."""

RULES = {
    "PRIMARY KEY or UNIQUE": "unique-error",
    "Duplicate key": "unique-error",
    "foreign key": "foreign-key",
    "NOT NULL": "missing-cell",
}

FIXES = {
    "not a valid DuckDB database": ("database-is-no-database", "name another file, or move this one away"),
    "failed to offload": (None, "make room on the disk of the database, where DuckDB keeps temporary data"),
    "No space left": (None, "make room on the disk, then run again"),
    "Permission denied": ("permission-denied", "change the permissions of the file, or name another"),
    "read-only": ("permission-denied", "change the permissions of the file, or name another"),
}


LOCKED = re.compile("Could not set lock on file|used by another process")

_CONNECTIONS: Counter[Path] = Counter()
"""Connections of this process by file: they share one database, whose file must not be removed under another."""


class DuckdbDialect(Dialect):
    """A DuckDB file, made if it is missing.

    DuckDB has no savepoints: a refused row ends the transaction.

    Parameters
    ----------
    path
        The file.
    """

    chunk_rows = 60_000
    """A transaction takes DuckDB as long as thousands of rows."""

    product = "DuckDB"
    has_savepoints = False
    beyond_ascii = "strlen({0}) <> length({0})"
    inserts_first = True
    logs_changes = True
    errors = (duckdb.Error,)
    refusals = (duckdb.ConstraintException, duckdb.ConversionException)

    def __init__(self, path: Path) -> None:
        self._path = path
        self._schema = ""
        self._types: dict[str, str] = {}
        self._logging: Logging | None = None
        self._has_collations = self._points_at_itself = False
        self._is_new = self._in_transaction = False
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def label(self) -> str:
        """URL of the file."""
        return f"duckdb:///{self._path}"

    @property
    def is_there(self) -> bool:
        """Whether the file exists."""
        return self._path.exists()

    def connect(self) -> None:
        """Open the file."""
        raise_if_no_file(self._path)
        self.patience.begin()
        while self._connection is None:
            self._is_new, self._in_transaction = not self._path.exists(), False
            try:
                self._connection = duckdb.connect(str(self._path))
            except duckdb.IOException as exc:
                if not (LOCKED.search(str(exc)) and self.patience.goes_on(_holder(exc))):
                    raise
        _CONNECTIONS[self._path.resolve()] += 1
        self._connection.execute(f"SET checkpoint_threshold = '{CHECKPOINT}'")
        self._schema = f'{self.quote(self.execute("SELECT current_database()")[0][0])}."main"'

    def close(self) -> None:
        """Close the file; a new one that was left empty is removed."""
        if self._connection is None:
            return
        path = self._path.resolve()
        _CONNECTIONS[path] -= 1
        is_left_empty = self._is_new and not _CONNECTIONS[path] and not self._has_tables()
        self._connection.close()
        self._connection = None
        if is_left_empty:
            path.unlink(missing_ok=True)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement."""
        return self._open.execute(sql, values).fetchall()

    def frame(self, sql: str) -> pl.DataFrame:
        """Run a statement, and return its rows as columns."""
        return pl.DataFrame(self._open.sql(sql).to_arrow_table())

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement, and count the rows that it changed."""
        return int(self.execute(sql, values)[0][0])

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._in_transaction

    def begin(self) -> None:
        """Open a transaction."""
        self._open.execute("BEGIN")
        self._in_transaction = True

    def commit(self) -> None:
        """Commit the open transaction."""
        self._open.execute("COMMIT")
        self._in_transaction = False

    def rollback(self) -> None:
        """Roll the open transaction back."""
        self._open.execute("ROLLBACK")
        self._in_transaction = False

    def refused(self, exc: Exception) -> RefusedError:
        """The refusal in words, with the column if DuckDB names it."""
        text = _first_line(exc)
        rule = next((rule for words, rule in RULES.items() if words in text), "constraint-error")
        column = re.search(r"NOT NULL constraint failed: .*\.(.+)$", text)
        return RefusedError(rule, f"the database refused the row: {text}", column and column.group(1))

    def failed(self, exc: Exception) -> SinkError:
        """What DuckDB says, and what to do about it."""
        if LOCKED.search(str(exc)):
            return self.patience.error(self.label)
        code, fix = next((found for words, found in FIXES.items() if words in str(exc)), (None, None))
        return SinkError(f"{self.label}: {_first_line(exc)}", code=code, fixes=[fix] if fix else [])

    def is_duplicate(self, exc: Exception) -> bool:
        """Whether the refusal says that a unique key exists already."""
        return "PRIMARY KEY or UNIQUE" in str(exc) or "Duplicate key" in str(exc)

    def target(self, table: str) -> str:
        """The table in the file itself, which no temporary table or registered frame hides."""
        return f"{self._schema}.{self.quote(table)}"

    def kind(self, table: str) -> str | None:
        """``'table'``, ``'view'``, or None if the name is free."""
        found = self._ask(
            "SELECT table_type FROM information_schema.tables "
            "WHERE lower(table_name) = lower(?) AND table_schema = 'main' AND table_catalog = current_database()",
            table,
        )
        return None if not found else "view" if found[0][0] == "VIEW" else "table"

    def tables(self) -> list[Listed]:
        """The tables; the catalog says about how many rows they have."""
        rows = self.execute(
            "SELECT t.table_name, t.estimated_size, list(c.column_name ORDER BY c.column_index) "
            "FROM duckdb_tables() t JOIN duckdb_columns() c USING (table_oid, database_name) "
            "WHERE t.schema_name = 'main' AND t.database_name = current_database() AND NOT t.temporary GROUP BY ALL"
        )
        return [Listed(name=name, columns=tuple(columns), rows=about) for name, about, columns in rows]

    @contextmanager
    def stopping_after(self, limit_s: float) -> Iterator[None]:
        """Interrupt the statement from another thread."""
        timer = threading.Timer(limit_s, self._open.interrupt)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def columns(self, table: str) -> list[Column]:
        """The columns that can be written."""
        rows = self._ask(
            "SELECT column_name, data_type, NOT is_nullable AND column_default IS NULL, "
            "EXISTS (SELECT 1 FROM duckdb_constraints() k WHERE k.table_oid = c.table_oid "
            "AND k.constraint_type = 'PRIMARY KEY' AND list_contains(k.constraint_column_names, c.column_name)) "
            "FROM duckdb_columns() c WHERE lower(table_name) = lower(?) AND schema_name = 'main' "
            "AND database_name = current_database() AND NOT EXISTS (SELECT 1 FROM information_schema.columns i "
            "WHERE i.is_generated = 'ALWAYS' AND i.table_catalog = c.database_name AND i.table_schema = c.schema_name "
            "AND i.table_name = c.table_name AND i.column_name = c.column_name) ORDER BY column_index",
            table,
        )
        return [
            Column(
                name,
                kind,
                is_required,
                is_key,
                pl.String() if types.family(kind) == "text" else dtype_of(kind, types.INTEGERS),
            )
            for name, kind, is_required, is_key in rows
        ]

    def unique(self, table: str) -> list[set[str]]:
        """Sets of columns that the table keeps unique, its primary key among them."""
        here = "lower(table_name) = lower(?) AND schema_name = 'main' AND database_name = current_database()"
        constraints = self._ask(
            "SELECT constraint_column_names FROM duckdb_constraints() "
            f"WHERE {here} AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')",
            table,
        )
        indexes = self._ask(f"SELECT expressions FROM duckdb_indexes() WHERE {here} AND is_unique", table)
        listed = [{name.strip().strip('"') for name in str(text).strip("[]").split(",")} for (text,) in indexes]
        return [set(columns) for (columns,) in constraints] + listed

    def references(self, table: str, *, own: bool = False) -> list[Reference]:
        """Foreign keys of other tables that point at this one, and those of its own if they are asked for."""
        rows = self.execute(
            "SELECT table_name, constraint_column_names, referenced_column_names FROM duckdb_constraints() "
            "WHERE constraint_type = 'FOREIGN KEY' AND lower(referenced_table) = lower(?) "
            "AND (? OR lower(table_name) <> lower(?)) AND schema_name = 'main' "
            "AND database_name = current_database()",
            [table, own, table],
        )
        return [Reference(name, self.target(name), tuple(columns), tuple(wanted)) for name, columns, wanted in rows]

    def refers_to_itself(self, table: str) -> bool:
        """Whether a foreign key of the table is its own."""
        return any(one.table.casefold() == table.casefold() for one in self.references(table, own=True))

    def delete_triggers(self, table: str) -> list[str]:  # noqa: ARG002 - as all dialects have it
        """None: DuckDB has no triggers."""
        return []

    def declared(self, dtype: pl.DataType) -> str:
        """Type to declare for a column."""
        return types.declared(dtype)

    def bends(self, dtype: pl.DataType, declared: str) -> bool:
        """Whether text would become a number or a date, or the other way round."""
        return types.family(self.declared(dtype)) != types.family(declared)

    def cannot_hold(self, column: str, dtype: pl.DataType) -> tuple[pl.Expr, str] | None:
        """Times and lengths of DuckDB have microseconds."""
        has_ns = isinstance(dtype, pl.Datetime) and dtype.time_zone is None
        finer = None if has_ns else beyond_microseconds(column, dtype)
        return super().cannot_hold(column, dtype) if finer is None else (finer, FINER)

    def may_bend(self, column: str, dtype: pl.DataType, declared: str) -> pl.Expr | None:
        """Numbers with digits that the column lacks, moments finer than it, texts that are notations of its type."""
        return types.may_bend(column, dtype, declared)

    def bent(self, table: Table, frame: pl.DataFrame) -> Iterator[Bent]:  # noqa: ARG002 - `prepare` has seen it
        """Convert the values to the table's types and back, as text."""
        stage, row = self.stage(frame), self.quote(ROW)
        for name in frame.columns:
            if name == ROW:
                continue
            given, there = self.quote(name), self._types[name.casefold()]
            held = f"TRY_CAST({given} AS {there})"
            back = f"TRY_CAST({held} AS {self.declared(frame[name].dtype)})"
            was, becomes, differs = f"{given}::VARCHAR", f"{held}::VARCHAR", "IS DISTINCT FROM"
            rows = self.execute(
                f"SELECT {row}, {was}, {becomes} FROM {stage} "
                f"WHERE {given} IS NOT NULL AND {becomes} {differs} {was} AND {back}::VARCHAR {differs} {was}"
            )
            yield from (Bent(number, name, *texts) for number, *texts in rows)

    def create_checkpoints(self, sql: str) -> bool:
        """Make the table, once another job of this process that is just making it has committed its first chunk."""
        ends_at = time.monotonic() + BUSY_S
        while True:
            try:
                self.execute(sql)
            except duckdb.TransactionException:
                self.rollback()
                if time.monotonic() > ends_at:
                    raise
                time.sleep(RETRY_S)
                self.begin()
            else:
                return True

    def prepare(self, table: Table) -> None:
        """Look at the types of the table."""
        self._types = {column.name.casefold(): column.declared for column in self.columns(table.name)}
        made_by = self._ask("SELECT sql FROM duckdb_tables() WHERE lower(table_name) = lower(?)", table.name)
        self._points_at_itself = self.refers_to_itself(table.name)
        self._has_collations = any("COLLATE" in str(sql).upper() for (sql,) in made_by)

    def insert(self, table: Table, frame: pl.DataFrame) -> None:
        """Insert all rows."""
        for part in self._in_turns(table, frame):
            self._insert(table, part)

    def _insert(self, table: Table, frame: pl.DataFrame) -> None:
        columns, stage = self.names(column.name for column in table.columns), self.stage(frame)
        self.execute(f"INSERT INTO {self.target(table.name)} ({columns}) SELECT {columns} FROM {stage}")
        if self._logging is not None:
            self._logging.inserted(table, stage, frame)

    def merge(self, table: Table, frame: pl.DataFrame, on_conflict: OnConflict) -> Written:
        """Merge the rows through a staged frame."""
        parts = self._in_turns(table, frame)
        return total([merge_staged(self, table, part, on_conflict) for part in parts])

    def _in_turns(self, table: Table, frame: pl.DataFrame) -> Iterable[pl.DataFrame]:
        """The rows in parts: a statement does not see those rows that it brings itself."""
        rules = self._rules(table) if self._points_at_itself else None
        return [frame] if rules is None else in_turns(self, table, frame, rules, self._types)

    def _rules(self, table: Table) -> Rules | None:
        return Rules.of(self, table, self._types, has_collations=self._has_collations)

    def foreseen(
        self, table: Table, rows: Foreseeable, tried: Callable[[pl.DataFrame], RefusedError | None]
    ) -> Iterator[Refusal]:
        """Ask what each staged row breaks, and try one row of each kind."""
        rules = self._rules(table)
        if rules is not None:
            yield from refusing(self, table, rows, rules, self._types, tried)

    def stage(self, frame: pl.DataFrame) -> str:
        """Register the frame under the name of the staging table."""
        # Not unregistered afterwards: a broken transaction would refuse that too.
        self._open.register(STAGE, frame)
        return self.quote(STAGE)

    def merge_stage(self, table: Table, *, updates: bool) -> tuple[int, int]:
        """Create what is new, update what differs, and count both."""
        on = " AND ".join(self._is_same(name) for name in table.key)
        rest = [self.quote(column.name) for column in table.columns if column.name not in table.key]
        change, differs = "", None
        if rest and updates:
            differs = " OR ".join(self._differs(column) for column in table.columns if column.name not in table.key)
            change = f"WHEN MATCHED AND ({differs}) THEN UPDATE SET {', '.join(f'{name} = s.{name}' for name in rest)} "
        columns, stage = [column.name for column in table.columns], self.quote(STAGE)
        logging = nullcontext() if self._logging is None else self._logging.merging(table, stage, on, differs)
        with logging:
            actions = self.execute(
                f"MERGE INTO {self.target(table.name)} t USING {stage} s ON {on} {change}WHEN NOT MATCHED "
                f"THEN INSERT ({self.names(columns)}) VALUES ({self.names(columns, 's.')}) RETURNING merge_action"
            )
        created = actions.count(("INSERT",))
        return created, len(actions) - created

    def shown(self, column: str) -> str:
        """The column as text: the driver needs one more library for a moment with a zone."""
        return f"{column}::VARCHAR"

    def create_log(self, log: UndoLog) -> None:
        """Columns of the table's own types."""
        Logging.make(self, log)

    def unpack_log(self, log: UndoLog) -> None:
        """Make rows of chunks that are packed."""
        Logging.unpack(self, log, self.stage)

    def log_into(self, log: UndoLog | None) -> None:
        """Log with each statement."""
        texts = {"VARCHAR"} if self._has_collations else set()
        plain = [name for name, declared in self._types.items() if declared not in {"DOUBLE", "FLOAT", *texts}]
        self._logging = None if log is None else Logging(self, log, plain)

    def bytes_of(self, table: str) -> int:
        """The blocks of the table, and what of it is still in the log of the database."""
        [(blocks, values)] = self.execute(
            "SELECT count(DISTINCT block_id) FILTER (persistent), sum(count) FILTER (NOT persistent) "
            "FROM pragma_storage_info(?)",
            [table],
        )
        return int(blocks) * BLOCK_BYTES + int(values or 0) * VALUE_BYTES

    def is_exactly(self, one: str, other: str) -> str:
        """The same text, octet by octet."""
        return f"({self.plainly(one)} IS NOT DISTINCT FROM {self.plainly(other)})"

    def plainly(self, key: str) -> str:
        """Its text in octets, which has no collation."""
        return f"encode({key}::VARCHAR)"

    def lock(self, table: str, job_id: str) -> FileTableLock:
        """A lock among the jobs of this host."""
        return FileTableLock(f"duckdb:///{self._path.resolve()}", table, job_id)

    def scratch(self) -> Dialect:
        """A copy of the file, in a folder that goes away when it is closed."""
        return _Copy(self._path)

    def _is_same(self, key: str) -> str:
        """Whether a key is the same: a collation may ignore case, but DuckDB's indexes do not."""
        name = self.quote(key)
        if self._has_collations and self._types[key.casefold()] == "VARCHAR":
            return f"encode(t.{name}) = encode(s.{name})"
        return f"t.{name} = s.{name}"

    def _differs(self, column: TableColumn) -> str:
        """Whether a column of the table and a new value for it differ at all."""
        name, declared = self.quote(column.name), self._types[column.name.casefold()]
        old, new = f"t.{name}", f"s.{name}"
        if types.same(self.declared(column.dtype)) != types.same(declared):
            new = f"{new}::{declared}"
        if declared in {"DOUBLE", "FLOAT"}:
            return f"{old} IS DISTINCT FROM {new} OR ({new} = 0 AND {old}::VARCHAR <> {new}::VARCHAR)"
        if declared == "VARCHAR" and self._has_collations:
            return f"encode({old}) IS DISTINCT FROM encode({new})"
        return f"{old} IS DISTINCT FROM {new}"

    def _has_tables(self) -> bool:
        with self._open.cursor() as other:  # What is not committed here does not count.
            return other.execute("SELECT 1 FROM duckdb_tables() WHERE NOT internal").fetchone() is not None

    @property
    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise not_open(self.label)
        return self._connection

    def _ask(self, sql: str, table: str) -> list[tuple[Any, ...]]:
        return self.execute(sql, [table])


class _Copy(DuckdbDialect):
    """A copy of a file, made when it is opened and deleted when it is closed."""

    def __init__(self, original: Path) -> None:
        super().__init__(original)
        self._original = original
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def label(self) -> str:
        """URL of the original."""
        return f"duckdb:///{self._original}"

    def connect(self) -> None:
        """Copy the file, and open the copy."""
        raise_if_no_file(self._original)
        self._folder = tempfile.TemporaryDirectory(prefix="importer-dry-run-")
        self._path = Path(self._folder.name, self._original.name)
        if self._original.exists():
            # Opening it shows that it is a database, and that nobody else holds it.
            original = DuckdbDialect(self._original)
            original.patience = self.patience
            original.connect()
            original.close()
            try:
                # What was committed last is in a log beside the file.
                for file in (self._original, self._original.with_name(f"{self._original.name}.wal")):
                    if file.exists():
                        shutil.copyfile(file, self._path.with_name(file.name))
            except OSError as exc:
                raise SinkError(
                    f"{self.label} cannot be copied, and a dry run needs a copy: {exc.strerror}",
                    code="no-room-for-copy",
                    fixes=[f"make room in {tempfile.gettempdir()!r}", "set TMPDIR to another folder"],
                ) from exc
        super().connect()

    def close(self) -> None:
        """Close the copy, and delete it."""
        super().close()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _holder(exc: Exception) -> str:
    """Who has the file open, as DuckDB tells."""
    found = re.search(
        r"held in (?P<program>.*?) \(PID (?P<process>\d+)\)(?: by user (?P<user>.+?))?(?:\. |$)", str(exc)
    )
    if found is None:
        return "another program that has the file open"
    return holder_of({"process": int(found["process"]), "program": found["program"], "user": found["user"]}, "")


def _first_line(exc: Exception) -> str:
    """The sentence, without the statement that follows it."""
    return str(exc).partition("\n")[0]

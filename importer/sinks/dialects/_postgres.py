"""PostgreSQL: a server, which takes rows by COPY.

It is long because it is one class: each method of `Dialect` says in PostgreSQL's own words what the sink asks for.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.core import Written, masked
from importer.errors import DisconnectedError, Fix, SinkError
from importer.sinks._dialect import Dialect
from importer.sinks._driver_errors import LEFT_OUT, RefusedError, not_installed, not_open
from importer.sinks._emptying import Reference
from importer.sinks._limits import FINER, NameLimit, beyond_microseconds
from importer.sinks._password import usable
from importer.sinks._protocol import Column, Listed
from importer.sinks._read_back import Bent
from importer.sinks._staging import ROW, STAGE, merge_staged, without_rows
from importer.sinks._types import dtype_of
from importer.sinks.dialects import _postgres_types as types

try:
    import psycopg
    from psycopg import errors as sqlstate
    from psycopg.pq import TransactionStatus
except ImportError as exc:
    raise not_installed("psycopg", "postgres", exc) from exc

from importer.sinks.dialects._postgres_connection import connected
from importer.sinks.dialects._postgres_fitting import fitting, misfits
from importer.sinks.dialects._postgres_logging import Logging, UnseenError
from importer.sinks.dialects._postgres_refusing import refusing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from importer.core import OnConflict, Refusal, Table
    from importer.sinks._foresight import Foreseeable
    from importer.sinks._undo_log import UndoLog
    from importer.sinks.dialects._postgres_lock import PostgresTableLock

__all__ = ["PostgresDialect"]

READ_BACK = f"{STAGE} read back"
"""Name of the table in which values are tried."""

COPIED = r"(?m)^COPY [^:\n]*?, line \d+, column (.+?)(?:: |$)"
"""Where COPY was; without a column, the words of the row follow, which may look like one."""

RULES = {
    "NotNullViolation": "missing-cell",
    "UniqueViolation": "unique-error",
    "ForeignKeyViolation": "foreign-key",
}

FIXES = (
    (
        "no password supplied",
        "password-missing",
        "give the password: set PGPASSWORD, write it to ~/.pgpass, or put it into the URL",
    ),
    (
        "password",
        "password-wrong",
        "give the right user and password in the URL, or the password in PGPASSWORD",
    ),
    (
        "refused|timeout expired|timed out|translate host name|resolve host|No route to host|unreachable|No such file",
        "server-unreachable",
        "start the server, or name another host or port in the URL",
    ),
    ('role ".*" does not exist', "user-missing", "make it first, or name another in the URL"),
    ('database ".*" does not exist', "database-missing", "make it first, or name another in the URL"),
    ("does not exist", None, "make it first, or name another in the URL"),
    ("permission denied", "permission-denied", "ask for the right to write there"),
    ("no pg_hba.conf entry", "access-denied", "ask to be let in from this computer"),
)
"""What a message says, the code of the error, and what to do about it."""


class PostgresDialect(Dialect):
    """A PostgreSQL database, in the first schema of its search path.

    Parameters
    ----------
    url
        As libpq takes it: ``postgresql://user@host/database``. A password may be in it, in ``PGPASSWORD``, or in a
        password file.
    """

    product = "PostgreSQL"
    longest_name = NameLimit(63, "bytes")
    reserved_columns = frozenset(["cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"])
    most_columns = 1_600
    inserts_first = True
    logs_changes = True
    row_lock = "FOR UPDATE OF t"
    exclusive = "LOCK TABLE {0} IN ACCESS EXCLUSIVE MODE"
    overriding = "OVERRIDING SYSTEM VALUE "
    case_sensitive_names = True
    errors = (psycopg.Error,)
    refusals = (sqlstate.DataError, sqlstate.IntegrityError, sqlstate.RaiseException)

    def __init__(self, url: str) -> None:
        self._url = url
        usable(url)
        self._lock: PostgresTableLock | None = None
        self._schema = ""
        self._types: dict[str, str] = {}
        self._logging: Logging | None = None
        self._folding: set[str] = set()
        self._staged = pl.DataFrame()
        self._connection: psycopg.Connection[Any] | None = None

    @property
    def label(self) -> str:
        """URL of the database, without its password."""
        return masked(self._url)

    def connect(self) -> None:
        """Connect to the server."""
        self._connection = connected(self._url, lambda: self.patience)
        if self._lock is not None:
            self._lock.share(self._connection)
        [[schema]] = self.execute("SELECT current_schema()")
        if schema is None:
            raise SinkError(
                f"{self.label} has no schema in its search path",
                code="database-schema-missing",
                facts={"into": self.label},
                fixes=[
                    "set the search path of the role",
                    Fix("into", ..., "with the search path among the options of the URL"),
                ],
            )
        self._schema = schema

    def close(self) -> None:
        """Disconnect."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement."""
        cursor = self._run(sql, values)
        return [] if cursor.description is None else cursor.fetchall()

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement, and count the rows that it changed."""
        return self._run(sql, values).rowcount

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._open.info.transaction_status != TransactionStatus.IDLE

    def begin(self) -> None:
        """Open a transaction in which a deferred constraint refuses its row, not the whole chunk at the commit."""
        self.execute("BEGIN; SET CONSTRAINTS ALL IMMEDIATE")

    def savepoint(self) -> AbstractContextManager[object]:
        """Roll back what is done inside if it raises."""
        return self._open.transaction()

    def refused(self, exc: Exception) -> RefusedError:
        """The refusal in the database's words, with the column if it names it."""
        about = getattr(exc, "diag", None)
        text = getattr(about, "message_primary", None) or str(exc).partition("\n")[0]
        detail = getattr(about, "message_detail", None)
        column = getattr(about, "column_name", None)
        if column is None and (place := re.search(COPIED, getattr(about, "context", None) or "")):
            column = place.group(1)
        return _refusal(type(exc).__name__, text, detail, column or _in_detail(detail))

    def failed(self, exc: Exception) -> SinkError:
        """What PostgreSQL says, without what it was given, and what to do about it."""
        if isinstance(exc, sqlstate.QueryCanceled) and self.patience.gave_up:
            return self.patience.error(self.label)
        text = (str(exc).strip() or type(exc).__name__).splitlines()[0]
        is_lost = self._connection is None or self._connection.closed
        is_lost = is_lost and isinstance(exc, psycopg.OperationalError)
        # The server has rolled the transaction back for the sake of another one.
        is_lost = is_lost or isinstance(exc, sqlstate.DeadlockDetected | sqlstate.SerializationFailure)
        kind = DisconnectedError if is_lost else SinkError
        code, fix = next((found for words, *found in FIXES if re.search(words, text)), (None, None))
        return kind(f"{self.label}: {text}", code=code, fixes=[fix] if fix else [])

    def is_duplicate(self, exc: Exception) -> bool:
        """Whether the refusal says that a unique key exists already."""
        return isinstance(exc, sqlstate.UniqueViolation)

    def target(self, table: str) -> str:
        """The table in its schema, which no temporary table hides."""
        return f"{self.quote(self._schema)}.{self.quote(table)}"

    def kind(self, table: str) -> str | None:
        """``'table'``, ``'view'``, or None if the name is free."""
        found = self.execute(
            "SELECT relkind IN ('v', 'm') FROM pg_class WHERE relname = ? AND relnamespace = ?::regnamespace",
            [table, self.quote(self._schema)],
        )
        return None if not found else "view" if found[0][0] else "table"

    def tables(self) -> list[Listed]:
        """The tables, without the parts of one; about how many rows they have is known once they were analysed."""
        rows = self.execute(
            "SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum), CASE WHEN c.reltuples >= 0 "
            "THEN c.reltuples::bigint WHEN pg_relation_size(c.oid) = 0 AND c.relkind = 'r' THEN 0 END "
            "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
            "AND a.attgenerated = '' WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition "
            "AND c.relnamespace = ?::regnamespace GROUP BY c.oid",
            [self.quote(self._schema)],
        )
        return [Listed(name=name, columns=tuple(columns), rows=about) for name, columns, about in rows]

    @contextmanager
    def stopping_after(self, limit_s: float) -> Iterator[None]:
        """Let the server end the statement."""
        self.execute(f"SET statement_timeout = {max(int(limit_s * 1000), 1)}")
        try:
            yield
        finally:
            self.execute("RESET statement_timeout")

    def columns(self, table: str) -> list[Column]:
        """The columns that can be written."""
        rows = self.execute(
            # A domain may be of another domain, and each level may need a value or have a default.
            "WITH RECURSIVE held AS (SELECT attrelid, attnum, attname, atttypid AS kind, atttypmod AS more, "
            "attnotnull AS needs, atthasdef OR attidentity <> '' AS fills "
            "FROM pg_attribute JOIN pg_class c ON c.oid = attrelid "
            "WHERE relname = ? AND relnamespace = ?::regnamespace AND attnum > 0 AND NOT attisdropped "
            "AND attgenerated = '' UNION ALL "
            "SELECT attrelid, attnum, attname, typbasetype, typtypmod, needs OR typnotnull, "
            "fills OR typdefault IS NOT NULL FROM held JOIN pg_type ON oid = kind WHERE typtype = 'd') "
            "SELECT attname, format_type(kind, more), needs AND NOT fills, "
            "EXISTS (SELECT FROM pg_index i WHERE i.indrelid = attrelid AND attnum = ANY (i.indkey) AND indisprimary) "
            "FROM held JOIN pg_type ON oid = kind WHERE typtype <> 'd' ORDER BY attnum",
            [table, self.quote(self._schema)],
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
        rows = self.execute(
            "SELECT array_agg(a.attname::text) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) "
            "WHERE c.relname = ? AND c.relnamespace = ?::regnamespace "
            "AND i.indisunique AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL GROUP BY i.indexrelid",
            [table, self.quote(self._schema)],
        )
        return [set(columns) for (columns,) in rows]

    def references(self, table: str, *, own: bool = False) -> list[Reference]:
        """Foreign keys of other tables that point at this one, whose rows stay as they are until the commit.

        Those of its own are among them if they are asked for.
        """
        names = (
            "(SELECT array_agg(a.attname::text ORDER BY n) FROM unnest({keys}) WITH ORDINALITY u (number, n) "
            "JOIN pg_attribute a ON a.attrelid = {of} AND a.attnum = u.number)"
        )
        columns, wanted = (
            names.format(keys="k.conkey", of="k.conrelid"),
            names.format(keys="k.confkey", of="k.confrelid"),
        )
        rows = self.execute(
            f"SELECT k.conrelid::regclass::text, k.conrelid = k.confrelid, {columns}, {wanted} FROM pg_constraint k "
            "JOIN pg_class c ON c.oid = k.confrelid WHERE k.contype = 'f' AND (? OR k.conrelid <> k.confrelid) "
            "AND c.relname = ? AND c.relnamespace = ?::regnamespace",
            [own, table, self.quote(self._schema)],
        )
        for name, is_own, *_ in rows:
            with suppress(sqlstate.InsufficientPrivilege), self.savepoint():
                if not is_own:
                    self.execute(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
        return [
            Reference(table if is_own else name, self.target(table) if is_own else name, tuple(columns), tuple(wanted))
            for name, is_own, columns, wanted in rows
        ]

    def delete_triggers(self, table: str) -> list[str]:
        """Names of the triggers that run when rows of the table are deleted."""
        rows = self.execute(
            "SELECT t.tgname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal "
            "AND t.tgenabled <> 'D' AND (t.tgtype & 8) > 0 AND c.relname = ? AND c.relnamespace = ?::regnamespace",
            [table, self.quote(self._schema)],
        )
        return [name for (name,) in rows]

    def has_triggers(self, table: str) -> bool:
        """Whether the table has triggers of its own."""
        sql = (
            "SELECT 1 FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal "
            "AND relname = ? AND relnamespace = ?::regnamespace"
        )
        return bool(self.execute(sql, [table, self.quote(self._schema)]))

    def refers_to_itself(self, table: str) -> bool:
        """Whether a foreign key of the table is its own."""
        sql = (
            "SELECT 1 FROM pg_constraint JOIN pg_class c ON c.oid = conrelid AND conrelid = confrelid "
            "WHERE relname = ? AND relnamespace = ?::regnamespace"
        )
        return bool(self.execute(sql, [table, self.quote(self._schema)]))

    def declared(self, dtype: pl.DataType) -> str:
        """Type to declare for a column."""
        return types.declared(dtype)

    def bends(self, dtype: pl.DataType, declared: str) -> bool:
        """Whether text would become a number or a date, or the other way round."""
        return types.family(self.declared(dtype)) != types.family(declared)

    def cannot_hold(self, column: str, dtype: pl.DataType) -> tuple[pl.Expr, str] | None:
        """Times of PostgreSQL have microseconds."""
        finer = beyond_microseconds(column, dtype)
        return super().cannot_hold(column, dtype) if finer is None else (finer, FINER)

    def may_bend(self, column: str, dtype: pl.DataType, declared: str) -> pl.Expr | None:
        """Numbers with digits that the column lacks, moments finer than it, texts that are notations of its type."""
        return types.may_bend(column, dtype, declared)

    def bent(self, table: Table, frame: pl.DataFrame) -> Iterator[Bent]:  # noqa: ARG002 - `prepare` has seen it
        """Convert the values to the table's types and back, as text."""
        names = [name for name in frame.columns if name != ROW]
        stage, row = f"pg_temp.{self.quote(READ_BACK)}", self.quote(ROW)
        self.execute(f"DROP TABLE IF EXISTS {stage}")
        columns = "".join(f", {self.quote(name)} text" for name in names)
        self.execute(f"CREATE TEMP TABLE {self.quote(READ_BACK)} ({row} bigint{columns})")
        self._copy(frame, stage)
        for name in names:
            given = self.quote(name)
            wanted = self.declared(frame[name].dtype)
            # A whole number may be written as a float.
            is_whole = frame[name].dtype.is_float() and self._types[name] in types.WHOLE
            held = f"{given}::{wanted}::{self._types[name]}" if is_whole else f"{given}::{self._types[name]}"
            was, becomes = f"{given}::{wanted}::text", f"({held})::text"
            # A real has digits that nobody sees.
            seen = f"({held})::text::numeric" if self._types[name] == "real" else f"({held})"
            back = f"{seen}::{wanted}::text"
            try:
                rows = self.execute(
                    f"SELECT {row}, {given}, {becomes} FROM {stage} WHERE {given} IS NOT NULL "
                    f'AND {becomes} COLLATE "C" <> {was} COLLATE "C" AND {back} COLLATE "C" <> {was} COLLATE "C"'
                )
            except self.refusals as exc:
                refused = self.refused(exc)
                raise RefusedError(refused.rule, str(refused), name) from exc
            yield from (Bent(number, name, *texts) for number, *texts in rows)

    def create_checkpoints(self, sql: str) -> bool:
        """Make the table at once, so that no other job waits for the first chunk of this one."""
        self.rollback()
        try:
            self.execute(sql)
        except sqlstate.UniqueViolation:
            pass  # Another job made it a moment ago, which IF NOT EXISTS does not see.
        except sqlstate.InsufficientPrivilege:
            return False
        finally:
            self.begin()
        return True

    def prepare(self, table: Table) -> None:
        """Make the staging table: the target's own types, but none of its constraints."""
        there = self.execute(
            "SELECT attname, format_type(atttypid, atttypmod), "
            "NOT coalesce(collisdeterministic, TRUE) OR 'citext' IN (t.typname, b.typname) "
            "FROM pg_attribute JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_collation o ON o.oid = attcollation "
            "JOIN pg_type t ON t.oid = atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype "
            "WHERE relname = ? AND relnamespace = ?::regnamespace AND attnum > 0 AND NOT attisdropped",
            [table.name, self.quote(self._schema)],
        )
        self._types = {name: declared for name, declared, _ in there}
        self._folding = {name for name, _, folds in there if folds}
        columns, stage = self.names(column.name for column in table.columns), self.quote(STAGE)
        target = self.target(table.name)
        self.execute(f"CREATE TEMP TABLE {stage} AS SELECT {columns} FROM {target} WITH NO DATA")
        self.execute(f"ALTER TABLE pg_temp.{stage} ADD {self.quote(ROW)} bigint")

    def insert(self, table: Table, frame: pl.DataFrame) -> None:
        """Copy the rows straight into the table."""
        rows = self._whole(without_rows(frame))
        if self._copy(rows, self.target(table.name)) < frame.height:
            raise RefusedError("constraint-error", LEFT_OUT)
        logging = self._logging
        if logging is not None and not logging.created(table, rows, self._types, self._copy):
            logging.inserted(self.stage(frame))

    def merge(self, table: Table, frame: pl.DataFrame, on_conflict: OnConflict) -> Written:
        """Merge the rows through the staging table."""
        if self._folding.isdisjoint(table.key):
            return merge_staged(self, table, frame, on_conflict)
        # Keys in two spellings are one key, which a statement may write only once.
        turn = f"row_number() OVER (PARTITION BY {self.names(table.key)} ORDER BY {self.quote(ROW)})"
        turns = pl.DataFrame(
            self.execute(f"SELECT {self.quote(ROW)}, {turn} FROM {self.stage(frame)}"),
            {ROW: pl.Int64, "turn": pl.Int64},
            orient="row",
        )
        each = [
            frame.join(rows, on=ROW, how="semi") for _, rows in turns.sort("turn").group_by("turn", maintain_order=True)
        ]
        done = [merge_staged(self, table, part, on_conflict) for part in each]
        return Written(
            created=sum(one.created for one in done),
            updated=sum(one.updated for one in done),
            unchanged=sum(one.unchanged for one in done),
            refused=tuple(refusal for one in done for refusal in one.refused),
        )

    def other_spellings(self, table: Table, frame: pl.DataFrame) -> Iterator[Bent]:
        """Keys that are equal by their collation, or by their type, but not the same."""
        if self._folding.isdisjoint(table.key):
            return
        stage, row = self.stage(frame), self.quote(ROW)
        on = " AND ".join(f"t.{name} = s.{name}" for name in map(self.quote, table.key))
        for column in self._folding.intersection(table.key):
            given, held = (f"{of}.{self.quote(column)}::text" for of in "st")
            rows = self.execute(
                f"SELECT s.{row}, {given}, {held} FROM {stage} s JOIN {self.target(table.name)} t ON {on} "
                f'WHERE {given} COLLATE "C" <> {held} COLLATE "C" ORDER BY s.{row}'
            )
            yield from (Bent(number, column, *texts) for number, *texts in rows)

    def foreseen(
        self,
        table: Table,
        rows: Foreseeable,
        tried: Callable[[pl.DataFrame], RefusedError | None],  # noqa: ARG002 - the server tries them
    ) -> Iterator[Refusal]:
        """Ask the server, whose words hold the values of the row."""
        conflict = (
            "" if rows.on_conflict in {None, "reject"} else self._conflict(table, updates=rows.on_conflict == "update")
        )
        folds = not self._folding.isdisjoint(table.key)
        for one in refusing(self, table, rows, conflict, folds=folds):
            yield _refusal(one.error, one.text, one.detail, one.column or _in_detail(one.detail)).refusal(one.row)

    def misfits(self, table: Table, frame: pl.DataFrame, doubtful: pl.DataFrame) -> Iterator[Refusal]:
        """Have the server convert each value."""
        columns = fitting(self, self.target(table.name), frame, doubtful.columns)
        if columns:
            for row, state, text, detail, column in misfits(self, frame, columns, doubtful[ROW]):
                yield _refusal(sqlstate.lookup(state).__name__, text, detail, column).refusal(row)

    def copy(self, frame: pl.DataFrame, into: str) -> None:
        """Copy the rows into a table of the same columns."""
        self._copy(self._whole(frame), into)

    def stage(self, frame: pl.DataFrame) -> str:
        """Replace the staged rows by these."""
        stage = f"pg_temp.{self.quote(STAGE)}"
        self.execute(f"TRUNCATE {stage}")
        self._staged = self._whole(frame)
        self._copy(self._staged, stage)
        return stage

    def merge_stage(self, table: Table, *, updates: bool) -> tuple[int, int]:
        """Create what is new, update what differs, and count both."""
        if self._logging is None:
            return self._merge_stage(table, None, updates=updates)
        with suppress(UnseenError), self.savepoint():
            return self._merge_stage(table, self._staged, updates=updates)
        return self._merge_stage(table, None, updates=updates)

    def _merge_stage(self, table: Table, frame: pl.DataFrame | None, *, updates: bool) -> tuple[int, int]:
        """Do it, and log it, with the rows as they are in the frame if it is given."""
        columns = self.names(column.name for column in table.columns)
        stage = f"pg_temp.{self.quote(STAGE)}"
        logging = self._logging
        returned, logged = "", ""
        if logging is not None:
            changes = updates and len(table.columns) > len(table.key)
            logging.begin(table, stage, self._differs(table) if changes else None, frame, self._types)
            returned, logged = f", {logging.returned}", logging.part
        [(created, updated)] = self.execute(
            f"WITH written AS (INSERT INTO {self.target(table.name)} AS t ({columns}) OVERRIDING SYSTEM VALUE "
            f"SELECT {columns} FROM {stage} "
            f"ORDER BY {self.quote(ROW)} {self._conflict(table, updates=updates)} "
            f"RETURNING {self._is_new(table)} AS is_new{returned}){logged} "
            "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written"
        )
        if logging is not None:
            logging.end(updated)
        return created, updated

    def _is_new(self, table: Table) -> str:
        """Whether a written row was created: only a row that was there has been locked, which its ``xmax`` tells."""
        found = self.execute(
            "SELECT relkind = 'p' FROM pg_class WHERE relname = ? AND relnamespace = ?::regnamespace",
            [table.name, self.quote(self._schema)],
        )
        if found != [(True,)]:
            return "xmax = 0"
        # A table in parts does not return it; the statement sees the rows that were there before.
        on = " AND ".join(f"k.{name} = t.{name}" for name in map(self.quote, table.key))
        return f"NOT EXISTS (SELECT FROM {self.target(table.name)} k WHERE {on})"

    def create_log(self, log: UndoLog) -> None:
        """Columns of the table's own types."""
        Logging.make(self, log)

    def unpack_log(self, log: UndoLog) -> None:
        """Make rows of chunks that are packed."""
        Logging.unpack(self, log, self._copy)

    def log_into(self, log: UndoLog | None) -> None:
        """Log with each statement."""
        self._logging = None if log is None else Logging(self, log)

    def bytes_of(self, table: str) -> int:
        """The pages of the table, with long texts."""
        [(size,)] = self.execute("SELECT pg_total_relation_size(to_regclass(?))", [self.target(table)])
        return int(size or 0)

    def is_exactly(self, one: str, other: str) -> str:
        """The same text in the same characters."""
        return f'({one}::text COLLATE "C" IS NOT DISTINCT FROM {other}::text COLLATE "C")'

    def lock(self, table: str, job_id: str) -> PostgresTableLock:
        """A lock that the server holds, among the jobs of all hosts."""
        from importer.sinks.dialects._postgres_lock import PostgresTableLock

        self._lock = PostgresTableLock(self._url, table, job_id, failed=self.failed, patience=lambda: self.patience)
        return self._lock

    @property
    def _open(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            raise not_open(self.label)
        return self._connection

    def _run(self, sql: str, values: Sequence[Any]) -> psycopg.Cursor[Any]:
        if not values:
            return self._open.execute(sql.encode())
        return self._open.execute(self.with_markers(sql, "%s").encode(), values)

    def _conflict(self, table: Table, *, updates: bool) -> str:
        """What a row does whose key is in the table: the clause of ``INSERT``."""
        rest = [self.quote(column.name) for column in table.columns if column.name not in table.key]
        action = "NOTHING"
        if rest and updates:
            changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
            action = f"UPDATE SET {changes} WHERE {self._differs(table)}"
        return f"ON CONFLICT ({self.names(table.key)}) DO {action}"

    def _differs(self, table: Table) -> str:
        """Whether a row of the table and one for it differ at all, whatever their types and collations call equal."""
        plain, exactly = [], []
        for name in (column.name for column in table.columns if column.name not in table.key):
            quoted, kind = self.quote(name), types.kind(self._types[name])
            texts = f't.{quoted}::text COLLATE "C" IS DISTINCT FROM excluded.{quoted}::text COLLATE "C"'
            if kind in {"real", "double precision"}:
                exactly.append(f"(excluded.{quoted} = 0 AND {texts})")
            elif name in self._folding or not (kind in types.TEXTS or kind.startswith(types.EXACT)):
                exactly.append(texts)
                continue
            plain.append(quoted)
        old, new = ", ".join(f"t.{name}" for name in plain), ", ".join(f"excluded.{name}" for name in plain)
        return " OR ".join([f"ROW ({old}) IS DISTINCT FROM ROW ({new})"] * bool(plain) + exactly)

    def _whole(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows, with whole numbers in columns of those that are written as floats in the frame."""
        return frame.with_columns(
            pl.col(name).cast(pl.Int64)
            for name, dtype in frame.schema.items()
            if dtype.is_float() and self._types.get(name) in types.WHOLE
        )

    def _copy(self, frame: pl.DataFrame, into: str) -> int:
        """Copy the rows, and count those that went in."""
        # COPY reads an empty field as null, and a quoted empty one as the empty text: what polars writes.
        as_text = frame.with_columns(pl.col(pl.Duration).dt.to_string("iso"))
        copy = f"COPY {into} ({self.names(frame.columns)}) FROM STDIN (FORMAT csv)"
        with self._open.cursor() as cursor:
            with cursor.copy(copy.encode()) as stream:
                stream.write(as_text.write_csv(include_header=False).encode())
            return cursor.rowcount


def _in_detail(detail: str | None) -> str | None:
    """The single column of a key that the detail of an error names."""
    place = re.match(r"Key \(([^,()]+)\)=", detail or "")
    return place.group(1).strip('"') if place else None


def _refusal(error: str, text: str, detail: str | None, column: str | None) -> RefusedError:
    """The refusal in the database's words, by the name of the driver's error."""
    message = f"the database refused the row: {text}" + (f" ({detail.rstrip('.')})" if detail else "")
    return RefusedError(RULES.get(error, "constraint-error"), message, column)

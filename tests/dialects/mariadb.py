"""MariaDB, by way of PyMySQL: a dialect that no part of the package knows, as an example of one."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote, urlsplit

import polars as pl
import pymysql
from pymysql.constants import CLIENT, FIELD_TYPE, SERVER_STATUS
from pymysql.converters import conversions, convert_datetime, convert_timedelta

from importer.core import Written, masked
from importer.errors import DisconnectedError, SinkError
from importer.sinks import ROW, STAGE, Bent, Column, Dialect, NameLimit, Reference, RefusedError, dtype_of, merge_staged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from importer.core import OnConflict, Table, TableColumn

# Rows of different keys never become one: neither case, nor accents, nor a space at the end are ignored.
TEXT = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
KEY_BYTES = 3072
"""Length of an index at most; a character takes up to four."""

STATEMENT_CHARS = 1_000_000
RETRY_S = 1

# TRADITIONAL refuses what does not fit instead of bending it; a zero is a zero, not the next number.
SETTINGS = """SET SESSION sql_mode = 'TRADITIONAL,NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00',
    default_storage_engine = InnoDB, innodb_lock_wait_timeout = 50, lock_wait_timeout = 50, wait_timeout = 2147483,
    tx_isolation = 'READ-COMMITTED'"""

LOST = {1040, 1053, 1205, 1213, 1927, 2002, 2003, 2006, 2013, 2014, 2055}
"""The connection or the transaction is gone, and another try may succeed."""

RULES = {
    1022: "unique-error",
    1062: "unique-error",
    1169: "unique-error",
    1216: "foreign-key",
    1452: "foreign-key",
    1048: "missing-cell",
    1264: "constraint-error",
    1265: "constraint-error",
    1292: "constraint-error",
    1366: "constraint-error",
    1406: "constraint-error",
    1644: "constraint-error",
    3819: "constraint-error",
    4025: "constraint-error",
}
"""Errors of a row. Their class does not tell: the driver raises CHECK and a lost connection as the same one."""

INTEGERS = {"TINYINT": 8, "SMALLINT": 16, "MEDIUMINT": 32, "INT": 32, "BIGINT": 64}
DECLARED = {
    "Boolean": "BOOLEAN",
    "Date": "DATE",
    "Time": "TIME(6)",
    "Float32": "DOUBLE",
    "Float64": "DOUBLE",
    "Int8": "SMALLINT",
    "Int16": "SMALLINT",
    "Int32": "INT",
    "Int64": "BIGINT",
    "UInt8": "SMALLINT",
    "UInt16": "INT",
    "UInt32": "BIGINT",
    "UInt64": "BIGINT UNSIGNED",
}


class MariadbDialect(Dialect):
    """A database of MariaDB.

    Parameters
    ----------
    url
        ``mysql://user:password@host:port/database``.
    """

    quote_mark: ClassVar[str] = "`"
    product: ClassVar[str] = "MariaDB"
    longest_name: ClassVar[NameLimit] = NameLimit(64, "characters")
    most_columns: ClassVar[int] = 1_017
    inserts_first: ClassVar[bool] = True
    ddl_in_transaction: ClassVar[bool] = False
    case_sensitive_names: ClassVar[bool] = True

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: pymysql.Connection[Any] | None = None

    # The connection

    @property
    def label(self) -> str:
        return masked(self._url)

    def connect(self) -> None:
        self._connection = connected(self._url)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None or not connection.open:
            return
        with contextlib.suppress(pymysql.Error), connection.cursor() as cursor:
            cursor.execute("SELECT RELEASE_ALL_LOCKS()")
        # `close` complains of a connection that the failed statement has closed.
        if connection.open:
            connection.close()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._open.cursor() as cursor:
            # Without values the driver looks for no parameters, so a % needs no escape.
            cursor.execute(*((self.with_markers(sql, "%s"), list(values)) if values else (sql,)))
            return list(cursor.fetchall())

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        with self._open.cursor() as cursor:
            return cursor.execute(*((self.with_markers(sql, "%s"), list(values)) if values else (sql,)))

    @property
    def in_transaction(self) -> bool:
        connection = self._connection
        return connection is not None and bool(connection.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        self.execute("SAVEPOINT importer")
        try:
            yield
        except pymysql.Error as exc:
            if _code(exc) not in LOST:
                self.execute("ROLLBACK TO SAVEPOINT importer")
            raise

    @property
    def _open(self) -> pymysql.Connection[Any]:
        if self._connection is None:
            raise SinkError(f"{self.label} is not open", code="not-open", fixes=["call open() first"])
        return self._connection

    # Errors of the driver

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        return (pymysql.Error,)

    @property
    def refusals(self) -> tuple[type[Exception], ...]:
        return (pymysql.Error,)

    def refused(self, exc: Exception) -> RefusedError | None:
        rule = RULES.get(_code(exc))
        if rule is None:
            return None
        named = re.search(r"[Cc]olumn '(.+?)'(?: at row|  ?cannot|$)", _message(exc))
        return RefusedError(rule, f"the database refused the row: {_message(exc)}", named[1] if named else None)

    def failed(self, exc: Exception) -> SinkError:
        kind = DisconnectedError if _code(exc) in LOST else SinkError
        return kind(f"{self.label}: {_message(exc)}")

    def is_duplicate(self, exc: Exception) -> bool:
        return RULES.get(_code(exc)) == "unique-error"

    # The catalog

    def kind(self, table: str) -> str | None:
        # The catalog itself compares without case, so the table's name is compared as bytes.
        sql = """SELECT table_type FROM information_schema.tables
            WHERE table_schema = DATABASE() AND BINARY table_name = BINARY ?"""
        found = self.execute(sql, [self._stored_name(table)])
        return ("view" if "VIEW" in found[0][0] else "table") if found else None

    def columns(self, table: str) -> list[Column]:
        sql = """SELECT column_name, column_type, is_nullable = 'NO' AND column_default IS NULL AND
            extra NOT LIKE '%auto_increment%', column_key = 'PRI' FROM information_schema.columns
            WHERE table_schema = DATABASE() AND BINARY table_name = BINARY ? AND is_generated = 'NEVER'
            ORDER BY ordinal_position"""
        return [
            Column(name, declared, bool(required), bool(key), _dtype(declared))
            for name, declared, required, key in self.execute(sql, [self._stored_name(table)])
        ]

    def unique(self, table: str) -> list[set[str]]:
        sql = """SELECT index_name, column_name, sub_part FROM information_schema.statistics
            WHERE table_schema = DATABASE() AND BINARY table_name = BINARY ? AND non_unique = 0"""
        found: dict[str, set[str]] = {}
        in_part = set()
        for index, column, part in self.execute(sql, [self._stored_name(table)]):
            found.setdefault(index, set()).add(column)
            in_part |= {index} if part is not None else set()
        return [columns for index, columns in found.items() if index not in in_part]

    def references(self, table: str) -> list[Reference]:
        sql = """SELECT table_schema, table_name, constraint_name, column_name FROM information_schema.key_column_usage
            WHERE referenced_table_schema = DATABASE() AND BINARY referenced_table_name = BINARY ?
            AND NOT (table_schema = DATABASE() AND BINARY table_name = BINARY ?)"""
        name = self._stored_name(table)
        found: dict[tuple[str, str, str], tuple[str, ...]] = {}
        for *key, column in self.execute(sql, [name, name]):
            found[tuple(key)] = (*found.get(tuple(key), ()), column)
        return [
            Reference(child, f"{self.quote(schema)}.{self.quote(child)}", columns)
            for (schema, child, _), columns in found.items()
        ]

    def delete_triggers(self, table: str) -> list[str]:
        sql = """SELECT trigger_name FROM information_schema.triggers WHERE event_object_schema = DATABASE()
            AND BINARY event_object_table = BINARY ? AND event_manipulation = 'DELETE'"""
        return [name for (name,) in self.execute(sql, [self._stored_name(table)])]

    def declared(self, dtype: pl.DataType) -> str:
        if isinstance(dtype, pl.Decimal):
            return f"DECIMAL({dtype.precision}, {dtype.scale})"
        if isinstance(dtype, pl.Datetime):
            return "DATETIME(6)" if dtype.time_zone is None else "TIMESTAMP(6)"
        if _is_text(dtype):
            return f"LONGTEXT {TEXT}"
        if type(dtype).__name__ not in DECLARED:
            raise SinkError(f"MariaDB has no type for {dtype}", fixes=["change the schema"])
        return DECLARED[type(dtype).__name__]

    def declared_in(self, table: Table, column: TableColumn) -> str:
        is_key = column.name in table.key
        if not _is_text(column.dtype) or not (is_key or column.unique):
            # Else an old server makes the first TIMESTAMP of a table NOT NULL.
            return self.declared(column.dtype) + (" NULL" if column.nullable and not is_key else "")
        texts = sum(_is_text(one.dtype) for one in table.columns if one.name in table.key) if is_key else 1
        # Other columns of the key take up to 30 bytes.
        chars = (KEY_BYTES - 30 * (len(table.key) - texts if is_key else 0)) // (4 * texts)
        return f"VARCHAR({chars}) {TEXT}"

    def bends(self, dtype: pl.DataType, declared: str) -> bool:
        base = declared.upper().partition("(")[0]
        if _is_text(dtype):
            # CHAR loses spaces at the end; VARCHAR refuses what is too long.
            return base.split()[0] not in {"VARCHAR", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT"}
        if isinstance(dtype, pl.Boolean):
            return not declared.startswith("tinyint(1)")
        if dtype.is_integer():
            return base not in INTEGERS or declared.startswith("tinyint(1)")
        if isinstance(dtype, pl.Decimal):
            return base != "DECIMAL"
        # A DATETIME(0) cuts off fractions of a second, which no mode refuses.
        return self.declared(dtype).casefold() != declared

    def cannot_hold(self, column: str, dtype: pl.DataType) -> tuple[pl.Expr, str] | None:
        if dtype.is_float():
            return ~pl.col(column).is_finite(), "MariaDB has only finite numbers"
        if isinstance(dtype, pl.Time):
            return pl.col(column).to_physical() % 1_000 != 0, "MariaDB keeps microseconds"
        return super().cannot_hold(column, dtype)

    def may_bend(self, column: str, dtype: pl.DataType, declared: str) -> pl.Expr | None:
        # Digits too many after the point are rounded, which no mode refuses; before it, they are refused.
        return pl.col(column).round(_scale(declared)) != pl.col(column) if isinstance(dtype, pl.Decimal) else None

    def bent(self, table: Table, frame: pl.DataFrame) -> Iterator[Bent]:
        declared = {column.name: column.declared for column in self.columns(table.name)}
        for name in frame.drop(ROW).columns:
            held = frame[name].round(_scale(declared[name]))
            for row, was, becomes in zip(frame[ROW], frame[name], held, strict=True):
                if was != becomes:
                    yield Bent(row, name, str(was), str(becomes))

    # The rows

    def create_checkpoints(self, sql: str) -> bool:
        try:
            self.execute(f"{sql} {TEXT}")
        except pymysql.OperationalError as exc:
            if _code(exc) not in {1044, 1142}:
                raise
            return False
        return True

    def prepare(self, table: Table) -> None:
        names = self.names(column.name for column in table.columns)
        self.execute(f"DROP TEMPORARY TABLE IF EXISTS {self.quote(STAGE)}")
        # As the table's own columns, so that a comparison can use the table's index.
        self.execute(
            f"CREATE TEMPORARY TABLE {self.quote(STAGE)} ({self.quote(ROW)} BIGINT) "
            f"AS SELECT {names} FROM {self.target(table.name)} WHERE FALSE"
        )
        declared = {name: declared for name, declared, *_ in self.execute(f"DESCRIBE {self.quote(STAGE)}")}
        self._texts = {name for name, each in declared.items() if "char" in each or "text" in each}

    def insert(self, table: Table, frame: pl.DataFrame) -> None:
        self._insert(self.target(table.name), frame.select(column.name for column in table.columns))

    def merge(self, table: Table, frame: pl.DataFrame, on_conflict: OnConflict) -> Written:
        return merge_staged(self, table, frame, on_conflict)

    def stage(self, frame: pl.DataFrame) -> str:
        stage = self.quote(STAGE)
        self.execute(f"DELETE FROM {stage}")
        self._insert(stage, frame)
        return stage

    def merge_stage(self, table: Table, *, updates: bool) -> tuple[int, int]:
        # ON DUPLICATE KEY UPDATE would also change a row that only shares another unique column.
        target, stage, quote = self.target(table.name), self.quote(STAGE), self.quote
        rest = [column.name for column in table.columns if column.name not in table.key]
        names = self.names(column.name for column in table.columns)
        on = " AND ".join(self._is_same(name, "=") for name in table.key)
        updated = 0
        if updates and rest:
            change = ", ".join(f"t.{quote(name)} = s.{quote(name)}" for name in rest)
            is_same = " AND ".join(self._is_same(name, "<=>") for name in rest)
            updated = self.change(f"UPDATE {target} t JOIN {stage} s ON {on} SET {change} WHERE NOT ({is_same})")
        created = self.change(
            f"INSERT INTO {target} ({names}) SELECT {self.names((c.name for c in table.columns), 's.')} "
            f"FROM {stage} s LEFT JOIN {target} t ON {on} WHERE t.{quote(table.key[0])} IS NULL ORDER BY s.{quote(ROW)}"
        )
        return created, updated

    def put_in_place(self, new: str, table: str) -> None:
        new, target = self.target(new), self.target(table)
        if self.kind(table) is None:
            self.execute(f"RENAME TABLE {new} TO {target}")
            return
        old = self.target(f"importer old {secrets.token_hex(8)}")
        self.execute(f"RENAME TABLE {target} TO {old}, {new} TO {target}")
        try:
            self.execute(f"DROP TABLE {old}")
        except pymysql.Error:
            self.execute(f"RENAME TABLE {target} TO {new}, {old} TO {target}")
            raise

    def bound(self, column: pl.Series) -> Iterable[Any]:
        if isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone is not None:
            return column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return column.cast(pl.String()) if _is_text(column.dtype) else column

    def _is_same(self, name: str, sign: str) -> str:
        """Whether both columns are equal, in every byte too: another program's table may ignore case."""
        quoted = self.quote(name)
        same = f"t.{quoted} {sign} s.{quoted}"
        return f"{same} AND BINARY t.{quoted} {sign} BINARY s.{quoted}" if name in self._texts else same

    def _insert(self, target: str, frame: pl.DataFrame) -> None:
        """Insert the rows in statements of about a megabyte."""
        start = f"INSERT INTO {target} ({self.names(frame.columns)}) VALUES "
        row = f"({', '.join(['%s'] * frame.width)})"
        with self._open.cursor() as cursor:
            texts, chars = [], 0
            for values in zip(*map(self.bound, frame), strict=True):
                texts.append(cursor.mogrify(row, values))
                chars += len(texts[-1])
                if chars > STATEMENT_CHARS:
                    cursor.execute(start + ",".join(texts))
                    texts, chars = [], 0
            if texts:
                cursor.execute(start + ",".join(texts))

    def _stored_name(self, table: str) -> str:
        [(folds,)] = self.execute("SELECT @@lower_case_table_names = 1")
        return table.lower() if folds else table

    # Beside the rows

    def lock(self, table: str, job_id: str) -> MariadbTableLock:
        return MariadbTableLock(self._url, table, job_id)


class MariadbTableLock:
    """Two named locks of the server: the table's, and its holder's.

    The server frees them with the connection, but only once it has seen that the connection is gone. A lock that is
    released is therefore given back first.
    """

    def __init__(self, url: str, table: str, job_id: str) -> None:
        self._url = url
        database = urlsplit(url).path[1:]
        self._table, self._job = (
            f"importer {hashlib.sha256(name.encode()).hexdigest()[:40]}" for name in (f"{database}\n{table}", job_id)
        )
        self._connection: pymysql.Connection[Any] | None = None

    def acquire(self, *, is_over: Callable[[], bool], wait: Callable[[], object]) -> None:
        try:
            self._connection = connected(self._url)
            if self._try(0):
                return
            wait()
            while not is_over() and not self._try(RETRY_S):
                pass
        except pymysql.Error as exc:
            raise (DisconnectedError if _code(exc) in LOST else SinkError)(_message(exc)) from exc

    def keep(self) -> None:
        try:
            if self._connection is None or not self._connection.open:
                self._connection = connected(self._url)
            if self._try(0):
                return
        except pymysql.Error as exc:
            self.release()
            raise DisconnectedError(_message(exc)) from exc
        raise DisconnectedError("another job writes to the table")

    def release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None or not connection.open:
            return
        with contextlib.suppress(pymysql.Error), connection.cursor() as cursor:
            cursor.execute("SELECT RELEASE_ALL_LOCKS()")
        # `close` complains of a connection that the failed statement has closed.
        if connection.open:
            connection.close()

    def _try(self, wait_s: int) -> bool:
        if self._asked("IS_USED_LOCK(%s) = CONNECTION_ID()", self._table):
            return True
        if self._asked("GET_LOCK(%s, %s)", self._table, wait_s):
            self._asked("GET_LOCK(%s, 0)", self._job)
            return True
        return self._asked("IS_USED_LOCK(%s) = IS_USED_LOCK(%s)", self._table, self._job)

    def _asked(self, question: str, *values: object) -> bool:
        assert self._connection is not None
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT {question}", values)
            return bool(cursor.fetchone()[0])


def connected(url: str) -> pymysql.Connection[Any]:
    """A connection on which nothing is bent silently."""
    at = urlsplit(url)
    return pymysql.connect(
        host=at.hostname or "127.0.0.1",
        port=at.port or 3306,
        user=unquote(at.username or ""),
        password=unquote(at.password or ""),
        database=unquote(at.path[1:]),
        charset="utf8mb4",
        autocommit=True,
        # An update that finds its row as it should be is no update that found none.
        client_flag=CLIENT.FOUND_ROWS,
        init_command=SETTINGS,
        conv=conversions | {FIELD_TYPE.TIMESTAMP: _moment, FIELD_TYPE.TIME: _clock},
    )


def _moment(text: str) -> object:
    found = convert_datetime(text)
    return found.replace(tzinfo=UTC) if isinstance(found, datetime) else found


def _clock(text: str) -> object:
    found = convert_timedelta(text)
    is_clock = isinstance(found, timedelta) and timedelta(0) <= found < timedelta(days=1)
    return (datetime.min + found).time() if is_clock else found


def _is_text(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.String | pl.Enum | pl.Categorical)


def _dtype(declared: str) -> pl.DataType:
    if declared.startswith("tinyint(1)"):
        return pl.Boolean()
    base, is_unsigned = declared.partition("(")[0].split()[0].upper(), "unsigned" in declared
    if base in INTEGERS:
        bits = INTEGERS[base]
        return (pl.UInt64() if bits == 64 else pl.Int64()) if is_unsigned else _signed(bits)
    if declared.startswith("timestamp"):
        return pl.Datetime("us", "UTC")
    return dtype_of(declared, {})


def _scale(declared: str) -> int:
    return int(declared.partition(",")[2].partition(")")[0] or 0)


def _signed(bits: int) -> pl.DataType:
    return {8: pl.Int8(), 16: pl.Int16(), 32: pl.Int32(), 64: pl.Int64()}[bits]


def _code(exc: Exception) -> int:
    return exc.args[0] if exc.args and isinstance(exc.args[0], int) else 0


def _message(exc: Exception) -> str:
    return str(exc.args[-1]) if exc.args else str(exc)

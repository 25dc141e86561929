"""SQLite: a file, written through apsw.

It is long because it is one class: each method of `Dialect` says in SQLite's own words what the sink asks for.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager, nullcontext
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw
import polars as pl

from importer.core import Refusal, Written
from importer.errors import SinkError
from importer.sinks._dialect import Dialect
from importer.sinks._driver_errors import LEFT_OUT, RefusedError, not_open, raise_if_no_file
from importer.sinks._emptying import Reference
from importer.sinks._file_holders import holder_of_file
from importer.sinks._protocol import Column, Listed
from importer.sinks._read_back import Bent
from importer.sinks._staging import ROW, STAGE, without_rows
from importer.sinks._table_lock import FileTableLock
from importer.sinks._types import dtype_of
from importer.sinks.dialects._new_files import left, opened
from importer.sinks.dialects._sqlite_logging import Logging
from importer.sinks.dialects._sqlite_pointing import Pointer, pointing_ahead, pointing_nowhere
from importer.sinks.dialects._sqlite_refusing import ALONE, REFUSALS, raise_for_deferred, refusing
from importer.sinks.dialects._sqlite_room import is_temporary_folder_full, temporary_folder_full
from importer.sinks.dialects._sqlite_seen import LOOKED_AT, dtype_seen
from importer.sinks.dialects._sqlite_types import affinity, bindable, declared, may_bend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.core import OnConflict, Table
    from importer.sinks._foresight import Foreseeable
    from importer.sinks._undo_log import UndoLog

__all__ = ["SqliteDialect"]

CACHE_KIB = 16 * 1024

ROWS_IN_PYTHON = 5_000
"""Rows that are Python objects at a time: these take many times the memory of a column."""

ROWS_A_STATEMENT, MOST_VARIABLES = 32, 32_766
"""One statement of many rows takes half the time of as many statements, if it need not undo itself."""

FIXES = {
    "not a database": ("database-is-no-database", "name another file, or move this one away"),
    "full": (None, "make room on the disk, then run again"),
    "readonly": ("permission-denied", "change the permissions of the file, or name another"),
    "unable to open": ("permission-denied", "check that the folder may be written"),
    "disk I/O": (None, "look whether the disk has room and files may become larger, then resume the job"),
    "malformed": ("database-damaged", "put back a copy of the file, or save what `sqlite3 FILE .recover` can read"),
}

RUNS_OTHERWISE = re.compile(
    r"""^CREATE\s+TRIGGER\s+(?:"(?:[^"]|"")*"|\[[^]]*\]|`[^`]*`|'[^']*'|\S+)\s+"""
    r"(?:BEFORE\s+|AFTER\s+|INSTEAD\s+OF\s+)?(?:INSERT|UPDATE)\b",
    re.IGNORECASE,
)
"""The beginning of a trigger that does not run when rows are deleted, as SQLite keeps it."""

RULES = {"UNIQUE": "unique-error", "FOREIGN KEY": "foreign-key", "NOT NULL": "missing-cell"}


class SqliteDialect(Dialect):
    """A SQLite file, made if it is missing.

    Parameters
    ----------
    path
        The file.
    """

    product = "SQLite"
    reserved = "sqlite_"
    most_columns = 2_000
    beyond_ascii = "octet_length({0}) <> length({0})"
    logs_changes = writes_around = True
    errors = (apsw.Error,)
    refusals = REFUSALS

    def __init__(self, path: Path) -> None:
        self._path = path
        self._logging: Logging | None = None
        self._holder = ""
        self._connection: apsw.Connection | None = None

    @property
    def label(self) -> str:
        """URL of the file."""
        return f"sqlite:///{self._path}"

    @property
    def is_there(self) -> bool:
        """Whether the file exists."""
        return self._path.exists()

    def connect(self) -> None:
        """Open the file."""
        raise_if_no_file(self._path)
        self._connection = opened(self._path, lambda: apsw.Connection(str(self._path)))
        self._connection.set_busy_handler(self._waits)
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")

    def close(self) -> None:
        """Close the file; a new one that was left empty is removed."""
        if self._connection is None:
            return
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._connection.close()
        self._connection = None
        left(self._path)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement."""
        return self._open.execute(sql, values).fetchall()

    def each(self, sql: str, values: Iterable[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]:
        """Run a statement for each of many, and return all rows."""
        return self._open.executemany(sql, values)

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement, and count the rows that it changed itself, not by a trigger."""
        self._open.execute(sql, values)
        return self._open.changes()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._open.in_transaction

    def begin(self) -> None:
        """Open a transaction that writes: one that only reads first may not be able to write later."""
        self.execute("BEGIN IMMEDIATE")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Roll back what is done inside if it raises."""
        connection = self._open
        connection.execute("SAVEPOINT rows")
        try:
            yield
            # At the commit it would be the whole chunk that fails.
            raise_for_deferred(connection)
        except Exception:
            if connection.in_transaction:  # A trigger may have rolled back the whole transaction.
                connection.execute("ROLLBACK TO rows")
                connection.execute("RELEASE rows")
            raise
        connection.execute("RELEASE rows")

    def refused(self, exc: Exception) -> RefusedError | None:
        """The refusal in words, with the column if SQLite names it."""
        if not self.in_transaction:
            return None
        if isinstance(exc, OverflowError):
            return RefusedError("constraint-error", "a number is too large for SQLite's 64-bit integers")
        return _refused(str(exc))

    def explained(self, table: Table, row: pl.DataFrame, refused: RefusedError) -> RefusedError:
        """The refusal with the column and the value that points nowhere, or with the column of a check."""
        if refused.rule == "foreign-key":
            return _pointing(pointing_nowhere(self, table, row).get(0), refused)
        _, is_check, condition = str(refused).partition("CHECK constraint failed: ")
        words = {word.casefold() for word in re.findall(r"\w+", condition)}
        named = [column.name for column in table.columns if column.name.casefold() in words]
        return RefusedError(refused.rule, str(refused), named[0]) if is_check and len(named) == 1 else refused

    def has_triggers(self, table: str) -> bool:
        """Whether the table has triggers."""
        sql = "SELECT 1 FROM main.sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower(?)"
        return bool(self.execute(sql, (table,)))

    def refers_to_itself(self, table: str) -> bool:
        """Whether a foreign key of the table is its own."""
        keys = self.execute(f"PRAGMA main.foreign_key_list({self.quote(table)})")
        return any(parent.casefold() == table.casefold() for _, _, parent, *_ in keys)

    def failed(self, exc: Exception) -> SinkError:
        """What SQLite says, and what to do about it."""
        if isinstance(exc, apsw.BusyError | apsw.LockedError):
            return self.patience.error(self.label)
        if isinstance(exc, apsw.FullError) and is_temporary_folder_full(self._path):
            return temporary_folder_full(self.label)
        code, fix = next((found for words, found in FIXES.items() if words in str(exc)), (None, None))
        return SinkError(f"{self.label}: {exc}", code=code, fixes=[fix] if fix else [])

    def target(self, table: str) -> str:
        """The table in the file itself, which no temporary table hides."""
        return f'"main".{self.quote(table)}'

    def kind(self, table: str) -> str | None:
        """``'table'``, ``'view'``, or None if the name is free."""
        sql = "SELECT type FROM main.sqlite_master WHERE lower(name) = lower(?) AND type IN ('table', 'view')"
        found = self.execute(sql, (table,))
        return str(found[0][0]) if found else None

    def tables(self) -> Iterator[Listed]:
        """The tables; the largest number of a row says about how many there are."""
        columns: dict[tuple[str, int], list[str]] = {}
        for name, has_no_numbers, column in self.execute(
            "SELECT l.name, l.wr, c.name FROM pragma_table_list l JOIN pragma_table_info(l.name, 'main') c "
            "WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        ):
            columns.setdefault((name, has_no_numbers), []).append(column)
        for (name, has_no_numbers), names in columns.items():
            about = None if has_no_numbers else self.execute(f"SELECT max(rowid) FROM {self.target(name)}")[0][0] or 0
            yield Listed(name=name, columns=tuple(names), rows=about)

    @contextmanager
    def stopping_after(self, limit_s: float) -> Iterator[None]:
        """Look at the clock now and then."""
        ends_at = time.monotonic() + limit_s
        self._open.set_progress_handler(lambda: time.monotonic() > ends_at, 10_000)
        try:
            yield
        finally:
            self._open.set_progress_handler(None)

    def columns(self, table: str) -> list[Column]:
        """The columns that can be written."""
        info = self.execute(f"PRAGMA main.table_info({self.quote(table)})")
        keys = [kind.upper() for *_, kind, _, _, key in info if key]
        # SQLite fills a single integer key itself.
        is_filled = keys == ["INTEGER"]
        is_strict = any(strict for *_, strict in self.execute(f"PRAGMA main.table_list({self.quote(table)})"))
        seen = self._seen(table, {name: dtype_of(kind, {}) for _, name, kind, *_ in info})
        return [
            Column(
                name,
                # Elsewhere, ANY turns texts that look like numbers into numbers.
                "" if is_strict and kind.upper() == "ANY" else kind.upper(),
                default is None and (not is_filled if key else bool(required)),
                bool(key),
                dtype_seen(dtype_of(kind, {}), seen.get(name, ())),
                not is_strict and not (is_filled and key) and not seen.get(name),
            )
            for _, name, kind, required, default, key in info
        ]

    def _seen(self, table: str, dtypes: Mapping[str, pl.DataType]) -> dict[str, list[Any]]:
        """Some values of each column whose declared type does not say how its values are written."""
        open_ended = [name for name, dtype in dtypes.items() if dtype.is_temporal() or isinstance(dtype, pl.Boolean)]
        if not open_ended:
            return {}
        rows = self.execute(f"SELECT {self.names(open_ended)} FROM {self.target(table)} LIMIT {LOOKED_AT}")
        columns = zip(*rows, strict=True) if rows else [()] * len(open_ended)
        return {
            name: [value for value in values if value is not None]
            for name, values in zip(open_ended, columns, strict=True)
        }

    def unique(self, table: str) -> list[set[str]]:
        """Sets of columns that the table keeps unique, its primary key among them."""
        name = self.quote(table)
        sets = [{str(column) for _, column, *_, key in self.execute(f"PRAGMA main.table_info({name})") if key}]
        for _, index, is_unique, _, is_partial in self.execute(f"PRAGMA main.index_list({name})"):
            if is_unique and not is_partial:
                parts = self.execute(f"PRAGMA main.index_info({self.quote(str(index))})")
                sets.append({str(column) for _, _, column in parts if column is not None})
        return sets

    def references(self, table: str, *, own: bool = False) -> Iterator[Reference]:
        """Foreign keys of other tables that point at this one, and those of its own if they are asked for."""
        info = self.execute(f"PRAGMA main.table_info({self.quote(table)})")
        primary = [str(name) for _, name, *_, key in sorted(info, key=lambda each: each[-1]) if key]
        for (name,) in self.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'"):
            if str(name).casefold() == table.casefold() and not own:
                continue
            keys: dict[int, list[tuple[str, str | None]]] = {}
            for key, _, parent, column, wanted, *_ in self.execute(f"PRAGMA main.foreign_key_list({self.quote(name)})"):
                if str(parent).casefold() == table.casefold():
                    keys.setdefault(key, []).append((str(column), wanted))
            for pairs in keys.values():
                named = [str(wanted) for _, wanted in pairs if wanted is not None] or primary
                yield Reference(name, self.target(name), tuple(column for column, _ in pairs), tuple(named))

    def delete_triggers(self, table: str) -> list[str]:
        """Names of the triggers that run when rows of the table are deleted."""
        sql = "SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower(?)"
        return [name for name, text in self.execute(sql, (table,)) if not RUNS_OTHERWISE.search(text)]

    def declared(self, dtype: pl.DataType) -> str:
        """Type to declare, chosen so that SQLite's affinity rules never change a value."""
        return declared(dtype)

    def bends(self, dtype: pl.DataType, declared: str) -> bool:
        """Whether text would go into a column of numbers or dates, or numbers and booleans into one of text."""
        if self.declared(dtype) == "TEXT":
            return not isinstance(dtype_of(declared, {}), pl.String)
        kind = affinity(declared)
        if isinstance(dtype, pl.Boolean):
            return kind in {"TEXT", "REAL"}
        return kind == "TEXT" and (dtype.is_integer() or dtype.is_float())

    def cannot_hold(self, column: str, dtype: pl.DataType) -> tuple[pl.Expr, str] | None:
        """SQLite stores NaN as NULL."""
        if dtype.is_float():
            return pl.col(column).is_nan(), "SQLite would store NULL"
        return super().cannot_hold(column, dtype)

    def may_bend(self, column: str, dtype: pl.DataType, declared: str) -> pl.Expr | None:
        """Texts that look like numbers, and numbers with more digits than a float has, where SQLite converts them."""
        return may_bend(column, dtype, declared)

    def bent(self, table: Table, frame: pl.DataFrame) -> Iterator[Bent]:
        """Put the values into a table of the same affinities, and look what comes out."""
        declared = {column.name.casefold(): column.declared for column in self.columns(table.name)}
        try:
            for name in without_rows(frame).columns:
                yield from self._bent(frame.select(ROW, name).drop_nulls(), declared[name.casefold()])
        except apsw.FullError as exc:
            raise temporary_folder_full(self.label) from exc

    def _bent(self, values: pl.DataFrame, declared: str) -> Iterator[Bent]:
        """The same for one column."""
        stage, row, name = f"temp.{self.quote(STAGE)}", self.quote(ROW), values.columns[1]
        self.execute(f"DROP TABLE IF EXISTS {stage}")
        self.execute(f"CREATE TEMP TABLE {stage} ({row} INTEGER, held {affinity(declared)})")
        pairs = zip(values[ROW], bindable(values[name]), strict=True)
        self._open.executemany(f"INSERT INTO {stage} VALUES (?, ?)", pairs)
        is_text = self.declared(values[name].dtype) == "TEXT"
        held = self.execute(f"SELECT {'CAST(held AS TEXT)' if is_text else 'held'} FROM {stage} ORDER BY {row}")
        for number, given, (value,) in zip(values[ROW], bindable(values[name]), held, strict=True):
            same = value == given if isinstance(given, int) or is_text else Decimal(str(value)) == Decimal(given)
            if not same:
                yield Bent(number, name, str(given), str(value))
        self.execute(f"DROP TABLE {stage}")

    def insert(self, table: Table, frame: pl.DataFrame) -> None:
        """Insert all rows."""
        statement = self._insert(table)
        for part in without_rows(frame).iter_slices(ROWS_IN_PYTHON):
            if self._create(part, statement, _values(part)) < part.height:
                raise RefusedError("constraint-error", LEFT_OUT)

    def merge(self, table: Table, frame: pl.DataFrame, on_conflict: OnConflict) -> Written:
        """Insert what is new, then update what differs: each statement says how many rows it changed."""
        if on_conflict == "reject":
            self.insert(table, frame)
            return Written(created=frame.height)
        conflict = self._conflict(table)
        updates = self._updates(table) if on_conflict == "update" else None
        created = updated = 0
        for part in without_rows(frame).iter_slices(ROWS_IN_PYTHON):
            values = _values(part)
            new = self._create(part, f"{conflict} NOTHING", values)
            created += new
            if new < part.height and updates is not None:
                # Rows that were just created change nothing now, so every change is an update.
                # Triggers may have changed those, and these are set right without being updated.
                changed = self._run_many(f"{conflict} {updates}", values, part.width)
                updated += min(changed, part.height - new)
        return Written(created=created, updated=updated, unchanged=frame.height - created - updated)

    def other_spellings(self, table: Table, frame: pl.DataFrame) -> Iterator[Bent]:
        """Keys that are equal by their collation, but not the same."""
        if not self._folds(table):
            return
        keys, on = self.names(table.key), " AND ".join(f"{self.quote(name)} = ?" for name in table.key)
        sql = f"SELECT {keys} FROM {self.target(table.name)} WHERE {on}"
        given = zip(frame[ROW], zip(*(bindable(frame[name]) for name in table.key), strict=True), strict=True)
        for number, key in given:
            for name, new, old in zip(table.key, key, *self.execute(sql, key), strict=True):
                if new != old:
                    yield Bent(number, name, str(new), str(old))

    def _folds(self, table: Table) -> bool:
        """Whether the index of the key calls keys equal that are not the same."""
        name = self.quote(table.name)
        for _, index, is_unique, *_ in self.execute(f"PRAGMA main.index_list({name})"):
            parts = self.execute(f"PRAGMA main.index_xinfo({self.quote(str(index))})") if is_unique else []
            keys = {str(column).casefold(): order for _, _, column, _, order, is_key in parts if is_key}
            if keys.keys() == {column.casefold() for column in table.key}:
                return any(str(order).upper() != "BINARY" for order in keys.values())
        return False

    def foreseen(
        self,
        table: Table,
        rows: Foreseeable,
        tried: Callable[[pl.DataFrame], RefusedError | None],  # noqa: ARG002 - all are tried
    ) -> Iterator[Refusal]:
        """Write one row after another, unless a trigger may do as it likes."""
        if self.has_triggers(table.name):
            return
        updates, sql = rows.on_conflict == "update", self._insert(table)
        if rows.on_conflict in {"update", "skip"}:
            sql = f"{self._conflict(table)} {(self._updates(table) if updates else None) or 'NOTHING'}"
        # As they come, so that each sees those before it and no other.
        is_in_order = not updates or (rows.are_whole and self.refers_to_itself(table.name))
        is_alone = not is_in_order and not rows.unsure.is_empty() and self._depends(table, rows.unsure)
        yield from self._refusing(table, rows.all if is_in_order else rows.sure, sql, is_alone=is_alone)

    def write_around(self, table: Table, frame: pl.DataFrame, on_conflict: OnConflict | None) -> Written | None:
        """Insert one row after another."""
        needs_new = on_conflict in {"update", "skip"}
        if needs_new and self._folds(table):
            return None
        with nullcontext() if self._logging is None else self._logging.creating(frame):
            refused = tuple(self._refusing(table, frame, self._insert(table), needs_new=needs_new))
        return Written(created=frame.height - len(refused), refused=refused)

    def _refusing(
        self, table: Table, frame: pl.DataFrame, sql: str, *, is_alone: bool = False, needs_new: bool = False
    ) -> Iterator[Refusal]:
        """Write the rows, and say which are refused.

        Parameters
        ----------
        is_alone
            Whether only those are told that are refused whatever the others are.
        needs_new
            Whether no row may have a key that is in the table.
        """
        found, words, defers = list[tuple[int, str]](), dict[str, RefusedError](), self._defers(table)
        sql = sql.format(rows=f"({', '.join('?' * (frame.width - 1))})")
        for start in range(0, frame.height, ROWS_IN_PYTHON):
            part = frame[start : start + ROWS_IN_PYTHON]
            rows = list(zip(*map(bindable, without_rows(part)), strict=True))
            pending = pointing_nowhere(self, table, part) if defers and not is_alone else ()
            for at, exc in refusing(self._open, sql, rows, pending):
                text = str(exc)
                if is_alone and not text.startswith(ALONE):
                    continue
                found.append((start + at, text))
                if text in words:
                    continue
                refused = self.refused(exc)
                if refused is None:
                    raise exc
                if needs_new and refused.rule == "unique-error":
                    self._raise_for_known(table, part[at])
                words[text] = refused if refused.rule == "foreign-key" else self.explained(table, part[at], refused)
        if not is_alone:
            raise_for_deferred(self._open)
        by_rule = {rule: [at for at, text in found if words[text].rule == rule] for rule in RULES.values()}
        if needs_new:
            self._raise_for_known(table, frame[by_rule["unique-error"]])
        pointing = by_rule["foreign-key"]
        pointers = pointing_nowhere(self, table, frame[pointing])
        # What a row points at may have come after it.
        pointers = pointing_ahead(self, table, frame[pointing]) | pointers
        nowhere = {pointing[at]: pointer for at, pointer in pointers.items()}
        numbers = frame[ROW].gather([at for at, _ in found]).to_list()
        for number, (at, text) in zip(numbers, found, strict=True):
            refused = words[text]
            yield (_pointing(nowhere[at], refused) if at in nowhere else refused).refusal(number)

    def _raise_for_known(self, table: Table, frame: pl.DataFrame) -> None:
        """Raise an error if the table has a key of these rows."""
        on = " AND ".join(f"{self.quote(name)} = ?" for name in table.key)
        keys = zip(*(bindable(frame[name]) for name in table.key), strict=True)
        if any(self.each(f"SELECT 1 FROM {self.target(table.name)} WHERE {on}", keys)):
            raise RefusedError("unique-error", "the table has the key of a row")

    def _defers(self, table: Table) -> bool:
        """Whether a foreign key may be looked at only at the commit."""
        made_by = "SELECT sql FROM main.sqlite_master WHERE type = 'table' AND lower(name) = lower(?)"
        return "DEFER" in str(self.execute(made_by, (table.name,))).upper()

    def _depends(self, table: Table, unsure: pl.DataFrame) -> bool:
        """Whether rows may be refused for unsure ones that do not have their keys."""
        if self.refers_to_itself(table.name) and unsure.select(pl.struct(table.key).is_duplicated().any()).item():
            return True
        key = {column.casefold() for column in table.key}
        for _, index, is_unique, _, is_partial in self.execute(f"PRAGMA main.index_list({self.quote(table.name)})"):
            parts = self.execute(f"PRAGMA main.index_info({self.quote(str(index))})") if is_unique else []
            if is_unique and (is_partial or {str(column).casefold() for _, _, column in parts} != key):
                return True
        return False

    def bound(self, column: pl.Series) -> Iterable[Any]:
        """Values as the driver takes them."""
        return bindable(column)

    def create_log(self, log: UndoLog) -> None:
        """Columns without a type keep each value in its own."""
        self.execute(f"CREATE TABLE {self.target(log.name)} (turn INTEGER PRIMARY KEY, op, {', '.join(log.names)})")

    def log_into(self, log: UndoLog | None) -> None:
        """Have triggers of this connection log what changes."""
        if self._logging is not None:
            self._logging.stop()
        self._logging = None if log is None else Logging(self, log)

    def bytes_of(self, table: str) -> int:
        """The pages of the table."""
        [(size,)] = self.execute("SELECT sum(pgsize) FROM dbstat WHERE name = ? AND aggregate = TRUE", [table])
        return int(size or 0)

    def is_exactly(self, one: str, other: str) -> str:
        """The same value in the same storage class."""
        return f"({one} COLLATE BINARY IS {other} AND typeof({one}) = typeof({other}))"

    def lock(self, table: str, job_id: str) -> FileTableLock:
        """A lock among the jobs of this host."""
        return FileTableLock(f"sqlite:///{self._path.resolve()}", table, job_id)

    def _waits(self, tries: int) -> bool:
        """Whether to wait for a lock of another connection, before each next try."""
        if not tries:
            self.patience.begin()
            self._holder = holder_of_file(self._path, Path(f"{self._path}-shm"))
        return self.patience.goes_on(self._holder)

    @property
    def _open(self) -> apsw.Connection:
        if self._connection is None:
            raise not_open(self.label)
        return self._connection

    def _insert(self, table: Table) -> str:
        """SQL that inserts rows; ``{rows}`` stands for their placeholders."""
        columns = self.names(column.name for column in table.columns)
        # The savepoint undoes a refusal; a statement that can undo itself takes longer.
        return f"INSERT OR FAIL INTO {_literal(self.target(table.name))} AS t ({_literal(columns)}) VALUES {{rows}}"

    def _conflict(self, table: Table) -> str:
        """The same up to what happens to rows whose keys are there."""
        return f"{self._insert(table)} ON CONFLICT ({_literal(self.names(table.key))}) DO"

    def _updates(self, table: Table) -> str | None:
        """What updates a row if it differs; None if there is nothing but the key."""
        rest = [_literal(self.quote(column.name)) for column in table.columns if column.name not in table.key]
        if not rest:
            return None
        # The column's own collation may ignore case.
        old = ", ".join(f"t.{name} COLLATE BINARY" for name in rest)
        new = ", ".join(f"excluded.{name}" for name in rest)
        changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
        return f"UPDATE SET {changes} WHERE ({old}) IS NOT ({new})"

    def _create(self, part: pl.DataFrame, statement: str, values: Sequence[Any]) -> int:
        """Run a statement that creates rows, and count those that it created."""
        if self._logging is None:
            return self._run_many(statement, values, part.width)
        with self._logging.creating(part):
            return self._run_many(statement, values, part.width)

    def _run_many(self, statement: str, values: Sequence[Any], width: int) -> int:
        """Run the statement for all rows, and count those that it changed itself, not by a trigger."""
        connection = self._open
        step = width * _at_once(width)
        row = f"({', '.join('?' * width)})"
        sql = {size: statement.format(rows=", ".join([row] * (size // width))) for size in (step, len(values) % step)}
        changed = 0
        for start in range(0, len(values), step):
            part = values[start : start + step]
            connection.execute(sql[len(part)], part)
            changed += connection.changes()
        return changed


def _refused(text: str) -> RefusedError:
    """The refusal in SQLite's words, with the column if it names one."""
    kind, _, place = text.partition(" constraint failed")
    columns = re.findall(r"\.([^,]+?)(?=$|, )", place)
    column = columns[0] if len(columns) == 1 else None
    return RefusedError(RULES.get(kind, "constraint-error"), f"the database refused the row: {text}", column)


def _pointing(pointer: Pointer | None, refused: RefusedError) -> RefusedError:
    """The refusal of a row with what of it points nowhere."""
    if pointer is None:
        return refused
    return RefusedError(refused.rule, f"{pointer.text}: {refused}", pointer.column)


def _at_once(width: int) -> int:
    """How many rows of so many values go into one statement."""
    return max(1, min(ROWS_A_STATEMENT, MOST_VARIABLES // width))


def _values(frame: pl.DataFrame) -> list[Any]:
    """All values, row after row."""
    values: list[Any] = [None] * (frame.height * frame.width)
    for position, column in enumerate(frame):
        values[position :: frame.width] = bindable(column)
    return values


def _literal(name: str) -> str:
    """The name as a text that is formatted needs it."""
    return name.replace("{", "{{").replace("}", "}}")

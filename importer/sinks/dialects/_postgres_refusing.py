"""Rows that break a rule of a PostgreSQL table alone: the server picks those in doubt, and tries each of them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple, Protocol

import polars as pl
from psycopg import errors as sqlstate

from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from importer.core import Table

__all__ = ["Refused", "refusing"]

TRIAL = f"importer trial {secrets.token_hex(8)}"
"""Name of the function that tries rows, of its end, and of what it returns, which no table uses."""


class Refused(NamedTuple):
    """A row, and the fields of the error that it meets.

    Attributes
    ----------
    row
        Its number.
    error
        Name of the driver's error, such as ``'CheckViolation'``.
    text, detail, column
        Message, detail and column; the last two are empty if the server names none.
    """

    row: int
    error: str
    text: str
    detail: str
    column: str


class _Server(Protocol):
    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...

    def quote(self, name: str) -> str: ...

    def names(self, names: Sequence[str], prefix: str = "") -> str: ...

    def target(self, table: str) -> str: ...

    def stage(self, frame: pl.DataFrame) -> str: ...


def refusing(server: _Server, table: Table, frame: pl.DataFrame) -> Iterator[Refused]:
    """The rows that break a CHECK or NOT NULL, with the error of each.

    Parameters
    ----------
    server
        The database, in a savepoint that is rolled back afterwards.
    table
        The table.
    frame
        Rows with their numbers in `ROW`.
    """
    doubtful = _doubtful(server, table, frame)
    if doubtful.is_empty():
        return
    stage, name = server.stage(doubtful), f"pg_temp.{server.quote(TRIAL)}"
    field = [server.quote(f"{TRIAL} {name}") for name in ("row", "state", "text", "detail", "column")]
    body = _body(server, table, stage, field).replace("'", "''")
    server.execute(
        f"CREATE FUNCTION {name}() RETURNS TABLE ({field[0]} bigint, {' text, '.join(field[1:])} text) "
        f"LANGUAGE plpgsql AS '{body}'"
    )
    for number, state, text, detail, column in server.execute(f"SELECT * FROM {name}()"):
        yield Refused(number, sqlstate.lookup(state).__name__, text, detail, column)


def _body(server: _Server, table: Table, stage: str, field: Sequence[str]) -> str:
    columns = [column.name for column in table.columns]
    row, state, text, detail, column = field
    return f"""
        #variable_conflict use_column
        DECLARE one record;
        BEGIN
            FOR one IN SELECT * FROM {stage} LOOP
                BEGIN
                    INSERT INTO {server.target(table.name)} ({server.names(columns)})
                    OVERRIDING SYSTEM VALUE VALUES ({server.names(columns, "one.")});
                    RAISE integrity_constraint_violation;
                EXCEPTION
                    WHEN check_violation OR not_null_violation THEN
                        GET STACKED DIAGNOSTICS {state} = RETURNED_SQLSTATE, {text} = MESSAGE_TEXT,
                            {detail} = PG_EXCEPTION_DETAIL, {column} = COLUMN_NAME;
                        {row} := one.{server.quote(ROW)};
                        RETURN NEXT;
                    WHEN integrity_constraint_violation OR data_exception THEN
                END;
            END LOOP;
        END"""


def _doubtful(server: _Server, table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that break a rule, if no rule may look at other rows; only the columns of the rules are sent."""
    target, columns = server.target(table.name), {column.name for column in table.columns}
    [(is_plain,)] = server.execute(
        "SELECT relkind IN ('r', 'p') AND NOT relhasrules AND NOT EXISTS (SELECT FROM pg_constraint k JOIN pg_depend d "
        "ON d.classid = 'pg_constraint'::regclass AND d.objid = k.oid AND d.refclassid = 'pg_proc'::regclass "
        "WHERE k.conrelid = c.oid) FROM pg_class c WHERE oid = ?::regclass",
        [target],
    )
    if not is_plain:
        return frame.clear()
    required = server.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 AND attnotnull", [target]
    )
    rules = server.execute(
        "SELECT pg_get_expr(conbin, conrelid), (SELECT coalesce(array_agg(attname::text), '{}') FROM pg_attribute "
        "WHERE attrelid = conrelid AND attnum = ANY (conkey)) FROM pg_constraint "
        "WHERE contype = 'c' AND conrelid = ?::regclass",
        [target],
    )
    checks = {f"NOT ({rule})": of for rule, of in rules if columns.issuperset(of)}
    numbers: list[int] = []
    if checks:
        stage = server.stage(frame.select(ROW, *{name for of in checks.values() for name in of}))
        found = server.execute(f"SELECT {server.quote(ROW)} FROM {stage} WHERE {' OR '.join(checks)}")
        numbers = [number for (number,) in found]
    is_missing = [pl.col(name).is_null() for (name,) in required if name in columns]
    return frame.filter(pl.any_horizontal(pl.col(ROW).is_in(numbers), *is_missing))

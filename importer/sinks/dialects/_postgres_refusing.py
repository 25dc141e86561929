"""Rows that a PostgreSQL table refuses: the server picks those in doubt, and tries each of them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple, Protocol

import polars as pl
from psycopg import errors as sqlstate

from importer.sinks._pointing import ancestors, descendants
from importer.sinks._rivals import reached, wants
from importer.sinks._staging import ROW
from importer.sinks.dialects._postgres_rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from importer.core import Table
    from importer.sinks._foresight import Foreseeable

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


def refusing(server: _Server, table: Table, rows: Foreseeable, conflict: str, *, folds: bool) -> Iterator[Refused]:
    """The rows that the table refuses, with the error of each.

    Parameters
    ----------
    server
        The database, in a savepoint that is rolled back afterwards.
    table, rows
        As for `Dialect.foreseen`.
    conflict
        What a row does whose key is there: the clause of ``INSERT``.
    folds
        Whether keys may be equal that are not the same.
    """
    rules = Rules.of(server, table)
    if folds and rows.on_conflict == "reject":
        return
    doubtful, unsure, is_exact = rows.sure.clear(), rows.unsure[ROW], rules.is_whole and not folds
    if not rules.hides:
        doubtful, unsure = _doubtful(server, rows, rules)
    is_in_order = rows.unsure.is_empty() and not folds and rows.on_conflict != "reject"
    if doubtful.is_empty() and rules.has_more and is_in_order:
        doubtful, unsure, is_exact = rows.sure, unsure.clear(), True
    if doubtful.is_empty():
        return
    # Where rows may depend on those that are not tried, only what a row breaks alone is sure.
    undone = f"one.{server.quote(ROW)} = ANY ('{{{','.join(map(str, unsure))}}}')" if is_exact else "TRUE"
    stage, name = server.stage(doubtful), f"pg_temp.{server.quote(TRIAL)}"
    field = [server.quote(f"{TRIAL} {name}") for name in ("row", "state", "text", "detail", "column")]
    body = _body(server, table, stage, field, conflict, undone).replace("'", "''")
    server.execute(
        f"CREATE FUNCTION {name}() RETURNS TABLE ({field[0]} bigint, {' text, '.join(field[1:])} text) "
        f"LANGUAGE plpgsql AS '{body}'"
    )
    for number, state, text, detail, column in server.execute(f"SELECT * FROM {name}()"):
        yield Refused(number, sqlstate.lookup(state).__name__, text, detail, column)


def _body(  # noqa: PLR0913, PLR0917 - the parts of one text
    server: _Server, table: Table, stage: str, field: Sequence[str], conflict: str, undone: str
) -> str:
    columns = [column.name for column in table.columns]
    row, state, text, detail, column = field
    number, are_in = server.quote(ROW), server.quote(f"{TRIAL} are in")
    return f"""
        #variable_conflict use_column
        DECLARE one record; is_undone boolean; {are_in} boolean := FALSE;
        BEGIN
            BEGIN
                INSERT INTO {server.target(table.name)} AS t ({server.names(columns)}) OVERRIDING SYSTEM VALUE
                SELECT {server.names(columns)} FROM {stage} WHERE {number} < 0 ORDER BY {number} DESC {conflict};
                {are_in} := TRUE;
            EXCEPTION WHEN integrity_constraint_violation OR data_exception OR raise_exception THEN
            END;
            FOR one IN SELECT * FROM {stage} WHERE NOT ({are_in} AND {number} < 0) ORDER BY abs({number}) LOOP
                is_undone := {undone};
                BEGIN
                    INSERT INTO {server.target(table.name)} AS t ({server.names(columns)})
                    OVERRIDING SYSTEM VALUE VALUES ({server.names(columns, "one.")}) {conflict};
                    IF is_undone THEN RAISE integrity_constraint_violation; END IF;
                EXCEPTION WHEN integrity_constraint_violation OR data_exception OR raise_exception THEN
                    GET STACKED DIAGNOSTICS {state} = RETURNED_SQLSTATE, {text} = MESSAGE_TEXT,
                        {detail} = PG_EXCEPTION_DETAIL, {column} = COLUMN_NAME;
                    {row} := abs(one.{number});
                    IF NOT is_undone OR {state} IN ('23502', '23514') THEN RETURN NEXT; END IF;
                END;
            END LOOP;
        END"""


def _doubtful(server: _Server, rows: Foreseeable, rules: Rules) -> tuple[pl.DataFrame, pl.Series]:
    """The rows that break a rule or want a value that another wants or has, and the unsure among them.

    Those that come first of all that want their values, and break nothing else, have negative numbers.
    """
    unsure, frame = rows.unsure[ROW], rows.sure
    numbers = first = pl.Series(dtype=pl.Int64)
    if rules.columns:
        stage = server.stage(rows.all.select(ROW, *sorted(rules.columns)))
        if rows.on_conflict == "reject":
            there = [row for (row,) in server.execute(rules.existing(stage))]
            frame = frame.filter(~pl.col(ROW).is_in(there))
        numbers = pl.Series([row for sql in rules.broken(stage) for (row,) in server.execute(sql)], dtype=pl.Int64)
        found = [(index, server.execute(sql)) for index, sql in enumerate(rules.wanted(stage))]
        if found:
            wanted = pl.concat([wants(index, [(row, value) for row, value, _ in rows_of]) for index, rows_of in found])
            unsure = reached(wanted, unsure)
            first = _first([each for _, rows_of in found for each in rows_of])
            first = first.filter(~first.is_in(numbers.append(unsure).implode()))
            numbers = numbers.append(wanted.filter(~pl.col(ROW).is_in(unsure.implode()))[ROW])
        pointing = [pair for sql in rules.pointing(stage) for pair in server.execute(sql)]
        if pointing:
            unsure = pl.Series(sorted(descendants(pointing, unsure, at_none=False)), dtype=pl.Int64)
            lost = descendants(pointing, numbers)
            above = ancestors(pointing, lost).difference(unsure, lost)
            numbers = pl.Series(sorted(lost | above), dtype=pl.Int64)
            # A row may point at a later one, which must not be in before it.
            first = first.clear()
    is_missing = [pl.col(name).is_null() for name in rules.required]
    doubtful = frame.filter(pl.any_horizontal(pl.col(ROW).is_in(numbers.unique().implode()), *is_missing))
    first = first.filter(
        ~first.is_in(doubtful.filter(pl.any_horizontal(pl.lit(value=False), *is_missing))[ROW].implode())
    )
    unsure = doubtful.filter(pl.col(ROW).is_in(unsure.implode()))[ROW]
    is_first = pl.col(ROW).is_in(first.implode())
    return doubtful.with_columns(pl.when(is_first).then(-pl.col(ROW)).otherwise(ROW).alias(ROW)), unsure


def _first(found: Sequence[tuple[int, int, int]]) -> pl.Series:
    """The rows that are the first to want each of their values, if no value becomes free."""
    each = pl.DataFrame(found, {ROW: pl.Int64, "value": pl.Int64, "how": pl.Int64}, orient="row")
    if (each["how"] == 2).any():  # noqa: PLR2004 - as `Rules.wanted` says
        return each[ROW].clear()
    is_first = (pl.col(ROW) == pl.col("value")) & (pl.col("how") == 0)
    return each.group_by(ROW).agg(is_first.all().alias("is_first")).filter("is_first")[ROW]

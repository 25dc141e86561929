"""Rows that a SQLite table refuses: SQLite stops at each, and goes on with the next."""

from __future__ import annotations

from operator import length_hint
from typing import TYPE_CHECKING

import apsw

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import Any

__all__ = ["ALONE", "REFUSALS", "raise_for_deferred", "refusing"]

ALONE = ("CHECK constraint", "NOT NULL constraint")
"""How the words begin of what SQLite looks at before it compares a row with others."""

REFUSALS = (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError, OverflowError)
"""Errors that mean that SQLite refuses a row."""


def refusing(
    connection: apsw.Connection, sql: str, rows: Sequence[tuple[Any, ...]], pending: Collection[int]
) -> Iterator[tuple[int, Exception]]:
    """Write each row by itself; yield the positions of those that are refused, each with SQLite's error.

    Parameters
    ----------
    connection
        The connection, in a savepoint.
    sql
        The statement that writes one row.
    rows
        Their values.
    pending
        Positions of rows that SQLite may take now and refuse at the commit.
    """
    start = 0
    for stop in (*sorted(pending), len(rows)):
        each = iter(rows[start:stop])
        while True:
            try:
                connection.executemany(sql, each)
                break
            except REFUSALS as exc:
                yield stop - length_hint(each) - 1, exc
        if stop < len(rows) and (met := _undone(connection, sql, rows[stop])) is not None:
            yield stop, met
        start = stop + 1


def _undone(connection: apsw.Connection, sql: str, row: tuple[Any, ...]) -> Exception | None:
    """Why SQLite refuses a row that is undone then; None if it takes it."""
    connection.execute("SAVEPOINT one")
    try:
        connection.execute(sql, row)
        raise_for_deferred(connection)
    except REFUSALS as exc:
        connection.execute("ROLLBACK TO one")
        return exc
    finally:
        connection.execute("RELEASE one")
    return None


def raise_for_deferred(connection: apsw.Connection) -> None:
    """Raise an error if a row points at none, which SQLite checks at the commit if the constraint is deferred."""
    if connection.status(apsw.SQLITE_DBSTATUS_DEFERRED_FKS)[0]:
        raise apsw.ConstraintError("FOREIGN KEY constraint failed")

"""Rows that a SQLite table refuses: SQLite stops at each, and says how many it took before."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import apsw

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import Any

__all__ = ["ALONE", "REFUSALS", "Trial", "raise_for_deferred", "refusing"]

ALONE = ("CHECK constraint", "NOT NULL constraint")
"""How the words begin of what SQLite looks at before it compares a row with others."""

FIRST = (*ALONE, "UNIQUE constraint")
"""The same of what it looks at row by row, not at the end of the statement."""

REFUSALS = (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError, OverflowError)
"""Errors that mean that SQLite refuses a row."""


class Trial(NamedTuple):
    """How rows are written to see which are refused.

    Attributes
    ----------
    together
        ``INSERT OR FAIL``, which keeps the rows before the refused one and changes one row for each;
        ``{rows}`` stands for the placeholders.
    alone
        The statement that decides about a single row.
    counts
        Whether nothing else changes rows, so that the count of changes says which row was refused.
    defers
        Whether a foreign key may be looked at only at the commit.
    most
        How many rows are written together.
    """

    together: str
    alone: str
    counts: bool
    defers: bool
    most: int


def refusing(
    connection: apsw.Connection, trial: Trial, values: Sequence[Any], width: int, doubtful: Collection[int]
) -> Iterator[tuple[int, Exception]]:
    """Positions of the refused rows, each with SQLite's error.

    Parameters
    ----------
    connection
        The connection, in a savepoint that is rolled back afterwards.
    trial
        The statements.
    values
        The values of the rows, row after row.
    width
        How many values a row has.
    doubtful
        Positions of rows that are written alone, since SQLite would undo those beside them.
    """

    @cache
    def sql(rows: int) -> str:
        return trial.together.format(rows=", ".join([f"({', '.join('?' * width)})"] * rows))

    alone = trial.alone.format(rows=f"({', '.join('?' * width)})")
    start, size, stops = 0, trial.most, [*sorted(doubtful, reverse=True)]
    rows = len(values) // width
    while start < rows:
        while stops and stops[-1] < start:
            stops.pop()
        stop, before = min(start + size, stops[-1] if stops else rows), connection.total_changes()
        if stop > start:
            try:
                connection.execute(sql(stop - start), values[start * width : stop * width])
            except REFUSALS as exc:
                # Those before it may be written again, since that changes nothing.
                stop = start + (connection.total_changes() - before if trial.counts else 0)
                size, text = min(max(8, 2 * (stop - start)), trial.most), str(exc)
                # Of rows that are there, SQLite undoes the statement, and so counts none.
                if trial.counts and text.startswith(
                    ALONE if stop == start and trial.alone != trial.together else FIRST
                ):
                    yield stop, exc
                    start = stop + 1
                    continue
            else:
                start, size = stop, min(2 * size, trial.most)
                continue
        met = _alone(
            connection, alone, values[stop * width : (stop + 1) * width], undoes=trial.defers and stop in doubtful
        )
        if met is not None:
            yield stop, met
        start = stop + 1


def _alone(connection: apsw.Connection, sql: str, row: Sequence[Any], *, undoes: bool) -> Exception | None:
    """Why a row is refused that is written alone; None if it is not."""
    if undoes:
        connection.execute("SAVEPOINT one")
    try:
        connection.execute(sql, row)
        if undoes:
            raise_for_deferred(connection)
    except REFUSALS as exc:
        if undoes:
            connection.execute("ROLLBACK TO one")
        return exc
    finally:
        if undoes:
            connection.execute("RELEASE one")
    return None


def raise_for_deferred(connection: apsw.Connection) -> None:
    """Raise an error if a row points at none, which SQLite checks at the commit if the constraint is deferred."""
    if connection.status(apsw.SQLITE_DBSTATUS_DEFERRED_FKS)[0]:
        raise apsw.ConstraintError("FOREIGN KEY constraint failed")

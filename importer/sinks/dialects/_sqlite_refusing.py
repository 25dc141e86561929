"""Rows that break a rule of a SQLite table alone: SQLite stops at each, and says how many it took before."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import apsw

from importer.sinks._staging import without_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    import polars as pl

__all__ = ["refusing"]

ALONE = ("CHECK constraint", "NOT NULL constraint")
"""What SQLite looks at before it compares a row with others."""

AT_ONCE = (*ALONE, "UNIQUE constraint")
"""What it looks at row by row, not at the end of the statement."""


def refusing(
    connection: apsw.Connection,
    statement: str,
    frame: pl.DataFrame,
    values_of: Callable[[pl.DataFrame], Sequence[Any]],
    *,
    rows_a_statement: int,
) -> Iterator[tuple[int, str]]:
    """Positions of the refused rows, each with SQLite's words.

    Parameters
    ----------
    connection
        The connection, in a savepoint that is rolled back afterwards.
    statement
        ``INSERT OR FAIL``, which keeps the rows before the refused one; ``{rows}`` stands for the placeholders.
    frame
        The rows.
    values_of
        The values of rows, row after row.
    rows_a_statement
        How many rows are tried together at most.
    """
    frame = without_rows(frame)
    values, width = values_of(frame), frame.width

    @cache
    def sql(rows: int) -> str:
        return statement.format(rows=", ".join([f"({', '.join('?' * width)})"] * rows))

    start, size = 0, rows_a_statement
    while start < frame.height:
        stop, before = min(start + size, frame.height), connection.total_changes()
        try:
            connection.execute(sql(stop - start), values[start * width : stop * width])
        except (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError, OverflowError) as exc:
            text = str(exc)
            if text.startswith(AT_ONCE):
                at = start + connection.total_changes() - before
                if text.startswith(ALONE):
                    yield at, text
                # The next one is probably as far away.
                start, size = at + 1, max(1, at - start)
            elif size > 1:
                size = 1
            else:
                start = stop
        else:
            start, size = stop, min(2 * size, rows_a_statement)

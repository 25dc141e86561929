"""Rows that break a rule of a SQLite table alone: written one by one where some of a statement is refused."""

from __future__ import annotations

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
        SQL that inserts rows; ``{rows}`` stands for their placeholders.
    frame
        The rows.
    values_of
        The values of rows, row after row.
    rows_a_statement
        How many rows are tried together.
    """
    frame = without_rows(frame)
    values, width = values_of(frame), frame.width
    one = f"({', '.join('?' * width)})"
    for start in range(0, frame.height, rows_a_statement):
        stop = min(start + rows_a_statement, frame.height)
        try:
            connection.execute(
                statement.format(rows=", ".join([one] * (stop - start))), values[start * width : stop * width]
            )
        except (apsw.Error, OverflowError):
            sql = statement.format(rows=one)
            for row in range(start, stop):
                try:
                    connection.execute(sql, values[row * width : (row + 1) * width])
                except apsw.ConstraintError as exc:
                    if (text := str(exc)).startswith(ALONE):
                        yield row, text
                except (apsw.MismatchError, apsw.TooBigError, OverflowError):
                    pass  # Found otherwise.

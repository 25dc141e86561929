"""Finding the rows that a database refuses, by halving what it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core import Refusal, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["RefusedError", "write_halving"]


class RefusedError(Exception):
    """The database refused the rows it was given, and holds none of them."""

    def __init__(self, rule: str, message: str, column: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.column = column


def write_halving(rows: Sequence[int], put: Callable[[int, int], Written]) -> Written:
    """What was written of all rows, with a `Refusal` for each that the database refused alone.

    Parameters
    ----------
    rows
        Row numbers as the spreadsheet counts them.
    put
        Writes the rows from one position up to another, or raises `RefusedError` having written none.

    Examples
    --------
    >>> def put(start, stop):
    ...     if 6 in range(start, stop):
    ...         raise RefusedError("constraint-error", "six is not wanted")
    ...     return Written(created=stop - start)
    >>> written = write_halving(range(10, 20), put)
    >>> written.created, [refusal.row for refusal in written.refused]
    (9, [16])
    """
    return _write(rows, put, 0, len(rows))


def _write(rows: Sequence[int], put: Callable[[int, int], Written], start: int, stop: int) -> Written:
    # Not a closure: one that calls itself is a cycle, and would keep the chunk until the collector comes by.
    try:
        return put(start, stop)
    except RefusedError as exc:
        if stop - start == 1:
            refusal = Refusal(row=rows[start], rule=exc.rule, message=str(exc), column=exc.column)
            return Written(refused=(refusal,))
    middle = (start + stop) // 2
    # In this order: a row of the second half may repeat a key of the first.
    left, right = _write(rows, put, start, middle), _write(rows, put, middle, stop)
    return Written(
        created=left.created + right.created,
        updated=left.updated + right.updated,
        unchanged=left.unchanged + right.unchanged,
        refused=left.refused + right.refused,
    )

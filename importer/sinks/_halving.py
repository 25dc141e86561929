"""Finding the rows that a database refuses, by halving what it was given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core import Refusal, Written
from importer.sinks._driver_errors import RefusedError
from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import polars as pl

__all__ = ["total", "write_halving", "write_restarting"]


def write_halving(
    frame: pl.DataFrame,
    put: Callable[[pl.DataFrame], Written],
    again: Callable[[Refusal], bool] | None = None,
) -> Written:
    """Write all rows but those that the database refuses, each of which becomes a `Refusal`.

    Parameters
    ----------
    frame
        Rows with their numbers in `ROW`.
    put
        Writes rows, or raises `RefusedError` and has written none.
    again
        Whether a row that was refused is worth another try once all others are in.

    Examples
    --------
    >>> import polars as pl
    >>> def put(rows):
    ...     if 16 in rows[ROW]:
    ...         raise RefusedError("constraint-error", "16 is too many")
    ...     return Written(created=rows.height)
    >>> written = write_halving(pl.DataFrame({ROW: range(10, 20)}), put)
    >>> written.created, [refusal.row for refusal in written.refused]
    (9, [16])
    """
    written = _halved(frame, put)
    while again is not None and (rows := [refusal.row for refusal in written.refused if again(refusal)]):
        others = tuple(refusal for refusal in written.refused if refusal.row not in set(rows))
        late = _halved(frame.filter(frame[ROW].is_in(rows)), put)
        is_over = len(late.refused) == len(rows)
        written = total([replace(written, refused=others), late])
        if is_over:
            break
    return replace(written, refused=tuple(sorted(written.refused, key=lambda refusal: refusal.row)))


def _halved(frame: pl.DataFrame, put: Callable[[pl.DataFrame], Written]) -> Written:
    try:
        return put(frame)
    except RefusedError as exc:
        if frame.height == 1:
            return Written(refused=(_refusal(frame, exc),))
    middle = frame.height // 2
    # In this order: a row of the second half may repeat a key of the first.
    return total([_halved(frame[:middle], put), _halved(frame[middle:], put)])


def total(parts: Iterable[Written]) -> Written:
    """What was done in all of the parts."""
    each = list(parts)
    return Written(
        created=sum(one.created for one in each),
        updated=sum(one.updated for one in each),
        unchanged=sum(one.unchanged for one in each),
        refused=tuple(refusal for one in each for refusal in one.refused),
        warned=tuple(refusal for one in each for refusal in one.warned),
    )


def write_restarting(
    frame: pl.DataFrame, put: Callable[[pl.DataFrame], Written], restart: Callable[[], object]
) -> Written:
    """The same for a database in which a refusal ends the transaction.

    Parts are tried after the rows accepted so far, each time in a new transaction; the last transaction
    holds all accepted rows.

    Parameters
    ----------
    frame, put
        As for `write_halving`.
    restart
        Rolls the transaction back and opens a new one.
    """
    try:
        return put(frame)
    except RefusedError as exc:
        refused = [_refusal(frame, exc)] if frame.height == 1 else []
    accepted, waiting = frame.clear(), [] if refused else [frame[frame.height // 2 :], frame[: frame.height // 2]]
    written, is_whole = Written(), False
    while waiting:
        part = waiting.pop()
        restart()
        try:
            written, is_whole = put(accepted.vstack(part)), True
        except RefusedError as exc:
            is_whole = False
            if part.height == 1:
                refused.append(_refusal(part, exc))
            else:
                waiting += [part[part.height // 2 :], part[: part.height // 2]]
        else:
            accepted = accepted.vstack(part)
    if not is_whole:
        restart()
        written = put(accepted)
    return Written(
        created=written.created,
        updated=written.updated,
        unchanged=written.unchanged,
        refused=(*refused, *written.refused),
        warned=written.warned,
    )


def _refusal(frame: pl.DataFrame, exc: RefusedError) -> Refusal:
    return Refusal(row=frame[ROW].item(), rule=exc.rule, message=str(exc), column=exc.column)

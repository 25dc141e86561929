"""Finding the rows that a database refuses, by halving what it was given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from importer.core import Refusal, Written
from importer.sinks._driver_errors import RefusedError
from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import polars as pl

    Put: TypeAlias = Callable[[pl.DataFrame], Written]
    Around: TypeAlias = Callable[[pl.DataFrame], Written | None]
    Foreseen: TypeAlias = Callable[[pl.DataFrame, pl.DataFrame], tuple[Refusal, ...] | None]

__all__ = ["total", "write_halving", "write_restarting"]

FEWEST = 32
"""Fewer rows are tried rather than foreseen."""


def write_halving(
    frame: pl.DataFrame,
    put: Put,
    foreseen: Foreseen | None = None,
    around: Around | None = None,
) -> Written:
    """Write all rows but those that the database refuses, each of which becomes a `Refusal`.

    Parameters
    ----------
    frame
        Rows with their numbers in `ROW`.
    put
        Writes rows, or raises `RefusedError` and has written none.
    foreseen
        Some of the rows that will surely be refused, found faster than here, from the rows and those before them
        that are not in the table now. None if it may find them among fewer rows.
    around
        Writes all rows but those that are refused in one pass, or none and returns None.

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
    written = _halved(frame, put, foreseen, around)
    return replace(written, refused=tuple(sorted(written.refused, key=lambda refusal: refusal.row)))


def _halved(
    frame: pl.DataFrame,
    put: Put,
    foreseen: Foreseen | None = None,
    around: Around | None = None,
) -> Written:
    try:
        return put(frame)
    except RefusedError as exc:
        if frame.height == 1:
            return Written(refused=(exc.refusal(frame[ROW].item()),))
    if around is not None and frame.height >= FEWEST and (written := around(frame)) is not None:
        return written
    # In this order: a row of the second half may repeat a key of the first.
    refused, parts, foreseen = _apart(frame, frame.clear(), foreseen)
    return total([Written(refused=refused), *(_halved(part, put, foreseen) for part in parts)])


def _apart(
    frame: pl.DataFrame, before: pl.DataFrame, foreseen: Foreseen | None
) -> tuple[tuple[Refusal, ...], list[pl.DataFrame], Foreseen | None]:
    """What to do with rows of which one is refused: who surely is, what to try next, and whether to foresee there."""
    refused = foreseen(frame, before) if foreseen is not None and frame.height >= FEWEST else ()
    if refused:
        rest = frame.filter(~frame[ROW].is_in([one.row for one in refused]))
        return refused, [rest] if rest.height else [], foreseen
    middle = frame.height // 2
    return (), [frame[:middle], frame[middle:]], foreseen if refused is None else None


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
    frame: pl.DataFrame,
    put: Put,
    restart: Callable[[], object],
    foreseen: Foreseen | None = None,
) -> Written:
    """The same for a database in which a refusal ends the transaction.

    Parts are tried after the rows accepted so far, each time in a new transaction; the last transaction
    holds all accepted rows.

    Parameters
    ----------
    frame, put, foreseen
        As for `write_halving`.
    restart
        Rolls the transaction back and opens a new one.
    """
    accepted, refused = frame.clear(), list[Refusal]()
    waiting = [(frame, foreseen)]
    written, is_whole, is_first = Written(), False, True
    while waiting:
        part, ahead = waiting.pop()
        if not is_first:
            restart()
        is_first = False
        try:
            written, is_whole = put(accepted.vstack(part)), True
        except RefusedError as exc:
            is_whole = False
            if part.height == 1:
                refused.append(exc.refusal(part[ROW].item()))
                continue
            found, parts, ahead = _apart(part, accepted, ahead)
            refused += found
            waiting += [(one, ahead) for one in reversed(parts)]
        else:
            accepted = accepted.vstack(part)
    if not is_whole:
        restart()
        written = put(accepted)
    return replace(written, refused=(*sorted(refused, key=lambda refusal: refusal.row), *written.refused))

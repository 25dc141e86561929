"""Rows that a database will surely refuse, found all at once: `foreseen`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.sinks._driver_errors import RefusedError
from importer.sinks._known_rows import only_known
from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.core import OnConflict, Refusal, Table
    from importer.sinks._dialect import Dialect
    from importer.sinks._protocol import Mode
    from importer.sinks._read_back import ReadBack

__all__ = ["Foreseeable", "foreseen"]


class _UndoneError(Exception):
    """What was tried is to be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseeable:
    """Rows about which a dialect is asked, with their numbers in `ROW`.

    Attributes
    ----------
    sure
        Rows with keys of their own, which are written in this order, if the database takes them.
    unsure
        Rows that may be written at other moments, or not at all, because others have their keys.
    on_conflict
        What happens to rows whose keys are in the table; None if the table has no key.
    are_whole
        Whether every row writes all of its columns.
    """

    sure: pl.DataFrame
    unsure: pl.DataFrame
    on_conflict: OnConflict | None
    are_whole: bool

    @property
    def all(self) -> pl.DataFrame:
        """All rows in their order."""
        return pl.concat([self.sure, self.unsure]).sort(ROW) if self.unsure.height else self.sure


def foreseen(  # noqa: PLR0913, PLR0917 - what `SqlSink` holds
    dialect: Dialect,
    table: Table,
    mode: Mode,
    reader: ReadBack,
    tried: Callable[[pl.DataFrame], RefusedError | None],
    frame: pl.DataFrame,
    before: pl.DataFrame,
) -> tuple[Refusal, ...] | None:
    """Refusals in the database's words, such as of rows that break a CHECK, or repeat what is to be unique.

    It may miss rows, but names none that the database would take. Nothing of it stays in the table.

    Parameters
    ----------
    before
        Rows of the chunk that are written before these and are not in the table now.

    Returns
    -------
    tuple or None
        None if the rows could not be asked about together, so that it is worth asking about fewer.
    """
    found: tuple[Refusal, ...] | None = None
    try:
        with dialect.savepoint():
            frame, found = _fitting(dialect, table, reader, frame)
            on_conflict, is_unsure = mode.on_conflict if table.key else None, pl.lit(value=False)
            if on_conflict == "update_only":
                (frame, _), on_conflict = only_known(dialect, table, frame), "update"
            if table.key:
                is_unsure = pl.struct(table.key).is_duplicated()
            if mode.keeps_empty:
                # Rows of the table whose cells are empty here are written before the others.
                blank = frame.filter(pl.any_horizontal(pl.all().is_null()))
                there = only_known(dialect, table, blank)[0] if blank.height else blank
                is_unsure |= pl.col(ROW).is_in(there[ROW].implode())
            rows = Foreseeable(
                sure=frame.filter(~is_unsure),
                unsure=frame.filter(is_unsure).vstack(before),
                on_conflict=on_conflict,
                are_whole=not mode.keeps_empty,
            )
            known = (*(found or ()), *dialect.foreseen(table, rows, tried))
            found = tuple(sorted(known, key=lambda refusal: refusal.row))
            raise _UndoneError  # noqa: TRY301 - it ends the savepoint
    except (_UndoneError, RefusedError):
        pass
    except dialect.errors:
        # A full disk ends the whole transaction, and with it what came before.
        if not dialect.in_transaction:
            raise
    return found


def _fitting(
    dialect: Dialect, table: Table, reader: ReadBack, frame: pl.DataFrame
) -> tuple[pl.DataFrame, tuple[Refusal, ...] | None]:
    """The rows that the columns take as they are, and refusals of those that they do not take at all."""
    doubtful = reader.doubtful(frame)
    refused = {one.row: one for one in dialect.misfits(table, frame, doubtful)}
    if not refused:
        return reader.kept(frame)[0], None
    # In this order a row by itself is looked at: values that are cast, those that would bend, all others.
    cast_rows = set(doubtful[ROW])
    cast = {row for row, one in refused.items() if one.column in doubtful.columns and row in cast_rows}
    kept, _ = reader.kept(frame.filter(~pl.col(ROW).is_in(list(cast))))
    left = set(kept[ROW])
    found = tuple(one for row, one in refused.items() if row in left or row in cast)
    return kept.filter(~pl.col(ROW).is_in(list(refused))), found

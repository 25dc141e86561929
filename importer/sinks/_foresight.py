"""Rows that a database will surely refuse, found all at once: `foreseen`."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.sinks._driver_errors import RefusedError
from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.core import OnConflict, Refusal, Table
    from importer.sinks._dialect import Dialect
    from importer.sinks._protocol import Mode
    from importer.sinks._read_back import ReadBack

__all__ = ["Foreseeable", "foreseen", "is_foreseeable"]


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
    """

    sure: pl.DataFrame
    unsure: pl.DataFrame
    on_conflict: OnConflict | None

    @property
    def all(self) -> pl.DataFrame:
        """All rows in their order."""
        return pl.concat([self.sure, self.unsure]).sort(ROW) if self.unsure.height else self.sure


def is_foreseeable(dialect: Dialect, table: Table, mode: Mode) -> bool:
    """Whether the database alone decides about rows; elsewhere one may be refused or left out before it sees it."""
    return not (mode.keeps_empty or mode.on_conflict == "update_only" or dialect.has_triggers(table.name))


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
    if not is_foreseeable(dialect, table, mode):
        return ()
    found: tuple[Refusal, ...] | None = None
    with suppress(_UndoneError, RefusedError, *dialect.errors), dialect.savepoint():
        frame, _ = reader.kept(frame)
        is_unsure = frame.select(pl.struct(table.key).is_duplicated()).to_series() if table.key else None
        unsure = frame.clear() if is_unsure is None else frame.filter(is_unsure)
        rows = Foreseeable(
            sure=frame if is_unsure is None else frame.filter(~is_unsure),
            unsure=unsure.vstack(before),
            on_conflict=mode.on_conflict if table.key else None,
        )
        found = tuple(sorted(dialect.foreseen(table, rows, tried), key=lambda refusal: refusal.row))
        raise _UndoneError
    return found

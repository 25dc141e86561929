"""Rows that a database refuses whatever the others are, found all at once: `foreseen`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import polars as pl

from importer.sinks._driver_errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.core import Refusal, Table
    from importer.sinks._dialect import Dialect
    from importer.sinks._protocol import Mode
    from importer.sinks._read_back import ReadBack

__all__ = ["foreseen"]


class _UndoneError(Exception):
    """What was tried is to be undone."""


def foreseen(  # noqa: PLR0913, PLR0917 - what `SqlSink` holds
    dialect: Dialect,
    table: Table,
    mode: Mode,
    reader: ReadBack,
    tried: Callable[[pl.DataFrame], RefusedError | None],
    frame: pl.DataFrame,
) -> tuple[Refusal, ...] | None:
    """Refusals in the database's words of rows that break a rule alone, such as a CHECK or NOT NULL.

    It may miss rows, but names none that the database would take. Nothing of it stays in the table.

    Returns
    -------
    tuple or None
        None if the rows could not be asked about together, so that it is worth asking about fewer.
    """
    # Elsewhere a row may be refused, or left out, before the database sees it.
    if mode.keeps_empty or (table.key and mode.on_conflict != "update") or dialect.has_triggers(table.name):
        return ()
    if table.key:
        # What a row does may depend on those of the same key.
        frame = frame.filter(~pl.struct(table.key).is_duplicated())

    found: tuple[Refusal, ...] | None = None
    with suppress(_UndoneError, RefusedError, *dialect.errors), dialect.savepoint():
        alone, _ = reader.kept(frame)
        found = tuple(sorted(dialect.foreseen(table, alone, tried), key=lambda refusal: refusal.row))
        raise _UndoneError
    return found

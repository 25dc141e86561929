"""Rows of a log kept as one value, which takes a fraction of their time and room: `packed`, `unpacked`."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import UndoError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.sinks._undo_log import UndoLog

__all__ = ["packed", "unpacked"]


def packed(frame: pl.DataFrame, held: Mapping[str, str]) -> bytes:
    """The columns of the frame that are named here, under these names of the log."""
    made = BytesIO()
    frame.select(pl.col(name).alias(at) for name, at in held.items()).write_ipc(made, compression="lz4")
    return made.getvalue()


def unpacked(value: bytes, log: UndoLog, *, number: str | None = None) -> pl.DataFrame:
    """The rows, if they are what an import packed: anybody who may write to the database may have changed them.

    Parameters
    ----------
    value
        What `packed` made.
    log
        The log in which it was kept.
    number
        The name of a column that comes before those of the log, and holds the number of each row.

    Raises
    ------
    UndoError
        If it is something else.
    """
    try:
        rows = pl.read_ipc(BytesIO(value))
    except (pl.exceptions.PolarsError, OSError, TypeError, pl.exceptions.PanicException) as exc:
        raise _damaged(log) from exc
    names, numbers = rows.columns, [] if number is None else [number]
    is_whole = names[: len(numbers)] == numbers and {*names[len(numbers) :]} <= {*log.names}
    if not is_whole or (number is not None and rows[number].null_count()):
        raise _damaged(log)
    return rows


def _damaged(log: UndoLog) -> UndoError:
    return UndoError(
        f"the import into {log.table!r} cannot be undone: somebody has changed what was kept for that",
        code="undo-log-damaged",
        facts={"table": log.table, "log": log.name},
    )

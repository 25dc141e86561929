"""One database a file, and its library; the door is `open_sink`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from importer.chunks import Sink
from importer.errors import SinkError
from importer.sinks._url import masked, parsed

if TYPE_CHECKING:
    import os

__all__ = ["IfTableExists", "OnConflict", "masked", "open_sink"]

IfTableExists = Literal["append", "fail", "replace"]
OnConflict = Literal["update", "skip", "reject"]


def open_sink(
    into: str | os.PathLike[str] | Sink,
    *,
    if_table_exists: IfTableExists | None = None,
    on_conflict: OnConflict = "update",
    dry_run: bool = False,
) -> Sink:
    """Sink for a URL such as ``sqlite:///shop.db``, the path of a SQLite file, or a sink of your own.

    Parameters
    ----------
    into
        Where the rows go. Nothing is opened before the sink's ``begin``.
    if_table_exists
        What to do where the table is there: by default append where a key makes a second run safe,
        else fail.
    on_conflict
        What to do with a row whose key is in the table: update it, skip it, or reject the row.
    dry_run
        Whether everything is rolled back at the end.

    Raises
    ------
    SinkError
        Where no sink knows the URL.

    Examples
    --------
    >>> open_sink("sqlite:///shop.db").label
    'sqlite:///shop.db'
    """
    if isinstance(into, Sink):
        if dry_run:
            raise SinkError("a dry run needs a sink that can roll back; name a database by its URL")
        return into
    kind, place = parsed(into)
    # A sink's library is loaded where it is used.
    if kind == "sqlite":
        from importer.sinks._sqlite import SqliteSink

        return SqliteSink(Path(place), if_table_exists=if_table_exists, on_conflict=on_conflict, dry_run=dry_run)
    if kind == "duckdb":
        from importer.sinks._duckdb import DuckdbSink

        return DuckdbSink(Path(place), if_table_exists=if_table_exists, on_conflict=on_conflict, dry_run=dry_run)
    from importer.sinks._postgres import PostgresSink

    return PostgresSink(place, if_table_exists=if_table_exists, on_conflict=on_conflict, dry_run=dry_run)

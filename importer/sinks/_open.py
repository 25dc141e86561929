"""The sink for a URL: `open_sink`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from importer.core import parsed
from importer.errors import SinkError
from importer.sinks._protocol import Sink
from importer.sinks._untouched import Untouched

if TYPE_CHECKING:
    import os

    from importer.core import IfTableExists, OnConflict

__all__ = ["open_sink"]


class Options(TypedDict):
    """What every database's sink takes beside its place."""

    if_table_exists: IfTableExists | None
    on_conflict: OnConflict
    dry_run: bool
    atomic: bool


def open_sink(
    into: str | os.PathLike[str] | Sink,
    *,
    if_table_exists: IfTableExists | None = None,
    on_conflict: OnConflict = "update",
    dry_run: bool = False,
    atomic: bool = False,
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
    atomic
        Whether everything is one transaction, which ``finish`` commits.

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
        if atomic:
            raise SinkError("atomic=True needs a sink that can roll back; name a database by its URL")
        return Untouched(into.label) if dry_run else into
    kind, place = parsed(into)
    options: Options = {
        "if_table_exists": if_table_exists,
        "on_conflict": on_conflict,
        "dry_run": dry_run,
        "atomic": atomic,
    }
    # A sink's library is loaded where it is used.
    if kind == "sqlite":
        from importer.sinks._sqlite import SqliteSink

        return SqliteSink(Path(place), **options)
    if kind == "duckdb":
        from importer.sinks._duckdb import DuckdbSink
        from importer.sinks._duckdb_atomic import AtomicDuckdbSink

        if atomic and not dry_run:
            return AtomicDuckdbSink(Path(place), if_table_exists=if_table_exists, on_conflict=on_conflict)
        return DuckdbSink(Path(place), **options)
    from importer.sinks._postgres import PostgresSink

    return PostgresSink(place, **options)

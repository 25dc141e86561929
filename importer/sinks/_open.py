"""The sink for a URL: `open_sink`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core import masked, parsed
from importer.errors import Fix, SinkError
from importer.sinks._adapted import BeginSink
from importer.sinks._counting import CountingSink
from importer.sinks._protocol import Sink
from importer.sinks._sql import SqlSink
from importer.sinks._trial import TrialSink

if TYPE_CHECKING:
    from importer.sinks._dialect import Dialect

__all__ = ["label_of", "open_sink"]


def open_sink(into: str | os.PathLike[str] | Sink, *, dry_run: bool = False, atomic: bool = False) -> Sink:
    """Sink for a URL such as ``sqlite:///shop.db``, the path of a SQLite file, or a sink of your own.

    Parameters
    ----------
    into
        Where the rows go. Nothing is connected before the sink's ``open``.
    dry_run
        Whether everything is rolled back at the end.
    atomic
        Whether the whole job is one transaction.

    Raises
    ------
    SinkError
        If no sink knows the URL.

    Examples
    --------
    >>> open_sink("sqlite:///shop.db").label
    'sqlite:///shop.db'
    """
    if isinstance(into, SqlSink):
        return _committing(into.dialect, dry_run=dry_run, atomic=atomic)
    if is_site(into):
        return _wordpress(str(into), dry_run=dry_run, atomic=atomic)
    if not isinstance(into, str | os.PathLike):
        sink = into if isinstance(into, Sink) else BeginSink.of(into)
        if atomic and not dry_run:
            raise _not_atomic()
        return CountingSink(sink.label) if dry_run else sink
    return _committing(dialect_of(into), dry_run=dry_run, atomic=atomic)


def label_of(into: str | os.PathLike[str] | Sink) -> str:
    """The target for people, without a password.

    Examples
    --------
    >>> label_of("postgresql://ann:s3cret@db/shop")
    'postgresql://ann:***@db/shop'
    """
    if isinstance(into, str | os.PathLike):
        return masked(into)
    return masked(into.label) if "://" in into.label else into.label


def is_site(into: object) -> bool:
    """Whether the target is a WordPress site rather than a database.

    Raises
    ------
    SinkError
        If nobody knows what the URL names.
    """
    return isinstance(into, str) and parsed(into)[0] == "wordpress"


def dialect_of(into: str | os.PathLike[str]) -> Dialect:
    """The database that a URL names; its library is loaded here.

    Raises
    ------
    SinkError
        If no dialect knows the URL, or its library is not installed.
    """
    kind, place = parsed(into)
    if kind == "sqlite":
        from importer.sinks.dialects._sqlite import SqliteDialect

        return SqliteDialect(Path(place))
    if kind == "duckdb":
        from importer.sinks.dialects._duckdb import DuckdbDialect

        return DuckdbDialect(Path(place))
    from importer.sinks.dialects._postgres import PostgresDialect

    return PostgresDialect(place)


def _wordpress(into: str, *, dry_run: bool, atomic: bool) -> Sink:
    from importer.sinks.wordpress import WordPressSink

    if atomic and not dry_run:
        raise _not_atomic()
    return WordPressSink(into, dry_run=dry_run)


def _not_atomic() -> SinkError:
    return SinkError(
        "this sink cannot roll back, so an import cannot be one transaction",
        code="sink-not-atomic",
        fixes=[Fix("into"), Fix("atomic", value=False)],
    )


def _committing(dialect: Dialect, *, dry_run: bool, atomic: bool) -> Sink:
    if not dry_run and not atomic:
        return SqlSink(dialect)
    if dialect.has_savepoints:
        return SqlSink(dialect, commits="never" if dry_run else "job")
    return SqlSink(dialect.scratch()) if dry_run else TrialSink(dialect)

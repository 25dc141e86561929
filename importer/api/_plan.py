"""What an import is going to do, as its options say: `plan`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from importer.engine import Plan
from importer.listeners import auto
from importer.sources import File, Opening, open_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import dataframely as dy

    from importer.core import IfImported, IfTableExists, Listener, OnConflict
    from importer.sinks import Sink

__all__ = ["plan", "table_name"]


def plan(  # noqa: PLR0913 - an import has this many choices, all but one by keyword
    file: File,
    *,
    into: str | os.PathLike[str] | Sink,
    table: str | None = None,
    key: str | Sequence[str] | None = None,
    schema: type[dy.Schema] | None = None,
    sheet: str | int | None = None,
    header_row: int | None = None,
    last_row: int | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    mapping: Mapping[str, str] | None = None,
    day_first: bool | None = None,
    on_conflict: OnConflict = "update",
    if_table_exists: IfTableExists | None = None,
    max_rejects: float | None = None,
    corrections: Mapping[tuple[int, str], str | None] | None = None,
    chunk_rows: int | None = None,
    atomic: bool = False,
    if_imported: IfImported = "ask",
    listeners: Iterable[Listener] | None = None,
) -> Plan:
    """Plan of an import: what `load` would do, to be looked at, checked, run, or started.

    Parameters
    ----------
    file
        An XLSX, XLSM, CSV or TSV file (also ``.csv.gz``), or a polars frame.
    into
        Where the rows go: ``'sqlite:///shop.db'``, the path of a SQLite file, or a sink of your own.
    table
        Its name; by default the file's.
    key
        Columns that name a row: rows whose key is in the table are updated. By default the schema's
        primary key; without one rows are appended.
    schema
        What rows must be, a ``dataframely.Schema``; by default what a sample of the file shows.
    sheet
        Name of the sheet, or its number from 1; by default the first visible one.
    header_row
        Number of the row with the headers, 0 for none; found by default.
    last_row
        Number of the row with which the table ends, where notes or totals follow; by default the last.
    delimiter, encoding
        Of a text file; found by default.
    mapping
        Which header fills a column, where the names do not say so: ``{column: header}``.
    day_first
        Whether 03/04/2025 is the third of April, where the file does not show it.
    on_conflict
        What to do with a row whose key is in the table: update it, skip it, or reject the row.
    if_table_exists
        By default append where a key makes a second run safe, else fail.
    max_rejects
        Stop once more rows are refused: a count, or a share below 1. Any number by default.
    corrections
        Cells that read otherwise than in the file: ``{(row, header): text}``, the row as the
        spreadsheet numbers it.
    chunk_rows
        Rows that are read, checked and committed at a time, by default as many as suit the database;
        the outcome does not depend on it.
    atomic
        Whether the whole import is one transaction: all of it or nothing, and no resuming.
    if_imported
        What to do with a file whose content went into this table already: ask (an error where
        nobody can be asked), skip it, or import it again.
    listeners
        Who hears of the progress: by default a panel in a notebook, a bar in a terminal.

    Raises
    ------
    SourceError
        Where the file cannot be read.
    ColumnNotFoundError
        Where the file lacks a column that the schema requires.
    SinkError
        Where `into` names no database that can be written.

    Examples
    --------
    >>> import importer, polars as pl
    >>> orders = pl.DataFrame({"order_id": [1, 2], "qty": [5, None]})
    >>> sink = importer.testing.MemorySink()
    >>> report = importer.plan(orders, into=sink, table="orders", key="order_id", listeners=[]).run()
    >>> report.progress.created
    2
    """
    opening: Opening = {
        "sheet": sheet,
        "header_row": header_row,
        "last_row": last_row,
        "delimiter": delimiter,
        "encoding": encoding,
    }
    return Plan(
        source=open_source(file, **opening),
        into=into,
        table=table or table_name(file),
        schema=schema,
        key=(key,) if isinstance(key, str) else None if key is None else tuple(key),
        mapping=mapping or {},
        day_first=day_first,
        on_conflict=on_conflict,
        if_table_exists=if_table_exists,
        max_rejects=max_rejects,
        corrections=corrections or {},
        chunk_rows=chunk_rows,
        atomic=atomic,
        if_imported=if_imported,
        file=Path(file) if isinstance(file, str | os.PathLike) else None,
        opening=opening,
        listeners=(auto(),) if listeners is None else tuple(listeners),
    )


def table_name(file: File) -> str:
    """Name of the table for a file: its own, in the form that SQL needs no quotes for.

    Examples
    --------
    >>> import polars as pl
    >>> table_name("data/Q3 Orders (final).csv.gz"), table_name(pl.DataFrame())
    ('q3_orders_final', 'table_1')
    """
    if not isinstance(file, str | os.PathLike):
        return "table_1"
    name = re.sub(r"\W+", "_", Path(file).name.partition(".")[0]).strip("_").lower()
    return f"table_{name}" if not name or name[0].isdigit() else name

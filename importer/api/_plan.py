"""What an import will do: `plan`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from importer.api._called import called_rightly
from importer.api._table_name import table_name
from importer.core import Options
from importer.engine import Plan, Reading, current_stage, fetch_all, reading_of, usual_listener
from importer.errors import OptionError
from importer.schema import raise_for_hints
from importer.sources import remember_password

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import dataframely as dy

    from importer.core import (
        Empty,
        IfImported,
        IfTableExists,
        Images,
        Listener,
        Merged,
        NewColumns,
        OnConflict,
        OnRepeatedKey,
    )
    from importer.sinks import Sink
    from importer.sources import File

__all__ = ["listeners_of", "plan"]


@called_rightly
def plan(  # noqa: PLR0913 - an import has this many choices, all but one by keyword
    file: File | Reading,
    *,
    into: str | os.PathLike[str] | Sink,
    password: str | None = None,
    table: str | None = None,
    key: str | Sequence[str] | None = None,
    schema: type[dy.Schema] | None = None,
    sheet: str | int | None = None,
    header_row: int | None = None,
    header_rows: int | None = None,
    last_row: int | None = None,
    rows: str | int | Iterable[str | int] | None = None,
    leave_out: str | int | Iterable[str | int] | None = None,
    merged: Merged | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    escape: str | None = None,
    comment: str | None = None,
    encoding: str | None = None,
    file_column: str | None = None,
    mapping: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
    day_first: bool | None = None,
    images: str | Sequence[str] | Images | None = None,
    on_conflict: OnConflict = "update",
    on_repeated_key: OnRepeatedKey = "last",
    empty: Empty = "null",
    if_table_exists: IfTableExists | None = None,
    new_columns: NewColumns = "fail",
    max_rejects: float | None = None,
    corrections: Mapping[tuple[int, str], str | None] | None = None,
    chunk_rows: int | None = None,
    atomic: bool = False,
    undo: bool = True,
    pace: str | float = "full",
    if_imported: IfImported = "ask",
    listeners: Iterable[Listener] | None = None,
) -> Plan:
    """Plan an import: the plan can be looked at, checked, run or started.

    Parameters
    ----------
    file
        An XLSX, XLSM, XLSB, XLS, ODS, CSV, TSV or JSON file (the last three also compressed, as ``.csv.gz``), a
        Parquet or Arrow file, a table of polars, pandas or pyarrow, an iterable of dictionaries, or a source of your
        own. Several files become one import: a pattern such as ``'exports/*.csv'``, a folder, a list of paths, or a
        zip archive. A file elsewhere, such as ``'https://…/orders.csv'``, is fetched first.
    into
        Target of the rows: a URL such as ``'sqlite:///shop.db'``, the path of a SQLite or DuckDB file,
        or a sink of your own. A password may stand in the URL, in ``PGPASSWORD``, or in ``~/.pgpass``.
    password
        The password of an encrypted workbook. It may also stand in ``IMPORTER_FILE_PASSWORD``. It is kept nowhere, so
        a job that is resumed in another process needs it again.
    table
        Name of the table. By default, the name of the file.
    key
        Columns that identify a row. By default, the primary key of the schema or of the existing table.
        Without a key, every row is appended.
    schema
        Columns and rules that every row must satisfy. By default, those of the existing table, else
        inferred from a sample of the file. A ``dataframely.Schema``.
    sheet
        Name of the sheet, or of a table or range in it, or the number of the sheet counted from 1; all for
        all visible sheets with the same columns, each as if it were a file. By default, the first visible
        sheet that holds a table.
    header_row
        Number of the row that holds the headers, 0 if there is none. Detected by default.
    header_rows
        How many rows name the columns; their names are joined, as in 2023 Q1. Detected by default.
    last_row
        Number of the last row of the table, if notes or totals follow it. By default, the last row of
        the file.
    rows
        Numbers of the rows to import, as in 5-120,130-. By default, all rows below the header. Also a
        range, or a collection of numbers.
    leave_out
        Rows below the header to leave out: totals, sections, notes, or row numbers as in 12,17-20. Rows
        that repeat the header or explain it are left out in any case, unless you leave out nothing. One,
        or a collection of them; ``'none'`` for nothing.
    merged
        What to do with merged cells of a workbook: keep all but the first one empty, or fill them with its value.
        By default, keep.
    delimiter
        Character or characters between the cells of a text file. Detected by default.
    quote
        Character around those cells of a text file that hold a delimiter, a quote or a line end. Detected by
        default. Empty if quotes mean nothing.
    escape
        Character of a text file that takes the meaning from a quote, delimiter or line end behind it. Detected
        by default. Empty if there is none.
    comment
        What begins the lines of a text file that are no rows, such as #. By default, every line is a row.
    encoding
        Encoding of a text file, for example cp1252. Detected by default.
    file_column
        Name of a column of text that gets the name of the file in every row, to tell several files apart. By
        default, there is none.
    mapping
        Headers of the columns whose names do not match. ``{column: header}``.
    constants
        What every row has in columns that the file lacks, or whose cells there are not to be used. It is read
        and checked as a cell with this text would be. ``{column: text}``.
    types
        Types of columns that are to be others than the file shows: String, Int64, Float64, Date, Datetime,
        Time or Bool. Rows with cells that do not fit are rejected. A table that exists keeps its own types.
        ``{column: type}``.
    defaults
        What a row has in a column where its cell is empty. It is read and checked as a cell with this text would
        be. ``{column: text}``.
    day_first
        Whether 03/04/2025 is 3 April, if the file itself does not show it.
    images
        Columns that hold addresses of pictures, which are fetched: a cell becomes the path of a file. A row
        whose picture cannot be had is rejected. One or more names, or what `importer.images` makes.
    on_conflict
        What to do if the key of a row is already in the table: update the table, skip the row, or
        reject it. update_only updates the table too, and rejects rows whose keys it lacks.
    on_repeated_key
        What to do with rows of the file that share a key: write them all, so that the last one stays,
        write only the first, or reject all but the first.
    empty
        What an empty cell does to a row that is already in the table: empty its cell there too (null),
        or keep what it has.
    if_table_exists
        What to do if the table exists: append, fail, or replace its rows. By default, append if there
        is a key, so that a second run is safe; otherwise fail.
    new_columns
        What to do with columns of the file that an existing table lacks: fail, add them to the table, or
        ignore them.
    max_rejects
        Stop once more rows than this are rejected. No limit by default. A count, or a share below 1.
    corrections
        Cells to replace before they are checked, by the row's number in the spreadsheet and the header.
        ``{(row, header): text}``, None for an empty cell.
    chunk_rows
        Rows to read, check and commit at a time. The outcome does not depend on it. By default, as many
        as suit the database.
    atomic
        Import in one transaction: all rows or none. Such an import cannot be resumed.
    undo
        Keep what it takes to undo the import, if the table has a key.
    pace
        How fast the import may go, so that others can use the database meanwhile: full, steady (it rests half of the
        time), gentle (three quarters of the time), auto (by the size of the file), at most so many rows a second, as
        in 5000/s, or a pause between two chunks, as in 0.5s. It can be changed while the job runs. Also a number of
        rows a second.
    if_imported
        What to do if the content of the file is in this table already: ask (Python in a terminal
        does; elsewhere it is an error), skip the file, or import it again. A file without rows is
        never taken for one that was imported before.
    listeners
        Callables that receive the progress. By default, a panel in a notebook and a bar in a terminal.

    Raises
    ------
    OptionError
        If an option cannot have its value.
    SourceError
        If the file cannot be read.
    ColumnNotFoundError
        If the file lacks a column that the schema requires.
    SinkError
        If `into` does not name a database.

    Examples
    --------
    >>> import importer, polars as pl
    >>> orders = pl.DataFrame({"order_id": [1, 2], "qty": [5, None]})
    >>> sink = importer.testing.MemorySink()
    >>> report = importer.plan(orders, into=sink, table="orders", key="order_id", listeners=[]).run()
    >>> report.progress.created
    2
    """
    if isinstance(file, Iterator):
        file = list(file)
    if schema is not None and types:
        raise OptionError(
            "schema and types both say what the columns are",
            facts={"option": "types"},
            fixes=["write the types into the schema, and leave `types` out"],
        )
    options = Options(
        table=table_name(file) if table is None else table,
        key=key,  # type: ignore[arg-type]  # Options makes a tuple of it
        schema=schema,
        sheet=sheet,
        header_row=header_row,
        header_rows=header_rows,
        last_row=last_row,
        rows=rows,  # type: ignore[arg-type]  # Options writes it in its usual form
        leave_out=leave_out,  # type: ignore[arg-type]
        merged=merged,
        delimiter=delimiter,
        quote=quote,
        escape=escape,
        comment=comment,
        encoding=encoding,
        file_column=file_column,
        mapping={} if mapping is None else mapping,
        constants={} if constants is None else constants,
        types={} if types is None else types,
        defaults={} if defaults is None else defaults,
        day_first=day_first,
        images=images,  # type: ignore[arg-type]  # Options makes `Images` of it
        on_conflict=on_conflict,
        on_repeated_key=on_repeated_key,
        empty=empty,
        if_table_exists=if_table_exists,
        new_columns=new_columns,
        max_rejects=max_rejects,
        corrections={} if corrections is None else corrections,
        chunk_rows=chunk_rows,
        atomic=atomic,
        undo=undo,
        pace=pace,  # type: ignore[arg-type]  # Options writes it as a text
        if_imported=if_imported,
    )
    heard = listeners_of(listeners)
    # A view shows one thing, so the import gets another one; an operation is told both.
    is_heard = listeners is not None or current_stage() is not None
    file = fetch_all(file, heard if is_heard else None)
    remember_password(file, password)
    if options.schema is not None:
        raise_for_hints(options.schema)
    return Plan(reading=reading_of(file, **options.opening), into=into, listeners=heard, **options.values())


def listeners_of(given: Iterable[Listener] | None) -> tuple[Listener, ...]:
    """The listeners that were given, or the one that suits the place; within an operation, the import is part of it.

    Raises
    ------
    OptionError
        If one cannot be called.

    Examples
    --------
    >>> listeners_of(print)
    Traceback (most recent call last):
    importer.errors.OptionError: listeners must be a list of functions, not <built-in function print>
    """
    if given is None:
        return (usual_listener(),)
    found = tuple(given) if isinstance(given, Iterable) else ()
    if not isinstance(given, Iterable) or not all(map(callable, found)):
        raise OptionError(
            f"listeners must be a list of functions, not {given!r}",
            facts={"option": "listeners", "value": str(given)},
        )
    return found

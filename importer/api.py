"""What an analyst types: `load`, `plan`, `preview`, `infer`, `read`, `jobs`, `job`, `resume`, `prune`."""

from __future__ import annotations

import os
import re
from contextlib import closing
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypedDict, TypeVar, Unpack

import polars as pl

from importer import history
from importer.errors import AlreadyImportedError
from importer.history import Jobs
from importer.job import Job
from importer.listeners import auto, choice
from importer.planning import Plan
from importer.sources import File, open_source
from importer.store import JobRecord, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import timedelta

    import dataframely as dy

    from importer.chunks import Sink
    from importer.inference import Inference
    from importer.previewing import Preview
    from importer.progress import Listener
    from importer.recognising import IfImported
    from importer.report import Report
    from importer.sinks import IfTableExists, OnConflict

__all__ = ["infer", "job", "jobs", "load", "plan", "preview", "prune", "read", "resume"]


class Opening(TypedDict, total=False):
    """How a file is opened."""

    sheet: str | int | None
    header_row: int | None
    delimiter: str | None
    encoding: str | None


P = ParamSpec("P")
T = TypeVar("T")

NOWHERE = "sqlite:///nowhere.db"
"""Target of a plan that is only looked at; nothing is opened or made."""

READ_ROWS = 100_000


def plan(  # noqa: PLR0913 - an import has this many choices, all but one by keyword
    file: File,
    *,
    into: str | os.PathLike[str] | Sink,
    table: str | None = None,
    key: str | Sequence[str] | None = None,
    schema: type[dy.Schema] | None = None,
    sheet: str | int | None = None,
    header_row: int | None = None,
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
    source = open_source(file, sheet=sheet, header_row=header_row, delimiter=delimiter, encoding=encoding)
    return Plan(
        source=source,
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
        opening={"sheet": sheet, "header_row": header_row, "delimiter": delimiter, "encoding": encoding},
        listeners=(auto(),) if listeners is None else tuple(listeners),
    )


def _takes(_: Callable[P, Plan]) -> Callable[[Callable[..., T]], Callable[P, T]]:
    """Give a function the parameters of another, so that they are listed once."""

    def as_typed(function: Callable[..., T]) -> Callable[P, T]:
        function.__signature__ = signature(plan).replace(return_annotation="Report")  # type: ignore[attr-defined]
        return function

    return as_typed


@_takes(plan)
def load(*args: Any, **options: Any) -> Report:  # noqa: ANN401 - typed by the decorator
    """Import a file into a table: good rows go in, refused rows come back with their reasons.

    Takes what `plan` takes, and runs the plan.

    Raises
    ------
    AlreadyImportedError
        Where the file went into this table already, and nobody can be asked.
    ImporterError
        Where the import could not be done. Refused rows are no error, see ``report.rejects``.

    Examples
    --------
    >>> import importer, polars as pl
    >>> sink = importer.testing.MemorySink()
    >>> report = importer.load(pl.DataFrame({"n": ["1", "2"]}), into=sink, listeners=[])
    >>> sink.rows
    [{'n': 1}, {'n': 2}]
    """
    found = plan(*args, **options)
    try:
        return found.run()
    except AlreadyImportedError as exc:
        chosen = choice(str(exc), ("again", "skip") if exc.is_done else ("resume", "again"))
        if chosen is None:
            raise
        if chosen == "resume":
            return resume(exc.job_id, into=found.into, schema=found.schema)
        return replace(found, if_imported="skip" if chosen == "skip" else "again").run()


def resume(
    job: str | Job | JobRecord,
    *,
    into: str | os.PathLike[str] | Sink | None = None,
    schema: type[dy.Schema] | None = None,
    file: str | os.PathLike[str] | None = None,
    listeners: Iterable[Listener] | None = None,
) -> Report:
    """Go on with a job that did not end, from the last chunk that is in the table, to the report of the whole.

    Parameters
    ----------
    job
        Its id, or the beginning of it; a job, or a record of one.
    into
        The target, where its URL has a password, which is not kept.
    schema
        The schema, where it was defined in a notebook that is no longer running.
    file
        The file, where it lies elsewhere now; its content must be the same.
    listeners
        As for `plan`.

    Raises
    ------
    ResumeError
        Where the job cannot go on, or the file is no longer the same.
    """
    return history.plan_to_resume(
        job if isinstance(job, str) else job.id if isinstance(job, Job) else job.job_id,
        into=into,
        schema=schema,
        file=None if file is None else Path(file),
        listeners=(auto(),) if listeners is None else tuple(listeners),
    ).run()


def jobs(
    *, state: str | None = None, table: str | None = None, file: str | None = None, limit: int | None = None
) -> Jobs:
    """Every import that ever ran, newest first.

    Parameters
    ----------
    state, table, file
        Only those in this state, into this table, of the file of this name or path.
    limit
        At most so many.

    Raises
    ------
    StoreError
        Where the history cannot be had.
    """
    return Jobs(tuple(open_store().jobs(states=[state] if state else (), table=table, file=file, limit=limit)))


def job(job_id: str) -> JobRecord:
    """One import, by its id or the beginning of it, with the rows that it refused.

    Raises
    ------
    JobNotFoundError
        Where there is none, or more than one.
    """
    return open_store().job(job_id)


def prune(*, older_than: timedelta) -> int:
    """Forget the jobs that began longer ago, with their refused rows, and tell how many; live ones stay.

    What a target keeps of its jobs is a row each in its table ``_importer_checkpoints``, to be deleted there.

    Parameters
    ----------
    older_than
        How long ago.

    Raises
    ------
    StoreError
        Where the history cannot be had.
    """
    return history.prune(older_than)


def preview(file: File, *, day_first: bool | None = None, **options: Unpack[Opening]) -> Preview:
    """The first rows of a file, and what an import would make of every column.

    Parameters
    ----------
    file, day_first, options
        As for `plan`: ``sheet``, ``header_row``, ``delimiter``, ``encoding``.

    Raises
    ------
    SourceError
        Where the file cannot be read.

    Examples
    --------
    >>> import importer, polars as pl
    >>> importer.preview(pl.DataFrame({"n": ["1", "2"]})).columns[0].dtype
    'Int64'
    """
    return plan(file, into=NOWHERE, day_first=day_first, listeners=(), **options).preview()


def infer(
    file: File, *, day_first: bool | None = None, key: str | Sequence[str] | None = None, **options: Unpack[Opening]
) -> Inference:
    """A schema for the file, with the reason for every column; prints as code that can be pasted.

    Judged by a sample of the whole file: its first rows, its last, and some spread between.

    Parameters
    ----------
    file, day_first, key, options
        As for `plan`: ``sheet``, ``header_row``, ``delimiter``, ``encoding``.

    Raises
    ------
    SourceError
        Where the file cannot be read.

    Examples
    --------
    >>> import importer, polars as pl
    >>> importer.infer(pl.DataFrame({"n": ["1", "2"]})).schema.columns()["n"].dtype
    Int64
    """
    return plan(file, into=NOWHERE, day_first=day_first, key=key, listeners=(), **options).inference


def read(file: File, **options: Unpack[Opening]) -> pl.DataFrame:
    """The whole sheet as text, one column a header, nothing changed: the cells as they stand there.

    Parameters
    ----------
    file, options
        As for `plan`: ``sheet``, ``header_row``, ``delimiter``, ``encoding``.

    Raises
    ------
    SourceError
        Where the file cannot be read.

    Examples
    --------
    >>> import importer, polars as pl
    >>> importer.read(pl.DataFrame({"n": [1.50]})).item()
    '1.5'
    """
    source = open_source(file, **options)
    with closing(source.chunks(READ_ROWS)) as chunks:
        frames = [chunk.frame for chunk in chunks]
    return pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys(source.header.labels, pl.String))


def table_name(file: File) -> str:
    """Name of the table for a file: its own, in the form that SQL needs no quotes for.

    Examples
    --------
    >>> table_name("data/Q3 Orders (final).csv.gz"), table_name(pl.DataFrame())
    ('q3_orders_final', 'table_1')
    """
    if not isinstance(file, str | os.PathLike):
        return "table_1"
    name = re.sub(r"\W+", "_", Path(file).name.partition(".")[0]).strip("_").lower()
    return f"table_{name}" if not name or name[0].isdigit() else name

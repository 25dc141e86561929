"""Functions that import: `load` and `resume`."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from importer.api._called import called_rightly
from importer.api._plan import listeners_of, plan
from importer.engine import Job, current_stage, fetch_all, known_file, plan_to_resume
from importer.listeners import can_ask, choice

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    import dataframely as dy

    from importer.core import Listener
    from importer.engine import Plan, Report
    from importer.sinks import Sink
    from importer.sources.remote import Pages
    from importer.store import JobRecord

__all__ = ["load", "resume"]

P = ParamSpec("P")
T = TypeVar("T")


def _takes(_: Callable[P, Plan]) -> Callable[[Callable[..., T]], Callable[P, T]]:
    """Give a function the parameters of another one, so that they are listed once."""

    def as_typed(function: Callable[..., T]) -> Callable[P, T]:
        function.__signature__ = signature(plan).replace(return_annotation="Report")  # type: ignore[attr-defined]
        return function

    return as_typed


@called_rightly
@_takes(plan)
def load(*args: Any, **options: Any) -> Report:  # noqa: ANN401 - typed by the decorator
    """Import a file into a table, and return a report with the rejected rows and the reasons.

    Takes the parameters of `plan`, and runs the plan. If the file is in the table already, Python in a terminal
    asks what to do, unless `if_imported` says so. A notebook never asks: its cells must be able to run unattended.

    Raises
    ------
    AlreadyImportedError
        If the file is in this table already, and nobody can be asked.
    ImporterError
        If the import failed. Rejected rows are not an error, see ``report.rejects``.

    Examples
    --------
    >>> import importer, polars as pl
    >>> sink = importer.testing.MemorySink()
    >>> report = importer.load(pl.DataFrame({"n": ["1", "2"]}), into=sink, listeners=[])
    >>> sink.rows
    [{'n': 1}, {'n': 2}]
    """
    planned = plan(*args, **options)
    # Asked before a job starts, so that nothing says that it failed.
    known = known_file(planned) if can_ask() else None
    if known is None:
        return planned.run()
    match choice(str(known), ("again", "skip") if known.is_done else ("resume", "again")):
        case "again" | "skip" as chosen:
            return replace(planned, if_imported=chosen).run()
        case "resume":
            file = planned.reading.file
            place = None if file is None else file.path
            return resume(known.job_id, into=planned.into, schema=planned.schema, file=place)
        case _:
            raise known


@called_rightly
def resume(  # noqa: PLR0913 - all but one by keyword
    job: str | Job | JobRecord,
    *,
    into: str | os.PathLike[str] | Sink | None = None,
    schema: type[dy.Schema] | None = None,
    file: str | os.PathLike[str] | Pages | None = None,
    password: str | None = None,
    listeners: Iterable[Listener] | None = None,
) -> Report:
    """Continue a job that did not finish, after the last committed chunk, and return the report of the whole.

    Parameters
    ----------
    job
        The id of the job or its first characters, a `Job`, or a `JobRecord`.
    into
        The target, if its URL contains a password, which is not kept, or if the record is not your own.
    schema
        The schema, if it has rules of its own: a record makes no Python run. The variable
        ``IMPORTER_TRUSTED_SCHEMAS`` lists schemas that may be loaded all the same, as ``module:CLASS`` or
        ``FILE.py:CLASS``, separated by commas.
    file
        The file, if it has moved, or if the record is not your own. Its content must be the same.
    password
        The password of an encrypted workbook, which is not kept.
    listeners
        As for `plan`.

    Raises
    ------
    ResumeError
        If the job cannot be resumed, the file has changed, or somebody else wrote the record, and `file` or `into`
        is not given.
    SchemaError
        If the job needs a schema that is Python, and it is not given.
    """
    heard = listeners_of(listeners)
    is_heard = listeners is not None or current_stage() is not None
    place = file if file is None else Path(fetch_all(file, heard if is_heard else None))
    return plan_to_resume(
        job if isinstance(job, str) else job.id if isinstance(job, Job) else job.job_id,
        into=into,
        schema=schema,
        file=place,
        password=password,
        listeners=heard,
    ).run()

"""The verbs that import: `load` begins, `resume` goes on."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from importer.api._plan import plan
from importer.engine import Job, plan_to_resume
from importer.errors import AlreadyImportedError
from importer.listeners import auto, choice
from importer.store import forget

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    import dataframely as dy

    from importer.core import Listener
    from importer.engine import Plan, Report
    from importer.sinks import Sink
    from importer.store import JobRecord

__all__ = ["load", "resume"]

P = ParamSpec("P")
T = TypeVar("T")


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
    asking = found.start()
    try:
        return asking.result()
    except AlreadyImportedError as exc:
        chosen = choice(str(exc), _answers(exc))
        if chosen is None:
            raise
        # It is answered by another import, and was none itself.
        forget(asking.id)
        if chosen == "resume":
            return resume(exc.job_id, into=found.into, schema=found.schema)
        return replace(found, if_imported="skip" if chosen == "skip" else "again").run()


def _answers(exc: AlreadyImportedError) -> tuple[str, ...]:
    """What may be done with a file that is known."""
    if exc.is_done:
        return ("again", "skip")
    return ("again",) if exc.is_live else ("resume", "again")


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
    return plan_to_resume(
        job if isinstance(job, str) else job.id if isinstance(job, Job) else job.job_id,
        into=into,
        schema=schema,
        file=None if file is None else Path(file),
        listeners=(auto(),) if listeners is None else tuple(listeners),
    ).run()

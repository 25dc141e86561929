"""Continue a job that did not finish: `plan_to_resume`, and run a recorded one: `plan_of`."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.core import State
from importer.engine._many_reading import ManyReading, reading_of
from importer.engine._plan import Plan
from importer.engine._recorded import raise_if_not_own, raise_if_running, raise_without_password
from importer.engine._setup import options_of
from importer.errors import Command, Fix, OptionError, ResumeError
from importer.sources import remember_password
from importer.store import open_store

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path

    import dataframely as dy

    from importer.core import Images, Listener
    from importer.engine._reading import Reading
    from importer.sinks import Sink
    from importer.store import JobRecord

__all__ = ["plan_of", "plan_to_resume", "raise_for_frame", "raise_if_not_resumable"]

AGAIN = Command("import it again", "load", ..., (Fix("if_imported", "again"),))


def plan_to_resume(  # noqa: PLR0913 - what a record does not keep
    job_id: str,
    *,
    into: str | os.PathLike[str] | Sink | None = None,
    schema: type[dy.Schema] | None = None,
    file: str | Path | None = None,
    password: str | None = None,
    listeners: tuple[Listener, ...] = (),
) -> Plan:
    """Plan that continues a job which did not finish.

    Raises
    ------
    ResumeError
        If the job is done or running, if something it needs was not kept, or if somebody else wrote its record, and
        the file or the target is not said again.
    SchemaError
        If its schema is Python that would have to run, see `importer.engine._setup.options_of`.
    """
    record = open_store().job(job_id)
    raise_if_not_resumable(record)
    if file is None or into is None:
        raise_if_not_own(record, "resume", ("file", "into"), "which file is read and where the rows go")
    if (file or record.path) is None:
        raise_for_frame(record)
    if into is None:
        raise_without_password(record)
    remember_password(file or record.path, password)
    return plan_of(record, into=into, schema=schema, file=file, listeners=listeners)


def raise_for_frame(record: JobRecord) -> None:
    """Say that what it read is not kept.

    Raises
    ------
    ResumeError
        Always.
    """
    raise ResumeError(
        f"job {record.short_id} read a frame, which is not kept",
        code="frame-gone",
        facts={"job": record.job_id},
        fixes=[AGAIN],
    )


def raise_if_not_resumable(record: JobRecord) -> None:
    """Do nothing if something of the job is still to be done, and can be.

    Raises
    ------
    ResumeError
        If it is complete, runs, is one transaction, or is no import.
    """
    name, again = f"job {record.short_id}", AGAIN
    if record.kind == "task":
        raise ResumeError(
            f"{name} is an operation, which only its own code can begin again",
            code="job-is-operation",
            facts={"job": record.job_id},
            fixes=["run that code again"],
        )
    if record.kind == "undo":
        raise ResumeError(
            f"{name} is an undo, of which nothing is half done",
            code="job-is-undo",
            facts={"job": record.job_id},
            fixes=[Command("undo again", "undo", (record.undoes or "")[:8])],
        )
    raise_if_running(record)
    if record.state is State.SUCCEEDED:
        raise ResumeError(f"{name} is complete", code="job-complete", facts={"job": record.job_id}, fixes=[again])
    if json.loads(record.options or "{}").get("atomic"):
        raise ResumeError(
            f"{name} is one transaction, and none of its rows are in the table",
            code="job-atomic",
            facts={"job": record.job_id},
            fixes=["import the file again"],
        )


def plan_of(
    record: JobRecord,
    *,
    into: str | os.PathLike[str] | Sink | None = None,
    schema: type[dy.Schema] | None = None,
    file: str | os.PathLike[str] | None = None,
    listeners: tuple[Listener, ...] = (),
) -> Plan:
    """Plan that does what a record says, which is this user's own, or as far as it is said again.

    Raises
    ------
    SchemaError
        If its schema is Python that would have to run, see `importer.engine._setup.options_of`.
    ResumeError
        If somebody else wrote it, and it names places for pictures.
    ImporterError
        If the file cannot be read, or the target cannot be one.
    """
    options = options_of(record, schema=schema)
    if options.images is not None and not record.is_own:
        _raise_for_places(record, options.images)
    with suppress(OptionError):  # It may have been changed while the job ran, by anybody.
        options = replace(options, pace=record.pace or options.pace)
    # The sheet that was read, whichever would be read by default now.
    opening = options.opening | {"sheet": options.sheet if options.sheet is not None else record.sheet}
    return Plan(
        reading=_reading(record, file, opening),
        into=record.target if into is None else into,
        listeners=listeners,
        resumes=record,
        **options.values(),
    )


def _raise_for_places(record: JobRecord, images: Images) -> None:
    """Do nothing if a record of somebody else names no folder to write to, and no host of this network to ask.

    Raises
    ------
    ResumeError
        If it does.
    """
    if images.folder is None and not images.allow_private:
        return
    raise ResumeError(
        f"the record of job {record.short_id} is not yours, so it does not decide where pictures are kept, or which "
        "hosts of your network are asked for them",
        code="record-not-own",
        facts={"job": record.job_id, "user": record.user_name},
        fixes=[AGAIN],
    )


def _reading(record: JobRecord, file: str | os.PathLike[str] | None, opening: Mapping[str, Any]) -> Reading:
    """The file of a job, or all of its files, opened again."""
    place = record.path or "" if file is None else file
    kept = json.loads(record.options or "{}").get("files")
    if not isinstance(kept, dict):
        return reading_of(place, **opening)
    try:
        if file is None:
            return ManyReading.again(kept, opening)
        reading, places = reading_of(file, **opening), {int(at) for at in kept["in"]}
    except (ValueError, TypeError, KeyError) as exc:
        raise ResumeError(
            f"the record of job {record.short_id} does not say which files it read",
            code="frame-gone",
            facts={"job": record.job_id},
            fixes=[Command("import them again", "load", ..., (Fix("if_imported", "again"),))],
        ) from exc
    return reading.only(places) if isinstance(reading, ManyReading) else reading

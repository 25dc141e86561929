"""Continue a job that did not finish: `plan_to_resume`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from importer.core import State
from importer.engine._plan import Plan
from importer.engine._reading import Reading
from importer.engine._recorded import raise_if_not_own, raise_if_running, raise_without_password
from importer.engine._setup import options_of
from importer.errors import Command, Fix, ResumeError
from importer.store import open_store

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import dataframely as dy

    from importer.core import Listener
    from importer.sinks import Sink

__all__ = ["plan_to_resume"]


def plan_to_resume(
    job_id: str,
    *,
    into: str | os.PathLike[str] | Sink | None = None,
    schema: type[dy.Schema] | None = None,
    file: str | Path | None = None,
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
    name = f"job {record.short_id}"
    again = Command("import it again", "load", ..., (Fix("if_imported", "again"),))
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
    if file is None or into is None:
        raise_if_not_own(record, "resume", ("file", "into"), "which file is read and where the rows go")
    place = file or record.path
    if place is None:
        raise ResumeError(
            f"{name} read a frame, which is not kept", code="frame-gone", facts={"job": record.job_id}, fixes=[again]
        )
    if into is None:
        raise_without_password(record)
    options = options_of(record, schema=schema)
    # The sheet that was read, whichever would be read by default now.
    opening = options.opening | {"sheet": options.sheet if options.sheet is not None else record.sheet}
    return Plan(
        reading=Reading.of(place, **opening),
        into=record.target if into is None else into,
        listeners=listeners,
        resumes=record,
        **options.values(),
    )

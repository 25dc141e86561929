"""Continue a job that did not finish: `plan_to_resume`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from importer.core import State
from importer.engine._plan import Plan
from importer.engine._reading import Reading
from importer.engine._setup import options_of
from importer.errors import Command, Fix, ResumeError
from importer.sinks import ELSEWHERE, lacks_password
from importer.store import open_store

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import dataframely as dy

    from importer.core import Listener
    from importer.sinks import Sink

__all__ = ["plan_to_resume"]

MOST = 200
"""Characters that a message repeats of a record."""


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
    if not record.state.is_final:
        raise ResumeError(
            f"{name} is {record.state.value} in process {record.pid} on {record.host}",
            code="job-not-over",
            facts={"job": record.job_id, "state": record.state.value, "process": record.pid, "host": record.host},
            fixes=["wait for it", Command("stop it", "cancel", record.short_id)],
        )
    if record.state is State.SUCCEEDED:
        raise ResumeError(f"{name} is complete", code="job-complete", facts={"job": record.job_id}, fixes=[again])
    if json.loads(record.options or "{}").get("atomic"):
        raise ResumeError(
            f"{name} is one transaction, and none of its rows are in the table",
            code="job-atomic",
            facts={"job": record.job_id},
            fixes=["import the file again"],
        )
    if not record.is_own and (file is None or into is None):
        who = f"{record.user_name or 'an unknown user'} on {record.host or 'an unknown host'}"
        raise ResumeError(
            f"the record of {name} is not yours: {who} wrote it, or somebody changed it, so it does not decide which "
            f"file is read and where the rows go; it says {(record.path or '')[:MOST]!r} into {record.target[:MOST]!r}",
            code="record-not-own",
            facts={"job": record.job_id, "file": record.path, "target": record.target, "user": record.user_name},
            fixes=[
                Command("name both yourself", "resume", record.short_id, (Fix("file"), Fix("into"))),
                "open the file in the App",
            ],
        )
    place = file or record.path
    if place is None:
        raise ResumeError(
            f"{name} read a frame, which is not kept", code="frame-gone", facts={"job": record.job_id}, fixes=[again]
        )
    if into is None and lacks_password(record.target):
        raise ResumeError(
            f"the password of {record.target!r} is not kept",
            code="password-missing",
            facts={"job": record.job_id, "target": record.target},
            fixes=ELSEWHERE,
        )
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

"""Going on with a job that did not end: `plan_to_resume`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core import State
from importer.engine._plan import Plan
from importer.errors import ResumeError
from importer.schema import load_schema
from importer.sources import open_source
from importer.store import open_store

if TYPE_CHECKING:
    import os

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
    """The plan of a job that did not end, to go on with it.

    Raises
    ------
    ResumeError
        Where it is done, or at work, or what it needs is not kept.
    """
    record = open_store().job(job_id)
    name = f"job {record.short_id}"
    if not record.state.is_final:
        raise ResumeError(f"{name} is {record.state.value} in process {record.pid} on {record.host}. Wait for it")
    if record.state is State.SUCCEEDED:
        raise ResumeError(f"{name} is done. Import the file again with importer.load and if_imported='again'")
    options = json.loads(record.options or "{}")
    if options.get("atomic"):
        raise ResumeError(f"{name} is one transaction, of which nothing is in the table. Import the file again")
    place = file or record.path
    if place is None:
        raise ResumeError(f"{name} read a frame, which is not kept. Import it again with if_imported='again'")
    if into is None and "***" in record.target:
        raise ResumeError(
            f"the password of {record.target!r} is not kept. Give the whole URL: importer.resume(…, into=…) (--into)"
        )
    key = None if options["key"] is None else tuple(options["key"])
    if schema is None and record.schema_code is not None:
        schema = load_schema(record.schema_code)
        # What a sample showed names its key itself.
        key = None if options.get("inferred") else key
    opening = options.get("opening", {})
    return Plan(
        source=open_source(place, **opening),
        into=record.target if into is None else into,
        table=record.table_name,
        schema=schema,
        key=key,
        mapping=options["mapping"],
        day_first=options["day_first"],
        on_conflict=options["on_conflict"],
        if_table_exists=options["if_table_exists"],
        max_rejects=options["max_rejects"],
        chunk_rows=options["chunk_rows"],
        corrections={(row, label): text for row, label, text in options["corrections"]},
        listeners=listeners,
        file=Path(place),
        opening=opening,
        resumes=record,
    )

"""What a plan gives its job: `pipeline_of`."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.checking import RejectLimit, Rejects
from importer.core import CHUNK_ROWS, Table
from importer.engine._already_imported import raise_for_live
from importer.engine._nowhere import Nowhere
from importer.engine._one_of_a_key import OneOfAKey
from importer.engine._pipeline import Pipeline
from importer.engine._preview_view import read_as
from importer.engine._setup import facts_of, fingerprint_of, notes_of, record_of, rejects_for, start_of
from importer.engine._source_watch import SourceWatch
from importer.errors import Note, SinkError, sorted_notes
from importer.sinks import Chunked, Lockable, SqlSink, columns_there, open_sink, raise_if_too_wide
from importer.sources import patched, telling
from importer.store import open_store

if TYPE_CHECKING:
    from importer.engine._plan import Plan
    from importer.sinks import Column, Sink
    from importer.sources import Source

__all__ = ["pipeline_of"]


def pipeline_of(plan: Plan, job_id: str, *, dry_run: bool) -> Pipeline:
    """The pipeline of a job, for the table as it is now.

    Raises
    ------
    ImporterError
        If the plan cannot be carried out.
    """
    sink = plan.sink(dry_run=dry_run)
    plan = _looking(_current(plan), sink)
    if not plan.source.header.labels:
        return _of_nothing(plan, sink, job_id, dry_run=dry_run)
    fingerprint = None if dry_run else fingerprint_of(plan)
    # Somebody may have written to the file before its content was known.
    plan = _current(plan)
    # The exports of two days with nothing to report are the same.
    content = fingerprint.content if fingerprint is not None and plan.reading.has_rows else ""
    if content and plan.if_imported != "again":
        raise_for_live(open_store(), replace(record_of(plan, job_id), content=content))
    return Pipeline(
        source=_source(plan),
        sink=sink,
        **_of_table(plan, sink, dry_run=dry_run),
        chunk_rows=plan.chunk_rows or (sink.chunk_rows if isinstance(sink, Chunked) else CHUNK_ROWS),
        start=start_of(plan, job_id, content),
        limit=None if plan.max_rejects is None else RejectLimit(plan.max_rejects),
        is_dry_run=dry_run,
        is_atomic=plan.atomic and not dry_run,
        skips_imported=plan.if_imported == "skip",
        table_lock=sink.lock(plan.table, job_id) if isinstance(sink, Lockable) and not dry_run else None,
        watch=None if fingerprint is None else SourceWatch(fingerprint=fingerprint, opened=lambda: _source(plan)),
        rejects=Rejects() if dry_run else rejects_for(job_id),
        read_as=read_as(plan.source),
        corrections=plan.corrections,
    )


def _of_nothing(plan: Plan, sink: Sink, job_id: str, *, dry_run: bool) -> Pipeline:
    """The pipeline for a file that holds nothing, where neither a schema nor a table says which columns it has."""
    table = Table(name=plan.table, columns=())
    try:
        found = sink.open(table)  # A database that cannot be reached may have the table.
    finally:
        sink.close()
    left = "the table stays as it is" if found.exists else "no table is made"
    notes = [*plan.reading.notes, Note(f"{left}, since nothing says which columns it has", code="no-table")]
    return Pipeline(
        source=plan.source,
        sink=Nowhere(sink.label, found),
        table=table,
        check=plan.rows_check,
        chunk_rows=CHUNK_ROWS,
        start=start_of(plan, job_id, ""),
        is_dry_run=dry_run,
        notes=sorted_notes(notes),
    )


def _current(plan: Plan) -> Plan:
    """The plan for the file as it is now, if it shows the same."""
    reading = plan.reading.current()
    return plan if reading is plan.reading else replace(plan, reading=reading)


def _source(plan: Plan) -> Source:
    """The rows of the file, opened again if somebody wrote to it since."""
    source = telling(_current(plan).source)
    return patched(source, plan.corrections) if plan.corrections else source


def _looking(plan: Plan, sink: Sink) -> Plan:
    """The plan for the table as it is now, unless a new one would have too many columns."""
    if plan.looks_at_table:
        try:
            plan = replace(plan, there=columns_there(plan.into, plan.table))
        except SinkError:
            # The job may have to wait for the database, and looks again when it has opened it.
            return replace(plan, there=())
    if plan.schema is None and not plan.there and isinstance(sink, SqlSink):
        raise_if_too_wide(sink.dialect, plan.table, len(plan.source.header.labels))
    return plan


def _of_table(plan: Plan, sink: Sink, *, dry_run: bool) -> dict[str, Any]:
    """What the columns of the table decide, as arguments of a pipeline."""

    def refilled(there: tuple[Column, ...]) -> dict[str, Any]:
        return _of_table(replace(plan, there=there), sink, dry_run=dry_run)

    def whole() -> dict[str, Any]:
        whole_sink = open_sink(sink, atomic=True)
        of_table = _of_table(replace(plan, atomic=True), whole_sink, dry_run=dry_run)
        return {"sink": whole_sink, "is_atomic": True, **of_table}

    table, notes, replaces = plan.wanted, tuple(notes_of(plan, sink)), None
    if dry_run:
        with suppress(SinkError):  # The job may have to wait for the database.
            replaces = plan.replaces
    return {
        "table": table,
        "check": plan.rows_check,
        "labels": {found.column: found.label for found in plan.matches if found.label is not None},
        "notes": sorted_notes(notes),
        "facts": facts_of(plan, table, notes),
        "there": plan.there or (),
        "replaces": replaces,
        "one_of_a_key": OneOfAKey(table.key, plan.on_repeated_key)
        if plan.on_repeated_key != "last" and table.key
        else None,
        "refilled": refilled if plan.looks_at_table else None,
        "whole": None if plan.atomic or dry_run or not isinstance(sink, SqlSink) else whole,
        "mismatch": None if plan.existing is None else plan.existing.mismatch,
    }

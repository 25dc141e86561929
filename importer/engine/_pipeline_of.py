"""What a plan gives its job: `pipeline_of`."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.checking import RejectLimit, Rejects
from importer.core import CHUNK_ROWS, FULL, Table, paced_rows
from importer.engine._already_imported import raise_for_live
from importer.engine._many_reading import ManyReading, is_many
from importer.engine._nowhere import Nowhere
from importer.engine._one_of_a_key import OneOfAKey
from importer.engine._picturing import CHUNK_PICTURES, Picturing
from importer.engine._pipeline import Pipeline
from importer.engine._preview_view import read_as
from importer.engine._setup import facts_of, fingerprint_of, notes_of, record_of, rejects_for, start_of
from importer.engine._source_watch import SourceWatch
from importer.errors import Note, SinkError, sorted_notes
from importer.sinks import Chunked, Lockable, SqlSink, columns_there, open_sink, raise_if_too_wide
from importer.sources import patched, telling
from importer.sources.many import Fingerprints
from importer.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from importer.engine._plan import Plan
    from importer.engine._reading import Reading
    from importer.sinks import Column, Sink
    from importer.sources import Fingerprint, Source

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
    files = plan.reading.rows if is_many(plan.reading) else None
    return Pipeline(
        source=_source(plan),
        sink=sink,
        **_with_twins(_of_table(plan, sink, dry_run=dry_run), plan, fingerprint),
        chunk_rows=plan.chunk_rows or paced_rows(_usual_rows(plan, sink), FULL if dry_run else plan.pace),
        start=start_of(plan, job_id, content, _files_of(fingerprint) if content else None),
        limit=None if plan.max_rejects is None else RejectLimit(plan.max_rejects),
        is_dry_run=dry_run,
        is_atomic=plan.atomic and not dry_run,
        skips_imported=plan.if_imported == "skip",
        table_lock=sink.lock(plan.table, job_id) if isinstance(sink, Lockable) and not dry_run else None,
        watch=None if fingerprint is None else SourceWatch(fingerprint=fingerprint, opened=lambda: _source(plan)),
        rejects=Rejects(files=files) if dry_run else rejects_for(job_id, files),
        files=plan.reading.whole if is_many(plan.reading) else None,
        left_out=plan.reading.names_left_out if is_many(plan.reading) else (),
        appeared=_appeared(plan.reading),
        narrowed=lambda left_out: _narrowed(plan, fingerprint, left_out),
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


def _usual_rows(plan: Plan, sink: Sink) -> int:
    """How many rows suit the sink, and the pictures."""
    rows = sink.chunk_rows if isinstance(sink, Chunked) else CHUNK_ROWS
    return rows if plan.images is None else min(rows, CHUNK_PICTURES)


def _current(plan: Plan) -> Plan:
    """The plan for the file as it is now, if it shows the same."""
    reading = plan.reading.current()
    return plan if reading is plan.reading else replace(plan, reading=reading)


def _source(plan: Plan) -> Source:
    """The rows of the file, opened again if somebody wrote to it since."""
    source = telling(_current(plan).source)
    return patched(source, plan.corrections) if plan.corrections else source


def _files_of(fingerprint: Fingerprint | Fingerprints | None) -> dict[int, str]:
    """The content of each of several files, by its place."""
    return {at: one.content for at, one in fingerprint.each.items()} if isinstance(fingerprint, Fingerprints) else {}


def _with_twins(of_table: dict[str, Any], plan: Plan, fingerprint: Fingerprint | Fingerprints | None) -> dict[str, Any]:
    """The same with a note of files that hold the same, so that their rows may come twice."""
    if not isinstance(fingerprint, Fingerprints) or not is_many(plan.reading):
        return of_table
    names, first = plan.reading.rows.names, dict[str, str]()
    twins = []
    for at, one in fingerprint.each.items():
        if (other := first.setdefault(one.content, names[at])) != names[at]:
            told = f"{names[at]!r} holds the same as {other!r}, so its rows come twice"
            twins.append(Note(told, ["leave one of them out"], code="files-alike", kind="doubt", n=1))
    return of_table | {"notes": sorted_notes([*twins, *of_table["notes"]])} if twins else of_table


def _appeared(reading: Reading) -> Callable[[], Sequence[str]] | None:
    """Finds files that were not there before; None if there is one file alone."""
    return (lambda: reading.found.appeared) if is_many(reading) else None


def _narrowed(
    plan: Plan, fingerprint: Fingerprint | Fingerprints | None, left_out: Collection[int]
) -> Mapping[str, Any]:
    """What changes, as arguments of a pipeline, if some of several files are not imported."""

    def opened() -> Source:
        current = _current(plan)
        assert isinstance(current.reading, ManyReading)  # noqa: S101 - only several files can be fewer
        source = telling(current.reading.whole.without(left_out))
        return patched(source, plan.corrections) if plan.corrections else source

    assert isinstance(plan.reading, ManyReading)  # noqa: S101
    if isinstance(fingerprint, Fingerprints):
        each = {at: one for at, one in fingerprint.each.items() if at not in left_out}
        fingerprint = replace(fingerprint, each=each)
    return {
        "source": opened(),
        "files": plan.reading.whole.without(left_out),
        "watch": None if fingerprint is None else SourceWatch(fingerprint=fingerprint, opened=opened),
    }


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
    labels = {found.column: found.label for found in plan.matches if found.label is not None}
    images = plan.images
    return {
        "table": table,
        "check": plan.rows_check,
        "labels": labels,
        "picturing": None if images is None else Picturing(images, table, labels, plan.source.header),
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

"""What a job needs besides its plan: its record, where it starts, a place for rejected rows."""

from __future__ import annotations

import json
import os
import uuid
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from importer.checking import Rejects
from importer.core import Claim, Options, UsedFiles, located, private_folder, raise_if_unwritable, rejects_of, why
from importer.engine._constants import notes_of_constants
from importer.engine._many_reading import is_many
from importer.engine._start import Start, file_changed
from importer.errors import Command, Fix, Note, SchemaError, SourceError, StoreWarning
from importer.schema import TRUSTED, is_data, is_trusted, known_schema, load_schema, place_of
from importer.sinks import CountingSink, label_of
from importer.sources import Fingerprint
from importer.sources.many import Fingerprints
from importer.store import JobRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import dataframely as dy

    from importer.core import FileRows, Table
    from importer.engine._plan import Plan
    from importer.sinks import Sink

__all__ = [
    "facts_of",
    "fingerprint_of",
    "notes_of",
    "options_of",
    "record_of",
    "rejects_for",
    "start_of",
    "target_of",
    "used_by",
]

NOTED = 20
"""Corrected cells that a report names."""


def target_of(plan: Plan) -> str:
    """The target, written the same in every working directory."""
    return located(plan.into) if isinstance(plan.into, str | os.PathLike) else label_of(plan.into)


def used_by(plan: Plan) -> UsedFiles:
    """The files that the job reads and writes."""
    file, reading = plan.reading.file, plan.reading
    used = UsedFiles.of(None if file is None else file.path, target_of(plan))
    if not is_many(reading):
        return used
    files = (*reading.found.paths, *([reading.found.place] if reading.found.place.is_file() else []))
    return replace(used, others=tuple(path.absolute() for path in files))


def _octets(name: str, path: Path) -> int:
    """Size of the file, which somebody may have deleted since it was looked at."""
    try:
        return path.stat().st_size
    except OSError as exc:
        raise SourceError(
            f"{name!r} cannot be read any more: {why(exc)}",
            code="file-not-found",
            facts={"file": name, "error": why(exc)},
            fixes=["put it back, or name another file"],
        ) from exc


def record_of(plan: Plan, job_id: str) -> JobRecord:
    """Record of the job before it starts.

    Raises
    ------
    SourceError
        If its file is gone.
    """
    begun, file = plan.resumes, plan.reading.file
    path = None if file is None else file.path.resolve()
    name, size = (None, None) if path is None or file is None else (file.name, _octets(file.name, path))
    if is_many(plan.reading):
        path, name = plan.reading.found.place.resolve(), plan.reading.found.label
        size = plan.reading.whole.total
    return JobRecord(
        job_id=job_id,
        label=plan.label,
        path=None if path is None else str(path),
        name=name,
        size=size,
        sheet=plan.source.book.sheet,
        target=target_of(plan),
        table_name=plan.table,
        key_columns=None if plan.key is None else ", ".join(plan.key),
        schema_code=None if plan.schema is None else place_of(plan.schema),
        options=_kept(plan),
        made_at="" if begun is None else begun.made_at,
        started_at=None if begun is None else begun.started_at,
    )


def _kept(plan: Plan) -> str:
    """The options as the history keeps them."""
    kept = {**plan.as_json(), "inferred": plan.is_inferred}
    if is_many(plan.reading):
        kept["files"] = plan.reading.kept()
    return json.dumps(kept, ensure_ascii=False)


def options_of(record: JobRecord, *, schema: type[dy.Schema] | None = None) -> Options:
    """The options of a job, as `record_of` kept them.

    Parameters
    ----------
    schema
        The schema, if the history cannot make it anew.

    Raises
    ------
    SchemaError
        If the schema of the job is not given, and its record may not load it.
    OptionError
        If an option in the record cannot have its value.
    """
    kept = json.loads(record.options or "{}")
    changed: dict[str, Any] = {"table": record.table_name, "schema": schema}
    if schema is None and record.schema_code is not None:
        changed["schema"] = _schema_of(record, record.schema_code)
        if record.is_inferred:
            # An inferred schema names its key itself.
            changed["key"] = None
    return Options.of_json(kept, **changed)


def _schema_of(record: JobRecord, code: str) -> type[dy.Schema]:
    """The schema in a record, if it is data, or Python that runs anyway or may."""
    if is_data(code) or is_trusted(code):
        return load_schema(code)
    if record.is_own and (known := known_schema(code)) is not None:
        return known
    raise SchemaError(
        f"job {record.short_id} needs the schema {code[:200]!r}, which is Python, and a record makes no Python run",
        code="schema-not-trusted",
        facts={"job": record.job_id, "schema": code[:200]},
        fixes=[
            Command("name it again", "resume", record.short_id, (Fix("schema"),)),
            f"list it in {TRUSTED}, if it is always to be trusted",
        ],
    )


def facts_of(plan: Plan, table: Table, notes: tuple[str, ...]) -> dict[str, str | None]:
    """What the history keeps of the job once the file has been sampled."""
    return {
        "key_columns": ", ".join(table.key) or None,
        "schema_code": place_of(plan.effective_schema) if plan.schema or plan.existing else plan.inference.code(),
        "notes": json.dumps(notes, ensure_ascii=False),
        "options": _kept(plan),
    }


def fingerprint_of(plan: Plan) -> Fingerprint | Fingerprints | None:
    """Fingerprint of the plan's file, or of all of them; None for a frame, and for a source of your own.

    The file is read in one thread while types and formats are inferred in another.
    """
    file, reading = plan.reading.file, plan.reading
    look: Callable[[], Fingerprint | Fingerprints]
    if is_many(reading):
        look = partial(Fingerprints.of, reading.files)
    elif file is None:
        return None
    else:
        look = partial(Fingerprint.of, file)
    with ThreadPoolExecutor(1, "fingerprint") as pool:
        found: Future[Fingerprint | Fingerprints] = pool.submit(look)
        _ = plan.formats
        return found.result()


def start_of(plan: Plan, job_id: str, content: str, files: Mapping[int, str] | None = None) -> Start:
    """What decides where the job starts.

    Parameters
    ----------
    content, files
        The fingerprint of the file, or of all of them, and of each, by its place.

    Raises
    ------
    ResumeError
        If the file is not the one with which the job started.
    """
    begun = plan.resumes
    if begun is not None and content != begun.content and begun.content is not None:
        raise file_changed(plan.source.label, begun.job_id)
    return Start(
        claim=Claim(job_id=job_id, owner=uuid.uuid4().hex),
        content=content,
        file=plan.source.label,
        files=files or {},
        names=plan.reading.rows.names if is_many(plan.reading) else (),
        # One that waited in the queue is resumed from nothing.
        is_resumed=begun is not None and begun.started_at is not None,
        has_rows=begun is not None and (begun.rows_read > 0 or not begun.is_own),
        is_blank=not plan.reading.has_rows,
        if_imported=plan.if_imported,
        if_table_exists=plan.if_table_exists,
        on_conflict=plan.on_conflict,
        keeps_empty=plan.empty == "keep",
        adds_columns=plan.new_columns == "add",
        logs=plan.undo,
    )


def rejects_for(job_id: str, files: FileRows | None = None) -> Rejects:
    """The place for rejected rows: a folder, or memory if the folder cannot be written."""
    folder = rejects_of(job_id)
    try:
        raise_if_unwritable(private_folder(folder.parent))
    except OSError as exc:
        fix = "Free the folder, or name another one in IMPORTER_HOME"
        warnings.warn(f"the import goes on, but cannot be resumed: {exc}. {fix}", StoreWarning, stacklevel=2)
        return Rejects(files=files)
    return Rejects(folder=folder, files=files)


def notes_of(plan: Plan, sink: Sink) -> Iterator[str]:
    """Notes that a report shows besides the counts."""
    if plan.resumes is not None and plan.resumes.notes is not None:
        yield from json.loads(plan.resumes.notes)
        return
    yield from plan.notes
    yield from notes_of_constants(plan.matches)
    if plan.corrections:
        cells = [f"{label!r} in row {row:,} is {text!r}" for (row, label), text in plan.corrections.items()]
        more = f", and {len(cells) - NOTED:,} more" if len(cells) > NOTED else ""
        said = f"corrected before the import: {', '.join(cells[:NOTED])}{more}"
        yield Note(said, code="cells-corrected", n=len(cells))
    if isinstance(sink, CountingSink):
        yield f"what {sink.label} holds is not looked at: every good row counts as created"

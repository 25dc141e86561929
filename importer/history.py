"""Every import that ever ran: `Jobs`, and what can be asked of one that another process runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

import polars as pl

from importer import _html, _terminal
from importer.errors import ResumeError, StoreError
from importer.home import rejects_of
from importer.planning import Plan
from importer.progress import State
from importer.schema_place import load_schema
from importer.sources import open_source
from importer.store import NESTED, JobRecord, let_in, open_store

if TYPE_CHECKING:
    import os

    import dataframely as dy

    from importer.chunks import Sink
    from importer.progress import Listener

__all__ = ["Jobs", "ask", "forget", "plan_to_resume", "prune"]

SHOWN = ("job", "state", "file", "table", "rows read", "created", "updated", "unchanged", "refused", "took", "begun")


@dataclass(frozen=True, slots=True, repr=False)
class Jobs(Sequence[JobRecord]):
    """Jobs, newest first: a sequence of records, also as a frame."""

    records: tuple[JobRecord, ...]

    @overload
    def __getitem__(self, at: int) -> JobRecord: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[JobRecord, ...]: ...
    def __getitem__(self, at: int | slice) -> JobRecord | tuple[JobRecord, ...]:
        return self.records[at]

    def __len__(self) -> int:
        return len(self.records)

    @property
    def frame(self) -> pl.DataFrame:
        """One row a job, one column for everything that the store keeps."""
        rows = [record.as_dict() | {name: getattr(record, name) for name in NESTED} for record in self.records]
        return pl.DataFrame(rows, infer_schema_length=None)

    def __repr__(self) -> str:
        if not self.records:
            return "no jobs yet"
        lines = [tuple(_written(cell) for cell in _row(record)) for record in self.records]
        return "\n".join(_terminal.table(SHOWN, lines, room=_terminal.columns(), right=set(range(4, 9))))

    def _repr_html_(self) -> str:
        return _html.whole(
            _html.table(SHOWN, [_row(record) for record in self.records], caption="Imports, newest first")
        )


def _written(cell: str | int) -> str:
    return f"{cell:,}" if isinstance(cell, int) else cell


def _row(record: JobRecord) -> tuple[str | int, ...]:
    return (
        record.short_id,
        record.state.value,
        record.name or record.label.partition(" → ")[0],
        record.table_name,
        record.rows_read,
        record.created,
        record.updated,
        record.unchanged,
        record.rejected,
        _html.duration(record.elapsed_s),
        record.made_at[:19].replace("T", " "),
    )


def ask(job_id: str, what: Literal["pause", "resume", "cancel"]) -> JobRecord:
    """Ask a job for something, whatever process it is in; it obeys within one chunk.

    Raises
    ------
    ResumeError
        Where it is not at work.
    """
    let_in()
    store = open_store()
    record = store.job(job_id)
    if record.state.is_final:
        raise ResumeError(f"job {record.short_id} is over ({record.state.value}): there is nothing to {what}")
    store.ask(record.job_id, what)
    return record


def forget(job_id: str) -> None:
    """Drop a job that did nothing, where that can be done."""
    with suppress(StoreError):
        open_store().forget([job_id])


def prune(older_than: timedelta) -> int:
    """Forget the jobs that began longer ago, with their refused rows, and tell how many; live ones stay."""
    store = open_store()
    before = (datetime.now(UTC) - older_than).isoformat(timespec="milliseconds")
    old = [record.job_id for record in store.jobs() if record.state.is_final and record.made_at < before]
    store.forget(old)
    for job_id in old:
        shutil.rmtree(rejects_of(job_id), ignore_errors=True)
    return len(old)


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

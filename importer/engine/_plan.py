"""What an import is going to do, decided before the first row: `Plan`."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from importer.checking import Check, Limit, Rejects
from importer.core import CHUNK_ROWS, Chunk, masked
from importer.engine._already_imported import raise_for_live
from importer.engine._job import Job
from importer.engine._preview import ColumnPreview, Preview
from importer.engine._setup import facts_of, fingerprint_of, journal_of, notes_of, record_of, rejects_for
from importer.engine._work import Work
from importer.schema import Format, match, table_of
from importer.sinks import open_sink, turn_of
from importer.sources import File, Opening, PatchedSource, Tail, open_source
from importer.store import JobRecord, Keeper, open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    import dataframely as dy
    import polars as pl

    from importer.core import IfImported, IfTableExists, Listener, OnConflict, Table
    from importer.engine._report import Report
    from importer.schema import Match
    from importer.schema.inference import Inference
    from importer.sinks import Sink
    from importer.sources import Source

__all__ = ["Plan"]

SAMPLE_ROWS = 5_000
"""Rows, from all over the file, by which types and formats are told."""

ENTER_S = 5.0
"""Longest wait for a history that is slow, before the first row."""


@dataclass(frozen=True, kw_only=True, repr=False)  # without slots: what is worked out once is kept
class Plan:
    """Everything that an import needs to know; nothing is written before `run` or `start`.

    Its fields are the options of `importer.plan`; `file_name` is that of a file which lies under another
    name, as an upload does. What the file itself has to tell, types and formats, is worked out from a
    sample of it when first needed.
    """

    source: Source
    into: str | os.PathLike[str] | Sink
    table: str
    schema: type[dy.Schema] | None = None
    key: tuple[str, ...] | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    day_first: bool | None = None
    on_conflict: OnConflict = "update"
    if_table_exists: IfTableExists | None = None
    max_rejects: float | None = None
    chunk_rows: int | None = None
    atomic: bool = False
    if_imported: IfImported = "ask"
    listeners: tuple[Listener, ...] = ()
    file: Path | None = None
    file_name: str | None = None
    opening: Opening = field(default_factory=Opening)
    resumes: JobRecord | None = None
    known_formats: Mapping[str, Format] = field(default_factory=dict)
    corrections: Mapping[tuple[int, str], str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse at once what the header and the URL alone show to be impossible."""
        if self.schema is not None:
            table_of(self.schema, self.table, self.key)
            match(self.schema, self.source.header.labels, self.mapping)
        self._sink(dry_run=False)

    def __repr__(self) -> str:
        """The plan in one line, without a password."""
        return f"<Plan: {self.label} in {self.into_label}>"

    @property
    def label(self) -> str:
        """What a person calls it: the file and the table."""
        return f"{self.source.label} → {self.table}"

    @property
    def into_label(self) -> str:
        """The target without its password."""
        return masked(getattr(self.into, "label", self.into))

    @cached_property
    def target(self) -> type[dy.Schema]:
        """The schema: the one given, or what the sample shows."""
        return self.inference.schema if self.schema is None else self.schema

    @cached_property
    def inference(self) -> Inference:
        """What the sample shows of every column, and why."""
        from importer.schema.inference import infer

        key = self.key or ()
        return infer(self._sample, self.source.header, name=self.table, key=key, day_first=self.day_first)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Which header fills which column."""
        return match(self.target, self.source.header.labels, self.mapping)

    @cached_property
    def formats(self) -> dict[str, Format]:
        """How the cells of each column are written: the schema's hints, and else what the sample shows."""
        columns = self.target.columns()
        return {
            found.column: self.known_formats.get(found.column) or self._format(columns[found.column], found.label)
            for found in self.matches
        }

    @cached_property
    def tail(self) -> Tail | None:
        """Rows at the end that may be notes or totals, as the sample shows them."""
        return Tail.of(self._sample)

    @cached_property
    def _sample(self) -> Chunk:
        return self.source.sample(SAMPLE_ROWS)

    def preview(self, rows: int = 10) -> Preview:
        """The first rows as they stand in the file, and what will become of every column."""
        guesses = () if self.schema is not None else self.inference.guesses
        columns = ColumnPreview.of_all(self.source.header, self.target, self.matches, guesses)
        return Preview.of(self.source, columns, rows=rows, tail=self.tail)

    def for_file(self, file: File) -> Plan:
        """The same plan for another file, its types and formats as this file showed them.

        So refused rows fit once they are corrected: ``plan.for_file("refused.xlsx").run()``.
        """
        columns = self.target.columns()
        key = [name for name, column in columns.items() if column.primary_key] if self.schema is None else self.key
        return replace(
            self,
            source=open_source(file),
            file=Path(file) if isinstance(file, str | os.PathLike) else None,
            file_name=None,
            opening=Opening(),
            schema=self.target,
            key=None if key is None else tuple(key),
            known_formats=self.formats,
            corrections={},
        )

    def check(self) -> Report:
        """Everything but the writing: the report that `run` would give, and the database as it was."""
        return self.job(dry_run=True).start().result()

    def refused_in(self, rows: pl.DataFrame) -> pl.DataFrame:
        """What is refused in these rows alone, as ``report.rejects`` tells it, without a look at the database.

        Parameters
        ----------
        rows
            As ``report.rejected_rows``, their cells corrected.
        """
        chunk = Chunk(frame=rows.drop("row"), rows=rows["row"], completed=0)
        return self._rows_check(self._table.key)(chunk).cells

    def run(self) -> Report:
        """Import, and wait for the end; Ctrl-C cancels.

        Raises
        ------
        ImporterError
            Where the job failed: what was written until then stays, and its notes say what that is.
        """
        return self.start().result()

    def start(self) -> Job:
        """Import in the background, and return at once."""
        return self.job().start()

    def job(self, *, dry_run: bool = False) -> Job:
        """The job of this plan, not started yet; a dry run writes nothing."""
        job_id = str(uuid.uuid4()) if self.resumes is None else self.resumes.job_id
        # A dry run is none of the imports that there ever were.
        kept = () if dry_run else (Keeper(open_store(), record_of(self, job_id)),)

        def prepare(job_id: str) -> Work:
            for keeper in kept:
                keeper.is_entered.wait(ENTER_S)  # What is in a table has to be in the history.
            return self._work(job_id, dry_run=dry_run)

        job = Job(
            prepare,
            job_id=job_id,
            label=self.label,
            into=self.into_label,
            listeners=(*self.listeners, *kept),
        )
        for listener in (*self.listeners, *kept):
            # A view with buttons wants the job that they act on.
            if (attach := getattr(listener, "attach", None)) is not None:
                attach(job)
        return job

    def _format(self, column: dy.Column, label: str | None) -> Format:
        from importer.schema.inference import decide

        hints = Format.of(column)
        if hints.day_first is None and self.day_first is not None:
            hints = replace(hints, day_first=self.day_first)
        return hints if label is None else decide(self._sample.frame[label], column.dtype, hints)

    def _sink(self, *, dry_run: bool) -> Sink:
        return open_sink(
            self.into,
            if_table_exists=self.if_table_exists,
            on_conflict=self.on_conflict,
            dry_run=dry_run,
            atomic=self.atomic and not dry_run,
        )

    def _work(self, job_id: str, *, dry_run: bool) -> Work:
        fingerprint = None if dry_run else fingerprint_of(self)
        content = "" if fingerprint is None else fingerprint.content
        if content and self.if_imported != "again":
            raise_for_live(open_store(), replace(record_of(self, job_id), content=content))
        table, sink = self._table, self._sink(dry_run=dry_run)
        notes = tuple(notes_of(self, sink))
        return Work(
            source=PatchedSource(self.source, self.corrections) if self.corrections else self.source,
            check=self._rows_check(table.key),
            sink=sink,
            table=table,
            chunk_rows=getattr(sink, "chunk_rows", CHUNK_ROWS) if self.chunk_rows is None else self.chunk_rows,
            journal=journal_of(self, job_id, content),
            labels={found.column: found.label for found in self.matches if found.label is not None},
            limit=None if self.max_rejects is None else Limit(self.max_rejects),
            is_dry_run=dry_run,
            is_atomic=self.atomic and not dry_run,
            skips_imported=self.if_imported == "skip",
            turn=None if dry_run or not isinstance(self.into, str | os.PathLike) else turn_of(self.into, self.table),
            fingerprint=fingerprint,
            rejects=Rejects() if dry_run else rejects_for(job_id),
            notes=notes,
            corrections=self.corrections,
            facts=facts_of(self, table, notes),
        )

    @property
    def _table(self) -> Table:
        # An inferred schema knows its key already, by the columns' own names.
        return table_of(self.target, self.table, self.key if self.schema is not None else None)

    def _rows_check(self, key: tuple[str, ...]) -> Check:
        return Check(self.target, self.matches, self.source.header, self.formats, key)

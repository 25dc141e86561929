"""What an import will do, decided before the first row: `Plan`.

It is long because a plan answers every question about an import before it begins.
"""

from __future__ import annotations

import os
import uuid
import warnings
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from importer.checking import Check
from importer.core import FULL, Attachable, Chunk, Options, free_name
from importer.engine._constants import format_of_constant, raise_for_default
from importer.engine._given_types import notes_of_types
from importer.engine._job import Job
from importer.engine._many_reading import ManyReading, reading_of
from importer.engine._many_wanted import raise_for_rows, wanted_of
from importer.engine._pipeline_of import pipeline_of
from importer.engine._plan_file import PlanFile
from importer.engine._preview import ColumnPreview, Preview
from importer.engine._reading import Reading
from importer.engine._replaced import Replaced
from importer.engine._setup import record_of, used_by
from importer.engine._target import Target, raise_if_nothing_fits
from importer.errors import Fix, Note, OptionError, SinkError, sorted_notes, visible
from importer.schema import Format, match, schema_columns, table_of, tidied, with_constants, with_defaults
from importer.sinks import SqlSink, columns_there, label_of, open_sink, raise_if_too_wide, rows_there
from importer.store import JobRecord, Keeper, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import dataframely as dy
    import polars as pl

    from importer.core import Listener, Table
    from importer.engine._fitting import Wanted
    from importer.engine._pipeline import Pipeline
    from importer.engine._report import Report
    from importer.schema import Match
    from importer.schema.inference import Guess, Inference
    from importer.sinks import Column, Sink
    from importer.sources import File, Footer, Source

__all__ = ["Plan"]

ENTER_S = 5.0
"""Longest wait for the history to record the job, before the first row."""


@dataclass(frozen=True, kw_only=True, repr=False)  # without slots: the matches are kept
class Plan(Options):
    """Everything that an import needs to know; nothing is written before `run` or `start`.

    Besides the options of `importer.plan`, a plan holds what the file shows, the target and the
    listeners. Change a plan with `dataclasses.replace`; the file is opened again only if an option
    that decides how it is read changes.

    Attributes
    ----------
    reading
        What the file shows.
    into
        The target: a URL, a path or a sink.
    table
        Name of the table.
    listeners
        Who receives the progress.
    resumes
        The job that this plan continues.
    formats_before
        Formats that another file with the same columns showed.
    there
        Columns of the table, if it was looked at for this plan; by default the plan looks when it has to.
    """

    reading: Reading
    into: str | os.PathLike[str] | Sink
    table: str
    listeners: tuple[Listener, ...] = ()
    resumes: JobRecord | None = None
    formats_before: Mapping[str, Format] = field(default_factory=dict)
    there: tuple[Column, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse at once what the options, the header and the URL alone show to be impossible."""
        super().__post_init__()
        reading = self.reading.reopened(**self.opening).titled(self._names)
        if isinstance(reading, ManyReading):
            reading = reading.fitted(self._wanted())
            if reading.is_many:
                raise_for_rows(self.corrections)
        object.__setattr__(self, "reading", reading)
        labels = self.source.header.labels
        # Columns that are ignored are none of the table.
        columns = 0 if self.new_columns == "ignore" else len(labels)
        if self.schema is not None:
            columns = len(table_of(self.schema, self.table, self.key).columns)
            match(self.schema, labels, self.mapping, self.constants, self.defaults)
        sink = self.sink()
        if isinstance(sink, SqlSink):
            raise_if_too_wide(sink.dialect, self.table, columns)

    def __repr__(self) -> str:
        """The plan in one line, without a password."""
        how = ", replacing its rows" if self.if_table_exists == "replace" else ""
        return visible(f"<Plan: {self.label} in {self.into_label}{how}>")

    def _names(self) -> Iterator[str]:
        """Headers of a file with the columns of the schema, or of the table; none if there is neither."""
        columns = () if self.schema is None else tuple(schema_columns(self.schema))
        if self.looks_at_table and self.there is None:
            with suppress(SinkError):  # The job may have to wait for the database, and looks again.
                object.__setattr__(self, "there", columns_there(self.into, self.table))
        if self.looks_at_table:
            columns = tuple(column.name for column in self.there or ())
        keys = {tidied(name): name for name in self.key or ()}
        for name in columns:
            if name not in (self.constants or {}):
                yield (self.mapping or {}).get(name) or keys.get(tidied(name), name)

    def _wanted(self) -> Wanted:
        """What each of several files has to have."""
        if self.looks_at_table and self.there is None:
            with suppress(SinkError):  # The job may have to wait for the database, and looks again.
                object.__setattr__(self, "there", columns_there(self.into, self.table))
        wanted = wanted_of(self, self.there if self.looks_at_table else None)
        return wanted if self.resumes is None else replace(wanted, is_settled=True)

    @property
    def source(self) -> Source:
        """The open file."""
        return self.reading.source

    @property
    def label(self) -> str:
        """The file and the table, for a person to read."""
        return f"{self.source.label} → {self.table}"

    @property
    def into_label(self) -> str:
        """The target without its password."""
        return label_of(self.into)

    @property
    def effective_schema(self) -> type[dy.Schema]:
        """The schema that rows have to satisfy: the given one, the existing table's, or the inferred one.

        Raises
        ------
        SinkError
            If no schema was given, and the table cannot be looked at.
        """
        if self.schema is not None:
            return self.schema
        return self.inference.schema if self.existing is None else self.existing.schema

    @property
    def is_inferred(self) -> bool:
        """Whether the schema comes from the file and the table, also if the job that goes on inferred it."""
        return self.schema is None or (self.resumes is not None and self.resumes.is_inferred)

    @property
    def target(self) -> type[dy.Schema]:
        """Deprecated name of `effective_schema`."""
        warnings.warn("Plan.target is now Plan.effective_schema", DeprecationWarning, stacklevel=2)
        return self.effective_schema

    @property
    def footer(self) -> Footer | None:
        """Rows at the end of the file that may be notes or totals."""
        return self.reading.footer

    @property
    def tail(self) -> Footer | None:
        """Deprecated name of `footer`."""
        warnings.warn("Plan.tail is now Plan.footer", DeprecationWarning, stacklevel=2)
        return self.footer

    @property
    def file(self) -> Path | None:
        """Deprecated name of ``reading.file.path``."""
        warnings.warn("Plan.file is now Plan.reading.file", DeprecationWarning, stacklevel=2)
        return None if self.reading.file is None else self.reading.file.path

    @property
    def file_name(self) -> str | None:
        """Deprecated name of ``reading.file.name``."""
        warnings.warn("Plan.file_name is now Plan.reading.file.name", DeprecationWarning, stacklevel=2)
        return None if self.reading.file is None else self.reading.file.name

    @property
    def known_formats(self) -> Mapping[str, Format]:
        """Deprecated name of `formats_before`."""
        warnings.warn("Plan.known_formats is now Plan.formats_before", DeprecationWarning, stacklevel=2)
        return self.formats_before

    @property
    def inference(self) -> Inference:
        """What the sample shows of every column, and why."""
        return self.reading.inference(self.table, key=self.key or (), day_first=self.day_first, types=self.types)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Which header, or which text, fills which column.

        Raises
        ------
        SchemaError
            If no header fills any, or a column does not take a text of `constants` or `defaults`.
        """
        if not self.source.header.labels:
            return ()
        if self.schema is not None:
            found = match(self.schema, self.source.header.labels, self.mapping, self.constants, self.defaults)
        elif self.existing is None:
            found = with_constants(self.inference.matches(self.mapping), self.constants, "file")
            found = with_defaults(found, self.defaults, "file")
        else:
            found = self.existing.matches
            if self.existing.mismatch is not None:
                return found  # It says the same, and more.
        raise_if_nothing_fits(found, self.table, self.source.header.labels)
        columns = schema_columns(self.effective_schema) if self.constants or self.defaults else {}
        for one in found:
            if one.constant is not None or one.default is not None:
                written = self._format_for(one, columns[one.column])
                if one.default is not None:
                    raise_for_default(one.column, one.default, columns[one.column], written)
        return found

    @property
    def formats(self) -> dict[str, Format]:
        """How the cells of each column are written: the schema's hints, and what the sample shows beyond them."""
        columns = schema_columns(self.effective_schema)
        return {
            found.column: self.formats_before.get(found.column) or self._format_for(found, columns[found.column])
            for found in self.matches
        }

    @property
    def guesses(self) -> tuple[Guess, ...]:
        """Why columns are as the file shows them; none if a schema was given."""
        if self.schema is not None:
            return ()
        return self.inference.guesses if self.existing is None else self.existing.guesses

    @property
    def notes(self) -> tuple[str, ...]:
        """What you should know before anything is written, worst first."""
        if self.formats_before:
            return ()  # Corrected rows are a part of a file that was looked at before.
        return self.reading.told(self.guesses, self._of_new_table() if self.existing is None else self.existing.notes)

    def _of_new_table(self) -> Iterator[Note]:
        """What a guess would say of a key under a given schema, and what nothing says of types."""
        if self.schema is None:
            if self.source.header.labels and not self.reading.has_rows:
                told = "no cell shows a type, so all columns of a new table hold text"
                yield Note(told, [Fix("schema", ..., "for others")], code="types-unknown")
            given = [found for found in self.matches if {found.label, found.column} & self.types.keys()]
            yield from notes_of_types(
                self.reading, given, schema_columns(self.effective_schema), self.formats if given else {}
            )
            return
        import dataframely as dy

        from importer.schema.inference import alike

        columns, key = schema_columns(self.schema), self.wanted.key
        for found in self.matches:
            if found.label is not None and found.column in key and isinstance(columns[found.column], dy.String):
                note = alike(self.reading.sample.frame[found.label], self.reading.sample.rows)
                if note is not None:
                    told = f"{found.label}: {note}"
                    yield Note(told, code=note.code, kind=note.kind, column=found.label)

    @property
    def replaces(self) -> Replaced | None:
        """What is lost in the table if its rows are replaced; None if none are. The table is looked at each time.

        Raises
        ------
        SinkError
            If the database cannot be reached.
        """
        if self.if_table_exists != "replace" or (found := rows_there(self.into, self.table)) is None:
            return None
        columns, rows = found
        filled = [match.column for match in self.matches if match.is_filled]
        return Replaced.of(self.table, rows, columns, filled, is_by_none=not self.reading.has_rows)

    def preview(self, rows: int = 10) -> Preview:
        """The first rows as they are in the file, what happens to every column, and what is lost in the table."""
        columns = ColumnPreview.of_all(self.source.header, self.effective_schema, self.matches, self.guesses)
        replaces = self.replaces
        notes = self.notes if replaces is None else sorted_notes([replaces.note, *self.notes])
        return replace(Preview.of(self.reading, columns, rows=rows, notes=notes), replaces=replaces)

    def save(self, path: str | os.PathLike[str], *, name: str | None = None) -> Path:
        """Write the plan to a TOML file, from which `importer.read_plan` reads it for the next file of this kind.

        Parameters
        ----------
        name
            What people call files of this kind; by default the name of the file that is written.

        Raises
        ------
        OptionError
            If the target has a password in its URL, or is no URL: no file keeps either.
        SchemaError
            If the schema has rules of its own.
        ImporterError
            If the file cannot be written.
        """
        if not isinstance(self.into, str | os.PathLike):
            raise OptionError(
                "a plan can only be saved if a URL names its database",
                facts={"option": "into"},
                fixes=[Fix("into")],
            )
        headers = tuple(found.label for found in self.matches if found.label is not None)
        kept = PlanFile(name=name or Path(path).stem, into=str(self.into), headers=headers, options=self.options)
        return kept.write(path)

    def for_file(self, file: File | Reading) -> Plan:
        """The same plan for another file, with the types and formats that this file shows.

        Use it to import rejected rows once they are corrected: ``plan.for_file("rejected.xlsx").run()``.
        """
        columns = schema_columns(self.effective_schema)
        key = [name for name, column in columns.items() if column.primary_key] if self.schema is None else self.key
        reading = file if isinstance(file, Reading) else reading_of(file)
        return replace(
            self,
            reading=reading,
            **reading.opening,
            schema=self.effective_schema,
            key=tuple(key or ()) or None,
            formats_before=self.formats,
            corrections={},
        )

    def check(self) -> Report:
        """The report that `run` would return, without any change to the database."""
        return self.job(dry_run=True).start().result()

    def refused_in(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Cells that would be rejected in these rows, like ``report.rejects``, without asking the database.

        Parameters
        ----------
        rows
            Rows like ``report.rejected_rows``, with corrected cells.
        """
        number = free_name("row", self.source.header.labels)
        chunk = Chunk(frame=rows.drop(number), rows=rows[number], completed=0)
        return self.rows_check(chunk).cells

    def run(self) -> Report:
        """Import, and wait for the result; Ctrl-C cancels.

        Raises
        ------
        ImporterError
            If the job failed. What it wrote until then stays, and the error's notes say what that is.
        """
        return self.start().result()

    def start(self) -> Job:
        """Start the import in the background, and return at once."""
        return self.job().start()

    def job(self, *, dry_run: bool = False) -> Job:
        """A job for this plan, not started yet; a dry run writes nothing."""
        job_id = str(uuid.uuid4()) if self.resumes is None else self.resumes.job_id
        # The history lists imports, and a dry run is not one.
        kept = () if dry_run else (Keeper(open_store(), record_of(self, job_id)),)

        def prepare(job_id: str) -> Pipeline:
            for keeper in kept:
                keeper.is_recorded.wait(ENTER_S)  # No row is written before the history knows the job.
            return pipeline_of(self, job_id, dry_run=dry_run)

        job = Job(
            prepare,
            job_id=job_id,
            label=self.label,
            kind="check" if dry_run else "import",
            into=self.into_label,
            used=used_by(self),
            listeners=(*self.listeners, *kept),
            # A check is short, and somebody waits for it.
            pace=FULL if dry_run else self.pace,
        )
        for listener in (*self.listeners, *kept):
            if isinstance(listener, Attachable):
                listener.attach(job)
        return job

    def _format_for(self, found: Match, column: dy.Column) -> Format:
        if found.constant is None:
            return self._format(column, found.label)
        return format_of_constant(found.column, found.constant, column, self._format(column, None))

    def _format(self, column: dy.Column, label: str | None) -> Format:
        hints = Format.of(column)
        if hints.day_first is None and self.day_first is not None:
            hints = replace(hints, day_first=self.day_first)
        if label is None:
            return hints
        # A type that was given reads what the type of a given schema reads.
        is_inferred = self.is_inferred and not {label, column.name} & self.types.keys()
        return self.reading.format(
            label, column.dtype, hints, is_inferred=is_inferred, is_key=self.is_inferred and column.primary_key
        )

    @property
    def looks_at_table(self) -> bool:
        """Whether an existing table decides what its columns are."""
        is_database = isinstance(self.into, str | os.PathLike | SqlSink)
        return is_database and self.schema is None and self.if_table_exists != "fail"

    @cached_property
    def existing(self) -> Target | None:
        """The existing table as the target; None if a schema was given, or the import makes the table."""
        if not self.looks_at_table:
            return None
        there = columns_there(self.into, self.table) if self.there is None else self.there
        return Target.of(self.table, there, self.reading, self, self._format) if there else None

    def sink(self, *, dry_run: bool = False) -> Sink:
        """The target, not connected yet."""
        return open_sink(self.into, dry_run=dry_run, atomic=self.atomic and not dry_run)

    @property
    def wanted(self) -> Table:
        """The table as the rows have to fit it."""
        # An inferred schema names its key already, by the columns' names in the table.
        return table_of(self.effective_schema, self.table, self.key if self.schema is not None else None)

    @property
    def rows_check(self) -> Check:
        """What splits a chunk into rows that may go in and rows that may not."""
        key = self.wanted.key
        return Check(self.effective_schema, self.matches, self.source.header, self.formats, key)

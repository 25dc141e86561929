"""The two ends of an import and what happens to one chunk between them: `Pipeline`.

It is long because a pipeline holds both ends of an import, and is made again whenever one of them changes.
"""

from __future__ import annotations

import os
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.checking import Rejects, refused_cells
from importer.core import free_name, why
from importer.engine._ahead import ahead
from importer.engine._course import Recorder, timed
from importer.engine._source_watch import SourceTouched, SourceWatch
from importer.engine._start import Start, checkpoint_gone, raise_for_lost_rejects
from importer.errors import Fix, Note, SinkError, SourceError, TakenOverError
from importer.sinks import Changes, Remembering, key_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from importer.checking import Checked, RejectLimit
    from importer.core import Checkpoint, Chunk, Progress, Refusal, Table, Written
    from importer.engine._one_of_a_key import OneOfAKey, Other
    from importer.engine._picturing import Picturing
    from importer.engine._replaced import Replaced
    from importer.sinks import Column, Found, Sink, TableLock
    from importer.sources import Source
    from importer.sources.many import ManySource

__all__ = ["Pipeline", "TableChanged"]

NAMED = 20
"""Rows that a note names."""


class TableChanged(Exception):  # noqa: N818 - no error: the table is there, or another job has just made it
    """The table is another one than the pipeline was made for.

    Parameters
    ----------
    pipeline
        The pipeline for the table as it is now.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__("the table has changed")
        self.pipeline = pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Everything that a run needs; of its state it holds the rejects, the sampled changes and the recorder.

    Attributes
    ----------
    start
        Where the job starts, decided by what the target holds.
    labels
        Header of each column of the table, by the column's name.
    limit
        How many rows may be refused; None for no limit.
    is_dry_run, is_atomic
        Whether the sink rolls everything back; whether everything is one transaction.
    skips_imported
        Whether a file that was imported before is skipped rather than an error.
    table_lock
        Lets one job at a time write to the table; None if nothing is written.
    watch
        Sees whether somebody writes to the file; None for a dry run and for what is no file.
    notes
        What the analyst should know besides the counts.
    read_as
        How the file is read: its encoding, delimiter and header row.
    corrections
        Cells whose text was corrected, by row and header.
    facts
        Columns of the job's record that are known only now.
    there
        Columns of the table for which all this was made.
    mismatch
        Why a table with these columns cannot take the file; None if it can.
    refilled
        What changes, by attribute, if the table has other columns; None if they do not matter.
    whole
        What changes, by attribute, if rows that are there are replaced, which is one transaction; None if it is one
        anyway, or if nothing is written.
    one_of_a_key
        Lets one row of each key through; None if all are written.
    picturing
        Fetches pictures; None if there are none to fetch.
    replaces
        What a dry run finds that would be lost in the table.
    files
        The files, if there are several.
    left_out
        Those of several files that do not go in.
    appeared
        Finds files that were not there before.
    narrowed
        What changes, by attribute, without some of them.
    rejects, changes
        What was refused so far, and, in a dry run, a sample of what would change.
    recorder
        Follows how the job goes.
    """

    source: Source
    check: Callable[[Chunk], Checked]
    sink: Sink
    table: Table
    chunk_rows: int
    start: Start
    labels: Mapping[str, str] = field(default_factory=dict)
    limit: RejectLimit | None = None
    is_dry_run: bool = False
    is_atomic: bool = False
    skips_imported: bool = False
    table_lock: TableLock | None = None
    watch: SourceWatch | None = None
    notes: tuple[str, ...] = ()
    read_as: str = ""
    corrections: Mapping[tuple[int, str], str | None] = field(default_factory=dict)
    facts: Mapping[str, str | None] = field(default_factory=dict)
    there: tuple[Column, ...] = ()
    mismatch: SinkError | None = None
    refilled: Callable[[tuple[Column, ...]], Mapping[str, Any]] | None = None
    whole: Callable[[], Mapping[str, Any]] | None = None
    one_of_a_key: OneOfAKey | None = None
    picturing: Picturing | None = None
    replaces: Replaced | None = None
    files: ManySource | None = None
    left_out: tuple[str, ...] = ()
    appeared: Callable[[], Sequence[str]] | None = None
    narrowed: Callable[[Collection[int]], Mapping[str, Any]] | None = None
    rejects: Rejects = field(default_factory=Rejects)
    changes: Changes = field(default_factory=Changes)
    recorder: Recorder = field(default_factory=Recorder)

    def open(self) -> Checkpoint:
        """Connect, decide where to start, and make or check the table.

        Raises
        ------
        DisconnectedError
            If the connection is lost.
        AlreadyImportedError
            If the file was imported into the table before.
        TableChanged
            If the table is not the one for which the pipeline was made.
        SourceTouched
            If somebody wrote to the file.
        SinkError
            If the table cannot take the rows, or the job's refused rows are lost.
        """
        self._guard()
        found = self._connect()
        checkpoint = self.start.checkpoint(found)
        if self.refilled is not None and found.columns != self.there:
            raise TableChanged(replace(self, **self.refilled(found.columns)))
        self._raise_for_skipped(found)
        mode = self.start.mode(found, self.table)
        if mode.replaces and found.exists and self.whole is not None:
            # A table is never seen emptied and half filled.
            raise TableChanged(replace(self, **self.whole()))
        if self.mismatch is not None:
            raise self.mismatch
        self.sink.prepare(mode)
        self.rejects.restore(checkpoint.chunks)
        self.recorder.restore(checkpoint)
        raise_for_lost_rejects(checkpoint, self.rejects)
        return checkpoint

    def _raise_for_skipped(self, found: Found) -> None:
        """Have the pipeline made anew without those files that are in the table already."""
        if not self.start.files or self.narrowed is None:
            return
        skipped = self.start.skipped(found)
        if skipped:
            kept = {at: content for at, content in self.start.files.items() if at not in skipped}
            names = self.start.names
            told = (
                Note(
                    f"{names[at]!r} is skipped: job {job_id[:8]} imported it into this table before",
                    [Fix("if_imported", "again", "to import it again")],
                    code="file-skipped",
                    kind="rows",
                )
                for at, job_id in skipped.items()
                if job_id
            )
            start, notes = replace(self.start, files=kept), (*self.notes, *told)
            raise TableChanged(replace(self, start=start, notes=notes, **self.narrowed(skipped)))

    def open_again(self) -> Checkpoint:
        """Open after the connection was lost while opening.

        Raises
        ------
        DisconnectedError
            If that is not possible yet.
        """
        self.sink.close()
        return self.open()

    def reopen(self, before: Checkpoint) -> Checkpoint:
        """Connect again after a lost connection; a later checkpoint than `before` says that its chunk is in.

        Raises
        ------
        DisconnectedError
            If that is not possible yet.
        TakenOverError
            If another run continues the job.
        ResumeError
            If the target no longer knows a job that has committed chunks.
        """
        self.sink.close()
        self._keep_lock()  # Nothing of the file is written here.
        found = self._connect(claims=False)
        own = found.checkpoints.get(self.start.claim.job_id)
        if own is not None and own.owner != self.start.claim.owner:
            raise TakenOverError.of(self.start.claim.job_id)
        if own is None and before.chunks:
            # Whoever dropped the table or deleted the checkpoint may have dropped rows too.
            raise checkpoint_gone(self.start.claim.job_id)
        self.sink.prepare(self.start.mode(found, self.table))
        if own is not None and own.chunks > before.chunks:
            self.rejects.keep()
            self.recorder.keep()
            return own
        return before

    @contextmanager
    def checked(self, after_row: int, *, is_remembered: bool) -> Iterator[Iterable[Checked]]:
        """The chunks of the source, each read and checked while the one before is written.

        Raises
        ------
        SourceTouched
            If the file cannot be read because somebody writes to it.
        """
        try:
            if not is_remembered:
                self._remember(after_row)
            with (
                closing(self.source.chunks(self.chunk_rows, after_row=after_row)) as chunks,
                self._fetching() as check,
                closing(ahead(timed(chunks, check))) as ready,
            ):
                try:
                    yield ready
                finally:
                    if self.picturing is not None:
                        self.picturing.stop()
        except SourceError:
            self.raise_if_touched()
            raise

    @contextmanager
    def _fetching(self) -> Iterator[Callable[[Chunk], Checked]]:
        """The check, with pictures fetched after it."""
        picturing, check = self.picturing, self.check
        if picturing is None:
            yield check
            return
        with closing(picturing):
            yield lambda chunk: picturing(check(chunk))

    def write(self, checked: Checked, before: Checkpoint, now: Progress) -> Checkpoint:
        """Write one chunk and commit it with its checkpoint, not beyond the row at which the limit is reached."""
        self._guard()
        checked, others = self._one_each(checked)
        last_row = None if self.limit is None else self.limit.row_beyond(checked, now)
        if last_row is not None:
            checked = checked.until(last_row)
            others = tuple(one for one in others if one.row <= last_row)
        with self.recorder.writing():
            with self._sampling(checked.accepted.frame):
                written = self.sink.write(checked.accepted)
            written = self._with_others(written, others)
            after = _after(before, checked, written, now, last_row=last_row, key=self.table.key, others=len(others))
            after = replace(after, course=self.recorder.hold(checked, last_row))
            self._hold(checked, written)  # On disk before the commit.
            self.sink.commit(after)
        self.rejects.keep()
        self.recorder.keep()
        return after

    def _one_each(self, checked: Checked) -> tuple[Checked, tuple[Other, ...]]:
        """The chunk with one row of each key, and the others unless they are rejected."""
        if self.one_of_a_key is None:
            return checked, ()
        accepted, others = self.one_of_a_key.apart(checked.accepted)
        if self.one_of_a_key.how == "first" or not others:
            return replace(checked, accepted=accepted), others
        cells = pl.concat([checked.cells, *self._cells(checked, [one.told for one in others], "error")])
        refused = pl.concat([checked.refused.cast(pl.Int64), pl.Series([one.row for one in others], dtype=pl.Int64)])
        cells = cells.sort("row", maintain_order=True)
        return replace(checked, accepted=accepted, cells=cells, refused=refused.sort()), ()

    def _with_others(self, written: Written, others: Sequence[Other]) -> Written:
        """What was written, and the rows of which an earlier one has the key."""
        if not others:
            return written
        lost = {refusal.row for refusal in written.refused}
        if self.rejects.count:
            firsts = [one.first for one in others]
            lost.update(self.rejects.row_numbers(min(firsts), max(firsts)))
        refused = (*written.refused, *(one.refused for one in others if one.first in lost))
        told = tuple(one.told for one in others if one.first not in lost)
        return replace(
            written,
            unchanged=written.unchanged + len(told),
            refused=tuple(sorted(refused, key=lambda refusal: refusal.row)),
            warned=(*written.warned, *told),
        )

    def _remember(self, last_row: int) -> None:
        """Let the sink know the rows that an earlier run of the job wrote, as far back as it wants."""
        rows = self.sink.remembered_rows if isinstance(self.sink, Remembering) else 0
        if not last_row or not (rows or self.one_of_a_key):
            return
        # Numbers of rows of several files do not tell how many rows are between.
        after_row = 0 if self.one_of_a_key or self.files is not None else max(0, last_row - rows)
        with closing(self.source.chunks(self.chunk_rows, after_row=after_row)) as chunks:
            for chunk in chunks:
                accepted = self.check(chunk).accepted
                self.raise_if_touched()
                accepted = _only(accepted, accepted.rows <= last_row)
                if self.one_of_a_key is not None:
                    accepted, _ = self.one_of_a_key.apart(accepted)
                if isinstance(self.sink, Remembering) and not accepted.rows.is_empty():
                    # Rows that the database refused are known only by what is kept.
                    refused = self.rejects.row_numbers(accepted.rows[0], accepted.rows[-1])
                    self.sink.remember(_only(accepted, ~accepted.rows.is_in(refused.implode())))
                if chunk.rows[-1] >= last_row:
                    break

    def finish(self, last: Checkpoint) -> Checkpoint:
        """Commit that everything is in."""
        self._guard()
        # Only a job that goes on needs its course; each import of a table reads the checkpoints of all.
        done = replace(last, is_done=True, course="")
        self.sink.commit(done)
        return done

    def corrected_after(self, last_row: int) -> set[int]:
        """Rows with corrected cells that are still to be read."""
        return {row for row, _ in self.corrections if row > last_row}

    def noting_unused(self, rows: set[int]) -> Pipeline:
        """The pipeline with a note of corrections for rows that were not among those read."""
        if not rows:
            return self
        named = ", ".join(f"{row:,}" for row in sorted(rows)[:NAMED]) + (", …" if len(rows) > NAMED else "")
        note = f"corrections were not used, because these rows are not among the rows of the table: {named}"
        return replace(self, notes=(*self.notes, note))

    def noting_appeared(self) -> Pipeline:
        """The pipeline with a note of files that came into the folder since the job was planned."""
        names = () if self.appeared is None else self.appeared()
        if not names:
            return self
        named = ", ".join(map(repr, names[:NAMED])) + (", …" if len(names) > NAMED else "")
        is_one = len(names) == 1
        told = f"{named} appeared since the import was planned, and {'is' if is_one else 'are'} not imported"
        again = [Fix("if_imported", "skip", f"and import again to add {'it' if is_one else 'them'}")]
        return replace(self, notes=(*self.notes, Note(told, again, code="files-appeared", kind="rows", n=len(names))))

    def raise_for_limit(self, now: Progress, *, is_end: bool = False) -> None:
        """Stop if more rows are refused than allowed."""
        if self.limit is not None:
            self.limit.raise_if_beyond(now, is_end=is_end)

    def raise_if_touched(self) -> None:
        """Do nothing if nobody wrote to the file since it was opened.

        Raises
        ------
        SourceTouched
            If somebody did.
        """
        if self.watch is not None and not self.watch.fingerprint.is_current:
            raise SourceTouched(self.watch)

    def _guard(self) -> None:
        """Stop before something is written if the file was written to or the lock on the table is lost."""
        self.raise_if_touched()
        self._keep_lock()

    def _keep_lock(self) -> None:
        if self.table_lock is not None:
            self.table_lock.keep()

    def _connect(self, *, claims: bool = True) -> Found:
        if self.is_dry_run:
            return self.sink.open(self.table)
        return self.sink.open(self.table, self.start.claim if claims else replace(self.start.claim, takes_over=False))

    @contextmanager
    def _sampling(self, frame: pl.DataFrame) -> Iterator[None]:
        with self.changes.sampling(self.sink, self.table, frame) if self.is_dry_run else nullcontext():
            yield

    def _hold(self, checked: Checked, written: Written) -> None:
        """Keep the refused cells and rows ready, those that the database refused among them."""
        by_sink = written.refused
        found = [
            checked.cells,
            *self._cells(checked, by_sink, "error"),
            *self._cells(checked, written.warned, "warning"),
        ]
        numbers = pl.concat([checked.refused, pl.Series([refusal.row for refusal in by_sink], dtype=pl.Int64)])
        row_label = free_name("row", self.source.header.labels)
        rows = pl.DataFrame([checked.raw.rows.alias(row_label), *checked.raw.frame])
        refused = rows.clear() if numbers.is_empty() else rows.filter(pl.first().is_in(numbers.implode()))
        cells = pl.concat(found).sort("row", maintain_order=True)
        try:
            self.rejects.hold(cells if self.files is None else self.files.lettered(cells), refused)
        except OSError as exc:
            raise self._unkept(exc) from exc

    def _unkept(self, exc: OSError) -> SinkError:
        """Where refused rows have no room, and what to do about it."""
        folder = None if exc.filename is None else os.path.dirname(os.fsdecode(exc.filename))  # noqa: PTH120
        fixes = ["make room there, then resume the job"]
        if not self.rejects.is_lasting:
            fixes = ["make room there", "set TMPDIR to another folder"]
        return SinkError(
            f"the refused rows cannot be kept{f' in {folder!r}' if folder else ''}: {why(exc)}",
            code="rejects-unwritable",
            facts={"error": str(exc), "folder": folder},
            fixes=fixes,
        )

    def _cells(self, checked: Checked, told: Sequence[Refusal], severity: str) -> Iterator[pl.DataFrame]:
        """Cells of which the sink said something, with their values as the file has them."""
        if not told:
            return
        header, raw = self.source.header, checked.raw
        labels = [self.labels.get(one.column or "") for one in told]
        letters = {label: header.letter(label) for label in set(labels) if label is not None}
        columns = pl.Series(labels, dtype=pl.String)
        rows = pl.DataFrame({"row": [one.row for one in told], "column": columns}, schema_overrides={"row": pl.Int64})
        cells = pl.concat(
            [
                pl.DataFrame(schema=pl.Schema({"row": pl.Int64(), "column": pl.String(), "value": pl.String()})),
                *(
                    pl.select(row=raw.rows.cast(pl.Int64), column=pl.lit(label), value=raw.frame[label])
                    for label in letters
                ),
            ]
        )
        yield refused_cells(
            rows["row"],
            column=columns,
            letter=columns.replace_strict(letters, default=None, return_dtype=pl.String),
            value=rows.join(cells, on=["row", "column"], how="left", maintain_order="left")["value"],
            rule=pl.Series([one.rule for one in told]),
            message=pl.Series([one.message for one in told]),
            severity=severity,
        )


def _after(  # noqa: PLR0913 - one value from all that a chunk gave
    before: Checkpoint,
    checked: Checked,
    written: Written,
    now: Progress,
    *,
    last_row: int | None,
    key: Sequence[str],
    others: int,
) -> Checkpoint:
    """The checkpoint after a chunk."""
    accepted, refused, read = checked.accepted.rows.len() + others, checked.refused.len(), checked.raw.rows
    return replace(
        before,
        rows_read=now.rows_read + accepted + refused,
        created=now.created + written.created,
        updated=now.updated + written.updated,
        unchanged=now.unchanged + written.unchanged,
        rejected=now.rejected + refused + len(written.refused),
        warnings=now.warnings + int((checked.cells["severity"] == "warning").sum()) + len(written.warned),
        current_key=_last_key(checked.accepted.frame, key) or now.current_key,
        completed=checked.raw.completed,
        elapsed_s=now.elapsed_s,
        last_row=last_row or max(before.last_row, _last(read), _last(checked.cells["row"])),
        chunks=before.chunks + 1,
    )


def _only(chunk: Chunk, is_kept: pl.Series) -> Chunk:
    return replace(chunk, frame=chunk.frame.filter(is_kept), rows=chunk.rows.filter(is_kept))


def _last(rows: pl.Series) -> int:
    """The last of the rows, 0 of none.

    A row that was left out is told among the cells, and would be told twice if it were read again.
    """
    return 0 if rows.is_empty() else int(rows[-1])


def _last_key(frame: pl.DataFrame, key: Sequence[str]) -> str | None:
    if not key or frame.is_empty():
        return None
    return key_text(tuple(frame[name][-1] for name in key))

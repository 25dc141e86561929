"""What a job does with one chunk: check it, write it, keep what was refused, and count."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from importer.checking import Rejects, refused_cells
from importer.errors import SinkError
from importer.sinks import Changes, key_text

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from importer.checking import Checked, Limit
    from importer.core import Checkpoint, Chunk, Progress, Refusal, Table, Written
    from importer.engine._journal import Journal
    from importer.sinks import Sink, Turn
    from importer.sources import Fingerprint, Source

__all__ = ["Work"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The two ends of an import, and what lies between them.

    Attributes
    ----------
    journal
        What the sink is told to keep of the job.
    labels
        Header of each column of the table that has one, by the column's name.
    limit
        How many rows may be refused; None for any number.
    is_dry_run, is_atomic
        Whether the sink rolls everything back; whether everything is one transaction.
    skips_imported
        Whether a file that is in the table already is none to complain of.
    turn
        Place in the queue of the jobs that write to the table; None where nobody else can.
    fingerprint
        Of the file that is read; None where it is none.
    notes
        What the analyst should be told beside the counts.
    corrections
        Cells that read otherwise than in the file, by row and header.
    facts
        What the history is to keep, and is known only now.
    rejects, changes
        What was refused so far, and, in a dry run, a sample of what would change.
    """

    source: Source
    check: Callable[[Chunk], Checked]
    sink: Sink
    table: Table
    chunk_rows: int
    journal: Journal
    labels: Mapping[str, str] = field(default_factory=dict)
    limit: Limit | None = None
    is_dry_run: bool = False
    is_atomic: bool = False
    skips_imported: bool = False
    turn: Turn | None = None
    fingerprint: Fingerprint | None = None
    notes: tuple[str, ...] = ()
    corrections: Mapping[tuple[int, str], str | None] = field(default_factory=dict)
    facts: Mapping[str, str | None] = field(default_factory=dict)
    rejects: Rejects = field(default_factory=Rejects)
    changes: Changes = field(default_factory=Changes)

    @contextmanager
    def checked(self) -> Iterator[Iterable[Checked]]:
        """The chunks of the source, each read and checked while the one before is written."""
        after_row = self.journal.committed.last_row
        with (
            closing(self.source.chunks(self.chunk_rows, after_row=after_row)) as chunks,
            closing(ahead(map(self.check, chunks))) as ready,
        ):
            yield ready

    def begin(self, now: Progress) -> Progress:
        """Connect, and tell the totals of what the job did to the table before.

        Raises
        ------
        SinkError
            Where the table cannot take the rows, or the refused rows of before are lost.
        """
        self.sink.begin(self.table, None if self.is_dry_run else self.journal)
        checkpoint = self.journal.committed
        self.rejects.restore(checkpoint.chunks)
        if checkpoint.rejected and self.rejects.rows().height != checkpoint.rejected:
            raise SinkError(
                f"the job refused {checkpoint.rejected:,} rows before, which are not kept here. "
                "Resume it on the machine and in the folder where it began, or import the file again"
            )
        return checkpoint.progress(now) if checkpoint.chunks else now

    def finish(self) -> None:
        """Commit that everything is in.

        Raises
        ------
        SourceError
            Where the file is no longer what it was.
        """
        self._watch()
        self.sink.finish()

    def move_again(self, checked: Checked, now: Progress) -> Progress:
        """Connect anew, and write the chunk unless it was committed just before the connection went."""
        before = self.journal.committed
        self.sink.close()
        if self.turn is not None:
            self.turn.keep()
        self.sink.begin(self.table, self.journal)
        if self.journal.committed.chunks > before.chunks:
            self.rejects.keep()
            return self.journal.committed.progress(now)
        return self.move(checked, now)

    def _watch(self) -> None:
        if self.fingerprint is not None:
            self.fingerprint.raise_for_change()

    def move(self, checked: Checked, now: Progress) -> Progress:
        """Write one chunk, and tell the totals after it: not beyond the row at which too much is refused."""
        self._watch()
        last = None if self.limit is None else self.limit.row_beyond(checked, now)
        if last is not None:
            checked = checked.until(last)
        read = checked.raw.rows
        last_row = last or (read[-1] if read.len() else self.journal.committed.last_row)
        self.journal.expect(lambda written: self._settled(checked, written, now, last_row))
        accepted = checked.accepted
        with self.changes.noting(self.sink, self.table, accepted.frame) if self.is_dry_run else nullcontext():
            written = self.sink.write(accepted)
        checkpoint = self.journal.commit(written)
        self.rejects.keep()
        return checkpoint.progress(now)

    def _settled(self, checked: Checked, written: Written, now: Progress, last_row: int) -> Checkpoint:
        """The checkpoint after a chunk that is about to be committed; what was refused is kept by then."""
        self._hold(checked, written.refused)
        return self.journal.committed.after(self._counted(checked, written, now), last_row=last_row)

    def _counted(self, checked: Checked, written: Written, now: Progress) -> Progress:
        accepted, refused = checked.accepted.rows.len(), checked.refused.len()
        return replace(
            now,
            rows_read=now.rows_read + accepted + refused,
            created=now.created + written.created,
            updated=now.updated + written.updated,
            unchanged=now.unchanged + written.unchanged,
            rejected=now.rejected + refused + len(written.refused),
            warnings=now.warnings + checked.cells.filter(severity="warning").height,
            current_key=_last_key(checked.accepted.frame, self.table.key) or now.current_key,
            completed=checked.raw.completed,
        )

    def raise_for_limit(self, now: Progress, *, is_end: bool = False) -> None:
        """Stop where more rows are refused than may be."""
        if self.limit is not None:
            self.limit.raise_if_beyond(now, is_end=is_end)

    def _hold(self, checked: Checked, by_sink: Sequence[Refusal]) -> None:
        """Have ready the refused cells and rows, those that the database refused among them."""
        header = self.source.header
        found = [checked.cells]
        for refusal in by_sink:
            label = self.labels.get(refusal.column or "")
            place = None if label is None else header.letter(label)
            row = pl.Series([refusal.row])
            found.append(refused_cells(row, column=label, letter=place, rule=refusal.rule, message=refusal.message))
        numbers = pl.concat([checked.refused, pl.Series([refusal.row for refusal in by_sink], dtype=pl.Int64)])
        rows = checked.raw.frame.select(checked.raw.rows.alias("row"), pl.all())
        refused = rows.clear() if numbers.is_empty() else rows.filter(pl.col("row").is_in(numbers.implode()))
        try:
            self.rejects.hold(pl.concat(found).sort("row", maintain_order=True), refused)
        except OSError as exc:
            raise SinkError(f"the refused rows cannot be kept: {exc}. Make room there, then resume the job") from exc


def ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """The same items, each made in another thread while the one before is in use.

    Examples
    --------
    >>> list(ahead(range(3)))
    [0, 1, 2]
    """
    source = iter(items)
    nothing_left: list[T] = []
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="importer-ahead") as pool:
        coming = pool.submit(next, source, nothing_left)
        while (item := coming.result()) is not nothing_left:
            coming = pool.submit(next, source, nothing_left)
            yield item  # type: ignore[misc]


def _last_key(frame: pl.DataFrame, key: Sequence[str]) -> str | None:
    if not key or frame.is_empty():
        return None
    return key_text(frame.select(key).row(-1))

"""What a job does with one chunk: check it, write it, keep what was refused, and count."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from importer.chunks import Inspected
from importer.errors import SinkError, TooManyRejectsError
from importer.rejects import Rejects, refused_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from importer.checkpoint import Checkpoint, Journal
    from importer.chunks import Chunk, Refusal, Sink, Source, Table, Written
    from importer.fingerprint import Fingerprint
    from importer.progress import Progress
    from importer.turn import Turn
    from importer.validate import Checked

__all__ = ["CHANGES", "Work", "in_table"]

T = TypeVar("T")

CHANGES = pl.Schema([("key", pl.String()), ("column", pl.String()), ("before", pl.String()), ("after", pl.String())])
"""Columns of the sample of changes."""

CHANGES_NOTED = 100
"""Changed cells that a dry run tells, and keys a chunk that it looks at for them."""

SHARE_FROM_ROW = 1_000
"""A share of refused rows is judged from so many rows on, and at the end of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The two ends of an import, and what lies between them.

    Attributes
    ----------
    journal
        What the sink is told to keep of the job.
    labels
        Header of each column of the table that has one, by the column's name.
    max_rejects
        How many rows may be refused: a count, or a share below 1; None for any number. Rows that
        only the database refuses count too, once their chunk is in.
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
    max_rejects: float | None = None
    is_dry_run: bool = False
    is_atomic: bool = False
    skips_imported: bool = False
    turn: Turn | None = None
    fingerprint: Fingerprint | None = None
    notes: tuple[str, ...] = ()
    rejects: Rejects = field(default_factory=Rejects)
    changes: list[tuple[str, str, str | None, str | None]] = field(default_factory=list)

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
        last = None if self.max_rejects is None else _last_row(checked, self.max_rejects, now)
        if last is not None:
            checked = checked.until(last)
        read = checked.raw.rows
        last_row = last or (read[-1] if read.len() else self.journal.committed.last_row)
        self.journal.expect(lambda written: self._settled(checked, written, now, last_row))
        with self._noting_changes(checked.accepted.frame):
            written = self.sink.write(checked.accepted)
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
        """Stop where more rows are refused than may be.

        Raises
        ------
        TooManyRejectsError
            With the counts, and what is in the table.
        """
        limit = self.max_rejects
        if limit is None:
            return
        if _is_share(limit):
            is_too_much = now.rejected > limit * now.rows_read and (is_end or now.rows_read >= SHARE_FROM_ROW)
        else:
            is_too_much = now.rejected > limit
        if is_too_much:
            allowed = f"{limit:.1%} of them" if _is_share(limit) else f"{limit:,}"
            raise TooManyRejectsError(
                f"{now.rejected:,} of {now.rows_read:,} rows were refused, and max_rejects allows {allowed}: "
                f"{in_table(now)}. Correct the file or the schema, or allow more"
            )

    @contextmanager
    def _noting_changes(self, frame: pl.DataFrame) -> Iterator[None]:
        """Compare, in a dry run, what some keys hold before and after."""
        sink, key = self.sink, self.table.key
        if not (self.is_dry_run and key and isinstance(sink, Inspected)) or len(self.changes) >= CHANGES_NOTED:
            yield
            return
        keys = frame.select(key).unique(maintain_order=True).head(CHANGES_NOTED)
        before = sink.stored(keys)
        yield
        after = sink.stored(keys.filter(pl.Series([name in before for name in keys.rows()], dtype=pl.Boolean)))
        for name, row in before.items():
            for column, old, new in zip(frame.columns, row, after[name], strict=True):
                if old != new:
                    self.changes.append((_key_text(name), column, _text(old), _text(new)))

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
        try:
            self.rejects.hold(
                pl.concat(found).sort("row", maintain_order=True), rows.filter(pl.col("row").is_in(numbers.implode()))
            )
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


def in_table(now: Progress) -> str:
    """What the job has put into the table, in words.

    Examples
    --------
    >>> from importer.progress import Progress
    >>> in_table(Progress(rows_read=1200, created=1000, unchanged=200))
    '1,000 rows created, 0 updated and 200 unchanged are in the table'
    """
    return f"{now.created:,} rows created, {now.updated:,} updated and {now.unchanged:,} unchanged are in the table"


def _is_share(limit: float) -> bool:
    return 0 < limit < 1


def _last_row(checked: Checked, max_rejects: float, now: Progress) -> int | None:
    """Row at which more are refused than allowed, whatever the chunks; None where all is well."""
    is_refused = checked.raw.rows.is_in(checked.refused.implode())
    rejected = is_refused.cum_sum().cast(pl.Int64) + now.rejected
    if _is_share(max_rejects):
        read = pl.int_range(now.rows_read + 1, now.rows_read + 1 + is_refused.len(), eager=True)
        is_too_much = (rejected > read * max_rejects) & (read >= SHARE_FROM_ROW)
    else:
        is_too_much = rejected > max_rejects
    first = is_too_much.arg_max() if is_too_much.any() else None
    return None if first is None else checked.raw.rows[first]


def _last_key(frame: pl.DataFrame, key: Sequence[str]) -> str | None:
    if not key or frame.is_empty():
        return None
    return _key_text(frame.select(key).row(-1))


def _key_text(key: Iterable[object]) -> str:
    return " · ".join(map(str, key))


def _text(value: object) -> str | None:
    return None if value is None else str(value)

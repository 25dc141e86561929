"""Rows into one table of any SQL database: `SqlSink`, the skeleton that a `Dialect` completes.

It is long because the skeleton of all databases is read from top to bottom.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import polars as pl

from importer.core import Written
from importer.errors import Fix, ResumeError, SinkError
from importer.sinks._checkpoints import CHECKPOINTS, Checkpoints
from importer.sinks._driver_errors import RefusedError, not_open
from importer.sinks._emptying import empty, raise_for_hanging
from importer.sinks._foresight import foreseen
from importer.sinks._halving import total, write_halving, write_restarting
from importer.sinks._known_rows import BlankCells, keeping, only_known
from importer.sinks._new_table import NewTable
from importer.sinks._protocol import Found, Mode
from importer.sinks._read_back import ReadBack
from importer.sinks._repeated import Repeated, left_out
from importer.sinks._seen_keys import MOST
from importer.sinks._staging import ROW, Stage
from importer.sinks._tables import add_columns, check, create, raise_for_view
from importer.sinks._undo_log import UndoLogs, is_undo_table
from importer.sinks._undo_words import WITHOUT_LOG
from importer.sinks._undoing import Undoing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from importer.core import Checkpoint, Chunk, Claim, Refusal, Table
    from importer.sinks._dialect import Dialect
    from importer.sinks._patience import Patience
    from importer.sinks._table_lock import TableLock

__all__ = ["Commits", "SqlSink"]

Commits = Literal["chunk", "job", "never"]
"""What is one transaction: every chunk, the whole job, or the whole job that is rolled back at its end."""


class _UpdatedError(Exception):
    """A row of the table was changed, which is to be undone and done again."""


class SqlSink:
    """One table of a database; one `write` and one `commit` are one transaction.

    Parameters
    ----------
    dialect
        The database.
    commits
        What is one transaction: ``'chunk'``, ``'job'``, or ``'never'`` for a dry run.
    """

    def __init__(self, dialect: Dialect, *, commits: Commits = "chunk") -> None:
        self.dialect = dialect
        self._commits = commits
        self._checkpoints = Checkpoints(dialect)
        self._new = NewTable(dialect, self._checkpoints, is_trial=commits == "never")
        self._table: Table | None = None
        self._filled: Table | None = None
        self._read_back: ReadBack | None = None
        self._repeats = Repeated()
        self._logs = UndoLogs(dialect)
        self._unlogged, self._row_bytes = Written(), 0.0
        self._job_id: str | None = None
        self._mode = Mode()
        self._may_insert_first = self._inserts_first = False
        self._expects_refusals = self._updates_some = False
        self._are_new, self._points_at_itself = True, False
        self._is_made = False

    @property
    def label(self) -> str:
        """URL of the database, without a password."""
        return self.dialect.label

    @property
    def chunk_rows(self) -> int:
        """Rows of a chunk that suit the database best."""
        return self.dialect.chunk_rows

    def open(self, table: Table, claim: Claim | None = None) -> Found:
        """Connect, look at the table, and claim the job's checkpoint.

        Raises
        ------
        SinkError
            If the database cannot be reached, or no table of yours can have these names.
        """
        self._raise_for_name(table.name)
        for column in table.columns:
            if column.name in self.dialect.reserved_columns:
                raise SinkError(
                    f"{self.dialect.product} keeps the column name {column.name!r} for itself",
                    code="name-impossible",
                    facts={"name": column.name},
                    fixes=["rename the column"],
                )
        self._table, self._filled, self._is_made = table, table, False
        job_id = None if claim is None else claim.job_id
        if job_id is None or job_id != self._job_id:
            self._job_id, self._repeats = job_id, Repeated()
        self._logs.open(None if self._commits == "never" else claim)
        with self._translated():
            self.dialect.connect()
            if claim is not None and not self.dialect.ddl_in_transaction:
                self._new.finish_earlier(table.name)
            kind = self.dialect.kind(table.name)
            return Found(
                exists=kind is not None,
                columns=tuple(self.dialect.columns(table.name)) if kind == "table" else (),
                checkpoints=self._checkpoints.read(table.name, claim, table_exists=kind is not None),
            )

    def prepare(self, mode: Mode) -> None:
        """Make the table, or check it; commits with the first chunk.

        Raises
        ------
        TableMismatchError
            If the existing table cannot take the rows.
        """
        self._mode = mode
        # A failed insert ends a transaction that has no savepoints, which nothing may end in an atomic job.
        can_fail = self.dialect.has_savepoints or self._commits == "chunk"
        self._may_insert_first = self.dialect.inserts_first and mode.on_conflict == "update" and can_fail
        self._inserts_first = self._may_insert_first
        with self._translated():
            self._begin()

    def write(self, chunk: Chunk) -> Written:
        """Write the rows as if they came one by one: if a key repeats, the last row wins.

        A row with a value that the table would hold as another one is refused.

        Raises
        ------
        SinkError
            If the database cannot continue; nothing of this chunk is in then.
        """
        frame = chunk.frame.hstack([chunk.rows.alias(ROW)])
        with self._translated():
            self._begin()
            frame, impossible = self._reader.possible(frame)
            self._repeats.look_up(frame)
            # Where rows of the last chunk were refused, it is cheaper not to try all of them together.
            # Together, a row may go in that points at a later one, which may come in another chunk.
            is_asked = self._expects_refusals or self._points_at_itself
            written = self._around(frame) if is_asked else None
            if written is None:
                expected = (self._foreseen(frame, frame.clear()) or ()) if is_asked else ()
                written = self._write(
                    frame.filter(~pl.col(ROW).is_in([one.row for one in expected])) if expected else frame
                )
                refused = sorted((*expected, *written.refused), key=lambda refusal: refusal.row)
                written = replace(written, refused=tuple(refused))
            self._are_new = written.created == frame.height - len(written.refused)
            if written.refused and self._are_new:
                # It was not for keys that exist that an insert failed.
                self._inserts_first = self._may_insert_first
            written = self._repeats.told(frame, written, self._mode.on_conflict)
            self._unlogged = total([self._unlogged, Written(created=written.created, updated=written.updated)])
            self._row_bytes = frame.estimated_size() / max(frame.height, 1)
            return replace(written, refused=(*impossible, *written.refused))

    def _write(self, frame: pl.DataFrame) -> Written:
        """Write all rows but those that the database refuses."""
        if frame.is_empty():
            return Written()
        if self.dialect.has_savepoints:
            return write_halving(frame, self._put, self._foreseen, self._around)
        if self._commits == "job":
            return self._put(frame)
        return write_restarting(frame, self._put, self._restart, self._foreseen)

    @property
    def remembered_rows(self) -> int:
        """How many rows before the next one it wants to know."""
        return MOST if self._target.key else 0

    def remember(self, chunk: Chunk) -> None:
        """Take note of rows that an earlier run of the job wrote."""
        self._repeats.remember(chunk.frame.hstack([chunk.rows.alias(ROW)]))

    def commit(self, checkpoint: Checkpoint) -> None:
        """Commit the rows together with the checkpoint.

        Raises
        ------
        TakenOverError
            If another run has claimed the job; nothing is committed then.
        """
        if self._commits == "never" or (self._commits == "job" and not checkpoint.is_done):
            return
        with self._translated():
            self._begin()
            # Once it may be committed, the next run finds the new table by its checkpoint.
            self._new.keep()
            self._logs.commit(self._unlogged, self._row_bytes)
            self._checkpoints.store(checkpoint, self._target.name)
            self.dialect.commit()
            self._unlogged = Written()
            self._checkpoints.committed(checkpoint)
            self._is_made = True
            self._put_in_place()

    @property
    def undo_refusal(self) -> str | None:
        """Why the job cannot be undone, as a word; None if it can."""
        is_known = self._logs.refusal in WITHOUT_LOG and self._checkpoints.has_made and self.dialect.logs_changes
        return None if is_known else self._logs.refusal

    def stored(self, keys: pl.DataFrame) -> dict[tuple[object, ...], tuple[object, ...]]:
        """Rows with these keys as the database holds them now: all columns of the table, by key."""
        dialect, table = self.dialect, self._target
        columns = ", ".join(dialect.shown(dialect.quote(column.name)) for column in table.columns)
        is_key = " AND ".join(f"{dialect.quote(name)} = ?" for name in keys.columns)
        sql = f"SELECT {columns} FROM {dialect.target(table.name)} WHERE {is_key}"
        with self._translated():
            values = zip(*map(dialect.bound, keys), strict=True)
            found = (dialect.execute(sql, value) for value in values)
            return {key: rows[0] for key, rows in zip(keys.rows(), found, strict=True) if rows}

    def count(self) -> int:
        """How many rows the table has now, which must be there."""
        with self._translated():
            ((rows,),) = self.dialect.execute(f"SELECT count(*) FROM {self.dialect.target(self._target.name)}")
        return int(rows)

    def close(self) -> None:
        """Disconnect; what was not committed is rolled back."""
        self._new.drop()
        self.dialect.close()

    def wait_with(self, patience: Patience) -> None:
        """Wait as patiently for what somebody else holds."""
        self.dialect.patience = patience

    def undoing(self, job_id: str, table: str, also: Collection[str] = ()) -> Undoing:  # noqa: ARG002 - the log knows it
        """What takes back a job."""
        return Undoing(self.dialect, job_id, also)

    def lock(self, table: str, job_id: str) -> TableLock:
        """The lock on a table for a job.

        Raises
        ------
        SinkError
            If no table of yours can have this name.
        """
        self._raise_for_name(table)
        return self.dialect.lock(table, job_id)

    def _raise_for_name(self, table: str) -> None:
        fixes = [Fix("table", ..., "to use another one")]
        if table.casefold() == CHECKPOINTS or is_undo_table(table):
            what = "what undoes imports" if is_undo_table(table) else "the checkpoints of imports"
            raise SinkError(
                f"{table!r} keeps {what} and takes no rows",
                code="table-is-checkpoints",
                facts={"table": table},
                fixes=fixes,
            )
        if self.dialect.reserved and table.casefold().startswith(self.dialect.reserved):
            raise SinkError(
                f"{self.dialect.product} keeps names that begin with {self.dialect.reserved!r} for itself",
                code="name-impossible",
                facts={"name": table},
                fixes=fixes,
            )
        self.dialect.quote(table)

    @property
    def _target(self) -> Table:
        """The table that takes the rows, under the name that it has now."""
        if self._filled is None:
            raise not_open(self.label)
        return self._filled

    @property
    def _reader(self) -> ReadBack:
        if self._read_back is None:
            raise not_open(self.label)
        return self._read_back

    def _begin(self) -> None:
        """Open a transaction if none is open, and make the table in it until that is committed."""
        dialect = self.dialect
        if dialect.in_transaction:
            return
        if self._is_made:
            dialect.begin()
            return
        if dialect.ddl_in_transaction:
            dialect.begin()
        is_new = self._make_or_check()
        if not dialect.ddl_in_transaction:
            dialect.begin()
        is_replaced = self._mode.replaces and not is_new
        if is_replaced:
            raise_for_hanging(dialect, self._target.name)
            empty(dialect, self._target.name)
        if (is_new or is_replaced) and self._table is not None:
            try:
                self._checkpoints.forget(self._table.name)
            except ResumeError:
                self._new.keep()
                raise
            self._logs.empty(self._table.name)
            self._checkpoints.note_table(is_new=is_new)
        self._log_changes(is_replaced=is_replaced, is_new=is_new)
        self._read_back = ReadBack(dialect, self._target, is_new=is_new)
        self._repeats.prepare(dialect, self._target, is_empty=is_new or is_replaced)
        self._points_at_itself = dialect.refers_to_itself(self._target.name)

    def _log_changes(self, *, is_replaced: bool, is_new: bool) -> None:
        """Prepare the database for the rows, and have it log what they change."""
        self._unlogged = Written()
        self.dialect.prepare(self._target)
        self._logs.prepare(
            self._target,
            is_wanted=self._mode.logs,
            is_begun=not is_new and not is_replaced and self._checkpoints.is_begun,
            is_replaced=is_replaced,
        )

    def _make_or_check(self) -> bool:
        """Make the table, or check that the existing one can take the rows; return whether it is new."""
        dialect, table = self.dialect, self._table
        if table is None:
            raise not_open(self.label)
        kind = dialect.kind(table.name)
        raise_for_view(table, kind)
        self._checkpoints.make()
        self._logs.make(is_wanted=self._mode.logs and bool(table.key))
        if kind is not None:
            if self._mode.adds_columns:
                add_columns(dialect, table)
            check(dialect, table)
            return False
        if not dialect.ddl_in_transaction:
            self._checkpoints.raise_for_change()
            self._filled = self._new.make(table)
            return True
        create(dialect, table)
        return True

    def _put_in_place(self) -> None:
        """Give a new table its name, if it does not have it yet."""
        if self._table is not None and self._target is not self._table:
            self._filled = self._table
            self._new.put_in_place(self._table.name)

    def _restart(self) -> None:
        self.dialect.rollback()
        self._begin()

    def _around(self, frame: pl.DataFrame) -> Written | None:
        """Insert all rows but those that are refused, in one pass; None, with nothing written, if it cannot."""
        dialect, table, mode = self.dialect, self._target, self._mode
        is_possible = dialect.writes_around and self._are_new and mode.on_conflict != "update_only"
        if not is_possible or dialect.has_triggers(table.name):
            return None
        try:
            with dialect.savepoint():
                frame, bent = self._reader.kept(frame)
                written = dialect.write_around(table, frame, mode.on_conflict if table.key else None)
        except RefusedError:
            return None
        except dialect.refusals:
            return None
        if written is None:
            return None
        self._expects_refusals = bool(written.refused)
        refused = sorted((*bent, *written.refused), key=lambda refusal: refusal.row)
        return replace(written, refused=tuple(refused))

    def _foreseen(self, frame: pl.DataFrame, before: pl.DataFrame) -> tuple[Refusal, ...] | None:
        """Some of the rows that the database will surely refuse; those before them may be rolled back."""
        if not self.dialect.has_savepoints:
            self._restart()
        inserts_first = self._inserts_first
        found = foreseen(self.dialect, self._target, self._mode, self._reader, self._try, frame, before)
        # What was tried may have failed for another reason than that its key exists.
        self._inserts_first = inserts_first
        self._expects_refusals = bool(found)
        return found

    def _try(self, row: pl.DataFrame) -> RefusedError | None:
        """Why the database refuses a row, whose transaction ends if there are no savepoints."""
        try:
            self._put(row)
        except RefusedError as exc:
            return exc
        finally:
            if not self.dialect.has_savepoints:
                self._restart()
        return None

    def _put(self, frame: pl.DataFrame) -> Written:
        """Write all rows of the frame but those whose values would change, or none and raise `RefusedError`."""
        dialect = self.dialect
        try:
            with dialect.savepoint():
                frame, bent = self._reader.kept(frame)
            written = self._merge(frame)
            return replace(written, refused=(*bent, *written.refused)) if bent else written
        except dialect.refusals as exc:
            refused = dialect.refused(exc)
            if refused is None:
                raise
            raise (dialect.explained(self._target, frame, refused) if frame.height == 1 else refused) from exc

    def _merge(self, frame: pl.DataFrame) -> Written:
        dialect = self.dialect
        if self._inserts_first or not self._target.key:
            try:
                with dialect.savepoint():
                    dialect.insert(self._target, frame)
            except dialect.refusals as exc:
                if not self._target.key or not dialect.is_duplicate(exc):
                    raise
                # From here on some keys exist already.
                self._inserts_first = False
                if not dialect.has_savepoints:
                    self._restart()
            else:
                return Written(created=frame.height)
        with dialect.savepoint():
            return self._merge_known(frame)

    def _merge_known(self, frame: pl.DataFrame) -> Written:
        """Write rows of which some may be in the table already."""
        dialect, table, mode = self.dialect, self._target, self._mode
        if mode.on_conflict not in {"update", "update_only"}:
            return self._present(frame, dialect.merge(table, frame, mode.on_conflict))
        if (unchanging := self._merge_unchanging(frame)) is not None:
            return unchanging
        unknown: tuple[Refusal, ...] = ()
        if mode.on_conflict == "update_only":
            frame, unknown = only_known(dialect, table, frame)
        blank = BlankCells.of(dialect, table, frame, keeps=mode.keeps_empty)
        parts = keeping(table, frame, blank.rows) if mode.keeps_empty else ((table, frame),)
        merged = [dialect.merge(columns, part, "update") for columns, part in parts if not part.is_empty()]
        written = self._present(frame, total(merged))
        self._updates_some = written.updated > 0
        return replace(written, refused=(*unknown, *written.refused), warned=blank.warned)

    def _merge_unchanging(self, frame: pl.DataFrame) -> Written | None:
        """Write rows that empty no cell, since they change no row; None, with nothing written, if some do.

        Looking up rows one by one takes longer than writing them.
        """
        dialect, mode = self.dialect, self._mode
        if isinstance(dialect, Stage) or mode.on_conflict != "update" or mode.keeps_empty or self._updates_some:
            return None
        with suppress(_UpdatedError), dialect.savepoint():
            written = dialect.merge(self._target, frame, "update")
            if written.updated:
                raise _UpdatedError
            return self._present(frame, written)
        return None

    def _present(self, frame: pl.DataFrame, written: Written) -> Written:
        return left_out(self.dialect, self._target, frame, written) if written.unchanged else written

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self.dialect.errors as exc:
            raise self.dialect.failed(exc) from exc

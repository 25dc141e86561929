"""Where rows go: `Sink`, and the values that it is asked with and answers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import polars as pl

    from importer.core import Checkpoint, Chunk, Claim, OnConflict, Table, Written
    from importer.sinks._patience import Patience
    from importer.sinks._table_lock import TableLock
    from importer.sinks._undone import Undone

__all__ = [
    "Chunked",
    "Column",
    "Found",
    "Inspectable",
    "Listed",
    "Mode",
    "Remembering",
    "Reversible",
    "Reversing",
    "Sink",
    "Undoable",
]


class Column(NamedTuple):
    """A column of an existing table.

    Attributes
    ----------
    name, declared
        Its name and its declared type.
    is_required
        Whether it must be filled and has no default.
    is_key
        Whether it is part of the primary key.
    dtype
        Type of its values, None if unknown.
    is_loose
        Whether a column of whole numbers keeps other numbers too, and one of moments such with and without a zone.
    """

    name: str
    declared: str
    is_required: bool
    is_key: bool = False
    dtype: pl.DataType | None = None
    is_loose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a target holds before the job makes anything.

    Attributes
    ----------
    exists
        Whether the table exists.
    columns
        Its columns that can be written.
    checkpoints
        Checkpoints of the jobs that wrote to the table, by job id; the job's own is already claimed.
    """

    exists: bool = False
    columns: tuple[Column, ...] = ()
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A table that rows can go into.

    Attributes
    ----------
    name, columns
        Its name, and the names of the columns that can be written.
    rows
        How many rows it has; None if nobody knows.
    is_exact
        Whether they are counted; otherwise the database estimates them.
    """

    name: str
    columns: tuple[str, ...]
    rows: int | None = None
    is_exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """How a job writes to its table.

    Attributes
    ----------
    replaces
        Whether the rows of an existing table are replaced; otherwise rows are added to it.
    on_conflict
        What to do with a row whose key is in the table.
    keeps_empty
        Whether an empty cell leaves what a known row has there.
    adds_columns
        Whether columns that an existing table lacks are added to it; otherwise they are an error.
    logs
        Whether to keep what it takes to undo the job.
    """

    replaces: bool = False
    on_conflict: OnConflict = "update"
    keeps_empty: bool = False
    adds_columns: bool = False
    logs: bool = False


@runtime_checkable
class Sink(Protocol):
    """One table of a database, or something that behaves like one.

    One job uses a sink from one thread: `open`, `prepare`, then `write` and `commit` in turns, and always
    `close`. After a lost connection the job calls `close` and starts again at `open`. A sink may also be
    `Chunked`, `Inspectable` or `Lockable`.
    """

    @property
    def label(self) -> str:
        """The target for people, without a password."""
        ...

    def open(self, table: Table, claim: Claim | None = None) -> Found:
        """Connect and look; nothing is made yet.

        With a claim, a sink that keeps checkpoints stores the claim's token in the job's checkpoint, if it
        has one. It keeps no checkpoints of a job without a claim.
        """
        ...

    def prepare(self, mode: Mode) -> None:
        """Make the table, or check that the existing one can take the rows; commits with the first chunk."""
        ...

    def write(self, chunk: Chunk) -> Written:
        """Put one checked chunk into the table, in an open transaction: all of it, or raise."""
        ...

    def commit(self, checkpoint: Checkpoint) -> None:
        """Commit the rows together with the checkpoint; the last one ``is_done``.

        Raises
        ------
        TakenOverError
            If another run has claimed the job since `open`; nothing is committed then.
        """
        ...

    def close(self) -> None:
        """Disconnect; what was not committed is rolled back. May be called twice."""
        ...


@runtime_checkable
class Chunked(Protocol):
    """A sink that works best with larger or smaller chunks than usual."""

    @property
    def chunk_rows(self) -> int:
        """Rows of a chunk that suit it best."""
        ...


@runtime_checkable
class Inspectable(Protocol):
    """A sink that can show rows of its table, so that a dry run can show what would change."""

    def stored(self, keys: pl.DataFrame) -> dict[tuple[object, ...], tuple[object, ...]]:
        """Rows with these keys as the database holds them now: all columns of the table, by key."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A sink that tells which rows of a job have the same key, also of a job that is resumed."""

    @property
    def remembered_rows(self) -> int:
        """How many rows before the next one it wants to know."""
        ...

    def remember(self, chunk: Chunk) -> None:
        """Take note of rows that an earlier run of the job wrote."""
        ...


@runtime_checkable
class Undoable(Protocol):
    """A sink that keeps what it takes to undo a job."""

    @property
    def undo_refusal(self) -> str | None:
        """Why the job cannot be undone, as a word of `importer.sinks.UNDO_REFUSALS`; None if it can."""
        ...


class Reversing(Protocol):
    """What takes back one job."""

    @property
    def is_atomic(self) -> bool:
        """Whether an undo that stops has changed nothing; otherwise the next one goes on with the rest."""
        ...

    @property
    def table(self) -> str:
        """The table, once it is open."""
        ...

    def open(self) -> None:
        """Connect, and look whether the job can be undone."""
        ...

    def open_again(self) -> None:
        """Look again, after another job may have written to the table."""
        ...

    def carry_out(
        self,
        *,
        undo_id: str,
        force: bool,
        dry_run: bool,
        tell: Callable[[Undone, int], object],
        told: Undone | None = None,
    ) -> Undone:
        """Take back what can be, and say what was left; what `tell` raises stops it."""
        ...

    def close(self) -> None:
        """Disconnect."""
        ...


@runtime_checkable
class Reversible(Sink, Protocol):
    """A sink whose jobs can be taken back."""

    def undoing(self, job_id: str, table: str, also: Collection[str]) -> Reversing:
        """What takes back a job, and others with it if the table that it made is dropped."""
        ...

    def wait_with(self, patience: Patience) -> None:
        """Wait as patiently for what somebody else holds."""
        ...

    def lock(self, table: str, job_id: str) -> TableLock:
        """The lock on a table."""
        ...

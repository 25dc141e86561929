"""The unit of work and its two ends: `Chunk`, `Source`, `Sink`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

__all__ = [
    "CHUNK_ROWS",
    "Checkpointed",
    "Chunk",
    "Header",
    "Inspected",
    "Refusal",
    "Sink",
    "Source",
    "Table",
    "TableColumn",
    "Written",
    "letter",
]

CHUNK_ROWS = 20_000
"""Rows of a chunk, where neither the analyst nor the sink asks for another number."""

EXTRA = pl.Schema({"row": pl.Int64, "position": pl.Int64, "value": pl.String})
"""Columns of `Chunk.extra`."""


def letter(position: int) -> str:
    """Spreadsheet name of a column, counted from 0.

    Examples
    --------
    >>> [letter(0), letter(25), letter(26), letter(16_383)]
    ['A', 'Z', 'AA', 'XFD']
    """
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Names of the columns of one sheet, and where they stand.

    Attributes
    ----------
    row
        Number of the header's row as the spreadsheet counts it, 0 where the sheet has none.
    labels
        One name a column, left to right, unique: a repeated label gets ``_2``, an empty one ``column_C``.
    first
        Position of the first column, counted from 0: 2 where the table begins at C.

    Examples
    --------
    >>> Header(row=3, labels=("id", "name"), first=1).letter("name")
    'C'
    """

    row: int
    labels: tuple[str, ...]
    first: int = 0

    def letter(self, label: str) -> str:
        """Spreadsheet name of a labelled column."""
        return letter(self.first + self.labels.index(label))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some consecutive rows of a sheet.

    Attributes
    ----------
    frame
        The cells: from a `Source` every column is text and nulls are empty cells, named by the
        header's labels; once checked, columns have the schema's names and types.
    rows
        Row numbers as the spreadsheet counts them, ``Int64``, as long as the frame. They rise, and
        may leave out rows that are wholly empty.
    completed
        How much of the source is read once this chunk is, in the source's unit.
    extra
        Cells outside the header's columns, as ``row``, ``position`` (counted from 0), ``value``.
    numbers
        Which cells the file itself holds as numbers, whose decimal mark is a point whatever people
        write: a Boolean frame of the same shape; None where the file holds text alone.
    """

    frame: pl.DataFrame
    rows: pl.Series
    completed: int
    extra: pl.DataFrame | None = None
    numbers: pl.DataFrame | None = None


class Source(Protocol):
    """One sheet of a file, read as text, any number of times."""

    @property
    def label(self) -> str:
        """What a person calls it: ``'orders.xlsx, sheet Q3'``."""
        ...

    @property
    def unit(self) -> str:
        """What ``completed`` and ``total`` count: ``'B'`` for bytes, ``'rows'`` for frames."""
        ...

    @property
    def total(self) -> int | None:
        """How much there is to read, None where nobody knows."""
        ...

    @property
    def header(self) -> Header:
        """The columns."""
        ...

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk, None, None]:
        """Rows below the header and below `after_row`, at most `size` a chunk.

        Closing the generator closes the file. Rows that are wholly empty are left out.
        """
        ...

    def sample(self, size: int) -> Chunk:
        """About `size` rows from the whole sheet: the first, the last and some spread between."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """One column of the target table, as the schema wants it."""

    name: str
    dtype: pl.DataType
    nullable: bool = True
    unique: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The target table, as the schema wants it; ``key`` is empty where rows are only appended."""

    name: str
    columns: tuple[TableColumn, ...]
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row that the database refused, in the database's words.

    Attributes
    ----------
    row
        As the spreadsheet numbers it.
    rule
        ``'unique-error'``, ``'primary-key'``, ``'foreign-key'`` or ``'constraint-error'``.
    column
        The column at fault where the database names one, by its name in the table.
    """

    row: int
    rule: str
    message: str
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one `Sink.write` did: its rows are exactly created + updated + unchanged + refused."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: tuple[Refusal, ...] = ()


class Checkpointed(Protocol):
    """A job, as a sink sees it that keeps checkpoints: texts that commit together with the rows they tell of."""

    @property
    def job_id(self) -> str:
        """Name of the job among all others."""
        ...

    def recall(self, checkpoints: Mapping[str, str]) -> bool:
        """Hear what the target remembers of the jobs that wrote to the table, by job; raise to stop here.

        Returns
        -------
        Whether this job is to go on with the table as it is.
        """
        ...

    def checkpoint(self, written: Written | None) -> str:
        """How far the job is once these rows are committed; without any, it is done."""
        ...


@runtime_checkable
class Sink(Protocol):
    """One table of a database, or something that behaves like one.

    A sink is used by one job, from one thread: ``begin``, any number of ``write``, then ``finish``
    where all went well, and always ``close``. One that does better with larger or smaller chunks
    than `CHUNK_ROWS` may have an attribute ``chunk_rows``.
    """

    @property
    def label(self) -> str:
        """What a person calls the target; never with a password."""
        ...

    def begin(self, table: Table, job: Checkpointed | None = None) -> None:
        """Connect, and make or check the table; nothing is left behind when it raises.

        A sink that keeps checkpoints has the job `recall` them before it makes anything, and stores
        with every chunk, in its transaction, what the job's `checkpoint` says.
        """
        ...

    def write(self, chunk: Chunk) -> Written:
        """Put one checked chunk into the table, in one transaction: all of it or an exception."""
        ...

    def finish(self) -> None:
        """Whatever is owed after the last chunk."""
        ...

    def close(self) -> None:
        """Let go of the connection; what was not committed is rolled back. May be called twice."""
        ...


@runtime_checkable
class Inspected(Protocol):
    """A sink that can show rows of its table, so that a dry run can tell what would change."""

    def stored(self, keys: pl.DataFrame) -> dict[tuple[object, ...], tuple[object, ...]]:
        """Rows with these keys as the database holds them now: all columns of the table, by key."""
        ...

"""The unit of work: `Chunk`, and the `Header` of the sheet it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.errors import Note

__all__ = ["CHUNK_ROWS", "EXTRA", "FAULTS", "Chunk", "Header", "free_name", "letter"]

CHUNK_ROWS = 20_000
"""Rows of a chunk, where neither the analyst nor the sink asks for another number."""

EXTRA = pl.Schema({"row": pl.Int64, "position": pl.Int64, "value": pl.String})
"""Columns of `Chunk.extra`."""

FAULTS = pl.Schema(
    [
        ("row", pl.Int64()),
        ("position", pl.Int64()),
        ("value", pl.String()),
        ("rule", pl.String()),
        ("severity", pl.Enum(["error", "warning"])),
        ("message", pl.String()),
    ]
)
"""Columns of `Chunk.faults`; `position` is null if the whole row is at fault."""


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """The name, with a number if a header or a column has it already.

    A column of ours stands beside those of a file under such a name, since files have columns called ``row``.

    Examples
    --------
    >>> free_name("row", ["id"]), free_name("row", ["id", "row"])
    ('row', 'row (2)')
    """
    names, name, number = set(taken), wanted, 1
    while name in names:
        number += 1
        name = f"{wanted} ({number})"
    return name


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
        One name a column, left to right, unique: a repeated label gets ``_2``, an empty one is
        ``column_C``, and ``*`` and ``^x$``, which polars takes for patterns, ``*_`` and ``^x$_``.
    first
        Position of the first column, counted from 0: 2 where the table begins at C.
    lines
        The cells of its rows as they stand in the file, by their numbers, to know them again further down.
    below
        Numbers of rows next to it that explain it: units, types, questions.

    Examples
    --------
    >>> Header(row=3, labels=("id", "name"), first=1).letter("name")
    'C'
    """

    row: int
    labels: tuple[str, ...]
    first: int = 0
    lines: tuple[tuple[int, tuple[str, ...]], ...] = field(default=(), repr=False, compare=False)
    below: tuple[int, ...] = field(default=(), repr=False, compare=False)

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
        skip rows that are completely empty.
    completed
        How much of the source is read once this chunk is, in the source's unit.
    extra
        Cells outside the header's columns, as ``row``, ``position`` (counted from 0), ``value``.
    faults
        What the source knows to be wrong with a cell or a row, as `FAULTS`: errors refuse the row,
        warnings are only told.
    numbers
        Which cells are numbers in the file itself, whose decimal mark is always a point: a Boolean frame
        of the same shape; None if the file holds only text.
    is_whole
        Whether a sample holds every row of the table.
    notes
        What a sample shows and you should know; chunks have none.
    is_estimated
        Whether row numbers of a sample, but for the first ones, are estimates.
    """

    frame: pl.DataFrame
    rows: pl.Series
    completed: int
    extra: pl.DataFrame | None = None
    faults: pl.DataFrame | None = None
    numbers: pl.DataFrame | None = None
    is_whole: bool = False
    is_estimated: bool = False
    notes: tuple[Note, ...] = ()

    def shows(self, other: Chunk) -> bool:
        """Whether the other chunk has the same cells in the same rows, which `==` cannot say of frames."""
        mine, its = ((each.frame, each.extra, each.faults, each.numbers) for each in (self, other))
        return self.rows.equals(other.rows) and all(
            a is b if a is None or b is None else a.equals(b) for a, b in zip(mine, its, strict=True)
        )

"""What a first look at a file shows: `FirstLook`."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from importer.app.effects._odd_rows import odd_rows
from importer.core import letter
from importer.engine import is_many
from importer.sources import RowLimits
from importer.sources.many import ALL_SHEETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from importer.app.choices import Choices
    from importer.app.effects._odd_rows import OddRow
    from importer.engine import Reading
    from importer.sources import Sheet

__all__ = ["FirstLook", "sheets_of"]

TOP_ROWS = 12
"""Rows that are shown as they stand in the file."""

WIDEST = 60
"""Columns that are shown of them."""

SAMPLES, SAMPLE_LENGTH = 3, 24
"""Values of a column that are shown, and the characters of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """An open file, and everything that the steps show of it.

    Attributes
    ----------
    first, rows
        Position of the first column that is shown, and the top rows: their numbers and their cells.
    sheets
        The sheets of a workbook, with rows and columns if there are several.
    octets
        Size of the file.
    samples
        A few values of each column, by header.
    filled
        Share of the cells of the sample that are not empty, by header.
    odd
        Rows that are no data or may be none.
    unwanted
        Numbers of those top rows that an option leaves out by their numbers.
    """

    reading: Reading
    first: int
    rows: tuple[tuple[int, tuple[str | None, ...]], ...]
    sheets: tuple[Sheet, ...]
    octets: int
    samples: Mapping[str, tuple[str, ...]]
    filled: Mapping[str, float]
    odd: tuple[OddRow, ...] = ()
    unwanted: frozenset[int] = frozenset()

    @classmethod
    def of(cls, choices: Choices) -> Self:
        """Open the file, and read its top and a sample.

        Raises
        ------
        SourceError
            If it cannot be read.
        """
        reading = choices.reading()
        names_columns = reading.source.book.names_columns
        one = next(iter(reading.parts.values())) if is_many(reading) else None
        names_columns = names_columns and one is None
        bare = reading if names_columns else _without_header(choices, one)
        with closing(bare.source.chunks(TOP_ROWS)) as chunks:
            top = next(chunks, None)
        rows: Any = () if top is None else zip(top.rows, (cells[:WIDEST] for cells in top.frame.rows()), strict=True)
        named = [(bare.header.row, bare.header.labels[:WIDEST])] if names_columns else []
        sample = reading.sample.frame
        is_all = choices.options.get("sheet") == ALL_SHEETS and choices.path.is_file() and not choices.files
        sheets = sheets_of(choices) if is_all else reading.source.book.sheets
        if sheets[1:] and all(sheet.rows is None for sheet in sheets):
            sheets = sheets_of(choices)
        return cls(
            reading=reading,
            first=bare.header.first,
            rows=(*named, *rows),
            sheets=sheets,
            octets=reading.source.total or 0 if one is not None else _file_of(reading, choices).stat().st_size,
            samples={column.name: _values(column) for column in sample.iter_columns()},
            odd=odd_rows(reading, bare.header.first, TOP_ROWS),
            unwanted=_unwanted([] if top is None else top.rows, choices),
            filled={column.name: 1 - column.null_count() / max(sample.height, 1) for column in sample.iter_columns()},
        )

    @property
    def letters(self) -> tuple[str, ...]:
        """Spreadsheet names of the columns that are shown."""
        width = max((len(cells) for _, cells in self.rows), default=0)
        return tuple(letter(self.first + position) for position in range(width))


def _file_of(reading: Reading, choices: Choices) -> Path:
    """The file that is open, which may be the only one that a pattern fits."""
    return choices.path if reading.file is None else reading.file.path


def _without_header(choices: Choices, one: Reading | None) -> Reading:
    """The file, or the first of several, with its header and all rows that are left out among the rows."""
    bare = {"header_row": 0, "last_row": None, "rows": None, "leave_out": ()}
    return choices.reading(**bare) if one is None else one.reopened(**{**one.opening, **bare})


def _unwanted(rows: Iterable[int], choices: Choices) -> frozenset[int]:
    """Those of the rows that an option leaves out by their numbers."""
    limits = RowLimits.of(*(choices.options.get(name) for name in ("last_row", "rows", "leave_out")))
    numbers = pl.Series(rows, dtype=pl.Int64)
    return frozenset(numbers.filter(~limits.mask(numbers)))


def sheets_of(choices: Choices) -> tuple[Sheet, ...]:
    """The sheets of a workbook.

    Raises
    ------
    SourceError
        If the file is not a workbook.
    """
    from importer.sources import list_sheets

    return list_sheets(choices.path)


def _values(column: pl.Series) -> tuple[str, ...]:
    values = column.drop_nulls().unique(maintain_order=True).head(SAMPLES)
    return tuple(value if len(value) <= SAMPLE_LENGTH else f"{value[:SAMPLE_LENGTH]}…" for value in values)

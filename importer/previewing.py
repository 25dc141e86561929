"""A look at a file before anything is done with it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from importer import _html

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.chunks import Source

__all__ = ["ColumnPreview", "Preview"]

LOOKED_AT = 1_000
"""Rows by which the number of all rows is estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPreview:
    """What will become of one column of the file.

    Attributes
    ----------
    letter, label
        Where it stands in the sheet, and its header; None where no header fills the column.
    column, dtype
        Its name and type in the table; None where it is left out.
    why
        How that was found out.
    """

    letter: str | None
    label: str | None
    column: str | None
    dtype: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows as they stand in the file, and what will become of every column.

    Attributes
    ----------
    label
        The file and the sheet.
    rows
        The first rows as text, their number in the sheet in ``row``.
    columns
        One a column of the file, then the columns of the table that no header fills.
    rows_expected
        About how many rows there are, None where nobody knows.
    """

    label: str
    rows: pl.DataFrame
    columns: tuple[ColumnPreview, ...]
    rows_expected: int | None

    @classmethod
    def of(cls, source: Source, columns: Iterable[ColumnPreview], *, rows: int) -> Preview:
        """Read the first rows of the source."""
        with closing(source.chunks(max(rows, LOOKED_AT))) as chunks:
            chunk = next(chunks, None)
        if chunk is None:
            labels = ["row", *source.header.labels]
            return cls(label=source.label, rows=pl.DataFrame(schema=labels), columns=tuple(columns), rows_expected=0)
        expected = chunk.frame.height
        if source.total is not None and 0 < chunk.completed < source.total:
            expected = round(expected * source.total / chunk.completed)
        frame = chunk.frame.select(chunk.rows.alias("row"), pl.all()).head(rows)
        return cls(
            label=source.label,
            rows=frame,
            columns=tuple(columns),
            rows_expected=None if source.total is None else expected,
        )

    def as_dict(self) -> dict[str, Any]:
        """The preview as plain values, as ``importer preview --json`` prints it."""
        fields = ColumnPreview.__slots__
        return {
            "label": self.label,
            "rows_expected": self.rows_expected,
            "columns": [{name: getattr(column, name) for name in fields} for column in self.columns],
            "rows": self.rows.to_dicts(),
        }

    def __str__(self) -> str:
        """The preview as text for a terminal."""
        lines = [_about(self)]
        wide = max((len(_place(column)) for column in self.columns), default=0)
        for column in self.columns:
            target = "left out" if column.column is None else f"{column.column}  {column.dtype}"
            lines.append(f"  {_place(column):<{wide}}  → {target}  ({column.why})")
        with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
            lines.append(str(self.rows))
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        headers = ["in the file", "in the table", "type", "why"]
        columns = [[_place(column), column.column, column.dtype, column.why] for column in self.columns]
        first = [("row", ""), *((column.label, column.dtype or "left out") for column in self.columns if column.label)]
        return _html.whole(
            _html.title(self.label),
            _html.note(_about(self)),
            _html.table(headers, columns),
            _html.table(first, self.rows.rows(), caption="The first rows, as they stand in the file"),
        )


def _place(column: ColumnPreview) -> str:
    return f"{column.letter}  {column.label}" if column.label is not None else "(no header)"


def _about(preview: Preview) -> str:
    if preview.rows_expected is None:
        return f"{preview.label}: {preview.rows.height:,} rows shown"
    about = "" if preview.rows_expected < LOOKED_AT else "about "
    return f"{preview.label}: {about}{preview.rows_expected:,} rows, {len(preview.columns)} columns"

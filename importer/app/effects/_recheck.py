"""Checks of corrected rows without the rest of the file: `only_corrected`, `merged`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.app.effects._problems import faults_by_row
from importer.core import Chunk
from importer.engine import Reading
from importer.schema import table_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from importer.app.effects._grid_rows import GridRows
    from importer.core import Progress
    from importer.engine import Plan, Report
    from importer.sources import Source

__all__ = ["counts_after", "is_row_by_row", "merged", "only_corrected"]


class CorrectedRows:
    """A few rows of a source, with corrected cells."""

    def __init__(self, inner: Source, rows: pl.DataFrame) -> None:
        self.label, self.book, self.header = inner.label, inner.book, inner.header
        self.unit, self.total = "rows", rows.height
        self._rows = rows

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk, None, None]:
        """The rows below `after_row`, at most `size` a chunk."""
        left = self._rows.filter(pl.first() > after_row)
        for start in range(0, left.height, size):
            yield self._chunk(left[start : start + size], start + size)

    def sample(self, size: int) -> Chunk:
        """The first rows."""
        return self._chunk(self._rows.head(size), size)

    def _chunk(self, rows: pl.DataFrame, completed: int) -> Chunk:
        return Chunk(
            frame=rows[:, 1:], rows=rows.to_series(0).alias("row"), completed=min(completed, self._rows.height)
        )


def is_row_by_row(plan: Plan) -> bool:
    """Whether the outcome of a row depends on no other row, because nothing in the table must be unique."""
    table = table_of(plan.effective_schema, plan.table, None if plan.schema is None else plan.key)
    return not table.key and not any(column.unique for column in table.columns)


def only_corrected(plan: Plan, rows: GridRows) -> Plan:
    """The plan for the corrected rows alone, without those that are known to be refused."""
    parts = rows.parts(pl.Series(rows.good, dtype=pl.Int64))
    frame = pl.concat([rows.patched(read) for _, read in parts], how="diagonal")
    return replace(
        plan,
        reading=Reading(CorrectedRows(plan.source, frame), opening=plan.reading.opening),
        schema=plan.effective_schema,
        formats_before=plan.formats,
        corrections={},
        max_rejects=None,
    )


def counts_after(old: Progress, new: Progress) -> Progress:
    """The counts of a whole file after rows that it had rejected were read again."""
    return replace(
        old,
        created=old.created + new.created,
        updated=old.updated + new.updated,
        unchanged=old.unchanged + new.unchanged,
        rejected=old.rejected - new.rows_read + new.rejected,
    )


def merged(whole: Report, rows: GridRows, again: Report) -> tuple[Report, GridRows]:
    """The report of the whole file, updated with a dry run of its corrected rows, all of which it had rejected."""
    corrected = pl.Series(rows.good, dtype=pl.Int64)
    first = {row: of_row for faults, _ in rows.parts(corrected) for row, of_row in faults.items()}
    now = dict.fromkeys(corrected, ()) | faults_by_row(again.rejects)
    rows = rows.rechecked({row: first.get(row, ()) for row in corrected}, now)
    return replace(whole, progress=counts_after(whole.progress, again.progress)), rows.as_checked()

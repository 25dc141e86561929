"""Rows at the end of a sheet that may be no part of its table: `Tail`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import polars as pl

if TYPE_CHECKING:
    from importer.chunks import Chunk

__all__ = ["Tail"]

MOST = 20
"""Rows that notes and totals below a table have at most; more are the table's own."""

LEAST_ABOVE = 3
LEAST_COLUMNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The last rows, where each fills at most half of the columns that the rows above fill without a gap.

    Attributes
    ----------
    above, first, last
        Number of the last row above them, and of the first and the last of them.
    filled, columns
        How many of those columns one of them fills at most, and how many there are.
    """

    above: int
    first: int
    last: int
    filled: int
    columns: int

    @classmethod
    def of(cls, sample: Chunk) -> Self | None:
        """What a sample shows that holds the last rows; None where these are as those above.

        Examples
        --------
        >>> from importer.chunks import Chunk
        >>> frame = pl.DataFrame({"id": ["1", "2", "3", "Total"], "name": ["a", "b", "c", None]})
        >>> str(Tail.of(Chunk(frame=frame, rows=pl.Series([2, 3, 4, 6]), completed=0)))
        'row 6, the last one, fills 1 of the 2 columns that the rows above fill'
        """
        filled = sample.frame.select(pl.all().is_not_null())
        looked_at = min(MOST, (filled.height - 1) // 2)
        above = filled.head(-looked_at) if looked_at > 0 else filled.clear()
        columns = [column.name for column in above if column.all()]
        if above.height < LEAST_ABOVE or len(columns) < LEAST_COLUMNS:
            return None
        counts = filled.tail(looked_at).select(pl.sum_horizontal(columns)).to_series().to_list()
        sparse = 0
        while sparse < looked_at and 2 * counts[-1 - sparse] <= len(columns):
            sparse += 1
        if not sparse:
            return None
        rows = sample.rows.tail(sparse + 1).to_list()
        most = max(counts[-sparse:])
        return cls(above=rows[0], first=rows[1], last=rows[-1], filled=most, columns=len(columns))

    @property
    def note(self) -> str:
        """What is odd about them, and what to do."""
        return f"{self}; if that is no part of the table, give last_row={self.above} (--last-row {self.above})"

    def __str__(self) -> str:
        """What is odd about them."""
        of_all = f"{self.filled} of the {self.columns} columns that the rows above fill"
        if self.first == self.last:
            return f"row {self.last:,}, the last one, fills {of_all}"
        return f"rows {self.first:,} to {self.last:,}, the last ones, fill at most {of_all}"

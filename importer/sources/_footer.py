"""Rows at the end of a sheet that may not belong to its table: `Footer`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import polars as pl

from importer.errors import Fix, Note

if TYPE_CHECKING:
    from importer.core import Chunk

__all__ = ["Footer"]

MOST = 20
"""Longest footer. More rows belong to the table."""

LEAST_ABOVE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer:
    """The last rows, if each fills at most half as many cells as there are columns without a gap above.

    Attributes
    ----------
    above, first, last
        Numbers of the last row of the table, and of the first and last row of the footer.
    cells, columns
        Most cells that a row of the footer fills, and columns that every row above fills.
    is_estimated
        Whether the numbers are estimates, so that nothing may be cut off there.
    """

    above: int
    first: int
    last: int
    cells: int
    columns: int
    is_estimated: bool = False

    @classmethod
    def of(cls, sample: Chunk) -> Self | None:
        """The footer in a sample that holds the last rows; None if these look like the rows above.

        Examples
        --------
        >>> from importer.core import Chunk
        >>> frame = pl.DataFrame({"id": ["1", "2", "3", "Total"], "name": ["a", "b", "c", None]})
        >>> str(Footer.of(Chunk(frame=frame, rows=pl.Series([2, 3, 4, 6]), completed=0)))
        'row 6, the last one, fills 1 of its cells, where all rows above fill 2 or more'
        """
        filled = sample.frame.select(pl.all().is_not_null())
        looked_at = min(MOST, (filled.height - 1) // 2)
        if filled.height - looked_at < LEAST_ABOVE:
            return None
        above = {column.name for column in filled.head(-looked_at) if column.all()}
        last = [{name for name, is_filled in row.items() if is_filled} for row in filled.tail(looked_at).to_dicts()]
        for at in range(looked_at):
            most = max(map(len, last[at:]))
            if 0 < 2 * most <= len(above):
                rows = sample.rows.tail(looked_at - at + 1).to_list()
                return cls(
                    above=rows[0],
                    first=rows[1],
                    last=rows[-1],
                    cells=most,
                    columns=len(above),
                    is_estimated=sample.is_estimated,
                )
            above &= last[at]
        return None

    @property
    def note(self) -> Note:
        """What looks odd, and how to end the table above it."""
        if self.is_estimated:
            return Note(
                f"the last rows fill at most {self.cells} of their cells, where the others fill {self.columns} or more",
                [Fix("last_row", ..., "with the last row of the table, if they are not part of it")],
                code="footer",
                kind="rows",
            )
        fixes = [Fix("last_row", self.above, "if that is not part of the table")]
        return Note(str(self), fixes, code="footer", kind="rows", rows=(self.first, self.last))

    def __str__(self) -> str:
        """What looks odd about the rows."""
        others = f"where all rows above fill {self.columns} or more"
        if self.first == self.last:
            return f"row {self.last:,}, the last one, fills {self.cells} of its cells, {others}"
        return (
            f"rows {self.first:,} to {self.last:,}, the last ones, fill at most {self.cells} of their cells, {others}"
        )

"""How the times of day of a column are written: with seconds or not, by 12 hours or 24."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from importer.core import EACH, filled, here
from importer.schema._schema import Format, Writing
from importer.schema.parsing import _clock
from importer.schema.parsing._cells import keep, plain, short, trim

if TYPE_CHECKING:
    import polars as pl

__all__ = ["ClockWriting"]

CLOCK: Final = r"^[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?[AaPp]\.? ?[Mm]\.?)?$"
SECONDS: Final = "^[0-9]{1,2}:[0-9]{2}:[0-9]{2}"
HALF: Final = r"[Mm]\.?$"
AFTER_NOON: Final = "^(?:1[3-9]|2[0-3]|00?):"
MANY = 0.1
"""Share of the cells from which a writing is one of the column's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWriting(Writing):
    """How the times of day of an inferred column are written.

    Attributes
    ----------
    example
        One of its cells.
    has_seconds, has_half
        Whether seconds, and am or pm, belong to its cells.
    """

    example: str
    has_seconds: bool
    has_half: bool

    @classmethod
    def of(cls, cells: pl.Series) -> Self | None:
        """The writing of most of the cells; None if none is a time of day.

        Examples
        --------
        >>> import polars as pl
        >>> writing = ClockWriting.of(pl.Series(["0:03:45", "1:02:03"]))
        >>> writing.fits(pl.Series(["0:00:01", "3:45", "0.5"])).to_list()
        [True, False, False]
        """
        text = plain(trim(cells.drop_nulls()))
        text = text.filter(text.str.contains(CLOCK))
        if text.is_empty():
            return None
        share = {mark: int(text.str.contains(mark).sum()) / len(text) for mark in (SECONDS, HALF)}
        return cls(example=text[0], has_seconds=share[SECONDS] > 1 - MANY, has_half=share[HALF] > 1 - MANY)

    def fits(self, cells: pl.Series) -> pl.Series:
        """Which cells are written so."""
        text = plain(cells)
        fits = here(text, EACH.str.contains(CLOCK))
        for mark, has in ((SECONDS, self.has_seconds), (HALF, self.has_half)):
            if has:
                fits &= here(text, EACH.str.contains(mark))
        return fits

    def otherwise(self, cells: pl.Series, dtype: pl.DataType) -> pl.Series:
        """Values of cells that are written otherwise and can mean only one time of day: 15:30 among 3:30 pm."""
        text = plain(cells)
        is_clear = text.str.contains(CLOCK)
        if self.has_half:
            is_clear &= text.str.contains(HALF) | text.str.contains(AFTER_NOON)
        if self.has_seconds:
            is_clear &= text.str.contains(SECONDS) | text.str.contains(HALF)
        return keep(_clock.read(cells, dtype, Format()), filled(is_clear, value=False))

    def why(self, cell: str) -> str:
        """Explain why this cell is refused."""
        if not self.has_half and ":" in cell:
            return (
                f"{short(cell)} may be minutes and seconds: the times of the column are written like {self.example!r}"
            )
        return f"{short(cell)} may mean more than one time: the times of the column are written like {self.example!r}"

"""Which rows of a sheet may be rows of its table, by their numbers: `RowLimits`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from importer.core import LARGEST, ROW_KINDS, spans
from importer.errors import Fix, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EVERY_ROW", "RowLimits"]

Spans: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLimits:
    """The rows that the analyst names. What a file shows, such as its columns, is found from no other ones.

    Attributes
    ----------
    last
        The row with which the sheet ends, whatever follows; None for its own end.
    option
        Which option says so.
    wanted
        First and last row of each span to import; None for all rows.
    left_out
        First and last row of each span to leave out.
    """

    last: int | None = None
    option: str = "last_row"
    wanted: Spans | None = None
    left_out: Spans = ()

    @classmethod
    def of(
        cls,
        last_row: int | None = None,
        rows: str | None = None,
        leave_out: tuple[str, ...] | None = None,
        header_row: int | None = None,
    ) -> RowLimits:
        """What the options of these names say; of `leave_out` only its numbers."""
        numbers = ",".join(part for part in leave_out or () if part not in ROW_KINDS)
        wanted, left_out = None if rows is None else spans(rows), spans(numbers) if numbers else ()
        ends = {} if last_row is None else {"last_row": last_row}
        ends |= {} if wanted is None or wanted[-1][1] == LARGEST else {"rows": wanted[-1][1]}
        ends |= {"leave_out": left_out[-1][0] - 1} if left_out and left_out[-1][1] == LARGEST else {}
        ends = {option: last for option, last in ends.items() if last > (header_row or 0)}
        if not ends:
            return cls(wanted=wanted, left_out=left_out)
        option = min(ends, key=lambda name: ends[name])
        return cls(last=ends[option], option=option, wanted=wanted, left_out=left_out)

    @property
    def names_rows(self) -> bool:
        """Whether rows above the last one are named."""
        return self.wanted is not None or bool(self.left_out)

    def refuse_nothing(self, label: str) -> None:
        """Refuse a last row above which the sheet has no cells.

        Raises
        ------
        SourceError
            If there is a last row.
        """
        if self.last is not None:
            raise SourceError(
                f"{label} has no cells down to row {self.last:,}, so the table cannot end there",
                code="last-row-wrong",
                facts={"last_row": self.last, "sheet": label},
                fixes=[Fix(self.option, None, "to read to the end")],
            )

    def mask(self, rows: pl.Series) -> pl.Series:
        """Which of these row numbers may be rows of the table.

        Examples
        --------
        >>> RowLimits.of(9, "3-", ("totals", "5")).mask(pl.Series([2, 3, 5, 8, 12])).to_list()
        [False, True, False, True, False]
        >>> RowLimits.of(9, "3-7").last
        7
        """
        are = pl.repeat(value=True, n=len(rows), eager=True) if self.wanted is None else within(rows, self.wanted)
        are = are & ~within(rows, self.left_out) if self.left_out else are
        return are if self.last is None else are & (rows <= self.last)

    def shown_by(self, rows: Iterable[int]) -> set[int]:
        """Of the rows below a header that are looked at, those that show what the table is: all if none may be its."""
        numbers = list(rows)
        series = pl.Series(numbers, dtype=pl.Int64)
        return set(series.filter(self.mask(series))) or set(numbers)


EVERY_ROW = RowLimits()


def within(rows: pl.Series, wanted: Spans) -> pl.Series:
    """Which rows lie in one of the spans."""
    is_wanted = pl.repeat(value=False, n=len(rows), eager=True)
    for first, last in wanted:
        is_wanted |= (rows >= first) & (rows <= last)
    return is_wanted

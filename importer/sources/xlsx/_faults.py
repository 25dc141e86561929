"""Cells that lack their value or show another, as faults of a chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.core import FAULTS, filled
from importer.sources.xlsx.cells import MONEY, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.core import Header
    from importer.sources.xlsx.cells import Grid

__all__ = ["Faults"]

_SAYS: dict[Kind, tuple[str | None, str, str, str]] = {
    Kind.UNSAVED: (
        None,
        "formula-unsaved",
        "error",
        "the cell holds a formula without a saved value; open the workbook in a spreadsheet program and save it",
    ),
    Kind.DAY_ZERO: (
        "0",
        "day-zero",
        "warning",
        "the cell is a zero in the format of a date, which is not a day, so it is empty",
    ),
    Kind.WHOLE_DAY: ("1", "whole-day", "warning", "the cell shows 00:00 and holds 24 hours; it is taken as 00:00"),
}


class Faults:
    """Finds the faults of a sheet's cells, grid by grid, which must come in order.

    Parameters
    ----------
    header
        The columns.
    currencies
        Currencies that number formats show, by the code of their cells less `MONEY`.

    Examples
    --------
    >>> from importer.core import Header
    >>> from importer.sources.xlsx.cells import Grid
    >>> kinds = {"0": pl.Series([Kind.NUMBER, Kind.UNSAVED], dtype=pl.UInt16)}
    >>> grid = Grid(pl.DataFrame({"0": ["7", None]}), pl.Series([2, 3]), kinds, odd=("0",))
    >>> Faults(Header(row=1, labels=("total",)))(grid).select("row", "position", "rule").rows()
    [(3, 0, 'formula-unsaved')]
    """

    def __init__(self, header: Header, currencies: Sequence[str] = ()) -> None:
        self._span = range(header.first, header.first + len(header.labels))
        self._header, self._currencies = header, currencies
        self._first: dict[int, int] = {}

    def __call__(self, grid: Grid) -> pl.DataFrame | None:
        """The faults of cells under the header; None if there are none."""
        found = [*self._odd(grid), *(self._foreign(grid) if self._currencies else ())]
        return pl.concat(found).match_to_schema(FAULTS).sort("row", "position") if found else None

    def _odd(self, grid: Grid) -> Iterator[pl.DataFrame]:
        for name, kinds in grid.odd_kinds():
            for kind, said in _SAYS.items():
                at = filled(kinds == kind, value=False)
                if int(name) in self._span and at.any():
                    yield _faults(grid.rows.filter(at), int(name), said)

    def _foreign(self, grid: Grid) -> Iterator[pl.DataFrame]:
        """Cells in another currency than the first ones of their column."""
        for name, kinds in grid.kinds.items():
            position = int(name)
            for kind in [kinds] if isinstance(kinds, int) else kinds.unique(maintain_order=True).drop_nulls().to_list():
                at = grid.frame[name].is_not_null() if isinstance(kinds, int) else filled(kinds == kind, value=False)
                at = at & (grid.rows > self._header.row)
                if kind < MONEY or position not in self._span or not at.any():
                    continue
                first = self._first.setdefault(position, kind)
                if kind != first:
                    here, there = (self._currencies[each - MONEY] for each in (kind, first))
                    says = f"the number is in {here} by its format, and the first ones of the column are in {there}"
                    yield _faults(grid.rows.filter(at), position, (None, "other-currency", "warning", says))


def _faults(rows: pl.Series, position: int, said: tuple[str | None, str, str, str]) -> pl.DataFrame:
    value, rule, severity, message = said
    return pl.DataFrame({"row": rows}, schema_overrides={"row": pl.Int64}).with_columns(
        position=pl.lit(position, pl.Int64),
        value=pl.lit(value, pl.String),
        rule=pl.lit(rule),
        severity=pl.lit(severity, FAULTS["severity"]),
        message=pl.lit(message),
    )

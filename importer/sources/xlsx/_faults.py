"""Cells that lack their value or show another, as faults of a chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.core import FAULTS
from importer.sources.xlsx.cells import Kind

if TYPE_CHECKING:
    from importer.core import Header
    from importer.sources.xlsx.cells import Grid

__all__ = ["faults_of"]

_SAYS = {
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
        "the cell is a zero in the format of a date, which is no day, so it is empty",
    ),
    Kind.WHOLE_DAY: ("1", "whole-day", "warning", "the cell shows 00:00 and holds 24 hours; it is taken as 00:00"),
}


def faults_of(grid: Grid, header: Header) -> pl.DataFrame | None:
    """The faults of a grid's cells under the header; None if there are none.

    Examples
    --------
    >>> from importer.core import Header
    >>> from importer.sources.xlsx.cells import Grid
    >>> kinds = {"0": pl.Series([Kind.NUMBER, Kind.UNSAVED], dtype=pl.UInt16)}
    >>> grid = Grid(pl.DataFrame({"0": ["7", None]}), pl.Series([2, 3]), kinds)
    >>> faults_of(grid, Header(row=1, labels=("total",))).select("row", "position", "rule").rows()
    [(3, 0, 'formula-unsaved')]
    """
    span = range(header.first, header.first + len(header.labels))
    odd = [(int(name), kinds) for name, kinds in grid.odd() if int(name) in span]
    found = [
        pl.DataFrame({"row": grid.rows.filter(at)}, schema_overrides={"row": pl.Int64}).with_columns(
            position=pl.lit(position, pl.Int64),
            value=pl.lit(value, pl.String),
            rule=pl.lit(rule),
            severity=pl.lit(severity, FAULTS["severity"]),
            message=pl.lit(message),
        )
        for position, column in odd
        for kind, (value, rule, severity, message) in _SAYS.items()
        if (at := (column == kind).fill_null(value=False)).any()
    ]
    return pl.concat(found).match_to_schema(FAULTS).sort("row", "position") if found else None

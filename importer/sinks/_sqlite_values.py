"""Typed columns into values that SQLite stores, and the types it declares for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["bindable", "declared"]

EXACT_DIGITS = 15
"""Decimals up to so many digits are exact as SQLite's 8-byte floats; longer ones are stored as text."""


def declared(dtype: pl.DataType) -> str:
    """Type to declare, chosen so that SQLite's affinity rules never change a value.

    Examples
    --------
    >>> [declared(dtype) for dtype in (pl.Int32(), pl.Decimal(10, 2), pl.Decimal(30, 2), pl.Date(), pl.Enum(["a"]))]
    ['INTEGER', 'DECIMAL(10, 2)', 'DECIMAL_TEXT(30, 2)', 'DATE', 'TEXT']
    """
    if dtype.is_integer():
        return "INTEGER"
    if dtype.is_float():
        return "REAL"
    if isinstance(dtype, pl.Decimal):
        name = "DECIMAL" if (dtype.precision or EXACT_DIGITS + 1) <= EXACT_DIGITS else "DECIMAL_TEXT"
        return f"{name}({dtype.precision}, {dtype.scale})"
    names = {pl.Boolean: "BOOLEAN", pl.Date: "DATE", pl.Datetime: "DATETIME", pl.Time: "TIME", pl.Duration: "DURATION"}
    return names.get(type(dtype), "TEXT")


def bindable(column: pl.Series) -> Iterable[Any]:
    """Values as the driver takes them: dates and times ISO 8601, with a zone in UTC; booleans 0 and 1.

    Examples
    --------
    >>> from datetime import datetime
    >>> list(bindable(pl.Series([datetime(2025, 1, 31, 8, 30), None])))
    ['2025-01-31 08:30:00', None]
    """
    dtype = column.dtype
    if isinstance(dtype, pl.Boolean):
        column = column.cast(pl.Int8)
    elif isinstance(dtype, pl.Datetime):
        zone = "" if dtype.time_zone is None else "+00:00"
        column = column if dtype.time_zone is None else column.dt.convert_time_zone("UTC")
        column = column.dt.to_string(f"%Y-%m-%d %H:%M:%S%.f{zone}")
    elif isinstance(dtype, pl.Time):
        column = column.dt.to_string("%H:%M:%S%.f")
    elif isinstance(dtype, pl.Duration):
        column = column.dt.to_string("iso")
    elif isinstance(dtype, pl.Date | pl.Decimal | pl.Enum | pl.Categorical):
        column = column.cast(pl.String)
    return column.to_list()

"""Types of SQLite: how polars' types are declared and bound, and which values a declared one may hold as others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from importer.sinks._limits import beyond

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["affinity", "bindable", "declared", "may_bend"]

MOST_EXACT = 2**53
"""Whole numbers up to this are exact as SQLite's 8-byte floats."""

EXACT_DIGITS = 15
"""Decimals of up to so many digits are exact as SQLite's 8-byte floats; longer ones are stored as text."""


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


def affinity(declared: str) -> str:
    """What SQLite turns values into that it puts into a column declared so, where it can.

    Examples
    --------
    >>> [affinity(each) for each in ("BIGINT", "VARCHAR(9)", "", "DOUBLE", "DATE", "STRING")]
    ['INTEGER', 'TEXT', 'BLOB', 'REAL', 'NUMERIC', 'NUMERIC']
    """
    kinds = {"INT": "INTEGER", "CHAR": "TEXT", "CLOB": "TEXT", "TEXT": "TEXT", "BLOB": "BLOB"}
    kinds |= {"REAL": "REAL", "FLOA": "REAL", "DOUB": "REAL"}
    return next((kind for word, kind in kinds.items() if word in declared), "NUMERIC" if declared else "BLOB")


def may_bend(column: str, dtype: pl.DataType, there: str) -> pl.Expr | None:
    """Texts that look like numbers, and numbers with more digits than a float has, where SQLite converts them."""
    kind, values = affinity(there), pl.col(column)
    if kind in {"TEXT", "BLOB"}:
        return None
    if declared(dtype) == "TEXT":
        return values.cast(pl.String).str.contains(r"\d")
    if dtype.is_integer():
        return beyond(column, MOST_EXACT) if kind == "REAL" else None
    return pl.lit(value=True) if declared(dtype).startswith("DECIMAL_TEXT") else None


def bindable(column: pl.Series) -> Iterable[Any]:
    """Values as the driver takes them: dates and times as ISO 8601, with a zone in UTC; booleans as 0 and 1.

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

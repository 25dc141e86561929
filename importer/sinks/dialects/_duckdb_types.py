"""Types of DuckDB: how polars' types are declared, and which values a declared one may hold as others."""

from __future__ import annotations

import polars as pl

from importer.sinks._limits import beyond

__all__ = ["INTEGERS", "declared", "family", "may_bend", "same"]

TYPES = {
    pl.Int8: "TINYINT",
    pl.Int16: "SMALLINT",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.UInt8: "UTINYINT",
    pl.UInt16: "USMALLINT",
    pl.UInt32: "UINTEGER",
    pl.UInt64: "UBIGINT",
    pl.Float32: "FLOAT",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Time: "TIME",
    pl.Duration: "INTERVAL",
}

INTEGERS = {declared: dtype() for dtype, declared in TYPES.items() if dtype.is_integer()}

MOST_EXACT = 2**53
"""Whole numbers up to this are exact as 8-byte floats."""

FAMILIES = {declared.partition(" ")[0]: declared for declared in TYPES.values()} | dict.fromkeys(
    [*INTEGERS, "HUGEINT", "UHUGEINT", "DECIMAL", "DOUBLE", "FLOAT"], "number"
)
FAMILIES |= {"TIMESTAMP": "moment", "TIMESTAMP_S": "moment", "TIMESTAMP_MS": "moment", "TIMESTAMP_NS": "moment"}
FAMILIES |= {"TIMESTAMP WITH TIME ZONE": "moment with zone", "TIME WITH TIME ZONE": "time with zone"}


def declared(dtype: pl.DataType) -> str:
    """Type to declare for a column."""
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision}, {dtype.scale})"
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is not None:
            return "TIMESTAMP WITH TIME ZONE"
        return {"ms": "TIMESTAMP_MS", "us": "TIMESTAMP", "ns": "TIMESTAMP_NS"}[dtype.time_unit]
    return TYPES.get(type(dtype), "VARCHAR")


def may_bend(column: str, dtype: pl.DataType, there: str) -> pl.Expr | None:
    """Numbers with digits that the column lacks, moments finer than it, texts that are notations of its type."""
    wanted, values = declared(dtype), pl.col(column)
    if same(wanted) == same(there) or (family(there) == "text" and there == "VARCHAR"):
        return None
    if there in INTEGERS and dtype.is_float():
        return (values.round() != values) | (values.abs() > MOST_EXACT) | values.is_nan()
    if there in INTEGERS and dtype.is_integer():
        return None
    if there == "DOUBLE" and dtype.is_integer():
        return beyond(column, MOST_EXACT)
    return pl.lit(value=True)


def family(declared: str) -> str:
    """Types of one kind; all that hold neither numbers nor dates take their values as text.

    Examples
    --------
    >>> [family(each) for each in ("DECIMAL(10,2)", "BIGINT", "VARCHAR", "ENUM('INT')", "INTEGER[]", "DATE")]
    ['number', 'number', 'text', 'text', 'text', 'DATE']
    """
    return "text" if declared.endswith("]") else FAMILIES.get(declared.partition("(")[0], "text")


def same(declared: str) -> str:
    """The type without spaces, which DuckDB leaves out."""
    return declared.replace(", ", ",")

"""Types of PostgreSQL: how polars' types are declared, and which values a declared one may hold as others."""

from __future__ import annotations

import re

import polars as pl

from importer.sinks._limits import beyond

__all__ = ["EXACT", "INTEGERS", "TEXTS", "WHOLE", "declared", "family", "kind", "may_bend"]

TYPES = {
    pl.Int8: "smallint",
    pl.Int16: "smallint",
    pl.Int32: "integer",
    pl.Int64: "bigint",
    pl.UInt8: "smallint",
    pl.UInt16: "integer",
    pl.UInt32: "bigint",
    pl.UInt64: "numeric(20, 0)",
    pl.Float32: "real",
    pl.Float64: "double precision",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Time: "time without time zone",
    pl.Duration: "interval",
}

INTEGERS = {"SMALLINT": pl.Int16(), "INTEGER": pl.Int32(), "BIGINT": pl.Int64()}

NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")

CLOCKS = tuple(f"{kind} {zone} time zone" for kind in ("time", "timestamp") for zone in ("with", "without"))

FAMILIES = dict.fromkeys(NUMBERS, "number") | {kind: kind for kind in ("boolean", "date", *CLOCKS)}
"""Kinds of types; all others take their values as text."""

TEXTS = ("text", "character varying", "character", "name")

EXACT = ("boolean", "date", "uuid", "jsonb", "bytea", "smallint", "integer", "bigint", "numeric", "timestamp", "time")
"""Types whose equality is that of their values; texts may ignore case, and floats take -0 for 0."""

SETTLED = {*TEXTS, *NUMBERS, "boolean", "uuid", "json", "jsonb"}
"""Types that make one value of a text, besides those of dates."""

WHOLE = ("smallint", "integer", "bigint")
MOST_WHOLE = 2.0**63

MOST_EXACT = {"double precision": 2**53, "real": 2**24}
"""Whole numbers up to this are exact as floats."""


def declared(dtype: pl.DataType) -> str:
    """Type to declare for a column.

    Examples
    --------
    >>> declared(pl.Decimal(10, 2)), declared(pl.Datetime("us", "UTC")), declared(pl.Enum(["a"]))
    ('numeric(10, 2)', 'timestamp with time zone', 'text')
    """
    if isinstance(dtype, pl.Decimal):
        return f"numeric({dtype.precision}, {dtype.scale})"
    if isinstance(dtype, pl.Datetime):
        return f"timestamp with{'out' if dtype.time_zone is None else ''} time zone"
    return TYPES.get(type(dtype), "text")


def may_bend(column: str, dtype: pl.DataType, there: str) -> pl.Expr | None:
    """Numbers with digits that the column lacks, moments finer than it, texts that are notations of its type."""
    wanted, values = declared(dtype), pl.col(column)
    bare, length = kind(there), _length(there)
    if _same(wanted) == _same(there) or there in {"text", "character varying", "citext", "json", "numeric"}:
        return None
    if bare == "character varying":
        return values.cast(pl.String).str.len_chars() > length
    if dtype.is_integer():
        most = MOST_EXACT.get(bare)
        if most is not None:
            return beyond(column, most)
        return pl.lit(value=True) if "-" in there else None
    if dtype.is_float() and bare in WHOLE:
        return (values.round() != values) | (values.abs() >= MOST_WHOLE) | values.is_nan()
    return pl.lit(value=True)


def is_settled(dtype: pl.DataType, there: str) -> bool:
    """Whether a column makes the same of such values at any time, whatever the session or the type is set to.

    Examples
    --------
    >>> is_settled(pl.String(), "character varying(9)"), is_settled(pl.String(), "mood")
    (True, False)
    >>> is_settled(pl.Datetime("us", "UTC"), "timestamp with time zone"), is_settled(pl.String(), "date")
    (True, False)
    """
    bare = kind(there)
    if bare in {"date", *CLOCKS}:
        return declared(dtype) == bare
    return bare in SETTLED


def kind(declared: str) -> str:
    """The type without lengths and digits.

    Examples
    --------
    >>> kind("timestamp(0) without time zone"), kind("numeric(10,2)")
    ('timestamp without time zone', 'numeric')
    """
    return re.sub(r"\(.*?\)", "", declared)


def _length(declared: str) -> int:
    """The length of a text."""
    found = re.search(r"\((\d+)\)", declared)
    return int(found[1]) if found else 0


def _same(declared: str) -> str:
    """The type without spaces after commas, which PostgreSQL leaves out."""
    return declared.replace(", ", ",")


def family(declared: str) -> str:
    """Types among which a value keeps its kind; all that hold neither numbers nor dates take their values as text.

    Examples
    --------
    >>> family("numeric(10, 2)") == family("bigint"), family("integer[]"), family("mood")
    (True, 'text', 'text')
    """
    bare = kind(declared)
    return "interval" if bare.startswith("interval") else FAMILIES.get(bare, "text")

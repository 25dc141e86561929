"""A table that is there, as the database tells of it: `Column`, `Described`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.sinks._tables import Catalog

__all__ = ["Column", "Described", "described", "dtype_of"]

WORDS = (
    (("CHAR", "TEXT", "CLOB"), pl.String()),
    (("INTERVAL", "DURATION"), pl.Duration("us")),
    (("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"), pl.Datetime("us", "UTC")),
    (("TIMESTAMP", "DATETIME"), pl.Datetime("us")),
    (("DATE",), pl.Date()),
    (("TIME",), pl.Time()),
    (("BOOL",), pl.Boolean()),
    (("DOUB", "REAL", "FLOA", "NUMERIC", "DECIMAL"), pl.Float64()),
    (("INT",), pl.Int64()),
)
"""Words in a declared type, and what its values are; the first that is found decides."""


class Column(NamedTuple):
    """A column of a table that is there; required where it must be filled and nothing fills it by itself."""

    name: str
    declared: str
    is_required: bool
    is_key: bool = False


@runtime_checkable
class Described(Protocol):
    """A sink that can tell of a table that is there."""

    def described(self, table: str) -> tuple[tuple[Column, pl.DataType], ...]:
        """Its columns with the types of their values, none where there is no such table; nothing is made."""
        ...


def described(
    catalog: Catalog, table: str, integers: Mapping[str, pl.DataType]
) -> tuple[tuple[Column, pl.DataType], ...]:
    """What the catalog tells of a table."""
    if catalog.kind(table) != "table":
        return ()
    return tuple((column, dtype_of(column.declared, integers)) for column in catalog.columns(table))


def dtype_of(declared: str, integers: Mapping[str, pl.DataType]) -> pl.DataType:
    """Type of a declared column's values; whole numbers as the database names them, text where nothing is known.

    Examples
    --------
    >>> dtype_of("DECIMAL(10, 2)", {}), dtype_of("timestamp without time zone", {}), dtype_of("uuid", {})
    (Decimal(precision=10, scale=2), Datetime(time_unit='us', time_zone=None), String)
    """
    text = declared.upper()
    if text in integers:
        return integers[text]
    if digits := re.match(r"(?:DECIMAL|DECIMAL_TEXT|NUMERIC) *\((\d+), *(\d+)\)", text):
        return pl.Decimal(int(digits[1]), int(digits[2]))
    return next((dtype for words, dtype in WORDS if any(word in text for word in words)), pl.String())

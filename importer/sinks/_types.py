"""Declared types of a database as polars types: `dtype_of`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["dtype_of"]

WORDS = (
    (("CHAR", "TEXT", "CLOB"), pl.String()),
    (("INTERVAL", "DURATION"), pl.Duration("us")),
    (("TIME WITH TIME ZONE", "TIMETZ"), pl.String()),
    (("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"), pl.Datetime("us", "UTC")),
    (("TIMESTAMP", "DATETIME"), pl.Datetime("us")),
    (("DATE",), pl.Date()),
    (("TIME",), pl.Time()),
    (("BOOL",), pl.Boolean()),
    (("DOUB", "REAL", "FLOA", "NUMERIC", "DECIMAL"), pl.Float64()),
    (("INT",), pl.Int64()),
)
"""Words in a declared type, and the type of its values; the first match decides."""


def dtype_of(declared: str, integers: Mapping[str, pl.DataType]) -> pl.DataType:
    """Type of a declared column's values; `integers` names the database's own integer types, and text is the default.

    Examples
    --------
    >>> dtype_of("DECIMAL(10, 2)", {}), dtype_of("timestamp without time zone", {}), dtype_of("uuid", {})
    (Decimal(precision=10, scale=2), Datetime(time_unit='us', time_zone=None), String)
    >>> dtype_of("timestamp(3) with time zone", {})
    Datetime(time_unit='us', time_zone='UTC')
    """
    text = declared.upper()
    return integers[text] if text in integers else _by_word(text)


@lru_cache(maxsize=256)
def _by_word(text: str) -> pl.DataType:
    """Type of values that are declared so, in upper case, unless the database says otherwise."""
    if digits := re.match(r"(?:DECIMAL|DECIMAL_TEXT|NUMERIC) *\((\d+), *(\d+)\)", text):
        return pl.Decimal(int(digits[1]), int(digits[2]))
    bare = re.sub(r" *\(\d+\)", "", text)
    return next((dtype for words, dtype in WORDS if any(word in bare for word in words)), pl.String())

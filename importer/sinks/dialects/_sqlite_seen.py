"""What a column of SQLite holds, whose declared type binds nobody: `dtype_seen`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LOOKED_AT", "dtype_seen"]

LOOKED_AT = 100
"""Rows at the beginning of a table that show what its columns hold."""

DAY, CLOCK, ZONE = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?", r"(?:Z|[+-]\d\d:\d\d)"
MOMENT = f"{DAY}[ T]{CLOCK}"
ZONED = re.compile(f"{MOMENT}{ZONE}")
TEXTS = {pl.Date: DAY, pl.Datetime: f"{MOMENT}|{DAY}", pl.Time: CLOCK, pl.Duration: "-?P.*"}
PATTERNS = {dtype: re.compile(text) for dtype, text in TEXTS.items()}
"""Texts as an import writes them."""


def dtype_seen(dtype: pl.DataType, values: Sequence[Any]) -> pl.DataType:
    """Type of the values of a column declared as dates, times or booleans, by what it holds.

    Examples
    --------
    >>> dtype_seen(pl.Date(), ["2025-01-31"]), dtype_seen(pl.Date(), ["31.01.2025"]), dtype_seen(pl.Date(), [20250131])
    (Date, String, Int64)
    >>> dtype_seen(pl.Datetime("us"), ["2025-01-31 10:00:00+00:00"])
    Datetime(time_unit='us', time_zone='UTC')
    """
    if isinstance(dtype, pl.Boolean):
        return dtype if all(value in (0, 1) for value in values) else _other(values)
    if not values or not dtype.is_temporal():
        return dtype
    if isinstance(dtype, pl.Datetime) and _all(values, ZONED):
        return pl.Datetime(dtype.time_unit, "UTC")
    return dtype if _all(values, PATTERNS[type(dtype)]) else _other(values)


def _all(values: Sequence[Any], pattern: re.Pattern[str]) -> bool:
    return all(isinstance(value, str) and pattern.fullmatch(value) for value in values)


def _other(values: Sequence[Any]) -> pl.DataType:
    """Whole numbers, numbers, or else text."""
    if all(isinstance(value, int) for value in values):
        return pl.Int64()
    return pl.Float64() if all(isinstance(value, int | float) for value in values) else pl.String()

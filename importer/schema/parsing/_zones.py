"""Convert moments to the unit, zone and range of years of their column."""

from __future__ import annotations

from typing import Final

import polars as pl

from importer.schema.parsing._cells import keep

__all__ = ["NANOS_YEARS", "UNIT_NS", "YEARS", "in_years", "settled"]

YEARS = (1000, 9999)
"""First and last plausible year."""
NANOS_YEARS = (1678, 2261)
"""First and last year that nanoseconds cover entirely."""

FIRST, LAST = -354_284, 2_932_895
"""One day inside 1000-01-01 to 9999-12-31, counted from 1970-01-01; no zone matters within."""

UNIT_NS: Final = {"ms": 1_000_000, "us": 1_000, "ns": 1}
DAY_NS = 86_400_000_000_000


def in_years(values: pl.Series) -> pl.Series:
    """Dates or moments, null if the year is outside 1000 to 9999."""
    days = values.to_physical()
    unit = 1 if values.dtype == pl.Date else DAY_NS // UNIT_NS[values.dtype.time_unit]  # type: ignore[attr-defined]
    low, high = days.min(), days.max()
    if low is None or (low >= FIRST * unit and high <= LAST * unit):  # type: ignore[operator]
        return values
    return keep(values, values.dt.year().is_between(*YEARS))


def settled(moments: pl.Series, dtype: pl.DataType, *, is_utc: bool | pl.Series) -> pl.Series:
    """Moments without a zone as values of the column.

    Null if the column cannot hold them: a time of day in a date, a zone in a column without one,
    more decimals or other years than its unit allows, and local times that do not exist or exist twice.
    """
    if isinstance(is_utc, bool):
        is_utc = pl.repeat(is_utc, len(moments), dtype=pl.Boolean, eager=True)
    if not isinstance(dtype, pl.Datetime):
        is_midnight = moments.to_physical() % (DAY_NS // UNIT_NS[moments.dtype.time_unit]) == 0  # type: ignore[attr-defined]
        return in_years(keep(moments, is_midnight).cast(pl.Date))
    moments = in_years(_in_unit(moments, dtype))
    if dtype.time_zone is None:
        return keep(moments, ~is_utc)
    utc = moments.dt.replace_time_zone("UTC").dt.convert_time_zone(dtype.time_zone)
    if is_utc.all():
        return in_years(utc)
    local = moments.dt.replace_time_zone(dtype.time_zone, ambiguous="null", non_existent="null")
    return in_years(utc.zip_with(is_utc, local))


def _in_unit(moments: pl.Series, dtype: pl.Datetime) -> pl.Series:
    if moments.dtype == dtype or moments.dtype == pl.Datetime(dtype.time_unit):
        return moments
    if dtype.time_unit == "ns":
        return keep(moments, moments.dt.year().is_between(*NANOS_YEARS)).cast(pl.Datetime("ns"))
    return keep(moments, moments.to_physical() % 1000 == 0).cast(pl.Datetime(dtype.time_unit))

"""Dates and date-times, as people write them, with or without a zone."""

from __future__ import annotations

import calendar
import re
from typing import TYPE_CHECKING

import polars as pl

from importer.schema.parsing._cells import ascii_text, keep, plain, short
from importer.schema.parsing._clock import CLOCK, clock_fault, nanos
from importer.schema.parsing._dates import SERIAL, days, full_year, last_year, parts, serial_days
from importer.schema.parsing._formats import by_formats, machine_written
from importer.schema.parsing._zones import NANOS_YEARS, UNIT_NS, YEARS, settled

if TYPE_CHECKING:
    from importer.schema._schema import Format

__all__ = ["canonical", "read", "why"]

MOMENT = rf"(?P<date>.+?)(?:[Tt]|,? +){CLOCK}(?: ?(?P<zone>[Zz]|UTC|GMT|[-+][0-9]{{2}}(?::?[0-9]{{2}})?))?"
DAY_MS = 86_400_000


def canonical(cells: pl.Series, dtype: pl.DataType, written: Format) -> pl.Series:
    """Values of cells in the format of the first ones; null for all others."""
    if written.formats:
        return by_formats(cells, dtype, written.formats, last_year(written))
    return machine_written(cells, dtype, day_first=written.day_first, last_year=last_year(written))


def read(cells: pl.Series, dtype: pl.DataType, written: Format) -> pl.Series:
    """Dates in any common format, from trimmed cells; null for all others."""
    if written.formats:
        return by_formats(cells, dtype, written.formats, last_year(written))
    text = plain(cells)
    has_clock = text.str.contains("[0-9]:[0-9]")
    found = pl.DataFrame({"day": days(keep(text, ~has_clock), written)})
    found = found.with_columns(nanos=pl.lit(0, pl.Int64), offset=pl.lit(None, pl.Int64))
    if has_clock.any():
        found = _put(found, has_clock, _clocked(text.filter(has_clock), written))
    left = found["day"].is_null() & text.str.contains(f"^{SERIAL}$")
    if left.any():
        found = _put(found, left, _serials(text.filter(left)))
    return _assembled(found, dtype)


def _put(found: pl.DataFrame, where: pl.Series, others: pl.DataFrame) -> pl.DataFrame:
    index = where.arg_true()
    return pl.DataFrame([found[name].scatter(index, others[name]) for name in found.columns])


def _clocked(text: pl.Series, written: Format) -> pl.DataFrame:
    """Days, nanoseconds since midnight and minutes east of Greenwich of cells with a time of day."""
    found = text.str.extract_groups(f"^{MOMENT}$").struct.unnest()
    time = nanos(found)
    zone = pl.col("zone")
    digits = zone.str.replace_all("[^0-9]", "")
    hours, minutes = (digits.str.slice(at, 2).cast(pl.Int64, strict=False).fill_null(0) for at in (0, 2))
    away = hours * 60 + minutes
    is_real = (minutes < 60) & (hours < 24)  # noqa: PLR2004
    signed = pl.when(zone.str.starts_with("-")).then(-away).otherwise(away)
    offset = found.select(minutes=pl.when(zone.is_not_null() & is_real).then(signed), is_fit=zone.is_null() | is_real)
    day = days(found["date"], written)
    return pl.DataFrame(
        {"day": keep(day, time.is_not_null() & offset["is_fit"]), "nanos": time, "offset": offset["minutes"]}
    )


def _serials(text: pl.Series) -> pl.DataFrame:
    """The same for Excel serials with a fraction, to the millisecond."""
    ms = (serial_days(text) * DAY_MS).round().cast(pl.Int64)
    return pl.DataFrame(
        {
            "day": (ms // DAY_MS).cast(pl.Int32).cast(pl.Date),
            "nanos": ms % DAY_MS * 1_000_000,
            "offset": pl.repeat(None, len(text), dtype=pl.Int64, eager=True),
        }
    )


def _assembled(found: pl.DataFrame, dtype: pl.DataType) -> pl.Series:
    if not isinstance(dtype, pl.Datetime):
        return keep(found["day"], found["nanos"] == 0)
    ns = UNIT_NS[dtype.time_unit]
    second = 1_000_000_000 // ns
    is_held = found["nanos"] % ns == 0
    if dtype.time_unit == "ns":
        is_held &= found["day"].dt.year().is_between(*NANOS_YEARS)
    held = keep(found["day"], is_held).to_physical().cast(pl.Int64)
    total = (held * 86_400 - found["offset"].fill_null(0) * 60) * second + found["nanos"] // ns
    return settled(total.cast(pl.Datetime(dtype.time_unit)), dtype, is_utc=found["offset"].is_not_null())


def why(value: str, dtype: pl.DataType, written: Format) -> str:
    """Explain why the cell is not a date or date-time of this type."""
    shown, kind = short(value), "a date" if dtype == pl.Date else "a date and time"
    if written.formats:
        return f"{shown} is not {kind} written as {' or '.join(map(repr, written.formats))}"
    text = ascii_text(value)
    found = re.fullmatch(MOMENT, text)
    a, b, c, mark = parts(pl.Series([text if found is None else found["date"]]), written).row(0)
    if a is None:
        return f"{shown} is not {kind}"
    if len(a) == 4:  # noqa: PLR2004 - digits of a year
        year, month, day = a, b, c
    elif mark in {"-", "/"} and written.day_first is None:
        return f"{shown} can be read day first or month first, and nothing says which; day_first decides"
    else:
        year, month, day = (c, b, a) if mark == "." or written.day_first else (c, a, b)
    fault = _day_fault(year, int(month), int(day), last_year(written))
    if fault:
        return f"{shown} is not a date: {fault}"
    fault = None if found is None else _clock_fault(found, dtype)
    return f"{shown} {fault or _place_fault(dtype) or f'is not {kind}'}"


def _day_fault(year: str, month: int, day: int, last: int) -> str | None:
    if len(year) not in {2, 4}:
        return f"{year!r} is not a year"
    number = full_year(year, last)
    if not YEARS[0] <= number <= YEARS[1]:
        return f"the year {number} is not within {YEARS[0]} to {YEARS[1]}"
    if not 1 <= month <= 12:  # noqa: PLR2004
        return f"there is no month {month}"
    length = calendar.monthrange(number, month)[1]
    return None if 1 <= day <= length else f"{calendar.month_name[month]} {number} has {length} days"


def _clock_fault(found: re.Match[str], dtype: pl.DataType) -> str | None:
    fault = clock_fault(found, dtype.time_unit if isinstance(dtype, pl.Datetime) else "ns")
    if fault:
        return fault
    if dtype == pl.Date:
        return "holds a time of day, which a date does not; a Datetime column does"
    if found["zone"] and dtype.time_zone is None:  # type: ignore[attr-defined]
        return "holds a time zone, and the column has none; the type Datetime with a time zone does"
    return None


def _place_fault(dtype: pl.DataType) -> str | None:
    if isinstance(dtype, pl.Datetime) and dtype.time_zone not in {None, "UTC"}:
        return f"is not a clear moment in {dtype.time_zone}: the clocks change then, and it exists twice or not at all"
    if isinstance(dtype, pl.Datetime) and dtype.time_unit == "ns":
        return f"is outside the years {NANOS_YEARS[0]} to {NANOS_YEARS[1]}, which is all that nanoseconds reach"
    return None

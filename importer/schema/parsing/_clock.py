"""Times of day and durations, as people write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import polars as pl

from importer.schema.parsing._cells import ascii_text, keep, plain, short
from importer.schema.parsing._dates import last_year
from importer.schema.parsing._formats import by_formats, machine_written
from importer.schema.parsing._zones import UNIT_NS

if TYPE_CHECKING:
    from importer.schema._schema import Format

__all__ = ["CLOCK", "canonical", "clock_fault", "nanos", "read", "why"]

CLOCK = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]+))?)?"
    r"(?: ?(?P<half>[AaPp])\.? ?[Mm]\.?)?"
)
SPAN = (
    r"(?P<sign>[-+])?(?:(?P<day>[0-9]{1,7}) ?(?:d|days?),? )?"
    r"(?P<hour>[0-9]{1,7}):(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9])(?:[.,](?P<part>[0-9]+))?)?"
)
ISO_SPAN = (
    r"(?P<sign>[-+])?P(?:(?P<week>[0-9]{1,6})W)?(?:(?P<day>[0-9]{1,7})D)?"
    r"(?:T(?:(?P<hour>[0-9]{1,9})H)?(?:(?P<minute>[0-9]{1,9})M)?(?:(?P<second>[0-9]{1,9})(?:[.,](?P<part>[0-9]+))?S)?)?"
)
FRACTION = r"[-+]?(?:0?\.[0-9]+|0|[0-9](?:\.[0-9]+)?[eE]-[0-9]{1,3})"
"""Fraction of a day, as Excel stores times."""

SECONDS: Final = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
DAY_MS = 86_400_000
LARGEST = 2**63 - 1


def canonical(cells: pl.Series, dtype: pl.DataType, written: Format) -> pl.Series:
    """Times in machine-written form; durations have no such form."""
    if dtype != pl.Time:
        return pl.repeat(None, len(cells), dtype=dtype, eager=True)
    if written.formats:
        return by_formats(cells, dtype, written.formats, last_year(written))
    return machine_written(cells, dtype, day_first=None, last_year=last_year(written))


def read(cells: pl.Series, dtype: pl.DataType, written: Format) -> pl.Series:
    """Times or durations of trimmed cells; null for all others."""
    if dtype == pl.Time and written.formats:
        return by_formats(cells, dtype, written.formats, last_year(written))
    text = plain(cells)
    found = _time(text) if dtype == pl.Time else _span(text, dtype)
    left = found.is_null()
    return found.scatter(left.arg_true(), _share(text.filter(left), dtype)) if left.any() else found


def _time(text: pl.Series) -> pl.Series:
    return nanos(text.str.extract_groups(f"^{CLOCK}$").struct.unnest()).cast(pl.Time)


def nanos(found: pl.DataFrame) -> pl.Series:
    """Nanoseconds since midnight of the fields of `CLOCK`; null if no clock shows such a time."""
    hour, minute, second = (pl.col(name).cast(pl.Int64) for name in ("hour", "minute", "second"))
    half = pl.col("half").str.to_lowercase()
    by_half = pl.when(hour.is_between(1, 12)).then(hour % 12 + pl.when(half == "p").then(12).otherwise(0))
    of_day = pl.when(half.is_null()).then(hour).otherwise(by_half)
    seconds = of_day * 3600 + minute * 60 + second.fill_null(0)
    is_real = (of_day < 24) & (minute < 60) & (second.fill_null(0) < 60)  # noqa: PLR2004
    return found.select(pl.when(is_real).then(seconds * 1_000_000_000 + _part_ns())).to_series()


def _part_ns() -> pl.Expr:
    """Nanoseconds of the decimals of a second, null if they are finer."""
    part = pl.col("part")
    is_coarse = ~part.str.slice(9).str.contains("[1-9]")
    ns = part.str.slice(0, 9).str.pad_end(9, "0").cast(pl.Int64)
    return pl.when(part.is_null()).then(0).when(is_coarse).then(ns)


def _span(text: pl.Series, dtype: pl.DataType) -> pl.Series:
    either = [text.str.extract_groups(f"^{pattern}$").struct.unnest() for pattern in (SPAN, ISO_SPAN)]
    found = either[1].with_columns(
        pl.when(either[0]["hour"].is_not_null()).then(either[0][name]).otherwise(pl.col(name)).alias(name)
        for name in either[0].columns
    )
    amounts = {name: pl.col(name).cast(pl.Int64) for name in SECONDS}
    seconds = pl.sum_horizontal(amounts[name].fill_null(0) * worth for name, worth in SECONDS.items())
    is_any = pl.any_horizontal(amount.is_not_null() for amount in amounts.values())
    # "-1 day, 23:00:00" means an hour ago to some who write it.
    is_clear = pl.col("sign").is_null() | pl.col("day").is_null() | text.str.contains("P", literal=True)
    unit = UNIT_NS[dtype.time_unit]  # type: ignore[attr-defined]
    is_held = (seconds < LARGEST // (1_000_000_000 // unit)) & (_part_ns() % unit == 0)
    total = seconds * (1_000_000_000 // unit) + _part_ns() // unit
    signed = pl.when(pl.col("sign") == "-").then(-total).otherwise(total)
    return found.select(pl.when(is_any & is_clear & is_held).then(signed)).to_series().cast(dtype)


def _share(text: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Fractions of a day, to the millisecond. A whole day or more may mean hours."""
    share = keep(text, text.str.contains(f"^{FRACTION}$")).cast(pl.Float64, strict=False)
    ms = (share * DAY_MS).round().cast(pl.Int64)
    least = 0 if dtype == pl.Time else 1 - DAY_MS
    unit = 1 if dtype == pl.Time else UNIT_NS[dtype.time_unit]  # type: ignore[attr-defined]
    return (keep(ms, ms.is_between(least, DAY_MS - 1)) * (1_000_000 // unit)).cast(dtype)


def clock_fault(found: re.Match[str], unit: str) -> str | None:
    """What is wrong with the fields of `CLOCK`, as the end of a sentence; None if they are right."""
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if found["half"] and not 1 <= hour <= 12:  # noqa: PLR2004
        return f"is not a time of day: the hours before and after noon go from 1 to 12, not {hour}"
    if hour > 23:  # noqa: PLR2004
        return f"is not a time of day: the hours go to 23, not {hour}"
    if max(minute, second) > 59:  # noqa: PLR2004
        return f"is not a time of day: minutes and seconds go to 59, not {max(minute, second)}"
    places = len((found["part"] or "").rstrip("0"))
    most = {"ms": 3, "us": 6, "ns": 9}[unit]
    return f"has more than the {most} decimals of a second that the column holds" if places > most else None


def why(value: str, dtype: pl.DataType, written: Format) -> str:
    """Explain why the cell is not a time or a duration."""
    shown, text = short(value), ascii_text(value)
    if dtype == pl.Time and written.formats:
        return f"{shown} is not a time written as {' or '.join(map(repr, written.formats))}"
    if dtype == pl.Time:
        found = re.fullmatch(CLOCK, text)
        fault = found and clock_fault(found, "ns")
        return f"{shown} {fault or 'is not a time of day'}"
    if re.fullmatch(r"[-+]?[0-9]+(?:\.[0-9]*)?", text):
        return f"{shown} does not say whether it counts days, hours or minutes; '7:30' is clear"
    return f"{shown} is not a length of time"

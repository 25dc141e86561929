"""Serial numbers of days as ISO 8601 text."""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from importer.core import select_here
from importer.sources.xlsx.cells._kinds import Kind

__all__ = ["moments"]

_ISO = "%Y-%m-%dT%H:%M:%S%.3f"
_DAY_MS, _HOUR_MS = 86_400_000, 3_600_000
_LEAP_BUG = 60
"""Serial of 29 February 1900, which never existed. Serials before it are off by one."""

_END_1900, _END_1904 = 2_958_466, 2_957_004
_UNIX_1900, _UNIX_1904 = 25_569, 24_107

_SPAN_DAYS = 366
"""A time of day with fewer days is a span of time that grew beyond 24 hours, not a day of 1900."""

SERIAL, MS = pl.col("serial"), pl.col("ms")
# To the nearest millisecond, the resolution of spreadsheets.
_MS = (
    (pl.when(SERIAL.is_between(0, _END_1900)).then(SERIAL) * _DAY_MS + 0.5).floor().cast(pl.Int64).alias("ms"),
    ((SERIAL > 0) & (SERIAL < 1)).alias("is_time"),
    (SERIAL < _SPAN_DAYS).alias("is_span"),
)


def moments(serials: pl.Series, kind: Kind, *, date1904: bool) -> pl.Series:
    """Dates, times of day or spans of time, null if the serial is negative or too large.

    Parameters
    ----------
    serials
        Days as ``Float64``.
    kind
        What the number format shows. A value keeps what the format hides: the time of a date, the date of
        a time, the hours beyond a day. A part of a day is a time whatever the format.

    Examples
    --------
    >>> days = pl.Series([0.25, 45688.0, 45688.354166667, -1.0])
    >>> moments(days, Kind.DATE, date1904=False).to_list()
    ['06:00:00', '2025-01-31', '2025-01-31T08:30:00', None]
    >>> moments(pl.Series([0.25, 1.25, 45688.5]), Kind.TIME, date1904=False).to_list()
    ['06:00:00', '30:00:00', '2025-01-31T12:00:00']
    """
    if kind is Kind.DATE and (days := _days(serials, date1904=date1904)) is not None:
        return days
    frame = select_here(serials.alias("serial").to_frame(), *_MS)
    frame = select_here(frame, *_bounded(_END_1904 if date1904 else _END_1900))
    made = select_here(frame, _text(kind, date1904=date1904)).to_series()
    ms = frame.to_series()
    bug = (ms >= _LEAP_BUG * _DAY_MS) & (ms < (_LEAP_BUG + 1) * _DAY_MS)
    if date1904 or kind in {Kind.ELAPSED, Kind.TIME} or not bug.any():
        return made
    return made.scatter(bug.arg_true(), made.filter(bug).str.replace("1900-02-28", "1900-02-29", literal=True))


def _days(serials: pl.Series, *, date1904: bool) -> pl.Series | None:
    """Fast path for dates without a time, three times as fast; None if a date has a time or is unusual."""
    first, end, unix = (0, _END_1904, _UNIX_1904) if date1904 else (_LEAP_BUG + 1, _END_1900, _UNIX_1900)
    days = serials.cast(pl.Int64, strict=False)
    is_usual = (days == serials) & (days >= first) & (days < end)
    return (days - unix).cast(pl.Date).cast(pl.String) if is_usual.all() else None


@lru_cache
def _bounded(end: int) -> tuple[pl.Expr, ...]:
    return pl.when(MS.is_between(0, end * _DAY_MS, closed="left")).then(MS), pl.col("is_time"), pl.col("is_span")


@lru_cache
def _text(kind: Kind, *, date1904: bool) -> pl.Expr:
    """What cells of this kind of number format show."""
    span = (MS // _HOUR_MS).cast(pl.String).str.zfill(2) + _written(MS % _HOUR_MS, ":%M:%S%.3f")
    if kind is Kind.ELAPSED:
        return span
    moment = _moment(MS, date1904=date1904)
    if kind is Kind.DATE:
        moment = moment.str.strip_suffix("T00:00:00")
    time = pl.when("is_time").then(_written(pl.min_horizontal(MS, _DAY_MS - 1), "%H:%M:%S%.3f"))
    return time.when("is_span").then(span).otherwise(moment) if kind is Kind.TIME else time.otherwise(moment)


def _moment(ms: pl.Expr, *, date1904: bool) -> pl.Expr:
    """Date and time of milliseconds since the day before the first."""
    if date1904:
        return _written(ms - _UNIX_1904 * _DAY_MS, _ISO)
    early = (ms < _LEAP_BUG * _DAY_MS).cast(pl.Int64) * _DAY_MS
    return _written(ms - _UNIX_1900 * _DAY_MS + early, _ISO)


def _written(ms: pl.Expr, form: str) -> pl.Expr:
    """Milliseconds since 1970 in that form, with thousandths only if not zero."""
    return ms.cast(pl.Datetime("ms")).dt.strftime(form).str.strip_suffix(".000")

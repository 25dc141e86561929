"""Serial numbers of days as ISO 8601 text."""

from __future__ import annotations

import polars as pl

from importer.sources._xlsx_styles import Kind

__all__ = ["moments"]

_DAY_MS = 86_400_000
_LEAP_BUG = 60
"""Serial of 29 February 1900, a day that never was; the days before it are one off."""

_END_1900, _END_1904 = 2_958_466, 2_957_004
_UNIX_1900, _UNIX_1904 = 25_569, 24_107


def moments(serials: pl.Series, kind: Kind, *, date1904: bool) -> pl.Series:
    """Dates, times of day or spans of time, null where the serial is negative or too large.

    Parameters
    ----------
    serials
        Days as ``Float64``.
    kind
        What the number format shows. A value keeps what the format hides: the time of a date with one,
        the date of a time of 1 or more.

    Examples
    --------
    >>> days = pl.Series([0.25, 45688.0, 45688.354166667, -1.0])
    >>> moments(days, Kind.DATE, date1904=False).to_list()
    ['1899-12-31T06:00:00', '2025-01-31', '2025-01-31T08:30:00', None]
    >>> moments(days, Kind.TIME, date1904=False).to_list()[0]
    '06:00:00'
    """
    end_ms = (_END_1904 if date1904 else _END_1900) * _DAY_MS
    frame = serials.alias("serial").to_frame().select(_ms(pl.col("serial")).alias("ms"), pl.col("serial") < 1)
    ms = pl.col("ms")
    inside = ms.is_between(0, end_ms, closed="left")
    frame = frame.select(pl.when(inside).then(ms).alias("ms"), "serial")
    rest = ms % _DAY_MS
    clock = _clock(rest // 3_600_000, rest)
    moment = _date(ms // _DAY_MS, date1904=date1904) + "T" + clock
    if kind is Kind.ELAPSED:
        text = _clock(ms // 3_600_000, rest)
    elif kind is Kind.TIME:
        last = pl.min_horizontal(ms, _DAY_MS - 1)
        text = pl.when(pl.col("serial")).then(_clock(last // 3_600_000, last)).otherwise(moment)
    elif kind is Kind.DATE:
        text = pl.when(rest == 0).then(_date(ms // _DAY_MS, date1904=date1904)).otherwise(moment)
    else:
        text = moment
    return frame.select(text.alias("text"))["text"]


def _ms(serial: pl.Expr) -> pl.Expr:
    """Nearest millisecond, which is as fine as spreadsheets are."""
    bounded = pl.when(serial.is_between(0, _END_1900)).then(serial)
    return (bounded * _DAY_MS + 0.5).floor().cast(pl.Int64)


def _date(days: pl.Expr, *, date1904: bool) -> pl.Expr:
    if date1904:
        return (days - _UNIX_1904).cast(pl.Int32).cast(pl.Date).cast(pl.String)
    since_unix = days - _UNIX_1900 + (days < _LEAP_BUG).cast(pl.Int64)
    date = since_unix.cast(pl.Int32).cast(pl.Date).cast(pl.String)
    return pl.when(days == _LEAP_BUG).then(pl.lit("1900-02-29")).otherwise(date)


def _clock(hours: pl.Expr, ms: pl.Expr) -> pl.Expr:
    """Hours, minutes and seconds, and thousandths where there are any."""
    parts = [_padded(hours), _padded(ms // 60_000 % 60), _padded(ms // 1_000 % 60)]
    fraction = pl.when(ms % 1_000 == 0).then(pl.lit("")).otherwise("." + _padded(ms % 1_000, 3))
    return pl.concat_str(parts, separator=":") + fraction


def _padded(number: pl.Expr, width: int = 2) -> pl.Expr:
    return number.cast(pl.String).str.zfill(width)

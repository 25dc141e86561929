"""Dates, as people write them: year first, day first, with the month's name, as Excel serials."""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import Final

import polars as pl

from importer.schema.parsing._cells import keep
from importer.schema.parsing._zones import YEARS

__all__ = ["SERIAL", "days", "fields", "full_year", "serial_days"]

MONTHS: Final = (
    "january jan januar jän jänner janvier janv enero ene gennaio gen janeiro januari",
    "february feb februar feber febr février févr fév fevrier febrero febbraio fevereiro fev februari",
    "march mar märz mär mrz maerz mars marzo março marco maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août aout agosto ago augustus",
    "september sep sept septembre septiembre setiembre set settembre setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc decembre diciembre dic dicembre dezembro",
)
MONTH: Final = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split()}
"""Number of a month by its lower-case name in English, German, French, Spanish, Italian, Portuguese and Dutch."""

NUMERIC = r"(?P<a>[0-9]{1,4})(?P<s>-|/|\. ?)(?P<b>[0-9]{1,2})(?P<t>-|/|\. ?)(?P<c>[0-9]{4}|[0-9]{1,2})(?P<end>\.?)"
LETTERS = r"[^\W0-9_]+"
LETTERED = r".*[^\W0-9_].*"
DAY_MONTH = (
    rf"(?P<a>[0-9]{{1,4}})(?:st|nd|rd|th|er|º)?[ ./-]*(?:(?:de|of) )?(?P<b>{LETTERS})\.?,?[ /-]*(?:(?:de|del) )?"
    r"(?P<c>[0-9]{4}|[0-9]{1,2})"
)
MONTH_DAY = rf"(?P<b>{LETTERS})\.?[ -]*(?P<a>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:, ?|[ -])(?P<c>[0-9]{{4}}|[0-9]{{2}})"
COMPACT = r"(?P<a>[0-9]{4})(?P<b>[0-9]{2})(?P<c>[0-9]{2})"
SERIAL = r"[0-9]{5,7}(?:\.[0-9]+)?"

EXCEL_EPOCH = -25_569
"""Excel's day 0, 1899-12-30, counted from 1970-01-01."""
FIRST_SERIAL, LAST_SERIAL = 10_000, 2_958_465
"""1927-05-18, which keeps years apart from serials, and 9999-12-31."""

PIVOT = 69
"""Two-digit years from here on are in the 1900s, as in POSIX."""
FULL, SHORT = 4, 2
"""Digits of a year."""


def days(text: pl.Series, *, day_first: bool | None) -> pl.Series:
    """Trimmed ASCII cells as dates, null if a cell is not a date or could be two."""
    found = pl.repeat(None, len(text), dtype=pl.Date, eager=True)
    for pattern, read in (
        (NUMERIC, partial(_numeric, day_first=day_first)),
        (LETTERED, _named),
        (COMPACT, _compact),
        (SERIAL, _serial),
    ):
        where = (found.is_null() & text.str.contains(f"^(?:{pattern})$")).arg_true()
        if len(where):
            found = found.scatter(where, read(text.gather(where)))
    return found


def _numeric(text: pl.Series, *, day_first: bool | None) -> pl.Series:
    found = text.str.extract_groups(f"^{NUMERIC}$").struct.unnest()
    mark = pl.col("s").str.slice(0, 1)
    is_one_mark = (mark == pl.col("t").str.slice(0, 1)) & ((pl.col("end") == "") | (mark == "."))
    is_day_first = (mark == ".") | pl.lit(value=day_first, dtype=pl.Boolean)
    return _days(found.with_columns(a=pl.when(is_one_mark).then("a")), is_day_first)


def _named(text: pl.Series) -> pl.Series:
    lower = text.str.normalize("NFC").str.to_lowercase()
    either = [lower.str.extract_groups(f"^{pattern}$").struct.unnest() for pattern in (DAY_MONTH, MONTH_DAY)]
    found = either[0].select(pl.coalesce(pl.col(name), either[1][name]) for name in "abc")
    month = pl.col("b").replace_strict(MONTH, default=None, return_dtype=pl.Int32)
    return _days(found.with_columns(month.cast(pl.String)), pl.lit(value=True))


def _compact(text: pl.Series) -> pl.Series:
    return _days(text.str.extract_groups(f"^{COMPACT}$").struct.unnest(), pl.lit(value=True))


def _serial(text: pl.Series) -> pl.Series:
    serial = serial_days(text)
    whole = serial.cast(pl.Int32, strict=False)
    return keep(whole, whole == serial).cast(pl.Date)


def serial_days(text: pl.Series) -> pl.Series:
    """Days since 1970, with fractions, of cells that are Excel serials."""
    serial = keep(text, text.str.contains(f"^{SERIAL}$")).cast(pl.Float64, strict=False)
    return keep(serial, serial.is_between(FIRST_SERIAL, LAST_SERIAL + 1, closed="left")) + EXCEL_EPOCH


def _days(found: pl.DataFrame, is_day_first: pl.Expr) -> pl.Series:
    """Dates from three fields ``a``, ``b``, ``c``; null if the calendar has no such day."""
    is_year_first = pl.col("a").str.len_bytes() == FULL
    year = pl.when(is_year_first).then("a").when(pl.col("c").str.len_bytes() >= SHORT).then("c")
    full = year.str.len_bytes() == FULL
    rest = pl.when(is_year_first).then("c").otherwise("a")
    month = pl.when(is_year_first | is_day_first).then("b").when(~is_day_first).then("a")
    day = pl.when(is_year_first | is_day_first).then(rest).when(~is_day_first).then("b")
    table = found.select(
        year=pl.when(full).then(year.cast(pl.Int32)).otherwise(_century(year.cast(pl.Int32))),
        month=month.cast(pl.Int32),
        day=pl.when(day.str.len_bytes() <= SHORT).then(day.cast(pl.Int32)),
    )
    is_dated = pl.col("year").is_between(*YEARS) & (pl.col("month") <= 12) & (pl.col("day") <= 31)  # noqa: PLR2004
    number = pl.col("year") * 10_000 + pl.col("month") * 100 + pl.col("day")
    written = pl.when(is_dated).then(number).cast(pl.String)
    return table.select(written.str.to_date("%Y%m%d", strict=False, cache=False)).to_series()


def _century(year: pl.Expr) -> pl.Expr:
    return pl.when(year < PIVOT).then(year + 2000).otherwise(year + 1900)


def full_year(written: str) -> int:
    """Year of two or four digits.

    Examples
    --------
    >>> full_year("68"), full_year("69"), full_year("2025")
    (2068, 1969, 2025)
    """
    year = int(written)
    if len(written) != SHORT:
        return year
    return year + (2000 if year < PIVOT else 1900)


def fields(text: str) -> tuple[str, str, str, str] | None:
    """Fields and separator of a trimmed ASCII cell written as a date with a numeric month, else None.

    Examples
    --------
    >>> fields("31. Februar 2025"), fields("3/4/25")
    (('31', '2', '2025', '.'), ('3', '4', '25', '/'))
    """
    if found := re.fullmatch(NUMERIC, text):
        is_one_mark = found["s"][0] == found["t"][0] and (not found["end"] or found["s"][0] == ".")
        return (found["a"], found["b"], found["c"], found["s"][0]) if is_one_mark else None
    if found := re.fullmatch(COMPACT, text):
        return (found["a"], found["b"], found["c"], "")
    lower = unicodedata.normalize("NFC", text).lower()
    found = re.fullmatch(DAY_MONTH, lower) or re.fullmatch(MONTH_DAY, lower)
    if found is None or found["b"] not in MONTH:
        return None
    return (found["a"], str(MONTH[found["b"]]), found["c"], ".")

"""Dates, as people write them: year first, day first, with the month's name, as Excel serials."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import polars as pl

from importer.schema.parsing._cells import keep
from importer.schema.parsing._months import months_in
from importer.schema.parsing._zones import YEARS

if TYPE_CHECKING:
    from importer.schema._schema import Format

__all__ = ["SERIAL", "TODAY", "days", "full_year", "last_year", "month_names", "parts", "serial_days"]

NUMERIC = r"(?P<a>[0-9]{1,4})(?P<s>-|/|\. ?)(?P<b>[0-9]{1,2})(?P<t>-|/|\. ?)(?P<c>[0-9]{4}|[0-9]{1,2})(?P<end>\.?)"
LETTERS = r"[^\W0-9_]+"
LETTERED = r".*[^\W0-9_].*"
EAST_ASIAN = "(?P<a>[0-9]{4}) ?[年년] ?(?P<b>[0-9]{1,2}) ?[月월] ?(?P<c>[0-9]{1,2}) ?[日일]"
DAY_MONTH = (
    rf"(?P<a>[0-9]{{1,4}})(?:st|nd|rd|th|er|º)?[ ./-]*(?:(?:de|of) )?(?P<b>{LETTERS})\.?,?[ /-]*(?:(?:de|del) )?"
    r"(?P<c>[0-9]{4}|[0-9]{1,2})\.?(?: ?[гр]\.?)?"
)
MONTH_DAY = rf"(?P<b>{LETTERS})\.?[ -]*(?P<a>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:, ?|[ -])(?P<c>[0-9]{{4}}|[0-9]{{2}})"
COMPACT = r"(?P<a>[0-9]{4})(?P<b>[0-9]{2})(?P<c>[0-9]{2})"
SERIAL = r"[0-9]{5,7}(?:\.[0-9]+)?"

EXCEL_EPOCH = -25_569
"""Excel's day 0, 1899-12-30, counted from 1970-01-01."""
FIRST_SERIAL, LAST_SERIAL = 10_000, 2_958_465
"""1927-05-18, which keeps years apart from serials, and 9999-12-31."""

AHEAD: Final = 10
"""Two-digit years are put into the hundred years that end so many years from today."""
FULL, SHORT = 4, 2
"""Digits of a year."""


def days(text: pl.Series, written: Format) -> pl.Series:
    """Trimmed ASCII cells as dates, null if a cell is not a date or could be two."""
    found = _days(parts(text, written), written)
    left = (found.is_null() & text.str.contains(f"^{SERIAL}$")).arg_true()
    return found.scatter(left, _serial(text.gather(left))) if len(left) else found


def parts(text: pl.Series, written: Format) -> pl.DataFrame:
    """Three numbers ``a``, ``b``, ``c`` of cells that look like dates, and the ``mark`` between them; null for others.

    The mark of a date with a month's name is a point, because the day comes first or the year does.

    Examples
    --------
    >>> from importer.schema._schema import Format
    >>> parts(pl.Series(["31. Februar 2025", "3/4/25", "20250131", "x"]), Format()).rows()
    [('31', '2', '2025', '.'), ('3', '4', '25', '/'), ('2025', '01', '31', ''), (None, None, None, None)]
    """
    columns = {name: pl.repeat(None, len(text), dtype=pl.String, eager=True) for name in ("a", "b", "c", "mark")}
    left = text.is_not_null()
    for pattern, read in ((NUMERIC, _numeric), (EAST_ASIAN, _year_first), (LETTERED, _named), (COMPACT, _year_first)):
        is_so = left & text.str.contains(f"^(?:{pattern})$")
        where = is_so.arg_true()
        if len(where):
            found = read(text.gather(where), f"^{pattern}$", written)
            columns = {name: column.scatter(where, found[name]) for name, column in columns.items()}
            left &= ~is_so
    return pl.DataFrame([column.alias(name) for name, column in columns.items()])


def _numeric(text: pl.Series, pattern: str, _: Format) -> pl.DataFrame:
    mark = pl.col("s").str.slice(0, 1)
    is_one_mark = (mark == pl.col("t").str.slice(0, 1)) & ((pl.col("end") == "") | (mark == "."))
    fields = [pl.when(is_one_mark).then(field).alias(name) for name, field in {**_ABC, "mark": mark}.items()]
    return text.str.extract_groups(pattern).struct.unnest().select(fields)


def _year_first(text: pl.Series, pattern: str, _: Format) -> pl.DataFrame:
    return text.str.extract_groups(pattern).struct.unnest().select(*"abc", mark=pl.lit(""))


def _named(text: pl.Series, _: str, written: Format) -> pl.DataFrame:
    month = pl.col("b").replace_strict(months_in(written.language), default=None, return_dtype=pl.Int32)
    fields = {**_ABC, "b": month.cast(pl.String), "mark": pl.lit(".")}
    return _names(text).select(pl.when(month.is_not_null()).then(field).alias(name) for name, field in fields.items())


_ABC: Final = {name: pl.col(name) for name in "abc"}


def _names(text: pl.Series) -> pl.DataFrame:
    lower = text.str.normalize("NFC").str.to_lowercase().str.replace_many({"\u0131": "i", "\u0307": ""})
    either = [lower.str.extract_groups(f"^{pattern}$").struct.unnest() for pattern in (DAY_MONTH, MONTH_DAY)]
    return either[0].select(pl.coalesce(pl.col(name), either[1][name]) for name in "abc")


def month_names(text: pl.Series) -> list[str]:
    """Words that stand where a month does.

    Examples
    --------
    >>> month_names(pl.Series(["3 Maja 2025", "x"]))
    ['maja']
    """
    return _names(text)["b"].drop_nulls().unique().to_list()


def _serial(text: pl.Series) -> pl.Series:
    serial = serial_days(text)
    whole = serial.cast(pl.Int32, strict=False)
    return keep(whole, whole == serial).cast(pl.Date)


def serial_days(text: pl.Series) -> pl.Series:
    """Days since 1970, with fractions, of cells that are Excel serials."""
    serial = keep(text, text.str.contains(f"^{SERIAL}$")).cast(pl.Float64, strict=False)
    return keep(serial, serial.is_between(FIRST_SERIAL, LAST_SERIAL + 1, closed="left")) + EXCEL_EPOCH


def _days(found: pl.DataFrame, written: Format) -> pl.Series:
    """Dates from their parts; null if the calendar has no such day."""
    by_column = pl.col("mark").is_in(["-", "/"])
    is_day_first = ~by_column | pl.lit(value=written.day_first, dtype=pl.Boolean)
    is_year_first = pl.col("a").str.len_bytes() == FULL
    year = pl.when(is_year_first).then("a").when(pl.col("c").str.len_bytes() >= SHORT).then("c")
    rest = pl.when(is_year_first).then("c").otherwise("a")
    month = pl.when(is_year_first | is_day_first).then("b").when(~is_day_first).then("a")
    day = pl.when(is_year_first | is_day_first).then(rest).when(~is_day_first).then("b")
    last = last_year(written)
    number = year.cast(pl.Int32)
    in_century = number + pl.when(number <= last % 100).then(last - last % 100).otherwise(last - last % 100 - 100)
    table = found.select(
        year=pl.when(year.str.len_bytes() == FULL).then(number).otherwise(in_century),
        month=month.cast(pl.Int32),
        day=pl.when(day.str.len_bytes() <= SHORT).then(day.cast(pl.Int32)),
    )
    is_dated = pl.col("year").is_between(*YEARS) & (pl.col("month") <= 12) & (pl.col("day") <= 31)  # noqa: PLR2004
    digits = pl.col("year") * 10_000 + pl.col("month") * 100 + pl.col("day")
    text = pl.when(is_dated).then(digits).cast(pl.String)
    return table.select(text.str.to_date("%Y%m%d", strict=False, cache=False)).to_series()


def last_year(written: Format) -> int:
    """The last of the hundred years that two digits may mean."""
    return TODAY.year + AHEAD if written.last_year is None else written.last_year


TODAY: Final = dt.datetime.now(tz=dt.UTC).date()


def full_year(written: str, last: int) -> int:
    """Year of two or four digits.

    Examples
    --------
    >>> full_year("36", 2036), full_year("37", 2036), full_year("2045", 2036)
    (2036, 1937, 2045)
    """
    year = int(written)
    return year if len(written) != SHORT else last - (last - year) % 100

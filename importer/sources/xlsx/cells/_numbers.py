"""From numbers in XML to their shortest exact form, as a spreadsheet program writes them."""

from __future__ import annotations

import polars as pl

from importer.core import EACH, filled, here, select_here
from importer.sources.xlsx.book import BLANKS

__all__ = ["numbers", "shortest"]

_SHORTEST = r"^(?:0|-?[1-9][0-9]*|-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9])$"
_EXACT_LENGTH = 16
"""Fifteen digits and a point: a decimal this short is the shortest form of its float."""

_RAW = pl.col("raw")
_SHAPE = _RAW.str.contains(_SHORTEST), _RAW.str.len_bytes().alias("length")
_PLAIN_DIGITS = 1e17
_TEXT, _NUMBER = pl.col("text"), pl.col("number")
_WRITTEN = (
    _NUMBER.is_finite(),
    _TEXT.str.ends_with(".0").alias("whole"),
    _TEXT.str.contains("e", literal=True).alias("scaled"),
)


def _form() -> pl.Expr:
    """The shortest exact form of a number, from its text, trimmed and not, and its float."""
    digits = _TEXT.str.contains(r"^[+-]?[0-9]+$")
    plain = _TEXT.str.replace(r"^\+", "").str.replace(r"^(-?)0+([0-9])", "${1}${2}").str.replace(r"^-0$", "0")
    whole = (_NUMBER.floor() == _NUMBER) & (_NUMBER.abs() < _PLAIN_DIGITS)
    integer = pl.when(whole).then(_NUMBER).cast(pl.Int64, strict=False).cast(pl.String)
    short = _NUMBER.cast(pl.String).str.replace("e+", "e", literal=True)
    form = pl.when(digits).then(plain).when(whole).then(integer).when(_NUMBER.is_finite()).then(short)
    return pl.when(_TEXT != "").then(form.otherwise("raw")).alias("text")


_FORM = _form()


def shortest(raw: pl.Series) -> pl.Series:
    """The same numbers in their shortest form; null stays null."""
    is_shortest = _is_shortest(raw)
    if is_shortest.all():
        return raw
    return raw.clone().scatter((~is_shortest).arg_true(), numbers(raw.filter(~is_shortest)))


def numbers(raw: pl.Series) -> pl.Series:
    """Shortest exact form of each number. Other texts, and numbers too large for a float, stay as they are.

    Examples
    --------
    >>> numbers(pl.Series(["5.0999999999999996", "1E3", "-0", "0012", "1e17", "2.50", "1e400", " "])).to_list()
    ['5.1', '1000', '0', '12', '1e17', '2.5', '1e400', None]
    """
    values = raw.cast(pl.Float64, strict=False)
    made = values.cast(pl.String)
    # What polars writes without an exponent is the shortest form, except for whole numbers.
    finite, whole, scaled = select_here(pl.DataFrame([values.alias("number"), made.alias("text")]), *_WRITTEN)
    plain = filled(finite & ~whole & ~scaled, value=False)
    return made if plain.all() else made.scatter((~plain).arg_true(), _odd_numbers(raw.filter(~plain)))


def _odd_numbers(raw: pl.Series) -> pl.Series:
    """The same for whole, very large and very small numbers, and for other texts."""
    text = here(raw, EACH.str.strip_chars(BLANKS))
    number = text.cast(pl.Float64, strict=False)
    columns = [raw.alias("raw"), text.alias("text"), number.alias("number")]
    return select_here(pl.DataFrame(columns), _FORM).to_series()


def _is_shortest(raw: pl.Series) -> pl.Series:
    """Whether a number is certainly in its shortest form; null stays null."""
    shortest, length = select_here(raw.alias("raw").to_frame(), *_SHAPE)
    long = length > _EXACT_LENGTH
    return shortest & ~(long & raw.str.contains(".", literal=True)) if long.any() else shortest

"""What stands in a cell's XML, made the text that the cell shows or means."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import polars as pl

from importer.chunks import letter
from importer.errors import SourceError
from importer.sources._xlsx_dates import moments
from importer.sources._xlsx_styles import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BLANKS", "CELLS", "numbers", "texts", "unescaped", "unescaped_all"]

CELLS = pl.Schema({"row": pl.Int64, "position": pl.Int32, "kind": pl.UInt8, "raw": pl.String})
"""Columns of cells: the sheet's row number, the column from 0, a `Kind`, and what the XML holds, entities decoded."""

BLANKS = " \t\n\r"
_ESCAPE = re.compile(r"(?:_x[0-9A-Fa-f]{4}_)+")
_SHORTEST = r"^(?:0|-?[1-9][0-9]*|-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9])$"
_EXACT_LENGTH = 16
"""Fifteen digits and a point: a decimal as short as that is the shortest form of its float."""

_PLAIN_DIGITS = 1e17


def texts(cells: pl.DataFrame, strings: Callable[[int], pl.Series], *, date1904: bool) -> pl.Series:
    """Text of every cell, null where it is empty.

    Parameters
    ----------
    cells
        As `CELLS` has them.
    strings
        The shared strings, of which it gives as many as are asked for.

    Raises
    ------
    SourceError
        Where a cell points outside the shared strings.
    """
    kinds, raw = cells["kind"], cells["raw"]
    out = raw
    for value in kinds.unique().to_list():
        kind, mask = Kind(value), kinds == value
        part = cells if mask.all() else cells.filter(mask)
        if kind is Kind.SHARED:
            made = _shared(part, strings)
        elif kind is Kind.NUMBER:
            odd = ~_is_shortest(part["raw"]).fill_null(True)
            if not odd.any():
                continue
            made = _patched(part["raw"], odd, numbers(part["raw"].filter(odd)))
        else:
            made = _converted(kind, part["raw"], date1904=date1904)
        out = made if part is cells else _patched(out, mask, made)
    return out


def numbers(raw: pl.Series) -> pl.Series:
    """Shortest exact form of each number; what is no number, or too large for one, as it stands.

    Examples
    --------
    >>> numbers(pl.Series(["5.0999999999999996", "1E3", "-0", "0012", "1e17", "2.50", "1e400", " "])).to_list()
    ['5.1', '1000', '0', '12', '1e17', '2.5', '1e400', None]
    """
    values = raw.cast(pl.Float64, strict=False)
    made = values.cast(pl.String)
    # What polars writes plainly is the shortest form, but for whole numbers.
    odd = ~values.is_finite().fill_null(False) | made.str.ends_with(".0") | made.str.contains("e", literal=True)
    odd = odd.fill_null(True)
    return _patched(made, odd, _odd_numbers(raw.filter(odd))) if odd.any() else made


def _odd_numbers(raw: pl.Series) -> pl.Series:
    """The same for numbers that are whole, very large or small, or none."""
    text, number = pl.col("text"), pl.col("number")
    digits = text.str.contains(r"^[+-]?[0-9]+$")
    plain = text.str.replace(r"^\+", "").str.replace(r"^(-?)0+([0-9])", "${1}${2}").str.replace(r"^-0$", "0")
    whole = (number.floor() == number) & (number.abs() < _PLAIN_DIGITS)
    integer = pl.when(whole).then(number).cast(pl.Int64, strict=False).cast(pl.String)
    short = number.cast(pl.String).str.replace("e+", "e", literal=True)
    form = pl.when(digits).then(plain).when(whole).then(integer).when(number.is_finite()).then(short)
    return (
        pl.DataFrame({"raw": raw, "text": raw.str.strip_chars(BLANKS)})
        .with_columns_seq(text.cast(pl.Float64, strict=False).alias("number"))
        .select_seq(pl.when(text != "").then(form.otherwise("raw")).alias("text"))
        .to_series()
    )


def unescaped(text: str) -> str:
    r"""Text with escapes such as ``_x000D_`` decoded, as spreadsheet programs do.

    Examples
    --------
    >>> unescaped("a_x000A_b_x005F_x000A_")
    'a\nb_x000A_'
    """
    return _ESCAPE.sub(_unescape, text)


def unescaped_all(strings: pl.Series) -> pl.Series:
    """The same for every text of a column."""
    mask = strings.str.contains("_x", literal=True).fill_null(False)
    if not mask.any():
        return strings
    made = [unescaped(text) for text in strings.filter(mask)]
    return _patched(strings, mask, pl.Series(made, dtype=pl.String))


def _unescape(match: re.Match[str]) -> str:
    units = bytes.fromhex("".join(match[0][at + 2 : at + 6] for at in range(0, len(match[0]), 7)))
    try:
        return units.decode("utf-16-be")
    except UnicodeDecodeError:
        return match[0]


def _is_shortest(raw: pl.Series) -> pl.Series:
    """Whether a number is surely its own shortest form; null where there is none."""
    shortest = raw.str.contains(_SHORTEST)
    long = raw.str.len_bytes() > _EXACT_LENGTH
    return shortest & ~(long & raw.str.contains(".", literal=True)) if long.any() else shortest


def _shared(cells: pl.DataFrame, strings: Callable[[int], pl.Series]) -> pl.Series:
    raw = cells["raw"]
    indexes = raw.cast(pl.Int64, strict=False)
    wrong = indexes.is_null() & raw.is_not_null()
    if wrong.any():
        indexes = raw.str.strip_chars(BLANKS).cast(pl.Int64, strict=False)
        wrong = indexes.is_null() & (raw.str.strip_chars(BLANKS) != "")
    first, last = indexes.min(), indexes.max()
    table = strings(last + 1 if isinstance(last, int) else 0)
    if isinstance(first, int) and isinstance(last, int) and (first < 0 or last >= len(table)):
        wrong |= (indexes < 0) | (indexes >= len(table))
    if not wrong.any():
        return table.gather(indexes)
    row, position, _, wanted = cells.row(wrong.arg_max() or 0)
    count = len(strings(sys.maxsize))
    raise SourceError(
        f"cell {letter(position)}{row} asks for shared string {wanted!r} of {count}: the workbook contradicts "
        "itself; open it in a spreadsheet program, which may repair it, and save it again"
    )


def _converted(kind: Kind, raw: pl.Series, *, date1904: bool) -> pl.Series:
    if kind is Kind.TEXT:
        return unescaped_all(raw)
    if kind is Kind.VERBATIM:
        return raw.replace("", None)
    if kind is Kind.BOOLEAN:
        words = {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}
        return raw.str.strip_chars(BLANKS).replace(words).replace("", None)
    serials = raw.str.strip_chars(BLANKS).cast(pl.Float64, strict=False)
    found = moments(serials, kind, date1904=date1904)
    lost = found.is_null()
    return _patched(found, lost, numbers(raw.filter(lost))) if lost.any() else found


def _patched(texts: pl.Series, mask: pl.Series, values: pl.Series) -> pl.Series:
    """The texts with others where the mask is true."""
    return texts.clone().scatter(mask.arg_true(), values)

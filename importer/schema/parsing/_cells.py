"""Prepare cells for parsing: white space, foreign digits, null words, Excel's errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from importer.core import EACH, filled, here

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ERRORS", "INVISIBLE", "SPACES", "ascii_text", "keep", "plain", "short", "stands_for", "trim", "trim_spaces"]

ERRORS: Final[tuple[str, ...]] = (
    *("#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"),
    *("#CONNECT!", "#BLOCKED!", "#UNKNOWN!", "#FIELD!"),
    *(f"Err:{number}" for number in range(501, 541)),
)
"""What Excel shows if a formula fails, everything that ERROR.TYPE knows; and what LibreOffice shows."""

SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
INVISIBLE = "\u200b\u2060\ufeff"
DIRECTIONS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_TRIMMED = EACH.str.strip_chars(SPACES + INVISIBLE)
_BARE = EACH.str.strip_chars(SPACES + INVISIBLE + DIRECTIONS)

ZEROS = "\u0660\u06f0\u0966\u09e6\u0e50\uff10"
"""Zero in Arabic, Persian, Devanagari, Bengali, Thai and full-width digits; one to nine follow it."""

LONGEST = 60
"""Characters of a cell to quote in a message."""


def _to_ascii() -> dict[str, str]:
    """ASCII for the foreign characters in numbers and dates."""
    same = {
        **{chr(ord(zero) + digit): str(digit) for zero in ZEROS for digit in range(10)},
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys(SPACES[6:], " "),
        **dict.fromkeys("\u2019\u02bc\uff07\u066c", "'"),
        **dict.fromkeys(INVISIBLE + DIRECTIONS, ""),
    }
    full_width = {chr(ord(mark) + 0xFEE0): mark for mark in "+,./:%()"}
    return same | full_width | {"\u066a": "%"}


PLAINER = _to_ascii()
_TABLE = str.maketrans(PLAINER)


def trim(cells: pl.Series) -> pl.Series:
    """Cells without surrounding white space, visible or not."""
    return here(cells, _BARE)


def trim_spaces(cells: pl.Series) -> pl.Series:
    """Texts without surrounding white space. Direction marks stay, because a text may need them."""
    return here(cells, _TRIMMED)


def plain(cells: pl.Series) -> pl.Series:
    """Cells with ASCII digits, signs and spaces instead of foreign ones."""
    if cells.str.len_bytes().sum() == cells.str.len_chars().sum():
        return cells
    return cells.str.replace_many(PLAINER)


def ascii_text(value: str) -> str:
    """One cell, trimmed and with ASCII digits, signs and spaces.

    Examples
    --------
    >>> ascii_text("\u22121\u00a0234 ")
    '-1 234'
    """
    bare = value.strip(SPACES + INVISIBLE + DIRECTIONS)
    return bare if bare.isascii() else bare.translate(_TABLE)


def keep(values: pl.Series, where: pl.Series) -> pl.Series:
    """Values with null wherever the mask is not true."""
    if where.null_count() == 0 and where.all():
        return values
    return values.zip_with(filled(where, value=False), pl.Series([None], dtype=values.dtype))


def stands_for(cells: pl.Series, words: Iterable[str]) -> pl.Series:
    """Which cells are one of the words."""
    return filled(here(cells, EACH.is_in(list(words))), value=False)


def short(value: str) -> str:
    """The cell in quotes, shortened if long.

    Examples
    --------
    >>> short("abc"), len(short("x" * 1000))
    ("'abc'", 62)
    """
    return repr(value if len(value) <= LONGEST else value[: LONGEST - 1] + "…")

r"""Texts that a spreadsheet program might run as formulas, made harmless and back: `harmless`, `restored`.

An apostrophe precedes what might run. It goes to the very beginning of the text, or of what a program takes for a
cell if it divides a text file otherwise than it was written. One that is there already is followed by another,
which makes it always right to remove one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["NUMBER", "RUNS", "harmless", "restored"]

_SIGNS = r"=+\-@\u207a-\u207c\u208a-\u208c\u2212\u2a75\u2a76\ufb29\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
"""What a formula begins with; also wide, small and raised, which some programs read as the plain signs."""

_ENDS = r";\t\n\x0b\x0c\r\x85\u2028\u2029"
"""What ends a cell or a row in some way of reading a text file, besides the comma."""

_BLANKS = (
    r"\x00-\x20\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u1680\u17b4\u17b5"
    r"\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    r"\U000110bd\U000110cd\U00013430-\U00013438\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""White space, controls, and what shows nothing."""

_SKIPPED = rf"[{_BLANKS};'\"]*"
"""What may stand before a formula: blanks, quotes, and ends of empty cells."""

_FIRST = r"'*[\t\r\ufeff]"
"""A beginning that programs cut off; of a byte order mark there is no telling whether it belongs to the text."""

RUNS = re.compile(f"{_SKIPPED}[{_SIGNS}]|{_FIRST}")
"""How a text begins that a spreadsheet program might run as a formula."""

NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{0,14}[1-9])?")
"""A text that equals what a number cell of the same value reads as."""

_BARE = rf"(^|[{_ENDS}])({_SKIPPED}[{_SIGNS}])|^({_FIRST})"
_GUARDED = rf"(^|[{_ENDS}])'({_SKIPPED}[{_SIGNS}])|^'({_FIRST})"


def harmless(text: pl.Series, *, keeps_numbers: bool) -> pl.Series:
    """Texts with an apostrophe before what a spreadsheet program might run.

    Parameters
    ----------
    keeps_numbers
        Whether negative numbers stay as they are. At the beginning of a line they would begin a formula that goes
        on in the next cell, for a program that takes the comma for a decimal mark.

    Examples
    --------
    >>> import polars as pl
    >>> harmless(pl.Series(["=1+1", "'=1", " @a", "-5", "a;=b", "a=b"]), keeps_numbers=True).to_list()
    ["'=1+1", "''=1", "' @a", '-5', "a;'=b", 'a=b']
    """
    guarded = text.str.replace_all(_BARE, "${1}'${2}${3}")
    if not keeps_numbers:
        return guarded
    return text.zip_with(text.str.contains(f"^{NUMBER.pattern}$").fill_null(value=True), guarded)


def restored(text: pl.Series) -> pl.Series:
    """The texts that `harmless` was given.

    Examples
    --------
    >>> import polars as pl
    >>> restored(pl.Series(["'=1+1", "''=1", "' @a", "-5", "a;'=b", "'tis"])).to_list()
    ['=1+1', "'=1", ' @a', '-5', 'a;=b', "'tis"]
    """
    return text.str.replace_all(_GUARDED, "${1}${2}${3}")

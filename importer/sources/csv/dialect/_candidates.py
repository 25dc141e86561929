"""The ways in which a text may be written, as far as it shows signs of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.sources.csv.dialect._dialect import Dialect

__all__ = [
    "COMMON",
    "LEAST",
    "NO_DELIMITER",
    "QUOTES",
    "absent",
    "double_delimiters",
    "has_space_behind",
    "other_quotes",
    "rare_delimiters",
    "variants",
]

COMMON = ",;\t|"
RARE = " :^~#&*@!=/\x01\x02\x1e\xa6\xa7"
NO_DELIMITER = "\x1f"  # the unit separator, which no spreadsheet program writes
QUOTES = "'~`"
"""Quotes besides the usual one, which need evidence: an apostrophe is a letter in many languages."""

DOUBLED = "|:;~^#@\t"
"""Delimiters that programs write twice, since one of them may stand in a text."""

LINES = 60
"""Lines to look at for a rare delimiter, before the text is read with it."""

LEAST = 3
"""Records that a rare delimiter needs; in one or two lines it divides by chance."""


def double_delimiters(text: str) -> list[str]:
    r"""Delimiters that are written twice, as far as nearly every line of the beginning has them.

    Examples
    --------
    >>> double_delimiters("id||name\n1||Ada\n2||Grace\n")
    ['||']
    """
    lines = [line for line in text.split("\n", LINES)[:LINES] if line.strip()]
    return [mark * 2 for mark in DOUBLED if 10 * sum(mark * 2 in line for line in lines) >= 9 * len(lines) > 0]


def rare_delimiters(text: str) -> list[str]:
    r"""Delimiters that nearly every line of the beginning has, besides the usual ones.

    Examples
    --------
    >>> rare_delimiters("id^name\n1^Ada Lovelace\n2^Grace\n")
    ['^']
    """
    lines = [line for line in text.split("\n", LINES)[:LINES] if line.strip()]
    if len(lines) < LEAST:
        return []
    return [mark for mark in RARE if 10 * sum(mark in line for line in lines) >= 6 * len(lines)]


def other_quotes(text: str, delimiter: str) -> list[str]:
    r"""Quotes other than the usual one that stand around whole fields, and hardly anywhere else.

    Examples
    --------
    >>> other_quotes("1,'a, b'\n2,'it\\'s'\n", ","), other_quotes("1,it's\n2,Men's\n", ",")
    (["'"], [])
    """
    found = []
    between, spaces = re.escape(delimiter), "" if delimiter == " " else " *+"
    for quote in QUOTES:
        if quote == delimiter or text.count(quote) < LEAST:
            continue
        inner = rf"(?:[^{quote}\\\n]++|{quote}{quote}|\\.|\\)*+"
        around = re.findall(
            f"(?:(?<={between})|^){spaces}{quote}{inner}{quote}{spaces}(?={between}|$)", text, re.MULTILINE
        )
        if len(around) > 1 and 10 * "".join(around).count(quote) >= 6 * text.count(quote):
            found.append(quote)
    return found


def has_space_behind(text: str, delimiter: str) -> bool:
    r"""Whether a space stands behind the delimiter everywhere outside of quotes, and so belongs to it.

    Examples
    --------
    >>> has_space_behind("id, name\n1, Ada\n", ","), has_space_behind("id,name\n1, Ada\n", ",")
    (True, False)
    """
    bare = re.sub(r'"[^"]*"', '""', text) if '"' in text else text
    total, between = bare.count(delimiter), re.escape(delimiter)
    # A longer space fills a column of the screen, and nothing but a space is an empty cell.
    return total > 1 and len(re.findall(f"{between} (?! )", bare)) == total


def variants(text: str, dialect: Dialect) -> Iterator[Dialect]:
    """Other ways of quoting that the text has signs of."""
    quote = dialect.quote
    if not quote or quote not in text:
        return
    for escape in ("\\", "\0"):
        if f"{escape}{quote}" in text:
            yield replace(dialect, escape=escape)
    between, mark = re.escape(dialect.delimiter), re.escape(quote)
    has_spaces = f" {quote}" in text or f"{quote} " in text
    if has_spaces and re.search(rf"(?:{between}|^) +{mark}|{mark} +(?:{between}|[\r\n])", text):
        yield replace(dialect, is_spaced=True)
        if f"\\{quote}" in text:
            yield replace(dialect, is_spaced=True, escape="\\")
    lines_are_quoted = _are_quoted(text, quote)
    if not lines_are_quoted and quote * 2 not in text:
        return
    runs = re.findall(f"{mark}+", text)
    are_doubled = quote * 2 in runs and (lines_are_quoted or not any(len(run) % 2 for run in runs))
    # A text of one column has a space behind a comma.
    are_lines = set(runs) == {quote} and lines_are_quoted and not re.search(f"{between} |{mark}{between}", text)
    if are_doubled or are_lines:
        yield replace(dialect, is_doubled=True)


def _are_quoted(text: str, quote: str) -> bool:
    """Whether all lines but a few begin and end with a quote."""
    if 10 * text.count(f"\n{quote}") < 9 * text.count("\n") - 20:
        return False
    lines = text.splitlines()
    return 10 * sum(line[:1] == quote == line[-1:] for line in lines) >= 9 * len(lines) - 10


def absent(text: str) -> str:
    """Delimiter for a text of one column: a character that the text does not contain."""
    return next((mark for mark in (",", NO_DELIMITER, "\x1e", "\x1d") if mark not in text), NO_DELIMITER)

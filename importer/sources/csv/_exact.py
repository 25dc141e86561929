"""Records of a CSV text, exactly as a spreadsheet program reads them, even if the text is malformed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from importer.sources.csv._reread import is_doubtful, reread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.sources.csv._reread import Reread
    from importer.sources.csv.dialect import Dialect

__all__ = [
    "END",
    "Record",
    "Stray",
    "complete_records",
    "open_line",
    "open_record",
    "patterns_of",
    "strays_of",
    "undoubled",
    "unescaped",
]

Record = list[str | None]

END = r"\r\n|\n|\r(?!\Z)"
"""The end of a record; a carriage return at the very end may be half of one."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)?")
MOST_OPENING = 3
"""Quotes of a line that are tried as the one that is not closed; if it is none of them, no quote counts."""

_PRIVATE = range(0xE000, 0xF8FF)
"""Characters that mean nothing by themselves."""


class Stray(NamedTuple):
    """A cell whose quotes are wrong: which record, which cell of it, and what it holds.

    Text follows its closing quote, or it opens a quote that is never closed, or only behind other lines and before
    more text: then `is_open`, and that quote is text. If `is_kept`, quotes within it were not doubled, and are text.
    """

    record: int
    position: int
    cell: str
    is_open: bool = False
    is_kept: bool = False


class _Odd(NamedTuple):
    """A cell with text behind its closing quote, and the quoted part of it."""

    stray: Stray
    quoted: str


def complete_records(
    text: str, dialect: Dialect, *, final: bool, strays: list[Stray] | None = None, cells: int = 0
) -> tuple[list[Record], str]:
    r"""Records that end in the text, and the beginning of the unfinished one.

    A field is quoted if its first character is the quote; two quotes in it are one. What follows
    the closing quote belongs to the field, and quotes elsewhere are characters like any other. A quote
    that only closes behind other lines, before more text, is one of these. An
    empty field is None, a quoted empty one is the empty text. ``\n``, ``\r\n`` and a lone ``\r`` end
    a record. A blank line is a record of one empty field.

    Parameters
    ----------
    text
        Begins where a record begins.
    final
        Whether the file ends with the text, so that the last record needs no line end.
    strays
        Gets the cells whose quotes are wrong.
    cells
        How many the records usually have: one whose quotes are wrong is read so that it has them too.

    Examples
    --------
    >>> from importer.sources.csv.dialect import Dialect
    >>> dialect = Dialect(encoding="utf-8", delimiter=",", quote='"')
    >>> complete_records('5" pipe,"a ""b"", c",,""\n7,"unclosed\n', dialect, final=True)
    ([['5" pipe', 'a "b", c', None, '']], '7,"unclosed\n')
    >>> complete_records('7,"5 inch,x\n8,"6 inch",y\n', dialect, final=True)
    ([['7', '"5 inch', 'x'], ['8', '6 inch', 'y']], '')
    >>> complete_records('7,"5" pipe, steel"\n', dialect, final=True, cells=2)
    ([['7', '5" pipe, steel']], '')
    """
    added = "\n" if final and text and not text.endswith("\n") else ""
    quote, delimiter, escape = dialect.quote, dialect.delimiter, dialect.escape
    whole_record, one_field, _ = patterns_of(dialect)
    records: list[Record] = []
    found = [] if strays is None else strays
    text += added
    at = 0
    while at < len(text):
        begun = at
        for match in whole_record.finditer(text, at):
            record = match[1]
            if record is None:
                return records, text[match.start() :].removesuffix(added)
            if not ((quote and quote in record) or (escape and escape in record)):
                records.append([cell or None for cell in record.rstrip("\r\n").split(delimiter)])
                continue
            row, odd, is_torn = _cells_of(record, one_field, dialect, len(records))
            length = len(record)
            again = _again(record, odd, dialect, cells)
            if again is not None:
                row, length = again.cells, again.length
                found += strays_of(again, len(records))
            elif is_torn:
                row, length = open_line(record, dialect, len(records), found)
            else:
                found += (one.stray for one in odd)
            records.append(row)
            if length < len(record):
                at = match.start() + length
                break
        if at == begun:
            break
    return records, ""


def _cells_of(
    record: str, one_field: re.Pattern[str], dialect: Dialect, number: int
) -> tuple[Record, list[_Odd], bool]:
    """The cells of a record with quotes, those whose quotes are wrong, and whether one is torn, which ends them."""
    quote, escape = dialect.quote, dialect.escape
    doubled = quote * 2
    row: Record = []
    odd: list[_Odd] = []
    # One pass: in a file that polars does not read, these lines take most of the time.
    for field in one_field.findall(record):
        quoted, after, plain = unescaped(field, dialect) if escape and any(escape in one for one in field) else field
        if not quoted:
            row.append(plain or None)
            continue
        cell = quoted[1:-1].replace(doubled, quote)
        if after:
            cell += after
            odd.append(_Odd(Stray(number, len(row), cell), quoted))
            if "\n" in quoted or "\r" in quoted:
                return row, odd, True
        row.append(cell)
    return row, odd, False


def _again(record: str, odd: Sequence[_Odd], dialect: Dialect, cells: int) -> Reread | None:
    """What a record with odd cells is if it can be read so that it has as many cells as the others."""
    is_unclear = cells and any(is_doubtful(record, 0, one.quoted, dialect) for one in odd)
    return reread(record, dialect, cells) if is_unclear else None


def open_record(
    text: str, dialect: Dialect, strays: list[Stray] | None = None, number: int = 0, cells: int = 0
) -> tuple[Record, str]:
    r"""The first line of a text in which a quote is opened and never closed, and the rest behind the line.

    That quote is a character like any other.

    Examples
    --------
    >>> from importer.sources.csv.dialect import Dialect
    >>> dialect = Dialect(encoding="utf-8", delimiter=",", quote='"')
    >>> open_record('7,"a, b","unclosed\n8,c,d\n', dialect)
    (['7', 'a, b', '"unclosed'], '8,c,d\n')
    """
    found = [] if strays is None else strays
    line = _LINE.match(text)
    again = reread(line[0], dialect, cells) if line else None
    if again is not None:
        found += strays_of(again, number)
        return again.cells, text[again.length :]
    record, length = open_line(text, dialect, number, found)
    return record, text[length:]


def strays_of(record: Reread, number: int) -> list[Stray]:
    """The cells of a record that was read again in which a quote is text."""
    kept = [Stray(number, at, record.cells[at] or "", is_kept=True) for at in record.kept]
    return sorted([*kept, *(Stray(number, at, record.cells[at] or "", is_open=True) for at in record.opening)])


def open_line(text: str, dialect: Dialect, number: int, strays: list[Stray]) -> tuple[Record, int]:
    """The first line of a text that opens a quote in it, as a record in which that quote is text, and its length."""
    line = _LINE.match(text)
    first = line[0] if line else text
    body = first.rstrip("\r\n")
    other = next(chr(code) for code in _PRIVATE if chr(code) not in body)
    opening = [match.start(1) for match in _opening(dialect.delimiter, dialect.quote).finditer(body)]
    # The last quote that begins a field is the one; behind another character it is text.
    for at in opening[: -1 - MOST_OPENING : -1]:
        records, rest = complete_records(body[:at] + other + body[at:], dialect, final=True)
        if records and not rest:
            [marked] = records
            position = next(where for where, cell in enumerate(marked) if cell and other in cell)
            record: Record = [cell.replace(other, "") if cell else cell for cell in marked]
            strays.append(Stray(number, position, record[position] or "", is_open=True))
            return record, len(first)
    record = [cell or None for cell in body.split(dialect.delimiter)]
    position = next((where for where, cell in enumerate(record) if cell and dialect.quote in cell), 0)
    strays.append(Stray(number, position, record[position] or "", is_open=True))
    return record, len(first)


def undoubled(text: str, quote: str) -> str:
    """The text with every second quote left out, and single ones, which stood around a line.

    Examples
    --------
    >>> undoubled("|1,||a, b|||", "|")
    '1,|a, b|'
    """
    return re.sub(f"{re.escape(quote)}+", lambda run: run[0][: len(run[0]) // 2], text)


def unescaped(field: tuple[str, str, str], dialect: Dialect) -> tuple[str, str, str]:
    """A field without the escapes; quotes within a quoted one are doubled instead."""
    quoted, after, plain = field
    if quoted:
        return f"{dialect.quote}{_bare(quoted[1:-1], dialect, dialect.quote * 2)}{dialect.quote}", after, plain
    return quoted, after, _bare(plain, dialect, dialect.quote)


def _bare(text: str, dialect: Dialect, quote: str) -> str:
    """The text without escapes, and with `quote` in place of escaped quotes."""
    escape = dialect.escape
    if escape * 2 in text:
        marks = _escaped(dialect.delimiter, dialect.quote, escape)
        return marks.sub(lambda found: quote if found[1] == dialect.quote else found[1], text)
    if dialect.quote:
        text = text.replace(escape + dialect.quote, quote)
    for mark in (dialect.delimiter, "\n", "\r"):
        text = text.replace(escape + mark, mark)
    return text


@lru_cache
def _opening(delimiter: str, quote: str) -> re.Pattern[str]:
    """A quote where a field begins, perhaps behind spaces."""
    return re.compile(rf"(?:\A|{re.escape(delimiter)}) *({re.escape(quote)})")


@lru_cache
def _escaped(delimiter: str, quote: str, escape: str) -> re.Pattern[str]:
    r"""What an escape takes the meaning from; ``\N`` and ``\t`` stay as they are."""
    marks = "|".join(map(re.escape, filter(None, (delimiter, quote, escape))))
    return re.compile(rf"{re.escape(escape)}(\r\n|{marks}|[\r\n])")


class Patterns(NamedTuple):
    """A pattern for one whole record, or the rest if no record ends, one for a field of it, and a text for the latter.

    The groups of a field are the quoted part of it, what follows that, and all of a plain one.
    """

    record: re.Pattern[str]
    field: re.Pattern[str]
    parts: str


@lru_cache
def patterns_of(dialect: Dialect) -> Patterns:
    """What matches records and fields."""
    delimiter, quote, escape = dialect.delimiter, dialect.quote, dialect.escape
    mark, between, ahead = re.escape(quote), re.escape(delimiter), re.escape(escape)
    skipped = f"|{ahead}(?:\\r\\n|(?s:.))" if escape else ""
    first = re.escape(delimiter[0])
    # The first character of a longer delimiter may also stand in a field.
    lone = f"|{first}(?!{re.escape(delimiter[1:])})" if len(delimiter) > 1 else ""
    plain = f"(?:[^{first}{ahead}\\r\\n]++{skipped}{lone})*+" if escape or lone else f"[^{first}\\r\\n]*+"
    quoted = f"{mark}(?:[^{mark}{ahead}]++|{mark}{mark}{skipped})*+{mark}"
    spaces = " *+" if dialect.is_spaced else ""
    field = f"(?:{spaces}{quoted}{spaces}{plain}|(?!{spaces}{mark}){plain})" if quote else plain
    parts = f"(?:{spaces}({quoted}){spaces}({plain})|((?!{spaces}{mark}){plain}))" if quote else f"()()({plain})"
    return Patterns(
        re.compile(f"({field}(?:{between}{field})*+(?:{END}))|((?s:.+))"),
        re.compile(rf"{parts}(?:{between}|{END}|\r)"),
        parts,
    )

"""Records of a CSV text, exactly as a spreadsheet program reads them, even if the text is malformed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from importer.sources.csv._dialect import Dialect

__all__ = ["Record", "Stray", "complete_records", "undoubled"]

Record = list[str | None]


class Stray(NamedTuple):
    """A cell with text after its closing quote: which record, which cell of it, and the lines it takes."""

    record: int
    position: int
    cell: str
    lines: int


def complete_records(
    text: str, dialect: Dialect, *, final: bool, strays: list[Stray] | None = None
) -> tuple[list[Record], str]:
    r"""Records that end in the text, and the beginning of the unfinished one.

    A field is quoted if its first character is the quote; two quotes in it are one. What follows
    the closing quote belongs to the field, and quotes elsewhere are characters like any other. An
    empty field is None, a quoted empty one is the empty text. ``\n``, ``\r\n`` and a lone ``\r`` end
    a record. A blank line is a record of one empty field.

    Parameters
    ----------
    text
        Begins where a record begins.
    final
        Whether the file ends with the text, so that the last record needs no line end.
    strays
        Gets the cells where text follows the closing quote.

    Examples
    --------
    >>> from importer.sources.csv._dialect import Dialect
    >>> dialect = Dialect(encoding="utf-8", delimiter=",", quote='"')
    >>> complete_records('5" pipe,"a ""b"", c",,""\n7,"unclosed\n', dialect, final=True)
    ([['5" pipe', 'a "b", c', None, '']], '7,"unclosed\n')
    """
    added = "\n" if final and text and not text.endswith("\n") else ""
    quote, delimiter, escape = dialect.quote, dialect.delimiter, dialect.escape
    whole_record, one_field = _patterns(delimiter, quote, escape, is_spaced=dialect.is_spaced)
    records: list[Record] = []
    for record, rest in whole_record.findall(text + added):
        if rest:
            return records, rest.removesuffix(added)
        if (quote and quote in record) or (escape and escape in record):
            fields = one_field.findall(record)
            if escape:
                fields = [
                    _unescaped(field, dialect) if any(escape in one for one in field) else field for field in fields
                ]
            cells = [
                quoted[1:-1].replace(quote * 2, quote) + after if quoted else plain or None
                for quoted, after, plain in fields
            ]
            if strays is not None:
                strays += [
                    Stray(len(records), at, cells[at] or "", quoted.count("\n"))
                    for at, (quoted, after, _) in enumerate(fields)
                    if quoted and after
                ]
            records.append(cells)
        else:
            records.append([cell or None for cell in record.rstrip("\r\n").split(delimiter)])
    return records, ""


def undoubled(text: str, quote: str) -> str:
    """The text with every second quote left out, and single ones, which stood around a line.

    Examples
    --------
    >>> undoubled("|1,||a, b|||", "|")
    '1,|a, b|'
    """
    return re.sub(f"{re.escape(quote)}+", lambda run: run[0][: len(run[0]) // 2], text)


def _unescaped(field: tuple[str, str, str], dialect: Dialect) -> tuple[str, str, str]:
    """A field without the escapes; quotes within a quoted one are doubled instead."""
    quoted, after, plain = field
    quote, escaped = dialect.quote, _escaped(dialect.delimiter, dialect.quote, dialect.escape)
    if quoted:
        inner = escaped.sub(lambda found: quote * 2 if found[1] == quote else found[1], quoted[1:-1])
        return f"{quote}{inner}{quote}", after, plain
    return quoted, after, escaped.sub(r"\1", plain)


@lru_cache
def _escaped(delimiter: str, quote: str, escape: str) -> re.Pattern[str]:
    r"""What an escape takes the meaning from; ``\N`` and ``\t`` stay as they are."""
    return re.compile(rf"{re.escape(escape)}(\r\n|[{re.escape(delimiter + quote + escape)}\r\n])")


@lru_cache
def _patterns(delimiter: str, quote: str, escape: str, *, is_spaced: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A pattern for one whole record, or the rest if no record ends, and one for a field of it."""
    mark, between, ahead = re.escape(quote), re.escape(delimiter), re.escape(escape)
    skipped = f"|{ahead}(?:\\r\\n|(?s:.))" if escape else ""
    plain = f"(?:[^{between}{ahead}\\r\\n]++{skipped})*+" if escape else f"[^{between}\\r\\n]*+"
    quoted = f"{mark}(?:[^{mark}{ahead}]++|{mark}{mark}{skipped})*+{mark}"
    spaces = " *+" if is_spaced else ""
    field = f"(?:{spaces}{quoted}{spaces}{plain}|(?!{spaces}{mark}){plain})" if quote else plain
    # A carriage return at the very end may be half of a line end.
    end = r"(?:\r\n|\n|\r(?!\Z))"
    one = f"(?:{spaces}({quoted}){spaces}({plain})|((?!{spaces}{mark}){plain}))(?:{between}|{end}|\r)"
    return (
        re.compile(f"({field}(?:{between}{field})*+{end})|((?s:.+))"),
        re.compile(one if quote else ""),
    )

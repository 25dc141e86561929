"""Records of a CSV block by polars, if polars is certain to read them correctly."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from importer.core import EACH, here

if TYPE_CHECKING:
    from importer.sources.csv.dialect import Dialect

__all__ = ["Certain", "certain_records", "count_fields", "last_record_end", "lengths_of"]


_HELD = b"\x01"
_UNIT = "\x1f"
"""Stands for a delimiter that polars does not take, such as two characters."""
LONE_RETURN = r"\r(?:[^\n]|\z)"


class Certain(NamedTuple):
    """Cells by position, the text that polars read, its delimiter, and the quote that was needed; empty if none was."""

    frame: pl.DataFrame
    text: bytes
    delimiter: str
    quote: str


def certain_records(block: bytes, dialect: Dialect, width: int, most_cells: int = 1 << 22) -> Certain | None:
    r"""Cells of whole records by position, `width` columns; None if polars might get a cell wrong.

    polars is right if every quote is in its place, no carriage return stands alone and no record
    has more than `width` fields. It keeps an empty field (null) apart from a quoted empty one. It never
    makes more than `most_cells` cells, or than the block has bytes.

    Examples
    --------
    >>> from importer.sources.csv.dialect import Dialect
    >>> dialect = Dialect(encoding="utf-8", delimiter=",", quote='"')
    >>> certain_records(b'1,"a, b"\n\n2\n', dialect, 2).frame.rows()
    [('1', 'a, b'), (None, None), ('2', None)]
    >>> certain_records(b'1,a "b", c\n', dialect, 2) is None
    True
    """
    delimiter = dialect.delimiter
    is_other = not delimiter.isascii() or len(delimiter) > 1
    if not dialect.quote.isascii() or b"\0" in block or (is_other and _UNIT.encode() in block):
        return None
    if is_other:
        block, dialect = block.replace(delimiter.encode(), _UNIT.encode()), replace(dialect, delimiter=_UNIT)
    has_escapes = dialect.escape != "" and dialect.escape.encode() in block
    if _is_spaced(block, dialect) or (has_escapes and (block := _without_escapes(block, dialect)) == b""):
        return None
    if width * block.count(b"\n") > max(most_cells, len(block)):
        return None
    quote = _quote_in(block, dialect)
    if quote is None or (has_escapes and not quote):
        return None
    # The first line sets the number of columns.
    measure = dialect.delimiter.encode() * (width - 1) + b"\n"
    try:
        frame = pl.read_csv(
            measure + block,
            has_header=False,
            infer_schema=False,
            schema=dict.fromkeys(map(str, range(width)), pl.String),
            separator=dialect.delimiter,
            quote_char=quote or None,
        )
    except pl.exceptions.ComputeError:
        return None
    if quote and is_other:
        # Within quotes it was no delimiter.
        frame = frame.with_columns(pl.all().str.replace_all(_UNIT, delimiter, literal=True))
    return Certain(frame.slice(1), block, dialect.delimiter, quote)


def lengths_of(records: Certain, needed: int) -> pl.Series | None:
    r"""How many fields each of the records has; None if none has fewer than `needed`.

    Examples
    --------
    >>> from importer.sources.csv.dialect import Dialect
    >>> dialect = Dialect(encoding="utf-8", delimiter=",", quote='"')
    >>> lengths_of(certain_records(b'1,"a, b"\n2\n3,\n', dialect, 2), 2).to_list()
    [2, 1, 2]
    """
    frame, block, delimiter, quote = records
    if needed <= 1 or not frame.height or not frame[:, min(needed, frame.width) - 1].null_count():
        return None
    if needed == frame.width and delimiter != _UNIT:
        # None has more than `needed`, so that all have as many if they have so many together.
        within = frame.select(pl.all().str.count_matches(delimiter, literal=True).sum()).row(0) if quote else ()
        if block.count(delimiter.encode()) - sum(within) == (needed - 1) * frame.height:
            return None
    lengths = count_fields(block, delimiter, quote)
    return None if (lengths >= needed).all() else lengths


def count_fields(block: bytes, delimiter: str, quote: str) -> pl.Series:
    r"""How many fields each record of a block has in which all quotes are in their places.

    Examples
    --------
    >>> count_fields(b'1,"a, b"\n2\n', ",", '"').to_list()
    [2, 1]
    """
    text = pl.Series([block], dtype=pl.Binary).cast(pl.String)
    if quote:
        mark = re.escape(quote)
        text = text.str.replace_all(f"{mark}[^{mark}]*{mark}", "")
    return text.str.strip_suffix("\n").str.split("\n").explode().str.count_matches(delimiter, literal=True) + 1


def last_record_end(text: bytes, dialect: Dialect) -> int:
    """Where the last whole record of the text ends, if all quotes are in their places; 0 if no record ends."""
    mark, escape = dialect.quote.encode(), dialect.escape.encode()
    if escape and escape in text:
        text = text.replace(escape * 2, b"  ").replace(escape + mark, b"  ")
    end = text.rfind(b"\n") + 1
    if not mark or not end:
        return end
    open_quotes = text.count(mark, 0, end)
    while end and open_quotes % 2:
        before = text.rfind(b"\n", 0, end - 1) + 1
        open_quotes -= text.count(mark, before, end)
        end = before
    return end


def _is_spaced(block: bytes, dialect: Dialect) -> bool:
    """Whether spaces may stand beside a quote, which polars would not ignore."""
    mark = re.escape(dialect.quote.encode())
    return dialect.is_spaced and re.search(rb" %b|%b " % (mark, mark), block) is not None


def _without_escapes(block: bytes, dialect: Dialect) -> bytes:
    """The block with doubled quotes in place of escaped ones; empty if other escapes count."""
    escape, quote = dialect.escape.encode(), dialect.quote.encode()
    if _HELD in block:
        return b""
    text, delimiter = b"\n" + block.replace(escape * 2, _HELD), dialect.delimiter.encode()
    # An escaped quote that begins a field would become one around it.
    if any(before + escape + quote in text for before in (delimiter, b"\r", b"\n")):
        return b""
    if any(escape + behind in text for behind in (delimiter, b"\r", b"\n")):
        return b""
    # Nor would one behind a quote that ends a field, as if that one were doubled.
    behind = quote + _HELD
    marked = text.replace(escape + quote, _HELD)
    if marked.count(behind) != sum(marked.count(before + behind) for before in (delimiter, b"\r", b"\n")):
        return b""
    return text[1:].replace(escape + quote, quote * 2).replace(_HELD, escape)


def _quote_in(block: bytes, dialect: Dialect) -> str | None:
    """The quote with which polars reads the block correctly, empty for no quote, None if it does not."""
    quoted = dialect.quote != "" and dialect.quote.encode() in block
    if not quoted and b"\r" not in block:
        return ""
    try:
        text = pl.Series([block], dtype=pl.Binary).cast(pl.String)
    except (pl.exceptions.ComputeError, pl.exceptions.InvalidOperationError):
        return None
    if not quoted:
        return None if text.str.contains(LONE_RETURN)[0] else ""
    if _are_in_place(text, dialect, has_returns=b"\r" in block):
        return dialect.quote
    return "" if text.str.contains(_unquoted(dialect))[0] else None


def _are_in_place(text: pl.Series, dialect: Dialect, *, has_returns: bool) -> bool:
    """Whether each quote begins a field, ends one, or is doubled within one; no carriage return stands alone."""
    pieces = text.str.split(dialect.quote).explode()
    outside = pieces.gather_every(2)
    if len(pieces) % 2 == 0:
        return False
    # Nothing between two quotes is a doubled one.
    is_empty, delimiter = EACH == "", dialect.delimiter
    ends = is_empty | EACH.str.ends_with(delimiter) | EACH.str.ends_with("\n")
    begins = is_empty | EACH.str.starts_with(delimiter) | EACH.str.starts_with("\n") | EACH.str.starts_with("\r\n")
    if not here(outside.head(-1), ends).all() or not here(outside.slice(1), begins).all():
        return False
    return not has_returns or not here(outside, EACH.str.contains(LONE_RETURN)).any()


@lru_cache
def _unquoted(dialect: Dialect) -> str:
    """Pattern of the texts in which no field begins with a quote."""
    mark = re.escape(dialect.quote)
    stop = f"{re.escape(dialect.delimiter)}\\r\\n"
    end = f"(?:{re.escape(dialect.delimiter)}|\\r?\\n|\\z)"
    return f"\\A(?:(?:[^{mark}{stop}][^{stop}]*)?{end})*\\z"

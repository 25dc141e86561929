"""Records of a CSV block by polars, if polars is certain to read them correctly."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from importer.sources.csv._dialect import Dialect

__all__ = ["Certain", "certain_records", "last_record_end", "lengths_of"]


class Certain(NamedTuple):
    """Cells by position, and the quote with which they were read; empty if none was needed."""

    frame: pl.DataFrame
    quote: str


def certain_records(block: bytes, dialect: Dialect, width: int, most_cells: int = 1 << 22) -> Certain | None:
    r"""Cells of whole records by position, `width` columns; None if polars might get a cell wrong.

    polars is right if every quote is in its place, no carriage return stands alone and no record
    has more than `width` fields. It keeps an empty field (null) apart from a quoted empty one. It never
    makes more than `most_cells` cells, or than the block has bytes.

    Examples
    --------
    >>> from importer.sources.csv._dialect import Dialect
    >>> dialect = Dialect(encoding="utf-8", delimiter=",", quote='"')
    >>> certain_records(b'1,"a, b"\n\n2\n', dialect, 2).frame.rows()
    [('1', 'a, b'), (None, None), ('2', None)]
    >>> certain_records(b'1,a "b", c\n', dialect, 2) is None
    True
    """
    delimiter = dialect.delimiter
    if not (delimiter + dialect.quote).isascii() or b"\0" in block or _is_unusual(block, dialect):
        return None
    if width * block.count(b"\n") > max(most_cells, len(block)):
        return None
    quote = _quote_in(block, dialect)
    if quote is None:
        return None
    # The first line sets the number of columns.
    measure = delimiter.encode() * (width - 1) + b"\n"
    try:
        frame = pl.read_csv(
            measure + block,
            has_header=False,
            infer_schema=False,
            schema=dict.fromkeys(map(str, range(width)), pl.String),
            separator=delimiter,
            quote_char=quote or None,
        )
    except pl.exceptions.ComputeError:
        return None
    return Certain(frame.slice(1), quote)


def lengths_of(block: bytes, dialect: Dialect, records: Certain, needed: int) -> pl.Series | None:
    r"""How many fields each of the records has; None if none has fewer than `needed`.

    Examples
    --------
    >>> from importer.sources.csv._dialect import Dialect
    >>> dialect = Dialect(encoding="utf-8", delimiter=",", quote='"')
    >>> block = b'1,"a, b"\n2\n3,\n'
    >>> lengths_of(block, dialect, certain_records(block, dialect, 2), 2).to_list()
    [2, 1, 2]
    """
    frame, quote = records
    if needed <= 1 or not frame.height or not frame[:, min(needed, frame.width) - 1].null_count():
        return None
    delimiter = dialect.delimiter
    if needed == frame.width:
        # None has more than `needed`, so that all have as many if they have so many together.
        within = frame.select(pl.all().str.count_matches(delimiter, literal=True).sum()).row(0) if quote else ()
        if block.count(delimiter.encode()) - sum(within) == (needed - 1) * frame.height:
            return None
    text = pl.Series([block], dtype=pl.Binary).cast(pl.String)
    if quote:
        mark = re.escape(quote)
        text = text.str.replace_all(f"{mark}[^{mark}]*{mark}", "")
    lengths = text.str.strip_suffix("\n").str.split("\n").explode().str.count_matches(delimiter, literal=True) + 1
    return None if (lengths >= needed).all() else lengths


def last_record_end(text: bytes, quote: str) -> int:
    """Where the last whole record of the text ends, if all quotes are in their places; 0 if no record ends."""
    mark = quote.encode()
    end = text.rfind(b"\n") + 1
    if not mark or not end:
        return end
    open_quotes = text.count(mark, 0, end)
    while end and open_quotes % 2:
        before = text.rfind(b"\n", 0, end - 1) + 1
        open_quotes -= text.count(mark, before, end)
        end = before
    return end


def _is_unusual(block: bytes, dialect: Dialect) -> bool:
    """Whether the block has quotes that polars does not know."""
    if dialect.escape and dialect.escape.encode() in block:
        return True
    return dialect.is_spaced and re.search(rb" %b|%b " % ((re.escape(dialect.quote.encode()),) * 2), block) is not None


def _quote_in(block: bytes, dialect: Dialect) -> str | None:
    """The quote with which polars reads the block correctly, empty for no quote, None if it does not."""
    quoted = dialect.quote != "" and dialect.quote.encode() in block
    if not quoted and b"\r" not in block:
        return ""
    try:
        text = pl.Series([block], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.InvalidOperationError:
        return None
    if not quoted:
        return None if text.str.contains(r"\r(?:[^\n]|\z)")[0] else ""
    return next((quote for quote, rightly in _patterns(dialect) if text.str.contains(rightly)[0]), None)


@lru_cache
def _patterns(dialect: Dialect) -> tuple[tuple[str, str], ...]:
    """Patterns of the texts that polars reads correctly, with a quote and without."""
    mark = re.escape(dialect.quote)
    stop = f"{re.escape(dialect.delimiter)}\\r\\n"
    end = f"(?:{re.escape(dialect.delimiter)}|\\r?\\n|\\z)"
    return (
        (dialect.quote, f"\\A(?:(?:{mark}(?:[^{mark}]|{mark}{mark})*{mark}|[^{mark}{stop}]*){end})*\\z"),
        ("", f"\\A(?:(?:[^{mark}{stop}][^{stop}]*)?{end})*\\z"),
    )

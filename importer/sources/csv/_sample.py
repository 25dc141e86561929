"""Records from all over a large CSV file, without reading all of it."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

import polars as pl

from importer.sources._blocks import spread
from importer.sources.csv._exact import complete_records, undoubled
from importer.sources.csv._kind import first_bytes, reading
from importer.sources.csv._records import DOS_END, LOST, NUL, Block, frame_of
from importer.sources.csv._unpack import is_packed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.sources.csv._exact import Record
    from importer.sources.csv.dialect import Dialect

__all__ = ["can_seek", "spread_blocks"]

WHOLE = 1 << 22
"""Files up to this size are read whole."""

WINDOWS = 16
SMALLEST, LARGEST = 1 << 14, 1 << 20
"""Number of windows, and the bytes to read in each."""

_LINE_END = re.compile(r"\r\n|\n|\r")


def can_seek(path: Path, dialect: Dialect, total: int) -> bool:
    """Whether the file is large, not compressed, and in an encoding that can be read from any line."""
    stateful = re.sub(r"\W|_", "", dialect.encoding.lower()).startswith(("utf7", "iso2022", "hz"))
    return total > WHOLE and not stateful and not is_packed(first_bytes(path))


def spread_blocks(  # noqa: PLR0913 - what is read, and how much of it
    path: Path, dialect: Dialect, head: Block, total: int, size: int, *, cells: int = 0
) -> Iterator[Block]:
    """At most `size` records from windows after `head`, evenly spread, the last one at the end of the file.

    Their row numbers are estimates, from the length of the records in the windows; they rise. `cells` as for
    `record_blocks`.
    """
    each = max(size // WINDOWS, 1)
    row_bytes = head.completed / (head.first_row + head.frame.height - 1)
    left = total - head.completed
    window = min(max(int(2 * each * row_bytes), SMALLEST), LARGEST, left // (WINDOWS + 1))
    found: list[tuple[int, list[Record], bool]] = []
    read = records_read = 0
    for at in spread(left - window, WINDOWS):
        # Characters of UTF-16 and 32 begin at whole multiples of their size.
        begin = (head.completed + at) // 4 * 4
        end = total if at == left - window - 1 else begin + window
        with reading(path), path.open("rb") as file:
            file.seek(begin)
            text = file.read(end - begin).decode(dialect.encoding, errors="replace")
        text = text.rstrip(DOS_END.decode()) if end == total else text
        records = _records_within(text, dialect, head.frame.width, cells, final=end == total)
        is_odd = NUL in text or LOST in text
        found.append((begin, records[-each:] if end == total else records[:each], is_odd))
        read, records_read = read + end - begin, records_read + len(records)

    next_row = row = head.first_row + head.frame.height
    for begin, records, is_odd in found:
        if records:
            row = max(row, next_row + int((begin - head.completed) * records_read / read))
            lengths = pl.Series([len(record) for record in records], dtype=pl.Int64)
            yield Block(frame_of(records), row, total, lengths, is_odd=is_odd)
            row += len(records)


def _records_within(text: str, dialect: Dialect, width: int, cells: int, *, final: bool) -> list[Record]:
    """Whole records of a text that begins anywhere, perhaps inside quotes."""
    begun = _LINE_END.search(text)
    if begun is None:
        return []
    text = text[begun.end() :]
    text = undoubled(text, dialect.quote) if dialect.is_doubled else text
    is_within = _begins_within_quotes(text, dialect)
    records = [] if is_within else complete_records(text, dialect, final=final, cells=cells)[0]
    if is_within is not False:
        others = complete_records(dialect.quote + text, dialect, final=final, cells=cells)[0]
        either = others[1:] if is_within else _agreed(records, others)
        records = either or max(records, others[1:], key=lambda them: _share(them, width))
    if LOST not in text:
        return records
    # Reading the whole file reports damaged bytes.
    return [record for record in records if not any(cell and LOST in cell for cell in record)]


def _begins_within_quotes(text: str, dialect: Dialect) -> bool | None:
    """Whether the text begins within quotes, by its first quote; None if that may open and close."""
    quote = dialect.quote
    at = text.find(quote) if quote else -1
    if at < 0:
        return False
    before, after = text[max(at - 1, 0) : at], text[at + 1 : at + 2]
    ends = {"", dialect.delimiter, "\n", "\r"}
    may_open, may_close = before in ends, after in ends
    if may_open == may_close or quote in {before, after} or dialect.escape or dialect.is_spaced:
        return None
    return may_close


def _agreed(records: list[Record], others: list[Record]) -> list[Record]:
    """The last records, from where both readings agree."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(reversed(records), reversed(others), strict=False))
    return records[len(records) - sum(1 for _ in same) :]


def _share(records: list[Record], width: int) -> float:
    return sum(len(record) == width for record in records) / max(len(records), 1)

"""Records of a CSV file in blocks, each read in the fastest way that is correct."""

from __future__ import annotations

import sys
from contextlib import closing
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from importer.errors import Fix, Message, SourceError
from importer.sources.csv._bytes import BadBytesError, Utf8
from importer.sources.csv._exact import complete_records, open_record
from importer.sources.csv._fast import certain_records, last_record_end, lengths_of
from importer.sources.csv._mended import MOST_COLUMNS, NUL, mended_records
from importer.sources.csv.dialect import without_sep_line

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from importer.sources.csv._exact import Record, Stray
    from importer.sources.csv.dialect import Dialect

__all__ = ["LOST", "MOST_COLUMNS", "NUL", "Block", "Limits", "Other", "frame_of", "record_blocks", "without_comments"]

LOST = "\ufffd"
"""What no cell should hold, like NUL."""

_LOST = LOST.encode()

DOS_END = b"\x1a"
"""With which programs of DOS end a text."""

MOST_CELLS = 1 << 22
"""Limit of cells per frame: a wide header above very short records must not fill the memory."""


class Limits(NamedTuple):
    """Bytes of the first block, of the next one after a malformed record, of any block, and of a record."""

    first: int = 1 << 18
    smallest: int = 1 << 14
    largest: int = 1 << 22
    longest: int = 1 << 24


LIMITS = Limits()
"""Small first blocks show rows at once, large ones use all cores, and memory stays flat."""


class Other(NamedTuple):
    """A record that is written with another delimiter."""

    record: int
    delimiter: str


class Block(NamedTuple):
    """Consecutive records.

    Attributes
    ----------
    frame
        Their cells by position.
    first_row
        The number of the first record.
    completed
        How much of the file has been read after them.
    lengths
        How many cells each record has; None if none has fewer than needed.
    is_odd
        Whether there may be a NUL or a replacement character among the cells.
    strays
        Cells with text after the closing quote.
    others
        Records that were cut into cells by another delimiter.
    """

    frame: pl.DataFrame
    first_row: int
    completed: int
    lengths: pl.Series | None = None
    is_odd: bool = False
    strays: tuple[Stray, ...] = ()
    others: tuple[Other, ...] = ()


def record_blocks(  # noqa: PLR0913 - what is read, and how much of it
    path: Path,
    dialect: Dialect,
    width: int,
    limits: Limits = LIMITS,
    *,
    needed: int = 0,
    cells: int = 0,
    last_row: int = sys.maxsize,
) -> Generator[Block]:
    """The records of the file down to the last row, with columns named by position. Rows are records, counted from 1.

    Blocks grow while polars reads them correctly. Around a record that it does not, they are small and
    read in Python. `width` columns are expected; wider records are not cut. Where a record has fewer cells
    than `needed`, its block tells. One whose quotes are wrong is read so that it has `cells` of them, if it can be.

    Raises
    ------
    SourceError
        If bytes are not in the encoding, a quote is never closed, or a record is endless.
    """
    row, size, odd_size, widest, was_odd = 1, limits.first, limits.smallest, width + 64, False
    with closing(Utf8(path, dialect.encoding, dialect.quote if dialect.is_doubled else "")) as text:
        window = _Window(text, is_padded=dialect.is_padded)
        while True:
            piece, final = window.look(size)
            if (final and not piece) or row > last_row:
                return
            end = len(piece) if final else last_record_end(piece, dialect)
            certain = certain_records(piece[:end], dialect, width, MOST_CELLS) if end and not was_odd else None
            if certain is not None:
                lengths = lengths_of(certain, needed)
                blocks = [Block(certain.frame, 0, 0, lengths, is_odd=_LOST[:1] in piece and _LOST in piece)]
                size, odd_size = min(2 * size, limits.largest), limits.smallest
            elif size > odd_size and not was_odd:
                # Most of the block may be well formed: narrow it down.
                size = max(size // 4, odd_size)
                continue
            else:
                try:
                    most = last_row + 1 - row
                    odd = _odd_records(
                        window, dialect, width, size=odd_size, longest=limits.longest, most=most, cells=cells
                    )
                except _StuckError as exc:
                    at = row + exc.after
                    raise SourceError(
                        exc.why.after(f"row {at:,} of {path.name!r} "),
                        code="text-unreadable",
                        facts={"file": path.name, "row": at},
                    ) from exc
                blocks, end, was_odd = odd.blocks, odd.end, odd.is_mended
                size, odd_size = odd_size, min(2 * odd_size, max(limits.first, limits.largest >> 2))
                width = max(width, min(odd.width, widest))
            completed = window.take(end)
            for block in blocks:
                for part in _slices(block, max(MOST_CELLS // width, 1)):
                    height = min(part.frame.height, last_row + 1 - row)
                    if height:
                        yield next(_slices(part, height))._replace(first_row=row, completed=completed)
                        row += height


def frame_of(records: Sequence[Record]) -> pl.DataFrame:
    """Records as columns by position, with nulls at the end of short ones.

    Examples
    --------
    >>> frame_of([["a"], ["b", "c"]]).to_dict(as_series=False)
    {'0': ['a', 'b'], '1': [None, 'c']}
    """
    columns = zip_longest(*records)
    return pl.DataFrame([pl.Series(str(at), cells, dtype=pl.String) for at, cells in enumerate(columns)])


def without_comments(block: Block, comment: str) -> Block:
    """The block with nothing in the records that begin with the comment; a record without cells is no row.

    Examples
    --------
    >>> without_comments(Block(frame_of([["1", "x"], ["# note", "y"]]), 1, 9), "#").frame.rows()
    [('1', 'x'), (None, None)]
    """
    first = block.frame.to_series(0) if comment and block.frame.width else None
    are_comments = None if first is None else first.str.starts_with(comment).fill_null(value=False)
    if are_comments is None or not are_comments.any():
        return block
    return block._replace(
        frame=block.frame.select(pl.when(~are_comments).then(pl.all())),
        strays=tuple(stray for stray in block.strays if not are_comments[stray.record]),
    )


class _Window:
    """The part of the text that is in memory."""

    def __init__(self, text: Utf8, *, is_padded: bool = False) -> None:
        self.fault: BadBytesError | None = None
        self._is_padded = is_padded
        self._nuls = 0
        self._text = text
        self._held = b""
        self._at = 0
        self._ended = False
        self._completed = 0

    @property
    def offset(self) -> int:
        """Where the window begins in the text, in bytes."""
        return self._text.offset - len(self._held) + self._at

    def look(self, size: int) -> tuple[bytes, bool]:
        """The next bytes, fewer than `size` only at the end or before a fault; whether the text ends with them."""
        while len(self._held) - self._at < size and not self._ended and self.fault is None:
            begins = self._text.offset == 0
            try:
                found = self._text.read(size - len(self._held) + self._at)
            except BadBytesError as fault:
                self.fault = fault
                break
            self._ended = not found
            found = self._unpadded(found) if self._is_padded else found
            self._held = self._held[self._at :] + (without_sep_line(found) if begins else found)
            self._at = 0
            if self._ended:
                self._held = self._held.rstrip(DOS_END)
        piece = self._held[self._at : self._at + size]
        return piece, self._ended and self._at + len(piece) == len(self._held)

    def _unpadded(self, found: bytes) -> bytes:
        """The bytes without the NULs at their end, which wait until more text follows."""
        text = found.rstrip(b"\0")
        held, self._nuls = self._nuls, len(found) - len(text) + (0 if text else self._nuls)
        return b"\0" * min(held, LIMITS.longest) + text if text else b""

    def take(self, size: int) -> int:
        """Drop the next bytes, and return how much of the file on disk has been read."""
        self._at += size
        share = self._text.position * self.offset // max(self._text.offset, 1)
        self._completed = max(self._completed, share)
        return self._completed


class _StuckError(Exception):
    """The record `after` rows further cannot be read. The caller knows the row and tells the user."""

    def __init__(self, why: Message, after: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.after = after


class _Odd(NamedTuple):
    """Records that were not read as they stand.

    Attributes
    ----------
    blocks
        One record at least.
    width
        How many cells the widest has.
    end
        The bytes that they take.
    is_mended
        Whether fields were written anew, so that the next block is likely to need it too.
    """

    blocks: list[Block]
    width: int
    end: int
    is_mended: bool = False


def _odd_records(  # noqa: PLR0913 - what is read, and how much of it
    window: _Window, dialect: Dialect, width: int, *, size: int, longest: int, most: int, cells: int
) -> _Odd:
    """At least one record that polars misreads as it stands; only the first `most` matter."""
    while True:
        piece, final = window.look(size)
        if not final:
            piece = piece[: max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1]
        try:
            text = piece.decode()
        except UnicodeDecodeError as exc:
            window.fault = BadBytesError(window.offset + exc.start, piece[exc.start : exc.end])
            piece, final = piece[: exc.start], False
            text = piece.decode()
        # What is looked at may be long: it is held once.
        del piece
        is_odd = NUL in text or LOST in text
        mended = mended_records(text, dialect, width, final=final, most_cells=MOST_CELLS, cells=cells)
        if mended is not None:
            block = Block(mended.frame, 0, 0, mended.lengths, is_odd, mended.strays)
            return _Odd([block], mended.frame.width, _octets(text, mended.rest), mended.is_other)
        strays: list[Stray] = []
        records, rest = complete_records(text, dialect, final=final, strays=strays, cells=cells)
        if records:
            return _odd(records[:most], strays, _octets(text, rest), is_odd=is_odd)
        if window.fault is not None:
            found = f"holds {window.fault.found!r} (byte {window.fault.offset:,} of the text)"
            raise _StuckError(Message(f"{found}, which is not {dialect.encoding}", [Fix("encoding")]))
        if rest and (final or size >= longest):
            # A quote is never closed, so that it is text; the record is its line.
            record, rest = open_record(rest, dialect, strays, cells=cells)
            return _odd([record], strays, _octets(text, rest), is_odd=is_odd)
        if final or size >= longest:
            within = "the end of the file" if final else f"{size:,} bytes"
            raise _StuckError(Message(f"does not end before {within}", ["check that it is a table, with line ends"]))
        size = min(2 * size, longest)


def _octets(text: str, rest: str) -> int:
    """How many bytes stand before the rest of a text."""
    return len(text[: len(text) - len(rest)].encode())


def _odd(records: list[Record], strays: list[Stray], end: int, *, is_odd: bool) -> _Odd:
    """Records read in Python, as blocks none of which has many more cells than its records have."""
    blocks: list[Block] = []
    begin = width = 0
    for index, record in enumerate([*records, None]):
        if record is not None and len(record) > MOST_COLUMNS:
            why = f"has {len(record):,} cells, and a sheet has at most {MOST_COLUMNS:,}"
            raise _StuckError(Message(why, [Fix("delimiter")]), index)
        width = max(width, len(record or ()))
        if record is None or (width * (index + 1 - begin) > MOST_CELLS and index > begin):
            part = records[begin:index]
            lengths = pl.Series([len(one) for one in part], dtype=pl.Int64)
            blocks.append(Block(frame_of(part), 0, 0, lengths, is_odd, _beside(strays, begin, index)))
            begin, width = index, len(record or ())
    return _Odd(blocks, max(map(len, records)), end)


def _slices(block: Block, height: int) -> Iterator[Block]:
    """The block in parts of at most so many records."""
    if 0 < block.frame.height <= height:
        yield block
        return
    for begin in range(0, block.frame.height, height):
        yield block._replace(
            frame=block.frame.slice(begin, height),
            lengths=None if block.lengths is None else block.lengths.slice(begin, height),
            strays=_beside(block.strays, begin, begin + height),
        )


def _beside(strays: Sequence[Stray], begin: int, end: int) -> tuple[Stray, ...]:
    """The strays of some of the records, counted from the first of these."""
    if begin == 0 and (not strays or strays[-1].record < end):
        return tuple(strays)
    return tuple(stray._replace(record=stray.record - begin) for stray in strays if begin <= stray.record < end)

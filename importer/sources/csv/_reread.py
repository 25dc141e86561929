"""Records whose quotes are wrong, read once more by how many cells the table has: `reread`."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.sources.csv.dialect import Dialect

__all__ = ["Reread", "doubled_inside", "is_doubtful", "reread"]

MOST_WAYS = 1_000
"""Cells that the pieces of a record may be. One with more is not read again: a file of them would take hours."""

BROKEN = 100
"""What it costs that text follows a closing quote, which no program writes; a quote as text costs 1."""


class Reread(NamedTuple):
    """A record whose quotes make sense.

    Attributes
    ----------
    cells
        What it holds.
    kept
        Places of the cells in which a quote is text that should have been doubled.
    opening
        Places of the cells that begin with a quote that is text.
    length
        How much of the text it takes.
    cost
        How many quotes are text.
    """

    cells: list[str | None]
    kept: tuple[int, ...]
    opening: tuple[int, ...]
    length: int
    cost: int


class _Field(NamedTuple):
    """A cell that pieces of a record may be, up to the piece `end`."""

    end: int
    cost: int
    cell: str | None
    kind: str


_Ways: TypeAlias = "dict[int, tuple[int, bool, int, _Field | None]]"
"""By the delimiters that are text: the cost, whether there is another way, where the last field begins, and it."""


def reread(record: str, dialect: Dialect, cells: int) -> Reread | None:
    r"""The record with so many cells in which the fewest quotes are text; None if there is none, or more than one.

    A quote opens a cell where a field begins, and closes it where one ends; any other is text. The record is its
    first line, or all of its lines if fewer quotes are text then.

    Examples
    --------
    >>> from importer.sources.csv.dialect import Dialect
    >>> dialect = Dialect(encoding="utf-8", delimiter=",", quote='"')
    >>> reread('1,"5" pipe, steel",x\n', dialect, 3).cells
    ['1', '5" pipe, steel', 'x']
    >>> reread('"1,pipe,"a, b"\n', dialect, 3).cells
    ['"1', 'pipe', 'a, b']
    >>> reread('1,"5" pipe, steel",x\n', dialect, 9) is None
    True
    """
    if cells < 2 or not dialect.quote or (dialect.escape and dialect.escape in record):  # noqa: PLR2004 - no delimiter
        return None
    line = _LINE.match(record)
    first = line[0] if line else record
    found = _plain(first, dialect, cells) or _strict(first, dialect, cells)
    if found is None:
        texts = [first] if len(first) == len(record) else [first, record]
        ways = filter(None, [_read(text, dialect, cells) for text in texts])
        found = min(ways, key=lambda one: one.cost, default=None)
    return found if found is not None and found.cost < BROKEN else None


_LINE_END = re.compile(r"[\r\n]")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)?")


def is_doubtful(text: str, at: int, quoted: str, dialect: Dialect) -> bool:
    r"""Whether the record that begins at a place, and has text behind a quoted field, may be meant otherwise.

    Examples
    --------
    >>> from importer.sources.csv.dialect import Dialect
    >>> dialect = Dialect(encoding="utf-8", delimiter=",", quote='"')
    >>> is_doubtful('1,"5" pipe\n', 0, '"5"', dialect), is_doubtful('1,"5" pipe, steel"\n', 0, '"5"', dialect)
    (False, True)
    """
    if dialect.delimiter in quoted or "\n" in quoted or "\r" in quoted:
        return True
    line = _LINE_END.search(text, at)
    # More quotes than those around the field.
    return text.count(dialect.quote, at, len(text) if line is None else line.start()) > 2  # noqa: PLR2004


def doubled_inside(text: str, dialect: Dialect, mark: str) -> tuple[str, int]:
    r"""The text with quotes doubled in the cells of one line that hold quotes, which get a mark, and their number.

    It is what `reread` makes of records that have the right number of cells then, and much faster.

    Examples
    --------
    >>> from importer.sources.csv.dialect import Dialect
    >>> dialect = Dialect(encoding="utf-8", delimiter=",", quote="'")
    >>> doubled_inside("1,'a ''b','it's red, steel',x\n", dialect, "*")
    ("1,'a ''b','*it''s red, steel',x\n", 1)
    """
    quote, found = dialect.quote, 0
    if len(dialect.delimiter) > 1 or (dialect.escape and dialect.escape in text):
        return text, 0

    def written(match: re.Match[str]) -> str:
        nonlocal found
        before, field, behind = match.groups()
        if field is None:
            return match[0]
        found += 1
        inner = field[1:-1].replace(quote * 2, quote).replace(quote, quote * 2)
        return f"{before}{quote}{mark}{inner}{quote}{behind}"

    return _strict_text(dialect).sub(written, text), found


def _plain(line: str, dialect: Dialect, cells: int) -> Reread | None:
    """The record that a line is if the only quote in it is text."""
    if line.count(dialect.quote) != 1:
        return None
    row = [cell or None for cell in line.rstrip("\r\n").split(dialect.delimiter)]
    opening = tuple(at for at, cell in enumerate(row) if cell and dialect.quote in cell)
    return Reread(row, (), opening, len(line), 1) if len(row) == cells else None


def _strict(line: str, dialect: Dialect, cells: int) -> Reread | None:
    """The record that a line is if a quote closes a cell wherever a delimiter follows it; much faster than `_read`."""
    if len(dialect.delimiter) > 1:
        return None
    fields = _strict_field(dialect).findall(line.rstrip("\r\n") + dialect.delimiter)
    if len(fields) != cells:
        return None
    row: list[str | None] = []
    kept: list[int] = []
    cost = 0
    for quoted, plain, other in fields:
        if other:
            return None
        if quoted and dialect.quote in quoted[1:-1]:
            odd = sum(len(run) % 2 for run in _runs(dialect.quote).findall(quoted[1:-1]))
            if odd:
                kept.append(len(row))
                cost += odd
            row.append(quoted[1:-1].replace(dialect.quote * 2, dialect.quote))
        else:
            row.append(quoted[1:-1] if quoted else plain or None)
    return Reread(row, tuple(kept), (), len(line), cost)


def _read(text: str, dialect: Dialect, cells: int) -> Reread | None:
    """The record that a text is as a whole."""
    pieces = text.rstrip("\r\n").split(dialect.delimiter)
    joins = len(pieces) - cells
    if joins < 0:
        return None
    closing = [at for at, piece in enumerate(pieces) if piece.rstrip(_spaces(dialect)).endswith(dialect.quote)]
    opening = [at for at, piece in enumerate(pieces) if piece.lstrip(_spaces(dialect)).startswith(dialect.quote)]
    if (len(opening) + 1) * (min(joins, len(closing)) + 1) > MOST_WAYS or len(pieces) * joins > 5 * MOST_WAYS:
        return None
    ways: list[_Ways] = [{} for _ in range(len(pieces) + 1)]
    ways[0][0] = (0, False, 0, None)
    for at in range(len(pieces)):
        if not ways[at]:
            continue
        within = closing[bisect_left(closing, at) : bisect_right(closing, at + joins)]
        _go_on(ways, at, list(_fields(pieces, at, within, dialect)), joins)
    last = ways[-1].get(joins)
    if last is None or last[1]:
        return None
    return _traced(ways, joins, len(text), last[0])


def _go_on(ways: Sequence[_Ways], at: int, fields: Sequence[_Field], joins: int) -> None:
    """Add what each of the ways up to a piece is with one field more."""
    for used, (cost, is_unclear, _, _) in ways[at].items():
        for field in fields:
            joined = used + field.end - at - 1
            if joined > joins:
                continue
            known = ways[field.end].get(joined)
            total = cost + field.cost
            if known is None or total < known[0]:
                ways[field.end][joined] = (total, is_unclear, at, field)
            elif total == known[0]:
                ways[field.end][joined] = (known[0], True, *known[2:])


def _traced(
    ways: Sequence[dict[int, tuple[int, bool, int, _Field | None]]], joins: int, length: int, cost: int
) -> Reread:
    """The record of the cheapest way."""
    fields: list[_Field] = []
    end = len(ways) - 1
    while end:
        _, _, begin, field = ways[end][joins]
        assert field is not None  # noqa: S101 - only the beginning has none
        fields.append(field)
        end, joins = begin, joins - (field.end - begin - 1)
    fields.reverse()
    kept, opening = (tuple(at for at, one in enumerate(fields) if one.kind == kind) for kind in ("kept", "opening"))
    return Reread([one.cell for one in fields], kept, opening, length, cost)


def _fields(pieces: Sequence[str], at: int, closing: Sequence[int], dialect: Dialect) -> Iterator[_Field]:
    """What may begin with a piece: a plain cell, or one in quotes, up to this piece or a later one."""
    quote, spaces = dialect.quote, _spaces(dialect)
    piece = pieces[at]
    inner = piece.strip(spaces)
    is_line = "\n" not in piece and "\r" not in piece
    if not inner.startswith(quote):
        if is_line:
            yield _Field(at + 1, 0, piece or None, "plain")
        return
    if is_line:
        # Only a quote that closes nowhere in the piece is surely text.
        is_closed = quote in inner[1:]
        yield _Field(at + 1, BROKEN if is_closed else 1, piece, "opening")
    for end in closing:
        if end == at and len(inner) < 2:  # noqa: PLR2004 - one quote both opens and closes
            continue
        text = dialect.delimiter.join(pieces[at : end + 1]).strip(spaces)[1:-1]
        odd = sum(len(run) % 2 for run in _runs(quote).findall(text))
        yield _Field(end + 1, odd, text.replace(quote * 2, quote), "kept" if odd else "quoted")


def _spaces(dialect: Dialect) -> str:
    """What may stand beside a quote."""
    return " " if dialect.is_spaced else ""


@lru_cache
def _strict_field(dialect: Dialect) -> re.Pattern[str]:
    """A field and the delimiter behind it, or what is none."""
    well, odd, plain, spaces = _parts(dialect, end="")
    between = re.escape(dialect.delimiter)
    return re.compile(f"(?:{spaces}({well}|{odd}){spaces}|({plain})){between}|(.)", re.DOTALL)


@lru_cache
def _strict_text(dialect: Dialect) -> re.Pattern[str]:
    """Fields that are right, then one that holds other quotes; or the rest of a field that is neither."""
    well, odd, plain, spaces = _parts(dialect, end=r"|[\r\n]|\Z")
    between = f"(?:{re.escape(dialect.delimiter)}|\r\n|\n|\r)"
    quote, rest = re.escape(dialect.quote), f"[^{re.escape(dialect.delimiter)}\r\n]"
    stray = f"{quote}(?:[^{quote}\r\n]++|{quote}{quote})*+{quote}"
    # What spans lines is left as it is.
    is_stray = f"(?={stray}(?!{spaces}(?:{between}|\\Z)))"
    fields = f"((?:(?:{spaces}{well}{spaces}|{plain}){between})*+{spaces})"
    return re.compile(f"{fields}(?:{is_stray}({odd})({spaces}{between}?)|(?:{stray}{rest}*+|{rest}++){between}?|\\Z)")


def _parts(dialect: Dialect, *, end: str) -> tuple[str, str, str, str]:
    """A quoted field whose quotes are right, one that holds other quotes, a plain field, and what may stand beside."""
    quote, between, spaces = re.escape(dialect.quote), re.escape(dialect.delimiter), " *+" if dialect.is_spaced else ""
    ahead = f"(?={spaces}(?:{between}{end}))"
    well = f"{quote}(?:[^{quote}]++|{quote}{quote})*+{quote}{ahead}"
    odd = f"{quote}(?:[^{quote}\\r\\n]++|{quote}(?!{spaces}(?:{between}{end})))*+{quote}{ahead}"
    return well, odd, f"(?!{spaces}{quote})[^{between}\\r\\n]*+", spaces


@lru_cache
def _runs(quote: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(quote)}+")

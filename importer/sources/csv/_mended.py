"""Records of a malformed CSV text by polars: the fields that it would misread are written anew, and no others."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from importer.core import EACH, here
from importer.sources.csv._exact import END, Stray, open_line, patterns_of, strays_of, unescaped
from importer.sources.csv._fast import certain_records, count_fields, lengths_of
from importer.sources.csv._reread import doubled_inside, is_doubtful, reread

if TYPE_CHECKING:
    from importer.sources.csv.dialect import Dialect

__all__ = ["Mended", "mended_records"]

MOST_COLUMNS = 16_384
"""As in a sheet."""

NUL = "\0"
_NUL, _STRAY, _OPEN, _KEPT = "\x02", "\x03", "\x04", "\x05"
"""Stand for NUL, which polars does not take, and before a cell whose quotes are wrong."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_MARKS = _STRAY + _OPEN + _KEPT


class Mended(NamedTuple):
    """What a text holds, up to a record that does not end in it.

    Attributes
    ----------
    frame
        Cells by position.
    lengths
        How many cells each record has.
    rest
        The unfinished record.
    strays
        Cells whose quotes are wrong.
    is_other
        Whether polars would have misread the text as it stands.
    """

    frame: pl.DataFrame
    lengths: pl.Series
    rest: str
    strays: tuple[Stray, ...]
    is_other: bool


def mended_records(  # noqa: PLR0913 - what is read, and how much of it
    text: str, dialect: Dialect, width: int, *, final: bool, most_cells: int, cells: int = 0
) -> Mended | None:
    r"""What `complete_records` finds, without a step of Python for each record and cell.

    `width` columns are expected, which saves counting; `cells` as for `complete_records`. None if polars cannot
    take the text even so, if no record ends in it, or if there would be more than `most_cells`.

    Examples
    --------
    >>> from importer.sources.csv.dialect import Dialect
    >>> dialect = Dialect(encoding="utf-8", delimiter=",", quote='"')
    >>> found = mended_records('1,5" pipe\r2,"a" b\n3,"un', dialect, 2, final=False, most_cells=99)
    >>> found.frame.rows(), found.rest, found.strays  # doctest: +ELLIPSIS
    ([('1', '5" pipe'), ('2', 'a b')], '3,"un', (Stray(record=1, position=1, cell='a b', ...),))
    """
    is_unclear = dialect.is_spaced and " " in dialect.delimiter
    if is_unclear or not dialect.quote.isascii() or any(mark in text for mark in _NUL + _MARKS):
        return None
    if cells and dialect.quote and dialect.quote in text:
        ended = text + "\n" if final and text[-1] not in "\r\n" else text
        doubled, count = doubled_inside(ended, dialect, _KEPT)
        found = _read(doubled, dialect, width, final=final, most_cells=most_cells, cells=cells) if count else None
        if found is not None and _are_lines(found, text) and _are_right(found, cells, count):
            return found._replace(is_other=True)
    return _read(text, dialect, width, final=final, most_cells=most_cells, cells=cells)


def _are_lines(found: Mended, text: str) -> bool:
    """Whether each line of the text is a record."""
    ends = len(_LINE_END.findall(text)) + (text[-1] not in "\r\n")
    return not found.rest and found.lengths.len() == ends


def _are_right(found: Mended, cells: int, count: int) -> bool:
    """Whether so many cells have quotes within, in records that are as wide as they should be, and not odd else."""
    kept = [stray for stray in found.strays if stray.is_kept]
    records = {stray.record for stray in kept}
    if len(kept) != count or any(stray.record in records and not stray.is_kept for stray in found.strays):
        return False
    are_marked = any(mark in stray.cell for stray in found.strays for mark in _MARKS)
    return not are_marked and bool((found.lengths.gather(sorted(records)) == cells).all())


def _read(  # noqa: PLR0913 - what is read, and how much of it
    text: str, dialect: Dialect, width: int, *, final: bool, most_cells: int, cells: int
) -> Mended | None:
    """What polars reads when all quotes are in their place."""
    found = _mended(text, dialect, cells, final=final)
    if found is None or not found[0]:
        return None
    mended, rest = found
    written = mended.replace(NUL, _NUL).encode()
    dialect = replace(dialect, escape="", is_spaced=False)
    sized = _sized(written, dialect, width, most_cells)
    if sized is None:
        return None
    frame, lengths = sized
    if NUL in mended:
        frame = frame.with_columns(pl.all().str.replace_all(_NUL, NUL, literal=True))
    frame, strays = _strays(frame) if any(mark in mended for mark in _MARKS) else (frame, ())
    return Mended(frame, lengths, rest, strays, is_other=not text.startswith(mended))


def _sized(written: bytes, dialect: Dialect, width: int, most_cells: int) -> tuple[pl.DataFrame, pl.Series] | None:
    """The cells of records, as many columns as the widest has, and how many each has."""
    certain = certain_records(written, dialect, width, most_cells)
    lengths = None if certain is None else lengths_of(certain, width)
    if certain is not None and lengths is None:
        return certain.frame, pl.Series([width], dtype=pl.UInt32).new_from_index(0, certain.frame.height)
    lengths = count_fields(written, dialect.delimiter, dialect.quote) if lengths is None else lengths
    widest = int(lengths.max())  # type: ignore[arg-type]
    if certain is None:
        # A frame of so many columns takes gigabytes, whatever they hold.
        is_small = widest <= MOST_COLUMNS and widest * lengths.len() <= most_cells
        certain = certain_records(written, dialect, widest, most_cells) if is_small else None
    return None if certain is None else (certain.frame[:, :widest], lengths)


def _strays(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Stray, ...]]:
    """The frame without the marks, and the cells that had them."""
    found: list[Stray] = []
    columns = frame.get_columns()
    marked = EACH.str.contains(f"^[{_MARKS}]")
    for position, column in enumerate(frame.iter_columns()):
        rows = here(column, marked).arg_true()
        if rows.len():
            columns[position] = here(column, EACH.str.replace(f"^[{_MARKS}]", ""))
            marks = here(column.gather(rows), EACH.str.head(1))
            cells = columns[position].gather(rows)
            found += map(Stray, rows, repeat(position), cells, marks == _OPEN, marks == _KEPT)
    return pl.DataFrame(columns), tuple(sorted(found))


def _mended(text: str, dialect: Dialect, cells: int, *, final: bool) -> tuple[str, str] | None:
    """The whole records of a text with every quote in its place, and the rest; None if they cannot be written so."""
    quote, escape = dialect.quote, dialect.escape
    added = "\n" if final and text and not text.endswith("\n") else ""
    text += added
    if escape and escape in text and not quote:
        return None
    if not quote or (quote not in text and not (escape and escape in text)):
        # The last carriage return may be half of a line end.
        end = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
        return text[:end].replace("\r\n", "\n").replace("\r", "\n"), text[end:].removesuffix(added)
    pieces: list[str] = []
    at: int | None = 0
    begun = 0
    while at is not None:
        begun, at = _mend(text, at, dialect, cells, pieces)
    return "".join(pieces), text[begun:].removesuffix(added)


def _mend(text: str, at: int, dialect: Dialect, cells: int, pieces: list[str]) -> tuple[int, int | None]:
    """Add the records from here on; where they end, and where to go on, behind one that opens a quote and ends."""
    delimiter, escape = dialect.delimiter, dialect.escape
    begun, kept, tried = at, len(pieces), -1
    for match in _pattern(dialect).finditer(text, at):
        records, fields, quoted, after, plain, ends = match.groups()
        if records:
            pieces.append(records)
            begun, kept = match.end(1), len(pieces)
        if ends is None:
            break
        if escape and escape in (quoted or plain):
            quoted, after, plain = unescaped((quoted or "", after or "", plain or ""), dialect)
        end = delimiter if ends == delimiter else "\n"
        if quoted and after:
            is_new = tried != begun and is_doubtful(text, begun, quoted, dialect)
            line = _other_line(text, begun, dialect, cells, quoted) if is_new or _is_torn(quoted) else None
            if line is not None:
                pieces[kept:] = [line[0]]
                return begun + line[1], begun + line[1]
            if _is_torn(quoted):
                break
            tried = begun if is_new else tried
        has_escape = bool(escape) and escape in match[0]
        pieces.append(f"{fields}{_field(quoted, after, plain, dialect, has_escape=has_escape)}{end}")
        if end != delimiter:
            begun, kept = match.end(), len(pieces)
    del pieces[kept:]
    return begun, None


def _field(quoted: str, after: str, plain: str, dialect: Dialect, *, has_escape: bool) -> str:
    """A field as polars reads it."""
    quote = dialect.quote
    doubled = quote * 2
    if quoted and after:
        return f"{quote}{_STRAY}{quoted[1:-1]}{after.replace(quote, doubled)}{quote}"
    if quoted:
        return quoted
    return f"{quote}{plain.replace(quote, doubled)}{quote}" if quote in plain or has_escape else plain


def _is_torn(quoted: str) -> bool:
    """Whether text follows what is in quotes only in another line."""
    return "\n" in quoted or "\r" in quoted


def _other_line(text: str, begun: int, dialect: Dialect, cells: int, quoted: str) -> tuple[str, int] | None:
    """A record in which quotes are text, as polars reads it, and how much of the text it takes; None if it is none.

    If the quoted field spans lines, that is the first line.
    """
    match = patterns_of(dialect).record.match(text, begun)
    if match is None or match[1] is None:
        return None
    again = reread(match[1], dialect, cells)
    if again is not None:
        record, length, strays = again.cells, again.length, strays_of(again, 0)
    elif _is_torn(quoted):
        strays = []
        record, length = open_line(match[1], dialect, 0, strays)
    else:
        return None
    marks = {stray.position: _OPEN if stray.is_open else _KEPT for stray in strays}
    written = (_written(cell, dialect, marks.get(at, "")) for at, cell in enumerate(record))
    return dialect.delimiter.join(written) + "\n", length


def _written(cell: str | None, dialect: Dialect, mark: str) -> str:
    """A cell as a field that polars reads."""
    quote = dialect.quote
    return "" if cell is None else f"{quote}{mark}{cell.replace(quote, quote * 2)}{quote}"


@lru_cache
def _pattern(dialect: Dialect) -> re.Pattern[str]:
    """Whole records that polars reads, then such fields of the next one, then a field that it does not and its end."""
    delimiter, mark = dialect.delimiter, re.escape(dialect.quote)
    between, ahead, first = re.escape(delimiter), re.escape(dialect.escape), re.escape(delimiter[0])
    lone = f"|{first}(?!{re.escape(delimiter[1:])})" if len(delimiter) > 1 else ""
    plain = f"[^{first}{mark}{ahead}\\r\\n]"
    plain = f"(?:{plain}++{lone})*+" if lone else f"{plain}*+"
    field = f"(?:{mark}(?:[^{mark}{ahead}]++|{mark}{mark})*+{mark}|{plain})"
    fields = f"(?:{field}{between})*+"
    odd = f"{patterns_of(dialect).parts}({between}|{END})"
    return re.compile(f"((?:{fields}{field}\\r?\\n)*+)({fields})(?:{odd}|(?s:.*))")

"""Records of a malformed CSV text by polars: the fields that it would misread are written anew, and no others."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from importer.core import EACH, here
from importer.sources.csv._exact import END, Stray, open_line, patterns_of, unescaped
from importer.sources.csv._fast import certain_records, count_fields, lengths_of

if TYPE_CHECKING:
    from importer.sources.csv.dialect import Dialect

__all__ = ["Mended", "mended_records"]

MOST_COLUMNS = 16_384
"""As in a sheet."""

NUL = "\0"
_NUL, _STRAY, _OPEN = "\x02", "\x03", "\x04"
"""Stand for NUL, which polars does not take, and before a cell whose quotes are wrong."""


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


def mended_records(text: str, dialect: Dialect, width: int, *, final: bool, most_cells: int) -> Mended | None:
    r"""What `complete_records` finds, without a step of Python for each record and cell.

    `width` columns are expected, which saves counting. None if polars cannot take the text even so, if no record ends
    in it, or if there would be more than `most_cells`.

    Examples
    --------
    >>> from importer.sources.csv.dialect import Dialect
    >>> dialect = Dialect(encoding="utf-8", delimiter=",", quote='"')
    >>> found = mended_records('1,5" pipe\r2,"a" b\n3,"un', dialect, 2, final=False, most_cells=99)
    >>> found.frame.rows(), found.rest, found.strays
    ([('1', '5" pipe'), ('2', 'a b')], '3,"un', (Stray(record=1, position=1, cell='a b', is_open=False),))
    """
    is_unclear = dialect.is_spaced and " " in dialect.delimiter
    if is_unclear or not dialect.quote.isascii() or any(mark in text for mark in (_NUL, _STRAY, _OPEN)):
        return None
    found = _mended(text, dialect, final=final)
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
    frame, strays = _strays(frame) if _STRAY in mended or _OPEN in mended else (frame, ())
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
    marked = EACH.str.starts_with(_STRAY) | EACH.str.starts_with(_OPEN)
    for position, column in enumerate(frame.iter_columns()):
        rows = here(column, marked).arg_true()
        if rows.len():
            columns[position] = here(column, EACH.str.strip_chars_start(_STRAY + _OPEN))
            are_open = here(column.gather(rows), EACH.str.starts_with(_OPEN))
            cells = columns[position].gather(rows)
            found += map(Stray, rows.to_list(), repeat(position), cells.to_list(), are_open.to_list())
    return pl.DataFrame(columns), tuple(sorted(found))


def _mended(text: str, dialect: Dialect, *, final: bool) -> tuple[str, str] | None:
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
        begun, at = _mend(text, at, dialect, pieces)
    return "".join(pieces), text[begun:].removesuffix(added)


def _mend(text: str, at: int, dialect: Dialect, pieces: list[str]) -> tuple[int, int | None]:
    """Add the records from here on; where they end, and where to go on, behind one that opens a quote and ends."""
    quote, delimiter, escape = dialect.quote, dialect.delimiter, dialect.escape
    doubled, begun, kept = quote * 2, at, len(pieces)
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
            if "\n" in quoted or "\r" in quoted:
                del pieces[kept:]
                return _first_line(text, begun, dialect, pieces)
            pieces.append(f"{fields}{quote}{_STRAY}{quoted[1:-1]}{after.replace(quote, doubled)}{quote}{end}")
        elif quoted:
            pieces.append(f"{fields}{quoted}{end}")
        elif quote in plain or (escape and escape in match[0]):
            pieces.append(f"{fields}{quote}{plain.replace(quote, doubled)}{quote}{end}")
        else:
            pieces.append(f"{fields}{plain}{end}")
        if end != delimiter:
            begun, kept = match.end(), len(pieces)
    del pieces[kept:]
    return begun, None


def _first_line(text: str, begun: int, dialect: Dialect, pieces: list[str]) -> tuple[int, int | None]:
    """Add the first line of a record as one in which a quote is text, if the record ends."""
    match = patterns_of(dialect).record.match(text, begun)
    if match is None or match[1] is None:
        return begun, None
    strays: list[Stray] = []
    record, length = open_line(match[1], dialect, 0, strays)
    open_at = strays[0].position
    cells = (_written(cell, dialect, _OPEN if at == open_at else "") for at, cell in enumerate(record))
    pieces.append(dialect.delimiter.join(cells) + "\n")
    return begun + length, begun + length


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

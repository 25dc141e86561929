"""Rows that are written with another delimiter than the rest of their file: `regained`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.sources._cell_kinds import NOTHING, kind_of
from importer.sources.csv._exact import complete_records
from importer.sources.csv._records import Other, frame_of
from importer.sources.csv.dialect import COMMON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.sources.csv._exact import Record, Stray
    from importer.sources.csv._records import Block
    from importer.sources.csv.dialect import Dialect

__all__ = ["regained"]

LEAST = 3
"""A text is cut in two by chance."""

LOOKED_AT = 50
"""Rows that show which columns hold numbers or dates."""

MOST = 1_000
"""Short rows of a block that are tried. Where there are more, it is their habit."""


def regained(block: Block, dialect: Dialect, cells: int) -> Block:
    r"""The block with those records cut into cells that another delimiter cuts into as many as the others have.

    Its values are of the kinds that stand in the columns; those of a first record may name them.

    Examples
    --------
    >>> from importer.sources.csv._records import Block
    >>> from importer.sources.csv.dialect import Dialect
    >>> records = [["1", "Ada", "2.5"], ["2", "Bob", "7"], ["3;Cleo;8"], ["a; b; c"]]
    >>> block = Block(frame_of(records), 1, 9, pl.Series([3, 3, 1, 1]))
    >>> found = regained(block, Dialect(encoding="utf-8", delimiter=",", quote='"'), 3)
    >>> found.frame.rows()[2:], found.others
    ([('3', 'Cleo', '8'), ('a; b; c', None, None)], (Other(record=2, delimiter=';'),))
    """
    if cells < LEAST or block.lengths is None or block.frame.width < cells:
        return block
    strays = {stray.record for stray in block.strays}
    short = [at for at in (block.lengths < cells).arg_true().to_list() if at not in strays]
    full = (block.lengths == cells).arg_true()
    if not short or len(short) > MOST or not len(full):
        return block
    # The first of all may name the columns.
    shown = full.to_list()[block.first_row == 1 :][:LOOKED_AT]
    kinds = _kinds(block.frame[shown].rows(), cells)
    found: dict[int, tuple[Record, str]] = {}
    for at in short:
        text = _text(block.frame.row(at)[: block.lengths[at]], dialect)
        is_first = block.first_row == 1 and at < full[0]
        ways = [way for way in _ways(text, dialect, cells) if _fits(way, text, kinds, dialect, is_first=is_first)]
        if len(ways) == 1:
            found[at] = ways[0]
    return _with(block, found, cells) if found else block


def _text(record: Sequence[str | None], dialect: Dialect) -> str:
    return dialect.delimiter.join(cell or "" for cell in record)


def _ways(text: str, dialect: Dialect, cells: int) -> list[tuple[Record, str]]:
    """What other delimiters make of a record, if it has the right number of cells then."""
    found: list[tuple[Record, str]] = []
    for one in f"{COMMON} ":
        if one == dialect.delimiter or text.count(one) < cells - 1:
            continue
        strays: list[Stray] = []
        other = replace(dialect, delimiter=one, is_spaced=False)
        records, rest = complete_records(text, other, final=True, strays=strays)
        if len(records) == 1 and len(records[0]) == cells and not rest and not strays:
            found.append((records[0], one))
    return found


def _kinds(rows: Sequence[tuple[str | None, ...]], cells: int) -> dict[int, str]:
    """The columns that hold nothing but numbers, or dates, wherever they hold anything."""
    kinds: dict[int, str] = {}
    for at in range(cells):
        filled = ((row[at] or "").strip() for row in rows)
        counts = Counter(kind_of(cell) for cell in filled if cell.casefold() not in NOTHING)
        if len(counts) == 1 and "text" not in counts:
            kinds[at] = next(iter(counts))
    return kinds


def _fits(way: tuple[Record, str], text: str, kinds: dict[int, str], dialect: Dialect, *, is_first: bool) -> bool:
    """Whether the cells are values of the table, or, in the first rows, names of its columns."""
    record, delimiter = way
    typed = {at: cell.strip() for at in kinds if (cell := record[at]) and cell.strip().casefold() not in NOTHING}
    if typed and all(kind_of(cell) == kinds[at] for at, cell in typed.items()):
        return True
    are_names = all(cell and kind_of(cell) == "text" for cell in record) and len(set(record)) == len(record)
    return is_first and bool(kinds) and are_names and not _is_sentence(text, delimiter, dialect)


def _is_sentence(text: str, delimiter: str, dialect: Dialect) -> bool:
    """Whether what a delimiter cuts may be words: those of a title, or what semicolons with a space behind list."""
    if delimiter != " ":
        return f"{delimiter} " in text
    has_quotes = dialect.quote != "" and dialect.quote in text
    return not has_quotes and not all(word[:1].isupper() for word in text.split(" "))


def _with(block: Block, found: dict[int, tuple[Record, str]], cells: int) -> Block:
    """The block with other cells in some records."""
    width = block.frame.width
    rows = pl.Series(list(found))
    cut = frame_of([[*record, *[None] * (width - len(record))] for record, _ in found.values()])
    columns = [
        old.scatter(rows, new.cast(pl.String))
        for old, new in zip(block.frame.get_columns(), cut.get_columns(), strict=True)
    ]
    lengths = block.lengths.clone().scatter(rows, cells) if block.lengths is not None else None
    others = tuple(Other(at, delimiter) for at, (_, delimiter) in sorted(found.items()))
    return block._replace(frame=pl.DataFrame(columns), lengths=lengths, others=others)

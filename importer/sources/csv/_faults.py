"""What is wrong with single records of a CSV file: cells that are missing, or hold what no cell should."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from importer.core import FAULTS
from importer.errors import Fix, Note
from importer.sources.csv._records import LOST, NUL

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from importer.core import Header
    from importer.sources.csv._records import Block

__all__ = ["before_next", "faults_of", "habit", "habit_note", "other_note", "usual", "width_note"]

_NUL = "the cell holds a NUL character, at which databases cut or refuse a text; correct it, or take it out of the file"
_LOST = "the cell holds U+FFFD, which stands for a letter that was lost before; correct it, or export the file again"
_STRAY = "the cell has text after its closing quote; a quote within a text must be doubled"
_OPEN = (
    "the cell opens a quote that is not closed where a cell ends, and which is kept as text; take it out, or close it"
)
_KEPT = "the cell holds quotes that are not doubled, and which are kept as text; double them, or take them out"
_HALF = "the row looks like the rest of the one above, torn by a line end without quotes; join the two in the file"
SHOWN = 3

Before: TypeAlias = tuple[int, ...]


def usual(lengths: Collection[int]) -> int:
    """How many cells most of the records have; 0 if it is not the same number.

    Examples
    --------
    >>> usual([3, 3, 1]), usual([3, 2])
    (3, 0)
    """
    length, count = next(iter(Counter(lengths).most_common(1)), (0, 0))
    return length if 2 * count > len(lengths) else 0


def habit(lengths: Sequence[int], needed: int) -> int:
    """How many cells the records of this file usually have, if most leave off some at the end; else `needed`.

    Examples
    --------
    >>> habit([3, 2, 3, 3, 1], 3), habit([2, 2, 3, 2], 3)
    (3, 2)
    """
    short = Counter(length for length in lengths if length < needed)
    if 2 * short.total() <= len(lengths):
        return needed
    return min(length for length, count in short.items() if 10 * count >= len(lengths))


def habit_note(cells: int, header: Header) -> Note:
    """Tell that most records leave off the last cells."""
    return Note(
        f"most rows end before the last columns, at most without {_named(header, cells)}; those cells are empty",
        code="short-rows",
        kind="told",
    )


def other_note(row: int, delimiter: str) -> Note:
    """Tell that a row of the header is divided otherwise than the rows below."""
    return Note(
        f"the header in row {row:,} is divided by {delimiter!r}, unlike the rows below it",
        [Fix("header_row", 0, "if that is no header")],
        code="other-delimiter",
        kind="told",
        rows=(row,),
    )


def width_note(header: Header, named: int, width: int) -> Note:
    """Tell that most records are wider than the header."""
    return Note(
        f"most rows have {width:,} cells and the header in row {header.row:,} has {named:,}, so that names may stand"
        " above the wrong columns",
        [Fix("header_row", 0, "to have no names from the file"), "complete the header, or quote decimal commas"],
        code="rows-wider",
        kind="doubt",
        rows=(header.row,),
    )


def faults_of(block: Block, header: Header, needed: int, before: Before = ()) -> pl.DataFrame | None:
    """The faults of a block's records as `FAULTS`; None if there are none.

    Parameters
    ----------
    block
        Its `lengths` are None if no record is short.
    header
        The header of the sheet.
    needed
        A record with fewer cells is short.
    before
        How many cells the two records before the block have, if that is known; less than none if the record
        opens a quote that is not closed.
    """
    found = [*_short(block, header, needed, before), *_strays(block, needed), *_others(block)]
    if block.is_odd:
        found += [*_holding(block, NUL, "nul", "error", _NUL), *_holding(block, LOST, "lost-letter", "warning", _LOST)]
    return pl.concat(found).sort("row", maintain_order=True) if found else None


def before_next(block: Block, before: Before) -> Before:
    """How many cells the two records before the next block have; empty if they are not short."""
    if block.lengths is None:
        return ()
    filled = _filled(block)
    last = zip(block.lengths.filter(filled).tail(2), _opening(block).filter(filled).tail(2), strict=True)
    return tuple([*before, *(-length if opens else length for length, opens in last)][-2:])


def _opening(block: Block) -> pl.Series:
    """Which records open a quote that is not closed."""
    return pl.int_range(block.frame.height, eager=True).is_in([one.record for one in block.strays if one.is_open])


def _filled(block: Block) -> pl.Series:
    filled = pl.any_horizontal((pl.all().str.strip_chars() != "").fill_null(value=False))
    return block.frame.select(filled.alias("filled"))["filled"]


def _short(block: Block, header: Header, needed: int, before: Before) -> Iterator[pl.DataFrame]:
    edge = header.first + len(header.labels)
    lengths = pl.Series([edge]).new_from_index(0, block.frame.height) if block.lengths is None else block.lengths
    if not (lengths < needed).any() and not (before and before[-1] < 0):
        return
    found = (
        pl.DataFrame({"length": lengths, "filled": _filled(block), "opens": _opening(block)})
        .with_row_index("row", block.first_row)
        .filter("filled")
        .with_columns(pl.col("length").cast(pl.Int64), pl.col("row").cast(pl.Int64))
    )
    known = [*(edge, edge), *before][-2:]
    earlier = pl.DataFrame(
        {"row": [0, 0], "length": list(map(abs, known)), "filled": [True, True], "opens": [one < 0 for one in known]}
    )
    one, two = pl.col("length").shift(1), pl.col("length").shift(2)
    # Both halves of a row together have one cell more; more short rows in a row are no halves.
    is_half = (one < edge) & (two >= edge) & (one + pl.col("length") == edge + 1) & (needed == edge)
    # Below a row that ends early within quotes stands the rest of it.
    is_rest = pl.col("opens").shift(1) & (one < needed)
    found = pl.concat([earlier.match_to_schema(found.schema), found]).with_columns(
        is_half=is_half.fill_null(value=False) & (pl.col("length") < needed), is_rest=is_rest.fill_null(value=False)
    )
    found = found.slice(2).filter((pl.col("length") < needed) | pl.col("is_rest"))
    is_torn = pl.col("is_half") | pl.col("is_rest")
    short, halves = found.filter(~is_torn), found.filter(is_torn)
    if not short.is_empty():
        of_row = {
            length: f"the row ends early, without {_named(header, length)}" for length in short["length"].unique()
        }
        message = short["length"].replace_strict(of_row, return_dtype=pl.String)
        yield _faults(short["row"], rule="short-row", severity="warning", message=message)
    if not halves.is_empty():
        yield _faults(halves["row"], rule="torn-row", severity="error", message=_HALF)


def _strays(block: Block, needed: int) -> Iterator[pl.DataFrame]:
    if not block.strays:
        return
    lengths = [] if block.lengths is None else block.lengths.to_list()
    # What belongs to a cell of several lines may stand in the rows below.
    are_short = [stray.is_open and bool(lengths) and lengths[stray.record] < needed for stray in block.strays]
    # A frame for each would take longer than all else: in some files every row has one.
    yield _faults(
        pl.Series([block.first_row + stray.record for stray in block.strays]),
        position=pl.Series([stray.position for stray in block.strays]),
        value=pl.Series([stray.cell for stray in block.strays], dtype=pl.String),
        rule="stray-quote",
        severity=pl.Series(["error" if is_short else "warning" for is_short in are_short]),
        message=pl.Series([_OPEN if stray.is_open else _KEPT if stray.is_kept else _STRAY for stray in block.strays]),
    )


def _others(block: Block) -> Iterator[pl.DataFrame]:
    if block.others:
        yield _faults(
            pl.Series([block.first_row + other.record for other in block.others]),
            rule="other-delimiter",
            severity="warning",
            message=pl.Series(
                [f"the row is divided by {other.delimiter!r}, unlike the others" for other in block.others]
            ),
        )


def _holding(block: Block, character: str, rule: str, severity: str, message: str) -> Iterator[pl.DataFrame]:
    for column in block.frame.iter_columns():
        holds = column.str.contains(character, literal=True).fill_null(value=False)
        if holds.any():
            yield _faults(
                block.first_row + holds.arg_true().cast(pl.Int64),
                position=int(column.name),
                value=column.filter(holds).str.replace_all(NUL, "\u2400", literal=True),
                rule=rule,
                severity=severity,
                message=message,
            )


def _faults(rows: pl.Series, **columns: pl.Series | str | int | None) -> pl.DataFrame:
    height = rows.len()
    given = {"row": rows, "position": None, "value": None, **columns}
    series = (
        column.alias(name).cast(FAULTS[name])
        if isinstance(column, pl.Series)
        else pl.Series(name, [column], FAULTS[name]).new_from_index(0, height)
        for name, column in given.items()
    )
    return pl.DataFrame(list(series)).match_to_schema(FAULTS)


def _named(header: Header, length: int) -> str:
    """The columns that a record with so many cells lacks."""
    missing = header.labels[max(length - header.first, 0) :]
    names = ", ".join(map(repr, missing[:SHOWN]))
    return f"{names} and {len(missing) - SHOWN:,} more" if len(missing) > SHOWN else names

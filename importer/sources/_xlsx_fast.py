"""Cells of a block by polars expressions, where every byte of it is understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.sources._xlsx_bodies import Bodies
from importer.sources._xlsx_exact import COLUMNS, ROWS
from importer.sources._xlsx_heads import Heads
from importer.sources._xlsx_shapes import Shapes
from importer.sources._xlsx_styles import Kind
from importer.sources._xlsx_text import decoded, is_plain, split_once, text_of
from importer.sources._xlsx_values import CELLS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FastPath"]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST_LETTERS = 3


class FastPath:
    """Reads blocks of one sheet, from any thread.

    Parameters
    ----------
    prologue
        The sheet's XML down to the tag ``sheetData``.
    prefix
        The namespace prefix of its tags, with its colon.
    styles
        Kind of a number by style.
    """

    def __init__(self, prologue: bytes, prefix: str, styles: Sequence[Kind]) -> None:
        shapes = Shapes(prologue, prefix, styles)
        self._heads, self._bodies = Heads(prefix, shapes), Bodies(prefix, shapes)
        self._cell, self._cell_end = f'<{prefix}c r="', f"</{prefix}c>"
        self._row_end = f"</{prefix}row>"

    def __call__(self, block: bytes) -> pl.DataFrame | None:
        """Cells as `CELLS`, None where the block holds anything but rows of cells written in the usual ways."""
        if not block.endswith(self._row_end.encode()) or not is_plain(block):
            return None
        text = text_of(block)
        if text is None:
            return None
        pieces = text.str.split(self._cell).explode()
        cells = pieces.slice(1)
        # What ends neither with a cell nor with an empty one has the end of a row and the next row's tag behind it.
        ends = (~(cells.str.ends_with(self._cell_end) | cells.str.ends_with("/>"))).arg_true()
        last_cells, after = split_once(cells.gather(ends), self._row_end)
        if ends.is_empty() or after.null_count() or after[-1]:
            return None
        after = after.slice(0, len(after) - 1)
        numbers = self._heads(pl.concat([pieces.slice(0, 1), after.alias(pieces.name)]))
        if numbers is None:
            return None
        index = _row_of(ends, len(cells))
        return self._read(cells.scatter(ends, last_cells), numbers, index, has_entities=b"&" in block)

    def _read(
        self, cells: pl.Series, numbers: pl.Series, index: pl.Series, *, has_entities: bool
    ) -> pl.DataFrame | None:
        """Cells of rows with these numbers; `index` is the row of each."""
        frame = pl.DataFrame([cells.alias("cell"), numbers.gather(index).alias("number")])
        cell, number, after = pl.col("cell"), pl.col("number"), pl.col("after")
        frame = frame.with_columns_seq(cell.str.strip_chars_start(_LETTERS).alias("after"))
        frame = frame.select_seq(
            (cell.str.len_bytes() - after.str.len_bytes()).alias("letters"),
            (after.str.len_bytes() - number.str.len_bytes()).alias("length"),
            after.str.strip_prefix(number),
        )
        letters, length, rest = frame.get_columns()
        positions = _positions(cells, letters)
        if not (rest.str.len_bytes() == length).all():
            return None
        rows = numbers.cast(pl.Int64)
        if positions is None or rows[-1] > ROWS or not _rises(index, positions):
            return None
        read = self._bodies(rest)
        if read is None:
            return None
        kinds, raw = read
        if has_entities:
            made = _decoded(raw, kinds)
            if made is None:
                return None
            raw = made
        return pl.DataFrame([rows.gather(index), positions, kinds, raw], schema=CELLS)


def _row_of(ends: pl.Series, length: int) -> pl.Series:
    """Index of each cell's row."""
    begins = pl.Series([0], dtype=pl.UInt32).new_from_index(0, length)
    return begins.scatter(ends.slice(0, len(ends) - 1) + 1, 1).cum_sum()


def _positions(tags: pl.Series, letters: pl.Series) -> pl.Series | None:
    """Column of each cell from the letters that its tag begins with."""
    units = tags.cast(pl.Binary)
    positions = units.bin.get(0, null_on_oob=True).cast(pl.Int32) - 65
    if (letters == 1).all():
        return positions
    for at in range(1, _MOST_LETTERS):
        next_one = (positions + 1) * 26 + units.bin.get(at, null_on_oob=True).cast(pl.Int32) - 65
        positions = positions.zip_with(letters <= at, next_one)
    known = letters.is_between(1, _MOST_LETTERS) & (positions < COLUMNS)
    return positions if known.all() else None


def _rises(index: pl.Series, positions: pl.Series) -> bool:
    """Whether the cells of each row stand from left to right."""
    places = index.cast(pl.Int64) * COLUMNS + positions
    return not (places.diff() <= 0).any()


def _decoded(raw: pl.Series, kinds: pl.Series) -> pl.Series | None:
    """Cells with entities decoded, which only those of text may have."""
    made = decoded(raw)
    if made is None or made is raw:
        return made
    odd = raw.str.contains("&", literal=True).fill_null(False)
    return made if (kinds.filter(odd) == Kind.TEXT).all() else None

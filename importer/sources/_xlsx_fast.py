"""Rows of a block by polars expressions, where every byte of it is understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.sources._xlsx_cells import Cells
from importer.sources._xlsx_columns import Columns
from importer.sources._xlsx_exact import COLUMNS, ROWS
from importer.sources._xlsx_grid import SLOTS, Grid, grids, placed, without_empty
from importer.sources._xlsx_heads import Heads
from importer.sources._xlsx_shapes import Shapes
from importer.sources._xlsx_text import is_plain, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.sources._xlsx_styles import Kind
    from importer.sources._xlsx_values import Texts

__all__ = ["FastPath", "Rows"]

MOST_COLUMNS = 256
"""Sheets with more are not read by column: a step costs about the same however few rows there are."""

_A, _Z, _LETTERS = 65, 90, 26
_MOST_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one block, and the numbers of the first and the last."""

    grids: list[Grid]
    first: int
    last: int


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
    texts
        What makes cells the texts that they show.
    """

    def __init__(self, prologue: bytes, prefix: str, styles: Sequence[Kind], texts: Texts) -> None:
        shapes = Shapes(prologue, prefix, styles)
        self._heads, self._cells, self._texts = Heads(prefix, shapes), Cells(prefix, shapes), texts
        self._columns = Columns(self._cells, texts)
        self._cell, self._row_end = f'<{prefix}c r="', f"</{prefix}row>"

    def __call__(self, block: bytes) -> Rows | None:
        """The rows, None where the block holds anything but rows of cells written in the usual ways."""
        if not block.endswith(self._row_end.encode()) or not is_plain(block):
            return None
        text = text_of(block)
        pieces = None if text is None else _with_columns(self._pieces(text))
        if pieces is None:
            return None
        is_head = pieces["column"] == 0
        numbers = self._heads(pieces["piece"].filter(is_head))
        if numbers is None or int(numbers[-1]) > ROWS:
            return None
        found = self._grids(pieces.filter(~is_head), numbers, has_entities=b"&" in block)
        return None if found is None else Rows(found, int(numbers[0]), int(numbers[-1]))

    def _pieces(self, text: pl.Series) -> pl.DataFrame:
        """What each row begins with, and each cell behind ``<c r="``, as ``piece`` with the ``index`` of its row."""
        piece = pl.col("piece")
        rows = text.alias("piece").to_frame().lazy().select(piece.str.split(self._row_end).explode()).with_row_index()
        # Nothing stands behind the last row.
        return rows.with_columns(piece.str.split(self._cell)).explode("piece").collect().head(-1)

    def _grids(self, cells: pl.DataFrame, numbers: pl.Series, *, has_entities: bool) -> list[Grid] | None:
        if cells.is_empty():
            return []
        index, position, pieces = cells["index"], cells["column"] - 1, cells["piece"]
        used = position.unique().sort()
        if len(used) > MOST_COLUMNS or len(used) * len(numbers) > SLOTS:
            read = self._cells(pieces, numbers.gather(index), position, has_entities=has_entities)
            return None if read is None else list(grids(*self._texts.placed(read)))
        frame = placed(index, position, pieces, used, len(numbers))
        made = self._columns(frame, numbers, has_entities=has_entities)
        return None if made is None else list(without_empty(Grid(made[0], numbers.cast(pl.Int64), made[1])))


def _with_columns(pieces: pl.DataFrame) -> pl.DataFrame | None:
    """The pieces with their ``column`` from 1, 0 for what a row begins with; None where columns do not rise."""
    is_wide = pieces.height > 1 and pieces["piece"][1][1:2].isalpha()
    for letters in (_MOST_LETTERS,) if is_wide else (1, _MOST_LETTERS):
        found = pieces.with_columns(_column(letters).alias("column"))
        place = pl.col("index").cast(pl.Int64) * (COLUMNS + 1) + pl.col("column")
        rises = (place.diff() > 0).all() & pl.col("column").is_between(0, COLUMNS).all(ignore_nulls=False)
        if found.select(rises).item():
            return found
    return None


def _column(letters: int) -> pl.Expr:
    """Column by the first so many letters of a piece; nothing that can be relied on where there are no letters."""
    units = pl.col("piece").cast(pl.Binary)
    column = units.bin.get(0, null_on_oob=True).cast(pl.Int32) - (_A - 1)
    is_letter: pl.Expr = pl.lit(value=True)
    for at in range(1, letters):
        unit = units.bin.get(at, null_on_oob=True).cast(pl.Int32)
        is_letter = is_letter & unit.is_between(_A, _Z)
        column = pl.when(is_letter).then(column * _LETTERS + unit - (_A - 1)).otherwise(column)
    is_head = (pl.col("index").diff() != 0).fill_null(value=True)
    return pl.when(is_head).then(0).otherwise(column)

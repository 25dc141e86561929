"""Rows of a block by polars expressions, if every byte of it is understood."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import polars as pl

from importer.core import EACH, here, rises, select_here
from importer.sources.xlsx.cells import SLOTS, Grid, grids, placed, without_empty
from importer.sources.xlsx.exact import COLUMNS, ROWS
from importer.sources.xlsx.fast._cells import Cells
from importer.sources.xlsx.fast._columns import Columns
from importer.sources.xlsx.fast._row_tags import RowTags
from importer.sources.xlsx.fast._tag_shapes import Shapes
from importer.sources.xlsx.fast._text import as_text, tags_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.sources.xlsx.cells import Texts

__all__ = ["FastPath", "Rows"]

MOST_COLUMNS = 256
"""Wider sheets are not read by column: a step costs about the same for few rows as for many."""

_A, _Z, _LETTERS = 65, 90, 26
_MOST_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one block, and the numbers of the first and the last."""

    grids: list[Grid]
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """Cells of a block as they stand in the XML.

    Attributes
    ----------
    pieces, index
        Each cell after ``<c r="``, and the index of its row.
    numbers
        Numbers of the rows as text.
    tags
        Number of tags in the pieces.
    has_codes
        Whether there may be entities, or escapes such as ``_x000D_``.
    """

    pieces: pl.Series
    index: pl.Series
    numbers: pl.Series
    tags: int
    has_codes: bool


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
        Makes the texts that cells show.
    """

    def __init__(self, prologue: bytes, prefix: str, styles: Sequence[int], texts: Texts) -> None:
        shapes = Shapes(prologue, prefix, styles)
        self._heads, self._cells, self._texts = RowTags(prefix, shapes), Cells(prefix, shapes), texts
        self._columns = Columns(self._cells, texts)
        self._row_end = f"</{prefix}row>"
        # polars finds a literal faster as a regular expression.
        self._row_mark, self._cell_mark = pl.escape_regex(self._row_end), pl.escape_regex(f'<{prefix}c r="')

    def __call__(self, block: bytes) -> Rows | None:
        """The rows, None if the block holds anything but rows of cells written in the usual ways."""
        found = as_text(block) if block.endswith(self._row_end.encode()) else None
        if found is None:
            return None
        pieces, begins = self._pieces(found[0])
        heads = pieces.gather(begins)
        read = self._heads(heads)
        if read is None:
            return None
        numbers, is_hidden = read
        if int(numbers[0]) < 1 or int(numbers[-1]) > ROWS:
            return None
        is_cell = pl.Series([True]).new_from_index(0, len(pieces)).scatter(begins, values=False)
        cells = _Cells(
            pieces=pieces.filter(is_cell),
            index=((~is_cell).cast(pl.UInt32).cum_sum() - 1).filter(is_cell),
            numbers=numbers,
            # One precedes each cell, and one follows each row.
            tags=found[1] - tags_in(heads) - len(pieces),
            has_codes=b"&" in block or (b"_" in block and b"_x" in block),
        )
        rows = self._grids(cells)
        if rows and is_hidden is not False:
            hidden = (numbers if is_hidden is True else numbers.filter(is_hidden)).cast(pl.Int64)
            rows = [replace(grid, hidden=hidden) for grid in rows]
        if rows is not None:
            rows = [grid.settled() for grid in rows]
        return None if rows is None else Rows(rows, int(numbers[0]), int(numbers[-1]))

    def _pieces(self, text: pl.Series) -> tuple[pl.Series, pl.Series]:
        """The beginning of each row and each cell after ``<c r="``, and where among these a row begins."""
        # Nothing follows the last row.
        rows: pl.Series = here(text, EACH.str.split(self._row_mark, literal=False)).item().head(-1)
        lists = here(rows, EACH.str.split(self._cell_mark, literal=False))
        counts = lists.list.len()
        return lists.explode(), counts.cum_sum() - counts

    def _grids(self, cells: _Cells) -> list[Grid] | None:
        if cells.pieces.is_empty():
            return []
        position = _positions(cells.pieces, cells.index)
        if position is None:
            return None
        numbers = cells.numbers
        width = cast("int", position.max()) + 1
        if width > MOST_COLUMNS or width * len(numbers) > SLOTS:
            read = self._cells(cells.pieces, numbers.gather(cells.index), position, has_codes=cells.has_codes)
            return None if read is None else list(grids(*self._texts.placed(read)))
        frame = placed(cells.index, position, cells.pieces, pl.Series(range(width)), len(numbers))
        frame = pl.DataFrame([column for column in frame if column.null_count() < len(column)])
        made = self._columns(frame, numbers, tags=cells.tags, has_codes=cells.has_codes)
        return None if made is None else list(without_empty(Grid(made[0], numbers.cast(pl.Int64), made[1])))


def _positions(cells: pl.Series, index: pl.Series) -> pl.Series | None:
    """Column of each cell from 0, by its first letters; None if columns do not rise in a row."""
    units = cells.cast(pl.Binary)
    is_wide = cells[0][1:2].isalpha()
    for letters in (_MOST_LETTERS,) if is_wide else (1, _MOST_LETTERS):
        found = select_here(units.alias("unit").to_frame(), _position(letters)).to_series()
        within = (found >= 0) & (found < COLUMNS)
        if not found.null_count() and within.all() and rises(index.cast(pl.Int64) * COLUMNS + found):
            return found
    return None


@lru_cache
def _position(letters: int) -> pl.Expr:
    """Column by the first letters of a cell; meaningless if it does not begin with letters."""
    units = pl.col("unit").bin
    column = units.get(0, null_on_oob=True).cast(pl.Int32) - _A
    is_letter: pl.Expr = pl.lit(value=True)
    for at in range(1, letters):
        unit = units.get(at, null_on_oob=True).cast(pl.Int32)
        is_letter = is_letter & unit.is_between(_A, _Z)
        column = pl.when(is_letter).then((column + 1) * _LETTERS + unit - _A).otherwise(column)
    return column
